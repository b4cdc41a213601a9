"""What a correction of a sealed form may say, and who decides on it (¶35; proof: sealed forms)."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import Parts, Response
from question_bank.kinds.registry import KINDS
from testing_center.rules.scoring import KeyedItem


class ErratumKind(enum.StrEnum):
    """What was wrong with an item."""

    WRONG_KEY = "wrong_key"  # another response is right instead
    SEVERAL_RIGHT = "several_right"  # further responses are right as well
    VOID = "void"  # no response can be judged
    RESTATED = "restated"  # the answer of one attempt was recorded wrongly: another one counts, for that attempt alone


class CorrectionStatus(enum.StrEnum):
    """Life of a correction, and of an annulment."""

    PREPARED = "prepared"  # by one person; nothing has changed yet
    APPLIED = "applied"  # by a second person, as a whole
    CANCELLED = "cancelled"  # as a whole


KIND_NAMES = {
    ErratumKind.WRONG_KEY: _l("Another answer is right instead"),
    ErratumKind.SEVERAL_RIGHT: _l("Further answers are right as well"),
    ErratumKind.VOID: _l("The question is void: its points go to everybody"),
    ErratumKind.RESTATED: _l("Another answer counts, for one candidate only"),
}
STATUS_NAMES = {
    CorrectionStatus.PREPARED: _l("Prepared, not applied"),
    CorrectionStatus.APPLIED: _l("Applied"),
    CorrectionStatus.CANCELLED: _l("Cancelled"),
}


@dataclass(frozen=True)
class ErratumData:
    """An erratum as it is written down; ``accepted`` are the keys that are right, each as its kind writes it.

    Restated: the one response that counts for ``attempt``, an empty list where it is no answer.
    """

    place: int
    kind: ErratumKind
    accepted: Sequence[Sequence[str]] = ()
    reason: str = ""
    attempt: UUID | None = None


class ErrataMissing(Refusal):
    code = "errata_missing"
    message = _l("Choose at least one question to correct.")


class GroundsMissing(Refusal):
    code = "correction_grounds_missing"
    message = _l("Write the grounds.")


class ErratumTwice(Refusal):
    code = "erratum_twice"
    message = _l("One question is corrected twice. Place in the form: %(place)s")


class NoSuchPlace(Refusal):
    code = "no_such_place"
    message = _l("The form has no such question. Place in the form: %(place)s")


class ErratumReasonMissing(Refusal):
    code = "erratum_reason_missing"
    message = _l("Write why the question is corrected. Place in the form: %(place)s")


class AcceptedInvalid(Refusal):
    code = "accepted_invalid"
    message = _l("Choose which answers are right, or none where the question is void. Place in the form: %(place)s")


class NothingChanges(Refusal):
    code = "erratum_changes_nothing"
    message = _l("This is what the key says already. Place in the form: %(place)s")


class NoSuchAttempt(Refusal):
    code = "no_such_attempt"
    message = _l(
        "An answer is restated for one attempt on this form, whose result counts. Place in the form: %(place)s"
    )


class CountingAnswerInvalid(Refusal):
    code = "counting_answer_invalid"
    message = _l("One answer to this question counts, or no answer. Place in the form: %(place)s")


class AnswerUnchanged(Refusal):
    code = "answer_unchanged"
    message = _l("This is the answer that counts already. Place in the form: %(place)s")


class TooManyVoid(Refusal):
    """Proof: voiding more than one third of a form's items cancels the sitting."""

    code = "too_many_void"
    message = _l(
        "More than one third of the questions would be void, so the results cannot be corrected: annul the sitting and "
        "hold a new one. Void: %(void)s of %(items)s"
    )


class CorrectionOpen(Refusal):
    code = "correction_open"
    message = _l("Another correction of this form waits for a decision: %(number)s")


class FormInUse(Refusal):
    code = "form_in_use"
    message = _l("Somebody is working on this form, or a sitting that has it is open. Wait until it has closed.")


class NotPrepared(Refusal):
    code = "correction_decided"
    message = _l("This was applied or cancelled already.")


class AnotherPersonNeeded(Refusal):
    code = "correction_needs_another_person"
    message = _l("A second person must apply it: you prepared it.")


class PreviewChanged(Refusal):
    code = "preview_changed"
    message = _l("The results have changed since you saw the preview. Look at it again before you apply it.")


class AnswersAltered(Refusal):
    code = "answers_altered"
    message = _l(
        "Answers of an attempt are no longer those that its result was fixed with. Nothing was applied: have the trail "
        "checked. Attempt: %(number)s"
    )


class SummaryAltered(Refusal):
    code = "summary_altered"
    message = _l(
        "The summary protocol of a sitting is no longer the one that was fixed. Nothing was applied: have the trail "
        "checked. Sitting: %(number)s"
    )


class SittingNotClosed(Refusal):
    code = "sitting_not_closed"
    message = _l("Only a closed sitting can be annulled.")


class AnnulledAlready(Refusal):
    code = "annulled_already"
    message = _l("The annulment of this sitting is prepared or applied already.")


def check_grounds(text: str) -> str:
    """The grounds of a correction, of an annulment or of their cancellation, without spaces around.

    Raises:
        GroundsMissing: nothing is written.
    """
    if not text.strip():
        raise GroundsMissing
    return text.strip()


def check_errata(
    errata: Sequence[ErratumData], parts: Mapping[int, Parts], form: Mapping[int, KeyedItem],
    answers: Mapping[UUID, Mapping[int, Response]],
) -> list[ErratumData]:  # fmt: skip
    """Refuse errata that say nothing, contradict themselves or do not fit the form.

    ``parts`` are the ids of options and targets at each place; ``form`` is the key in force at each place; ``answers``
    the answers that count by place, of each attempt on the form whose answer may be restated. Returns the errata with
    what they accept in the one way of writing of its kind.

    Raises:
        ErrataMissing, ErratumTwice, NoSuchPlace, ErratumReasonMissing, AcceptedInvalid, NothingChanges.
        NoSuchAttempt, CountingAnswerInvalid, AnswerUnchanged: see :func:`check_restated`.
    """
    if not errata:
        raise ErrataMissing
    seen: set[tuple[int, UUID | None]] = set()
    written: list[ErratumData] = []
    for erratum in errata:
        place = erratum.place
        if (place, erratum.attempt) in seen:
            raise ErratumTwice(place=place)
        if place not in form:
            raise NoSuchPlace(place=place)
        if not erratum.reason.strip():
            raise ErratumReasonMissing(place=place)
        seen.add((place, erratum.attempt))
        if erratum.kind == ErratumKind.RESTATED or erratum.attempt is not None:
            counts = check_restated(erratum, form[place], parts[place], answers)
            written.append(replace(erratum, accepted=[counts]))
            continue
        if bool(erratum.accepted) == (erratum.kind == ErratumKind.VOID):
            raise AcceptedInvalid(place=place)
        kind = KINDS[form[place].kind]
        right = [key for said in erratum.accepted if (key := kind.read_key(said, parts[place])) is not None]
        if len(right) != len(erratum.accepted):
            raise AcceptedInvalid(place=place)
        if corrected_item(form[place], erratum.kind, right) == form[place]:
            raise NothingChanges(place=place)
        written.append(replace(erratum, accepted=sorted(right)))
    return written


def check_restated(
    erratum: ErratumData, item: KeyedItem, parts: Parts, answers: Mapping[UUID, Mapping[int, Response]]
) -> Response:
    """A restated answer is one response, or none at all, of one attempt, and another than counts already (¶35).

    Returns it in the one way of writing of its kind.

    Raises:
        NoSuchAttempt, CountingAnswerInvalid, AnswerUnchanged.
    """
    place, attempt = erratum.place, erratum.attempt
    if erratum.kind != ErratumKind.RESTATED or attempt is None or attempt not in answers:
        raise NoSuchAttempt(place=place)
    counting = [KINDS[item.kind].read(response, parts) for response in erratum.accepted]
    if len(counting) != 1 or counting[0] is None:
        raise CountingAnswerInvalid(place=place)
    if counting[0] == tuple(answers[attempt].get(place, ())):
        raise AnswerUnchanged(place=place)
    return counting[0]


def check_void_share(form: Collection[KeyedItem]) -> None:
    """Refuse where more than one third of the items would be void; exactly one third is still corrected.

    Raises:
        TooManyVoid: the sitting is to be annulled instead.
    """
    void = sum(item.is_void for item in form)
    if void * 3 > len(form):
        raise TooManyVoid(void=void, items=len(form))


def check_may_apply(status: CorrectionStatus, prepared_by: UUID, by: UUID) -> None:
    """Only what is prepared is applied, and by another person than the one who prepared it.

    Raises:
        NotPrepared, AnotherPersonNeeded.
    """
    check_prepared(status)
    if prepared_by == by:
        raise AnotherPersonNeeded


def check_prepared(status: CorrectionStatus) -> None:
    """Refuse what was applied or cancelled already.

    Raises:
        NotPrepared.
    """
    if status != CorrectionStatus.PREPARED:
        raise NotPrepared


def corrected_item(item: KeyedItem, kind: ErratumKind, accepted: Sequence[Sequence[str]]) -> KeyedItem:
    """The item with one erratum applied to the key in force; a later erratum also revives a void item.

    A wrong key is replaced by what is accepted, further right answers are added to it. A restated answer concerns one
    attempt: the item stays as it is.
    """
    right = sorted({tuple(response) for response in accepted})
    match kind:
        case ErratumKind.VOID:
            key, also, is_void = item.key, item.also, True
        case ErratumKind.WRONG_KEY:
            key, also, is_void = right[0], tuple(right[1:]), False
        case ErratumKind.SEVERAL_RIGHT:
            more = {*item.also, *right} - {item.key}
            key, also, is_void = item.key, tuple(sorted(more)), False
        case ErratumKind.RESTATED:
            key, also, is_void = item.key, item.also, item.is_void
    return replace(item, key=key, also=also, is_void=is_void)


def corrected(
    form: Sequence[KeyedItem], errata: Sequence[tuple[int, ErratumKind, Sequence[Sequence[str]]]]
) -> list[KeyedItem]:
    """The form with errata (place, kind, accepted) applied in the order in which they were decided."""
    items = {item.position: item for item in form}
    for place, kind, accepted in errata:
        items[place] = corrected_item(items[place], kind, accepted)
    return [items[item.position] for item in form]
