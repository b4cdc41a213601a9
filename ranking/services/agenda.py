"""What results ask of the authority: rankings to draw up, rankings to publish, each with its last day (¶37)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from competitions.models import Competition
from core import i18n
from ranking import queries
from ranking.services.decisions import ranking_content, to_draw_up
from ranking.services.state import standings


@dataclass(frozen=True)
class Due:
    """A competition whose results wait: for a ranking, or, where one ``is_drawn_up``, for its publication.

    ``publish_by`` is the last day on which the law lets them be told and published; None where nothing fixes one.
    """

    competition: Competition
    publish_by: date | None
    is_drawn_up: bool
    is_late: bool


def due(*, now: datetime) -> list[Due]:
    """What waits, the nearest day first (as many statements for many competitions as for one)."""
    today = now.astimezone(i18n.zone()).date()
    unsettled = queries.unsettled()
    latest = queries.latest_rankings([one.id for one in unsettled])
    pairs = [(latest.get(one.competition.id), one) for one in standings(unsettled, now=now)]
    found = {
        one.competition.id: _due(one.competition, one.publish_by, today, is_drawn_up=False) for one in to_draw_up(pairs)
    }
    for ranking in queries.to_publish():
        if ranking.competition_id not in found:
            until = ranking_content(ranking)["publish_by"]
            found[ranking.competition_id] = _due(
                ranking.competition, date.fromisoformat(until) if until else None, today, is_drawn_up=True
            )
    return sorted(found.values(), key=lambda one: (one.publish_by or date.max, one.competition.number))


def _due(competition: Competition, publish_by: date | None, today: date, *, is_drawn_up: bool) -> Due:
    return Due(competition, publish_by, is_drawn_up, publish_by is not None and today > publish_by)
