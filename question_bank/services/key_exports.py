"""A file of all questions with their keys needs two persons: one asks, another of the same right confirms, the first
gets the file, once. What is asked, confirmed, withdrawn and given stands in the trail.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from accounts.models import User
from core import audit
from core.crypto import sha256
from core.db import db
from question_bank import rules, work_rules
from question_bank.exchange.formats import Format, by_name
from question_bank.services import exports
from question_bank.services.exports import Export
from question_bank.work_models import KeyExport

RECENT = 20


def ask(kind: Format, reason: str, *, leave_out: bool = False, by: User, now: datetime) -> KeyExport:
    """Ask for the file; nothing is written before a second person confirms.

    ``leave_out``: without the questions that the format cannot hold.

    Raises:
        CommentNeeded: no reason.
        KeyExportOpen: the person has an open request already.
    """
    if not reason.strip():
        raise rules.CommentNeeded
    if any(one.asked_by_id == by.id for one in open_requests(now=now)):
        raise work_rules.KeyExportOpen
    found = KeyExport(
        id=uuid4(), asked_by_id=by.id, asked_at=now, format=kind.name, reason=reason.strip(), leaves_out=leave_out
    )
    db.session.add(found)
    db.session.flush()
    audit.record("bank.keys_asked", found, by=by, at=now, format=kind.name, reason=found.reason, leaves_out=leave_out)
    return found


def confirm(found: KeyExport, *, by: User, now: datetime) -> None:
    """Let the first person have the file, as the second.

    Raises:
        OwnKeyExport: ``by`` asked for it.
        KeyExportOver: given, withdrawn, confirmed already, or asked for more than an hour ago.
    """
    _lock(found)
    if found.asked_by_id == by.id:
        raise work_rules.OwnKeyExport
    work_rules.check_may_confirm_keys(found.asked_at, found.confirmed_at or found.withdrawn_at, now=now)
    found.confirmed_by_id, found.confirmed_at = by.id, now
    audit.record("bank.keys_confirmed", found, by=by, at=now, asked_by=found.asked_by_id)


def withdraw(found: KeyExport, *, by: User, now: datetime) -> None:
    """Take a request back, or refuse it as a second person, as long as nothing was given.

    Raises:
        KeyExportOver: it was given or withdrawn already.
    """
    _lock(found)
    if found.given_at or found.withdrawn_at:
        raise work_rules.KeyExportOver
    found.withdrawn_at = now
    audit.record("bank.keys_withdrawn", found, by=by, at=now, asked_by=found.asked_by_id)


def write(found: KeyExport, *, person: UUID | None, now: datetime) -> Export:
    """The file of a request that leads to one, before the transaction of :func:`give`; nobody may have it before that.

    ``person`` None is the operator at the console.

    Raises:
        NotFound: somebody else's request.
        KeyExportOver: not confirmed, given or withdrawn already, or confirmed more than an hour ago.
    """
    _check_may_get(found, person, now)
    return exports.write_bank(by_name(found.format), leave_out=found.leaves_out)


def give(found: KeyExport, written: Export, *, by: audit.Actor, person: UUID | None, now: datetime) -> None:
    """Record that the person who asked for the file gets it, once: with the end of the transaction it may go out.

    Raises:
        NotFound, KeyExportOver: as :func:`write`; another window may have been quicker.
        BankChanged: the bank is another one than that of the file.
    """
    _lock(found)
    _check_may_get(found, person, now)
    exports.record(written, by=by, now=now)
    found.given_at, found.digest, found.left_out = now, sha256(written.data), len(written.left_out)
    audit.record("bank.keys_given", found, by=by, at=now, sha256=found.digest, confirmed_by=found.confirmed_by_id)


def _check_may_get(found: KeyExport, person: UUID | None, now: datetime) -> None:
    if person is not None and found.asked_by_id != person:
        raise NotFound
    work_rules.check_may_get_keys(found.confirmed_at, found.given_at or found.withdrawn_at, now=now)


def find(request_id: UUID) -> KeyExport | None:
    """The request, if there is one."""
    return db.session.get(KeyExport, request_id)


def get(request_id: UUID) -> KeyExport:
    """The request, or 404."""
    found = find(request_id)
    if found is None:
        raise NotFound
    return found


def recent() -> list[KeyExport]:
    """The latest requests, the newest first, with their people (1 statement)."""
    people = (joinedload(KeyExport.asked_by), joinedload(KeyExport.confirmed_by))
    query = select(KeyExport).options(*people).order_by(KeyExport.asked_at.desc(), KeyExport.id).limit(RECENT)
    return list(db.session.scalars(query))


def open_requests(*, now: datetime) -> list[KeyExport]:
    """Requests that may still lead to a file (1 statement)."""
    since = now - work_rules.KEYS_CONFIRMED_WITHIN - work_rules.KEYS_GIVEN_WITHIN
    query = select(KeyExport).where(
        KeyExport.asked_at >= since, KeyExport.given_at.is_(None), KeyExport.withdrawn_at.is_(None)
    )
    return [one for one in db.session.scalars(query) if _is_open(one, now)]


def waiting_for(person: UUID, *, now: datetime) -> int:
    """How many requests this person could confirm."""
    return sum(one.asked_by_id != person and one.confirmed_at is None for one in open_requests(now=now))


def _is_open(found: KeyExport, now: datetime) -> bool:
    since, lasts = (
        (found.confirmed_at, work_rules.KEYS_GIVEN_WITHIN)
        if found.confirmed_at
        else (found.asked_at, work_rules.KEYS_CONFIRMED_WITHIN)
    )
    return now <= since + lasts


def _lock(found: KeyExport) -> None:
    db.session.execute(select(KeyExport.id).where(KeyExport.id == found.id).with_for_update())
    db.session.refresh(found)
