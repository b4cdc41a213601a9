"""Draws: variants drawn to limits and looked at in figures; then drawn again or sealed."""

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
from question_bank import draw_queries, queries, rules
from question_bank.forms.design import ActForm, DrawForm
from question_bank.forms.items import DecisionForm
from question_bank.services import draws, forms
from question_bank.views.room import me, room
from question_bank.views.specifications import specification_page

TIMES = 2  # what was drawn from a bank that changed meanwhile is drawn once more


@room.post("/tests/specifications/<uuid:specification_id>/draws")
@requires(Permission.TEST_DESIGN)
def draw_forms(specification_id: UUID) -> ResponseReturnValue:
    """Draw variants; where the bank cannot give them, the page says what is short and what would help."""
    groups = draws.audiences(queries.get_specification(specification_id))
    form = DrawForm(groups)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        ways = None
        if refusal:
            form.form_errors.append(str(refusal))
            found = queries.get_specification(specification_id)
            ways = draws.help_for(refusal, found, form.count.data or 1, form.limits(), form.chosen())
        return specification_page(specification_id, ActForm(None), DecisionForm(None), form, refusal, ways)

    if not form.validate():
        return page()
    web.show_refusals(page)
    for _time in range(TIMES):  # drawn before the transaction: nobody waits to save meanwhile
        found = queries.get_specification(specification_id)
        prepared = draws.prepare(found, form.count.data or 1, form.limits(), audience=form.chosen())
        with transaction():
            made = draws.keep(prepared, by=me(), now=request_now())
        if made:
            return redirect(url_for("question_bank.draw", draw_id=made.id), 303)
    raise rules.BankChanged


@room.get("/tests/draws/<uuid:draw_id>")
@requires(Permission.TEST_VIEW)
def draw(draw_id: UUID) -> ResponseReturnValue:
    """What was drawn, in figures and without a question, so that chance alone chooses."""
    found = draw_queries.get_draw(draw_id)
    return render_template(
        "question_bank/draw.html", draw=found, is_last=draw_queries.is_last(found),
        exposure=sorted(draw_queries.exposure(found).items()), variants=draw_queries.variants(found),
    )  # fmt: skip


@room.post("/tests/draws/<uuid:draw_id>/seal")
@requires(Permission.TEST_DESIGN, fresh=True)
def seal_draw(draw_id: UUID) -> ResponseReturnValue:
    """Seal the variants as they were drawn."""
    with transaction():
        made = forms.seal(draw_queries.get_draw(draw_id), by=me(), now=request_now())
    flash(_("Variants made and sealed: %(n)s", n=len(made)), "ok")
    return redirect(url_for("question_bank.draw", draw_id=draw_id), 303)
