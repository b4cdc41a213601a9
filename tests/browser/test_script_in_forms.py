"""Script typed into every text field of every form: the page that comes back with it does not run it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from playwright.sync_api import Browser
from werkzeug.test import TestResponse
from wtforms import Form, PasswordField, StringField
from wtforms.form import BaseForm

from accounts.models import User
from accounts.rules import Role
from accounts.services import setting_up
from core.audit import System
from core.db import db, transaction
from question_bank.rules import ItemKind
from testing_center.models.attempts import Attempt
from tests.browser.test_script_in_texts import PAYLOADS
from tests.security.conftest import house  # noqa: F401  (a fixture)
from tests.security.house import House, path_of, staff_rules

pytestmark = pytest.mark.browser
PAYLOAD = "".join(PAYLOADS)
OVER = "the hearing of this house is over: the act is refused before its form is read"
#: Forms that no answer of the house reaches, each with the reason; their fields are drawn by the macro of all others.
EXCUSED = {
    "FindingForm": OVER,
    "LapseForm": OVER,
    "OpenForm": OVER,
    "ViewingForm": OVER,
    "VoteForm": OVER,
    "AddressForm": "no archive of the house is due, so no letter is",
    "ActForm of ranking.forms": "nothing is decided yet: the act is refused before its form is read",
    "EntrantActForm": "the house holds no tie-break test",
    "ReserveActForm": "nobody stands in reserve",
    "AccountForm": "everybody in the house is accounted for",
    "CiteForm": "its version is approved, and only a draft is given a source",
}
#: What a form sends besides texts, where a page has several forms or several kinds of one.
BESIDE: dict[str, list[dict[str, Any]]] = {
    "question_bank.new_item": [{"kind": kind.value} for kind in ItemKind] + [{"do": "picture"}],
    "question_bank.bulk": [{"act": "retire", "preview": "1", "scope": "all"}],
}
SEARCHED = ("q", "code", "author", "identifier", "source", "text")
DOOR = ("username", "code", "resume", "questions", "grounds", "number")  # passers-by may send little
NOT_DRAWN = "/file"  # of a ranking, which in the house is a row without content


def kinds(of: type) -> Iterator[type]:
    """The forms of our rooms."""
    for one in of.__subclasses__():
        if not one.__module__.startswith(("wtforms", "flask_wtf")):
            yield one
        yield from kinds(one)


def texts(form: type) -> set[str]:
    """Names of the fields of a form in which people write."""
    return {
        name for name in dir(form)
        if issubclass(getattr(getattr(form, name), "field_class", object), StringField)
        and not issubclass(getattr(form, name).field_class, PasswordField)
    }  # fmt: skip


class Heard:
    """Which fields of which forms have taken the payload."""

    def __init__(self) -> None:
        self.fields, self._process = set[tuple[type, str]](), BaseForm.process

    def __enter__(self) -> Heard:
        def process(form: BaseForm, *given: Any, **more: Any) -> None:
            self._process(form, *given, **more)
            self.fields |= {(type(form), field.short_name) for field in form if "ran.push" in str(field.data).lower()}

        BaseForm.process = process
        return self

    def __exit__(self, *_error: object) -> None:
        BaseForm.process = self._process

    def has(self, form: type, name: str) -> bool:
        """Whether this form, or one made of it, was sent the payload there."""
        return any(issubclass(one, form) and field == name for one, field in self.fields)


def staff_answers(house: House) -> Iterator[TestResponse]:  # noqa: F811
    """What comes back where every text of every form, and what is searched for, holds script."""
    words = {name: PAYLOAD for form in set(kinds(Form)) for name in texts(form)}
    specification = db.session.get_one(Attempt, house.ours.ids["attempt_id"]).form.specification_id
    for rule, permission in staff_rules(house.app, "GET"):
        if not rule.arguments:
            client = house.browser(house.holder(permission))
            yield client.get(path_of(rule, {}), query_string=dict.fromkeys(SEARCHED, PAYLOAD))
    for rule, permission in staff_rules(house.app, "POST"):
        path = path_of(rule, house.ours.ids)
        if rule.endpoint == "sittings.new":
            path += f"?specification={specification}"
        for beside in BESIDE.get(rule.endpoint, [{}]):
            yield house.send(house.holder(permission), path, words | beside)


def others_answers(house: House) -> Iterator[TestResponse]:  # noqa: F811
    """The same of whoever has not signed in, of a candidate, and of somebody with a link to set up an account."""
    attempt = db.session.get_one(Attempt, house.ours.ids["attempt_id"])
    with transaction():
        user = db.session.get_one(User, house.people[Role.TEST_ADMINISTRATOR])
        token = setting_up.issue_link(user, by=System("test"), now=house.clock())
    browsers = {"public": house.app.test_client(), "candidate": house.app.test_client()}
    with browsers["candidate"].session_transaction() as session:
        session["attempt"] = [str(attempt.id), attempt.epoch]
    words = dict.fromkeys(DOOR, PAYLOAD)
    for rule in sorted(house.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        client = browsers.get(getattr(house.app.view_functions[rule.endpoint], "access", ""))
        path = f"/staff/set-up/{token}" if rule.endpoint == "accounts.set_up" else path_of(rule, house.ours.ids)
        if client and "POST" in (rule.methods or ()):
            yield client.post(path, data=words)
        if client and not rule.arguments and "GET" in (rule.methods or ()):
            yield client.get(path, query_string=dict.fromkeys(SEARCHED, PAYLOAD))


def name_of(form: type) -> str:
    """The name of a form; with its module, where two have the same."""
    return f"{form.__name__} of {form.__module__}" if form.__name__ == "ActForm" else form.__name__


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # a page is made alike from both
def test_no_page_runs_what_was_typed_into_its_form(browser: Browser, house: House) -> None:  # noqa: F811
    """A new form is found here by itself: it must be answered, or excused above."""
    context, wrong, shown = browser.new_context(), [], 0
    context.route("**/*", lambda route: route.abort())
    page = context.new_page()
    page.evaluate("window.ran = []")
    with Heard() as heard:
        for answer in chain(staff_answers(house), others_answers(house)):
            bug = answer.status_code >= 500 and not answer.request.path.endswith(NOT_DRAWN)
            if answer.mimetype == "text/html" and "ran.push" in answer.text.lower():
                page.set_content(answer.text, wait_until="commit")
                shown += 1
                links = page.locator("[href^='javascript:' i], [src^='javascript:' i], [action^='javascript:' i]")
                bug = bug or page.evaluate("window.ran.length") > 0 or links.count() > 0
                page.evaluate("window.ran = []")
            if bug:
                wrong.append((answer.request.method, answer.request.path, answer.status_code))
            answer.close()
    context.close()
    silent = {name_of(form) for form in kinds(Form) if any(not heard.has(form, name) for name in texts(form))}
    assert wrong == []
    assert shown > 60
    assert silent == set(EXCUSED)
