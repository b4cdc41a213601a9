"""What must hold after a fault, whatever it was: compared with what the clients sent and with what they were told."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from uuid import UUID

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import audit
from core.db import db
from question_bank.models import FormItem, TestForm
from question_bank.services.forms import verify_form
from testing_center.models.attempts import Attempt, ResponseEvent, Result
from testing_center.models.hall import Silence
from testing_center.models.sittings import CandidateCode
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.time import Span, without
from testing_center.services import contacts
from testing_center.services.codes import lookup_of
from testing_center.services.links import open_link
from testing_center.services.tally import Tally
from tests.browser.hall import ROOT
from tests.faults.soundness import unsound

Right = Callable[[str, Sequence[str]], int]  # (stem, texts of the options in the bank's order, all Kyrgyz) → index


@dataclass(frozen=True)
class Save:
    """One save as a client sent it; ``position`` is the question's number on the screen."""

    code: str
    position: int
    response: tuple[str, ...]
    revision: int


@dataclass
class Log:
    """What clients sent and what they were told, kept by themselves; any thread may write.

    A save is noted before it leaves (:meth:`sends`) and again when it was acknowledged (:meth:`told`). What is
    checked by it are the attempts of the codes in it, of which it must then know every save.
    """

    sent: dict[Save, float] = field(default_factory=dict)  # when, by the monotonic clock
    acknowledged: dict[Save, float] = field(default_factory=dict)
    submitted: dict[str, tuple[int, float]] = field(default_factory=dict)  # code → score as acknowledged
    deadlines: dict[str, tuple[datetime, float]] = field(default_factory=dict)  # code → as its page was first told
    late: set[Save] = field(default_factory=set)  # refused as too late, and said to be kept
    heard: dict[UUID, list[datetime]] = field(default_factory=dict)  # attempt → when its page was heard, by the server
    wrong: list[str] = field(default_factory=list)  # answers that no client should ever get
    _receipts: dict[Save, str] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def sends(self, save: Save) -> None:
        """It is about to leave: whether it arrives nobody knows yet."""
        with self._guard:
            self.sent.setdefault(save, time.monotonic())

    def told(self, save: Save, receipt: str = "") -> None:
        """It was acknowledged; the same save again must have the same receipt."""
        with self._guard:
            now = time.monotonic()
            self.sent.setdefault(save, now)
            self.acknowledged.setdefault(save, now)
            if self._receipts.setdefault(save, receipt) != receipt:
                self.wrong.append(f"{save} has two receipts")

    def begun(self, code: str, deadline: datetime) -> None:
        """The page of this code was told when its time runs out; nobody gives or takes any in a fault."""
        with self._guard:
            self.deadlines.setdefault(code, (deadline, time.monotonic()))

    def too_late(self, save: Save) -> None:
        """It was refused as too late, and kept."""
        with self._guard:
            self.sent.setdefault(save, time.monotonic())
            self.late.add(save)

    def hears(self, attempt_id: UUID, at: datetime) -> None:
        """The server answered a page at this moment of its own clock."""
        with self._guard:
            self.heard.setdefault(attempt_id, []).append(at)

    def scored(self, code: str, score: int) -> None:
        """The test of this code ended with this score, as its candidate was told."""
        with self._guard:
            if self.submitted.setdefault(code, (score, time.monotonic()))[0] != score:
                self.wrong.append(f"{code} was told two scores")

    def surprised(self, what: str) -> None:
        """A client got an answer that none should ever get."""
        with self._guard:
            self.wrong.append(what)

    def everything(self) -> set[Save]:
        """All that was sent so far."""
        with self._guard:
            return set(self.sent)

    def at(self, moment: float) -> Log:
        """The log as it was at a moment of the monotonic clock."""
        with self._guard:
            return Log(
                sent={save: when for save, when in self.sent.items() if when <= moment},
                acknowledged={save: when for save, when in self.acknowledged.items() if when <= moment},
                submitted={code: told for code, told in self.submitted.items() if told[1] <= moment},
                deadlines={code: told for code, told in self.deadlines.items() if told[1] <= moment},
                wrong=list(self.wrong),
            )


def the_first(_stem: str, _options: Sequence[str]) -> int:
    """Right answers of the bank that tests/factories.py makes."""
    return 0


def of_the_demonstration(stem: str, options: Sequence[str]) -> int:
    """Right answers of the demonstration, from the file that its bank was imported from."""
    return options.index(_demonstration()[stem])


@cache
def _demonstration() -> dict[str, str]:
    sheet = load_workbook(ROOT / "demo" / "bank.xlsx", read_only=True)["items"]
    head, *rows = sheet.iter_rows(values_only=True)
    items = [dict(zip(map(str, head), row, strict=True)) for row in rows]
    return {str(item["stem_ky"]): str(item[f"option_{str(item['correct']).lower()}_ky"]) for item in items}


def broken(app: Flask, log: Log, *, right: Right = of_the_demonstration, since: int = 1) -> list[str]:
    """What does not hold in the database of ``app``, in sentences; none where all of it does.

    ``since``: first entry of the trail that is looked at, for whoever has seen the ones before.
    """
    with app.app_context():
        db.session.remove()
        told, scored = set(log.at(time.monotonic()).acknowledged), dict(log.submitted)  # what comes later is read later
        try:
            attempts = {code: found for code in {save.code for save in log.everything()} if (found := _attempt(code))}
            return [
                *log.wrong,
                *unsound(),
                *_answers(told, log, attempts),
                *_late(log, attempts),
                *lost_time(log),
                *_deadlines(log.at(time.monotonic()).deadlines),
                *_attempts(),
                *_scores(scored, attempts, right),
                *(f"entry {fault.number}: {fault.what}" for fault in audit.verify(since=since)),
                *(f"form {form.digest.hex()[:8]} is not what was sealed" for form in _forms() if not verify_form(form)),
            ]
        finally:
            db.session.remove()


def _attempt(code: str) -> Attempt | None:
    return db.session.scalars(
        select(Attempt).join(Attempt.code).where(CandidateCode.lookup == lookup_of(code))
    ).first()  # fmt: skip


def _forms() -> Sequence[TestForm]:
    return db.session.scalars(select(TestForm)).all()


def _events(attempt: Attempt) -> Sequence[ResponseEvent]:
    return db.session.scalars(
        select(ResponseEvent).where(ResponseEvent.attempt_id == attempt.id).order_by(ResponseEvent.id)
    ).all()  # fmt: skip


def _answers(told: set[Save], log: Log, attempts: dict[str, Attempt]) -> Iterator[str]:
    """Every acknowledged answer is there with its value; one that was not is absent, or there as it was sent."""
    kept: dict[str, set[Save]] = {}
    late: dict[str, set[tuple[int, tuple[str, ...]]]] = {}
    for code, attempt in attempts.items():
        shown = {place: number for number, place, _options, _targets in attempt.shown()}
        rows = _events(attempt)
        kept[code] = {
            Save(code, shown[row.place], tuple(row.response), row.revision) for row in rows if not row.is_late
        }
        late[code] = {(shown[row.place], tuple(row.response)) for row in rows if row.is_late}
    sent = log.everything()
    yield from (f"lost: {save}" for save in told if save not in kept.get(save.code, ()))
    for code in attempts:
        yield from (f"never sent so: {save}" for save in kept[code] - sent)
        known = {(save.position, save.response) for save in sent if save.code == code}
        yield from (f"late, and never sent so: {code} {row}" for row in late[code] - known)


def _late(log: Log, attempts: dict[str, Attempt]) -> Iterator[str]:
    """What was kept as too late is there, and counted where the room is watched; that it scores nothing: _scores()."""
    for code in {save.code for save in log.late}:
        attempt, now = attempts[code], datetime.now(UTC)
        rows = [row for row in _events(attempt) if row.is_late]
        shown = {place: number for number, place, _options, _targets in attempt.shown()}
        kept, tally = {(shown[row.place], tuple(row.response)) for row in rows}, Tally()
        missing = {(save.position, save.response) for save in log.late if save.code == code} - kept
        yield from (f"lost, though it was said to be kept as late: {code} {one}" for one in missing)
        watched = tally.add(tally.read(attempt.sitting_id, now=now), {attempt.id}, now=now)
        if len(rows) != (watched[attempt.id].late if attempt.id in watched else 0):
            yield f"{code} has {len(rows)} late answers, and the room is shown {watched.get(attempt.id)}"


def _deadlines(told: dict[str, tuple[datetime, float]]) -> Iterator[str]:
    """No fault, and no start after it, gives or takes time."""
    for code, (deadline, _when) in told.items():
        found = _attempt(code)
        if found is None or found.deadline_at != deadline:
            yield f"{code} was told the deadline {deadline}, and the record has {found and found.deadline_at}"


def lost_time(log: Log) -> Iterator[str]:
    """Whatever time a page could not reach the server is on record, whole: what the proctor can give back."""
    for attempt_id, heard in log.heard.items():
        gaps: list[Span] = [
            (one, other) for one, other in pairwise(sorted(heard)) if other - one > contacts.SILENT_AFTER
        ]
        rows = db.session.scalars(select(Silence).where(Silence.attempt_id == attempt_id))
        known = [(row.began_at, row.ended_at) for row in rows]
        known += contacts.unrecorded([attempt_id], now=datetime.now(UTC), may_last=False)[attempt_id]
        yield from (f"{attempt_id} was cut off from {a} to {b}, unrecorded" for a, b in without(gaps, known))


def _attempts() -> Iterator[str]:
    """Of all attempts: one for a code and a person, one epoch that runs, and nothing counts that came too late."""
    attempts = db.session.scalars(select(Attempt).options(joinedload(Attempt.code))).unique().all()
    by_code = Counter(attempt.code_id for attempt in attempts)
    yield from (f"{count} attempts for one code" for count in by_code.values() if count > 1)
    people = Counter(open_link(attempt.sitting, attempt).participant_id for attempt in attempts)
    yield from (f"{count} attempts for one person" for count in people.values() if count > 1)
    redeemed = set(db.session.scalars(select(CandidateCode.id).where(CandidateCode.status == CodeStatus.REDEEMED)))
    if lost := redeemed.symmetric_difference(by_code):
        yield f"{len(lost)} codes are used without an attempt, or have one without being used"
    for attempt in attempts:
        epoch = 0
        for row in _events(attempt):
            if row.is_late:
                continue
            if not epoch <= row.epoch <= attempt.epoch:
                yield f"{attempt.number} was answered at two places at once"
            epoch = row.epoch
            if attempt.deadline_at is None or row.saved_at > attempt.deadline_at:
                yield f"{attempt.number} has an answer that counts though it came after the deadline"


def _scores(scored: dict[str, tuple[int, float]], attempts: dict[str, Attempt], right: Right) -> Iterator[str]:
    """Every ended attempt has the score that follows from its answers, and nobody was told another."""
    results: defaultdict[UUID, list[Result]] = defaultdict(list)
    for result in db.session.scalars(select(Result).order_by(Result.revision)):
        results[result.attempt_id].append(result)
    for attempt in db.session.scalars(select(Attempt)).all():
        has_ended = attempt.status == AttemptStatus.ENDED and attempt.started_at is not None
        found = results.get(attempt.id, [])
        if bool(found) != has_ended:
            yield f"{attempt.number} is {attempt.status} and has {len(found)} results"
        elif found and found[-1].score != (own := _score(attempt, right)):
            yield f"{attempt.number} has the score {found[-1].score}, and its answers give {own}"
    for code, (score, _when) in scored.items():
        known = [result.score for result in results.get(attempts[code].id, [])] if code in attempts else []
        if score not in known:
            yield f"{code} was told the score {score}, and the record has {known}"


def _score(attempt: Attempt, right: Right) -> int:
    """Points as anybody would count them: of each question the last answer that came in time."""
    last: dict[int, tuple[int, int, list[str]]] = {}
    for row in _events(attempt):
        if not row.is_late:
            last[row.place] = max(last.get(row.place, (0, 0, [])), (row.epoch, row.revision, row.response))
    return sum(
        item.points
        for place, key, item in _right_answers(attempt.form_id, right)
        if last.get(place, (0, 0, []))[2] == [key]
    )


def _right_answers(form_id: UUID, right: Right) -> Iterator[tuple[int, str, FormItem]]:
    rows = db.session.scalars(
        select(FormItem).options(joinedload(FormItem.version)).where(FormItem.form_id == form_id)
    )  # fmt: skip
    for item in rows:
        options = [str(option["ky"]) for option in item.version.options]
        yield item.position, item.option_ids[right(item.version.stem_ky, options)], item
