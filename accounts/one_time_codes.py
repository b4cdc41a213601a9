"""Time-based one-time codes (RFC 6238: SHA-1, six digits, 30 seconds), as every authenticator app makes them."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS, STEP_SECONDS, DRIFT_STEPS, SECRET_BYTES = 6, 30, 1, 20


def new_secret() -> bytes:
    """20 random bytes (RFC 4226 §4, R6)."""
    return secrets.token_bytes(SECRET_BYTES)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # nosec B303  # what every authenticator app speaks (RFC 6238)


def step_of(at: datetime) -> int:
    """Number of the time step that ``at`` lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, at: datetime) -> str:
    """The six digits that an app shows at ``at``."""
    return _totp(secret).generate(int(at.timestamp())).decode()


def matching_step(secret: bytes, code: str, *, after: int, at: datetime) -> int | None:
    """The time step whose code this is, or None.

    One step of drift either way is allowed; steps up to and including ``after`` were used already and do not count
    (RFC 6238 §5.2). Spaces in the code are ignored.
    """
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        return None
    totp, here = _totp(secret), step_of(at)
    for step in range(max(here - DRIFT_STEPS, after + 1), here + DRIFT_STEPS + 1):
        try:
            totp.verify(digits.encode(), step * STEP_SECONDS)
        except InvalidToken:
            continue
        return step
    return None


def as_text(secret: bytes) -> str:
    """The secret in Base32 without padding, as it is typed into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, *, username: str, issuer: str) -> str:
    """The ``otpauth://`` address that a QR code carries."""
    return _totp(secret).get_provisioning_uri(username, issuer)
