"""The personnel reserve, derived from published rankings and acts, one for each body that forms it (¶6, 32, 37–38)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from competitions.models import Competition
from competitions.rules import Financing
from core import i18n
from ranking import queries
from ranking.models import Ranking
from ranking.rules import reserve as rules
from ranking.services.decisions import ranking_content
from ranking.services.state import standings
from regulation.law import law


@dataclass(frozen=True)
class Reservist:
    """Somebody in the reserve, by public number: second or later place, at or above the cut score (¶6, 32).

    ``since`` is the day on which it was first published, ``until`` the last day of the term of the competition's
    papers: then nothing is kept that says who it is.
    """

    attempt_id: UUID
    code: str
    competition: Competition
    place: int
    total: int
    since: date
    until: date


def reserve_of(financing: Financing, *, now: datetime) -> list[Reservist]:
    """The reserve of one source of financing: from the ranking of each competition that was published last.

    Left out are whoever was appointed, declined a contract or withdrew, a competition whose term of keeping is over,
    and whoever is in the reserve no more as the results stand now: a correction or an annulment counts from its day,
    not from the next publication (¶32). By total, the highest first; equal totals in the order of codes, which tells
    nothing.
    """
    rankings = queries.published_of(financing)
    contests = {ranking.competition_id: ranking.competition for ranking in rankings}
    now_in = {code for one in standings(list(contests.values()), now=now) for code in one.reserve}
    codes = {code for ranking in rankings for code in ranking_content(ranking)["reserve"]}
    left, ids = queries.acts_about(codes), queries.attempt_ids(codes)
    dates = queries.dates_of_acts({ranking.competition_id for ranking in rankings})
    today, found = _day(now), []
    for competition_id in {ranking.competition_id for ranking in rankings}:
        versions = [one for one in rankings if one.competition_id == competition_id]
        found += [
            one
            for one in _entries(versions, dates.get(competition_id, []), ids)
            if one.code in now_in and rules.is_in_reserve(left.get(one.code, ()), one.until, today=today)
        ]
    return sorted(found, key=lambda one: (-one.total, one.code))


def reserve_for(competition: Competition, *, now: datetime) -> list[Reservist]:
    """The reserve from which the post of this competition may be filled (¶31, 37–38).

    The authority's for a school of the republican budget; for one of a local budget that of the same district, whose
    body forms a reserve of its own. A demonstration has its own people.
    """
    return [
        one
        for one in reserve_of(competition.financing, now=now)
        if keeper(one.competition) == keeper(competition) and one.competition.is_demo == competition.is_demo
    ]


def keeper(competition: Competition) -> str:
    """Whose reserve it is: empty for the authority, the district in Kyrgyz for a local budget."""
    return " ".join(competition.place_ky.split()) if competition.financing == Financing.LOCAL else ""


def _entries(versions: list[Ranking], acts_on: list[date], ids: dict[str, UUID]) -> Iterator[Reservist]:
    """Who is in the reserve by the last of these published rankings of one competition, the oldest first."""
    last, competition = ranking_content(versions[-1]), versions[-1].competition
    ended_on = max([*(_published(one) for one in versions), *acts_on])
    until = rules.kept_until(ended_on, law(competition.law_version).archive_years)
    rows = {row["code"]: row for row in last["ranking"]}
    for code in last["reserve"]:
        since = min(_published(one) for one in versions if code in ranking_content(one)["reserve"])
        yield Reservist(ids[code], code, competition, rows[code]["place"], rows[code]["total"], since, until)


def _published(ranking: Ranking) -> date:
    return _day(ranking.published_at or ranking.created_at)


def _day(at: datetime) -> date:
    return at.astimezone(i18n.zone()).date()
