"""What every page shares: access declared, security headers, request ids, errors in plain words, display settings."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from core import audit, i18n, uploads
from core.clock import SteadyClock, request_now
from core.db import db
from core.errors import Destroyed, Refusal
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.markup import Text
from core.sessions import PageProtection, Sessions, session_token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
THEMES, SIZES = ("light", "dark", "contrast"), ("1", "2", "3")
OPEN_BODY_BYTES = 16 * 1024  # what somebody may send who is not signed in with a permission
YEAR = 365 * 24 * 3600


csrf = PageProtection()
blueprint = Blueprint("web", __name__)


def declare(access: str) -> Callable[[View], View]:
    """Say who may enter a view; a view that says nothing lets nobody in (see :func:`_deny_by_default`)."""

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


public = declare("public")


def wants_problem() -> bool:
    """Whether the answer to this request is JSON rather than a page."""
    return request.path.startswith("/api/")


def problem(status: int, code: str, detail: str, **extra: Any) -> Response:
    """An ``application/problem+json`` answer (RFC 9457) with a stable ``code``."""
    body = {
        "type": "about:blank",
        "status": status,
        "code": code,
        "detail": detail,
        "request": g.get("request_id"),
    } | extra
    answer = jsonify(body)
    answer.status_code, answer.content_type = status, "application/problem+json"
    return answer


def error_page(status: int, title: str, sentence: str) -> Response:
    """A finished page for an error: what happened, what to do, the reference number."""
    html = render_template("error.html", status=status, title=title, sentence=sentence, reference=g.get("request_id"))
    return make_response(html, status)


def _destroyed_page(refusal: Destroyed) -> Response:
    """A finished page for a document that is not kept any more: by which act, since when. Nothing went wrong."""
    return make_response(render_template("destroyed.html", title=str(refusal.title), act=refusal.params))


def actor() -> audit.Actor:
    """Whoever makes this request, as told by the room that knows (``g.actor``)."""
    found: audit.Actor = g.get("actor") or audit.Anonymous()
    return found


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


def show_refusals(show: Callable[[Refusal], ResponseReturnValue]) -> None:
    """Show a refusal of this request with ``show`` (the page again, nothing typed lost) instead of the error page."""
    g.show_refusal = show


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
    sentence = _("The system is busy. Nothing was lost; try again in a moment.")
    if wants_problem():
        return problem(503, "busy", sentence)
    return error_page(503, _("Try again"), sentence)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if 300 <= status < 400:
        return error
    db.session.rollback()
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


def _start_request() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "access", "public").startswith("permission:"):
        request.max_content_length = OPEN_BODY_BYTES
    uploads.apply(view)
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if re.fullmatch(r"[\w-]{8,64}", given) else secrets.token_hex(8)


def _refuse_null_characters() -> None:
    """Nobody types U+0000, and PostgreSQL cannot keep it: such a form or address was not made by our pages."""
    if request.is_json:
        return
    if any("\0" in text for source in (request.args, request.form) for texts in source.listvalues() for text in texts):
        abort(400)


def _deny_by_default() -> None:
    """A view that does not declare who may enter is closed to everybody: a programmer's error, found by a test."""
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static":
        return
    if not hasattr(current_app.view_functions[endpoint], "access"):
        raise RuntimeError(f"{endpoint} does not declare who may enter it")


def _finish_response(response: Response) -> Response:
    headers = response.headers
    headers.add("X-Request-Id", g.get("request_id", "-"))
    if request.is_secure:
        headers.add("Strict-Transport-Security", f"max-age={YEAR}")
    if request.endpoint != "static":
        if "Cache-Control" not in headers:
            headers.add("Cache-Control", "no-store")
        language = request.args.get("lang")
        if language in i18n.LANGUAGES:
            response.set_cookie(
                "language", language, max_age=YEAR, httponly=True, samesite="Strict", secure=request.is_secure
            )
    return response


def _with_headers(application: WSGIApplication) -> WSGIApplication:
    """Security headers on every answer, whatever made it: the same ones, so they are not looked at one by one."""

    def answering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *HEADERS.items()], *error)

        return application(environ, start)

    return answering


def display() -> dict[str, str]:
    """Theme and letter size chosen by this person; anything unknown falls back to the ordinary."""
    theme, size = request.cookies.get("theme", ""), request.cookies.get("size", "")
    return {"theme": theme if theme in THEMES else "light", "size": size if size in SIZES else "1"}


def local_target(target: str | None) -> str:
    """``target`` where it is a path of this site, else the home page (no open redirect)."""
    parts = urlsplit(target or "")
    ok = (
        target
        and target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return target if ok and target else url_for("web.home")


@blueprint.post("/display")
@public
def set_display() -> ResponseReturnValue:
    """Remember theme and letter size for a year and go back to where the person was."""
    answer = redirect(local_target(request.form.get("next")), 303)
    for name, allowed in (("theme", THEMES), ("size", SIZES)):
        value = request.form.get(name)
        if value in allowed:
            answer.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Strict", secure=request.is_secure)
    return answer


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """The front door; the composition root says where it leads."""
    return redirect(current_app.config["HOME"], 303)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process lives."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Ready to serve: every check of ``app.extensions['readiness']`` passes; else 503 with the reasons."""
    reasons = [reason for check in current_app.extensions["readiness"] if (reason := check())]
    return jsonify(status="unavailable" if reasons else "ok", reasons=reasons), 503 if reasons else 200


def clock_is_steady() -> str | None:
    """Readiness: the wall clock still agrees with the clock that the process started with (within a minute)."""
    clock = current_app.extensions["clock"]
    if isinstance(clock, SteadyClock) and abs(clock.drift().total_seconds()) > 60:
        return f"the computer's clock has moved by {clock.drift()} since start: check it and restart"
    return None


def init_app(app: Flask, *, trusted_proxies: int) -> None:
    """Register everything that every page shares."""
    if trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies, x_host=trusted_proxies)  # type: ignore[method-assign]
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Strict", SESSION_COOKIE_NAME="session",
        WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_HEADERS=["X-CSRF-Token", "X-CSRFToken"], WTF_CSRF_SSL_STRICT=False,
        SESSION_REFRESH_EACH_REQUEST=False,
    )  # fmt: skip
    app.request_class = uploads.Request
    app.wsgi_app = _with_headers(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # no view is a coroutine
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Kyrgyz in UTF-8 takes a third of its escapes
    app.before_request(_start_request)
    app.session_interface = Sessions()
    csrf.init_app(app)
    app.before_request(_refuse_null_characters)
    app.before_request(_deny_by_default)
    app.after_request(_finish_response)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(IntegrityError, _lost_race)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)
    app.register_blueprint(blueprint)
    app.jinja_env.tests["rich"] = lambda value: isinstance(value, Text)
    app.jinja_env.filters["words"] = str  # of a rich text its plain words, for lists and attributes
    app.extensions.setdefault("readiness", []).append(clock_is_steady)
    app.context_processor(
        lambda: {
            "settings": app.extensions["settings"], "display": display(), "locale": i18n.current_language(),
            "now": request_now(), "csrf_token": generate_csrf, "session_token": session_token,
            "languages": i18n.LANGUAGES,
        }
    )  # fmt: skip
