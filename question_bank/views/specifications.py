"""Test specifications: written by the department, approved by the authority (¶22)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import addresses
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from question_bank import draw_queries, quarantine_queries, queries, rules
from question_bank.assembly.figures import WaysOut
from question_bank.assembly.plan import NO_OVERLAP
from question_bank.forms.design import LANGUAGE_NAMES, NAVIGATION_NAMES, ActForm, DrawForm, SpecificationForm
from question_bank.forms.items import DecisionForm
from question_bank.forms.matrix import Matrix
from question_bank.rules import Navigation, SpecificationStatus
from question_bank.services import draws
from question_bank.services import specifications as services
from question_bank.services.specifications import Terms
from question_bank.views.room import SPECIFICATION_BADGES, me, room
from regulation import law


@room.get("/tests/")
@requires(Permission.TEST_VIEW)
def specifications() -> ResponseReturnValue:
    """All specifications."""
    return render_template(
        "question_bank/specifications.html", found=queries.specifications(), badges=SPECIFICATION_BADGES
    )


@room.get("/tests/specifications/<uuid:specification_id>")
@requires(Permission.TEST_VIEW)
def specification(specification_id: UUID) -> ResponseReturnValue:
    """One specification, its approval and its forms."""
    return specification_page(specification_id, ActForm(), DecisionForm())


def specification_page(
    specification_id: UUID, act: ActForm, decision: DecisionForm, wishes: DrawForm | None = None,
    refusal: Refusal | None = None, ways: WaysOut | None = None,
) -> ResponseReturnValue:  # fmt: skip
    """The page of a specification with its forms as they were filled in.

    ``refusal`` is why variants could not be drawn, ``ways`` what would help.
    """
    addresses.lives_at(url_for("question_bank.specification", specification_id=specification_id))
    found, person, stock = queries.get_specification(specification_id), me(), draws.stock()
    areas, cells = queries.subject_areas(), draws.cells_of(found)
    waits, approved = found.status == SpecificationStatus.SUBMITTED, found.status == SpecificationStatus.APPROVED
    wishes = wishes or DrawForm(draws.audiences(found) if approved else [])
    asked = next((form for form in (act, decision, wishes) if form.errors), None)
    return render_template(
        "question_bank/specification.html", specification=found, badges=SPECIFICATION_BADGES, act=act,
        decision=decision, wishes=wishes, form=asked, matrix=Matrix.of(areas, found.blueprint),
        available=stock.available(), difficulties=rules.DIFFICULTIES, shortages=stock.shortages(cells),
        refusal=refusal, ways=ways, draws=draw_queries.draws_of(found) if approved else [],
        most=stock.most_forms(cells, NO_OVERLAP, rules.FORMS_AT_ONCE), at_once=rules.FORMS_AT_ONCE,
        is_bound=stock.is_bound(cells),
        may_decide=waits and Permission.TEST_APPROVE in person.permissions and found.created_by_id != person.id,
        languages_of_test=LANGUAGE_NAMES, navigation_names=NAVIGATION_NAMES, law=law.law(found.law_version),
        suspects=quarantine_queries.suspects_on([form.id for form in found.forms]),
    )  # fmt: skip


@room.route("/tests/specifications/new", methods=["GET", "POST"])
@requires(Permission.TEST_DESIGN)
def new_specification() -> ResponseReturnValue:
    """A draft of a specification."""
    blueprints = queries.blueprints()
    form = SpecificationForm(blueprints, data={"blueprint": request.args.get("blueprint")})
    if not form.validate_on_submit():
        return render_template("question_bank/specification_form.html", form=form, specification=None, law=law.CURRENT)
    with transaction():
        chosen = queries.get_blueprint(UUID(form.blueprint.data))
        made = services.create_specification(chosen, _terms(form), by=me(), now=request_now())
    return _saved(made.id, _("The draft is saved."))


@room.route("/tests/specifications/<uuid:specification_id>/edit", methods=["GET", "POST"])
@requires(Permission.TEST_DESIGN)
def edit_specification(specification_id: UUID) -> ResponseReturnValue:
    """Change a draft or a returned specification."""
    found, blueprints = queries.get_specification(specification_id), queries.blueprints()
    rules.check_may_edit_specification(found.status)
    form = SpecificationForm(blueprints, obj=found, data={"blueprint": str(found.blueprint_id)})
    if not form.validate_on_submit():
        return render_template(
            "question_bank/specification_form.html", form=form, specification=found, law=law.law(found.law_version)
        )
    with transaction():
        chosen = queries.get_blueprint(UUID(form.blueprint.data))
        services.edit_specification(found, chosen, _terms(form), by=me(), now=request_now())
    return _saved(specification_id, _("The draft is saved."))


@room.post("/tests/specifications/<uuid:specification_id>/submit")
@requires(Permission.TEST_DESIGN)
def submit_specification(specification_id: UUID) -> ResponseReturnValue:
    """Put it before the authority."""
    with transaction():
        services.submit_specification(queries.get_specification(specification_id), by=me(), now=request_now())
    return _saved(specification_id, _("Submitted to the authority."))


@room.post("/tests/specifications/<uuid:specification_id>/approve")
@requires(Permission.TEST_APPROVE, fresh=True)
def approve_specification(specification_id: UUID) -> ResponseReturnValue:
    """Approve with the number and date of the act."""
    form = ActForm()
    if not form.validate():
        return specification_page(specification_id, form, DecisionForm(None))
    with transaction():
        found = queries.get_specification(specification_id)
        services.approve_specification(found, form.act_number.data or "", form.act_on.data, by=me(), now=request_now())
    return _saved(specification_id, _("Approved. From now on the specification does not change."))


@room.post("/tests/specifications/<uuid:specification_id>/return")
@requires(Permission.TEST_APPROVE)
def return_specification(specification_id: UUID) -> ResponseReturnValue:
    """Return it with a comment."""
    form = DecisionForm()
    if not form.needs_comment(rules.CommentNeeded.message):
        return specification_page(specification_id, ActForm(None), form)
    with transaction():
        found = queries.get_specification(specification_id)
        services.return_specification(found, form.comment.data or "", by=me(), now=request_now())
    return _saved(specification_id, _("Returned with your comment."))


def _terms(form: SpecificationForm) -> Terms:
    return Terms(
        title_ky=form.title_ky.data or "", title_ru=form.title_ru.data or "", minutes=form.minutes.data or 0,
        points=form.points.data or 1, cut_score=form.cut_score.data or 0, navigation=Navigation(form.navigation.data),
        languages=[language for language in rules.LANGUAGES if language in form.languages.data],
    )  # fmt: skip


def _saved(specification_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("question_bank.specification", specification_id=specification_id), 303)
