"""Commands: results for an independent recount."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from core import audit
from core.cli import Commands, progress_bar
from core.db import transaction
from ranking.services import export

export_commands = Commands("export", help="Results for an independent recount.")


@export_commands.command("results")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def export_results(folder: Path) -> None:
    """Write forms with keys, errata, attempts and rankings as JSON lines into FOLDER; names are not in them.

    The files hold answer keys: they are readable by this user only. Recount with: python tools/rescore.py FOLDER
    """
    with progress_bar(4, "Files") as bar, transaction():
        count = export.write(
            folder, by=audit.System("command"), now=current_app.extensions["clock"](),
            progress=lambda _name: bar.update(1),
        )  # fmt: skip
    click.echo(f"Attempts: {count}. Files are in {folder}.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(export_commands)
