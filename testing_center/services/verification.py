"""Whether a protocol on paper is one of ours: open to everybody who holds its code, slowed down against guessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from core import audit, throttle
from core.db import Model, transaction
from core.drawn import Act, act_over
from testing_center import result_queries
from testing_center.models.attempts import Protocol
from testing_center.rules.codes import TooManyTries
from testing_center.services.annulments import is_annulled
from testing_center.services.results import VERIFICATION_ALPHABET, find_protocol, open_content, paper_of

LIMIT, WINDOW = 30, timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What is told about every protocol; ``template`` shows it. ``newest``: the version that has taken its place.

    ``destroyed``: the act under which what it said was destroyed, where that is known.
    """

    template: ClassVar[str] = "testing_center/_verified_destroyed.html"
    number: str
    issued_at: datetime
    time_zone: str
    content_digest: str
    newest: int | None = None
    destroyed: Act | None = None
    is_annulled: bool = False  # its sitting was annulled

    @property
    def in_force(self) -> bool:
        """Whether no later version has taken its place, and the result counts."""
        return self.newest is None and not self.is_annulled


@dataclass(frozen=True, kw_only=True)
class Verified(Paper):
    """What is told about a test protocol; of the candidate only the initials. ``statement``: not of a tie-break."""

    template = "testing_center/_verified.html"
    version: int
    initials: str
    score: int
    maximum: int
    cut_score: int
    statement: dict[str, str] | None
    form_digest: str


Finder = Callable[[str], tuple[Model, Paper] | None]
_others: list[Finder] = []


def also(find: Finder) -> Finder:
    """Let another room's protocols be verified: ``find`` takes a code like ``K7QM-4D2X``."""
    _others.append(find)
    return find


def verify(code: str, address: str, *, by: audit.Actor, now: datetime) -> Paper | None:
    """The protocol with this verification code, or None; owns its transactions, since every try is counted.

    Raises:
        TooManyTries: this address asked 30 times within a minute.
    """
    key = f"verify:{address}"
    tries, since = throttle.failures(key, window=WINDOW, now=now)
    if tries >= LIMIT:
        raise TooManyTries(seconds=max(1, int((since + WINDOW - now).total_seconds())))
    throttle.count_failure(key, window=WINDOW, now=now)
    text = "".join(c for c in code.upper() if c in VERIFICATION_ALPHABET)
    with transaction():
        for find in (_protocol, *_others):
            found = find(f"{text[:4]}-{text[4:]}")
            if found is not None:
                row, told = found
                audit.record("protocol.verified", row, by=by, at=now, address=address)
                return told
    return None


def _protocol(code: str) -> tuple[Model, Paper] | None:
    protocol = find_protocol(code)
    return (protocol, _told(protocol)) if protocol else None


def _told(protocol: Protocol) -> Paper:
    newest = result_queries.newest_version(protocol.number)
    common: dict[str, Any] = {
        "number": protocol.number, "issued_at": protocol.created_at, "content_digest": protocol.content_digest.hex(),
        "time_zone": protocol.result.attempt.sitting.centre.time_zone,
        "newest": newest if newest != protocol.version else None,
        "is_annulled": is_annulled(protocol.result.attempt.sitting),
    }  # fmt: skip
    if not protocol.content_sealed:
        return Paper(**common, destroyed=act_over(paper_of(protocol)))
    content: dict[str, Any] = open_content(protocol)
    result = content["result"]
    return Verified(
        **common, version=protocol.version, initials=initials(content["candidate"]["name"]), score=result["score"],
        maximum=result["maximum"], cut_score=result["cut_score"], statement=content["statement"],
        form_digest=content["test"]["form_digest"],
    )  # fmt: skip


def initials(name: str) -> str:
    """``Ү. Ө. Ы.``"""
    return " ".join(f"{part[0].upper()}." for part in name.split())
