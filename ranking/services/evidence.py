"""The facts of a competition, gathered from the rows: what :func:`ranking.rules.outcome.outcome` is asked with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from appeals.models import Appeal
from competitions.models import Competition
from competitions.rules import ApplicationState, may_return_on
from core import i18n
from ranking import queries
from ranking.models import TieBreak
from ranking.queries import OPEN_APPEALS, Tested
from ranking.rules.acts import ActKind
from ranking.rules.outcome import Act, Facts, MainScore, Round, RoundState
from regulation.law import Regulation, law
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Sitting
from testing_center.rules.delivery import appeal_until
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.sittings import SittingStatus


@dataclass(frozen=True)
class Barred:
    """Below the cut score: the day from which the person may take part again (¶28), by public number."""

    code: str
    until: date


@dataclass(frozen=True)
class Evidence:
    """The facts, and beside them what a person wants to know of what is awaited.

    ``hours`` are the last moments for an appeal by sitting; ``ends`` every moment at which something came to its end.
    """

    facts: Facts
    tie_breaks: list[TieBreak]
    barred: tuple[Barred, ...]
    items: int | None
    maximum: int | None
    cut_score: int | None
    unregistered: int
    applications_until: datetime | None
    sittings_to_come: list[Sitting]
    hours: Mapping[UUID, datetime]
    hour_until: datetime | None
    open_appeals: list[Appeal]
    corrections_due: int
    ends: tuple[datetime, ...]
    law: Regulation
    zone: str  # of the place of testing; the department's where nobody was tested

    @property
    def since(self) -> datetime | None:
        """When the last of what had to end came to its end."""
        return max(self.ends, default=None)

    def publish_by(self, since: datetime) -> date:
        """Last day for telling the participants and publishing (¶37)."""
        return since.astimezone(i18n.zone()).date() + timedelta(days=self.law.publication_days)


@dataclass(frozen=True)
class Past:
    """Whether tests are past appeal: the hours by sitting, what is open, and the moments at which things ended."""

    hours: dict[UUID, datetime]
    hour_until: datetime | None  # the last hour that has not run out
    open_appeals: list[Appeal]
    corrections_due: int
    ends: list[datetime]

    @property
    def is_over(self) -> bool:
        """Nothing that could change a score is open."""
        return not (self.hour_until or self.open_appeals or self.corrections_due)


def gather(competition: Competition, *, now: datetime) -> Evidence:
    """Read the facts of a competition as they are now; a constant number of statements for each tie-break."""
    regulation = law(competition.law_version)
    everything, tie_breaks = queries.tested(competition), queries.tie_breaks(competition)
    sitting_ids = {one.attempt.sitting_id for one in everything} | {
        one.sitting_id for one in tie_breaks if one.sitting_id
    }
    annulments = queries.annulments(sitting_ids)
    annulled = {key for key, one in annulments.items() if one.status == CorrectionStatus.APPLIED}
    main = [one for one in everything if one.attempt.round == 0 and one.attempt.sitting_id not in annulled]
    scored = [one for one in main if one.result is not None]
    past = _past(scored, annulments, regulation, now=now)
    people = _people(competition, sat=len(scored), now=now)
    ends = [*past.ends, *people.ends]
    rounds = []
    for one in tie_breaks:
        round_, round_ends = _round(one, everything, annulments, annulled, regulation, past.hours, now=now)
        rounds.append(round_)
        ends += round_ends
    acts = queries.acts_of(competition)
    ends += [act.recorded_at for act in acts if act.kind == ActKind.CONTRACT_SECOND]
    first = scored[0] if scored else None
    return Evidence(
        facts=Facts(
            results=[_main_score(one) for one in scored], filed=people.filed, withdrew=people.withdrew,
            not_admitted=people.not_admitted, absent=people.absent, are_applications_open=people.are_open,
            is_testing=bool(people.unregistered or people.to_come), is_appealing=not past.is_over, rounds=rounds,
            acts=[Act(act.kind, act.attempt.number if act.attempt else None) for act in acts],
        ),
        tie_breaks=tie_breaks, barred=tuple(_barred(scored, regulation)),
        items=first.attempt.form.specification.items if first else None,
        maximum=first.result.maximum if first and first.result else None,
        cut_score=first.result.cut_score if first and first.result else None, unregistered=people.unregistered,
        applications_until=people.until, sittings_to_come=people.to_come, hours=past.hours, hour_until=past.hour_until,
        open_appeals=past.open_appeals, corrections_due=past.corrections_due, law=regulation,
        zone=str(first.attempt.sitting.zone if first else i18n.zone()),
        ends=tuple(end for end in ends if end <= now),
    )  # fmt: skip


def _main_score(one: Tested) -> MainScore:
    assert one.result is not None
    return MainScore(one.attempt.number, one.result.score, one.result.cut_score)


def _barred(scored: Collection[Tested], regulation: Regulation) -> list[Barred]:
    """Set from the data: below the cut score, a year from the day of the test at its place (¶28)."""
    return [
        Barred(
            one.attempt.number,
            may_return_on(one.attempt.ended_at.astimezone(one.attempt.sitting.zone).date(), regulation),
        )
        for one in scored
        if one.result and one.result.score < one.result.cut_score and one.attempt.ended_at
    ]


def _past(
    scored: Collection[Tested], annulments: Mapping[UUID, Annulment], regulation: Regulation, *, now: datetime
) -> Past:
    """How far appeals and corrections of these tests are; a sitting that runs has no hour yet."""
    hours: dict[UUID, datetime] = {}
    for one in scored:
        sitting = one.attempt.sitting
        if one.attempt.ended_at and sitting.closed_at:
            until = appeal_until(one.attempt.ended_at, sitting.closed_at, law=regulation, now=now)
            hours[sitting.id] = max(until, hours.get(sitting.id, until))
    appeals = queries.appeals({one.attempt.id for one in scored})
    forms = {one.attempt.form_id for one in scored}
    corrections = queries.corrections(forms)
    prepared = {one.form_id for one in corrections if one.status == CorrectionStatus.PREPARED}
    sittings = {one.attempt.sitting_id for one in scored}
    annulling = [key for key, one in annulments.items() if key in sittings and one.status == CorrectionStatus.PREPARED]
    ends = [*hours.values(), *(one.decided_at for one in corrections if one.decided_at)]
    ends += [end for one in appeals if (end := one.handed_over_at or one.lapsed_at or one.withdrawn_at)]
    return Past(
        hours, max((until for until in hours.values() if now <= until), default=None),
        sorted((one for one in appeals if one.status in OPEN_APPEALS), key=lambda one: one.number),
        len(prepared | queries.uncorrected(forms)) + len(annulling), ends,
    )  # fmt: skip


def _round(
    one: TieBreak, everything: Collection[Tested], annulments: Mapping[UUID, Annulment], annulled: Collection[UUID],
    regulation: Regulation, hours: dict[UUID, datetime], *, now: datetime,
) -> tuple[Round, list[datetime]]:  # fmt: skip
    """A tie-break as a fact; its own appeals are counted as the main test's are."""
    entrants = frozenset(entrant.attempt.number for entrant in one.places)
    sitting = one.sitting
    if sitting is None or sitting.status in (SittingStatus.PLANNED, SittingStatus.OPENING):
        state = RoundState.LAPSED if now > one.deadline_at else RoundState.ARRANGED if sitting else RoundState.CALLED
        return Round(one.round, entrants, state), []
    if sitting.id in annulled:
        return Round(one.round, entrants, RoundState.LAPSED), []
    if sitting.closed_at is None:
        return Round(one.round, entrants, RoundState.ARRANGED), []
    held = {entrant.held_id: entrant.attempt.number for entrant in one.places if entrant.held_id}
    scored = [test for test in everything if test.attempt.id in held and test.result is not None]
    points = {held[test.attempt.id]: test.result.score for test in scored if test.result}
    past = _past(scored, annulments, regulation, now=now)
    hours |= past.hours
    is_known = all(entrant.held_id or entrant.absence for entrant in one.places)
    state = RoundState.HELD if is_known and past.is_over else RoundState.APPEALS
    return Round(one.round, entrants, state, points), [sitting.closed_at, *past.ends]


@dataclass(frozen=True)
class _People:
    filed: int
    withdrew: int
    not_admitted: int
    absent: int
    unregistered: int
    to_come: list[Sitting]
    are_open: bool
    until: datetime | None  # the end of the last day for applications, where that is still to come
    ends: list[datetime]


def _people(competition: Competition, *, sat: int, now: datetime) -> _People:
    """Each applicant once. Who sat is known by number only, so the absent are those registered less those who sat."""
    states = {one.person_id: one for one in queries.applications(competition)}
    places = {one.person_id: one for one in queries.registered(competition)}
    admitted = {key for key, one in states.items() if one.state == ApplicationState.ADMITTED} | set(places)
    sittings = {one.sitting_id: one.sitting for one in places.values()}
    to_come = [one for one in sittings.values() if one.status != SittingStatus.CLOSED]
    over = sum(one.sitting.status == SittingStatus.CLOSED for one in places.values())
    last_day, ends = competition.applications_until, [one.closed_at for one in sittings.values() if one.closed_at]
    until = _end_of(last_day) if last_day else None
    ends += [end for one in states.values() if (end := one.withdrawn_at or one.decided_at)]
    if until:
        ends.append(until)
    is_empty = not states and not places

    def count(state: ApplicationState) -> int:
        return sum(one.state == state and key not in places for key, one in states.items())

    return _People(
        filed=count(ApplicationState.FILED), withdrew=count(ApplicationState.WITHDRAWN),
        not_admitted=count(ApplicationState.NOT_ADMITTED), absent=max(0, over - sat),
        unregistered=len(admitted - set(places)), to_come=sorted(to_come, key=lambda one: (one.starts_at, one.number)),
        are_open=now < until if until else is_empty, until=until if until and now < until else None, ends=ends,
    )  # fmt: skip


def _end_of(day: date) -> datetime:
    """The first moment after this day, where the department is."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=i18n.zone())
