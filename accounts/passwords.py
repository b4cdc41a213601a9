"""Passwords of staff: Argon2id with the library's parameters. Slow on purpose, so never inside a transaction."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()


def _normal(password: str) -> str:
    """The same password typed on another keyboard or system is the same text (NFKC, NIST SP 800-63B §3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Salted Argon2id hash in its own notation (about 100 characters)."""
    return _hasher.hash(_normal(password))


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password has this hash; for no hash the same work is done and the answer is no."""
    try:
        _hasher.verify(password_hash or _nobody(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's and should be made anew."""
    return _hasher.check_needs_rehash(password_hash)
