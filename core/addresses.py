"""Where a page lives: the address at which it can be opened again, in another language or with other letters.

A form that is sent to an address of its own (``…/decide``) and refused is shown again there, where nothing can be
opened. Links of such a page lead to where it lives.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter


def lives_at(path: str) -> None:
    """Say where the page lives that is shown in this request."""
    g.page_lives_at = path


def of_page() -> str:
    """The path at which the page of this request can be opened.

    Where that is not the path that was asked for: what the view says (:func:`lives_at`), else the page that the form
    was sent from, else the nearest page above, else the front door.
    """
    adapter = current_app.create_url_adapter(request)
    if adapter is None or request.method in {"GET", "HEAD"} or _opens(adapter, request.path):
        return request.path
    above = request.path.rstrip("/").split("/")
    paths = [g.get("page_lives_at"), _sent_from(), *("/".join(above[:n]) for n in range(len(above) - 1, 1, -1))]
    found = (way for path in paths if path for way in (path, f"{path}/") if _opens(adapter, way))
    return next(found, "/")


def _sent_from() -> str:
    """The path of the page of this site that the request was sent from, if the browser says so."""
    said = urlsplit(request.referrer or "")
    return said.path if said.netloc == request.host else ""


def _opens(adapter: MapAdapter, path: str) -> bool:
    try:
        return bool(adapter.match(path, method="GET")[0] != "static")
    except HTTPException:  # nothing is there, or it takes forms only, or it leads on
        return False
