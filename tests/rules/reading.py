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


def fonts_not_embedded(pdf: bytes) -> list[str]:
    """Fonts that a page asks for and the file does not carry."""
    found = []
    for page in opened(pdf).pages:
        for reference in page["/Resources"]["/Font"].values():
            font = reference.get_object()
            if "/FontDescriptor" not in font or "/FontFile2" not in font["/FontDescriptor"]:
                found.append(str(font["/BaseFont"]))
    return found


def lines(pdf: bytes, page_index: int = 0) -> list[tuple[str, float]]:
    """Pieces of text of a page (the first by default) with the height of their base line in points from the edge."""
    found: list[tuple[str, float]] = []

    def visit(words: str, page: list[float], own: list[float], *_: object) -> None:
        found.append((words, page[5] + own[5]))

    opened(pdf).pages[page_index].extract_text(visitor_text=visit)
    return found
