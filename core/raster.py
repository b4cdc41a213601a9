"""PNG and JPEG without what is not the picture: no author, place, thumbnail, comment or anything behind the end.

A photo says where it was taken and by whom, and its thumbnail may show what was cut off; a comment may say anything.
Pixels stay as they are, byte for byte. Shapes: W3C PNG (third edition) 5, ITU-T T.81 annex B.
"""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageOps

#: Chunks of a PNG that its pixels, colours and size follow from; frames of an animation are others.
_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYS", b"IEND"}
_PNG = b"\x89PNG\r\n\x1a\n"
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
#: Application segments of a JPEG that decoding needs: JFIF, and Adobe's word on its colours.
_KEPT_APPLICATION = {0xE0, 0xEE}
_COMMENT = 0xFE
_ORIENTATION = 0x0112  # of Exif: how the camera was held
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def bare_png(data: bytes) -> bytes:
    """The chunks that make the picture, up to its end.

    Raises:
        ValueError: it ends in the middle of a chunk.
    """
    parts, at = [_PNG], len(_PNG)
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk is cut off")
        if name in _CHUNKS:
            parts.append(data[at:end])
        if name == b"IEND":
            return b"".join(parts)
        at = end


def bare_jpeg(data: bytes) -> bytes:
    """The segments that make the picture, up to its end; a photo that lies on its side is turned first.

    Raises:
        ValueError: it ends before its end.
    """
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        if image.getexif().get(_ORIENTATION, 1) != 1:
            data = _turned(image)
    parts, at = [data[:2]], 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # filling
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0:
            raise ValueError("no segment begins here")
        if marker == _END:
            return b"".join([*parts, data[at : at + 2]])
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == _SCAN:
            end = _end_of_scan(data, end)
        is_said = 0xE0 <= marker <= 0xEF and marker not in _KEPT_APPLICATION
        if not (is_said or marker == _COMMENT):
            parts.append(data[at:end])
        at = end


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next segment begins: not at a stuffed byte, nor at a restart within the scan."""
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


def _turned(image: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(image)
    buffer = io.BytesIO()
    upright.convert("L" if upright.mode == "L" else "RGB").save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
