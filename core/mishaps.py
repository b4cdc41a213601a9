"""What somebody is told where a request ends otherwise than its view meant: refused, lost, busy, not found, broken.

A page in plain words or, on the API, a problem (RFC 9457); what was refused is recorded.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, current_app, flash, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from core import audit, uploads
from core.clock import request_now
from core.db import db, disk_is_sound
from core.errors import Destroyed, Refusal
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.web import actor, error_page, local_target, problem, wants_problem


def _destroyed_page(refusal: Destroyed) -> Response:
    """A finished page for a document that is not kept any more: by which act, since when. Nothing went wrong."""
    return make_response(render_template("destroyed.html", title=str(refusal.title), act=refusal.params))


def _refused(refusal: Refusal) -> ResponseReturnValue:
    db.session.rollback()
    audit.record_refusal(
        refusal, g.get("refusal_subject") or f"endpoint:{request.endpoint}", by=actor(), at=request_now()
    )
    if wants_problem():
        answer = problem(refusal.status, refusal.code, str(refusal), **getattr(refusal, "answer", {}))
    else:
        show = g.pop("show_refusal", None)
        if isinstance(refusal, Destroyed):  # the page it was asked on would show the same document
            answer = _destroyed_page(refusal)
        elif show:
            answer = _on_its_page(show, refusal)
        else:
            answer = error_page(refusal.status, str(refusal.title), str(refusal))
        if answer.status_code == 200:
            answer.status_code = refusal.status
    if refusal.status == 429 and "seconds" in refusal.params:
        answer.headers["Retry-After"] = str(int(refusal.params["seconds"]))
    return answer


def _on_its_page(show: Callable[[Refusal], ResponseReturnValue], refusal: Refusal) -> Response:
    """The page that the view wants for a refusal; the error page where that one cannot be shown any more either."""
    try:
        return make_response(show(refusal))
    except (Refusal, HTTPException):  # what it shows besides was destroyed meanwhile, or is not there any more
        db.session.rollback()
        return error_page(refusal.status, str(refusal.title), str(refusal))


def _lost_race(error: IntegrityError) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.warning("integrity: %s", getattr(error.orig, "diag", None) or error.orig)
    audit.record_refusal(LostRace(), f"endpoint:{request.endpoint}", by=actor(), at=request_now())
    sentence = _("Another person has changed this. Reload the page.")
    if wants_problem():
        return problem(409, "already_done", sentence)
    if uploads.is_page_of_writing() and (show := g.pop("show_refusal", None)):
        answer = _on_its_page(show, LostRace())
        answer.status_code = 409
        return answer
    return error_page(409, _("Already done"), sentence)


def _busy(error: OperationalError) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.error("database: %s", error.orig)
    if disk_is_sound():
        current_app.logger.critical("disk: it failed; nothing is written until the system is started anew")
        sentence = _("The disk of the system has failed. What you sent is not saved. Tell the staff at once.")
        if wants_problem():
            return problem(503, "disk_failed", sentence)
        return error_page(503, _("Not saved"), sentence)
    sentence = _("The system is busy. Nothing was lost; try again in a moment.")
    if wants_problem():
        return problem(503, "busy", sentence)
    return error_page(503, _("Try again"), sentence)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if 300 <= status < 400:
        return error
    db.session.rollback()
    most = (request.max_content_length or 0) // 2**20  # of a page for staff; nobody else gets more than an answer
    if status == 413 and most:
        uploads.read_on()
    if status == 413 and uploads.is_page_of_writing() and "GET" in getattr(request.url_rule, "methods", ()):
        return _beyond_reading()
    texts = {
        400: ("bad_request", _("The request was not understood"), _("Go back, check what you entered and try again.")),
        403: ("forbidden", _("No permission"), _("You are not permitted to do this.")),
        404: ("not_found", _("Page not found"), _("There is no such page, or it is not yours.")),
        405: ("method_not_allowed", _("Not possible here"), _("This page cannot be used in this way.")),
        413: ("too_large", _("Too large"), _("What you sent is too large.")),
        415: ("unsupported_media_type", _("Wrong kind of content"), _("Send JSON.")),
        429: ("too_many_requests", _("Too many tries"), _("Wait a moment and try again.")),
    }
    code, title, sentence = texts.get(
        status, ("error", _("System error"), _("Something went wrong. Tell the administrator the reference number."))
    )
    if status == 413 and most:
        sentence = _("What you sent is too large. At most, in megabytes: %(size)s", size=most)
    if isinstance(error, CSRFError):
        code, title, sentence = (
            "csrf",
            _("The page is out of date"),
            _("Open the page again and repeat what you did: it was not carried out."),
        )
    if status == 403:
        audit.record_refusal(
            _Forbidden(endpoint=request.endpoint), f"endpoint:{request.endpoint}", by=actor(), at=request_now()
        )
    answer = problem(status, code, sentence) if wants_problem() else error_page(status, title, sentence)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _beyond_reading() -> ResponseReturnValue:
    """A page of writing that cannot even be read through: the page again, with what it had kept by itself."""
    limit = uploads.BODY_BYTES // 2**20
    flash(_("Too much was sent, and nothing of it was read. At most, in megabytes: %(size)s", size=limit), "bad")
    return redirect(local_target(request.full_path if request.query_string else request.path), 303)


class _Forbidden(Refusal):
    code = "forbidden"


class LostRace(Refusal):
    """Somebody else was first: the database refused what the rules still allowed."""

    code = "already_done"
    title = _l("Already done")
    message = _l("Another person has changed this. Reload the page.")


def _bug(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.exception("unhandled")
    sentence = _("Something went wrong. Tell the administrator the reference number.")
    if wants_problem():
        return problem(500, "error", sentence)
    return error_page(500, _("System error"), sentence)


def init_app(app: Flask) -> None:
    """Answer every mishap; what nobody foresaw is answered too, and logged."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(IntegrityError, _lost_race)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)
