"""The outbox: letters that wait, that did not go, that went."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from archive import queries
from archive.forms import AddressForm
from core import outbox
from core.clock import request_now
from core.db import db, transaction
from core.i18n import gettext as _
from core.outbox import MOST_TRIES
from testing_center.views.room import me, page_number

blueprint = Blueprint("outbox", __name__, url_prefix="/staff/outbox")
PER_PAGE = 50


@blueprint.get("/")
@requires(Permission.SITTINGS_MANAGE)
def index() -> ResponseReturnValue:
    """Letters of one state; at first those that a person has to look at, where there are any."""
    counts = queries.letter_counts(request_now())
    state = request.args.get("state", "")
    if state not in {"waiting", "failed", "sent"}:
        state = "failed" if counts["failed"] else "waiting"
    found = db.paginate(queries.letters(state), page=page_number(), per_page=PER_PAGE, error_out=False)
    return render_template("archive/letters.html", state=state, counts=counts, found=found)


@blueprint.route("/<uuid:letter_id>", methods=["GET", "POST"])
@requires(Permission.SITTINGS_MANAGE)
def letter(letter_id: UUID) -> ResponseReturnValue:
    """One letter; where it did not go, sending it again, perhaps to a corrected address."""
    found = queries.get_letter(letter_id)
    form = AddressForm(obj=found)
    if not form.validate_on_submit():
        return render_template("archive/letter.html", letter=found, form=form, most_tries=MOST_TRIES)
    with transaction():
        outbox.send_again(
            queries.get_letter(letter_id, lock=True), form.recipient.data, by=me(), now=request_now()
        )  # fmt: skip
    flash(_("The letter goes out with the next round."), "ok")
    return redirect(url_for("outbox.index"), 303)
