"""The proctor's console with five candidates: acts reach them, rows change in place, nothing that one does is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from testing_center.rules.seating import SEATS_PER_ROW
from tests.browser.candidate import Candidate
from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.desk import prove, sign_in
from tests.browser.hall import Hall
from tests.browser.watching import Watch, follow, hold, staff_findings

pytestmark = pytest.mark.browser
LIVE, LONG_AGO = "**/room/live?*", timedelta(minutes=5)
AGAIN = 2_000  # milliseconds between two questions of the page
SILENT_AFTER, ASKED_ANEW_AFTER = 8_000, 15_000  # milliseconds without a word
WITHOUT_EVENTS = "delete window.EventSource;"
COUNT_TONES = """{ const of = AudioScheduledSourceNode.prototype, start = of.start; window.tones = 0;
  of.start = function (...rest) { window.tones += 1; return start.apply(this, rest); }; }
"""


def room(hall: Hall) -> str:
    """The address of the console, in English."""
    return f"{hall.address}/staff/sittings/{hall.sitting}/room/?lang=en"


@pytest.fixture(scope="module")
def signed_in() -> dict[str, list]:
    """Cookies of staff who have signed in: a code of the moment is good for one time."""
    return {}


@pytest.fixture
def console(open_page: OpenPage, hall: Hall, signed_in: dict[str, list]) -> Callable[..., tuple[Page, Watch]]:
    """The room before a member of the staff, in English; ``script`` runs before that of the page."""
    hall.forget_contacts()

    def open_one(username: str, script: str = "") -> tuple[Page, Watch]:
        page, watch = open_page(viewport={"width": 1280, "height": 900})
        if username in signed_in:
            page.context.add_cookies(signed_in[username])
        else:
            sign_in(page, hall, username)
            signed_in[username] = page.context.cookies()
        page.add_init_script(script)
        page.goto(room(hall))
        return page, watch

    return open_one


def row(page: Page, candidate: Candidate):
    """Where this candidate sits."""
    return page.locator(f"#seat-{candidate.slip.seat}")


def ask(page: Page, kind: str, *seats: int, **typed: str) -> None:
    """Tick seats, press the button of the act, fill in its window and send it."""
    for seat in seats:
        page.locator(f"#tick-{seat}").click()
    page.locator(f"#choose button[value={kind}]").click()
    for name, words in (typed if kind == "message" else {"reason": "өчүргүч"} | typed).items():
        page.locator(f"dialog [name={name}]").fill(words)
    page.locator("label[for=category-3]").click()
    page.locator("dialog form .c-button").click()
    expect(page.locator(".c-flashes .c-note")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)


def seconds(text: str) -> int:
    hours, minutes, rest = (int(part) for part in text.strip().split(":"))
    return hours * 3600 + minutes * 60 + rest


def test_a_proctor_runs_five_candidates_from_the_console(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    people = [Candidate(open_page()[0], hall, bank) for _ in range(5)]
    for one in people[:4]:
        one.enter()
        one.start()
    page, first = console("proctor")[0], people[0]
    seats = [one.slip.seat for one in people]
    last = people[4]
    # one comes while the page is open; ticks, focus and the words typed in the filter stay
    page.locator(f"#tick-{seats[1]}").click()
    page.locator("#q").fill("")
    row(page, first).locator("a").focus()
    page.evaluate("window.kept = document.activeElement")
    last.enter()
    expect(row(page, last)).to_have_attribute("data-state", "entered")
    last.start()
    expect(row(page, last)).to_have_attribute("data-state", "working")
    first.choose(0)
    first.sees_saved()
    expect(row(page, first)).to_contain_text("1 / 8")
    assert page.evaluate("document.activeElement === window.kept")
    expect(page.locator(f"#tick-{seats[1]}")).to_be_checked()
    before = row(page, first).locator("[data-until]").inner_text()
    page.wait_for_function("([id, was]) => document.querySelector(`#${id} [data-until]`).textContent !== was",
                           arg=[f"seat-{first.slip.seat}", before])  # fmt: skip
    page.locator("#q").fill(str(last.slip.seat))
    expect(row(page, first)).to_be_hidden()
    page.locator("#q").fill("")
    page.locator(f"#tick-{seats[1]}").click()
    # a message arrives at the candidate's page, and the console says when it was read
    ask(page, "message", seats[0], wording="Суу ичкиле")
    expect(row(page, first)).to_contain_text("Message not read")
    expect(first.page.locator("[data-words]", has_text="Суу ичкиле")).to_be_visible()
    first.page.locator(".c-note:has([data-words]:text('Суу ичкиле')) button").click()
    expect(row(page, first)).not_to_contain_text("Message not read")
    # two are paused and go on
    ask(page, "pause", *seats[:2])
    expect(first.page.locator("#curtain")).to_be_visible()
    expect(row(page, first)).to_have_attribute("data-state", "paused")
    ask(page, "resume", *seats[:2])
    expect(first.page.locator("#curtain")).not_to_be_visible()
    expect(row(page, first)).to_contain_text("Time given")
    # fifteen minutes wait for a second person, whose page shows it without being asked
    second, _watch = console("administrator")
    left = seconds(row(page, last).locator("[data-until]").inner_text())
    ask(page, "extend", last.slip.seat, minutes="15")
    waits = second.locator("[data-part=waiting] .c-note")
    expect(waits).to_contain_text("15")
    expect(page.locator("[data-part=waiting] button")).to_have_count(0)
    follow(waits.locator("[id^=confirm-]"))
    prove(second, hall, "administrator")
    expect(row(page, last)).to_contain_text("Time given: 0:15:00")
    assert seconds(row(page, last).locator("[data-until]").inner_text()) > left + 14 * 60
    expect(page.locator("[data-part=waiting] .c-note")).to_have_count(0)
    found = staff_findings(page, "console at work")
    page.goto(room(hall).replace("?", f"seats/{first.slip.seat}?"))
    found += staff_findings(page, "seat where much has happened")
    follow(page.locator("button[value=outage]"))
    follow(page.locator("main form .c-button").last)
    expect(page.locator("[role=alert]")).to_be_visible()
    found += staff_findings(page, "act with errors")
    assert not found, "\n".join(found)


def test_without_server_sent_events_the_page_asks_by_itself(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    candidate = Candidate(open_page()[0], hall, bank)
    page, _watch = console("proctor", WITHOUT_EVENTS)
    expect(row(page, candidate)).to_have_attribute("data-state", "present")
    candidate.enter()
    expect(row(page, candidate)).to_have_attribute("data-state", "entered")


def test_a_page_that_is_cut_off_itself_says_so(console):
    page, watch = console("proctor")
    watch.excuse("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    page.clock.install()
    page.context.set_offline(True)
    page.clock.fast_forward(SILENT_AFTER)
    expect(page.locator("[data-silent]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-silent]")).not_to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("script", ["", WITHOUT_EVENTS])
def test_a_page_whose_questions_are_swallowed_says_so_and_asks_anew(console, script: str):
    page, watch = console("proctor", script)
    watch.excuse("ERR_ABORTED .*/room/live")
    page.clock.install()
    line = {"is_open": False}
    page.route(LIVE, lambda route: route.continue_() if line["is_open"] else None)
    with page.expect_request(LIVE):
        page.clock.fast_forward(AGAIN)
    page.clock.fast_forward(SILENT_AFTER)
    expect(page.locator("[data-silent]")).to_be_visible()
    line["is_open"] = True
    with page.expect_response(LIVE):
        page.clock.fast_forward(ASKED_ANEW_AFTER)
        page.clock.fast_forward(AGAIN)
    expect(page.locator("[data-silent]")).to_be_hidden()


def test_whoever_is_signed_out_is_told_so_and_comes_back_to_a_page_that_is_live(console):
    page, watch = console("proctor")
    watch.excuse("text/html", "ERR_ABORTED")
    kept = page.context.cookies()
    page.context.clear_cookies()
    told = page.locator("[data-signed-out]")
    expect(told).to_be_visible()
    expect(page.locator("[data-silent]")).to_be_hidden()
    back = told.locator("a").get_attribute("href")
    assert back.startswith("/staff/sign-in?next=") and back.endswith("/room/")
    page.evaluate("window.old = true")
    page.context.add_cookies(kept)
    page.wait_for_function("() => !window.old")
    expect(told).to_be_hidden()


def test_the_plan_is_the_room_and_the_heads_of_the_table_stay_in_sight(console):
    page, _watch = console("proctor")
    rows = page.evaluate("""() => Object.values([...document.querySelectorAll(".c-hall > li")].reduce(
      (rows, one) => ({ ...rows, [one.offsetTop]: (rows[one.offsetTop] ?? 0) + 1 }), {}))""")
    assert rows[0] == SEATS_PER_ROW and set(rows[:-1]) == {SEATS_PER_ROW}
    for width in (1280, 1024):
        page.set_viewport_size({"width": width, "height": 768})
        page.locator("[data-rows] tr").last.scroll_into_view_if_needed()
        hidden = page.evaluate("""() => [...document.querySelectorAll(".c-table--hall thead th")].filter((head) => {
          const { left, right, top, bottom } = head.getBoundingClientRect();
          const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
          return right > innerWidth || !head.contains(there);
        }).map((head) => head.textContent)""")
        assert hidden == [], width


@pytest.fixture
def watched(open_page: OpenPage, console, hall: Hall, bank: dict[str, str]) -> tuple[Page, Candidate, Candidate]:
    """The console, whose clock the test moves, and two who have entered."""
    one, other = (Candidate(open_page(java_script_enabled=False)[0], hall, bank) for _ in range(2))
    one.enter()
    other.enter()
    page, watch = console("proctor", WITHOUT_EVENTS)
    watch.excuse("ERR_ABORTED .*/room/live")
    page.clock.install()
    return page, one, other


def test_whoever_stands_on_a_seat_of_an_alert_keeps_it_when_another_seat_is_lost(
    watched: tuple[Page, Candidate, Candidate], hall: Hall
):
    page, one, other = watched
    link = page.locator(f"[data-part=alerts] a[href$='/seats/{other.slip.seat}']")
    loses(page, hall, other)
    link.focus()
    loses(page, hall, one)
    expect(link).to_be_focused()
    comes_back(page, hall, other)
    comes_back(page, hall, one)
    assert page.evaluate("document.activeElement !== document.body")


def test_a_screen_reader_hears_of_the_seat_that_is_lost_and_not_of_all_of_them_again(
    watched: tuple[Page, Candidate, Candidate], hall: Hall
):
    page, one, other = watched
    spoken, lost = page.get_by_role("log").locator("p"), "The connection to these seats is lost"
    loses(page, hall, one)
    # What to do about it is said with the first; in a hall of many tests some other seat may have been that.
    expect(spoken).to_have_text([re.compile(rf"^{lost}(: {one.slip.seat}|\. .*: {one.slip.seat}\. .*outage\.)$")])
    loses(page, hall, other)
    expect(spoken).to_have_count(2)
    expect(spoken.last).to_have_text(f"{lost}: {other.slip.seat}")
    assert page.locator("[data-part=alerts]").evaluate("(it) => it.closest('[role], [aria-live]')") is None
    comes_back(page, hall, other)
    comes_back(page, hall, one)
    expect(spoken).to_have_count(2)


def test_whoever_may_not_run_the_sitting_any_more_is_told_so(console):
    page, watch = console("proctor", WITHOUT_EVENTS)
    watch.excuse("404", "ERR_ABORTED .*/room/live")
    page.clock.install()
    page.route(LIVE, lambda route: route.fulfill(status=404, body=""))
    page.clock.fast_forward(AGAIN)
    expect(page.locator("[data-barred]")).to_be_visible()
    page.clock.fast_forward(SILENT_AFTER)
    expect(page.locator("[data-silent]")).to_be_hidden()


def test_the_page_of_a_seat_follows_what_happens_there_and_leaves_its_form_alone(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    candidate = Candidate(open_page()[0], hall, bank)
    page, watch = console("proctor")
    page.goto(room(hall).replace("?", f"seats/{candidate.slip.seat}?"))
    candidate.enter()
    candidate.start()
    facts = page.locator("[data-live=facts]")
    expect(facts).to_contain_text("0 / 8", timeout=PATIENCE)
    expect(page.locator("[data-live=asks] button[value=pause]")).to_be_visible()
    page.reload()
    page.locator("#reason").fill("Чычкан")
    candidate.choose(0)
    candidate.sees_saved()
    expect(facts).to_contain_text("1 / 8", timeout=PATIENCE)
    expect(page.locator("#reason")).to_have_value("Чычкан")
    page.wait_for_function("(was) => document.querySelector('[data-until]').textContent !== was",
                           arg=page.locator("[data-until]").inner_text())  # fmt: skip
    found = staff_findings(page, "seat at work")
    watch.excuse("ERR_FAILED")
    page.route("**/seats/*?unattended=1", lambda route: route.abort())
    expect(page.locator("[data-old]")).to_be_visible(timeout=2 * PATIENCE)
    assert not found, "\n".join(found)


# The form of an act in a window


def test_an_act_is_asked_for_in_a_window_over_the_console(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    candidate = Candidate(open_page()[0], hall, bank)
    candidate.enter()
    candidate.start()
    page, watch = console("proctor")
    watch.excuse("409")  # a refusal, shown beside its field
    seat, button = candidate.slip.seat, page.locator("#choose button[value=outage]")
    tick, window = page.locator(f"#tick-{seat}"), page.locator("dialog[open]")
    tick.click()
    button.click()
    expect(window.locator("#seats")).to_be_focused()
    assert window.locator("#seats").input_value() == str(seat)
    found = staff_findings(page, "window of an act")
    # the keyboard stays in the window; Escape closes it, and nothing happened
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(button).to_be_focused()
    expect(tick).to_be_checked()
    # what is wrong is said in the window, and nothing typed is lost: by the form, and by the hall's own rules
    button.click()
    window.locator("#reason").fill("Коммутатор")
    window.locator("form .c-button").click()
    expect(window.locator("#began-error")).to_be_visible()
    expect(window.locator("#category-3")).to_be_checked()
    window.locator("#began").fill("0:00:01")
    window.locator("#ended").fill("0:00:02")
    window.locator("form .c-button").click()
    expect(window.locator("#began-error")).to_be_visible()
    expect(window.locator("#began")).to_be_focused()
    expect(window.locator("#reason")).to_have_value("Коммутатор")
    found += staff_findings(page, "window with a refusal")
    window.locator("[data-close]").click()
    expect(window).to_have_count(0)
    # an incident that somebody else records comes by itself, and the act names it
    other, _watch = console("administrator")
    other.goto(f"{hall.address}/staff/sittings/{hall.sitting}/incident?lang=en")
    other.locator("label[for=category-3]").click()
    other.locator("[name=text]").fill(f"Чычкан иштебейт: {seat}")
    follow(other.locator("main form .c-button"))
    listed = page.locator("[data-part=incidents] tr", has_text=f"Чычкан иштебейт: {seat}")
    number = listed.locator("a").inner_text()
    page.locator("#choose button[value=extend]").click()
    window.locator("#minutes").fill("5")
    window.locator("label[for=category-3]").click()
    window.locator("#reason").fill("Чычкан алмашты")
    window.locator("#incident").select_option(number.removeprefix("И-"))
    window.locator("form .c-button").click()
    expect(page.locator(".c-flashes .c-note")).to_be_visible()
    expect(window).to_have_count(0)
    expect(page.locator("#choose button[value=extend]")).to_be_focused()
    expect(tick).not_to_be_checked()
    expect(row(page, candidate)).to_contain_text("Time given: 0:05:00")
    expect(page.locator("[data-part=log] tr", has_text="Чычкан алмашты")).to_contain_text(number)
    assert not found, "\n".join(found)


def test_an_act_without_an_answer_is_not_taken_for_done_or_undone(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    candidate = Candidate(open_page()[0], hall, bank)
    candidate.enter()
    page, watch = console("proctor")
    watch.excuse("ERR_FAILED")
    page.locator(f"#tick-{candidate.slip.seat}").click()
    page.locator("#choose button[value=message]").click()
    page.locator("dialog [name=wording]").fill("Суу ичкиле")
    page.locator("label[for=category-3]").click()
    page.route("**/room/act?*", lambda route: route.abort())
    page.locator("dialog form .c-button").click()
    expect(page.locator("[data-unanswered]")).to_be_visible()
    expect(page.locator("dialog [name=wording]")).to_have_value("Суу ичкиле")


def test_where_no_window_comes_the_console_stays_and_says_so(console):
    page, watch = console("proctor")
    watch.excuse("ERR_FAILED")
    told, ways = page.locator("[data-unopened]"), {"is_open": False}
    page.route("**/room/act?*", lambda route: route.continue_() if ways["is_open"] else route.abort())
    page.locator("#choose button[value=message]").click()
    expect(told).to_be_visible()
    found = staff_findings(page, "console without the window")
    ways["is_open"] = True
    page.locator("#choose button[value=message]").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    expect(told).to_be_hidden()
    assert not found, "\n".join(found)


def test_a_window_that_is_being_sent_stays_until_it_is_known_what_came_of_it(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    candidate = Candidate(open_page()[0], hall, bank)
    candidate.enter()
    page, watch = console("proctor")
    watch.excuse("ERR_ABORTED", "ERR_FAILED")
    page.locator(f"#tick-{candidate.slip.seat}").click()
    page.locator("#choose button[value=message]").click()
    page.locator("dialog [name=wording]").fill("Суу ичкиле")
    page.locator("label[for=category-3]").click()
    page.clock.install()
    page.route("**/room/act?*", lambda route: None)  # swallowed
    page.locator("dialog form .c-button").click()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.clock.fast_forward(ASKED_ANEW_AFTER)
    expect(page.locator("[data-unanswered]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


# Whoever leaves the page leaves it


def says_another_state(page: Page) -> None:
    """From now on the server tells this page that the sitting is in another state."""

    def told(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"status": "closed"})

    page.route(LIVE, told)


def hear_twice(page: Page, *, at_once: bool = True) -> None:
    """What the first of these questions brings has arrived when the second is asked."""
    for _ in range(2):
        with page.expect_request(LIVE):
            if at_once:  # not while another page is on its way: the clock of a page that is being left is not moved
                page.clock.fast_forward(AGAIN)


def test_a_click_on_a_link_wins_over_loading_the_page_anew(console):
    page, watch = console("proctor", WITHOUT_EVENTS)
    watch.excuse("ERR_ABORTED .*/room/live")
    page.clock.install()
    held = hold(page, "**/room/presence")  # the page that one goes to is slow
    hear_twice(page)
    page.locator("a[href$='/room/presence']").click(no_wait_after=True)
    says_another_state(page)
    hear_twice(page, at_once=False)
    held().continue_()
    page.wait_for_url("**/room/presence")


def test_a_page_that_was_not_left_after_all_is_loaded_anew_a_little_later(console):
    page, watch = console("proctor", WITHOUT_EVENTS)
    watch.excuse("ERR_ABORTED .*/room/live", "ERR_ABORTED .*/paper")
    page.clock.install()
    hear_twice(page)
    page.route("**/paper", lambda route: route.fulfill(body="x", headers={"Content-Disposition": "attachment"}))
    with page.expect_download():
        page.evaluate("window.old = true; location.href = '/paper'")
    says_another_state(page)
    hear_twice(page)
    assert page.evaluate("window.old")
    page.clock.fast_forward(10_000)
    page.wait_for_function("!window.old")


def test_a_link_that_is_held_down_is_not_taken_from_under_the_hand(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    candidate = Candidate(open_page(java_script_enabled=False)[0], hall, bank)
    candidate.enter()
    page, watch = console("proctor", WITHOUT_EVENTS)
    watch.excuse("ERR_ABORTED .*/room/live")
    page.clock.install()
    page.locator(f"[data-place='{candidate.slip.seat}'] a").hover()
    page.mouse.down()
    hall.last_heard(candidate.slip, LONG_AGO)
    hear_twice(page)
    page.mouse.up()
    page.wait_for_url(f"**/room/seats/{candidate.slip.seat}")


# The sound


def tones(page: Page) -> int:
    """How many tones the page has begun."""
    found: int = page.evaluate("window.tones ?? 0")
    return found


def loses(page: Page, hall: Hall, candidate: Candidate) -> None:
    """The connection of this candidate is lost, and the page has heard of it."""
    hall.last_heard(candidate.slip, LONG_AGO)
    hears(page, candidate, "data-connection", "lost")


def comes_back(page: Page, hall: Hall, candidate: Candidate) -> None:
    """Nothing is known of this candidate's connection any more, and the page has heard of it."""
    hall.forget_contact(candidate.slip)
    hears(page, candidate, "data-connection", "unknown")


def hears(page: Page, candidate: Candidate, name: str, value: str) -> None:
    """The page asks at once, and the row of this candidate says so."""
    page.clock.fast_forward(AGAIN)
    expect(row(page, candidate)).to_have_attribute(name, value)


def test_the_sound_is_off_until_somebody_asks_for_it_and_tells_each_thing_once(
    open_page: OpenPage, console, hall: Hall, bank: dict[str, str]
):
    one, other, third = (Candidate(open_page(java_script_enabled=False)[0], hall, bank) for _ in range(3))
    for candidate in (one, other, third):
        candidate.enter()
    page, watch = console("proctor", COUNT_TONES + WITHOUT_EVENTS)
    watch.excuse("ERR_ABORTED .*/room/live", "AudioContext was not allowed to start")
    page.clock.install()
    box, silent = page.locator("[data-sound] input"), page.locator("[data-soundless]")
    expect(box).not_to_be_checked()
    loses(page, hall, one)
    assert tones(page) == 0
    # asked for, it sounds once as a sample, then once for each connection that is lost, and for who waits
    box.click()
    page.wait_for_function("window.tones === 1")
    expect(silent).to_be_hidden()
    loses(page, hall, other)
    assert tones(page) == 2
    hear_twice(page)
    assert tones(page) == 2
    comes_back(page, hall, other)
    loses(page, hall, other)
    assert tones(page) == 3
    hall.lock(third.slip)
    hears(page, third, "data-waits", "yes")
    assert tones(page) == 4
    # it is remembered; what is known already is not told again
    page.reload()
    expect(box).to_be_checked()
    page.locator("#list").click()
    expect(silent).to_be_hidden()
    hear_twice(page)
    assert tones(page) == 0
    loses(page, hall, third)
    assert tones(page) == 1
    # switched off it is still, and stays so
    box.click()
    comes_back(page, hall, third)
    loses(page, hall, third)
    assert tones(page) == 1
    page.reload()
    expect(box).not_to_be_checked()


def test_a_page_that_the_browser_keeps_silent_says_so(open_page: OpenPage, console, hall: Hall, bank: dict[str, str]):
    one, other = (Candidate(open_page(java_script_enabled=False)[0], hall, bank) for _ in range(2))
    one.enter()
    other.enter()
    console("proctor")  # has signed in by now: nothing is pressed before the next page is opened
    page, watch = console("proctor", COUNT_TONES + "localStorage.setItem('hall-sound', '1');" + WITHOUT_EVENTS)
    watch.excuse("AudioContext was not allowed to start", "ERR_ABORTED .*/room/live")
    page.clock.install()
    box, silent = page.locator("[data-sound] input"), page.locator("[data-soundless]")
    expect(box).to_be_checked()
    expect(silent).to_be_visible()
    loses(page, hall, one)
    assert tones(page) == 0
    page.keyboard.press("Shift")
    page.locator("#list").click()
    expect(silent).to_be_hidden()
    assert tones(page) == 0  # what was lost before stands on the page
    loses(page, hall, other)
    assert tones(page) == 1
