"""A competition whose results are drawn up, or on which the authority has acted, is closed to whoever would join it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, union

from competitions.services import closing
from core.db import db
from ranking.models import AuthorityAct, Ranking


@closing
def with_results(competition_ids: Collection[UUID]) -> set[UUID]:
    """Those with a ranking or an act of the authority (¶29–31, 37): what was decided rests on who took part then."""
    drawn, acted = (
        select(table.competition_id).where(table.competition_id.in_(competition_ids))
        for table in (Ranking, AuthorityAct)
    )
    return set(db.session.scalars(union(drawn, acted)))
