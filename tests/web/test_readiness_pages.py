"""Before the opening: what is missing, what is advised, and where to go for it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from accounts.rules import Role
from core.db import db, transaction
from testing_center.models.places import Workstation
from testing_center.rules.workstations import read_facts
from testing_center.services import dealing, registration, sittings, workstation_checks
from tests.rules.test_workstations import AGENTS, GOOD
from tests.services.test_seating import admin, deal, get, planned  # noqa: F401 - fixtures
from tests.web.reading import BASE, page_of, proctor_of
from tests.web.signing_in import sign_in

STEP = re.compile(r'<li(?: class="is-(\w+)")?><span class="c-steps__mark">.*?</span>([^<]+)(.*?)</li>', re.S)


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def steps(client, admin):  # noqa: F811
    """The steps of a sitting as an administrator sees them: label → (state, the rest of the line)."""

    def of(sitting) -> dict[str, tuple[str, str]]:
        sign_in(client, admin)  # the one before may be over: the clock is moved by days
        html = page_of(client.get(f"{BASE}/{get(sitting).id}/"))
        return {label.strip(): (state, rest) for state, label, rest in STEP.findall(html)}

    return of


def check(sitting, seat: int, now, **changes: str) -> None:
    facts = read_facts(GOOD | changes, agent=AGENTS["Chrome"].format(120), has_cookies=True)
    with transaction():
        workstation_checks.write_down(get(sitting).room, seat, facts, address="10.0.0.1", now=now)


def test_an_empty_sitting_says_what_to_do_and_leads_there(planned, steps):  # noqa: F811
    found = steps(planned())
    assert [label for label, (state, _rest) in found.items() if state == "now"] == ["Technical commission approved"]
    assert "/commission" in found["Technical commission approved"][1]
    assert 'participants/">Register people' in found["Participants registered"][1]
    assert "Rivals sit apart" not in found  # there is nobody to seat


def test_what_is_advised_is_never_the_step_to_take_and_keeps_nobody_from_opening(make, clock, client, steps):
    sitting = make.sitting(open=False)
    make.commission(sitting)
    found = steps(sitting)
    assert {label for label, (state, _rest) in found.items() if state == "off"} == {
        "Workstations checked since yesterday", "Slips printed", "Rivals sit apart",
    }  # fmt: skip
    assert found["Opening confirmed by the first person"][0] == "now"
    assert sittings.missing_for_opening(get(sitting)) == []
    assert "Advised" in found["Slips printed"][1] and 'codes/">' in found["Slips printed"][1]


def test_checked_workstations_are_counted_from_the_day_before_on(clock, planned, steps):  # noqa: F811
    sitting = planned(1, seats=2)
    label = "Workstations checked since yesterday"
    check(sitting, 1, clock())
    clock.advance(timedelta(days=1))
    assert "1 / 2" in steps(sitting)[label][1]
    check(sitting, 2, clock())
    assert steps(sitting)[label][0] == "done"
    clock.advance(timedelta(days=1))
    assert "2 / 2" in steps(sitting)[label][1]  # the sitting's own moment has passed: the day before it counts
    check(sitting, 2, clock(), width="320")
    state, rest = steps(sitting)[label]
    assert state == "off" and "Not fit for a test, seats: 2" in rest


def test_old_checks_do_not_count_for_a_sitting_to_come(clock, make, steps):
    sitting = make.sitting(people=1, open=False, present=False, starts_in=timedelta(days=9))
    check(sitting, 1, clock())
    clock.advance(timedelta(days=2))
    assert "0 / 3" in steps(sitting)["Workstations checked since yesterday"][1]


def test_a_seat_that_cannot_be_used_needs_no_check(clock, planned, steps):  # noqa: F811
    sitting = planned(1, seats=2)
    with transaction():
        db.session.scalars(db.select(Workstation).where(Workstation.seat == 2)).one().is_usable = False
    check(sitting, 1, clock())
    assert "1 / 1" in steps(sitting)["Workstations checked since yesterday"][1]


def test_rivals_who_sit_side_by_side_are_a_step_until_all_seats_are_dealt_anew(make, clock, admin, planned, steps):  # noqa: F811
    sitting, label = planned(2, seats=4), "Rivals sit apart"
    assert steps(sitting)[label][0] == "done"
    clock.advance(timedelta(minutes=1))
    with transaction():
        competition = dealing.people_of(get(sitting))[0].competition
        for _ in range(2):
            registration.register(
                get(sitting), competition, make.person(), "ky", by=make.somebody(Role.TEST_ADMINISTRATOR), now=clock()
            )
    state, rest = steps(sitting)[label]
    assert state == "off" and "Neighbouring pairs: 3" in rest and "deal the seats again" in rest
    deal(sitting, admin, clock)
    assert steps(sitting)[label][0] == "done"  # nothing better is left to do


def test_extra_time_is_told_and_an_open_sitting_has_no_more_hints(make, clock, client, steps):
    sitting = make.sitting()
    found = steps(sitting)
    assert "People: 0" in found["Extra time granted beforehand"][1]
    assert not any("href" in rest for _state, rest in found.values())


def test_a_proctor_reads_the_hints_without_links_to_pages_of_others(client, make, steps):
    sitting = make.sitting(open=False, present=False)
    sign_in(client, proctor_of(sitting))
    found = STEP.findall(page_of(client.get(f"{BASE}/{sitting.id}/")))
    assert any("Approve a technical commission" in rest for _state, _label, rest in found)
    assert not any("href" in rest for _state, _label, rest in found)
