"""Reading a PDF back: what a person who selects its text, or another program, finds in it."""

from __future__ import annotations

import re
from io import BytesIO

from pypdf import PdfReader


def opened(pdf: bytes) -> PdfReader:
    """The file as another library reads it; a fault in its structure is an error."""
    return PdfReader(BytesIO(pdf), strict=True)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, every run of white space as one space."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in opened(pdf).pages]


def text(pdf: bytes) -> str:
    """The text of the whole document."""
    return " ".join(pages(pdf))


def grouped(digest: str) -> str:
    """A digest as it stands on paper."""
    return " ".join(digest[i : i + 4] for i in range(0, len(digest), 4)).upper()
