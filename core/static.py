"""Static files over the wire: text compressed once, addresses that change with the content, kept for a year.

A page that holds a secret beside something a stranger chose must not be compressed (BREACH): see :func:`compressed`.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

COMPRESSED = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"
A_MONTH = "public, max-age=2592000"


IMPORTED = re.compile(rb'(from "\./)([\w./-]+\.js)(")')


@lru_cache(maxsize=256)
def _content(path: Path, _changed: float) -> bytes:
    """What is sent: a module names those that it imports with their fingerprints, so that its own holds theirs."""
    said = path.read_bytes()
    if path.suffix != ".js":
        return said
    return IMPORTED.sub(lambda m: m[1] + m[2] + b"?v=" + _version(path.parent / m[2].decode()).encode() + m[3], said)


def _version(path: Path) -> str:
    return _fingerprint(_content(path, path.stat().st_mtime))


@lru_cache(maxsize=256)
def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


@lru_cache(maxsize=256)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)


def _file(name: str) -> Path | None:
    path = Path(current_app.static_folder or "") / name
    return path if path.is_file() else None


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    """Give the address of a static file the fingerprint of its content; style sheets name fonts without one."""
    path = _file(values.get("filename", "")) if endpoint == "static" else None
    if path is not None and path.suffix != ".woff2":
        values.setdefault("v", _version(path))


def _finish(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code != 200:
        return response
    response.headers["Cache-Control"] = FOREVER if "v" in request.args else A_MONTH
    path = _file((request.view_args or {}).get("filename", ""))
    if path is None or response.mimetype not in COMPRESSED:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    response.direct_passthrough = False
    content = _content(path, path.stat().st_mtime)
    response.set_data(content)
    if request.accept_encodings.quality("gzip") > 0:
        response.set_data(_packed(content))
        response.headers["Content-Encoding"] = "gzip"
    return response


def compressed(html: str) -> Response:
    """An answer that is made often, compressed where the browser takes it.

    Only for what nobody but the person who asks can put words into: else its size would tell a stranger its secrets.
    """
    if request.accept_encodings.quality("gzip") <= 0:
        return Response(html, headers={"Vary": "Accept-Encoding"})
    packed = gzip.compress(html.encode(), compresslevel=3, mtime=0)
    return Response(packed, mimetype="text/html", headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


def init_app(app: Flask) -> None:
    """Serve static files in this way."""
    app.url_defaults(_add_version)
    app.after_request(_finish)
