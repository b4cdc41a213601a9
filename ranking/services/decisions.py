"""The ranking drawn up, published, and the reserve that follows from it (¶29–32, 37–38)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.models import User
from competitions.models import Competition, Person
from competitions.rules import ApplicationState, Financing
from core import audit, i18n
from core.crypto import canonical, sha256
from core.db import db
from ranking import queries
from ranking.models import Ranking
from ranking.rules import acts as rules
from ranking.services import letters
from ranking.services.content import as_content
from ranking.services.state import standing
from testing_center.models.attempts import Attempt
from testing_center.services.links import participant_of

_META = ("number", "revision", "supersedes", "drawn_up_at", "audit")


@dataclass(frozen=True)
class Reservist:
    """Somebody in the reserve, by public number: second or later place, at or above the cut score (¶6, 32)."""

    attempt_id: UUID
    code: str
    competition: Competition
    place: int
    total: int
    since: date


def draw_up(competition: Competition, *, by: User, now: datetime) -> Ranking:
    """Write down what the results decide as they stand now; a later ranking supersedes the one before.

    Raises:
        NotDecided: something is still awaited.
        RankingUnchanged: the last ranking says the same.
    """
    found = standing(competition, now=now)
    if not found.is_decided:
        raise rules.NotDecided
    before, said = queries.latest_ranking(competition.id), as_content(found)
    if before is not None and _essence(ranking_content(before)) == said:
        raise rules.RankingUnchanged
    revision = before.revision + 1 if before else 1
    number, head = audit.head()
    content = canonical(
        said
        | audit.plain(
            {
                "number": f"{competition.number}/Ж", "revision": revision, "drawn_up_at": now,
                "supersedes": before.revision if before else None, "audit": {"entry": number, "head": head},
            }
        )
    )  # fmt: skip
    ranking = Ranking(
        id=uuid4(), competition=competition, revision=revision, supersedes_id=before.id if before else None,
        content=content.decode(), content_digest=sha256(content), created_at=now,
    )  # fmt: skip
    db.session.add(ranking)
    audit.record(
        "ranking.drawn_up", ranking, by=by, at=now, competition=competition.id, revision=revision,
        content=ranking.content_digest, status=said["status"], winner=said["winner"],
    )  # fmt: skip
    return ranking


def ranking_content(ranking: Ranking) -> dict[str, Any]:
    """What a ranking says."""
    content: dict[str, Any] = json.loads(ranking.content)
    return content


def _essence(content: dict[str, Any]) -> dict[str, Any]:
    """What a ranking says of the competition, without when and as which revision it was drawn up."""
    return {key: value for key, value in content.items() if key not in _META}


def is_outdated(ranking: Ranking, *, now: datetime) -> bool:
    """Whether the results say something else by now, or a later ranking was drawn up."""
    found = standing(ranking.competition, now=now)
    latest = queries.latest_ranking(ranking.competition_id)
    is_latest = latest is not None and latest.id == ranking.id
    return not (is_latest and found.is_decided and _essence(ranking_content(ranking)) == as_content(found))


def publish(ranking: Ranking, *, by: User, now: datetime) -> None:
    """Publish a ranking: codes and scores for all, the winner's name, a letter to every participant (¶37).

    Raises:
        AlreadyPublished: it is.
        RankingOutdated: the results have changed since, or it is not the last one.
    """
    if ranking.published_at is not None:
        raise rules.AlreadyPublished
    if is_outdated(ranking, now=now):
        raise rules.RankingOutdated
    content = ranking_content(ranking)
    winner = participant_of(queries.attempt_by_number(content["winner"])) if content["winner"] else None
    if winner is not None:
        ranking.winner_name = winner.person.full_name
        audit.record("links.opened", ranking, by=by, at=now, count=1, purpose="name of the winner")
    ranking.published_at, ranking.published_by_id = now, by.id
    people = _people(ranking.competition)
    letters.published(ranking, people, winner, content, now=now)
    audit.record(
        "ranking.published", ranking, by=by, at=now, content=ranking.content_digest, winner_name=ranking.winner_name,
        letters=len(people),
    )  # fmt: skip


def _people(competition: Competition) -> list[tuple[Person, str]]:
    """Everybody admitted, with the language of the test (Kyrgyz where none is known), by name."""
    languages = {one.person_id: one.language for one in queries.registered(competition)}
    admitted = [
        one for one in queries.applications(competition)
        if one.state == ApplicationState.ADMITTED or one.person_id in languages
    ]  # fmt: skip
    known = {one.person_id: one.person for one in admitted}
    known |= {one.person_id: one.person for one in queries.registered(competition)}
    people = sorted(known.values(), key=lambda person: (person.name_sort, str(person.id)))
    return [(person, languages.get(person.id, i18n.DEFAULT)) for person in people]


def reserve_of(financing: Financing) -> list[Reservist]:
    """The reserve of one source of financing: from published rankings, without those appointed already (¶37–38).

    By total, the highest first; equal totals in the order of codes, which says nothing.
    """
    gone, found = queries.appointed_from_reserve(), []
    rankings = [one for one in queries.published() if one.competition.financing == financing]
    contents = {one.id: ranking_content(one) for one in rankings}
    codes = [code for content in contents.values() for code in content["reserve"]]
    ids = {
        number: attempt_id
        for attempt_id, number in db.session.execute(
            select(Attempt.id, Attempt.number).where(Attempt.number.in_(codes))
        )
    }
    for ranking in rankings:
        content = contents[ranking.id]
        rows = {row["code"]: row for row in content["ranking"]}
        since = (ranking.published_at or ranking.created_at).astimezone(i18n.zone()).date()
        found += [
            Reservist(ids[code], code, ranking.competition, rows[code]["place"], rows[code]["total"], since)
            for code in content["reserve"]
            if code not in gone
        ]
    return sorted(found, key=lambda one: (-one.total, one.code))


def ranking_pdf(ranking: Ranking, *, now: datetime) -> bytes:
    """The ranking protocol as PDF: drawn from its content the first time, the same bytes ever after.

    Needs a transaction where it is the first time.
    """
    if ranking.pdf is None:
        from ranking.documents import ranking as document

        db.session.refresh(ranking, with_for_update=True)
        if ranking.pdf is None:
            ranking.pdf = document.draw(ranking_content(ranking), ranking.content_digest.hex())
            ranking.pdf_digest = sha256(ranking.pdf)
            audit.record("ranking.drawn", ranking, by=audit.System("documents"), at=now, pdf=ranking.pdf_digest)
    return ranking.pdf or b""


@audit.witness("ranking.drawn_up")
def _ranking_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The ranking is still the one that was drawn up."""
    ranking = db.session.get(Ranking, audit.subject_id(entry))
    if ranking is None or {sha256(ranking.content.encode()).hex(), ranking.content_digest.hex()} != {
        audit.facts(entry)["content"]
    }:
        yield "the content of this ranking was altered"


@audit.witness("ranking.published")
def _publication_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """It is still published, with the same name."""
    ranking = db.session.get(Ranking, audit.subject_id(entry))
    said = audit.facts(entry)
    if ranking is None or (audit.plain(ranking.published_at), ranking.winner_name) != (
        audit.plain(entry.at), said["winner_name"],
    ):  # fmt: skip
        yield "the publication of this ranking was altered"


@audit.witness("ranking.drawn")
def _pdf_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The PDF is still the one that was drawn first."""
    ranking = db.session.get(Ranking, audit.subject_id(entry))
    if ranking is None or {sha256(ranking.pdf or b"").hex(), (ranking.pdf_digest or b"").hex()} != {
        audit.facts(entry)["pdf"]
    }:
        yield "the PDF of this ranking was altered"
