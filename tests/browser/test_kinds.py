"""Every kind of question in a real browser: by mouse, by keyboard alone, without script, and as axe sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from accounts.rules import Role
from core.clock import ManualClock
from question_bank.kinds.base import text_column
from question_bank.rules import ItemKind
from testing_center.models.sittings import Sitting
from tests.browser.candidate import Candidate
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall, Slip
from tests.browser.test_keyboard import FOCUS, tab_to
from tests.browser.watching import findings, follow, staff_findings
from tests.factories import Make
from tests.kinds_scene import DRAFTS, ITEMS, MAXIMUM, MixedBank, name_of
from tests.web.signing_in import sign_in

pytestmark = pytest.mark.browser

Come = Callable[..., Candidate]


@pytest.fixture(scope="module")
def slips(hall: Hall) -> Iterator[Slip]:
    """Slips of a sitting whose form has every kind of question, drawn from a bank of 300 mixed ones."""
    with hall.app.app_context():
        make = MixedBank(hall.app, ManualClock(datetime.now(UTC)))
        sitting: Sitting = make.sitting(people=6)
        codes = make.codes(sitting)
    return iter([Slip("Үсөнбаева Өкүмкан Ыңтымаковна", code, seat) for seat, code in enumerate(codes, 1)])


@pytest.fixture
def come(open_page: OpenPage, hall: Hall, slips: Iterator[Slip]) -> Come:
    """Somebody at the first question of that form, in a browser of their own."""

    def one(**options: object) -> Candidate:
        candidate = Candidate(open_page(**options)[0], hall, {}, next(slips))
        candidate.enter()
        candidate.start()
        return candidate

    return one


@pytest.fixture
def author(open_page: OpenPage, hall: Hall, slips: Iterator[Slip]) -> Page:
    """The browser of an item author who has signed in."""
    with hall.app.app_context():
        client = hall.app.test_client()
        sign_in(client, Make(hall.app, ManualClock(datetime.now(UTC))).user(Role.ITEM_AUTHOR, name=f"a{uuid4().hex}"))
        cookie = client.get_cookie("session")
    assert cookie is not None
    page = open_page()[0]
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": hall.address}])
    return page


def each(candidate: Candidate) -> Iterator[str]:
    """Name of each question, its page open."""
    for position in range(1, ITEMS + 1):
        candidate.go(f"/exam/questions/{position}")
        yield name_of(candidate.stem())


def lines(page: Page) -> list[str]:
    """Lines of an ordering question from top to bottom."""
    return page.locator(".c-order__text").all_inner_texts()


def right_order() -> list[str]:
    """As they should stand."""
    return [line.ky for line in DRAFTS["order"].options]


def right_options(name: str) -> list[str]:
    """Words of the right options."""
    draft = DRAFTS[name]
    return [draft.options[index].ky for index in draft.key if isinstance(index, int)]


def right_matches(name: str) -> dict[str, str]:
    """Words of each line and of its match."""
    draft = DRAFTS[name]
    return {draft.options[left].ky: draft.targets[right].ky for left, right in draft.key}  # type: ignore[misc]


def ends_with_everything(candidate: Candidate) -> None:
    """The result is the highest there is."""
    candidate.go("/exam/finish")
    candidate.page.locator("main form button").click()
    candidate.is_at("/exam/result")
    assert candidate.result()[:2] == (MAXIMUM, MAXIMUM)


def test_every_kind_is_answered_with_the_mouse_and_saved_at_once(come: Come):
    candidate = come()
    page = candidate.page
    for name in each(candidate):
        match DRAFTS[name].kind:
            case "ordering":
                for place, wanted in enumerate(right_order()):
                    while (now := lines(page).index(wanted)) > place:
                        page.locator("[data-move='-1']").nth(now).click()
                if page.locator("[data-keep]").is_visible():
                    page.locator("[data-keep]").click()
            case "matching":
                for line, match in right_matches(name).items():
                    page.get_by_label(line, exact=True).select_option(label=match)
            case "numeric":
                page.locator("#o1").fill("12,5")
                page.locator("h1").click()
            case _:
                for wanted in right_options(name):
                    candidate.choose(candidate.options().index(wanted))
        candidate.sees_saved()
        expect(page.locator("[data-answered]")).to_have_text(str(page.locator("[data-palette] .is-done").count()))
        page.reload()
        if name == "order":
            assert lines(page) == right_order()
    expect(page.locator("[data-palette] .is-done")).to_have_count(ITEMS)
    ends_with_everything(candidate)


def test_every_kind_is_answered_by_keyboard_alone(come: Come):
    candidate = come()
    page = candidate.page
    for name in each(candidate):
        match DRAFTS[name].kind:
            case "ordering":
                by_keyboard_in_order(page)
            case "matching":
                for line, match in right_matches(name).items():
                    field = page.get_by_label(line, exact=True)
                    page.locator("h1").focus()
                    tab_to(page, f"select#{field.get_attribute('id')}")
                    for _ in range(field.locator("option").all_inner_texts().index(match)):
                        page.keyboard.press("ArrowDown")
                    candidate.sees_saved()
            case "numeric":
                tab_to(page, "#o1")
                page.keyboard.type("12,5")
                page.keyboard.press("Tab")
            case "multiple_response":
                for wanted in sorted(candidate.options().index(one) for one in right_options(name)):
                    tab_to(page, f"#o{wanted + 1}")
                    page.keyboard.press("Space")
            case _:
                tab_to(page, "[name=response]")
                page.keyboard.press("Space")
                for _ in range(candidate.options().index(right_options(name)[0])):
                    page.keyboard.press("ArrowDown")
        candidate.sees_saved()
    ends_with_everything(candidate)


def by_keyboard_in_order(page: Page) -> None:
    """Lift each line to its place; the focus stays on the button of the line that moves."""
    page.locator("h1").focus()
    for place, wanted in enumerate(right_order()):
        while (now := lines(page).index(wanted)) > place:
            line = page.locator(".c-order__line").nth(now).get_attribute("data-line")
            here = f"[data-line='{line}'] [data-move='-1']"
            if not page.evaluate("s => document.activeElement.matches(s)", here):
                page.locator("h1").focus()
                tab_to(page, here)
            page.keyboard.press("Space")
            assert page.evaluate(FOCUS) == ""
            assert lines(page).index(wanted) == now - 1
    if page.locator("[data-keep]").is_visible():
        page.locator("h1").focus()
        tab_to(page, "[data-keep]")
        page.keyboard.press("Enter")


def test_every_kind_is_answered_without_script(come: Come):
    candidate = come(java_script_enabled=False)
    page = candidate.page
    for name in each(candidate):
        match DRAFTS[name].kind:
            case "ordering":
                for place, wanted in enumerate(right_order()):
                    while (now := lines(page).index(wanted)) > place:
                        page.locator("[data-move='-1']").nth(now).click()
                        expect(page.locator(".c-order__text").nth(now - 1)).to_have_text(wanted)
                if page.locator("[data-keep]").is_visible():
                    page.locator("[data-keep]").click()
            case "matching":
                for line, match in right_matches(name).items():
                    page.get_by_label(line, exact=True).select_option(label=match)
            case "numeric":
                page.locator("#o1").fill("он эки")
                page.keyboard.press("Enter")
                expect(page.locator("#misread")).to_be_visible()
                expect(page.locator("#o1")).to_have_value("он эки")
                page.locator("#o1").fill("12,5")
            case _:
                for wanted in right_options(name):
                    candidate.choose(candidate.options().index(wanted))
        page.locator("[data-next]").click()
    expect(page.locator(".is-done").first).to_be_visible()
    ends_with_everything(candidate)


def test_an_answer_is_taken_back_and_a_word_for_a_number_is_not_sent(come: Come):
    candidate = come()
    page = candidate.page
    for name in each(candidate):
        if name == "order":
            page.locator("[data-keep]").click()
            candidate.sees_saved()
            page.locator("[name=clear]").click()
            expect(page.locator("[data-keep]")).to_be_visible()
        elif name == "match":
            page.locator("[name=response]").first.select_option(index=1)
            candidate.sees_saved()
            page.locator("[name=clear]").click()
            expect(page.locator("[name=response]").first).to_have_value("")
        elif name == "number":
            page.locator("#o1").fill("көп")
            page.keyboard.press("Tab")
            expect(page.locator("#misread")).to_be_visible()
            expect(page.locator("#o1")).to_have_attribute("aria-invalid", "true")
            page.locator("#o1").fill("1 012,50")
            page.keyboard.press("Tab")
            candidate.sees_saved()
            expect(page.locator("#misread")).to_be_hidden()
            page.reload()
            expect(page.locator("#o1")).to_have_value("1012,5")
        else:
            continue
        is_done = "is-done" if name == "number" else r"^(?!.*is-done)"
        expect(candidate.palette(int(page.url.rsplit("/", 1)[1]))).to_have_class(re.compile(is_done))
    said = [response for _revision, response in candidate.hall.saved_responses(candidate.slip)]
    assert ["көп"] not in said and ["1012.5"] in said and said.count([]) == 2


def test_axe_finds_nothing_on_any_kind_and_nothing_is_cut_off(come: Come):
    candidate, found = come(), []
    for name in each(candidate):
        if name == "number":
            candidate.page.locator("#o1").fill("көп")
            candidate.page.keyboard.press("Tab")
        found += findings(candidate.page, name)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("kind", list(ItemKind))
def test_an_author_writes_a_question_of_each_kind_and_axe_finds_nothing(author: Page, hall: Hall, kind: ItemKind):
    page, found, name = author, [], f"TYPED-{uuid4().hex[:8]}"
    draft = next(one for one in DRAFTS.values() if one.kind == kind)
    page.goto(f"{hall.address}/staff/bank/new")
    page.locator("#stem_ky").fill(draft.stem_ky)
    follow(page.locator(f"[name=become][value={kind}]"))
    expect(page.locator("[name=become][aria-current]")).to_have_attribute("value", str(kind))
    expect(page.locator("#stem_ky")).to_have_value(draft.stem_ky)  # what was typed before is still there
    found += staff_findings(page, f"editor of {kind}")
    follow(page.locator("[value=save] >> visible=true"))
    expect(page.locator(".c-summary")).to_be_visible()
    found += staff_findings(page, f"editor of {kind}, refused")
    page.locator("#external_id").fill(name)
    page.locator("#stem_ru").fill(draft.stem_ru)
    page.locator("#sub_topic").select_option(value="kinds/documents")
    for side, texts in (("option", draft.options if kind != "true_false" else ()), ("target", draft.targets)):
        for index, text in enumerate(texts):
            page.locator(f"#{text_column(side, index, 'ky')}").fill(text.ky)
            page.locator(f"#{text_column(side, index, 'ru')}").fill(text.ru)
    if kind == "numeric":
        page.locator("#number").fill("12,5")
        page.locator("#tolerance").fill("0,5")
    elif kind not in ("ordering", "matching"):
        for index in draft.key:
            page.locator(f"#correct-{index}").check()
    follow(page.locator("[value=save] >> visible=true"))
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator(".is-key").first).to_be_visible()
    found += staff_findings(page, f"page of {kind}")
    follow(page.locator("a[href*=preview]"))
    found += staff_findings(page, f"preview of {kind}")
    assert not found, "\n".join(found)
