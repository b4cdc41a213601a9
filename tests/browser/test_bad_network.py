"""Bad wiring, dying browsers and servers, a PC with a wrong clock: what was told and what is on disk agree.

The browser's own log of what it sent and what was acknowledged is held against the database, answer by answer.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from testing_center.rules.acts import ActKind
from tests.browser.candidate import Candidate
from tests.browser.conftest import CHROMIUM, PATIENCE
from tests.browser.hall import Hall
from tests.browser.proxy import BadNetwork
from tests.browser.watching import follow, until

pytestmark = pytest.mark.browser
SAVE = b"PUT /api/v1/attempt/responses/"
PATIENT, EVERY = 3_000, 5_000  # milliseconds: how long the page says nothing, and between two of its calls
RETRY_AT_MOST = 8_000  # milliseconds from one try to the next

# Written by the page itself, before anything of ours runs: what it asked for, and what it was answered.
LOG = """(() => {
  const plain = window.fetch;
  window.fetch = async (address, options = {}) => {
    const position = /attempt\\/responses\\/(\\d+)$/.exec(String(address))?.[1];
    const answer = await plain(address, options);
    if (position) {
      const copy = answer.clone();
      const said = await copy.json();
      await window.logged({ position: Number(position), status: answer.status, sent: JSON.parse(options.body), said });
    }
    return answer;
  };
})()"""

# What waits in the browser's own store, as it lies on its disk.
WAITING = """() => new Promise((done) => {
  const opening = indexedDB.open('testing-centre', 1);
  opening.onsuccess = () => {
    const all = opening.result.transaction('answers').objectStore('answers').getAll();
    all.onsuccess = () => done(all.result.map((row) => new TextDecoder('latin1').decode(row.sealed)));
  };
})"""


class Behind(Hall):
    """The same installation, found at another address."""

    def __init__(self, hall: Hall, address: str) -> None:
        self.__dict__ |= hall.__dict__ | {"address": address}


@dataclass
class Log:
    """What a browser says of its saves."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def acknowledged(self) -> dict[int, tuple[int, list[str]]]:
        """The last acknowledged answer of each question, with its revision."""
        return {
            line["position"]: (line["said"]["revision"], line["said"]["response"])
            for line in self.lines
            if line["status"] == 200
        }


@dataclass
class Setting:
    """A candidate who works through a bad network."""

    candidate: Candidate
    network: BadNetwork
    log: Log
    hall: Hall

    @property
    def page(self) -> Page:
        """The candidate's page."""
        return self.candidate.page

    def agrees(self) -> None:
        """The browser's log and the database agree, answer by answer; nothing was counted twice."""
        agree(self.log, self.hall, self.candidate)


def agree(log: Log, hall: Hall, candidate: Candidate) -> None:
    """A browser's log and the database agree, answer by answer; nothing was counted twice."""
    told, kept = log.acknowledged(), hall.answers(candidate.slip)
    assert {place: kept[place] for place in told} == told
    events = hall.saved_events(candidate.slip)
    assert len(events) == len(set(events)), "an answer was written twice"


@contextmanager
def logged(context: BrowserContext) -> Iterator[Log]:
    log = Log()
    context.expose_function("logged", lambda line: log.lines.append(line))  # a method of C has no room for its mark
    context.add_init_script(LOG)
    yield log


@pytest.fixture
def setting(browser: Browser, hall: Hall, bank: dict[str, str]) -> Iterator[Setting]:
    """A candidate at the first question; the network is still good."""
    with BadNetwork(hall.port).working() as network, browser.new_context(reduced_motion="reduce") as context:
        context.set_default_timeout(PATIENCE)
        with logged(context) as log:
            yield Setting(begun(context, hall, network, bank), network, log, hall)


def begun(context: BrowserContext, hall: Hall, network: BadNetwork, bank: dict[str, str]) -> Candidate:
    """Somebody at the first question. The clock of the page goes as every clock does, and can be moved on."""
    candidate = Candidate(context.new_page(), Behind(hall, network.address), bank)
    candidate.page.clock.install()
    candidate.enter()
    candidate.start()
    return candidate


def notice(page: Page):
    """What says that the connection is lost."""
    return page.locator("[data-offline]")


def is_told(page: Page) -> None:
    """Three seconds after an answer that nobody has acknowledged the page says that the connection is lost."""
    page.clock.fast_forward(PATIENT)
    expect(notice(page)).to_be_visible()


def test_a_reply_that_is_lost_after_the_answer_was_written_counts_once(setting: Setting):
    setting.network.lose_replies(SAVE, times=2)
    setting.candidate.choose(1)
    setting.candidate.sees_saved()
    assert setting.network.lost == 2
    assert len(setting.hall.saved_responses(setting.candidate.slip)) == 1
    setting.agrees()


def test_a_reply_that_is_cut_in_the_middle_is_no_acknowledgement(setting: Setting):
    setting.network.lose_replies(SAVE, times=1, after=200)
    setting.candidate.choose(0)
    setting.candidate.choose(2)
    setting.candidate.sees_saved()
    assert setting.network.lost == 1
    assert [revision for revision, _response in setting.hall.saved_responses(setting.candidate.slip)] == [1, 2]
    setting.agrees()


def test_every_answer_arrives_over_a_line_that_is_slow_and_dies_again_and_again(setting: Setting):
    setting.network.delay, setting.network.loss = 0.05, 0.15
    candidate = setting.candidate
    for position in range(1, 4):
        for place in (0, 1, 2):
            candidate.choose(place)
        candidate.sees_saved()
        assert setting.hall.answers(candidate.slip)[position][1] == [candidate.chosen.get_attribute("value")]
        setting.network.loss = 0.0  # a page itself that dies is the browser's affair: it is asked for again by hand
        candidate.press("next")
        candidate.is_at(f"/exam/questions/{position + 1}")
        setting.network.loss = 0.15
    setting.agrees()


def test_after_three_seconds_without_an_answer_the_page_says_what_is_safe_and_the_clock_goes_on(setting: Setting):
    page, candidate = setting.page, setting.candidate
    candidate.choose(0)
    candidate.sees_saved()
    setting.network.hole = True
    candidate.choose(1)
    is_told(page)
    expect(notice(page).locator("[data-unsent]")).to_be_visible()
    expect(notice(page).locator("[data-outlives]")).to_be_visible()
    expect(notice(page).locator("[data-all]")).not_to_be_visible()
    clock = page.locator(".c-clock__value")
    before = clock.inner_text()
    until(page, lambda: clock.inner_text() != before)
    setting.network.hole = False
    setting.network.cut()
    candidate.sees_saved()
    expect(notice(page)).not_to_be_visible()
    setting.agrees()


def test_the_page_says_so_too_where_nothing_waits_to_be_sent(setting: Setting):
    page = setting.page
    setting.network.hole = True
    expect(notice(page)).to_be_hidden()
    for _ in range(2):  # calls in a row that nobody answers; each waits four seconds, whatever clock the page has
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(EVERY)
    expect(notice(page)).to_be_visible()
    expect(notice(page).locator("[data-all]")).to_be_visible()
    setting.network.hole = False
    setting.network.cut()
    page.clock.fast_forward(EVERY)
    expect(notice(page)).not_to_be_visible()


def test_finishing_waits_for_the_last_answer(setting: Setting):
    candidate, page = setting.candidate, setting.page
    setting.network.hole = True
    candidate.choose(candidate.option(right=True))
    page.locator("nav a[href='/exam/review']").click()
    is_told(page)
    expect(page.locator("[data-question]")).to_be_visible()
    setting.network.hole = False
    setting.network.cut()
    candidate.is_at("/exam/review")
    page.locator("[data-dialog=finish]").click()
    page.locator("#finish form .c-button").last.click()
    candidate.is_at("/exam/result")
    assert candidate.result()[0] == 1
    setting.agrees()


AN_HOUR_FAST = """{
  const Right = Date;
  const now = () => Right.now() + 3600 * 1000;
  window.Date = class extends Right {
    constructor(...said) { said.length ? super(...said) : super(now()); }
    static now() { return now(); }
  };
}"""


def test_a_wrong_clock_of_the_computer_changes_nothing(browser: Browser, hall: Hall, bank: dict[str, str]):
    with browser.new_context(reduced_motion="reduce") as context, logged(context) as log:
        context.add_init_script(AN_HOUR_FAST)
        candidate = Candidate(context.new_page(), hall, bank)
        candidate.enter()
        candidate.start()
        expect(candidate.page.get_by_role("timer")).to_have_text(re.compile(r"0:4[45]:\d\d"))
        candidate.choose(0)
        candidate.sees_saved()
        shown = re.search(r"\d\d:\d\d:\d\d", candidate.status.inner_text())
        assert shown and shown[0] == hall.last_saved_at(candidate.slip)
        assert list(log.acknowledged()) == [1]
        agree(log, hall, candidate)


@contextmanager
def browser_of_its_own(browser: Browser, folder: Path) -> Iterator[BrowserContext]:
    """A browser whose data stay in a folder, as those of a workstation do."""
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=_executable(), args=CHROMIUM, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    yield context
    with suppress(Error):  # the power is gone
        context.close()


def _executable() -> str:
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found
    return found


def kill(folder: Path) -> None:
    """Take the power from the browser that works in this folder."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if f"--user-data-dir={folder}".encode() in words:
                os.kill(int(entry.name), signal.SIGKILL)


def test_an_answer_outlives_the_browser_and_is_sent_when_the_test_goes_on(
    browser: Browser, hall: Hall, bank: dict[str, str], tmp_path: Path
):
    with BadNetwork(hall.port).working() as network:
        behind = Behind(hall, network.address)
        with browser_of_its_own(browser, tmp_path) as context:
            candidate = begun(context, hall, network, bank)
            candidate.choose(0)
            candidate.sees_saved()
            network.hole = True
            candidate.choose(1)
            is_told(candidate.page)
            wanted = candidate.chosen.get_attribute("value")
            kill(tmp_path)
        network.hole = False
        network.cut()
        assert len(hall.saved_responses(candidate.slip)) == 1
        with browser_of_its_own(browser, tmp_path) as context, logged(context) as log:
            again = Candidate(context.new_page(), behind, bank, candidate.slip)
            again.enter(resume=hall.resume_token(candidate.slip))
            until(again.page, lambda: len(hall.saved_responses(candidate.slip)) == 2)
            assert hall.answers(candidate.slip)[1] == (2, [wanted])
            again.go("/exam/questions/1")
            assert again.chosen.get_attribute("value") == wanted
            until(again.page, lambda: not again.page.evaluate(WAITING))  # erased on acknowledgement
            assert log.acknowledged() == {1: (2, [wanted])}
            agree(log, hall, candidate)


def test_what_waits_in_the_browser_is_sealed(setting: Setting):
    setting.network.hole = True
    setting.candidate.choose(1)
    is_told(setting.page)
    kept = setting.page.evaluate(WAITING)
    assert len(kept) == 1
    assert str(setting.candidate.chosen.get_attribute("value")) not in kept[0]
    assert "response" not in kept[0]


def test_an_answer_after_the_end_is_kept_and_said_not_to_count(setting: Setting):
    candidate, page = setting.candidate, setting.page
    candidate.choose(0)
    candidate.sees_saved()
    setting.network.hole = True
    candidate.choose(1)
    is_told(page)
    setting.hall.seconds_left(candidate.slip, -1)
    setting.hall.forget_contact(candidate.slip)  # as where the page was heard until the end
    setting.network.hole = False
    setting.network.cut()
    candidate.is_at("/exam/result")
    assert [late for _place, _revision, late in setting.hall.saved_events(candidate.slip)] == [False, True]
    said = page.locator("[data-notice]")
    expect(said).to_contain_text(page.locator("#exam").get_attribute("data-late"))
    page.reload()
    expect(said).to_be_visible()
    follow(page.locator("form[action='/exam/leave'] button"))
    assert page.evaluate("sessionStorage.length") == 0  # the next person reads nothing of it


def test_when_the_time_is_up_without_a_connection_the_page_says_what_becomes_of_answers(setting: Setting):
    page = setting.page
    setting.network.hole = True
    setting.candidate.choose(1)
    is_told(page)
    expect(page.locator("[data-time-runs]")).to_be_visible()
    page.clock.fast_forward(46 * 60_000)
    expect(page.locator(".c-clock__value")).to_have_text("0:00:00")
    expect(page.locator("[data-time-up]")).to_be_visible()
    expect(page.locator("[data-time-runs]")).to_be_hidden()


def test_the_curtain_hides_the_question_until_the_test_goes_on(setting: Setting):
    candidate, page = setting.candidate, setting.page
    curtain, question = page.locator("#curtain"), page.locator(".c-question__stem")

    def called(is_so: Callable[[], bool]) -> Callable[[], bool]:
        """Once the page has called: a call that was already on its way knows nothing yet."""

        def look() -> bool:
            page.clock.fast_forward(EVERY)
            return is_so()

        return look

    setting.hall.act(ActKind.PAUSE, candidate.slip)
    until(page, called(curtain.is_visible))
    for _ in range(3):
        page.keyboard.press("Escape")
    page.keyboard.press("Alt+KeyR")
    expect(curtain).to_be_visible()
    expect(question).to_be_hidden()
    setting.hall.act(ActKind.RESUME, candidate.slip)
    until(page, called(curtain.is_hidden))
    expect(question).to_be_visible()
    candidate.is_at("/exam/questions/1")
    expect(page.locator("[data-said]")).to_have_count(0)  # the clock stood: nothing was added


def test_that_time_was_added_is_said_until_it_is_read_wherever_the_candidate_is(setting: Setting):
    candidate, page = setting.candidate, setting.page
    page.goto("about:blank")
    setting.hall.act(ActKind.EXTEND, candidate.slip, minutes=5)
    candidate.go("/exam/questions/1")
    said = page.locator("[data-said]")
    expect(said).to_contain_text("0:05:00")
    candidate.press("next")
    candidate.is_at("/exam/questions/2")
    expect(said).to_contain_text("0:05:00")
    with page.expect_response("**/pulse"):
        said.locator("button").click()
    with page.expect_response("**/pulse"):
        page.reload()
    expect(said).to_have_count(0)


def test_the_server_may_die_and_come_back(setting: Setting):
    """Whoever else is served by it finds it again at the same place."""
    candidate = setting.candidate
    candidate.choose(0)
    candidate.sees_saved()
    with setting.hall.stopped():
        candidate.choose(1)
        is_told(setting.page)
    setting.page.clock.fast_forward(RETRY_AT_MOST)
    candidate.sees_saved()
    expect(notice(setting.page)).not_to_be_visible()
    setting.agrees()
