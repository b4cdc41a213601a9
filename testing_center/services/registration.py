"""Registering who sits a test, and noting who came (¶24, 28)."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import literal, select, tuple_

from accounts.models import User
from competitions import services as applications
from competitions.models import Competition, Person
from competitions.people import PersonalData, check_name, find_person, write_down
from competitions.queries import application_of, returns_on
from competitions.rules import ApplicationState, check_application_step, check_not_barred, check_personal_number
from core import audit
from core.db import db
from question_bank.models import TestSpecification
from testing_center import staff_queries
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules import sittings as rules
from testing_center.rules.codes import CodeStatus, ReasonNeeded
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services import extra_time, photos
from testing_center.services.codes import revoke, usable_codes
from testing_center.services.dealing import ByHand, free_seats, seat_for, why_there
from testing_center.services.links import open_link, who_is
from testing_center.services.sittings import check_forms_new


def check_registration(
    sitting: Sitting, competition: Competition, data: PersonalData, *, now: datetime, has_new_name: bool = False
) -> Person | None:
    """Whether this person may be registered, seats apart; returns the person where they are known. Changes nothing.

    Raises:
        SittingAlreadyOpen, CompetitionClosed, OtherTerms, PersonalNumberInvalid, Barred, AlreadyRegistered,
        FormSatBefore, OtherName: see :func:`register`.
    """
    if sitting.status != SittingStatus.PLANNED:
        raise rules.SittingAlreadyOpen
    applications.check_open(competition)
    _check_same_terms(sitting, competition)
    person = find_person(check_personal_number(data.personal_number))
    if person is None:
        return None
    _check_known(person, sitting, competition, now=now)
    if not has_new_name:
        check_name(person, data)
    return person


def _check_known(person: Person, sitting: Sitting, competition: Competition, *, now: datetime) -> None:
    check_not_barred(returns_on(person), today=now.astimezone(sitting.zone).date())
    _check_not_registered(person, sitting, competition)
    check_forms_new(sitting.forms, [person.id])
    application = application_of(competition.id, person.id)
    if application is not None and application.state not in (ApplicationState.FILED, ApplicationState.ADMITTED):
        check_application_step(application.state, ApplicationState.ADMITTED)


def check_anew(sitting: Sitting, known: Participant, *, now: datetime) -> None:
    """Whether somebody of an annulled sitting may be registered at this one; what is about the person comes first.

    Raises:
        Barred, AlreadyRegistered, FormSatBefore, ApplicationStep, CompetitionClosed, OtherTerms, SittingAlreadyOpen,
        NoFreeSeat: see :func:`register`.
    """
    _check_known(known.person, sitting, known.competition, now=now)
    applications.check_open(known.competition)
    _check_same_terms(sitting, known.competition)
    if sitting.status != SittingStatus.PLANNED:
        raise rules.SittingAlreadyOpen
    free_seats(sitting, needed=1)


def register_anew(
    sitting: Sitting, known: Participant, *, by: User, now: datetime, random: Random | None = None
) -> Participant:
    """Register somebody of an annulled sitting for the same competition: same language, same extra time.

    Raises:
        Barred, AlreadyRegistered, FormSatBefore, ApplicationStep, CompetitionClosed, OtherTerms, SittingAlreadyOpen,
        NoFreeSeat: see :func:`check_anew`.
    """
    check_anew(sitting, known, now=now)
    _admit(known.person, known.competition, by=by, now=now)
    seated: dict[str, Any] = {"round": 0, "by": by, "now": now, "random": random}
    participant = _seat(sitting, known.competition, known.person, known.language, **seated)
    extra_time.carry(known, participant, by=by, now=now)
    return participant


def register(
    sitting: Sitting, competition: Competition, data: PersonalData, language: str, *, by: User, now: datetime,
    has_new_name: bool = False, by_hand: ByHand | None = None, random: Random | None = None,
) -> Participant:  # fmt: skip
    """Register a person for the main test in a competition and give them a free seat at random (see :mod:`dealing`).

    Registering is admitting: whoever has no application yet gets one, filed and admitted at this moment, until the
    examination of documents has its own pages (¶17–19).

    A known person keeps the name they were registered under, unless ``has_new_name`` says that it has changed; a new
    e-mail address and telephone number replace the old ones. Who withdrew from this sitting gets their seat back, if
    it is still free.

    Raises:
        PersonalNumberInvalid: not 14 digits.
        Barred: below a cut score less than a year ago; says from when they may return (¶28).
        AlreadyRegistered: in this sitting, or elsewhere in this competition.
        FormSatBefore: at a sitting that was annulled they may have sat a form of this one.
        CompetitionClosed: its results are drawn up.
        OtherTerms: others of this competition sit a test with other terms; their scores could not be compared (¶29).
        ApplicationStep: the application in this competition was withdrawn or not admitted.
        OtherName: the personal number is known under another name.
        SittingAlreadyOpen: too late for a registration.
        NoFreeSeat: the room is full.
        SeatNotFree, ReasonNeeded: of a seat by hand.
    """
    check_registration(sitting, competition, data, now=now, has_new_name=has_new_name)
    person = write_down(data, by=by, now=now, has_new_name=has_new_name)
    _admit(person, competition, by=by, now=now)
    return _seat(
        sitting, competition, person, language, round=0, by=by, now=now, by_hand=by_hand, random=random
    )  # fmt: skip


def register_for_round(
    sitting: Sitting, known: Participant, round: int, *, by: User, now: datetime, random: Random | None = None
) -> Participant:
    """Register the person of a main test for a tie-break round of the same competition (¶29).

    In the same language, with the extra time that they were granted.

    Raises:
        Barred: by another test in the meantime (¶28).
        AlreadyRegistered: in this sitting.
        SittingAlreadyOpen, NoFreeSeat: as :func:`register`.
    """
    if sitting.status != SittingStatus.PLANNED:
        raise rules.SittingAlreadyOpen
    check_not_barred(returns_on(known.person), today=now.astimezone(sitting.zone).date())
    _check_not_registered(known.person, sitting)
    seated: dict[str, Any] = {"round": round, "by": by, "now": now, "random": random}
    participant = _seat(sitting, known.competition, known.person, known.language, **seated)
    extra_time.carry(known, participant, by=by, now=now)
    return participant


def _admit(person: Person, competition: Competition, *, by: User, now: datetime) -> None:
    application = application_of(competition.id, person.id)
    if application is None:
        application = applications.file_directly(competition, person, by=by, now=now)
    if application.state == ApplicationState.FILED:
        applications.admit(application, by=by, now=now)


def _seat(
    sitting: Sitting, competition: Competition, person: Person, language: str, *, round: int, by: User, now: datetime,
    by_hand: ByHand | None = None, random: Random | None = None,
) -> Participant:  # fmt: skip
    said: dict[str, Any] | None = None
    participant = db.session.scalar(
        select(Participant).where(Participant.sitting_id == sitting.id, Participant.person_id == person.id)
    )
    if participant is None:
        participant = Participant(id=uuid4(), sitting=sitting, person_id=person.id, person=person)
        db.session.add(participant)
    elif by_hand is None and participant.seat in free_seats(sitting, needed=1):
        said = {}
    if said is None:
        participant.seat, said = seat_for(sitting, competition, by_hand=by_hand, random=random)
        participant.seat_reason = by_hand.reason.strip() if by_hand else None
    participant.competition, participant.language, participant.withdrawn_at = competition, language, None
    participant.round = round
    participant.presence, participant.registered_by_id, participant.registered_at = Presence.EXPECTED, by.id, now
    audit.record(
        "participant.registered", participant, by=by, at=now, sitting=sitting.id, competition=competition.id,
        seat=participant.seat, why_there=why_there(participant), round=round, language=language,
        person=who_is(participant), **said,
    )  # fmt: skip
    return participant


def _check_same_terms(sitting: Sitting, competition: Competition) -> None:
    """All main tests of a competition have the same number of questions, cut score and time, or no place is fair."""
    own = sitting.specification
    other = db.session.scalar(
        select(Sitting)
        .join(Sitting.specification).join(Participant, Participant.sitting_id == Sitting.id)
        .where(
            Participant.competition_id == competition.id, Participant.round == 0, Participant.withdrawn_at.is_(None),
            Participant.annulled_at.is_(None), Sitting.id != sitting.id,
            tuple_(TestSpecification.items, TestSpecification.cut_score, TestSpecification.minutes)
            != tuple_(literal(own.items), literal(own.cut_score), literal(own.minutes)),
        )
        .limit(1)
    )  # fmt: skip
    if other is not None:
        raise rules.OtherTerms(sitting=other.number)


def _check_not_registered(person: Person, sitting: Sitting, competition: Competition | None = None) -> None:
    """Nobody sits twice in a sitting, nor, where ``competition`` is given, in the main test of a competition."""
    elsewhere = Participant.sitting_id == sitting.id
    if competition is not None:
        elsewhere |= (Participant.competition_id == competition.id) & (Participant.round == 0)
    known = db.session.scalar(
        select(Participant).where(
            Participant.person_id == person.id,
            Participant.withdrawn_at.is_(None),
            Participant.annulled_at.is_(None),
            elsewhere,
        )
    )
    if known is not None:
        raise rules.AlreadyRegistered(sitting=known.sitting.number)


def withdraw(participant: Participant, *, reason: str, by: User, now: datetime) -> None:
    """Take a registration back before the person has entered; the code becomes unusable. Not a ground for the bar.

    Raises:
        ReasonNeeded: no reason.
        AlreadyWithdrawn: it was taken back before.
        SittingAlreadyOpen: the sitting has closed.
        TestedAlready: the code was used.
    """
    sitting = participant.sitting
    if not reason.strip():
        raise ReasonNeeded
    if participant.withdrawn_at is not None:
        raise rules.AlreadyWithdrawn
    if sitting.status == SittingStatus.CLOSED:
        raise rules.SittingAlreadyOpen
    for code in usable_codes(sitting):
        if open_link(sitting, code).participant_id == participant.id:
            if code.status == CodeStatus.REDEEMED:
                raise rules.TestedAlready
            revoke(code, reason=reason, now=now)
    participant.withdrawn_at = now
    photos.erase([participant.id])
    audit.record("participant.withdrawn", participant, by=by, at=now, reason=reason.strip())


def set_presence(participant: Participant, presence: Presence, *, by: User, now: datetime, reason: str = "") -> None:
    """Note that a person came and was recognised by the identity document, did not come, or was refused.

    ``reason`` is why somebody was not let in: it may be given now, and must be given before the sitting closes.

    Raises:
        SittingNotRunning: the sitting has closed.
        AlreadyWithdrawn: the registration was taken back.
        TestedAlready: the person has entered, so they were present.
    """
    staff_queries.hold(participant.sitting, participant)
    if participant.withdrawn_at is not None:
        raise rules.AlreadyWithdrawn
    if participant.sitting.status == SittingStatus.CLOSED:
        raise rules.SittingNotRunning
    if presence != Presence.PRESENT and participant.id in entered(participant.sitting):
        raise rules.TestedAlready
    _note(participant, presence, by=by, now=now, reason=reason)


def mark_absent(sitting: Sitting, *, by: User, now: datetime) -> int:
    """Everybody whom nobody has marked by now did not come; returns how many.

    Raises:
        SittingNotRunning: the sitting is not open: before that nobody could come.
        TestedAlready: somebody has entered whose presence was never noted.
    """
    staff_queries.hold(sitting)
    if sitting.status != SittingStatus.OPEN:
        raise rules.SittingNotRunning
    unmarked = staff_queries.lock_unmarked(sitting)
    if not entered(sitting).isdisjoint(one.id for one in unmarked):
        raise rules.TestedAlready
    for participant in unmarked:
        _note(participant, Presence.ABSENT, by=by, now=now)
    return len(unmarked)


def _note(participant: Participant, presence: Presence, *, by: User, now: datetime, reason: str = "") -> None:
    grounds = reason.strip() if presence == Presence.REFUSED else ""
    participant.presence, participant.presence_at, participant.presence_by_id = presence, now, by.id
    participant.presence_reason, participant.unsat, participant.unsat_reason = grounds or None, None, None
    said = {"reason": grounds} if grounds else {}
    audit.record("participant.presence", participant, by=by, at=now, presence=str(presence), **said)


def entered(sitting: Sitting) -> set[UUID]:
    """Participants of a sitting that is not closed who have used their code."""
    redeemed = db.session.scalars(
        select(CandidateCode).where(CandidateCode.sitting_id == sitting.id, CandidateCode.status == CodeStatus.REDEEMED)
    )
    return {open_link(sitting, code).participant_id for code in redeemed}
