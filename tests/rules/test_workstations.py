"""A computer is judged before the day: what is measured, how it counts, and what is to be done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from testing_center.rules.workstations import (
    OLDEST,
    PAUSE_BETWEEN,
    TYPED,
    Aspect,
    CheckState,
    browser_of,
    is_too_soon,
    judge,
    read_facts,
    worst,
)

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
CHROME = WINDOWS + " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
AGENTS = {
    "Chrome": CHROME,
    "Edge": CHROME.replace("{}", "{0}") + " Edg/{0}.0.0.0",
    "Firefox": WINDOWS + " Gecko/20100101 Firefox/{}.0",
}
GOOD = {
    "script": "1", "skew": "400", "delay": "12", "kept": "1", "width": "1920", "height": "1080", "typed": TYPED,
}  # fmt: skip


def states(agent: str = AGENTS["Chrome"].format(120), cookies: bool = True, **changes: str) -> dict[Aspect, CheckState]:
    """What is said of each aspect of a good computer with these changes."""
    findings = judge(read_facts(GOOD | changes, agent=agent, has_cookies=cookies))
    return {finding.aspect: finding.state for finding in findings}


def test_a_good_computer_is_fit_and_nothing_is_to_be_done():
    findings = judge(read_facts(GOOD, agent=AGENTS["Chrome"].format(120), has_cookies=True))
    assert worst(findings) == CheckState.OK and not any(finding.advice for finding in findings)
    assert {finding.aspect for finding in findings} == set(Aspect)


@pytest.mark.parametrize("name", AGENTS)
def test_each_supported_browser_is_known_from_its_oldest_version_on(name):
    oldest = OLDEST[name]
    assert browser_of(AGENTS[name].format(oldest)) == (name, oldest)
    assert states(AGENTS[name].format(oldest))[Aspect.BROWSER] == CheckState.OK
    assert states(AGENTS[name].format(oldest - 1))[Aspect.BROWSER] == CheckState.BAD


@pytest.mark.parametrize(
    "agent", ["", "curl/8.5", CHROME.format(120) + " OPR/106.0", CHROME.format(120) + " YaBrowser/24.1"]
)
def test_another_browser_is_to_be_looked_at(agent):
    assert states(agent)[Aspect.BROWSER] == CheckState.WARN


@pytest.mark.parametrize(
    ("aspect", "changes", "state"),
    [
        (Aspect.SCRIPT, {"script": ""}, CheckState.WARN),
        (Aspect.CLOCK, {"skew": "-60000"}, CheckState.OK), (Aspect.CLOCK, {"skew": "-60001"}, CheckState.WARN),
        (Aspect.CLOCK, {"skew": "3600000"}, CheckState.WARN), (Aspect.CLOCK, {"skew": "86400001"}, CheckState.BAD),
        (Aspect.CLOCK, {"skew": "soon"}, CheckState.UNKNOWN),
        (Aspect.DELAY, {"delay": "300"}, CheckState.OK), (Aspect.DELAY, {"delay": "301"}, CheckState.WARN),
        (Aspect.DELAY, {"delay": "1501"}, CheckState.BAD), (Aspect.DELAY, {"delay": "-1"}, CheckState.UNKNOWN),
        (Aspect.KEPT, {"kept": "0"}, CheckState.WARN), (Aspect.KEPT, {"kept": "2"}, CheckState.UNKNOWN),
        (Aspect.SCREEN, {"width": "1024", "height": "768"}, CheckState.OK),
        (Aspect.SCREEN, {"width": "1024", "height": "767"}, CheckState.WARN),
        (Aspect.SCREEN, {"width": "639"}, CheckState.BAD), (Aspect.SCREEN, {"height": ""}, CheckState.UNKNOWN),
        (Aspect.KEYBOARD, {"typed": "Ң Ө Ү 0123456789"}, CheckState.OK),
        (Aspect.KEYBOARD, {"typed": "н о у 0123456789"}, CheckState.WARN),
        (Aspect.KEYBOARD, {"typed": "ң ө ү"}, CheckState.BAD), (Aspect.KEYBOARD, {"typed": " "}, CheckState.UNKNOWN),
    ],
)  # fmt: skip
def test_each_thing_is_judged_by_its_bound(aspect, changes, state):
    found = states(**changes)
    assert found[aspect] == state
    assert all(other == CheckState.OK for name, other in found.items() if name != aspect)
    findings = judge(read_facts(GOOD | changes, agent=AGENTS["Chrome"].format(120), has_cookies=True))
    assert worst(findings) == state and all(bool(f.advice) == (f.state != CheckState.OK) for f in findings)


def test_without_cookies_nobody_can_enter():
    assert states(cookies=False)[Aspect.COOKIES] == CheckState.BAD


def test_only_what_is_on_the_list_is_kept_and_nothing_that_was_typed():
    facts = read_facts(GOOD | {"name": "Үсөнбаева", "typed": "password"}, agent="x" * 500, has_cookies=True)
    assert set(facts) == {
        "browser", "version", "cookies", "script", "skew", "delay", "kept", "width", "height", "letters", "digits",
    }  # fmt: skip
    assert {type(value) for name, value in facts.items() if name != "browser"} == {int} and facts["browser"] == ""


def test_one_workstation_is_not_checked_twice_at_once():
    assert not is_too_soon(None) and not is_too_soon(PAUSE_BETWEEN)
    assert is_too_soon(PAUSE_BETWEEN - timedelta(microseconds=1))
