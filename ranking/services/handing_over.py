"""The handing-over file (¶27): protocols of those who meet the requirements, for the authority, with digests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from competitions.models import Competition
from core import audit
from core.crypto import sha256
from ranking import queries
from ranking.documents.handing_over import archive
from ranking.models import Ranking
from ranking.rules.acts import NotDecided
from ranking.services.decisions import ranking_content, ranking_pdf
from testing_center import result_queries
from testing_center.models.attempts import Protocol
from testing_center.services.results import protocol_pdf

MAIN = {"ky": "Негизги тестирлөөнүн протоколу", "ru": "Протокол основного тестирования"}
TIE_BREAK = {"ky": "Кошумча тестирлөөнүн протоколу", "ru": "Протокол дополнительного тестирования"}
RANKING = {"ky": "Конкурстун жыйынтык протоколу", "ru": "Протокол итогов конкурса"}


def hand_over(competition: Competition, *, by: User, now: datetime) -> bytes:
    """A zip of the last ranking and of the protocols in force of everybody with a place, tie-breaks included.

    Each file lies under the public number of the main attempt; every opening is audited in one entry that names them.

    Raises:
        NotDecided: no ranking is drawn up yet.
    """
    ranking = queries.latest_ranking(competition.id)
    if ranking is None:
        raise NotDecided
    files, titles = {f"{_plain(competition.number)}.pdf": ranking_pdf(ranking, now=now)}, {}
    titles[next(iter(files))] = RANKING
    for path, protocol in _protocols(competition, ranking).items():
        files[path] = protocol_pdf(protocol, now=now)
        titles[path] = TIE_BREAK if protocol.result.attempt.round else MAIN
    content = _content(ranking, now=now) | {"titles": titles}
    packed = archive(files, content)
    audit.record(
        "competition.handed_over", competition, by=by, at=now, ranking=ranking.revision, files=sorted(files),
        digest=sha256(packed),
    )  # fmt: skip
    return packed


def _protocols(competition: Competition, ranking: Ranking) -> dict[str, Protocol]:
    """Protocols in force by their path: of main attempts with a place, and of the tie-breaks that these people sat."""
    placed = {row["code"] for row in ranking_content(ranking)["ranking"] if row["place"] is not None}
    tested = [one.attempt for one in queries.tested(competition)]
    owners = {attempt.id: attempt.number for attempt in tested if attempt.round == 0 and attempt.number in placed}
    for tie_break in queries.tie_breaks(competition):
        owners |= {one.held_id: one.attempt.number for one in tie_break.places if one.held_id}
    sittings = {attempt.sitting_id: attempt.sitting for attempt in tested}
    found = {}
    for sitting in sittings.values():
        for protocol in result_queries.newest_protocols(sitting):
            owner = owners.get(protocol.result.attempt_id)
            if owner in placed:
                found[f"{_plain(str(owner))}/{_plain(protocol.number)}.pdf"] = protocol
    return found


def _content(ranking: Ranking, *, now: datetime) -> dict[str, Any]:
    said = ranking_content(ranking)
    kept = {key: said[key] for key in ("competition", "organisation", "law", "demo", "zone")}
    plain: dict[str, Any] = audit.plain({"number": f"{ranking.competition.number}/Ө", "made_at": now})
    return kept | plain


def _plain(number: str) -> str:
    """A number as the name of a file."""
    return number.replace("/", "_").replace("\\", "_")
