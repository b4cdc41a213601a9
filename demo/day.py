"""A test day on a virtual clock: everybody enters, answers and finishes through the services that the pages use."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from math import inf
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
from testing_center.rules.closing import Gap
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.sittings import IncidentCategory, Presence, Unsat
from testing_center.services import accounting, delivery, entry, registration, saving, sittings
from testing_center.sheets import get_sheet

Moved = Callable[[], None]
ADDRESS = "127.0.0.1"
WRONG_OPTIONS = 3  # of a question in the demonstration bank


@dataclass(frozen=True)
class Answer:
    """What somebody will do at a place of the form; ``other`` says which of the wrong options, as the author has them.

    Nothing here depends on the order that is shown or on the ids of options, which are random for each attempt and
    form: so the same seed gives the same outcome.
    """

    is_right: bool
    is_open: bool
    is_flagged: bool
    other: int


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
    answers: dict[int, Answer] = field(default_factory=dict)  # by place of the form
    pauses: list[float] = field(default_factory=list)  # seconds after each answer
    todo: list[int] = field(default_factory=list)  # positions as they are shown


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
        before = who.random.uniform(5, 20)
        _prepare(who, attempt, now + timedelta(seconds=before))
        return timedelta(seconds=before)
    attempt = db.session.get_one(Attempt, who.attempt_id)
    if attempt.status == AttemptStatus.ENDED:
        return None
    if not who.todo:
        if who.stays:
            return None
        with transaction():
            delivery.submit(attempt.id, 1, now=now)
        return None
    _answer(who, attempt, who.todo.pop(0), now)
    return timedelta(seconds=who.pauses.pop(0))


def _prepare(who: Simulated, attempt: Attempt, first_at: datetime) -> None:
    """Draw the whole test in the order of the form's places: answers, pauses, and what time does not suffice for.

    They go through the questions as these are shown. Whoever has settled answers is quick enough for all of them.
    """
    order, chance = attempt.order["items"], who.random
    places = range(1, len(order) + 1)
    who.answers = {place: _drawn(who, place) for place in places}
    pauses = [chance.expovariate(1 / who.pace) for _place in places]
    allowed = (attempt.deadline_at - first_at).total_seconds() if attempt.deadline_at else inf
    if who.right is not None:
        quicker = min(1.0, 0.9 * allowed / sum(pauses))
        pauses = [pause * quicker for pause in pauses]
    reached = 1 + sum(spent < allowed - 1 for spent in accumulate(pauses[:-1]))
    answered = set(chance.sample(places, len(order))[:reached])
    who.pauses = pauses
    who.todo = [position for position, place in enumerate(order, 1) if place in answered]


def _drawn(who: Simulated, place: int) -> Answer:
    """Right with the person's probability, whatever the question; sometimes left open or flagged."""
    chance = who.random
    is_right = chance.random() < who.ability and (who.knows is None or place <= who.knows)
    drawn = Answer(is_right, chance.random() < 0.02, chance.random() < 0.08, chance.randrange(WRONG_OPTIONS))
    return drawn if who.right is None else Answer(place in who.right, False, drawn.is_flagged, 0)


@lru_cache(maxsize=16)
def _keys(form_id: UUID) -> dict[int, tuple[str, ...]]:
    return {item.position: item.key for item in queries.keyed_form(form_id)}


def options_of(form_id: UUID, place: int) -> tuple[list[str], list[str]]:
    """Ids of the right options at a place of the form and of the others, each in the order the author gave them."""
    key, options = _keys(form_id)[place], get_sheet(form_id).items[place].options
    return [one.id for one in options if one.id in key], [one.id for one in options if one.id not in key]


def _answer(who: Simulated, attempt: Attempt, position: int, now: datetime) -> None:
    place = attempt.order["items"][position - 1]
    drawn, (right, wrong) = who.answers[place], options_of(attempt.form_id, place)
    chosen = right if drawn.is_right else [wrong[min(drawn.other, len(wrong) - 1)]]
    response = [] if drawn.is_open else chosen
    if response or drawn.is_flagged:
        saving.save(attempt.id, attempt.epoch, position, response, revision=1, flagged=drawn.is_flagged, now=now)


def close(sitting: Sitting, clock: ManualClock) -> SittingProtocol:
    """An incident is written down, then the sitting is closed."""
    clock.advance(timedelta(minutes=2))
    with transaction():
        sittings.report_incident(
            sitting, IncidentCategory.TECHNICAL, "Электр кубаты 40 секундга өчтү. Жооптор сакталып калды.", None,
            by=person("proctor"), now=clock(),
        )  # fmt: skip
    clock.advance(timedelta(minutes=8))
    return finish(sitting, now=clock())


def finish(sitting: Sitting, *, now: datetime) -> SittingProtocol:
    """Everybody is accounted for, the slips are counted, the sitting is closed."""
    by = person("proctor")
    with transaction():
        for one in accounting.unaccounted(sitting):
            if one.gap == Gap.UNMARKED:
                registration.set_presence(one.participant, Presence.ABSENT, by=by, now=now)
            else:
                accounting.explain(one.participant, Unsat.DID_NOT_START, reason="Өзү баш тартты.", by=by, now=now)
        left = accounting.slips_of(sitting).unused
        return sittings.close_sitting(sitting, by=by, now=now, slips_left=left)
