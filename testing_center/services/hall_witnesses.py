"""What `audit verify` compares of the hall with the rows as they are now: acts of staff, pauses, presence, extra time.

Not compared: contacts, and when a page showed a message. Silences are compared once the sitting is closed (see
:mod:`testing_center.services.sitting_witnesses`); what was given for one, always (:mod:`.timekeeping`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from core import audit
from core.db import db
from testing_center.models.attempts import Attempt
from testing_center.models.hall import HallAct, Pause
from testing_center.models.sittings import Participant
from testing_center.rules.acts import ActStatus
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services.acts import facts_of
from testing_center.services.extra_time import CARRIED, GRANTED, TAKEN_BACK
from testing_center.services.timekeeping import RUNS, STOPPED

DECIDED = {"hall.act_confirmed", "hall.act_declined"}


def _later(entry: audit.AuditEntry, *actions: str) -> list[audit.AuditEntry]:
    """Later entries of these actions about the same row, in order."""
    return list(
        db.session.scalars(
            select(audit.AuditEntry)
            .where(
                audit.AuditEntry.subject == entry.subject, audit.AuditEntry.action.in_(actions),
                audit.AuditEntry.number > entry.number,
            )
            .order_by(audit.AuditEntry.number)
        )
    )  # fmt: skip


def _user(user_id: UUID | None) -> str:
    return f"user:{user_id}"


@audit.witness("hall.act")
def _act_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The act says what the trail says: kind, reason, words, time, whom it concerned, who asked, what became of it."""
    act = db.session.get(HallAct, audit.subject_id(entry))
    if act is None:
        yield "an act of staff in the hall is missing"
        return
    said, shown = audit.facts(entry), audit.plain(facts_of(act))
    became = said.pop("status"), shown.pop("status")
    if shown != said or (_user(act.asked_by_id), act.asked_at) != (entry.actor, entry.at):
        yield "an act of staff in the hall was altered"
    decided = _later(entry, *DECIDED)
    if became[0] == ActStatus.WAITING and decided:
        if (act.status, act.decline_reason, _user(act.decided_by_id), act.decided_at) != _decision(decided[-1]):
            yield "the decision on an act of staff in the hall was altered"
    elif became[1] not in _undecided(act, became[0]) or act.decided_by_id or act.decided_at:
        yield "an act of staff in the hall is decided, and the trail does not know of it"


def _decision(entry: audit.AuditEntry) -> tuple[str, str | None, str, datetime]:
    """Status, why it was declined, by whom and when."""
    said = audit.facts(entry)
    return said.get("status", str(ActStatus.DECLINED)), said.get("reason"), entry.actor, entry.at


def _undecided(act: HallAct, said: str) -> set[str]:
    """What may have become of an act that nobody decided: what waits lapses at the closing."""
    is_closed = said == ActStatus.WAITING and act.sitting.status == SittingStatus.CLOSED
    return {str(ActStatus.LAPSED)} if is_closed else {said}


@audit.witness("sitting.opened")
def _acts_known(entry: audit.AuditEntry) -> Iterator[str]:
    """No act of staff stands in the record of a sitting that the trail does not know."""
    ids = set(db.session.scalars(select(HallAct.id).where(HallAct.sitting_id == audit.subject_id(entry))))
    names = {f"hall_act:{id}" for id in ids}
    known = select(audit.AuditEntry.subject).where(
        audit.AuditEntry.subject.in_(names), audit.AuditEntry.action == "hall.act"
    )
    if names - set(db.session.scalars(known)):
        yield "an act of staff in the hall is there that the trail does not know"


@audit.witness(STOPPED)
def _stop_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The pause is still there, from this moment and by this act; ended by what the trail says, or not at all."""
    said, attempt_id = audit.facts(entry), audit.subject_id(entry)
    pause = db.session.scalar(
        select(Pause).where(Pause.attempt_id == attempt_id, Pause.began_at == datetime.fromisoformat(said["from"]))
    )
    if pause is None or str(pause.act_id) != str(said["act"]):
        yield "a pause is missing or was altered"
        return
    runs = next(iter(_later(entry, RUNS)), None)
    by, at = (audit.facts(runs)["act"], runs.at) if runs else ("None", None)
    if (str(pause.ended_by_act_id), pause.ended_at) != (by, at):
        yield "the end of a pause was altered"
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is not None and attempt.paused_at != pause.began_at and pause.ended_at is None:
        yield "the moment at which the clock of an attempt stopped was altered"


@audit.witness("participant.presence")
def _presence_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who came is what was written down last, by whom and when."""
    if _later(entry, "participant.presence", "participant.registered"):
        return
    said, one = audit.facts(entry), db.session.get(Participant, audit.subject_id(entry))
    if one is None:
        yield "a participant is missing"
    elif (str(one.presence), one.presence_reason, one.presence_at, _user(one.presence_by_id)) != (
        said["presence"], said.get("reason"), entry.at, entry.actor,
    ):  # fmt: skip
        yield "the presence of a participant was altered"
    elif one.presence != Presence.PRESENT and one.unsat is not None:
        yield "what became of a participant was altered"


@audit.witness("participant.unsat")
def _unsat_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """What became of somebody who came and did not begin is what was written down last."""
    if _later(entry, "participant.presence", "participant.unsat", "participant.registered"):
        return
    said, one = audit.facts(entry), db.session.get(Participant, audit.subject_id(entry))
    if one is None or (str(one.unsat), one.unsat_reason) != (said["unsat"], said["reason"]):
        yield "what became of a participant was altered"


@audit.witness(GRANTED)
@audit.witness(CARRIED)
@audit.witness(TAKEN_BACK)
def _extra_time_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Extra time is what was granted, carried over or taken back last."""
    if _later(entry, GRANTED, CARRIED, TAKEN_BACK):
        return
    said, one = audit.facts(entry), db.session.get(Participant, audit.subject_id(entry))
    minutes, reason = (0, None) if entry.action == TAKEN_BACK else (said["minutes"], said["reason"])
    if one is None or (one.extra_minutes, one.extra_reason) != (minutes, reason):
        yield "the extra time of a participant was altered"
    elif entry.action != CARRIED and (_user(one.extra_by_id), one.extra_at) != (entry.actor, entry.at):
        yield "who granted the extra time of a participant was altered"
