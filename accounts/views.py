"""Pages of staff: signing in and out, one's own account, and the accounts of others."""

from __future__ import annotations

from uuid import UUID

import segno
from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from accounts import agents, audit_views, auth, forms, nav, one_time_codes, queries, rules
from accounts.auth import caller, current_session, requires
from accounts.models import User
from accounts.nav import NavEntry
from accounts.rules import Permission, Role
from accounts.services import people, setting_up, signing_in
from core import web
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l

ISSUER = "Testing-center"  # what the authenticator app calls this account; some apps do not decode spaces
LINK = "setup_link"  # in the session cookie until it has been shown once

blueprint = Blueprint("accounts", __name__, url_prefix="/staff")


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN)
def home() -> ResponseReturnValue:
    """What this person can do here, and what waits for them."""
    panels = [panel for ask in current_app.extensions.get("home_panels", []) for panel in ask(current_user)]
    return render_template("accounts/home.html", panels=panels, cards=[item for item in nav.menu() if item.sentence])


@blueprint.route("/sign-in", methods=["GET", "POST"])
@web.public
def sign_in() -> ResponseReturnValue:
    """User name, password and one-time code."""
    if current_user.is_authenticated:
        return redirect(_next(), 303)
    form = forms.SignInForm(address=caller()["address"], now=request_now())
    if not form.validate_on_submit() or form.proof is None:
        return render_template("accounts/sign_in.html", form=form), form.status, form.headers
    with transaction():
        token = signing_in.sign_in(form.proof, **caller(), now=request_now())
    auth.enter(token)
    return redirect(_next(), 303)


@blueprint.post("/sign-out")
@web.public
def sign_out() -> ResponseReturnValue:
    """End this session; harmless where it has ended already."""
    if current_user.is_authenticated:
        with transaction():
            signing_in.sign_out(current_session(), now=request_now())
    auth.leave()
    flash(_("You have signed out."), "ok")
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.route("/set-up/<token>", methods=["GET", "POST"])
@web.public
def set_up(token: str) -> ResponseReturnValue:
    """Where a set-up link leads: password and one-time code, then straight in."""
    link = queries.get_setup_link(token, now=request_now())
    form = forms.SetUpForm(link, token, now=request_now())
    if not form.validate_on_submit():
        secret = setting_up.offered_secret(link, token)
        return render_template("accounts/set_up.html", form=form, link=link, secret=secret, qr=_qr(link.user, secret))
    password_hash = setting_up.new_password(form.password.data or "", *form.own)
    code = form.code.data or "" if link.user.needs_one_time_code else ""
    with transaction():
        user = setting_up.complete_setup(token, password_hash, code, now=request_now())
        opened = signing_in.open_session(user, **caller(), now=request_now())
    auth.enter(opened)
    flash(_("Your account is ready."), "ok")
    return redirect(url_for("accounts.home"), 303)


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def confirm() -> ResponseReturnValue:
    """Prove oneself again before a grave act, then go on to it."""
    form = forms.ConfirmForm(address=caller()["address"], now=request_now(), username=current_user.username)
    if not form.validate_on_submit() or form.proof is None:
        return render_template("accounts/confirm.html", form=form), form.status, form.headers
    with transaction():
        signing_in.confirm(current_session(), form.proof, now=request_now())
    return redirect(_next(), 303)


@blueprint.get("/account")
@requires(Permission.ACCOUNT_OWN)
def account() -> ResponseReturnValue:
    """One's own account: roles, password, sessions."""
    sessions = queries.live_sessions(current_user, now=request_now())
    return render_template("accounts/account.html", sessions=sessions, here=current_session())


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def change_password() -> ResponseReturnValue:
    """A new password of one's own."""
    names = {"username": current_user.username, "full_name": current_user.full_name}
    form = forms.ChangePasswordForm(address=caller()["address"], now=request_now(), **names)
    if not form.validate_on_submit() or form.proof is None:
        return render_template("accounts/change_password.html", form=form), form.status, form.headers
    password_hash = setting_up.new_password(form.password.data or "", *form.own)
    with transaction():
        signing_in.change_password(current_session(), form.proof, password_hash, now=request_now())
    flash(_("The password was changed. Your other sessions have ended."), "ok")
    return redirect(url_for("accounts.account"), 303)


@blueprint.post("/account/sessions/<uuid:session_id>/end")
@requires(Permission.ACCOUNT_OWN)
def end_own_session(session_id: UUID) -> ResponseReturnValue:
    """Sign oneself out in another browser."""
    with transaction():
        row = queries.get_own_session(session_id, current_user)
        signing_in.revoke_session(row, by=current_user, now=request_now())
    flash(_("The session has ended."), "ok")
    return redirect(url_for("accounts.account"), 303)


@blueprint.get("/users")
@requires(Permission.ACCOUNTS_MANAGE)
def users() -> ResponseReturnValue:
    """Everybody who works here; the filters stand in the address."""
    chosen = forms.UserFilter(request.args)
    query = queries.list_users(chosen.q.data or "", chosen.chosen_role, chosen.state.data or "")
    found = queries.page_of(query, min(max(request.args.get("page", 1, type=int), 1), 10**6))
    return render_template("accounts/users.html", form=chosen, found=found, filtered=any(chosen.data.values()))


@blueprint.route("/users/new", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE, fresh=True)
def new_user() -> ResponseReturnValue:
    """Open an account; the next page shows the set-up link once."""
    form = forms.NewUserForm()
    if not form.validate_on_submit():
        return render_template("accounts/new_user.html", form=form)
    with transaction():
        user, token = people.create_user(
            form.username.data or "",
            form.full_name.data or "",
            form.roles.data or [],
            by=current_user,
            now=request_now(),
        )
    session[LINK] = {"user": str(user.id), "address": auth.setup_address(token)}
    return redirect(url_for("accounts.user", user_id=user.id), 303)


@blueprint.get("/users/<uuid:user_id>")
@requires(Permission.ACCOUNTS_MANAGE)
def user(user_id: UUID) -> ResponseReturnValue:
    """One person's account."""
    found = queries.get_user(user_id)
    return _user_page(found, forms.user_form(found))


@blueprint.post("/users/<uuid:user_id>")
@requires(Permission.ACCOUNTS_MANAGE, fresh=True)
def change_user(user_id: UUID) -> ResponseReturnValue:
    """A person's name and roles."""
    form = forms.UserForm()
    if not form.validate_on_submit():
        return _user_page(queries.get_user(user_id), form)
    with transaction():
        found = queries.get_user(user_id, lock=True)
        people.rename(found, form.full_name.data or "", by=current_user, now=request_now())
        people.set_roles(found, form.roles.data or [], by=current_user, now=request_now())
    flash(_("Saved."), "ok")
    return redirect(url_for("accounts.user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/close")
@requires(Permission.ACCOUNTS_MANAGE, fresh=True)
def close_user(user_id: UUID) -> ResponseReturnValue:
    """Close an account."""
    with transaction():
        people.deactivate(queries.get_user(user_id), by=current_user, now=request_now())
    flash(_("The account is closed. Its sessions have ended."), "ok")
    return redirect(url_for("accounts.user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/open")
@requires(Permission.ACCOUNTS_MANAGE, fresh=True)
def open_user(user_id: UUID) -> ResponseReturnValue:
    """Open a closed account again."""
    with transaction():
        people.reactivate(queries.get_user(user_id), by=current_user, now=request_now())
    flash(_("The account is open again."), "ok")
    return redirect(url_for("accounts.user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/setup-link")
@requires(Permission.ACCOUNTS_MANAGE, fresh=True)
def give_setup_link(user_id: UUID) -> ResponseReturnValue:
    """A new set-up link, for a forgotten password or a lost phone."""
    with transaction():
        token = people.new_setup_link(queries.get_user(user_id), by=current_user, now=request_now())
    session[LINK] = {"user": str(user_id), "address": auth.setup_address(token)}
    return redirect(url_for("accounts.user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/end-sessions")
@requires(Permission.ACCOUNTS_MANAGE, fresh=True)
def end_user_sessions(user_id: UUID) -> ResponseReturnValue:
    """Sign a person out everywhere."""
    with transaction():
        people.end_sessions(queries.get_user(user_id), by=current_user, now=request_now())
    flash(_("All sessions of this person have ended."), "ok")
    return redirect(url_for("accounts.user", user_id=user_id), 303)


def _user_page(found: User, form: forms.UserForm) -> str:
    """The page of one account; a set-up link that was just made is shown on it once."""
    given, now = session.get(LINK), request_now()
    shown = session.pop(LINK)["address"] if given and given["user"] == str(found.id) else None
    return render_template(
        "accounts/user.html", user=found, form=form, setup_address=shown, lacks_code=people.lacks_one_time_code(found),
        waiting=queries.open_setup_link(found, now=now), sessions=queries.live_sessions(found, now=now),
    )  # fmt: skip


def _next() -> str:
    """Where the person wanted to go, on this site only; else the staff home page."""
    wanted = request.args.get("next")
    return web.local_target(wanted) if wanted else url_for("accounts.home")


def _qr(user: User, secret: bytes) -> Markup:
    """The secret as a QR code: one SVG path, no style attribute."""
    address = one_time_codes.address(secret, username=user.username, issuer=ISSUER)
    return Markup(  # nosec B704  # drawn by segno, no text in it
        segno.make(address, error="m").svg_inline(omitsize=True, border=2, svgclass="c-qr__code", lineclass=None)
    )


def init_app(app: Flask) -> None:
    """Put the room into the app."""
    auth.init_app(app)
    app.register_blueprint(blueprint)
    app.register_blueprint(audit_views.blueprint)
    app.context_processor(lambda: {"nav": nav.menu()})
    app.jinja_env.filters.update(browser=agents.browser_name, base32=one_time_codes.as_text)
    app.jinja_env.globals.update(
        Role=Role, ROLE_NAMES=rules.ROLE_NAMES, ROLE_DUTIES=rules.ROLE_DUTIES, FORBIDDEN_PAIRS=rules.FORBIDDEN_PAIRS,
        ONE_TIME_CODE_ROLES=rules.ONE_TIME_CODE_ROLES,
    )  # fmt: skip
    nav.register(
        app,
        NavEntry(_l("Home"), "accounts.home", Permission.ACCOUNT_OWN, 0),
        NavEntry(
            _l("Accounts"), "accounts.users", Permission.ACCOUNTS_MANAGE, 90,
            _l("Staff accounts, their roles and set-up links."),
        ),
        NavEntry(
            _l("Journal"), "audit.index", Permission.AUDIT_VIEW, 95,
            _l("Who did what and when; the check that nothing was altered."),
        ),
    )  # fmt: skip
