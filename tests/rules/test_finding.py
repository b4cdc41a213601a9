"""What is typed into the search becomes terms that every database understands alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.names import search_words
from question_bank import finding
from question_bank.finding import Term, terms_of


@pytest.mark.parametrize(("typed", "terms"), [
    ("өнүк", (Term(("өнүк",), True),)),
    ("ӨНҮК Ёлка", (Term(("өнүк",), True), Term(("елка",), True))),
    ('"билим берүү" мыйзам', (Term(("билим", "берүү"), False), Term(("мыйзам",), True))),
    ("«билим берүү»", (Term(("билим", "берүү"), False),)),
    ('"жабылбаган тырмакча', (Term(("жабылбаган", "тырмакча"), False),)),
    ("LAW-051", (Term(("law", "051"), True),)),
    ("билим билим", (Term(("билим",), True),)),
    ("сло\u0301во по\u00adлный", (Term(("слово",), True), Term(("полный",), True))),
    ("моё и\u0306 же\u0300 и\u0300", (Term(("мое",), True), Term(("й",), True), Term(("же",), True),
                                       Term(("и",), True))),
    ("йод эңкейиш көл үй", tuple(Term((word,), True) for word in ("йод", "эңкейиш", "көл", "үй"))),
    ("% — ''", ()),
    ("", ()),
])  # fmt: skip
def test_words_are_found_by_their_beginnings_and_phrases_word_for_word(typed, terms):
    assert terms_of(typed) == terms


def test_more_words_than_a_question_needs_are_left_out():
    assert len(terms_of(" ".join(f"сөз{n}" for n in range(50)))) == finding.TERMS


@given(st.text(max_size=60))
def test_nothing_that_is_typed_leaves_a_sign_that_a_database_would_read_as_its_own(typed):
    terms = terms_of(typed)
    for term in terms:
        assert term.words and all(word and word == search_words(word) and " " not in word for word in term.words)
    assert finding.for_sqlite(terms).count('"') == 2 * len(terms)
    assert finding.for_postgresql(terms).count("'") == 2 * sum(len(term.words) for term in terms)
