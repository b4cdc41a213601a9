"""Whoever prepares a sitting is reminded of its technical commission (¶34)."""

from __future__ import annotations

from accounts.rules import Role
from tests.appeal_scene import AppealScene
from tests.web.reading import BASE, page_of
from tests.web.signing_in import sign_in

STEP = "Technical commission approved"


def step_of(html: str) -> str:
    """The list item of the step, its class first."""
    return next(item.split("</li>")[0] for item in html.split("<li") if STEP in item.split("</li>")[0])


def test_34_a_sitting_without_an_approved_commission_is_not_ready(client, make, clock):
    sitting_id = make.sitting(open=False, present=False).id
    client.set_cookie("language", "en")
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    step = step_of(page_of(client.get(f"{BASE}/{sitting_id}/")))
    assert "is-done" not in step and "People: 0" in step


def test_34_its_people_are_counted_once_it_is_approved(client, make, clock):
    scene = AppealScene(make, clock)
    client.set_cookie("language", "en")
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    step = step_of(page_of(client.get(f"{BASE}/{scene.sitting_id}/")))
    assert "is-done" in step and "People: 0" not in step
