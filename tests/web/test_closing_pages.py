"""Closing on its page: people first, then slips; signatures of the proctors afterwards; extra time before the day."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from accounts.rules import Role
from core.db import db, transaction
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence, SittingStatus
from tests.candidates import Browser, Candidate
from tests.closing import account_for_everybody
from tests.web.reading import BASE, page_of, proctor_of
from tests.web.signing_in import post, proof, sign_in


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


def again(sitting) -> Sitting:
    """The sitting as the database has it: a request lets go of what was read before it."""
    db.session.rollback()
    return db.session.get_one(Sitting, inspect(sitting).identity[0])


@pytest.fixture
def sitting(client, make):
    """A running sitting of three: nobody is marked; its proctor is signed in."""
    found = make.sitting(people=3, present=False)
    sign_in(client, proctor_of(found))
    return found


def test_the_page_names_who_is_not_accounted_for_and_offers_no_closing_before(client, make, sitting):
    path = f"{BASE}/{again(sitting).id}/close"
    with transaction():
        make.participants(again(sitting))[0].presence = Presence.PRESENT
    html = page_of(client.get(path))
    assert "Came, but the test never began" in html and html.count("Not marked at the presence check") == 2
    assert "Yes, close the sitting" not in html
    answer = post(client, path, {"slips_left": "0"}, page=path)
    assert answer.status_code == 409 and "Still open: 3" in page_of(answer)


def test_people_are_accounted_for_one_by_one_and_the_unmarked_at_once(client, make, sitting):
    path, people = f"{BASE}/{again(sitting).id}/close", make.participants(again(sitting))
    ids = [one.id for one in people]
    with transaction():
        people[0].presence = Presence.PRESENT
    where = f"{path}/people/{ids[0]}"
    answer = post(client, where, {f"{ids[0]}-what": "left", f"{ids[0]}-reason": ""}, page=path)
    assert answer.status_code == 409 and "Give a reason" in page_of(answer)
    assert f'id="{ids[0]}-reason-error"' in page_of(answer)
    nothing = page_of(post(client, where, {f"{ids[0]}-reason": "Ооруп калды."}, page=path))
    assert "Ооруп калды." in nothing  # nothing typed is lost
    fields = {f"{ids[0]}-what": "left", f"{ids[0]}-reason": "Ооруп калды."}
    assert post(client, where, fields, page=path).status_code == 303
    assert db.session.get_one(Participant, ids[0]).unsat == "left"
    assert post(client, f"{path}/absent", page=path).status_code == 303
    assert [one.presence for one in make.participants(again(sitting))] == ["present", "absent", "absent"]
    assert "Yes, close the sitting" in page_of(client.get(path))


def test_the_slips_are_typed_in_and_a_difference_is_explained(client, make, sitting, clock):
    path = f"{BASE}/{again(sitting).id}/close"
    make.codes(again(sitting))  # printed
    with transaction():
        account_for_everybody(again(sitting), by=again(sitting).proctors[0], now=clock())
    assert 'id="slips_left-error"' in page_of(post(client, path, {"slips_left": ""}, page=path))
    html = page_of(post(client, path, {"slips_left": "2"}, page=path))
    assert "Printed and not used: 3. Counted by hand: 2." in html and 'value="2"' in html
    assert post(client, path, {"slips_left": "2", "slips_reason": "Айрылды."}, page=path).status_code == 303
    assert again(sitting).status == SittingStatus.CLOSED


def closed(client, make, clock, sitting) -> str:
    """The sitting, closed; its page."""
    with transaction():
        account_for_everybody(again(sitting), by=again(sitting).proctors[0], now=clock())
    path = f"{BASE}/{again(sitting).id}/close"
    assert post(client, path, {"slips_left": "0"}, page=path).status_code == 303
    return f"{BASE}/{again(sitting).id}/"


def test_each_proctor_signs_from_their_own_account_and_the_page_shows_who_has_not(client, make, clock, sitting):
    page = closed(client, make, clock, sitting)
    waits = "Summary protocols wait for your signature"
    assert waits in page_of(client.get("/staff/"))
    html = page_of(client.get(page))
    assert "Not signed yet" in html and "Sign the summary protocol" in html
    proctor = again(sitting).proctors[0]
    answer = post(client, f"{page}signature", proof(client, proctor), page=page)
    assert answer.status_code == 303
    html = page_of(client.get(page))
    assert "Not signed yet" not in html and "Sign the summary protocol" not in html
    assert waits not in page_of(client.get("/staff/"))
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "Sign the summary protocol" not in page_of(client.get(page))
    assert post(client, f"{page}signature", page=page).status_code == 403


def test_a_sitting_that_runs_has_nothing_to_sign(client, sitting):
    page = client.get(f"{BASE}/{again(sitting).id}/")
    assert page.status_code == 200 and "Signatures" not in page_of(page)
    assert post(client, f"{BASE}/{again(sitting).id}/signature", page=f"{BASE}/{again(sitting).id}/").status_code == 404


# Extra time


@pytest.fixture
def planned(client, make):
    """A planned sitting, an administrator signed in, the page of one person's extra time."""
    found = make.sitting(people=1, open=False, present=False)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    return found, f"{BASE}/{found.id}/participants/{make.participants(found)[0].id}/extra-time"


def test_extra_time_is_granted_and_taken_back_on_a_page_of_its_own(client, make, planned):
    sitting, path = planned
    html = page_of(post(client, path, {"minutes": "241", "reason": "Справка № 7"}, page=path))
    assert 'id="minutes-error"' in html and "Справка № 7" in html
    assert post(client, path, {"minutes": "30", "reason": "Справка № 7"}, page=path).status_code == 303
    people = f"{BASE}/{again(sitting).id}/participants/"
    assert "30 min" in page_of(client.get(people))
    assert "Справка № 7" in page_of(client.get(path)) and "Granted by" in page_of(client.get(path))
    back = f"{path}/withdrawal"
    assert 'id="back-reason-error"' in page_of(post(client, back, {"back-reason": ""}, page=path))
    assert post(client, back, {"back-reason": "Жаңылыштык."}, page=path).status_code == 303
    assert make.participants(again(sitting))[0].extra_minutes == 0


def test_when_the_sitting_is_open_extra_time_is_shown_and_not_changed(client, make, planned):
    sitting, path = planned
    make.open(again(sitting))
    assert "only before the sitting is opened" in page_of(client.get(path))
    answer = post(
        client, path, {"minutes": "30", "reason": "Справка"}, page=f"{BASE}/{again(sitting).id}/participants/"
    )
    assert answer.status_code == 409 and make.participants(again(sitting))[0].extra_minutes == 0


def test_the_rules_page_tells_the_time_with_what_was_granted(app, make, clock, planned):
    sitting, _path = planned
    with transaction():
        one = make.participants(again(sitting))[0]
        one.extra_minutes, one.extra_reason = 30, "Справка"
    make.open(again(sitting))
    make.present(again(sitting))
    browser = Browser(app)
    browser.enter(make.codes(again(sitting))[0])
    html = page_of(browser.client.get("/exam/rules?lang=en"))
    assert "Time allowed: 60 + 30 minutes" in html and "60 + 30 min" in html


def test_a_test_that_staff_ended_is_called_so_to_staff(client, make, clock):
    sitting = make.sitting(people=1)
    one = Candidate(clock, make.codes(again(sitting))[0]).enter().start()
    one.submit()
    with transaction():
        one.attempt.end_kind = "staff"
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "by the staff" in page_of(client.get(f"{BASE}/{again(sitting).id}/protocols/"))
