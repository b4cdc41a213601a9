"""A tie-break test: fixing its place and time before the deadline (¶29)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts import queries as people
from accounts.auth import requires
from accounts.rules import Permission
from core import i18n, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank.models import TestSpecification
from ranking import queries
from ranking.forms import ArrangeForm, EntrantActForm
from ranking.models import TieBreak
from ranking.rules import tie_break as rules
from ranking.rules.acts import ActKind
from ranking.services import refusals
from ranking.services import tie_breaks as services
from ranking.views.words import ABSENCE_NAMES, ACT_CONSEQUENCES, ACT_NAMES
from testing_center import staff_queries
from testing_center.forms.fields import put
from testing_center.views.room import me

AT_FIELD = {
    "tie_break_too_late": "at", "tie_break_too_early": "at", "proctor_missing": "proctors", "no_free_seat": "room_id",
}  # fmt: skip
DECLINED_FIELD = {
    "document_needed": "document", "act_in_future": "on", "act_before_test": "on", "not_expected": "attempt",
}  # fmt: skip

_NOBODY = _l("None of the tied candidates may take part at present (¶28), so no test is arranged.")
_NOT_NEEDED = _l("One of the tied candidates is left and takes the place, so no test is arranged (¶29).")

blueprint = Blueprint("tie_breaks", __name__, url_prefix="/staff/results/tie-breaks")


@blueprint.route("/<uuid:tie_break_id>/", methods=["GET", "POST"])
@requires(Permission.TIE_BREAKS_MANAGE)
def arrange(tie_break_id: UUID) -> ResponseReturnValue:
    """Fix room, moment and proctors; forms and codes follow at once."""
    now = request_now()
    rooms, proctors = staff_queries.active_rooms(), staff_queries.possible_proctors()
    main_room = queries.get_tie_break(tie_break_id).entrants[0].sitting.room
    form = ArrangeForm(rooms, proctors, i18n.current_language(), near=main_room.centre_id, now=now)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, AT_FIELD)
        tie_break = queries.get_tie_break(tie_break_id)
        main = services.main_specification(tie_break.entrants)
        return render_template(
            "ranking/tie_break.html", form=form, tie_break=tie_break, competition=tie_break.competition, main=main,
            minutes=rules.minutes(main.minutes, main.items, tie_break.items), shares=shares(main, tie_break),
            is_late=now > tie_break.deadline_at, zone=tie_break.entrants[0].sitting.zone, absences=ABSENCE_NAMES,
            is_taken=rules.is_uncontested(tie_break.absences),
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        tie_break = queries.get_tie_break(tie_break_id, lock=True)
        chosen = [people.get_user(user_id) for user_id in form.proctors.data]
        sitting = services.arrange(tie_break, form.room, form.starts_at, chosen, by=me(), now=now)
        sitting_id, competition_id = sitting.id if sitting else None, tie_break.competition_id
        is_taken = rules.is_uncontested(tie_break.absences)
    if sitting_id is None:
        flash(_NOT_NEEDED if is_taken else _NOBODY, "warn")
        return redirect(url_for("results.show", competition_id=competition_id), 303)
    flash(_("Place and time are fixed. The candidates are registered and their codes are made."), "ok")
    return redirect(url_for("sittings.show", sitting_id=sitting_id), 303)


@blueprint.route("/<uuid:tie_break_id>/refusal", methods=["GET", "POST"])
@requires(Permission.RESULTS_DECIDE, fresh=True)
def decline(tie_break_id: UUID) -> ResponseReturnValue:
    """Write down that one of the tied declined the test in writing, while it has not been opened."""
    form = EntrantActForm(_expected(queries.get_tie_break(tie_break_id)))

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, DECLINED_FIELD)
        tie_break, kind = queries.get_tie_break(tie_break_id), ActKind.TIE_BREAK_DECLINED
        return render_template(
            "ranking/refusal.html", form=form, tie_break=tie_break, competition=tie_break.competition,
            name=ACT_NAMES[kind], consequence=ACT_CONSEQUENCES[kind], zone=tie_break.entrants[0].sitting.zone,
            may_decline=refusals.may_decline(tie_break, now=request_now()),
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        tie_break = queries.get_tie_break(tie_break_id, lock=True)
        competition_id = tie_break.competition_id
        refusals.decline_tie_break(
            tie_break, form.attempt.data, form.document.data, form.on.data, by=me(), now=request_now()
        )
    flash(_("It is written down."), "ok")
    return redirect(url_for("results.show", competition_id=competition_id), 303)


def _expected(tie_break: TieBreak) -> list[tuple[UUID, str]]:
    """Who is expected at the test: the main attempt and its public number."""
    expected = rules.expected(tie_break.absences)
    return [(attempt.id, attempt.number) for attempt in tie_break.entrants if attempt.number in expected]


@dataclass(frozen=True)
class Share:
    """A subject area: questions in the main test and in the tie-break test."""

    name: str
    main: int
    tie_break: int


def shares(main: TestSpecification, tie_break: TieBreak) -> list[Share]:
    """The proportions by subject area, as the blueprint has them in large and in small."""
    cells = main.blueprint.cells
    areas = {cell.area.code: cell.area for cell in cells}
    whole: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for cell in cells:
        whole[cell.area.code] += cell.count
    for share in rules.cells_for([cell.as_cell() for cell in cells], tie_break.items):
        small[share.area] += share.count
    language = i18n.current_language()
    ordered = sorted(areas.values(), key=lambda area: (area.position, area.code))
    return [Share(area.name(language), whole[area.code], small[area.code]) for area in ordered]
