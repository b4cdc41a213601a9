"""No workbook that leaves the system computes anything, whatever people have written into the bank."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from question_bank.exchange import template, xlsx
from question_bank.exchange.drafts import Problem
from question_bank.kinds.base import Wording
from question_bank.services import faults
from testing_center.services import participants_template, statistics_files
from tests.rich_scene import rich

ROOT = Path(__file__).parents[2]
BEGINNINGS = ("=", "+", "-", "@", "\t=", "\r=", "|", "＝", "'=")
#: Every module that writes a workbook; a new one fails below until it stands here and has a test of its own.
WRITERS = {
    "question_bank/exchange/template.py", "question_bank/exchange/xlsx.py", "question_bank/services/faults.py",
    "testing_center/services/participants_template.py", "testing_center/services/statistics_files.py",
}  # fmt: skip


def computes(data: bytes) -> list[str]:
    """Parts of a workbook in which a cell is a formula, and parts that reach out of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    return [
        name for name, part in parts.items()
        if (name.startswith("xl/worksheets/") and (b"<f>" in part or b"<f " in part))
        or "externalLink" in name or "vbaProject" in name or b'TargetMode="External"' in part
    ]  # fmt: skip


def test_every_module_that_writes_a_workbook_is_known() -> None:
    shipped = [path for path in ROOT.glob("[a-z]*/**/*.py") if path.parts[len(ROOT.parts)] not in ("tests", "tools")]
    found = {
        str(path.relative_to(ROOT)) for path in shipped
        if "Workbook" in (text := path.read_text()) and "import" in text and "import Workbook" in text
    }  # fmt: skip
    assert {one for one in found if not one.startswith((".", "benchmarks"))} == WRITERS
    assert not [path for path in shipped if "import csv" in path.read_text() and ".venv" not in path.parts]


@pytest.mark.parametrize("begins", BEGINNINGS)
def test_the_bank_and_its_lists_of_faults_hold_text(begins: str) -> None:
    said = f'{begins}HYPERLINK("http://evil.example";"x")'
    draft = replace(
        rich(), external_id=said, stem_ky=said, stem_ru=said, options=(Wording(said, said), Wording("b", "b")),
        source=said, author=said, is_rich=False, media=(), subject_area=said, sub_topic=said,
    )  # fmt: skip
    assert computes(xlsx.write([draft])) == []


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("begins", BEGINNINGS)
def test_faults_and_templates_hold_text(app: Flask, begins: str) -> None:
    said = f"{begins}cmd|' /C calc'!A0"
    problem = Problem(1, "row", said, said, said, said)
    with app.test_request_context():
        judged = type("Found", (), {"problems": (problem,)})()
        assert computes(faults.as_sheet(judged)) == []
    assert computes(template.write_template([(said, [said])])) == []
    assert computes(participants_template.write_template()) == []


@pytest.mark.parametrize("begins", BEGINNINGS)
def test_cells_of_statistics_hold_text(begins: str) -> None:
    assert not statistics_files._text(f"{begins}1").startswith(("=", "+", "-", "@", "\t", "\r"))
