"""Forms of what the results decide: a tie-break's place and time, an act with its document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from accounts.models import User
from core.forms import ClockField, DayField
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import Boxes, filled, identifier, text
from testing_center.models.places import Room


class ArrangeForm(FlaskForm):
    """Where and when a tie-break test is held, and who proctors it (¶29)."""

    room_id = SelectField(_l("Room"), coerce=identifier)
    on = DayField(_l("Date"))
    at = ClockField(_l("Time"), description=_l("In the time zone of the centre. Example: 09:30"))
    proctors = Boxes(_l("Proctors"), coerce=identifier)

    def __init__(
        self, rooms: Iterable[Room], proctors: Iterable[User], language: str, *, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._rooms, self._now = {room.id: room for room in rooms}, now
        self.room_id.choices = [
            SelectChoice(str(room.id), f"{room.centre.name(language)} · {room.name} · {_('Seats')}: {_usable(room)}")
            for room in self._rooms.values()
        ]
        self.proctors.choices = [SelectChoice(str(user.id), user.full_name) for user in proctors]

    def validate_at(self, field: ClockField) -> None:
        """The test lies ahead."""
        if field.data and self.on.data and self.room_id.data in self._rooms and self.starts_at <= self._now:
            raise ValidationError(_("This moment has passed already."))

    @property
    def room(self) -> Room:
        """The room chosen."""
        return self._rooms[self.room_id.data]

    @property
    def starts_at(self) -> datetime:
        """The moment meant: local date and time in the zone of the room's centre."""
        local = datetime.combine(self.on.data, self.at.data, ZoneInfo(self.room.centre.time_zone))
        return local.astimezone(UTC)


def _usable(room: Room) -> int:
    return sum(workstation.is_usable for workstation in room.workstations)


class ActForm(FlaskForm):
    """A fact that the authority states: the document that proves it, and its date."""

    document = text(_l("Document"), 200, description=_l("What proves it: kind, number, from whom."))
    on = DayField(_l("Date of the document"))


class ReserveActForm(ActForm):
    """An appointment from the reserve: whom, by which document (¶31, 37–38)."""

    attempt = RadioField(_l("Whom?"), [filled()], coerce=identifier, description=_l("Public numbers, by score."))

    def __init__(self, reserve: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.attempt.choices = [SelectChoice(str(attempt_id), label) for attempt_id, label in reserve]
