"""What `audit verify` compares of a sitting with the rows as they are: who ran it, who sat it, who went on elsewhere.

Silences are measured and not recorded one by one: the closing fixes them all.
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
from testing_center.models.errata import Annulment
from testing_center.models.sittings import (
    CandidateCode,
    Incident,
    Participant,
    Sitting,
    SittingProtocol,
    SittingSignature,
    sitting_proctor,
)
from testing_center.rules.codes import CodeStatus
from testing_center.rules.sittings import Presence
from testing_center.services.accounting import slips_of
from testing_center.services.contacts import silences_digest
from testing_center.services.dealing import DEALT, GIVEN, is_reproduced, why_there
from testing_center.services.extra_time import CARRIED, GRANTED
from testing_center.services.links import who_is

RESUMED, LEFT, LEAVE = "attempt.resumed", "attempt.left", "resume_token.issued"


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
    """Plan, proctors, moments and slips are those of the trail, and nothing is in the record that it does not know."""
    sitting = db.session.get(Sitting, audit.subject_id(entry))
    if sitting is None:
        yield "a sitting is missing"
        return
    if _planned(sitting) != _plan(entry):
        yield "the plan of a sitting was altered"
    appointed = audit.facts((_about(entry.subject, "sitting.proctors_appointed") or [entry])[-1])["proctors"]
    proctors = db.session.scalars(select(sitting_proctor.c.user_id).where(sitting_proctor.c.sitting_id == sitting.id))
    if sorted(appointed) != sorted(str(user_id) for user_id in proctors):
        yield "the proctors of a sitting were altered"
    moments = ("sitting.opening_confirmed", "sitting.opened", "sitting.closed")
    said = {one.action: one for one in _about(entry.subject, *moments)}
    if (sitting.opening_at, f"user:{sitting.opening_by_id}") != _when(said.get("sitting.opening_confirmed")):
        yield "who began to open a sitting was altered"
    if (sitting.opened_at, f"user:{sitting.opened_by_id}") != _when(said.get("sitting.opened")):
        yield "the opening of a sitting was altered"
    if (sitting.closed_at, f"user:{sitting.closed_by_id}") != _when(closed := said.get("sitting.closed")):
        yield "the closing of a sitting was altered"
    if closed and not _slips(sitting).items() <= audit.facts(closed).get("slips", {}).items():
        yield "what became of codes was altered after the closing"
    if closed and silences_digest(sitting.id).hex() != audit.facts(closed)["silences"]:
        yield "the silences of computers were altered after the closing"
    yield from _people_known(sitting.id)
    yield from _seats_known(sitting.id)
    yield from _signatures_known(sitting.id)
    incidents = db.session.scalars(select(Incident.id).where(Incident.sitting_id == sitting.id))
    names = {f"incident:{one}" for one in incidents}
    if names - _named(names, "incident.reported"):
        yield "an incident is there that the trail does not know"
    codes = db.session.scalars(select(Attempt.code_id).where(Attempt.sitting_id == sitting.id))
    names = {f"candidate_code:{one}" for one in codes}
    if names - _named(names, "code.redeemed"):
        yield "an attempt is there that the trail does not know"


def _planned(sitting: Sitting) -> tuple[Any, ...]:
    forms = sorted(form.digest.hex() for form in sitting.forms)
    by = sitting.created_at, f"user:{sitting.created_by_id}"
    has_own_forms = all(form.specification_id == sitting.specification_id for form in sitting.forms)
    return sitting.number, sitting.starts_at, str(sitting.room_id), forms, sitting.starts_together, by, has_own_forms


def _plan(entry: audit.AuditEntry) -> tuple[Any, ...]:
    said, by = audit.facts(entry), (entry.at, entry.actor)
    starts_at, together = datetime.fromisoformat(said["starts_at"]), said.get("starts_together", False)
    return said["number"], starts_at, said["room"], sorted(said["forms"]), together, by, True


def _when(entry: audit.AuditEntry | None) -> tuple[datetime | None, str]:
    """When and by whom, as the body of the entry says it: its columns are compared with it where it stands."""
    return (entry.at, entry.body["actor"]) if entry and entry.body else (None, "user:None")


def _slips(sitting: Sitting) -> dict[str, int]:
    """Printed slips as they were counted at the closing, which made the unused ones expire."""
    found = asdict(slips_of(sitting))
    return {**found, "unused": found["printed"] - found["used"] - found["revoked"]}


def _people_known(sitting_id: UUID) -> Iterator[str]:
    """Whoever is marked, was granted extra time, is said not to have sat or may sit anew, is so by an entry."""
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
    freed = db.session.scalars(select(Participant.annulled_at).where(Participant.sitting_id == sitting_id).distinct())
    annulments = db.session.scalars(select(Annulment).where(Annulment.sitting_id == sitting_id))
    moments = {audit.name_of(one): one.decided_at for one in annulments}
    if {*freed} - {None, *(moments[name] for name in _named(moments, "annulment.applied"))}:
        yield "somebody may be registered anew, and the sitting was not annulled"


def _seats_known(sitting_id: UUID) -> Iterator[str]:
    """Everybody has the seat that the trail gave them last, at the registration, by a deal, or by hand for a reason."""
    people = db.session.scalars(select(Participant).where(Participant.sitting_id == sitting_id))
    sits = {audit.name_of(one): (one.seat, why_there(one)) for one in people}
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.subject.in_([*sits, f"sitting:{sitting_id}"]), audit.AuditEntry.body.is_not(None),
        audit.AuditEntry.action.in_(("participant.registered", GIVEN, DEALT)),
    )  # fmt: skip
    said: dict[str, tuple[int, str | None]] = {}
    for entry in db.session.scalars(query.order_by(audit.AuditEntry.number)):
        facts = audit.facts(entry)
        if entry.action == DEALT:
            said |= {f"participant:{one}": (seat, None) for one, _school, seat in facts["people"]}
        else:
            said[entry.subject] = facts["seat"], facts["why_there"]
    if sits.keys() - said.keys():
        yield "a participant is there that the trail does not know"
    if any(said.get(name, sat) != sat for name, sat in sits.items()):
        yield "the seat of a participant was altered"


def _signatures_known(sitting_id: UUID) -> Iterator[str]:
    """Nobody has signed a summary protocol of the sitting without an entry."""
    signed = select(SittingSignature.protocol_id, SittingSignature.user_id).join(SittingSignature.protocol)
    rows = db.session.execute(signed.where(SittingProtocol.sitting_id == sitting_id))
    there = {(f"sitting_protocol:{protocol_id}", f"user:{user_id}") for protocol_id, user_id in rows}
    known = select(audit.AuditEntry.subject, audit.AuditEntry.actor).where(
        audit.AuditEntry.action == "sitting_protocol.signed",
        audit.AuditEntry.subject.in_({protocol for protocol, _user in there}),
    )
    if there - {(protocol, user) for protocol, user in db.session.execute(known)}:
        yield "a signature under the summary protocol is there that the trail does not know"


@audit.witness(DEALT)
def _deal_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The seats follow from the seed of the deal."""
    if not is_reproduced(audit.facts(entry)):
        yield "the seats that were dealt do not follow from their seed"


@audit.witness("participant.registered")
def _registration_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The registration is of this person for this sitting, by whom and when the trail says, and in force as it says."""
    later = [
        one for one in _about(entry.subject, "participant.registered", "participant.withdrawn")
        if one.number > entry.number
    ]  # fmt: skip
    if any(one.action == entry.action for one in later):
        return
    said, one = audit.facts(entry), db.session.get(Participant, audit.subject_id(entry))
    if one is None:
        yield "a participant is missing"
        return
    shown = str(one.sitting_id), str(one.competition_id), one.round, one.language, who_is(one).hex()
    if (*shown, one.registered_at, f"user:{one.registered_by_id}") != (
        said["sitting"], said["competition"], said["round"], said["language"], said["person"], entry.at, entry.actor,
    ):  # fmt: skip
        yield "the registration of a participant was altered"
    if one.withdrawn_at != (later[-1].at if later else None):
        yield "whether a registration was withdrawn was altered"


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
    moves = _about(f"attempt:{attempt.id}", RESUMED, LEFT, LEAVE)
    last = next((audit.facts(one) for one in reversed(moves) if one.action != LEAVE), {"epoch": 1, **said})
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
