"""The paper of a ranking for everybody who holds its code: what it is, and whether another has taken its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.db import Model, db
from core.drawn import act_over
from ranking import queries
from ranking.models import Ranking
from ranking.services.decisions import paper_of, ranking_content
from testing_center.services.verification import Paper, also


@dataclass(frozen=True, kw_only=True)
class VerifiedRanking(Paper):
    """What is told about the protocol of a ranking: no name and no score, it may not be published yet."""

    template = "ranking/_verified.html"
    version: int
    competition: str
    school: dict[str, str]
    is_published: bool


@also
def _find(code: str) -> tuple[Model, Paper] | None:
    ranking = db.session.scalar(select(Ranking).where(Ranking.verification_code == code))
    return (ranking, _told(ranking)) if ranking else None


def _told(ranking: Ranking) -> Paper:
    content, last = ranking_content(ranking), queries.latest_ranking(ranking.competition_id)
    destroyed = act_over(paper_of(ranking))
    common: dict[str, Any] = {
        "number": content["number"], "issued_at": ranking.created_at, "content_digest": ranking.content_digest.hex(),
        "time_zone": content["zone"], "destroyed": destroyed,
        "newest": last.revision if last is not None and last.id != ranking.id else None,
    }  # fmt: skip
    if destroyed:
        return Paper(**common)
    contest = content["competition"]
    return VerifiedRanking(
        **common, version=ranking.revision, competition=contest["number"],
        school={"ky": contest["school_ky"], "ru": contest["school_ru"]},
        is_published=ranking.published_at is not None,
    )  # fmt: skip
