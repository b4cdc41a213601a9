"""A question changed while somebody was writing it: their text, the saved one beside it, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import current_language
from core.i18n import gettext as _
from question_bank import queries, rules, sealing, writing
from question_bank.differences import Change, changes, key_change
from question_bank.forms.items import DIFFICULTY_NAMES, ItemForm
from question_bank.kinds.registry import kind_of
from question_bank.models import ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import items
from question_bank.translations import texts_of_version
from question_bank.views.room import me

#: What says that a version may not be changed (any more), and not that something is wrong with what was typed.
FROZEN = (rules.AwaitingDecision, rules.ApprovedNeverChanges, rules.ItemRetired, rules.DraftExists)


@dataclass(frozen=True)
class Conflict:
    """What stands over the editor: ``version`` as it is saved now, and how what was typed differs from it.

    ``facts`` are name, saved and typed value of what differs beside the texts, ``sealed`` the names of what differs and
    is not shown: None where nobody has looked. ``is_frozen``: it cannot be saved here; ``may_follow``: it can become
    the next version; ``newer`` is the version that is in work instead.
    """

    refusal: Refusal
    version: ItemVersion
    changes: list[Change]
    facts: list[tuple[str, str, str]]
    sealed: list[str] | None
    is_frozen: bool
    may_follow: bool
    newer: ItemVersion | None

    @property
    def is_same(self) -> bool:
        """Whether nothing that is compared differs."""
        return not self.facts and not self.sealed and not any(change.is_changed for change in self.changes)

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
    is_frozen = isinstance(refusal, FROZEN)
    sealed = None if is_frozen else _sealed(form, version.id)  # of what cannot be changed any more nothing is opened
    version = queries.get_version(version.id)
    newest = max(version.item.versions, key=lambda one: one.number)
    return Conflict(
        refusal, version, changes(texts_of_version(version), form.draft()), _facts(form, version), sealed, is_frozen,
        may_follow=is_frozen and newest is version and version.status == ItemStatus.APPROVED
        and version.item.retired_at is None,
        newer=newest if newest is not version else None,
    )  # fmt: skip


def _sealed(form: ItemForm, version_id: UUID) -> list[str]:
    """What differs of that which is kept under lock. It is opened for the author who writes, as for their editor."""
    with transaction():
        version = queries.get_version(version_id)
        items.open_key_for(version, purpose="compare", by=me(), now=request_now())
        saved, rationale = items.as_draft(version), sealing.open_rationale(version)
    found = [_("The key")] if key_change(saved, form.draft()) else []
    return found + ([str(form.rationale.label.text)] if rationale != (form.rationale.data or "") else [])


def _facts(form: ItemForm, version: ItemVersion) -> list[tuple[str, str, str]]:
    draft, topic, language = form.draft(), version.sub_topic, current_language()
    names = {choice.value: f"{choice.optgroup}: {choice.label}" for choice in form.sub_topic.choices}
    points = {True: _("Part of the points for an answer that is partly right"), False: _("All the points or none")}
    found = [
        (_("Subject area and sub-topic"), f"{topic.area.name(language)}: {topic.name(language)}",
         names.get(form.sub_topic.data, form.sub_topic.data or "")),
        (_("Kind of question"), str(kind_of(version.kind).label), str(kind_of(form.kind).label)),
        (_("Difficulty"), str(DIFFICULTY_NAMES[version.difficulty]), str(DIFFICULTY_NAMES.get(draft.difficulty, ""))),
        (_("Points"), points[bool(version.is_partial)], points[draft.is_partial]),
        (_("Source"), version.source, draft.source),
        (_("Author"), version.author, draft.author),
        (_("Never together with"), ", ".join(version.enemies), ", ".join(draft.enemies)),
    ]  # fmt: skip
    return [(name, saved, typed) for name, saved, typed in found if saved != typed]
