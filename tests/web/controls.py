"""What a browser would send of a form on a page, if nobody changed anything."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Controls(HTMLParser):
    """Successful controls of all forms of a page, by name; a list for each, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._textarea = self._select = ""
        self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A control begins."""
        has: dict[str, Any] = dict(attrs)
        name, value = has.get("name"), has.get("value") or ""
        if tag == "textarea" and name:
            self._textarea, self._text = name, ""
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and "selected" in has:
            self._keep(self._select, value)
        elif tag == "input" and name and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            self._keep(name, value or ("on" if has.get("type") == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        """Text, of a text area as it may be."""
        self._text += data if self._textarea else ""

    def handle_endtag(self, tag: str) -> None:
        """A control ends."""
        if tag == "textarea" and self._textarea:
            self._keep(self._textarea, self._text.removeprefix("\r\n").removeprefix("\n"))
            self._textarea = ""
        elif tag == "select":
            self._select = ""

    def _keep(self, name: str, value: str) -> None:
        self.found.setdefault(name, []).append(value)
