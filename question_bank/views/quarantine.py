"""Quarantine: what is in it, which forms hold it, what those are used for; putting in and taking out."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from question_bank import life_queries, quarantine_queries, queries
from question_bank.forms.life import SUSPENSION_NAMES, ReasonForm, SuspendForm
from question_bank.life import SuspensionKind
from question_bank.services import quarantine as services
from question_bank.views.own import own_of
from question_bank.views.room import me, page_number, room


@room.get("/bank/quarantine")
@requires(Permission.BANK_VIEW)
def quarantine() -> ResponseReturnValue:
    """Every question in quarantine with the forms that hold it, and what those forms are used for."""
    person, own = me(), own_of()
    found, may_see_uses = (
        quarantine_queries.quarantined(page_number(), own),
        Permission.SITTINGS_VIEW in person.permissions,
    )
    shown = [one.item_id for one in found.items]
    uses = services.uses_of(quarantine_queries.suspect_forms(own)) if may_see_uses else []
    return render_template(
        "question_bank/quarantine.html", found=found, mine=life_queries.own_among(shown, person.id),
        forms=quarantine_queries.forms_by_item(shown), names=SUSPENSION_NAMES, me=person,
        may_decide=Permission.BANK_APPROVE in person.permissions,
        may_design=Permission.TEST_VIEW in person.permissions, ahead=[use for use in uses if use.is_ahead],
        uses={form_id: [use for use in uses if use.form_id == form_id] for form_id in {use.form_id for use in uses}},
        may_see_uses=may_see_uses,
    )  # fmt: skip


@room.route("/bank/items/<uuid:item_id>/suspend", methods=["GET", "POST"])
@requires(Permission.BANK_APPROVE)
def suspend_item(item_id: UUID) -> ResponseReturnValue:
    """Put a question into quarantine, with a reason."""
    form = SuspendForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            form.form_errors.append(str(refusal))
        held = quarantine_queries.forms_of(item_id)
        return render_template(
            "question_bank/suspend.html", form=form, item=queries.get_item(item_id), held=held,
            ahead=[use for use in services.uses_of([one.id for one in held]) if use.is_ahead],
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        found, kind = queries.get_item(item_id), SuspensionKind(form.kind.data)
        services.suspend(found, kind, form.reason.data or "", by=me(), now=request_now())
    flash(_("The question is in quarantine. A second person takes it out."), "ok")
    return redirect(url_for("question_bank.item", item_id=item_id), 303)


@room.route("/bank/items/<uuid:item_id>/lift", methods=["GET", "POST"])
@requires(Permission.BANK_APPROVE)
def lift_suspension(item_id: UUID) -> ResponseReturnValue:
    """Take a question out of quarantine as the second person, with a reason."""
    form = ReasonForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            form.form_errors.append(str(refusal))
        return render_template(
            "question_bank/lift.html", form=form, item=queries.get_item(item_id), names=SUSPENSION_NAMES,
            suspension=quarantine_queries.open_suspension(item_id),
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        services.lift(queries.get_item(item_id), form.reason.data or "", by=me(), now=request_now())
    flash(_("The question is back in use."), "ok")
    return redirect(url_for("question_bank.item", item_id=item_id), 303)
