"""Who is the same person among those with a place, known by a mark: the reserve knows people, and no list has names.

The sealed links of the winner and of the reserve are opened once by the system, when a ranking is published, and what
is written down is a keyed hash of the person. Reading the reserve opens nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from core import audit
from core.crypto import canonical, keyring, sha256
from core.db import db, transaction
from ranking import holder_queries as queries
from ranking.models import AuthorityAct, PlaceHolder, Ranking
from ranking.rules.reserve import APPOINTS
from testing_center.models.attempts import Attempt
from testing_center.services.links import participant_of

SYSTEM = audit.System("ranking")


def mark_of(person_id: UUID) -> bytes:
    """The mark of a person: the same for every attempt of theirs, and telling nobody who it is."""
    return keyring().lookup("index", str(person_id), ("person", "place"))


def note_holders(ranking: Ranking, codes: Collection[str], *, now: datetime) -> int:
    """Write down the marks of those behind these codes who have none; opens their links, audited. Returns how many."""
    attempts = queries.unmarked(codes)
    if not attempts:
        return 0
    holders = [
        PlaceHolder(attempt_id=one.id, attempt=one, mark=mark_of(participant_of(one).person_id), noted_at=now)
        for one in attempts
    ]
    db.session.add_all(holders)
    db.session.flush()
    audit.record(
        "links.opened", ranking, by=SYSTEM, at=now, count=len(holders), purpose="one person, several competitions"
    )
    audit.record(
        "reserve.people_noted", ranking, by=SYSTEM, at=now, candidates=[one.number for one in attempts],
        marks=_digest(holders),
    )  # fmt: skip
    return len(holders)


def note_missing(*, now: datetime) -> int:
    """Chore: note who is behind places that were published before marks were kept; each ranking by itself."""
    noted = 0
    for ranking_id in [one.id for one in queries.rankings_without_marks()]:
        with transaction():
            ranking = db.session.get_one(Ranking, ranking_id, with_for_update=True)
            noted += note_holders(ranking, queries.places_of(ranking), now=now)
    return noted


def forget_holders(competition_id: UUID) -> None:
    """With the papers of a competition its marks go; whom it appointed stays out of other reserves by the day alone."""
    own = select(Attempt.id).where(Attempt.competition_id == competition_id)
    appointed = db.session.execute(
        select(PlaceHolder.mark, AuthorityAct.on)
        .join(AuthorityAct, AuthorityAct.attempt_id == PlaceHolder.attempt_id)
        .where(PlaceHolder.attempt_id.in_(own), AuthorityAct.kind.in_(APPOINTS))
        .order_by(AuthorityAct.on)
    )
    for mark, on in appointed.all():
        db.session.execute(
            update(PlaceHolder).where(PlaceHolder.mark == mark, PlaceHolder.attempt_id.not_in(own))
            .values(appointed_on=on)
        )  # fmt: skip
    for holder in db.session.scalars(select(PlaceHolder).where(PlaceHolder.attempt_id.in_(own))).all():
        db.session.delete(holder)


def _digest(holders: Collection[PlaceHolder]) -> bytes:
    return sha256(canonical(sorted([one.attempt.number, one.mark.hex()] for one in holders)))


@audit.witness("reserve.people_noted")
def _marks_hold(entry: audit.AuditEntry) -> Iterator[str]:
    """The marks are still those that were noted."""
    said = audit.facts(entry)
    if _digest(queries.holders_of(said["candidates"])).hex() != said["marks"]:
        yield "who is behind a place of this ranking was altered"
