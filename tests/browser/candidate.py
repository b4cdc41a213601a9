"""A candidate at a workstation, with script or without; knows the pages by their structure, never by their words."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.hall import Hall, Slip
from tests.browser.watching import follow

CLOCK_TIME = re.compile(r"\b\d\d:\d\d:\d\d\b")


class Candidate:
    """Somebody with a slip before a browser."""

    def __init__(self, page: Page, hall: Hall, bank: dict[str, str], slip: Slip | None = None) -> None:
        self.page, self.hall, self.bank, self.slip = page, hall, bank, slip or hall.slip()

    # --- places

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.hall.address + path)

    def is_at(self, path: str) -> None:
        """The browser has come to this page."""
        self.page.wait_for_url(self.hall.address + path)

    # --- before the test

    def enter(self, *, resume: str = "") -> None:
        """Type the code of the slip, and the proctor's token where there is one."""
        self.go("/exam/")
        self.page.locator("#code").fill(self.slip.code)
        if resume:
            self.page.locator("main details summary").click()
            self.page.locator("#resume").fill(resume)
        follow(self.page.locator("main form button"))

    def start(self, language: str = "ky") -> None:
        """Choose the language, agree with the rules, start."""
        self.is_at("/exam/rules")
        self.page.locator(f"label[for=lang-{language}]").click()
        self.page.locator("label[for=agree]").click()
        self.page.locator("main form .c-button").click()
        self.is_at("/exam/questions/1")

    # --- one question

    @property
    def status(self) -> Locator:
        """Where the page says whether the answer is saved."""
        return self.page.locator("[data-status]")

    @property
    def chosen(self) -> Locator:
        """The option that is ticked."""
        return self.page.locator("[name=response]:checked")

    def palette(self, position: int) -> Locator:
        """A question in the palette."""
        return self.page.locator(f"[data-palette] [data-position='{position}']")

    def stem(self) -> str:
        """The question."""
        return self.page.locator(".c-question__stem").inner_text()

    def options(self) -> list[str]:
        """Texts of the options in the order shown."""
        return self.page.locator(".c-choice__label > span:last-child").all_inner_texts()

    def option(self, *, right: bool) -> int:
        """Place of the right option on this page, or of a wrong one."""
        texts, answer = self.options(), self.bank[self.stem()]
        return next(place for place, text in enumerate(texts) if (text == answer) == right)

    def choose(self, place: int) -> None:
        """Press an option, counted from 0."""
        self.page.locator(".c-choice__label").nth(place).click()

    def sees_saved(self) -> None:
        """The page says 'saved' with the server's time."""
        expect(self.status).to_have_class("c-saved")
        expect(self.status).to_have_text(CLOCK_TIME)

    def press(self, what: str) -> None:
        """Press ``next``, ``previous`` or ``flag``."""
        self.page.locator(f"[data-{what}]").click()

    def answer_all(self, *, right: int, script: bool = True) -> None:
        """Answer every question from the first on, ``right`` of them rightly, and come to the review."""
        for position in range(1, self.count() + 1):
            self.is_at(f"/exam/questions/{position}")
            self.choose(self.option(right=position <= right))
            if script:
                self.sees_saved()
            self.press("next")
        self.is_at("/exam/review")

    def count(self) -> int:
        """How many questions there are."""
        return self.page.locator("[data-palette] [data-position]").count()

    # --- the end

    def result(self) -> tuple[int, int, int]:
        """Score, maximum and cut score of the result page."""
        label = self.page.locator("main svg[role=img]").first.get_attribute("aria-label") or ""
        score, cut, maximum = (int(n) for n in re.findall(r"\d+", label))
        assert self.page.locator(".c-score__value").inner_text() == str(score)
        return score, maximum, cut

    def digest(self) -> str:
        """The fingerprint of the form on this page, without its spaces."""
        return re.sub(r"\s", "", self.page.locator(".c-digest").inner_text()).lower()
