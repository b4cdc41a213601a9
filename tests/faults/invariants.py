"""What must hold after a fault, whatever it was: compared with what the clients sent and with what they were told."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

from flask import Flask
from openpyxl import load_workbook
from pysqlite3 import dbapi2
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import joinedload

from core import audit
from core.db import db
from question_bank.models import FormItem, TestForm
from question_bank.services.forms import verify_form
from testing_center.models.attempts import Attempt, ResponseEvent, Result
from testing_center.models.sittings import CandidateCode
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import AttemptStatus
from testing_center.services.codes import lookup_of
from testing_center.services.links import open_link
from tests.browser.hall import ROOT

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
                *_database(),
                *_answers(told, log, attempts),
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


def _database() -> Iterator[str]:
    """Pages, indexes and references: by SQLite's own checks; on PostgreSQL every row is read, heap against index."""
    if db.engine.dialect.name == "sqlite":
        # On a connection of its own: one that others have written beside keeps what it knew of the index of words, and
        # the check, which does not look whether that is old, then speaks of corruption that is none.
        with closing(dbapi2.connect(str(db.engine.url.database))) as own:
            [(said, *_more), *_others] = own.execute("PRAGMA integrity_check")
        if said != "ok":
            yield f"the integrity check says {said}"
        if dangling := db.session.execute(text("PRAGMA foreign_key_check")).all():
            yield f"{len(dangling)} references lead nowhere, the first in {dangling[0][0]}"
        return
    db.session.rollback()
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))  # people may go on saving meanwhile
    yield from _postgresql()
    db.session.rollback()


def _postgresql() -> Iterator[str]:
    found = inspect(db.engine)
    for table in found.get_table_names():
        key = ", ".join(f'"{name}"' for name in found.get_pk_constraint(table)["constrained_columns"])
        counts = []
        for way in ("seqscan", "indexscan"):
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))
            rows = f'SELECT t::text AS said FROM "{table}" t ORDER BY {key or 1}'
            counts.append(db.session.execute(text(f"SELECT count(*), md5(string_agg(said, '')) FROM ({rows}) r")).one())
            db.session.execute(text(f"SET LOCAL enable_{way} = on"))
        if counts[0] != counts[1]:
            yield f"the rows of {table} are not those of its index"
        for reference in found.get_foreign_keys(table):
            pairs = zip(reference["constrained_columns"], reference["referred_columns"], strict=True)
            same = " AND ".join(f'a."{own}" = b."{other}"' for own, other in pairs)
            given = " AND ".join(f'a."{own}" IS NOT NULL' for own in reference["constrained_columns"])
            other = f'SELECT 1 FROM "{reference["referred_table"]}" b WHERE {same}'
            lost = db.session.scalar(text(f'SELECT count(*) FROM "{table}" a WHERE {given} AND NOT EXISTS ({other})'))
            if lost:
                yield f"{lost} references lead nowhere, the first in {table}"


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
