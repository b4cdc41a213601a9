"""A lost connection, two tabs, two workstations: nothing is shown as saved that is not, and nothing saved is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.candidate import CLOCK_TIME, Candidate
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.watching import Watch

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


def notice(page: Page):
    """What says that the connection is lost."""
    return page.locator("[data-offline]")


def test_without_a_connection_the_page_says_so_and_sends_the_answer_when_it_returns(watched: tuple[Candidate, Watch]):
    candidate, watch = watched
    watch.excuse(*NO_CONNECTION)
    candidate.page.context.set_offline(True)
    candidate.choose(1)
    expect(notice(candidate.page)).to_be_visible()
    expect(candidate.status).to_have_class("c-saved c-saved--wait")
    expect(candidate.status).not_to_have_text(CLOCK_TIME)
    expect(candidate.palette(1)).to_have_class(re.compile("is-unsent"))
    assert candidate.hall.saved_responses(candidate.slip) == []
    candidate.page.context.set_offline(False)
    candidate.sees_saved()
    expect(notice(candidate.page)).not_to_be_visible()
    expect(candidate.palette(1)).not_to_have_class(re.compile("is-unsent"))
    assert len(candidate.hall.saved_responses(candidate.slip)) == 1
    until_it_is_true(candidate.page, lambda: len(candidate.hall.connection_gaps(candidate.slip)) == 1)
    assert candidate.hall.connection_gaps(candidate.slip)[0] >= 1


def until_it_is_true(page: Page, said: Callable[[], bool]) -> None:
    """Let the page work until the server has it; ten seconds at most."""
    for _ in range(100):
        if said():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it has not become true")


def test_a_newer_choice_is_not_lost_where_only_the_acknowledgement_was(watched: tuple[Candidate, Watch]):
    candidate, watch = watched
    watch.excuse(*NO_CONNECTION)
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    candidate.page.route(SAVES, lose_the_answer, times=1)
    candidate.choose(0)
    expect(candidate.palette(1)).to_have_class(re.compile("is-unsent"))
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


def test_a_second_tab_does_not_overwrite_what_the_first_has_saved(watched: tuple[Candidate, Watch]):
    candidate, watch = watched
    watch.excuse("409")
    second = Candidate(candidate.page.context.new_page(), candidate.hall, candidate.bank, candidate.slip)
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
