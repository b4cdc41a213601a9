"""A lost connection, two tabs, two workstations: nothing is shown as saved that is not, and nothing saved is lost."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.browser.candidate import CLOCK_TIME, Candidate
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.test_bad_network import notice, until
from tests.browser.watching import Watch, follow

pytestmark = pytest.mark.browser
SAVES = "**/api/v1/attempt/responses/*"
NO_CONNECTION = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


@pytest.fixture
def watched(open_page: OpenPage, hall: Hall, bank: dict[str, str]) -> tuple[Candidate, Watch]:
    """A candidate at the first question, and the watch over the browser."""
    page, watch = open_page()
    candidate = Candidate(page, hall, bank)
    candidate.enter()
    candidate.start()
    return candidate, watch


def test_without_a_connection_the_page_says_so_and_sends_the_answer_when_it_returns(watched: tuple[Candidate, Watch]):
    candidate, watch = watched
    watch.excuse(*NO_CONNECTION)
    candidate.page.context.set_offline(True)
    candidate.choose(1)
    expect(notice(candidate.page)).to_be_visible()  # its time is waited for: a gap is none that is longer than the test
    expect(candidate.status).to_have_class("c-saved c-saved--wait")
    expect(candidate.status).not_to_have_text(CLOCK_TIME)
    expect(candidate.palette(1)).to_have_class(re.compile("is-unsent"))
    assert candidate.hall.saved_responses(candidate.slip) == []
    candidate.page.context.set_offline(False)
    candidate.sees_saved()
    expect(notice(candidate.page)).not_to_be_visible()
    expect(candidate.palette(1)).not_to_have_class(re.compile("is-unsent"))
    assert len(candidate.hall.saved_responses(candidate.slip)) == 1
    until(candidate.page, lambda: len(candidate.hall.connection_gaps(candidate.slip)) == 1)
    assert candidate.hall.connection_gaps(candidate.slip)[0] >= 1


def test_a_newer_choice_is_not_lost_where_only_the_acknowledgement_was(watched: tuple[Candidate, Watch]):
    candidate, watch = watched
    watch.excuse(*NO_CONNECTION)
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    candidate.page.route(SAVES, lose_the_answer, times=1)
    candidate.choose(0)
    expect(candidate.status).to_have_class("c-saved c-saved--wait")
    candidate.choose(1)
    candidate.sees_saved()
    assert lost == [200]
    wanted = candidate.page.locator("[name=response]").nth(1)
    expect(wanted).to_be_checked()
    expect(candidate.page.locator("[data-notice]")).not_to_be_visible()
    saved = candidate.hall.saved_responses(candidate.slip)
    assert [revision for revision, _response in saved] == [1, 2]
    assert saved[-1][1] == [wanted.get_attribute("value")]


@pytest.mark.parametrize("way", ["[data-next]", "nav a[href='/exam/review']"])
def test_a_page_is_not_left_into_nothing(watched: tuple[Candidate, Watch], way: str):
    candidate, watch = watched
    watch.excuse(*NO_CONNECTION)
    candidate.choose(0)
    candidate.sees_saved()
    candidate.page.context.set_offline(True)
    candidate.page.locator(way).click()
    expect(notice(candidate.page)).to_be_visible()
    expect(candidate.page.locator("h1")).to_be_visible()  # the question is still there
    candidate.page.context.set_offline(False)
    candidate.page.wait_for_url(re.compile("/exam/(questions/2|review)$"))


def test_what_waits_for_the_connection_is_let_go_of_when_the_candidate_thinks_better_of_it(
    watched: tuple[Candidate, Watch],
):
    candidate, watch = watched
    page, context = candidate.page, candidate.page.context
    watch.excuse(*NO_CONNECTION)
    context.set_offline(True)
    candidate.press("next")
    expect(notice(page)).to_be_visible()
    candidate.choose(1)
    context.set_offline(False)
    candidate.sees_saved()
    expect(notice(page)).to_be_hidden()
    candidate.is_at("/exam/questions/1")
    candidate.go("/exam/review")
    page.locator("[data-dialog=finish]").click()
    context.set_offline(True)
    page.locator("#finish form .c-button").last.click()
    expect(page.locator("#finish [data-waits]")).to_be_visible()  # the page's own notice lies under the dialog
    page.keyboard.press("Escape")
    context.set_offline(False)
    expect(notice(page)).to_be_hidden()
    follow(page.locator(".c-bar a[href='/exam/resume']"))
    candidate.is_at("/exam/questions/2")
    candidate.choose(0)
    candidate.sees_saved()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (429, {"code": "too_many_requests", "detail": "later"}),
        (200, {"status": "portal"}),
        (401, {"code": "not_entered", "detail": "Enter with your code first."}),
        (400, {"code": "csrf", "detail": "Load the page anew."}),
    ],
)
def test_only_the_servers_own_word_takes_an_answer_from_the_browser(
    watched: tuple[Candidate, Watch], status: int, said: dict[str, str]
):
    candidate, watch = watched
    watch.excuse(str(status))
    candidate.page.route(SAVES, lambda route: route.fulfill(status=status, json=said), times=1)
    wanted = candidate.page.locator("[name=response]").nth(1).get_attribute("value")
    candidate.choose(1)
    until(candidate.page, lambda: len(candidate.hall.saved_responses(candidate.slip)) == 1)
    candidate.sees_saved()
    assert candidate.hall.answers(candidate.slip)[1] == (1, [wanted])


def test_the_test_is_not_left_for_a_page_that_the_network_puts_in_its_way(watched: tuple[Candidate, Watch]):
    candidate, _watch = watched
    page = candidate.page
    page.route(
        "**/healthz", lambda route: route.fulfill(body="<h1>Sign in to the network</h1>", content_type="text/html")
    )
    page.route("**/pulse", lambda route: route.fulfill(json={"status": "portal"}))
    candidate.press("next")
    expect(notice(page)).to_be_visible()
    expect(page.locator("[data-question]")).to_be_visible()
    page.unroute("**/healthz")
    candidate.is_at("/exam/questions/2")


def test_how_many_minutes_are_left_is_said_once(watched: tuple[Candidate, Watch]):
    candidate, watch = watched
    watch.excuse("ERR_ABORTED .*/pulse")  # a call under way when the page is left
    page, spoken = candidate.page, candidate.page.locator("#spoken")
    page.goto("about:blank")  # or the page that is open says it already
    candidate.hall.seconds_left(candidate.slip, 599)
    plain = {"status": "in_progress", "may_start": True, "given_seconds": 0, "given": [], "messages": []}
    page.route("**/pulse", lambda route: route.fulfill(json=plain | {"remaining_seconds": 599}))
    candidate.go("/exam/questions/1")
    expect(spoken).to_contain_text("10")
    candidate.press("next")
    candidate.is_at("/exam/questions/2")
    with page.expect_response("**/pulse"):
        pass
    expect(spoken).to_be_empty()


def test_one_window_writes_and_a_second_says_so(watched: tuple[Candidate, Watch]):
    candidate, _watch = watched
    candidate.choose(0)
    candidate.sees_saved()
    second = Candidate(candidate.page.context.new_page(), candidate.hall, candidate.bank, candidate.slip)
    second.go("/exam/questions/1")
    expect(second.page.locator("[data-second]")).to_be_visible()
    expect(second.page.locator("[data-question]")).to_have_attribute("inert", "")
    second.page.keyboard.press("Alt+Comma")  # it does not write by its shortcuts either
    expect(second.page.locator("[data-flag]")).to_have_attribute("aria-pressed", "false")
    second.page.keyboard.press("Alt+KeyR")
    expect(second.page).to_have_url(re.compile(r"/questions/1$"))
    expect(candidate.page.locator("[data-second]")).not_to_be_visible()
    second.page.locator("[data-second] button").click()
    expect(candidate.page.locator("[data-second]")).to_be_visible()
    expect(second.page.locator("[data-second]")).not_to_be_visible()
    second.choose(1)
    second.sees_saved()
    candidate.page.locator("[data-second] button").click()
    expect(candidate.page.locator("[name=response]").nth(1)).to_be_checked()  # what the other window saved is shown


ASKS_LATER = """() => {
  const plain = BroadcastChannel.prototype.postMessage;
  BroadcastChannel.prototype.postMessage = function (said) {
    if (said.says === "here?" && !window.asks) window.asks = () => plain.call(this, said);
    else plain.call(this, said);
  };
}"""


@pytest.mark.parametrize("earlier", [0, 1])
def test_of_two_windows_that_are_brought_back_at_once_one_writes(watched: tuple[Candidate, Watch], earlier: int):
    candidate, watch = watched
    watch.excuse("ERR_ABORTED .*/pulse")
    context = candidate.page.context
    candidate.page.close()
    context.clock.install()
    context.clock.pause_at(datetime.now() + timedelta(seconds=5))  # neither has been there for a second
    context.add_init_script(f"({ASKS_LATER})()")
    both = [context.new_page() for _ in range(2)]
    for page in both:
        page.goto(f"{candidate.hall.address}/exam/questions/1")
        context.clock.fast_forward(1)
        until(page, lambda page=page: page.evaluate("Boolean(window.asks)"))
    for page in (both[earlier], both[1 - earlier]):
        page.evaluate("asks()")
    expect(both[1].locator("[data-second]")).to_be_visible()
    expect(both[0].locator("[data-second]")).not_to_be_visible()
    expect(both[1].locator("[data-question]")).to_have_attribute("inert", "")
    expect(both[0].locator("[data-question]")).not_to_have_attribute("inert", "")


def test_a_window_that_does_not_know_of_the_other_does_not_overwrite_what_it_has_saved(
    watched: tuple[Candidate, Watch],
):
    candidate, watch = watched
    watch.excuse("409")
    other = candidate.page.context.new_page()
    other.add_init_script("delete window.BroadcastChannel")
    second = Candidate(other, candidate.hall, candidate.bank, candidate.slip)
    second.go("/exam/questions/1")
    candidate.choose(0)
    candidate.sees_saved()
    second.choose(1)
    expect(second.page.locator("[data-notice]")).to_contain_text("башка терезеде жооп берилген")
    expect(second.page.locator("[name=response]").nth(0)).to_be_checked()  # what is saved is shown
    second.choose(1)
    second.sees_saved()
    expect(second.page.locator("[data-notice]")).not_to_be_visible()
    assert [revision for revision, _response in candidate.hall.saved_responses(candidate.slip)] == [1, 2]


def test_at_another_workstation_the_test_goes_on_and_the_first_window_is_told(
    watched: tuple[Candidate, Watch], open_page: OpenPage
):
    candidate, watch = watched
    watch.excuse("409")
    candidate.choose(2)
    candidate.sees_saved()
    chosen = candidate.chosen.get_attribute("value")
    there = Candidate(open_page()[0], candidate.hall, candidate.bank, candidate.slip)
    there.enter()
    expect(there.page.locator("[role=alert]")).to_be_visible()  # a used code alone opens nothing
    there.enter(resume=candidate.hall.resume_token(candidate.slip))
    there.is_at("/exam/questions/2")
    there.go("/exam/questions/1")
    assert there.chosen.get_attribute("value") == chosen
    candidate.choose(0)
    expect(candidate.page.locator("[data-question]")).to_have_count(0)
    expect(candidate.page.locator("h1")).to_have_text("Тест башка жерде улантылып жатат")
    there.page.reload()
    assert there.chosen.get_attribute("value") == chosen
    there.choose(1)
    there.sees_saved()
