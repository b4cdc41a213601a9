"""What `audit verify` compares of attempts, results and protocols with the rows as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from core import audit
from core.crypto import canonical, sha256
from core.db import db
from core.drawn import witness_drawn
from testing_center import queries
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.services.results import open_content, paper_of, points_by_area, responses_digest


@audit.witness("attempt.ended")
def _attempt_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The answers, the end and the result are still those that the trail fixed."""
    said, attempt_id = audit.facts(entry), audit.subject_id(entry)
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is None:
        yield "the attempt is missing"
        return
    if (str(attempt.end_kind), audit.plain(attempt.ended_at), attempt.form.digest.hex()) != (
        said["kind"], said["ended_at"], said["form"],
    ):  # fmt: skip
        yield "the end of this attempt was altered"
    if responses_digest(queries.events_of(attempt_id)).hex() != said["responses"]:
        yield "the answers of this attempt were altered after its end"
    result = db.session.get(Result, UUID(said["result"]))
    if result is None or (
        result.score, result.maximum, result.cut_score, str(result.outcome), result.responses_digest.hex(),
    ) != (said["score"], said["maximum"], said["cut_score"], said["outcome"], said["responses"]):  # fmt: skip
        yield "the result of this attempt was altered"
    elif points_by_area(result) != said["areas"]:
        yield "the points by subject area were altered"
    if not set(queries.result_ids(attempt_id)) <= {said["result"], *_corrected(entry)}:
        yield "a result is in force that the trail does not know"
    yield from _known_corrections(attempt.form_id)


def _known_corrections(form_id: UUID) -> Iterator[str]:
    """A correction that changes the key must be one that the trail knows."""
    for correction_id in queries.applied_corrections(form_id):
        known = select(audit.AuditEntry.number).where(
            audit.AuditEntry.subject == f"correction:{correction_id}", audit.AuditEntry.action == "correction.applied"
        )
        if db.session.scalar(known) is None:
            yield "a correction of this form is in force that the trail does not know"


def _corrected(entry: audit.AuditEntry) -> Iterator[str]:
    """Ids of the later results of this attempt that the trail knows."""
    later = select(audit.AuditEntry).where(
        audit.AuditEntry.subject == entry.subject, audit.AuditEntry.action == "attempt.rescored"
    )
    for rescored in db.session.scalars(later):
        yield audit.facts(rescored).get("result", "")


@audit.witness("attempt.rescored")
def _correction_of_result_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The result that a correction brought is still there, and still follows the one that it names."""
    said = audit.facts(entry)
    result = db.session.get(Result, UUID(said["result"]))
    if result is None or (
        str(result.supersedes_id), result.score, result.maximum, result.cut_score, str(result.outcome),
        points_by_area(result),
    ) != (
        said["supersedes"], said["score"], said["maximum"], said["cut_score"], said["outcome"], said["areas"],
    ):  # fmt: skip
        yield "the corrected result of this attempt was altered"


@audit.witness("protocol.issued")
def _protocol_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The content of the protocol is still the one that the trail fixed."""
    protocol = db.session.get(Protocol, audit.subject_id(entry))
    if protocol is None:
        yield "the protocol is missing"
        return
    content = open_content(protocol)
    if {sha256(canonical(content)).hex(), protocol.content_digest.hex()} != {audit.facts(entry)["content"]}:
        yield "the content of the protocol was altered"
    if (protocol.number, protocol.version, protocol.verification_code) != (
        content["number"], content["version"], content["verification"]["code"],
    ):  # fmt: skip
        yield "the protocol was renumbered"


witness_drawn("protocol.drawn", Protocol, paper_of, "the PDF of the protocol was altered")
