"""The key on the commission's screen (¶35): who began, who was there, until when; what is spent by it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from accounts.models import User
from appeals import form_queries, queries
from appeals.models import Appeal, Commission, CommissionMember, Hearing, KeyViewing
from appeals.rules import commission as seats
from appeals.rules import hearing as hearings
from appeals.rules import viewing as rules
from appeals.services import declarations
from appeals.services.commissions import conflict_of
from appeals.services.table import check_open, check_present
from core import audit
from core.crypto import canonical, sha256
from core.db import db, transaction
from question_bank.services import draws
from testing_center.services import sittings

BY_ITSELF = audit.System("viewings")


def begin(
    hearing: Hearing, presence_note: str, attendance: Sequence[CommissionMember], *, is_here: bool, by: User,
    now: datetime,
) -> KeyViewing:  # fmt: skip
    """A member at the table opens the key on the commission's screen; one who looks already goes on.

    ``is_here``: the candidate is, with the document of ``presence_note``; ``attendance`` are the members who are there,
    whoever begins counted among them.

    Raises:
        AppealNotOpen, HearingClosed: there is no open hearing.
        NotInCommission: not at the table, or somebody named is not in office.
        CandidateAbsent, PresenceMissing: the candidate is not here, or has shown no document.
        NoQuorum, DeclarationMissing, ConflictOfInterest: as when the hearing was opened, of those who are there now.
        FormInUse: somebody still works on one of its items, or is about to (¶35).
    """
    appeal = hearing.appeal
    queries.lock(appeal)
    db.session.refresh(hearing)
    check_open(appeal, hearing)
    member = check_present(appeal, by)
    for known in queries.open_viewings(hearing):
        settle(known, now=now)
        if known.ended_at is None and known.user_id == by.id:
            return known
    rules.check_candidate(is_here)
    note = hearings.check_presence(presence_note)
    present = check_table(appeal, member.commission, [member, *attendance])
    form = appeal.attempt.form
    form_queries.lock_sittings_with(form)
    if not form_queries.is_form_free(form):
        raise rules.FormInUse
    viewing = KeyViewing(
        id=uuid4(), hearing=hearing, user_id=by.id, begun_at=now, presence_note=note,
        attendance=[str(one.id) for one in present],
    )  # fmt: skip
    db.session.add(viewing)
    audit.record(
        "key_viewing.begun", viewing, by=by, at=now, hearing=hearing.id, appeal=appeal.id, form=form.digest,
        attendance=viewing.attendance, presence=_presence(viewing),
    )  # fmt: skip
    return viewing


def check_table(
    appeal: Appeal, commission: Commission, attendance: Sequence[CommissionMember]
) -> list[CommissionMember]:
    """The members who are there, each once and in the order of places: enough, declared, without conflict.

    Raises:
        NotInCommission, NoQuorum, DeclarationMissing, ConflictOfInterest.
    """
    office, named = queries.in_office(commission), {one.id for one in attendance}
    present = [one for one in office if one.id in named]
    if len(present) < len(named):
        raise seats.NotInCommission
    chair = next((one.place for one in office if one.is_chair), None)
    seats.check_quorum(queries.places_of(commission), [one.place for one in present], chair)
    declarations.check(appeal, present)
    for one in present:
        seats.check_conflict(conflict_of(appeal.sitting, one.user), one.user.full_name)
    return present


def _presence(viewing: KeyViewing) -> bytes:
    """SHA-256 over the candidate's document and the viewing: the document itself is not for the trail."""
    return sha256(canonical([str(viewing.id), viewing.presence_note]))


def end_viewing(viewing: KeyViewing, *, by: User, now: datetime) -> None:
    """Somebody at the table ends a viewing, their own or another's; one that has ended stays as it is.

    Raises:
        NotInCommission: not at the table.
    """
    queries.lock(viewing.hearing.appeal)
    db.session.refresh(viewing)
    check_present(viewing.hearing.appeal, by)
    end(viewing, by=by, now=now)


def end(viewing: KeyViewing, *, by: User, now: datetime) -> None:
    """End a viewing of an appeal that is held; the caller has checked who acts."""
    settle(viewing, now=now)
    if viewing.ended_at is None:
        viewing.ended_at, viewing.ended_by_id = now, by.id
        audit.record("key_viewing.ended", viewing, by=by, at=now, hearing=viewing.hearing_id)


def settle(viewing: KeyViewing, *, now: datetime) -> None:
    """End a viewing that is over by itself, at the moment at which it was: however late somebody notices."""
    if viewing.ended_at is None and not rules.is_viewing_open(viewing.begun_at, None, now=now):
        viewing.ended_at = rules.viewing_ends_by(viewing.begun_at)
        audit.record(
            "key_viewing.ended", viewing, by=BY_ITSELF, at=now, hearing=viewing.hearing_id, ended_at=viewing.ended_at
        )


def end_overdue(*, now: datetime) -> int:
    """End every viewing that is over by itself, each in its own transaction; returns how many."""
    ended = 0
    for viewing_id in queries.overdue_viewings(begun_until=now - rules.VIEWING_LASTS):
        with transaction():
            viewing = queries.get_viewing(viewing_id)
            queries.lock(viewing.hearing.appeal)
            db.session.refresh(viewing)
            before = viewing.ended_at
            settle(viewing, now=now)
            ended += before != viewing.ended_at
    return ended


@sittings.spends
def was_key_shown(form_id: UUID) -> bool:
    """A form with an item whose key was shown at a hearing is not sat again."""
    return form_queries.was_key_shown(form_id)


@draws.not_to_be_drawn
def shown_items() -> Collection[UUID]:
    """An item whose key was shown at a hearing stands in no form that is sealed from now on."""
    return form_queries.items_shown()


@audit.witness("key_viewing.begun")
def _viewing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who showed the key, from when and to whom, is still on record; entries before this rule do not say to whom."""
    said, viewing = audit.facts(entry), db.session.get(KeyViewing, audit.subject_id(entry))
    if viewing is None or (viewing.begun_at, f"user:{viewing.user_id}", str(viewing.hearing_id)) != (
        entry.at, entry.actor, said["hearing"],
    ):  # fmt: skip
        yield "the record of this look at the key was altered"
    elif "attendance" in said and (viewing.attendance, _presence(viewing).hex()) != (
        said["attendance"], said["presence"],
    ):  # fmt: skip
        yield "the record of who was there at this look at the key was altered"


@audit.witness("key_viewing.ended")
def _viewing_end_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Until when, and who ended it, is still on record."""
    said, viewing = audit.facts(entry), db.session.get(KeyViewing, audit.subject_id(entry))
    actor = f"user:{viewing.ended_by_id}" if viewing and viewing.ended_by_id else BY_ITSELF.actor_name
    if viewing is None or (audit.plain(viewing.ended_at), actor) != (
        said.get("ended_at", audit.plain(entry.at)), entry.actor,
    ):  # fmt: skip
        yield "the end of this look at the key was altered"
