"""The form at the door."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from core.i18n import lazy_gettext as _l

SIXTEEN = _l("Type the 16 digits on your slip.")


class CodeForm(FlaskForm):
    """The code from the slip and, to go on elsewhere, the proctor's token."""

    code = StringField(
        _l("Candidate code"),
        validators=[InputRequired(SIXTEEN), Length(max=40, message=SIXTEEN)],
        description=_l("16 digits, for example: 1234 5678 9012 3456. Spaces may be left out."),
    )
    resume = StringField(
        _l("Resume code"),
        validators=[Length(max=20, message=_l("Type the 8 digits that the proctor gave you."))],
        description=_l("8 digits from the proctor. Leave it empty if you have not begun yet."),
    )
