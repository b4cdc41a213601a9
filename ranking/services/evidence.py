"""The facts of a competition, gathered from the rows: what :func:`ranking.rules.outcome.outcome` is asked with."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from appeals.models import Appeal
from competitions.models import Application, Competition
from competitions.rules import may_return_on
from core import i18n
from ranking import due_queries
from ranking import evidence_queries as queries
from ranking.evidence_queries import OPEN_APPEALS, Tested
from ranking.models import AuthorityAct, Ranking, TieBreak
from ranking.queries import latest_rankings
from ranking.rules.acts import ActKind
from ranking.rules.outcome import Act, Facts, Ground, MainScore, Round, RoundState
from ranking.rules.reserve import OF_RESERVE
from ranking.rules.tie_break import expected, gave_way, is_uncontested
from ranking.services.applicants import people_of
from regulation.law import Regulation, law
from testing_center.models.errata import Annulment, Correction
from testing_center.models.sittings import Participant, Sitting
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
    ``lapsed``: when a tie-break came to nothing, by round. ``is_recorded``: the people's rows are gone, so that the
    last ranking tells what became of them, and since when (``recorded_since``).
    """

    facts: Facts
    tie_breaks: list[TieBreak]
    acts: list[AuthorityAct]
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
    lapsed: Mapping[int, datetime]
    is_recorded: bool
    recorded_since: datetime | None
    law: Regulation
    zone: str  # of the place of testing; the department's where nobody was tested

    @property
    def since(self) -> datetime | None:
        """When the last of what had to end came to its end."""
        return self.recorded_since or max(self.ends, default=None)

    def tied_since(self, tied: Collection[str]) -> datetime | None:
        """When it was established that these are tied, or that they are so still: a tie-break between them lapsed."""
        lapsed = [
            self.lapsed[one.number] for one in self.facts.rounds if one.number in self.lapsed and one.entrants == tied
        ]
        return max([*self.ends, *lapsed], default=None)

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


@dataclass(frozen=True)
class _Rows:
    """What was read, once for all competitions asked for; forms and sittings may be shared between them."""

    tested: Mapping[UUID, list[Tested]]
    applications: Mapping[UUID, list[Application]]
    registered: Mapping[UUID, list[Participant]]
    tie_breaks: Mapping[UUID, list[TieBreak]]
    acts: Mapping[UUID, list[AuthorityAct]]
    appeals: Mapping[UUID, Appeal]  # by attempt
    annulments: Mapping[UUID, Annulment]  # by sitting
    corrections: Mapping[UUID, list[Correction]]  # by form
    uncorrected: Collection[UUID]  # forms
    rankings: Mapping[UUID, Ranking]  # the last of each competition

    @property
    def annulled(self) -> set[UUID]:
        """Sittings whose results do not count."""
        return {key for key, one in self.annulments.items() if one.status == CorrectionStatus.APPLIED}


def _read(competition_ids: Collection[UUID], but_for: UUID | None) -> _Rows:
    tested, tie_breaks = queries.tested(competition_ids), queries.tie_breaks(competition_ids)
    attempts = [one.attempt for several in tested.values() for one in several]
    sittings = {one.sitting_id for one in attempts}
    sittings |= {one.sitting_id for several in tie_breaks.values() for one in several if one.sitting_id}
    forms = {one.form_id for one in attempts}
    corrections: dict[UUID, list[Correction]] = {form_id: [] for form_id in forms}
    for correction in queries.corrections(forms):
        if correction.form_id != but_for or correction.status != CorrectionStatus.PREPARED:
            corrections[correction.form_id].append(correction)
    return _Rows(
        tested=tested, applications=queries.applications(competition_ids),
        registered=queries.registered(competition_ids), tie_breaks=tie_breaks, acts=queries.acts(competition_ids),
        appeals=queries.appeals(competition_ids), annulments=queries.annulments(sittings), corrections=corrections,
        uncorrected=due_queries.uncorrected(forms) - {but_for}, rankings=latest_rankings(competition_ids),
    )  # fmt: skip


def gather(competitions: Sequence[Competition], *, now: datetime, but_for: UUID | None = None) -> list[Evidence]:
    """Read the facts of these competitions as they are now; a constant number of statements for all of them.

    ``but_for`` is a form: its correction that is prepared, and the findings that it settles, are left out.
    """
    rows = _read([one.id for one in competitions], but_for)
    return [_gathered(one, rows, now=now) for one in competitions]


def _gathered(competition: Competition, rows: _Rows, *, now: datetime) -> Evidence:
    regulation = law(competition.law_version)
    everything, tie_breaks = rows.tested[competition.id], rows.tie_breaks[competition.id]
    annulled = rows.annulled
    main = [one for one in everything if one.attempt.round == 0 and one.attempt.sitting_id not in annulled]
    scored = [one for one in main if one.result is not None]
    past = _past(scored, rows, regulation, now=now)
    kept = _kept(competition, rows)
    people = people_of(
        competition, rows.applications[competition.id], rows.registered[competition.id], sat=len(scored),
        is_over=bool(kept) or _was_held(everything), now=now,
    )  # fmt: skip
    ends = [*past.ends, *people.ends]
    rounds = []
    for one in tie_breaks:
        round_, round_ends = _round(one, everything, rows, regulation, past.hours, now=now)
        rounds.append(round_)
        ends += round_ends
    acts = [act for act in rows.acts[competition.id] if act.kind not in OF_RESERVE]
    ends += [act.recorded_at for act in acts if act.kind in (ActKind.CONTRACT_SECOND, ActKind.TIE_BREAK_DECLINED)]
    first = scored[0] if scored else None
    return Evidence(
        facts=Facts(
            results=[_main_score(one) for one in scored], filed=people.filed, withdrew=people.withdrew,
            not_admitted=people.not_admitted, absent=people.absent, are_applications_open=people.are_open,
            recorded_ground=Ground(kept["ground"]) if kept.get("ground") else None,
            is_testing=bool(people.unregistered or people.to_come), is_appealing=not past.is_over, rounds=rounds,
            acts=[Act(act.kind, act.attempt.number if act.attempt else None) for act in acts],
        ),
        tie_breaks=tie_breaks, acts=acts, barred=tuple(_barred(scored, regulation)),
        items=first.attempt.form.specification.items if first else None,
        maximum=first.result.maximum if first and first.result else None,
        cut_score=first.result.cut_score if first and first.result else None, unregistered=people.unregistered,
        applications_until=people.until, sittings_to_come=people.to_come, hours=past.hours, hour_until=past.hour_until,
        open_appeals=past.open_appeals, corrections_due=past.corrections_due, law=regulation,
        zone=str(first.attempt.sitting.zone if first else i18n.zone()),
        ends=tuple(end for end in ends if end <= now), lapsed=_lapsed(tie_breaks, rounds, rows),
        is_recorded=bool(kept), recorded_since=datetime.fromisoformat(kept["since"]) if kept.get("since") else None,
    )  # fmt: skip


def _kept(competition: Competition, rows: _Rows) -> dict[str, Any]:
    """What the last ranking says of a competition whose people are gone (¶39): they cannot be counted again."""
    ranking = rows.rankings.get(competition.id)
    if ranking is None or rows.applications[competition.id] or rows.registered[competition.id]:
        return {}
    content: dict[str, Any] = json.loads(ranking.content)
    return content


def _was_held(everything: Collection[Tested]) -> bool:
    """Whether a main sitting has closed, be it annulled since."""
    return any(one.attempt.round == 0 and one.attempt.sitting.closed_at for one in everything)


def _lapsed(tie_breaks: Collection[TieBreak], rounds: Collection[Round], rows: _Rows) -> dict[int, datetime]:
    """When each round that came to nothing did so: at its deadline, or when its sitting was annulled."""
    off = {one.number for one in rounds if one.state == RoundState.LAPSED}
    annulled = {key: one.decided_at for key, one in rows.annulments.items() if one.decided_at and key in rows.annulled}
    return {
        one.round: annulled.get(one.sitting_id, one.deadline_at) if one.sitting_id else one.deadline_at
        for one in tie_breaks
        if one.round in off
    }


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


def _past(scored: Collection[Tested], rows: _Rows, regulation: Regulation, *, now: datetime) -> Past:
    """How far appeals and corrections of these tests are; a sitting that runs has no hour yet."""
    hours: dict[UUID, datetime] = {}
    for one in scored:
        sitting = one.attempt.sitting
        if one.attempt.ended_at and sitting.closed_at:
            until = appeal_until(one.attempt.ended_at, sitting.closed_at, law=regulation, now=now)
            hours[sitting.id] = max(until, hours.get(sitting.id, until))
    appeals = [rows.appeals[one.attempt.id] for one in scored if one.attempt.id in rows.appeals]
    forms = {one.attempt.form_id for one in scored}
    corrections = [one for form_id in forms for one in rows.corrections[form_id]]
    prepared = {one.form_id for one in corrections if one.status == CorrectionStatus.PREPARED}
    sittings = {one.attempt.sitting_id for one in scored}
    annulling = [
        key for key, one in rows.annulments.items() if key in sittings and one.status == CorrectionStatus.PREPARED
    ]
    ends = [*hours.values(), *(one.decided_at for one in corrections if one.decided_at)]
    ends += [end for one in appeals if (end := one.handed_over_at or one.lapsed_at or one.withdrawn_at)]
    return Past(
        hours, max((until for until in hours.values() if now <= until), default=None),
        sorted((one for one in appeals if one.status in OPEN_APPEALS), key=lambda one: one.number),
        len(prepared | {form_id for form_id in forms if form_id in rows.uncorrected}) + len(annulling), ends,
    )  # fmt: skip


def _round(
    one: TieBreak, everything: Collection[Tested], rows: _Rows, regulation: Regulation, hours: dict[UUID, datetime], *,
    now: datetime,
) -> tuple[Round, list[datetime]]:  # fmt: skip
    """A tie-break as a fact; its own appeals are counted as the main test's are."""
    entrants = frozenset(entrant.attempt.number for entrant in one.places)
    sitting = one.sitting
    absences = one.absences
    behind = gave_way(absences)
    if is_uncontested(absences):
        return Round(one.round, entrants, RoundState.UNCONTESTED, behind=behind), [one.called_at]
    if not expected(absences):  # held with nobody (¶28, 29)
        return Round(one.round, entrants, RoundState.HELD), [one.called_at]
    if sitting is None or sitting.status in (SittingStatus.PLANNED, SittingStatus.OPENING):
        state = RoundState.LAPSED if now > one.deadline_at else RoundState.ARRANGED if sitting else RoundState.CALLED
        return Round(one.round, entrants, state), []
    if sitting.id in rows.annulled:
        return Round(one.round, entrants, RoundState.LAPSED), []
    if sitting.closed_at is None:
        return Round(one.round, entrants, RoundState.ARRANGED), []
    held = {entrant.held_id: entrant.attempt.number for entrant in one.places if entrant.held_id}
    scored = [test for test in everything if test.attempt.id in held and test.result is not None]
    points = {held[test.attempt.id]: test.result.score for test in scored if test.result}
    past = _past(scored, rows, regulation, now=now)
    hours |= past.hours
    is_known = all(entrant.held_id or entrant.absence for entrant in one.places)
    state = RoundState.HELD if is_known and past.is_over else RoundState.APPEALS
    return Round(one.round, entrants, state, points, behind), [sitting.closed_at, *past.ends]
