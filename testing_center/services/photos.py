"""A photograph beside the name at the presence check: small, without what a camera writes into it, sealed at rest."""

from __future__ import annotations

import io
from datetime import datetime
from typing import NewType
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy import delete, select

from accounts.models import User
from core import audit
from core.crypto import open_with, seal_with
from core.db import db
from core.pictures import PictureUnknown, picture
from testing_center.models.photos import ParticipantPhoto
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import AlreadyWithdrawn, SittingNotRunning, SittingStatus
from testing_center.services.links import sitting_key

SIDES_MOST = (480, 640)  # pixels: a face is known by them, and a hall of two hundred is shown at once
QUALITY = 85
Portrait = NewType("Portrait", bytes)


def portrait(data: bytes) -> Portrait:
    """The photograph as a small upright JPEG, drawn anew: no place, camera or thumbnail comes along.

    Raises:
        PictureRefused: no PNG or JPEG, too large, or damaged.
    """
    if picture(data).media_type not in ("image/png", "image/jpeg"):
        raise PictureUnknown
    with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as found:
        upright = ImageOps.exif_transpose(found).convert("RGB")
    upright.thumbnail(SIDES_MOST)
    drawn = io.BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(drawn, "JPEG", quality=QUALITY)
    return Portrait(drawn.getvalue())


def put_photo(participant: Participant, photo: Portrait, *, by: User, now: datetime) -> ParticipantPhoto:
    """Keep a photograph of somebody until their documents are destroyed; it takes the place of the one before.

    Raises:
        AlreadyWithdrawn, SittingNotRunning: nobody will look at it any more.
    """
    if participant.withdrawn_at is not None:
        raise AlreadyWithdrawn
    if participant.sitting.status == SittingStatus.CLOSED:
        raise SittingNotRunning
    sealed = seal_with(sitting_key(participant.sitting), photo, _context(participant.id))
    row = db.session.get(ParticipantPhoto, participant.id) or ParticipantPhoto(participant_id=participant.id)
    row.content_sealed, row.at, row.by_id = sealed, now, by.id
    db.session.add(row)
    audit.record("participant.photo_kept", participant, by=by, at=now)
    return row


def remove_photo(participant: Participant, *, by: User, now: datetime) -> None:
    """Erase the photograph of somebody; nothing happens where there is none."""
    row = db.session.get(ParticipantPhoto, participant.id)
    if row is not None:
        db.session.delete(row)
        audit.record("participant.photo_removed", participant, by=by, at=now)


def photo_of(participant: Participant) -> bytes | None:
    """The photograph as JPEG."""
    row = db.session.get(ParticipantPhoto, participant.id)
    if row is None:
        return None
    return open_with(sitting_key(participant.sitting), row.content_sealed, _context(participant.id))


def with_photo(sitting: Sitting) -> set[UUID]:
    """Participants of a sitting of whom there is a photograph (1 statement)."""
    query = select(ParticipantPhoto.participant_id).join(Participant, Participant.id == ParticipantPhoto.participant_id)
    return set(db.session.scalars(query.where(Participant.sitting_id == sitting.id)))


def erase(participant_ids: list[UUID]) -> None:
    """Erase the photographs of these participants: their documents are destroyed."""
    for start in range(0, len(participant_ids), 400):
        some = participant_ids[start : start + 400]
        db.session.execute(delete(ParticipantPhoto).where(ParticipantPhoto.participant_id.in_(some)))


def _context(participant_id: UUID) -> tuple[str, str]:
    return "participant_photo", str(participant_id)
