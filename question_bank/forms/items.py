"""What authors and approvers fill in. A question form and a file are held to the same rules: ``check_draft``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from core import markup
from core.i18n import current_language
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank import life, life_queries, queries, rules
from question_bank.exchange import characters, drafts
from question_bank.exchange.drafts import ItemDraft
from question_bank.forms.fields import FILLED, at_most, clean, options, text_field
from question_bank.kinds.base import Content
from question_bank.models import SubjectArea
from question_bank.rules import ItemKind
from question_bank.services.media import with_media

DIFFICULTY_NAMES = {
    1: _l("1 — very easy"), 2: _l("2 — easy"), 3: _l("3 — medium"), 4: _l("4 — hard"), 5: _l("5 — very hard"),
}  # fmt: skip


def sub_topic_choices(areas: Sequence[SubjectArea], keep: str = "") -> list[SelectChoice]:
    """Sub-topics in use under their subject area, as ``law/documents``; ``keep`` stays although it is out of use."""
    language, found = current_language(), []
    for area in areas:
        own = [
            (value, topic.name(language))
            for topic in area.sub_topics
            if (value := f"{area.code}/{topic.code}") == keep or (topic.is_active and area.is_active)
        ]
        found += options(own, area.name(language))
    return found


class ItemForm(FlaskForm):
    """What every question has, in both languages; each kind adds its texts and its key (``forms.kinds``).

    Fields bear the names of the file's columns; ``places`` says where else a fault is shown, by its code or column.
    """

    kind: ClassVar[ItemKind]
    carried: Sequence[tuple[str, str]] = ()  # name and value of what was typed for another kind; see ``forms.kinds``
    places: ClassVar[dict[str, str]] = {
        "subject_area": "sub_topic", "match_missing": "match_a", "match_beyond": "match_a", "number": "number",
        "tolerance": "tolerance",
    }  # fmt: skip

    external_id = text_field(
        _l("Identifier"), drafts.ID_LENGTH, needed=False, autocomplete="off",
        hint=_l("For example LAW-051. No spaces or commas; it never changes."),
    )  # fmt: skip
    sub_topic = SelectField(_l("Subject area and sub-topic"), validate_choice=False)
    difficulty = SelectField(
        _l("Difficulty"), choices=options(DIFFICULTY_NAMES.items()), coerce=int, default=3, validate_choice=False
    )
    text_format = HiddenField(default="plain")  # ``rich`` where the texts are HTML
    based_on = HiddenField()  # when the version was last saved before it was opened here
    translation_holds = BooleanField(
        _l("The translation still holds"),
        description=_l("Tick it where only one language changed and the other needs no change."),
    )
    stem_ky = TextAreaField(_l("Question, in Kyrgyz"), filters=[clean])
    stem_ru = TextAreaField(_l("Question, in Russian"), filters=[clean])
    source = text_field(_l("Source"), drafts.SOURCE_LENGTH, needed=False, hint=_l("Law and article, or book and page"))
    author = text_field(_l("Author"), drafts.AUTHOR_LENGTH, needed=False)
    enemies = text_field(
        _l("Never together with"), 1000, needed=False, autocomplete="off",
        hint=_l("Identifiers of questions that must not stand in one test form with this one, separated by commas"),
    )  # fmt: skip
    rationale = TextAreaField(
        _l("Why the key is right and the others are not"), [at_most(4000)], filters=[clean],
        description=_l("Kept under lock like the key; read at approval and at key review."),
    )  # fmt: skip

    def __init__(self, areas: Sequence[SubjectArea], *, draft: ItemDraft | None = None, **kwargs: Any) -> None:
        """``draft`` fills the form and fixes the external id."""
        super().__init__(**(kwargs if draft is None else kwargs | {"data": _as_fields(draft) | kwargs.get("data", {})}))
        self._fixed_id = draft.external_id if draft else None
        self._held_enemies = draft.enemies if draft else ()
        self.sub_topic.choices = sub_topic_choices(areas, f"{draft.subject_area}/{draft.sub_topic}" if draft else "")
        if draft is not None:
            del self.external_id

    def content(self) -> Content:
        """Texts and key, as the kind has them."""
        raise NotImplementedError

    @classmethod
    def as_fields(cls, draft: ItemDraft) -> dict[str, Any]:
        """Texts and key of a draft as data of the fields."""
        raise NotImplementedError

    def validate_external_id(self, field: StringField) -> None:
        """Not one that the bank has, in other capitals or not."""
        if field.data and queries.find_item(field.data):
            raise ValidationError(str(rules.DuplicateExternalId(external_id=field.data)))
        if alike := life_queries.in_other_capitals([field.data] if field.data else []):
            raise ValidationError(str(life.IdInOtherCapitals(external_id=alike[field.data])))

    def validate_enemies(self, field: StringField) -> None:
        """Questions that the bank has, written as it writes them; those that the version named before may stay."""
        named, own = _named(field.data), self._fixed_id or self.external_id.data or ""
        try:
            known = life_queries.spellings(named) if named else {}
            found = life.check_enemies(named, known, own=own, held=self._held_enemies)
        except life.UnknownEnemies as refusal:
            raise ValidationError(str(refusal)) from refusal
        field.data = ", ".join(found)

    def draft(self) -> ItemDraft:
        """What was entered, as the value that services take."""
        area, _slash, topic = (self.sub_topic.data or "").partition("/")
        content = self.content()
        draft = ItemDraft(
            external_id=self._fixed_id or self.external_id.data or "", subject_area=area, sub_topic=topic,
            difficulty=self.difficulty.data or 0, stem_ky=self.stem_ky.data or "", stem_ru=self.stem_ru.data or "",
            options=tuple(content.options), targets=tuple(content.targets), key=content.key,
            is_partial=content.is_partial, kind=str(self.kind), source=self.source.data or "",
            author=self.author.data or "",
            enemies=_named(self.enemies.data),
            is_rich=self.is_rich,
        )  # fmt: skip
        return with_media(drafts.with_texts(draft, markup.clean)) if self.is_rich else draft

    @property
    def is_rich(self) -> bool:
        """Whether the texts are HTML."""
        return bool(self.text_format.data == "rich")

    def places_of_texts(self) -> list[tuple[str, str]]:
        """Where a text can be: ``stem``, ``option_a`` … and what it is called."""
        names = [field.name.rpartition("_")[0] for field in self.texts_in_order() if field.name.endswith("_ky")]
        return [(name, self._called(name)) for name in names]

    @staticmethod
    def _called(name: str) -> str:
        side, _line, sign = name.partition("_")
        if side == "option":
            return _("Option: %(option)s", option=sign.upper())
        return _("Match: %(number)s", number=sign) if side == "target" else _("Question")

    def texts_in_order(self) -> list[Any]:
        """The fields that hold texts of the question: stem, options, targets in both languages."""
        return [field for field in self if field.name.rpartition("_")[2] in drafts.LANGUAGES]

    def validate(self, extra_validators: Any = None) -> bool:
        """Hold the question to the rules of every format; each fault is shown at its field."""
        ok = bool(super().validate(extra_validators))
        problems = drafts.check_draft(self.draft(), called=self._label)
        for problem in (problem for problem in problems if problem.severity == "error"):
            column = self.places.get(problem.code) or self.places.get(problem.column or "") or problem.column or ""
            ok = False
            if column in self:
                self[column].errors = [*self[column].errors, str(problem.message)]
            else:
                self.form_errors.append(str(problem.message))
        return ok

    def validate_rationale(self, field: TextAreaField) -> None:
        """Held to the characters of every text; it stands in no file."""
        typed = [(field.name, field.data or "")]
        found = characters.findings(typed, is_rich=False, called=self._label)
        if faults := " ".join(str(message) for _code, message, _column in found):
            raise ValidationError(faults)

    def _label(self, column: str) -> str:
        """What a column of the files is called here."""
        return str(self[column].label.text) if column in self else column


def _named(typed: str | None) -> tuple[str, ...]:
    """The identifiers in a list that was typed."""
    return tuple(dict.fromkeys((typed or "").replace(";", ",").replace(",", " ").split()))


def _as_fields(draft: ItemDraft) -> dict[str, Any]:
    return {
        "sub_topic": f"{draft.subject_area}/{draft.sub_topic}", "difficulty": draft.difficulty,
        "text_format": "rich" if draft.is_rich else "plain",
        "stem_ky": draft.stem_ky, "stem_ru": draft.stem_ru, "source": draft.source, "author": draft.author,
        "enemies": ", ".join(draft.enemies),
    }  # fmt: skip


class PictureForm(FlaskForm):
    """A picture for a text, with the words for those who cannot see it."""

    picture = FileField(
        _l("Picture"),
        [DataRequired(_l("Choose a picture."))],
        description=_l("PNG, JPEG or SVG, at most 1 MB and 4,000 pixels a side"),
        render_kw={"accept": ".png,.jpg,.jpeg,.svg"},
    )
    alternative_ky = text_field(
        _l("What it shows, in Kyrgyz"),
        300,
        needed=False,
        autocomplete="off",
        lang="ky",
        hint=_l("Read aloud to a candidate who cannot see it, and printed on papers."),
    )
    alternative_ru = text_field(_l("What it shows, in Russian"), 300, needed=False, autocomplete="off", lang="ru")
    picture_place = SelectField(_l("Where it goes"), validate_choice=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """The picture, and what it shows in both languages."""
        ok = bool(super().validate(extra_validators))
        if self.picture.data and not isinstance(self.picture.data, FileStorage):  # its name alone, without the file
            self.picture.errors = [str(_l("Choose a picture."))]
            ok = False
        for field in (self.alternative_ky, self.alternative_ru):
            if not field.data:
                field.errors = [str(_l("Write what the picture shows: without it the picture is not taken."))]
                ok = False
        return ok


class DecisionForm(FlaskForm):
    """The words that go with a decision; needed to return."""

    comment = TextAreaField(_l("Comment"), [at_most(4000)], filters=[clean])

    def needs_comment(self, message: Any) -> bool:
        """Whether the comment is there; says ``message`` at the field where it is not."""
        if not self.validate():
            return False
        if not self.comment.data:
            self.comment.errors = [str(message)]
        return bool(self.comment.data)


class RetireForm(FlaskForm):
    """Why an item goes out of use."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(FILLED), at_most(500)], filters=[clean], render_kw={"maxlength": "500"}
    )
