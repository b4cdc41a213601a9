"""The house keeps its manners: who reads the clock, what an __init__ holds, how long a file may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "core",
    "regulation",
    "accounts",
    "question_bank",
    "competitions",
    "testing_center",
    "appeals",
    "ranking",
    "archive",
    "demo",
)
SELDOM_NEEDED = ("openpyxl", "numpy", "lxml")  # workbooks come and go on few days; each process would hold 13 MiB
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
NOT_IN_RULES = ("flask", "sqlalchemy", "wtforms", "core.db", "core.clock", "core.audit", "core.crypto")


def imports(path: Path) -> set[str]:
    """Names of the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 60


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=str)
def test_an_init_file_is_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert len(tree.body) == 1 and ast.get_docstring(tree)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "rules.py" or p.parent.name == "rules"], ids=str)
def test_rules_know_no_framework_and_no_database(path: Path) -> None:
    reached = {
        name for name in imports(path) for barred in NOT_IN_RULES if name == barred or name.startswith(f"{barred}.")
    }
    assert not reached


def test_only_one_module_reads_the_clock() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in FILES
        if re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(|\btime\.time\(", path.read_text())
    ]
    assert readers == ["core/clock.py"]


def test_no_room_is_called_utils() -> None:
    assert not [path for path in FILES if path.stem in {"utils", "helpers", "common", "misc"}]


def test_no_template_has_script_or_style_inside() -> None:
    bad = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        if re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"|javascript:", text):
            bad.append(path.name)
    assert not bad


def test_a_server_begins_without_what_it_seldom_needs() -> None:
    asking = f"import sys, wsgi; print([name for name in {SELDOM_NEEDED!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", asking], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
