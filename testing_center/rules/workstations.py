"""What a test asks of a computer: what is measured there, how it is judged, and what to do about it; pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.i18n import lazy_gettext as _l

ROOM_ADDRESS_LASTS = timedelta(hours=12)  # a day of preparing a room
PAUSE_BETWEEN = timedelta(seconds=5)  # two checks of one workstation
# Oldest versions for which the exam page is tested.
OLDEST = {"Chrome": 109, "Edge": 109, "Firefox": 115}
SKEW_NOTED, SKEW_BAD = 60_000, 24 * 3_600_000  # milliseconds
DELAY_NOTED, DELAY_BAD = 300, 1_500  # milliseconds
SCREEN, SCREEN_BAD = (1024, 768), (640, 480)
TYPED, LETTERS = "ң ө ү 0123456789", "ңөү"
# Least and greatest of each number that a browser may report; anything else is no measurement.
NUMBERS = {
    "skew": (-(10**11), 10**11), "delay": (0, 600_000), "width": (1, 100_000), "height": (1, 100_000),
    "kept": (0, 1), "script": (0, 1),
}  # fmt: skip


class CheckState(enum.StrEnum):
    """How one thing stands, from good to bad."""

    OK = "ok"
    UNKNOWN = "unknown"  # not measured
    WARN = "warn"
    BAD = "bad"


class Aspect(enum.StrEnum):
    """What is looked at."""

    BROWSER = "browser"
    SCRIPT = "script"
    COOKIES = "cookies"
    CLOCK = "clock"
    DELAY = "delay"
    KEPT = "kept"
    SCREEN = "screen"
    KEYBOARD = "keyboard"


ASPECT_NAMES = {
    Aspect.BROWSER: _l("Browser"),
    Aspect.SCRIPT: _l("Scripts of pages"),
    Aspect.COOKIES: _l("Cookies"),
    Aspect.CLOCK: _l("Clock of the computer"),
    Aspect.DELAY: _l("Way to the server and back"),
    Aspect.KEPT: _l("Answers kept on this computer while the network is down"),
    Aspect.SCREEN: _l("Screen"),
    Aspect.KEYBOARD: _l("Keyboard"),
}
CHECK_NAMES = {
    CheckState.OK: _l("In order"),
    CheckState.UNKNOWN: _l("Not measured"),
    CheckState.WARN: _l("Look at it"),
    CheckState.BAD: _l("Not fit for a test"),
}
ADVICE = {
    (Aspect.BROWSER, CheckState.UNKNOWN): _l("Open this page in Chrome, Edge or Firefox."),
    (Aspect.BROWSER, CheckState.WARN): _l("The test is not tried in this browser. Use Chrome, Edge or Firefox."),
    (Aspect.BROWSER, CheckState.BAD): _l("Update it: Chrome or Edge from 109, Firefox from 115."),
    (Aspect.SCRIPT, CheckState.WARN): _l(
        "The test works without scripts, but less safely: an answer is saved only when the page is sent, and the time "
        "left does not run on the page. Allow scripts in the settings of the browser."
    ),
    (Aspect.COOKIES, CheckState.BAD): _l("Nobody can enter the test without cookies. Allow them for this address."),
    (Aspect.CLOCK, CheckState.WARN): _l(
        "The time of the test is counted by the server, so nobody loses a second. Set the clock of the computer right."
    ),
    (Aspect.CLOCK, CheckState.BAD): _l("Set date and time: a browser does not trust a secured address on a wrong day."),
    (Aspect.DELAY, CheckState.WARN): _l("The network is slow. Check the cable; use no wireless network."),
    (Aspect.DELAY, CheckState.BAD): _l("The network is too slow for a test. Call the system administrator."),
    (Aspect.KEPT, CheckState.WARN): _l(
        "Answers are lost if the computer loses power while the network is down. Open the test at an address that "
        "begins with https, and not in a private window."
    ),
    (Aspect.SCREEN, CheckState.WARN): _l("Set the resolution of the screen to 1024 × 768 or more."),
    (Aspect.SCREEN, CheckState.BAD): _l("The screen is too small. Use another computer."),
    (Aspect.KEYBOARD, CheckState.UNKNOWN): _l("Type the letters and digits in the field of this page."),
    (Aspect.KEYBOARD, CheckState.WARN): _l("Letters ң ө ү are missing: add the Kyrgyz layout of the keyboard."),
    (Aspect.KEYBOARD, CheckState.BAD): _l("Digits are missing: the candidate code is typed with them."),
}
_NOT_MEASURED = _l("It is measured by a script of the page.")


@dataclass(frozen=True)
class NotWritten:
    """Why a check was not written down: no refusal, since those are recorded, and everybody may send a check."""

    code: str
    status: int
    message: Any


NOT_IN_THE_ROOM = NotWritten(
    "not_in_the_room", 403, _l("This computer is not in the network of the room, so the check was not written down.")
)
NO_SUCH_SEAT = NotWritten("no_such_seat", 422, _l("The room has no such seat."))
CHECKED_JUST_NOW = NotWritten(
    "checked_just_now", 429, _l("This workstation was checked a moment ago. Wait a few seconds.")
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``value`` is what was measured: a number, a name, or ``""``."""

    aspect: Aspect
    state: CheckState
    value: str = ""

    @property
    def advice(self) -> Any:
        """What to do, in words; empty where nothing is to be done."""
        if self.state == CheckState.OK:
            return ""
        return ADVICE.get((self.aspect, self.state), _NOT_MEASURED)


_BRANDS = (("Edge", r"\bEdg/(\d{1,4})"), ("", r"\b(?:OPR|YaBrowser|SamsungBrowser|Vivaldi)/(\d{1,4})"),
           ("Chrome", r"\b(?:Headless)?Chrome/(\d{1,4})"), ("Firefox", r"\bFirefox/(\d{1,4})"))  # fmt: skip


def browser_of(agent: str) -> tuple[str, int]:
    """Name and version of a browser from its ``User-Agent``; ``("", 0)`` for one that is not supported."""
    for name, pattern in _BRANDS:
        if match := re.search(pattern, agent):
            return (name, int(match[1])) if name else ("", 0)
    return "", 0


def read_facts(told: Mapping[str, str], *, agent: str, has_cookies: bool) -> dict[str, Any]:
    """What a browser tells of itself, from a list of what it may tell: whole numbers within bounds, nothing typed.

    Of the text that somebody typed only remains whether letters and digits came through.
    """
    name, version = browser_of(agent)
    facts: dict[str, Any] = {"browser": name, "version": version, "cookies": int(has_cookies)}
    for key, (least, greatest) in NUMBERS.items():
        text = told.get(key, "")
        if re.fullmatch(r"-?[0-9]{1,12}", text) and least <= int(text) <= greatest:
            facts[key] = int(text)
    typed = told.get("typed", "").strip().lower()
    if typed:
        facts["letters"] = int(all(letter in typed for letter in LETTERS))
        facts["digits"] = int(all(digit in typed for digit in "0123456789"))
    return facts


def judge(facts: Mapping[str, Any]) -> list[Finding]:
    """Every aspect with its state, in the order in which they are shown."""
    return [
        _browser(facts),
        Finding(Aspect.SCRIPT, CheckState.OK if facts.get("script") else CheckState.WARN),
        Finding(Aspect.COOKIES, CheckState.OK if facts.get("cookies") else CheckState.BAD),
        _measured(Aspect.CLOCK, facts.get("skew"), SKEW_NOTED, SKEW_BAD),
        _measured(Aspect.DELAY, facts.get("delay"), DELAY_NOTED, DELAY_BAD),
        _kept(facts.get("kept")),
        _screen(facts.get("width"), facts.get("height")),
        _keyboard(facts),
    ]


def worst(findings: Iterable[Finding]) -> CheckState:
    """The state of the whole computer: its worst one."""
    order = list(CheckState)
    return max((finding.state for finding in findings), key=order.index)


def is_too_soon(since_last: timedelta | None) -> bool:
    """Whether less than five seconds have gone by since the last check: what is written down stays readable."""
    return since_last is not None and since_last < PAUSE_BETWEEN


def _browser(facts: Mapping[str, Any]) -> Finding:
    name, version = str(facts.get("browser", "")), int(facts.get("version", 0))
    if name not in OLDEST:
        return Finding(Aspect.BROWSER, CheckState.WARN)
    state = CheckState.OK if version >= OLDEST[name] else CheckState.BAD
    return Finding(Aspect.BROWSER, state, f"{name} {version}")


def _measured(aspect: Aspect, value: int | None, noted: int, bad: int) -> Finding:
    if value is None:
        return Finding(aspect, CheckState.UNKNOWN)
    size = abs(value)
    state = CheckState.BAD if size > bad else CheckState.WARN if size > noted else CheckState.OK
    return Finding(aspect, state, str(value))


def _kept(value: int | None) -> Finding:
    if value is None:
        return Finding(Aspect.KEPT, CheckState.UNKNOWN)
    return Finding(Aspect.KEPT, CheckState.OK if value else CheckState.WARN)


def _screen(width: int | None, height: int | None) -> Finding:
    if width is None or height is None:
        return Finding(Aspect.SCREEN, CheckState.UNKNOWN)
    if width < SCREEN_BAD[0] or height < SCREEN_BAD[1]:
        state = CheckState.BAD
    else:
        state = CheckState.OK if width >= SCREEN[0] and height >= SCREEN[1] else CheckState.WARN
    return Finding(Aspect.SCREEN, state, f"{width} × {height}")


def _keyboard(facts: Mapping[str, Any]) -> Finding:
    if "digits" not in facts:
        return Finding(Aspect.KEYBOARD, CheckState.UNKNOWN)
    if not facts["digits"]:
        return Finding(Aspect.KEYBOARD, CheckState.BAD)
    return Finding(Aspect.KEYBOARD, CheckState.OK if facts.get("letters") else CheckState.WARN)
