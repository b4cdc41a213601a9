"""Forms of corrections: for each question what is right instead, and the grounds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from core.i18n import format_datetime
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from ranking.services.findings import Restatement
from testing_center.forms.answers import AnswerField
from testing_center.forms.fields import Boxes, filled, identifier, text
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import KIND_NAMES, ErratumData, ErratumKind
from testing_center.sheets import Sheet

REASON = _l("Reason")


class CorrectionForm(FlaskForm):
    """The grounds; :func:`correction_form` adds three fields for each question that is corrected."""

    grounds = TextAreaField(
        _l("Grounds"), [filled(), Length(max=2000)],
        description=_l("The decisions on which the correction stands, by number and date."),
        filters=[lambda value: value.strip() if value else value],
    )  # fmt: skip
    restated = Boxes(
        _l("Answers recorded wrongly"),
        description=_l(
            "As the commission found. The answer that it stated counts for that attempt alone; what was recorded stays."
        ),
    )  # fmt: skip
    places: Sequence[int] = ()
    restatements: Sequence[Restatement] = ()

    def at(self, place: int) -> tuple[Any, Any, Any]:
        """Kind, right answers and reason of the question at a place of the form."""
        return self[f"kind_{place}"], self[f"accepted_{place}"], self[f"reason_{place}"]

    @property
    def errata(self) -> list[ErratumData]:
        """What was entered."""
        found = []
        for place in self.places:
            kind, accepted, reason = self.at(place)
            right = [] if kind.data == ErratumKind.VOID else accepted.said
            found.append(ErratumData(place, ErratumKind(kind.data), right, reason.data))
        return found + [one.erratum for one in self.restatements if _value(one) in self.restated.data]


def _value(one: Restatement) -> str:
    return f"{one.erratum.place}:{one.erratum.attempt}"


def _in_words(one: Restatement) -> str:
    nothing = _("no answer")
    answers = _("Recorded: %(recorded)s; counts: %(counts)s", recorded=one.recorded or nothing,
                counts=one.counts or nothing)  # fmt: skip
    return _("%(attempt)s, place in the form: %(place)s. %(answers)s", attempt=one.number, place=one.erratum.place,
             answers=answers)  # fmt: skip


def correction_form(
    sheet: Sheet, places: Collection[int], known: Sequence[ErratumData], restatements: Sequence[Restatement],
    grounds: str, language: str,
) -> CorrectionForm:  # fmt: skip
    """A form for these questions: what appeals found of them is filled in, answers to restate are chosen already."""
    fields: dict[str, Any] = {"places": sorted(places), "restatements": restatements}
    data: dict[str, Any] = {"grounds": grounds, "restated": [_value(one) for one in restatements]}
    for place in fields["places"]:
        kinds = [SelectChoice(str(kind), name) for kind, name in KIND_NAMES.items() if kind != ErratumKind.RESTATED]
        fields[f"kind_{place}"] = RadioField(_l("What is wrong"), [filled()], choices=kinds)
        fields[f"accepted_{place}"] = AnswerField(
            _l("Right answers"), item=sheet.items[place], language="ru" if language == "ru" else "ky",
            description=_l("Nothing is chosen where the question is void."),
        )  # fmt: skip
        fields[f"reason_{place}"] = text(REASON, 1000, description=_l("It becomes part of the record."))
    for erratum in known:
        data[f"kind_{erratum.place}"] = str(erratum.kind)
        is_one_of = sheet.items[erratum.place].kind.is_one_of  # of other kinds one answer is said at a time
        said = erratum.accepted if is_one_of else erratum.accepted[:1]
        data[f"accepted_{erratum.place}"] = [one for response in said for one in response]
        data[f"reason_{erratum.place}"] = erratum.reason
    form: CorrectionForm = type("PlacesForm", (CorrectionForm,), fields)(data=data)
    form.restated.choices = [SelectChoice(_value(one), _in_words(one)) for one in restatements]
    return form


class ApplyForm(FlaskForm):
    """The second person's word: the digest of the preview that they saw."""

    digest = HiddenField(validators=[filled()])


class CancelForm(FlaskForm):
    """Why a correction or an annulment is cancelled."""

    reason = text(REASON, 500, description=_l("It becomes part of the record."))


class CallForm(FlaskForm):
    """At which planned sitting the candidates of an annulled one are registered anew."""

    anew = SelectField(_l("New sitting"), coerce=identifier)

    def __init__(self, sittings: Collection[Sitting], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.anew.choices = [
            SelectChoice(str(one.id), f"{one.number} · {format_datetime(one.starts_at, one.zone)}") for one in sittings
        ]


class AnnulForm(FlaskForm):
    """Which sitting is annulled, and why."""

    sitting = SelectField(_l("Sitting"), coerce=identifier)
    reason = TextAreaField(
        REASON, [filled(), Length(max=2000)], description=_l("It becomes part of the record."),
        filters=[lambda value: value.strip() if value else value],
    )  # fmt: skip

    def __init__(self, sittings: Collection[Sitting], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sitting.choices = [SelectChoice(str(sitting.id), sitting.number) for sitting in sittings]
