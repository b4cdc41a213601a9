"""The dry run of a file as work under way: begun by its person, done by a thread, told and cancelled through its row.

A small file is checked while its person waits. What the check has found is kept, sealed, as long as the file itself:
the page, its lists to download and the decision come from there and read nothing anew.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from accounts.models import User
from core.crypto import keyring
from core.db import db, transaction
from core.i18n import LANGUAGES, current_language, force_locale
from question_bank import rules
from question_bank.exchange.drafts import Problem
from question_bank.services import importing, imports
from question_bank.services.planned import Judged, Plan
from question_bank.work_models import BankImport, BankUpload, ImportPhase, ImportState

AT_ONCE = 64 * 1024  # bytes: read and compared within half a second


@dataclass(frozen=True)
class Report(Judged):
    """What a check has found: how many questions, and everything to mend; the sentences in the person's language."""

    filename: str
    format: str
    seen: int
    new: int
    unchanged: int
    areas: Mapping[str, int]
    kinds: Mapping[str, int]
    difficulties: Mapping[int, int]
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> int:
        """How many questions of the file would not come in because of a fault."""
        return self.seen - self.new - self.unchanged


def begin(upload: BankUpload, *, by: User, now: datetime) -> BankImport:
    """Say that a kept file is to be checked; :func:`run` does it."""
    importing.note_interrupted(now=now)
    return importing.under_way(upload, is_check=True, by=by, now=now)


def run(check_id: UUID) -> None:
    """Do the check in transactions of its own; whatever happens stands in its row. Nothing comes into the bank."""
    importing.do(check_id, _check)


def latest(upload: BankUpload) -> BankImport | None:
    """The check of a file that was begun last."""
    query = select(BankImport).where(BankImport.upload_id == upload.id, BankImport.is_check.is_(True))
    return db.session.scalars(query.order_by(BankImport.started_at.desc(), BankImport.id).limit(1)).one_or_none()


def report(found: BankImport) -> Report:
    """What a check that is done has found."""
    sealed = found.report_sealed or b""
    told: dict[str, Any] = json.loads(zlib.decompress(keyring().open("bank", sealed, _context(found.id))))
    language = current_language()
    problems = tuple(
        Problem(place, kind, external_id, code, said[language], column, severity)
        for place, kind, external_id, code, said, column, severity in told["problems"]
    )
    return Report(
        filename=found.filename, format=told["format"], seen=told["seen"], new=told["new"], unchanged=told["unchanged"],
        areas=told["areas"], kinds=told["kinds"], problems=problems,
        difficulties={int(level): count for level, count in told["difficulties"].items()},
    )  # fmt: skip


def _check(check_id: UUID, now: Callable[[], datetime]) -> None:
    found = db.session.get_one(BankImport, check_id)
    by, upload = db.session.get_one(User, found.user_id), db.session.get(BankUpload, found.upload_id)
    if upload is None:
        raise rules.UploadExpired
    data, kind, reading = imports.read_upload(upload, now=now())
    importing.tell(check_id, ImportPhase.COMPARING, 0, reading.seen, now())
    by = db.session.get_one(User, by.id)
    plan = imports.plan_import(data, kind, filename=found.filename, by=by, reading=reading)
    importing.tell(check_id, ImportPhase.LIKENING, 0, len(plan.new), now())
    done = 0

    def step(_one: int) -> None:
        nonlocal done
        done += 1
        if done % importing.STEP == 0:
            importing.tell(check_id, ImportPhase.LIKENING, done, len(plan.new), now())

    plan = imports.with_twins(plan, step)
    sealed = keyring().seal("bank", zlib.compress(json.dumps(_told(plan)).encode()), _context(check_id))
    with transaction():
        found = importing.held(check_id)
        by = db.session.get_one(User, found.user_id)
        imports.record_comparison(plan, by=by, now=now())
        imports.record_likeness(plan, by=by, now=now())
        found.state, found.done, found.total = ImportState.DONE, plan.seen, plan.seen
        found.report_sealed, found.ended_at = sealed, now()


def _told(plan: Plan) -> dict[str, Any]:
    said: list[dict[str, str]] = [{} for _problem in plan.problems]
    for language in LANGUAGES:
        with force_locale(language):
            for sentences, problem in zip(said, plan.problems, strict=True):
                sentences[language] = str(problem.message)
    return {
        "format": plan.format, "seen": plan.seen, "new": len(plan.new), "unchanged": len(plan.unchanged),
        "areas": plan.by_area(), "kinds": Counter(str(draft.kind) for draft in plan.new),
        "difficulties": plan.by_difficulty(),
        "problems": [
            (one.place, one.place_kind, one.external_id, one.code, sentences, one.column, one.severity)
            for one, sentences in zip(plan.problems, said, strict=True)
        ],
    }  # fmt: skip


def _context(check_id: UUID) -> tuple[str, ...]:
    return ("bank_check", str(check_id))
