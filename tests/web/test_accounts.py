"""Pages of staff: who gets in, what a session is, forms that survive a question for the password."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts import auth, one_time_codes, passwords, queries, rules
from accounts.models import StaffSession, User
from accounts.rules import Permission, Role
from accounts.services import people, setting_up
from core.audit import AuditEntry, System
from core.db import db, transaction
from core.web import local_target
from tests.web.signing_in import PASSWORD, SIGN_IN, enter, post, sign_in

SECOND = timedelta(seconds=1)


@pytest.fixture
def admin(client, make):
    """A system administrator who has just signed in."""
    return sign_in(client, make.user(Role.SYSTEM_ADMINISTRATOR))


def sessions():
    return db.session.scalars(select(StaffSession).order_by(StaffSession.created_at)).all()


def last_entry():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()


def set_password(user, clock, text=PASSWORD):
    with transaction():
        db.session.get_one(User, user.id).password_hash = passwords.hash_password(text)


# --- getting in and out


def test_a_page_of_staff_sends_a_stranger_to_sign_in_and_back(client, proctor):
    answer = client.get("/staff/account?lang=ru")
    assert answer.status_code == 303 and answer.location == "/staff/sign-in?next=/staff/account?lang%3Dru"
    assert enter(client, path=answer.location).location == "/staff/account?lang=ru"
    assert client.get("/staff/account").status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else_than_to_this_site(client, proctor, target):
    answer = enter(client, path=f"{SIGN_IN}?next={target}")
    assert answer.status_code == 303 and answer.location == "/"
    assert local_target("/staff/users?q=1") == "/staff/users?q=1"


def test_signing_in_begins_a_new_session_whatever_was_in_the_cookie(client, proctor):
    with client.session_transaction() as session:
        session["planted"], session[auth.TOKEN] = "x", "chosen by somebody else"
    enter(client)
    with client.session_transaction() as session:
        assert "planted" not in session and len(session[auth.TOKEN]) >= 43
        assert queries.token_hash(session[auth.TOKEN]) == sessions()[0].token_hash


def test_the_cookie_is_for_this_site_only_and_hidden_from_script(client, proctor):
    cookie = enter(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


@pytest.mark.parametrize("given", [{"username": "nobody"}, {"password": "wrong"}])
def test_a_wrong_name_and_a_wrong_password_get_the_same_page_and_keep_the_name_typed(client, proctor, given):
    answer = enter(client, **given)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401 and f'value="{given.get("username", "proctor")}"' in page
    assert "wrong" not in page.replace("Wrong", "") and sessions() == []


def test_an_empty_field_is_no_failed_try(client, proctor):
    answer = enter(client, password="")
    assert answer.status_code == 200 and 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert last_entry().action != "user.sign_in_failed"


def test_a_locked_name_answers_429_and_says_when(client, clock):
    for _ in range(rules.LOCK_AFTER):
        assert enter(client, username="nobody").status_code == 401
    answer = enter(client, username="nobody")
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "900"
    assert "10:15:00" in answer.get_data(as_text=True)


def test_a_form_without_its_token_is_not_accepted(client, proctor):
    answer = client.post(SIGN_IN, data={"username": "proctor", "password": PASSWORD})
    assert answer.status_code == 400 and sessions() == []


def test_signing_out_takes_a_post_and_ends_the_session_for_good(client, proctor):
    enter(client)
    with client.session_transaction() as session:
        kept = dict(session)
    assert client.get("/staff/sign-out").status_code == 405
    assert post(client, "/staff/sign-out").location == SIGN_IN
    with client.session_transaction() as session:
        session.update(kept)  # a copy of the cookie helps nobody
    assert client.get("/staff/account").status_code == 303


@pytest.mark.parametrize(("idle", "status"), [(rules.IDLE_LIMIT, 200), (rules.IDLE_LIMIT + SECOND, 303)])
def test_a_session_ends_after_half_an_hour_without_use(client, make, clock, idle, status):
    sign_in(client, make.user(Role.PROCTOR))
    clock.advance(idle)
    assert client.get("/staff/account").status_code == status


def test_a_session_in_use_lasts_twelve_hours_and_no_longer(client, make, clock):
    sign_in(client, make.user(Role.PROCTOR))
    for _ in range(36):
        clock.advance(timedelta(minutes=20))
        assert client.get("/staff/account").status_code == 200
    clock.advance(SECOND)
    assert client.get("/staff/account").status_code == 303


def test_last_seen_is_written_at_most_once_a_minute(client, make, clock):
    sign_in(client, make.user(Role.PROCTOR))
    began = clock.at
    clock.advance(rules.SEEN_EVERY - SECOND)
    client.get("/staff/account")
    assert sessions()[0].seen_at == began
    clock.advance(SECOND)
    client.get("/staff/account")
    db.session.expire_all()
    assert sessions()[0].seen_at == clock.at


def test_somebody_whose_account_is_closed_is_out_at_once(client, make, clock):
    user = sign_in(client, make.user(Role.PROCTOR))
    with transaction():
        people.deactivate(queries.get_user(user.id), by=System("test"), now=clock())
    assert client.get("/staff/account").status_code == 303


def test_a_session_that_outlived_its_account_counts_for_nothing(client, make):
    user = sign_in(client, make.user(Role.PROCTOR))
    with transaction():
        db.session.get_one(User, user.id).is_active = False
    assert client.get("/staff/account").status_code == 303


# --- what requires() promises


def test_a_view_says_what_it_requires():
    @auth.requires(Permission.AUDIT_VIEW, fresh=True)
    def view():
        """Docstring."""

    assert (view.access, view.fresh, view.__name__) == ("permission:audit.view", True, "view")


def test_somebody_without_the_permission_is_told_so_and_it_is_recorded(client, make):
    user = sign_in(client, make.user(Role.PROCTOR))
    assert client.get("/staff/users").status_code == 403
    entry = last_entry()
    assert (entry.action, entry.actor) == ("refused", f"user:{user.id}")


# --- set-up


def test_a_setup_link_leads_straight_in_and_shows_its_key_as_picture_and_text(client, clock):
    with transaction():
        _, token = people.create_user("author", "Асанова Нургүл", [Role.ITEM_AUTHOR], by=System("test"), now=clock())
    secret = setting_up.offered_secret(queries.get_setup_link(token, now=clock()), token)
    path = f"/staff/set-up/{token}"
    page = client.get(path).text
    assert one_time_codes.as_text(secret)[:4] in page and "<svg" in page and "style=" not in page
    given = {"password": PASSWORD, "again": PASSWORD, "code": one_time_codes.code_at(secret, clock())}
    assert post(client, path, given, page=path).location == "/staff/"
    assert client.get("/staff/").status_code == 200
    client.delete_cookie("session")
    assert client.get(path).status_code == 410


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "short", "again": "short"}, {"again": "something else"}, {"code": "000000"},
        {"password": "Асанова-Нургүл 1985", "again": "Асанова-Нургүл 1985"},
    ],
)  # fmt: skip
def test_a_set_up_with_a_mistake_changes_nothing_and_shows_the_field(client, clock, wrong):
    with transaction():
        user, token = people.create_user("author", "Асанова Нургүл", [Role.ITEM_AUTHOR], by=System("test"), now=clock())
    secret = setting_up.offered_secret(queries.get_setup_link(token, now=clock()), token)
    path = f"/staff/set-up/{token}"
    given = {"password": PASSWORD, "again": PASSWORD, "code": one_time_codes.code_at(secret, clock())} | wrong
    page = post(client, path, given, page=path).text
    assert 'aria-invalid="true"' in page
    assert db.session.get_one(User, user.id).password_hash is None


def test_an_unknown_setup_link_is_gone(client):
    assert client.get("/staff/set-up/nothing-of-the-kind").status_code == 410


# --- one's own account


def test_one_ends_ones_own_sessions_and_nobody_elses(app, client, make, clock):
    user, other = make.user(Role.PROCTOR), make.user(Role.PROCTOR)
    sign_in(app.test_client(), user)
    sign_in(app.test_client(), other)
    mine = db.session.scalars(select(StaffSession.id).where(StaffSession.user_id == user.id)).one()
    theirs = db.session.scalars(select(StaffSession.id).where(StaffSession.user_id == other.id)).one()
    sign_in(client, user)
    assert f"/staff/account/sessions/{mine}/end" in client.get("/staff/account").text
    assert post(client, f"/staff/account/sessions/{mine}/end").status_code == 303
    assert post(client, f"/staff/account/sessions/{theirs}/end").status_code == 404
    assert db.session.get_one(StaffSession, mine).revoked_at is not None
    assert db.session.get_one(StaffSession, theirs).revoked_at is None


def test_changing_the_password_takes_the_old_one(client, proctor):
    enter(client)
    new = {"password": "another long password", "again": "another long password"}
    path = "/staff/account/password"
    assert post(client, path, {"current": "wrong", **new}, page=path).status_code == 401
    with transaction():
        db.session.get_one(User, proctor.id).full_name = "Сыдыкбекова Жибек"
    own = dict.fromkeys(new, "Сыдыкбекова 1985")
    assert 'id="password-error"' in post(client, path, {"current": PASSWORD, **own}, page=path).text
    assert post(client, path, {"current": PASSWORD, **new}, page=path).location == "/staff/account"
    client.delete_cookie("session")
    assert enter(client).status_code == 401
    assert enter(client, password="another long password").status_code == 303


# --- accounts of others


def test_a_new_account_shows_its_setup_link_once(client, admin):
    given = {"username": "New.Person", "full_name": "Жаңы Адам", "roles": ["proctor", "auditor"]}
    answer = post(client, "/staff/users/new", given)
    page = client.get(answer.location).text
    link = re.search(r"http://localhost(/staff/set-up/[\w-]+)", page)
    assert link and "/staff/set-up/" not in client.get(answer.location).text
    assert queries.find_user("new.person").roles == {Role.PROCTOR, Role.AUDITOR}
    client.delete_cookie("session")
    assert client.get(link[1]).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"username": "бакыт"}, {"username": "x"}, {"username": "USER1"}, {"roles": ["auditor", "system_administrator"]},
     {"full_name": ""}, {"roles": ["king"]}],
)  # fmt: skip
def test_a_new_account_with_a_mistake_keeps_what_was_typed(client, make, admin, wrong):
    known = db.session.scalar(select(User.username).where(User.id == admin.id))
    given = {"username": "fresh", "full_name": "Жаңы Адам", "roles": ["auditor"]} | wrong
    if wrong.get("username") == "USER1":
        given["username"] = known.upper()
    page = post(client, "/staff/users/new", given).text
    assert "c-summary" in page and f'value="{given["username"]}"' in page
    assert len(db.session.scalars(select(User)).all()) == 1


def test_roles_are_given_and_taken_on_one_page(client, make, admin):
    user = make.user(Role.AUDITOR)
    given = {"full_name": "Башка Аты", "roles": ["test_administrator", "proctor"]}
    assert post(client, f"/staff/users/{user.id}", given).status_code == 303
    db.session.expire_all()
    found = db.session.get_one(User, user.id)
    assert (found.full_name, found.roles) == ("Башка Аты", {Role.TEST_ADMINISTRATOR, Role.PROCTOR})


def test_an_administrator_cannot_change_their_own_account(client, admin):
    page = client.get(f"/staff/users/{admin.id}").text
    assert 'name="roles"' not in page
    answer = post(client, f"/staff/users/{admin.id}", {"full_name": "X", "roles": ["system_administrator", "proctor"]})
    assert answer.status_code == 409 and last_entry().body["facts"]["code"] == "not_yourself"


def test_closing_opening_linking_and_ending_sessions(app, client, make, admin):
    user = make.user(Role.PROCTOR)
    other = app.test_client()
    sign_in(other, user)
    assert post(client, f"/staff/users/{user.id}/end-sessions").status_code == 303
    assert other.get("/staff/account").status_code == 303
    post(client, f"/staff/users/{user.id}/setup-link")
    assert "/staff/set-up/" in client.get(f"/staff/users/{user.id}").text
    post(client, f"/staff/users/{user.id}/close")
    assert not db.session.get_one(User, user.id, populate_existing=True).is_active
    assert post(client, f"/staff/users/{user.id}/setup-link").status_code == 410
    post(client, f"/staff/users/{user.id}/open")
    assert db.session.get_one(User, user.id, populate_existing=True).is_active


def test_the_list_keeps_its_filters_in_the_address_and_pages(client, make, admin):
    for _ in range(queries.PER_PAGE + 1):
        make.user(Role.PROCTOR)
    make.user(Role.AUDITOR, name="the.auditor")
    first = client.get("/staff/users?role=proctor").text
    assert "the.auditor" not in first and "/staff/users?role=proctor&amp;page=2" in first
    assert client.get("/staff/users?role=proctor&page=2").text.count("<tr>") == 2
    assert client.get("/staff/users?page=99").status_code == 404
    assert "the.auditor" in client.get("/staff/users?q=THE.aud").text
    assert client.get("/staff/users?role=king&state=x").status_code == 200
    assert client.get("/staff/users?q=%00").status_code == 400


def test_there_is_no_account_of_an_unknown_number(client, admin):
    assert client.get("/staff/users/00000000-0000-0000-0000-000000000000").status_code == 404


# --- menu and home


def test_the_menu_shows_what_one_may_open_and_marks_where_one_is(client, make, admin):
    page = client.get("/staff/users/new").text
    assert re.search(r'href="/staff/users" aria-current="page"', page)
    assert 'href="/staff/" aria-current' not in page
    sign_in(client, make.user(Role.PROCTOR))
    page = client.get("/staff/").text
    assert 'href="/staff/users"' not in page and 'href="/staff/" aria-current="page"' in page
    assert "c-nav" not in client.get("/staff/set-up/x").text


def test_somebody_without_a_role_is_told_whom_to_ask(client, make):
    sign_in(client, make.user())
    assert client.get("/staff/").status_code == 403


# --- commands


def test_the_first_link_comes_from_the_command_line_and_never_again(app, clock):
    runner = app.test_cli_runner()
    first = runner.invoke(args=["accounts", "bootstrap"])
    assert first.exit_code == 0 and "http://127.0.0.1:8000/staff/set-up/" in first.output
    set_password(queries.find_user("admin"), clock)
    assert runner.invoke(args=["accounts", "bootstrap"]).exit_code == 1
    assert "admin\topen\tsystem_administrator" in runner.invoke(args=["accounts", "list"]).output


def test_a_link_for_somebody_locked_out_comes_from_the_command_line(app, client, make):
    make.user(Role.PROCTOR, name="locked.out")
    runner = app.test_cli_runner()
    path = (
        runner.invoke(args=["accounts", "setup-link", "Locked.Out"])
        .output.strip()
        .removeprefix("http://127.0.0.1:8000")
    )
    assert client.get(path).status_code == 200
    refused = runner.invoke(args=["accounts", "setup-link", "nobody"])
    assert refused.exit_code == 1 and "nobody" in refused.output
