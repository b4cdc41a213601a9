"""What a ranking says, by public numbers: the words that its digest covers."""

from __future__ import annotations

from typing import Any

from core import audit
from ranking.services.state import Standing
from testing_center.services.papers import organisation


def as_content(found: Standing) -> dict[str, Any]:
    """The standing as canonical JSON can hold it; what is in it only follows from results and acts, not from the hour.

    Keys as :func:`ranking.documents.ranking.draw` and ``summary.json`` (contracts: Files) have them. The points of a
    round are None for whoever was called to it and did not sit it.
    """
    competition = found.competition
    content: dict[str, Any] = audit.plain(
        {
            "competition": {
                "number": competition.number, "school_ky": competition.school_ky, "school_ru": competition.school_ru,
                "place_ky": competition.place_ky, "place_ru": competition.place_ru,
                "financing": str(competition.financing), "announced_on": competition.announced_on.isoformat(),
            },
            "law": competition.law_version, "organisation": organisation(), "demo": competition.is_demo,
            "zone": found.zone, "status": str(found.status), "ground": str(found.ground) if found.ground else None,
            "items": found.items, "maximum": found.maximum, "cut_score": found.cut_score,
            "ranking": [
                {
                    "code": row.code, "main": row.main, "tie_breaks": row.tie_breaks, "total": row.total,
                    "place": row.place,
                }
                for row in found.rows
            ],
            "tie_breaks": [
                {
                    "round": one.round, "place": one.place, "items": one.items, "candidates": one.candidates,
                    "called_at": one.called_at, "deadline_at": one.deadline_at, "sitting": one.sitting,
                    "state": str(one.state), "counts": one.counts, "points": one.points,
                    "absent": {code: str(why) for code, why in one.absences.items()},
                }
                for one in found.tie_breaks
            ],
            "winner": found.winner, "declined": found.outcome.declined, "accepted": found.outcome.is_accepted,
            "reserve": found.reserve, "may_follow": [str(kind) for kind in found.may_follow],
            "barred": [{"code": one.code, "until": one.until.isoformat()} for one in found.barred],
            "acts": [
                {
                    "kind": str(act.kind), "code": act.attempt.number if act.attempt else None,
                    "document": act.document, "on": act.on.isoformat(),
                }
                for act in found.acts
            ],
            "since": found.since, "publish_by": found.publish_by.isoformat() if found.publish_by else None,
        }
    )  # fmt: skip
    return content
