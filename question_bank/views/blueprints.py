"""Blueprints: the matrix of subject areas by difficulty, checked against the bank."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import current_language
from core.i18n import gettext as _
from question_bank import queries, rules
from question_bank.assembly.plan import NO_OVERLAP, Limits
from question_bank.forms.design import BlueprintForm
from question_bank.forms.fields import options
from question_bank.forms.matrix import Matrix, counts_by_row
from question_bank.models import SubjectArea
from question_bank.services import blueprints as services
from question_bank.services import draws
from question_bank.views.room import me, room


@room.get("/tests/blueprints")
@requires(Permission.TEST_VIEW)
def blueprints() -> ResponseReturnValue:
    """All blueprints, and whether the bank can fill them."""
    stock = draws.stock()
    cells = [(b, [cell.as_cell() for cell in b.cells]) for b in queries.blueprints()]
    found = [(b, stock.shortages(own), stock.is_bound(own)) for b, own in cells]
    return render_template("question_bank/blueprints.html", found=found, is_frozen=services.is_frozen)


@room.get("/tests/blueprints/<uuid:blueprint_id>")
@requires(Permission.TEST_VIEW)
def blueprint(blueprint_id: UUID) -> ResponseReturnValue:
    """One blueprint with what the bank has for each cell."""
    found, stock = queries.get_blueprint(blueprint_id), draws.stock()
    cells = [cell.as_cell() for cell in found.cells]
    return render_template(
        "question_bank/blueprint.html", blueprint=found, matrix=Matrix.of(queries.subject_areas(), found),
        available=stock.available(), difficulties=rules.DIFFICULTIES, frozen=services.is_frozen(found),
        shortages=stock.shortages(cells), most=stock.most_forms(cells, NO_OVERLAP, rules.FORMS_AT_ONCE),
        at_once=rules.FORMS_AT_ONCE, is_bound=stock.is_bound(cells),
    )  # fmt: skip


@room.route("/tests/blueprints/new", methods=["GET", "POST"])
@requires(Permission.TEST_DESIGN)
def new_blueprint() -> ResponseReturnValue:
    """A new blueprint; where the bank cannot fill it, every shortage is named and nothing is saved."""
    areas, form = queries.subject_areas(), BlueprintForm()
    matrix = Matrix.typed(areas, request.form, _rows())
    if not _may_be_saved(form, matrix):
        return _editor(form, matrix, areas, None)
    with transaction():
        made = services.create_blueprint(
            form.title.data or "", matrix.cells(), allow_short=_allow_short(), by=me(), now=request_now()
        )
    return _saved(made.id)


@room.route("/tests/blueprints/<uuid:blueprint_id>/edit", methods=["GET", "POST"])
@requires(Permission.TEST_DESIGN)
def edit_blueprint(blueprint_id: UUID) -> ResponseReturnValue:
    """Change a blueprint that is not in use."""
    areas, found = queries.subject_areas(), queries.get_blueprint(blueprint_id)
    if services.is_frozen(found):
        raise rules.BlueprintInUse
    form = BlueprintForm(found, obj=found)
    matrix = Matrix.typed(areas, request.form, _rows()) if request.method == "POST" else Matrix.of(areas, found)
    if not _may_be_saved(form, matrix):
        return _editor(form, matrix, areas, found)
    with transaction():
        services.edit_blueprint(
            found, form.title.data or "", matrix.cells(), allow_short=_allow_short(), by=me(), now=request_now()
        )
    return _saved(blueprint_id)


def _rows() -> list[str]:
    """Rows for sub-topics that the page has, with the one that is being added."""
    added = [request.form.get("add_row", "")] if request.form.get("do") == "add" else []
    return [*request.form.getlist("row"), *added]


def _allow_short() -> bool:
    return request.form.get("do") == "save-short"


def _may_be_saved(form: BlueprintForm, matrix: Matrix) -> bool:
    """Whether this is a request to save something that can be saved; says in the form why not."""
    if request.method != "POST" or request.form.get("do") not in {"save", "save-short"}:
        return False
    ok = bool(form.validate())
    if matrix.faults:
        form.form_errors.append(_("Write whole numbers up to 999 in the cells."))
    elif not matrix.total:
        form.form_errors.append(str(rules.BlueprintEmpty()))
    elif not _allow_short() and services.shortages(matrix.cells()):
        form.form_errors.append(_("The bank cannot fill every cell. See below what is missing."))
    return ok and not form.form_errors


def _editor(form: BlueprintForm, matrix: Matrix, areas: list[SubjectArea], found: Any) -> ResponseReturnValue:
    stock, cells, language = draws.stock(), matrix.cells(), current_language()
    limited = Limits(exposure=form.exposure.data)
    form.add_row.choices = [
        choice
        for area in areas
        for choice in options(
            ((f"{area.code}/{topic.code}", topic.name(language)) for topic in area.sub_topics if topic.is_active),
            area.name(language),
        )
        if area.is_active and choice.value not in matrix.rows
    ]
    return render_template(
        "question_bank/blueprint_form.html", form=form, matrix=matrix, blueprint=found,
        available=stock.available(), left=stock.left(cells), difficulties=rules.DIFFICULTIES,
        counts=counts_by_row(stock), with_enemies=[f"{area}-{level}" for area, level in sorted(stock.with_enemies)],
        is_bound=stock.is_bound(cells), shortages=stock.shortages(cells), asked=request.method == "POST",
        most=stock.most_forms(cells, NO_OVERLAP, rules.FORMS_AT_ONCE),
        most_limited=stock.most_forms(cells, limited, rules.FORMS_AT_ONCE), at_once=rules.FORMS_AT_ONCE,
    )  # fmt: skip


def _saved(blueprint_id: UUID) -> ResponseReturnValue:
    flash(_("The blueprint is saved."), "ok")
    return redirect(url_for("question_bank.blueprint", blueprint_id=blueprint_id), 303)
