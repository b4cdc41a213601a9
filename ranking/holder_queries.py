"""Reading who holds places and where they were appointed, by marks; nothing here opens a sealed link."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import contains_eager, joinedload

from core.db import db
from ranking.models import AuthorityAct, PlaceHolder, Ranking
from ranking.queries import published
from ranking.rules.reserve import APPOINTS
from testing_center.models.attempts import Attempt
from testing_center.models.places import Room
from testing_center.models.sittings import Sitting


def unmarked(codes: Collection[str]) -> list[Attempt]:
    """The attempts with these public numbers of which nobody knows yet who holds them, by number (1 statement)."""
    query = select(Attempt).where(
        Attempt.number.in_(codes), Attempt.link_sealed != b"", Attempt.id.not_in(select(PlaceHolder.attempt_id))
    )
    return list(db.session.scalars(query.options(joinedload(Attempt.sitting)).order_by(Attempt.number)))


def holders_of(codes: Collection[str]) -> list[PlaceHolder]:
    """What is known of those behind these public numbers (1 statement)."""
    query = select(PlaceHolder).join(PlaceHolder.attempt).where(Attempt.number.in_(codes))
    return list(db.session.scalars(query.options(contains_eager(PlaceHolder.attempt))))


def appointments_of(marks: Collection[bytes]) -> dict[bytes, list[AuthorityAct]]:
    """Acts that appointed the people behind these marks, by mark, the earliest first (1 statement)."""
    query = (
        select(PlaceHolder.mark, AuthorityAct)
        .join(AuthorityAct, AuthorityAct.attempt_id == PlaceHolder.attempt_id)
        .where(PlaceHolder.mark.in_(marks), AuthorityAct.kind.in_(APPOINTS))
        .options(joinedload(AuthorityAct.competition))
        .order_by(AuthorityAct.on, AuthorityAct.recorded_at)
    )
    found: dict[bytes, list[AuthorityAct]] = {}
    for mark, act in db.session.execute(query):
        found.setdefault(mark, []).append(act)
    return found


def attempts_with(codes: Collection[str]) -> dict[str, Attempt]:
    """The attempts with these public numbers, and where they were sat (1 statement)."""
    place = joinedload(Attempt.sitting).joinedload(Sitting.room).joinedload(Room.centre)
    rows = db.session.scalars(select(Attempt).where(Attempt.number.in_(codes)).options(place))
    return {one.number: one for one in rows}


def places_of(ranking: Ranking) -> list[str]:
    """Whom a ranking names as winner or in the reserve, by public number."""
    content = json.loads(ranking.content)
    return [*([content["winner"]] if content["winner"] else []), *content["reserve"]]


def rankings_without_marks() -> list[Ranking]:
    """Rankings published last that name somebody, in competitions where nobody's mark is known (1 statement)."""
    links = exists().where(Attempt.competition_id == Ranking.competition_id, Attempt.link_sealed != b"")
    marks = exists().where(PlaceHolder.attempt_id == Attempt.id, Attempt.competition_id == Ranking.competition_id)
    nobody = Ranking.content.contains('"winner":null') & Ranking.content.contains('"reserve":[]')
    return published(links, ~marks, ~nobody)
