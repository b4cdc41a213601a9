"""A test day on a virtual clock: everybody enters, answers and finishes through the services that the pages use."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from types import MappingProxyType
from typing import Any
from uuid import UUID

from core.clock import ManualClock
from core.db import db, transaction
from demo.stage import person
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting, SittingProtocol
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.sittings import IncidentCategory
from testing_center.services import delivery, entry, sittings
from testing_center.sheets import get_sheet

Moved = Callable[[], None]
ADDRESS = "127.0.0.1"


@dataclass
class Simulated:
    """A person who sits the test: how good, how quick, and what they will do next."""

    seat: int
    code: str
    ability: float  # probability of a right answer to a question of middle difficulty
    pace: float  # seconds for a question
    stays: bool  # works until the clock closes the test
    random: Random
    right: frozenset[int] | None = None  # places answered rightly, where this is settled beforehand
    knows: int | None = None  # the last place that may be answered rightly, where somebody is to stay below others
    attempt_id: UUID | None = None
    todo: list[int] = field(default_factory=list)


def simulated(
    codes: Sequence[dict[str, Any]], random: Random, *, settled: Mapping[int, frozenset[int]] = MappingProxyType({}),
    knows: int | None = None,
) -> list[Simulated]:  # fmt: skip
    """Somebody for each code, in the order of seats; each has an own source of chance, so order does not matter.

    ``settled`` says for some seats which places they answer rightly; nobody else is right after the place ``knows``.
    """
    return [
        Simulated(
            seat=slip["seat"], code=slip["code"], ability=min(0.97, max(0.3, random.gauss(0.68, 0.13))),
            pace=random.uniform(40, 100),
            stays=random.random() < 0.12 and slip["seat"] not in settled, random=Random(random.random()),
            right=settled.get(slip["seat"]), knows=knows,
        )
        for slip in codes
    ]  # fmt: skip


def play(sitting: Sitting, people: Sequence[Simulated], clock: ManualClock, *, moved: Moved) -> None:
    """Play the sitting to its closing; ``moved`` is called after every act of a candidate."""
    queue: list[tuple[datetime, int]] = []
    for number, who in enumerate(people):
        heapq.heappush(queue, (clock() + timedelta(seconds=who.random.uniform(5, 240)), number))
    while queue:
        clock.at, number = heapq.heappop(queue)
        delivery.close_overdue(now=clock())
        again = _act(people[number], clock())
        moved()
        if again is not None:
            heapq.heappush(queue, (clock() + again, number))
    deadlines = db.session.scalars(
        db.select(Attempt.deadline_at).where(
            Attempt.sitting_id == sitting.id, Attempt.status == AttemptStatus.IN_PROGRESS
        )
    ).all()
    clock.at = max([clock(), *(at for at in deadlines if at)]) + timedelta(seconds=3)
    delivery.close_overdue(now=clock())


def _act(who: Simulated, now: datetime) -> timedelta | None:
    """The next thing this person does; returns when they act again, None when they have finished."""
    if who.attempt_id is None:
        attempt = entry.enter(who.code, "", ADDRESS, now=now)
        who.attempt_id = attempt.id
        with transaction():
            delivery.start(attempt.id, 1, attempt.language, now=now)
        who.todo = list(range(1, len(get_sheet(attempt.form_id).items) + 1))
        return timedelta(seconds=who.random.uniform(5, 20))
    attempt = db.session.get_one(Attempt, who.attempt_id)
    if attempt.status == AttemptStatus.ENDED:
        return None
    if not who.todo:
        if who.stays:
            return None
        with transaction():
            delivery.submit(attempt.id, 1, now=now)
        return None
    position = who.todo.pop(0)
    _answer(who, attempt, position, now)
    return timedelta(seconds=who.random.expovariate(1 / who.pace))


@lru_cache(maxsize=16)
def _keys(form_id: UUID) -> dict[int, frozenset[str]]:
    return {item.position: item.key for item in queries.keyed_form(form_id)}


def _answer(who: Simulated, attempt: Attempt, position: int, now: datetime) -> None:
    """Answer a question: right with the person's probability, whatever the question; sometimes left open or flagged."""
    place = attempt.order["items"][position - 1]
    key = _keys(attempt.form_id)[place]
    is_right, is_open, is_flagged = (
        who.random.random() < who.ability and (who.knows is None or place <= who.knows),
        who.random.random() < 0.02,
        who.random.random() < 0.08,
    )
    wrong = sorted(get_sheet(attempt.form_id).items[place].option_ids - key)
    if who.right is not None:
        is_right, is_open, wrong = place in who.right, False, wrong[:1]
    response = [] if is_open else list(key) if is_right else [wrong[int(who.random.random() * len(wrong))]]
    if response or is_flagged:
        delivery.save(attempt.id, attempt.epoch, position, response, revision=1, flagged=is_flagged, now=now)


def close(sitting: Sitting, clock: ManualClock) -> SittingProtocol:
    """An incident is written down, then the sitting is closed."""
    clock.advance(timedelta(minutes=2))
    with transaction():
        sittings.report_incident(
            sitting, IncidentCategory.TECHNICAL, "Электр кубаты 40 секундга өчтү. Жооптор сакталып калды.", None,
            by=person("proctor"), now=clock(),
        )  # fmt: skip
    clock.advance(timedelta(minutes=8))
    with transaction():
        return sittings.close_sitting(sitting, by=person("proctor"), now=clock())
