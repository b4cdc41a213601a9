"""The invariants see what they are there for: each broken by hand, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, update

from core.audit import AuditEntry
from core.db import db
from question_bank.models import FormItem
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.models.hall import Silence
from testing_center.models.sittings import CandidateCode
from testing_center.rules.codes import CodeStatus
from testing_center.services import contacts
from tests.candidates import Candidate
from tests.faults.invariants import Log, Save, broken, the_first

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def log(app, make, clock) -> Log:
    """Two people have answered three questions each; the first has submitted, the other was cut off and late."""
    found = Log()
    for number, code in enumerate(make.codes(make.sitting(people=2))[:2]):
        candidate = Candidate(clock, code).enter().start()
        for position in (1, 2, 3):
            saved = candidate.save(position, [candidate.option(position, number)])
            found.told(Save(code, position, saved.response, 1), saved.receipt)
        if number == 0:
            found.scored(code, candidate.submit().score)
    deadline = candidate.attempt.deadline_at
    found.begun(code, deadline)
    for moment in (clock(), clock() + MINUTE, deadline - SECOND):  # two times of silence
        contacts.hear(candidate.attempt_id, now=moment)
        found.hears(candidate.attempt_id, moment)
    clock.at = deadline + SECOND
    late = candidate.save(4, [candidate.option(4)])
    found.too_late(Save(code, 4, late.response, 1))
    return found


def test_what_is_whole_is_found_whole(app, log):
    assert broken(app, log, right=the_first) == []


BREAKS = {
    "lost:": [delete(ResponseEvent)],
    "kept as late": [delete(ResponseEvent).where(ResponseEvent.is_late)],
    "unrecorded": [delete(Silence)],
    "was told the deadline": [update(Attempt).values(deadline_at=datetime(2100, 1, 1, tzinfo=UTC))],
    "never sent so:": [update(ResponseEvent).values(revision=ResponseEvent.revision + 6)],
    "has 0 results": [delete(Protocol), delete(Result)],
    "and its answers give": [update(Result).values(score=2, cut_score=0, outcome="meets")],
    "was told the score": [update(Result).values(score=1, cut_score=0, outcome="meets")],
    "at two places at once": [update(ResponseEvent).values(epoch=9)],
    "though it came after the deadline": [update(ResponseEvent).values(saved_at=datetime(2100, 1, 1, tzinfo=UTC))],
    "codes are used without an attempt": [update(CandidateCode).values(status=CodeStatus.REVOKED)],
    "its body was altered": [update(AuditEntry).values(body={})],
    "is not what was sealed": [update(FormItem).values(points=2)],
    "references lead nowhere": [update(Silence).values(attempt_id=uuid4())],
}


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sentence", BREAKS)
def test_what_is_broken_is_seen(app, log, sentence):
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            for change in BREAKS[sentence]:
                connection.execute(change)
        connection.invalidate()
    assert any(sentence in said for said in broken(app, log, right=the_first))
