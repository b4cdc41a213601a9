"""What a screen reader comes to, and in which order: the accessibility tree of the pages of a test day."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.candidate import Candidate

pytestmark = pytest.mark.browser


def in_order(page: Page, *wanted: str) -> None:
    """These lines stand in the accessibility tree, one after the other."""
    lines = [line.strip("-' ").rstrip(":") for line in page.locator("body").aria_snapshot().splitlines()]
    rest = iter(lines)
    for pattern in wanted:
        assert any(re.match(pattern, line) for line in rest), f"{pattern} is not where it should be in\n" + "\n".join(
            lines
        )


def test_a_question_is_read_from_who_and_how_long_to_the_answer_and_onwards(candidate: Candidate):
    candidate.enter()
    candidate.is_at("/exam/rules")
    candidate.go("/exam/rules?lang=ky")  # whoever has this slip may have asked for Russian
    in_order(
        candidate.page, 'link "Негизги мазмунга', "banner", "main", 'heading ".*" \\[level=1\\]', "list",
        'radio "Кыргызча"', 'checkbox ".+"', 'button "Тестти баштоо"', 'heading ".*" \\[level=2\\]',
    )  # fmt: skip
    candidate.go("/exam/rules")
    candidate.start()
    in_order(
        candidate.page, 'link "Негизги мазмунга', "banner", "timer", "main", 'heading "Суроо: 1', 'group ".+"',
        'radio ".+"', 'radio ".+"', "status", 'button "Жоопту алып салуу"', 'button "Белги', 'button "Кийинки суроо"',
        "navigation", 'progressbar ".+"', 'link "1', 'link "Жоопторду карап чыгуу"',
    )  # fmt: skip
    timer = candidate.page.get_by_role("timer")
    assert timer.get_attribute("aria-live") == "off"  # spoken at ten, five and one minutes only
    for place in range(candidate.page.locator("[role=status]").count()):
        assert not candidate.page.locator("[role=status]").nth(place).locator(".c-clock").count()


def test_the_door_the_end_and_the_result_are_read_in_the_order_of_what_one_does(candidate: Candidate):
    candidate.go("/exam/")
    in_order(
        candidate.page, 'link "Негизги мазмунга', "banner", 'navigation "Тил .*"', "main",
        'heading "Тестке кирүү" \\[level=1\\]', "textbox", 'button "Улантуу"', "complementary",
        'heading "Кирерден мурун"', 'link "Бул компьютерди текшерүү', "contentinfo",
    )  # fmt: skip
    candidate.enter()
    candidate.start()
    candidate.go("/exam/finish")
    in_order(
        candidate.page, 'link "Негизги мазмунга', "banner", "timer", "main",
        'heading "Тестти аяктайсызбы\\?" \\[level=1\\]', "paragraph", 'link "Жок', 'button "Ооба',
    )  # fmt: skip
    candidate.page.get_by_role("button", name="Ооба").click()
    candidate.is_at("/exam/result")
    in_order(
        candidate.page, 'link "Негизги мазмунга', "banner", "main", 'heading ".+" \\[level=1\\]', "img",
        'link ".*PDF', "timer",
    )  # fmt: skip
