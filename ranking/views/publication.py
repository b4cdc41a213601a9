"""Results for everybody: published competitions by public numbers, with the name of the winner alone (¶37)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from core import web
from core.clock import request_now
from core.listed import Listed
from core.names import search_form
from ranking import queries
from ranking.models import Ranking
from ranking.rules.outcome import GROUND_NAMES, Ground
from ranking.rules.told import told
from ranking.services.decisions import is_outdated, ranking_content
from regulation.law import law
from testing_center.views.room import page_number

blueprint = Blueprint("publication", __name__, url_prefix="/results")


@blueprint.get("/")
@web.public
def index() -> ResponseReturnValue:
    """Published competitions, the latest first; a search in the address."""
    text = request.args.get("q", "")
    found = Listed([ranking for ranking in queries.published() if _fits(ranking, text)], page=page_number())
    return render_template(
        "ranking/published.html", found=found, contents={one.id: ranking_content(one) for one in found.items},
        text=text, grounds=GROUND_NAMES,
    )  # fmt: skip


@blueprint.get("/<uuid:competition_id>")
@web.public
def show(competition_id: UUID) -> ResponseReturnValue:
    """What was published last about one competition; 404 where nothing was."""
    ranking = next((one for one in queries.published() if one.competition_id == competition_id), None)
    if ranking is None:
        raise NotFound
    content = ranking_content(ranking)
    ground = Ground(content["ground"]) if content["ground"] else None
    return render_template(
        "ranking/published_one.html", ranking=ranking, competition=ranking.competition, content=content,
        ground=ground, grounds=GROUND_NAMES, told=told(content), law=law(ranking.competition.law_version),
        replaces=ranking.id != queries.first_published(competition_id),
        outdated=is_outdated(ranking, now=request_now()),
    )  # fmt: skip


def _fits(ranking: Ranking, text: str) -> bool:
    one = ranking.competition
    searched = " ".join((one.number, one.school_ky, one.school_ru, one.place_ky, one.place_ru))
    return search_form(text) in search_form(searched)
