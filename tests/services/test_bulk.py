"""One act on many questions: the preview is what would happen, and nothing is ever half done."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import life, life_queries, listing, queries, rules, sealing, work_rules
from question_bank.life import ReviewPoint
from question_bank.listing import ItemFilter
from question_bank.models import Item, ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import bulk, decisions, duplicates, items
from question_bank.services.bulk import BulkAct, Wish
from tests.life_scene import LifeScene, question
from tests.services.bank_files import draft


@pytest.fixture
def people(make):
    make.sub_topic()
    return make.user(Role.ITEM_AUTHOR), make.user(Role.ITEM_APPROVER), make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)


@pytest.fixture
def waiting(people, clock):
    """Ids of three versions: two of the author wait for approval, one of the person with both duties does."""
    author, _approver, both = people
    with transaction():
        made = [
            items.create_item(draft(f"LAW-00{n}"), by=by, now=clock()) for n, by in enumerate((author, author, both))
        ]
        for version in made:
            items.submit(version, by=db.session.get_one(User, version.created_by_id), now=clock())
        return [version.id for version in made]


def statuses() -> list[ItemStatus]:
    db.session.rollback()
    rows = db.session.execute(db.select(Item.external_id, ItemVersion.status).join(ItemVersion.item))
    return [status for _id, status in sorted(rows)]


def entries() -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(audit.AuditEntry))


def carried_out(ids, wish, by, clock, *, keep_good=False, digest=None):
    by_id = by.id
    digest = digest or bulk.rehearse(ids, wish, by=by, now=clock()).digest
    with transaction():
        person = db.session.get_one(User, by_id)
        return bulk.carry_out(ids, wish, digest, keep_good=keep_good, by=person, now=clock())


def test_the_preview_says_what_happens_and_what_is_refused_and_leaves_no_trace(people, waiting, clock):
    before = entries()
    outcome = bulk.rehearse(waiting, Wish(BulkAct.APPROVE), by=people[2], now=clock())
    assert [(line.external_id, type(line.refusal)) for line in outcome.lines] == [
        ("LAW-000", type(None)), ("LAW-001", type(None)), ("LAW-002", rules.OwnItem),
    ]  # fmt: skip
    assert statuses() == [ItemStatus.IN_REVIEW] * 3
    assert entries() == before


def test_all_or_nothing_unless_the_good_ones_are_wanted(people, waiting, clock):
    with pytest.raises(work_rules.BulkRefused):
        carried_out(waiting, Wish(BulkAct.APPROVE), people[2], clock)
    assert statuses() == [ItemStatus.IN_REVIEW] * 3
    done = carried_out(waiting, Wish(BulkAct.APPROVE), people[2], clock, keep_good=True)
    assert (len(done.good), len(done.refused)) == (2, 1)
    assert statuses() == [ItemStatus.APPROVED, ItemStatus.APPROVED, ItemStatus.IN_REVIEW]
    last = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.number.desc()).limit(1)).one()
    assert (last.action, audit.facts(last)["items"]) == ("bank.bulk_act", ["LAW-000", "LAW-001"])


def test_each_of_many_keeps_the_checklist_that_was_before_the_approver_and_the_trail_no_words(people, waiting, clock):
    points, words = (ReviewPoint.FAIR, ReviewPoint.ONE_RIGHT), "Ачкыч Б экени текшерилди"
    carried_out(waiting[:1], Wish(BulkAct.APPROVE, words, points=points), people[1], clock)
    carried_out(waiting[1:2], Wish(BulkAct.RETURN, words, points=points), people[1], clock)
    with transaction():
        approver = db.session.get_one(User, people[1].id)
        decisions.approve_many([queries.get_version(waiting[2])], points=points, by=approver, now=clock())
    for one in waiting:
        [kept] = life_queries.checklists_of(one).values()
        assert kept.points == ["one_right", "fair"]
        assert sealing.open_flaws(kept.review_id, kept.flaws_sealed) == decisions.flaws_of(queries.get_version(one))
    assert [review.comment for review in queries.get_item(queries.get_version(waiting[0]).item_id).versions[0].reviews][
        -1
    ] == words
    assert not [one.action for one in db.session.scalars(db.select(audit.AuditEntry)) if words in str(one.body)]
    assert not list(audit.verify())


def test_a_question_that_changed_after_the_preview_stops_the_act(people, waiting, clock):
    outcome = bulk.rehearse(waiting[:2], Wish(BulkAct.APPROVE), by=people[1], now=clock())
    with transaction():
        approver = db.session.get_one(User, people[1].id)
        decisions.return_version(queries.get_version(waiting[0]), "Тактаңыз", by=approver, now=clock())
    with pytest.raises(work_rules.BulkChanged):
        carried_out(waiting[:2], Wish(BulkAct.APPROVE), people[1], clock, digest=outcome.digest, keep_good=True)
    assert statuses()[:2] == [ItemStatus.RETURNED, ItemStatus.IN_REVIEW]


def test_a_question_with_other_words_than_in_the_preview_is_not_approved_with_the_others(people, waiting, clock):
    author, approver, _both = (person.id for person in people)
    seen = bulk.rehearse(waiting[:2], Wish(BulkAct.APPROVE), by=people[1], now=clock())
    with transaction():
        decider = db.session.get_one(User, approver)
        decisions.return_version(queries.get_version(waiting[0]), "Тактаңыз", by=decider, now=clock())
    with transaction():
        version, person = queries.get_version(waiting[0]), db.session.get_one(User, author)
        items.edit_version(version, draft("LAW-000", key=(0,)), by=person, now=clock())
        items.submit(version, by=person, now=clock())
    with pytest.raises(work_rules.BulkChanged):
        carried_out(waiting[:2], Wish(BulkAct.APPROVE), db.session.get_one(User, approver), clock, digest=seen.digest)
    assert set(statuses()) == {ItemStatus.IN_REVIEW}


def test_returning_and_retiring_need_their_words(people, waiting, clock):
    for act in (BulkAct.RETURN, BulkAct.RETIRE):
        outcome = bulk.rehearse(waiting[:2], Wish(act), by=people[1], now=clock())
        assert not outcome.good
    carried_out(waiting[:2], Wish(BulkAct.RETURN, comment="Котормону тактаңыз"), people[1], clock)
    assert statuses()[:2] == [ItemStatus.RETURNED] * 2


def test_suspending_many_puts_each_into_quarantine(people, waiting, clock):
    carried_out(waiting, Wish(BulkAct.SUSPEND, comment="Көчүрмө табылды."), people[1], clock)
    assert listing.count(ItemFilter(suspended=True)) == 3


@pytest.fixture
def drafts(people, clock):
    with transaction():
        made = [items.create_item(draft(f"LAW-00{n}"), by=people[0], now=clock()) for n in range(2)]
        return [version.id for version in made]


def test_drafts_change_in_one_thing_without_their_keys_being_opened(people, drafts, make, clock, monkeypatch):
    other = make.sub_topic("law", "labour")
    other_id = other.id
    monkeypatch.setattr(sealing, "open_key", lambda _version: 1 / 0)
    author = people[0]
    for wish in (
        Wish(BulkAct.SUB_TOPIC, sub_topic=other_id), Wish(BulkAct.DIFFICULTY, difficulty=5),
        Wish(BulkAct.SOURCE, source="Эмгек кодекси"), Wish(BulkAct.ENEMIES, enemies=("LAW-000", "LAW-001")),
    ):  # fmt: skip
        assert len(carried_out(drafts, wish, author, clock).good) == 2
    db.session.rollback()
    found = [db.session.get_one(ItemVersion, one) for one in drafts]
    assert {(one.sub_topic_id, one.difficulty, one.source) for one in found} == {(other_id, 5, "Эмгек кодекси")}
    assert [one.enemies for one in found] == [["LAW-001"], ["LAW-000"]]
    assert listing.count(ItemFilter(difficulty=5, source="кодекси", enemies=True)) == 2


@pytest.mark.parametrize("source", ["Мыйзам \u202e42", "Мыйзам \x0742"])
def test_a_source_with_signs_that_no_text_of_a_question_may_hold_is_refused(people, drafts, clock, source):
    outcome = bulk.rehearse(drafts, Wish(BulkAct.SOURCE, source=source), by=people[0], now=clock())
    assert [type(line.refusal) for line in outcome.lines] == [rules.ItemInvalid, rules.ItemInvalid]


def test_what_waits_or_is_approved_does_not_change(people, waiting, clock):
    outcome = bulk.rehearse(waiting, Wish(BulkAct.DIFFICULTY, difficulty=1), by=people[0], now=clock())
    assert {type(line.refusal) for line in outcome.lines} == {rules.AwaitingDecision}


def test_all_found_are_meant_where_that_is_said_and_an_author_never_reaches_beyond_their_own(people, waiting):
    author, _approver, both = people
    everything = ItemFilter(own_of=author.id)
    assert bulk.chosen([], everything, everything=True) == waiting[:2]
    assert bulk.chosen(waiting, everything, everything=False) == waiting[:2]
    assert bulk.chosen(waiting, ItemFilter(), everything=False) == waiting
    assert set(bulk.acts_of(author)) == {act for act in BulkAct if bulk.permission_of(act) == "bank.author"}
    assert set(bulk.acts_of(both)) == set(BulkAct)


def test_there_is_a_most_that_is_done_at_once(people, waiting, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    for everything in (True, False):
        with pytest.raises(work_rules.TooManyAtOnce):
            bulk.chosen(waiting, ItemFilter(), everything=everything)


def test_an_enemy_that_differs_from_the_question_in_capitals_only_is_named_and_an_unclear_one_is_refused(people, clock):
    author = people[0]
    with transaction():
        ids = [items.create_item(draft(f"LAW-00{n}"), by=author, now=clock()).id for n in range(2)]
    with transaction():
        queries.get_version(ids[1]).item.external_id = "law-000"  # as earlier releases let it in
    carried_out(ids, Wish(BulkAct.ENEMIES, enemies=("LAW-000", "law-000")), author, clock)
    assert [queries.get_version(one).enemies for one in ids] == [["law-000"], ["LAW-000"]]
    outcome = bulk.rehearse(ids, Wish(BulkAct.ENEMIES, enemies=("Law-000",)), by=author, now=clock())
    assert [type(line.refusal) for line in outcome.lines] == [life.UnknownEnemy] * 2


def test_what_looks_like_another_question_is_not_submitted_with_many_until_somebody_says_it_is_none(make, clock):
    scene = LifeScene(make, clock, count=1)
    alike = [question(0, external_id="LAW-901"), question(1), question(2), question(2, external_id="LAW-902")]
    ids = [scene.write(one, submit=False) for one in alike]
    said = bulk.rehearse(ids, Wish(BulkAct.SUBMIT), by=scene.author, now=clock())
    assert {line.external_id: line.refusal and line.refusal.code for line in said.lines} == {
        "LAW-901": "looks_like_others", "LAW-001": None, "LAW-002": "looks_like_others", "LAW-902": "looks_like_others",
    }  # fmt: skip
    assert "LAW-000" in str(next(line.refusal for line in said.lines if line.external_id == "LAW-901"))
    with transaction():
        one, other = queries.get_version(ids[0]).item, scene.item(0)
        duplicates.excuse(one, other, "Башка бөлүм үчүн", by=scene.author, now=clock())
    said = bulk.rehearse(ids[:1], Wish(BulkAct.SUBMIT), by=scene.author, now=clock())
    assert len(said.good) == 1
