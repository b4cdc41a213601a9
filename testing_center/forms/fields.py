"""What forms of staff share: fields without spaces around them, rules asked at the field, buttons without fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

FILLED = _l("Fill in this field.")
PLAIN = {"autocomplete": "off"}
SEATS_MAX = 400


def filled() -> InputRequired:
    """Something must be entered or chosen."""
    return InputRequired(FILLED)


def text(label: Any, length: int, *, required: bool = True, **kwargs: Any) -> StringField:
    """One line of text, without spaces around it."""
    validators = [DataRequired(FILLED) if required else Optional(), Length(max=length)]
    keys = PLAIN | {"maxlength": str(length)} | kwargs.pop("keys", {})
    return StringField(
        label, validators, filters=[lambda value: value.strip() if value else value], render_kw=keys, **kwargs
    )


def by_rule(check: Callable[[str], object]) -> Callable[[FlaskForm, Any], None]:
    """A rule that raises a Refusal as a validator of a field."""

    def validate(_form: FlaskForm, field: Any) -> None:
        try:
            check(field.data or "")
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal

    return validate


def put(form: FlaskForm, refusal: Refusal, fields: dict[str, str]) -> None:
    """Show a refusal at the field it is about (by code), else above the form."""
    name = fields.get(refusal.code)
    if name is None:
        form.form_errors.append(str(refusal))
    else:
        form[name].errors = [*form[name].errors, str(refusal)]


def identifier(value: UUID | str) -> UUID:
    """A choice as the identifier that it stands for; what is none is no choice."""
    return value if isinstance(value, UUID) else UUID(value)


class Boxes(SelectMultipleField):
    """Several of a list, as checkboxes."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()


class PostForm(FlaskForm):
    """A button without fields."""


class ReasonForm(FlaskForm):
    """Why something is done; it becomes part of the record."""

    reason = text(_l("Reason"), 500, description=_l("It becomes part of the record."))


class PrintForm(FlaskForm):
    """Printing slips; a reprint says why (the service asks for it)."""

    reason = text(_l("Reason of the reprint"), 500, required=False)
