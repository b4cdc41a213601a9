"""A question changed while somebody was writing it: their text, the saved one beside it, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import Refusal
from core.i18n import current_language
from core.i18n import gettext as _
from question_bank import rules, writing
from question_bank.differences import Change, changes
from question_bank.forms.items import DIFFICULTY_NAMES, ItemForm
from question_bank.models import ItemVersion
from question_bank.rules import ItemStatus
from question_bank.translations import texts_of_version

#: What says that a version may not be changed (any more), and not that something is wrong with what was typed.
FROZEN = (rules.AwaitingDecision, rules.ApprovedNeverChanges, rules.ItemRetired, rules.DraftExists)


@dataclass(frozen=True)
class Conflict:
    """What stands over the editor: ``version`` as it is saved now, and how what was typed differs from it.

    ``facts`` are name, saved and typed value of what differs beside the texts. ``is_frozen``: it cannot be saved here;
    ``may_follow``: it can become the next version; ``newer`` is the version that is in work instead.
    """

    refusal: Refusal
    version: ItemVersion
    changes: list[Change]
    facts: list[tuple[str, str, str]]
    is_frozen: bool
    may_follow: bool
    newer: ItemVersion | None

    @property
    def is_same(self) -> bool:
        """Whether nothing that is compared differs."""
        return not self.facts and not any(change.is_changed for change in self.changes)

    @property
    def advice(self) -> str:
        """What the author can do now."""
        if self.newer is not None:
            return _("Another version of this question is in work. Copy what you need from here, then open that one.")
        if self.may_follow:
            return _("Your text is not lost: save it as the next version of this question.")
        if isinstance(self.refusal, rules.AwaitingDecision):
            return _("Your text is kept for you. If the question is returned, you find it again in this editor.")
        if self.is_frozen:
            return _("Copy what you need from here: it cannot be saved in this question.")
        return _("Compare both texts below. If you save again, yours takes the place of the saved one.")


def of(refusal: Refusal, form: ItemForm, version: ItemVersion) -> Conflict | None:
    """The conflict that a refusal tells of; None where it tells of something else."""
    if not isinstance(refusal, (*FROZEN, writing.EditedMeanwhile)):
        return None
    newest = max(version.item.versions, key=lambda one: one.number)
    is_frozen = isinstance(refusal, FROZEN)
    return Conflict(
        refusal, version, changes(texts_of_version(version), form.draft()), _facts(form, version), is_frozen,
        may_follow=is_frozen and newest is version and version.status == ItemStatus.APPROVED
        and version.item.retired_at is None,
        newer=newest if newest is not version else None,
    )  # fmt: skip


def _facts(form: ItemForm, version: ItemVersion) -> list[tuple[str, str, str]]:
    draft = form.draft()
    topic = version.sub_topic
    names = {choice.value: str(choice.label) for choice in form.sub_topic.choices}
    code = f"{topic.area.code}/{topic.code}"
    found = [
        (_("Sub-topic"), topic.name(current_language()), names.get(form.sub_topic.data, form.sub_topic.data or "")
         if form.sub_topic.data != code else topic.name(current_language())),
        (_("Difficulty"), str(DIFFICULTY_NAMES[version.difficulty]), str(DIFFICULTY_NAMES.get(draft.difficulty, ""))),
        (_("Source"), version.source, draft.source),
        (_("Author"), version.author, draft.author),
        (_("Never together with"), ", ".join(version.enemies), ", ".join(draft.enemies)),
    ]  # fmt: skip
    return [(name, saved, typed) for name, saved, typed in found if saved != typed]
