"""Reading what the test day needs; what is not there or not yours is a 404."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from flask import abort
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from competitions.models import Competition
from core import audit
from core.db import db, keep
from question_bank.models import FormItem, ItemVersion
from question_bank.sealing import open_sealed_key
from testing_center.accepted import open_accepted
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.models.errata import Annulment, Correction, Erratum
from testing_center.models.places import Centre, Room
from testing_center.models.sittings import CandidateCode, Participant, Sitting, sitting_form
from testing_center.rules.delivery import NOTHING_SAVED, AttemptStatus, Saved
from testing_center.rules.errata import CorrectionStatus, ErratumKind, corrected
from testing_center.rules.rescoring import restate
from testing_center.rules.scoring import Event, KeyedItem, current
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.sheets import SheetItem, get_sheet

CONNECTION_LOST = "attempt.connection_lost"  # action of the trail
RUNNING = (AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED)


def count_open() -> int:
    """How many attempts have begun and not ended."""
    return db.session.scalar(select(func.count()).select_from(Attempt).where(Attempt.status.in_(RUNNING))) or 0


def last_saved() -> datetime | None:
    """When the last answer of a test under way was kept."""
    answers = select(func.max(ResponseEvent.saved_at)).join(Attempt, Attempt.id == ResponseEvent.attempt_id)
    return db.session.scalar(answers.where(Attempt.status.in_(RUNNING)))


# What the pages of every candidate ask for is written once, with parameters (docs/adr/0008-save-path.md).
_PLACED = (
    select(Attempt, Sitting, Room, Centre).join(Attempt.sitting).join(Sitting.room).join(Room.centre)
    .where(Attempt.id == bindparam("attempt_id"))
)  # fmt: skip


def read_attempt(attempt_id: UUID) -> Attempt | None:
    """The attempt with its sitting, room and centre (1 statement)."""
    if (row := db.session.execute(_PLACED, {"attempt_id": attempt_id}).one_or_none()) is None:
        return None
    keep(*row)
    return row.Attempt


_AROUND = (
    select(Sitting, Room, Centre, CandidateCode, Competition).select_from(Attempt)
    .join(Attempt.sitting).join(Sitting.room).join(Room.centre).join(Attempt.code).join(Attempt.competition)
    .where(Attempt.id == bindparam("attempt_id"))
)  # fmt: skip


def read_around(attempt_id: UUID) -> None:
    """Read what a protocol speaks of besides the attempt and the person (1 statement): whoever draws it up finds it."""
    keep(*db.session.execute(_AROUND, {"attempt_id": attempt_id}).one())


_LOCKED = (
    select(Attempt).where(Attempt.id == bindparam("attempt_id"))
    .with_for_update().execution_options(populate_existing=True)
)  # fmt: skip


def lock_attempt(attempt_id: UUID) -> Attempt:
    """The attempt as it is now, locked against every other change until the transaction ends."""
    attempt = db.session.scalars(_LOCKED, {"attempt_id": attempt_id}).one_or_none()
    if attempt is None:
        abort(404)
    return attempt


_EVENTS = (
    select(
        ResponseEvent.place, ResponseEvent.epoch, ResponseEvent.revision, ResponseEvent.response,
        ResponseEvent.flagged, ResponseEvent.saved_at, ResponseEvent.is_late, ResponseEvent.language,
    )
    .where(ResponseEvent.attempt_id == bindparam("attempt_id")).order_by(ResponseEvent.id)
)  # fmt: skip


def events_of(attempt_id: UUID) -> list[Row[tuple[int, int, int, list[str], bool, datetime, bool, str]]]:
    """All response events of an attempt in the order in which they were saved."""
    return list(db.session.execute(_EVENTS, {"attempt_id": attempt_id}))


def as_events(rows: Iterable[Row[tuple[int, int, int, list[str], bool, datetime, bool, str]]]) -> list[Event]:
    """Rows as scoring sees them."""
    return [Event(row.place, row.epoch, row.revision, tuple(row.response), row.is_late) for row in rows]


def saved_answers(attempt_id: UUID) -> dict[int, Saved]:
    """The answer in force at each place of the form."""
    found: dict[int, Saved] = {}
    for row in events_of(attempt_id):
        known = found.get(row.place, NOTHING_SAVED)
        if not row.is_late and (row.epoch, row.revision) > (known.epoch, known.revision):
            found[row.place] = Saved(row.epoch, row.revision, tuple(row.response), row.flagged, row.saved_at)
    return found


def connection_gaps(attempt: Attempt) -> list[tuple[datetime, datetime]]:
    """From when to when the workstation says that it could not reach the server, in order of time."""
    entries = db.session.scalars(
        select(audit.AuditEntry)
        .where(audit.AuditEntry.subject == audit.name_of(attempt), audit.AuditEntry.action == CONNECTION_LOST)
        .order_by(audit.AuditEntry.number)
    )
    return [(entry.at - timedelta(seconds=audit.facts(entry)["seconds"]), entry.at) for entry in entries]


def keyed_form(form_id: UUID) -> list[KeyedItem]:
    """The form with the answer key in force, for scoring only: the sealed key with every applied correction."""
    return corrected(sealed_key(form_id), errata_in_force(form_id))


def key_in_force(form_id: UUID) -> dict[int, KeyedItem]:
    """The key in force by place in the form."""
    return {item.position: item for item in keyed_form(form_id)}


_IN_FORCE = (
    select(Erratum).join(Erratum.correction)
    .where(Correction.form_id == bindparam("form_id"), Correction.status == CorrectionStatus.APPLIED)
    .order_by(Correction.decided_at, Correction.number, Erratum.place)
)  # fmt: skip
_OF_ALL = _IN_FORCE.where(Erratum.kind != ErratumKind.RESTATED)
_OF_ONE = _IN_FORCE.where(Erratum.attempt_id.is_not(None))


def errata_in_force(form_id: UUID) -> list[tuple[int, ErratumKind, list[list[str]]]]:
    """(place, kind, accepted) of the applied corrections of the form, in the order in which they were applied."""
    rows = db.session.scalars(_OF_ALL, {"form_id": form_id})
    return [(row.place, row.kind, open_accepted(row)) for row in rows]


def restated_in_force(form_id: UUID) -> dict[UUID, dict[int, tuple[str, ...]]]:
    """Attempt → place → the response that counts instead of the one recorded; of two corrections, the later."""
    found: dict[UUID, dict[int, tuple[str, ...]]] = {}
    for row in db.session.scalars(_OF_ONE, {"form_id": form_id}):
        if row.attempt_id is not None:
            found.setdefault(row.attempt_id, {})[row.place] = tuple(open_accepted(row)[0])
    return found


def answers_that_count(form_id: UUID, attempt_ids: Collection[UUID]) -> dict[UUID, dict[int, tuple[str, ...]]]:
    """Attempt → place → the response that counts, of those of these attempts on the form whose result counts."""
    counting = db.session.scalars(
        select(Attempt.id).where(
            Attempt.id.in_(attempt_ids), Attempt.form_id == form_id, Attempt.sitting_id.not_in(annulled_sittings()),
            Attempt.id.in_(select(Result.attempt_id)),
        )
    ).all()  # fmt: skip
    restated = restated_in_force(form_id)
    return {
        attempt_id: {
            place: event.response
            for place, event in current(restate(as_events(events_of(attempt_id)), restated.get(attempt_id, {}))).items()
        }
        for attempt_id in counting
    }


def applied_corrections(form_id: UUID) -> list[UUID]:
    """Ids of the corrections of the form that are in force."""
    return list(
        db.session.scalars(
            select(Correction.id).where(Correction.form_id == form_id, Correction.status == CorrectionStatus.APPLIED)
        )
    )


@lru_cache(maxsize=32)
def sealed_key(form_id: UUID) -> tuple[KeyedItem, ...]:
    """The form with the answer key with which it was sealed, without any correction: read once per process.

    A sealed form never changes, and whoever could read it here could read the key ring as well.
    """
    items = get_sheet(form_id).items
    rows = db.session.execute(
        select(FormItem.position, ItemVersion.id, ItemVersion.key_sealed)
        .join(FormItem.version).where(FormItem.form_id == form_id).order_by(FormItem.position)
    )  # fmt: skip
    return tuple(_keyed(items[position], version_id, sealed) for position, version_id, sealed in rows)


def _keyed(item: SheetItem, version_id: UUID, sealed: bytes) -> KeyedItem:
    key = item.kind.bind(open_sealed_key(version_id, item.kind.name, sealed), item.parts)
    return KeyedItem(
        item.place, key, item.points, item.area, kind=item.kind.name, options=len(item.options),
        is_partial=item.is_partial,
    )  # fmt: skip


def is_form_busy(form_id: UUID) -> bool:
    """Whether somebody may still work on the form: an attempt has not ended, or a sitting with it is about to run."""
    attempts = select(Attempt.id).where(Attempt.form_id == form_id, Attempt.status != AttemptStatus.ENDED)
    running = (
        select(Sitting.id)
        .join(sitting_form, sitting_form.c.sitting_id == Sitting.id)
        .where(sitting_form.c.form_id == form_id, Sitting.status.in_((SittingStatus.OPENING, SittingStatus.OPEN)))
    )
    return any(db.session.scalars(query.limit(1)).first() is not None for query in (attempts, running))


def annulled_sittings() -> Select[UUID]:
    """Ids of sittings whose results do not count, as a subquery."""
    return select(Annulment.sitting_id).where(Annulment.status == CorrectionStatus.APPLIED)


def sat_at_annulled(person_ids: Collection[UUID] | Select[UUID]) -> dict[UUID, str]:
    """Forms that were begun at annulled sittings to which any of these people came, each with a sitting's number.

    One statement, and no link is opened: who had which form does not matter, since all of them were in that room.
    """
    rows = db.session.execute(
        select(Attempt.form_id, Sitting.number).distinct()
        .join(Sitting, Sitting.id == Attempt.sitting_id).join(Participant, Participant.sitting_id == Sitting.id)
        .where(
            Participant.person_id.in_(person_ids), Participant.annulled_at.is_not(None),
            Participant.presence == Presence.PRESENT, Attempt.started_at.is_not(None),
        )
        .order_by(Sitting.number.desc())
    )  # fmt: skip
    return {row.form_id: row.number for row in rows}


def waiting_anew(specification_id: UUID) -> Select[UUID]:
    """Ids of the people of annulled sittings of this test who wait for a new one, as a subquery."""
    query = select(Participant.person_id).join(Sitting, Sitting.id == Participant.sitting_id)
    return query.where(Sitting.specification_id == specification_id, waits_anew())


def waits_anew() -> ColumnElement[bool]:
    """Of a participant: their sitting was annulled, and they are registered nowhere else for the same main test.

    Whoever had withdrawn does not wait, nor anybody of a tie-break test: its round is called anew by itself.
    """
    again = aliased(Participant)
    elsewhere = exists().where(
        again.competition_id == Participant.competition_id, again.person_id == Participant.person_id,
        again.round == 0, again.withdrawn_at.is_(None), again.annulled_at.is_(None),
    )  # fmt: skip
    return and_(
        Participant.annulled_at.is_not(None), Participant.withdrawn_at.is_(None), Participant.round == 0, ~elsewhere
    )


def latest_result(attempt_id: UUID) -> Result | None:
    """The result in force."""
    return db.session.scalars(
        select(Result).where(Result.attempt_id == attempt_id).order_by(Result.revision.desc()).limit(1)
    ).first()


def result_ids(attempt_id: UUID) -> list[str]:
    """Ids of all results that the attempt ever had, as text."""
    return [str(found) for found in db.session.scalars(select(Result.id).where(Result.attempt_id == attempt_id))]


def latest_protocol(attempt_id: UUID) -> Protocol | None:
    """The protocol in force."""
    return db.session.scalars(
        select(Protocol).join(Protocol.result).where(Result.attempt_id == attempt_id)
        .order_by(Protocol.version.desc()).limit(1)
    ).first()  # fmt: skip


def overdue_attempts(*, now: datetime, limit: int = 500) -> list[UUID]:
    """Attempts in progress whose deadline has passed, oldest first."""
    return list(
        db.session.scalars(
            select(Attempt.id)
            .where(Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at < now)
            .order_by(Attempt.deadline_at).limit(limit)
        )
    )  # fmt: skip
