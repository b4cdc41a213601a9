"""What a person types into the search, as terms of which a text must have all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.names import search_words

TERMS = 12  # more words than a question needs to be found by
_CHUNK = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True)
class Term:
    """Words that stand one after the other; the last one may go on where the term ``is_open`` (a prefix)."""

    words: tuple[str, ...]
    is_open: bool


def terms_of(typed: str) -> tuple[Term, ...]:
    """Words by their beginnings, all of them needed; what stands in quotes as it is, word for word.

    ``law-051`` is one term of two words. At most :data:`TERMS` terms; without a letter or digit there is none.
    """
    for mark in "«»“”„":
        typed = typed.replace(mark, '"')
    found = []
    for quoted, chunk in _CHUNK.findall(typed):
        words = tuple(search_words(quoted or chunk).split())
        if words:
            found.append(Term(words, is_open=not quoted))
    return tuple(dict.fromkeys(found))[:TERMS]


def for_sqlite(terms: tuple[Term, ...]) -> str:
    """The terms as a query of FTS5 (sqlite.org/fts5.html#full_text_query_syntax); words hold no signs to escape."""
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.is_open else ""}' for term in terms)


def for_postgresql(terms: tuple[Term, ...]) -> str:
    """The terms as a ``tsquery``: words of one term follow one another (``<->``), all terms are needed."""
    return " & ".join(f"({' <-> '.join(_lexemes(term))})" for term in terms)


def _lexemes(term: Term) -> list[str]:
    found = [f"'{word}'" for word in term.words]
    return [*found[:-1], f"{found[-1]}:*"] if term.is_open else found
