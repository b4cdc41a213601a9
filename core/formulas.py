"""Parts of formulas that stand in no formula, as a copied piece of one has them: their words stay.

A parser reads ``<mi>x</mi>`` outside ``<math>`` as an element of a page, and the cleaner takes what it does not expect
there away with its words. ``freed`` therefore makes of such an element one that is not on the list, and sets its words
apart. It is no safeguard: what it gives is cleaned after it.
"""

from __future__ import annotations

import re
from collections import Counter

from core.blocks import PICTURE

#: Elements of a formula; nothing of MathML that moves words over others or takes them out of sight stands among them.
MATH_TAGS = frozenset(
    str.split(
        "math merror mfrac mi mmultiscripts mn mo mover mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup "
        "msup mtable mtd mtext mtr munder munderover"
    )
)
_TEXTS = {"mi", "mn", "mo", "ms", "mtext", "annotation-xml"}  # what stands in them is read as a page is
# Of a page; where one stands in a formula, the formula ends before it (HTML, 13.2.6.5, "in foreign content").
_ENDING = str.split(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta "
    "nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"
)
_SEEN = re.compile(
    rf"({PICTURE})|<(/?)({'|'.join(sorted({*MATH_TAGS, *_TEXTS, *_ENDING}, key=len, reverse=True))})"
    r"(?=[\s/>])(?=([^<>]*>)?)",
    re.IGNORECASE,
)
_ANY = re.compile("<m[a-z]", re.IGNORECASE)


def freed(html: str) -> str:
    """``html`` with parts of formulas outside formulas as plain elements whose words stand apart.

    A text that is cleaned has none, and comes back as it is.
    """
    return _SEEN.sub(_Read(), html) if _ANY.search(html) else html


class _Read:
    """What stands at each tag, read from the beginning."""

    def __init__(self) -> None:
        self.open: list[tuple[str, bool]] = []  # elements of formulas, and whether they stand in one
        self.count: Counter[str] = Counter()  # of each name among them

    def __call__(self, found: re.Match[str]) -> str:
        closes, name = found[2], (found[3] or "img").lower()
        if name not in MATH_TAGS | _TEXTS:
            if not closes or name in {"br", "p"}:
                while self._in_formula():
                    self._leave(self.open[-1][0])
        elif closes:
            if self.count[name]:
                return found[0] if self._leave(name) else " </x"
        elif name == "math" or self._in_formula():
            if not (found[4] or "").endswith("/>"):
                self._enter(name, True)
        elif name in MATH_TAGS:
            self._enter(name, False)
            return " <x"
        return found[0]

    def _in_formula(self) -> bool:
        return bool(self.open) and self.open[-1][1] and self.open[-1][0] not in _TEXTS

    def _enter(self, name: str, in_formula: bool) -> None:
        self.open.append((name, in_formula))
        self.count[name] += 1

    def _leave(self, name: str) -> bool:
        """Whether the innermost element of this name, which is left with all in it, stands in a formula."""
        while True:
            left, in_formula = self.open.pop()
            self.count[left] -= 1
            if left == name:
                return in_formula
