"""What `audit verify` compares of a sitting with the rows as they are: who ran it, who sat it, who went on elsewhere.

Not compared: silences, which are measured and not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core import audit
from core.db import db
from testing_center.models.attempts import Attempt, ResumeToken
from testing_center.models.sittings import CandidateCode, Incident, Participant, Sitting, sitting_proctor
from testing_center.rules.codes import CodeStatus
from testing_center.rules.sittings import Presence
from testing_center.services.accounting import slips_of
from testing_center.services.dealing import DEALT, GIVEN, is_reproduced
from testing_center.services.extra_time import CARRIED, GRANTED

RESUMED, LEAVE = "attempt.resumed", "resume_token.issued"


def _named(names: Iterable[str], *actions: str) -> set[str]:
    """Which of these subjects have an entry of one of these actions."""
    known = select(audit.AuditEntry.subject).where(
        audit.AuditEntry.subject.in_(list(names)), audit.AuditEntry.action.in_(actions)
    )
    return set(db.session.scalars(known))


def _about(subject: str, *actions: str) -> list[audit.AuditEntry]:
    """Entries about a row, in order."""
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.subject == subject, audit.AuditEntry.action.in_(actions), audit.AuditEntry.body.is_not(None)
    )
    return list(db.session.scalars(query.order_by(audit.AuditEntry.number)))


@audit.witness("sitting.planned")
def _sitting_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Proctors, moments and slips are those of the trail, and nothing stands in the record that it does not know."""
    sitting = db.session.get(Sitting, audit.subject_id(entry))
    if sitting is None:
        yield "a sitting is missing"
        return
    appointed = audit.facts((_about(entry.subject, "sitting.proctors_appointed") or [entry])[-1])["proctors"]
    proctors = db.session.scalars(select(sitting_proctor.c.user_id).where(sitting_proctor.c.sitting_id == sitting.id))
    if sorted(appointed) != sorted(str(user_id) for user_id in proctors):
        yield "the proctors of a sitting were altered"
    said = {one.action: one for one in _about(entry.subject, "sitting.opened", "sitting.closed")}
    if (sitting.opened_at, f"user:{sitting.opened_by_id}") != _when(said.get("sitting.opened")):
        yield "the opening of a sitting was altered"
    if (sitting.closed_at, f"user:{sitting.closed_by_id}") != _when(closed := said.get("sitting.closed")):
        yield "the closing of a sitting was altered"
    if closed and not _slips(sitting).items() <= audit.facts(closed).get("slips", {}).items():
        yield "what became of codes was altered after the closing"
    yield from _people_known(sitting.id)
    yield from _seats_known(sitting.id)
    incidents = db.session.scalars(select(Incident.id).where(Incident.sitting_id == sitting.id))
    names = {f"incident:{one}" for one in incidents}
    if names - _named(names, "incident.reported"):
        yield "an incident is there that the trail does not know"


def _when(entry: audit.AuditEntry | None) -> tuple[datetime | None, str]:
    """When and by whom, as the body of the entry says it: its columns are compared with it where it stands."""
    return (entry.at, entry.body["actor"]) if entry and entry.body else (None, "user:None")


def _slips(sitting: Sitting) -> dict[str, int]:
    """Printed slips as they were counted at the closing, which made the unused ones expire."""
    found = asdict(slips_of(sitting))
    return {**found, "unused": found["printed"] - found["used"] - found["revoked"]}


def _people_known(sitting_id: UUID) -> Iterator[str]:
    """Whoever is marked, was granted extra time or is said not to have sat, is so by an entry."""
    said: dict[str, set[str]] = {"participant.presence": set(), "participant.unsat": set(), GRANTED: set()}
    rows = select(Participant.id, Participant.presence, Participant.extra_minutes, Participant.unsat).where(
        Participant.sitting_id == sitting_id,
        or_(
            Participant.presence != Presence.EXPECTED, Participant.extra_minutes > 0, Participant.unsat.is_not(None)
        ),
    )  # fmt: skip
    for one, presence, minutes, unsat in db.session.execute(rows):
        name = f"participant:{one}"
        for action, is_so in (
            ("participant.presence", presence != Presence.EXPECTED), ("participant.unsat", unsat is not None),
            (GRANTED, minutes > 0),
        ):  # fmt: skip
            if is_so:
                said[action].add(name)
    if said["participant.presence"] - _named(said["participant.presence"], "participant.presence"):
        yield "somebody is marked at the presence check, and the trail does not know of it"
    if said["participant.unsat"] - _named(said["participant.unsat"], "participant.unsat"):
        yield "it stands written why somebody did not sit, and the trail does not know of it"
    if said[GRANTED] - _named(said[GRANTED], GRANTED, CARRIED):
        yield "somebody has extra time that the trail does not know"


def _seats_known(sitting_id: UUID) -> Iterator[str]:
    """Everybody has the seat that the trail gave them last: at the registration, by a deal, or by hand."""
    rows = select(Participant.id, Participant.seat).where(Participant.sitting_id == sitting_id)
    sits = {f"participant:{one}": seat for one, seat in db.session.execute(rows)}
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.subject.in_([*sits, f"sitting:{sitting_id}"]), audit.AuditEntry.body.is_not(None),
        audit.AuditEntry.action.in_(("participant.registered", GIVEN, DEALT)),
    )  # fmt: skip
    said: dict[str, int] = {}
    for entry in db.session.scalars(query.order_by(audit.AuditEntry.number)):
        facts = audit.facts(entry)
        if entry.action == DEALT:
            said |= {f"participant:{one}": seat for one, _school, seat in facts["people"]}
        else:
            said[entry.subject] = facts["seat"]
    if any(said.get(name, seat) != seat for name, seat in sits.items()):
        yield "the seat of a participant was altered"


@audit.witness(DEALT)
def _deal_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The seats follow from the seed of the deal."""
    if not is_reproduced(audit.facts(entry)):
        yield "the seats that were dealt do not follow from their seed"


@audit.witness("participant.registered")
def _registration_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The registration is for this sitting, by whom and when the trail says."""
    later = [one for one in _about(entry.subject, "participant.registered") if one.number > entry.number]
    if later:
        return
    said, one = audit.facts(entry), db.session.get(Participant, audit.subject_id(entry))
    if one is None:
        yield "a participant is missing"
    elif (str(one.sitting_id), one.round, one.registered_at, f"user:{one.registered_by_id}") != (
        said["sitting"], said.get("round", 0), entry.at, entry.actor,
    ):  # fmt: skip
        yield "the registration of a participant was altered"


@audit.witness("code.redeemed")
def _entry_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The attempt was entered with this code and at this moment, and is where it was last let go on."""
    said, code = audit.facts(entry), db.session.get(CandidateCode, audit.subject_id(entry))
    attempt = db.session.get(Attempt, UUID(said["attempt"]))
    if code is None or (code.status, code.redeemed_at) != (CodeStatus.REDEEMED, entry.at):
        yield "the use of a candidate code was altered"
    if attempt is None or (str(attempt.code_id), attempt.entered_at) != (entry.subject.partition(":")[2], entry.at):
        yield "the entry into an attempt was altered"
        return
    moves = _about(f"attempt:{attempt.id}", RESUMED, LEAVE)
    last = next((audit.facts(one) for one in reversed(moves) if one.action == RESUMED), {"epoch": 1, **said})
    if (attempt.epoch, attempt.workstation) != (last["epoch"], last["workstation"]):
        yield "the workstation of an attempt was altered"
    tokens = list(db.session.scalars(select(ResumeToken).where(ResumeToken.attempt_id == attempt.id)))
    used = sorted(one.used_at for one in tokens if one.used_at)
    if (len(tokens), used) != (
        sum(one.action == LEAVE for one in moves), [one.at for one in moves if one.action == RESUMED],
    ):  # fmt: skip
        yield "a move to another workstation was altered, or the trail does not know of it"


@audit.witness(LEAVE)
def _leave_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The leave to go on elsewhere is still there, by the same person and for the same reason."""
    said: dict[str, Any] = audit.facts(entry)
    given = select(ResumeToken).where(
        ResumeToken.attempt_id == audit.subject_id(entry), ResumeToken.issued_at == entry.at
    )
    found = {(f"user:{one.issued_by_id}", one.category, one.reason) for one in db.session.scalars(given)}
    if (entry.actor, said.get("category"), said["reason"]) not in found:
        yield "the leave to go on at another workstation is missing or was altered"
