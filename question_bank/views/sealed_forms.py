"""Sealed forms: shown without keys, recomputed on demand."""

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
from question_bank import draw_queries, quarantine_queries, queries, rules
from question_bank.forms.life import SUSPENSION_NAMES
from question_bank.services import forms as services
from question_bank.services import quarantine
from question_bank.views.room import me, room


@room.get("/tests/forms/<uuid:form_id>")
@requires(Permission.TEST_VIEW)
def sealed_form(form_id: UUID) -> ResponseReturnValue:
    """A form's digest and structure; its questions, without keys, only for those who design tests, and recorded."""
    may_read = Permission.TEST_DESIGN in me().permissions
    if may_read:
        with transaction():
            audit.record("form.questions_shown", queries.get_form(form_id), by=me(), at=request_now())
    found = queries.get_form(form_id)
    suspects = quarantine_queries.suspects_on([form_id]).get(form_id, [])
    counts = Counter((item.version.sub_topic.area, item.version.difficulty) for item in found.items)
    return render_template(
        "question_bank/sealed_form.html", test_form=found, counts=counts, difficulties=rules.DIFFICULTIES,
        areas=sorted({area for area, _level in counts}, key=lambda area: area.position), may_read=may_read,
        suspects=suspects, draw=draw_queries.draw_of(found), uses=quarantine.uses_of([form_id]) if suspects else [],
        suspension_names=SUSPENSION_NAMES,
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
