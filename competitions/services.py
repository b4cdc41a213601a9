"""Competitions: announced, corrected before anybody takes part (¶15–16); applications in them (¶6, 10, 18, 30)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.models import User
from competitions import queries, rules
from competitions.models import Application, Competition, Person
from competitions.queries import applications_of
from competitions.rules import ApplicationState, Financing
from core import audit, i18n
from core.db import db
from regulation.law import CURRENT

__all__ = [
    "CompetitionData", "admit", "announce", "applications_of", "barred_of", "check_open", "closing", "correct",
    "file_application", "file_directly", "in_use", "is_closed", "is_in_use", "lacks_last_day", "on_test",
    "on_withdrawal", "refuse", "use", "withdraw",
]  # fmt: skip

Use = Callable[[Collection[UUID]], set[UUID]]
Withdrawal = Callable[[Application, str, User, datetime], None]
Tested = Callable[[UUID], set[UUID]]
_uses: list[Use] = []
_closings: list[Use] = []
_withdrawals: list[Withdrawal] = []
_tested: list[Tested] = []


def use(check: Use) -> Use:
    """Register a room's answer to which of these competitions somebody takes part in already.

    The rooms above know, this one does not.
    """
    _uses.append(check)
    return check


def closing(check: Use) -> Use:
    """Register a room's answer to which of these competitions are closed: their results are drawn up."""
    _closings.append(check)
    return check


def is_closed(competition: Competition) -> bool:
    """Whether nobody joins the competition any more."""
    return any(check([competition.id]) for check in _closings)


def check_open(competition: Competition) -> None:
    """Refuse whoever would join a competition whose results are drawn up.

    Raises:
        CompetitionClosed.
    """
    if is_closed(competition):
        raise rules.CompetitionClosed(number=competition.number)


def on_withdrawal(act: Withdrawal) -> Withdrawal:
    """Register what a room above does when an application is withdrawn or its admission taken back.

    It refuses where that is too late.
    """
    _withdrawals.append(act)
    return act


def on_test(find: Tested) -> Tested:
    """Register a room's answer for whom the test of a competition has begun or is over, by person."""
    _tested.append(find)
    return find


def barred_of(competition: Competition, *, today: date) -> dict[UUID, date]:
    """Who among the applicants still waiting for the test is barred meanwhile (¶28): until when, by person."""
    over = {person for find in _tested for person in find(competition.id)}
    barred = queries.barred_among(competition, today=today)
    return {person: until for person, until in barred.items() if person not in over}


def is_in_use(competition: Competition) -> bool:
    """Whether the competition may no longer change."""
    return bool(in_use([competition]))


def in_use(competitions: Iterable[Competition]) -> set[UUID]:
    """Those of these competitions that may no longer change, by id; as many statements for all as for one."""
    asked = [one.id for one in competitions]
    return {found for check in (*_uses, *_closings) for found in check(asked)}


@dataclass(frozen=True)
class CompetitionData:
    """What is announced."""

    number: str
    school_ky: str
    school_ru: str
    place_ky: str
    place_ru: str
    financing: Financing
    announced_on: date
    applications_until: date | None = None


def announce(data: CompetitionData, *, by: User, now: datetime, is_demo: bool = False) -> Competition:
    """Write down a competition under the law in force today, which it keeps.

    Raises:
        NumberTaken: another competition has this number.
    """
    _check_number(data.number, None)
    competition = Competition(
        id=uuid4(), law_version=CURRENT.version, created_at=now, is_demo=is_demo, **vars(data)
    )  # fmt: skip
    db.session.add(competition)
    audit.record("competition.announced", competition, by=by, at=now, law=competition.law_version, **vars(data))
    return competition


def correct(competition: Competition, data: CompetitionData, *, by: User, now: datetime) -> None:
    """Correct a competition in which nobody takes part yet.

    A last day for applications that is missing can be set as long as nothing is drawn up: without one, and without a
    test that was held, a competition would wait for applications for ever.

    Raises:
        CompetitionClosed: its results are drawn up.
        CompetitionInUse: somebody is registered, and more than the missing last day would change.
        LastDayPassed: the last day that was missing would lie in the past.
        NumberTaken: another competition has this number.
    """
    check_open(competition)
    if is_in_use(competition):
        if not lacks_last_day(competition) or _but_last_day(vars(data)) != _but_last_day(vars(competition)):
            raise rules.CompetitionInUse
        rules.check_last_day(data.applications_until, today=now.astimezone(i18n.zone()).date())
    _check_number(data.number, competition)
    for name, value in vars(data).items():
        setattr(competition, name, value)
    audit.record("competition.corrected", competition, by=by, at=now, **vars(data))


def lacks_last_day(competition: Competition) -> bool:
    """Whether no last day for applications is written down."""
    return competition.applications_until is None


def _but_last_day(values: Mapping[str, object]) -> dict[str, object]:
    return {name: values[name] for name in CompetitionData.__dataclass_fields__ if name != "applications_until"}


def _check_number(number: str, own: Competition | None) -> None:
    known = db.session.scalar(select(Competition).where(Competition.number == number))
    if known is not None and known is not own:
        raise rules.NumberTaken(number=number)


def file_application(competition: Competition, person: Person, *, by: audit.Actor, now: datetime) -> Application:
    """Write down a person's application (¶6, 10); who withdrew may apply again.

    Raises:
        ApplicationsClosed: after the last day (¶11, 16).
        CompetitionClosed: the results are drawn up.
        Barred: below a cut score less than a year ago (¶28).
        ApplicationExists: this person has one that was not withdrawn.
    """
    rules.check_applications_open(competition.applications_until, today=now.astimezone(i18n.zone()).date())
    return file_directly(competition, person, by=by, now=now)


def file_directly(competition: Competition, person: Person, *, by: audit.Actor, now: datetime) -> Application:
    """As :func:`file_application`, for whoever the department registers itself: the last day does not bind it.

    Raises:
        CompetitionClosed, Barred, ApplicationExists: see there.
    """
    check_open(competition)
    rules.check_not_barred(queries.returns_on(person), today=now.astimezone(i18n.zone()).date())
    application = queries.application_of(competition.id, person.id)
    if application is None:
        application = Application(
            id=uuid4(), competition=competition, person=person, state=ApplicationState.FILED, filed_at=now
        )
        db.session.add(application)
    elif application.state == ApplicationState.WITHDRAWN:
        application.state, application.filed_at = ApplicationState.FILED, now
        application.decided_at = application.withdrawn_at = None
    else:
        raise rules.ApplicationExists(state=rules.APPLICATION_NAMES[application.state])
    audit.record("application.filed", application, by=by, at=now, competition=competition.id)
    return application


def admit(application: Application, *, by: audit.Actor, now: datetime) -> None:
    """Admit the person to the test (¶18–19).

    Raises:
        ApplicationStep: it is decided or withdrawn already.
        Barred: below a cut score less than a year ago (¶28).
    """
    rules.check_application_step(application.state, ApplicationState.ADMITTED)
    rules.check_not_barred(queries.returns_on(application.person), today=now.astimezone(i18n.zone()).date())
    application.state, application.decided_at = ApplicationState.ADMITTED, now
    audit.record("application.admitted", application, by=by, at=now, competition=application.competition_id)


def refuse(application: Application, reason: str, *, by: User, now: datetime) -> None:
    """Do not admit the person, with the reason (¶12); an admission is taken back so, and a registration goes with it.

    Raises:
        ReasonMissing: no reason.
        ApplicationStep: it is refused or withdrawn already.
        TestIsOver: the person has begun the test, or the sitting is over.
    """
    _check_reason(reason)
    rules.check_application_step(application.state, ApplicationState.NOT_ADMITTED)
    was_admitted = application.state == ApplicationState.ADMITTED
    if was_admitted:
        for act in _withdrawals:
            act(application, reason.strip(), by, now)
    application.state, application.decided_at = ApplicationState.NOT_ADMITTED, now
    audit.record(
        "application.refused", application, by=by, at=now, competition=application.competition_id,
        reason=reason.strip(), was_admitted=was_admitted,
    )  # fmt: skip


def withdraw(application: Application, document: str, *, by: User, now: datetime) -> None:
    """Write down that the person has withdrawn in writing (¶30); a registration for a test goes with it.

    ``document`` names the letter. It leaves no bar (¶28).

    Raises:
        ReasonMissing: no document is named.
        ApplicationStep: not admitted, or withdrawn already.
        TestIsOver: the person has begun the test, or the sitting is over.
    """
    _check_reason(document)
    rules.check_application_step(application.state, ApplicationState.WITHDRAWN)
    for act in _withdrawals:
        act(application, document.strip(), by, now)
    application.state, application.withdrawn_at = ApplicationState.WITHDRAWN, now
    audit.record(
        "application.withdrawn", application, by=by, at=now, competition=application.competition_id,
        document=document.strip(),
    )  # fmt: skip


def _check_reason(text: str) -> None:
    if not text.strip():
        raise rules.ReasonMissing
