"""The approver's queue: one after another, or many at once."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.i18n import zone
from question_bank import life, life_queries, queries, rules, session_queries, source_queries
from question_bank.forms.life import ReviewForm
from question_bank.models import ItemVersion
from question_bank.services import decisions as services
from question_bank.views.beside import SOURCE_BADGES
from question_bank.views.items import item_page
from question_bank.views.room import me, page_number, room, shown_editions, still_read
from question_bank.writing import ChangedSinceShown, NotShown


@room.get("/bank/queue")
@requires(Permission.BANK_APPROVE)
def queue() -> ResponseReturnValue:
    """What waits for a decision that this person may take."""
    return _page(ReviewForm(None))


def _page(
    form: ReviewForm, refusal: Refusal | None = None, chosen: frozenset[str] = frozenset()
) -> ResponseReturnValue:
    if isinstance(refusal, ChangedSinceShown):
        form.points.data = []
    if refusal:
        form.form_errors.append(str(refusal))
    found = queries.queue_page(me().id, page_number())
    ids, today = [version.id for version in found.items], request_now().astimezone(zone()).date()
    return render_template(
        "question_bank/queue.html", found=found, remarked=life_queries.with_open_comments(ids), form=form,
        sources=source_queries.states_of(ids, on=today), source_badges=SOURCE_BADGES, chosen=chosen,
        agendas=session_queries.open_agendas(ids),
    )  # fmt: skip


@room.post("/bank/queue")
@requires(Permission.BANK_APPROVE)
def approve_many() -> ResponseReturnValue:
    """Approve every question that was ticked, all or none, by the one checklist."""
    form, ticked = ReviewForm(), request.form.getlist("version", type=UUID)
    if not form.may_approve():
        return _page(form, chosen=still_read(ticked))
    web.show_refusals(lambda refusal: _page(form, refusal, still_read(ticked)))
    with transaction():
        if not (chosen := queries.versions_in(ticked)):
            raise life.NothingChosen
        count = services.approve_many(
            chosen, comment=form.comment.data or "", points=form.ticked, shown=shown_editions(), by=me(),
            now=request_now(),
        )  # fmt: skip
    flash(_("Approved: %(n)s", n=count), "ok")
    return redirect(url_for("question_bank.queue", page=page_number() if page_number() > 1 else None), 303)


@room.post("/bank/versions/<uuid:version_id>/approve")
@requires(Permission.BANK_APPROVE)
def approve_version(version_id: UUID) -> ResponseReturnValue:
    """Approve one question and go on to the next."""
    form, version = ReviewForm(), queries.get_version(version_id)
    if not form.may_approve():
        return _again(version, form)
    web.show_refusals(lambda refusal: _again(queries.get_version(version_id), form, refusal))
    with transaction():
        services.approve(
            version, comment=form.comment.data or "", points=form.ticked, shown=shown_editions().get(version_id, ""),
            by=me(), now=request_now(),
        )  # fmt: skip
    flash(_("Approved: %(item)s", item=version.item.external_id), "ok")
    return _next()


@room.post("/bank/versions/<uuid:version_id>/return")
@requires(Permission.BANK_APPROVE)
def return_version(version_id: UUID) -> ResponseReturnValue:
    """Return one question with a comment and go on to the next."""
    form, version = ReviewForm(), queries.get_version(version_id)
    if not form.needs_comment(rules.CommentNeeded.message):
        return _again(version, form)
    web.show_refusals(lambda refusal: _again(queries.get_version(version_id), form, refusal))
    with transaction():
        services.return_version(
            version, form.comment.data or "", points=form.ticked, shown=shown_editions().get(version_id, ""), by=me(),
            now=request_now(),
        )  # fmt: skip
    flash(_("Returned to the author: %(item)s", item=version.item.external_id), "ok")
    return _next()


def _again(version: ItemVersion, form: ReviewForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The question's page again, with the words that were typed; ticks hold only for the words that were read."""
    if not still_read([version.id]):
        form.points.data = []
        refusal = refusal or NotShown(item=version.item.external_id)
    if refusal:
        form.form_errors.append(str(refusal))
    return item_page(version.item_id, form)


def _next() -> ResponseReturnValue:
    """The next question in this person's queue, the empty queue where there is none."""
    version = queries.next_in_queue(me().id)
    if version is None:
        return redirect(url_for("question_bank.queue"), 303)
    return redirect(url_for("question_bank.item", item_id=version.item_id, version=version.number), 303)
