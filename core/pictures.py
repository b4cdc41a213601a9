"""Pictures that people hand in: what they are by their bytes, how large, and SVG made safe.

A picture is known by the SHA-256 of its content: ``<64 hex digits>.png``, ``.jpg`` or ``.svg``.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image

from core import raster
from core.errors import Refusal
from core.i18n import lazy_gettext as _l

BYTES_MAX = 1024 * 1024
SIDE_MAX = 4_000  # pixels
SVG_ELEMENTS_MAX = 5_000
SVG_DEPTH_MAX = 50
NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|svg)")
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}
_SVG = "{http://www.w3.org/2000/svg}"


class PictureRefused(Refusal):
    code = "picture_refused"
    message = _l("This picture cannot be used. Save it again as PNG, JPEG or SVG.")


class PictureTooLarge(PictureRefused):
    code = "picture_too_large"
    message = _l("The picture is too large. At most: %(kib)s KiB and %(side)s pixels a side.")


class PictureUnknown(PictureRefused):
    code = "picture_unknown"
    message = _l("This file is not a PNG, JPEG or SVG picture, whatever its name says.")


class PictureBroken(PictureRefused):
    code = "picture_broken"
    message = _l("This picture is damaged or incomplete. Save it again and choose the new file.")


class PictureUnsafe(PictureRefused):
    code = "picture_unsafe"
    message = _l("This SVG picture cannot be made safe. Save it as PNG and choose the new file.")


class PictureChanged(PictureUnsafe):
    message = _l("This SVG picture shows what cannot be kept: %(name)s. Save it as PNG and choose the new file.")


@dataclass(frozen=True)
class Picture:
    """A picture that may be shown; ``name`` is that of its content."""

    name: str
    media_type: str
    content: bytes


def picture(data: bytes) -> Picture:
    """The picture in these bytes: of PNG and JPEG the pixels as they are, SVG made safe (``safe_svg``); idempotent.

    Raises:
        PictureRefused: too large, damaged, or no such picture; each with a sentence of its own.
    """
    if len(data) > BYTES_MAX:
        raise PictureTooLarge(kib=BYTES_MAX // 1024, side=SIDE_MAX)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _named(_raster(data, "PNG"), "png")
    if data.startswith(b"\xff\xd8\xff"):
        return _named(_raster(data, "JPEG"), "jpg")
    if b"<svg" in data[:4096]:
        return _named(safe_svg(data), "svg")
    raise PictureUnknown


def _named(content: bytes, ending: str) -> Picture:
    return Picture(f"{hashlib.sha256(content).hexdigest()}.{ending}", MEDIA_TYPES[ending], content)


def _raster(data: bytes, format_: str) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=[format_]) as image:
            if max(image.size) > SIDE_MAX:
                raise PictureTooLarge(kib=BYTES_MAX // 1024, side=SIDE_MAX)
        bare = raster.bare_png(data) if format_ == "PNG" else raster.bare_jpeg(data)
        with Image.open(io.BytesIO(bare), formats=[format_]) as image:
            image.load()  # every pixel: a picture that breaks off half-way is found here, not by a candidate
    except raster.BROKEN as error:
        raise PictureBroken from error
    return bare


_SHAPES = frozenset(
    str.split(
        "svg g path rect circle ellipse line polyline polygon text tspan title desc defs linearGradient radialGradient "
        "stop clipPath marker"
    )
)
_WORDS = frozenset({"text", "tspan", "title", "desc"})
_ATTRIBUTES = frozenset(
    str.split(
        "viewBox preserveAspectRatio width height x y x1 y1 x2 y2 dx dy cx cy r rx ry fx fy d points transform "
        "offset id "
        "clip-path clip-rule clipPathUnits fill fill-opacity fill-rule stroke stroke-width stroke-opacity "
        "stroke-linecap "
        "stroke-linejoin stroke-dasharray stroke-dashoffset stroke-miterlimit opacity color stop-color stop-opacity "
        "gradientUnits gradientTransform spreadMethod font-family font-size font-style font-weight text-anchor "
        "text-decoration dominant-baseline letter-spacing word-spacing textLength lengthAdjust rotate "
        "visibility display "
        "vector-effect marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY orient "
        "pathLength"
    )
)
# What is not on the list and shows nothing, or only moves what is drawn: left out. Any other element is refused.
_UNSEEN = frozenset(
    str.split("script metadata view cursor animate animateMotion animateTransform animateColor set mpath discard")
)
# Presentation that is not on the list and without which the picture is another one.
_SEEN = frozenset(str.split("mask filter baseline-shift writing-mode mix-blend-mode font marker text-transform"))
_LOCAL = re.compile(r"url\(\s*['\"]?#[\w.-]{1,64}['\"]?\s*\)(?:\s+[\w#-]{1,24})?")
_VALUE = re.compile(r"[^<>&\\@{};\x00-\x08\x0b\x0c\x0e-\x1f]*")
_ID = re.compile(r"[\w.-]{1,64}")
_PADDED = re.compile(r"[ \t\r\n\f]+")


def safe_svg(data: bytes) -> bytes:
    """An SVG picture with shapes, texts and gradients only, in one way of writing; ``safe_svg`` of it gives it again.

    Scripts, animations, metadata and everything that names an address outside are left out; declarations of a
    ``style`` attribute become attributes. Safe as an image *and* as a page.

    Raises:
        PictureRefused: not well-formed, entities or references in its declarations, too many or too deep elements, no
            size; an element or a style that shows something and is not on the list (``PictureChanged`` names it).
    """
    try:
        root: Element = fromstring(data)
    except DefusedXmlException as error:
        raise PictureUnsafe from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise PictureBroken from error
    if root.tag != f"{_SVG}svg":
        raise PictureUnknown
    size = dict(_kept(root)).keys()  # as it is written: a size that cannot be kept is none
    if not ("viewBox" in size or {"width", "height"} <= size):
        raise PictureUnsafe
    _check_size(root)
    return b"".join(part.encode() for part in _written(root, top=True))


def _check_size(root: Element) -> None:
    level, depth, count = [root], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > SVG_DEPTH_MAX or count > SVG_ELEMENTS_MAX:
            raise PictureUnsafe
        level = [child for element in level for child in element]


def _written(element: Element, *, top: bool = False, words: bool = False) -> Iterator[str]:
    name = element.tag.removeprefix(_SVG)
    if not element.tag.startswith(_SVG) or name in _UNSEEN or (name == "style" and not (element.text or "").strip()):
        return
    if name not in _SHAPES or (name == "svg" and not top):
        raise PictureChanged(name=f"<{name[:40]}>")
    attributes = dict(_kept(element))
    yield f"<{name}" + (' xmlns="http://www.w3.org/2000/svg"' if top else "")
    yield "".join(f" {key}={quoteattr(attributes[key])}" for key in sorted(attributes))
    yield ">"
    inside = words or name in _WORDS
    if inside:
        yield _text(element.text)
    for child in element:
        yield from _written(child, words=inside)
        if inside:
            yield _text(child.tail)
    yield f"</{name}>"


def _text(text: str | None) -> str:
    return escape(_PADDED.sub(" ", text or ""))


def _kept(element: Element) -> Iterator[tuple[str, str]]:
    given = dict(element.attrib)
    for declaration in given.pop("style", "").split(";"):
        name, _colon, value = declaration.partition(":")
        given[name.strip()] = value.strip()  # a style goes before an attribute
    for name, value in given.items():
        value = _PADDED.sub(" ", value).strip()
        if name in _SEEN and value.lower() not in {"", "none", "normal", "baseline", "horizontal-tb", "lr-tb", "0"}:
            raise PictureChanged(name=name)
        if name not in _ATTRIBUTES or not value or not _VALUE.fullmatch(value):
            continue
        if name == "id" and not _ID.fullmatch(value):
            continue
        if "url" in value.lower() and not _LOCAL.fullmatch(value):
            continue
        if "/*" in value or "javascript" in value.lower() or "expression" in value.lower():
            continue
        yield name, value
