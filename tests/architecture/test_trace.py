"""The trace from the regulation to the code: every rule has a row, every row names a rule and a test that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "regulation.md"
RULES = sorted(
    path
    for room in ("accounts", "question_bank", "competitions", "testing_center", "appeals", "ranking", "archive")
    for path in (*(ROOT / room).glob("rules.py"), *(ROOT / room).glob("rules/*.py"))
    if path.name != "__init__.py"
)


def rule_functions() -> set[str]:
    """``room.rules[.topic].function`` of every public function in a rules module."""
    found = set()
    for path in RULES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found.add(f"{module}.{node.name}")
    return found


def rows() -> list[tuple[str, list[str], list[str]]]:
    """(paragraph, rules, tests) of the table: ``| ¶ | what | rule | test |``."""
    found = []
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and re.match(r"¶|—", cells[0]):
            found.append(
                (cells[0], re.findall(r"`([\w.]+)`", cells[2]), re.findall(r"`([\w/.]+::\w+|[\w/.]+\.py)`", cells[3]))
            )
    return found


def test_every_rule_function_has_a_row() -> None:
    named = {rule for _paragraph, rules, _tests in rows() for rule in rules}
    assert not rule_functions() - named


def test_every_row_names_rules_that_exist() -> None:
    known = rule_functions() | {"regulation.law"}
    wrong = [rule for _paragraph, rules, _tests in rows() for rule in rules if rule not in known and not _exists(rule)]
    assert not wrong


def _exists(name: str) -> bool:
    """A dotted name of a function or class outside the rules modules, e.g. a service."""
    module, _dot, attribute = name.rpartition(".")
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    return (
        path.exists()
        and re.search(rf"^\s*(def|class) {attribute}\b|^{attribute}\b", path.read_text(), re.M) is not None
    )


def test_every_row_names_a_test_that_exists() -> None:
    missing = []
    for paragraph, _rules, tests in rows():
        if not tests:
            missing.append((paragraph, "no test"))
        for test in tests:
            file, _colons, name = test.partition("::")
            path = ROOT / "tests" / file
            if not path.exists() or (name and not re.search(rf"def {name}\b", path.read_text())):
                missing.append((paragraph, test))
    assert not missing


def test_every_paragraph_of_the_regulation_has_a_row() -> None:
    """Each of ¶1–39 stands in the table, or in the list of those that ask nothing of the system yet."""
    text = TABLE.read_text()

    covered = set()
    for first, last in re.findall(r"¶(\d+)(?:–(\d+))?", text):
        covered |= set(range(int(first), int(last or first) + 1))
    assert not [n for n in range(1, 40) if n not in covered]
