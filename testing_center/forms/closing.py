"""Forms of the closing: what became of people, the slips left over; and of the act on an incident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from core.i18n import format_time
from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import filled, identifier, text
from testing_center.models.hall import HallAct
from testing_center.models.sittings import Sitting
from testing_center.rules.acts import ACT_NAMES
from testing_center.rules.closing import UNSAT_NAMES, Gap
from testing_center.rules.sittings import PRESENCE_NAMES, Presence, Unsat
from testing_center.services.accounting import Open
from testing_center.services.closing import Account

# What may be said of somebody, by what is open.
ANSWERS: Mapping[Gap, tuple[Account, ...]] = {
    Gap.UNMARKED: (Presence.ABSENT, Presence.REFUSED),
    Gap.NO_GROUNDS: (Presence.REFUSED,),
    Gap.NEVER_BEGAN: (Unsat.LEFT, Unsat.DID_NOT_START),
}
NAMES: dict[str, object] = {str(key): name for names in (PRESENCE_NAMES, UNSAT_NAMES) for key, name in names.items()}


class AccountForm(FlaskForm):
    """What became of one person; ``of`` makes it for a gap."""

    what = RadioField(_l("What became of the person?"), [filled()])
    reason = text(_l("Reason"), 500, required=False, description=_l("Not needed for an absence. Write no names."))

    @classmethod
    def of(cls, one: Open) -> AccountForm:
        """The form for somebody, with the answers that are possible; its fields bear the person's id."""
        form = cls(prefix=str(one.participant.id))
        form.what.choices = [SelectChoice(answer.value, NAMES[answer]) for answer in ANSWERS[one.gap]]
        if one.gap != Gap.UNMARKED:
            form.reason.description = _l("Write no names.")
        if len(form.what.choices) == 1 and form.what.data is None:
            form.what.data = form.what.choices[0].value
        return form

    def account(self, gap: Gap) -> Account:
        """The answer chosen."""
        return next(answer for answer in ANSWERS[gap] if answer.value == self.what.data)


class CloseForm(FlaskForm):
    """How many slips are left over."""

    slips_left = IntegerField(
        _l("Paper slips left over, counted by hand"),
        [Optional(), NumberRange(0, 5000, _l("Write a number, 0 or more."))],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )  # fmt: skip
    slips_reason = text(
        _l("Why the numbers differ"), 500, required=False, description=_l("Only where the slips do not add up.")
    )


class PaperForm(FlaskForm):
    """Drawing up the act on an incident."""

    present = TextAreaField(
        _l("Who was present"), [Optional(), Length(max=500)], render_kw={"rows": "3", "maxlength": "500"},
        description=_l("Staff only. Leave empty for the proctors of the sitting."),
    )  # fmt: skip


class MeasureForm(FlaskForm):
    """Which act of staff was a measure taken upon an incident."""

    act = SelectField(_l("Act of staff"), coerce=identifier)

    def __init__(self, acts: Iterable[HallAct], sitting: Sitting, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.acts: dict[UUID, HallAct] = {act.id: act for act in acts}
        self.act.choices = [
            SelectChoice(str(act.id), " · ".join(filter(None, _words(act, sitting)))) for act in self.acts.values()
        ]


def _words(act: HallAct, sitting: Sitting) -> tuple[str, str, str | None]:
    return format_time(act.asked_at, sitting.zone), str(ACT_NAMES[act.kind]), act.reason or act.wording
