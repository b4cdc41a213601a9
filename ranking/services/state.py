"""Where a competition stands: derived anew from results, appeals, tie-breaks and acts each time it is asked."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from competitions.models import Competition
from ranking.models import AuthorityAct, TieBreak
from ranking.rules.acts import ActKind
from ranking.rules.outcome import Ground, Outcome, RoundState, Status, outcome
from ranking.rules.tie_break import Absence
from ranking.services.evidence import Barred, Evidence, gather


class Wait(enum.StrEnum):
    """What a competition waits for."""

    APPLICATIONS = "applications"  # until the last day for them
    EXAMINATION = "examination"  # applications that are not decided
    REGISTRATION = "registration"  # admitted people without a registration for the test
    SITTING = "sitting"
    APPEAL_HOUR = "appeal_hour"
    APPEALS = "appeals"
    CORRECTION = "correction"  # prepared and not decided, or due after a finding
    TIE_BREAK_CALL = "tie_break_call"
    TIE_BREAK_PLACE = "tie_break_place"  # place and time are to be fixed before the deadline
    TIE_BREAK_SITTING = "tie_break_sitting"
    TIE_BREAK_APPEALS = "tie_break_appeals"


@dataclass(frozen=True)
class Awaited:
    """One thing awaited: how many, until when at the latest (where that is known), and a number to know it by."""

    kind: Wait
    count: int = 1
    until: datetime | None = None
    name: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the ranking, by public number. ``tie_breaks`` are the points of the rounds that count for this code.

    A round's points are None for whoever was called to it and did not sit it; ``place`` is None below the cut score.
    """

    code: str
    main: int
    cut_score: int
    meets: bool
    tie_breaks: tuple[int | None, ...]
    total: int
    place: int | None


@dataclass(frozen=True)
class Round:
    """A tie-break test as it stands. ``points`` by main code, for those who sat it; ``absences`` for the others.

    ``behind`` are those who declined while others did not: they stand behind them, whatever their sums.
    """

    id: UUID
    round: int
    place: int
    items: int
    main_items: int
    candidates: tuple[str, ...]
    state: RoundState
    counts: bool
    called_at: datetime
    deadline_at: datetime
    sitting: str | None
    starts_at: datetime | None
    points: Mapping[str, int]
    absences: Mapping[str, Absence]
    behind: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Standing:
    """Where a competition stands; codes are public numbers of the main attempts.

    ``rows``: those with a place first, then those below the cut score; empty until the main test is past appeal.
    ``acts``: what the authority did, in the order in which it was written down.
    ``since`` is the moment from which it is decided, ``publish_by`` the last day for telling it (¶37); ``tied_since``
    the moment from which a tie-break is due. ``is_recorded``: nobody's application is left to count, perhaps destroyed.
    """

    competition: Competition
    outcome: Outcome
    awaited: tuple[Awaited, ...]
    rows: tuple[Row, ...]
    tie_breaks: tuple[Round, ...]
    acts: tuple[AuthorityAct, ...]
    barred: tuple[Barred, ...]
    items: int | None
    maximum: int | None
    cut_score: int | None
    since: datetime | None
    publish_by: date | None
    zone: str
    tied_since: datetime | None = None
    is_recorded: bool = False

    @property
    def status(self) -> Status:
        """How far the competition is."""
        return self.outcome.status

    @property
    def is_decided(self) -> bool:
        """Whether a ranking can be drawn up: decided, or not held."""
        return self.status in (Status.DECIDED, Status.NOT_HELD)

    @property
    def ground(self) -> Ground | None:
        """Why it is not held."""
        return self.outcome.ground

    @property
    def winner(self) -> str | None:
        """Who is offered the contract now."""
        return self.outcome.winner

    @property
    def reserve(self) -> tuple[str, ...]:
        """The reserve, in order of places."""
        return self.outcome.reserve

    @property
    def may_follow(self) -> tuple[ActKind, ...]:
        """What the authority may do next (¶29, 31)."""
        return self.outcome.may_follow


def standing(competition: Competition, *, now: datetime) -> Standing:
    """Where the competition stands now. Changes nothing and opens no sealed link."""
    return standings([competition], now=now)[0]


def standings(competitions: Sequence[Competition], *, now: datetime) -> list[Standing]:
    """Where each of these competitions stands now, in their order; as many statements for all as for one."""
    found = zip(competitions, gather(competitions, now=now), strict=True)
    return [_standing(competition, evidence) for competition, evidence in found]


def _standing(competition: Competition, evidence: Evidence) -> Standing:
    found = outcome(evidence.facts)
    is_decided = found.status in (Status.DECIDED, Status.NOT_HELD)
    since = evidence.since if is_decided else None
    return Standing(
        competition=competition, outcome=found, awaited=tuple(_awaited(evidence, found)), rows=_rows(evidence, found),
        tie_breaks=tuple(_round(evidence, one, found) for one in evidence.tie_breaks),
        acts=tuple(evidence.acts),
        barred=evidence.barred if found.status not in (Status.TESTING, Status.APPEALS) else (),
        items=evidence.items, maximum=evidence.maximum, cut_score=evidence.cut_score, since=since,
        publish_by=evidence.publish_by(since) if since else None, zone=evidence.zone,
        tied_since=evidence.tied_since(found.tied) if found.status == Status.TIE_BREAK else None,
        is_recorded=evidence.is_recorded,
    )  # fmt: skip


def _rows(evidence: Evidence, found: Outcome) -> tuple[Row, ...]:
    if found.status in (Status.TESTING, Status.APPEALS):
        return ()
    main = {one.code: one for one in evidence.facts.results}
    counted = [one for one in evidence.facts.rounds if one.number in found.counted]
    rounds = [one for one in counted if one.state == RoundState.HELD]  # where nobody was tested, no points stand
    rows = [
        Row(
            one.code, main[one.code].score, main[one.code].cut_score, True,
            tuple(held.points.get(one.code) for held in rounds if one.code in held.entrants), one.total, one.place,
        )
        for one in found.placed
    ]  # fmt: skip
    below = sorted((main[code] for code in found.below), key=lambda one: (-one.score, one.code))
    return (*rows, *(Row(one.code, one.score, one.cut_score, False, (), one.score, None) for one in below))


def _round(evidence: Evidence, one: TieBreak, found: Outcome) -> Round:
    known = next(fact for fact in evidence.facts.rounds if fact.number == one.round)
    return Round(
        id=one.id, round=one.round, place=one.place, items=one.items, main_items=one.main_items,
        candidates=tuple(attempt.number for attempt in one.entrants), state=known.state,
        counts=one.round in found.counted, called_at=one.called_at, deadline_at=one.deadline_at,
        sitting=one.sitting.number if one.sitting else None, starts_at=one.sitting.starts_at if one.sitting else None,
        points=dict(known.points),
        absences={entrant.attempt.number: entrant.absence for entrant in one.places if entrant.absence},
        behind=known.behind,
    )  # fmt: skip


def _awaited(evidence: Evidence, found: Outcome) -> list[Awaited]:
    if found.status == Status.TESTING:
        return _awaited_tests(evidence)
    if found.status == Status.APPEALS:
        return _awaited_appeals(evidence)
    if found.status != Status.TIE_BREAK:
        return []
    under_way = next((one for one in evidence.tie_breaks if one.round == found.round), None)
    if under_way is None:
        return [Awaited(Wait.TIE_BREAK_CALL, len(found.tied))]
    state = next(one.state for one in evidence.facts.rounds if one.number == under_way.round)
    kind = {
        RoundState.CALLED: Wait.TIE_BREAK_PLACE, RoundState.ARRANGED: Wait.TIE_BREAK_SITTING,
        RoundState.APPEALS: Wait.TIE_BREAK_APPEALS,
    }[state]  # fmt: skip
    until = {
        Wait.TIE_BREAK_PLACE: under_way.deadline_at,
        Wait.TIE_BREAK_SITTING: under_way.sitting.starts_at if under_way.sitting else None,
        Wait.TIE_BREAK_APPEALS: evidence.hours.get(under_way.sitting_id) if under_way.sitting_id else None,
    }[kind]
    return [Awaited(kind, len(found.tied), until, under_way.sitting.number if under_way.sitting else "")]


def _awaited_tests(evidence: Evidence) -> list[Awaited]:
    waits = []
    if evidence.facts.are_applications_open and (evidence.applications_until or not evidence.sittings_to_come):
        waits.append(Awaited(Wait.APPLICATIONS, until=evidence.applications_until))
    if evidence.facts.filed:
        waits.append(Awaited(Wait.EXAMINATION, evidence.facts.filed))
    if evidence.unregistered:
        waits.append(Awaited(Wait.REGISTRATION, evidence.unregistered))
    waits += [
        Awaited(Wait.SITTING, until=sitting.starts_at, name=sitting.number) for sitting in evidence.sittings_to_come
    ]
    return waits


def _awaited_appeals(evidence: Evidence) -> list[Awaited]:
    waits = []
    if evidence.hour_until is not None:
        waits.append(Awaited(Wait.APPEAL_HOUR, until=evidence.hour_until))
    waits += [Awaited(Wait.APPEALS, name=appeal.number) for appeal in evidence.open_appeals]
    if evidence.corrections_due:
        waits.append(Awaited(Wait.CORRECTION, evidence.corrections_due))
    return waits
