"""An appeal in a browser (¶33–34): the candidate, the desk, the commission; every page sound, also without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.played import Played
from tests.browser.test_keyboard import skip_to_the_content, tab_to
from tests.browser.watching import findings, follow, staff_findings

pytestmark = pytest.mark.browser
WORDS = "Билим берүү уюмун өнүктүрүү программасын бекитүүчү органга байланыштуу суроонун ачкычы менен макул эмесмин."


def send(page: Page) -> None:
    """Press the one primary button of the form."""
    follow(page.locator("main form button.c-button"))


def test_every_page_of_the_candidate(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    who = played.candidates[0]
    played.seat(page, who)
    found = findings(page, "result with the way to an appeal")
    follow(page.locator("a[href='/exam/appeal/']"))
    found += findings(page, "application")
    page.locator("#questions").fill("1, 99")
    page.locator("#grounds").fill(WORDS)
    send(page)
    expect(page.locator("#questions-error")).to_be_visible()
    expect(page.locator("#questions")).to_have_value("1, 99")
    expect(page.locator("#grounds")).to_have_value(WORDS)
    assert page.title().count("Ката:") == 1
    found += findings(page, "application refused")
    page.locator("#questions").fill("1, 3")
    send(page)
    expect(page.locator("main h1")).to_have_text("Арызыңыз катталды")
    assert played.status(who) == "filed"
    found += findings(page, "registered")
    page.goto(f"{played.hall.address}/exam/result")
    expect(page.locator("main")).to_contain_text("-А")
    found += findings(page, "result after filing")
    page.goto(f"{played.hall.address}/exam/appeal/withdraw")
    found += findings(page, "withdrawing")
    follow(page.locator("main form a"))
    assert played.status(who) == "filed"
    follow(page.locator("a[href='/exam/appeal/withdraw']"))
    page.locator("#code").fill(played.codes[1])  # somebody else at a workstation left open
    send(page)
    expect(page.locator("#code-error")).to_be_visible()
    expect(page.locator("#code")).to_have_value(played.codes[1])
    assert played.status(who) == "filed"
    found += findings(page, "withdrawing with another code")
    page.locator("#code").fill(played.codes[0])
    send(page)
    expect(page.locator("main [role=status]").first).to_be_visible()
    assert played.status(who) == "withdrawn"
    found += findings(page, "withdrawn")
    assert not found, "\n".join(found)


def test_the_time_left_runs_and_is_at_least_while_the_sitting_runs(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    played.seat(page, played.candidates[1])
    follow(page.locator("a[href='/exam/appeal/']"))
    clock = page.locator(".c-clock--block")
    expect(clock).to_contain_text("Кеминде")
    before = clock.locator(".c-clock__value").inner_text()
    expect(clock.locator(".c-clock__value")).not_to_have_text(before)
    assert re.fullmatch(r"1:00:00|0:(59|58):\d\d", before)  # eight hours after one's own end the hour is whole


LISTEN = """() => {
  window.heard = [];
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) window.heard.push(node.textContent);
  }).observe(document.querySelector('[role=status]#spoken'), { childList: true });
}"""


def said(page: Page) -> list[str]:
    """The words of this page for 10, 5 and 1 minutes and for the end."""
    clock = page.locator(".c-clock")
    minutes, ended = (clock.get_attribute(f"data-{name}") or "" for name in ("minutes", "ended"))
    return [*(minutes.replace("%(n)s", left) for left in ("10", "5", "1")), ended]


@pytest.mark.parametrize("path", ["/exam/result", "/exam/appeal/"])
def test_the_last_minutes_of_the_hour_are_heard_and_nothing_else(open_page: OpenPage, played: Played, path: str):
    page, _watch = open_page()
    page.clock.install()
    played.seat(page, played.half)
    page.goto(f"{played.hall.address}{path}")
    page.evaluate(LISTEN)
    page.clock.run_for("19:00")  # about eleven minutes are left
    assert page.evaluate("heard") == []
    page.clock.run_for("15:00")
    assert page.evaluate("heard") == said(page)
    expect(page.locator(".c-clock__value")).to_have_text("0:00:00")
    expect(page.locator(".c-clock")).to_have_attribute("aria-live", "off")  # the figures themselves are not read out


def test_while_the_sitting_runs_the_end_of_the_time_shown_is_not_called_the_end(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    page.clock.install()
    played.seat(page, played.candidates[1])
    page.evaluate(LISTEN)
    page.clock.run_for("01:01:00")
    assert page.evaluate("heard") == (at_least := said(page))
    assert page.url == f"{played.hall.address}/exam/result"
    played.seat(page, played.half)
    assert set(at_least).isdisjoint(said(page))


def test_after_the_hour_the_refusal_is_recorded_at_the_candidates_wish(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    played.seat(page, played.late)
    found = findings(page, "result after the hour")
    follow(page.locator("a[href='/exam/appeal/']"))
    expect(page.locator("main textarea")).to_have_count(0)
    found += findings(page, "out of time")
    follow(page.locator("main form button"))
    expect(page.locator("main form")).to_have_count(0)
    expect(page.locator("#late")).to_be_visible()
    found += findings(page, "the refusal on record")
    assert played.status(played.late) == ""
    assert not found, "\n".join(found)


def test_without_script_in_russian(open_page: OpenPage, played: Played):
    page, _watch = open_page(java_script_enabled=False)
    who = played.candidates[2]
    played.seat(page, who, "ru")
    follow(page.locator("a[href='/exam/appeal/']"))
    expect(page.locator("main h1")).to_have_text("Заявление на техническую апелляцию")
    send(page)
    expect(page.locator("main h1")).to_have_text("Ваше заявление зарегистрировано")
    assert played.status(who) == "filed"  # disagreement is enough: nothing was written
    pdf = page.request.get(f"{played.hall.address}/exam/appeal/application.pdf")
    assert pdf.body().startswith(b"%PDF-")


def test_by_keyboard_alone(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    who = played.candidates[3]
    played.seat(page, who)
    skip_to_the_content(page)
    tab_to(page, "a[href='/exam/appeal/']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{played.hall.address}/exam/appeal/")
    skip_to_the_content(page)
    tab_to(page, "#questions")
    page.keyboard.type("2")
    tab_to(page, "#grounds")
    page.keyboard.type("Макул эмесмин.")
    tab_to(page, "main form button")
    page.keyboard.press("Enter")
    expect(page.locator("a[href$='application.pdf']")).to_be_visible()
    assert played.status(who) == "filed"
    tab_to(page, "a[href='/exam/appeal/withdraw']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{played.hall.address}/exam/appeal/withdraw")
    tab_to(page, "#code")
    tab_to(page, "main form a")  # "no" comes first
    page.keyboard.press("Enter")
    page.wait_for_url(f"{played.hall.address}/exam/appeal/")
    assert played.status(who) == "filed"


def test_the_desk_confirms_a_person_and_takes_an_appeal(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    here, away = played.candidates[4], played.candidates[5]
    played.seat(page, here)
    page.goto(f"{played.hall.address}/exam/appeal/")
    send(page)
    page.context.clear_cookies()
    played.sign_in(page, "administrator")
    desk = f"{played.hall.address}/staff/sittings/{played.running}/appeals/"
    page.goto(desk)
    found = staff_findings(page, "desk")
    row = page.locator("tr", has=page.locator("form[action$='/confirm']")).last
    number = row.locator("th").inner_text()
    follow(row.locator("form[action$='/confirm'] button"))
    expect(page.locator("tr", has_text=number).locator("form[action$='/confirm']")).to_have_count(0)
    follow(page.locator("a[href*='/appeals/seats/']").last)
    found += staff_findings(page, "taking an appeal")
    page.locator("#grounds").fill(WORDS)
    send(page)
    expect(page.locator("#is_recognised-error")).to_be_visible()
    expect(page.locator("#grounds")).to_have_value(WORDS)
    found += staff_findings(page, "an appeal without the person")
    page.locator("label[for=is_recognised]").click()
    send(page)
    page.wait_for_url(desk)
    assert played.status(here) == played.status(away) == "filed"
    page.goto(f"{played.hall.address}/staff/sittings/{played.closed}/appeals/")
    found += staff_findings(page, "desk after the hour")
    assert not found, "\n".join(found)


def test_the_commission_is_approved_a_member_leaves_and_is_replaced(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    played.sign_in(page, "administrator")
    page.goto(f"{played.hall.address}/staff/sittings/{played.planned}/commission/")
    found = staff_findings(page, "no commission")
    follow(page.locator("a[href$='/commission/approve']"))
    page.locator("#act_number").fill("42-Б")
    send(page)
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("#act_number")).to_have_value("42-Б")
    found += staff_findings(page, "a commission of one")
    chair = page.locator("#chair option:checked").inner_text()
    page.locator("#members label", has_not_text=chair).first.click()
    send(page)
    expect(page.locator("main")).to_contain_text("42-Б")
    found += staff_findings(page, "commission")
    follow(page.locator("a[href$='/recuse']").last)
    found += staff_findings(page, "recusal")
    page.locator("#reason").fill("Талапкердин тууганы")
    send(page)
    expect(page.locator("main")).to_contain_text("Талапкердин тууганы")
    follow(page.locator("a[href$='/substitute']"))
    found += staff_findings(page, "substitute")
    page.locator("#act_number").fill("52-Б")
    send(page)
    expect(page.locator("a[href$='/substitute']")).to_have_count(0)
    expect(page.locator("main tbody tr")).to_have_count(3)
    found += staff_findings(page, "commission with its history")
    assert not found, "\n".join(found)
