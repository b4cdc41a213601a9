"""Whoever alters an answer, a result or a protocol afterwards is found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.crypto import canonical, sha256
from core.db import db, transaction
from testing_center.models.attempts import Attempt, ResponseEvent, Result
from testing_center.rules.scoring import Outcome
from testing_center.services import results
from testing_center.services.links import sitting_key
from tests.candidates import Candidate
from tests.services.result_records import alter, faults, pdf_of, protocol_of


@pytest.fixture
def candidate(make, clock):
    """Somebody at work on five questions with the cut score three."""
    return Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()


@pytest.fixture
def ended(candidate):
    """Somebody who has ended with exactly the cut score."""
    candidate.answer(1, 2, 3)
    candidate.answer(4, right=False)
    candidate.submit()
    return candidate


def test_the_record_of_a_whole_test_holds(ended):
    pdf_of(ended)
    assert faults() == []


def test_one_altered_answer_is_found(ended):
    place = db.session.scalar(db.select(ResponseEvent.id).filter_by(is_late=False).limit(1))
    db.session.rollback()
    alter("UPDATE response_event SET response = '[]' WHERE id = :id", id=place)
    assert faults() == ["the answers of this attempt were altered after its end"]


@pytest.mark.parametrize(
    "change", ["saved_at = '2020-01-01 00:00:00+00:00'", "revision = 9", "language = 'ru'", "is_late = :yes"]
)
def test_whatever_is_altered_in_an_answer_is_found(ended, change):
    event = db.session.scalar(db.select(ResponseEvent.id).limit(1))
    db.session.rollback()
    alter(f"UPDATE response_event SET {change} WHERE id = :id", id=event, **({"yes": True} if ":yes" in change else {}))
    assert "the answers of this attempt were altered after its end" in faults()


def test_one_deleted_answer_is_found(ended):
    event = db.session.scalar(db.select(ResponseEvent.id).limit(1))
    db.session.rollback()
    alter("DELETE FROM response_event WHERE id = :id", id=event)
    assert faults() == ["the answers of this attempt were altered after its end"]


def test_one_answer_added_afterwards_is_found(ended):
    with transaction():
        db.session.add(
            ResponseEvent(
                attempt_id=ended.attempt_id, place=5, epoch=1, revision=7, response=[], flagged=False, language="ky",
                saved_at=ended.clock(), is_late=False,
            )
        )  # fmt: skip
    assert faults() == ["the answers of this attempt were altered after its end"]


def test_one_altered_result_is_found(ended):
    alter("UPDATE result SET score = 5")
    assert faults() == ["the result of this attempt was altered"]


def test_a_result_put_over_the_one_that_the_trail_knows_is_found(ended):
    old = ended.result
    with transaction():
        db.session.add(
            Result(
                attempt_id=ended.attempt_id, revision=2, supersedes_id=old.id, score=5, maximum=5, cut_score=3,
                outcome=Outcome.MEETS, areas=[], scoring_version=1, responses_digest=bytes(32),
                created_at=ended.clock(),
            )
        )  # fmt: skip
    assert faults() == ["a result is in force that the trail does not know"]


def test_another_moment_of_the_end_is_found(ended):
    with transaction():
        db.session.get_one(Attempt, ended.attempt_id).ended_at += timedelta(minutes=1)
    assert faults() == ["the end of this attempt was altered"]


def test_altered_points_by_subject_area_are_found(ended):
    alter("UPDATE result SET areas = '[]'")
    assert faults() == ["the points by subject area were altered"]


def test_a_renumbered_attempt_is_found(ended):
    alter("UPDATE attempt SET number = 'Т-0-001'")
    assert "the order, link, number or deadline of this attempt was altered" in faults()


def test_an_attempt_linked_to_somebody_else_is_found(ended):
    with transaction():
        attempt = db.session.get_one(Attempt, ended.attempt_id)
        attempt.link_sealed = attempt.link_sealed[::-1]
    assert "the order, link, number or deadline of this attempt was altered" in faults()


def test_an_altered_order_of_questions_is_found(ended):
    with transaction():
        attempt = db.session.get_one(Attempt, ended.attempt_id)
        attempt.order = {"items": attempt.order["items"][::-1], "options": attempt.order["options"]}
    assert "the order, link, number or deadline of this attempt was altered" in faults()


def test_one_altered_protocol_is_found(ended):
    with transaction():
        protocol = protocol_of(ended)
        protocol.content_sealed = protocol.content_sealed[:-1] + bytes([protocol.content_sealed[-1] ^ 1])
    assert faults() == ["a sealed part of what it speaks of was altered"]


def test_a_protocol_with_other_content_under_the_right_seal_is_found(ended):
    """Even somebody who holds the keys cannot rewrite a protocol."""
    from core.crypto import seal_with

    with transaction():
        protocol = protocol_of(ended)
        content = results.open_content(protocol)
        content["result"]["score"] = 5
        body, key = canonical(content), sitting_key(ended.attempt.sitting)
        protocol.content_sealed = seal_with(key, body, ("protocol", str(protocol.id), "content"))
        protocol.content_digest = sha256(body)
    assert faults() == ["the content of the protocol was altered"]


def test_a_renumbered_protocol_is_found(ended):
    alter("UPDATE protocol SET number = 'Т-0/001'")
    assert faults() == ["the protocol was renumbered"]


def test_a_deleted_protocol_is_found(ended):
    alter("DELETE FROM protocol")
    assert "the protocol is missing" in faults()


def test_another_pdf_is_found(ended):
    pdf_of(ended)
    alter("UPDATE protocol SET pdf_digest = content_digest")
    assert faults() == ["the PDF of the protocol was altered"]
