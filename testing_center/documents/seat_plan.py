"""The seat plan: the room as it stands, a name at each seat, and the list of names for the door. No code is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Spacer, Table, TableStyle

from core.pdf.blocks import BARE, Column, Fact, Pair, facts, grid
from core.pdf.page import Paper, heading, letterhead, render
from core.pdf.style import BODY, INK_2, LINE_STRONG, SUNKEN, para
from testing_center.documents import wording

TITLE: Pair = ("Орундардын планы", "План рассадки")
NAMES: Pair = ("Талапкерлердин тизмеси", "Список кандидатов")
FRONT: Pair = ("Аудиториянын алды, көзөмөлчүнүн столу", "Передняя часть аудитории, стол дежурного")
PART: Pair = ("Ар бир катардагы орундар: {} – {}", "Места в каждом ряду: {} – {}")
UNUSABLE = "×"
LEGEND: Pair = (f"{UNUSABLE}  колдонулбаган орун", f"{UNUSABLE}  неиспользуемое место")
ACROSS = 8  # places of a row that fit on one page with a name in each
CELL = 16.5 * mm
NAME_COLUMNS = [
    Column(("№", "№"), 10 * mm, "right"),
    Column(("Талапкердин аты-жөнү", "Ф. И. О. кандидата")),
    Column(("Орун", "Место"), 22 * mm, "right"),
]


@dataclass(frozen=True)
class Sits:
    """Who sits at a seat, as it fits into a cell."""

    seat: int
    surname: str
    initials: str


@dataclass(frozen=True)
class SeatPlan:
    """A room with who sits there. ``seats``: each with whether it can be used; ``names``: name and seat, sorted."""

    organisation: Pair
    sitting: str
    place: Pair
    starts_at: datetime
    time_zone: str
    room: str
    printed_at: datetime
    seats: Mapping[int, bool]
    per_row: int
    sits: Sequence[Sits]
    names: Sequence[tuple[str, int]]
    demo: bool = False


def draw(plan: SeatPlan) -> bytes:
    """Plan and list as a PDF; the same content gives the same bytes."""
    zone = plan.time_zone
    printed = wording.moment(plan.printed_at, zone, seconds=False)
    starts = wording.moment(plan.starts_at, zone, seconds=False)
    paper = Paper(
        title=" / ".join(TITLE), number=f"№ {plan.sitting}", author=plan.organisation[0], made_at=plan.printed_at,
        foot=f"№ {plan.sitting}  ·  {printed}", page=wording.PAGE, band=wording.DEMONSTRATION if plan.demo else "",
    )  # fmt: skip
    story: list[Any] = [
        *letterhead((plan.organisation[0], ""), (plan.organisation[1], "")), Spacer(0, 6),
        heading(TITLE, f"№ {plan.sitting}", [f"Басылды / Напечатано: {printed}"]), Spacer(0, 4),
        facts([
            Fact(("Аудитория", "Аудитория"), plan.room, "strong"),
            Fact(("Дайындалган убакыт", "Назначенное время"), starts, "strong"),
            Fact(wording.PLACE, plan.place, wide=True),
        ]),
    ]  # fmt: skip
    places = min(plan.per_row, max(plan.seats, default=1))
    parts = -(-places // ACROSS)
    each = -(-places // parts)
    for first in range(0, places, each):
        story += _part(plan, range(first, min(first + each, places)), whole=parts == 1)
    if not all(plan.seats.values()):
        story += [Spacer(0, 3), para(" / ".join(LEGEND), "note")]
    rows = [[str(n), para(name, "cell"), str(seat)] for n, (name, seat) in enumerate(plan.names, start=1)]
    if rows:
        story += [CondPageBreak(60 * mm), *wording.section(NAMES), grid(NAME_COLUMNS, rows)]
    return render(paper, story)


def _part(plan: SeatPlan, across: range, *, whole: bool) -> list[Any]:
    """These places of each row (from 0), under the words that say where the front is."""
    sits = {one.seat: one for one in plan.sits}
    rows = -(-max(plan.seats, default=0) // plan.per_row)
    cells: list[list[Any]] = [[[para(" / ".join(FRONT), "note", "center")], *[""] * (len(across) - 1)]]
    look: list[tuple[Any, ...]] = [
        *BARE, ("SPAN", (0, 0), (-1, 0)), ("BACKGROUND", (0, 0), (-1, 0), SUNKEN),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 1), (-1, -1), 3),
        ("RIGHTPADDING", (0, 1), (-1, -1), 3), ("TEXTCOLOR", (0, 0), (-1, -1), INK_2),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]  # fmt: skip
    for row in range(rows):
        line: list[Any] = []
        for place, column in enumerate(across):
            seat = row * plan.per_row + column + 1
            line.append(_cell(seat, sits.get(seat), plan.seats.get(seat)))
            if seat in plan.seats:
                look.append(("BOX", (place, row + 1), (place, row + 1), 0.6, LINE_STRONG))
        cells.append(line)
    each = BODY / len(across)
    table = Table(cells, colWidths=[each] * len(across), rowHeights=[6 * mm, *[CELL] * rows], repeatRows=1)
    table.setStyle(TableStyle(look))
    part = (
        [] if whole else [para(" / ".join(PART).format(across[0] + 1, across[-1] + 1, across[0] + 1, across[-1] + 1))]
    )
    return [CondPageBreak(40 * mm), Spacer(0, 6), *part, Spacer(0, 2), table]


def _cell(seat: int, sits: Sits | None, is_usable: bool | None) -> Any:
    if is_usable is None:  # the last row need not be full
        return ""
    if sits is None:
        return [para(f"{seat}" if is_usable else f"{seat}  {UNUSABLE}", "label", "center")]
    return [
        para(f"{seat}", "strong", "center"), para(sits.surname, "label-2", "center"),
        para(sits.initials, "label-2", "center"),
    ]  # fmt: skip
