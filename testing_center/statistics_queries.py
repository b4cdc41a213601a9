"""Reading what statistics follow from: answers under the ids of attempts, and nothing that leads to a person.

No participant, no person, no code, no public number and no sealed link is read here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import String, select, type_coerce

from core.crypto import canonical, sha256
from core.db import db
from question_bank.kinds.base import Parts, Response
from question_bank.models import FormItem, TestForm
from question_bank.rules import ItemKind
from question_bank.statistics.gathered import CHOICES, Answer, Given, Paper, Question
from question_bank.statistics_models import ExamStatistics
from testing_center import queries
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.errata import Correction
from testing_center.models.sittings import Sitting
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.scoring import KeyedItem
from testing_center.rules.sittings import SittingStatus
from testing_center.sheets import get_sheet

FORMULAS = 3  # another number, and everything is calculated anew


@dataclass
class Source:
    """What the statistics of a test follow from: its closed sittings that count, those annulled, its corrections."""

    sittings: list[UUID] = field(default_factory=list)
    annulled: list[str] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)

    @property
    def basis(self) -> bytes:
        """SHA-256 over all of it: another one where anything has changed that a figure follows from."""
        said = [sorted(map(str, self.sittings)), sorted(self.annulled), sorted(self.corrections)]
        return sha256(canonical([FORMULAS, *said]))


def sources(specification_id: UUID | None = None) -> dict[UUID, Source]:
    """Source of every test that was sat, or of this one, by specification (2 statements)."""
    found: defaultdict[UUID, Source] = defaultdict(Source)
    annulled = Sitting.id.in_(queries.annulled_sittings())
    closed = select(Sitting.id, Sitting.number, Sitting.specification_id, annulled.label("annulled"))
    closed = closed.where(Sitting.status == SittingStatus.CLOSED).order_by(Sitting.number)
    applied = select(Correction.id, TestForm.specification_id).join(Correction.form)
    applied = applied.where(Correction.status == CorrectionStatus.APPLIED)
    if specification_id is not None:
        closed = closed.where(Sitting.specification_id == specification_id)
        applied = applied.where(TestForm.specification_id == specification_id)
    for row in db.session.execute(closed):
        source = found[row.specification_id]
        if row.annulled:
            source.annulled.append(row.number)
        else:
            source.sittings.append(row.id)
    for correction_id, sat_id in db.session.execute(applied):
        if sat_id in found:
            found[sat_id].corrections.append(str(correction_id))
    return dict(found)


def stored_bases() -> dict[UUID, bytes]:
    """From what the stored statistics of each test were calculated (1 statement)."""
    query = select(ExamStatistics.specification_id, ExamStatistics.basis).where(ExamStatistics.sitting_id.is_(None))
    return dict(db.session.execute(query).all())


def is_somebody_sitting(*, now: datetime) -> bool:
    """Whether a test is under way, or a sitting opened within a day: then the computer belongs to its candidates.

    A sitting that somebody forgot to close keeps nothing waiting for longer.
    """
    working = select(Attempt.id).where(Attempt.status == AttemptStatus.IN_PROGRESS)
    opened = select(Sitting.id).where(
        Sitting.status == SittingStatus.OPEN, Sitting.opened_at > now - timedelta(days=1)
    )  # fmt: skip
    return any(db.session.scalars(query.limit(1)).first() is not None for query in (opened, working))


# --- forms


@dataclass(frozen=True)
class SatForm:
    """A form as statistics see it: questions by place, and what reads and scores an answer at each."""

    questions: Mapping[int, Question]
    keys: Mapping[int, KeyedItem]
    parts: Mapping[int, Parts]
    restated: Mapping[UUID, Mapping[int, Response]]
    known: dict[tuple[int, Response], Answer] = field(default_factory=dict)

    def answer(self, place: int, response: Response) -> Answer:
        """What a response is worth at a place; the same for everybody who gave it."""
        found = self.known.get((place, response))
        if found is None:
            given = _given(self.questions[place].kind, self.parts[place], response)
            found = self.known[place, response] = Answer(self.keys[place].earned(response), given)
        return found


def sat_forms(form_ids: Iterable[UUID]) -> dict[UUID, SatForm]:
    """These forms with the key in force: every applied correction is in it (a constant number of statements each)."""
    found = {}
    for form_id in form_ids:
        versions: dict[int, UUID] = dict(
            db.session.execute(select(FormItem.position, FormItem.item_version_id).where(FormItem.form_id == form_id))
            .all()
        )  # fmt: skip
        sheet, keys = get_sheet(form_id), queries.key_in_force(form_id)
        parts = {place: item.parts for place, item in sheet.items.items()}
        questions = {
            place: Question(
                str(versions[place]), key.kind, key.points, len(parts[place].options),
                _right_options(key, parts[place]), key.is_void,
            )
            for place, key in keys.items()
        }  # fmt: skip
        found[form_id] = SatForm(questions, keys, parts, queries.restated_in_force(form_id))
    return found


def _right_options(key: KeyedItem, parts: Parts) -> frozenset[int]:
    """Indexes of the options that the key in force names, those of further right answers included."""
    if key.kind not in CHOICES:
        return frozenset()
    return frozenset(parts.options.index(one) for right in (key.key, *key.also) for one in right)


def _given(kind: ItemKind, parts: Parts, response: Response) -> Given | None:
    """A response in indexes of the version, so that it is the same on every form; None where nothing was answered."""
    if not response:
        return None
    if kind == ItemKind.NUMERIC:
        return response[0]
    if kind == ItemKind.MATCHING:
        pairs = (one.split(":") for one in response)
        return tuple(sorted((parts.options.index(left), parts.targets.index(right)) for left, right in pairs))
    places = [parts.options.index(one) for one in response]
    return tuple(places) if kind == ItemKind.ORDERING else frozenset(places)


# --- papers

# Hundreds of thousands of answers: ids and responses are taken as the driver gives them, for each is one of few.
_OF_ATTEMPT = type_coerce(ResponseEvent.attempt_id, String).label("of_attempt")
_RESPONSE = type_coerce(ResponseEvent.response, String).label("response")


def papers(sittings: Iterable[UUID]) -> tuple[dict[UUID, list[Paper]], dict[UUID, SatForm]]:
    """Everybody's paper by sitting, and the forms that were sat (constant number of statements, some for each form).

    Of attempts that began and have ended. What counts is the answer in force, or the one that a correction restated;
    answers that came too late are none.
    """
    wanted = list(sittings)
    ended = (
        Attempt.sitting_id.in_(wanted), Attempt.status == AttemptStatus.ENDED, Attempt.started_at.is_not(None),
        Attempt.end_kind != EndKind.NOT_STARTED,
    )  # fmt: skip
    rows = db.session.execute(
        select(Attempt.id, Attempt.form_id, Attempt.sitting_id, Attempt.language, Attempt.started_at)
        .where(*ended).order_by(Attempt.id)
    ).all()  # fmt: skip
    forms = sat_forms(sorted({row.form_id for row in rows}))
    events = db.session.execute(
        select(
            _OF_ATTEMPT, ResponseEvent.place, ResponseEvent.epoch, ResponseEvent.revision, _RESPONSE,
            ResponseEvent.language, ResponseEvent.saved_at,
        )
        .join(Attempt, Attempt.id == ResponseEvent.attempt_id)
        .where(*ended, ResponseEvent.is_late.is_(False))
        .order_by(ResponseEvent.attempt_id, ResponseEvent.id).execution_options(yield_per=5000)
    )  # fmt: skip
    saved = {UUID(str(key)): list(group) for key, group in groupby(events, key=attrgetter("of_attempt"))}
    found: dict[UUID, list[Paper]] = {sitting_id: [] for sitting_id in wanted}
    for row in rows:
        found[row.sitting_id].append(_paper(row, forms[row.form_id], saved.get(row.id, [])))
    return found, forms


def _paper(attempt: Any, form: SatForm, events: list[Any]) -> Paper:
    latest: dict[int, Any] = {}
    for event in events:
        known = latest.get(event.place)
        if known is None or (event.epoch, event.revision) > (known.epoch, known.revision):
            latest[event.place] = event
    counting = {place: _chosen(event.response) for place, event in latest.items()}
    counting |= form.restated.get(attempt.id, {})
    spent = dict(seconds_spent(attempt.started_at, ((event.place, event.saved_at) for event in events)))
    answers = {}
    for place in form.questions:
        answer = form.answer(place, counting.get(place, ()))
        answers[place] = Answer(answer.points, answer.given, spent.get(place))
    used = {event.language for event in events} or {attempt.language}
    return Paper(str(attempt.form_id), used.pop() if len(used) == 1 else None, answers)


def seconds_spent(started_at: datetime, saved: Iterable[tuple[int, datetime]]) -> Iterator[tuple[int, int]]:
    """Seconds spent at each place that was ever answered: of each save the time since the one before, summed by place.

    ``saved``: place and moment of each acknowledged change of an answer, of any question, in order; before the first
    stands the start of the test. The showing of a question is not recorded, so this is the closest that can be known.
    Its limits: reading a question and leaving it without an answer counts for the next one that is answered, a pause
    and a lost connection likewise; a question that was never answered has no time.
    """
    spent: defaultdict[int, float] = defaultdict(float)
    before = started_at
    for place, moment in saved:
        spent[place] += max(0.0, (moment - before).total_seconds())
        before = max(before, moment)
    for place, seconds in spent.items():
        yield place, round(seconds)


def _chosen(response: str | list[str]) -> Response:
    """A response as SQLite (text) or PostgreSQL (a list) gives it."""
    return _parsed(response) if isinstance(response, str) else tuple(response)


@lru_cache(maxsize=4096)
def _parsed(response: str) -> Response:
    return tuple(json.loads(response))
