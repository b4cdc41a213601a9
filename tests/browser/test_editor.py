"""The editor of questions by mouse and keyboard: tools, autosave, live preview, two windows; axe finds nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from accounts.rules import Role
from core.clock import ManualClock
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.watching import follow, staff_findings
from tests.factories import Make
from tests.rich_scene import SVG
from tests.web.signing_in import sign_in

pytestmark = pytest.mark.browser
SAVED = re.compile(r"\d\d:\d\d")


def begin(page: Page, hall: Hall, *, as_html: bool = False) -> None:
    """A new rich question of an item author who has signed in, its texts as they look or as HTML."""
    with hall.app.app_context():
        client = hall.app.test_client()
        sign_in(client, Make(hall.app, ManualClock(datetime.now(UTC))).user(Role.ITEM_AUTHOR, name=f"a{uuid4().hex}"))
        cookie = client.get_cookie("session")
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": hall.address}])
    page.goto(f"{hall.address}/staff/bank/new?lang=en")
    follow(page.locator("[name=become_format][value=rich]"))
    expect(page.locator("[data-tools]")).to_be_visible()
    if as_html:
        page.locator("[data-source]").click()


def test_a_question_is_written_with_tools_kept_by_itself_and_seen_as_the_candidate_sees_it(
    open_page: OpenPage, hall: Hall
):
    page, watch = open_page(viewport={"width": 1280, "height": 900})
    begin(page, hall, as_html=True)
    stem, shown = page.locator("#stem_ky"), page.locator("[data-preview-here] [data-shown]").first
    stem.fill("Аянты канча: 5 m2?")
    stem.press("Home")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+b")
    expect(stem).to_have_value("<b>Аянты</b> канча: 5 m2?")
    stem.evaluate("field => field.setSelectionRange(22, 23)")
    stem.evaluate("field => field.setSelectionRange(field.value.indexOf('2?'), field.value.indexOf('2?') + 1)")
    page.locator("[data-wrap=sup]").click()
    expect(stem).to_have_value("<b>Аянты</b> канча: 5 m<sup>2</sup>?")
    expect(shown.locator("b")).to_have_text("Аянты")
    expect(shown.locator("sup")).to_have_text("2")
    page.locator("#option_a_ky").focus()
    page.locator("[data-kind=formula]").press("Enter")
    expect(shown.locator("math mfrac")).to_be_visible()
    expect(page.locator("[data-state]")).to_have_text(SAVED)

    page.locator("#theme").select_option("dark")
    expect(shown).to_have_attribute("data-theme", "dark")

    for language in ("ru", "en"):  # nothing is lost where the page is asked for in another language
        follow(page.locator(f"header a[hreflang={language}]"))
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(stem).to_have_value("<b>Аянты</b> канча: 5 m<sup>2</sup>?")
    page.reload()  # what was typed is found again under its address
    expect(stem).to_have_value("<b>Аянты</b> канча: 5 m<sup>2</sup>?")
    page.locator("[data-source]").click()
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[data-source]").click()
    stem.press_sequentially(" ")
    expect(page.locator("[data-state]")).to_have_text(SAVED)
    watch.excuse("409")
    other.locator("#stem_ky").press_sequentially("?")
    expect(other.locator("[data-state]")).to_contain_text("another window")
    other.close()

    page.locator("#picture").set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": SVG})
    page.locator("#alternative_ky").fill("Көк үч бурчтук")
    follow(page.locator("[name=do][value=picture]"))
    expect(page.locator("#alternative_ru-error")).to_be_visible()
    page.locator("#picture").set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": SVG})
    page.locator("#alternative_ru").fill("Синий треугольник")
    follow(page.locator("[name=do][value=picture]"))
    picture = page.locator("[data-preview-here] img").first
    expect(picture).to_have_attribute("alt", "Көк үч бурчтук")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    assert not (found := staff_findings(page, "editor")), "\n".join(found)


def test_the_tools_are_reached_and_used_by_keyboard_alone(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    begin(page, hall)
    page.locator("[name=become_format][value=rich]").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.wrap") == "i":
            break
    page.keyboard.press("Enter")
    page.keyboard.type("курсив")
    expect(page.locator("#stem_ky")).to_have_value("<i>курсив</i>")
    expect(page.locator("[data-preview-here] i")).to_have_text("курсив")


#: Numbers everything that can be reached outside of the preview, as it is read; says which of them are one radio group.
REACHED = """() => [...document.querySelectorAll(
    'main :is(a[href], button, input, select, textarea, summary, [role=textbox])')]
    .filter((one) => one.checkVisibility() && !one.disabled && one.type !== 'hidden')
    .filter((one) => !one.closest('[data-preview-here]'))
    .map((one, n) => { one.dataset.n = n; return one.type === 'radio' ? one.name : '' })"""
HERE = """() => { const one = document.activeElement; return one.closest('main') ? one.dataset.n ?? '-' : '' }"""


def test_the_whole_editor_is_walked_by_keyboard_in_the_order_in_which_it_is_read(open_page: OpenPage, hall: Hall):
    page, _watch = open_page(viewport={"width": 1280, "height": 900})
    begin(page, hall)
    groups, met = page.evaluate(REACHED), list[str]()
    page.locator("main a").first.focus()
    while here := page.evaluate(HERE):
        met.append(here)
        box = page.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
        assert 0 <= box["y"] < 900, here  # never out of sight
        page.keyboard.press("Tab")
    once = [n for n, group in enumerate(groups) if not group or group not in groups[:n]]  # arrows go on in a group
    assert [int(one) for one in met if one != "-"] == once and len(once) > 30


def test_a_picture_too_large_or_not_added_yet_is_kept_back_and_ones_own_twins_are_named_while_typing(
    open_page: OpenPage, hall: Hall
):
    page, _watch = open_page()
    begin(page, hall, as_html=True)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.is_navigation_request() else None)
    page.locator("#stem_ky").fill("Жазылган текст")
    too_large = {"name": "a.png", "mimeType": "image/png", "buffer": bytes(1024 * 1024 + 1)}
    page.locator("#picture").set_input_files(too_large)
    expect(page.locator("#picture-error")).to_contain_text("1024")
    for button in ("[value=picture]", "[value=submit]"):
        page.locator(f"[name=do]{button}").click()
        expect(page.locator("#picture")).to_be_focused()
        expect(page.locator("#picture")).to_have_attribute("aria-invalid", "true")
    page.locator("#picture").set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": SVG})
    expect(page.locator("#picture-error")).to_have_count(0)
    page.locator("[name=do][value=save] >> visible=true").click()
    expect(page.locator("#picture-error")).to_contain_text("not in the text yet")
    assert not sent, sent
    page.locator("#picture").set_input_files([])
    expect(page.locator("#stem_ky")).to_have_value("Жазылган текст")

    name, words = f"TWIN-{uuid4().hex[:6]}", "Мектептин уставын кайсы орган качан бекитет?"
    page.locator("#external_id").fill(name)
    page.locator("#stem_ky").fill(words)
    page.locator("#option_a_ky").fill("Биринчи жооп")
    page.locator("#option_b_ky").fill("Экинчи жооп")
    page.locator("#correct-0").check()
    follow(page.locator("[name=do][value=save] >> visible=true"))
    page.goto(f"{hall.address}/staff/bank/new?lang=en")
    expect(page.locator("[data-alike]")).to_be_hidden()
    page.locator("#stem_ky").fill(f"{words} Айтыңыз.")
    page.locator("#option_a_ky").fill("Биринчи жооп")
    page.locator("#option_b_ky").fill("Экинчи жооп")
    expect(page.locator("[role=status] [data-alike] a")).to_have_text(name)
    page.locator("#stem_ky").fill("Такыр башка.")
    page.locator("#option_a_ky").fill("")
    page.locator("#option_b_ky").fill("")
    expect(page.locator("[data-alike]")).to_be_hidden()
