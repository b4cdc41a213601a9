"""The approver's queue: one after another, or many at once."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from question_bank import queries, rules
from question_bank.forms.items import DecisionForm
from question_bank.services import items as services
from question_bank.views.items import item_page
from question_bank.views.room import me, page_number, room


@room.get("/bank/queue")
@requires(Permission.BANK_APPROVE)
def queue() -> ResponseReturnValue:
    """What waits for a decision that this person may take."""
    return render_template("question_bank/queue.html", found=queries.queue_page(me().id, page_number()))


@room.post("/bank/queue")
@requires(Permission.BANK_APPROVE)
def approve_many() -> ResponseReturnValue:
    """Approve every question that was ticked, all or none."""
    with transaction():
        chosen = queries.versions_in(request.form.getlist("version", type=UUID))
        count = services.approve_many(chosen, by=me(), now=request_now())
    if count:
        flash(_("Approved: %(n)s", n=count), "ok")
    else:
        flash(_("Tick the questions that you approve."), "warn")
    return redirect(url_for("question_bank.queue"), 303)


@room.post("/bank/versions/<uuid:version_id>/approve")
@requires(Permission.BANK_APPROVE)
def approve_version(version_id: UUID) -> ResponseReturnValue:
    """Approve one question and go on to the next."""
    form, version = DecisionForm(), queries.get_version(version_id)
    if not form.validate():
        return item_page(version.item_id, form)
    with transaction():
        services.approve(version, comment=form.comment.data or "", by=me(), now=request_now())
    flash(_("Approved: %(item)s", item=version.item.external_id), "ok")
    return _next()


@room.post("/bank/versions/<uuid:version_id>/return")
@requires(Permission.BANK_APPROVE)
def return_version(version_id: UUID) -> ResponseReturnValue:
    """Return one question with a comment and go on to the next."""
    form, version = DecisionForm(), queries.get_version(version_id)
    if not form.needs_comment(rules.CommentNeeded.message):
        return item_page(version.item_id, form)
    with transaction():
        services.return_version(version, form.comment.data or "", by=me(), now=request_now())
    flash(_("Returned to the author: %(item)s", item=version.item.external_id), "ok")
    return _next()


def _next() -> ResponseReturnValue:
    """The next question in this person's queue, the empty queue where there is none."""
    version = queries.next_in_queue(me().id)
    if version is None:
        return redirect(url_for("question_bank.queue"), 303)
    return redirect(url_for("question_bank.item", item_id=version.item_id, version=version.number), 303)
