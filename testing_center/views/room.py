"""What the staff pages of the test day share: who acts, tabs of a sitting, badges of states, files as answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, make_response, request, url_for
from flask_login import current_user

from accounts.models import User
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.models.sittings import Sitting
from testing_center.rules.hall import STATE_NAMES, SeatState
from testing_center.rules.seats import Connection
from testing_center.rules.sittings import PRESENCE_NAMES, SITTING_NAMES, Presence, SittingStatus
from testing_center.services import hall

# A state's word, kind and sign, as `ui.badge` takes them.
SITTING_BADGES = {
    SittingStatus.PLANNED: (SITTING_NAMES[SittingStatus.PLANNED], "", "clock"),
    SittingStatus.OPENING: (SITTING_NAMES[SittingStatus.OPENING], "warn", "clock"),
    SittingStatus.OPEN: (SITTING_NAMES[SittingStatus.OPEN], "info", "pen"),
    SittingStatus.CLOSED: (SITTING_NAMES[SittingStatus.CLOSED], "ok", "check"),
}
PRESENCE_BADGES = {
    Presence.EXPECTED: (PRESENCE_NAMES[Presence.EXPECTED], "quiet", "clock"),
    Presence.PRESENT: (PRESENCE_NAMES[Presence.PRESENT], "ok", "check"),
    Presence.ABSENT: (PRESENCE_NAMES[Presence.ABSENT], "", "cross"),
    Presence.REFUSED: (PRESENCE_NAMES[Presence.REFUSED], "warn", "hand"),
}


@dataclass(frozen=True)
class SeatLook:
    """How a state of a seat looks: class of the seat in the plan, sign, kind of the badge, class of the row."""

    seat: str
    icon: str
    badge: str
    row: str = ""

    def name(self, state: SeatState) -> Any:
        """The state in words."""
        return STATE_NAMES[state]


SEAT_LOOKS = {
    SeatState.EXPECTED: SeatLook("", "clock", "quiet"),
    SeatState.PRESENT: SeatLook("", "user", "quiet"),
    SeatState.ENTERED: SeatLook("info", "right", "info"),
    SeatState.WORKING: SeatLook("work", "pen", "quiet"),
    SeatState.PAUSED: SeatLook("hold", "pause", "warn", "is-warn"),
    SeatState.ENDED: SeatLook("done", "check", "ok"),
    SeatState.LOCKED: SeatLook("bad", "lock", "bad", "is-bad"),
    SeatState.ABSENT: SeatLook("none", "cross", "quiet", "is-off"),
    SeatState.REFUSED: SeatLook("none", "hand", "warn", "is-off"),
}
# Kind of the badge and sign of a connection; None: a dash is enough.
LINK_LOOKS = {
    Connection.NONE: None,
    Connection.UNKNOWN: None,
    Connection.OK: ("ok", "check"),
    Connection.SILENT: ("warn", "offline"),
    Connection.LOST: ("bad", "offline"),
    Connection.BACK: ("info", "check"),
}


def me() -> User:
    """The person who makes this request."""
    user: User = current_user._get_current_object()
    return user


def seats_seen(sitting: Sitting, purpose: str) -> hall.Plan:
    """Who sits where, now; that this person looks for this purpose is recorded once a quarter of an hour."""
    note_look(sitting, purpose)
    return hall.seat_plan(sitting, now=request_now())


def note_look(sitting: Sitting, purpose: str) -> None:
    """Record that this person sees who sits where, once a quarter of an hour."""
    now = request_now()
    if hall.is_look_due(sitting, purpose, by=me(), now=now):
        with transaction():
            hall.record_look(sitting, purpose, by=me(), now=now)


def page_number() -> int:
    """The page asked for, 1 where that is not a number."""
    return min(max(request.args.get("page", 1, type=int), 1), 10**6)


def sitting_tabs(sitting: Sitting) -> list[dict[str, Any]]:
    """Pages of a sitting that this person may open; rooms above add theirs to ``app.extensions["sitting_tabs"]``."""
    held, runs = me().permissions, staff_queries.runs(sitting, me())
    tabs = [
        (_("Overview"), "sittings.show", Permission.SITTINGS_VIEW in held),
        (_("Participants"), "participants.index", Permission.PARTICIPANTS_MANAGE in held),
        (_("Codes"), "codes.index", Permission.CODES_MANAGE in held),
        (_("Room"), "hall.show", runs),
        (_("Incidents"), "incidents.index", Permission.SITTINGS_VIEW in held),
        (_("Protocols"), "protocols.index", Permission.PROTOCOLS_VIEW in held),
        *(tab(sitting, me()) for tab in current_app.extensions.get("sitting_tabs", ())),
    ]
    return [
        {
            "label": label,
            "href": url_for(endpoint, sitting_id=sitting.id),
            "current": request.blueprint == endpoint.split(".")[0],
        }
        for label, endpoint, allowed in tabs
        if allowed
    ]


def download(content: bytes, filename: str, kind: str = "application/pdf") -> Response:
    """A file as the answer, kept by nobody on the way; its name in plain letters and in full (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", filename).strip("_") or "file"
    answer = make_response(content)
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def filename(number: str, suffix: str) -> str:
    """A number of a document as the name of a file: ``Т-2026-117_014.pdf``."""
    return f"{re.sub(r'[^0-9A-Za-zА-Яа-яЁёҢңӨөҮү-]+', '_', number)}.{suffix}"


def clock_of(seconds: int | None) -> str:
    """``0:56:12``; a dash for None."""
    if seconds is None:
        return "—"
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def local(sitting: Sitting, moment: datetime | None) -> datetime | None:
    """A moment in the zone of the sitting's centre."""
    return moment.astimezone(sitting.zone) if moment else None
