"""Public verification of a protocol."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import web
from core.clock import request_now
from testing_center.forms.verification import VerifyForm
from testing_center.services.verification import verify

blueprint = Blueprint("verification", __name__, url_prefix="/verify")


@blueprint.get("/")
@web.public
def ask() -> ResponseReturnValue:
    """Ask for the code on the paper."""
    form = VerifyForm(request.args)
    if "code" in request.args and form.validate():
        return redirect(url_for("verification.show", code=form.code.data.strip()), 303)
    return render_template("testing_center/verify.html", form=form, asked="", found=None)


@blueprint.get("/<code>")
@web.public
def show(code: str) -> ResponseReturnValue:
    """What the protocol with this code says, so that it can be compared with the paper."""
    found = verify(code, request.remote_addr or "-", by=web.actor(), now=request_now())
    zone = ZoneInfo(found.time_zone) if found else None
    page = render_template(
        "testing_center/verify.html", form=VerifyForm(None, code=code[:32]), asked=code[:32], found=found, zone=zone
    )
    return page, 200 if found else 404
