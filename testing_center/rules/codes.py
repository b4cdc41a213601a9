"""Candidate codes: 15 random digits and a Damm check digit; digits because they are typed alike on every layout."""

from __future__ import annotations

import enum
import re
import secrets
from datetime import timedelta

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

DIGITS = 16
RESUME_DIGITS = 8
RESUME_LASTS = timedelta(minutes=10)
RESUME_TRIES = 5
LOCK_CODE_AFTER = 10  # consecutive failures
WORKSTATION_LIMIT, WORKSTATION_WINDOW = 30, timedelta(minutes=1)
CENTRE_ALARM, CENTRE_WINDOW = 300, timedelta(hours=1)

# The quasigroup of order 10 of H. M. Damm, 'Total anti-symmetrische Quasigruppen' (Marburg 2004), weakly totally
# anti-symmetric: catches every single wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2), (7, 0, 9, 2, 1, 5, 4, 8, 6, 3), (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6), (6, 1, 2, 3, 0, 4, 5, 9, 7, 8), (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4), (8, 9, 4, 5, 3, 6, 2, 0, 1, 7), (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)  # fmt: skip


class CodeStatus(enum.StrEnum):
    """Life of a code: one use, or none."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    REVOKED = "revoked"
    EXPIRED = "expired"  # the sitting closed before it was used


class InvalidCode(Refusal):
    """The same answer for an unknown, wrong, used, revoked or locked code, and for one of another sitting."""

    code = "invalid_code"
    status = 401
    title = _l("The code was not accepted")
    message = _l("The code is not valid. Check it and try again, or ask the proctor.")


class TooManyTries(Refusal):
    code = "too_many_tries"
    status = 429
    title = _l("Too many tries")
    message = _l("Too many tries. Next try in: %(seconds)s seconds.")

    @property
    def answer(self) -> dict[str, int]:
        """What a program that asked is told besides."""
        return {"retry_after": int(self.params["seconds"])}


class NotTheCodeOfThisTest(Refusal):
    """Of a code typed again inside: who it is not is said plainly, what was typed is kept nowhere."""

    code = "not_the_code_of_this_test"
    title = _l("The code was not accepted")
    message = _l("This is not the code with which this test was entered. Check the 16 digits on your slip.")


class CodeIsLocked(Refusal):
    code = "code_is_locked"
    title = _l("The code is locked after too many tries")
    message = _l("This code was typed wrongly too often, so it is locked. Ask the proctor to unlock it.")


class ReasonNeeded(Refusal):
    code = "reason_needed"
    message = _l("Give a reason: it becomes part of the record.")


class CodesNotPrintable(Refusal):
    code = "codes_not_printable"
    message = _l("There is no unused code to print in this sitting.")


def check_digit(digits: str) -> int:
    """Damm check digit of a string of digits."""
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return state


def new_code() -> str:
    """A fresh code of 16 digits."""
    body = f"{secrets.randbelow(10 ** (DIGITS - 1)):0{DIGITS - 1}}"
    return body + str(check_digit(body))


def normalise(text: str) -> str:
    """Digits of a typed code; spaces, hyphens and the like are ignored."""
    return re.sub(r"[\s\-‐-―·.]", "", text)


def is_well_formed(code: str) -> bool:
    """Whether a code has 16 digits and the right check digit: a typing slip is seen without asking the database."""
    return bool(re.fullmatch(rf"[0-9]{{{DIGITS}}}", code)) and check_digit(code) == 0


def is_resume_token(token: str) -> bool:
    """Whether a resume code has its eight digits."""
    return bool(re.fullmatch(rf"[0-9]{{{RESUME_DIGITS}}}", token))


def grouped(code: str) -> str:
    """``1234 5678 9012 3456``."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def new_resume_token() -> str:
    """Eight random digits that let a candidate go on at another workstation."""
    return f"{secrets.randbelow(10**RESUME_DIGITS):0{RESUME_DIGITS}}"
