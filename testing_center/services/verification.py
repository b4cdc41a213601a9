"""Whether a protocol on paper is one of ours: open to everybody who holds its code, slowed down against guessing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import audit, throttle
from core.db import transaction
from testing_center import result_queries
from testing_center.models.attempts import Protocol
from testing_center.rules.codes import TooManyTries
from testing_center.services.results import find_protocol, open_content

LIMIT, WINDOW = 30, timedelta(minutes=1)


@dataclass(frozen=True)
class Verified:
    """What is told about a protocol; of the candidate only the initials."""

    number: str
    version: int
    newest: int
    issued_at: datetime
    time_zone: str
    initials: str
    score: int
    maximum: int
    cut_score: int
    statement: dict[str, str]
    form_digest: str
    content_digest: str

    @property
    def in_force(self) -> bool:
        """Whether no later version has taken its place."""
        return self.version == self.newest


def verify(code: str, address: str, *, by: audit.Actor, now: datetime) -> Verified | None:
    """The protocol with this verification code, or None; owns its transactions, since every try is counted.

    Raises:
        TooManyTries: this address asked 30 times within a minute.
    """
    key = f"verify:{address}"
    tries, since = throttle.failures(key, window=WINDOW, now=now)
    if tries >= LIMIT:
        raise TooManyTries(seconds=max(1, int((since + WINDOW - now).total_seconds())))
    throttle.count_failure(key, window=WINDOW, now=now)
    with transaction():
        protocol = find_protocol(code)
        if protocol is None:
            return None
        audit.record("protocol.verified", protocol, by=by, at=now, address=address)
        return _told(protocol)


def _told(protocol: Protocol) -> Verified:
    content: dict[str, Any] = open_content(protocol)
    result = content["result"]
    return Verified(
        protocol.number, protocol.version, result_queries.newest_version(protocol.number), protocol.created_at,
        content["sitting"]["time_zone"], initials(content["candidate"]["name"]), result["score"], result["maximum"],
        result["cut_score"], content["statement"], content["test"]["form_digest"], protocol.content_digest.hex(),
    )  # fmt: skip


def initials(name: str) -> str:
    """``Ү. Ө. Ы.``"""
    return " ".join(f"{part[0].upper()}." for part in name.split())
