"""What the code never does, looked for in its syntax: rules of our own beside those of bandit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "core", "regulation", "accounts", "question_bank", "competitions", "testing_center", "appeals", "ranking",
    "archive",
)  # fmt: skip
#: Calls that run text as code, start programs, read objects from bytes, or reach out to the network.
FORBIDDEN = re.compile(
    r"(eval|exec|compile|__import__|globals|input|pickle\..*|marshal\..*|shelve\..*|yaml\.load|os\.(system|popen|exec.*)"
    r"|subprocess\..*|tempfile\.mktemp|hashlib\.(md5|sha1)|requests\..*|urllib\.request\..*|urlopen|socket\.socket"
    r"|http\.client\..*|from_string|render_template_string|literal_column)"
)
LOOKED_AT = {
    ("core/dumps.py", "subprocess.Popen"),  # PostgreSQL's own programs, with names and addresses of the settings
    ("core/dumps.py", "subprocess.run"),
    ("core/serving.py", "os.execv"),  # the supervisor, with words of the settings
    ("core/serving.py", "socket.socket"),  # whether the port is free, before the server starts
    ("question_bank/listing.py", "literal_column"),  # constants, here and there
    ("testing_center/services/console.py", "literal_column"),
}  # fmt: skip
#: SQL is written as text only where it is a constant, or built of names that are constants of ours.
SQL_OF_TEXT = re.compile(r"(sa\.|db\.|sqlalchemy\.)?text")
MARKUP = {
    ("accounts/views.py", "Markup"), ("question_bank/views/preview.py", "Markup"),
    ("testing_center/web.py", "Markup"), ("core/markup.py", "Markup"),
}  # fmt: skip
SAFE = {"templates/exam/result.html", "templates/exam/question.html", "templates/_macros.html"}
INNER = {"exam/question.js", "exam/turning.js", "hall.js", "cleaning.js", "editor.js", "seat.js"}


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """(file, name, call) of every call in what runs in production."""
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    found.append((str(path.relative_to(ROOT)), ast.unparse(node.func), node))
    return found


@cache
def sql_names(path: str) -> set[str]:
    """What a file takes from SQLAlchemy."""
    found = (node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in found if (node.module or "").startswith("sqlalchemy") for alias in node.names}


def places(wanted: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Where something of this name is called."""
    return ((path, name) for path, name, _call in calls() if wanted.fullmatch(name))


def test_nothing_is_run_that_was_data_no_program_is_started_and_nobody_is_called() -> None:
    assert set(places(FORBIDDEN)) == LOOKED_AT


def test_sql_that_is_text_is_made_of_constants() -> None:
    """Of names in it, all are constants of the module."""
    built = [
        (path, ast.unparse(call)) for path, name, call in calls()
        if SQL_OF_TEXT.fullmatch(name) and ("." in name or "text" in sql_names(path)) and call.args
        and [one.id for one in ast.walk(call.args[0]) if isinstance(one, ast.Name) and not one.id.strip("_").isupper()
             and one.id != "str"]
    ]  # fmt: skip
    assert built == []


def test_markup_is_made_in_the_few_places_that_escape_before() -> None:
    assert {(path, name) for path, name in places(re.compile("Markup"))} <= MARKUP
    marked = {
        str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html") if "|safe" in path.read_text()
    }
    assert marked == SAFE
    off = [path for path in (ROOT / "templates").rglob("*.html") if "autoescape false" in path.read_text()]
    assert off == []


def test_scripts_put_html_into_a_page_only_where_our_own_server_made_it() -> None:
    scripts = ROOT / "static" / "js"
    said = re.compile(
        r"\.(inner|outer)HTML\s*=[^=]|insertAdjacentHTML|document\.write|new Function|\beval\(|setTimeout\([\"']"
    )
    found = {str(path.relative_to(scripts)) for path in scripts.rglob("*.js") if said.search(path.read_text())}
    assert found <= INNER


def test_no_page_has_a_script_or_a_style_of_its_own() -> None:
    """The content security policy forbids them; a page that needs one would only fail in the browser."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|javascript:", re.I)
    assert [str(path) for path in (ROOT / "templates").rglob("*.html") if inline.search(path.read_text())] == []


def test_what_must_not_be_guessed_is_drawn_by_secrets() -> None:
    """A seeded ``Random`` repeats a draw or a demonstration; whatever must not be foretold is a ``SystemRandom``."""
    unseeded = [(path, ast.unparse(call)) for path, name, call in calls() if name == "Random" and not call.args]
    assert unseeded == []
    assert not [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "import random\n" in path.read_text()]
