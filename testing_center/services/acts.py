"""Acts of staff upon candidates of a running sitting: to one, some or all, at once or when a second person confirms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from core import audit
from core.db import db
from testing_center import hall_queries
from testing_center.models.attempts import Attempt
from testing_center.models.hall import ActTarget, HallAct, Pause
from testing_center.models.sittings import Incident, Sitting
from testing_center.rules import acts as rules
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.codes import ReasonNeeded
from testing_center.rules.delivery import AttemptStatus, EndKind, is_over
from testing_center.rules.incidents import IncidentElsewhere
from testing_center.rules.sittings import IncidentCategory, SittingNotRunning, SittingStatus
from testing_center.rules.time import Span, TimeKind, length, needs_second
from testing_center.services import incidents, timekeeping
from testing_center.services.delivery import settle
from testing_center.services.results import end_attempt
from testing_center.services.standing import undecided
from testing_center.services.timekeeping import Said

NEEDS_REASON = set(ActKind) - {ActKind.MESSAGE}  # its text is its reason


@dataclass(frozen=True)
class Asked:
    """What is asked for: ``minutes`` of an extension, ``wording`` of a message, ``window`` of an outage.

    ``incident`` is the one upon which it is a measure, where there is one.
    """

    kind: ActKind
    category: IncidentCategory
    reason: str = ""
    minutes: int = 0
    wording: str = ""
    window: Span | None = None
    incident: Incident | None = None


def ask(sitting: Sitting, asked: Asked, attempt_ids: Collection[UUID], *, by: User, now: datetime) -> HallAct:
    """Do something to these attempts of the sitting, or have it wait for a second person.

    Attempts that it cannot concern (they ended, say, while the page was read) are left out; the act names those meant.

    Raises:
        SittingNotRunning: the sitting is not open.
        ReasonNeeded, MinutesInvalid, MessageInvalid, OutageInvalid: what is asked for is not whole.
        NobodyConcerned: no attempt is left.
        TimeUndecided: it would end tests that may yet get back time which they lost.
        NothingLost: an outage of which nothing is recorded.
        IncidentElsewhere: the incident is of another sitting.
    """
    act = _written(sitting, asked, by=by, now=now)
    attempts, now = _locked(sitting, attempt_ids, now=now)
    act.asked_at = now
    concerned, took = _concerned(act, attempts, now=now)
    if act.kind == ActKind.OUTAGE and not took:
        raise rules.NothingLost
    act.targets = [ActTarget(attempt_id=attempt.id) for attempt in concerned]
    act.status = ActStatus.WAITING if _needs_second(act, concerned, took) else ActStatus.DONE
    db.session.add(act)
    db.session.flush()
    said = _do(act, concerned, took, by=by, now=now) if act.status == ActStatus.DONE else []
    linked = [incidents.linked(act, asked.incident)] if asked.incident else []
    audit.record_all([("hall.act", act, facts_of(act)), *linked, *said], by=by, at=now)
    return act


def confirm(act: HallAct, *, by: User, now: datetime) -> HallAct:
    """Do what waits for a second person; it lapses where everybody it concerned has ended meanwhile.

    Raises:
        ActDecided: it does not wait any more.
        OtherPersonNeeded: the one who asked.
        SittingNotRunning: the sitting is not open.
        TimeUndecided: see :func:`ask`; it waits on.
    """
    rules.check_decides(act.asked_by_id, by.id, act.status)
    _check_runs(act.sitting)
    attempts, now = _locked(act.sitting, [target.attempt_id for target in act.targets], now=now)
    concerned, took = _concerned(act, attempts, now=now, may_be_none=True)
    act.status, act.decided_by_id, act.decided_at = ActStatus.DONE if concerned else ActStatus.LAPSED, by.id, now
    db.session.flush()
    said = _do(act, concerned, took, by=by, now=now)
    done = [attempt.number for attempt in concerned]
    audit.record_all([("hall.act_confirmed", act, {"status": str(act.status), "to": done}), *said], by=by, at=now)
    return act


def decline(act: HallAct, *, reason: str, by: User, now: datetime) -> HallAct:
    """The second person says no, and why: nothing happens. Of an outage it is the decision that nothing is given back.

    Raises:
        ActDecided, OtherPersonNeeded: as :func:`confirm`.
        ReasonNeeded: no reason.
    """
    rules.check_decides(act.asked_by_id, by.id, act.status)
    if not reason.strip():
        raise ReasonNeeded
    act.status, act.decided_by_id, act.decided_at = ActStatus.DECLINED, by.id, now
    act.decline_reason = reason.strip()
    audit.record("hall.act_declined", act, by=by, at=now, reason=act.decline_reason)
    return act


def _check_runs(sitting: Sitting) -> None:
    db.session.refresh(sitting, with_for_update={"read": True})  # it does not close before this act is whole
    if sitting.status != SittingStatus.OPEN:
        raise SittingNotRunning


def _written(sitting: Sitting, asked: Asked, *, by: User, now: datetime) -> HallAct:
    _check_runs(sitting)
    reason, kind = asked.reason.strip(), asked.kind
    if kind in NEEDS_REASON and not reason:
        raise ReasonNeeded
    if asked.incident and asked.incident.sitting_id != sitting.id:
        raise IncidentElsewhere
    act = HallAct(
        id=uuid4(), sitting_id=sitting.id, kind=kind, category=asked.category, reason=reason, asked_by_id=by.id,
        asked_at=now, incident_id=asked.incident.id if asked.incident else None,
    )  # fmt: skip
    if kind == ActKind.MESSAGE:
        act.wording = rules.check_message(asked.wording)
    if kind == ActKind.EXTEND:
        act.length = rules.check_minutes(asked.minutes)
    if kind == ActKind.OUTAGE:
        if asked.window is None or not asked.window[0] < asked.window[1] <= now:
            raise rules.OutageInvalid
        act.began_at, act.ended_at = asked.window
    return act


def _locked(sitting: Sitting, attempt_ids: Collection[UUID], *, now: datetime) -> tuple[list[Attempt], datetime]:
    """The attempts, locked and settled, and the moment of what is done to them.

    Whoever came before may have read a later clock: nothing that is done now was done before that.
    """
    attempts = hall_queries.lock_attempts(sitting.id, attempt_ids)
    resolution = timedelta.resolution  # a pause is known by when it began: no two begin at the same moment
    known = [moment for attempt in attempts for moment in (attempt.started_at, attempt.paused_at) if moment]
    over = [moment + resolution for moment in hall_queries.pauses_ended(attempt_ids)]
    now = max([now, *known, *over])
    for attempt in attempts:
        settle(attempt, now=now)
    return attempts, now


def _concerned(
    act: HallAct, attempts: Collection[Attempt], *, now: datetime, may_be_none: bool = False
) -> tuple[list[Attempt], dict[UUID, list[Span]]]:
    """Attempts that the act can concern now; of an outage also what each of them lost by it."""
    found = [one for one in attempts if one.status in rules.CONCERNS[act.kind] and not _is_ending(one, now=now)]
    match act.kind:
        case ActKind.AUTHORISE:
            found = [attempt for attempt in found if attempt.authorised_at is None]
        case ActKind.PAUSE:
            found = [attempt for attempt in found if attempt.held_at is None]
        case ActKind.RESUME:
            found = [attempt for attempt in found if attempt.held_at or attempt.status == AttemptStatus.PAUSED]
        case ActKind.TIME_UP:
            found = [attempt for attempt in found if attempt.paused_at == attempt.deadline_at]
    held = undecided(act.kind, [attempt.id for attempt in found if _stands_at_end(attempt)], now=now)
    if held and held == {attempt.id for attempt in found}:
        raise rules.TimeUndecided
    found = [attempt for attempt in found if attempt.id not in held]
    if not found and (not may_be_none or any(_is_ending(one, now=now) for one in attempts)):
        raise rules.NobodyConcerned
    took: dict[UUID, list[Span]] = {}
    if act.began_at and act.ended_at:
        took = hall_queries.lost_by([attempt.id for attempt in found], (act.began_at, act.ended_at), now=now)
    return [attempt for attempt in found if attempt.id in took or act.kind != ActKind.OUTAGE], took


def _is_ending(attempt: Attempt, *, now: datetime) -> bool:
    """Whether the time has run out, and it is not known yet whether the test has ended or stands there."""
    until = attempt.deadline_at if attempt.status == AttemptStatus.IN_PROGRESS else None
    return until is not None and is_over(until, now=now)


def _stands_at_end(attempt: Attempt) -> bool:
    """Whether the clock stopped by itself: the page was out of reach when the time ran out."""
    return attempt.paused_at is not None and attempt.paused_at == attempt.deadline_at


def _needs_second(act: HallAct, attempts: Collection[Attempt], took: dict[UUID, list[Span]]) -> bool:
    match act.kind:
        case ActKind.END | ActKind.TIME_UP:
            return True
        case ActKind.OUTAGE | ActKind.EXTEND:
            given = hall_queries.extensions_of([attempt.id for attempt in attempts])
            return any(
                needs_second(
                    hall_queries.given_by_staff(given.get(attempt.id, ())), act.length or length(took[attempt.id])
                )
                for attempt in attempts
            )
    return False


def _do(
    act: HallAct, attempts: Collection[Attempt], took: dict[UUID, list[Span]], *, by: User, now: datetime
) -> list[Said]:
    pauses = hall_queries.open_pauses([attempt.id for attempt in attempts])
    said: list[Said] = []
    for attempt in attempts:
        match act.kind:
            case ActKind.AUTHORISE:
                attempt.authorised_at = now
            case ActKind.PAUSE | ActKind.RESUME if attempt.status == AttemptStatus.READY:
                attempt.held_at = now if act.kind == ActKind.PAUSE else None
            case ActKind.PAUSE:
                said += timekeeping.stop(attempt, act, at=now)
            case ActKind.RESUME:
                said += timekeeping.run(attempt, pauses[attempt.id], act, now=now)
            case ActKind.EXTEND if act.length:
                said += timekeeping.give(attempt, TimeKind.EXTENSION, act.length, act, now=now)
            case ActKind.OUTAGE:
                spans = took[attempt.id]
                said += timekeeping.give(attempt, TimeKind.OUTAGE, length(spans), act, spans, now=now)
            case ActKind.END | ActKind.TIME_UP:
                _end(attempt, pauses.get(attempt.id), act, by=by, now=now)
    return said


def _end(attempt: Attempt, pause: Pause | None, act: HallAct, *, by: User, now: datetime) -> None:
    """End a test now; one whose time ran out while it was out of reach, at its deadline: nothing was paused there."""
    ended_at, said = now, list[Said]()
    if pause is not None and attempt.deadline_at and _stands_at_end(attempt):
        ended_at, said = attempt.deadline_at, timekeeping.time_up(attempt, pause, act, now=now)
    elif pause is not None:
        said = timekeeping.run(attempt, pause, act, now=now)
    audit.record_all(said, by=by, at=now)
    kind = EndKind.STAFF if act.kind == ActKind.END else EndKind.DEADLINE
    end_attempt(attempt, kind=kind, ended_at=ended_at, by=by, now=now)


def facts_of(act: HallAct) -> dict[str, Any]:
    """What the trail keeps of an act; the targets are attempts, never people."""
    return {
        "sitting": act.sitting_id, "kind": str(act.kind), "category": str(act.category), "reason": act.reason,
        "wording": act.wording, "seconds": int(act.length.total_seconds()) if act.length else None,
        "from": act.began_at, "until": act.ended_at, "status": str(act.status),
        "to": sorted(str(target.attempt_id) for target in act.targets),
    }  # fmt: skip


def lapse_waiting(sitting: Sitting) -> int:
    """At the closing nothing waits any more; returns how many acts lapsed."""
    waiting = hall_queries.waiting_acts(sitting.id)
    for act in waiting:
        act.status = ActStatus.LAPSED
    return len(waiting)
