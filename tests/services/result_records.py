"""What a test leaves on record, and how somebody could alter it behind the system's back."""

from __future__ import annotations

from core import audit
from core.db import db, transaction
from testing_center import queries
from testing_center.models.attempts import Protocol
from testing_center.services import results
from tests.candidates import Candidate


def protocol_of(candidate: Candidate) -> Protocol:
    """The protocol in force."""
    db.session.rollback()
    found = queries.latest_protocol(candidate.attempt_id)
    assert found is not None
    return found


def pdf_of(candidate: Candidate) -> bytes:
    """The protocol as PDF."""
    with transaction():
        return results.protocol_pdf(protocol_of(candidate), now=candidate.clock())


def faults() -> list[str]:
    """What the verification of the whole chain finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def alter(statement: str, **values: object) -> None:
    """Change a row behind the system's back, as a database administrator could."""
    with db.engine.begin() as connection:
        assert connection.execute(db.text(statement), values).rowcount == 1
