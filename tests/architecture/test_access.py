"""Who may enter: every route × every role. A route that the table does not name fails until somebody enters it."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from accounts import auth
from accounts.rules import PERMISSIONS, Permission, Role
from tests.architecture.access_table import ACCESS
from tests.factories import Make
from tests.web.signing_in import sign_in

NOBODY = UUID(int=0)


def address(rule: Rule) -> str:
    """A path of this rule in which every id is nobody's and every number is 1."""
    values = {name: NOBODY for name in rule.arguments if name.endswith("_id")}
    values |= {name: 1 for name in rule.arguments if name in {"position", "seat", "number", "question", "version"}}
    values |= {name: "x" for name in rule.arguments if name not in values}
    built = rule.build({name: str(value) for name, value in values.items()})
    assert built is not None
    return str(built[1])


def calls(app: Flask) -> list[tuple[str, str, str]]:
    """(method, path, access) of everything but static files."""
    return [
        (method, address(rule), app.view_functions[rule.endpoint].access)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted(rule.methods & {"GET", "POST", "PUT", "DELETE"})
    ]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_every_route_declares_who_may_enter_as_the_table_says(app: Flask) -> None:
    found = {
        endpoint: getattr(view, "access", "nobody said")
        for endpoint, view in app.view_functions.items()
        if endpoint != "static"
    }
    assert found == ACCESS


def test_every_permission_is_held_by_somebody_and_used_by_a_route() -> None:
    assert set().union(*PERMISSIONS.values()) == set(Permission)
    assert {f"permission:{permission}" for permission in Permission} <= set(ACCESS.values())


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # who may enter is decided before any database
@pytest.mark.parametrize("role", list(Role))
def test_a_role_enters_what_its_permissions_open_and_nothing_else(app: Flask, make: Make, role: Role) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client, user = app.test_client(), make.user(role)
    wrong, token = [], ""
    for method, path, access in calls(app):
        if not access.startswith("permission:") or path.startswith("/staff/account/sessions"):
            continue
        if not token or token != token_of(client):
            sign_in(client, user)
            token = token_of(client)
        status = client.open(path, method=method).status_code
        may = Permission(access.removeprefix("permission:")) in PERMISSIONS[role]
        if status >= 500 or may == (status == 403):
            wrong.append((method, path, status))
    assert not wrong
    assert token == token_of(client) and client.get("/staff/").status_code == 200  # the session has held to the end


def token_of(client: FlaskClient) -> str:
    """The session that the browser is in; empty where a call has ended it."""
    with client.session_transaction() as session:
        return str(session.get(auth.TOKEN, ""))


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_nobody_enters_without_signing_in(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    wrong = []
    for method, path, access in calls(app):
        answer = app.test_client().open(path, method=method)
        if access == "public":
            ok = answer.status_code < 500
        elif path.startswith("/api/"):
            ok = answer.status_code == 401
        else:
            ok = answer.status_code in (302, 303, 401) and (
                "/staff/sign-in" in answer.headers.get("Location", "/staff/sign-in") if access != "candidate"
                else answer.headers["Location"] == "/exam/"
            )  # fmt: skip
        if not ok:
            wrong.append((method, path, answer.status_code, answer.headers.get("Location")))
    assert not wrong


def test_a_view_that_declares_nothing_lets_nobody_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.test_client().get("/healthz").status_code == 200
    monkeypatch.delattr(app.view_functions["web.healthz"], "access")
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 500 and answer.mimetype == "text/html"


def test_a_candidate_is_no_staff_and_staff_no_candidate(app: Flask, make: Make) -> None:
    code = make.codes(make.sitting(people=1))[0]
    client = app.test_client()
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert client.get("/staff/sittings/").status_code == 200
    assert client.get("/exam/rules").status_code == 303
    entered = client.post("/api/v1/entry", json={"code": code})
    assert entered.status_code == 200
    assert client.get("/exam/rules").status_code == 200
    assert client.get("/staff/sittings/").status_code in (302, 303)
