"""What the department and the authority fill in about tests: blueprints, specifications, variants."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    DecimalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from core.clock import request_now
from core.forms import DayField
from core.i18n import current_language, zone
from core.i18n import lazy_gettext as _l
from question_bank import queries, rules
from question_bank.assembly.plan import Limits
from question_bank.forms.fields import CHOSEN, WHOLE, Between, options, text_field, whole_number
from question_bank.kinds import numeric
from question_bank.models import Blueprint
from question_bank.rules import Navigation
from question_bank.services.draws import NOBODY, Audience

NAVIGATION_NAMES = {
    Navigation.FREE: _l("The candidate may go back to earlier questions"),
    Navigation.FORWARD: _l("Forward only: an answered question is not shown again"),
}
LANGUAGE_NAMES = {"ky": _l("Kyrgyz"), "ru": _l("Russian")}


def limit(label: Any, least: int, hint: Any, **more: Any) -> IntegerField:
    """A whole number that may be left out."""
    return IntegerField(
        label, [Optional(), Between(least, 999, WHOLE)], description=hint, invalid_value_message=WHOLE,
        render_kw={"min": str(least), "max": "999"}, **more,
    )  # fmt: skip


class BlueprintForm(FlaskForm):
    """Title of a blueprint; the cells are read from the matrix beside it. ``exposure`` is for counting, not kept."""

    title = text_field(_l("Title"), 200)
    exposure = limit(
        _l("Most variants that a question stands on"), 1, _l("For the count of variants only; it is not saved."),
        default=2,
    )  # fmt: skip
    add_row = SelectField(_l("Row for a sub-topic"), validate_choice=False)

    def __init__(self, own: Blueprint | None = None, **kwargs: Any) -> None:
        """``own`` is the blueprint that is edited: its title may stay."""
        super().__init__(**kwargs)
        self._own = own

    def validate_title(self, field: StringField) -> None:
        """Not the title of another blueprint."""
        other = queries.find_blueprint(field.data or "")
        if other is not None and (self._own is None or other.id != self._own.id):
            raise ValidationError(str(rules.BlueprintTitleTaken(title=field.data)))


class SpecificationForm(FlaskForm):
    """Items, time, cut score and manner of a test."""

    title_ky = text_field(_l("Title in Kyrgyz"), 200)
    title_ru = text_field(_l("Title in Russian"), 200)
    blueprint = SelectField(_l("Blueprint"), [InputRequired(CHOSEN)], invalid_choice_message=CHOSEN)
    minutes = whole_number(_l("Minutes"), NumberRange(1, 600, rules.MinutesOutOfRange.message))
    points = whole_number(
        _l("Points of each question"),
        NumberRange(rules.POINTS.start, rules.POINTS.stop - 1, _l("A question gives from 1 to 10 points.")), default=1,
        hint=_l("With more than one point an answer that is partly right can give a part of them."),
        render_kw={"min": str(rules.POINTS.start), "max": str(rules.POINTS.stop - 1)},
    )  # fmt: skip
    cut_score = whole_number(_l("Cut score"), hint=_l("The least score that meets the requirements (¶22, 26)"))
    navigation = RadioField(
        _l("Order of answering"), choices=options(NAVIGATION_NAMES.items()), default=Navigation.FREE,
        invalid_choice_message=CHOSEN,
    )  # fmt: skip
    languages = SelectMultipleField(
        _l("Languages of the test"), choices=options(LANGUAGE_NAMES.items()), default=list(rules.LANGUAGES),
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), invalid_choice_message=CHOSEN,
    )  # fmt: skip

    def __init__(self, blueprints: Sequence[Blueprint], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._items = {str(blueprint.id): blueprint.items for blueprint in blueprints}
        self.blueprint.choices = options((b.id, f"{b.title} · {b.items}") for b in blueprints)

    def validate_cut_score(self, field: IntegerField) -> None:
        """Between 1 and the maximum: every item is worth the same points."""
        maximum = self._items.get(self.blueprint.data or "", 0) * (self.points.data or 1)
        if maximum and field.data is not None and not 1 <= field.data <= maximum:
            raise ValidationError(str(rules.CutScoreAboveMaximum(maximum=maximum)))

    def validate_languages(self, field: SelectMultipleField) -> None:
        """At least one."""
        if not field.data:
            raise ValidationError(str(rules.LanguagesMissing()))


class ActForm(FlaskForm):
    """The authority's dated act (¶22)."""

    act_number = text_field(_l("Number of the act"), 64)
    act_on = DayField(_l("Date of the act"))

    def validate_act_on(self, field: DayField) -> None:
        """Not in the future, where the authority sits."""
        if field.data and field.data > request_now().astimezone(zone()).date():
            raise ValidationError(str(_l("The act cannot bear a date in the future.")))


_POINTS = _l("A number of points, not below zero.")


class Points(DecimalField):
    """Points, with a comma or a point as people write them."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data).replace(".", "." if current_language() == "en" else ",")

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist or [""])[0].strip()
        number = numeric.decimal(typed) if typed else None
        if typed and number is None:
            self.data = None
            raise ValueError(str(_POINTS))
        self.data = None if number is None else Decimal(number)


class DrawForm(FlaskForm):
    """How many variants to draw, and what they keep to; an empty limit is none."""

    count = whole_number(
        _l("How many variants"), Between(1, rules.FORMS_AT_ONCE, _l("Between 1 and 20.")), default=1,
        render_kw={"min": "1", "max": str(rules.FORMS_AT_ONCE)},
    )  # fmt: skip
    shared = limit(
        _l("Most questions that two variants have in common"), 0,
        _l("0: none. Empty: as few as the bank allows."), default=0,
    )  # fmt: skip
    exposure = limit(
        _l("Most variants that a question stands on"), 1,
        _l("All variants sealed before are counted, of every test. Empty: no limit."),
    )  # fmt: skip
    tolerance = Points(
        _l("Most points that the expected scores differ by"),
        [Optional(), Between(0, 999, _POINTS)],
        description=_l("Empty: no limit, the variants are balanced as well as can be."), default=Decimal("0.5"),
        places=None, widget=TextInput(), render_kw={"inputmode": "decimal", "maxlength": "8"},
    )  # fmt: skip
    audience = SelectField(_l("Leave out questions that have been seen by"), validate_choice=False)

    def __init__(self, audiences: Sequence[Audience] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._audiences = {one.key: one for one in audiences}
        self.audience.choices = options([("", _l("nobody in particular")), *((one.key, one.name) for one in audiences)])
        if not self.is_submitted():
            self.audience.data = next((one.key for one in audiences if one.is_meant), "")

    def validate_audience(self, field: SelectField) -> None:
        """Nobody in particular, or a group that is still there: an unknown one is not taken for nobody."""
        if field.data and field.data not in self._audiences:
            raise ValidationError(str(CHOSEN))

    def limits(self) -> Limits:
        """What was asked for."""
        tolerance = self.tolerance.data
        return Limits(self.exposure.data, self.shared.data, None if tolerance is None else float(tolerance))

    def chosen(self) -> Audience:
        """Whose seen questions are left out."""
        return self._audiences.get(self.audience.data or "", NOBODY)
