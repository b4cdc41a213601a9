"""Quarantine of a question: begun by one approver, ended by another; whoever holds it on a form is told (¶23–24)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from accounts.models import User
from core import audit
from core.db import db
from question_bank import life, quarantine_queries, queries, rules
from question_bank.life import SuspensionKind
from question_bank.life_models import ItemSuspension
from question_bank.models import Item


@dataclass(frozen=True)
class FormUse:
    """Something above this room that a sealed form is used for, as its page names it: a sitting, say.

    ``is_ahead``: nobody has met the form there yet, so that another one can still be chosen.
    """

    form_id: UUID
    name: str
    at: datetime
    endpoint: str
    values: dict[str, object]
    is_ahead: bool


Users = Callable[[Collection[UUID]], Sequence[FormUse]]
_users: list[Users] = []


def uses_forms(users: Users) -> Users:
    """Register what a room above does with forms; the rooms above know, this one does not. It is asked by form ids."""
    _users.append(users)
    return users


def uses_of(form_ids: Collection[UUID]) -> list[FormUse]:
    """What these forms are used for, what lies ahead first, then the latest."""
    found = [use for users in _users for use in users(form_ids)] if form_ids else []
    return sorted(found, key=lambda use: (not use.is_ahead, -use.at.timestamp(), use.name))


def suspend(item: Item, kind: SuspensionKind, reason: str, *, by: User, now: datetime) -> ItemSuspension:
    """Put a question into quarantine: no form draws it, and every form that holds it says so.

    Raises:
        CommentNeeded: no reason.
        AlreadySuspended: it is in quarantine.
        ItemRetired: it is out of use.
    """
    said = life.check_reason(reason)
    queries.lock(item)
    if item.retired_at is not None:
        raise rules.ItemRetired
    if item.suspended_at is not None:
        raise life.AlreadySuspended
    suspension = ItemSuspension(id=uuid4(), item_id=item.id, kind=kind, reason=said, by_id=by.id, at=now)
    item.suspended_at = now
    db.session.add(suspension)
    db.session.flush()
    held = quarantine_queries.forms_holding([item.id])
    audit.record(
        "item.suspended", suspension, by=by, at=now, item=item.id, external_id=item.external_id, kind=kind, reason=said,
        forms=sorted(str(form_id) for form_id in held.get(item.id, ())),
    )  # fmt: skip
    return suspension


def lift(item: Item, reason: str, *, by: User, now: datetime) -> ItemSuspension:
    """End a quarantine, as a second person and with a reason: forms may hold the question again.

    Raises:
        CommentNeeded: no reason.
        NotSuspended: it is not in quarantine (any more).
        OwnSuspension: ``by`` put it there.
        OwnQuestionSuspended: ``by`` wrote, edited or submitted some version of it.
    """
    said = life.check_reason(reason)
    queries.lock(item)
    suspension = quarantine_queries.open_suspension(item.id)
    if suspension is None:
        raise life.NotSuspended
    hands = queries.hands_on([item.id])[item.id]
    life.check_may_lift(person=by.id, suspended_by=suspension.by_id, hands=hands)
    suspension.lifted_at, suspension.lifted_by_id, suspension.lift_reason = now, by.id, said
    item.suspended_at = None
    audit.record(
        "item.suspension_lifted", suspension, by=by, at=now, item=item.id, external_id=item.external_id, reason=said
    )
    return suspension


@audit.witness("item.suspended")
def _suspension_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who put which question into quarantine, when and why, is still on record; it lasts until the trail ends it."""
    said, suspension = audit.facts(entry), db.session.get(ItemSuspension, audit.subject_id(entry))
    if suspension is None or (
        str(suspension.item_id), f"user:{suspension.by_id}", suspension.at, str(suspension.kind), suspension.reason,
    ) != (said["item"], entry.actor, entry.at, said["kind"], said["reason"]):  # fmt: skip
        yield "the record of this quarantine was altered"
    elif suspension.lifted_at is not None and not _is_lifted(entry.subject):
        yield "this quarantine ended without an entry in the trail"
    elif suspension.lifted_at is None and suspension.item.suspended_at is None:
        yield "this question left its quarantine without an entry in the trail"


def _is_lifted(subject: str) -> bool:
    known = db.select(audit.AuditEntry.number).where(
        audit.AuditEntry.subject == subject, audit.AuditEntry.action == "item.suspension_lifted"
    )
    return db.session.scalar(known) is not None


@audit.witness("item.suspension_lifted")
def _lifting_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who ended the quarantine, when and why, is still on record."""
    said, suspension = audit.facts(entry), db.session.get(ItemSuspension, audit.subject_id(entry))
    if suspension is None or (
        f"user:{suspension.lifted_by_id}", suspension.lifted_at, suspension.lift_reason,
    ) != (entry.actor, entry.at, said["reason"]):  # fmt: skip
        yield "the end of this quarantine was altered"
