"""What an erratum accepts, sealed under the bank key: a right answer is a key and is not readable in the database."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from uuid import UUID

from core.crypto import canonical, keyring, sha256
from testing_center.models.errata import Erratum

SALT_BYTES = 32


def seal_accepted(erratum_id: UUID, accepted: Sequence[Sequence[str]]) -> bytes:
    """Seal lists of option ids with a salt, without which their digest would tell them."""
    body = {"accepted": sorted(sorted(response) for response in accepted), "salt": secrets.token_hex(SALT_BYTES)}
    return keyring().seal("bank", canonical(body), _context(erratum_id))


def open_accepted(erratum: Erratum) -> list[list[str]]:
    """The lists of option ids that are right; empty for a void item.

    Raises:
        CannotOpen: the sealed part belongs to another row or was altered.
    """
    if erratum.accepted_sealed is None:
        return []
    accepted: list[list[str]] = json.loads(_open(erratum.id, erratum.accepted_sealed))["accepted"]
    return accepted


def fingerprint(erratum: Erratum) -> bytes:
    """SHA-256 over everything that the erratum says, the salted key included: fit for the trail, tells no key."""
    accepted = b"" if erratum.accepted_sealed is None else _open(erratum.id, erratum.accepted_sealed)
    return sha256(canonical([erratum.place, str(erratum.kind), erratum.reason]), sha256(accepted))


def _open(erratum_id: UUID, sealed: bytes) -> bytes:
    return keyring().open("bank", sealed, _context(erratum_id))


def _context(erratum_id: UUID) -> tuple[str, str, str]:
    return "erratum", str(erratum_id), "accepted"
