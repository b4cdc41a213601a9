"""Centres, rooms and workstations."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.forms.centres import ZONES, CentreForm, RoomForm
from testing_center.forms.fields import PostForm, put
from testing_center.models.places import Centre, Room
from testing_center.rules.seating import SEATS_PER_ROW
from testing_center.rules.workstations import CHECK_NAMES, ROOM_ADDRESS_LASTS
from testing_center.services import centres as services
from testing_center.services import workstation_checks
from testing_center.views.room import me
from testing_center.views.workstation_check import CHECK_LOOKS

blueprint = Blueprint("centres", __name__, url_prefix="/staff/centres")


@blueprint.get("/")
@requires(Permission.CENTRES_MANAGE)
def index() -> ResponseReturnValue:
    """All centres with their rooms."""
    return render_template("testing_center/centres.html", centres=staff_queries.centres(), zones=ZONES)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CENTRES_MANAGE)
def new() -> ResponseReturnValue:
    """Add a centre."""
    return _centre_page(None)


@blueprint.route("/<uuid:centre_id>/edit", methods=["GET", "POST"])
@requires(Permission.CENTRES_MANAGE)
def edit(centre_id: UUID) -> ResponseReturnValue:
    """Change a centre."""
    return _centre_page(staff_queries.get_centre(centre_id))


def _centre_page(centre: Centre | None) -> ResponseReturnValue:
    form = CentreForm(obj=centre)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"name_taken": "name_ky"})
        return render_template("testing_center/centre_form.html", form=form, centre=centre)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        services.save_centre(centre, form.values(), by=me(), now=request_now())
    flash(_("Saved."), "ok")
    return redirect(url_for("centres.index"), 303)


@blueprint.route("/<uuid:centre_id>/rooms/new", methods=["GET", "POST"])
@requires(Permission.CENTRES_MANAGE)
def new_room(centre_id: UUID) -> ResponseReturnValue:
    """Add a room with its seats."""
    return _room_page(staff_queries.get_centre(centre_id), None)


@blueprint.route("/<uuid:centre_id>/rooms/<uuid:room_id>/edit", methods=["GET", "POST"])
@requires(Permission.CENTRES_MANAGE)
def edit_room(centre_id: UUID, room_id: UUID) -> ResponseReturnValue:
    """Change a room."""
    room = _room(centre_id, room_id)
    return _room_page(room.centre, room)


def _room_page(centre: Centre, room: Room | None) -> ResponseReturnValue:
    form = RoomForm(obj=room, data={"seats": len(room.workstations)} if room else None)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(
                form, refusal, {"name_taken": "name", "seat_in_use": "seats", "address_range_invalid": "address_ranges"}
            )
        return render_template("testing_center/room_form.html", form=form, centre=centre, room=room)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        saved = services.save_room(
            room, centre, form.name.data or "", form.address_ranges.data or "", form.seats.data or 0, by=me(),
            now=request_now(), seats_per_row=form.seats_per_row.data or SEATS_PER_ROW,
        )  # fmt: skip
    flash(_("Saved."), "ok")
    return redirect(url_for("centres.workstations", centre_id=centre.id, room_id=saved.id), 303)


@blueprint.route("/<uuid:centre_id>/rooms/<uuid:room_id>/", methods=["GET", "POST"])
@requires(Permission.CENTRES_MANAGE)
def workstations(centre_id: UUID, room_id: UUID) -> ResponseReturnValue:
    """The seats of a room: which can be used, which have a fixed address."""
    room, form = _room(centre_id, room_id), PostForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            form.form_errors.append(str(refusal))
        return render_template(
            "testing_center/workstations.html", form=form, room=room, typed=request.form, looks=CHECK_LOOKS,
            states=CHECK_NAMES, checks=workstation_checks.latest_checks(room),
            address=url_for(
                "workstation_check.show", room=workstation_checks.room_address(room, now=request_now()), _external=True
            ),
            until=request_now() + ROOM_ADDRESS_LASTS, local=ZoneInfo(room.centre.time_zone),
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        usable = {workstation.id for workstation in room.workstations if f"usable-{workstation.id}" in request.form}
        addresses = {w.id: request.form.get(f"address-{w.id}", "") for w in room.workstations}
        unusable = {workstation.id for workstation in room.workstations} - usable
        services.save_workstations(room, unusable, addresses, by=me(), now=request_now())
    flash(_("Saved."), "ok")
    return redirect(url_for("centres.workstations", centre_id=centre_id, room_id=room_id), 303)


def _room(centre_id: UUID, room_id: UUID) -> Room:
    room = staff_queries.get_room(room_id)
    if room.centre_id != centre_id:
        raise NotFound
    return room
