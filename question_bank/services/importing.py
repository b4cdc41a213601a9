"""An import or a check under way: begun by a person, done by a thread, told and cancelled through its row.

Up to the last phase nothing is written but the row itself. The questions, the end of the import and the removal of the
file are one transaction: an import that is cancelled, refused or cut off by a restart has left nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import select, update
from werkzeug.exceptions import NotFound

from accounts.models import User
from core import audit
from core.db import db, transaction
from core.errors import Refusal
from core.i18n import current_language, force_locale
from question_bank import rules, work_rules
from question_bank.services import imports
from question_bank.services.bringing import Load
from question_bank.services.planned import Plan
from question_bank.work_models import BankImport, BankUpload, ImportPhase, ImportState

SILENT = timedelta(minutes=1)  # an import not heard of for so long has no thread any more
STEP = 250  # questions between two words of how far it is


class Cancelled(Exception):
    """The person does not want it any more."""


def begin(upload: BankUpload, *, keep_good: bool, submit: bool, by: User, now: datetime) -> BankImport:
    """Say that a checked file is to be imported; :func:`run` does it. A check that runs is no import.

    Raises:
        ImportUnderWay: the person has an import running.
    """
    note_interrupted(now=now)
    running = select(BankImport.id).where(
        BankImport.user_id == by.id, BankImport.state == ImportState.RUNNING, BankImport.is_check.is_(False)
    )
    if db.session.scalar(running) is not None:
        raise work_rules.ImportUnderWay
    found = under_way(upload, keep_good=keep_good, submit=submit, by=by, now=now)
    audit.record("bank.import_begun", found, by=by, at=now, file=upload.filename)
    return found


def under_way(
    upload: BankUpload,
    *,
    is_check: bool = False,
    keep_good: bool = False,
    submit: bool = False,
    by: User,
    now: datetime,
) -> BankImport:
    """The row of work on a file that begins now."""
    found = BankImport(
        id=uuid4(), user_id=by.id, upload_id=upload.id, filename=upload.filename, keep_good=keep_good,
        submit_at_once=submit, language=current_language(), state=ImportState.RUNNING, phase=ImportPhase.READING,
        done=0, total=0, is_cancel_asked=False, sentence="", started_at=now, beat_at=now, is_check=is_check,
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    return found


def run(import_id: UUID) -> None:
    """Do the import in transactions of its own; whatever happens stands in its row."""
    do(import_id, _import)


def do(import_id: UUID, work: Callable[[UUID, Callable[[], datetime]], None]) -> None:
    """Do work on a file, in its person's language; however it ends stands in its row."""
    now = current_app.extensions["clock"]
    found = db.session.get_one(BankImport, import_id)
    with force_locale(found.language):
        try:
            work(import_id, now)
        except Cancelled:
            _end(import_id, ImportState.CANCELLED, "", now())
        except Refusal as refusal:
            _end(import_id, ImportState.REFUSED, str(refusal)[:500], now())
        except Exception:
            _end(import_id, ImportState.FAILED, "", now())
            raise


def _import(import_id: UUID, now: Callable[[], datetime]) -> None:
    found = db.session.get_one(BankImport, import_id)
    by = db.session.get_one(User, found.user_id)
    upload = db.session.get(BankUpload, found.upload_id)
    if upload is None:
        raise rules.UploadExpired
    keep_good, submit, filename = found.keep_good, found.submit_at_once, found.filename
    data, kind, reading = imports.read_upload(upload, now=now())
    tell(import_id, ImportPhase.COMPARING, 0, reading.seen, now())
    by = db.session.get_one(User, by.id)
    plan = imports.plan_import(data, kind, filename=filename, by=by, reading=reading)
    total, done = len(plan.new), 0
    tell(import_id, ImportPhase.SEALING, 0, total, now())
    by = db.session.get_one(User, by.id)

    def step(_one: int) -> None:
        nonlocal done
        done += 1
        if done % STEP == 0:
            tell(import_id, ImportPhase.SEALING, done, total, now())

    load = imports.ready(plan, keep_good=keep_good, submit=submit, by=by, now=now(), progress=step)
    tell(import_id, ImportPhase.WRITING, total, total, now())
    _write(import_id, plan, load, now())


def _write(import_id: UUID, plan: Plan, load: Load, now: datetime) -> None:
    with transaction():
        found = held(import_id)
        by = db.session.get_one(User, found.user_id)
        imports.write(plan, load, by=by, now=now)
        done = len(plan.new)
        found.state, found.done, found.total, found.ended_at = ImportState.DONE, done, done, now
        upload = db.session.get(BankUpload, found.upload_id)
        if upload is not None:
            imports.drop_upload(upload)


def held(import_id: UUID) -> BankImport:
    """The row, locked and still wanted: from here on it cannot be cancelled."""
    query = select(BankImport).where(BankImport.id == import_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if found.is_cancel_asked or found.state != ImportState.RUNNING:
        raise Cancelled
    return found


def tell(import_id: UUID, phase: ImportPhase, done: int, total: int, now: datetime) -> None:
    """Say how far the work is; raises Cancelled where nobody wants it any more."""
    with transaction():
        found = held(import_id)
        found.phase, found.done, found.total, found.beat_at = phase, done, total, now


def _end(import_id: UUID, state: ImportState, sentence: str, now: datetime) -> None:
    db.session.rollback()
    with transaction():
        found = db.session.get_one(BankImport, import_id)
        if found.state == ImportState.RUNNING:
            found.state, found.sentence, found.ended_at = state, sentence, now
            if not found.is_check:
                by = db.session.get_one(User, found.user_id)
                audit.record("bank.import_ended", found, by=by, at=now, state=state, file=found.filename)


def cancel(found: BankImport, *, by: User, now: datetime) -> bool:
    """Ask a running import to stop; False where it is over already. It stops before it writes a single question."""
    query = update(BankImport).where(BankImport.id == found.id, BankImport.state == ImportState.RUNNING)
    asked = db.session.execute(query.values(is_cancel_asked=True).execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    if asked and not found.is_check:
        audit.record("bank.import_cancel_asked", found, by=by, at=now, file=found.filename)
    return bool(asked)


def note_interrupted(*, now: datetime) -> int:
    """Say of imports whose thread is not heard of any more that they were cut off; how many."""
    silent = update(BankImport).where(BankImport.state == ImportState.RUNNING, BankImport.beat_at < now - SILENT)
    values = {"state": ImportState.INTERRUPTED, "ended_at": now}
    done = db.session.execute(silent.values(values).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def get(import_id: UUID, person: UUID) -> BankImport:
    """An import of this person, or 404."""
    found = db.session.get(BankImport, import_id, populate_existing=True)
    if found is None or found.user_id != person:
        raise NotFound
    return found


def is_kept(found: BankImport) -> bool:
    """Whether the file is there to be imported once more."""
    return db.session.get(BankUpload, found.upload_id) is not None
