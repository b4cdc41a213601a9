"""What stands on a question's page beside its wording: flaws, remarks, twins, enemies, source, quarantine."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import zone
from question_bank import life_queries, listing, queries, rules, sealing, session_queries, source_queries
from question_bank.forms.life import (
    FIELD_NAMES,
    POINT_NAMES,
    SOURCE_KIND_NAMES,
    SUSPENSION_NAMES,
    AnswerForm,
    CiteForm,
    CommentForm,
    ReasonForm,
)
from question_bank.life import SessionDecision, SourceState
from question_bank.life_models import ReviewChecklist
from question_bank.listing import ItemFilter
from question_bank.models import ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import comments, duplicates, enemies, quarantine, sources
from question_bank.services import items as services
from question_bank.similarity import Likeness
from question_bank.views.own import own_of
from question_bank.views.room import me, room

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
}
NAMES = {
    "suspension_names": SUSPENSION_NAMES, "likeness_names": LIKENESS_NAMES, "source_badges": SOURCE_BADGES,
    "source_kinds": SOURCE_KIND_NAMES, "point_names": POINT_NAMES, "field_names": FIELD_NAMES,
    "decision_badges": DECISION_BADGES,
}  # fmt: skip
TWINS_SHOWN = 10


def beside(version: ItemVersion, *, may_see_key: bool) -> dict[str, Any]:
    """What the page of a question shows beside its wording; what tells the key only where the person may see it."""
    today, person, own = request_now().astimezone(zone()).date(), me(), own_of()
    checklists = life_queries.checklists_of(version.id)
    in_work = version.status in (ItemStatus.DRAFT, ItemStatus.RETURNED) and version.item.retired_at is None
    writes = in_work and may_see_key and Permission.BANK_AUTHOR in person.permissions
    citation, suspended = source_queries.citation_of(version.id), version.item.suspended_at is not None
    alike = duplicates.twins(version)[:TWINS_SHOWN]
    foes = life_queries.enemies_of(version)
    hands = services.hands_on(version.item)
    near = [twin.item_id for twin in alike] + [foe.item_id for foe in foes if foe.item_id]
    held = life_queries.forms_of(version.item_id) if suspended else []
    return NAMES | {
        "flaws": services.flaws_of(version, with_key=may_see_key), "own_of": own,
        "checklists": {id_: _opened(one, may_see_key=may_see_key) for id_, one in checklists.items()},
        "threads": life_queries.comments_on(version.id), "comment_form": CommentForm(None), "answer": AnswerForm(None),
        "may_settle": Permission.BANK_APPROVE in person.permissions, "is_hand": person.id in hands,
        "reason": ReasonForm(None),
        "twins": alike, "foes": foes, "known_foes": life_queries.own_among(near, own) if own else set(near),
        "found_foes": _found_foes(version) if writes else [], "sought": request.args.get("enemy", ""),
        "suspensions": life_queries.suspensions_of(version.item_id), "writes": writes,
        "held_on": held, "uses": quarantine.uses_of([form.id for form in held]),
        "citation": citation, "cite": _cite_form(version) if writes else None,
        "source_state": citation and source_queries.state_of(
            citation.source, on=today, checked_at=citation.checked_at
        ),
        "session": session_queries.sessions_of([version.id]).get(version.id),
    }  # fmt: skip


def _opened(one: ReviewChecklist, *, may_see_key: bool) -> dict[str, Any]:
    """A checklist as it was at the decision; the flaws that tell the key only for those who may see it."""
    found = sealing.open_flaws(one.review_id, one.flaws_sealed)
    return {"points": one.points, "flaws": [flaw for flaw in found if may_see_key or not flaw.tells_key]}


def _cite_form(version: ItemVersion) -> CiteForm:
    known = source_queries.citation_of(version.id)
    data = {"source": str(known.source_id), "place": known.place} if known else {"place": version.source}
    return CiteForm(source_queries.sources(), formdata=None, data=data)


def _found_foes(version: ItemVersion) -> list[ItemVersion]:
    """Questions that the words in the address find, to be named as enemies; those named already are left out."""
    sought = request.args.get("enemy", "").strip()
    if not sought:
        return []
    found = listing.items_page(ItemFilter(text=sought, own_of=own_of()), 1).items
    named = {version.item.external_id, *version.enemies}
    return [one for one in found if one.item.external_id not in named][:10]


def back_to(version: ItemVersion, sentence: str, anchor: str, kind: str = "ok") -> ResponseReturnValue:
    """The page of the version, at one of its parts, with a sentence about what was done."""
    flash(sentence, kind)
    address = url_for("question_bank.item", item_id=version.item_id, version=version.number, _anchor=anchor)
    return redirect(address, 303)


@room.post("/bank/versions/<uuid:version_id>/comments")
@requires(Permission.BANK_VIEW)
def comment(version_id: UUID) -> ResponseReturnValue:
    """A remark on a version."""
    form = CommentForm()
    form.validate()
    with transaction():
        version = queries.get_version(version_id)
        comments.comment(version, form.field.data or "", form.text.data or "", by=me(), now=request_now())
    return back_to(version, _("The remark is kept."), "comments")


@room.post("/bank/versions/<uuid:version_id>/comments/<uuid:comment_id>/answer")
@requires(Permission.BANK_VIEW)
def answer_comment(version_id: UUID, comment_id: UUID) -> ResponseReturnValue:
    """An answer to a remark."""
    form = AnswerForm()
    form.validate()
    with transaction():
        version, first = queries.get_version(version_id), life_queries.get_comment(comment_id, version_id)
        comments.answer(first, form.text.data or "", by=me(), now=request_now())
    return back_to(version, _("The answer is kept."), "comments")


@room.post("/bank/versions/<uuid:version_id>/comments/<uuid:comment_id>/settle")
@requires(Permission.BANK_APPROVE)
def settle_comment(version_id: UUID, comment_id: UUID) -> ResponseReturnValue:
    """A remark is done with."""
    with transaction():
        version, first = queries.get_version(version_id), life_queries.get_comment(comment_id, version_id)
        comments.settle(first, by=me(), now=request_now())
    return back_to(version, _("The remark is settled."), "comments")


@room.post("/bank/items/<uuid:item_id>/twins/<uuid:other_id>")
@requires(Permission.BANK_VIEW)
def not_duplicate(item_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Say that two questions that look alike are not the same, and why."""
    form, own = ReasonForm(), own_of()
    form.validate()
    if own is not None and not listing.is_own(other_id, own):
        abort(404)
    with transaction():
        item = queries.get_item(item_id)
        other = queries.get_item(other_id)
        duplicates.excuse(item, other, form.reason.data or "", by=me(), now=request_now())
        version = item.versions[-1]
    return back_to(version, _("It is kept that this is no duplicate."), "twins")


@room.post("/bank/versions/<uuid:version_id>/enemies")
@requires(Permission.BANK_AUTHOR)
def change_enemies(version_id: UUID) -> ResponseReturnValue:
    """Name a question that must not stand in one form with this one, or take it out of the list."""
    with transaction():
        version = queries.get_version(version_id)
        rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
        if name := request.form.get("add"):
            enemies.add(version, name, by=me(), now=request_now())
        else:
            enemies.drop(version, request.form.get("drop", ""), by=me(), now=request_now())
    return back_to(version, _("The list is changed. It holds from both sides."), "enemies")


@room.post("/bank/versions/<uuid:version_id>/source")
@requires(Permission.BANK_AUTHOR)
def cite(version_id: UUID) -> ResponseReturnValue:
    """Say from which place of which source of the register a draft is taken."""
    form = CiteForm(source_queries.sources())
    form.validate()
    chosen = form.source.data if form.source.data in {choice.value for choice in form.source.choices} else ""
    with transaction():
        version = queries.get_version(version_id)
        source = source_queries.get_source(UUID(chosen)) if chosen else None
        place = (form.place.data or "")[:200]
        sources.cite(version, source, place, by=me(), now=request_now())
    return back_to(version, _("The source is kept."), "source")
