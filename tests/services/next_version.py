"""A version of the system that follows this one: its migrations, in a folder of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import inspect

from core.db import db

NEW = '''"""Adds a table."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "{newest}", None, None
{declared}

def upgrade() -> None:
    op.create_table("one_more", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("one_more")
'''


@contextmanager
def next_version(app: Flask, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Writes the migrations, with what they declare, and gives their folder; takes back in the end what they did."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(app.root_path) / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    newest = ScriptDirectory(str(folder)).get_current_head()

    def write(declared: str = "") -> str:
        (folder / "versions" / "next.py").write_text(NEW.format(newest=newest, declared=declared))
        return str(folder)

    yield write
    db.session.remove()
    if has_it():
        downgrade(directory=str(folder), revision=newest)


def has_it() -> bool:
    """Whether the database is of that version."""
    return inspect(db.engine).has_table("one_more")
