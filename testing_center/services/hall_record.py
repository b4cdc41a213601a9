"""What the papers say of the hours in the hall: who came, time that was given, moves, acts of staff, slips.

By public number only: neither a name nor a seat, since scores stand on the same paper. No link is opened but to see
whose test began.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from accounts.models import User
from core.db import db
from testing_center import hall_queries
from testing_center.models.attempts import Attempt
from testing_center.models.hall import Extension, HallAct
from testing_center.models.sittings import Incident, Participant, Sitting
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.sittings import IncidentCategory, Presence
from testing_center.services.accounting import whose_test_began
from testing_center.services.papers import KINDS

COUNTED = (ActKind.MESSAGE, ActKind.AUTHORISE)  # how many there were says enough


def time_given(attempt: Attempt, minutes: int) -> list[dict[str, Any]]:
    """What an attempt had beyond the ``minutes`` of its form, in order: kind, how much, category, by how many persons.

    The reason of an accommodation is nobody's business: it stands on no paper.
    """
    if attempt.started_at is None or attempt.deadline_at == attempt.started_at + timedelta(minutes=minutes):
        return []
    return [_given(row) for row in hall_queries.extensions_of([attempt.id]).get(attempt.id, [])]


def _given(row: Extension) -> dict[str, Any]:
    return {
        "kind": str(row.kind), "microseconds": row.length // timedelta(microseconds=1),
        **(category_of(row.act.category) if row.act else {"category_ky": None, "category_ru": None}),
        "by_two": row.act is not None and row.act.decided_by_id is not None,
    }  # fmt: skip


def category_of(category: IncidentCategory) -> dict[str, str]:
    """What an act was about, in both languages."""
    named = KINDS[category]
    return {"category_ky": named["kind_ky"], "category_ru": named["kind_ru"]}


def hall_content(
    sitting: Sitting, attempts: Sequence[Attempt], people: Sequence[Participant], slips: Mapping[str, Any]
) -> dict[str, Any]:
    """What the summary protocol says besides counts and scores; acts are numbered, and named by their number."""
    numbers = {attempt.id: attempt.number for attempt in attempts}
    acts = list(reversed(hall_queries.acts_of(sitting.id)))
    listed = {act.id: place for place, act in enumerate([act for act in acts if act.kind not in COUNTED], start=1)}
    counted = Counter(act.kind for act in acts if act.status == ActStatus.DONE)
    return {
        "attendance": _attendance(sitting, people),
        "acts": [_act(act, listed[act.id], numbers) for act in acts if act.id in listed],
        "messages": counted[ActKind.MESSAGE], "authorised": counted[ActKind.AUTHORISE],
        "extensions": _extensions(attempts, listed),
        "moves": [
            {"number": numbers[move.attempt_id], "at": move.used_at, "reason": move.reason, "by": name,
             **(category_of(move.category) if move.category else {})}
            for move, name in hall_queries.moves_of(numbers.keys())
        ],
        "slips": dict(slips),
    }  # fmt: skip


def _attendance(sitting: Sitting, people: Sequence[Participant]) -> dict[str, Any]:
    """Sorted by what is said, so that no order tells who it is about."""
    begun = whose_test_began(sitting)
    return {
        "not_let_in": sorted(one.presence_reason or "" for one in people if one.presence == Presence.REFUSED),
        "unsat": sorted(
            ({"kind": str(one.unsat), "reason": one.unsat_reason or ""} for one in people
             if one.unsat and one.presence == Presence.PRESENT and one.id not in begun),
            key=lambda row: (row["kind"], row["reason"]),
        ),
        "withdrawn": _withdrawn_late(sitting),
    }  # fmt: skip


def _withdrawn_late(sitting: Sitting) -> int:
    """Whose registration was withdrawn after the opening, which had counted them."""
    late = Participant.sitting_id == sitting.id, Participant.withdrawn_at > sitting.opened_at
    return db.session.scalar(select(func.count()).select_from(Participant).where(*late)) or 0


def _act(act: HallAct, place: int, numbers: Mapping[UUID, str]) -> dict[str, Any]:
    to = sorted(numbers[target.attempt_id] for target in act.targets if target.attempt_id in numbers)
    return {
        "place": place, "kind": str(act.kind), "status": str(act.status), "at": act.asked_at, "reason": act.reason,
        "to": to, "of": len(numbers), "by": _names(act.asked_by, act.decided_by), "from": act.began_at,
        "until": act.ended_at, "declined": act.decline_reason, "incident": _of_everybody(act.incident),
        "microseconds": act.length // timedelta(microseconds=1) if act.length else None, **category_of(act.category),
    }  # fmt: skip


def _of_everybody(incident: Incident | None) -> int | None:
    """The number of an incident that has no seat: with one, the act on it would tell whose public number this is."""
    return incident.number if incident and incident.seat is None else None


def _names(*people: User | None) -> list[str]:
    return [person.full_name for person in people if person]


def _extensions(attempts: Collection[Attempt], listed: Mapping[UUID, int]) -> list[dict[str, Any]]:
    given = hall_queries.extensions_of([attempt.id for attempt in attempts])
    found: list[dict[str, Any]] = []
    for attempt in attempts:
        rows = given.get(attempt.id, [])
        parts: list[dict[str, Any]] = [
            {"kind": str(row.kind), "microseconds": row.length // timedelta(microseconds=1),
             "act": listed.get(row.act_id) if row.act_id else None}
            for row in rows
        ]  # fmt: skip
        if parts:
            total = sum(part["microseconds"] for part in parts)
            found.append({"number": attempt.number, "microseconds": total, "parts": parts})
    return found
