"""Reading who has had a hand in a sitting: they do not sit in judgement on it (¶34). No key is opened here."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select

from appeals.models import Appeal, Declaration
from core.db import db
from question_bank.models import FormItem, ItemReview, ItemVersion
from question_bank.queries import hands_on
from question_bank.rules import ReviewAct
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Participant, Sitting, sitting_form


def authors_of(sitting: Sitting) -> set[UUID]:
    """Who wrote, edited or submitted any version of an item that stands in a form of the sitting (2 statements)."""
    items = select(ItemVersion.item_id).where(ItemVersion.id.in_(_versions_in(sitting)))
    return set[UUID]().union(*hands_on(set(db.session.scalars(items))).values())


def approvers_of(sitting: Sitting) -> set[UUID]:
    """Who approved any version of an item that stands in a form of the sitting (1 statement)."""
    items = select(ItemVersion.item_id).where(ItemVersion.id.in_(_versions_in(sitting)))
    versions = select(ItemVersion.id).where(ItemVersion.item_id.in_(items))
    reviewed = select(ItemReview.by_id).where(ItemReview.version_id.in_(versions), ItemReview.act == ReviewAct.APPROVED)
    approved = select(ItemVersion.approved_by_id).where(
        ItemVersion.id.in_(versions), ItemVersion.approved_by_id.is_not(None)
    )
    return {person for person in db.session.scalars(approved.union(reviewed)) if person}


def organisers_of(sitting: Sitting) -> set[UUID]:
    """Who planned, opened or closed the sitting, so far."""
    acted = (sitting.created_by_id, sitting.opening_by_id, sitting.opened_by_id, sitting.closed_by_id)
    return {person for person in acted if person}


def recognisers_of(sitting: Sitting) -> set[UUID]:
    """Who recognised persons: noted a candidate's presence, or confirmed who filed an appeal (1 statement)."""
    noted = select(Participant.presence_by_id).where(
        Participant.sitting_id == sitting.id, Participant.presence_by_id.is_not(None)
    )
    confirmed = select(Appeal.confirmed_by_id).join(Appeal.attempt).where(
        Attempt.sitting_id == sitting.id, Appeal.confirmed_by_id.is_not(None)
    )  # fmt: skip
    return {person for person in db.session.scalars(noted.union(confirmed)) if person}


def _versions_in(sitting: Sitting) -> Select[UUID]:
    return (
        select(FormItem.item_version_id)
        .join(sitting_form, sitting_form.c.form_id == FormItem.form_id)
        .where(sitting_form.c.sitting_id == sitting.id)
    )


def declared_among(appeal_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Members who have declared no relation to the candidate, by appeal (1 statement)."""
    query = select(Declaration.appeal_id, Declaration.member_id).where(
        Declaration.appeal_id.in_(appeal_ids), Declaration.is_related.is_(False)
    )
    found: dict[UUID, set[UUID]] = {appeal_id: set() for appeal_id in appeal_ids}
    for appeal_id, member_id in db.session.execute(query):
        found[appeal_id].add(member_id)
    return found
