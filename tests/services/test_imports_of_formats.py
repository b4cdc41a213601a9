"""Files that cannot say everything themselves: the person says the rest on the command line."""

from __future__ import annotations

import pytest

from accounts.rules import Role
from core.db import db
from question_bank.models import Item, ItemVersion
from tests.rules.word_files import document, paragraph

QUESTION = "{mlang ky}Суроо?{mlang}{mlang ru}Вопрос?{mlang}\nA) 1\nB) 2\nANSWER: B\n"
SAID = ("--subject", "law/documents", "--prefix", "LAW", "--difficulty", "4", "--text-language", "ru")


@pytest.fixture
def author(make):
    """An item author; the sub-topic of the files is there."""
    make.sub_topic()
    return make.user(Role.ITEM_AUTHOR)


def count() -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(Item))


@pytest.fixture
def run(app):
    """Run a command and return its result."""
    return lambda *words: app.test_cli_runner().invoke(args=[str(word) for word in words])


def test_a_text_file_is_known_as_aiken_by_what_it_holds_and_takes_the_rest_from_the_options(author, run, tmp_path):
    file = tmp_path / "bank.txt"
    file.write_text(QUESTION, "utf-8")
    refused = run("bank", "import", file)
    assert (refused.exit_code, count()) == (1, 0)
    assert "Say how the ids of the questions begin" in refused.stderr
    assert run("bank", "import", file, *SAID).exit_code == 0
    db.session.rollback()
    version = db.session.scalars(db.select(ItemVersion)).one()
    assert (db.session.scalars(db.select(Item.external_id)).one(), version.difficulty) == ("LAW-001", 4)


def test_a_word_document_names_its_questions_by_their_places(author, run, tmp_path):
    file = tmp_path / "bank.docx"
    lines = ["1. Вопрос?", "А) один", "*Б) два", "2. Вопрос?", "А) один", "Б) два"]
    file.write_bytes(document(*map(paragraph, lines)))
    result = run("bank", "import", file, *SAID)
    assert (result.exit_code, count()) == (1, 0)
    assert "bank.docx, question 2: LAW-002, correct: No option is marked correct." in result.stderr
