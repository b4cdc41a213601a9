"""A field in which staff say what is right, or what counts, of a question of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import Field, ValidationError
from wtforms.widgets import CheckboxInput

from core.i18n import gettext as _
from question_bank.kinds.base import Response
from question_bank.rules import ItemKind
from testing_center.sheets import SheetItem

Shown = Sequence[tuple[str, str]]  # id and words


class AnswerField(Field):
    """Answers to one question, entered as its kind wants it (`answers.entry` draws it); ``data`` is what was said.

    Where the answer is one option, each one ticked is an answer of its own; of other kinds all that is said together
    is one. ``is_key``: a right answer, whole (a number with its tolerance), not a response.
    """

    option_widget = CheckboxInput()  # as a list of choices: the first input is what an error leads to

    def __init__(
        self, label: Any = None, validators: Sequence[Any] | None = None, *, item: SheetItem, is_key: bool = True,
        options: Shown | None = None, targets: Shown | None = None, language: str = "ky", **kwargs: Any,
    ) -> None:  # fmt: skip
        """``options`` and ``targets`` in the order and words in which they are shown; else as the author wrote them."""
        super().__init__(label, validators, **kwargs)
        texts = item.texts(language)
        self.item, self.is_key = item, is_key
        self.options = [*(options or [(one, texts[one]) for one in item.parts.options])]
        self.targets = [*(targets or [(one, texts[one]) for one in item.parts.targets])]

    def process_data(self, value: Any) -> None:
        """Ids, or what else is said, as the form was filled in."""
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """What was ticked, chosen or written; places left empty say nothing."""
        said = [value.strip() for value in valuelist]
        if self.item.kind.name != ItemKind.NUMERIC:
            said = [value for value in said if value]
        while said and not said[-1]:
            said.pop()
        self.data = said

    @property
    def said(self) -> list[list[str]]:
        """Each answer as it was said."""
        if self.item.kind.is_one_of:
            return [[one] for one in self.data]
        return [list(self.data)] if self.data else []

    @property
    def answers(self) -> list[Response | None]:
        """Each answer as its kind writes it; None where it is none."""
        kind, parts = self.item.kind, self.item.parts
        return [kind.read_key(one, parts) if self.is_key else kind.read(one, parts) for one in self.said]

    def pre_validate(self, _form: Any) -> None:
        """Every answer is one to this question, and whole."""
        if None in self.answers:
            raise ValidationError(_("This is no whole answer to the question. Fill in or choose everything."))
