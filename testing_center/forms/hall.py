"""The form of an act upon candidates: for which seats, why, and what the act needs besides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import TextInput

from core.i18n import format_time
from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import ReasonForm, by_rule, filled, text
from testing_center.models.sittings import Incident, Sitting
from testing_center.rules.acts import MESSAGE_MOST, REASONS, ActKind
from testing_center.rules.seats import read_seats
from testing_center.rules.sittings import INCIDENT_NAMES, IncidentCategory
from testing_center.rules.time import Span
from testing_center.services.acts import NEEDS_REASON, Asked

LABELS = {
    ActKind.AUTHORISE: _l("Let start"),
    ActKind.PAUSE: _l("Pause"),
    ActKind.RESUME: _l("Let go on"),
    ActKind.MESSAGE: _l("Send a message"),
    ActKind.EXTEND: _l("Give more time"),
    ActKind.OUTAGE: _l("Give back an outage"),
    ActKind.TIME_UP: _l("Say that the time was up"),
    ActKind.END: _l("End the test"),
}
# Which fields an act has beside seats and category.
FIELDS = {
    ActKind.MESSAGE: ("wording",),
    ActKind.EXTEND: ("minutes",),
    ActKind.OUTAGE: ("began", "ended"),
}
MOMENT, MOMENT_EXAMPLE = _l("Wrong time. Example: 10:15:30"), _l("Hours, minutes and seconds. Example: 10:15:30")
SECOND = timedelta(seconds=1)
SEATS_TEXT_MOST = 2000  # letters: every second seat of the largest room are nearly a thousand
WORDS_MOST = 60  # letters of an incident in a list to choose from


class MomentField(TimeField):
    """A required time of day to the second, typed as ``10:15:30``; seconds may be left out."""

    widget = TextInput()

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(
            label, [filled()], format=["%H:%M:%S", "%H:%M"], invalid_value_message=MOMENT, description=MOMENT_EXAMPLE,
            render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": "8"}, **kwargs,
        )  # fmt: skip


class RefuseForm(FlaskForm):
    """Why somebody is not let in; it becomes an incident of the sitting."""

    category = RadioField(
        _l("What is it about?"), [filled()], default=IncidentCategory.CANDIDATE.value,
        choices=[SelectChoice(category.value, name) for category, name in INCIDENT_NAMES.items()],
    )  # fmt: skip
    reason = text(
        _l("Reason"), 500, description=_l("It stands in the protocol of the sitting: write facts, no names."),
    )  # fmt: skip


class MoveForm(ReasonForm):
    """Why a candidate goes on at another workstation."""

    category = RadioField(
        _l("What is it about?"), [filled()], default=IncidentCategory.TECHNICAL.value,
        choices=[SelectChoice(category.value, name) for category, name in INCIDENT_NAMES.items()],
    )  # fmt: skip


class ActForm(FlaskForm):
    """An act of one kind: fields that it does not need are not there."""

    seats = text(
        _l("Seat numbers"), SEATS_TEXT_MOST,
        description=_l("Numbers with commas, a range with a hyphen. Example: 1-20, 25"),
    )  # fmt: skip
    minutes = IntegerField(
        _l("Minutes"), [InputRequired(_l("Fill in this field."))], render_kw={"inputmode": "numeric"},
    )  # fmt: skip
    wording = TextAreaField(
        _l("Message to the candidates"), [filled()], render_kw={"rows": "3", "maxlength": str(MESSAGE_MOST)},
        description=_l("It stands on their page until they have read it."),
    )  # fmt: skip
    began = MomentField(_l("Outage from"))
    ended = MomentField(_l("Outage until"))
    category = RadioField(
        _l("What is it about?"), [filled()],
        choices=[SelectChoice(category.value, name) for category, name in INCIDENT_NAMES.items()],
    )  # fmt: skip
    reason = text(
        _l("Reason"),
        500,
        required=False,
        description=_l("It stands in the summary protocol beside public numbers: write facts, no names and no seats."),
        keys={"list": "reasons"},
    )
    incident = SelectField(
        _l("Incident"), [Optional()],
        description=_l("If it is a measure upon something recorded: it then stands in the act on the incident."),
    )  # fmt: skip

    def __init__(self, kind: ActKind, sitting: Sitting, incidents: Sequence[Incident], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind, self.sitting = kind, sitting
        latest_first = [one for one in reversed(incidents) if one.text]
        self.incidents = {str(one.number): one for one in latest_first}
        if self.incidents:
            named = [SelectChoice(number, _named(one)) for number, one in self.incidents.items()]
            self.incident.choices = [SelectChoice("", _l("Belongs to no incident")), *named]
        else:
            del self.incident
        self.seats.validators = [*self.seats.validators, by_rule(read_seats)]
        unneeded = {"minutes", "wording", "began", "ended"} - set(FIELDS.get(kind, ()))
        for name in unneeded:
            delattr(self, name)
        if kind in NEEDS_REASON:
            self.reason.validators = [filled(), *(one for one in self.reason.validators if isinstance(one, Length))]
        else:
            del self.reason

    @property
    def offered(self) -> Sequence[Any]:
        """Reasons to choose from, beside one's own words."""
        return REASONS.get(self.kind, ())

    @property
    def chosen(self) -> list[int]:
        """Seats that were typed."""
        return read_seats(self.seats.data)

    def asked(self, *, now: datetime) -> Asked:
        """What is asked for."""
        return Asked(
            self.kind, IncidentCategory(self.category.data), self.reason.data if "reason" in self else "",
            minutes=self.minutes.data if "minutes" in self else 0,
            wording=self.wording.data if "wording" in self else "",
            window=self.window(now=now) if "began" in self else None,
            incident=self.incidents.get(self.incident.data) if "incident" in self else None,
        )  # fmt: skip

    def window(self, *, now: datetime) -> Span:
        """The outage on this day of the centre, whole seconds; its last second may be the one that runs."""
        zone = self.sitting.zone
        day = now.astimezone(zone).date()
        began, ended = (
            datetime.combine(day, field.data, zone).astimezone(now.tzinfo) for field in (self.began, self.ended)
        )
        return began, now if now < ended < now + SECOND else ended


def _named(incident: Incident) -> str:
    """An incident as a choice: ``И-2 · 10:15 · The switch is off.``"""
    words = " ".join(incident.text.split())
    short = words if len(words) <= WORDS_MOST else f"{words[:WORDS_MOST].rstrip()}…"
    return f"И-{incident.number} · {format_time(incident.at, incident.sitting.zone)} · {short}"
