"""A sitting from planning to its summary protocol (¶22–24)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from accounts.models import User
from core import audit
from core.db import db
from question_bank.models import TestForm, TestSpecification
from question_bank.rules import SpecificationNotApproved, SpecificationStatus
from testing_center import hall_queries, queries, staff_queries
from testing_center.models.attempts import Attempt
from testing_center.models.places import Room
from testing_center.models.sittings import CandidateCode, Incident, Participant, Sitting, SittingProtocol
from testing_center.rules import closing
from testing_center.rules import sittings as rules
from testing_center.rules.annulments import check_forms_unsat
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.sittings import IncidentCategory, SittingStatus
from testing_center.services import accounting, contacts, incidents, summaries
from testing_center.services.acts import lapse_waiting
from testing_center.services.delivery import settle
from testing_center.services.links import new_sitting_key

FormCheck = Callable[[UUID], bool]
_spent: list[FormCheck] = []


def spends(check: FormCheck) -> FormCheck:
    """Register a room's answer to whether a form's key is known outside; the rooms above know, this one does not."""
    _spent.append(check)
    return check


OpeningNeed = Callable[[Sitting], str | None]
_needs: list[OpeningNeed] = []


def needed_for_opening(need: OpeningNeed) -> OpeningNeed:
    """Register what a room above needs before a sitting opens: a code of ``MISSING_NAMES``, None when it is there."""
    _needs.append(need)
    return need


OpeningCheck = Callable[[Sitting, datetime], None]
_openings: list[OpeningCheck] = []


def before_opening(check: OpeningCheck) -> OpeningCheck:
    """Register a refusal of a room above: what it raises keeps a sitting from being opened at this moment."""
    _openings.append(check)
    return check


def is_spent(form_id: UUID) -> bool:
    """Whether the form may no longer be sat."""
    return any(check(form_id) for check in _spent)


def check_forms_unspent(forms: Sequence[TestForm]) -> None:
    """Refuse a form whose key was shown.

    Raises:
        FormSpent: names the first such form by the beginning of its digest.
    """
    for form in forms:
        if is_spent(form.id):
            raise rules.FormSpent(form=form.digest.hex()[:12])


def check_forms_new(forms: Sequence[TestForm], person_ids: Collection[UUID] | Select[UUID]) -> None:
    """Refuse a form that was sat at an annulled sitting to which any of these people came.

    Raises:
        FormSatBefore: names the form and the annulled sitting.
    """
    check_forms_unsat({form.id: form.digest.hex()[:12] for form in forms}, queries.sat_at_annulled(person_ids))


def sat_while_waiting(specification: TestSpecification) -> set[UUID]:
    """Forms of the test that are not planned while people of an annulled sitting, where they were sat, wait anew."""
    return set(queries.sat_at_annulled(queries.waiting_anew(specification.id)))


def plan_sitting(
    number: str, specification: TestSpecification, room: Room, starts_at: datetime, forms: Sequence[TestForm],
    proctors: Sequence[User], *, by: User, now: datetime, is_demo: bool = False, starts_together: bool = False,
) -> Sitting:  # fmt: skip
    """Schedule a sitting of an approved specification; ``starts_together``: nobody starts before a proctor lets them.

    Raises:
        SpecificationNotApproved: the cut score is not approved yet (¶22).
        FormsMissing: no sealed form of this specification is chosen.
        FormSpent: the key of a chosen form was shown at a hearing.
        FormSatBefore: people of an annulled sitting of this test wait for a new one, and have sat a chosen form.
        ProctorMissing: nobody proctors.
        NumberTaken: another sitting has this number.
    """
    if db.session.scalar(select(Sitting.id).where(Sitting.number == number)):
        raise rules.NumberTaken(number=number)
    if specification.status != SpecificationStatus.APPROVED:
        raise SpecificationNotApproved
    if not forms or any(form.specification_id != specification.id for form in forms):
        raise rules.FormsMissing
    check_forms_unspent(forms)
    check_forms_new(forms, queries.waiting_anew(specification.id))
    if not proctors:
        raise rules.ProctorMissing
    sitting_id = uuid4()
    sitting = Sitting(
        id=sitting_id, number=number, specification=specification, room=room, starts_at=starts_at,
        status=SittingStatus.PLANNED, link_key_sealed=new_sitting_key(sitting_id), created_by_id=by.id, created_at=now,
        forms=list(forms), proctors=list(proctors), is_demo=is_demo or by.is_demo, starts_together=starts_together,
    )  # fmt: skip
    db.session.add(sitting)
    audit.record(
        "sitting.planned", sitting, by=by, at=now, number=number, starts_at=starts_at, room=room.id,
        forms=[form.digest for form in forms], proctors=[str(proctor.id) for proctor in proctors],
        **({"starts_together": True} if starts_together else {}),
    )  # fmt: skip
    return sitting


def appoint_proctors(sitting: Sitting, proctors: Sequence[User], *, by: User, now: datetime) -> None:
    """Put these people in the place of the proctors appointed before; only until the sitting opens.

    Raises:
        SittingAlreadyOpen: too late.
        ProctorMissing: nobody is left.
    """
    if sitting.status not in (SittingStatus.PLANNED, SittingStatus.OPENING):
        raise rules.SittingAlreadyOpen
    if not proctors:
        raise rules.ProctorMissing
    sitting.proctors = list(proctors)
    audit.record("sitting.proctors_appointed", sitting, by=by, at=now, proctors=[str(user.id) for user in proctors])


def missing_for_opening(sitting: Sitting) -> list[str]:
    """What keeps the sitting from being opened: stable codes, empty when all is there."""
    waiting = _count(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
    codes = db.session.scalar(
        select(func.count()).select_from(CandidateCode)
        .where(CandidateCode.sitting_id == sitting.id, CandidateCode.status == CodeStatus.ISSUED)
    )  # fmt: skip
    missing = []
    if not sitting.forms:
        missing.append("forms")
    if not sitting.proctors:
        missing.append("proctors")
    missing += [code for need in _needs if (code := need(sitting))]
    if not waiting:
        missing.append("participants")
    if (codes or 0) < waiting:
        missing.append("codes")
    return missing


def _count(*conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(Participant).where(*conditions)) or 0


def confirm_opening(sitting: Sitting, *, by: User, now: datetime) -> Sitting:
    """One of the two persons who open a sitting confirms; with the second one it is open.

    Raises:
        SittingAlreadyOpen: it is open or closed.
        NotReady: something is missing; the message names it.
        FormSpent: the key of one of its forms was shown meanwhile.
        FormSatBefore: somebody registered here was at an annulled sitting at which one of its forms was sat.
        ConflictOfInterest: a member of its commission may not judge it (¶34; refused by the room of appeals).
        TieBreakTooLate: it is a tie-break test, and its deadline has passed (¶29; refused by the room of rankings).
        SecondPersonNeeded: the first person tries again.
    """
    if sitting.status not in (SittingStatus.PLANNED, SittingStatus.OPENING):
        raise rules.SittingAlreadyOpen
    check_forms_unspent(sitting.forms)
    registered_here = Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None)
    check_forms_new(sitting.forms, select(Participant.person_id).where(*registered_here))
    missing = missing_for_opening(sitting)
    if missing:
        raise rules.NotReady(missing=", ".join(missing))
    for check in _openings:
        check(sitting, now)
    if sitting.status == SittingStatus.PLANNED:
        sitting.status, sitting.opening_by_id, sitting.opening_at = SittingStatus.OPENING, by.id, now
        audit.record("sitting.opening_confirmed", sitting, by=by, at=now)
        return sitting
    if sitting.opening_by_id == by.id:
        raise rules.SecondPersonNeeded
    sitting.status, sitting.opened_by_id, sitting.opened_at = SittingStatus.OPEN, by.id, now
    registered = _count(*registered_here)
    audit.record(
        "sitting.opened", sitting, by=by, at=now, forms=[form.digest for form in sitting.forms], registered=registered
    )
    audit.checkpoint("sitting opened", at=now)
    return sitting


def report_incident(
    sitting: Sitting, category: IncidentCategory, text: str, seat: int | None, *, by: User, now: datetime
) -> Incident:
    """Write down something out of the ordinary, under the next number of the sitting."""
    staff_queries.hold(sitting, alone=True)  # of two at once, one is the next
    last = db.session.scalar(select(func.max(Incident.number)).where(Incident.sitting_id == sitting.id))
    incident = Incident(
        id=uuid4(), sitting_id=sitting.id, number=(last or 0) + 1, seat=seat, category=category, text=text.strip(),
        at=now, by_id=by.id,
    )  # fmt: skip
    db.session.add(incident)
    audit.record("incident.reported", incident, by=by, at=now, **incidents.facts_of(incident))
    return incident


def close_sitting(
    sitting: Sitting, *, by: User, now: datetime, slips_left: int | None = None, slips_reason: str = ""
) -> SittingProtocol:
    """Close an open sitting: acts that wait lapse, unused codes are destroyed, the summary protocol is fixed.

    ``slips_left`` is how many paper slips were counted by hand; None where no printed slip is unused.

    Raises:
        SittingNotRunning: it is not open.
        AttemptsRunning: somebody is still working, or their clock stands.
        PeopleUnaccounted: it is not written down what became of everybody who was expected.
        SlipsUncounted, SlipsDiffer: the slips in hand are not counted, or are not as many as there should be.
    """
    db.session.refresh(sitting, with_for_update={"key_share": True})
    if sitting.status != SittingStatus.OPEN:
        raise rules.SittingNotRunning
    attempts = _ended(sitting, now=now)
    left = accounting.unaccounted(sitting)
    if left:
        raise closing.PeopleUnaccounted(n=len(left))
    slips = accounting.slips_of(sitting)
    closing.check_slips(slips.unused, slips_left, slips_reason)
    counted = {**asdict(slips), "left": slips_left or 0, "reason": slips_reason.strip()}
    lapsed = hall_queries.waiting_acts(sitting.id)
    lapse_waiting(sitting)
    audit.record_all([("hall.act_lapsed", act, {"sitting": sitting.id}) for act in lapsed], by=by, at=now)
    for attempt in attempts:
        if attempt.status == AttemptStatus.READY:
            attempt.status, attempt.end_kind, attempt.ended_at = AttemptStatus.ENDED, EndKind.NOT_STARTED, now
    for code in db.session.scalars(
        select(CandidateCode).where(CandidateCode.sitting_id == sitting.id, CandidateCode.status == CodeStatus.ISSUED)
    ):
        code.status, code.code_sealed = CodeStatus.EXPIRED, None
    people = list(
        db.session.scalars(
            select(Participant).where(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
        )
    )
    sitting.status, sitting.closed_by_id, sitting.closed_at = SittingStatus.CLOSED, by.id, now
    entry = audit.record(
        "sitting.closed", sitting, by=by, at=now, attempts=len(attempts), participants=len(people), slips=counted,
        silences=contacts.silences_digest(sitting.id),
    )  # fmt: skip
    protocol = summaries.first(sitting, attempts, people, counted, entry, by=by, now=now)
    audit.checkpoint("sitting closed", at=now)
    return protocol


def _ended(sitting: Sitting, *, now: datetime) -> list[Attempt]:
    """The attempts by number, locked; none of them runs, and no clock stands."""
    query = select(Attempt).where(Attempt.sitting_id == sitting.id).options(joinedload(Attempt.form))
    attempts = list(db.session.scalars(query.order_by(Attempt.number).with_for_update(of=Attempt)))
    for attempt in attempts:
        settle(attempt, now=now)  # the time of some may be over, and the sweeper not yet there
    running = sum(attempt.status in (AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED) for attempt in attempts)
    if running:
        raise rules.AttemptsRunning(n=running)
    return attempts
