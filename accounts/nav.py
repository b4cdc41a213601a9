"""The staff menu: every room adds its entries, everybody sees those that they may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from accounts.rules import Permission


@dataclass(frozen=True)
class NavEntry:
    """One entry: ``label`` and ``sentence`` (for the card on the home page) are lazy texts; small ``order`` first."""

    label: Any
    endpoint: str
    permission: Permission
    order: int
    sentence: Any = ""


@dataclass(frozen=True)
class Item:
    """An entry as the page shows it."""

    label: Any
    href: str
    sentence: Any
    current: bool = False


def register(app: Flask, *entries: NavEntry) -> None:
    """Add entries; called from a room's ``init_app``."""
    app.extensions.setdefault("nav", []).extend(entries)


def permitted() -> list[NavEntry]:
    """Entries that the person signed in may open, in order."""
    if not current_user.is_authenticated:
        return []
    entries: list[NavEntry] = current_app.extensions.get("nav", [])
    held = current_user.permissions
    return sorted((entry for entry in entries if entry.permission in held), key=lambda entry: entry.order)


def menu() -> list[Item]:
    """The menu of this page: empty on pages that are open to everybody.

    The entry with the longest address that this page's address begins with is the current one; the home page, whose
    address every other begins with, only on itself.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "access", "").startswith("permission:"):
        return []
    home = url_for("accounts.home")
    items = [(entry, url_for(entry.endpoint)) for entry in permitted()]
    under = [href for _, href in items if f"{request.path}/".startswith(f"{href.rstrip('/')}/")]
    here = max((href for href in under if href != home or request.path == home), key=len, default=None)
    return [Item(entry.label, href, entry.sentence, href == here) for entry, href in items]
