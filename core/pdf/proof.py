"""How a paper proves itself: digests on the left, a code and its QR code for verification on the right."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table, TableStyle

from core.pdf.blocks import BARE, Digest, Pair, QRCode
from core.pdf.style import BODY, LINE, LINE_STRONG, pair, para, style
from core.pdf.text import SANS, width

LABELS, QR_SIZE = 44 * mm, 25 * mm


def proof(rows: Sequence[tuple[Pair, str]], label: Pair, code: str, url: str) -> Table:
    """``rows`` are labelled hexadecimal digests; ``code``, labelled ``label``, stands beside ``url`` as a QR code.

    What is no address (``https://…``) goes into the QR code, but is not printed under it.
    """
    left = Table([[pair(name, "label"), Digest(digits)] for name, digits in rows], colWidths=[LABELS, Digest.WIDTH])
    left.setStyle(TableStyle([
        *BARE, ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        ("LINEABOVE", (0, 1), (-1, -1), 0.4, LINE),
    ]))  # fmt: skip
    side = BODY - LABELS - Digest.WIDTH - 5 * mm
    words = [para(label[0], "label"), para(label[1], "label-2"), para(code, "number")]
    right = Table([[words, QRCode(url, QR_SIZE)]], colWidths=[side - QR_SIZE, QR_SIZE])
    right.setStyle(TableStyle(BARE))
    table = Table([[left, right], ["", _address(url, side)]], colWidths=[BODY - side, side])
    table.setStyle(TableStyle([
        *BARE, ("LINEABOVE", (0, 0), (-1, 0), 0.8, LINE_STRONG), ("LINEBELOW", (0, 1), (-1, 1), 0.8, LINE_STRONG),
        ("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 1), (-1, 1), 3), ("SPAN", (0, 0), (0, 1)),
    ]))  # fmt: skip
    return table


def _address(url: str, room: float) -> list[Paragraph]:
    """On one line if it fits, else what follows the last slash on a line of its own."""
    if "://" not in url:
        return []
    if width([url], SANS, style("label-2").fontSize) <= room:
        return [para(url, "label-2")]
    site, slash, code = url.rpartition("/")
    return [para(site + slash, "label-2"), para(code, "label-2")]
