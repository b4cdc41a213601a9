"""The personnel reserve, derived from published rankings and acts, one for each body that forms it (¶6, 32, 37–38)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from competitions.models import Competition
from competitions.rules import Financing
from core import i18n
from ranking import holder_queries, queries
from ranking.models import AuthorityAct, PlaceHolder, Ranking
from ranking.rules import reserve as rules
from ranking.rules.acts import ActKind
from ranking.services.decisions import ranking_content
from ranking.services.state import standings
from regulation.law import law
from testing_center.models.attempts import Attempt


@dataclass(frozen=True)
class Other:
    """Another place of the same person in the reserve of the same body."""

    code: str
    competition: Competition


@dataclass(frozen=True)
class Reservist:
    """Somebody in the reserve, by public number: second or later place, at or above the cut score (¶6, 32).

    ``since`` is the day on which it was first published, ``until`` the last day of the term of the competition's
    papers: then nothing is kept that says who it is. ``others`` are further places of the same person here.
    """

    attempt_id: UUID
    code: str
    competition: Competition
    place: int
    total: int
    since: date
    until: date
    others: tuple[Other, ...] = ()


@dataclass(frozen=True)
class Departure:
    """Somebody who left the reserve before the end of the term: why, on which day, and, for an appointment, where.

    ``competition`` is the one for whose post they were appointed; None where its papers were destroyed since, and for
    a withdrawal or a refusal.
    """

    reservist: Reservist
    kind: ActKind | None  # None: an appointment of which the day alone is still known
    on: date
    competition: Competition | None


@dataclass(frozen=True)
class Reserve:
    """The reserve of one source of financing, and who left it within its term."""

    people: list[Reservist]
    left: list[Departure]


@dataclass(frozen=True)
class _Known:
    """What the authority did about people, by public number and by mark."""

    attempts: Mapping[str, Attempt]
    holders: Mapping[str, PlaceHolder]
    own: Mapping[str, Sequence[AuthorityAct]]
    appointed: Mapping[bytes, Sequence[AuthorityAct]]


def reserve_of(financing: Financing, *, now: datetime) -> list[Reservist]:
    """Who is in the reserve of one source of financing: see :func:`reserve_and_left`."""
    return reserve_and_left(financing, now=now).people


def reserve_and_left(financing: Financing, *, now: datetime) -> Reserve:
    """The reserve of one source of financing: from the ranking of each competition that was published last.

    Left out are whoever was appointed, here or after another competition, declined a contract or withdrew, a
    competition whose term of keeping is over, and whoever is in the reserve no more as the results stand now: a
    correction or an annulment counts from its day, not from the next publication (¶32). By total, the highest first;
    equal totals in the order of codes, which tells nothing. Who left by an act is told beside it, the last first.
    """
    rankings = queries.published_of(financing)
    contests = {ranking.competition_id: ranking.competition for ranking in rankings}
    now_in = {code for one in standings(list(contests.values()), now=now) for code in one.reserve}
    known = _known({code for ranking in rankings for code in ranking_content(ranking)["reserve"]})
    dates = queries.dates_of_acts({ranking.competition_id for ranking in rankings})
    today = _day(now)
    people: list[Reservist] = []
    left: list[Departure] = []
    for competition_id in {ranking.competition_id for ranking in rankings}:
        versions = [one for one in rankings if one.competition_id == competition_id]
        for one in _entries(versions, dates.get(competition_id, []), known.attempts):
            gone, acts = _departure(one, known), [act.kind for act in known.own.get(one.code, ())]
            if gone is not None and today <= one.until:
                left.append(gone)
            elif one.code in now_in and rules.is_in_reserve(acts, one.until, today=today):
                people.append(one)
    return Reserve(
        sorted(_with_others(people, known), key=lambda one: (-one.total, one.code)),
        sorted(left, key=lambda one: (-one.on.toordinal(), one.reservist.code)),
    )


def _known(codes: Collection[str]) -> _Known:
    holders = {one.attempt.number: one for one in holder_queries.holders_of(codes)}
    return _Known(
        holder_queries.attempts_with(codes), holders, queries.acts_about(codes),
        holder_queries.appointments_of({one.mark for one in holders.values()}),
    )  # fmt: skip


def _departure(one: Reservist, known: _Known) -> Departure | None:
    """Why this person left, the first reason first: an act about this very place, or an appointment anywhere (¶6)."""
    found = [
        Departure(one, act.kind, act.on, act.competition if act.kind in rules.APPOINTS else None)
        for act in known.own.get(one.code, ())
        if act.kind in rules.LEAVES_RESERVE
    ]
    holder, attempt = known.holders.get(one.code), known.attempts[one.code]
    if holder is not None and attempt.ended_at is not None:
        tested_on = attempt.ended_at.astimezone(attempt.sitting.zone).date()
        by_day = {act.on: act for act in reversed(known.appointed.get(holder.mark, ()))}
        days = [*by_day, *([holder.appointed_on] if holder.appointed_on else [])]
        if (on := rules.leaves_on(days, tested_on)) is not None:
            act = by_day.get(on)
            found.append(Departure(one, act.kind if act else None, on, act.competition if act else None))
    return min(found, key=lambda gone: gone.on, default=None)


def _with_others(people: Sequence[Reservist], known: _Known) -> Iterator[Reservist]:
    """The same entries, each with the further places of that person in the reserve of the same body."""
    same: dict[tuple[bytes, str], list[Reservist]] = defaultdict(list)
    for one in people:
        if one.code in known.holders:
            same[known.holders[one.code].mark, keeper(one.competition)].append(one)
    for one in people:
        places = same[known.holders[one.code].mark, keeper(one.competition)] if one.code in known.holders else []
        others = sorted((other for other in places if other is not one), key=lambda other: other.code)
        yield replace(one, others=tuple(Other(other.code, other.competition) for other in others))


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


def _entries(versions: list[Ranking], acts_on: list[date], attempts: Mapping[str, Attempt]) -> Iterator[Reservist]:
    """Who is in the reserve by the last of these published rankings of one competition, the oldest first."""
    last, competition = ranking_content(versions[-1]), versions[-1].competition
    ended_on = max([*(_published(one) for one in versions), *acts_on])
    until = rules.kept_until(ended_on, law(competition.law_version).archive_years)
    rows = {row["code"]: row for row in last["ranking"]}
    for code in last["reserve"]:
        since = min(_published(one) for one in versions if code in ranking_content(one)["reserve"])
        yield Reservist(attempts[code].id, code, competition, rows[code]["place"], rows[code]["total"], since, until)


def _published(ranking: Ranking) -> date:
    return _day(ranking.published_at or ranking.created_at)


def _day(at: datetime) -> date:
    return at.astimezone(i18n.zone()).date()
