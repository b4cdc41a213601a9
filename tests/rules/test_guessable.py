"""What is guessed first makes no password, in whichever language and layout it is typed; what is not, does."""

from __future__ import annotations

import secrets
import string

import pytest

from accounts.guessable import LEFT_LEAST, is_guessable, left_of

OWN = ("a.asanova", "Асанова Айгерим Бакытовна")
GUESSED = {
    "the words of this service": [
        "testing-centre-2026", "Director2026!", "министерство культуры", "МАМЛЕКЕТТИК кызмат", "кыргыз республикасы",
        "ministrlik-2025", "тестирование1", "Сынак борбору 24",
    ],
    "one's own names": ["asanova-asanova", "Айгерим_1985!", "асановаайгерим", "bakytovna1234"],
    "usual words": [
        "passwordpassword", "P@ssw0rd2025!", "letmein letmein", "iloveyou1234", "correct horse battery staple",
        "парольпароль1", "Спартак-Москва", "сырсөз сырсөз", "манас-семетей1",
    ],
    "usual words in the other layout": ["gfhjkmgfhjkm", "зфыыцщкв1234", "vjcrdf-vjcrdf"],
    "rows of keys, of the alphabet, of digits": [
        "qwertyuiop[]", "йцукенгшщзхъ", "1qaz2wsx3edc", "1q2w3e4r5t6y", "zxcvbnm,./asd", "[]poiuytrewq", "фывапролджэ!",
        "123456789012", "098765432100", "abcdefghijkl", "абвгдежзийкл", "!@#$%^&*()_+", "йфяцычувскам",
    ],
    "repetitions": ["aaaaaaaaaaaa", "gorilla gorilla", "abcxabcxabcxabcx", "крокодилкрокодил", "!!!!!!!!!!!!!!"],
    "dates, telephones, personal numbers": ["+996 555 123 456", "01.01.1990 01.01", "21501198512345", "0555 123 45678"],
}  # fmt: skip
NOT_GUESSED = (
    "tulip river umbrella", "четыре синих верблюда", "мышык тоого чыкты", "k9#Vw2!tRz8q", "f3a9c1e07b52d846",
    "my director sings loudly", "😀🐎🔋📋🎻🌋🧊🪁🛶🧭🦉🍐",
)  # fmt: skip


@pytest.mark.parametrize(("password"), [one for kind in GUESSED.values() for one in kind])
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert len(password) >= 11 and is_guessable(password, *OWN)


@pytest.mark.parametrize("password", NOT_GUESSED)
def test_what_is_not_guessed_first_is_accepted(password: str) -> None:
    assert not is_guessable(password, *OWN)


def test_somebody_elses_names_are_words_like_others() -> None:
    assert is_guessable("sadyrbekova77", "n.sadyrbekova") and not is_guessable("sadyrbekova77", *OWN)


@pytest.mark.parametrize(("left", "refused"), [(LEFT_LEAST - 1, True), (LEFT_LEAST, False)])
def test_beside_what_is_guessed_first_so_many_characters_make_a_password(left: int, refused: bool) -> None:
    rest = "zkvtmhwrbx"[:left]
    assert left_of(f"Министр {rest}", OWN) == rest
    assert is_guessable(f"Министр {rest}", *OWN) is refused


def test_a_password_drawn_by_a_program_is_accepted() -> None:
    """Of a million such draws hardly one holds a word by chance; three of twenty-four characters cannot all."""
    drawn = ["".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(24)) for _ in range(3)]
    assert not all(is_guessable(one, *OWN) for one in drawn)
