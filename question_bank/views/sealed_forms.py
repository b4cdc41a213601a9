"""Sealed forms: made from an approved specification, shown without keys, recomputed on demand."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import audit
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from question_bank import queries, rules
from question_bank.forms.design import ActForm, SealForm
from question_bank.forms.items import DecisionForm
from question_bank.services import forms as services
from question_bank.views.room import me, room
from question_bank.views.specifications import specification_page


@room.post("/tests/specifications/<uuid:specification_id>/forms")
@requires(Permission.TEST_DESIGN, fresh=True)
def seal_forms(specification_id: UUID) -> ResponseReturnValue:
    """Draw and seal variants."""
    form = SealForm()
    if not form.validate():
        return specification_page(specification_id, ActForm(None), DecisionForm(None), form)
    with transaction():
        found = queries.get_specification(specification_id)
        made = services.seal_forms(found, form.count.data or 1, by=me(), now=request_now())
    flash(_("Variants made and sealed: %(n)s", n=len(made)), "ok")
    return redirect(url_for("question_bank.specification", specification_id=specification_id), 303)


@room.get("/tests/forms/<uuid:form_id>")
@requires(Permission.TEST_VIEW)
def sealed_form(form_id: UUID) -> ResponseReturnValue:
    """A form's digest and structure; its questions, without keys, only for those who design tests, and recorded."""
    may_read = Permission.TEST_DESIGN in me().permissions
    if may_read:
        with transaction():
            audit.record("form.questions_shown", queries.get_form(form_id), by=me(), at=request_now())
    found = queries.get_form(form_id)
    counts = Counter((item.version.sub_topic.area, item.version.difficulty) for item in found.items)
    return render_template(
        "question_bank/sealed_form.html", test_form=found, counts=counts, difficulties=rules.DIFFICULTIES,
        areas=sorted({area for area, _level in counts}, key=lambda area: area.position), may_read=may_read,
    )  # fmt: skip


@room.post("/tests/forms/<uuid:form_id>/verify")
@requires(Permission.TEST_VIEW)
def verify_form(form_id: UUID) -> ResponseReturnValue:
    """Recompute the digest from the stored items and keys."""
    with transaction():
        found = queries.get_form(form_id)
        holds = services.verify_form(found)
        audit.record("form.verified", found, by=me(), at=request_now(), holds=holds)
    if holds:
        flash(_("The digest holds: questions, keys and terms are as they were sealed."), "ok")
    else:
        flash(_("The digest does NOT hold: the form was changed after it was sealed. Tell the auditor."), "bad")
    return redirect(url_for("question_bank.sealed_form", form_id=form_id), 303)
