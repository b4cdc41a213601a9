"""What is looked at on every page besides its words: faults on the console, axe, and the layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, Route

THEMES = ("light", "dark", "contrast")
SHAPES = {"1024": (1024, 768, "1"), "360": (360, 740, "1"), "size 3": (1024, 768, "3"), "320 size 3": (320, 740, "3")}
NARROWEST = "320 size 3"  # everything there is another size of "360": only the layout is looked at
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # the only ones that a theme can change
PASSED: dict[str, set[str]] = {theme: set() for theme in THEMES}  # looks of text that axe has passed in this process
REFUSED_PAGES = {401, 403, 404, 409, 422, 429}  # a page that says no is a page all the same

# Everything but colours, on the whole page. Only the violations leave the browser: what passed is ten times as much to
# write down and to read. Nothing is preloaded: that is for rules about sound and about turning the screen, which need
# the files of sounds and styles once more.
AXE = """async ([rules, colours]) => {
  const off = Object.fromEntries(colours.map((id) => [id, {enabled: false}]));
  const options = {runOnly: rules, rules: off, resultTypes: ['violations'], preload: false};
  return (await axe.run(document, options)).violations.map(({id, nodes}) =>
    `${id} (${nodes.length}): ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary.slice(0, 300)}`);
}"""

# Colours in one theme. What axe decides follows from the look of a piece of text: its colour, what is painted behind
# it, its size and weight, and for a link the words around it. A look that has passed in this browser is not computed
# again on the next page; one that axe did not come to (out of sight, covered) is not taken for passed. Text for screen
# readers alone has no colours.
COLOURS = """async ([theme, rules, passed]) => {
  document.documentElement.dataset.theme = theme;
  const known = new Set(passed), looks = new Map(), behind = new Map();
  const ground = (e) => {
    if (e && !behind.has(e)) {
      const {backgroundColor: colour, backgroundImage: image, opacity} = getComputedStyle(e);
      const more = colour.startsWith('rgb(') && opacity === '1' ? '' : ground(e.parentElement);
      behind.set(e, [colour, image, opacity, more].join(' '));
    }
    return behind.get(e);
  };
  const words = (e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
  const around = (link, e) => {
    const {color, display} = getComputedStyle(e);
    if (display === 'inline') return around(link, e.parentElement);
    return e.textContent.trim() !== link.textContent.trim() && color;
  };
  for (const e of document.querySelectorAll('body *')) {
    const field = e.matches('select, textarea, input:not([type=checkbox], [type=radio], [type=hidden])');
    if (!(field || words(e)) || e.closest('script, .u-hidden, .c-skip:not(:focus)') || !e.checkVisibility()) continue;
    const s = getComputedStyle(e), p = e.parentElement;
    const look = [e.tagName, e.className, p.tagName, p.className, e.matches(':disabled'), s.color, ground(e),
      s.fontSize, s.fontWeight, s.textShadow, s.textDecorationLine, e.matches('a') && around(e, p)].join('|');
    if (!known.has(look)) looks.set(look, [...looks.get(look) ?? [], e].slice(0, 8));
  }
  const include = [...looks.values()].flat(), out = [], sound = new Set();
  if (include.length) {
    const options = {runOnly: rules, resultTypes: ['violations', 'passes'], preload: false, elementRef: true};
    const found = await axe.run({include}, {...options, selectors: false});
    for (const {id, nodes} of found.violations) {
      const {html, failureSummary} = nodes[0];
      out.push(`${theme}: ${id} (${nodes.length}): ${html.slice(0, 160)} ${failureSummary.slice(0, 300)}`);
    }
    for (const {nodes} of found.passes) for (const {element} of nodes) sound.add(element);
    for (const {nodes} of found.violations) for (const {element} of nodes) sound.delete(element);
  }
  document.documentElement.dataset.theme = 'light';
  return [out, [...looks.keys()].filter((look) => looks.get(look).every((e) => sound.has(e)))];
}"""

LAYOUT = """() => {
  const out = [], root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) out.push(`page too wide: ${root.scrollWidth} > ${root.clientWidth}`);
  const unseen = '.u-hidden, svg, .c-skip, dialog:not([open]), details:not([open]) > :not(summary)';
  for (const e of document.querySelectorAll('body *')) {
    const s = getComputedStyle(e);
    if (e.closest(unseen) || e.closest('.c-scroll') !== null && s.overflowX === 'auto') continue;
    const name = `${e.tagName}.${e.className}`;
    const own = ['INPUT', 'TEXTAREA', 'SELECT', 'PROGRESS'].includes(e.tagName);
    if (e.clientWidth && e.scrollWidth > e.clientWidth + 1 && s.overflowX !== 'auto' && s.display !== 'inline' && !own)
      out.push(`too wide: ${name} ${e.scrollWidth} > ${e.clientWidth}`);
    if (s.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 1)
      out.push(`cut off: ${name} ${e.scrollHeight} > ${e.clientHeight}`);
  }
  return out.slice(0, 6);
}"""


class Watch:
    """Everything that went wrong in a browser; a test that causes a fault on purpose says so beforehand."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self._excused: list[str] = []
        self._refused: set[str] = set()
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def excuse(self, *patterns: str) -> None:
        """Faults with these words are what this test is about."""
        self._excused += patterns

    def found(self) -> list[str]:
        """Faults nobody expected."""
        return [fault for fault in self.faults if not any(re.search(pattern, fault) for pattern in self._excused)]

    def _answered(self, response: Response) -> None:
        if response.request.resource_type == "document" and response.status in REFUSED_PAGES:
            self._refused.add(response.url)
        elif response.status >= 400:
            self.faults.append(f"answer {response.status}: {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        address = (message.location or {}).get("url", "")
        if not (message.text.startswith("Failed to load resource") and address in self._refused):
            self.faults.append(f"console: {message.text} ({address})")

    def _failed(self, request: Request) -> None:
        # A page left while its fonts, pictures, a preview or the next word from the hall were still on their way has
        # lost nothing.
        is_needed = request.resource_type in {"fetch", "xhr", "script"}
        is_needed &= not request.url.endswith(("/bank/preview", "/attempt/pulse"))
        left_behind = request.failure == "net::ERR_ABORTED" and not is_needed
        if not left_behind:
            self.faults.append(f"request: {request.failure} {request.url}")


def follow(way: Locator) -> None:
    """Click what leads to another page (or to the same one anew), and wait until that page stands."""
    with way.page.expect_navigation():
        way.click()


def until(page: Page, true: Callable[[], bool], seconds: int = 15) -> None:
    """Let the page work until it is so."""
    for _ in range(seconds * 10):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it has not become true")


def hold(page: Page, pattern: str, times: int | None = None) -> Callable[[], Route]:
    """Keep the page's requests of this kind waiting; what is returned waits until there is one, and gives the first."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route), times=times)  # no bound method of a built-in

    def first() -> Route:
        until(page, lambda: bool(held))
        return held[0]

    return first


@cache
def axe_source() -> str:
    """The checker that the axe package carries."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def axe_findings(page: Page, themes: Iterable[str] = THEMES) -> list[str]:
    """What axe has to say against the page as it stands, its colours in these themes; the page is light afterwards."""
    if not page.evaluate("typeof axe === 'object'"):
        page.context.add_init_script(axe_source())  # whoever looks at one page looks at the next ones too
        page.evaluate(axe_source())
    found: list[str] = page.evaluate(AXE, [AXE_RULES, COLOUR_RULES])
    for theme in themes:
        faults, sound = page.evaluate(COLOURS, [theme, COLOUR_RULES, sorted(PASSED[theme])])
        PASSED[theme].update(sound)
        found += faults
    return found


def layout_findings(page: Page) -> list[str]:
    """Whatever is wider than its window or cut off."""
    found: list[str] = page.evaluate(LAYOUT)
    return found


def shape_to(page: Page, shape: str) -> None:
    """Show the page in a window and letter size, as the server's own settings would."""
    width, height, size = SHAPES[shape]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(
        "(s) => {document.documentElement.dataset.size = s; return document.fonts.ready.then(() => true)}", size
    )


def findings(page: Page, where: str) -> list[str]:
    """Everything wrong with a page: in three themes, in a narrow window, and with the largest letters.

    Colours are the same in every window, so that the dark themes are looked at in one.
    """
    out = []
    for shape in SHAPES:
        shape_to(page, shape)
        faults = [] if shape == NARROWEST else axe_findings(page, THEMES if shape == "1024" else ["light"])
        faults += layout_findings(page)
        out += [f"{where}, {shape}: {fault}" for fault in faults]
    shape_to(page, "1024")
    return out


def staff_findings(page: Page, where: str) -> list[str]:
    """Everything wrong with a page of staff: axe at a desk's window, colours in all themes, layout wide and narrow."""
    shape_to(page, "1024")
    out = [f"{where}: {fault}" for fault in axe_findings(page) + layout_findings(page)]
    shape_to(page, "360")
    out += [f"{where}, 360: {fault}" for fault in layout_findings(page)]
    shape_to(page, "1024")
    return out
