"""Safe Exam Browser: its settings file for download, and the address at which it ends."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from core import web
from testing_center.rules import safe_browser as rules
from testing_center.views.room import download

blueprint = Blueprint("safe_browser", __name__, url_prefix="/exam")


@blueprint.get("/settings.seb")
@web.public
def settings_file() -> ResponseReturnValue:
    """The settings file for a centre's workstations; it holds no secret."""
    of = rules.settings(current_app.extensions["settings"].base_url)
    return download(rules.settings_file(of), "testing-centre.seb", "application/seb")


@blueprint.get("/quit")
@web.public
def leave() -> ResponseReturnValue:
    """Safe Exam Browser ends when it is led here; any other browser goes to the door."""
    return redirect(url_for("exam.entry_page"), 303)
