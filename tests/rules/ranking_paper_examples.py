"""Content of the papers of a competition's results, as the services store it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.rules.paper_examples import HEAD, ORGANISATION

COMPETITION = {
    "number": "К-2026-03",
    "school_ky": "Ош облусунун Өзгөн районундагы Ү. Асаналиев атындагы № 14 жалпы билим берүүчү орто мектеби",
    "school_ru": "Средняя общеобразовательная школа № 14 имени У. Асаналиева Узгенского района Ошской области",
    "place_ky": "Ош облусу, Өзгөн району, Мырза-Аке айылы",
    "place_ru": "Ошская область, Узгенский район, село Мырза-Аке",
    "financing": "local",
}
_DECIDED: dict[str, Any] = {
    "number": "К-2026-03/Ж",
    "revision": 1,
    "supersedes": None,
    "drawn_up_at": "2026-12-01T05:00:00Z",
    "competition": COMPETITION,
    "status": "decided",
    "ground": None,
    "items": 60,
    "maximum": 60,
    "cut_score": 36,
    "ranking": [
        {"place": 1, "code": "117-0142", "main": 51, "tie_breaks": [14, 11], "total": 76},
        {"place": 2, "code": "117-0007", "main": 51, "tie_breaks": [14, 9], "total": 74},
        {"place": 3, "code": "118-0311", "main": 51, "tie_breaks": [None], "total": 51},
        {"place": 4, "code": "117-0099", "main": 44, "tie_breaks": [], "total": 44},
        {"place": 4, "code": "118-0040", "main": 44, "tie_breaks": [], "total": 44},
        {"place": None, "code": "117-0201", "main": 31, "tie_breaks": [], "total": 31},
    ],
    "tie_breaks": [
        {"round": 1, "place": 1, "items": 20, "candidates": ["117-0007", "117-0142", "118-0311"],
         "state": "held", "counts": True, "absent": {"118-0311": "absent"},
         "deadline_at": "2026-11-30T07:10:00Z"},
        {"round": 2, "place": 1, "items": 20, "candidates": ["117-0007", "117-0142"],
         "state": "held", "counts": True, "absent": {},
         "deadline_at": "2026-12-02T06:00:00Z"},
    ],
    "winner": "117-0142",
    "accepted": False,
    "acts": [],
    "declined": [],
    "reserve": ["117-0007", "118-0311", "117-0099", "118-0040"],
    "may_follow": ["winner_accepted", "winner_declined"],
    "barred": [{"code": "117-0201", "until": "2027-11-28"}],
    "law": "provisional-1",
    "zone": "Asia/Bishkek",
    "audit": {"entry": 20114, "head": HEAD},
    "verification": {"code": "K7QM-4D2X", "url": "https://test.edu.gov.kg/verify/K7QM-4D2X"},
    "organisation": ORGANISATION,
    "demo": False,
}  # fmt: skip


def ranking(**changes: Any) -> dict[str, Any]:
    """The content of a decided competition's ranking protocol; ``changes`` replace top-level keys."""
    return {**deepcopy(_DECIDED), **changes}


def not_held(ground: str, **changes: Any) -> dict[str, Any]:
    """The content where the competition is not held; rows only where somebody sat the test."""
    rows = _DECIDED["ranking"][-1:] if ground == "nobody_reached_cut_score" else []
    gone = {"status": "not_held", "ground": ground, "ranking": rows, "tie_breaks": [], "winner": None, "reserve": []}
    return ranking(**gone, may_follow=["announce_anew", "appoint_from_reserve"]) | changes


def large(count: int) -> dict[str, Any]:
    """A competition with ``count`` candidates: the table runs over pages."""
    rows = [
        {"place": n + 1, "code": f"117-{n:04d}", "main": 60 - n // 3, "tie_breaks": [], "total": 60 - n // 3}
        for n in range(count)
    ]
    return ranking(ranking=rows, tie_breaks=[], winner="117-0000", reserve=[row["code"] for row in rows[1:]], barred=[])


FILES = {
    "protocols/117-0142.pdf": b"%PDF-1.4 a protocol",
    "protocols/117-0007.pdf": b"%PDF-1.4 another protocol",
    "documents/117-0142/Ыңтымак өнүктүрүү программасы.pdf": b"%PDF-1.4 a programme",
}
HANDING_OVER: dict[str, Any] = {
    "number": "К-2026-03/Ө",
    "made_at": "2026-12-01T05:10:07Z",
    "competition": COMPETITION,
    "law": "provisional-1",
    "zone": "Asia/Bishkek",
    "organisation": ORGANISATION,
    "titles": {"protocols/117-0142.pdf": {"ky": "Тестирлөөнүн протоколу", "ru": "Протокол тестирования"}},
    "summaries": [{"sitting": "Т-2026-117", "signed": 1, "of": 2, "missing": ["Асанов Үсөн"]}],
    "demo": False,
}
