"""The handing-over file (¶27): protocols of those who meet the requirements, for the authority, with digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from accounts.models import User
from appeals.services import protocols as appeals
from appeals.services.extracts import extract_pdf
from competitions.models import Competition
from core import audit
from core.crypto import sha256
from core.db import transaction
from ranking import handing_over_queries, queries
from ranking.documents.handing_over import archive
from ranking.models import Ranking
from ranking.rules.acts import NotDecided, RankingOutdated
from ranking.services.decisions import check_papers, is_outdated, ranking_content, ranking_pdf
from testing_center.services import signatures
from testing_center.services.results import protocol_pdf

Titled = tuple[dict[str, str], Callable[[], bytes]]  # what a file is, and its bytes

MAIN = {"ky": "Негизги тестирлөөнүн протоколу", "ru": "Протокол основного тестирования"}
TIE_BREAK = {"ky": "Кошумча тестирлөөнүн протоколу", "ru": "Протокол дополнительного тестирования"}
SUPERSEDED = {"ky": "Мурунку версия", "ru": "Прежняя версия"}
EXTRACT = {
    "ky": "Башка талапкердин арызын кароонун протоколунан көчүрмө: ушул конкурстун жыйынтыгын өзгөрткөн оңдоо",
    "ru": "Выписка из протокола по заявлению другого кандидата: исправление, изменившее результат этого конкурса",
}
APPEAL = {"ky": "Арызды кароонун протоколу", "ru": "Протокол рассмотрения заявления"}
RANKING = {"ky": "Конкурстун жыйынтык протоколу", "ru": "Протокол итогов конкурса"}


def hand_over(competition: Competition, *, by: User, now: datetime) -> bytes:
    """A zip of the last ranking and of all protocols of everybody with a place, tie-breaks included.

    Beside the protocols in force lie the versions that they take the place of, and the protocols of the commission on
    these people's appeals: a reader of version 2 can see what it replaces and who decided so. Where that was somebody
    else's appeal, an extract of its protocol lies under the number of the correction, without any name. Each other file
    lies under the public number of the main attempt; every opening is audited in one entry that names them.

    Raises:
        NotDecided: no ranking is drawn up yet.
        RankingOutdated: the results have changed since it was.
        Destroyed: the papers of this competition are not kept any more.
    """
    check_papers(competition)
    ranking = queries.latest_ranking(competition.id)
    if ranking is None:
        raise NotDecided
    if is_outdated(ranking, now=now):
        raise RankingOutdated
    files, titles = {f"{_plain(competition.number)}.pdf": ranking_pdf(ranking, now=now)}, {}
    titles[next(iter(files))] = RANKING
    owners = _owners(competition, ranking)
    found = {**_protocols(owners, now=now), **_of_appeals(owners, now=now), **_of_others(competition, owners)}
    for path, (title, draw) in found.items():
        files[path], titles[path] = draw(), title
    signed = [
        {"sitting": one.sitting.number, "signed": one.signed, "of": one.of, "missing": one.missing}
        for one in signatures.signed_of(competition.id)
    ]
    content = _content(ranking, now=now) | {"titles": titles, "summaries": signed}
    packed = archive(files, content)
    with transaction(joins=True):
        audit.record(
            "competition.handed_over", competition, by=by, at=now, ranking=ranking.revision, files=sorted(files),
            digest=sha256(packed),
        )  # fmt: skip
    return packed


def _owners(competition: Competition, ranking: Ranking) -> dict[UUID, str]:
    """Attempts of those with a place, main test and tie-breaks, each with the public number of the main attempt."""
    placed = {row["code"] for row in ranking_content(ranking)["ranking"] if row["place"] is not None}
    tested = [one.attempt for one in queries.tested(competition)]
    owners = {attempt.id: attempt.number for attempt in tested if attempt.round == 0 and attempt.number in placed}
    for tie_break in queries.tie_breaks(competition):
        owners |= {one.held_id: one.attempt.number for one in tie_break.places if one.held_id}
    return {attempt_id: number for attempt_id, number in owners.items() if number in placed}


def _protocols(owners: Mapping[UUID, str], *, now: datetime) -> dict[str, Titled]:
    """Every version of the protocols of these attempts by its path; the one in force has the plain number."""
    versions = handing_over_queries.protocols_of(owners)
    newest = {one.number: one.version for one in versions}  # they come by version
    found: dict[str, Titled] = {}
    for one in versions:
        kind, path = (
            TIE_BREAK if one.result.attempt.round else MAIN,
            f"{_plain(owners[one.result.attempt_id])}/{_plain(one.number)}",
        )
        if one.version < newest[one.number]:
            kind = {language: f"{kind[language]} · {SUPERSEDED[language]}" for language in kind}
            path = f"{path}_v{one.version}"
        found[f"{path}.pdf"] = kind, partial(protocol_pdf, one, now=now)
    return found


def _of_appeals(owners: Mapping[UUID, str], *, now: datetime) -> dict[str, Titled]:
    """The protocols of the commission on appeals against these attempts, as far as they are still kept (¶36)."""
    return {
        f"{_plain(owners[one.appeal.attempt_id])}/{_plain(one.number)}.pdf": (
            APPEAL, partial(appeals.protocol_pdf, one, now=now)
        )
        for one in handing_over_queries.appeal_protocols_of(owners)
        if one.content_sealed
    }  # fmt: skip


def _of_others(competition: Competition, owners: Mapping[UUID, str]) -> dict[str, Titled]:
    """Extracts of the commission's protocols on other people's appeals, where these changed a result here (¶35)."""
    causes = handing_over_queries.causes_of(handing_over_queries.changing(competition.id))
    return {
        f"{_plain(one.correction.number)}/{_plain(one.protocol.number)}.pdf": (
            EXTRACT, partial(extract_pdf, one.protocol, one.places, one.correction.number, applied_at)
        )
        for one in causes
        if one.protocol.content_sealed and one.protocol.appeal.attempt_id not in owners
        and (applied_at := one.correction.decided_at)
    }  # fmt: skip


def _content(ranking: Ranking, *, now: datetime) -> dict[str, Any]:
    said = ranking_content(ranking)
    kept = {key: said[key] for key in ("competition", "organisation", "law", "demo", "zone")}
    plain: dict[str, Any] = audit.plain({"number": f"{ranking.competition.number}/Ө", "made_at": now})
    return kept | plain


def _plain(number: str) -> str:
    """A number as the name of a file."""
    return number.replace("/", "_").replace("\\", "_")
