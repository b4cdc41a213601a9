"""Rich questions in a real browser: picture, table and formula before candidates, strangers and a commission."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.clock import ManualClock
from core.db import db
from question_bank.exchange.drafts import ItemDraft
from tests.appeal_scene import AppealScene
from tests.browser.candidate import Candidate
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall, Slip
from tests.browser.test_keyboard import tab_to
from tests.browser.watching import findings, follow, staff_findings
from tests.candidates import Candidate as Answering
from tests.factories import Make
from tests.rich_scene import RED, TRIANGLE, rich
from tests.web.signing_in import sign_in

pytestmark = pytest.mark.browser


def drafts(area: str) -> tuple[ItemDraft, ...]:
    """A choice, an ordering and a matching question, all rich, alone in a subject area."""
    targets = {"targets": rich().options}
    return (
        rich(f"{area}-1", subject_area=area), rich(f"{area}-2", subject_area=area, kind="ordering", key=(0, 1, 2)),
        rich(f"{area}-3", subject_area=area, kind="matching", key=((0, 0), (1, 1), (2, 2)), **targets),
    )  # fmt: skip


QUESTIONS = 3
POINTS = 4
#: Words of the parts of each question: what is right of a choice, lines in order, each line its own match.
WORDS = {"ky": ("H2O", "α", "Кызыл чарчы"), "ru": ("H2O", "α", "Красный квадрат")}
SHAPES = {"ky": "Көк үч бурчтук", "ru": "Синий треугольник"}
#: Of every picture before the reader: its words, whether it has come, its width on the screen.
PICTURES = """() => Promise.all([...document.querySelectorAll('main img')].map(
    (image) => image.decode().then(() => [image.alt, image.naturalWidth, image.getBoundingClientRect().width])))"""
#: What stands in a part: its letters, or the words of its picture.
SAID = "parts => parts.map((part) => part.querySelector('img')?.alt ?? part.innerText.trim())"


@dataclass(frozen=True)
class Arranged:
    """Slips of a sitting with rich questions, and the hearing of somebody who has sat them: who chairs it, where."""

    slips: Iterator[Slip]
    chair_session: str
    review: str


@pytest.fixture(scope="module")
def arranged(hall: Hall) -> Arranged:
    """In the bank of the hall; the appeal is heard at this moment."""
    with hall.app.app_context():
        clock = ManualClock(datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20))
        make = Make(hall.app, clock, after=1000)
        scene = AppealScene(make, clock, drafts=drafts("heard"), points=POINTS, cut_score=2, work=_answers_nothing)
        scene.file(places=[1, 2, 3])
        scene.confirm()
        clock.at = datetime.now(UTC)
        scene.open()
        scene.view()
        client = hall.app.test_client()
        sign_in(client, scene.chair)
        cookie = client.get_cookie("session")
        review = f"{hall.address}/staff/appeals/{scene.appeal().id}/review/"
        codes = make.codes(make.sitting(people=6, drafts=drafts("asked"), points=POINTS, cut_score=2))
        db.session.remove()
    assert cookie is not None
    slips = [Slip("Үсөнбаева Өкүмкан Ыңтымаковна", code, seat) for seat, code in enumerate(codes, 1)]
    return Arranged(iter(slips), cookie.value, review)


def _answers_nothing(_candidate: Answering) -> None:
    """Whoever appeals has left every question open."""


Come = Callable[..., Candidate]


@pytest.fixture
def come(open_page: OpenPage, hall: Hall, arranged: Arranged) -> Come:
    """Somebody at the first of the rich questions, in a browser of their own."""

    def one(language: str, **options: Any) -> Candidate:
        candidate = Candidate(open_page(**options)[0], hall, {}, next(arranged.slips))
        candidate.enter()
        candidate.start(language)
        return candidate

    return one


def each(candidate: Candidate) -> Iterator[str]:
    """The kind of each question by what its page asks with, its page open."""
    for position in range(1, QUESTIONS + 1):
        candidate.go(f"/exam/questions/{position}")
        yield next(kind for kind in ("order", "match", "choice") if candidate.page.locator(f".c-{kind}").count())


def is_all_there(page: Page, language: str) -> None:
    """The stem's table, formula and picture and the pictures of the parts are seen, and not only in the source."""
    pictures = page.evaluate(PICTURES)
    assert SHAPES[language] in {words for words, *_rest in pictures}
    assert WORDS[language][2] in {words for words, *_rest in pictures}
    assert all(natural > 0 and shown > 0 for _words, natural, shown in pictures), pictures
    stem = page.locator(".c-question__stem")
    expect(stem.locator("table td").first).to_be_visible()
    expect(stem.locator("mfrac")).to_be_visible()
    above, below = (stem.locator("mfrac > *").nth(n).bounding_box() for n in (0, 1))
    assert above and below and above["y"] + above["height"] <= below["y"]  # a fraction, not letters in a row


def places(page: Page, selector: str, language: str) -> list[int]:
    """Which of ``WORDS`` stand in these parts, in their order on the screen."""
    return [WORDS[language].index(said.replace("\n", "")) for said in page.locator(selector).evaluate_all(SAID)]


def ends_with_everything(candidate: Candidate) -> None:
    """The result is the highest there is."""
    candidate.go("/exam/finish")
    candidate.page.locator("main form button").click()
    candidate.is_at("/exam/result")
    assert candidate.result()[:2] == (POINTS * QUESTIONS, POINTS * QUESTIONS)


def is_matched(page: Page, language: str) -> list[tuple[int, int]]:
    """Of each list to choose from, its place, and how far down the right match stands."""
    targets = places(page, ".c-match__texts > li", language)
    return [(n, 1 + targets.index(one)) for n, one in enumerate(places(page, ".c-match__row dt", language))]


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_a_rich_question_of_each_manner_is_sat_with_the_mouse_and_axe_finds_nothing(come: Come, language: str):
    candidate, found = come(language), []
    page = candidate.page
    for kind in each(candidate):
        is_all_there(page, language)
        if kind == "choice":
            candidate.choose(places(page, ".c-choice__label > span:last-child", language).index(1))
        elif kind == "order":
            for place in range(3):
                while (now := places(page, ".c-order__text", language).index(place)) > place:
                    page.locator("[data-move='-1']").nth(now).click()
            if page.locator("[data-keep]").is_visible():
                page.locator("[data-keep]").click()
        else:
            for n, down in is_matched(page, language):
                page.locator("[name=response]").nth(n).select_option(index=down)
        candidate.sees_saved()
        found += (findings if language == "ky" else staff_findings)(page, f"{kind} in {language}")
    ends_with_everything(candidate)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_a_rich_question_of_each_manner_is_sat_by_keyboard_alone(come: Come, language: str):
    candidate = come(language)
    page = candidate.page
    for kind in each(candidate):
        if kind == "choice":
            tab_to(page, "[name=response]")
            page.keyboard.press("Space")
            for _ in range(places(page, ".c-choice__label > span:last-child", language).index(1)):
                page.keyboard.press("ArrowDown")
        elif kind == "order":
            for place in range(3):
                while (now := places(page, ".c-order__text", language).index(place)) > place:
                    page.locator("h1").focus()
                    line = page.locator(".c-order__line").nth(now).get_attribute("data-line")
                    tab_to(page, f"[data-line='{line}'] [data-move='-1']")
                    page.keyboard.press("Space")
            if page.locator("[data-keep]").is_visible():
                page.locator("h1").focus()
                tab_to(page, "[data-keep]")
                page.keyboard.press("Enter")
        else:
            for n, down in is_matched(page, language):
                page.locator("h1").focus()
                tab_to(page, f"#o{n + 1}")
                for _ in range(down):
                    page.keyboard.press("ArrowDown")
        candidate.sees_saved()
    ends_with_everything(candidate)


def test_without_script_the_pictures_come_and_the_questions_are_answered(come: Come):
    came: dict[str, int] = {}
    candidate = come("ru", java_script_enabled=False)
    page = candidate.page
    page.on("response", lambda answer: came.update({answer.url.rpartition("/media/")[2]: answer.status}))
    for kind in each(candidate):
        if kind == "choice":
            candidate.choose(places(page, ".c-choice__label > span:last-child", "ru").index(1))
            follow(page.locator("[data-next]"))  # wherever the next one is: of the last question it is the review
    page.wait_for_load_state("networkidle")
    assert {came.get(TRIANGLE.name), came.get(RED.name)} == {200}
    expect(page.locator(".is-done").first).to_be_attached()


def test_to_strangers_and_to_candidates_of_other_forms_the_pictures_are_not_there(
    open_page: OpenPage, hall: Hall, bank: dict[str, str], come: Come
):
    address = f"{hall.address}/media/{TRIANGLE.name}"
    stranger = open_page()[0]
    assert stranger.request.get(address).status == 404
    other = Candidate(open_page()[0], hall, bank)
    other.enter()
    other.start()
    assert other.page.request.get(address).status == 404
    inside = come("ky")
    answer = inside.page.request.get(address)
    assert (answer.status, answer.body()) == (200, TRIANGLE.content)


def test_the_commission_sees_the_question_with_its_picture_table_and_formula_beside_the_key(
    open_page: OpenPage, hall: Hall, arranged: Arranged
):
    page, found = open_page(viewport={"width": 1280, "height": 900})[0], []
    page.context.add_cookies([{"name": "session", "value": arranged.chair_session, "url": hall.address}])
    for question in range(1, QUESTIONS + 1):
        page.goto(f"{arranged.review}{question}")
        page.locator("main details summary").first.click()  # the same in the other language
        pictures = page.evaluate(PICTURES)
        assert {SHAPES["ky"], SHAPES["ru"]} <= {words for words, *_rest in pictures}
        assert all(natural > 0 for _words, natural, _shown in pictures), pictures
        expect(page.locator(".c-witness__stem table td").first).to_be_visible()
        expect(page.locator(".c-witness__stem mfrac")).to_be_visible()
        found += staff_findings(page, f"key review of question {question}")
    assert not found, "\n".join(found)
