"""The form of public verification."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import PLAIN, filled


class VerifyForm(FlaskForm):
    """A verification code, in the address: nothing is changed, so no token is needed."""

    class Meta:
        csrf = False

    code = StringField(
        _l("Verification code of the protocol"), [filled(), Length(max=32)],
        render_kw=PLAIN | {"spellcheck": "false", "autocapitalize": "characters", "maxlength": "32"},
        description=_l("At the end of the protocol, beside the QR code."),
    )  # fmt: skip
