"""An import under way: told, cancelled, cut off by a restart; what does not end well leaves nothing."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import OperationalError

from accounts.models import User
from accounts.rules import Role
from core import audit, background
from core.audit import AuditEntry
from core.db import db, transaction
from question_bank import life_queries, listing, queries, work_rules
from question_bank.entries import BankEntry, BankText
from question_bank.exchange.formats import FORMATS
from question_bank.listing import ItemFilter
from question_bank.models import Item, ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import importing, imports, items
from question_bank.work_models import BankImport, BankUpload, ImportPhase, ImportState
from tests.kinds_scene import DRAFTS
from tests.services.bank_files import draft, xlsx

XLSX = FORMATS["xlsx"]


@pytest.fixture
def author(make):
    make.sub_topic()
    return make.user(Role.ITEM_AUTHOR)


def begun(author: User, clock, data: bytes, *, keep_good: bool = False, submit: bool = False):
    """The id of an import that nobody has worked on yet."""
    with transaction():
        by = db.session.get_one(User, author.id)
        upload = imports.stage_upload(data, XLSX, "bank.xlsx", by=by, now=clock())
        return importing.begin(upload, keep_good=keep_good, submit=submit, by=by, now=clock()).id


def state(import_id) -> BankImport:
    db.session.rollback()
    return db.session.get_one(BankImport, import_id)


def count(model=Item) -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(model))


def test_an_import_ends_with_every_question_and_without_the_file(author, clock):
    import_id = begun(author, clock, xlsx(*(draft(f"LAW-{n:03}") for n in range(3))), submit=True)
    importing.run(import_id)
    found = state(import_id)
    assert (found.state, found.done, found.total, found.ended_at) == (ImportState.DONE, 3, 3, clock())
    assert count(BankUpload) == 0
    assert listing.count(ItemFilter(status=ItemStatus.IN_REVIEW, own_of=author.id)) == 3
    actions = list(db.session.scalars(db.select(audit.AuditEntry.action).order_by(audit.AuditEntry.number)))
    assert actions == ["bank.import_begun", "bank.imported"]


def test_questions_written_at_once_are_those_that_are_written_one_by_one(make, author, clock):
    """The rows of a big import, table by table, against what the services of a single question leave."""
    drafts = [*DRAFTS.values()]
    for one in drafts:
        make.sub_topic(one.subject_area, one.sub_topic)
    importing.run(begun(author, clock, XLSX.write(drafts)))
    found = _content()
    db.session.rollback()
    with transaction():
        for row in db.session.scalars(db.select(Item)):
            row.external_id = f"OLD-{row.external_id}"
    with transaction():
        for one in drafts:
            items.create_item(one, by=db.session.get_one(User, author.id), now=clock())
    again = _content()
    old = {name.removeprefix("OLD-"): facts for name, facts in again.items() if name.startswith("OLD-")}
    new = {name: facts for name, facts in again.items() if not name.startswith("OLD-")}
    assert found.keys() == new.keys() == old.keys() == {one.external_id for one in drafts}
    assert new == found


def _content() -> dict[str, tuple[object, ...]]:
    """Of each question: what its author wrote, its words, and its entry in the lists."""
    db.session.rollback()
    rows = db.session.execute(
        db.select(ItemVersion, BankEntry, BankText).join(BankEntry, BankEntry.version_id == ItemVersion.id).join(
            BankText, BankText.entry_id == BankEntry.id
        )
    ).all()  # fmt: skip
    return {
        version.item.external_id: (
            items.as_draft(version), sorted(version.search_text.split()), sorted(text.words.split()),
            [entry.identifier, entry.author, entry.source, entry.status, entry.is_newest, entry.is_in_force],
            [review.act for review in version.reviews],
        )
        for version, entry, text in rows
    }  # fmt: skip


def test_one_that_is_cancelled_leaves_nothing(author, clock):
    import_id = begun(author, clock, xlsx(draft()))
    with transaction():
        by = db.session.get_one(User, author.id)
        assert importing.cancel(importing.get(import_id, by.id), by=by, now=clock())
    importing.run(import_id)
    assert state(import_id).state == ImportState.CANCELLED
    assert (count(), count(BankUpload)) == (0, 1)


def test_one_that_is_over_cannot_be_cancelled(author, clock):
    import_id = begun(author, clock, xlsx(draft()))
    importing.run(import_id)
    with transaction():
        by = db.session.get_one(User, author.id)
        assert not importing.cancel(importing.get(import_id, by.id), by=by, now=clock())
    assert (state(import_id).state, count()) == (ImportState.DONE, 1)


def test_cancelling_in_the_middle_of_sealing_stops_it(author, clock, monkeypatch):
    import_id = begun(author, clock, xlsx(*(draft(f"LAW-{n:03}") for n in range(4))))
    monkeypatch.setattr(importing, "STEP", 2)
    tell, said = importing.tell, []

    def cancelled_after_two(one, phase, done, total, now):
        tell(one, phase, done, total, now)
        said.append((phase, done))
        if done == 2:
            with transaction():
                by = db.session.get_one(User, author.id)
                importing.cancel(importing.get(import_id, by.id), by=by, now=clock())

    monkeypatch.setattr(importing, "tell", cancelled_after_two)
    importing.run(import_id)
    assert said == [(ImportPhase.COMPARING, 0), (ImportPhase.SEALING, 0), (ImportPhase.SEALING, 2)]
    assert (state(import_id).state, count()) == (ImportState.CANCELLED, 0)


def test_a_refusal_is_told_in_the_row_and_leaves_nothing(author, clock):
    import_id = begun(author, clock, xlsx(draft("LAW-001"), draft("LAW-002", key=())))
    importing.run(import_id)
    assert (state(import_id).state, count()) == (ImportState.REFUSED, 0)
    assert "1" in state(import_id).sentence


def test_a_failure_while_writing_leaves_nothing_and_is_told(author, clock, monkeypatch):
    import_id = begun(author, clock, xlsx(draft("LAW-001"), draft("LAW-002")))
    monkeypatch.setattr(imports, "record_comparison", lambda *_args, **_facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        importing.run(import_id)
    assert (state(import_id).state, count(), count(BankEntry)) == (ImportState.FAILED, 0, 0)


@pytest.mark.parametrize(
    ("silent", "ends"), [(importing.SILENT, False), (importing.SILENT + timedelta(seconds=1), True)]
)
def test_one_that_is_not_heard_of_any_more_was_cut_off_by_a_restart(author, clock, silent, ends):
    import_id = begun(author, clock, xlsx(draft()))
    clock.advance(silent)
    with transaction():
        assert importing.note_interrupted(now=clock()) == int(ends)
    assert (state(import_id).state == ImportState.INTERRUPTED) is ends


def test_a_thread_that_wakes_up_after_it_was_given_up_writes_nothing(author, clock):
    import_id = begun(author, clock, xlsx(draft()))
    clock.advance(importing.SILENT * 2)
    with transaction():
        importing.note_interrupted(now=clock())
    importing.run(import_id)
    assert (state(import_id).state, count()) == (ImportState.INTERRUPTED, 0)


def test_one_person_has_one_import_at_a_time(author, clock):
    begun(author, clock, xlsx(draft()))
    with pytest.raises(work_rules.ImportUnderWay):
        begun(author, clock, xlsx(draft("LAW-002")))


def test_a_question_that_came_in_meanwhile_refuses_the_import(author, clock, monkeypatch):
    import_id = begun(author, clock, xlsx(draft()))
    ready = imports.ready

    def overtaken(plan, **how):
        load = ready(plan, **how)
        with transaction():
            items.create_item(draft(), by=db.session.get_one(User, author.id), now=clock())
        return load

    monkeypatch.setattr(imports, "ready", overtaken)
    importing.run(import_id)
    assert (state(import_id).state, count()) == (ImportState.REFUSED, 1)
    assert "LAW-001" in state(import_id).sentence


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_of_two_imports_of_the_same_questions_at_once_one_is_told_that_they_are_there(
    app, make, author, clock, monkeypatch
):
    """On the embedded database one writes after the other, and the later sees what the first has written."""
    two, hold, met = (author, make.user(Role.ITEM_AUTHOR)), life_queries.hold_identifiers, Barrier(2, timeout=30)
    ids = [begun(one, clock, xlsx(draft("LAW-001"), draft("LAW-002"))) for one in two]

    def together() -> None:
        met.wait()  # both are ready, neither has written
        hold()

    monkeypatch.setattr(life_queries, "hold_identifiers", together)
    threads = [background.start(lambda one=one: importing.run(one), name="import") for one in ids]
    for thread in threads:
        thread.join(30)
    ends = {state(one).state: state(one).sentence for one in ids}
    assert ends.keys() == {ImportState.DONE, ImportState.REFUSED} and count() == 2
    assert "LAW-00" in ends[ImportState.REFUSED]


def test_a_command_that_loses_a_race_says_so_in_a_sentence(app, author, clock, monkeypatch, tmp_path):
    """As where the database sees what the rules could not: a picture, say, that two bring in at once."""
    file, ready = tmp_path / "bank.xlsx", imports.ready
    file.write_bytes(xlsx(draft()))

    def overtaken(plan, **how):
        load = ready(plan, **how)
        with transaction():
            items.create_item(draft(), by=db.session.get_one(User, author.id), now=clock())
        monkeypatch.setattr(queries, "external_ids_among", lambda _ids: set())
        return load

    monkeypatch.setattr(imports, "ready", overtaken)
    result = app.test_cli_runner().invoke(args=["bank", "import", str(file)])
    assert (result.exit_code, "run the command again" in result.stderr) == (1, True), result.exception
    assert count() == 1 and "Traceback" not in result.output
    [refused] = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "refused"))
    assert refused.body["facts"]["code"] == "already_done"


def test_a_command_for_which_the_embedded_database_has_no_turn_says_that_it_is_busy(app, author, monkeypatch, tmp_path):
    file = tmp_path / "bank.xlsx"
    file.write_bytes(xlsx(draft()))
    busy = OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))
    monkeypatch.setattr(imports, "write", lambda *_args, **_how: (_ for _ in ()).throw(busy))
    result = app.test_cli_runner().invoke(args=["bank", "import", str(file)])
    assert result.exit_code == 1 and "busy" in result.stderr and "upgrade" not in result.stderr
