"""The dry run of a file as work under way: told, cancelled, cut off by a restart; what it finds is kept sealed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from core.i18n import force_locale
from question_bank.exchange.formats import FORMATS
from question_bank.exchange.reading import Given
from question_bank.models import Item
from question_bank.services import checking, duplicates, importing, imports, items
from question_bank.work_models import BankImport, BankUpload, ImportState
from tests.services.bank_files import draft, xlsx

ELSE = {"stem_ky": "Алма-Ата шаары кайсы өлкөдө турат?", "stem_ru": "В какой стране город Алматы?"}


@pytest.fixture
def author(make):
    make.sub_topic()
    return make.user(Role.ITEM_AUTHOR)


def begun(author: User, clock, data: bytes, kind: str = "xlsx", given: Given | None = None):
    """The ids of a file and of its check, on which nobody has worked yet."""
    with transaction():
        by = db.session.get_one(User, author.id)
        upload = imports.stage_upload(data, FORMATS[kind], "bank.file", given=given or Given(), by=by, now=clock())
        return upload.id, checking.begin(upload, by=by, now=clock()).id


def found(check_id) -> BankImport:
    db.session.rollback()
    return db.session.get_one(BankImport, check_id)


def test_a_check_finds_what_the_plan_of_the_file_says_and_brings_nothing_in(author, clock):
    alike = replace(draft("LAW-002"), options=draft().options)
    data = xlsx(draft("LAW-001"), alike, draft("LAW-003", key=()), draft("LAW-004", difficulty=9))
    upload_id, check_id = begun(author, clock, data)
    checking.run(check_id)
    assert found(check_id).state == ImportState.DONE
    said = checking.report(found(check_id))
    plan = imports.with_twins(imports.plan_import(data, FORMATS["xlsx"], filename="bank.file", by=author))
    assert (said.seen, said.new, said.unchanged, said.refused) == (4, len(plan.new), 0, 2) == (4, 2, 0, plan.refused)
    assert (said.areas, said.kinds, said.difficulties) == (plan.by_area(), plan.by_kind(), plan.by_difficulty())
    assert [replace(one, message=str(one.message)) for one in plan.problems] == list(said.problems)
    assert not said.may_go_in(keep_good=False) and said.may_go_in(keep_good=True)
    assert checking.latest(db.session.get_one(BankUpload, upload_id)).id == check_id
    assert db.session.scalar(db.select(db.func.count()).select_from(Item)) == 0


def test_a_check_that_names_questions_like_those_of_the_file_says_so_in_the_trail(make, author, clock):
    stranger = make.user(Role.ITEM_AUTHOR)
    with transaction():
        items.create_item(draft("OLD-001"), by=db.session.get_one(User, stranger.id), now=clock())
    _upload, check_id = begun(author, clock, xlsx(draft("LAW-001"), draft("LAW-002", **ELSE)))
    checking.run(check_id)
    [warning] = [one for one in checking.report(found(check_id)).problems if one.code == duplicates.WARNING]
    assert warning.external_id == "LAW-001" and "OLD-001" in str(warning.message)
    entry = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.number.desc()).limit(1)).one()
    told = audit.facts(entry)
    assert (entry.action, told["items"], told["file"]) == ("bank.likeness_told", ["LAW-001"], "bank.file")
    before = entry.number
    checking.run(begun(author, clock, xlsx(draft("LAW-002", **ELSE)))[1])
    assert db.session.scalar(db.select(db.func.max(audit.AuditEntry.number))) == before


def test_what_a_check_has_found_is_sealed_and_told_in_the_language_of_the_moment(author, clock):
    _upload, check_id = begun(author, clock, xlsx(draft("LAW-001", key=())))
    checking.run(check_id)
    sealed = found(check_id).report_sealed
    assert b"LAW-001" not in sealed
    sentences = set()
    for language in ("ky", "ru", "en"):
        with force_locale(language):
            [problem] = checking.report(found(check_id)).errors
            sentences.add(problem.message)
    assert len(sentences) == 3 and "No option is marked correct." in sentences


def test_a_check_that_is_cancelled_keeps_the_file_and_can_be_made_again(author, clock):
    upload_id, check_id = begun(author, clock, xlsx(draft()))
    with transaction():
        by = db.session.get_one(User, author.id)
        assert importing.cancel(found(check_id), by=by, now=clock())
    checking.run(check_id)
    assert (found(check_id).state, found(check_id).report_sealed) == (ImportState.CANCELLED, None)
    clock.advance(importing.SILENT)
    with transaction():
        upload = db.session.get_one(BankUpload, upload_id)
        again = checking.begin(upload, by=db.session.get_one(User, author.id), now=clock()).id
    checking.run(again)
    assert checking.latest(db.session.get_one(BankUpload, upload_id)).id == again
    assert checking.report(found(again)).new == 1


def test_a_check_that_a_restart_cut_off_is_said_to_be_and_its_file_is_there(author, clock):
    upload_id, check_id = begun(author, clock, xlsx(draft()))
    clock.advance(importing.SILENT * 2)
    with transaction():
        assert importing.note_interrupted(now=clock()) == 1
    assert found(check_id).state == ImportState.INTERRUPTED
    checking.run(check_id)  # a thread that wakes up once more
    assert (found(check_id).state, found(check_id).report_sealed) == (ImportState.INTERRUPTED, None)
    assert db.session.get(BankUpload, upload_id) is not None


def test_another_file_stops_the_check_of_the_one_before(author, clock):
    _first, running = begun(author, clock, xlsx(draft()))
    upload_id, check_id = begun(author, clock, xlsx(draft("LAW-009")))
    assert found(running).is_cancel_asked and not found(check_id).is_cancel_asked
    checking.run(running)
    assert found(running).state in {ImportState.CANCELLED, ImportState.REFUSED} and not found(running).report_sealed
    checking.run(check_id)
    with transaction():
        imports.drop_upload(db.session.get_one(BankUpload, upload_id))
    db.session.rollback()
    assert db.session.get(BankImport, check_id) is None  # nothing of it is kept longer than the file


def test_an_import_begins_although_a_check_runs(author, clock):
    upload_id, _check = begun(author, clock, xlsx(draft()))
    with transaction():
        upload = db.session.get_one(BankUpload, upload_id)
        by = db.session.get_one(User, author.id)
        importing.begin(upload, keep_good=False, submit=False, by=by, now=clock())
