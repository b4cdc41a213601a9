"""Forms of corrections: for each question what is right instead, and the grounds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from core.i18n import lazy_gettext as _l
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
    places: Sequence[int] = ()

    def at(self, place: int) -> tuple[Any, Any, Any]:
        """Kind, right answers and reason of the question at a place of the form."""
        return self[f"kind_{place}"], self[f"accepted_{place}"], self[f"reason_{place}"]

    @property
    def errata(self) -> list[ErratumData]:
        """What was entered."""
        found = []
        for place in self.places:
            kind, accepted, reason = (field.data for field in self.at(place))
            right = [] if kind == ErratumKind.VOID else [[option] for option in accepted]
            found.append(ErratumData(place, ErratumKind(kind), right, reason))
        return found


def correction_form(
    sheet: Sheet, places: Collection[int], known: Sequence[ErratumData], grounds: str, language: str
) -> CorrectionForm:
    """A form for these questions; what appeals found of them is filled in already."""
    fields: dict[str, Any] = {"places": sorted(places)}
    data: dict[str, Any] = {"grounds": grounds}
    for place in fields["places"]:
        options = [SelectChoice(o.id, o.text.get(language, o.text["ky"])) for o in sheet.items[place].options]
        kinds = [SelectChoice(str(kind), name) for kind, name in KIND_NAMES.items()]
        fields[f"kind_{place}"] = RadioField(_l("What is wrong"), [filled()], choices=kinds)
        fields[f"accepted_{place}"] = Boxes(
            _l("Right answers"), choices=options, description=_l("Nothing is chosen where the question is void.")
        )
        fields[f"reason_{place}"] = text(REASON, 1000, description=_l("It becomes part of the record."))
    for erratum in known:
        data[f"kind_{erratum.place}"] = str(erratum.kind)
        data[f"accepted_{erratum.place}"] = [option for response in erratum.accepted for option in response]
        data[f"reason_{erratum.place}"] = erratum.reason
    form: CorrectionForm = type("PlacesForm", (CorrectionForm,), fields)(data=data)
    return form


class ApplyForm(FlaskForm):
    """The second person's word: the digest of the preview that they saw."""

    digest = HiddenField(validators=[filled()])


class CancelForm(FlaskForm):
    """Why a correction or an annulment is cancelled."""

    reason = text(REASON, 500, description=_l("It becomes part of the record."))


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
