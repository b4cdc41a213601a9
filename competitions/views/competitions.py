"""Competitions: the list, a new one, correcting one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from accounts.auth import requires
from accounts.rules import Permission
from competitions import queries, services
from competitions.forms import CompetitionForm
from competitions.models import Competition
from competitions.rules import FINANCING_NAMES
from core import i18n, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from regulation.law import CURRENT, law

blueprint = Blueprint("competitions", __name__, url_prefix="/staff/competitions")


@blueprint.get("/")
@requires(Permission.COMPETITIONS_VIEW)
def index() -> ResponseReturnValue:
    """Competitions, the latest first; a search in the address."""
    text = request.args.get("q", "")
    found = queries.competitions(text)
    return render_template(
        "competitions/competitions.html", found=found, text=text, financing=FINANCING_NAMES,
        may_manage=Permission.COMPETITIONS_MANAGE in current_user.permissions, in_use=services.in_use(found),
    )  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.COMPETITIONS_MANAGE)
def new() -> ResponseReturnValue:
    """Write down an announced competition."""
    today = request_now().astimezone(i18n.zone()).date()
    form = CompetitionForm(data={"number": queries.next_number(today.year), "announced_on": today})
    if not form.validate_on_submit():
        return _page(form, None)
    web.show_refusals(lambda refusal: _page(form, None, refusal))
    with transaction():
        services.announce(form.values(), by=current_user, now=request_now())
    return _saved()


@blueprint.route("/<uuid:competition_id>/edit", methods=["GET", "POST"])
@requires(Permission.COMPETITIONS_MANAGE)
def edit(competition_id: UUID) -> ResponseReturnValue:
    """Correct a competition in which nobody takes part yet."""
    competition = queries.get_competition(competition_id)
    form = CompetitionForm(obj=competition)
    if not form.validate_on_submit():
        return _page(form, competition)
    web.show_refusals(lambda refusal: _page(form, competition, refusal))
    with transaction():
        locked = queries.get_competition(competition_id, lock=True)
        services.correct(locked, form.values(), by=current_user, now=request_now())
    return _saved()


def _page(
    form: CompetitionForm, competition: Competition | None, refusal: Refusal | None = None
) -> ResponseReturnValue:
    if refusal and refusal.code == "competition_number_taken":
        form.number.errors = [str(refusal)]
    elif refusal and refusal.code == "last_day_passed":
        form.applications_until.errors = [str(refusal)]
    elif refusal:
        form.form_errors.append(str(refusal))
    return render_template(
        "competitions/competition_form.html", form=form, competition=competition,
        law=law(competition.law_version) if competition else CURRENT,
        in_use=competition is not None and services.is_in_use(competition),
        last_day_only=competition is not None and services.lacks_last_day(competition)
        and services.is_in_use(competition) and not services.is_closed(competition),
    )  # fmt: skip


def _saved() -> ResponseReturnValue:
    flash(_("Saved."), "ok")
    return redirect(url_for("competitions.index"), 303)
