"""What the department may do with items, blueprints, specifications and forms (¶21–24)."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import timedelta

from accounts.rules import Permission
from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from regulation.law import Regulation


class ItemStatus(enum.StrEnum):
    """Life of an item version."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"


class ReviewAct(enum.StrEnum):
    """What a person did with a version; who created or edited it is no longer its second person."""

    CREATED = "created"
    EDITED = "edited"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class ItemKind(enum.StrEnum):
    """Kinds of items; each is scored automatically."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_RESPONSE = "multiple_response"
    TRUE_FALSE = "true_false"
    ORDERING = "ordering"
    MATCHING = "matching"
    NUMERIC = "numeric"


class Navigation(enum.StrEnum):
    """Whether a candidate may go back to an earlier question."""

    FREE = "free"
    FORWARD = "forward"


class SpecificationStatus(enum.StrEnum):
    """A test specification is approved by the authority before use and frozen from then on (¶22)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


LANGUAGES = ("ky", "ru")
DIFFICULTIES = range(1, 6)
OPTIONS = range(2, 7)
POINTS = range(1, 11)  # of a question; every question of a test has the same, so that all forms have one maximum
SCORING_VERSION = 2


class ItemInvalid(Refusal):
    code = "item_invalid"
    message = _l("The question is not complete: %(what)s")


class ApprovedNeverChanges(Refusal):
    code = "approved_never_changes"
    message = _l("An approved version does not change. Make a new version and edit that.")


class NotInReview(Refusal):
    code = "not_in_review"
    message = _l("This version is not waiting for a decision any more. Reload the page.")


class OwnItem(Refusal):
    code = "own_item"
    message = _l("An item is approved by a second person, not by one who wrote, edited or submitted it.")


class AwaitingDecision(Refusal):
    code = "awaiting_decision"
    message = _l("This version is waiting for a decision: it changes only after it is approved or returned.")


class DraftExists(Refusal):
    code = "draft_exists"
    message = _l("This question already has a version in work. Edit that one.")


class ItemRetired(Refusal):
    code = "item_retired"
    message = _l("This question is out of use: it does not change any more.")


class CommentNeeded(Refusal):
    code = "comment_needed"
    message = _l("Write what has to be changed, so that the author can do it.")


class AlreadyRetired(Refusal):
    code = "already_retired"
    message = _l("This question is out of use already.")


class DuplicateExternalId(Refusal):
    code = "duplicate_external_id"
    message = _l("The bank already has a question with this identifier: %(external_id)s.")


class CodeTaken(Refusal):
    code = "code_taken"
    message = _l("There is already a subject area or sub-topic with this code: %(code)s.")


class UploadExpired(Refusal):
    code = "upload_expired"
    status = 410
    title = _l("The file is no longer kept")
    message = _l("The file was imported already or was kept for an hour. Choose it again.")


class UnknownSubject(Refusal):
    code = "unknown_subject"
    message = _l("There is no such subject area or sub-topic: %(code)s. Add it first, or correct the file.")


class ImportRefused(Refusal):
    code = "import_refused"
    message = _l("Nothing was imported: %(n)s questions have faults. Correct the file, or import only the good ones.")


class BlueprintEmpty(Refusal):
    code = "blueprint_empty"
    message = _l("A blueprint needs at least one cell with a count.")


class BlueprintInUse(Refusal):
    code = "blueprint_in_use"
    message = _l("A submitted or approved specification uses this blueprint, so it does not change. Make a new one.")


class BlueprintTitleTaken(Refusal):
    code = "blueprint_title_taken"
    message = _l("There is already a blueprint with this title: %(title)s")


class CutScoreAboveMaximum(Refusal):
    code = "cut_score_above_maximum"
    message = _l("The cut score must be between 1 and the maximum score: %(maximum)s.")


class PointsOutOfRange(Refusal):
    code = "points_out_of_range"
    message = _l("A question gives from %(least)s to %(most)s points.")


class TooFewItems(Refusal):
    code = "too_few_items"
    message = _l("A main test needs at least %(n)s questions, so that a tie-break test can be a third of it (¶29).")


class MinutesOutOfRange(Refusal):
    code = "minutes_out_of_range"
    message = _l("The time must be between 1 and 600 minutes.")


class LanguagesMissing(Refusal):
    code = "languages_missing"
    message = _l("Choose at least one language of the test.")


class SpecificationFrozen(Refusal):
    code = "specification_frozen"
    message = _l("A submitted or approved specification does not change (¶22). Make a new one.")


class SpecificationNotApproved(Refusal):
    code = "specification_not_approved"
    message = _l("The authority has not approved this specification yet (¶22): no form can be made from it.")


class DrawSealed(Refusal):
    code = "draw_sealed"
    message = _l("These variants are sealed already.")


class DrawNotLast(Refusal):
    code = "draw_not_last"
    message = _l("Variants were drawn again since. Only the last draw can be sealed.")


class DrawOutdated(Refusal):
    code = "draw_outdated"
    message = _l(
        "A question of this draw may not be used any more, has a newer version, stands on enough variants already or "
        "has been seen by those whom the variants are for. Draw again."
    )


class BankChanged(Refusal):
    code = "bank_changed"
    message = _l("The bank was changed again and again while the variants were drawn. Nothing was drawn. Draw again.")


class SpecificationNotSubmitted(Refusal):
    code = "specification_not_submitted"
    message = _l("This specification is not waiting for a decision. Reload the page.")


class OwnSpecification(Refusal):
    code = "own_specification"
    message = _l("A specification is approved by the authority officer, not by the person who wrote it.")


class ActNeeded(Refusal):
    code = "act_needed"
    message = _l("Write the number and the date of the act with which the authority approves (¶22).")


#: Whoever did one of these to any version of an item is not its second person.
HANDS_ON = (ReviewAct.CREATED, ReviewAct.EDITED, ReviewAct.SUBMITTED)
WHOLE_BANK = frozenset({Permission.BANK_APPROVE, Permission.BANK_SUBJECTS, Permission.TEST_DESIGN})
UPLOAD_KEPT = timedelta(hours=1)
FORMS_AT_ONCE = 20


def check_may_edit(status: ItemStatus, *, retired: bool) -> None:
    """Refuse to change a version that is approved or waits for a decision, or whose item is out of use."""
    if retired:
        raise ItemRetired
    if status == ItemStatus.APPROVED:
        raise ApprovedNeverChanges
    if status == ItemStatus.IN_REVIEW:
        raise AwaitingDecision


def check_may_decide(status: ItemStatus, *, retired: bool, person: object, hands: Collection[object]) -> None:
    """Refuse a decision on what is not in review or is out of use, or by one of ``hands``: who worked on it (¶23)."""
    if retired:
        raise ItemRetired
    if status != ItemStatus.IN_REVIEW:
        raise NotInReview
    if person in hands:
        raise OwnItem


def check_may_edit_specification(status: SpecificationStatus) -> None:
    """Refuse to change a specification that is approved or before the authority (¶22)."""
    if status in {SpecificationStatus.SUBMITTED, SpecificationStatus.APPROVED}:
        raise SpecificationFrozen


def check_may_decide_specification(status: SpecificationStatus, *, person: object, author: object) -> None:
    """Refuse the authority's decision on what is not before it, or by the person who wrote it (¶22)."""
    if status != SpecificationStatus.SUBMITTED:
        raise SpecificationNotSubmitted
    if person == author:
        raise OwnSpecification


def may_see_key(*, person: object, approver: bool, hands: Collection[object]) -> bool:
    """Whether a person may look at an answer key in the bank: approvers, and those who worked on the item."""
    return approver or person in hands


def sees_whole_bank(permissions: Collection[Permission]) -> bool:
    """Whether a person meets every question of the bank, without keys; else only those they worked on (¶23).

    Approvers judge and test administrators assemble what others wrote; whoever only writes has no need of it.
    """
    return bool(WHOLE_BANK.intersection(permissions))


def check_specification(
    *, items: int, points: int, minutes: int, cut_score: int, languages: Collection[str], law: Regulation
) -> None:
    """Refuse a specification that could not be applied (¶22, 29); ``points`` are those of each question."""
    if items < law.main_test_min_items:
        raise TooFewItems(n=law.main_test_min_items)
    if points not in POINTS:
        raise PointsOutOfRange(least=POINTS.start, most=POINTS.stop - 1)
    if not 1 <= cut_score <= items * points:
        raise CutScoreAboveMaximum(maximum=items * points)
    if not 1 <= minutes <= 600:
        raise MinutesOutOfRange
    if not languages or not set(languages) <= set(LANGUAGES):
        raise LanguagesMissing
