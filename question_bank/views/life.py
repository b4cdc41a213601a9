"""What people do on a question's page beside deciding: remarks, twins, enemies, its source."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from question_bank import life_queries, listing, queries, rules, source_queries
from question_bank.forms.life import AnswerForm, CiteForm, CommentForm, ReasonForm, ReviewForm
from question_bank.models import ItemVersion
from question_bank.services import comments, duplicates, enemies, sources
from question_bank.views.beside import Unkept
from question_bank.views.items import item_page
from question_bank.views.own import own_of
from question_bank.views.room import me, room


def back_to(version: ItemVersion, sentence: str, anchor: str, kind: str = "ok") -> ResponseReturnValue:
    """The page of the version, at one of its parts, with a sentence about what was done."""
    flash(sentence, kind)
    address = url_for("question_bank.item", item_id=version.item_id, version=version.number, _anchor=anchor)
    return redirect(address, 303)


def _takes(version_id: UUID, unkept: Unkept) -> ResponseReturnValue | None:
    """The page again where what was typed is at fault; None where it is to be kept. Refusals show it again as well."""

    def page(unkept: Unkept) -> ResponseReturnValue:
        version = queries.get_version(version_id)
        return item_page(version.item_id, ReviewForm(None), number=version.number, unkept=unkept)

    if not unkept.form.validate():
        return page(unkept)
    web.show_refusals(lambda refusal: page(unkept.because(refusal)))
    return None


@room.post("/bank/versions/<uuid:version_id>/comments")
@requires(Permission.BANK_VIEW)
def comment(version_id: UUID) -> ResponseReturnValue:
    """A remark on a version."""
    form = CommentForm()
    if (again := _takes(version_id, Unkept("comment", form, form.text))) is not None:
        return again
    with transaction():
        version = queries.get_version(version_id)
        comments.comment(version, form.field.data or "", form.text.data or "", by=me(), now=request_now())
    return back_to(version, _("The remark is kept."), "comments")


@room.post("/bank/versions/<uuid:version_id>/comments/<uuid:comment_id>/answer")
@requires(Permission.BANK_VIEW)
def answer_comment(version_id: UUID, comment_id: UUID) -> ResponseReturnValue:
    """An answer to a remark."""
    form = AnswerForm()
    form.text.id = f"answer-{comment_id}"
    life_queries.get_comment(comment_id, version_id)  # one that is not there is 404 before anything else
    if (again := _takes(version_id, Unkept("answer", form, form.text, comment_id))) is not None:
        return again
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
    """Say that two questions that look alike are not the same, and why: for those who write and those who approve."""
    form, own = ReasonForm(), own_of()
    version = queries.get_item(item_id).versions[-1]
    if not me().permissions & {Permission.BANK_AUTHOR, Permission.BANK_APPROVE}:
        abort(403)
    if own is not None and not listing.is_own(other_id, own):
        abort(404)
    form.reason.id = f"twin-{other_id}"
    if (again := _takes(version.id, Unkept("twin", form, form.reason, other_id))) is not None:
        return again
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
    form.source.id, form.place.id = "cite-source", "cite-place"
    if (again := _takes(version_id, Unkept("cite", form, form.place))) is not None:
        return again
    chosen = form.source.data if form.source.data in {choice.value for choice in form.source.choices} else ""
    with transaction():
        version = queries.get_version(version_id)
        source = source_queries.get_source(UUID(chosen)) if chosen else None
        sources.cite(version, source, form.place.data or "", by=me(), now=request_now())
    return back_to(version, _("The source is kept."), "source")
