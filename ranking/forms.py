"""Forms of what the results decide: a tie-break's place and time, an act with its document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from accounts.models import User
from core.forms import DayField
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import filled, identifier, text
from testing_center.forms.sittings import PlaceForm
from testing_center.models.places import Room


def _chosen(value: UUID | str) -> UUID | None:
    return identifier(value) if value else None


class ArrangeForm(PlaceForm):
    """Where and when a tie-break test is held, and who runs it (¶29).

    The rooms of the centre where the main test was held (``near``) stand first. None is chosen beforehand: a slip would
    send people to another region.
    """

    room_id = SelectField(_l("Room"), [filled()], coerce=_chosen)

    def __init__(
        self, rooms: Iterable[Room], proctors: Iterable[User], language: str, *, near: UUID, **kwargs: Any
    ) -> None:
        super().__init__(sorted(rooms, key=lambda room: room.centre_id != near), proctors, language, **kwargs)
        self.room_id.choices = [SelectChoice("", _("Choose a room")), *self.room_id.choices]


class ActForm(FlaskForm):
    """A fact that the authority states: the document that proves it, and its date."""

    document = text(_l("Document"), 200, description=_l("What proves it: kind, number, from whom."))
    on = DayField(_l("Date of the document"))


class EntrantActForm(ActForm):
    """What one of the tied declared in writing: who, by which document (¶29)."""

    attempt = RadioField(_l("Who?"), [filled()], coerce=identifier)

    def __init__(self, tied: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.attempt.choices = [SelectChoice(str(attempt_id), number) for attempt_id, number in tied]


class ReserveActForm(ActForm):
    """An appointment from the reserve: whom, by which document (¶31, 37–38)."""

    attempt = RadioField(_l("Whom?"), [filled()], coerce=identifier, description=_l("Public numbers, by score."))

    def __init__(self, reserve: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.attempt.choices = [SelectChoice(str(attempt_id), label) for attempt_id, label in reserve]
