"""The editor of each kind of question: its texts and its key, entered as the kind asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.core import UnboundField
from wtforms.widgets import CheckboxInput, ListWidget

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import LANGUAGES, ItemDraft
from question_bank.forms.fields import clean, options, text_field
from question_bank.forms.items import ItemForm
from question_bank.kinds.base import LETTERS, OPTIONS_MAX, Content, Key, Wording, text_column
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.models import SubjectArea
from question_bank.rules import ItemKind

_LABELS = {
    ("option", "ky"): _l("Option %(option)s, in Kyrgyz"), ("option", "ru"): _l("Option %(option)s, in Russian"),
    ("line", "ky"): _l("Line %(option)s, in Kyrgyz"), ("line", "ru"): _l("Line %(option)s, in Russian"),
    ("target", "ky"): _l("Match %(option)s, in Kyrgyz"), ("target", "ru"): _l("Match %(option)s, in Russian"),
}  # fmt: skip
Pair = tuple[str, Any, Any]  # sign, Kyrgyz and Russian field


def _texts(side: str, word: str) -> type:
    """A form with six texts of one side in both languages; ``word`` is what a text is called."""
    fields: dict[str, Any] = {}
    for index in range(OPTIONS_MAX):
        for language in LANGUAGES:
            fields[text_column(side, index, language)] = TextAreaField(_LABELS[word, language], filters=[clean])
    return type(f"Six{side.title()}s", (ItemForm,), fields)


class _Texts(ItemForm):
    """What editors with texts share."""

    numbers: ClassVar[str] = LETTERS  # signs of the options

    def pairs(self, side: str = "option") -> list[Pair]:
        """Sign, Kyrgyz and Russian field of each text of a side."""
        signs = self.numbers if side == "option" else "123456"
        return [
            (sign, *(self[text_column(side, index, language)] for language in LANGUAGES))
            for index, sign in enumerate(signs)
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in ("option", "target"):
            if text_column(side, 0, "ky") in self:
                for sign, *fields in self.pairs(side):
                    for field in fields:
                        field.label.text = str(field.label.text) % {"option": sign}

    def texts(self, side: str = "option") -> tuple[Wording, ...]:
        """What was entered; empty texts at the end are left out."""
        found = [Wording(ky.data or "", ru.data or "") for _sign, ky, ru in self.pairs(side)]
        while found and not (found[-1].ky or found[-1].ru):
            found.pop()
        return tuple(found)


def _as_fields(side: str, texts: Sequence[Wording]) -> Iterator[tuple[str, str]]:
    for index, text in enumerate(texts):
        yield text_column(side, index, "ky"), text.ky
        yield text_column(side, index, "ru"), text.ru


class SingleChoiceForm(_texts("option", "option"), _Texts):  # type: ignore[misc]
    """Options, one of them marked."""

    kind = ItemKind.SINGLE_CHOICE
    correct = RadioField(_l("Key"), choices=options(enumerate(LETTERS)), validate_choice=False)

    def content(self) -> Content:
        """The options and the marked one."""
        marked = self.correct.data
        return Content(self.texts(), (), (int(marked),) if marked in set("012345") else ())

    @classmethod
    def as_fields(cls, draft: ItemDraft) -> dict[str, Any]:
        """The same as data of the fields."""
        return {"correct": "".join(map(str, draft.key[:1])), **dict(_as_fields("option", draft.options))}


class MultipleResponseForm(_texts("option", "option"), _Texts):  # type: ignore[misc]
    """Options, some of them marked."""

    kind = ItemKind.MULTIPLE_RESPONSE
    correct = SelectMultipleField(
        _l("Key"), choices=options(enumerate(LETTERS)), validate_choice=False, option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )  # fmt: skip
    is_partial = BooleanField(
        _l("Part of the points for an answer that is partly right"),
        description=_l(
            "The share of the right options chosen less the share of the wrong ones chosen, never below zero, rounded "
            "down to whole points. Otherwise all the points or none."
        ),
    )  # fmt: skip

    def content(self) -> Content:
        """The options and those marked."""
        key = tuple(sorted({int(marked) for marked in self.correct.data or () if marked in set("012345")}))
        return Content(self.texts(), (), key, bool(self.is_partial.data))

    @classmethod
    def as_fields(cls, draft: ItemDraft) -> dict[str, Any]:
        """The same as data of the fields."""
        fields = {"correct": [str(index) for index in draft.key], "is_partial": draft.is_partial}
        return fields | dict(_as_fields("option", draft.options))


class TrueFalseForm(ItemForm):
    """A statement, true or not."""

    kind = ItemKind.TRUE_FALSE
    correct = RadioField(
        _l("Key"), choices=options((index, f"{text.ky} / {text.ru}") for index, text in enumerate(TRUE_FALSE)),
        validate_choice=False,
    )  # fmt: skip

    def content(self) -> Content:
        """The two options of every such question and the one marked."""
        return Content(TRUE_FALSE, (), (int(self.correct.data),) if self.correct.data in {"0", "1"} else ())

    @classmethod
    def as_fields(cls, draft: ItemDraft) -> dict[str, Any]:
        """The same as data of the fields."""
        return {"correct": "".join(map(str, draft.key[:1]))}


class OrderingForm(_texts("option", "line"), _Texts):  # type: ignore[misc]
    """Lines, written in the right order."""

    kind = ItemKind.ORDERING
    numbers = "123456"

    def content(self) -> Content:
        """The lines; the order in which they are written is the key."""
        lines = self.texts()
        return Content(lines, (), tuple(range(len(lines))))

    @classmethod
    def as_fields(cls, draft: ItemDraft) -> dict[str, Any]:
        """The same as data of the fields."""
        return dict(_as_fields("option", draft.options))


class MatchingForm(_texts("target", "target"), _texts("option", "line"), _Texts):  # type: ignore[misc]
    """Lines, what they are matched to, and which to which."""

    kind = ItemKind.MATCHING
    is_partial = BooleanField(
        _l("Part of the points for an answer that is partly right"),
        description=_l(
            "The share of the lines matched rightly, rounded down to whole points. Otherwise all the points or none."
        ),
    )  # fmt: skip
    match_a, match_b, match_c, match_d, match_e, match_f = (
        SelectField(_l("Right match"), choices=options(enumerate("123456")), default=str(index), validate_choice=False)
        for index in range(OPTIONS_MAX)
    )

    @property
    def matches(self) -> list[Any]:
        """The field of the right match of each line."""
        return [self[f"match_{letter.lower()}"] for letter in LETTERS]

    def content(self) -> Content:
        """Lines, targets and pairs."""
        lines, targets = self.texts(), self.texts("target")
        chosen = [field.data for field in self.matches[: len(lines)]]
        key: Key = tuple((left, int(right)) for left, right in enumerate(chosen) if right in set("012345"))
        return Content(lines, targets, key, bool(self.is_partial.data))

    @classmethod
    def as_fields(cls, draft: ItemDraft) -> dict[str, Any]:
        """The same as data of the fields."""
        fields: dict[str, Any] = {"is_partial": draft.is_partial}
        fields |= dict(_as_fields("option", draft.options)) | dict(_as_fields("target", draft.targets))
        pairs = (mark for mark in draft.key if isinstance(mark, tuple))
        return fields | {f"match_{LETTERS[left].lower()}": str(right) for left, right in pairs}


class NumericForm(ItemForm):
    """A number and its tolerance."""

    kind = ItemKind.NUMERIC
    number = text_field(
        _l("Right number"), 30, needed=False, autocomplete="off", inputmode="decimal", hint=_l("Example: 12,5")
    )
    tolerance = text_field(
        _l("Tolerance, ±"), 30, needed=False, autocomplete="off", inputmode="decimal",
        hint=_l("How far an answer may be from it on either side. Empty: not at all."),
    )  # fmt: skip

    def content(self) -> Content:
        """Value and tolerance."""
        value, tolerance = self.number.data or "", self.tolerance.data or "0"
        return Content((), (), (value, tolerance) if value else ())

    @classmethod
    def as_fields(cls, draft: ItemDraft) -> dict[str, Any]:
        """The same as data of the fields."""
        value, tolerance = (*(str(one).replace(".", ",") for one in draft.key), "", "")[:2]
        return {"number": value, "tolerance": "" if tolerance == "0" else tolerance}


FORMS: dict[ItemKind, type[ItemForm]] = {
    form.kind: form
    for form in (SingleChoiceForm, MultipleResponseForm, TrueFalseForm, OrderingForm, MatchingForm, NumericForm)
}  # fmt: skip
#: Fields that some kinds have and others have not.
OF_KINDS = tuple(
    dict.fromkeys(
        name
        for form in FORMS.values()
        for name in dir(form)
        if isinstance(getattr(form, name), UnboundField) and not hasattr(ItemForm, name)
    )
)


def item_form(
    kind: ItemKind,
    areas: Sequence[SubjectArea],
    *,
    draft: ItemDraft | None = None,
    data: dict[str, Any] | None = None,
    formdata: MultiDict[str, Any] | None = None,
) -> ItemForm:
    """The editor of a kind; ``draft`` fills it and fixes the external id.

    ``formdata``: what was typed, where that is not what this request brings.
    """
    fields = (FORMS[kind].as_fields(draft) if draft else {}) | (data or {})
    typed = {} if formdata is None else {"formdata": formdata}
    form = FORMS[kind](areas, draft=draft, data=fields, **typed)
    if draft is None:
        form.carried = list(_carried(form, request.form if formdata is None else formdata))
    return form


def _carried(form: ItemForm, typed: MultiDict[str, Any]) -> Iterator[tuple[str, str]]:
    """What was typed into fields that this kind has not: it goes along, for the author who comes back to another."""
    for name in OF_KINDS:
        if name not in form:
            yield from ((name, value) for value in typed.getlist(name) if value)
