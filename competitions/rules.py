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


class ApplicationState(enum.StrEnum):
    """What became of an application."""

    FILED = "filed"
    ADMITTED = "admitted"
    NOT_ADMITTED = "not_admitted"
    WITHDRAWN = "withdrawn"  # in writing, to the competition commission (¶30)


#: What may become of an application: who withdrew may apply again while applications are accepted. An admission is
#: taken back, with the reason, where something came to light or a bar fell in between (¶12, 28), until the test begins.
APPLICATION_STEPS: dict[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.FILED: frozenset(
        {ApplicationState.ADMITTED, ApplicationState.NOT_ADMITTED, ApplicationState.WITHDRAWN}
    ),
    ApplicationState.ADMITTED: frozenset({ApplicationState.NOT_ADMITTED, ApplicationState.WITHDRAWN}),
    ApplicationState.NOT_ADMITTED: frozenset(),
    ApplicationState.WITHDRAWN: frozenset({ApplicationState.FILED}),
}
APPLICATION_NAMES = {
    ApplicationState.FILED: _l("Filed"),
    ApplicationState.ADMITTED: _l("Admitted"),
    ApplicationState.NOT_ADMITTED: _l("Not admitted"),
    ApplicationState.WITHDRAWN: _l("Candidacy withdrawn"),
}
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


class OtherName(Refusal):
    """The personal number is known under another name: a slip of the pen, or a changed name."""

    code = "other_name"
    message = _l("This PIN is registered under another name: %(name)s. Check the PIN and the name.")


class NumberTaken(Refusal):
    code = "competition_number_taken"
    message = _l("This number is taken already: %(number)s.")


class CompetitionInUse(Refusal):
    code = "competition_in_use"
    message = _l("Somebody is registered for a test in this competition, so it does not change any more.")


class CompetitionClosed(Refusal):
    """What was drawn up and published rests on who took part then: another person needs a new competition (¶31)."""

    code = "competition_closed"
    message = _l(
        "The results of this competition are drawn up: nobody joins it and nothing in it changes any more. "
        "Competition: %(number)s."
    )


class Barred(Refusal):
    """¶28: below the cut score, a person may take part again only after a year."""

    code = "barred"
    title = _l("Not admitted to the test")
    message = _l("A candidate below the cut score may take part again only after 1 year. Possible from: %(date)s")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _l("Write down the reason, or the document that says so.")


class ApplicationExists(Refusal):
    code = "application_exists"
    message = _l("This person has an application in this competition already: %(state)s.")


class ApplicationStep(Refusal):
    code = "application_step"
    message = _l("This cannot be done with the application any more. It is: %(state)s.")


class ApplicationsClosed(Refusal):
    code = "applications_closed"
    message = _l("Applications are accepted no longer. The last day was: %(date)s.")


class TestIsOver(Refusal):
    """A change after the test has begun for this person; a winner declines the contract instead (¶29)."""

    __test__ = False
    code = "test_is_over"
    message = _l("The test of this person has begun or is over, so nothing changes in the application any more.")


class LastDayPassed(Refusal):
    code = "last_day_passed"
    message = _l("The last day for applications is set for today or later, so that everybody can know it.")


def check_application_step(now_is: ApplicationState, wanted: ApplicationState) -> None:
    """Refuse what an application in this state cannot become (¶12, 18–19, 30).

    Raises:
        ApplicationStep: with the state in which it is.
    """
    if wanted not in APPLICATION_STEPS[now_is]:
        raise ApplicationStep(state=APPLICATION_NAMES[now_is])


def check_applications_open(until: date | None, *, today: date) -> None:
    """Refuse an application after the last day (¶11, 16); the day itself is in time, no day set means no end yet.

    Raises:
        ApplicationsClosed: with the last day.
    """
    if until is not None and today > until:
        raise ApplicationsClosed(date=until.strftime("%d.%m.%Y"))


def check_last_day(until: date | None, *, today: date) -> None:
    """Refuse a last day for applications that is set when it has passed already (¶11, 16); today is in time.

    Raises:
        LastDayPassed: see above.
    """
    if until is not None and until < today:
        raise LastDayPassed


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
