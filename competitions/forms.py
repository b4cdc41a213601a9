"""Forms of a competition and of an application for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from competitions.people import PersonalData
from competitions.rules import FINANCING_NAMES, Financing, check_email, check_personal_number
from competitions.services import CompetitionData
from core.errors import Refusal
from core.forms import DayField
from core.i18n import lazy_gettext as _l

FILLED = _l("Fill in this field.")


def _text(label: Any, length: int, *, required: bool = True, description: Any = "", **keys: str) -> StringField:
    return StringField(
        label, [InputRequired(FILLED) if required else Optional(), Length(max=length)], description=description,
        filters=[lambda value: value.strip() if value else value],
        render_kw={"autocomplete": "off", "maxlength": str(length)} | keys,
    )  # fmt: skip


class CompetitionForm(FlaskForm):
    """A competition for the post of head of one school."""

    number = _text(_l("Number"), 32)
    school_ky = _text(_l("School in Kyrgyz"), 240, lang="ky")
    school_ru = _text(_l("School in Russian"), 240, lang="ru")
    place_ky = _text(_l("Place in Kyrgyz"), 160, lang="ky")
    place_ru = _text(_l("Place in Russian"), 160, lang="ru")
    financing = RadioField(
        _l("Financing"), [InputRequired(FILLED)], coerce=Financing,
        choices=[SelectChoice(kind.value, FINANCING_NAMES[kind]) for kind in Financing],
        description=_l("It decides who appoints the winner (¶37–38)."),
    )  # fmt: skip
    announced_on = DayField(_l("Announced on"))
    applications_until = DayField(
        _l("Last day for applications"), required=False,
        description=_l(
            "Without applications by this day the competition is not held (¶30). Where the day is missing, "
            "applications stay open until a test of the competition was held."
        ),
    )  # fmt: skip

    def values(self) -> CompetitionData:
        """What was entered."""
        return CompetitionData(**{name: self[name].data for name in CompetitionData.__dataclass_fields__})


class ApplicationForm(FlaskForm):
    """A person who has said in writing that they wish to take part (¶6, 10)."""

    personal_number = _text(_l("PIN"), 20, description=_l("14 digits from the passport."), inputmode="numeric")
    surname = _text(_l("Surname"), 80)
    given_name = _text(_l("Given name"), 80)
    patronymic = _text(_l("Patronymic"), 80, required=False, description=_l("If there is one."))
    email = _text(_l("E-mail"), 160, required=False, description=_l("Results are sent there."), inputmode="email")
    phone = _text(_l("Telephone"), 40, required=False, inputmode="tel")
    has_new_name = BooleanField(_l("The name has changed: use the new one"))

    def validate_personal_number(self, field: StringField) -> None:
        """14 digits."""
        _by_rule(check_personal_number, field)

    def validate_email(self, field: StringField) -> None:
        """Something that can be an address."""
        _by_rule(check_email, field)

    def values(self) -> PersonalData:
        """What was entered about the person."""
        return PersonalData(**{name: self[name].data or "" for name in PersonalData.__dataclass_fields__})


def _by_rule(check: Callable[[str], object], field: StringField) -> None:
    try:
        check(field.data or "")
    except Refusal as refusal:
        raise ValidationError(str(refusal)) from refusal


class DecisionForm(FlaskForm):
    """Whether the person is admitted to the test; a refusal gives its reason (¶12)."""

    ADMIT, REFUSE = "admit", "refuse"
    decision = RadioField(
        _l("Decision"), [InputRequired(FILLED)],
        choices=[SelectChoice(ADMIT, _l("Admit to the test")), SelectChoice(REFUSE, _l("Do not admit"))],
    )  # fmt: skip
    reason = TextAreaField(
        _l("Reason of a refusal"), [Optional(), Length(max=500)], render_kw={"rows": "4", "maxlength": "500"},
        description=_l("Which document or requirement is not met (¶12). Leave empty when you admit."),
    )  # fmt: skip


class RevocationForm(FlaskForm):
    """An admission taken back: why."""

    reason = TextAreaField(
        _l("Reason"), [Length(max=500)], render_kw={"rows": "4", "maxlength": "500"},
        description=_l("What came to light after the admission: a document, a requirement (¶12), a bar (¶28)."),
    )  # fmt: skip


class WithdrawalForm(FlaskForm):
    """A withdrawal: the letter in which the candidate wrote it."""

    document = _text(_l("Document"), 200, description=_l("Number and date of the candidate's letter."))
