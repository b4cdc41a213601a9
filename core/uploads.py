"""Pages with much writing beside a file: the file may be too large, what was typed is not lost with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TypeVar, cast

import flask
from flask import request

View = TypeVar("View", bound=Callable[..., Any])

#: What such a page may send: all of it, and what was typed, which is more than any text that can be kept.
BODY_BYTES, TEXT_BYTES = 64 * 2**20, 2 * 2**20
DISCARDED_BYTES = 4 * BODY_BYTES  # what is read of a request that is too large, so that its sender sees the answer


class Request(flask.Request):
    """A request of which a view may say how much of each file is kept (:func:`keeps_what_is_typed`)."""

    file_bytes: int | None = None

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> Any:
        return super()._get_file_stream(*args, **kwargs) if self.file_bytes is None else _Beginning(self.file_bytes)


class _Beginning(io.BytesIO):
    """A file as far as it is not too large, and one byte more to tell that it is; the rest is read and forgotten."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._room = most + 1

    def write(self, data: Any) -> int:
        kept = memoryview(data)[: self._room]
        self._room -= len(kept)
        super().write(kept)
        return len(data)


def keeps_what_is_typed(*, file_bytes: int) -> Callable[[View], View]:
    """Of a file beyond ``file_bytes`` only the beginning is kept, so that the page is shown again with what was typed.

    The view sees a file of one byte too much and refuses it beside its field. Otherwise the whole request would be
    answered with 413, and all that was typed beside the file were gone. Stands above ``requires``.
    """

    def mark(view: View) -> View:
        view.file_bytes = file_bytes  # type: ignore[attr-defined]
        return view

    return mark


def apply(view: Any) -> None:
    """Before anything of a request is read: the limits of the view that it is for."""
    if (most := getattr(view, "file_bytes", None)) is not None:
        asked = cast(Request, request)
        asked.max_content_length, asked.max_form_memory_size, asked.file_bytes = BODY_BYTES, TEXT_BYTES, most


def read_on() -> None:
    """Read what is still to come of a request that is too large, and forget it, up to ``DISCARDED_BYTES``.

    A browser looks at no answer before it has sent everything: where the server closes the connection before that, it
    shows an error of its own.
    """
    coming, left = request.environ["wsgi.input"], DISCARDED_BYTES
    if (request.content_length or 0) <= DISCARDED_BYTES:
        while left > 0 and (data := coming.read(min(left, 2**16))):
            left -= len(data)


def is_page_of_writing() -> bool:
    """Whether this request comes from such a page: it is shown again, with what was typed, whatever goes wrong."""
    return getattr(request, "file_bytes", None) is not None
