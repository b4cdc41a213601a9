"""Pieces that the forms of the bank share."""

from __future__ import annotations

from typing import Any

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import clean_text

FILLED = _l("Fill in this field.")
WHOLE = _l("Write a whole number.")


def filled() -> InputRequired:
    """Something must be entered; the page says it, not the browser's bubble."""
    return InputRequired(FILLED)


def clean(value: Any) -> Any:
    """Typed text as it is kept (see ``clean_text``); a filter of fields."""
    return clean_text(value) if isinstance(value, str) else value


def text_field(label: Any, longest: int, *, needed: bool = True, hint: Any = "", **attributes: Any) -> StringField:
    """One line of text of at most ``longest`` characters; ``attributes`` go to the input."""
    checks = [filled()] if needed else []
    return StringField(
        label, [*checks, Length(max=longest)], filters=[clean], description=hint,
        render_kw={"maxlength": str(longest), **attributes},
    )  # fmt: skip
