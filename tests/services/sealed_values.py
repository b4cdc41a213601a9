"""All that is stored under the key ring, opened: what a change of keys must leave as it is."""

from __future__ import annotations

from sqlalchemy import select

from core.crypto import keyring
from core.db import db
from core.sealed_columns import columns_under

SEALING = ("link", "bank", "accounts")


def opened(*purposes: str) -> dict[tuple[str, ...], bytes]:
    """Every sealed value by its place, as the ring at hand opens it; what was destroyed is left out."""
    found = {}
    for purpose in purposes or SEALING:
        for column in columns_under(purpose):
            [key] = column.table.primary_key.columns
            for row_id, value in db.session.execute(select(key, column).where(column.is_not(None), column != b"")):
                place = column.info["sealed"].context(row_id)
                found[place] = keyring().open(purpose, value, place)
    db.session.rollback()
    return found
