"""A closed sitting of many people with questions of every kind, and the plan by which each of them answered.

The plan says who earned how many points where, in which language, in which time: figures that follow from it are found
without the rooms that are tested.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from competitions.models import Competition, Person
from core import audit
from core.db import db, transaction
from question_bank.models import FormItem, Item, ItemVersion
from testing_center import queries
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services.links import Link, seal_link
from testing_center.services.results import end_attempt
from testing_center.sheets import get_sheet
from tests.crowd import HOUR, _person
from tests.factories import Make
from tests.kinds_scene import KINDS, NEARLY, POINTS, Asked


@dataclass(frozen=True)
class Told:
    """What one person did at one question: points, a word for the answer, seconds (None: left out)."""

    points: int
    how: str  # right, nearly, omitted
    seconds: int | None


@dataclass(frozen=True)
class Sat:
    """One person: number of the form, language (None: both), what was done at each question by its name."""

    form: int
    language: str | None
    told: Mapping[str, Told]

    @property
    def score(self) -> int:
        """All points."""
        return sum(one.points for one in self.told.values())


def sat(make: Make, people: int, *, seed: int = 1, variants: int = 2, biased: str = "single") -> tuple[UUID, list[Sat]]:
    """A closed sitting and everybody's plan; the question ``biased`` is easier in Kyrgyz."""
    found: tuple[UUID, list[Sat]] = make.recall(
        ("sat", people, seed, variants, biased), lambda: _sat(make, people, seed, variants, biased)
    )
    return found


def _sat(make: Make, people: int, seed: int, variants: int, biased: str) -> tuple[UUID, list[Sat]]:
    random, now = Random(seed), make.clock()
    sitting = make.sitting(people=0, open=False, present=False, variants=variants, minutes=600, **KINDS)
    sitting_id, forms = sitting.id, [form.id for form in sitting.forms]
    contest, plans = make.competition().id, []
    asked = [questions_of(form_id) for form_id in forms]
    rows: dict[type, list[dict[str, Any]]] = {
        kind: [] for kind in (Person, Participant, CandidateCode, Attempt, ResponseEvent)
    }
    with transaction():
        sitting = db.session.get_one(Sitting, sitting_id)
        law = db.session.get_one(Competition, contest).law_version
        for number in range(1, people + 1):
            form = random.randrange(variants)
            plan, events = _plan(asked[form], form, random, biased)
            plans.append(plan)
            _write(rows, sitting, number, forms[form], contest, law, plan, now)
            rows[ResponseEvent] += [
                {**event, "attempt_id": rows[Attempt][-1]["id"], "saved_at": now - HOUR + event["saved_at"]}
                for event in events
            ]
        for kind, new in rows.items():
            db.session.execute(insert(kind), new)
    with transaction():
        for attempt in db.session.scalars(select(Attempt).where(Attempt.sitting_id == sitting_id)).all():
            end_attempt(attempt, kind=EndKind.SUBMITTED, ended_at=now, by=audit.System("sat"), now=now)
        sitting = db.session.get_one(Sitting, sitting_id)
        sitting.status, sitting.opened_at, sitting.closed_at = SittingStatus.CLOSED, now - HOUR, now
    return sitting_id, plans


def questions_of(form_id: UUID) -> dict[str, Asked]:
    """The questions of a form by name, with their keys."""
    names = db.session.execute(
        select(FormItem.position, Item.external_id)
        .join(FormItem.version).join(ItemVersion.item).where(FormItem.form_id == form_id)
    )  # fmt: skip
    keys, items = queries.key_in_force(form_id), get_sheet(form_id).items
    return {
        name.removeprefix("KIND-"): Asked(place, name.removeprefix("KIND-"), items[place], keys[place].key)
        for place, name in names
    }


def _plan(asked: Mapping[str, Asked], form: int, random: Random, biased: str) -> tuple[Sat, list[dict[str, Any]]]:
    """What somebody does, and the events that follow from it: some answers are changed, some come too late."""
    language, able, told = random.choice(("ky", "ru")), random.random(), {}
    both = random.random() < 0.05
    events: list[dict[str, Any]] = []
    at = timedelta()

    def save(question: Asked, response: Sequence[str], revision: int, *, late: bool = False, seconds: int) -> None:
        nonlocal at
        at += timedelta(seconds=seconds)
        used = {"ky": "ru", "ru": "ky"}[language] if both and not late and question.name == "order" else language
        events.append(
            {"place": question.position, "epoch": 1, "revision": revision, "response": list(response), "flagged": False,
             "language": used, "is_late": late, "saved_at": at}
        )  # fmt: skip

    for name, question in sorted(asked.items()):
        helped = 0.35 if name == biased and language == "ky" else 0.0
        how = "right" if random.random() < 0.15 + 0.7 * able + helped else "nearly"
        if random.random() < 0.08 and name != "order":
            told[name] = Told(0, "omitted", None)
            continue
        seconds = random.randint(5, 90)
        if random.random() < 0.2:  # first something else, then the answer that counts
            save(question, question.nearly, 1, seconds=seconds)
            save(question, question.right if how == "right" else question.nearly, 2, seconds=7)
            seconds += 7
        else:
            save(question, question.right if how == "right" else question.nearly, 1, seconds=seconds)
        told[name] = Told(POINTS if how == "right" else NEARLY.get(name, 0), how, seconds)
    if random.random() < 0.1:
        save(asked["single"], asked["single"].right, 9, late=True, seconds=600)
    return Sat(form, None if both else language, told), events


def _write(
    rows: dict[type, list[dict[str, Any]]], sitting: Sitting, number: int, form_id: UUID, contest: UUID, law: str,
    plan: Sat, now: Any,
) -> None:  # fmt: skip
    person, participant, code, attempt = uuid4(), uuid4(), uuid4(), uuid4()
    link, by = Link(participant, number, number), sitting.created_by_id
    rows[Person].append(_person(person, number, now))
    rows[Participant].append(
        {"id": participant, "sitting_id": sitting.id, "person_id": person, "competition_id": contest, "round": 0,
         "language": plan.language or "ky", "seat": number, "presence": Presence.PRESENT, "registered_by_id": by,
         "registered_at": now}
    )  # fmt: skip
    rows[CandidateCode].append(
        {"id": code, "sitting_id": sitting.id, "ordinal": number, "lookup": secrets.token_bytes(32),
         "link_sealed": seal_link(sitting, "candidate_code", code, link), "status": CodeStatus.REDEEMED,
         "issued_at": now - 2 * HOUR, "redeemed_at": now - HOUR}
    )  # fmt: skip
    places = sorted(get_sheet(form_id).items)
    rows[Attempt].append(
        {"id": attempt, "number": f"{sitting.number}-{number:05}", "sitting_id": sitting.id, "form_id": form_id,
         "competition_id": contest, "round": 0, "code_id": code,
         "link_sealed": seal_link(sitting, "attempt", attempt, link), "law_version": law,
         "status": AttemptStatus.IN_PROGRESS, "epoch": 1, "reached": 1, "language": plan.language or "ky",
         "order": {"items": places, "options": [[]] * len(places), "targets": [[]] * len(places)},
         "workstation": "10.0.0.1", "entered_at": now - HOUR, "started_at": now - HOUR, "deadline_at": now + 9 * HOUR}
    )  # fmt: skip
