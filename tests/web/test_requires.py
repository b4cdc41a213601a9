"""What ``requires`` promises to a room, and what a room may add to the staff pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import g
from flask_login import current_user

from accounts import auth, passwords, rules
from accounts.nav import NavEntry, register
from accounts.rules import Permission, Role
from accounts.services import people, setting_up
from core.audit import System
from core.db import db, transaction
from core.web import public
from tests.web.signing_in import PASSWORD, csrf_token, enter, post, proof, sign_in
from wsgi import create_app

SECOND = timedelta(seconds=1)


@pytest.fixture
def app(app, clock):
    """An application of its own on the same database: these tests add pages to it."""
    own = create_app(app.extensions["settings"], clock=clock)
    own.config.update(TESTING=True)
    own.before_request_funcs = {None: [app.before_request_funcs[None][0], *own.before_request_funcs[None]]}
    with own.app_context():
        yield own
        db.session.remove()
        db.engine.dispose()


def _room(app):
    """Two views of a room: one for those who see the journal, one grave act, both with what was sent."""
    from flask import Blueprint, request

    room = Blueprint("room", __name__)

    @room.route("/api/v1/journal", methods=["GET", "POST"])
    @auth.requires(Permission.AUDIT_VIEW, fresh=True)
    def api():
        return {"by": g.actor.actor_name}

    @room.route("/room/act", methods=["GET", "POST"])
    @auth.requires(Permission.ACCOUNT_OWN, fresh=True)
    def act():
        who = current_user.username
        return {"by": who, "sent": request.form.getlist("word"), "file": bool(request.files)}

    @room.route("/room/signature", methods=["GET", "POST"])
    @auth.requires(Permission.ACCOUNT_OWN, each_time=True)
    def signature():
        return {"by": current_user.username, "sent": request.form.getlist("word")}

    @room.post("/api/v1/signature")
    @auth.requires(Permission.ACCOUNT_OWN, each_time=True)
    def api_signature():
        return {"by": current_user.username}

    @room.get("/room/open")
    @public
    def open_to_all():
        return "open"

    app.register_blueprint(room)


def test_the_api_answers_with_problems_not_pages(app, client, make, clock):
    _room(app)
    answer = client.get("/api/v1/journal")
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")
    sign_in(client, make.user(Role.PROCTOR))
    assert client.get("/api/v1/journal").status_code == 403
    user = sign_in(client, make.user(Role.AUDITOR))
    assert client.get("/api/v1/journal").json == {"by": f"user:{user.id}"}
    clock.advance(rules.REAUTHENTICATION_LASTS + SECOND)
    answer = client.get("/api/v1/journal")
    assert (answer.status_code, answer.json["code"]) == (403, "confirm_identity")


@pytest.mark.parametrize(
    ("ago", "status"), [(rules.REAUTHENTICATION_LASTS, 200), (rules.REAUTHENTICATION_LASTS + SECOND, 303)]
)
def test_a_grave_act_asks_for_the_password_after_five_minutes(app, client, proctor, clock, ago, status):
    _room(app)
    enter(client)
    clock.advance(ago)
    answer = client.get("/room/act?a=1")
    assert answer.status_code == status
    if status == 303:
        assert answer.location == "/staff/account/confirm?next=/room/act?a%3D1"
        confirmed = post(client, answer.location, {"password": PASSWORD}, page=answer.location)
        assert confirmed.location == "/room/act?a=1"
        assert client.get(confirmed.location).status_code == 200


def test_a_form_that_needs_a_fresh_proof_is_kept_and_sent_after_it(app, client, proctor, clock):
    _room(app)
    enter(client)
    clock.advance(timedelta(minutes=6))
    answer = post(client, "/room/act?a=1", {"word": ["өңүт", '"><script>']})
    page = answer.get_data(as_text=True)
    assert 'action="/room/act?a=1"' in page and "<script>" not in page
    assert re.findall(r'name="word" value="([^"]*)"', page) == ["өңүт", "&#34;&gt;&lt;script&gt;"]
    wrong = post(client, "/room/act?a=1", {"word": ["өңүт", "x"], "proof-password": "wrong"})
    assert wrong.status_code == 401 and re.findall(r'name="word" value="([^"]*)"', wrong.text) == ["өңүт", "x"]
    assert "wrong" not in wrong.text
    done = post(client, "/room/act?a=1", {"word": ["өңүт", "x"], "proof-password": PASSWORD})
    assert done.json == {"by": "proctor", "sent": ["өңүт", "x"], "file": False}


def test_a_step_that_asks_each_time_asks_one_second_after_the_sign_in_too(app, client, proctor, clock):
    _room(app)
    enter(client)
    assert client.get("/room/signature").status_code == 200  # looking is no act
    page = post(client, "/room/signature", {"word": "өңүт"}).text
    assert 'name="word" value="өңүт"' in page and 'action="/room/signature?"' in page
    wrong = post(client, "/room/signature", {"word": "өңүт", "proof-password": "wrong"})
    assert wrong.status_code == 401 and "wrong" not in wrong.text
    done = post(client, "/room/signature", {"word": "өңүт", "proof-password": PASSWORD})
    assert done.json == {"by": "proctor", "sent": ["өңүт"]}


def test_its_proof_is_used_up_by_the_act_and_holds_for_no_other(app, client, proctor, clock):
    _room(app)
    enter(client)
    clock.advance(timedelta(minutes=6))
    assert post(client, "/room/signature", {"proof-password": PASSWORD}).json["by"] == "proctor"
    assert "proof-password" in post(client, "/room/signature").text
    assert client.get("/room/act").status_code == 303


def test_of_its_one_time_code_only_one_act_is_done(app, client, make):
    _room(app)
    user = sign_in(client, make.user(Role.COMMISSION_MEMBER))
    typed = proof(client, user)
    assert "proof-code" in post(client, "/room/signature", typed | {"proof-code": ""}).text
    assert post(client, "/room/signature", typed).is_json
    assert not post(client, "/room/signature", typed).is_json


def test_nor_does_a_sign_in_on_the_way_count_for_it(app, client, proctor, clock):
    _room(app)
    enter(client)
    token = csrf_token(client, "/staff/account")
    clock.advance(rules.IDLE_LIMIT + SECOND)
    typed = {"proof-username": "proctor", "proof-password": PASSWORD}
    asked = client.post("/room/signature", data={"word": "өңүт", "csrf_token": token, **typed})
    assert asked.status_code == 200 and 'name="word" value="өңүт"' in asked.text
    assert PASSWORD not in asked.text and 'name="proof-username"' not in asked.text
    assert client.get("/staff/account").status_code == 200  # signed in all the same


def test_the_api_says_that_it_asks_each_time(app, client, proctor):
    _room(app)
    enter(client)
    headers = {"X-CSRFToken": csrf_token(client, "/staff/account")}
    answer = client.post("/api/v1/signature", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "confirm_identity")


def test_a_form_that_came_after_the_session_ran_out_is_kept_and_sent_after_signing_in(app, client, proctor, clock):
    _room(app)
    enter(client)
    token = csrf_token(client, "/staff/account")
    clock.advance(rules.IDLE_LIMIT + SECOND)
    page = client.post("/room/act", data={"word": "өңүт", "csrf_token": token}).text
    assert 'name="word" value="өңүт"' in page and 'value="proctor"' in page
    proof = {"proof-username": "proctor", "proof-password": PASSWORD}
    done = client.post("/room/act", data={"word": "өңүт", "csrf_token": token, **proof})
    assert done.json["sent"] == ["өңүт"] and client.get("/staff/account").status_code == 200


def test_a_form_of_one_person_is_not_sent_by_the_next_one(app, client, proctor, clock):
    _room(app)
    sign_in(client, proctor)
    token = csrf_token(client, "/staff/account")
    with transaction():
        _, link = people.create_user("other", "Башка Адам", [Role.PROCTOR], by=System("test"), now=clock())
    with transaction():
        setting_up.complete_setup(link, passwords.hash_password(PASSWORD), "", now=clock())
    clock.advance(rules.IDLE_LIMIT + SECOND)
    proof = {"proof-username": "other", "proof-password": PASSWORD}
    answer = client.post("/room/act", data={"word": "өңүт", "csrf_token": token, **proof})
    assert (answer.status_code, answer.location) == (303, "/staff/")


def test_a_file_cannot_be_kept_so_the_person_is_told_to_choose_it_again(app, client, proctor, clock):
    from io import BytesIO

    _room(app)
    enter(client)
    token = csrf_token(client, "/staff/account")
    clock.advance(timedelta(minutes=6))
    answer = client.post(
        "/room/act", data={"csrf_token": token, "sheet": (BytesIO(b"x"), "a.xlsx")},
        headers={"Referer": "http://localhost/staff/account"},
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, "/staff/account/confirm?next=/staff/account")


def test_a_room_adds_its_entries_and_panels(app, client, make):
    _room(app)
    register(app, NavEntry("Room", "room.act", Permission.ACCOUNT_OWN, 5, "What the room is for."))
    app.extensions.setdefault("home_panels", []).append(
        lambda user: [("accounts/_pairs.html", {"any": "context"})] if Role.PROCTOR in user.roles else []
    )
    sign_in(client, make.user(Role.PROCTOR))
    page = client.get("/staff/").text
    assert 'href="/room/act"' in page and "What the room is for." in page
    assert 'aria-labelledby="pairs"' in page
