"""From question to question the page stays; whatever is not as expected brings the whole page, as without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidate import Candidate
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.watching import Watch, follow, hold

pytestmark = pytest.mark.browser
PARTS = "**/exam/questions/*/part?*"


@pytest.fixture
def seated(open_page: OpenPage, hall: Hall, bank: dict[str, str]) -> tuple[Candidate, Watch]:
    """Somebody at the first question, whose page is marked."""
    page, watch = open_page()
    candidate = Candidate(page, hall, bank)
    candidate.enter()
    candidate.start()
    mark(page)
    return candidate, watch


def mark(page: Page) -> None:
    """Know this page again."""
    page.evaluate("window.marked = true")


def is_marked(page: Page) -> bool:
    """Whether the page is still the one that was marked."""
    found: bool = page.evaluate("window.marked === true")
    return found


def test_the_page_stays_and_says_where_it_is(seated: tuple[Candidate, Watch]):
    candidate, _watch = seated
    page, first = candidate.page, candidate.stem()
    expect(candidate.palette(2)).to_have_class(re.compile("is-new"))
    candidate.choose(0)
    candidate.sees_saved()
    candidate.press("next")
    candidate.is_at("/exam/questions/2")
    assert is_marked(page) and candidate.stem() != first
    expect(page).to_have_title(re.compile("2 / 8 — "))
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("h1")).to_contain_text("2 / 8")
    expect(candidate.palette(2)).to_have_attribute("aria-current", "step")
    expect(candidate.palette(2)).not_to_have_class(re.compile("is-new"))
    expect(candidate.palette(2).locator(".u-hidden")).to_have_text(", жооп жок")
    expect(page.locator("[data-palette] [aria-current]")).to_have_count(1)
    expect(page.locator("[data-palette] [tabindex='0']")).to_have_attribute("data-position", "2")
    candidate.choose(1)
    candidate.sees_saved()
    candidate.palette(5).click()
    candidate.is_at("/exam/questions/5")
    candidate.press("previous")
    candidate.is_at("/exam/questions/4")
    assert is_marked(page)
    # a change of language, and a page loaded anew, show the question that stands there
    follow(page.locator("[data-language] [lang=ru]"))
    candidate.is_at("/exam/questions/4")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    assert [response for _revision, response in candidate.hall.saved_responses(candidate.slip)] != []
    assert set(candidate.hall.answers(candidate.slip)) == {1, 2}


def test_the_questions_that_follow_are_at_hand_and_known_again(seated: tuple[Candidate, Watch]):
    candidate, _watch = seated
    page, asked = candidate.page, []
    page.on("request", lambda request: asked.append(request.url) if "/part" in request.url else None)
    for position in (2, 3, 4):
        candidate.choose(0)
        candidate.sees_saved()
        candidate.press("next")
        candidate.is_at(f"/exam/questions/{position}")
    assert [one.rpartition("/exam/")[2] for one in asked] == ["questions/2/part?ahead=6"]
    candidate.press("previous")  # what was shown is asked for anew: its answer stands there
    candidate.is_at("/exam/questions/3")
    expect(page.locator("form[data-question] :checked")).to_have_count(1)
    assert asked[1].endswith("questions/3/part?ahead=1") and is_marked(page)
    page.reload()
    for position, is_new in ((3, False), (4, False), (5, True)):
        assert ("is-new" in candidate.palette(position).get_attribute("class")) == is_new


def test_without_a_connection_one_reads_on_and_answers_are_sent_when_it_is_back(seated: tuple[Candidate, Watch]):
    candidate, watch = seated
    watch.excuse("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    page = candidate.page
    candidate.press("next")
    candidate.is_at("/exam/questions/2")
    page.context.set_offline(True)
    candidate.press("next")
    candidate.is_at("/exam/questions/3")
    assert is_marked(page)
    page.context.set_offline(False)
    candidate.choose(1)
    candidate.sees_saved()
    assert set(candidate.hall.answers(candidate.slip)) == {3}


def test_back_and_forward_lead_through_the_questions(seated: tuple[Candidate, Watch]):
    candidate, _watch = seated
    page, stems = candidate.page, [candidate.stem()]
    for position in (2, 3):
        candidate.press("next")
        candidate.is_at(f"/exam/questions/{position}")
        stems.append(candidate.stem())
    follow_back(page)
    candidate.is_at("/exam/questions/2")
    expect(page.locator(".c-question__stem")).to_have_text(stems[1])
    follow_back(page)
    expect(page.locator(".c-question__stem")).to_have_text(stems[0])


def follow_back(page: Page) -> None:
    """The browser's own way back, and the whole page that it brings."""
    mark(page)
    page.go_back()
    page.wait_for_function("!window.marked")


@pytest.mark.parametrize("fault", ["aborted", "503", "somebody else's page"])
def test_a_question_that_does_not_come_alone_comes_with_its_page(seated: tuple[Candidate, Watch], fault: str):
    candidate, watch = seated
    watch.excuse("/part", "ERR_FAILED", "503")
    page = candidate.page
    if fault == "aborted":
        page.route(PARTS, lambda route: route.abort())
    elif fault == "503":
        page.route(PARTS, lambda route: route.fulfill(status=503, body="<form data-question='2'></form>"))
    else:
        page.route(PARTS, lambda route: route.fulfill(body="<p>Wi-Fi</p>", content_type="text/html"))
    candidate.choose(0)
    candidate.press("next")
    candidate.is_at("/exam/questions/2")
    page.wait_for_function("!window.marked")
    assert set(candidate.hall.answers(candidate.slip)) == {1}


def test_whoever_does_something_else_meanwhile_stays(seated: tuple[Candidate, Watch]):
    candidate, _watch = seated
    held = hold(candidate.page, PARTS)
    candidate.press("next")
    way = held()
    candidate.choose(1)
    candidate.sees_saved()
    with candidate.page.expect_response(PARTS):
        way.continue_()
    candidate.choose(0)
    candidate.sees_saved()
    candidate.is_at("/exam/questions/1")
    assert is_marked(candidate.page)
    assert len(candidate.hall.saved_responses(candidate.slip)) == 2


def test_a_test_that_is_over_leads_to_its_result(seated: tuple[Candidate, Watch]):
    candidate, watch = seated
    watch.excuse("ERR_ABORTED .*/exam/result")  # the clock, the call and the candidate lead there all at once
    candidate.choose(0)
    candidate.sees_saved()
    candidate.hall.seconds_left(candidate.slip, -1)
    candidate.press("next")
    candidate.is_at("/exam/result")
