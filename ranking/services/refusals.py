"""One of the tied declines the tie-break test in writing: the others go on, one who is left takes the place (¶29)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from accounts.models import User
from core import audit
from core.db import db
from ranking.models import AuthorityAct, TieBreak, TieBreakEntrant
from ranking.rules import tie_break as rules
from ranking.rules.acts import ActKind
from ranking.rules.tie_break import Absence
from ranking.services import acts, letters
from ranking.services.state import standing
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import SittingStatus
from testing_center.services import registration
from testing_center.services.links import participant_of


def decline_tie_break(
    tie_break: TieBreak, attempt_id: UUID, document: str, on: date, *, by: User, now: datetime
) -> AuthorityAct:
    """Write down that one of the tied declined the test before it is opened; both databases keep why.

    Whoever declined is not expected, their registration and code end, and they are told. Where one of the others is
    left, that one takes the place without a test and is told so; where nobody is left, the round has been held with
    nobody. ``attempt_id`` is the main attempt.

    Raises:
        TieBreakBegun: the sitting is being opened, or was.
        NotExpected: none of the tied, barred, or declined already.
        NoTestNeeded: one is left of several who declined.
        TieBreakOver: it was not held by its deadline.
        TieBreakNotDue: these candidates are not tied any more.
        DocumentNeeded, ActInFuture, ActBeforeTest, Destroyed: as for any act of the authority.
    """
    entrant = next((one for one in tie_break.places if one.attempt_id == attempt_id), None)
    if entrant is None:
        raise rules.NotExpected
    rules.check_may_decline(entrant.absence, has_begun=has_begun(tie_break.sitting))
    _check_under_way(tie_break, now=now)
    act = acts.record_fact(
        tie_break.competition, ActKind.TIE_BREAK_DECLINED, entrant.attempt, document, on, by=by, now=now
    )
    entrant.absence = Absence.DECLINED
    gone = participant_of(entrant.attempt)
    letters.tie_break_declined(tie_break, gone, act, now=now)
    _end_registration(tie_break, [gone], by=by, now=now)
    left = settle_uncontested(tie_break, by=by, now=now)
    audit.record("links.opened", tie_break, by=by, at=now, count=1 + len(left), purpose="refusal of the tie-break test")
    audit.record(
        "tie_break.declined", tie_break, by=by, at=now, candidate=entrant.attempt.number, act=act.id,
        left=[one.attempt.number for one in left],
    )  # fmt: skip
    return act


def _check_under_way(tie_break: TieBreak, *, now: datetime) -> None:
    """Refuse what comes too late for this round, and say why."""
    found = standing(tie_break.competition, now=now)
    if found.outcome.round == tie_break.round:
        return
    if tie_break.round in found.outcome.counted and rules.is_uncontested(tie_break.absences):
        raise rules.NoTestNeeded
    raise rules.TieBreakOver if now > tie_break.deadline_at else rules.TieBreakNotDue


def may_decline(tie_break: TieBreak, *, now: datetime) -> bool:
    """Whether somebody may still decline the test: it waits to be arranged or opened, and its deadline is to come."""
    over = has_begun(tie_break.sitting) or rules.is_uncontested(tie_break.absences)
    return not over and bool(rules.expected(tie_break.absences)) and now <= tie_break.deadline_at


def settle_uncontested(tie_break: TieBreak, *, by: User, now: datetime) -> list[TieBreakEntrant]:
    """Where the others declined, tell the one who is left that no test is held; that one, or nobody."""
    if not rules.is_uncontested(tie_break.absences):
        return []
    left = [one for one in tie_break.places if one.absence is None]
    people = [participant_of(one.attempt) for one in left]
    letters.tie_break_uncontested(tie_break, people, now=now)
    _end_registration(tie_break, people, by=by, now=now)
    return left


def has_begun(sitting: Sitting | None) -> bool:
    """Whether the opening of the test was begun: then nobody declines any more, but stays away."""
    return sitting is not None and sitting.status != SittingStatus.PLANNED


def _end_registration(tie_break: TieBreak, people: Collection[Participant], *, by: User, now: datetime) -> None:
    """Take back what was arranged for these people: seat and code."""
    if tie_break.sitting_id is None:
        return
    registered = db.session.scalars(
        select(Participant).where(
            Participant.sitting_id == tie_break.sitting_id, Participant.withdrawn_at.is_(None),
            Participant.person_id.in_([one.person_id for one in people]),
        )
    )  # fmt: skip
    for participant in registered.all():
        registration.withdraw(participant, reason="¶29", by=by, now=now)


@audit.witness("tie_break.declined")
def _refusal_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Whoever declined is still written down so, with the act that says it."""
    said, tie_break = audit.facts(entry), db.session.get(TieBreak, audit.subject_id(entry))
    act = db.session.get(AuthorityAct, UUID(said["act"]))
    why = tie_break.absences.get(said["candidate"]) if tie_break else None
    if why != Absence.DECLINED or act is None or act.kind != ActKind.TIE_BREAK_DECLINED:
        yield "who declined this tie-break was altered"
