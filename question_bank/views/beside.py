"""What stands on a question's page beside its wording: flaws, remarks, twins, enemies, source, quarantine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field

from accounts.rules import Permission
from core.clock import request_now
from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from core.i18n import zone
from question_bank import life, life_queries, listing, quarantine_queries, sealing, session_queries, source_queries
from question_bank.forms.life import (
    FIELD_NAMES,
    POINT_NAMES,
    SOURCE_KIND_NAMES,
    SUSPENSION_NAMES,
    CiteForm,
    CommentForm,
)
from question_bank.life import SessionDecision, SourceState
from question_bank.life_models import ReviewChecklist, ReviewComment
from question_bank.listing import ItemFilter
from question_bank.models import ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import decisions, duplicates, quarantine
from question_bank.services import items as services
from question_bank.services.duplicates import Twin
from question_bank.similarity import Likeness
from question_bank.views.own import own_of
from question_bank.views.room import me

LIKENESS_NAMES = {
    Likeness.EQUAL: _l("The same question"),
    Likeness.SAME_STEM: _l("The same text, other options"),
    Likeness.NEAR: _l("Nearly the same"),
}
SOURCE_BADGES = {
    SourceState.IN_FORCE: (_l("In force"), "ok", "check"),
    SourceState.NOT_YET: (_l("Not yet in force"), "", "clock"),
    SourceState.CHANGED: (_l("Amended since"), "warn", "alert"),
    SourceState.REPLACED: (_l("Replaced"), "bad", "alert"),
    SourceState.EXPIRED: (_l("No longer in force"), "bad", "alert"),
}
DECISION_BADGES = {
    SessionDecision.APPROVED: (_l("Approved"), "ok", "check"),
    SessionDecision.RETURNED: (_l("Returned to the author"), "bad", "left"),
    SessionDecision.POSTPONED: (_l("Postponed"), "", "clock"),
    SessionDecision.OUTSIDE: (_l("Decided on outside this session"), "", "bang"),
    SessionDecision.RETIRED: (_l("Out of use"), "", "cross"),
}
NAMES = {
    "suspension_names": SUSPENSION_NAMES, "likeness_names": LIKENESS_NAMES, "source_badges": SOURCE_BADGES,
    "source_kinds": SOURCE_KIND_NAMES, "point_names": POINT_NAMES, "field_names": FIELD_NAMES,
    "decision_badges": DECISION_BADGES,
}  # fmt: skip
TWINS_SHOWN = 10


@dataclass(frozen=True)
class Unkept:
    """What somebody typed beside a question and the bank did not take; its page shows it again.

    ``what`` is ``comment``, ``answer``, ``twin`` or ``cite``, ``field`` the one that was typed in, ``where`` the remark
    that is answered or the other question. Without a ``refusal`` the fault is said at the field.
    """

    what: str
    form: FlaskForm
    field: Field
    where: UUID | None = None
    refusal: Refusal | None = None

    def because(self, refusal: Refusal) -> Unkept:
        """The same, refused."""
        return replace(self, refusal=refusal)


def beside(version: ItemVersion, *, may_see_key: bool, unkept: Unkept | None = None) -> dict[str, Any]:
    """What the page of a question shows beside its wording; what tells the key only where the person may see it."""
    typed = {unkept.what: unkept.form} if unkept else {}
    today, person, own = request_now().astimezone(zone()).date(), me(), own_of()
    checklists = life_queries.checklists_of(version.id)
    in_work = version.status in (ItemStatus.DRAFT, ItemStatus.RETURNED) and version.item.retired_at is None
    writes = in_work and may_see_key and Permission.BANK_AUTHOR in person.permissions
    citation, suspended = source_queries.citation_of(version.id), version.item.suspended_at is not None
    alike = duplicates.twins(version)
    foes = life_queries.enemies_of(version)
    hands = services.hands_on(version.item)
    entries = session_queries.agenda_entries(version.id)
    near = [twin.item_id for twin in alike] + [foe.item_id for foe in foes if foe.item_id]
    known = life_queries.own_among(near, own) if own else set(near)
    held = quarantine_queries.forms_of(version.item_id) if suspended else []
    return NAMES | {
        "flaws": decisions.flaws_of(version, with_key=may_see_key), "own_of": own,
        "checklists": {id_: _opened(one, may_see_key=may_see_key) for id_, one in checklists.items()},
        "threads": life_queries.comments_on(version.id), "reads": partial(_reads, may_see_key),
        "comment_form": typed.get("comment") or CommentForm(None), "unkept": unkept,
        "may_settle": Permission.BANK_APPROVE in person.permissions, "is_hand": person.id in hands,
        "twins": _shown(alike, known), "foes": foes, "known_foes": known,
        "found_foes": _found_foes(version) if writes else [], "sought": request.args.get("enemy", ""),
        "suspensions": quarantine_queries.suspensions_of(version.item_id), "writes": writes,
        "held_on": held, "uses": quarantine.uses_of([form.id for form in held]),
        "citation": citation, "cite": (typed.get("cite") or _cite_form(version)) if writes else None,
        "source_state": citation and source_queries.state_of(
            citation.source, on=today, checked_at=citation.checked_at
        ),
        "session": next((one.session for one in reversed(entries) if one.decision), None),
        "agenda": next((one.session for one in entries if one.waits), None),
    }  # fmt: skip


def _shown(twins: Sequence[Twin], known: Collection[UUID]) -> list[Twin]:
    """The questions that a person knows, the most alike first, and then those of others by their identifiers.

    How much a stranger's question is like one's own is not told, by its place either: who varies the own text and saves
    it again would read in it the words of the other.
    """
    own = [twin for twin in twins if twin.item_id in known]
    others = sorted((twin for twin in twins if twin.item_id not in known), key=lambda twin: twin.external_id)
    return [*own, *others][:TWINS_SHOWN]


def _reads(may_see_key: bool, remark: ReviewComment) -> bool:
    """Whether this person reads the words of a remark or an answer."""
    return life.may_read(remark.field, said_by=remark.by_id, person=me().id, may_see_key=may_see_key)


def _opened(one: ReviewChecklist, *, may_see_key: bool) -> dict[str, Any]:
    """A checklist as it was at the decision; the flaws that tell the key only for those who may see it.

    Nor do others learn where the rest were found: letters of options are those of an order that they do not see.
    """
    found = sealing.open_flaws(one.review_id, one.flaws_sealed)
    if not may_see_key:
        found = [replace(flaw, place="") for flaw in found if not flaw.tells_key]
    return {"points": one.points, "flaws": found}


def _cite_form(version: ItemVersion) -> CiteForm:
    known = source_queries.citation_of(version.id)
    place = version.source if len(version.source) <= life.PLACE_LENGTH else ""  # never half a sentence
    data = {"source": str(known.source_id), "place": known.place} if known else {"place": place}
    form = CiteForm(source_queries.sources(), formdata=None, data=data)
    form.source.id, form.place.id = "cite-source", "cite-place"
    return form


def _found_foes(version: ItemVersion) -> list[ItemVersion]:
    """Questions that the words in the address find, to be named as enemies; those named already are left out."""
    sought = request.args.get("enemy", "").strip()
    if not sought:
        return []
    found = listing.items_page(ItemFilter(text=sought, own_of=own_of()), 1).items
    named = {version.item.external_id, *version.enemies}
    return [one for one in found if one.item.external_id not in named][:10]
