"""Characters that no text of a question may hold, in the editor and in every file; pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator

from core.i18n import lazy_gettext as _l
from core.letters import turning
from question_bank.kinds.base import Finding

# Characters that no file can carry safely: controls, lone surrogates, noncharacters; U+FFFD stands for a lost letter.
_LOST = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
# The language mark of the GIFT format (see gift.py): as text it would be taken for a mark.
_MARK = re.compile(r"\{\s*mlang", re.IGNORECASE)


def findings(
    texts: Iterable[tuple[str, str]], *, is_rich: bool, called: Callable[[str], str] = str
) -> Iterator[Finding]:
    """What is wrong in these texts, each with its column; ``is_rich``: a character may be written as ``&#x202E;``.

    ``called`` is what a column is called where the sentence is read.
    """
    for column, text in texts:
        if _LOST.search(text):
            yield (
                "damaged_text",
                _l("The text holds damaged or invisible control characters. Type it again."),
                column,
            )
        if sign := turning(html.unescape(text) if is_rich else text):
            yield "turned_text", _turned(sign, called(column)), column
        if _MARK.search(text):
            yield "mark_in_text", _l("The text holds a language mark ({mlang …}). Take the mark out."), column


def _turned(sign: str, field: str) -> object:
    return _l(
        "The text holds a sign that nobody sees and that turns the letters after it round: it would be read otherwise "
        "than it is stored. Delete the text and type it anew. Sign: %(sign)s. Field: %(field)s",
        sign=sign,
        field=field,
    )
