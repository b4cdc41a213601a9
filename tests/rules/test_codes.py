"""A code that was mistyped is seen before anybody is asked; a fresh one is always well formed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from testing_center.rules.codes import (
    DIGITS,
    check_digit,
    grouped,
    is_well_formed,
    new_code,
    new_resume_token,
    normalise,
)

bodies = st.text("0123456789", min_size=DIGITS - 1, max_size=DIGITS - 1)


def whole(body: str) -> str:
    return body + str(check_digit(body))


@given(bodies)
def test_a_code_with_its_check_digit_is_well_formed(body):
    assert is_well_formed(whole(body))


@given(bodies)
def test_every_single_wrong_digit_is_seen(body):
    code = whole(body)
    for place in range(DIGITS):
        for digit in set("0123456789") - {code[place]}:
            assert not is_well_formed(code[:place] + digit + code[place + 1 :])


@given(bodies)
def test_every_swap_of_neighbours_is_seen(body):
    code = whole(body)
    for place in range(DIGITS - 1):
        one, other = code[place], code[place + 1]
        if one != other:
            assert not is_well_formed(code[:place] + other + one + code[place + 2 :])


def test_the_published_example_of_damm_holds():
    assert check_digit("572") == 4


def test_a_fresh_code_is_sixteen_digits_and_well_formed_and_differs_from_the_next():
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200 and all(len(code) == DIGITS and is_well_formed(code) for code in codes)


def test_spaces_and_hyphens_of_a_typed_code_do_not_matter():
    code = whole("123456789012345")
    assert normalise(f" {code[:4]}-{code[4:8]}\u00a0{code[8:12]}–{code[12:]} ") == code
    assert normalise(grouped(code)) == code


def test_letters_and_short_codes_are_not_well_formed():
    assert not is_well_formed("") and not is_well_formed("0" * 15) and not is_well_formed("O" * 16)
    assert not is_well_formed("٠" * 16)  # digits of another script are no digits here


def test_a_resume_token_has_eight_digits():
    assert all(len(token) == 8 and token.isdecimal() for token in (new_resume_token() for _ in range(50)))
