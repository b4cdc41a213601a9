"""Results of competitions: how far each is, what its results decide, drawing up, publishing, the authority's acts."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from accounts.auth import requires
from accounts.rules import Permission
from competitions import queries as competitions
from competitions.models import Competition
from competitions.rules import FINANCING_NAMES
from core import web
from core.clock import request_now
from core.db import transaction
from core.drawn import act_over, acts_over
from core.errors import Refusal
from core.i18n import gettext as _
from core.listed import Listed
from ranking import queries
from ranking.forms import ActForm, ReserveActForm
from ranking.models import AuthorityAct, Ranking
from ranking.rules.acts import ActKind
from ranking.rules.outcome import GROUND_NAMES
from ranking.rules.told import told
from ranking.services import acts, decisions
from ranking.services.content import as_content
from ranking.services.handing_over import hand_over
from ranking.services.reserve import Reservist, reserve_for
from ranking.services.state import standing, standings
from ranking.views.words import (
    ABSENCE_NAMES,
    ACT_CONSEQUENCES,
    ACT_NAMES,
    ROUND_BADGES,
    STATUS_BADGES,
    awaited,
    stages,
)
from testing_center.forms.fields import put
from testing_center.services import signatures
from testing_center.views.room import download, filename, me, page_number

ACTS: dict[ActKind, Callable[..., AuthorityAct]] = {
    ActKind.WINNER_ACCEPTED: acts.accept,
    ActKind.WINNER_DECLINED: acts.decline,
    ActKind.CONTRACT_SECOND: acts.contract_second,
    ActKind.ANNOUNCE_ANEW: acts.announce_anew,
}
ACT_FIELDS = {
    "document_needed": "document", "act_in_future": "on", "act_before_test": "on", "not_in_reserve": "attempt",
}  # fmt: skip
blueprint = Blueprint("results", __name__, url_prefix="/staff/results")


@blueprint.get("/")
@requires(Permission.RANKING_VIEW)
def index() -> ResponseReturnValue:
    """Competitions, the latest first, with their state; a search in the address."""
    text, now = request.args.get("q", ""), request_now()
    found = Listed(competitions.competitions(text), page=page_number())
    ids, rows = [one.id for one in found.items], standings(found.items, now=now)
    published = queries.published_among(ids)
    # Where nobody's application is left, or what was published does not follow any more, papers may be destroyed.
    undone = {one.competition.id for one in rows if one.is_recorded or not one.is_decided} & published
    latest = queries.latest_rankings(undone) if undone else {}
    gone = acts_over([decisions.paper_of(one) for one in latest.values()])
    return render_template(
        "ranking/results.html", found=found, standings=rows, text=text, badges=STATUS_BADGES, awaited=awaited,
        published=published, destroyed={one.competition_id for one in latest.values() if one.id in gone},
    )  # fmt: skip


@blueprint.get("/<uuid:competition_id>/")
@requires(Permission.RANKING_VIEW)
def show(competition_id: UUID) -> ResponseReturnValue:
    """What the results of one competition decide, or what is still awaited."""
    competition, now = competitions.get_competition(competition_id), request_now()
    found, rankings = standing(competition, now=now), queries.rankings_of(competition)
    latest = rankings[0] if rankings else None
    return render_template(
        "ranking/result.html", competition=competition, standing=found, stages=stages(found), badges=STATUS_BADGES,
        rounds=ROUND_BADGES, absences=ABSENCE_NAMES, grounds=GROUND_NAMES, kinds=ActKind, act_names=ACT_NAMES,
        financing=FINANCING_NAMES, awaited=awaited,
        destroyed=act_over(decisions.paper_of(latest)) if latest else None,
        content=decisions.ranking_content(latest) if latest else None,
        is_changed=decisions.is_to_draw_up(latest, found), rankings=rankings, acts=queries.acts_of(competition),
        told=told(as_content(found)), may_decide=Permission.RESULTS_DECIDE in me().permissions,
        may_arrange=Permission.TIE_BREAKS_MANAGE in me().permissions,
        may_hand_over=Permission.PROTOCOLS_VIEW in me().permissions,
        may_see_people=Permission.COMPETITIONS_VIEW in me().permissions, signed=signatures.signed_of(competition.id),
    )  # fmt: skip


@blueprint.post("/<uuid:competition_id>/ranking")
@requires(Permission.RESULTS_DECIDE, fresh=True)
def draw_up(competition_id: UUID) -> ResponseReturnValue:
    """Draw up the ranking as the results stand now."""
    with transaction():
        decisions.draw_up(competitions.get_competition(competition_id, lock=True), by=me(), now=request_now())
    return _done(competition_id, _("The ranking is drawn up. Check it, then publish it."))


@blueprint.post("/<uuid:competition_id>/ranking/<uuid:ranking_id>/publication")
@requires(Permission.RESULTS_DECIDE, fresh=True)
def publish(competition_id: UUID, ranking_id: UUID) -> ResponseReturnValue:
    """Publish the ranking and write to everybody who took part."""
    with transaction():
        decisions.publish(_ranking(competition_id, ranking_id, lock=True), by=me(), now=request_now())
    return _done(competition_id, _("The results are published. Letters to the participants are on their way."))


@blueprint.post("/<uuid:competition_id>/ranking/<uuid:ranking_id>/file")
@requires(Permission.RANKING_VIEW)
def ranking_file(competition_id: UUID, ranking_id: UUID) -> ResponseReturnValue:
    """The ranking protocol as a PDF."""
    ranking = _ranking(competition_id, ranking_id)
    pdf = decisions.ranking_pdf(ranking, now=request_now())
    name = filename(f"{ranking.competition.number}-Ж-{ranking.revision}", "pdf")
    return download(pdf, name)


@blueprint.post("/<uuid:competition_id>/handing-over")
@requires(Permission.PROTOCOLS_VIEW)
def handing_over(competition_id: UUID) -> ResponseReturnValue:
    """Protocols of those who meet the requirements, with a manifest of digests, as a zip (¶27)."""
    competition = competitions.get_competition(competition_id)
    content = hand_over(competition, by=me(), now=request_now())
    name = filename(f"{competition.number}-Ө", "zip")
    return download(content, name, "application/zip")


@blueprint.route("/<uuid:competition_id>/acts/<kind>", methods=["GET", "POST"])
@requires(Permission.RESULTS_DECIDE, fresh=True)
def act(competition_id: UUID, kind: str) -> ResponseReturnValue:
    """Write down what the authority did, with its document; only what follows from the results is offered."""
    competition, wanted = competitions.get_competition(competition_id), _kind(kind)
    form = _act_form(competition, wanted)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, ACT_FIELDS)
        found = standing(competitions.get_competition(competition_id), now=request_now())
        return render_template(
            "ranking/act.html", form=form, competition=found.competition, standing=found, name=ACT_NAMES[wanted],
            consequence=ACT_CONSEQUENCES[wanted], is_offered=wanted in found.may_follow,
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        _write_down(wanted, competitions.get_competition(competition_id, lock=True), form)
    return _done(competition_id, _("It is written down."))


def _kind(text: str) -> ActKind:
    """The act that the address names; acts of the reserve and of a tie-break have pages of their own."""
    kind = next((kind for kind in (*ACTS, ActKind.APPOINT_FROM_RESERVE) if kind == text), None)
    if kind is None:
        raise NotFound
    return kind


def _act_form(competition: Competition, kind: ActKind) -> ActForm:
    if kind != ActKind.APPOINT_FROM_RESERVE:
        return ActForm()
    reserve = reserve_for(competition, now=request_now())
    return ReserveActForm([(one.attempt_id, _label(one)) for one in reserve])


def _label(one: Reservist) -> str:
    total, number = _("points: %(n)s", n=one.total), one.competition.number
    return f"{one.code} · {total} · {number}"


def _write_down(kind: ActKind, competition: Competition, form: ActForm) -> None:
    document, on, by, now = form.document.data, form.on.data, me(), request_now()
    if isinstance(form, ReserveActForm):
        acts.appoint_from_reserve(competition, form.attempt.data, document, on, by=by, now=now)
    else:
        ACTS[kind](competition, document, on, by=by, now=now)


def _ranking(competition_id: UUID, ranking_id: UUID, *, lock: bool = False) -> Ranking:
    ranking = queries.get_ranking(ranking_id, lock=lock)
    if ranking.competition_id != competition_id:
        raise NotFound
    return ranking


def _done(competition_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("results.show", competition_id=competition_id), 303)
