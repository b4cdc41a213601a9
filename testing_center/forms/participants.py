"""Forms of registration: one person, or a file of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileAllowed, FileField, FileRequired
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from competitions.models import Competition
from competitions.people import PersonalData
from competitions.rules import check_email, check_personal_number
from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import PLAIN, by_rule, filled, identifier, text
from testing_center.rules.time import EXTRA_MOST

_MOST = EXTRA_MOST // timedelta(minutes=1)
LANGUAGES = [SelectChoice("ky", "Кыргызча"), SelectChoice("ru", "Русский")]


class RegisterForm(FlaskForm):
    """A person who takes part."""

    personal_number = StringField(
        _l("PIN"), [filled(), by_rule(check_personal_number)], description=_l("14 digits from the passport."),
        render_kw=PLAIN | {"inputmode": "numeric", "maxlength": "20"},
    )  # fmt: skip
    surname = text(_l("Surname"), 80)
    given_name = text(_l("Given name"), 80)
    patronymic = text(_l("Patronymic"), 80, required=False, description=_l("If there is one."))
    email = text(_l("E-mail"), 160, required=False, keys={"inputmode": "email"})
    phone = text(_l("Telephone"), 40, required=False, keys={"inputmode": "tel"})
    language = RadioField(_l("Language of the test"), [filled()], choices=LANGUAGES, default="ky")
    competition_id = SelectField(_l("Competition"), coerce=identifier)
    has_new_name = BooleanField(_l("The name has changed: use the new one"))

    def __init__(self, competitions: Iterable[Competition], language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._competitions = {competition.id: competition for competition in competitions}
        self.competition_id.choices = [
            SelectChoice(str(c.id), f"{c.number} · {c.school_ru if language == 'ru' else c.school_ky}")
            for c in self._competitions.values()
        ]

    def validate_email(self, field: StringField) -> None:
        """Something that can be an address."""
        by_rule(check_email)(self, field)

    @property
    def competition(self) -> Competition:
        """The competition chosen."""
        return self._competitions[self.competition_id.data]

    def values(self) -> PersonalData:
        """What was entered about the person."""
        return PersonalData(**{name: self[name].data or "" for name in PersonalData.__dataclass_fields__})


class ParticipantsFileForm(FlaskForm):
    """A list of candidates."""

    file = FileField(
        _l("Excel file"), [FileRequired(_l("Choose a file.")), FileAllowed(["xlsx"], _l("Choose an .xlsx file."))],
        render_kw={"accept": ".xlsx"},
    )  # fmt: skip


class ConfirmFileForm(FlaskForm):
    """The rows of a file that was checked, sealed, on their way back."""

    rows = HiddenField(validators=[InputRequired()])


class SeatForm(FlaskForm):
    """Another seat for one person, and why."""

    seat = IntegerField(
        _l("Seat"), [filled(), NumberRange(1, 9999, _l("Give the number of a seat."))],
        render_kw=PLAIN | {"inputmode": "numeric", "maxlength": "4"},
    )  # fmt: skip
    reason = text(
        _l("Reason"), 500, description=_l("What the seat has, e.g. room for a wheelchair. Do not write a diagnosis.")
    )


class ExtraForm(FlaskForm):
    """Extra time that is granted to one person before the day."""

    minutes = IntegerField(
        _l("Minutes more than the test lasts"),
        [filled(), NumberRange(1, _MOST, _l("Give whole minutes, from 1 to 240."))],
        render_kw=PLAIN | {"inputmode": "numeric", "maxlength": "3"},
    )  # fmt: skip
    reason = text(
        _l("Document"), 500,
        description=_l("Its number and date, and who issued it. Do not write an illness or a diagnosis."),
    )  # fmt: skip
