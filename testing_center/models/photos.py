"""Photographs of participants, for the presence check only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model


class ParticipantPhoto(Model):
    """A portrait as JPEG; ``content_sealed`` opens with the data key of the sitting (``("participant_photo", id)``)."""

    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
