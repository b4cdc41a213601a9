"""The attendance sheet: who was expected, whose document was looked at, who signed on entering and on leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, PageBreak, Spacer

from core.pdf.blocks import Column, Fact, Pair, facts, grid, signatures
from core.pdf.page import Paper, heading, letterhead, render
from core.pdf.style import para
from testing_center.documents import wording

TITLE: Pair = ("Катышуучулардын келүү ведомосту", "Ведомость явки участников")
PER_PAGE = 20
COLUMNS = [
    Column(("№", "№"), 9 * mm, "right"),
    Column(("Талапкердин аты-жөнү", "Ф. И. О. кандидата")),
    Column(("Орун", "Место"), 13 * mm, "right"),
    Column(("Тили", "Язык"), 19 * mm),
    Column(("Документи текшерилди", "Документ проверен"), 24 * mm),
    Column(("Кирди (кол тамгасы)", "Вход (подпись)"), 29 * mm),
    Column(("Чыкты (кол тамгасы)", "Выход (подпись)"), 29 * mm),
]
HOW: Pair = (
    "Инсандыгын ырастоочу документ текшерилген соң, «Документи текшерилди» тилкесине белги коюлат. Келбегендердин "
    "тушуна «келген жок», киргизилбегендердин тушуна «киргизилген жок» деп жазылат.",
    "После проверки документа, удостоверяющего личность, в графе «Документ проверен» ставится отметка. Напротив не "
    "явившихся пишется «не явился», напротив не допущенных — «не допущен».",
)
TOTALS: list[Pair] = [
    ("Катталды", "Зарегистрировано"), ("Келди", "Явились"), ("Келген жок", "Не явились"),
    ("Киргизилген жок", "Не допущены"),
]  # fmt: skip
PROCTOR: Pair = ("Көзөмөлчү", "Дежурный по аудитории")
BY_HAND = "_____________"


@dataclass(frozen=True)
class Expected:
    """One line of the sheet; ``language`` is ky or ru, ``extra_minutes`` was granted beforehand."""

    name: str
    language: str
    seat: int
    extra_minutes: int = 0

    @property
    def said(self) -> str:
        """The name, and how much time there is besides that of the test."""
        return f"{self.name} (+{self.extra_minutes} мүн. / мин.)" if self.extra_minutes else self.name


@dataclass(frozen=True)
class Attendance:
    """The sheet of one sitting, sorted as it is to be printed. Pairs are Kyrgyz, Russian; moments are aware."""

    organisation: Pair
    department: Pair
    sitting: str
    place: Pair
    starts_at: datetime
    time_zone: str
    room: str
    printed_at: datetime
    proctors: Sequence[str]
    expected: Sequence[Expected]
    demo: bool = False


def draw(sheet: Attendance) -> bytes:
    """The sheet as a PDF, twenty lines a page; the same content gives the same bytes."""
    printed = wording.moment(sheet.printed_at, sheet.time_zone, seconds=False)
    paper = Paper(
        title=" / ".join(TITLE), number=f"№ {sheet.sitting}", author=sheet.organisation[0], made_at=sheet.printed_at,
        foot=f"№ {sheet.sitting}  ·  {printed}", page=wording.PAGE,
        band=wording.DEMONSTRATION if sheet.demo else "",
    )  # fmt: skip
    left, right = (sheet.organisation[0], sheet.department[0]), (sheet.organisation[1], sheet.department[1])
    story: list[Any] = [
        *letterhead(left, right), Spacer(0, 6),
        heading(TITLE, f"№ {sheet.sitting}", [f"Басылды / Напечатано: {printed}"]), Spacer(0, 4),
        facts(_particulars(sheet)), Spacer(0, 5),
    ]  # fmt: skip
    for start in range(0, max(1, len(sheet.expected)), PER_PAGE):
        rows = [
            [str(number), para(one.said, "cell"), str(one.seat), wording.LANGUAGES[one.language], "", "", ""]
            for number, one in enumerate(sheet.expected[start : start + PER_PAGE], start=start + 1)
        ]
        if start:
            story.append(PageBreak())
        story.append(grid(COLUMNS, rows, row_height=9 * mm))
    counted = [str(len(sheet.expected)), *[BY_HAND] * (len(TOTALS) - 1)]
    story.append(
        KeepTogether(
            [
                Spacer(0, 5), para(HOW[0], "note"), Spacer(0, 2), para(HOW[1], "note"), Spacer(0, 6),
                facts([Fact(label, value, "strong") for label, value in zip(TOTALS, counted, strict=True)]),
                Spacer(0, 12),
                signatures([PROCTOR] * len(sheet.proctors), wording.SIGN, dict(enumerate(sheet.proctors)), per_row=2),
            ]
        )
    )  # fmt: skip
    return render(paper, story)


def _particulars(sheet: Attendance) -> list[Fact]:
    zone = sheet.time_zone
    starts = wording.moment(sheet.starts_at, zone, seconds=False)
    where = (f"{sheet.place[0]}, аудитория: {sheet.room}", f"{sheet.place[1]}, аудитория: {sheet.room}")
    return [
        Fact(("Дайындалган убакыт", "Назначенное время"),
             [para(starts), para(" / ".join(wording.zone_name(zone, sheet.starts_at)), "value-2")]),
        Fact(wording.PLACE, where, wide=True),
    ]  # fmt: skip
