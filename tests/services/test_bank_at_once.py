"""Two who work on one question at the same moment: what is decided on, and added to, is what is there by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from threading import Event, Thread, current_thread

import pytest
from sqlalchemy.exc import OperationalError

from accounts.models import User
from core import db as core_db
from core.db import db, transaction
from core.errors import Refusal
from question_bank import life, life_queries, queries, rules, source_queries, stock_queries, work_rules
from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.formats import by_name
from question_bank.life import SourceKind
from question_bank.rich_models import StoredMedium
from question_bank.rules import ItemStatus
from question_bank.services import bulk, comments, decisions, enemies, imports, items, media, sources
from question_bank.services.bulk import BulkAct, Wish
from question_bank.services.planned import Plan
from question_bank.services.sources import Facts
from tests.life_scene import LifeScene, question
from tests.rich_scene import png

WAIT = 10  # seconds, more than any of this takes


@pytest.fixture
def scene(make, clock):
    """Three questions that wait for approval, and a draft."""
    found = LifeScene(make, clock)
    found.ids.append(found.write(question(3), submit=False))
    found.author_id, found.first_id = found.author.id, found.first.id
    return found


@pytest.fixture
def meanwhile(app, monkeypatch):
    """``meanwhile(one, other)``: one has read everything and is about to hold it when the other does all of its own.

    Each in a connection of its own; gives what became of both. The embedded database lets nobody in between: there the
    other is simply first.
    """
    is_postgresql = db.engine.dialect.name == "postgresql"
    read, done = Event(), Event()

    def pausing(lock):
        def hold(*rows):
            if current_thread().name == "one" and is_postgresql:
                read.set()
                assert done.wait(WAIT)
            lock(*rows)

        return hold

    for module, name in ((queries, "lock"), (stock_queries, "lock_items_of"), (life_queries, "hold_identifiers")):
        monkeypatch.setattr(module, name, pausing(getattr(module, name)))
    found: dict[str, object] = {}

    def run(name: str, act: Callable[[], object]) -> Thread:
        def work() -> None:
            with app.app_context():
                try:
                    with transaction():
                        found[name] = act()
                except Refusal as refusal:
                    found[name] = type(refusal)
                finally:
                    db.session.remove()

        thread = Thread(target=work, name=name)
        thread.start()
        return thread

    def both(one: Callable[[], object], other: Callable[[], object]) -> tuple[object, object]:
        db.session.rollback()
        first = run("one", one) if is_postgresql else None
        assert not first or read.wait(WAIT)
        run("other", other).join(WAIT)
        done.set()
        (first or run("one", one)).join(WAIT)
        db.session.rollback()
        return found.get("one"), found.get("other")

    return both


def person(user_id) -> User:
    return db.session.get_one(User, user_id)


@pytest.mark.parametrize(
    ("act", "left"), [(enemies.add, {"LAW-000", "LAW-001", "LAW-002"}), (enemies.drop, {"LAW-000", "LAW-001"})]
)
def test_an_enemy_that_somebody_names_at_the_same_moment_is_not_lost(scene, meanwhile, clock, act, left):
    draft, author, changed = scene.ids[3], scene.author_id, "LAW-002"
    with transaction():
        for name in ("LAW-000", *([changed] if act is enemies.drop else [])):
            enemies.add(scene.version(3), name, by=scene.author, now=clock())
    meanwhile(
        lambda: act(queries.get_version(draft), changed, by=person(author), now=clock()),
        lambda: enemies.add(queries.get_version(draft), "LAW-001", by=person(author), now=clock()),
    )
    assert set(scene.version(3).enemies) == left


def test_an_act_on_many_does_not_act_on_a_text_that_its_preview_did_not_show(scene, meanwhile, clock):
    draft, author, wish = scene.ids[3], scene.author_id, Wish(BulkAct.SUBMIT)
    shown = bulk.rehearse([draft], wish, by=scene.author, now=clock()).digest

    def edit() -> None:
        version = queries.get_version(draft)
        other = replace(items.as_draft(version), stem_ky="Ким экинчи болот?", stem_ru="Кто будет вторым?")
        items.edit_version(version, other, by=person(author), now=clock())

    one, _other = meanwhile(
        lambda: bulk.carry_out([draft], wish, shown, keep_good=False, by=person(author), now=clock()), edit
    )
    assert one is work_rules.BulkChanged
    assert (scene.version(3).status, scene.version(3).stem_ru) == (ItemStatus.DRAFT, "Кто будет вторым?")


def test_a_remark_that_is_settled_at_the_same_moment_is_not_answered_any_more(scene, meanwhile, clock):
    version, author, approver = scene.ids[0], scene.author_id, scene.first_id
    with transaction():
        made = comments.comment(scene.version(0), "key", "Ачкыч туурабы?", by=scene.first, now=clock()).id
    one, _other = meanwhile(
        lambda: comments.answer(life_queries.get_comment(made, version), "Ооба", by=person(author), now=clock()),
        lambda: comments.settle(life_queries.get_comment(made, version), by=person(approver), now=clock()),
    )
    assert one is life.CommentSettled
    assert [answers for _remark, answers in life_queries.comments_on(version)] == [[]]


def test_an_amendment_entered_at_the_same_moment_is_not_confirmed_unseen(scene, meanwhile, clock):
    scene.approve(0)
    version, approver = scene.ids[0], scene.first_id
    with transaction():
        source = sources.add_source(Facts(SourceKind.LAW, "Мыйзам", "Закон"), by=scene.first, now=clock())
        sources.cite_all([scene.version(0)], source, by=scene.first, now=clock())
        law, read = source.id, sources.edition(source)

    def confirm() -> int:
        found = source_queries.get_source(law)
        return sources.confirm([queries.get_version(version)], found, read=read, by=person(approver), now=clock())

    def amend() -> None:
        found = source_queries.get_source(law)
        sources.amend(found, date(2026, 11, 20), "12-берене", by=person(approver), now=clock())

    one, _other = meanwhile(confirm, amend)
    assert one is life.SourceChangedSinceShown


def test_a_question_that_is_retired_at_the_same_moment_is_not_approved(scene, meanwhile, clock):
    version, item, approver = scene.ids[0], scene.item(0).id, scene.first_id
    one, _other = meanwhile(
        lambda: decisions.approve(queries.get_version(version), by=person(approver), now=clock()),
        lambda: items.retire(queries.get_item(item), "Эскирди", by=person(approver), now=clock()),
    )
    assert one is rules.ItemRetired
    assert scene.version(0).status == ItemStatus.IN_REVIEW and scene.item(0).retired_at is not None


def test_a_question_is_retired_after_the_decision_that_is_made_at_the_same_moment(scene, meanwhile, clock):
    version, item, approver = scene.ids[0], scene.item(0).id, scene.first_id
    one, _other = meanwhile(
        lambda: items.retire(queries.get_item(item), "Эскирди", by=person(approver), now=clock()),
        lambda: decisions.approve(queries.get_version(version), by=person(approver), now=clock()),
    )
    assert one is None and scene.version(0).status == ItemStatus.APPROVED and scene.item(0).retired_at is not None
    assert scene.ids[0] not in {approved.id for approved in queries.approved_versions()}


def test_nobody_retires_a_question_while_somebody_decides_on_it(app, scene, monkeypatch, clock):
    """Who would waits until the decision is made: here for no longer than a tenth of a second."""
    version, item, approver, found = scene.ids[0], scene.item(0).id, scene.first_id, []
    monkeypatch.setattr(core_db, "BUSY_SECONDS", 0.1)

    def hold() -> None:
        with app.app_context():
            try:
                with transaction():
                    if db.engine.dialect.name == "postgresql":
                        db.session.execute(db.text("SET LOCAL lock_timeout = '100ms'"))
                    queries.lock(queries.get_item(item))  # the first that retiring does
            except OperationalError as error:
                found.append(error)
            finally:
                db.session.remove()

    with transaction():
        decisions.approve(queries.get_version(version), by=person(approver), now=clock())
        other = Thread(target=hold)
        other.start()
        other.join(WAIT)
    assert found and scene.version(0).status == ItemStatus.APPROVED and scene.item(0).retired_at is None


@pytest.mark.parametrize("other_id", ["LAW-9", "law-9"])
@pytest.mark.parametrize(("is_file", "is_other_file"), [(False, False), (True, False), (False, True), (True, True)])
def test_of_two_who_bring_in_one_id_at_the_same_moment_in_whatever_capitals_one_is_refused_in_words(
    app, scene, monkeypatch, clock, is_file, is_other_file, other_id
):
    """The second asks while the first has written and not yet ended; the embedded database lets nobody in between."""
    author, is_postgresql, found = scene.author_id, db.engine.dialect.name == "postgresql", {}
    written, asked, hold = Event(), Event(), life_queries.hold_identifiers

    def holding() -> None:
        if current_thread().name == "other":
            asked.set()
        hold()

    def bring(draft: ItemDraft, plan: Plan | None) -> None:
        if plan is not None:
            imports.carry_out(plan, by=person(author), now=clock())
        else:
            items.create_item(draft, by=person(author), now=clock())
        if current_thread().name == "one" and is_postgresql:
            written.set()
            assert asked.wait(WAIT)

    def begin(name: str, external_id: str, is_file: bool) -> Thread:
        draft, kind = question(4, external_id=external_id), by_name("xlsx")
        plan = imports.plan_import(kind.write([draft]), kind, filename="a.xlsx", by=scene.author) if is_file else None
        return Thread(target=work, args=(name, draft, plan), name=name)

    def work(name: str, draft: ItemDraft, plan: Plan | None) -> None:
        with app.app_context():
            try:
                with transaction():
                    found[name] = bring(draft, plan)
            except Refusal as refusal:
                found[name] = type(refusal)
            finally:
                db.session.remove()

    monkeypatch.setattr(life_queries, "hold_identifiers", holding)
    one, other = begin("one", "LAW-9", is_file), begin("other", other_id, is_other_file)
    db.session.rollback()
    one.start()
    assert not is_postgresql or written.wait(WAIT)
    if not is_postgresql:
        one.join(WAIT)
    other.start()
    one.join(WAIT)
    other.join(WAIT)
    assert found == {"one": None, "other": rules.DuplicateExternalId if other_id == "LAW-9" else life.IdInOtherCapitals}
    db.session.rollback()
    assert [name for name in scene.named() if name.casefold() == "law-9"] == ["LAW-9"]


def test_two_who_add_one_picture_at_the_same_moment_both_have_it(app, scene, clock):
    """The second comes while the first has written and not yet ended; the embedded database lets nobody in between."""
    author, found = scene.author_id, []

    def add() -> None:
        with app.app_context():
            try:
                with transaction():
                    found.append(media.add(png(), by=person(author), now=clock()).name)
            finally:
                db.session.remove()

    other, waiting = Thread(target=add), "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with transaction():
        found.append(media.add(png(), by=person(author), now=clock()).name)
        other.start()
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                while other.is_alive() and not connection.execute(db.text(waiting)).scalar():
                    connection.rollback()
                    other.join(0.01)
    other.join(WAIT)
    assert len(found) == 2 and len(set(found)) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(StoredMedium)) == 1
