"""Two who work on one question at the same moment: what is decided on, and added to, is what is there by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from threading import Event, Thread, current_thread

import pytest

from accounts.models import User
from core.db import db, transaction
from core.errors import Refusal
from question_bank import life, life_queries, queries, source_queries, work_rules
from question_bank.life import SourceKind
from question_bank.rules import ItemStatus
from question_bank.services import bulk, comments, enemies, items, sources
from question_bank.services.bulk import BulkAct, Wish
from question_bank.services.sources import Facts
from tests.life_scene import LifeScene, question

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
    lock = queries.lock

    def hold(row):
        if current_thread().name == "one" and is_postgresql:
            read.set()
            assert done.wait(WAIT)
        lock(row)

    monkeypatch.setattr(queries, "lock", hold)
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
