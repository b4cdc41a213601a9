"""A candidate's whole journey in Kyrgyz, with script."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import Request, expect
from pypdf import PdfReader

from testing_center.rules.codes import check_digit, grouped
from tests.browser.candidate import CLOCK_TIME, Candidate
from tests.browser.hall import CUT_SCORE, ITEMS, MINUTES
from tests.browser.watching import hold

pytestmark = pytest.mark.browser
SAVES = "**/api/v1/attempt/responses/*"


@pytest.mark.parametrize("is_seen_in_the_page", [True, False])
def test_a_wrong_code_is_told_and_the_typed_digits_stay(candidate: Candidate, is_seen_in_the_page: bool):
    """A slip of the finger is seen by its check digit before anything is sent; a code of nobody, by the server."""
    page, code = candidate.page, candidate.slip.code
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    candidate.go("/exam/")
    expect(page.locator("#code")).to_be_focused()
    nobody = "000000000000000"
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10) if is_seen_in_the_page else nobody + str(check_digit(nobody))
    page.keyboard.type(wrong)
    expect(page.locator("#code")).to_have_value(grouped(wrong))
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert] a[href='#code']")).to_be_visible()
    expect(page.locator("#code")).to_have_value(grouped(wrong))
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#code-error")).to_contain_text("жараксыз")
    expect(page).to_have_title(re.compile("^Ката: "))
    assert len(sent) == (0 if is_seen_in_the_page else 1)
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    candidate.is_at("/exam/rules")


def test_from_the_code_to_the_protocol_in_kyrgyz(candidate: Candidate):
    page, slip = candidate.page, candidate.slip
    candidate.enter()
    candidate.is_at("/exam/rules")
    expect(page.locator("aside")).to_contain_text(slip.name)
    digest = candidate.digest()
    assert digest in candidate.hall.digests
    page.locator("main form .c-button").click()
    expect(page.locator("#agree")).to_have_attribute("aria-invalid", "true")  # the time has not begun to run
    candidate.start("ky")
    expect(page.locator("html")).to_have_attribute("lang", "ky")
    expect(page.get_by_role("timer")).to_have_text(re.compile(rf"Калган убакыт\s*0:{MINUTES - 1}:\d\d"))
    expect(candidate.palette(1)).to_have_attribute("aria-current", "step")
    expect(candidate.palette(2)).to_have_class(re.compile("is-new"))

    candidate.answer_all(right=CUT_SCORE)
    expect(page.locator("[data-palette] .is-done")).to_have_count(ITEMS)
    page.locator("[data-dialog]").click()
    expect(page.locator("dialog [data-close]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#finish")).not_to_be_visible()
    expect(page.locator("[data-dialog]")).to_be_focused()
    page.locator("[data-dialog]").click()
    page.locator("dialog button:not([data-close])").click()

    candidate.is_at("/exam/result")
    assert candidate.result() == (CUT_SCORE, ITEMS, CUT_SCORE)
    expect(page.locator("main [lang=ky]")).to_have_text("Топтолгон балл квалификациялык талаптарга жооп берет")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"0:59:\d\d.*\d\d:\d\d:\d\d", re.DOTALL))
    assert candidate.digest() == digest

    answer = page.request.get(candidate.hall.address + str(page.locator("a[href$='.pdf']").get_attribute("href")))
    assert answer.headers["content-type"] == "application/pdf"
    text = re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.body())).pages))
    assert slip.name in text
    assert "топтолгон балл квалификациялык талаптарга жооп берет" in text.lower()
    assert digest in re.sub(r"\s", "", text).lower()
    assert str(page.locator("aside dd").first.inner_text()) in text  # the number of the protocol
    assert re.search(rf"\b{CUT_SCORE} топтолгон балл", text)
    assert re.search(rf"Максимальный балл {ITEMS}\b", text)

    page.locator("form[action='/exam/leave'] button").click()
    candidate.is_at("/exam/")
    candidate.go("/exam/result")
    candidate.is_at("/exam/")  # the next person finds nothing


def test_saved_is_said_only_when_the_server_has_answered(candidate: Candidate):
    candidate.enter()
    candidate.start()
    held = hold(candidate.page, SAVES)
    candidate.choose(0)
    expect(candidate.status).to_have_text("Сакталууда…")
    expect(candidate.palette(1)).not_to_have_class(re.compile("is-done"))
    assert candidate.hall.saved_responses(candidate.slip) == []
    answer = held().fetch()  # now it is on the server's disk, but the page does not know
    assert len(candidate.hall.saved_responses(candidate.slip)) == 1
    expect(candidate.status).to_have_text("Сакталууда…")
    held().fulfill(response=answer)
    expect(candidate.status).to_have_text(re.compile(r"^Сакталды\s+\d\d:\d\d:\d\d$"))
    assert CLOCK_TIME.search(candidate.status.inner_text())
    expect(candidate.palette(1)).to_have_class(re.compile("is-done"))


def test_going_on_waits_for_the_answer_under_way(candidate: Candidate):
    candidate.enter()
    candidate.start()
    held = hold(candidate.page, SAVES)
    candidate.choose(0)
    candidate.press("next")
    expect(candidate.status).to_have_text("Сакталууда…")
    candidate.is_at("/exam/questions/1")
    held().continue_()
    candidate.is_at("/exam/questions/2")
    assert len(candidate.hall.saved_responses(candidate.slip)) == 1


def test_flag_clear_and_change_of_language_keep_what_was_answered(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.start()
    candidate.choose(0)
    candidate.sees_saved()
    candidate.press("flag")
    expect(candidate.palette(1)).to_have_class(re.compile("is-flag"))
    expect(page.locator("[data-flag]")).to_have_attribute("aria-pressed", "true")
    expect(candidate.palette(1).locator(".u-hidden")).to_have_text(", жооп берилди, белгиленген")
    kyrgyz, chosen = candidate.stem(), candidate.chosen.get_attribute("value")

    page.locator("[data-language] [lang=ru]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    candidate.is_at("/exam/questions/1")
    assert candidate.stem() != kyrgyz
    assert candidate.stem() in candidate.bank
    assert candidate.chosen.get_attribute("value") == chosen
    expect(page.locator("[data-flag]")).to_have_attribute("aria-pressed", "true")

    page.locator("[name=clear]").click()
    expect(candidate.palette(1)).not_to_have_class(re.compile("is-done"))
    expect(candidate.palette(1)).to_have_class(re.compile("is-flag"))
    expect(candidate.chosen).to_have_count(0)
    candidate.sees_saved()
    page.reload()
    expect(candidate.chosen).to_have_count(0)
    page.locator("nav a[href='/exam/review']").click()
    expect(page.locator("tbody tr")).to_have_count(ITEMS)  # nothing is answered, so all are to be looked at again


def test_when_the_time_runs_out_the_page_goes_to_the_result_by_itself(candidate: Candidate):
    candidate.page.clock.install()
    candidate.enter()
    candidate.start()
    candidate.hall.seconds_left(candidate.slip, 60)
    candidate.choose(candidate.option(right=True))  # the acknowledgement brings the time left
    candidate.sees_saved()
    expect(candidate.page.locator(".c-clock--soon")).to_be_visible()
    candidate.hall.seconds_left(candidate.slip, -1)
    candidate.page.clock.fast_forward("01:00")  # and a moment, so that the last words are read
    candidate.is_at("/exam/result")
    assert candidate.result() == (1, ITEMS, CUT_SCORE)
