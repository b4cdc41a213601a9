"""Forms of the archive and of the outbox."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from archive.rules import REASON_MAX
from core.i18n import lazy_gettext as _l


def stripped(text: str | None) -> str | None:
    """What was typed, without spaces around it."""
    return text.strip() if text else text


GROUND = _l("State the ground: whose demand it is, its number and date.")


class HoldForm(FlaskForm):
    """A legal hold on a competition."""

    number = StringField(
        _l("Number of the competition"), [DataRequired(_l("Enter the number.")), Length(max=32)], [stripped]
    )
    ground = TextAreaField(
        _l("Ground"), [DataRequired(GROUND), Length(max=REASON_MAX)], [stripped],
        description=_l("Who demands it: court or authority, number and date of the document."),
    )  # fmt: skip


class LiftForm(FlaskForm):
    """The end of a legal hold."""

    ground = TextAreaField(_l("Ground"), [DataRequired(GROUND), Length(max=REASON_MAX)], [stripped])


class AddressForm(FlaskForm):
    """Where a letter that did not go should go now."""

    recipient = StringField(
        _l("E-mail"), [DataRequired(_l("Enter the e-mail address.")), Length(max=160)], [stripped],
        render_kw={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"},
    )  # fmt: skip
