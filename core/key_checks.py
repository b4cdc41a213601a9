"""Which keys a database was written with: it keeps a fingerprint of each, and no machine serves it with others."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime

from flask import current_app
from sqlalchemy import LargeBinary, String, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from core.crypto import KeyRing
from core.db import Model, db
from core.errors import ConfigurationError

WEB = ("web", 1)  # the web session key, beside the purposes of the ring


class KeyCheck(Model):
    """Key check value: a short fingerprint that shows that this database belongs to these keys."""

    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary(8))
    created_at: Mapped[datetime]


Known = Mapping[tuple[str, int], bytes]


def check_value(purpose: str, key: bytes) -> bytes:
    """Eight bytes that identify a key and tell nothing about it."""
    return hmac.digest(key, b"key check value/" + purpose.encode(), "sha256")[:8]


def may_create_ring(allowed: bool) -> bool:
    """Whether a missing key ring may be made: never where the database holds something sealed under another."""
    return allowed and not _known_keys()


def check_known(ring: KeyRing) -> None:
    """Refuse a ring that is not the one this database was written with, before anything is sealed or judged by it.

    Raises:
        ConfigurationError: a key differs from its stored check value, is missing, or was retired.
    """
    _compare(ring, _known_keys())


def check_database(ring: KeyRing, *, now: datetime) -> None:
    """Compare every key, that of web sessions too, with the check value the database keeps; record those not yet known.

    Raises:
        ConfigurationError: the database was written under another key, or other machines have another web session key.
    """
    known = {(row.purpose, row.version): row.value for row in db.session.scalars(db.select(KeyCheck))}
    _compare(ring, known)
    web = own_web_value()
    if not hmac.compare_digest(known.get(WEB, web), web):
        raise ConfigurationError(
            "This machine's web session key is not the installation's: copy web.key (SECRET_KEY_FILE) from another "
            "machine. Was it changed on purpose, run 'flask --app wsgi keys accept': everybody signs in again."
        )
    found = {
        (purpose, version): check_value(purpose, ring.keys[purpose][version])
        for purpose in ring.keys
        for version in ring.in_use(purpose)
        if version > max((v for p, v in known if p == purpose), default=0)  # an older one was retired
    }
    for (purpose, version), value in (found | {WEB: web}).items():
        if (purpose, version) not in known:
            db.session.add(KeyCheck(purpose=purpose, version=version, value=value, created_at=now))
    db.session.flush()


def own_web_value() -> bytes:
    """Check value of the web session key of this machine."""
    return check_value(WEB[0], current_app.config["SECRET_KEY"])


def _compare(ring: KeyRing, known: Known) -> None:
    known = {(purpose, version): value for (purpose, version), value in known.items() if purpose in ring.keys}
    missing = sorted((p, v) for p, v in known if v not in ring.keys[p])
    if missing:
        raise ConfigurationError(f"Keys that this database needs are missing from the key ring: {missing}")
    for (purpose, version), value in known.items():
        if not hmac.compare_digest(value, check_value(purpose, ring.keys[purpose][version])):
            raise ConfigurationError(
                f"Key {purpose}/{version} is not the one this database was written with: restore the right key ring"
            )
        if ring.newest(purpose) < min(v for p, v in known if p == purpose):
            raise ConfigurationError(
                f"Key {purpose}/{ring.newest(purpose)} was retired, and this key ring still seals with it: copy the "
                "newest key ring to this machine"
            )


def _known_keys() -> dict[tuple[str, int], bytes]:
    """Check values that the database keeps; empty while it is not migrated or does not answer (readiness says so)."""
    try:
        with db.engine.connect() as connection:
            if not inspect(connection).has_table(KeyCheck.__tablename__):
                return {}
            rows = connection.execute(select(KeyCheck.purpose, KeyCheck.version, KeyCheck.value))
            return {(row.purpose, row.version): row.value for row in rows}
    except OperationalError:
        return {}
