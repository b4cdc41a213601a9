"""What a Word document is read as: lines of pieces, and tables of them."""

from __future__ import annotations

from dataclasses import dataclass

#: Stands in the text of a line for what is no word: nothing that only looks for words goes past it.
THING = "\ufffc"


@dataclass(frozen=True)
class Piece:
    """A stretch of text in one manner, a picture, a formula, or a table; ``thing`` names what cannot be taken."""

    text: str = ""
    script: str = ""  # "sup" or "sub"
    marks: frozenset[str] = frozenset()  # bold, underline, highlight, colour
    picture: str = ""  # name of the part
    alt: str = ""
    math: str = ""  # a formula as MathML
    thing: object | None = None
    table: Table | None = None

    @property
    def in_line(self) -> str:
        """Its text, or :data:`THING`."""
        return self.text or (THING if self.picture or self.math or self.thing or self.table else "")


@dataclass(frozen=True)
class Line:
    """A line of the document: a paragraph, or a part of one between line breaks (``is_first`` of it or not).

    ``number`` is what Word writes before it by itself (``1.``, ``А)``; Roman ones as digits), ``numbered`` the same as
    it is seen; ``is_bullet`` where it writes a dot or a dash.
    """

    pieces: tuple[Piece, ...]
    number: str = ""
    is_first: bool = True
    is_heading: bool = False
    is_bullet: bool = False
    marks: frozenset[str] = frozenset()  # of the number that Word writes
    numbered: str = ""

    @property
    def text(self) -> str:
        """What the line says, without the number of Word; :data:`THING` for each picture, formula or table."""
        return "".join(piece.in_line for piece in self.pieces)

    @property
    def as_seen(self) -> tuple[Piece, ...]:
        """What the line says, with the number of Word, apart from the first word."""
        return (Piece(f"{self.numbered or self.number} "), *self.pieces) if self.number else self.pieces

    @property
    def is_shown(self) -> bool:
        """Whether something beside words stands in it."""
        return any(piece.picture or piece.math or piece.thing or piece.table for piece in self.pieces)


@dataclass(frozen=True)
class Table:
    """Rows of cells of lines; ``is_merged`` where a cell reaches over several columns or rows.

    ``is_turned``: its first column is shown at the right.
    """

    rows: tuple[tuple[tuple[Line, ...], ...], ...]
    is_merged: bool = False
    is_turned: bool = False
