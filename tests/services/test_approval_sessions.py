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
from question_bank import life, queries, rules, sealing, session_queries
from question_bank.life import SessionDecision
from question_bank.life_models import ApprovalSession, SessionItem
from question_bank.rules import ItemStatus, ReviewAct
from question_bank.services import approvals, comments, items
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


def decide(scene, session_id, numbers, decision, comment="", by=None):
    with transaction():
        approvals.decide(
            session_queries.get_session(session_id), [scene.ids[number] for number in numbers], decision, comment,
            by=by or scene.first, now=scene.clock(),
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
    for words in ("БЖ-2026-1", "28.11.2026", "LAW-000", "LAW-001", "Булагын көрсөтүү керек.", scene.first.full_name,
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


def test_a_question_that_was_decided_on_outside_meanwhile_is_not_decided_on_again(scene):
    found = call(scene)
    scene.approve(0)
    with pytest.raises(rules.NotInReview):
        decide(scene, found, [0], SessionDecision.APPROVED)


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
