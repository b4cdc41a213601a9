"""Pieces that the forms of the bank share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import IntegerField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import clean_text

FILLED = _l("Fill in this field.")
WHOLE = _l("Write a whole number.")
CHOSEN = _l("Choose one from the list.")
TOO_LONG = _l("The text is too long. Most characters allowed: %(max)d")


def clean(value: Any) -> Any:
    """Typed text as it is kept (see ``clean_text``); a filter of fields."""
    return clean_text(value) if isinstance(value, str) else value


def options(pairs: Iterable[tuple[Any, Any]], group: str | None = None) -> list[SelectChoice]:
    """Choices from pairs of value and label; ``group`` is the heading over them."""
    return [SelectChoice(str(value), label, optgroup=group) for value, label in pairs]


def at_most(longest: int) -> Length:
    """No longer than so many characters."""
    return Length(max=longest, message=TOO_LONG)


def text_field(label: Any, longest: int, *, needed: bool = True, hint: Any = "", **attributes: Any) -> StringField:
    """One line of text of at most ``longest`` characters; ``attributes`` go to the input."""
    checks = [DataRequired(FILLED)] if needed else []
    return StringField(
        label, [*checks, at_most(longest)], filters=[clean], description=hint,
        render_kw={"maxlength": str(longest), **attributes},
    )  # fmt: skip


class Between(NumberRange):
    """Within bounds, where there is a number at all: what is none was said already."""

    def __call__(self, form: Any, field: Any) -> None:
        if field.data is not None:
            super().__call__(form, field)


def whole_number(label: Any, *checks: NumberRange, hint: Any = "", **more: Any) -> IntegerField:
    """A whole number that must be there."""
    return IntegerField(label, [InputRequired(WHOLE), *checks], description=hint, invalid_value_message=WHOLE, **more)
