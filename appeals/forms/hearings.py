"""Forms of a hearing: invitation, opening, a finding, a vote (¶34–35)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from appeals.models import CommissionMember, Finding
from appeals.rules.hearing import CHANGES_KEY, PRESENCE_NOTE_MAX, TOLD_HOW_MAX
from appeals.rules.states import (
    FINDING_NAMES,
    OUTCOME_NAMES,
    AppealOutcome,
    FindingData,
    FindingKind,
    FindingsExclude,
    check_together,
)
from core.forms import ClockField, DayField
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from testing_center.forms.answers import AnswerField, Shown
from testing_center.forms.fields import FILLED, Boxes, filled, identifier, text
from testing_center.sheets import SheetItem

WORDS_MAX = 4000  # characters of a reason or a dissent
AS_RECORDED, NO_ANSWER, STATED = "", "none", "stated"  # option ids are hexadecimal: none of them is one of these


class InviteForm(FlaskForm):
    """When the candidate is heard, as the clock at the centre shows it."""

    on = DayField(_l("Date of the hearing"))
    at = ClockField(_l("Time of the hearing"), description=_l("In the time zone of the centre. Example: 09:30"))

    def moment(self, zone: ZoneInfo) -> datetime:
        """The moment meant."""
        return datetime.combine(self.on.data, self.at.data, zone).astimezone(UTC)


class LapseForm(FlaskForm):
    """How a candidate who did not come knew of the hearing: required where the letter has not gone out."""

    told_how = TextAreaField(
        _l("How the candidate was told of the hearing"), render_kw={"rows": "3", "maxlength": str(TOLD_HOW_MAX)},
        description=_l("By whom, when and how. Example: by telephone, 21.11.2026, 10:15, the chair."),
        filters=[lambda value: value.strip() if value else value],
    )  # fmt: skip

    def __init__(self, *, is_sent: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.told_how.validators = [Optional() if is_sent else DataRequired(FILLED), Length(max=TOLD_HOW_MAX)]


def _document_shown() -> Field:
    """By which document the candidate was recognised."""
    return text(
        _l("Identity document of the candidate"), PRESENCE_NOTE_MAX,
        description=_l("Kind and number of the document that the candidate has shown you now. Example: ID1234567"),
    )  # fmt: skip


class OpenForm(FlaskForm):
    """Who is there: the candidate by a document, the members by name."""

    presence_note = _document_shown()
    members = Boxes(
        _l("Members of the commission who are present"), coerce=identifier,
        description=_l("The chair and more than half of all members."),
    )  # fmt: skip

    def __init__(self, office: Iterable[CommissionMember], **kwargs: Any) -> None:
        people = list(office)
        super().__init__(data={"members": [member.id for member in people]}, **kwargs)
        self.members.choices = [SelectChoice(str(member.id), _named(member)) for member in people]


class ViewingForm(FlaskForm):
    """Who is there when the key is shown; nothing is ticked for anybody. ``others`` are all but whoever begins."""

    is_here = BooleanField(_l("The candidate is here and sees the screen"), [filled()])
    presence_note = _document_shown()
    members = Boxes(
        _l("Members of the commission who are here"), coerce=identifier,
        description=_l("Only they vote. You are counted among them. The chair and more than half of all members."),
    )  # fmt: skip

    def __init__(self, others: Iterable[CommissionMember], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.members.choices = [SelectChoice(str(member.id), _named(member)) for member in others]


def _named(member: CommissionMember) -> str:
    name = member.user.full_name
    return _("%(name)s, chair", name=name) if member.is_chair else name


class FindingForm(FlaskForm):
    """What was found of one question; :func:`finding_form` adds ``accepted`` and, beside one option, ``stated``."""

    kind = Boxes(
        _l("Finding"), [filled()],
        description=_l(
            "One, or two where the answer was recorded wrongly and the question itself is at fault as well."
        ),
    )  # fmt: skip
    counts = RadioField(
        _l("Which answer counts"), default=AS_RECORDED,
        description=_l("Only where the answer was recorded wrongly. It counts for this candidate alone."),
    )  # fmt: skip
    reason = TextAreaField(
        _l("Reason of the finding"), [filled(), Length(max=WORDS_MAX)], render_kw={"rows": "4"},
        description=_l("It stands in the protocol."), filters=[lambda value: value.strip() if value else value],
    )  # fmt: skip
    counts_reason = TextAreaField(
        _l("Reason why the other answer counts"), [Optional(), Length(max=WORDS_MAX)], render_kw={"rows": "3"},
        description=_l("Only with two findings: the reason above is then that of the fault of the question."),
        filters=[lambda value: value.strip() if value else value],
    )  # fmt: skip

    def __init__(self, recorded: str, **kwargs: Any) -> None:
        """``recorded`` is the answer that counts so far, in words."""
        super().__init__(**kwargs)
        self.kind.choices = [SelectChoice(str(kind), name) for kind, name in FINDING_NAMES.items()]
        others = (
            [SelectChoice(*option) for option in self["accepted"].options]
            if self["accepted"].item.kind.is_one_of
            else [SelectChoice(STATED, _("Another answer, stated below"))]
        )
        self.counts.choices = [
            SelectChoice(AS_RECORDED, _("The recorded answer: %(answer)s", answer=recorded or "—")), *others,
            SelectChoice(NO_ANSWER, _("No answer")),
        ]  # fmt: skip

    @property
    def kinds(self) -> list[FindingKind]:
        """What was ticked; what is no finding is left to the choices of the field."""
        return [kind for kind in FindingKind if kind in (self.kind.data or ())]

    @property
    def is_of_both(self) -> bool:
        """Whether the answer was recorded wrongly and the question is at fault."""
        return FindingKind.RECORDING_FAULT in self.kinds and len(self.kinds) > 1

    def validate_kind(self, field: Boxes) -> None:
        """What excludes each other is not found together."""
        try:
            check_together(self.kinds)
        except FindingsExclude as refusal:
            raise ValidationError(str(refusal)) from refusal

    def validate_accepted(self, field: AnswerField) -> None:
        """A new key where the key changes, none elsewhere."""
        if CHANGES_KEY.intersection(self.kinds):
            if not field.data:
                raise ValidationError(_("Choose what is right."))
        elif self.kinds and field.data:
            raise ValidationError(_("Choose nothing here: with this finding the key does not change."))

    def validate_counts(self, field: RadioField) -> None:
        """Another answer where it was recorded wrongly, the recorded one elsewhere."""
        is_restated = FindingKind.RECORDING_FAULT in self.kinds
        if is_restated and field.data == AS_RECORDED:
            raise ValidationError(_("Choose which answer counts."))
        if self.kinds and not is_restated and field.data != AS_RECORDED:
            raise ValidationError(_("Choose the recorded answer: with this finding it counts."))

    def validate_stated(self, field: AnswerField) -> None:
        """There where another answer counts, and only there."""
        if (self.counts.data == STATED) != bool(field.data):
            raise ValidationError(_("State the answer here if another one counts, and only then."))

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Two findings have a reason each, one has one; what excludes each other is no two findings."""
        is_valid = super().validate(extra_validators)
        if self.kind.errors or self.is_of_both == bool(self.counts_reason.data):
            return is_valid
        says = _("Write this reason too.") if self.is_of_both else _("Leave this empty: there is one finding.")
        self.counts_reason.errors = [*self.counts_reason.errors, says]
        return False

    @property
    def found(self) -> list[FindingData]:
        """What was found, with the right answers; of a recording fault the one that counts, empty for no answer."""
        return [FindingData(kind, self._reason(kind), self._responses(kind)) for kind in self.kinds]

    def _reason(self, kind: FindingKind) -> str:
        is_second = self.is_of_both and kind == FindingKind.RECORDING_FAULT
        return str(self.counts_reason.data if is_second else self.reason.data)

    def _responses(self, kind: FindingKind) -> list[list[str]]:
        if kind != FindingKind.RECORDING_FAULT:
            said: list[list[str]] = self["accepted"].said if kind in CHANGES_KEY else []
            return said
        if self.counts.data == STATED:
            return [list(self["stated"].data)]
        return [[] if self.counts.data == NO_ANSWER else [self.counts.data]]


def known_findings(known: Collection[Finding]) -> dict[str, Any]:
    """The fields of :class:`FindingForm` from what was found so far; what was found right is not filled in."""
    reasons = {one.kind: one.reason for one in known}
    second = reasons.pop(FindingKind.RECORDING_FAULT) if len(reasons) > 1 else ""
    return {"kind": [str(one.kind) for one in known], "reason": "".join(reasons.values()), "counts_reason": second}


def finding_form(item: SheetItem, options: Shown, targets: Shown, recorded: str, data: dict[str, Any]) -> FindingForm:
    """A form for a question, its options and targets in the order and words in which the candidate saw them."""
    shown: dict[str, Any] = {"item": item, "options": options, "targets": targets}
    fields: dict[str, Any] = {
        "accepted": AnswerField(
            _l("What is right"), **shown,
            description=_l(
                "Only where the key changes. "
                "Wrong key: what is right instead. More than one right: what is right besides."
            ),
        )
    }  # fmt: skip
    if not item.kind.is_one_of:
        fields["stated"] = AnswerField(_l("The answer that counts"), is_key=False, **shown)
    form: FindingForm = type("ItemFindingForm", (FindingForm,), fields)(recorded, data=data)
    return form


class VoteForm(FlaskForm):
    """One member's vote."""

    outcome = RadioField(_l("Your vote"), [filled()])
    dissent = TextAreaField(
        _l("Dissenting opinion"), [Optional(), Length(max=WORDS_MAX)], render_kw={"rows": "5"},
        description=_l("In your own words, if you disagree. It stands in the protocol. You may leave it empty."),
    )  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outcome.choices = [SelectChoice(str(outcome), name) for outcome, name in OUTCOME_NAMES.items()]

    @property
    def chosen(self) -> AppealOutcome:
        """The outcome voted for."""
        return AppealOutcome(self.outcome.data)
