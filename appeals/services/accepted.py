"""What a finding says is right, sealed under the bank key: it is a key and is not readable in the database."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from uuid import UUID

from appeals.models import Finding
from core.crypto import canonical, keyring, sha256

SALT_BYTES = 32


def seal_accepted(finding_id: UUID, accepted: Sequence[Sequence[str]]) -> bytes:
    """Seal lists of option ids with a salt, without which their digest would tell them."""
    body = {"accepted": sorted(sorted(response) for response in accepted), "salt": secrets.token_hex(SALT_BYTES)}
    return keyring().seal("bank", canonical(body), _context(finding_id))


def accepted_of(finding: Finding) -> list[list[str]]:
    """The responses that are right according to the finding; empty where it does not change the key.

    Raises:
        CannotOpen: the sealed part belongs to another row or was altered.
    """
    if finding.accepted_sealed is None:
        return []
    accepted: list[list[str]] = json.loads(_open(finding.id, finding.accepted_sealed))["accepted"]
    return accepted


def fingerprint(finding: Finding) -> bytes:
    """SHA-256 over all that a finding says, the salted key included: fit for the trail, tells no key."""
    accepted = b"" if finding.accepted_sealed is None else _open(finding.id, finding.accepted_sealed)
    said = [str(finding.appeal_id), finding.place, str(finding.kind), finding.reason]
    return sha256(canonical(said), sha256(accepted))


def _open(finding_id: UUID, sealed: bytes) -> bytes:
    return keyring().open("bank", sealed, _context(finding_id))


def _context(finding_id: UUID) -> tuple[str, str, str]:
    return "finding", str(finding_id), "accepted"
