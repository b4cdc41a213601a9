"""The trail: append-only, hash-chained, signed at checkpoints.

``hash = SHA-256(0x00 ‖ number ‖ previous ‖ SHA-256(canonical body))`` with the number as eight bytes, big-endian, and
the body as canonical JSON (RFC 8785). Plain hashes: an outside expert can recompute them without our secrets. The inner
hash lets retention delete a body and keep the chain. A checkpoint signs ``number ‖ hash`` with Ed25519.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast
from uuid import UUID

from flask import g, has_request_context
from sqlalchemy import CheckConstraint, Connection, LargeBinary, String, Table, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import crypto
from core.db import Model, db, transaction
from core.errors import CannotOpen, Refusal

GENESIS = bytes(32)
ERASED = "audit.erased"  # an act of retention; its ``entries`` are the numbers of the entries whose bodies are gone
CHECKPOINT_EVERY = timedelta(minutes=5)
_NUMBER = struct.Struct(">Q")


class Actor(Protocol):
    """Whoever acts: a staff user, a candidate's attempt, or the system itself."""

    @property
    def actor_name(self) -> str:
        """``user:<id>``, ``attempt:<id>``, ``system:<part>`` or ``anonymous``."""
        ...


@dataclass(frozen=True)
class System:
    """A part of the system that acts on its own, e.g. the sweeper."""

    part: str

    @property
    def actor_name(self) -> str:
        return f"system:{self.part}"


@dataclass(frozen=True)
class Anonymous:
    """Somebody who is not signed in."""

    actor_name: str = "anonymous"


class AuditEntry(Model):
    """One thing that happened. ``body`` is None only where retention erased it."""

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(64), index=True)
    actor: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(96), index=True)
    body: Mapped[dict[str, Any] | None]
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Model):
    """The end of the chain: one row, so that two processes cannot append at once."""

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


# Built once: every act that is recorded asks for it.
_head, _entries = cast(Table, AuditHead.__table__), cast(Table, AuditEntry.__table__)
_END_OF_THE_CHAIN = select(_head.c.number, _head.c.hash).where(_head.c.id == 1).with_for_update()
_MOVE_IT = update(_head).where(_head.c.id == 1)
_APPEND = insert(_entries)


class AuditCheckpoint(Model):
    """A signature over the chain as it stood at entry ``number``."""

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(64))
    key_version: Mapped[int]
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


_points = cast(Table, AuditCheckpoint.__table__)
_LAST_SIGNED = (
    select(_points.c.number, _points.c.hash, _entries.c.hash.label("signed"))
    .outerjoin(_entries, _entries.c.number == _points.c.number)
    .order_by(_points.c.number.desc()).limit(1)
)  # fmt: skip
_KEEP_SIGNED = insert(_points)


def name_of(subject: object) -> str:
    """``attempt:<id>`` for a row, the text itself for a string."""
    if isinstance(subject, str):
        return subject
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(subject).__name__).lower()
    return f"{kind}:{getattr(subject, 'id', '?')}"


def plain(value: Any) -> Any:
    """A value as it stands in canonical JSON: moments in RFC 3339 UTC, bytes in hex, identifiers as text."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case bytes():
            return value.hex()
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return str(value)


def entry_hash(number: int, previous: bytes, body_hash: bytes) -> bytes:
    """Hash of one link of the chain."""
    return crypto.sha256(b"\x00", _NUMBER.pack(number), previous, body_hash)


class Trail:
    """Entries of one act: they follow each other in the chain and are written together (:func:`recording`)."""

    def __init__(self, by: Actor, at: datetime) -> None:
        self._by, self._at, self._rows = by, at, list[dict[str, Any]]()
        self._request = getattr(g, "request_id", None) if has_request_context() else None
        self._connection = db.session.connection()
        self._number, self._end = self._connection.execute(_END_OF_THE_CHAIN).one()
        self._reason = ""

    def add(self, action: str, subject: object, **facts: Any) -> AuditEntry:
        """The next entry; ``facts`` must hold no secret and no answer key."""
        body = {
            "action": action, "subject": name_of(subject), "actor": self._by.actor_name, "at": plain(self._at),
            "request": self._request, "facts": plain(facts),
        }  # fmt: skip
        body_hash, previous = crypto.sha256(crypto.canonical(body)), self._end
        self._number += 1
        self._end = entry_hash(self._number, previous, body_hash)
        row = {
            "number": self._number, "at": self._at, "action": action, "actor": body["actor"],
            "subject": body["subject"], "body": body, "body_hash": body_hash, "previous": previous, "hash": self._end,
        }  # fmt: skip
        self._rows.append(row)
        return AuditEntry(**row)

    def sign(self, reason: str) -> None:
        """Have the chain signed as it stands after these entries."""
        self._reason = reason

    def write(self) -> None:
        """Put the entries, the end of the chain and its signature into the caller's transaction."""
        if self._rows:
            self._connection.execute(_APPEND, self._rows)
            self._connection.execute(_MOVE_IT, {"number": self._number, "hash": self._end})
        if self._reason:
            _sign(self._connection, self._number, self._end, self._reason, at=self._at)


@contextmanager
def recording(*, by: Actor, at: datetime) -> Iterator[Trail]:
    """Append what is added meanwhile, in the caller's transaction.

    Enter it last in a service: the end of the chain is locked from here until the commit.
    """
    db.session.flush()
    trail = Trail(by, at)
    yield trail
    trail.write()


def record(action: str, subject: object, *, by: Actor, at: datetime, **facts: Any) -> AuditEntry:
    """Append an entry in the caller's transaction; ``facts`` must hold no secret and no answer key.

    Call it last in a service: the end of the chain stays locked until the commit.
    """
    with recording(by=by, at=at) as trail:
        return trail.add(action, subject, **facts)


def record_all(said: Sequence[tuple[str, object, dict[str, Any]]], *, by: Actor, at: datetime) -> list[AuditEntry]:
    """Append an entry for each (action, subject, facts), as :func:`record` does, with one write for all of them."""
    if not said:
        return []
    with recording(by=by, at=at) as trail:
        return [trail.add(action, subject, **facts) for action, subject, facts in said]


def record_refusal(refusal: Refusal, subject: object, *, by: Actor, at: datetime) -> None:
    """Keep a refusal in a transaction of its own: what was refused is part of the record."""
    with transaction():
        record("refused", subject, by=by, at=at, code=refusal.code, params=refusal.params)


def is_witnessed(action: str) -> bool:
    """Whether ``verify`` compares entries of this action with the rows they speak of."""
    return action in _witnesses


def checkpoint(reason: str, *, at: datetime) -> AuditCheckpoint | None:
    """Sign the end of the chain in the caller's transaction; None where it is already signed.

    Raises:
        RuntimeError: the chain no longer contains the last checkpoint.
    """
    db.session.flush()
    connection = db.session.connection()
    number, end = connection.execute(_END_OF_THE_CHAIN).one()
    return _sign(connection, number, end, reason, at=at)


def _sign(connection: Connection, number: int, end: bytes, reason: str, *, at: datetime) -> AuditCheckpoint | None:
    last = connection.execute(_LAST_SIGNED).first()
    if last is not None:
        if (last.number, last.hash) == (number, end):
            return None
        if last.number >= number or last.signed != last.hash:
            raise RuntimeError(f"the chain does not extend checkpoint {last.number}")
    if number == 0:
        return None
    version, key = crypto.keyring().signing_key()
    row = {
        "number": number, "hash": end, "at": at, "reason": reason, "key_version": version,
        "signature": key.sign(_NUMBER.pack(number) + end),
    }  # fmt: skip
    connection.execute(_KEEP_SIGNED, row)
    return AuditCheckpoint(**row)


def checkpoint_if_due(*, at: datetime) -> None:
    """A checkpoint where the last one is five minutes old."""
    last = db.session.scalar(select(AuditCheckpoint.at).order_by(AuditCheckpoint.number.desc()).limit(1))
    if last is None or at - last >= CHECKPOINT_EVERY:
        checkpoint("every five minutes", at=at)


@dataclass(frozen=True)
class Fault:
    """Where the record does not hold: entry number and a plain sentence."""

    number: int
    what: str


Witness = Callable[[AuditEntry], Iterator[str]]
_witnesses: dict[str, Witness] = {}


def witness(action: str) -> Callable[[Witness], Witness]:
    """Register the check of what an entry of ``action`` says against the rows it speaks of (run by ``verify``)."""

    def register(check: Witness) -> Witness:
        if action in _witnesses:  # the second one would silence the first
            raise RuntimeError(f"{action} has a witness already")
        _witnesses[action] = check
        return check

    return register


def verify(
    *, since: int = 1, anchor: bytes | None = None, progress: Callable[[int], None] | None = None
) -> Iterator[Fault]:
    """Recompute the chain from entry ``since``; yields every fault in order, nothing if the record holds.

    ``anchor`` is a hash known from paper: some entry must bear it. Checkpoint signatures are checked, the head must be
    the last entry, and witnesses compare entries with the rows they speak of.
    """
    previous = GENESIS
    if since > 1:
        before = db.session.get(AuditEntry, since - 1)
        if before is None:
            yield Fault(since - 1, "the entry before the first one asked for is missing")
            return
        previous = before.hash
    points = {p.number: p for p in db.session.scalars(select(AuditCheckpoint))}
    acts = db.session.scalars(select(AuditEntry).filter_by(action=ERASED))
    erased = {number for act in acts for number in facts(act)["entries"]}
    expected, seen_anchor = since, anchor is None or anchor == previous
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.number >= since)
        .order_by(AuditEntry.number)
        .execution_options(yield_per=500)
    )
    for entry in entries:
        if entry.number != expected:
            yield Fault(expected, f"entries {expected} to {entry.number - 1} are missing")
        yield from (Fault(entry.number, what) for what in entry_faults(entry, previous))
        if entry.body is None and entry.number not in erased:
            yield Fault(entry.number, "its body is missing, and no act of erasure names it")
        point = points.pop(entry.number, None)
        if point is not None:
            message = _NUMBER.pack(point.number) + entry.hash
            if point.hash != entry.hash or not crypto.keyring().is_signed(point.key_version, point.signature, message):
                yield Fault(entry.number, "the signed checkpoint does not agree with the chain")
        seen_anchor = seen_anchor or entry.hash == anchor
        previous, expected = entry.hash, entry.number + 1
        if progress:
            progress(entry.number)
    end = head()
    if end != (expected - 1, previous):
        yield Fault(end[0], "the last entries are missing: the head of the chain names another one")
    lost = sorted(number for number in points if number >= since or number < 1)  # there never was an entry 0
    yield from (Fault(number, "a signed checkpoint has lost its entry") for number in lost)
    if not seen_anchor:
        yield Fault(0, "no entry bears the anchor given from paper")


def entry_faults(entry: AuditEntry, previous: bytes) -> Iterator[str]:
    """What does not hold of one entry that should follow the hash ``previous``: link, hash, body, columns, witness."""
    if entry.previous != previous:
        yield "it does not follow the entry before it"
    if entry.hash != entry_hash(entry.number, entry.previous, entry.body_hash):
        yield "its hash does not follow from its contents"
    if entry.body is None:
        return
    if crypto.sha256(crypto.canonical(entry.body)) != entry.body_hash:
        yield "its body was altered"
        return
    shown = {"action": entry.action, "actor": entry.actor, "subject": entry.subject, "at": plain(entry.at)}
    if not shown.items() <= entry.body.items():
        yield "its columns differ from its body"
    elif entry.action in _witnesses:
        try:
            yield from _witnesses[entry.action](entry)
        except CannotOpen:
            yield "a sealed part of what it speaks of was altered"
        except (ValueError, TypeError, KeyError, LookupError, AttributeError) as error:
            yield f"what it speaks of is broken or gone ({type(error).__name__})"


def head() -> tuple[int, bytes]:
    """Number and hash of the end of the chain, for printing."""
    number, end = db.session.execute(select(AuditHead.number, AuditHead.hash)).one()
    return number, end


def facts(entry: AuditEntry) -> dict[str, Any]:
    """What the entry states, empty where retention erased it."""
    return dict(entry.body["facts"]) if entry.body else {}


def subject_id(entry: AuditEntry) -> UUID:
    """Identifier of the row that the entry speaks of."""
    return UUID(entry.subject.partition(":")[2])
