"""The sealed link between a person and an attempt.

Each sitting has a data key, wrapped by the link key; links, protocols and codes of the sitting are sealed under it. A
link is opened only to show candidates their own name, to draw up a protocol, for presence and for the commission, and
every opening by or for a person is audited by whoever opens it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import bindparam, select

from competitions.models import Person
from core.crypto import KEY_BYTES, KeyRing, canonical, keyring, open_with, seal_with
from core.db import db, keep
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import CandidateCode, Participant, Sitting


@dataclass(frozen=True)
class Link:
    """Who is behind a code or an attempt, and where they sit; ``slip`` is the number on the printed slip."""

    participant_id: UUID
    seat: int
    slip: int


def new_sitting_key(sitting_id: UUID) -> bytes:
    """A fresh data key for a sitting, wrapped."""
    return keyring().seal("link", secrets.token_bytes(KEY_BYTES), ("sitting", str(sitting_id), "link_key"))


@lru_cache(maxsize=64)
def _unwrap(ring_id: int, sealed: bytes, sitting_id: UUID) -> bytes:
    return keyring().open("link", sealed, ("sitting", str(sitting_id), "link_key"))


def sitting_key(sitting: Sitting) -> bytes:
    """The data key of a sitting."""
    ring: KeyRing = keyring()
    return _unwrap(id(ring), sitting.link_key_sealed, sitting.id)


def seal_link(sitting: Sitting, owner: str, owner_id: UUID, link: Link) -> bytes:
    """Seal a link for the row ``owner_id`` of table ``owner``."""
    body = {"participant": str(link.participant_id), "seat": link.seat, "slip": link.slip}
    return seal_with(sitting_key(sitting), canonical(body), (owner, str(owner_id), "link"))


def open_link(sitting: Sitting, row: Attempt | CandidateCode) -> Link:
    """Open the link of a code or an attempt.

    Raises:
        CannotOpen: it belongs to another row or was altered.
    """
    owner = "attempt" if isinstance(row, Attempt) else "candidate_code"
    body = json.loads(open_with(sitting_key(sitting), row.link_sealed, (owner, str(row.id), "link")))
    return Link(UUID(body["participant"]), body["seat"], body["slip"])


_BEHIND = (
    select(Participant, Person).join(Participant.person).where(Participant.id == bindparam("participant_id"))
)  # fmt: skip


def participant_of(row: Attempt | CandidateCode) -> Participant:
    """The participant behind a code or an attempt; the caller audits it where a person sees it."""
    found = db.session.execute(_BEHIND, {"participant_id": open_link(row.sitting, row).participant_id}).one()
    keep(*found)
    return found.Participant


def who_is(participant: Participant) -> bytes:
    """The person of a registration, as the trail keeps it: a keyed digest that joins no two registrations."""
    return keyring().lookup("index", str(participant.person_id), ("participant", str(participant.id), "person"))
