"""Tie-break tests (¶29): called by the system itself, arranged by the department, taken part in by the tied alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from accounts.models import User
from competitions.queries import get_competition
from core import audit, i18n
from core.db import db, transaction
from question_bank.models import TestSpecification
from question_bank.services.forms import seal_forms
from question_bank.services.specifications import tie_break_specification
from question_bank.stock_queries import items_on
from ranking import evidence_queries, queries
from ranking.models import TieBreak, TieBreakEntrant
from ranking.rules import tie_break as rules
from ranking.rules.outcome import Status
from ranking.rules.tie_break import Absence
from ranking.services import letters
from ranking.services.bars import mark_barred
from ranking.services.refusals import settle_uncontested
from ranking.services.state import Standing, standing, standings
from regulation.law import law
from testing_center import staff_queries
from testing_center.models.attempts import Attempt
from testing_center.models.places import Room
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.delivery import EndKind
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services import codes, registration, seen, sittings
from testing_center.services.links import participant_of

SYSTEM = audit.System("ranking")


def call_due(*, now: datetime) -> int:
    """Chore: settle tie-breaks whose sitting has closed, and call one wherever a tie is established (¶29).

    Each competition in a transaction of its own; returns how many were called. Where nothing is due, it costs the same
    number of statements for many competitions as for one.
    """
    called = 0
    for competition_id in _with_work(now):
        with transaction():
            competition = get_competition(competition_id, lock=True)
            for tie_break in queries.tie_breaks(competition):
                settle(tie_break, now=now)
            found = standing(competition, now=now)
            if _is_to_call(found):
                by_number = {one.attempt.number: one.attempt for one in queries.tested(competition)}
                entrants = [by_number[code] for code in sorted(found.outcome.tied)]
                call(entrants, found.outcome.tied_place or 1, found.tied_since or now, now=now)
                called += 1
    return called


def _with_work(now: datetime) -> list[UUID]:
    """Competitions in which a tie-break is to be settled or called, as far as can be seen without a lock."""
    competitions = queries.in_work()
    rounds = evidence_queries.tie_breaks([one.id for one in competitions])
    settled = {key for key, several in rounds.items() if any(_unsettled(one) for one in several)}
    may_be_tied = evidence_queries.may_be_tied([one.id for one in competitions if one.id not in settled])
    looked_at = standings([one for one in competitions if one.id in may_be_tied], now=now) if may_be_tied else []
    to_call = {found.competition.id for found in looked_at if _is_to_call(found)}
    return [one.id for one in competitions if one.id in settled | to_call]


def _is_to_call(found: Standing) -> bool:
    return found.status == Status.TIE_BREAK and found.outcome.round is None


def _unsettled(tie_break: TieBreak) -> list[TieBreakEntrant]:
    """The tied of whom nobody knows yet how they took part, though the sitting has closed."""
    if tie_break.sitting is None or tie_break.sitting.status != SittingStatus.CLOSED:
        return []
    return [one for one in tie_break.places if not one.held_id and not one.absence]


def call(entrants: Sequence[Attempt], place: int, tied_since: datetime, *, now: datetime) -> TieBreak:
    """Call a tie-break between these main attempts: size, deadline, letters to the tied.

    The days of ¶29 run from ``tied_since``: see :func:`ranking.rules.tie_break.deadline_of_call`. Who is barred until
    after the deadline (¶28) is not invited, which is written down at once; where all are, nobody is waited for.

    Raises:
        MainTestTooSmall: a third of the main test is no question.
    """
    competition = entrants[0].competition
    regulation = law(competition.law_version)
    main, zone = main_specification(entrants), entrants[0].sitting.zone
    deadline_at, is_late = rules.deadline_of_call(tied_since, zone, regulation, now=now)
    tie_break = TieBreak(
        id=uuid4(), competition=competition, round=len(queries.tie_breaks(competition)) + 1, place=place,
        main_items=main.items, items=rules.size(main.items, regulation), called_at=now,
        deadline_at=deadline_at,
        places=[TieBreakEntrant(attempt=attempt) for attempt in entrants],
    )  # fmt: skip
    db.session.add(tie_break)
    db.session.flush()
    people = {one: participant_of(one.attempt) for one in tie_break.places}
    audit.record("links.opened", tie_break, by=SYSTEM, at=now, count=len(people), purpose="letters to the tied")
    audit.record(
        "tie_break.called", tie_break, by=SYSTEM, at=now, **_facts(tie_break), tied_since=tied_since, is_late=is_late
    )
    barred = mark_barred(tie_break, people, deadline_at.astimezone(zone).date(), by=SYSTEM, now=now)
    letters.tie_break_called(tie_break, [known for one, known in people.items() if one not in barred], now=now)
    return tie_break


def main_specification(entrants: Sequence[Attempt]) -> TestSpecification:
    """The main test that the tie-break is a third of; where the tied sat several, the one with the fewest questions."""
    found = {attempt.form.specification for attempt in entrants}
    return min(found, key=lambda one: (one.items, str(one.id)))


def arrange(
    tie_break: TieBreak, room: Room, starts_at: datetime, proctors: Sequence[User], *, by: User, now: datetime,
    random: Random | None = None,
) -> Sitting | None:  # fmt: skip
    """Fix place and time: terms under the main act, a form that none of the tied has seen a question of, codes.

    Who declined is not registered, nor who is barred by another test in the meantime, which is written down (¶28).
    There is no sitting (None) where nobody is left, and the round has been held with nobody, nor where one is left of
    several who declined. ``random`` is the demonstration's source for ordinals: see
    :func:`testing_center.services.codes.issue_codes`.

    Raises:
        TieBreakArranged: it is arranged already.
        TieBreakNotDue: these candidates are not tied (any more).
        TieBreakTooLate, TieBreakTooEarly: after the deadline, or in the past.
        BlueprintShort: the bank has too few questions that none of them has seen; names every cell that is short.
        ProctorMissing, NoFreeSeat: as for any sitting.
    """
    if tie_break.sitting is not None:
        raise rules.TieBreakArranged(sitting=tie_break.sitting.number)
    zone = ZoneInfo(room.centre.time_zone)
    rules.check_in_time(
        starts_at, tie_break.deadline_at, now=now, shown=i18n.format_datetime(tie_break.deadline_at, zone)
    )
    if standing(tie_break.competition, now=now).outcome.round != tie_break.round:
        raise rules.TieBreakNotDue
    people = {entrant: participant_of(entrant.attempt) for entrant in tie_break.places}
    audit.record("links.opened", tie_break, by=by, at=now, count=len(people), purpose="registration for the tie-break")
    mark_barred(tie_break, people, now.astimezone(zone).date(), by=by, now=now)
    if settle_uncontested(tie_break, by=by, now=now) or all(entrant.absence for entrant in people):
        return None
    specification = _specification(tie_break, by=by, now=now)
    met = _items_seen(tie_break, [one.person_id for one in people.values()])
    forms = seal_forms(specification, 1, by=by, now=now, without=met)
    number = staff_queries.next_number(starts_at.astimezone(zone).year)
    sitting = sittings.plan_sitting(number, specification, room, starts_at, forms, proctors, by=by, now=now)
    db.session.flush()
    registered = []
    for entrant, known in sorted(people.items(), key=lambda pair: pair[0].attempt.number):
        if entrant.absence:
            continue
        registration.register_for_round(sitting, known, tie_break.round, by=by, now=now, random=random)
        db.session.flush()
        registered.append(known)
    codes.issue_codes(sitting, by=by, now=now, random=random)
    tie_break.specification, tie_break.sitting = specification, sitting
    letters.tie_break_arranged(tie_break, sitting, registered, now=now)
    audit.record(
        "tie_break.arranged", tie_break, by=by, at=now, sitting=sitting.id, starts_at=starts_at, items=tie_break.items,
        form=forms[0].digest, barred=sorted(code for code, why in tie_break.absences.items() if why == Absence.BARRED),
    )  # fmt: skip
    return sitting


def _specification(tie_break: TieBreak, *, by: User, now: datetime) -> TestSpecification:
    main = main_specification(tie_break.entrants)
    regulation = law(tie_break.competition.law_version)
    rules.check_size(tie_break.items, main.items, regulation)
    cells = rules.cells_for([cell.as_cell() for cell in main.blueprint.cells], tie_break.items)
    title = f"{main.title_ky} · {tie_break.competition.number} · {tie_break.round}"
    minutes = rules.minutes(main.minutes, main.items, tie_break.items)
    return tie_break_specification(main, cells, minutes, title, by=by, now=now)


def _items_seen(tie_break: TieBreak, people: Sequence[UUID]) -> set[UUID]:
    """Items that any of these people has met, or that stood in the main test of any of the tied."""
    return items_on(seen.forms_seen(people) | {attempt.form_id for attempt in tie_break.entrants})


def settle(tie_break: TieBreak, *, now: datetime) -> bool:
    """Once its sitting has closed: which attempt is whose, and why the others have none. Opens the links, audited.

    Idempotent; returns whether it did anything.
    """
    sitting, waiting = tie_break.sitting, _unsettled(tie_break)
    if sitting is None or not waiting:
        return False
    held = {
        participant_of(attempt).person_id: attempt
        for attempt in db.session.scalars(
            select(Attempt).where(
                Attempt.sitting_id == sitting.id, Attempt.competition_id == tie_break.competition_id,
                Attempt.round == tie_break.round,
            )
        )
    }  # fmt: skip
    presence = {
        one.person_id: one.presence
        for one in db.session.scalars(select(Participant).where(Participant.sitting_id == sitting.id))
    }
    for entrant in waiting:
        person_id = participant_of(entrant.attempt).person_id
        attempt = held.get(person_id)
        if attempt is not None and attempt.end_kind != EndKind.NOT_STARTED:
            entrant.held_id = attempt.id
        elif attempt is not None:
            entrant.absence = Absence.NOT_STARTED
        else:
            entrant.absence = Absence.REFUSED if presence.get(person_id) == Presence.REFUSED else Absence.ABSENT
    audit.record(
        "links.opened", tie_break, by=SYSTEM, at=now, count=len(waiting) + len(held), purpose="result of the tie-break"
    )
    audit.record("tie_break.settled", tie_break, by=SYSTEM, at=now, **_attendance(tie_break))
    return True


@sittings.before_opening
def check_opens_in_time(sitting: Sitting, now: datetime) -> None:
    """A tie-break test that did not begin by its deadline is called anew, not held late (¶29).

    Raises:
        TieBreakTooLate: with the deadline.
    """
    tie_break = db.session.scalar(select(TieBreak).where(TieBreak.sitting_id == sitting.id))
    if tie_break is not None and now > tie_break.deadline_at:
        raise rules.TieBreakTooLate(time=i18n.format_datetime(tie_break.deadline_at, sitting.zone))


def _facts(tie_break: TieBreak) -> dict[str, object]:
    return {
        "competition": tie_break.competition_id, "round": tie_break.round, "place": tie_break.place,
        "items": tie_break.items, "main_items": tie_break.main_items, "deadline_at": tie_break.deadline_at,
        "candidates": [attempt.number for attempt in tie_break.entrants],
    }  # fmt: skip


def _attendance(tie_break: TieBreak) -> dict[str, object]:
    ordered = sorted(tie_break.places, key=lambda one: one.attempt.number)
    return {
        "took_part": [[one.attempt.number, one.held_id] for one in ordered if one.held_id],
        "absent": [[one.attempt.number, str(one.absence)] for one in ordered if one.absence],
    }


@audit.witness("tie_break.called")
def _call_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Place, size, deadline and entrants are still those that were called."""
    tie_break = db.session.get(TieBreak, audit.subject_id(entry))
    said = audit.facts(entry)
    now_is = audit.plain(_facts(tie_break)) if tie_break else {}
    if not now_is or any(said.get(name) != value for name, value in now_is.items()):
        yield "the terms or the entrants of this tie-break were altered"


@audit.witness("tie_break.settled")
def _attendance_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """It is still known as it was who sat it, with which attempt, and why the others did not."""
    tie_break = db.session.get(TieBreak, audit.subject_id(entry))
    if tie_break is None or audit.plain(_attendance(tie_break)) != audit.facts(entry):
        yield "who sat this tie-break was altered"
