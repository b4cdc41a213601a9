"""Content of an appeal's papers, as the services store it: long Kyrgyz names, many findings, two pages of grounds."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.rules.paper_examples import FORM_DIGEST, HEAD, NAME, ORGANISATION

CHAIR = "Мурзакматова Жылдыз Ыңтымаковна"
MEMBERS = ["Бөрүбаев Азамат Бейшенович", "Сыдык кызы Гүлмира", "Үсөнбаева Мээрим Өмүровна", "Жапар уулу Үсөн"]
LEFT = "Кадырова Өкүм"
SUBSTITUTES = {"name": LEFT, "since": "2026-11-28T08:31:00Z", "act_number": "119-б", "act_on": "2026-11-28"}
_SITTING = {
    "number": "Т-2026-117",
    "starts_at": "2026-11-28T04:00:00Z",
    "centre_ky": "Республикалык тестирлөө борбору",
    "centre_ru": "Республиканский центр тестирования",
    "room": "2",
    "zone": "Asia/Bishkek",
}
_COMPETITION = {
    "number": "К-2026-03",
    "school_ky": "Ош облусунун Өзгөн районундагы Ү. Асаналиев атындагы № 14 жалпы билим берүүчү орто мектеби",
    "school_ru": "Средняя общеобразовательная школа № 14 имени У. Асаналиева Узгенского района Ошской области",
}
GROUNDS = (
    "23-суроонун шартында колдонуудан чыккан мыйзамдын редакциясы көрсөтүлгөн: жаңы редакция боюнча туура жооп башка.\n"
    "\n"
    "41-суроодо эки вариант бирдей туура."
)
_APPLICATION: dict[str, Any] = {
    "number": "Т-2026-117/014-А",
    "name": NAME,
    "attempt": "117-0142",
    "protocol": "Т-2026-117/014",
    "competition": _COMPETITION,
    "sitting": _SITTING,
    "result": {"score": 35, "maximum": 60, "cut_score": 36},
    "ended_at": "2026-11-28T05:47:11Z",
    "sitting_closed_at": "2026-11-28T06:02:40Z",
    "until": "2026-11-28T07:02:40Z",
    "is_at_least": False,
    "filed_at": "2026-11-28T06:31:09Z",
    "questions": [7, 23, 41],
    "grounds": GROUNDS,
    "organisation": ORGANISATION,
    "law": "provisional-1",
    "demo": False,
}
KINDS = ["agrees", "recording_fault", "wrong_key", "several_right", "void"]
KEYS = {"wrong_key": 1, "several_right": 2}
ACCEPTED = [
    "педагогикалык кеңеш / педагогический совет",
    "билим берүү уюмунун жетекчиси / руководитель образовательной организации",
]
REASON = "Суроонун шарты 2023-жылдын 11-августундагы № 179 Мыйзамдын редакциясына ылайык келет; ачкыч өзгөртүлбөйт."


def application(**changes: Any) -> dict[str, Any]:
    """The content of an application; ``changes`` replace top-level keys."""
    return {**deepcopy(_APPLICATION), **changes}


def findings(count: int) -> list[dict[str, Any]]:
    """Findings of every kind in turn; a changed key is named, an unchanged one is not."""
    return [
        {
            "question": 3 + 5 * n,
            "item": f"НУА-{n:04d}",
            "version": 2,
            "kind": KINDS[n % 5],
            "reason": REASON,
            "accepted": ACCEPTED[: KEYS.get(KINDS[n % 5], 0)],
        }
        for n in range(count)
    ]


def protocol(found: int = 3, **changes: Any) -> dict[str, Any]:
    """The content of a hearing's protocol with ``found`` findings, upheld in part against one dissent."""
    content: dict[str, Any] = {
        "number": "Т-2026-117/014-АП",
        "appeal": "Т-2026-117/014-А",
        "attempt": "117-0142",
        "name": NAME,
        "filed_at": "2026-11-28T06:31:09Z",
        "questions": [7, 23, 41],
        "grounds": GROUNDS,
        "commission": {
            "act_number": "117-б",
            "act_on": "2026-11-20",
            "chair": {"name": CHAIR},
            "members": [
                {"name": name, "is_present": name != MEMBERS[3]}
                | ({"substitutes": SUBSTITUTES} if name == MEMBERS[2] else {})
                for name in MEMBERS
            ],
            "left": [
                {"name": LEFT, "role": "member", "reason": "талапкердин тууганы экенин билдирди",
                 "left_at": "2026-11-28T08:20:00Z", "had_voted": True},
            ],
        },
        "hearing": {
            "opened_at": "2026-11-28T08:00:00Z",
            "closed_at": "2026-11-28T08:52:31Z",
            "presence_note": "паспорт ID 1234567",
            "earlier": [
                {"opened_at": "2026-11-27T08:00:00Z", "closed_at": "2026-11-27T08:12:00Z",
                 "reason": "имаратта ток өчүп, ачкычты көрсөтүүгө мүмкүн болгон жок"},
            ],
            "viewings": [
                {"name": CHAIR, "begun_at": "2026-11-28T08:04:10Z", "ended_at": "2026-11-28T08:40:02Z",
                 "ended_by": CHAIR, "present": [CHAIR, *MEMBERS[:3]], "presence_note": "паспорт ID 1234567"},
                {"name": MEMBERS[0], "begun_at": "2026-11-28T08:45:00Z", "ended_at": "2026-11-28T12:45:00Z",
                 "ended_by": None, "present": [CHAIR, *MEMBERS[:3]], "presence_note": "паспорт ID 1234567"},
            ],
        },
        "form": {"variant": "3", "digest": FORM_DIGEST, "recomputed": FORM_DIGEST, "equal": True},
        "score": {"stored": 35, "recomputed": 35, "maximum": 60, "cut_score": 36},
        "findings": findings(found),
        "votes": [
            {"name": CHAIR, "outcome": "upheld_in_part", "dissent": ""},
            {"name": MEMBERS[0], "outcome": "upheld_in_part", "dissent": ""},
            {"name": MEMBERS[1], "outcome": "dismissed",
             "dissent": "Ачкычты туура деп эсептейм: мыйзамдын редакциясы тест күнү күчүндө болгон."},
            {"name": MEMBERS[2], "outcome": "upheld_in_part", "dissent": ""},
        ],
        "outcome": "upheld_in_part",
        "decided_at": "2026-11-28T08:52:31Z",
        "law": "provisional-1",
        "audit": {"entry": 19211, "head": HEAD},
        "verification": {"code": "M3RT-9KXA", "url": "https://test.edu.example.kg/verify/M3RT-9KXA"},
        "organisation": ORGANISATION,
        "sitting": _SITTING,
        "competition": _COMPETITION,
        "demo": False,
    }  # fmt: skip
    return {**deepcopy(content), **changes}


GIVEN = [
    {"name": CHAIR, "role": "chair", "signed_at": "2026-11-28T09:01:12Z"},
    {"name": MEMBERS[0], "role": "member", "signed_at": "2026-11-28T09:02:40Z"},
    {"name": MEMBERS[1], "role": "member", "signed_at": "2026-11-28T09:04:05Z"},
    {"name": MEMBERS[2], "role": "member", "signed_at": "2026-11-28T09:04:51Z"},
]
