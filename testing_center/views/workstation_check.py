"""Is this computer fit for a test? A page for everybody; with a room's address the answer is written down there."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import web
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from testing_center.models.places import Room
from testing_center.rules import workstations as rules
from testing_center.rules.workstations import ASPECT_NAMES, CHECK_NAMES, Aspect, CheckState, Finding, NotWritten
from testing_center.services import workstation_checks as services

TYPED_MAX, SEAT_DIGITS = 60, 4
# Kind of the badge, its sign, and the look of the row.
CHECK_LOOKS = {
    CheckState.OK: ("ok", "check", ""),
    CheckState.UNKNOWN: ("quiet", "info", ""),
    CheckState.WARN: ("warn", "alert", "is-warn"),
    CheckState.BAD: ("bad", "cross", "is-bad"),
}

blueprint = Blueprint("workstation_check", __name__, url_prefix="/exam/check")


def values_of(finding: Finding) -> str:
    """What was measured, in words."""
    match finding.aspect:
        case Aspect.CLOCK if finding.value:
            return _("Seconds off: %(n)s", n=f"{int(finding.value) / 1000:+.1f}")
        case Aspect.DELAY if finding.value:
            return _("Milliseconds: %(n)s", n=finding.value)
    return finding.value


@blueprint.get("/")
@web.public
def show() -> ResponseReturnValue:
    """What will be looked at; after the button, what was found. Nothing is kept."""
    address = request.args.get("room", "")
    room = services.room_of(address, now=request_now()) if address else None
    if address and room is None:
        return _expired()
    return _page(room, address, is_asked="checked" in request.args and room is None)


@blueprint.post("/")
@web.public
def write_down() -> ResponseReturnValue:
    """The same for a seat of the room whose address was opened: what was found is written down."""
    now, address = request_now(), request.form.get("room", "")
    room = services.room_of(address, now=now)
    if room is None:
        return _expired()

    with transaction():
        done = services.write_down(room, _seat(), _facts(), address=request.remote_addr or "", now=now)
    if isinstance(done, NotWritten):
        return _page(services.room_of(address, now=now), address, is_asked=True, not_written=done), done.status
    return _page(services.room_of(address, now=now), address, is_asked=True, seat=_seat())


def _expired() -> ResponseReturnValue:
    sentence = _("The address for checking this room was valid for 12 hours. Open a new one on the page of the room.")
    return web.error_page(410, _("The address is no longer valid"), sentence)


@blueprint.get("/time")
@web.public
def time() -> ResponseReturnValue:
    """The moment of the server in milliseconds since 1970."""
    return jsonify(milliseconds=int(request_now().timestamp() * 1000))


def _seat() -> int:
    text = request.values.get("seat", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= SEAT_DIGITS else 0


def _facts() -> dict[str, int | str]:
    return rules.read_facts(
        request.values, agent=request.headers.get("User-Agent", ""), has_cookies=bool(request.cookies)
    )


def _page(
    room: Room | None, address: str, *, is_asked: bool, not_written: NotWritten | None = None, seat: int | None = None
) -> str:
    findings = rules.judge(_facts()) if is_asked else []
    return render_template(
        "exam/check.html", findings=findings, worst=rules.worst(findings) if findings else None, names=ASPECT_NAMES,
        states=CHECK_NAMES, looks=CHECK_LOOKS, value=values_of, typed=request.values.get("typed", "")[:TYPED_MAX],
        sample=rules.TYPED, room=room, address=address, not_written=not_written, written=seat,
        seat=_seat() or (services.seat_at(room, request.remote_addr or "") if room else None),
        action=url_for("workstation_check.write_down" if room else "workstation_check.show"),
    )  # fmt: skip
