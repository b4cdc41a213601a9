"""The envelope list: whose envelope holds which slip, and who received it. It stays with the administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from core.pdf.blocks import Column, Fact, Pair, facts, grid, signatures
from core.pdf.page import Paper, heading, letterhead, render
from core.pdf.style import para
from testing_center.documents import wording

TITLE: Pair = ("Баракчаларды берүү тизмеси", "Ведомость выдачи листков с кодами")
COLUMNS = [
    Column(("№", "№"), 9 * mm, "right"),
    Column(("Талапкердин аты-жөнү", "Ф. И. О. кандидата")),
    Column(("Аудитория", "Аудитория"), 20 * mm),
    Column(("Орун", "Место"), 15 * mm),
    Column(("Баракча №", "Листок №"), 22 * mm),
    Column(("Алдым (кол тамгасы)", "Получил(а) (подпись)"), 44 * mm),
]
ISSUED_BY: list[Pair] = [
    ("Баракчаларды берди", "Листки выдал(а)"),
    ("Тестирлөөнүн администратору", "Администратор тестирования"),
]
CONFIDENTIAL: Pair = (
    "Тизмеде талапкердин аты-жөнү менен орду чогуу турат: аны тестирлөөнүн администратору гана сактайт, шифрлер "
    "(коддор) бул жерге жазылбайт.",
    "В ведомости имя стоит рядом с местом: она хранится только у администратора тестирования, шифры (коды) в неё "
    "не вносятся.",
)


@dataclass(frozen=True)
class Envelope:
    """One envelope: on it the name, in it the slip with this number."""

    name: str
    room: str
    seat: str
    slip: str


@dataclass(frozen=True)
class Envelopes:
    """The list of one sitting, sorted as it is to be printed. Pairs are Kyrgyz, Russian; moments are aware."""

    organisation: Pair
    department: Pair
    sitting: str
    place: Pair
    starts_at: datetime
    time_zone: str
    printed_at: datetime
    envelopes: Sequence[Envelope]
    demo: bool = False


def draw(sheet: Envelopes) -> bytes:
    """The list as a PDF with the heading of the table on every page; the same content gives the same bytes."""
    zone = sheet.time_zone
    starts = wording.moment(sheet.starts_at, zone, seconds=False)
    printed = wording.moment(sheet.printed_at, zone, seconds=False)
    rows = [
        [str(index), para(row.name, "cell"), row.room, row.seat, row.slip, ""]
        for index, row in enumerate(sheet.envelopes, start=1)
    ]
    paper = Paper(
        title=" / ".join(TITLE), number=f"№ {sheet.sitting}", author=sheet.organisation[0], made_at=sheet.printed_at,
        foot=f"№ {sheet.sitting}  ·  {printed}", page=wording.PAGE,
        band=wording.DEMONSTRATION if sheet.demo else "",
    )  # fmt: skip
    story = [
        *letterhead((sheet.organisation[0], sheet.department[0]), (sheet.organisation[1], sheet.department[1])),
        Spacer(0, 9),
        heading(TITLE, f"№ {sheet.sitting}", [f"Басылды / Напечатано: {printed}"]),
        Spacer(0, 7),
        facts([
            Fact(("Дайындалган убакыт", "Назначенное время"),
                 [para(starts), para(" / ".join(wording.zone_name(zone, sheet.starts_at)), "value-2")]),
            Fact(("Конверттердин саны", "Число конвертов"), str(len(sheet.envelopes)), "strong"),
            Fact(wording.PLACE, sheet.place, wide=True),
        ]),
        Spacer(0, 8),
        grid(COLUMNS, rows, row_height=9 * mm),
        KeepTogether([
            Spacer(0, 6), para(CONFIDENTIAL[0], "note"), Spacer(0, 2), para(CONFIDENTIAL[1], "note"), Spacer(0, 12),
            signatures(ISSUED_BY, wording.SIGN, per_row=2),
        ]),
    ]  # fmt: skip
    return render(paper, story)
