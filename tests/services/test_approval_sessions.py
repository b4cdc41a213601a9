"""An approval session: who decides on what, all or nothing; minutes that name questions without their words (¶23)."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import life, life_queries, queries, rules, sealing, session_queries, writing
from question_bank.life import ReviewPoint, SessionDecision
from question_bank.life_models import ApprovalSession, SessionItem
from question_bank.models import ItemReview
from question_bank.rules import ItemStatus, ReviewAct
from question_bank.services import approvals, bulk, comments, decisions, items, quarantine
from question_bank.services.bulk import BulkAct, Wish
from tests.life_scene import LifeScene, question

DAY = date(2026, 11, 28)


@pytest.fixture
def scene(make, clock):
    """Three questions that wait for approval."""
    return LifeScene(make, clock)


def call(scene, numbers=(0, 1, 2), members=None, by=None):
    """Open a session; its id."""
    with transaction():
        session = approvals.open_session(
            DAY, "Бишкек ш., 3-кабинет", members or [scene.second], [scene.version(number) for number in numbers],
            by=by or scene.first, now=scene.clock(),
        )  # fmt: skip
        return session.id


def decide(scene, session_id, numbers, decision, comment="", by=None, points=()):
    with transaction():
        approvals.decide(
            session_queries.get_session(session_id), [scene.ids[number] for number in numbers], decision, comment,
            points=points, by=by or scene.first, now=scene.clock(),
        )  # fmt: skip


def close(scene, session_id, by=None):
    with transaction():
        approvals.close(session_queries.get_session(session_id), by=by or scene.first, now=scene.clock())
    return session_queries.get_session(session_id)


def minutes(scene, session_id) -> bytes:
    with transaction():
        return approvals.minutes_pdf(session_queries.get_session(session_id), now=scene.clock())


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_a_session_approves_returns_and_postpones_and_its_minutes_say_so(scene):
    found = call(scene)
    decide(scene, found, [0], SessionDecision.APPROVED)
    decide(scene, found, [1], SessionDecision.RETURNED, "Булагын көрсөтүү керек.")
    session = close(scene, found, by=scene.second)
    assert [scene.version(number).status for number in range(3)] == [
        ItemStatus.APPROVED, ItemStatus.RETURNED, ItemStatus.IN_REVIEW,
    ]  # fmt: skip
    said = approvals.content_of(session)
    assert [one["decision"] for one in said["items"]] == ["approved", "returned", "postponed"]
    assert session.number == "БЖ-2026-1"
    paper = text_of(minutes(scene, found))
    for words in ("БЖ-2026-1", "28.11.2026", "LAW-000", "LAW-001", "Есть замечание", scene.first.full_name,
                  scene.second.full_name, "толуктоого кайтарылды", "возвращён на доработку"):  # fmt: skip
        assert words in paper, words
    assert not list(audit.verify())


def test_the_minutes_have_neither_words_nor_keys_of_questions(scene):
    found = call(scene)
    decide(scene, found, [0, 1, 2], SessionDecision.APPROVED)
    session, paper = close(scene, found), text_of(minutes(scene, found))
    for number in range(3):
        version = scene.version(number)
        texts = [version.stem_ky, version.stem_ru, *(text[one] for text in version.options for one in ("ky", "ru"))]
        assert not [text for text in texts if len(text) > 8 and (text in paper or text in (session.content or ""))]
    assert '"key"' not in (session.content or "")


def test_the_digest_of_a_question_is_salted_and_follows_from_its_words_and_its_key(scene):
    found = call(scene)
    decide(scene, found, [0, 1], SessionDecision.APPROVED)
    entries = session_queries.get_session(found).agenda
    assert [approvals.recompute(entry) == entry.digest for entry in entries[:2]] == [True, True]
    assert len(sealing.open_session_salt(entries[0])) == 32
    assert entries[0].digest != entries[1].digest


def test_the_minutes_are_drawn_once_and_are_the_same_bytes_ever_after(scene):
    found = call(scene)
    close(scene, found)
    first = minutes(scene, found)
    with transaction():
        scene.make.user(Role.ITEM_APPROVER)
        db.session.get_one(ApprovalSession, found).place = "Башка жер"
    assert minutes(scene, found) == first
    assert re.match(rb"%PDF", first)


def test_whoever_worked_on_a_question_does_not_enter_the_decision_on_it_and_is_named_as_abstaining(scene):
    author = scene.make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    scene.ids.append(scene.write(question(3), by=author))
    found = call(scene, (3,), members=[scene.second, author])
    with pytest.raises(rules.OwnItem):
        decide(scene, found, [3], SessionDecision.APPROVED, by=author)
    decide(scene, found, [3], SessionDecision.APPROVED)
    assert approvals.content_of(close(scene, found))["items"][0]["abstained"] == [author.full_name]


@pytest.mark.parametrize("alone", [True, False])
def test_at_least_two_who_did_not_work_on_a_question_decide_on_it(scene, alone):
    author = scene.make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    scene.ids.append(scene.write(question(3), by=author))
    if alone:
        with pytest.raises(life.TooFewDeciders) as refused:
            call(scene, (0, 3), members=[author])
        assert refused.value.params["items"] == "LAW-003"
    else:
        assert call(scene, (0, 3), members=[author, scene.second])


def test_decisions_are_taken_all_or_none(scene):
    found = call(scene)
    with transaction():
        comments.comment(scene.version(1), "", "Кайра карайлы", by=scene.second, now=scene.clock())
    with pytest.raises(life.OpenComments):
        decide(scene, found, [0, 1, 2], SessionDecision.APPROVED)
    assert scene.version(0).status == ItemStatus.IN_REVIEW


def test_nothing_is_returned_without_a_comment(scene):
    found = call(scene)
    with pytest.raises(rules.CommentNeeded):
        decide(scene, found, [0], SessionDecision.RETURNED, " ")


def test_only_a_member_decides_and_closes(scene):
    found, other = call(scene), scene.make.user(Role.ITEM_APPROVER)
    with pytest.raises(life.NotAMember):
        decide(scene, found, [0], SessionDecision.APPROVED, by=other)
    with pytest.raises(life.NotAMember):
        close(scene, found, by=other)


def test_what_is_postponed_may_be_decided_in_the_same_session_and_what_is_decided_may_not(scene):
    found = call(scene)
    decide(scene, found, [0], SessionDecision.POSTPONED)
    decide(scene, found, [0], SessionDecision.APPROVED)
    with pytest.raises(life.AlreadyDecided):
        decide(scene, found, [0], SessionDecision.POSTPONED)


def test_what_is_out_of_use_or_saved_since_or_one_s_own_is_not_postponed(scene):
    member = scene.make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    scene.ids.append(scene.write(question(3), by=member))
    found = call(scene, (0, 1, 3), members=[scene.second, member])
    with transaction():
        items.retire(scene.item(0), "Мыйзам өзгөрдү", by=scene.second, now=scene.clock())
    with pytest.raises(rules.ItemRetired):
        decide(scene, found, [0], SessionDecision.POSTPONED)
    with pytest.raises(rules.OwnItem):
        decide(scene, found, [3], SessionDecision.POSTPONED, by=member)
    for shown, refusal in (({scene.ids[1]: "0" * 32}, writing.ChangedSinceShown), ({}, writing.NotShown)):
        with pytest.raises(refusal), transaction():
            approvals.decide(
                session_queries.get_session(found), [scene.ids[1]], SessionDecision.POSTPONED, shown=shown,
                by=scene.first, now=scene.clock(),
            )  # fmt: skip
    said = approvals.content_of(close(scene, found))["items"]
    assert [one["decision"] for one in said] == ["retired", "postponed", "postponed"]


def leaves(person, _now) -> None:
    person.is_active = False


def loses_the_role(person, now) -> None:
    for grant in person.grants:
        grant.revoked_at = now


@pytest.mark.parametrize("gone", [leaves, loses_the_role])
def test_a_member_who_left_or_may_not_approve_any_more_does_not_decide(scene, gone):
    found, other = call(scene, (0,)), scene.make.user(Role.ITEM_APPROVER)
    with transaction():
        gone(scene.second, scene.clock())
    with pytest.raises(life.TooFewDeciders):
        decide(scene, found, [0], SessionDecision.APPROVED)
    with pytest.raises(life.TooFewDeciders):
        call(scene, (1,), members=[scene.second])
    decide(scene, call(scene, (1,), members=[scene.second, other]), [1], SessionDecision.APPROVED)
    assert [scene.version(number).status for number in (0, 1)] == [ItemStatus.IN_REVIEW, ItemStatus.APPROVED]


def alone(scene, act, number=0):
    """One approver decides on a question without a session."""
    with transaction():
        if act == "return":
            decisions.return_version(scene.version(number), "Ачкыч Б эмес", by=scene.second, now=scene.clock())
        else:
            decisions.approve_many([scene.version(number)], by=scene.second, now=scene.clock())


@pytest.mark.parametrize("act", ["approve", "return"])
def test_what_is_before_an_open_session_nobody_decides_on_alone(scene, act):
    found = call(scene, (0, 1))
    with pytest.raises(life.BeforeSession) as refused:
        alone(scene, act)
    assert refused.value.params == {"session": "БЖ-2026-1", "items": "LAW-000"}
    outcome = bulk.rehearse(scene.ids, Wish(BulkAct(act), "Себеби"), by=scene.second, now=scene.clock())
    assert [type(line.refusal) for line in outcome.lines] == [life.BeforeSession, life.BeforeSession, type(None)]
    decide(scene, found, [0], SessionDecision.POSTPONED)
    with pytest.raises(life.BeforeSession):
        alone(scene, act)
    close(scene, found)
    alone(scene, act)
    assert scene.version(0).status != ItemStatus.IN_REVIEW


def test_what_a_session_has_returned_is_decided_on_as_any_when_it_comes_back(scene):
    found = call(scene)
    decide(scene, found, [0], SessionDecision.RETURNED, "Тактаңыз")
    with transaction():
        items.edit_version(scene.version(0), question(0, difficulty=5), by=scene.author, now=scene.clock())
        items.submit(scene.version(0), by=scene.author, now=scene.clock())
    assert scene.version(0).id in {one.id for one in session_queries.offered()}
    alone(scene, "approve")
    assert approvals.content_of(close(scene, found))["items"][0]["decision"] == "returned"


def test_the_minutes_say_what_was_taken_out_of_use_decided_outside_or_is_in_quarantine(scene):
    scene.ids.append(scene.write(question(3)))
    found = call(scene, (0, 1, 2, 3))
    with transaction():
        items.retire(scene.item(0), "Мыйзам өзгөрдү", by=scene.second, now=scene.clock())
        quarantine.suspend(scene.item(1), "leak", "Шек бар", by=scene.second, now=scene.clock())
        decisions.approve(scene.version(2), in_session=True, by=scene.second, now=scene.clock())  # before the update
    said = approvals.content_of(close(scene, found))["items"]
    assert [(one["decision"], one["by"], one["quarantined"]) for one in said] == [
        ("retired", scene.second.full_name, False), ("postponed", "", True), ("outside", scene.second.full_name, False),
        ("postponed", "", False),
    ]  # fmt: skip
    paper = text_of(minutes(scene, found))
    for words in ("выведен из использования до", "Вопрос в карантине", "решение принято вне заседания"):
        assert paper.count(words) == 1, words
    assert not list(audit.verify())


def test_what_was_said_in_a_session_stands_neither_in_the_minutes_nor_in_the_trail(scene):
    found, words = call(scene), "Ачкыч Б эмес, В болушу керек"
    decide(scene, found, [0], SessionDecision.RETURNED, words)
    decide(scene, found, [1], SessionDecision.POSTPONED, words)
    session = close(scene, found)
    assert words not in (session.content or "") and words not in text_of(minutes(scene, found))
    assert [one["remarked"] for one in approvals.content_of(session)["items"]] == [True, True, False]
    assert not [one.action for one in db.session.scalars(db.select(audit.AuditEntry)) if words in str(one.body)]
    assert not list(audit.verify())
    with transaction():
        db.session.scalars(db.select(ItemReview).where(ItemReview.comment == words)).one().comment = "Баары туура"
    assert ["returned was altered" in fault.what for fault in audit.verify()] == [True]


def test_a_session_keeps_the_checklist_with_each_of_its_decisions(scene):
    found = call(scene)
    decide(scene, found, [0, 1], SessionDecision.APPROVED, points=list(ReviewPoint))
    decide(scene, found, [2], SessionDecision.RETURNED, "Тактаңыз", points=[ReviewPoint.FAIR])
    kept = [life_queries.checklists_of(scene.ids[number]) for number in range(3)]
    assert [[one.points for one in each.values()] for each in kept] == [
        [[str(point) for point in ReviewPoint]], [[str(point) for point in ReviewPoint]], [["fair"]],
    ]  # fmt: skip
    for each, number in zip(kept, range(3), strict=True):
        [one] = each.values()
        assert sealing.open_flaws(one.review_id, one.flaws_sealed) == decisions.flaws_of(scene.version(number))


def test_a_closed_session_changes_no_more(scene):
    found = call(scene)
    close(scene, found)
    with pytest.raises(life.SessionClosed):
        decide(scene, found, [0], SessionDecision.APPROVED)
    with pytest.raises(life.SessionClosed):
        close(scene, found)


def test_a_question_is_before_one_open_session_at_a_time(scene):
    found = call(scene, (0, 1))
    with pytest.raises(life.AlreadyOnAgenda) as refused:
        call(scene, (1, 2), by=scene.second, members=[scene.first])
    assert refused.value.params["items"] == "LAW-001"
    close(scene, found)
    assert call(scene, (1, 2))


def test_a_session_has_questions(scene):
    with pytest.raises(life.NothingChosen):
        call(scene, ())


def test_the_approval_names_the_session_in_the_questions_own_record(scene):
    found = call(scene)
    decide(scene, found, [0], SessionDecision.APPROVED, "Макулбуз.")
    version = queries.get_item(scene.version(0).item_id).versions[0]
    (review,) = [one for one in version.reviews if one.act == ReviewAct.APPROVED]
    assert review.comment == "Макулбуз. [БЖ-2026-1]"


@pytest.mark.parametrize("what", ["content", "version", "pdf"])
def test_the_trail_notices_what_is_changed_behind_its_back(scene, what):
    found = call(scene)
    decide(scene, found, [0], SessionDecision.APPROVED)
    close(scene, found)
    minutes(scene, found)
    assert not list(audit.verify())
    with transaction():
        session = db.session.get_one(ApprovalSession, found)
        if what == "content":
            session.content = (session.content or "").replace("approved", "returned")
        elif what == "pdf":
            session.pdf = b"%PDF-1.4 altered"
        else:
            entry = db.session.scalars(db.select(SessionItem).where(SessionItem.version_id == scene.ids[0])).one()
            entry.version.stem_ky = "Башка суроо"
    assert list(audit.verify())


def test_returned_and_mended_a_question_comes_before_a_later_session(scene):
    found = call(scene, (0,))
    decide(scene, found, [0], SessionDecision.RETURNED, "Оңдо")
    close(scene, found)
    with transaction():
        items.submit(scene.version(0), by=scene.author, now=scene.clock())
    assert call(scene, (0,))
    assert not list(audit.verify())
