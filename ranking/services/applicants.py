"""What became of those who applied for a competition, counted without opening a sealed link."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from competitions.models import Application, Competition
from competitions.rules import ApplicationState
from core import i18n
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import SittingStatus


@dataclass(frozen=True)
class People:
    """How many applied, and what became of them; each applicant is counted once."""

    filed: int
    withdrew: int
    not_admitted: int
    absent: int
    unregistered: int
    to_come: list[Sitting]
    are_open: bool
    until: datetime | None  # the end of the last day for applications, where that is still to come
    ends: list[datetime]


def people_of(
    competition: Competition, applications: Collection[Application], registered: Collection[Participant], *, sat: int,
    is_over: bool, now: datetime,
) -> People:  # fmt: skip
    """Each applicant once. Who sat is known by number only, so the absent are those registered less those who sat.

    Without a last day applications are open until a main sitting of the competition has closed (``is_over``).
    """
    states, places = {one.person_id: one for one in applications}, {one.person_id: one for one in registered}
    admitted = {key for key, one in states.items() if one.state == ApplicationState.ADMITTED} | set(places)
    sittings = {one.sitting_id: one.sitting for one in places.values()}
    to_come = [one for one in sittings.values() if one.status != SittingStatus.CLOSED]
    over = sum(one.sitting.status == SittingStatus.CLOSED for one in places.values())
    last_day, ends = competition.applications_until, [one.closed_at for one in sittings.values() if one.closed_at]
    until = _end_of(last_day) if last_day else None
    ends += [end for one in states.values() if (end := one.withdrawn_at or one.decided_at)]
    if until:
        ends.append(until)

    def count(state: ApplicationState) -> int:
        return sum(one.state == state and key not in places for key, one in states.items())

    return People(
        filed=count(ApplicationState.FILED), withdrew=count(ApplicationState.WITHDRAWN),
        not_admitted=count(ApplicationState.NOT_ADMITTED), absent=max(0, over - sat),
        unregistered=len(admitted - set(places)), to_come=sorted(to_come, key=lambda one: (one.starts_at, one.number)),
        are_open=now < until if until else not (is_over or over), until=until if until and now < until else None,
        ends=ends,
    )  # fmt: skip


def _end_of(day: date) -> datetime:
    """The first moment after this day, where the department is."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=i18n.zone())
