"""Who is at the other end: the session cookie, ``requires()``, and proving oneself again for grave acts.

The cookie holds a random token, the database its hash: what is revoked there is over at once. A form that arrives
after the session has run out, or that asks for a fresh proof of identity, is not lost: the page that asks for the
password carries what was entered and sends it again, to the same address only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import (
    Flask,
    Request,
    abort,
    current_app,
    flash,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from accounts import queries, rules
from accounts.forms import ConfirmForm, ProofForm, SignInForm
from accounts.models import StaffSession, User
from accounts.rules import Permission
from accounts.services import signing_in
from core import web
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _

View = TypeVar("View", bound=Callable[..., Any])
TOKEN = "staff"  # nosec B105  # name of the token in the session cookie
PREFIX = "proof"  # of the fields that prove identity beside somebody else's fields

login_manager = LoginManager()
login_manager.session_protection = None  # ours is stricter: a row that can be revoked


@login_manager.request_loader
def _load_user(_request: Request) -> User | None:
    row = queries.find_session(session[TOKEN]) if TOKEN in session else None
    if row is None or not row.user.is_active:
        return None
    if not rules.is_live(row.created_at, row.seen_at, row.revoked_at, now=request_now()):
        return None
    g.staff_session, g.actor = row, row.user
    return row.user


def current_session() -> StaffSession:
    """The session of the person who makes this request; only where somebody is signed in."""
    row: StaffSession = g.staff_session
    return row


def enter(token: str) -> None:
    """Put a new session into the cookie; whatever stood there belongs to somebody else and goes."""
    session.clear()
    session[TOKEN] = token
    g.pop("_login_user", None)  # flask-login remembers for the rest of the request who was there before


def leave() -> None:
    """Empty the cookie."""
    session.clear()
    g.pop("_login_user", None)


def caller() -> dict[str, str]:
    """Address and browser of this request, as a session keeps them."""
    return {"address": request.remote_addr or "-", "agent": request.user_agent.string}


def requires(
    permission: Permission, *, fresh: bool = False, each_time: bool = False, unattended: bool = False
) -> Callable[[View], View]:
    """Let only holders of ``permission`` in; with ``fresh``, only after a proof of identity within five minutes.

    ``each_time``: a form is taken only with password and one-time code given for this very act. A sign-in does not
    count, however short ago, nor does a proof given for another act; this one is used up by the act.

    ``unattended``: a page asks for this by itself, whether anybody sits before it or not, so that it does not keep the
    session alive (:func:`_begin_request`).

    Somebody not signed in goes to the sign-in page and comes back; an API call gets 401. A missing permission is 403.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def entered(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            was_signed_in = current_user.is_authenticated
            answer = None if was_signed_in else _sign_in_first()
            if answer is not None:
                return answer
            if permission not in current_user.permissions:
                abort(403)
            if fresh and not rules.is_fresh(current_session().confirmed_at, now=request_now()):
                answer = _confirm_first()
            if each_time and request.method not in {"GET", "HEAD"}:
                answer = _prove_for_this(is_given=was_signed_in)
            return cast(ResponseReturnValue, view(*args, **kwargs)) if answer is None else answer

        entered.access = f"permission:{permission}"  # type: ignore[attr-defined]
        entered.fresh = fresh  # type: ignore[attr-defined]
        entered.each_time = each_time  # type: ignore[attr-defined]
        entered.unattended = unattended  # type: ignore[attr-defined]
        return cast(View, entered)

    return mark


def _sign_in_first() -> ResponseReturnValue | None:
    """A way to sign in; None where somebody just has, on the page that carried their form."""
    if web.wants_problem():
        return web.problem(401, "not_signed_in", _("Sign in first."))
    former = queries.find_session(session[TOKEN]) if TOKEN in session else None
    if former is None or request.method != "POST" or _has_files():
        return _redirect_to(
            "accounts.sign_in", _("You were signed out, so nothing was changed. Please repeat what you did.")
        )
    form = SignInForm(address=caller()["address"], now=request_now(), prefix=PREFIX, username=former.user.username)
    if not form.username.data:
        form.username.data = former.user.username
    if not _is_answered(form) or form.proof is None:
        return _carry(form, "accounts/sign_in.html")
    with transaction():
        token = signing_in.sign_in(form.proof, **caller(), now=request_now())
    enter(token)
    return None if form.proof.user_id == former.user_id else redirect(url_for("accounts.home"), 303)


def _confirm_first() -> ResponseReturnValue | None:
    """A way to prove oneself again; None where the person just has, on the page that carried their form."""
    if web.wants_problem():
        return web.problem(403, "confirm_identity", _("Confirm that it is you and try again."))
    if request.method != "POST" or _has_files():
        return _redirect_to(
            "accounts.confirm", _("Nothing was changed yet. Confirm that it is you, then choose the file again.")
        )
    form = _confirm_form()
    if not _is_answered(form) or form.proof is None:
        return _carry(form, "accounts/confirm.html")
    with transaction():
        signing_in.confirm(current_session(), form.proof, now=request_now())
    return None


def _prove_for_this(*, is_given: bool) -> ResponseReturnValue | None:
    """Ask for password and one-time code for this act alone; None where this request brings them.

    ``is_given``: what the request brings was meant for this act, and not for the sign-in that has just come before it.
    """
    if web.wants_problem():
        return web.problem(403, "confirm_identity", _("Confirm that it is you and try again."))
    form = _confirm_form() if is_given else _confirm_form(formdata=None)
    if not is_given or not _is_answered(form) or form.proof is None:
        return _carry(form, "accounts/confirm.html", each_time=True)
    with transaction():
        signing_in.prove_for(str(request.endpoint), current_session(), form.proof, now=request_now())
    return None


def _confirm_form(**more: Any) -> ConfirmForm:
    return ConfirmForm(
        address=caller()["address"], now=request_now(), prefix=PREFIX, username=current_user.username, **more
    )


def _is_answered(form: ProofForm) -> bool:
    """Whether the request brings the fields of the proof (not only the form that it interrupts) and they are right."""
    return f"{PREFIX}-password" in request.form and form.validate()


def _carry(form: ProofForm, template: str, *, each_time: bool = False) -> ResponseReturnValue:
    """The page that asks for the proof, with everything that was entered; it posts to this same address."""
    csrf = current_app.config["WTF_CSRF_FIELD_NAME"]
    carried = [
        (name, value) for name, value in request.form.items(multi=True)
        if name != csrf and not name.startswith(f"{PREFIX}-")
    ]  # fmt: skip
    page = render_template(template, form=form, carried=carried, action=request.full_path, each_time=each_time)
    return page, form.status, form.headers


def _has_files() -> bool:
    return any(file.filename for file in request.files.values())


def _redirect_to(endpoint: str, lost: str) -> ResponseReturnValue:
    """Ask on a page of its own and come back; ``lost`` is said where a form could not be carried along."""
    if request.method in {"GET", "HEAD"}:
        back = request.full_path if request.query_string else request.path
    else:
        came = urlsplit(request.referrer or "")
        back = came.path if came.netloc == request.host else url_for("accounts.home")
        flash(lost, "warn")
    return redirect(url_for(endpoint, next=back), 303)


def _begin_request() -> None:
    """Find out who acts (also for the audit trail) and note once a minute that the session is in use.

    A page that asks again by itself is no use: it says so by its view, or without script by ``unattended`` in its
    address; where somebody sits before it, it says ``attended``.
    """
    if request.endpoint is None or request.endpoint == "static" or TOKEN not in session:
        return
    if not current_user.is_authenticated:
        return
    asks_by_itself = getattr(current_app.view_functions[request.endpoint], "unattended", False)
    if (asks_by_itself and "attended" not in request.args) or "unattended" in request.args:
        return
    row = current_session()
    if request_now() - row.seen_at >= rules.SEEN_EVERY:
        with transaction():
            signing_in.touch(row.id, now=request_now())


def setup_address(token: str) -> str:
    """The whole address of a set-up link, for a browser on another computer."""
    settings = current_app.extensions["settings"]
    here = request.host_url.rstrip("/") if has_request_context() else f"http://127.0.0.1:{settings.port}"
    path = current_app.url_map.bind("").build("accounts.set_up", {"token": token})
    return f"{settings.public_url or here}{path}"


def init_app(app: Flask) -> None:
    """Recognise staff in every request."""
    app.config["REMEMBER_COOKIE_NAME"] = "no-such-cookie"  # flask-login's own 'remember me' is not used
    login_manager.init_app(app)
    app.before_request(_begin_request)
