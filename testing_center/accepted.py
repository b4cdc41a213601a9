"""Which responses a row says are right, or count, sealed under the bank key: a key is not readable in the database.

One seal for errata and for findings of a commission: a row's kind and id are its context, so none opens as another.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from core import audit
from core.crypto import canonical, keyring, sha256

SALT_BYTES = 32


class Stating(Protocol):
    """An erratum or a finding: its id, what it says in plain, and its sealed part."""

    @property
    def id(self) -> UUID:
        """Its identifier."""

    @property
    def accepted_sealed(self) -> bytes | None:
        """The sealed part, where it has one."""

    @property
    def said(self) -> Sequence[str | int]:
        """What it says in plain."""


def seal_accepted(row: Stating, accepted: Sequence[Sequence[str]]) -> bytes:
    """Seal responses or keys for ``row``, with a salt, without which their digest would tell them.

    Each is written as its kind writes it: of some kinds the order within one is what it says.
    """
    body = {"accepted": sorted(list(response) for response in accepted), "salt": secrets.token_hex(SALT_BYTES)}
    return keyring().seal("bank", canonical(body), _context(row))


def open_accepted(row: Stating) -> list[list[str]]:
    """The keys that ``row`` says are right, or the one response that counts; empty where it says none.

    Raises:
        CannotOpen: the sealed part belongs to another row or was altered.
    """
    if row.accepted_sealed is None:
        return []
    accepted: list[list[str]] = json.loads(_open(row, row.accepted_sealed))["accepted"]
    return accepted


def fingerprint(row: Stating) -> bytes:
    """SHA-256 over everything that ``row`` says, the salted key included: fit for the trail, tells no key."""
    accepted = b"" if row.accepted_sealed is None else _open(row, row.accepted_sealed)
    return sha256(canonical(list(row.said)), sha256(accepted))


def _open(row: Stating, sealed: bytes) -> bytes:
    return keyring().open("bank", sealed, _context(row))


def _context(row: Stating) -> tuple[str, str, str]:
    kind, _colon, row_id = audit.name_of(row).partition(":")
    return kind, row_id, "accepted"
