"""The hearing of an appeal (¶35): invitation, the candidate's presence, the key on the screen, who looked and how long.

Findings, votes and the decision are in :mod:`appeals.services.deliberation`, signing in
:mod:`appeals.services.protocols`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from accounts.models import User
from appeals import queries
from appeals.models import Appeal, Commission, CommissionMember, Hearing, KeyViewing
from appeals.rules import commission as seats
from appeals.rules import hearing as rules
from appeals.rules.filing import PersonNotConfirmed
from appeals.rules.states import AppealStatus, check_status
from appeals.services import letters
from appeals.services.commissions import conflict_of
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from testing_center.services import sittings


def commission_for(appeal: Appeal) -> Commission:
    """The commission that hears the appeal, held until the end of the transaction.

    Raises:
        NoCommission: none was approved for the sitting.
    """
    commission = queries.commission_of(appeal.sitting)
    if commission is None:
        raise seats.NoCommission
    queries.lock(commission)
    return commission


def check_chair(appeal: Appeal, by: User) -> CommissionMember:
    """The chair in office, who acts.

    Raises:
        NotInCommission, OnlyTheChair: somebody else acts.
        NoCommission: none was approved.
    """
    member = queries.member_of(commission_for(appeal), by)
    if member is None:
        raise seats.NotInCommission
    if not member.is_chair:
        raise seats.OnlyTheChair
    return member


def check_present(appeal: Appeal, by: User) -> CommissionMember:
    """The member at the table of this hearing who acts.

    Raises:
        NotInCommission: not in office, or not at this hearing.
        NoCommission: none was approved.
    """
    member = queries.member_of(commission_for(appeal), by)
    if appeal.hearing is not None:
        db.session.refresh(appeal.hearing)  # a substitute may have come to the table
    if member is None or appeal.hearing is None or str(member.id) not in appeal.hearing.attendance:
        raise seats.NotInCommission
    return member


def invite(appeal: Appeal, at: datetime, *, by: User, now: datetime) -> None:
    """The chair invites the candidate to a hearing, by letter; a later invitation takes the place of an earlier one.

    Raises:
        AppealNotOpen: the appeal is not waiting for a hearing.
        InvitationPast: ``at`` has passed.
        NotInCommission, OnlyTheChair, NoCommission: not the chair.
    """
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.FILED)
    check_chair(appeal, by)
    rules.check_invitation(at, now=now)
    appeal.invited_for = at
    letters.invited(appeal, now=now)
    audit.record("appeal.invited", appeal, by=by, at=now, hearing_at=at)


def lapse(appeal: Appeal, *, by: User, now: datetime) -> None:
    """The candidate was invited, was waited for and did not come: the appeal ends without a hearing (¶35).

    Raises:
        AppealNotOpen: it is not waiting for a hearing.
        TooEarlyToLapse: nobody was invited, or the wait is not over.
        NotInCommission, OnlyTheChair, NoCommission: not the chair.
    """
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.FILED)
    check_chair(appeal, by)
    rules.check_may_lapse(appeal.invited_for, zone=appeal.sitting.zone, now=now)
    appeal.status, appeal.lapsed_at = AppealStatus.LAPSED, now
    audit.record("appeal.lapsed", appeal, by=by, at=now, invited_for=appeal.invited_for)
    audit.checkpoint("appeal closed", at=now)


def open_hearing(
    appeal: Appeal, presence_note: str, attendance: Sequence[CommissionMember], *, by: User, now: datetime
) -> Hearing:
    """The chair opens the hearing: the candidate is there (``presence_note``: the document), the members are named.

    Raises:
        AppealNotOpen: it was heard, withdrawn or has lapsed.
        PersonNotConfirmed: the proctor has not recognised the person who filed.
        PresenceMissing: no document of the candidate: there is no hearing without them.
        NoQuorum: half of the members or fewer, or no chair.
        ConflictOfInterest: somebody present has become unable to judge, e.g. as a proctor appointed later.
        NotInCommission, OnlyTheChair, NoCommission: not the chair, or somebody named is not in office.
    """
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.FILED)
    chair = check_chair(appeal, by)
    if appeal.confirmed_at is None:
        raise PersonNotConfirmed
    note = rules.check_presence(presence_note)
    office = {member.id: member for member in queries.in_office(chair.commission)}
    if any(member.id not in office for member in attendance):
        raise seats.NotInCommission
    present = [member for member in office.values() if member.id in {other.id for other in attendance}]
    seats.check_quorum(list(office), [member.id for member in present], chair.id)
    for member in present:
        seats.check_conflict(conflict_of(appeal.sitting, member.user), member.user.full_name)
    hearing = Hearing(
        id=uuid4(), appeal=appeal, opened_at=now, opened_by_id=by.id, presence_note=note,
        attendance=[str(member.id) for member in present],
    )  # fmt: skip
    db.session.add(hearing)
    appeal.status = AppealStatus.HEARING
    audit.record(
        "hearing.opened", hearing, by=by, at=now, appeal=appeal.id, presence=_presence(hearing),
        attendance=hearing.attendance,
    )  # fmt: skip
    return hearing


def _presence(hearing: Hearing) -> bytes:
    """SHA-256 over the candidate's document and the hearing: the document itself is not for the trail."""
    return sha256(canonical([str(hearing.id), hearing.presence_note]))


def begin_viewing(hearing: Hearing, *, by: User, now: datetime) -> KeyViewing:
    """A member at the table opens the key on the commission's screen; one who looks already goes on.

    Raises:
        AppealNotOpen, HearingClosed: there is no open hearing.
        NotInCommission: not at the table.
        FormInUse: somebody still works on the form, or is about to (¶35).
    """
    appeal = hearing.appeal
    queries.lock(appeal)
    db.session.refresh(hearing)
    _check_open(appeal, hearing)
    check_present(appeal, by)
    known = queries.open_viewing(hearing, by)
    if known is not None:
        return known
    form = appeal.attempt.form
    queries.lock_sittings_with(form)
    if not queries.is_form_free(form):
        raise rules.FormInUse
    viewing = KeyViewing(id=uuid4(), hearing=hearing, user_id=by.id, begun_at=now)
    db.session.add(viewing)
    audit.record("key_viewing.begun", viewing, by=by, at=now, hearing=hearing.id, appeal=appeal.id, form=form.digest)
    return viewing


def end_viewing(viewing: KeyViewing, *, by: User, now: datetime) -> None:
    """Somebody at the table ends a viewing, their own or another's; one that has ended stays as it is.

    Raises:
        NotInCommission: not at the table.
    """
    queries.lock(viewing.hearing.appeal)
    db.session.refresh(viewing)
    check_present(viewing.hearing.appeal, by)
    _end(viewing, by=by, now=now)


def _end(viewing: KeyViewing, *, by: User, now: datetime) -> None:
    if viewing.ended_at is None:
        viewing.ended_at, viewing.ended_by_id = now, by.id
        audit.record("key_viewing.ended", viewing, by=by, at=now, hearing=viewing.hearing_id)


def close_hearing(hearing: Hearing, *, by: User, now: datetime) -> None:
    """The chair closes the hearing: every viewing ends, the key is shown no more; the commission deliberates.

    Raises:
        AppealNotOpen, HearingClosed: there is no open hearing.
        NotInCommission, OnlyTheChair: not the chair.
    """
    queries.lock(hearing.appeal)
    db.session.refresh(hearing)
    _check_open(hearing.appeal, hearing)
    check_chair(hearing.appeal, by)
    shut(hearing, by=by, now=now)


def _check_open(appeal: Appeal, hearing: Hearing) -> None:
    check_status(appeal.status, AppealStatus.HEARING)
    if hearing.closed_at is not None:
        raise rules.HearingClosed


def shut(hearing: Hearing, *, by: User, now: datetime) -> None:
    """Close a locked hearing and end its viewings; the caller has checked who acts."""
    for viewing in queries.open_viewings(hearing):
        _end(viewing, by=by, now=now)
    hearing.closed_at, hearing.closed_by_id = now, by.id
    audit.record("hearing.closed", hearing, by=by, at=now, appeal=hearing.appeal_id)


@sittings.spends
def was_key_shown(form_id: UUID) -> bool:
    """A form whose key was shown at a hearing is not sat again."""
    return queries.was_key_shown(form_id)


@audit.witness("appeal.lapsed")
def _lapse_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """A lapsed appeal stays lapsed, and its invitation as it was."""
    said, appeal = audit.facts(entry), db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None or (appeal.status, appeal.lapsed_at, audit.plain(appeal.invited_for)) != (
        AppealStatus.LAPSED, entry.at, said["invited_for"],
    ):  # fmt: skip
        yield "the lapse of this appeal was altered"


@audit.witness("hearing.opened")
def _hearing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who was there, and the candidate's document, are still on record; only substitutes joined later."""
    said, hearing = audit.facts(entry), db.session.get(Hearing, audit.subject_id(entry))
    if hearing is None:
        yield "the hearing is missing"
        return
    joined = [
        str(member.id) for member in hearing_commission(hearing).members
        if member.substitutes_id is not None and member.joined_at >= hearing.opened_at
    ]  # fmt: skip
    first = [member for member in hearing.attendance if member in said["attendance"] or member not in joined]
    if (_presence(hearing).hex(), hearing.opened_at, sorted(first)) != (
        said["presence"], entry.at, sorted(said["attendance"]),
    ):  # fmt: skip
        yield "the attendance of this hearing was altered"


def hearing_commission(hearing: Hearing) -> Commission:
    """The commission of a hearing that was opened."""
    commission = queries.commission_of(hearing.appeal.sitting)
    if commission is None:
        raise seats.NoCommission
    return commission


@audit.witness("hearing.closed")
def _closing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """When the hearing was closed, and by whom, is still on record."""
    hearing = db.session.get(Hearing, audit.subject_id(entry))
    if hearing is None or (hearing.closed_at, f"user:{hearing.closed_by_id}") != (entry.at, entry.actor):
        yield "the closing of this hearing was altered"


@audit.witness("key_viewing.begun")
def _viewing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who looked at the key, and from when, is still on record."""
    said, viewing = audit.facts(entry), db.session.get(KeyViewing, audit.subject_id(entry))
    if viewing is None or (viewing.begun_at, f"user:{viewing.user_id}", str(viewing.hearing_id)) != (
        entry.at, entry.actor, said["hearing"],
    ):  # fmt: skip
        yield "the record of this look at the key was altered"


@audit.witness("key_viewing.ended")
def _viewing_end_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Until when, and who ended it, is still on record."""
    viewing = db.session.get(KeyViewing, audit.subject_id(entry))
    if viewing is None or (viewing.ended_at, f"user:{viewing.ended_by_id}") != (entry.at, entry.actor):
        yield "the end of this look at the key was altered"
