"""Content of papers, as the services store it: long Kyrgyz names, so that what fits here fits in life."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from testing_center.documents.envelopes import Envelope, Envelopes
from testing_center.documents.slips import Slip, Slips

FORM_DIGEST = "7f3a91c4e2d805b64ac91e70b35d28f10a1b2c3d4e5f60718293a4b5c6d7e8f9"
CONTENT_DIGEST = "c0ffee00d15ea5e0feedfacecafebeef0123456789abcdef00112233445566aa"
HEAD = "ab54a98ceb1f0ad2c3d4e5f60718293a4b5c6d7e8f97f3a91c4e2d805b64ac91"
NAME = "Абдыкеримова Өкүмкан Ыңтымаковна"

ORGANISATION = {
    "name_ky": "Кыргыз Республикасынын Билим берүү жана илим министрлиги",
    "name_ru": "Министерство образования и науки Кыргызской Республики",
    "department_ky": "Республикалык тестирлөө борбору, ведомствого караштуу мекеме",
    "department_ru": "Республиканский центр тестирования, подведомственное учреждение",
}

SITTING = {
    "number": "Т-2026-117",
    "starts_at": "2026-11-28T04:00:00Z",
    "centre_ky": "Республикалык тестирлөө борбору",
    "centre_ru": "Республиканский центр тестирования",
    "address_ky": "Бишкек ш., Эркиндик бульвары, 25",
    "address_ru": "г. Бишкек, бульвар Эркиндик, 25",
    "room": "2",
    "seat": "14",
    "time_zone": "Asia/Bishkek",
}

AREAS = [
    ("Билим берүү жаатындагы ченемдик укуктук актылар", "Нормативные правовые акты в сфере образования", 18, 15),
    ("Психология", "Психология", 12, 9),
    ("Билим берүүдөгү башкаруу жана каржылоо", "Управление и финансирование в образовании", 14, 11),
    ("Мамлекеттик мекемелердин жана коомдук уюмдардын ыйгарым укуктары жана функциялары",
     "Полномочия и функции государственных органов и общественных организаций", 8, 6),
    ("Маалыматтык технологиялар", "Информационные технологии", 8, 6),
]  # fmt: skip

STATEMENTS = {
    "meets": {
        "ky": "топтолгон балл квалификациялык талаптарга жооп берет",
        "ru": "набранный балл соответствует квалификационным требованиям",
    },
    "does_not_meet": {
        "ky": "топтолгон балл квалификациялык талаптарга жооп бербейт",
        "ru": "набранный балл не соответствует квалификационным требованиям",
    },
}

_PROTOCOL: dict[str, Any] = {
    "number": "Т-2026-117/014",
    "version": 1,
    "supersedes": None,
    "issued_at": "2026-11-28T05:47:21Z",
    "candidate": {"name": NAME, "number": "117-0142"},
    "competition": {
        "number": "К-2026-03",
        "post_ky": "Жалпы билим берүү уюмунун жетекчиси (директор)",
        "post_ru": "Руководитель (директор) общеобразовательной организации",
        "school_ky": "Ош облусунун Өзгөн районундагы Ү. Асаналиев атындагы № 14 жалпы билим берүүчү орто мектеби",
        "school_ru": "Средняя общеобразовательная школа № 14 имени У. Асаналиева Узгенского района Ошской области",
    },
    "sitting": SITTING,
    "attempt": {
        "started_at": "2026-11-28T04:02:11Z",
        "deadline_at": "2026-11-28T05:47:11Z",
        "ended_at": "2026-11-28T05:47:11Z",
        "end_kind": "deadline",
        "languages": ["ky", "ru"],
    },
    "test": {
        "title_ky": "Мектеп жетекчилери үчүн негизги тестирлөө",
        "title_ru": "Основное тестирование для руководителей школ",
        "items": 60,
        "minutes": 105,
        "cut_score": 36,
        "maximum": 60,
        "form_variant": "3",
        "form_digest": FORM_DIGEST,
    },
    "result": {
        "score": 47,
        "maximum": 60,
        "cut_score": 36,
        "outcome": "meets",
        "areas": [{"name_ky": ky, "name_ru": ru, "items": n, "points": p} for ky, ru, n, p in AREAS],
        "may_return_on": None,
    },
    "statement": STATEMENTS["meets"],
    "audit": {"entry": 18204, "head": HEAD},
    "verification": {"code": "K7QM-4D2X", "url": "https://test.edu.example.kg/verify/K7QM-4D2X"},
    "organisation": ORGANISATION,
    "demo": False,
}


def protocol(**changes: Any) -> dict[str, Any]:
    """The content of a protocol that meets; ``changes`` replace top-level keys."""
    return {**deepcopy(_PROTOCOL), **changes}


def failed_protocol(**changes: Any) -> dict[str, Any]:
    """The content of a protocol that does not meet, of version 2."""
    content = protocol(version=2, supersedes={"number": "Т-2026-117/014", "version": 1}, **changes)
    content["result"] |= {"score": 31, "outcome": "does_not_meet", "may_return_on": "2027-11-28"}
    content["statement"] = STATEMENTS["does_not_meet"]
    return content


TIME_GIVEN = [
    {"kind": "accommodation", "microseconds": 1_800_000_000, "category_ky": None, "category_ru": None, "by_two": False},
    {
        "kind": "pause", "microseconds": 251_123_456, "category_ky": "компьютер же тармак",
        "category_ru": "компьютер или сеть", "by_two": False,
    },
    {
        "kind": "extension", "microseconds": 900_000_000, "category_ky": "кызматкерлер", "category_ru": "персонал",
        "by_two": True,
    },
    {
        "kind": "outage", "microseconds": 3_725_500_000, "category_ky": "жай жана электр кубаты",
        "category_ru": "помещение и электропитание", "by_two": True,
    },
]  # fmt: skip


def extended_protocol(pieces: int = 1, **changes: Any) -> dict[str, Any]:
    """The content of a protocol of somebody who was given so many pieces of time."""
    content = protocol(**changes)
    content["attempt"]["given"] = [TIME_GIVEN[(n + 1) % len(TIME_GIVEN)] for n in range(pieces)]
    return content


def corrected_protocol(**changes: Any) -> dict[str, Any]:
    """The content of version 2 after a correction of the key that raised the score to the cut score."""
    content = protocol(version=2, **changes)
    content["supersedes"] = {"number": content["number"], "version": 1, "digest": CONTENT_DIGEST, "score": 35}
    content["correction"] = {"number": "ОҢ-2026-01", "questions": [7, 12, 41]}
    content["result"] |= {"score": 36}
    return content


def tie_break_protocol(**changes: Any) -> dict[str, Any]:
    """The content of a protocol of a tie-break test: no cut score, no statement, no bar (¶29)."""
    content = protocol(statement=None, **changes)
    content["result"] |= {"score": 13, "maximum": 20, "cut_score": 0}
    content["test"] |= {"items": 20, "maximum": 20, "cut_score": 0, "minutes": 35}
    return content


PROCTORS = [
    {"name": "Чороева Гүлмира Өмүровна", "role_ky": "көзөмөлчү", "role_ru": "дежурный по аудитории"},
    {"name": "Жапар уулу Үсөн", "role_ky": "тестирлөөнүн администратору", "role_ru": "администратор тестирования"},
]
TEST = {key: value for key, value in _PROTOCOL["test"].items() if not key.startswith("form_")}
FORMS = [
    {"variant": str(n), "items": 60, "digest": f"{n}{digest[1:]}"}
    for n, digest in enumerate((FORM_DIGEST, CONTENT_DIGEST, HEAD), start=1)
]


def summary(candidates: int = 60, **changes: Any) -> dict[str, Any]:
    """The content of a sitting's summary protocol with a row for each of ``candidates``."""
    attempts: list[dict[str, Any]] = [
        {
            "number": f"117-{4 + n * 37 % 10_000:04d}",
            "form_variant": str(n % 3 + 1),
            "started_at": f"2026-11-28T04:{n % 7:02d}:{n * 13 % 60:02d}Z",
            "ended_at": f"2026-11-28T05:{20 + n % 28:02d}:{n * 17 % 60:02d}Z",
            "end_kind": "deadline" if n % 9 == 4 else "submitted",
            "score": 28 + n * 11 % 30,
            "maximum": 60,
            "outcome": "meets" if 28 + n * 11 % 30 >= 36 else "does_not_meet",
        }
        for n in range(candidates)
    ]
    met = sum(row["outcome"] == "meets" for row in attempts)
    content: dict[str, Any] = {
        "number": "Т-2026-117/С",
        "version": 1,
        "supersedes": None,
        "correction": None,
        "annulment": None,
        "issued_at": "2026-11-28T07:05:00Z",
        "organisation": ORGANISATION,
        "sitting": {key: value for key, value in SITTING.items() if key not in {"room", "seat"}},
        "test": TEST,
        "opened": {"at": "2026-11-28T03:31:08Z", "by": PROCTORS},
        "closed": {"at": "2026-11-28T06:58:40Z", "by": PROCTORS},
        "counts": {
            "registered": candidates + 4, "present": candidates + 1, "absent": 3, "started": candidates,
            "ended": candidates, "meets": met, "does_not_meet": candidates - met,
        },
        "attempts": attempts,
        "incidents": [
            {
                "at": "2026-11-28T04:41:17Z", "number": "117-0152", "kind_ky": "байланыш үзүлдү",
                "kind_ru": "связь прервана",
                "text": "Жумуш орду № 9: электр кубаты 2 мүнөткө өчтү, талапкер № 23 жумуш ордунда улантты.",
            },
            {
                "at": "2026-11-28T05:02:50Z", "number": None, "kind_ky": "тартип бузуу", "kind_ru": "нарушение порядка",
                "text": "Коридордогу ызы-чуу, эскертүү берилди.",
            },
        ],
        "forms": FORMS,
        "audit": {"entry": 18977, "head": HEAD},
        "signers": PROCTORS,
        "demo": False,
    }  # fmt: skip
    return {**deepcopy(content), **changes}


def hall(candidates: int = 60) -> dict[str, Any]:
    """What a summary protocol says of a bad day in the hall."""
    numbers = [f"117-{4 + n * 37 % 10_000:04d}" for n in range(candidates)]
    technical = {"category_ky": "компьютер же тармак", "category_ru": "компьютер или сеть"}
    staff = {"category_ky": "кызматкерлер", "category_ru": "персонал"}
    plain = {"status": "done", "from": None, "until": None, "incident": None, "microseconds": None, "of": candidates}
    return {
        "attendance": {
            "not_let_in": ["Инсандыгын тастыктаган документи жок."],
            "unsat": [{"kind": "left", "reason": "Ден соолугуна байланыштуу."}],
        },
        "acts": [
            {**plain, **technical, "place": 1, "kind": "pause", "at": "2026-11-28T04:41:20Z", "to": numbers,
             "reason": "Аудиториянын коммутатору өчтү.", "by": ["Чороева Гүлмира Өмүровна"], "incident": 1},
            {**plain, **technical, "place": 2, "kind": "resume", "at": "2026-11-28T04:45:31Z", "to": numbers,
             "reason": "", "by": ["Чороева Гүлмира Өмүровна"]},
            {**plain, **staff, "place": 3, "kind": "extend", "at": "2026-11-28T04:55:00Z", "to": numbers[:1],
             "microseconds": 900_000_000, "reason": "Жумуш орду кеч даярдалды.",
             "by": ["Чороева Гүлмира Өмүровна", "Жапар уулу Үсөн"]},
            {**plain, **technical, "place": 4, "kind": "outage", "at": "2026-11-28T05:01:00Z", "to": numbers[3:9],
             "reason": "Кабель үзүлдү.", "from": "2026-11-28T04:58:00Z", "until": "2026-11-28T05:00:30Z",
             "by": ["Чороева Гүлмира Өмүровна"]},
            {**plain, **staff, "place": 5, "kind": "end", "at": "2026-11-28T05:10:00Z", "to": numbers[2:3],
             "reason": "Аудиториядан чыгып кетти.", "status": "lapsed", "by": ["Чороева Гүлмира Өмүровна"]},
        ],
        "messages": 3, "authorised": 0,
        "extensions": [
            {"number": number, "microseconds": 251_123_456 + (900_000_000 if n == 0 else 0),
             "parts": [{"kind": "pause", "microseconds": 251_123_456, "act": 2},
                       *([{"kind": "extension", "microseconds": 900_000_000, "act": 3}] if n == 0 else [])]}
            for n, number in enumerate(numbers)
        ],
        "moves": [{"number": numbers[-1], "at": "2026-11-28T04:50:12Z", "reason": "Компьютер бузулду.",
                   "by": "Чороева Гүлмира Өмүровна"}],
        "slips": {"printed": candidates + 4, "used": candidates, "unused": 4, "revoked": 0, "left": 3,
                  "reason": "Бир баракча айрылып, ыргытылган."},
    }  # fmt: skip


def recorded_summary(candidates: int = 60, **changes: Any) -> dict[str, Any]:
    """The content of a summary protocol with the hours in the hall on record."""
    content = summary(candidates, hall=hall(candidates))
    content["counts"] |= {"refused": 1, "absent": 2}
    for place, row in enumerate(content["incidents"], start=1):
        row["place"] = place
    content["attempts"][2]["end_kind"] = "staff"
    return {**content, **changes}


def incident_act(**changes: Any) -> dict[str, Any]:
    """The content of the act on an incident upon which the clocks were stopped."""
    content = {
        **{key: summary(0)[key] for key in ("organisation", "demo")}, "sitting": SITTING,
        "number": "Т-2026-117/И-1", "version": 1, "issued_at": "2026-11-28T05:02:00Z",
        "incident": {
            "place": 1, "at": "2026-11-28T04:41:17Z", "seat": 9, "text": "Бардык компьютерлер байланышсыз калды.",
            "by": "Чороева Гүлмира Өмүровна", "kind_ky": "компьютер же тармак", "kind_ru": "компьютер или сеть",
        },
        "written_by": PROCTORS[0], "present": "Чороева Гүлмира Өмүровна, Жапар уулу Үсөн",
        "measures": [{**row, "n": len(row["to"]), "incident": None} for row in hall()["acts"][:2]], "signers": PROCTORS,
    }  # fmt: skip
    return {**content, **changes}


def register(**changes: Any) -> dict[str, Any]:
    """The content of the register of a sitting's incidents."""
    content = {
        **{key: summary(0)[key] for key in ("organisation", "demo")}, "sitting": SITTING, "number": "Т-2026-117/И",
        "issued_at": "2026-11-28T07:05:00Z", "incidents": [{**incident_act()["incident"], "is_later": False}],
        "signers": PROCTORS,
    }  # fmt: skip
    return {**content, **changes}


def corrected_summary(candidates: int = 60, **changes: Any) -> dict[str, Any]:
    """The content of version 2 after a correction that gave every third candidate a point."""
    content = summary(candidates, version=2, issued_at="2026-12-02T05:20:00Z")
    content["supersedes"] = {"number": content["number"], "version": 1, "digest": FORM_DIGEST, "entry": 18977}
    content["correction"] = {
        "number": "ОҢ-2026-01", "at": "2026-12-02T05:20:00Z", "form_variant": "1", "questions": [7, 41],
    }  # fmt: skip
    for row in content["attempts"][::3]:
        row |= {"before": row["score"], "score": row["score"] + 1}
    content["audit"] = {"entry": 20311, "head": HEAD}
    content["signers"] = [
        {"name": "Жапар уулу Үсөн", "role_ky": "даярдаган", "role_ru": "подготовил(а)"},
        {"name": "Сыдыкова Жылдыз", "role_ky": "колдонууга киргизген", "role_ru": "применил(а)"},
    ]
    return {**content, **changes}


def annulled_summary(candidates: int = 60, **changes: Any) -> dict[str, Any]:
    """The content of version 3 after an annulment."""
    content = corrected_summary(candidates, version=3, correction=None)
    content["supersedes"] |= {"version": 2, "entry": 20311}
    content["annulment"] = {
        "at": "2026-12-02T05:20:00Z", "reason": "Тесттик суроолордун үчтөн биринен көбү жараксыз, акт № 7.",
    }  # fmt: skip
    for row in content["attempts"]:
        row["before"] = None
    return {**content, **changes}


def opening(**changes: Any) -> dict[str, Any]:
    """The content of a sitting's opening sheet."""
    kept = {key: value for key, value in summary(0).items() if key not in {"counts", "attempts", "incidents", "closed"}}
    return {**kept, "number": "Т-2026-117/А", "issued_at": "2026-11-28T03:31:08Z", "registered": 64, **changes}


SURNAMES = ["Абдыкеримова", "Бөрүбаев", "Жапар уулу", "Кадырова", "Мурзакматова", "Сыдык кызы", "Үсөнбаева", "Чороева"]
GIVEN = ["Өкүмкан Ыңтымаковна", "Азамат Бейшенович", "Үсөн", "Жылдыз Ыңтымаковна", "Мээрим", "Гүлмира Өмүровна"]
PLACE = ("Республикалык тестирлөө борбору, Бишкек ш.", "Республиканский центр тестирования, г. Бишкек")


def slips(count: int, **changes: Any) -> Slips:
    """A print of ``count`` slips."""
    made = [
        Slip(f"{n:03d}", str(1 + n // 31), str(n), f"{n * 6751231269747 + 4003325309258637:016d}"[-16:])
        for n in range(1, count + 1)
    ]
    sheet = Slips(
        organisation=(ORGANISATION["name_ky"], ORGANISATION["name_ru"]),
        sitting="Т-2026-117",
        place=PLACE,
        starts_at=datetime(2026, 11, 28, 4, tzinfo=UTC),
        time_zone="Asia/Bishkek",
        printed_at=datetime(2026, 11, 28, 2, 12, 9, tzinfo=UTC),
        slips=made,
    )
    return replace(sheet, **changes)


def envelopes(count: int, **changes: Any) -> Envelopes:
    """The list for the same slips."""
    made = [
        Envelope(f"{SURNAMES[n % 8]} {GIVEN[n % 6]}", str(1 + n // 31), str(n), f"{n:03d}") for n in range(1, count + 1)
    ]
    sheet = Envelopes(
        organisation=(ORGANISATION["name_ky"], ORGANISATION["name_ru"]),
        department=(ORGANISATION["department_ky"], ORGANISATION["department_ru"]),
        sitting="Т-2026-117",
        place=PLACE,
        starts_at=datetime(2026, 11, 28, 4, tzinfo=UTC),
        time_zone="Asia/Bishkek",
        printed_at=datetime(2026, 11, 28, 2, 12, 9, tzinfo=UTC),
        envelopes=made,
    )
    return replace(sheet, **changes)
