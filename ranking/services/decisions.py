"""The ranking drawn up, published and put on paper (¶29–32, 37)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from accounts.models import User
from competitions.models import Competition, Person
from competitions.rules import ApplicationState
from core import audit, i18n
from core.crypto import canonical, sha256
from core.db import db
from core.drawn import Paper, acts_over, check_kept, drawn_once, witness_drawn
from ranking import queries
from ranking.models import Ranking
from ranking.rules import acts as rules
from ranking.services import letters
from ranking.services.content import as_content
from ranking.services.holders import note_holders
from ranking.services.state import Standing, standing
from testing_center.services.links import participant_of
from testing_center.services.results import new_verification_code, verification

_META = ("number", "revision", "supersedes", "drawn_up_at", "audit", "verification")


def draw_up(competition: Competition, *, by: User, now: datetime) -> Ranking:
    """Write down what the results decide as they stand now; a later ranking supersedes the one before.

    Raises:
        NotDecided: something is still awaited.
        RankingUnchanged: the last ranking says the same.
        Destroyed: the papers of this competition are not kept any more.
    """
    check_papers(competition)
    found = standing(competition, now=now)
    if not found.is_decided:
        raise rules.NotDecided
    before, said = queries.latest_ranking(competition.id), as_content(found)
    if not is_to_draw_up(before, found):
        raise rules.RankingUnchanged
    revision = before.revision + 1 if before else 1
    (number, head), code = audit.head(), new_verification_code()
    content = canonical(
        said
        | audit.plain(
            {
                "number": f"{competition.number}/Ж", "revision": revision, "drawn_up_at": now,
                "supersedes": before.revision if before else None, "audit": {"entry": number, "head": head},
                "verification": verification(code),
            }
        )
    )  # fmt: skip
    ranking = Ranking(
        id=uuid4(), competition=competition, revision=revision, supersedes_id=before.id if before else None,
        content=content.decode(), content_digest=sha256(content), verification_code=code, created_at=now,
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


def paper_of(ranking: Ranking) -> Paper:
    """The ranking protocol as a paper that is drawn once. Its content stays after the destruction, by numbers alone."""
    return Paper(
        row=ranking, kind="ranking", number=ranking.competition.number, version=ranking.revision,
        digest=ranking.content_digest, is_emptied=None,
    )  # fmt: skip


def check_papers(competition: Competition) -> None:
    """Refuse what would be added to a competition whose papers were destroyed: nothing stands behind it any more.

    Raises:
        Destroyed: by which act, and on what day.
    """
    latest = queries.latest_ranking(competition.id)
    if latest is not None:
        check_kept(paper_of(latest))


def is_outdated(ranking: Ranking, *, now: datetime) -> bool:
    """Whether the results say something else by now, or a later ranking was drawn up."""
    found = standing(ranking.competition, now=now)
    latest = queries.latest_ranking(ranking.competition_id)
    is_latest = latest is not None and latest.id == ranking.id
    return not (is_latest and found.is_decided and _says(ranking, found))


def is_to_draw_up(latest: Ranking | None, found: Standing) -> bool:
    """Whether a competition that stands so waits for a ranking: decided, and its last one does not say so.

    Of what was destroyed nothing is drawn up anew.
    """
    return bool(to_draw_up([(latest, found)]))


def to_draw_up(pairs: Iterable[tuple[Ranking | None, Standing]]) -> list[Standing]:
    """Those that wait for a ranking; ``pairs`` are last rankings with standings (1 statement for all of them)."""
    others = [
        (latest, found) for latest, found in pairs if found.is_decided and (latest is None or not _says(latest, found))
    ]
    gone = acts_over([paper_of(latest) for latest, _found in others if latest])
    return [found for latest, found in others if latest is None or latest.id not in gone]


def _says(ranking: Ranking, found: Standing) -> bool:
    return _essence(ranking_content(ranking)) == as_content(found)


def publish(ranking: Ranking, *, by: User, now: datetime) -> None:
    """Publish a ranking: codes and scores for all, the winner's name, a letter to every participant (¶37).

    Raises:
        AlreadyPublished: it is.
        RankingOutdated: the results have changed since, or it is not the last one.
        Destroyed: the papers of this competition are not kept any more.
    """
    check_kept(paper_of(ranking))
    if ranking.published_at is not None:
        raise rules.AlreadyPublished
    if is_outdated(ranking, now=now):
        raise rules.RankingOutdated
    content = ranking_content(ranking)
    winner = participant_of(queries.attempt_by_number(content["winner"])) if content["winner"] else None
    if winner is not None:
        ranking.winner_name = winner.person.full_name
        audit.record("links.opened", ranking, by=by, at=now, count=1, purpose="name of the winner")
    note_holders(ranking, [code for code in (content["winner"], *content["reserve"]) if code], now=now)
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


def ranking_pdf(ranking: Ranking, *, now: datetime) -> bytes:
    """The ranking protocol as PDF: drawn from its content the first time, the same bytes ever after.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    return drawn_once(paper_of(ranking), lambda: _drawn(ranking), now=now)


def _drawn(ranking: Ranking) -> bytes:
    from ranking.documents import ranking as document

    return document.draw(ranking_content(ranking), ranking.content_digest.hex())


@audit.witness("ranking.drawn_up")
def _ranking_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The ranking is still the one that was drawn up."""
    ranking = db.session.get(Ranking, audit.subject_id(entry))
    if ranking is None or {sha256(ranking.content.encode()).hex(), ranking.content_digest.hex()} != {
        audit.facts(entry)["content"]
    }:
        yield "the content of this ranking was altered"
    elif ranking_content(ranking).get("verification", {}).get("code") != ranking.verification_code:
        yield "this ranking bears another verification code"


@audit.witness("ranking.published")
def _publication_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """It is still published, with the same name."""
    ranking = db.session.get(Ranking, audit.subject_id(entry))
    said = audit.facts(entry)
    if ranking is None or (audit.plain(ranking.published_at), ranking.winner_name) != (
        audit.plain(entry.at), said["winner_name"],
    ):  # fmt: skip
        yield "the publication of this ranking was altered"


witness_drawn("ranking.drawn", Ranking, paper_of, "the PDF of this ranking was altered")
