"""The form of a competition."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from competitions.rules import FINANCING_NAMES, Financing
from competitions.services import CompetitionData
from core.forms import DayField
from core.i18n import lazy_gettext as _l

FILLED = _l("Fill in this field.")


def _text(label: Any, length: int, **keys: str) -> StringField:
    return StringField(
        label, [InputRequired(FILLED), Length(max=length)], filters=[lambda value: value.strip() if value else value],
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

    def values(self) -> CompetitionData:
        """What was entered."""
        return CompetitionData(**{name: self[name].data for name in CompetitionData.__dataclass_fields__})
