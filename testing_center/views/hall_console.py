"""The console of the hall, and what has changed since: server-sent events, or the same as JSON.

An answer is written and ends; the browser comes again by itself after ``AGAIN_AFTER``. A stream that stays open would
hold one of the few threads that serve everybody (docs/adr/0028-live-hall.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, get_template_attribute, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import i18n
from core.clock import request_now
from core.names import search_form
from testing_center import hall_queries, staff_queries
from testing_center.forms.hall import LABELS
from testing_center.models.sittings import Sitting
from testing_center.rules.acts import ACT_NAMES, STATUS_NAMES, ActKind
from testing_center.rules.hall import STATE_NAMES, SeatState
from testing_center.rules.seats import CONNECTION_NAMES, Connection, write_seats
from testing_center.rules.sittings import INCIDENT_NAMES, SittingStatus
from testing_center.services import console
from testing_center.services.console import Console, Row
from testing_center.services.foreseen import can_concern
from testing_center.views.room import (
    LINK_LOOKS,
    SEAT_LOOKS,
    SITTING_BADGES,
    clock_of,
    me,
    note_look,
    sitting_tabs,
)

LOOK = "proctor's room"
REFRESH_SECONDS = 15  # without script
AGAIN_AFTER = 2000  # milliseconds
LOG_MOST = 10
PIECES = "testing_center/_hall.html"
KIND_ICONS = {
    ActKind.AUTHORISE: "hand", ActKind.PAUSE: "pause", ActKind.RESUME: "right", ActKind.MESSAGE: "info",
    ActKind.EXTEND: "plus", ActKind.OUTAGE: "offline", ActKind.TIME_UP: "clock", ActKind.END: "cross",
}  # fmt: skip

blueprint = Blueprint("hall_console", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/room")


@dataclass(frozen=True)
class Wanted:
    """What the table is narrowed to; nothing does not narrow."""

    state: SeatState | None
    connection: Connection | None
    text: str

    @property
    def query(self) -> dict[str, str | None]:
        """The same in the address of the page; nothing narrows as None."""
        return {"q": self.text or None, "state": self.state, "connection": self.connection}

    def shows(self, row: Row) -> bool:
        """Whether a row is among those asked for."""
        return (
            (self.state is None or row.state == self.state)
            and (self.connection is None or row.connection == self.connection)
            and (not self.text or self.text == str(row.number) or self.text in row.search)
        )


def words(sitting: Sitting) -> SimpleNamespace:
    """What the pieces of the console need beside a row: names, looks, the moment, where links lead."""
    seats = url_for("hall.seat", sitting_id=sitting.id, number=0).removesuffix("0")
    return SimpleNamespace(
        names=STATE_NAMES, looks=SEAT_LOOKS, link_names=CONNECTION_NAMES, links=LINK_LOOKS, act_names=ACT_NAMES,
        act_states=STATUS_NAMES, categories=INCIDENT_NAMES, languages=i18n.LANGUAGES, now=request_now(),
        zone=sitting.zone, seats=seats, sitting_id=sitting.id, me=me(), clock_of=clock_of, write_seats=write_seats,
        sitting=sitting,
    )  # fmt: skip


def kinds_of(sitting: Sitting) -> list[tuple[ActKind, Any, str]]:
    """Acts that a proctor may choose here: kind, words on the button, sign."""
    return [
        (kind, label, KIND_ICONS[kind])
        for kind, label in LABELS.items()
        if kind != ActKind.AUTHORISE or sitting.starts_together
    ]


def kinds_for(sitting: Sitting, row: Row | None) -> list[tuple[ActKind, Any, str]]:
    """Acts that can concern this one seat now."""
    return [each for each in kinds_of(sitting) if row and can_concern(each[0], row)]


def page(sitting: Sitting) -> ResponseReturnValue:
    """The whole console."""
    note_look(sitting, LOOK)
    hall, k = console.look(sitting, now=request_now()), words(sitting)
    wanted = Wanted(
        request.args.get("state", type=SeatState), request.args.get("connection", type=Connection),
        search_form(request.args.get("q", "")),
    )  # fmt: skip
    return render_template(
        "testing_center/hall.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES, hall=hall, k=k,
        wanted=wanted, shown={row.number for row in hall.rows if wanted.shows(row)}, kinds=kinds_of(sitting),
        waiting=hall_queries.waiting_acts(sitting.id), acts=hall_queries.acts_of(sitting.id, most=LOG_MOST),
        log_most=LOG_MOST, incidents=staff_queries.incidents_of(sitting), refresh=REFRESH_SECONDS,
        status=SittingStatus, narrowed=wanted.query,
        renews=sitting.status != SittingStatus.CLOSED and "still" not in request.args,
    )  # fmt: skip


@blueprint.get("/live")
@requires(Permission.SITTING_RUN, unattended=True)
def live(sitting_id: UUID) -> Response:
    """What has changed since the version that the page has; everything where that is unknown."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    note_look(sitting, LOOK)
    since = request.headers.get("Last-Event-ID") or request.args.get("since", "")
    hall = console.look(sitting, now=request_now())
    told = changes(sitting, hall, since)
    if request.accept_mimetypes.best_match(["text/event-stream", "application/json"]) == "application/json":
        return jsonify(told)
    body = f"retry: {AGAIN_AFTER}\nid: {told['version']}\nevent: hall\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
    return Response(body, mimetype="text/event-stream")


def changes(sitting: Sitting, hall: Console, since: str) -> dict[str, Any]:
    """Pieces of the page that are not as they were: rows and places by seat, parts by name (incidents among them)."""
    rows, has_happened = hall.changed(since)
    told: dict[str, Any] = {
        "version": hall.version, "now": request_now().timestamp(), "status": str(sitting.status), "all": rows is None,
        "rows": {}, "places": {}, "parts": {},
    }  # fmt: skip
    if rows == [] and not has_happened:
        return told
    k, each = words(sitting), hall.rows if rows is None else rows
    row, place = (get_template_attribute(PIECES, name) for name in ("row", "place"))
    told["rows"] = {one.number: row(one, k) for one in each}
    told["places"] = {one.number: place(one, k) for one in each}
    for name in ("figures", "alerts", "first_end"):
        told["parts"][name] = get_template_attribute(PIECES, name)(hall, k)
    if has_happened:
        waiting, done = hall_queries.waiting_acts(sitting.id), hall_queries.acts_of(sitting.id, most=LOG_MOST)
        told["parts"]["waiting"] = get_template_attribute(PIECES, "waiting")(waiting, hall, k)
        told["parts"]["log"] = get_template_attribute(PIECES, "log")(done, hall, k)
        incidents = staff_queries.incidents_of(sitting)
        told["parts"]["incidents"] = get_template_attribute(PIECES, "incidents")(incidents, k)
    return told
