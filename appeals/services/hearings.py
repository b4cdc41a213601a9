"""The hearing of an appeal (¶35): invitation, lapse, opening in the candidate's presence, adjournment, closing.

The key on the screen is in :mod:`appeals.services.viewings`, findings, votes and the decision in
:mod:`appeals.services.deliberation`, signing in :mod:`appeals.services.protocols`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from appeals import queries
from appeals.models import Appeal, CommissionMember, Hearing
from appeals.rules import hearing as rules
from appeals.rules.filing import PersonNotConfirmed
from appeals.rules.states import AppealStatus, check_status
from appeals.services import filing, letters
from appeals.services.table import check_chair, check_open
from appeals.services.viewings import check_table, end
from core import audit
from core.crypto import canonical, sha256
from core.db import db


def invite(appeal: Appeal, at: datetime, *, by: User, now: datetime) -> None:
    """The chair invites the candidate to a hearing, by letter; a later invitation takes the place of an earlier one.

    Raises:
        AppealNotOpen: the appeal is not waiting for a hearing.
        InvitationTooShort: ``at`` is less than a day ahead.
        NotInCommission, OnlyTheChair, NoCommission: not the chair.
    """
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.FILED)
    check_chair(appeal, by)
    rules.check_invitation(at, zone=appeal.sitting.zone, now=now)
    appeal.invited_for = at
    letters.invited(appeal, now=now)
    audit.record("appeal.invited", appeal, by=by, at=now, hearing_at=at)


def lapse(appeal: Appeal, told_how: str = "", *, by: User, now: datetime) -> None:
    """The candidate was invited, was waited for and did not come: the appeal ends without a hearing (¶35).

    ``told_how`` is how the candidate knew of the hearing; it may be empty where the letter has gone out.

    Raises:
        AppealNotOpen: it is not waiting for a hearing.
        TooEarlyToLapse: nobody was invited, or the wait is not over.
        HourStillRuns: the sitting runs, or appeals may still be filed.
        NotTold: no letter was sent, and nobody says how the candidate was told.
        NotInCommission, OnlyTheChair, NoCommission: not the chair.
    """
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.FILED)
    check_chair(appeal, by)
    is_sent, told_how = letters.is_invitation_sent(appeal), told_how.strip()[: rules.TOLD_HOW_MAX]
    rules.check_may_lapse(
        appeal.invited_for, may_still_file=filing.window(appeal.attempt, now=now).is_open,
        is_told=is_sent or bool(told_how), zone=appeal.sitting.zone, now=now,
    )  # fmt: skip
    appeal.status, appeal.lapsed_at, appeal.told_how = AppealStatus.LAPSED, now, told_how or None
    audit.record(
        "appeal.lapsed", appeal, by=by, at=now, invited_for=appeal.invited_for, letter_sent=is_sent,
        told_how=_words(appeal.id, told_how),
    )  # fmt: skip
    audit.checkpoint("appeal closed", at=now)


def open_hearing(
    appeal: Appeal, presence_note: str, attendance: Sequence[CommissionMember], *, by: User, now: datetime
) -> Hearing:
    """The chair opens the hearing: the candidate is there (``presence_note``: the document), the members are named.

    One that was adjourned, or closed and not decided, is opened again: what it was before stays in ``earlier``.

    Raises:
        AppealNotOpen: it is open or decided, was withdrawn or has lapsed.
        PersonNotConfirmed: the proctor has not recognised the person who filed.
        PresenceMissing: no document of the candidate: there is no hearing without them.
        NoQuorum: half of the approved places or fewer, or no chair.
        DeclarationMissing: somebody named has not declared whether they are related to the candidate.
        ConflictOfInterest: somebody present has become unable to judge, e.g. as a proctor appointed later.
        NotInCommission, OnlyTheChair, NoCommission: not the chair, or somebody named is not in office.
    """
    queries.lock(appeal)
    hearing = appeal.hearing
    if hearing is not None:
        db.session.refresh(hearing)
    is_closed = hearing is not None and hearing.closed_at is not None
    check_status(appeal.status, *((AppealStatus.FILED, AppealStatus.HEARING) if is_closed else (AppealStatus.FILED,)))
    chair = check_chair(appeal, by)
    if appeal.confirmed_at is None:
        raise PersonNotConfirmed
    note = rules.check_presence(presence_note)
    present = check_table(appeal, chair.commission, attendance)
    if hearing is None:
        hearing = Hearing(id=uuid4(), appeal=appeal, earlier=[])
        db.session.add(hearing)
    else:
        hearing.earlier = [*hearing.earlier, _as_it_was(hearing)]
        hearing.closed_at = hearing.closed_by_id = hearing.reason = None
    hearing.opened_at, hearing.opened_by_id, hearing.presence_note = now, by.id, note
    hearing.attendance = [str(member.id) for member in present]
    appeal.status = AppealStatus.HEARING
    audit.record(
        "hearing.opened", hearing, by=by, at=now, appeal=appeal.id, presence=_words(hearing.id, note),
        attendance=hearing.attendance,
    )  # fmt: skip
    return hearing


def _words(row_id: UUID, words: str) -> bytes:
    """SHA-256 over what somebody wrote of a person, and its row: the words themselves are not for the trail."""
    return sha256(canonical([str(row_id), words]))


def _as_it_was(hearing: Hearing) -> dict[str, Any]:
    """The hearing up to its closing, as ``earlier`` keeps it."""
    was: dict[str, Any] = audit.plain(
        {
            "opened_at": hearing.opened_at, "opened_by": hearing.opened_by_id, "attendance": hearing.attendance,
            "closed_at": hearing.closed_at, "closed_by": hearing.closed_by_id, "reason": hearing.reason,
        }
    )  # fmt: skip
    return was


def adjourn(hearing: Hearing, reason: str, *, by: User, now: datetime) -> None:
    """The chair adjourns a hearing at which the key was not shown: the appeal waits to be heard as before.

    It can be heard or withdrawn, and the candidate is invited anew: an invitation that they followed is used up.

    Raises:
        AppealNotOpen, HearingClosed: there is no open hearing.
        KeyWasShown: it is closed and decided.
        AdjournmentUnexplained: no reason.
        NotInCommission, OnlyTheChair: not the chair.
    """
    appeal = hearing.appeal
    queries.lock(appeal)
    db.session.refresh(hearing)
    check_open(appeal, hearing)
    check_chair(appeal, by)
    hearing.reason = rules.check_adjournment(reason, is_shown=bool(hearing.viewings))
    hearing.closed_at, hearing.closed_by_id = now, by.id
    appeal.status, appeal.invited_for = AppealStatus.FILED, None
    audit.record(
        "hearing.adjourned", hearing, by=by, at=now, appeal=appeal.id, reason=_words(hearing.id, hearing.reason)
    )


def close_hearing(hearing: Hearing, *, by: User, now: datetime) -> None:
    """The chair closes the hearing: every viewing ends, the key is shown no more; the commission deliberates.

    Raises:
        AppealNotOpen, HearingClosed: there is no open hearing.
        NothingShown: the key was not shown; it is adjourned.
        NotInCommission, OnlyTheChair: not the chair.
    """
    queries.lock(hearing.appeal)
    db.session.refresh(hearing)
    check_open(hearing.appeal, hearing)
    check_chair(hearing.appeal, by)
    if not hearing.viewings:
        raise rules.NothingShown
    shut(hearing, by=by, now=now)


def shut(hearing: Hearing, *, by: User, now: datetime) -> None:
    """Close a locked hearing and end its viewings; the caller has checked who acts."""
    for viewing in queries.open_viewings(hearing):
        end(viewing, by=by, now=now)
    hearing.closed_at, hearing.closed_by_id = now, by.id
    audit.record("hearing.closed", hearing, by=by, at=now, appeal=hearing.appeal_id)


@audit.witness("appeal.lapsed")
def _lapse_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """A lapsed appeal stays lapsed, its invitation and how the candidate was told as they were."""
    said, appeal = audit.facts(entry), db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None or (appeal.status, appeal.lapsed_at, audit.plain(appeal.invited_for)) != (
        AppealStatus.LAPSED, entry.at, said["invited_for"],
    ):  # fmt: skip
        yield "the lapse of this appeal was altered"
    elif _words(appeal.id, appeal.told_how or "").hex() != said.get("told_how", _words(appeal.id, "").hex()):
        yield "what is said of how this candidate was told was altered"


@audit.witness("hearing.opened")
def _hearing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who was there, and the candidate's document, are still on record; only substitutes joined later."""
    said, hearing = audit.facts(entry), db.session.get(Hearing, audit.subject_id(entry))
    if hearing is None:
        yield "the hearing is missing"
        return
    then, joined = _when(hearing, "opened_at", entry), _joined(hearing, entry.at)
    first = sorted(one for one in then.get("attendance", ()) if one in said["attendance"] or one not in joined)
    if (then.get("opened_by"), first) != (entry.actor.removeprefix("user:"), sorted(said["attendance"])) or (
        then["closed_at"] == audit.plain(hearing.closed_at)
        and _words(hearing.id, hearing.presence_note).hex() != said["presence"]
    ):
        yield "the attendance of this hearing was altered"


def _joined(hearing: Hearing, opened_at: datetime) -> set[str]:
    """Substitutes who came to the table since, by the trail or, before it said so, by their substitution."""
    commission = queries.commission_of(hearing.appeal.sitting)
    members = commission.members if commission else ()
    fresh = {str(one.id) for one in members if one.substitutes_id is not None and one.joined_at >= opened_at}
    return fresh | {audit.facts(entry)["member"] for entry in queries.entries("hearing.joined", hearing)}


def _when(hearing: Hearing, moment: str, entry: audit.AuditEntry) -> dict[str, Any]:
    """The hearing as it is, or as it was before, by the moment of the entry; nothing where there is no such."""
    times = [*hearing.earlier, _as_it_was(hearing)]
    return next((one for one in times if one[moment] == audit.plain(entry.at)), {"closed_at": None})


@audit.witness("hearing.closed")
def _closing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """When the hearing was closed, and by whom, is still on record."""
    hearing = db.session.get(Hearing, audit.subject_id(entry))
    if hearing is None or f"user:{_when(hearing, 'closed_at', entry).get('closed_by')}" != entry.actor:
        yield "the closing of this hearing was altered"


@audit.witness("hearing.adjourned")
def _adjournment_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """When the hearing was adjourned, by whom and why, is still on record."""
    said, hearing = audit.facts(entry), db.session.get(Hearing, audit.subject_id(entry))
    then = _when(hearing, "closed_at", entry) if hearing else {}
    if (f"user:{then.get('closed_by')}", _words(audit.subject_id(entry), then.get("reason") or "").hex()) != (
        entry.actor, said["reason"],
    ):  # fmt: skip
        yield "the adjournment of this hearing was altered"
