"""Forms of the technical commission (¶34)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from accounts.models import User
from core.forms import DayField
from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import Boxes, identifier, text


def _people(users: Iterable[User]) -> list[SelectChoice]:
    return [SelectChoice(str(user.id), user.full_name) for user in users]


class ApproveForm(FlaskForm):
    """The act of the department: chair and members."""

    act_number = text(_l("Number of the act"), 64)
    act_on = DayField(_l("Date of the act"))
    chair = SelectField(_l("Commission chair"), coerce=identifier)
    members = Boxes(_l("Members"), coerce=identifier, description=_l("Together with the chair at most five people."))

    def __init__(self, chairs: Iterable[User], members: Iterable[User], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.chair.choices, self.members.choices = _people(chairs), _people(members)


class SubstituteForm(FlaskForm):
    """Who takes the place of a member who left, and by which act of the department."""

    act_number = text(_l("Number of the act"), 64)
    act_on = DayField(_l("Date of the act"))
    user = SelectField(_l("Substitute"), coerce=identifier)

    def __init__(self, users: Iterable[User], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user.choices = _people(users)


class MissedForm(FlaskForm):
    """Why a member cannot sign, and by which document this is known."""

    reason = text(_l("Reason"), 500, description=_l("It stands in the protocol in the place of the signature."))
    document = text(_l("Document"), 200, description=_l("For example the order of dismissal: number and date."))
