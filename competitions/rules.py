"""Who may take part, and what a personal number is (¶3, 28)."""

from __future__ import annotations

import enum
import re
from datetime import date

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from regulation.law import Regulation


class Financing(enum.StrEnum):
    """Who pays for the school; decides who appoints (¶37–38)."""

    REPUBLICAN = "republican"
    LOCAL = "local"


FINANCING_NAMES = {
    Financing.REPUBLICAN: _l("Republican budget"),
    Financing.LOCAL: _l("Local budget"),
}


class PersonalNumberInvalid(Refusal):
    code = "personal_number_invalid"
    message = _l("A PIN has 14 digits.")


class EmailInvalid(Refusal):
    code = "email_invalid"
    message = _l("The e-mail address is not valid.")


class NumberTaken(Refusal):
    code = "competition_number_taken"
    message = _l("This number is taken already: %(number)s.")


class CompetitionInUse(Refusal):
    code = "competition_in_use"
    message = _l("Somebody is registered for a test in this competition, so it does not change any more.")


class Barred(Refusal):
    """¶28: below the cut score, a person may take part again only after a year."""

    code = "barred"
    title = _l("Not admitted to the test")
    message = _l("A candidate below the cut score may take part again only after 1 year. Possible from: %(date)s")


def check_personal_number(text: str) -> str:
    """The 14 digits of a PIN, without spaces.

    Raises:
        PersonalNumberInvalid: anything else.
    """
    digits = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]{14}", digits):
        raise PersonalNumberInvalid
    return digits


def check_email(text: str) -> str:
    """An e-mail address without spaces around it; empty stays empty.

    Only its form is judged (something@host.zone): whether it works is seen when mail is sent.

    Raises:
        EmailInvalid: anything else.
    """
    address = text.strip()
    if address and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}", address):
        raise EmailInvalid
    return address


def may_return_on(failed_on: date, law: Regulation) -> date:
    """The day from which a person below the cut score may take part again (¶28; 29 February → 1 March)."""
    year = failed_on.year + law.bar_years
    try:
        return failed_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def check_not_barred(returns_on: date | None, *, today: date) -> None:
    """Refuse a person who is still barred; the day of return itself is free (¶28)."""
    if returns_on is not None and today < returns_on:
        raise Barred(date=returns_on.strftime("%d.%m.%Y"))
