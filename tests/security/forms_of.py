"""Forms of a page, with the ids that stand in their controls."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Sent:
    """A form: where it goes and what it would send; ``ids`` are controls in whose values an id stands."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    ids: dict[str, set[str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """All forms of a page that are posted; of a choice the first is taken where none is."""

    def __init__(self, html: str, path: str) -> None:
        super().__init__()
        self.path, self.found, self._select = path, list[Sent](), ""
        self._outside: Sent | None = None
        self._open: Sent | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form or a control begins."""
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Sent(has.get("action") or self.path)
            if has.get("method", "").lower() == "post":
                self.found.append(self._open)
        elif self._open is not None:
            if tag == "select":
                self._select = has.get("name", "")
            name = self._select if tag == "option" else has.get("name", "")
            if name and tag in ("input", "option", "button", "textarea"):
                self._control(self._open, name, has)

    def _control(self, form: Sent, name: str, has: dict[str, str]) -> None:
        value, kind = has.get("value", ""), has.get("type", "")
        if UUID.fullmatch(value):
            form.ids.setdefault(name, set()).add(value)
        if not form.values.get(name) or "checked" in has or "selected" in has or kind == "hidden":
            form.values.setdefault(name, [value or "x"])

    def handle_endtag(self, tag: str) -> None:
        """A form or a choice ends."""
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
