"""Changing keys: a new version in the key ring, the stored values sealed anew under it, the old version taken out.

Every column that holds values sealed under the ring says so (:mod:`core.sealed_columns`). A value keeps its nonce, so
that what follows from that stays true. Servers read a replaced ring by themselves (:func:`core.crypto.keyring`).
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click import ClickException
from flask import current_app
from sqlalchemy import Column, ColumnElement, LargeBinary, delete, func, select, update

from core import audit, crypto, key_checks
from core.config import Settings
from core.crypto import KeyRing
from core.db import db, transaction
from core.dumps import sync_folder
from core.errors import CannotOpen
from core.key_checks import KeyCheck
from core.lease import holding
from core.sealed_columns import Sealed, columns_under

CONSOLE = audit.System("command-line")
BATCH = 100
SETTLES = timedelta(hours=1)  # by then what was under way at a rotation, sealed under the old version, is stored


class KeysRefused(ClickException):
    """A change of keys that cannot be; the text says why."""


def check_may_change(purpose: str) -> None:
    """Refuse for keys whose hashes are stored.

    Raises:
        KeysRefused: rows are found by keyed hashes under this key.
    """
    if purpose in crypto.HASHING:
        raise KeysRefused(
            f"The key '{purpose}' stays: rows are found by its keyed hashes, and those cannot be computed anew. "
            "If it became known: revoke the codes that were issued and issue new ones."
        )


def prepare(purpose: str) -> int:
    """Put a new version into the key ring that opens and does not seal yet; returns it.

    Where there are several machines, all have it before the first value is sealed with it.
    """
    check_may_change(purpose)
    with _one_at_a_time():
        ring = crypto.keyring()
        key_checks.check_known(ring)
        version = ring.prepared.get(purpose) or _next(ring, purpose)
        if purpose not in ring.prepared:
            _store(replace(_with_new(ring, purpose), prepared={**ring.prepared, purpose: version}))
    return version


def renew(purpose: str, *, now: datetime) -> int:
    """Let a new version seal from now on, the prepared one where there is one; returns it.

    Where stored values still wait for the newest version, an earlier rotation was interrupted: it is gone on with.

    Raises:
        KeysRefused: the key cannot change, or another command changes keys.
        ConfigurationError: the keys of this machine are not the installation's.
    """
    check_may_change(purpose)
    with _one_at_a_time(), transaction():
        ring = crypto.keyring()
        before, known = ring.newest(purpose), _known(purpose)
        key_checks.check_database(ring, now=now)
        if purpose in ring.prepared:
            _store(replace(ring, prepared={p: v for p, v in ring.prepared.items() if p != purpose}))
        elif not (waiting(purpose) or (known and before not in known)):
            _store(_with_new(ring, purpose))
        ring = crypto.keyring()
        version = ring.newest(purpose)
        key_checks.check_database(ring, now=now)
        if version not in known:
            older = [one for one in ring.in_use(purpose) if one < version]
            audit.record("key.rotated", f"key:{purpose}", by=CONSOLE, at=now, older=older, version=version)
    return version


def waiting(purpose: str) -> int:
    """How many stored values are sealed under another version than the newest."""
    version = crypto.keyring().newest(purpose)
    older = [select(func.count()).where(_under_older(column, version)) for column in columns_under(purpose)]
    return sum(db.session.scalar(query) or 0 for query in older)


def seal_anew(purpose: str, *, now: datetime, progress: Callable[[int], None]) -> dict[str, int]:
    """Seal what waits with the newest version, in small transactions; how many values of each column.

    To be called anew after an interruption. What another transaction holds, or what does not open, goes on waiting.
    """
    done: Counter[str] = Counter()
    for column in columns_under(purpose):
        last = None
        while True:
            with transaction():
                rows = _batch(column, crypto.keyring().newest(purpose), last)
                sealed = sum(_seal_one(column, row_id, value) for row_id, value in rows)
            if not rows:
                break
            last = rows[-1][0]
            done[f"{column.table.name}.{column.name}"] += sealed
            progress(len(rows))
    counts = {name: count for name, count in done.items() if count}
    if counts:
        version = crypto.keyring().newest(purpose)
        with transaction():
            audit.record("key.sealed_anew", f"key:{purpose}", by=CONSOLE, at=now, version=version, values=counts)
    return counts


def retire(purpose: str, *, now: datetime) -> list[int]:
    """Take all versions but the newest out of the key ring, where nothing stored needs them; returns them.

    Raises:
        KeysRefused: something needs them, or may yet come to.
    """
    check_may_change(purpose)
    with _one_at_a_time():
        with transaction():
            ring = crypto.keyring()
            version = ring.newest(purpose)
            older = [one for one in ring.in_use(purpose) if one < version]
            _check_unneeded(purpose, version, older, now=now)
            db.session.execute(delete(KeyCheck).where(KeyCheck.purpose == purpose, KeyCheck.version.in_(older)))
            audit.record("key.retired", f"key:{purpose}", by=CONSOLE, at=now, versions=older, version=version)
        keys = {v: key for v, key in ring.keys[purpose].items() if v not in older}
        _store(replace(ring, keys={**ring.keys, purpose: keys}))
    return older


def accept_web_key(*, now: datetime) -> None:
    """From now on this machine's web session key is the installation's; the other machines are to have the same."""
    value = key_checks.own_web_value()
    with transaction():
        row = db.session.get(KeyCheck, key_checks.WEB)
        if row is None:
            row = KeyCheck(purpose=key_checks.WEB[0], version=key_checks.WEB[1])
            db.session.add(row)
        before, row.value, row.created_at = row.value, value, now
        audit.record("key.accepted", "key:web", by=CONSOLE, at=now, before=before, value=value)


def _check_unneeded(purpose: str, version: int, older: list[int], *, now: datetime) -> None:
    if not older:
        raise KeysRefused(f"The key '{purpose}' has no older version.")
    if count := waiting(purpose):
        raise KeysRefused(f"{count} stored values need an older version of '{purpose}': run 'keys rotate {purpose}'.")
    signed = select(func.count()).where(audit.AuditCheckpoint.key_version.in_(older))
    if purpose == "signing" and (count := db.session.scalar(signed) or 0):
        raise KeysRefused(f"{count} checkpoints of the journal are checked with an older version: it stays.")
    row = db.session.get(KeyCheck, (purpose, version))
    if row is None or now < row.created_at + SETTLES:
        raise KeysRefused(f"Version {version} of '{purpose}' is younger than an hour: what is under way may need more.")


def _known(purpose: str) -> set[int]:
    """Versions that the database knows."""
    return set(db.session.scalars(select(KeyCheck.version).where(KeyCheck.purpose == purpose)))


# The stored values


def _under_older(column: Column[Any], version: int) -> ColumnElement[bool]:
    """Values of other versions; what was destroyed is empty."""
    return (func.substr(column, 1, 3, type_=LargeBinary) != crypto.head_of(version)) & (column != b"")


def _batch(column: Column[Any], version: int, last: object) -> list[tuple[Any, bytes]]:
    """The next rows after ``last``; those that somebody holds are left out, so that nobody waits for us crosswise."""
    [row_id] = column.table.primary_key.columns
    query = select(row_id, column).where(_under_older(column, version)).order_by(row_id).limit(BATCH)
    if last is not None:
        query = query.where(row_id > last)
    return [(row[0], row[1]) for row in db.session.execute(query.with_for_update(skip_locked=True, key_share=True))]


def _seal_one(column: Column[Any], row_id: object, value: bytes) -> bool:
    place: Sealed = column.info["sealed"]
    [key] = column.table.primary_key.columns
    try:
        fresh = crypto.keyring().seal_anew(place.purpose, value, place.context(row_id))
    except CannotOpen:
        current_app.logger.error("%s of %s %s does not open: it was altered", column.name, column.table.name, row_id)
        return False
    db.session.execute(update(column.table).where(key == row_id).values({column.name: fresh}))
    return True


# The file


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """No two commands change the key ring at once: one would write over what the other has made."""
    with holding("keys", timedelta(minutes=1)) as mine:
        if not mine:
            raise KeysRefused("Another command changes the keys, or was interrupted: try again in a minute.")
        yield


def _next(ring: KeyRing, purpose: str) -> int:
    return max(ring.keys[purpose]) + 1


def _with_new(ring: KeyRing, purpose: str) -> KeyRing:
    fresh = {**ring.keys[purpose], _next(ring, purpose): secrets.token_bytes(crypto.KEY_BYTES)}
    return replace(ring, keys={**ring.keys, purpose: fresh})


def _store(ring: KeyRing) -> None:
    """Put ``ring`` in place of the key ring file, and go on with it."""
    settings: Settings = current_app.extensions["settings"]
    path = settings.keyring_file.resolve()
    plain: dict[str, dict[str, str | int]] = {
        purpose: {str(version): base64.b64encode(key).decode() for version, key in sorted(versions.items())}
        for purpose, versions in ring.keys.items()
    }
    if ring.prepared:
        plain["prepared"] = dict(ring.prepared)
    _replace(path, json.dumps(plain, indent=1).encode())
    current_app.extensions["keyring"] = crypto.load_or_create(settings.keyring_file, may_create=False)


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all, for the same owner and with the same mode."""
    fresh, about = path.with_name(f"{path.name}.{secrets.token_hex(4)}"), path.stat()
    try:
        crypto.write_private(fresh, content)
        if (about.st_uid, about.st_gid) != (fresh.stat().st_uid, fresh.stat().st_gid):
            os.chown(fresh, about.st_uid, about.st_gid)
        fresh.chmod(stat.S_IMODE(about.st_mode))
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
