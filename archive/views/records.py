"""What may be destroyed, legal holds and acts of destruction."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from archive import queries
from archive.forms import HoldForm, LiftForm
from archive.rules import ACT_NAMES, SERIES_NAMES, ActStatus
from archive.services import acts, holds
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from core.i18n import zone
from testing_center.views.room import download, filename, me

blueprint = Blueprint("archive", __name__, url_prefix="/staff/archive")
ACT_BADGES = {
    ActStatus.PREPARED: (ACT_NAMES[ActStatus.PREPARED], "warn", "clock"),
    ActStatus.CARRIED_OUT: (ACT_NAMES[ActStatus.CARRIED_OUT], "ok", "check"),
    ActStatus.CANCELLED: (ACT_NAMES[ActStatus.CANCELLED], "quiet", "cross"),
}
SHOWN = 50  # records that are still kept, the nearest first


@blueprint.get("/")
@requires(Permission.ARCHIVE_MANAGE)
def index() -> ResponseReturnValue:
    """What is due, what comes next, what is held, and the acts."""
    today = acts.local_day(request_now())
    lots = queries.lots(zone())
    return render_template(
        "archive/index.html", due=[lot for lot in lots if lot.is_due(today)], series=SERIES_NAMES,
        kept=[lot for lot in lots if not lot.is_due(today)][:SHOWN], waiting=queries.waiting_act(),
        holds=queries.holds(), acts=queries.acts(), badges=ACT_BADGES,
    )  # fmt: skip


@blueprint.post("/acts")
@requires(Permission.ARCHIVE_MANAGE, fresh=True)
def prepare() -> ResponseReturnValue:
    """Prepare an act of destruction over the records chosen."""
    with transaction():
        act = acts.prepare_act(request.form.getlist("lot"), by=me(), now=request_now())
        act_id = act.id
    flash(_("The act is prepared. Another person carries it out."), "ok")
    return redirect(url_for("archive.act", act_id=act_id), 303)


@blueprint.get("/acts/<uuid:act_id>")
@requires(Permission.ARCHIVE_MANAGE)
def act(act_id: UUID) -> ResponseReturnValue:
    """One act: what it names, and what may be done with it."""
    found = queries.get_act(act_id)
    waits = found.status == ActStatus.PREPARED
    return render_template(
        "archive/act.html", act=found, badge=ACT_BADGES[found.status], series=SERIES_NAMES, waits=waits,
        may_carry_out=waits and found.prepared_by_id != me().id,
    )  # fmt: skip


@blueprint.post("/acts/<uuid:act_id>/carry-out")
@requires(Permission.ARCHIVE_MANAGE, each_time=True)
def carry_out(act_id: UUID) -> ResponseReturnValue:
    """Destroy what the act names."""
    with transaction():
        acts.carry_out(queries.get_act(act_id, lock=True), by=me(), now=request_now())
    flash(_("The act is carried out. Print it and sign it, both of you."), "ok")
    return redirect(url_for("archive.act", act_id=act_id), 303)


@blueprint.post("/acts/<uuid:act_id>/cancel")
@requires(Permission.ARCHIVE_MANAGE)
def cancel(act_id: UUID) -> ResponseReturnValue:
    """Give the act up; nothing is destroyed."""
    with transaction():
        acts.cancel_act(queries.get_act(act_id, lock=True), by=me(), now=request_now())
    flash(_("The act is cancelled. Nothing was destroyed."), "ok")
    return redirect(url_for("archive.index"), 303)


@blueprint.post("/acts/<uuid:act_id>/paper")
@requires(Permission.ARCHIVE_MANAGE)
def paper(act_id: UUID) -> ResponseReturnValue:
    """The act as a PDF."""
    found = queries.get_act(act_id)
    pdf, name = acts.act_pdf(found, now=request_now()), filename(found.number, "pdf")
    return download(pdf, name)


@blueprint.route("/holds/new", methods=["GET", "POST"])
@requires(Permission.ARCHIVE_MANAGE, fresh=True)
def hold() -> ResponseReturnValue:
    """Forbid to destroy anything of a competition."""
    form = HoldForm(number=request.args.get("competition", ""))
    competition = queries.find_competition(form.number.data or "")
    if form.validate_on_submit() and competition is None:
        form.number.errors = [_("There is no competition with this number.")]
    if not form.is_submitted() or form.errors or competition is None:
        return render_template("archive/hold.html", form=form)
    with transaction():
        holds.place_hold(competition, form.ground.data, by=me(), now=request_now())
    flash(_("The hold is in force: nothing of this competition is destroyed."), "ok")
    return redirect(url_for("archive.index"), 303)


@blueprint.route("/holds/<uuid:hold_id>/lift", methods=["GET", "POST"])
@requires(Permission.ARCHIVE_MANAGE, fresh=True)
def lift(hold_id: UUID) -> ResponseReturnValue:
    """End a legal hold."""
    form = LiftForm()
    if not form.validate_on_submit():
        return render_template("archive/lift.html", form=form, hold=queries.get_hold(hold_id))
    with transaction():
        holds.lift_hold(queries.get_hold(hold_id, lock=True), form.ground.data, by=me(), now=request_now())
    flash(_("The hold is lifted."), "ok")
    return redirect(url_for("archive.index"), 303)
