"""Questions that never stand in one form: named by one of them, they hold for both."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from core import audit
from question_bank import life, life_queries, queries, rules
from question_bank.models import ItemVersion
from question_bank.services import items


def add(version: ItemVersion, external_id: str, *, by: User, now: datetime) -> None:
    """Name an enemy of a draft, in capitals or not; whoever does so has worked on it.

    Raises:
        ApprovedNeverChanges, AwaitingDecision, ItemRetired: it may not be changed now.
        UnknownEnemy: the bank has no such question, or it is the question itself.
    """
    _hold(version)
    meant = life_queries.spellings([external_id]).get(external_id)
    if meant is None or meant == version.item.external_id:
        raise life.UnknownEnemy(external_id=external_id)
    _change(version, [*version.enemies, meant], by=by, now=now)


def drop(version: ItemVersion, external_id: str, *, by: User, now: datetime) -> None:
    """Take an enemy out of the list of a draft; raises as :func:`add`. The other's own list stays what it is."""
    _hold(version)
    _change(version, [name for name in version.enemies if name != external_id], by=by, now=now)


def _hold(version: ItemVersion) -> None:
    """The list as it is now, and nobody else's until the end of the transaction: what is added is added to that."""
    queries.lock(version)
    rules.check_may_edit(version.status, retired=version.item.retired_at is not None)


def _change(version: ItemVersion, named: list[str], *, by: User, now: datetime) -> None:
    version.enemies, version.edited_at = list(dict.fromkeys(named)), now
    items.note_edit(version, by=by, now=now)
    audit.record("item.edited", version.item, by=by, at=now, version=version.id, enemies=version.enemies)
