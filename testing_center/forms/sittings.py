"""Forms of a sitting: planning it, its proctors, what happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from accounts.models import User
from core.forms import ClockField, DayField
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank.models import TestForm, TestSpecification
from question_bank.quarantine_queries import suspects_on
from testing_center.forms.fields import SEATS_MAX, Boxes, filled, identifier, text
from testing_center.models.places import Room
from testing_center.rules.sittings import INCIDENT_NAMES
from testing_center.services.sittings import is_spent, sat_while_waiting

_NUMBER = text(_l("Number"), 32)  # made before the fields of PlaceForm, so that it stands first among them


class PlaceForm(FlaskForm):
    """Where and when a test is held, as the clock there shows it, and who runs it."""

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
        """A test lies ahead."""
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


class PlanForm(PlaceForm):
    """A sitting of a specification: its number and forms besides place, time and proctors.

    ``left_out`` are forms that are not offered: people of an annulled sitting have sat them and wait for a new one.
    ``suspects`` are questions in quarantine by the form that holds them: it is offered, and says so.
    """

    number = _NUMBER
    forms = Boxes(_l("Sealed forms"), coerce=identifier, description=_l("Neighbours receive different forms."))
    starts_together = BooleanField(
        _l("Candidates start when the proctor lets them"),
        description=_l("Otherwise each starts when ready, after entering with the code."),
    )

    def __init__(
        self, specification: TestSpecification, rooms: Iterable[Room], proctors: Iterable[User], language: str, *,
        now: datetime, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(rooms, proctors, language, now=now, **kwargs)
        self.left_out = sat_while_waiting(specification)
        offered = [form for form in specification.forms if form.id not in self.left_out and not is_spent(form.id)]
        self.suspects = suspects_on([form.id for form in offered])
        self.forms.choices = [SelectChoice(str(form.id), self._named(form)) for form in offered]

    def _named(self, form: TestForm) -> str:
        name = _("Form %(n)s: %(digest)s", n=form.variant, digest=form.digest.hex()[:16].upper())
        held = self.suspects.get(form.id)
        return f"{name} · {_('Questions in quarantine: %(n)s', n=len(held))}" if held else name


class ProctorsForm(FlaskForm):
    """Who runs the sitting."""

    proctors = Boxes(_l("Proctors"), coerce=identifier)

    def __init__(self, proctors: Iterable[User], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.proctors.choices = [SelectChoice(str(user.id), user.full_name) for user in proctors]


class IncidentForm(FlaskForm):
    """Something out of the ordinary."""

    category = RadioField(
        _l("What is it about?"),
        [filled()],
        choices=[SelectChoice(category.value, name) for category, name in INCIDENT_NAMES.items()],
    )
    seat = IntegerField(
        _l("Seat"), [Optional(), NumberRange(1, SEATS_MAX, _l("Write a number from 1 to 400."))],
        description=_l("Leave empty if it is about the whole room."),
    )  # fmt: skip
    text = TextAreaField(
        _l("What happened?"), [filled(), Length(max=2000)], render_kw={"rows": "6", "maxlength": "2000"},
        description=_l("It stands in the summary protocol beside public numbers: write facts, no names and no seats."),
    )  # fmt: skip
