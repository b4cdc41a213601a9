"""Photographs of participants: kept beforehand by who registers them, seen at the presence check by who runs it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
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
from testing_center.forms.fields import put
from testing_center.forms.photos import PhotoForm
from testing_center.models.sittings import Participant
from testing_center.rules.sittings import SittingStatus
from testing_center.services import photos as services
from testing_center.views.room import me

REFUSED = ("picture_refused", "picture_too_large", "picture_unknown", "picture_broken", "picture_unsafe")

blueprint = Blueprint("photos", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>")


@blueprint.route("/participants/<uuid:participant_id>/photo", methods=["GET", "POST"])
@requires(Permission.PARTICIPANTS_MANAGE)
def edit(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Keep a photograph of one person, in the place of the one before."""
    sitting, form = staff_queries.get_sitting(sitting_id), PhotoForm()
    participant = staff_queries.get_participant(participant_id, sitting)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, dict.fromkeys(REFUSED, "file"))
        return render_template(
            "testing_center/photo.html", sitting=sitting, participant=participant, form=form,
            has_photo=participant.id in services.with_photo(sitting), may_change=sitting.status != SittingStatus.CLOSED,
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    photo = services.portrait(form.file.data.read())
    with transaction():
        locked = staff_queries.get_participant(participant_id, sitting, lock=True)
        services.put_photo(locked, photo, by=me(), now=request_now())
    flash(_("The photograph is kept for the presence check."), "ok")
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


@blueprint.post("/participants/<uuid:participant_id>/photo/removal")
@requires(Permission.PARTICIPANTS_MANAGE)
def remove(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Erase the photograph of one person."""
    with transaction():
        participant = staff_queries.get_participant(participant_id, staff_queries.get_sitting(sitting_id), lock=True)
        services.remove_photo(participant, by=me(), now=request_now())
    flash(_("The photograph is erased."), "ok")
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


@blueprint.get("/participants/<uuid:participant_id>/photo.jpg")
@requires(Permission.PARTICIPANTS_MANAGE)
def kept(sitting_id: UUID, participant_id: UUID) -> Response:
    """The photograph, for who keeps it."""
    return _jpeg(staff_queries.get_participant(participant_id, staff_queries.get_sitting(sitting_id)))


@blueprint.get("/room/presence/<uuid:participant_id>/photo.jpg")
@requires(Permission.SITTING_RUN)
def at_the_door(sitting_id: UUID, participant_id: UUID) -> Response:
    """The photograph, for who compares faces."""
    return _jpeg(staff_queries.get_participant(participant_id, staff_queries.get_sitting_to_run(sitting_id, me())))


def _jpeg(participant: Participant) -> Response:
    content = services.photo_of(participant)
    if content is None:
        raise NotFound
    return Response(content, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})
