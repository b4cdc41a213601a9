"""What the department and the authority fill in about tests: blueprints, specifications, variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from core.clock import request_now
from core.forms import DayField
from core.i18n import lazy_gettext as _l
from core.i18n import zone
from question_bank import queries, rules
from question_bank.forms.fields import CHOSEN, options, text_field, whole_number
from question_bank.models import Blueprint
from question_bank.rules import Navigation

NAVIGATION_NAMES = {
    Navigation.FREE: _l("The candidate may go back to earlier questions"),
    Navigation.FORWARD: _l("Forward only: an answered question is not shown again"),
}
LANGUAGE_NAMES = {"ky": _l("Kyrgyz"), "ru": _l("Russian")}


class BlueprintForm(FlaskForm):
    """Title of a blueprint; the cells are read from the matrix beside it."""

    title = text_field(_l("Title"), 200)
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


class SealForm(FlaskForm):
    """How many variants to make."""

    count = whole_number(
        _l("How many variants"), NumberRange(1, rules.FORMS_AT_ONCE, _l("Between 1 and 20.")), default=1,
        render_kw={"min": "1", "max": str(rules.FORMS_AT_ONCE)},
    )  # fmt: skip
