"""The personnel reserve, one for each source of financing (¶32, 37–38)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from competitions.rules import FINANCING_NAMES
from ranking.services.decisions import reserve_of

blueprint = Blueprint("reserve", __name__, url_prefix="/staff/results/reserve")


@blueprint.get("/")
@requires(Permission.RANKING_VIEW)
def index() -> ResponseReturnValue:
    """Second and later places at or above the cut score, by public number."""
    reserves = [(name, reserve_of(financing)) for financing, name in FINANCING_NAMES.items()]
    return render_template("ranking/reserve.html", reserves=reserves)
