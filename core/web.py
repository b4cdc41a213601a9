"""What every page shares: access declared, security headers, request ids, answers in plain words, display settings."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from core import addresses, audit, i18n, uploads
from core.clock import SteadyClock, request_now
from core.errors import Refusal
from core.markup import Text
from core.sessions import PageProtection, Sessions, form_token, session_token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])
Answer = TypeVar("Answer", bound=BaseResponse)

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LOOKS = {"theme": ("light", "dark", "contrast"), "size": ("1", "2", "3")}  # the first is the ordinary one
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


def actor() -> audit.Actor:
    """Whoever makes this request, as told by the room that knows (``g.actor``)."""
    found: audit.Actor = g.get("actor") or audit.Anonymous()
    return found


def show_refusals(show: Callable[[Refusal], ResponseReturnValue]) -> None:
    """Show a refusal of this request with ``show`` (the page again, nothing typed lost) instead of the error page."""
    g.show_refusal = show


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
        headers.add("Strict-Transport-Security", f"max-age={YEAR}; includeSubDomains")
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
    asked = {name: request.cookies.get(name, "") for name in LOOKS}
    return {name: value if value in LOOKS[name] else LOOKS[name][0] for name, value in asked.items()}


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
    chosen = display() | {name: value for name, value in request.form.items() if value in LOOKS.get(name, ())}
    for keep in current_app.extensions.get("display_kept", ()):
        keep(chosen)
    return show_as(answer, chosen)


def show_as(answer: Answer, chosen: Mapping[str, str] | None) -> Answer:
    """Have this browser show pages so from now on; None: as a browser that was never asked."""
    for name in LOOKS:
        if chosen is None:
            answer.delete_cookie(name, httponly=True, samesite="Strict", secure=request.is_secure)
        else:
            answer.set_cookie(
                name, chosen[name], max_age=YEAR, httponly=True, samesite="Strict", secure=request.is_secure
            )
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
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_NAME="__Host-session" if app.config["SESSION_COOKIE_SECURE"] else "session",
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
    app.register_blueprint(blueprint)
    app.jinja_env.tests["rich"] = lambda value: isinstance(value, Text)
    app.jinja_env.filters["words"] = str  # of a rich text its plain words, for lists and attributes
    app.extensions.setdefault("readiness", []).append(clock_is_steady)
    app.context_processor(
        lambda: {
            "settings": app.extensions["settings"], "display": display(), "locale": i18n.current_language(),
            "now": request_now(),
        }
    )  # fmt: skip
    # Not of a page but of all: what is imported from a template is then made ready once, not for each page anew.
    app.jinja_env.globals.update(
        csrf_token=form_token, session_token=session_token, languages=i18n.LANGUAGES, page_path=addresses.of_page,
        current_language=i18n.current_language, current_display=display,
    )  # fmt: skip
