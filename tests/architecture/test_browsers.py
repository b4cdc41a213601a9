"""What is sent to browsers runs in the oldest ones that the product promises: Chrome and Edge 109, Firefox 115.

Scripts, styles and pages are looked through for what came later (``younger.tsv``). The versions are those of MDN's
browser-compat-data (npm: @mdn/browser-compat-data 8.1.9), under the key of each feature: the first Chrome and the first
Firefox that have it without a flag, -: not yet. Whoever uses one of these writes down in ``ALLOWED`` what an older
browser does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from testing_center.rules.workstations import OLDEST

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
PAGES = sorted((ROOT / "templates").rglob("*.html"))
COMMENTS = {".js": r"/\*.*?\*/|(?<![:\"'`\\])//[^\n]*", ".css": r"/\*.*?\*/", ".html": r"\{#.*?#\}|<!--.*?-->"}


@dataclass(frozen=True)
class Feature:
    """Something younger than the oldest browsers, by its key in browser-compat-data, and how it is found in a text."""

    key: str
    chrome: float | None
    firefox: float | None
    pattern: str


def _version(text: str) -> float | None:
    return None if text == "-" else float(text)


def features(kind: str) -> list[Feature]:
    """Those of ``younger.tsv`` of a kind: js, css, html."""
    lines = (ROOT / "tests" / "architecture" / "younger.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return [
        Feature(key, _version(chrome), _version(firefox), pattern)
        for of, key, chrome, firefox, pattern in rows
        if of == kind
    ]


SCRIPT, STYLE, PAGE = features("js"), features("css"), features("html")

# (where, feature): the words in that file which show what is done without it.
ALLOWED = {
    ("js/hall.js", "api.URLSearchParams.size"): "wanted.size ?? String(wanted)",  # else by its text
    ("js/exam/page.js", "api.AbortSignal.timeout_static"): "AbortSignal.timeout ? ",  # else the browser's own patience
    # a call that is left with its page may be broken off: the next page calls as well
    ("js/exam/pulse.js", "api.Request.keepalive"): "keepalive: true, signal: within(4000)",
    ("js/exam/sending.js", "api.Request.keepalive"): "keepalive: true, signal: undefined",  # "lost if it fails"
    # what was typed since the last keeping may be lost with the page, as by a browser that dies
    ("js/editor.js", "api.Request.keepalive"): 'const keepalive = document.visibilityState === "hidden"',
    # fields that are not needed yet stay in sight
    ("css/product.css", "css.selectors.has"): "@supports selector(:has(a)) {",
    ("css/base.css", "css.properties.text-wrap"): "text-wrap: balance",  # look only: lines of a heading as they come
    ("css/base.css", "css.properties.text-size-adjust"): "-webkit-text-size-adjust: 100%; text-size-adjust: 100%",
    # the browser's own style sheet sets a formula of its own as a block
    ("css/product.css", "css.properties.display.math"): "display: block math",
    ("css/product.css", "css.properties.math-style"): "math-style: normal",  # fractions in a line are smaller
    ("css/product.css", "css.properties.font-family.ui-monospace"): 'ui-monospace, "DejaVu Sans Mono", monospace',
}  # fmt: skip


def text_of(path: Path) -> str:
    """What a browser reads of a file: without comments, which stay as empty lines."""
    return re.sub(COMMENTS[path.suffix], lambda found: "\n" * found[0].count("\n"), path.read_text("utf-8"), flags=re.S)


def found_in(text: str, younger: list[Feature]) -> set[str]:
    """Keys of the features that a text uses."""
    return {one.key for one in younger if re.search(one.pattern, text, re.M | re.S)}


def nested_rules(text: str) -> Iterator[str]:
    """Preludes of rules that stand inside other rules (CSS nesting: Chrome 120, Firefox 117)."""
    opened: list[str] = []
    for prelude, brace in re.findall(r"([^{};]*)([{};])", text):
        if brace == "{":
            if opened and not opened[-1].startswith("@"):
                yield prelude.strip()
            opened.append(prelude.strip())
        elif brace == "}":
            opened.pop()


def test_each_of_these_is_younger_than_one_of_the_oldest_browsers() -> None:
    assert OLDEST == {"Chrome": 109, "Edge": 109, "Firefox": 115}
    for one in SCRIPT + STYLE + PAGE:
        old = one.chrome is not None and one.chrome <= 109 and one.firefox is not None and one.firefox <= 115
        assert not old, one.key


@pytest.mark.parametrize("path", SCRIPTS + STYLES, ids=lambda path: str(path.relative_to(ROOT / "static")))
def test_a_script_or_style_uses_nothing_that_the_oldest_browsers_lack(path: Path) -> None:
    younger, text = (SCRIPT if path.suffix == ".js" else STYLE), text_of(path)
    where = str(path.relative_to(ROOT / "static"))
    assert found_in(text, younger) - {key for file, key in ALLOWED if file == where} == set()
    if path.suffix == ".css":
        assert list(nested_rules(text)) == []


def test_a_page_uses_nothing_that_the_oldest_browsers_lack() -> None:
    used = {str(path.relative_to(ROOT)): found_in(text_of(path), PAGE) for path in PAGES}
    assert {path: keys for path, keys in used.items() if keys} == {}


@pytest.mark.parametrize(("where", "key"), ALLOWED, ids=" ".join)
def test_what_is_allowed_is_used_and_done_otherwise_where_it_is_lacking(where: str, key: str) -> None:
    text = text_of(ROOT / "static" / where)
    assert found_in(text, SCRIPT + STYLE) >= {key}
    assert ALLOWED[where, key] in text


# Each in a way in which it is written: a pattern that finds nothing would forbid nothing.
EXAMPLES = {
    "javascript.builtins.Array.toSorted": "const a = list.toSorted();",
    "javascript.builtins.Iterator.map": "map.values().map((one) => one)",
    "javascript.builtins.RegExp.unicodeSets": "text.match(/[a-z]/gv)",
    "javascript.builtins.Set.union": "one.intersection(other)",
    "javascript.statements.import.import_attributes": 'import words from "./words.json" with { type: "json" };',
    "javascript.statements.using": "  using file = open();",
    "api.URLSearchParams.size": "const wanted = new URLSearchParams(form);\n  if (wanted.size) go();",
    "api.FormData.FormData.submitter": "new FormData(form, button)",
    "api.HTMLElement.popover": "menu.showPopover();",
    "css.selectors.has": ".a:has(> .b) { color: red; }",
    "css.selectors.nesting": ".a { &:hover { color: red; } }",
    "css.at-rules.scope": "@scope (.a) { b { color: red; } }",
    "css.at-rules.container.style_queries_for_custom_properties": "@container style(--a: b) { c { color: red; } }",
    "css.properties.grid-template-columns.subgrid": "a { grid-template-columns: subgrid; }",
    "css.properties.text-wrap": "a { text-wrap: pretty; }",
    "css.properties.mask": "a { mask-image: url(a.svg); }",
    "css.types.color.color-mix": "a { color: color-mix(in srgb, red, blue); }",
    "css.types.color.rgb.relative_syntax": "a { color: rgb(from red r g b / 50%); }",
    "css.types.length.lh": "a { height: 1.5lh; }",
    "css.types.round": "a { width: round(up, 3px, 2px); }",
    "html.global_attributes.popover": "<div popover>",
    "html.elements.details.name": '<details class="a" name="b">',
    "html.elements.input.type_month": '<input type="month">',
}


@pytest.mark.parametrize("key", EXAMPLES)
def test_it_would_be_found(key: str) -> None:
    assert key in found_in(EXAMPLES[key], SCRIPT + STYLE + PAGE)


def test_a_rule_inside_a_rule_would_be_found() -> None:
    assert list(nested_rules("@media print { .a { color: red; } } .b { color: red; .c { color: blue; } }")) == [".c"]
    assert list(nested_rules(".a { color: red; } @supports (a: b) { @media print { .b { c: d } } }")) == []
