"""Many random attempts at once: written in bulk as a test day leaves them, ended by the service that ends each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from competitions.models import Competition, Person
from core import audit
from core.crypto import keyring
from core.db import db, transaction
from core.names import search_form, sort_form
from testing_center import queries
from testing_center.models.attempts import Attempt, ResponseEvent, Result
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.scoring import KeyedItem, score
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services.links import Link, seal_link
from testing_center.services.results import end_attempt
from testing_center.sheets import Sheet, get_sheet
from tests.factories import Make

HOUR = timedelta(hours=1)
CHUNK = 200


def crowd(
    make: Make, people: int, *, items: int, cut_score: int, competitions: int, seed: int, variants: int = 1,
    papers: int | None = None, progress: Callable[[int], None] | None = None,
) -> Sitting:  # fmt: skip
    """A closed sitting of ``people`` random attempts in ``competitions`` competitions; the same seed, the same answers.

    Events come in several revisions and epochs, out of order and late; some questions are never answered. Where
    ``papers`` is given, only the first so many end through the service: the other attempts are scored, and that is all
    (no protocol, no bar, nothing in the trail).
    """
    random, now = Random(seed), make.clock()
    sitting = make.sitting(
        people=0, open=False, present=False, items=items, cut_score=cut_score, variants=variants, minutes=600
    )
    sitting_id, forms = sitting.id, [form.id for form in sitting.forms]
    contests = [make.competition().id for _ in range(competitions)]
    for first in range(0, people, CHUNK):
        numbers = range(first + 1, min(first + CHUNK, people) + 1)
        with transaction():
            sitting = db.session.get_one(Sitting, sitting_id)
            attempts = _write(sitting, numbers, forms, contests, random, by=sitting.created_by_id, now=now)
        with transaction():
            rows = db.session.scalars(select(Attempt).where(Attempt.id.in_(attempts)).order_by(Attempt.number))
            for number, attempt in zip(numbers, rows, strict=True):
                if papers is None or number <= papers:
                    end_attempt(attempt, kind=EndKind.SUBMITTED, ended_at=now, by=audit.System("crowd"), now=now)
                else:
                    _score(attempt, now=now)
        if progress:
            progress(len(numbers))
    with transaction():
        sitting = db.session.get_one(Sitting, sitting_id)
        sitting.status, sitting.opened_at, sitting.closed_at = SittingStatus.CLOSED, now - HOUR, now
    return db.session.get_one(Sitting, sitting_id)


def at_work(make: Make, people: int, *, items: int, seed: int) -> Sitting:
    """An open sitting of ``people`` attempts in progress, each with answers to most of the ``items``."""
    random, now = Random(seed), make.clock()
    sitting = make.sitting(people=0, open=False, present=False, items=items, cut_score=items // 2, minutes=600)
    sitting_id, forms, contest = sitting.id, [form.id for form in sitting.forms], make.competition().id
    for first in range(0, people, CHUNK):
        with transaction():
            sitting = db.session.get_one(Sitting, sitting_id)
            numbers = range(first + 1, min(first + CHUNK, people) + 1)
            _write(sitting, numbers, forms, [contest], random, by=sitting.created_by_id, now=now)
    with transaction():
        sitting = db.session.get_one(Sitting, sitting_id)
        sitting.status, sitting.opened_at = SittingStatus.OPEN, now
    return db.session.get_one(Sitting, sitting_id)


def _write(
    sitting: Sitting, numbers: Sequence[int], forms: Sequence[UUID], contests: Sequence[UUID], random: Random, *,
    by: UUID, now: datetime,
) -> list[UUID]:  # fmt: skip
    rows: dict[type, list[dict[str, Any]]] = {
        kind: [] for kind in (Person, Participant, CandidateCode, Attempt, ResponseEvent)
    }
    for number in numbers:
        person, participant, code, attempt, contest = uuid4(), uuid4(), uuid4(), uuid4(), random.choice(contests)
        sheet, link = get_sheet(random.choice(forms)), Link(participant, number, number)
        rows[Person].append(_person(person, number, now))
        rows[Participant].append(
            {"id": participant, "sitting_id": sitting.id, "person_id": person, "competition_id": contest, "round": 0,
             "language": random.choice(("ky", "ru")), "seat": number, "presence": Presence.PRESENT,
             "registered_by_id": by, "registered_at": now}
        )  # fmt: skip
        rows[CandidateCode].append(
            {"id": code, "sitting_id": sitting.id, "ordinal": number, "lookup": secrets.token_bytes(32),
             "link_sealed": seal_link(sitting, "candidate_code", code, link), "status": CodeStatus.REDEEMED,
             "issued_at": now - 2 * HOUR, "redeemed_at": now - HOUR}
        )  # fmt: skip
        rows[Attempt].append(
            {"id": attempt, "number": f"{sitting.number}-{number:05}", "sitting_id": sitting.id,
             "form_id": sheet.form_id, "competition_id": contest, "round": 0, "code_id": code,
             "link_sealed": seal_link(sitting, "attempt", attempt, link), "law_version": _law(contest),
             "status": AttemptStatus.IN_PROGRESS, "epoch": 3, "reached": 1, "language": "ky",
             "order": {"items": random.sample(sorted(sheet.items), len(sheet.items)), "options": []},
             "workstation": "10.0.0.1", "entered_at": now - HOUR, "started_at": now - HOUR,
             "deadline_at": now + 9 * HOUR}
        )  # fmt: skip
        rows[ResponseEvent] += _events(attempt, sheet, random, now)
    for kind, found in rows.items():
        db.session.execute(insert(kind), found)
    return [row["id"] for row in rows[Attempt]]


def _score(attempt: Attempt, *, now: datetime) -> None:
    scored = score(_key(attempt.form_id), queries.as_events(queries.events_of(attempt.id)))
    cut_score = get_sheet(attempt.form_id).cut_score
    attempt.status, attempt.end_kind, attempt.ended_at = AttemptStatus.ENDED, EndKind.SUBMITTED, now
    db.session.add(
        Result(
            attempt_id=attempt.id, revision=1, score=scored.total, maximum=scored.maximum, cut_score=cut_score,
            outcome=scored.outcome(cut_score), responses_digest=bytes(32), scoring_version=1, created_at=now,
            areas=[{"code": code, "items": n, "points": points} for code, (n, points, _max) in scored.areas.items()],
        )
    )  # fmt: skip


@lru_cache
def _key(form_id: UUID) -> list[KeyedItem]:
    return queries.keyed_form(form_id)


def _law(competition_id: UUID) -> str:
    return db.session.get_one(Competition, competition_id).law_version


def _person(person_id: UUID, number: int, now: datetime) -> dict[str, Any]:
    name = f"Сынакбек Адам {number}"
    return {
        "id": person_id, "pin_lookup": secrets.token_bytes(32), "surname": "Сынакбек", "given_name": "Адам",
        "patronymic": str(number), "email": f"p{number}@example.kg", "phone": "", "created_at": now,
        "pin_sealed": keyring().seal("link", b"2" * 14, ("person", str(person_id), "pin")),
        "name_search": search_form(name), "name_sort": sort_form(name),
    }  # fmt: skip


def _events(attempt_id: UUID, sheet: Sheet, random: Random, now: datetime) -> list[dict[str, Any]]:
    """Answers to most questions, some changed, taken back, given elsewhere, or late; in the order of their moments."""
    ability, rows = random.random(), []
    for place, item in sheet.items.items():
        if random.random() < 0.05:
            continue
        key, *wrong = (option.id for option in item.options)
        epoch, revision = 1, 0
        for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
            epoch, revision = (epoch + 1, 1) if epoch < 3 and random.random() < 0.1 else (epoch, revision + 1)
            chosen = [] if random.random() < 0.03 else [key if random.random() < ability else random.choice(wrong)]
            rows.append((place, epoch, revision, chosen, False))
        if random.random() < 0.02:
            rows.append((place, epoch, revision + 1, [key], True))
    random.shuffle(rows)
    return [
        {"attempt_id": attempt_id, "place": place, "epoch": epoch, "revision": revision, "response": chosen,
         "flagged": False, "language": "ky", "is_late": is_late,
         "saved_at": now - HOUR + timedelta(seconds=5 * second)}
        for second, (place, epoch, revision, chosen, is_late) in enumerate(rows)
    ]  # fmt: skip
