"""The story of a bad day, as the guide for proctors tells it: everybody's time is right, and nothing saved is lost.

Doors open; one person has no passport, one is late, a computer dies, the hall's switch is off, one candidate needs
fifteen minutes more, one walks out. The sitting closes, and its protocol says all of it. The switch is off for four
minutes in `make faults`; in `make test` for twenty seconds, and what is measured is the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from testing_center.rules.time import TimeKind
from tests.browser.candidate import Candidate
from tests.browser.conftest import PATIENCE
from tests.browser.desk import prove, sign_in
from tests.browser.hall import MINUTES, Hall
from tests.browser.proxy import BadNetwork
from tests.browser.test_bad_network import Behind, Log, browser_of_its_own, kill, logged, until
from tests.browser.watching import follow

pytestmark = pytest.mark.browser
OFF = int(os.environ.get("FAULTS_SWITCH", "20"))  # seconds without the switch: a silence is one from fifteen on
TO_COME_BACK = timedelta(minutes=1)  # the call that would have come next, a page's patience, a busy machine


class Day:
    """A hall for six behind one switch, a proctor's desk, an administrator's, and a workstation for each candidate."""

    def __init__(self, browser: Browser, hall: Hall, network: BadNetwork, bank: dict[str, str]) -> None:
        self.browser, self.hall, self.network, self.bank = browser, hall, network, bank
        self.behind, self.logs = Behind(hall, network.address), dict[str, Log]()
        self.room = f"{hall.address}/staff/sittings/{hall.sitting}/room/"
        self.stack = ExitStack()
        self.slips = [hall.slip() for _ in range(6)]

    def desk(self, username: str) -> Page:
        """A member of the staff who has signed in, with Kyrgyz pages."""
        context = self.stack.enter_context(self.browser.new_context(viewport={"width": 1280, "height": 900}))
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        sign_in(page, self.hall, username)
        return page

    def workstation(self, slip, *, resume: str = "") -> Candidate:
        """A candidate who enters at a computer of the hall."""
        context = self.stack.enter_context(self.browser.new_context(reduced_motion="reduce"))
        context.set_default_timeout(PATIENCE)
        self.logs.setdefault(slip.code, self.stack.enter_context(logged(context)))
        candidate = Candidate(context.new_page(), self.behind, self.bank, slip)
        candidate.enter(resume=resume)
        return candidate

    def ask(self, page: Page, kind: str, *seats: int, **typed: str) -> None:
        """What the proctor does to these seats."""
        page.goto(f"{self.room}act?kind={kind}&{'&'.join(f'seat={seat}' for seat in seats)}")
        for name, words in typed.items():
            page.locator(f"[name={name}]").fill(words)
        page.locator("label[for=category-3]").click()
        follow(page.locator("main form .c-button"))
        expect(page.locator(".c-flashes .c-note")).to_be_visible()

    def confirm(self, page: Page) -> None:
        """The second person says yes, and proves who they are where the sign-in is older than five minutes."""
        page.goto(self.room)
        follow(page.locator("[id^=confirm-]"))
        prove(page, self.hall, "administrator")
        expect(page.locator("[id^=confirm-]")).to_have_count(0)

    def presence(self, page: Page, seat: int, value: str) -> None:
        """The document of the person at this seat was looked at."""
        page.goto(f"{self.room}presence")
        follow(page.locator(f"#seat-{seat} button[value={value}]"))


@pytest.fixture
def day(browser: Browser, bank: dict[str, str], tmp_path: Path) -> Iterator[Day]:
    """The morning: two of the six have not been seen yet."""
    hall = Hall(tmp_path / "hall", candidates=6)
    with hall.serving(), BadNetwork(hall.port).working() as network:
        found = Day(browser, hall, network, bank)
        with found.stack:
            for slip in found.slips[:2]:
                hall.expected(slip)
            yield found


def all_are_back(people: list[Candidate]) -> Callable[[], bool]:
    """Nobody's page says any more that the connection is lost."""
    return lambda: all(one.page.locator("[data-offline]").is_hidden() for one in people)


def test_a_bad_day_ends_with_everybodys_time_right_and_a_protocol_that_says_all_of_it(
    day: Day, browser: Browser, tmp_path: Path
):
    hall, proctor, other = day.hall, day.desk("proctor"), day.desk("administrator")
    no_passport, late, dead, slow, steady, walker = day.slips

    # doors open: one has no passport
    day.presence(proctor, no_passport.seat, "refused")
    proctor.locator("[name=reason]").fill("Паспорту жок")
    proctor.locator("label[for^=category-]").first.click()
    follow(proctor.locator("main form .c-button"))
    expect(proctor.locator(f"#seat-{no_passport.seat}")).to_contain_text("Киргизилген жок")

    # four begin
    people = {slip.code: day.workstation(slip) for slip in (slow, steady, walker)}
    for one in people.values():
        one.start()
        one.choose(one.option(right=True))
        one.sees_saved()

    # a computer dies with an answer acknowledged; its candidate goes on at another one
    with browser_of_its_own(browser, tmp_path / "dead") as context:
        context.set_default_timeout(PATIENCE)
        at_first = Candidate(context.new_page(), day.behind, day.bank, dead)
        at_first.enter()
        at_first.start()
        at_first.choose(1)
        at_first.sees_saved()
        chosen = at_first.chosen.get_attribute("value")
        kill(tmp_path / "dead")
    proctor.goto(f"{day.room}seats/{dead.seat}")
    proctor.locator("#reason").fill("Компьютер өчүп калды")
    follow(proctor.locator("main form:has(#reason) .c-button"))
    token = proctor.locator(".c-score .u-num").first.inner_text()
    people[dead.code] = elsewhere = day.workstation(dead, resume=re.sub(r"\D", "", token))
    elsewhere.go("/exam/questions/1")
    assert elsewhere.chosen.get_attribute("value") == chosen

    # one is late, and has the whole time from then on
    day.presence(proctor, late.seat, "present")
    people[late.code] = day.workstation(late)
    people[late.code].start()

    # the hall's switch is off; somebody answers meanwhile
    day.network.hole, began = True, monotonic()
    people[steady.code].choose(2)
    wanted = people[steady.code].chosen.get_attribute("value")
    people[steady.code].page.wait_for_timeout(OFF * 1000)
    expect(people[steady.code].page.locator("[data-offline]")).to_be_visible()
    day.network.hole, off = False, timedelta(seconds=monotonic() - began)
    day.network.cut()
    until(proctor, all_are_back(list(people.values())), seconds=30)
    people[steady.code].sees_saved()
    assert hall.answers(steady)[1][1] == [wanted]
    proctor.goto(f"{day.room}?lang=ky")
    seats = [slip.seat for slip in day.slips[1:]]
    until(proctor, lambda: all(hall.silences(slip) for slip in day.slips[1:]), seconds=30)
    day.ask(proctor, "outage", *seats, reason="Залдын коммутатору өчтү")

    # one needs fifteen minutes more: two persons
    day.ask(proctor, "extend", slow.seat, minutes="15", reason="Кайра жайгаштыруу")
    day.confirm(other)

    # one walks out: two persons
    day.ask(proctor, "end", walker.seat, reason="Залдан чыгып кетти")
    day.confirm(other)
    assert hall.ended_by(walker) == "staff"

    # the others finish
    for slip in (late, dead, slow, steady):
        one = people[slip.code]
        one.go("/exam/finish")
        follow(one.page.locator("main form .c-button:not(.c-button--quiet)"))
        one.is_at("/exam/result")

    # everybody's time is right
    for slip in day.slips[1:]:
        lasted, given = hall.times(slip)
        assert lasted == timedelta(minutes=MINUTES) + sum((row.length for row in given), timedelta())
        lost = [row.length for row in given if row.kind == TimeKind.OUTAGE]
        assert lost == [sum((ended - began for began, ended in hall.silences(slip)), timedelta())]
        if slip != dead:  # who was away before that as well
            assert off <= lost[0] <= off + TO_COME_BACK
        decided = [row.length for row in given if row.kind == TimeKind.EXTENSION]
        assert decided == ([timedelta(minutes=15)] if slip == slow else [])

    # no acknowledged answer is lost
    for code, log in day.logs.items():
        slip = next(one for one in day.slips if one.code == code)
        kept = hall.answers(slip)
        assert {position: kept[position] for position in log.acknowledged()} == log.acknowledged()

    # the sitting closes: one slip is left over
    proctor.goto(f"{hall.address}/staff/sittings/{hall.sitting}/close")
    proctor.locator("#slips_left").fill("1")
    follow(proctor.locator("main form .c-button--danger"))
    expect(proctor.locator(".c-flashes .c-note--ok")).to_be_visible()
    assert hall.faults() == []
    said = sitting_protocol(other, hall)
    for words in (
        "Паспорту жок",
        "Компьютер өчүп калды",
        "Залдын коммутатору өчтү",
        "Кайра жайгаштыруу",
        "Залдан чыгып кетти",
        "15:00",
    ):
        assert words in said, words


def sitting_protocol(page: Page, hall: Hall) -> str:
    """The words of the sitting's protocol, as another program reads them."""
    apart = page.context.new_page()  # the page itself shows the console, which follows what happens by itself
    apart.goto(f"{hall.address}/staff/sittings/{hall.sitting}/protocols/")
    with apart.expect_download() as paper:
        apart.locator("form[action$='/summary/1'] button").first.click()
    return " ".join(" ".join(sheet.extract_text().split()) for sheet in PdfReader(paper.value.path()).pages)
