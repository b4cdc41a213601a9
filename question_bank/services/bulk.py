"""One act on many questions: tried out first, question by question, so that the preview is what would happen.

A trial does everything that the act does, with all its checks, each question inside a savepoint, and takes the whole
back. The act itself is the same run, kept: all of it or nothing, or the good ones where that is what is wanted.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.rules import Permission
from core import audit
from core.crypto import canonical, sha256
from core.db import db, transaction
from core.errors import Refusal
from question_bank import life_queries, listing, queries, rules, sealing, work_rules
from question_bank.exchange import characters
from question_bank.life import ReviewPoint, SuspensionKind
from question_bank.models import ItemVersion, SubTopic
from question_bank.services import decisions, duplicates, enemies, items, quarantine

MOST = 500  # at once: about four seconds of the one writer that the embedded database has


class BulkAct(enum.StrEnum):
    """What can be done with many questions at once."""

    SUBMIT = "submit"
    SUB_TOPIC = "sub_topic"
    DIFFICULTY = "difficulty"
    SOURCE = "source"
    ENEMIES = "enemies"
    APPROVE = "approve"
    RETURN = "return"
    SUSPEND = "suspend"
    RETIRE = "retire"


_AUTHOR = {BulkAct.SUBMIT, BulkAct.SUB_TOPIC, BulkAct.DIFFICULTY, BulkAct.SOURCE, BulkAct.ENEMIES}


@dataclass(frozen=True)
class Wish:
    """The act and what it needs: words for returning, suspending and retiring, the new value for a change of drafts.

    ``points`` are those of the checklist, ticked for each of the questions.
    """

    act: BulkAct
    comment: str = ""
    sub_topic: UUID | None = None
    difficulty: int | None = None
    source: str = ""
    enemies: tuple[str, ...] = ()
    suspension: SuspensionKind = SuspensionKind.OTHER
    points: tuple[ReviewPoint, ...] = ()


@dataclass(frozen=True)
class Line:
    """One question of the act; ``refusal`` where it cannot be done with it, and why."""

    version_id: UUID
    item_id: UUID
    external_id: str
    number: int
    before: str  # state, and the value that changes
    edition: str  # of the words and the key, that they are those of the preview
    refusal: Refusal | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Outcome:
    """What the act does with each question; ``digest`` changes with anything that a person saw in the preview."""

    lines: tuple[Line, ...]
    digest: str

    @property
    def good(self) -> tuple[Line, ...]:
        """Questions with which it is done."""
        return tuple(line for line in self.lines if line.refusal is None)

    @property
    def refused(self) -> tuple[Line, ...]:
        """Questions that stay as they are."""
        return tuple(line for line in self.lines if line.refusal is not None)


def acts_of(person: User) -> tuple[BulkAct, ...]:
    """What this person may do with many questions."""
    held = person.permissions
    return tuple(act for act in BulkAct if permission_of(act) in held)


def permission_of(act: BulkAct) -> Permission:
    """What the act demands, as it does of a single question."""
    return Permission.BANK_AUTHOR if act in _AUTHOR else Permission.BANK_APPROVE


def chosen(ids: Sequence[UUID], wanted: listing.ItemFilter, *, everything: bool) -> list[UUID]:
    """The versions that are meant: those ticked, or all that the filter finds; an author's never beyond their own.

    Raises:
        TooManyAtOnce: more than :data:`MOST`.
    """
    found = listing.version_ids(wanted, MOST + 1) if everything else listing.met(ids[: MOST + 1], wanted.own_of)
    if len(found) > MOST:
        raise work_rules.TooManyAtOnce(n=MOST)
    return found


def rehearse(ids: Sequence[UUID], wish: Wish, *, by: User, now: datetime) -> Outcome:
    """What the act would do; nothing has happened when this returns. Takes a transaction of its own."""
    found: list[Outcome] = []
    try:
        with transaction():
            found.append(_attempt(ids, wish, by=by, now=now))
            raise _Over
    except _Over:
        return found[0]


class _Over(Exception):
    """The end of a trial."""


def carry_out(ids: Sequence[UUID], wish: Wish, digest: str, *, keep_good: bool, by: User, now: datetime) -> Outcome:
    """Do what the preview with this digest showed; ``keep_good`` leaves out the questions that are refused.

    Raises:
        BulkChanged: a question is not any more as it was in the preview.
        BulkRefused: some are refused and ``keep_good`` is not set, or nothing is left to do.
    """
    done = _attempt(ids, wish, by=by, now=now)
    if done.digest != digest:
        raise work_rules.BulkChanged
    if not done.good or (done.refused and not keep_good):
        raise work_rules.BulkRefused(n=len(done.refused))
    # What was said stands with each question, and may tell its key: the trail of the whole act is without it.
    facts = {name: value for name, value in asdict(wish).items() if value and name not in {"act", "comment"}}
    audit.record(
        "bank.bulk_act", "bank:items", by=by, at=now, act=wish.act, wish=facts,
        items=[line.external_id for line in done.good], refused=len(done.refused),
    )  # fmt: skip
    return done


def _attempt(ids: Sequence[UUID], wish: Wish, *, by: User, now: datetime) -> Outcome:
    lines = []
    act = _ACTS[wish.act]
    for version in listing.versions(ids):
        queries.lock(version)  # what is compared with the preview is what is acted on
        before, edition = _before(version, wish), sealing.edition(version)
        refusal = None
        try:
            with db.session.begin_nested():
                act(version, wish, by, now)
                db.session.flush()
        except Refusal as said:
            refusal = said
        item = version.item
        lines.append(Line(version.id, item.id, item.external_id, version.number, before, edition, refusal))
    return Outcome(tuple(lines), _digest(wish, lines))


def _before(version: ItemVersion, wish: Wish) -> str:
    value: Any = {
        BulkAct.SUB_TOPIC: f"{version.sub_topic.area.code}/{version.sub_topic.code}",
        BulkAct.DIFFICULTY: version.difficulty, BulkAct.SOURCE: version.source,
        BulkAct.ENEMIES: ", ".join(version.enemies),
    }.get(wish.act, "")  # fmt: skip
    return f"{version.status} {value}".strip()


def _digest(wish: Wish, lines: Sequence[Line]) -> str:
    said = [
        [str(line.version_id), line.before, line.edition, line.refusal.code if line.refusal else ""] for line in lines
    ]  # fmt: skip
    return sha256(canonical([audit.plain(asdict(wish)), said])).hex()


def _submit(version: ItemVersion, _wish: Wish, by: User, now: datetime) -> None:
    duplicates.check_compared(version)  # as the editor does
    items.submit(version, by=by, now=now)


def _approve(version: ItemVersion, wish: Wish, by: User, now: datetime) -> None:
    decisions.approve(version, comment=wish.comment, points=wish.points, by=by, now=now)


def _return(version: ItemVersion, wish: Wish, by: User, now: datetime) -> None:
    decisions.return_version(version, wish.comment, points=wish.points, by=by, now=now)


def _retire(version: ItemVersion, wish: Wish, by: User, now: datetime) -> None:
    items.retire(version.item, wish.comment, by=by, now=now)


def _suspend(version: ItemVersion, wish: Wish, by: User, now: datetime) -> None:
    quarantine.suspend(version.item, wish.suspension, wish.comment, by=by, now=now)


def _change(version: ItemVersion, wish: Wish, by: User, now: datetime) -> None:
    """Change a draft in one thing beside its texts and its key, which stay sealed."""
    queries.lock(version)
    rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
    match wish.act:
        case BulkAct.SUB_TOPIC:
            version.sub_topic = db.session.get_one(SubTopic, wish.sub_topic)
        case BulkAct.DIFFICULTY:
            version.difficulty = wish.difficulty or version.difficulty
        case _:
            if faults := [
                str(one) for _code, one, _at in characters.findings([("source", wish.source)], is_rich=False)
            ]:
                raise rules.ItemInvalid(what=" ".join(faults))
            version.source = wish.source
    version.edited_at = now
    items.note_edit(version, by=by, now=now)
    audit.record("item.edited", version.item, by=by, at=now, version=version.id, number=version.number, what=wish.act)


def _add_enemies(version: ItemVersion, wish: Wish, by: User, now: datetime) -> None:
    meant = life_queries.spellings(wish.enemies)
    for external_id in wish.enemies:
        if meant.get(external_id) != version.item.external_id:  # it is chosen together with its enemies
            enemies.add(version, external_id, by=by, now=now)


_ACTS: dict[BulkAct, Callable[[ItemVersion, Wish, User, datetime], None]] = {
    BulkAct.SUBMIT: _submit, BulkAct.APPROVE: _approve, BulkAct.RETURN: _return, BulkAct.RETIRE: _retire,
    BulkAct.SUSPEND: _suspend, BulkAct.SUB_TOPIC: _change, BulkAct.DIFFICULTY: _change, BulkAct.SOURCE: _change,
    BulkAct.ENEMIES: _add_enemies,
}  # fmt: skip
