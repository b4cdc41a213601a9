"""Links of a page that is shown again after a form was refused lead to where it can be opened, not to the form."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from flask import g
from werkzeug.routing import Rule

from accounts.rules import Role
from core import addresses
from core.db import db, transaction
from question_bank import listing, source_queries
from question_bank.life import SourceKind
from question_bank.life_models import ApprovalSession, Citation
from question_bank.rules import ItemStatus
from question_bank.services import sources
from question_bank.services.sources import Facts
from tests.web.signing_in import post, sign_in


def languages_of(answer) -> list[str]:
    """Where the links of the languages in the head of a page lead."""
    html = answer.get_data(as_text=True)
    return [unescape(one) for one in re.findall(r'<a href="([^"]+)" lang="\w\w" hreflang', html)]


def check(client, refused, path: str) -> None:
    """The page was shown again, and opens in every language where it lives; display settings lead there too."""
    assert refused.status_code in {200, 409, 422}
    found = languages_of(refused)
    assert len(found) >= 2 and {one.split("?")[0] for one in found} == {path}
    assert [client.get(one).status_code for one in found] == [200] * len(found)
    back = unescape(re.findall(r'name="next" value="([^"]+)"', refused.get_data(as_text=True))[0])
    assert client.get(post(client, "/display", {"theme": "dark", "next": back}).location).status_code == 200


@pytest.fixture
def approver(client, make):
    return sign_in(client, make.user(Role.ITEM_APPROVER))


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_every_page_that_a_form_may_be_answered_with_leads_to_one_that_can_be_opened(app):
    """Of every address that takes forms alone, with and without a word of the browser or the view about the page."""
    values = {"int": 1, "uuid": str(uuid4())}

    def address(rule: Rule) -> str:
        kinds = {name: type(one).__name__.lower() for name, one in rule._converters.items()}
        given = {name: next((v for k, v in values.items() if kind.startswith(k)), "x") for name, kind in kinds.items()}
        return str(rule.build(given, append_unknown=False)[1])

    opens = app.url_map.bind("localhost").test
    for path in {address(rule) for rule in app.url_map.iter_rules() if "POST" in rule.methods}:
        for sent_from in (None, "https://elsewhere.kg/", f"http://localhost{path}", "http://localhost/staff/bank"):
            with app.test_request_context(path, method="POST", headers={"Referer": sent_from} if sent_from else {}):
                found = addresses.of_page()
                assert opens(found, method="GET"), path
                if opens(path, method="GET"):
                    assert found == path
                elif sent_from and sent_from.endswith("/bank"):
                    assert found.rstrip("/") == "/staff/bank"
                g.page_lives_at = "/staff/account"
                assert addresses.of_page() == (path if opens(path, method="GET") else "/staff/account")
                del g.page_lives_at


def test_an_agenda_shown_again_is_opened_in_another_language_where_it_lives(client, make, approver, clock):
    ids = [version.id for version in make.items(2)]
    with transaction():
        for version in listing.versions(ids):
            version.status, version.approved_by_id, version.approved_at = ItemStatus.IN_REVIEW, None, None
    typed = {"held_on": "28.11.2026", "place": "3", "version": [str(one) for one in ids]}
    post(client, "/staff/bank/sessions/new", typed | {"members": [str(make.user(Role.ITEM_APPROVER).id)]})
    where = f"/staff/bank/sessions/{db.session.scalars(db.select(ApprovalSession)).one().id}"
    check(client, post(client, f"{where}/decide?page=2", {"version": str(ids[0]), "decision": "returned"}), where)
    html = client.get(where).get_data(as_text=True)
    edition = re.findall(r'name="edition" value="([^"]+)"', html)
    answer = post(client, f"{where}/decide", {"version": str(ids[0]), "edition": edition, "decision": "returned"})
    check(client, answer, where)


def test_a_source_shown_again_is_opened_in_another_language_where_it_lives(client, make, approver, clock):
    version_id = make.items(1)[0].id
    with transaction():
        law = sources.add_source(Facts(SourceKind.LAW, "Мыйзам", "Закон"), by=approver, now=clock())
        looked = {"checked_at": clock(), "checked_by_id": approver.id}
        db.session.add(Citation(version_id=version_id, source_id=law.id, place="1", **looked))
    clock.advance(timedelta(minutes=5))
    with transaction():
        law = source_queries.get_source(law.id)
        sources.amend(law, date(2026, 11, 1), "Баары", by=approver, now=clock())
        where = f"/staff/bank/sources/{law.id}"
    check(client, post(client, f"{where}/amend", {"on": "", "what": ""}), where)
    check(client, post(client, f"{where}/confirm?page=2", {"version": str(version_id), "read": "x"}), where)


@pytest.mark.parametrize("act", ["approve", "return"])
def test_a_question_shown_again_is_opened_in_another_language_where_it_lives(client, make, approver, act):
    version_id = make.items(1)[0].id
    with transaction():
        found = listing.versions([version_id])[0]
        found.status, found.approved_by_id, found.approved_at = ItemStatus.IN_REVIEW, None, None
        where = f"/staff/bank/items/{found.item_id}"
    check(client, post(client, f"/staff/bank/versions/{version_id}/{act}", {"comment": ""}), where)
