"""Static files over the wire: text compressed once, addresses that change with the content, kept for a year.

Only static files are compressed: a page that holds a secret beside something a stranger chose must not be (BREACH).
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

COMPRESSED = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"
A_MONTH = "public, max-age=2592000"


@lru_cache(maxsize=256)
def _version(path: Path, _changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _packed(path: Path, _changed: float) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)


def _file(name: str) -> Path | None:
    path = Path(current_app.static_folder or "") / name
    return path if path.is_file() else None


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    """Give the address of a static file the fingerprint of its content; style sheets name fonts without one."""
    path = _file(values.get("filename", "")) if endpoint == "static" else None
    if path is not None and path.suffix != ".woff2":
        values.setdefault("v", _version(path, path.stat().st_mtime))


def _finish(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code != 200:
        return response
    response.headers["Cache-Control"] = FOREVER if "v" in request.args else A_MONTH
    path = _file((request.view_args or {}).get("filename", ""))
    if path is None or response.mimetype not in COMPRESSED:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        response.direct_passthrough = False
        response.set_data(_packed(path, path.stat().st_mtime))
        response.headers["Content-Encoding"] = "gzip"
    return response


def init_app(app: Flask) -> None:
    """Serve static files in this way."""
    app.url_defaults(_add_version)
    app.after_request(_finish)
