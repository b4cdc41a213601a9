"""What is filled in about a question beside its wording: checklist, remarks, quarantine, sources, sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from accounts.models import User
from core.forms import DayField
from core.i18n import current_language
from core.i18n import lazy_gettext as _l
from question_bank import life
from question_bank.forms.fields import FILLED, at_most, clean, options, text_field
from question_bank.forms.items import DecisionForm
from question_bank.life import ReviewPoint, SessionDecision, SourceKind, SuspensionKind
from question_bank.life_models import Source
from question_bank.services.sources import Facts

POINT_NAMES = {
    ReviewPoint.IN_FORCE: _l("It is right by the law in force, and the source says so."),
    ReviewPoint.ONE_RIGHT: _l("The key is right, and no other option could be defended."),
    ReviewPoint.LANGUAGES: _l("The Kyrgyz and the Russian text ask the same and are equally hard."),
    ReviewPoint.IMPORTANT: _l("It asks for something that a head of a school has to know, not for a trifle."),
    ReviewPoint.PLAUSIBLE: _l("Each wrong answer would attract somebody who does not know."),
    ReviewPoint.FAIR: _l("It offends nobody and favours nobody by region, sex, age or language."),
}
SUSPENSION_NAMES = {
    SuspensionKind.LEAK: _l("Suspected leak"),
    SuspensionKind.FINDING: _l("Finding of a commission"),
    SuspensionKind.SOURCE: _l("The source has changed"),
    SuspensionKind.OTHER: _l("Other"),
}
SOURCE_KIND_NAMES = {
    SourceKind.LAW: _l("Law or code"),
    SourceKind.ACT: _l("Government act, regulation, standard"),
    SourceKind.BOOK: _l("Book or textbook"),
    SourceKind.OTHER: _l("Other"),
}
FIELD_NAMES = {
    "": _l("The question as a whole"),
    "stem_ky": _l("Question, in Kyrgyz"),
    "stem_ru": _l("Question, in Russian"),
    "options": _l("Options"),
    "key": _l("Key"),
    "source": _l("Source"),
    "difficulty": _l("Difficulty"),
    "enemies": _l("Never together with"),
}
POINTS_NEEDED = _l("Tick each point, or write in the comment why the question is approved without it.")
REASON = _l("Reason")


class Ticks(SelectMultipleField):
    """Several of a list, each a box to tick."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()


def ticked(points: Ticks) -> list[ReviewPoint]:
    """The points of the checklist that were ticked, in their order."""
    return [point for point in ReviewPoint if str(point) in (points.data or [])]


def points_field() -> Ticks:
    """What no program can see and the approver says."""
    return Ticks(_l("Checked by you"), choices=options(POINT_NAMES.items()))


def reason_field(label: Any = REASON, hint: Any = "") -> TextAreaField:
    """Why something is done; it must be there."""
    return TextAreaField(
        label, [DataRequired(FILLED), at_most(life.REASON_LENGTH)], filters=[clean], description=hint,
        render_kw={"maxlength": str(life.REASON_LENGTH), "rows": "3"},
    )  # fmt: skip


class ReviewForm(DecisionForm):
    """A decision on a version with the checklist of what only a person can judge."""

    points = points_field()

    @property
    def ticked(self) -> list[ReviewPoint]:
        """What was ticked."""
        return ticked(self.points)

    def may_approve(self) -> bool:
        """Whether everything is ticked, or the comment says why it is approved all the same."""
        if not self.validate():
            return False
        if len(self.ticked) < len(ReviewPoint) and not self.comment.data:
            self.points.errors = [str(POINTS_NEEDED)]
            return False
        return True


class CommentForm(FlaskForm):
    """A remark on a part of a version."""

    field = SelectField(_l("About"), choices=options(FIELD_NAMES.items()))
    text = TextAreaField(
        _l("Text of the remark"),
        [DataRequired(FILLED), at_most(life.COMMENT_LENGTH)],
        filters=[clean],
        render_kw={"rows": "3"},
    )


class AnswerForm(FlaskForm):
    """An answer to a remark."""

    text = TextAreaField(_l("Answer"), [DataRequired(FILLED), at_most(life.COMMENT_LENGTH)], filters=[clean])


class SuspendForm(FlaskForm):
    """Why a question goes into quarantine."""

    kind = SelectField(_l("After what"), choices=options(SUSPENSION_NAMES.items()))
    reason = reason_field(
        hint=_l("What happened, when, and what has to be found out. Others read it: do not write the right answer.")
    )


class ReasonForm(FlaskForm):
    """Why something is done."""

    reason = reason_field()


class SourceForm(FlaskForm):
    """An entry of the register of sources."""

    kind = SelectField(_l("Kind of source"), choices=options(SOURCE_KIND_NAMES.items()))
    title_ky = text_field(_l("Title in Kyrgyz"), 300)
    title_ru = text_field(_l("Title in Russian"), 300)
    number = text_field(_l("Number"), 64, needed=False, hint=_l("Number of the law or act, or edition of the book"))
    issued_on = DayField(_l("Date of the act"), required=False, since=1900)
    valid_from = DayField(_l("In force from"), required=False, since=1900)
    valid_until = DayField(
        _l("In force until"), required=False, since=1900, description=_l("Its last day, if it has one.")
    )
    successor = SelectField(_l("Replaced by"), validate_choice=False)

    def __init__(self, others: Iterable[Source], own: Source | None = None, **kwargs: Any) -> None:
        """``others`` are the sources that could replace it."""
        data = {} if own is None else {"data": {"successor": str(own.replaced_by_id or "")}}
        super().__init__(obj=own, **(kwargs | data))
        named = [(str(one.id), one.title(current_language())) for one in others if own is None or one.id != own.id]
        self.successor.choices = options([("", _l("Nothing")), *named])

    def facts(self) -> Facts:
        """What was entered."""
        known = {choice.value for choice in self.successor.choices} - {""}
        return Facts(
            SourceKind(self.kind.data), self.title_ky.data or "", self.title_ru.data or "", self.number.data or "",
            self.issued_on.data, self.valid_from.data, self.valid_until.data,
            UUID(self.successor.data) if self.successor.data in known else None,
        )  # fmt: skip


class AmendForm(FlaskForm):
    """An amendment of a source."""

    on = DayField(_l("In force from"), since=1900)
    what = reason_field(_l("What was amended"), _l("Articles and what is new in them"))


class CiteForm(FlaskForm):
    """From which place of which source a version is taken."""

    source = SelectField(_l("Source in the register"), validate_choice=False)
    place = StringField(
        _l("Place in it"), [Optional(), at_most(life.PLACE_LENGTH)], filters=[clean],
        description=_l("For example: article 12, part 3; page 47"), render_kw={"maxlength": str(life.PLACE_LENGTH)},
    )  # fmt: skip

    def __init__(self, sources: Iterable[Source], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = [(str(one.id), f"{one.title(current_language())} {one.number}".strip()) for one in sources]
        self.source.choices = options([("", _l("None of the register")), *named])


class SessionForm(FlaskForm):
    """When and where an approval session meets, and who; the questions are ticked in the table beside it."""

    held_on = DayField(_l("Date"))
    place = text_field(_l("Place of the session"), 200)
    members = Ticks(
        _l("Members of the session"), description=_l("Besides you. At least two who did not work on a question decide.")
    )

    def __init__(self, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.members.choices = options((person.id, person.full_name) for person in people)


class SessionDecisionForm(ReviewForm):
    """The words and the checklist that go with decisions of a session; words are needed to return."""

    comment = TextAreaField(_l("Comment"), [at_most(life.COMMENT_LENGTH)], filters=[clean])

    def may_decide(self, decision: SessionDecision) -> bool:
        """Whether everything is there for this decision: to approve, all points or a comment."""
        return self.may_approve() if decision == SessionDecision.APPROVED else self.validate()
