"""Applications for a competition: the list, a new one, the decision, a withdrawal in writing (¶6, 18, 30)."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound

from accounts.auth import requires
from accounts.rules import Permission
from competitions import people, queries, services
from competitions.forms import ApplicationForm, DecisionForm, RevocationForm, WithdrawalForm
from competitions.models import Application
from competitions.rules import APPLICATION_NAMES, FINANCING_NAMES, ApplicationState, ApplicationStep
from core import i18n, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _

BADGES = {
    ApplicationState.FILED: (APPLICATION_NAMES[ApplicationState.FILED], "warn", "clock"),
    ApplicationState.ADMITTED: (APPLICATION_NAMES[ApplicationState.ADMITTED], "ok", "check"),
    ApplicationState.NOT_ADMITTED: (APPLICATION_NAMES[ApplicationState.NOT_ADMITTED], "", "cross"),
    ApplicationState.WITHDRAWN: (APPLICATION_NAMES[ApplicationState.WITHDRAWN], "", "hand"),
}
AT_FIELD = {"personal_number_invalid": "personal_number", "barred": "personal_number", "other_name": "surname"}

blueprint = Blueprint("applications", __name__, url_prefix="/staff/competitions/<uuid:competition_id>/applications")


@blueprint.get("/")
@requires(Permission.COMPETITIONS_VIEW)
def index(competition_id: UUID) -> ResponseReturnValue:
    """A competition with everybody who applied, by name."""
    competition = queries.get_competition(competition_id)
    found = queries.applications_of(competition)
    return render_template(
        "competitions/applications.html", competition=competition, found=found, states=ApplicationState,
        counts=Counter(application.state for application in found), names=APPLICATION_NAMES, badges=BADGES,
        financing=FINANCING_NAMES, in_use=services.is_in_use(competition), closed=services.is_closed(competition),
        barred=services.barred_of(competition, today=request_now().astimezone(i18n.zone()).date()),
        lacks_last_day=services.lacks_last_day(competition),
        may_manage=Permission.COMPETITIONS_MANAGE in current_user.permissions,
    )  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.COMPETITIONS_MANAGE)
def file(competition_id: UUID) -> ResponseReturnValue:
    """Write down an application; a refusal shows the form again with everything that was typed."""
    form, now = ApplicationForm(), request_now()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        _put(form, refusal, AT_FIELD)
        return render_template(
            "competitions/application_form.html", form=form, competition=queries.get_competition(competition_id),
            offers_new_name=(refusal and refusal.code == "other_name") or form.has_new_name.data,
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        competition = queries.get_competition(competition_id, lock=True)
        person = people.write_down(form.values(), by=current_user, now=now, has_new_name=form.has_new_name.data)
        services.file_application(competition, person, by=current_user, now=now)
    return _done(competition_id, _("The application is written down."))


@blueprint.route("/<uuid:application_id>/decision", methods=["GET", "POST"])
@requires(Permission.COMPETITIONS_MANAGE)
def decide(competition_id: UUID, application_id: UUID) -> ResponseReturnValue:
    """Admit to the test, or not, with the reason."""
    form, now = DecisionForm(), request_now()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        _put(form, refusal, {"reason_missing": "reason"})
        return _page("competitions/application_decide.html", form, competition_id, application_id)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        application = _application(competition_id, application_id, lock=True, still=ApplicationState.FILED)
        if form.decision.data == DecisionForm.ADMIT:
            services.admit(application, by=current_user, now=now)
        else:
            services.refuse(application, form.reason.data or "", by=current_user, now=now)
    return _done(competition_id, _("The decision is written down."))


@blueprint.route("/<uuid:application_id>/revocation", methods=["GET", "POST"])
@requires(Permission.COMPETITIONS_MANAGE)
def revoke(competition_id: UUID, application_id: UUID) -> ResponseReturnValue:
    """Take an admission back, with the reason, as long as the test has not begun for the person."""
    form, now = RevocationForm(), request_now()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        _put(form, refusal, {"reason_missing": "reason"})
        return _page("competitions/application_revoke.html", form, competition_id, application_id)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        application = _application(competition_id, application_id, lock=True, still=ApplicationState.ADMITTED)
        services.refuse(application, form.reason.data or "", by=current_user, now=now)
    return _done(competition_id, _("The admission is taken back."))


@blueprint.route("/<uuid:application_id>/withdrawal", methods=["GET", "POST"])
@requires(Permission.COMPETITIONS_MANAGE)
def withdraw(competition_id: UUID, application_id: UUID) -> ResponseReturnValue:
    """Write down that the candidate has withdrawn in writing."""
    form = WithdrawalForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        _put(form, refusal, {"reason_missing": "document"})
        return _page("competitions/application_withdraw.html", form, competition_id, application_id)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        application = _application(competition_id, application_id, lock=True)
        services.withdraw(application, form.document.data, by=current_user, now=request_now())
    return _done(competition_id, _("The withdrawal is written down."))


def _application(
    competition_id: UUID, application_id: UUID, *, lock: bool = False, still: ApplicationState | None = None
) -> Application:
    """The application; ``still``: the state in which the page showed it, so that a late click decides nothing anew."""
    application = queries.get_application(application_id, lock=lock)
    if application.competition_id != competition_id:
        raise NotFound
    if still is not None and application.state != still:
        raise ApplicationStep(state=APPLICATION_NAMES[application.state])
    return application


def _page(template: str, form: FlaskForm, competition_id: UUID, application_id: UUID) -> ResponseReturnValue:
    application = _application(competition_id, application_id)
    return render_template(
        template, form=form, application=application, competition=application.competition, names=APPLICATION_NAMES
    )


def _put(form: FlaskForm, refusal: Refusal | None, fields: dict[str, str]) -> None:
    """Show a refusal at the field it is about (by code), else above the form."""
    if refusal is None:
        return
    name = fields.get(refusal.code)
    if name is None:
        form.form_errors.append(str(refusal))
    else:
        form[name].errors = [*form[name].errors, str(refusal)]


def _done(competition_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("applications.index", competition_id=competition_id), 303)
