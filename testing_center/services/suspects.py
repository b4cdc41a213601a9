"""Sittings whose forms hold a question in quarantine: the bank is told which, staff are warned (¶23–24)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from question_bank import quarantine_queries
from question_bank.quarantine_queries import Suspect
from question_bank.services import quarantine
from question_bank.services.quarantine import FormUse
from testing_center import suspect_queries
from testing_center.models.sittings import Sitting


@quarantine.uses_forms
def sittings_with(form_ids: Collection[UUID]) -> Sequence[FormUse]:
    """The sittings for which these forms are chosen, or at which they were sat."""
    return [
        FormUse(form_id, sitting.number, sitting.starts_at, "sittings.show", {"sitting_id": sitting.id},
                is_ahead=sitting.status in suspect_queries.AHEAD)
        for form_id, sitting in suspect_queries.sittings_of(form_ids)
    ]  # fmt: skip


def suspects_at(sitting: Sitting) -> list[Suspect]:
    """The questions in quarantine on the forms of this sitting, each once."""
    found = quarantine_queries.suspects_on([form.id for form in sitting.forms])
    each = {suspect.item_id: suspect for suspects in found.values() for suspect in suspects}
    return sorted(each.values(), key=lambda suspect: suspect.external_id)
