"""The application of a candidate, at their own screen or at the desk; taken back, or rejected (¶33)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from appeals.rules.filing import GROUNDS_MAX
from appeals.rules.withdrawing import REJECTION_MAX
from core.forms import ClockField, DayField
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from testing_center.forms.entry import SIXTEEN
from testing_center.forms.fields import FILLED, PLAIN, filled
from testing_center.models.attempts import Attempt


class AppealForm(FlaskForm):
    """Questions and grounds; both may be left empty: disagreement is enough (¶33)."""

    questions = StringField(
        _l("Questions that you dispute"), [Optional(), Length(max=400)], render_kw=PLAIN | {"maxlength": "400"},
        description=_l("Their numbers on your screen, for example: 12, 41. Leave it empty if you mean the whole test."),
    )  # fmt: skip
    grounds = TextAreaField(
        _l("What you disagree with"), [Optional()], render_kw={"rows": "7", "maxlength": str(GROUNDS_MAX)},
        description=_l("In your own words. You need not give reasons."),
    )  # fmt: skip

    def __init__(self, attempt: Attempt, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shown: list[int] = list(attempt.order["items"])

    def validate_questions(self, field: StringField) -> None:
        """Numbers of questions that the test has."""
        wrong = [text for text in self._written() if not (text.isdecimal() and 1 <= int(text) <= len(self._shown))]
        if wrong:
            raise ValidationError(_("The test has no such question: %(n)s.", n=", ".join(wrong)))

    def _written(self) -> list[str]:
        return [text for text in re.split(r"[\s,;]+", self.questions.data or "") if text]

    @property
    def places(self) -> list[int]:
        """The places in the form of the questions written, each once."""
        return sorted({self._shown[int(text) - 1] for text in self._written()})


class DeskForm(AppealForm):
    """The same at the desk, where the proctor recognises the person at once."""

    is_recognised = BooleanField(
        _l("The person is here and I have seen their identity document"), [filled()],
    )  # fmt: skip


class OwnCodeForm(FlaskForm):
    """The candidate's own code, typed again: whoever sits at a workstation left open does not know it."""

    code = StringField(
        _l("Candidate code"), [InputRequired(SIXTEEN), Length(max=40, message=SIXTEEN)],
        description=_l("Type the 16 digits on your slip again: only you can withdraw the appeal."),
        render_kw=PLAIN | {"maxlength": "40", "inputmode": "numeric", "spellcheck": "false"},
    )  # fmt: skip


class PaperForm(FlaskForm):
    """A paper signed by the candidate by which they withdraw: when they signed it, and that it is they."""

    on = DayField(_l("Date on the paper"))
    at = ClockField(_l("Time on the paper"), description=_l("In the time zone of the centre. Example: 09:30"))
    is_signed = BooleanField(_l("The candidate has signed the paper, and it stays with the documents"), [filled()])
    is_recognised = BooleanField(_l("The person is here and I have seen their identity document"), [filled()])

    def moment(self, zone: ZoneInfo) -> datetime:
        """The moment that stands on the paper."""
        return datetime.combine(self.on.data, self.at.data, zone).astimezone(UTC)


class RejectForm(FlaskForm):
    """Why the proctor says that it was not the candidate who filed."""

    reason = TextAreaField(
        _l("Why this was not the candidate"), [DataRequired(FILLED), Length(max=REJECTION_MAX)],
        render_kw={"rows": "4", "maxlength": str(REJECTION_MAX)},
        description=_l("What you saw: who sat there, where the candidate was. It becomes part of the record."),
        filters=[lambda value: value.strip() if value else value],
    )  # fmt: skip
