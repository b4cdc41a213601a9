"""¶24–28: result, bar and protocol are fixed together at the end."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from competitions.models import Bar
from core import audit
from core.crypto import canonical, sha256
from core.db import db, transaction
from core.errors import CannotOpen
from testing_center import queries
from testing_center.models.attempts import ResponseEvent, Result
from testing_center.rules.scoring import Outcome
from testing_center.services import results
from testing_center.services.links import participant_of, sitting_key
from tests.candidates import Candidate
from tests.services.result_records import pdf_of, protocol_of


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


# The result


@pytest.mark.parametrize(("right", "outcome"), [(2, Outcome.DOES_NOT_MEET), (3, Outcome.MEETS), (5, Outcome.MEETS)])
def test_26_the_cut_score_exactly_reached_meets_the_requirements(candidate, right, outcome):
    candidate.answer(*range(1, right + 1))
    result = candidate.submit()
    assert (result.score, result.maximum, result.cut_score, result.outcome) == (right, 5, 3, outcome)


def test_a_wrong_answer_and_no_answer_score_nothing(candidate):
    candidate.answer(1, right=False)
    assert candidate.submit().score == 0


def test_the_points_are_told_by_subject_area(make, clock):
    result = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start().submit()
    assert [(area["code"], area["items"], area["points"]) for area in result.areas] == [("law", 5, 0)]


def test_the_digest_of_the_answers_covers_those_in_time_and_no_other(candidate, clock):
    candidate.answer(1)
    result = candidate.submit()
    before = result.responses_digest
    candidate.save(2, [candidate.option(2)])
    assert results.responses_digest(queries.events_of(candidate.attempt_id)) == before
    [event] = db.session.scalars(db.select(ResponseEvent).filter_by(is_late=False)).all()
    said = [[event.place, 1, 1, event.response, False, "ky", clock().isoformat().replace("+00:00", "Z")]]
    assert before == sha256(json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode())


# ¶28


def test_28_only_who_does_not_meet_the_requirements_is_barred(make, clock):
    met, failed = (Candidate(clock, code).enter().start() for code in make.codes(make.sitting(people=2)))
    met.answer(1, 2, 3)
    met.submit()
    failed.submit()
    [bar] = db.session.scalars(db.select(Bar)).all()
    assert bar.person_id == participant_of(failed.attempt).person_id


def test_28_the_bar_lasts_from_the_day_of_the_test_to_the_same_day_of_the_next_year(candidate):
    candidate.submit()
    bar = db.session.scalars(db.select(Bar)).one()
    assert (bar.failed_on, bar.returns_on) == (date(2026, 11, 28), date(2027, 11, 28))


def test_28_the_day_is_that_of_the_centre_and_of_the_deadline_not_of_the_closing(make, clock):
    """It began at 23:30 on 28 February of a leap year and ended past midnight; the closing came three days later."""
    clock.at = datetime(2028, 2, 28, 17, 30, tzinfo=UTC)  # 23:30 in Bishkek
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    clock.advance(timedelta(days=3))
    candidate.submit()
    bar = db.session.scalars(db.select(Bar)).one()
    assert (bar.failed_on, bar.returns_on) == (date(2028, 2, 29), date(2029, 3, 1))


def test_the_bar_does_not_tell_by_its_moment_whose_attempt_it_was(candidate):
    candidate.clock.advance(timedelta(minutes=7, microseconds=123))
    result = candidate.submit()
    bar = db.session.scalars(db.select(Bar)).one()
    assert bar.created_at not in (result.created_at, candidate.attempt.ended_at)
    assert (bar.created_at.minute, bar.created_at.second, bar.created_at.microsecond) == (0, 0, 0)


# The protocol


def test_24_the_protocol_bears_the_number_of_the_sitting_and_of_the_code(ended):
    protocol, attempt = protocol_of(ended), ended.attempt
    assert protocol.number == f"{attempt.sitting.number}/{attempt.code.ordinal:03}"
    assert (protocol.version, protocol.supersedes_id) == (1, None)


def test_26_the_protocol_says_score_cut_score_statement_form_and_place_in_the_trail(ended):
    protocol = protocol_of(ended)
    content = results.open_content(protocol)
    assert content["result"] | {"areas": []} == {
        "score": 3, "maximum": 5, "cut_score": 3, "outcome": "meets", "areas": [], "may_return_on": None,
    }  # fmt: skip
    assert content["statement"]["ky"] == "топтолгон балл квалификациялык талаптарга жооп берет"
    assert content["statement"]["ru"] == "набранный балл соответствует квалификационным требованиям"
    assert content["candidate"]["name"] == "Үсөнбаева Өкүмкан Ыңтымаковна"
    assert content["test"]["form_digest"] == ended.attempt.form.digest.hex()
    entry = db.session.get_one(audit.AuditEntry, content["audit"]["entry"])
    assert (entry.action, entry.hash.hex()) == ("attempt.ended", content["audit"]["head"])


def test_28_the_protocol_of_who_does_not_meet_says_from_when_they_may_return(candidate):
    candidate.submit()
    content = results.open_content(protocol_of(candidate))
    assert content["result"]["may_return_on"] == "2027-11-28"
    assert content["statement"]["ky"] == "топтолгон балл квалификациялык талаптарга жооп бербейт"


def test_the_content_is_fixed_by_its_digest_in_the_transaction_of_the_result(ended):
    protocol = protocol_of(ended)
    assert sha256(canonical(results.open_content(protocol))) == protocol.content_digest
    assert protocol.created_at == protocol.result.created_at
    [issued] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="protocol.issued")).all()
    assert audit.facts(issued)["content"] == protocol.content_digest.hex()


def test_a_failure_while_the_protocol_is_drawn_up_leaves_no_result_either(candidate, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("out of paper")

    monkeypatch.setattr(results, "_draw_up", fail)
    with pytest.raises(RuntimeError):
        candidate.submit()
    assert str(candidate.attempt.status) == "in_progress"
    assert db.session.query(Result).count() == db.session.query(Bar).count() == 0


def test_the_name_on_a_protocol_is_not_readable_in_the_database(ended):
    pdf_of(ended)
    protocol = protocol_of(ended)
    for stored in (protocol.content_sealed, protocol.pdf_sealed, ended.attempt.link_sealed):
        assert "Үсөнбаева".encode() not in (stored or b"")


def test_the_protocol_is_drawn_once_and_is_the_same_bytes_ever_after(ended):
    first = pdf_of(ended)
    ended.clock.advance(timedelta(days=400))
    assert pdf_of(ended) == first
    assert protocol_of(ended).pdf_digest == sha256(first)
    drawn = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="protocol.drawn")).all()
    assert [audit.facts(entry)["pdf"] for entry in drawn] == [sha256(first).hex()]


def test_the_paper_says_what_the_content_says(ended):
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf_of(ended))).pages)
    text = " ".join(text.split())
    protocol = protocol_of(ended)
    for word in (protocol.number, protocol.verification_code, "Үсөнбаева Өкүмкан Ыңтымаковна", ended.attempt.number):
        assert word in text


@pytest.mark.parametrize("typed", ["{0}", " {1} ", "{2}"])
def test_a_protocol_is_found_by_its_code_however_it_is_typed(ended, typed):
    code = protocol_of(ended).verification_code
    found = results.find_protocol(typed.format(code, code.lower(), code.replace("-", " ")))
    assert found is not None and found.id == protocol_of(ended).id
    assert results.find_protocol("2222-2222") is None and results.find_protocol("") is None


def test_the_link_of_one_attempt_does_not_open_for_another(make, clock):
    first, second = (Candidate(clock, code).enter() for code in make.codes(make.sitting(people=2)))
    with transaction():
        first.attempt.link_sealed = second.attempt.link_sealed
    with pytest.raises(CannotOpen):
        participant_of(first.attempt)
    assert len(sitting_key(second.attempt.sitting)) == 32
