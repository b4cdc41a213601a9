"""The personnel reserve, one for each source of financing (¶32, 37–38), and who leaves it in writing."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from accounts.auth import requires
from accounts.rules import Permission
from competitions import queries as competitions
from competitions.rules import FINANCING_NAMES
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from ranking.forms import ActForm
from ranking.rules.acts import ActKind
from ranking.services import acts
from ranking.services.reserve import Reservist, reserve_and_left, reserve_of
from ranking.views.words import ACT_CONSEQUENCES, ACT_NAMES, DEPARTURE_NAMES
from testing_center.forms.fields import put
from testing_center.views.room import me

blueprint = Blueprint("reserve", __name__, url_prefix="/staff/results/reserve")


@blueprint.get("/")
@requires(Permission.RANKING_VIEW)
def index() -> ResponseReturnValue:
    """Second and later places at or above the cut score, by public number."""
    now = request_now()
    reserves = [(name, reserve_and_left(financing, now=now)) for financing, name in FINANCING_NAMES.items()]
    may_decide = Permission.RESULTS_DECIDE in me().permissions
    return render_template(
        "ranking/reserve.html", reserves=reserves, may_decide=may_decide, reasons=DEPARTURE_NAMES,
    )  # fmt: skip


@blueprint.route("/<uuid:attempt_id>/withdrawal", methods=["GET", "POST"])
@requires(Permission.RESULTS_DECIDE, fresh=True)
def withdrawal(attempt_id: UUID) -> ResponseReturnValue:
    """Write down that somebody withdrew from the reserve in writing; 404 where nobody stands there."""
    reservist, form = _reservist(attempt_id), ActForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"document_needed": "document", "act_in_future": "on"})
        kind = ActKind.WITHDREW_FROM_RESERVE
        return render_template(
            "ranking/withdrawal.html", form=form, one=reservist, name=ACT_NAMES[kind],
            consequence=ACT_CONSEQUENCES[kind],
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        acts.withdraw_from_reserve(
            competitions.get_competition(reservist.competition.id, lock=True), attempt_id, form.document.data,
            form.on.data, by=me(), now=request_now(),
        )  # fmt: skip
    flash(_("It is written down."), "ok")
    return redirect(url_for("reserve.index"), 303)


def _reservist(attempt_id: UUID) -> Reservist:
    everybody = (one for financing in FINANCING_NAMES for one in reserve_of(financing, now=request_now()))
    found = next((one for one in everybody if one.attempt_id == attempt_id), None)
    if found is None:
        raise NotFound
    return found
