"""Inline styles that say what an element of the allow-list says: raised, lowered, bold, slanted, underlined letters.

A cleaner takes styles away without a word, and of ``10<span style="vertical-align: super">2</span>`` it would make
102. ``worded`` therefore puts the elements in before it: ``10<span><sup>2</sup></span>``. Any other style is look
only. It is no safeguard: what it gives is cleaned after it. What is pasted is read by the same rules
(static/js/looks.js).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from html import unescape

#: Elements in a line: their styles are about words. (In a cell of a table vertical-align places, it raises nothing.)
_INLINE = frozenset(
    str.split(
        "a abbr b bdi bdo big cite code dfn em font i ins kbd mark q samp small span strong sub sup time tt u var"
    )
)
_SAYS = re.compile(r"style\s*=", re.IGNORECASE)
_TAG = re.compile(
    r"<(/?)([a-z][a-z0-9]{0,9}+)((?:[\s/](?:[^<>\"']++|\"[^\"]{0,9999}\"|'[^']{0,9999}'){0,99}+)?)>", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"([^\s\"'=<>/]++)(?:\s*+=\s*+(\"[^\"]*\"|'[^']*'|[^\s\"'>]++))?")
_DECLARATION = re.compile(r"\s*([a-z-]{1,40})\s*:\s*([^!]{0,99})", re.IGNORECASE)
_BOLD, _NOT_BOLD = re.compile(r"bold|bolder|[6-9]00"), re.compile(r"normal|lighter|[1-5]00")
_LENGTH = re.compile(r"([-+]?)(?=[\d.]*[1-9])[\d.]+(?:[a-z]{1,4}|%)")  # other than nothing
_RAISED, _NEAR = frozenset({"sup", "sub"}), 2_000  # what stands above or below is short
_MEANS = {"strong": "b", "em": "i", "ins": "u"}


def worded(html: str) -> str:
    """``html`` with what its styles say as ``sup``, ``sub``, ``b``, ``i`` and ``u``.

    Bold or slanted letters that a style makes ordinary again (``<b style="font-weight: normal">``, into which Google
    Docs wraps what is copied) are so. A text that is cleaned has no styles, and comes back as it is.
    """
    return _TAG.sub(_Read(), html) if _SAYS.search(html) else html


def said(style: str) -> dict[str, bool]:
    """The elements that say the same as this ``style``; False where it says that the letters are not so."""
    given = {}
    for one in style.split(";"):
        if found := _DECLARATION.fullmatch(one.partition("!")[0]):
            given[found[1].lower()] = " ".join(found[2].lower().split())
    says: dict[str, bool] = {}
    if raised := _raised(given):
        says[raised] = True
    weight, slant = given.get("font-weight", ""), given.get("font-style", "")
    if _BOLD.fullmatch(weight) or _NOT_BOLD.fullmatch(weight):
        says["b"] = bool(_BOLD.fullmatch(weight))
    if slant in {"italic", "oblique", "normal"}:
        says["i"] = slant != "normal"
    if "underline" in given.get("text-decoration", "") + given.get("text-decoration-line", ""):
        says["u"] = True
    return says


def _raised(given: dict[str, str]) -> str:
    place = given.get("vertical-align", "")
    if place in {"super", "sub"}:
        return {"super": "sup", "sub": "sub"}[place]
    is_moved = given.get("position") == "relative"
    for value, above in (
        (place, "+"),
        (given.get("mso-text-raise", ""), "+"),
        (given.get("top", "") if is_moved else "", "-"),
        (given.get("bottom", "") if is_moved else "", "+"),
    ):
        if found := _LENGTH.fullmatch(value):
            return "sup" if (found[1] or "+") == above else "sub"
    return ""


class _Read:
    """What stands at each tag, read from the beginning."""

    def __init__(self) -> None:
        self.open: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)  # of each name: its end, what it says
        self.inside: Counter[str] = Counter()
        self.end = 0  # of the tag before
        self.begins_raised = False  # nothing stands between the beginning of raised letters and this place

    def __call__(self, found: re.Match[str]) -> str:
        name = found[2].lower()
        if found.string[self.end : found.start()].strip():
            self.begins_raised = False
        self.end = found.end()
        if name not in _INLINE:
            return found[0]
        if found[1]:
            if not self.open[name]:
                return found[0]
            end, said_here = self.open[name].pop()
            self.inside.subtract(said_here)
            self.begins_raised = self.begins_raised and _RAISED.isdisjoint(said_here)
            return end
        own = _MEANS.get(name, name)
        says = said(_style(found[3]))
        if says.get(own) is False:
            own = name = "span"
        new = [
            tag
            for tag, is_so in says.items()
            if is_so
            and tag != own
            and not (tag in _RAISED and (own in _RAISED or self.begins_raised or _is_raised(found)))
            and not (tag in {"b", "i", "u"} and self.inside[tag])
            and not (tag == "u" and (own == "a" or self.inside["a"]))  # of a link it is look
        ]
        self.begins_raised = self.begins_raised or not _RAISED.isdisjoint([own, *new])
        self.inside.update([own, *new])
        end = "".join(f"</{tag}>" for tag in reversed(new)) + f"</{name}>"
        self.open[found[2].lower()].append((end, [own, *new]))
        start = found[0] if name == found[2].lower() else "<span>"
        return start + "".join(f"<{tag}>" for tag in new)


def _is_raised(found: re.Match[str]) -> bool:
    """Whether all words of the element that begins here are raised or lowered by elements in it."""
    depth = raised = 0
    is_so, end = False, found.end()
    for tag in _TAG.finditer(found.string, end, end + _NEAR):
        if not raised and found.string[end : tag.start()].strip():
            return False
        end = tag.end()
        if tag[2].lower() in {"br", "img"}:
            continue
        depth += -1 if tag[1] else 1
        if depth < 0:
            return is_so
        if depth < raised:
            raised = 0
        elif not raised and not tag[1] and tag[2].lower() in _RAISED:
            raised, is_so = depth, True
    return False


def _style(attributes: str) -> str:
    for name, value in _ATTRIBUTE.findall(attributes):
        if name.lower() == "style":
            return unescape(value.strip("\"'"))
    return ""
