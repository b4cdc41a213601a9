"""The law as data: the regulation's numbers and official wordings stand in one place, as the text has them."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from regulation.law import CURRENT, PROVISIONAL, VERSIONS, law

# Lines copied from the Kyrgyz text of the regulation.
STATEMENTS = """- топтолгон балл квалификациялык талаптарга жооп берет;
- топтолгон балл квалификациялык талаптарга жооп бербейт."""  # ¶26


def test_14_a_competition_is_decided_on_within_five_calendar_days_of_the_termination():
    assert PROVISIONAL.termination_to_announcement_days == 5


def test_19_those_admitted_are_told_within_three_days():
    assert PROVISIONAL.admitted_notice_days == 3


def test_19_those_not_admitted_are_told_when_three_days_have_passed():
    assert PROVISIONAL.not_admitted_notice_after_days == 3


def test_10_the_development_programme_has_at_most_twenty_pages():
    assert PROVISIONAL.programme_max_pages == 20


def test_26_the_protocol_bears_one_of_two_statements_word_for_word():
    meets, does_not = (line.strip("- ;.") for line in STATEMENTS.splitlines())
    assert PROVISIONAL.statement(meets=True)["ky"] == meets
    assert PROVISIONAL.statement(meets=False)["ky"] == does_not


@pytest.mark.parametrize("meets", [True, False])
def test_26_the_statement_is_there_in_kyrgyz_russian_and_english(meets):
    assert set(PROVISIONAL.statement(meets=meets)) == {"ky", "ru", "en"}
    assert all(PROVISIONAL.statement(meets=meets).values())


def test_28_who_is_below_the_cut_score_may_return_after_one_year():
    assert PROVISIONAL.bar_years == 1


def test_29_a_tie_break_has_at_most_a_third_of_the_items_and_is_held_within_two_days():
    assert (PROVISIONAL.tie_break_divisor, PROVISIONAL.tie_break_days) == (3, 2)


def test_29_a_main_test_has_at_least_three_items_so_that_a_third_is_one():
    assert PROVISIONAL.main_test_min_items // PROVISIONAL.tie_break_divisor == 1
    assert (PROVISIONAL.main_test_min_items - 1) // PROVISIONAL.tie_break_divisor == 0


def test_33_an_appeal_may_be_filed_within_one_hour():
    assert PROVISIONAL.appeal_window == timedelta(hours=1)


def test_34_the_commission_has_at_most_five_people():
    assert PROVISIONAL.commission_max == 5


def test_36_the_commissions_materials_are_kept_one_year():
    assert PROVISIONAL.commission_archive_years == 1


def test_37_the_result_is_published_within_five_days():
    assert PROVISIONAL.publication_days == 5


def test_39_protocols_and_documents_are_kept_five_years():
    assert PROVISIONAL.archive_years == 5


def test_the_regulation_has_a_name_in_every_language():
    assert set(PROVISIONAL.title) == {"ky", "ru", "en"}


def test_a_version_of_the_law_cannot_be_edited():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PROVISIONAL.bar_years = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        PROVISIONAL.meets["ky"] = "жооп берет"  # type: ignore[index]
    with pytest.raises(TypeError):
        VERSIONS["new"] = PROVISIONAL  # type: ignore[index]


def test_a_competition_finds_the_version_that_it_pinned():
    assert law("provisional-1") is PROVISIONAL
    assert VERSIONS[CURRENT.version] is CURRENT
    with pytest.raises(KeyError):
        law("never-adopted")
