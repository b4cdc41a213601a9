"""¶28: who is barred and until when; what a PIN and an e-mail address are."""

from __future__ import annotations

from datetime import date

import pytest

from competitions.rules import (
    Barred,
    EmailInvalid,
    PersonalNumberInvalid,
    check_email,
    check_not_barred,
    check_personal_number,
    may_return_on,
)
from regulation.law import CURRENT


@pytest.mark.parametrize(
    ("failed", "returns"),
    [
        (date(2026, 11, 28), date(2027, 11, 28)),
        (date(2028, 2, 29), date(2029, 3, 1)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_one_returns_on_the_same_day_of_the_next_year_and_after_29_february_on_1_march(failed, returns):
    assert may_return_on(failed, CURRENT) == returns


def test_the_day_of_return_itself_is_free_and_the_day_before_is_not():
    returns = date(2027, 11, 28)
    check_not_barred(returns, today=returns)
    with pytest.raises(Barred) as refused:
        check_not_barred(returns, today=date(2027, 11, 27))
    assert refused.value.params == {"date": "28.11.2027"}


def test_who_never_failed_is_not_barred():
    check_not_barred(None, today=date(2026, 11, 28))


@pytest.mark.parametrize("typed", ["21505197800123", " 215 0519 7800123 ", "2150-5197-8001-23"])
def test_a_pin_has_14_digits_whatever_stands_between_them(typed):
    assert check_personal_number(typed) == "21505197800123"


@pytest.mark.parametrize("typed", ["", "2150519780012", "215051978001234", "2150519780012A", "٢١٥٠٥١٩٧٨٠٠١٢٣"])
def test_anything_else_is_no_pin(typed):
    with pytest.raises(PersonalNumberInvalid):
        check_personal_number(typed)


@pytest.mark.parametrize("typed", ["", "a@b.kg", " айгүл@мектеп.kg ", "a.b+c@mail.edu.kg"])
def test_an_address_that_can_be_one_is_taken(typed):
    assert check_email(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["a", "a@", "a@b", "a@b.", "a b@c.kg", "a@b.kg, c@d.kg", "@b.kg"])
def test_an_address_that_cannot_be_one_is_refused(typed):
    with pytest.raises(EmailInvalid):
        check_email(typed)
