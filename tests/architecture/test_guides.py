"""The guides say what the pages say: each word in bold is on a button or heading, each picture is there and small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MOST_BYTES = 120 * 1024


def words_of(language: str) -> set[str]:
    """Everything that the interface says in a language."""
    with (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(message.string) for message in read_po(file) if message.id}


def test_there_is_a_guide_for_every_kind_of_user() -> None:
    assert {path.stem for path in GUIDES} == {
        "administrator", "auditor", "author-and-approver", "authority", "candidate", "commission", "proctor",
        "system-administrator",
    }  # fmt: skip


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_word_in_bold_is_one_of_the_interface(guide: Path) -> None:
    kyrgyz, russian = guide.read_text().split("\n---\n")
    for language, text in (("ky", kyrgyz), ("ru", russian)):
        said = set(re.findall(r"\*\*(.+?)\*\*", text))
        assert said, language
        assert not said - words_of(language), language


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()) + re.findall(r'src="([^"]+)"', page.read_text())
    missing = [at for at in targets if "://" not in at and not (page.parent / at).exists()]
    assert not missing


def test_pictures_are_small_and_each_is_shown_somewhere() -> None:
    shown = {name for page in PAGES for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text())}
    pictures = list((ROOT / "docs" / "pictures").glob("*.png"))
    assert {path.name for path in pictures} == shown
    assert not [path.name for path in pictures if path.stat().st_size > MOST_BYTES]
