"""Filing a technical appeal (¶33): from the result page or at the centre's desk, within the hour.

Taking it back is in :mod:`appeals.services.withdrawing`, rejecting what somebody else filed in
:mod:`appeals.services.rejecting`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from appeals import queries
from appeals.models import Appeal
from appeals.rules import filing as rules
from appeals.rules.states import AppealStatus, check_status
from core import audit
from core.audit import Actor
from core.crypto import canonical, open_with, seal_with, sha256
from core.db import db
from core.drawn import Paper, check_kept, drawn_once, witness_drawn
from regulation.law import law
from testing_center import queries as attempts
from testing_center import staff_queries
from testing_center.models.attempts import Attempt, Result
from testing_center.rules.delivery import AttemptOpen, AttemptStatus, EndKind, check_epoch
from testing_center.rules.sittings import check_runs
from testing_center.services import delivery
from testing_center.services.annulments import is_annulled
from testing_center.services.links import participant_of, sitting_key
from testing_center.services.papers import organisation, place_of
from testing_center.services.results import protocol_number


@dataclass(frozen=True)
class Window:
    """The hour of ¶33. ``until`` moves on while the sitting runs (``is_at_least``); the bound itself is in time."""

    opens_at: datetime
    until: datetime
    is_at_least: bool
    is_open: bool
    seconds_left: int


def window(attempt: Attempt, *, now: datetime) -> Window:
    """When an appeal against this attempt's result may be filed.

    Raises:
        AttemptOpen: the attempt has not ended.
    """
    sitting = attempt.sitting
    until = delivery.appeal_until(attempt, sitting, now=now)
    if attempt.ended_at is None:
        raise AttemptOpen
    is_open = attempt.ended_at <= now <= until
    left = max(0, int((until - now).total_seconds())) if is_open else 0
    return Window(attempt.ended_at, until, sitting.closed_at is None, is_open, left)


def file(
    attempt_id: UUID, epoch: int | None, grounds: str, places: Sequence[int], *, by: Actor, now: datetime
) -> Appeal:
    """File an appeal: it counts at this moment, and waits for the proctor to confirm the person.

    ``epoch`` is that of the candidate's session; None at the desk, where ``by`` runs the sitting. ``places`` are
    places in the form, ``grounds`` the candidate's own words; both may be empty: disagreement is enough.

    Raises:
        AttemptOpen, NothingToAppeal: there is no result.
        ResultAnnulled: the sitting was annulled.
        FilingWindowClosed: with the times.
        AppealExists: one appeal an attempt, a withdrawn one included; one that was rejected is nobody's.
        GroundsTooLong, NoSuchQuestion: what was written does not fit.
        ContinuedElsewhere, OnlyTheCandidate, NotProctorHere: not the candidate's own session, nor the desk.
    """
    attempt, ended_at, result = _hold(attempt_id, epoch, by=by, now=now)
    sitting = attempt.sitting
    rules.check_may_file(ended_at, sitting.closed_at, law=law(attempt.law_version), zone=sitting.zone, now=now)
    known = queries.appeal_of_attempt(attempt.id)
    if known is not None:
        raise rules.AppealExists(number=known.number)
    disputed = rules.check_places(places, attempt.order["items"])
    appeal_id, said = uuid4(), rules.check_grounds(grounds)
    number = _number(attempt)
    content = canonical(_content(attempt, result, number, said, disputed, now=now))
    appeal = Appeal(
        id=appeal_id, number=number, attempt=attempt, status=AppealStatus.FILED,
        items=disputed, filed_at=now, application_digest=sha256(content),
        application_sealed=seal_with(sitting_key(sitting), content, ("appeal", str(appeal_id), "application")),
    )  # fmt: skip
    db.session.add(appeal)
    audit.record(
        "appeal.filed", appeal, by=by, at=now, number=appeal.number, attempt=attempt.id, items=disputed,
        application=appeal.application_digest, desk=epoch is None,
    )  # fmt: skip
    audit.checkpoint("appeal opened", at=now)
    return appeal


def check_in_time(attempt: Attempt, *, now: datetime) -> None:
    """Refuse a late application whatever it says, before anybody looks at the rest of it.

    Raises:
        AttemptOpen: the attempt has not ended.
        FilingWindowClosed: with the times.
    """
    sitting = attempt.sitting
    if attempt.ended_at is None:
        raise AttemptOpen
    rules.check_may_file(attempt.ended_at, sitting.closed_at, law=law(attempt.law_version), zone=sitting.zone, now=now)


def _hold(attempt_id: UUID, epoch: int | None, *, by: Actor, now: datetime) -> tuple[Attempt, datetime, Result]:
    """The attempt, held until the end of the transaction, with its end and its result; only for who may appeal."""
    attempt = attempts.lock_attempt(attempt_id)
    db.session.refresh(attempt.sitting)  # it may have closed while this waited for the attempt
    if epoch is not None:
        check_epoch(epoch, attempt.epoch)
        check_own(attempt, by)
    else:
        check_desk(attempt, by)
    delivery.settle(attempt, now=now, is_there=epoch is not None)
    if attempt.status != AttemptStatus.ENDED or attempt.ended_at is None:
        raise AttemptOpen
    result = attempts.latest_result(attempt.id)
    if attempt.end_kind == EndKind.NOT_STARTED or result is None:
        raise rules.NothingToAppeal
    if is_annulled(attempt.sitting):
        raise rules.ResultAnnulled
    return attempt, attempt.ended_at, result


def record_late(attempt_id: UUID, epoch: int, *, by: Actor, now: datetime) -> None:
    """Keep, at the candidate's wish, that their appeal comes too late: the refusal with its times, as at the desk.

    A refusal that is on record already is enough; a second wish adds nothing.

    Raises:
        AttemptOpen, NothingToAppeal: there is no result.
        NotLateYet: the hour has not run out: the appeal itself can be filed.
        AppealExists: one was filed in time.
        ContinuedElsewhere, OnlyTheCandidate: not the candidate's own session.
    """
    attempt, ended_at, _result = _hold(attempt_id, epoch, by=by, now=now)
    known = queries.appeal_of_attempt(attempt.id)
    if known is not None:
        raise rules.AppealExists(number=known.number)
    sitting = attempt.sitting
    refusal = rules.out_of_time(ended_at, sitting.closed_at, law=law(attempt.law_version), zone=sitting.zone, now=now)
    if refusal is None:
        raise rules.NotLateYet
    if queries.late_refusal(attempt.id) is None:
        audit.record("refused", attempt, by=by, at=now, code=refusal.code, params=refusal.params)


def check_own(attempt: Attempt, by: Actor) -> None:
    """Refuse whoever is not the candidate of this attempt."""
    if by.actor_name != attempt.actor_name:
        raise rules.OnlyTheCandidate


def check_desk(attempt: Attempt, by: Actor) -> None:
    """Refuse whoever does not run the sitting of this attempt."""
    if not isinstance(by, User):
        raise rules.OnlyTheCandidate
    proctors = [proctor.id for proctor in attempt.sitting.proctors]
    check_runs(by.id, proctors, is_administrator=staff_queries.is_administrator(by))


def _number(attempt: Attempt) -> str:
    """Of the first appeal ``…-А``; of one filed after others were rejected ``…-А2`` and so on."""
    others = len(queries.rejected_of(attempt.id))
    return f"{protocol_number(attempt)}-А{others + 1 if others else ''}"


def _content(
    attempt: Attempt, result: Result, number: str, grounds: str, places: list[int], *, now: datetime
) -> dict[str, Any]:
    """What the application says, whole: everything on its paper comes from here."""
    sitting, participant, hour = attempt.sitting, participant_of(attempt), window(attempt, now=now)
    competition, (entry, head) = participant.competition, audit.head()
    content: dict[str, Any] = audit.plain(
        {
            "number": number, "name": participant.person.full_name,
            "attempt": attempt.number, "protocol": protocol_number(attempt),
            "competition": {
                "number": competition.number, "school_ky": competition.school_ky, "school_ru": competition.school_ru,
            },
            "sitting": {**place_of(sitting), "zone": sitting.centre.time_zone},
            "result": {"score": result.score, "maximum": result.maximum, "cut_score": result.cut_score},
            "ended_at": attempt.ended_at, "sitting_closed_at": sitting.closed_at, "until": hour.until,
            "is_at_least": hour.is_at_least, "filed_at": now,
            "questions": sorted(attempt.order["items"].index(place) + 1 for place in places), "grounds": grounds,
            "law": attempt.law_version, "audit": {"entry": entry, "head": head}, "organisation": organisation(),
            "demo": sitting.is_demo,
        }
    )  # fmt: skip
    return content


def confirm_person(appeal: Appeal, *, by: User, now: datetime) -> None:
    """The proctor has recognised the person who filed the appeal (¶33: in person). A second time changes nothing.

    Raises:
        NotProctorHere: neither a proctor of the sitting nor an administrator.
        AppealNotOpen: the appeal is not waiting any more.
    """
    queries.lock(appeal)
    check_desk(appeal.attempt, by)
    check_status(appeal.status, AppealStatus.FILED)
    if appeal.confirmed_at is None:
        appeal.confirmed_at, appeal.confirmed_by_id = now, by.id
        audit.record("appeal.person_confirmed", appeal, by=by, at=now)


def application_content(appeal: Appeal) -> dict[str, Any]:
    """What the application says; the caller audits it where somebody but the candidate sees the name.

    Raises:
        CannotOpen: it was altered.
        Destroyed: the time for which it had to be kept is over.
    """
    check_kept(paper_of(appeal))
    context = ("appeal", str(appeal.id), "application")
    content: dict[str, Any] = json.loads(open_with(sitting_key(appeal.sitting), appeal.application_sealed, context))
    return content


def paper_of(appeal: Appeal) -> Paper:
    """The application as a paper that is drawn once, sealed under the sitting's key."""
    return Paper(
        row=appeal, kind="appeal_application", number=appeal.number, digest=appeal.application_digest,
        key=lambda: sitting_key(appeal.sitting), is_emptied=not appeal.application_sealed,
    )  # fmt: skip


def application_pdf(appeal: Appeal, *, now: datetime) -> bytes:
    """The application as PDF: drawn from its content the first time, the same bytes ever after.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    return drawn_once(paper_of(appeal), lambda: _drawn(appeal), now=now)


def _drawn(appeal: Appeal) -> bytes:
    from appeals.documents import application

    return application.draw(application_content(appeal), appeal.application_digest.hex())


_ENTERED_BY = {
    AppealStatus.WITHDRAWN: "appeal.withdrawn", AppealStatus.LAPSED: "appeal.lapsed",
    AppealStatus.ANNULLED: "appeal.annulled", AppealStatus.DECIDED: "appeal.decided",
    AppealStatus.CLOSED: "appeal.handed_over", AppealStatus.REJECTED: "appeal.rejected",
}  # fmt: skip


@audit.witness("appeal.filed")
def _filing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Application, disputed items and the moment of filing are still those that the trail fixed."""
    said, appeal = audit.facts(entry), db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None:
        yield "the appeal is missing"
        return
    if (appeal.number, str(appeal.attempt_id), appeal.items, appeal.filed_at) != (
        said["number"], said["attempt"], said["items"], entry.at,
    ):  # fmt: skip
        yield "the filing of this appeal was altered"
    entered_by = _ENTERED_BY.get(appeal.status)
    if entered_by and not queries.has_entry(entered_by, appeal):
        yield "the state of this appeal was altered"
    if {sha256(canonical(application_content(appeal))).hex(), appeal.application_digest.hex()} != {said["application"]}:
        yield "the application of this appeal was altered"


witness_drawn("appeal.drawn", Appeal, paper_of, "the PDF of the application was altered")
