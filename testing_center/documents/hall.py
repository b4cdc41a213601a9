"""Words for what happened in the hall, on paper: time that was given, acts of staff; in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer

from core.pdf.blocks import Column, Fact, Pair, facts, figures, grid
from core.pdf.style import pair, para
from testing_center.documents import wording
from testing_center.documents.wording import Content, both

TIMES: dict[str, Pair] = {
    "accommodation": ("алдын ала берилген кошумча убакыт", "дополнительное время, предоставленное заранее"),
    "extension": ("кошумча убакыт", "дополнительное время"),
    "pause": ("убакытты токтотуу", "приостановка"),
    "outage": ("үзгүлтүк", "перерыв связи"),
}
ACTS: dict[str, Pair] = {
    "authorise": ("баштоого уруксат", "разрешение начать"),
    "message": ("билдирүү", "сообщение"),
    "pause": ("убакытты токтотуу", "приостановка"),
    "resume": ("улантуу", "продолжение"),
    "extend": ("кошумча убакыт", "дополнительное время"),
    "outage": ("үзгүлтүктөн жоголгон убакыт", "время, потерянное из-за перерыва связи"),
    "end": ("кызматкерлердин чечими менен аяктоо", "завершение по решению персонала"),
    "time_up": ("мөөнөтүндө аяктоо", "завершение в срок"),
}
STATES: dict[str, Pair] = {
    "waiting": ("экинчи адамды күткөн", "ожидало второго лица"),
    "declined": ("четке кагылды", "отклонено"),
    "lapsed": ("күчүн жоготту", "утратило силу"),
}
BY_TWO: Pair = ("эки адамдын чечими менен", "по решению двух лиц")
EVERYBODY: Pair = ("баарына: {n}", "всем: {n}")
SOME: Pair = ("талапкерлер: {n}", "кандидатов: {n}")
UPON: Pair = ("өзгөчө жагдай: И-{n}", "нештатная ситуация: И-{n}")
ROW_MOST = 60  # public numbers in one row: a row does not go on on the next page
NAMED_MOST = 4  # public numbers in one cell; of more than that their count says enough
COLUMNS = [
    Column(("№", "№"), 8 * mm, "right"),
    Column(("Убакыт", "Время"), 17 * mm),
    Column(("Аракет", "Действие"), 41 * mm),
    Column(("Кимге", "Кому"), 29 * mm),
    Column(("Негиздемеси", "Основание")),
    Column(("Ким", "Кто"), 36 * mm),
]

# What the hours in the hall brought; papers of sittings that closed before this was kept have none of it.
ATTENDANCE: Pair = ("Келгендер боюнча түшүндүрмө", "Пояснения о явке")
NOT_LET_IN: Pair = ("Киргизилген жок, негиздемеси", "Не допущен, основание")
WITHDRAWN: Pair = ("Сеанс ачылгандан кийин каттоодон чыгарылгандар", "Регистрация отозвана после открытия сеанса")
UNSAT: dict[str, Pair] = {
    "left": ("Тест башталганга чейин кетип калды", "Ушёл до начала теста"),
    "did_not_start": ("Тестти баштаган жок", "Не начал тест"),
}
EXTENSIONS: Pair = ("Кошумча убакыт", "Дополнительное время")
NO_EXTENSIONS: Pair = ("Кошумча убакыт берилген жок.", "Дополнительное время не предоставлялось.")
EXTENSION_COLUMNS = [
    Column(("Ачык номерлер", "Открытые номера"), 72 * mm),
    Column(("Эмне үчүн жана канча", "За что и сколько")),
    Column(("Баары", "Всего"), 18 * mm, "right"),
]
BY_ACT: Pair = ("аракет № {act}", "действие № {act}")
ACTS_DONE: Pair = ("Кызматкерлердин аракеттери", "Действия персонала")
NO_ACTS: Pair = ("Мындай аракет болгон жок.", "Таких действий не было.")
MESSAGES: Pair = ("Талапкерлерге жөнөтүлгөн билдирүүлөр: {n}", "Сообщений кандидатам: {n}")
MOVES: Pair = ("Башка жумуш ордуна өтүү", "Переход на другое рабочее место")
MOVE_COLUMNS = [
    Column(("Убакыт", "Время"), 18 * mm),
    Column(("Ачык номери", "Открытый номер"), 30 * mm),
    Column(("Себеби", "Причина")),
    Column(("Уруксат берген", "Разрешил(а)"), 50 * mm),
]
SLIPS: Pair = ("Шифр (код) жазылган баракчалар", "Листки с кодами")
SLIP_COUNTS: list[tuple[str, Pair]] = [
    ("printed", ("Басып чыгарылды", "Напечатано")),
    ("used", ("Колдонулду", "Использовано")),
    ("revoked", ("Жокко чыгарылды", "Аннулировано")),
    ("unused", ("Колдонулган жок", "Не использовано")),
    ("left", ("Калганы саналды", "Пересчитан остаток")),
]
SLIPS_DIFFER: Pair = ("Айырманын себеби", "Причина расхождения")


def lasting(microseconds: int) -> str:
    """``4:11`` or ``1:02:00``: to the nearest second."""
    seconds = (microseconds + 500_000) // 1_000_000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def given(rows: Sequence[Content]) -> Pair:
    """All the time that a candidate was given: how much, of what kind, why, by how many persons; like with like."""
    alike: dict[Pair, list[str]] = {}
    for row in rows:
        why = both(row, "category") if row["category_ky"] else ("", "")
        words = wording.joined([TIMES[row["kind"]], why, BY_TWO if row["by_two"] else ("", "")])
        alike.setdefault(words, []).append(lasting(row["microseconds"]))
    pieces = [(f"{' + '.join(each)} – {ky}", f"{' + '.join(each)} – {ru}") for (ky, ru), each in alike.items()]
    said = wording.joined(pieces, "; ")
    if len(rows) == 1:
        return said
    total = lasting(sum(row["microseconds"] for row in rows))
    return f"баары {total}: {said[0]}", f"всего {total}: {said[1]}"


def acts(rows: list[Content], zone: str) -> Any:
    """Acts of staff upon candidates, numbered as the content numbers them."""
    return grid(COLUMNS, [_act(row, zone) for row in rows])


def _act(row: Content, zone: str) -> list[Any]:
    return [
        row["place"], wording.clock(row["at"], zone), what(row, zone), _to(row),
        [*pair(both(row, "category"), "cell"), *([para(row["reason"], "cell-2")] if row["reason"] else [])],
        [para(name, "cell") for name in row["by"]],
    ]  # fmt: skip


def what(row: Content, zone: str) -> list[Any]:
    """An act in one cell: its kind, how much, the time of an outage, what came of it, upon which incident."""
    ky, ru = ACTS[row["kind"]]
    if row["microseconds"]:
        ky, ru = (f"{name}: {lasting(row['microseconds'])}" for name in (ky, ru))
    lines: list[Any] = pair((ky, ru), "cell")
    if row["from"]:
        lines.append(para(f"{wording.clock(row['from'], zone)} – {wording.clock(row['until'], zone)}", "cell-2"))
    if row["status"] in STATES:
        lines.append(para(" / ".join(STATES[row["status"]]), "cell-2"))
    if row.get("declined"):
        lines.append(para(row["declined"], "cell-2"))
    if row["incident"]:
        lines.append(para(" / ".join(words.format(n=row["incident"]) for words in UPON), "cell-2"))
    return lines


def _to(row: Content) -> Any:
    count = len(row["to"])
    if count <= NAMED_MOST:
        return [para(number, "cell") for number in row["to"]]
    words = EVERYBODY if count == row["of"] else SOME
    return (words[0].format(n=count), words[1].format(n=count))


def sections(hall: Content | None, zone: str) -> list[Any]:
    """What the summary protocol says of the hall: attendance, time that was given, acts of staff, moves, slips."""
    if hall is None:
        return []
    done = [acts(hall["acts"], zone)] if hall["acts"] else [para(" / ".join(NO_ACTS), "body")]
    if hall["messages"]:
        said = " / ".join(words.format(n=hall["messages"]) for words in MESSAGES)
        done += [Spacer(0, 3), para(said, "note")]
    return [
        *_attendance(hall["attendance"]),
        CondPageBreak(30 * mm),
        *wording.section(EXTENSIONS),
        _extensions(hall["extensions"]),
        CondPageBreak(30 * mm),
        *wording.section(ACTS_DONE),
        *done,
        *_moves(hall["moves"], zone),
        KeepTogether([*wording.section(SLIPS), *_slips(hall["slips"])]),
    ]


def _attendance(attendance: Content) -> list[Any]:
    rows = [Fact(NOT_LET_IN, reason or wording.NOTHING, wide=True) for reason in attendance["not_let_in"]]
    rows += [Fact(UNSAT[row["kind"]], row["reason"], wide=True) for row in attendance["unsat"]]
    if withdrawn := attendance.get("withdrawn", 0):
        rows.append(Fact(WITHDRAWN, str(withdrawn), wide=True))
    return [KeepTogether([*wording.section(ATTENDANCE), facts(rows)])] if rows else []


def _extensions(rows: list[Content]) -> Any:
    """Who was given the same stands in one row, as far as a page has room for it."""
    if not rows:
        return para(" / ".join(NO_EXTENSIONS), "body")
    alike: dict[tuple[Pair, str], list[str]] = {}
    for row in rows:
        alike.setdefault((_parts(row["parts"]), lasting(row["microseconds"])), []).append(row["number"])
    return grid(
        EXTENSION_COLUMNS,
        [
            [para(", ".join(some), "cell"), said, total]
            for (said, total), numbers in alike.items()
            for some in _batched(numbers, ROW_MOST)
        ],
    )


def _batched(numbers: Sequence[str], size: int) -> list[Sequence[str]]:
    """So many at a time, in order."""
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def _parts(parts: list[Content]) -> Pair:
    said = []
    for part in parts:
        more = lasting(part["microseconds"])
        ky, ru = (f"{name}: {more}" for name in TIMES[part["kind"]])
        act = [words.format(act=part["act"]) for words in BY_ACT] if part["act"] else None
        said.append((f"{ky} ({act[0]})", f"{ru} ({act[1]})") if act else (ky, ru))
    return wording.joined(said, "; ")


def _moves(moves: list[Content], zone: str) -> list[Any]:
    if not moves:
        return []
    rows = [[wording.clock(row["at"], zone), row["number"], _why(row), para(row["by"], "cell")] for row in moves]
    return [CondPageBreak(30 * mm), *wording.section(MOVES), grid(MOVE_COLUMNS, rows)]


def _why(row: Content) -> list[Any]:
    said = pair(both(row, "category"), "cell") if "category_ky" in row else []
    return [*said, para(row["reason"], "cell-2" if said else "cell")]


def _slips(slips: Content) -> list[Any]:
    shown = [figures([(label, slips[key]) for key, label in SLIP_COUNTS])]
    return [*shown, Spacer(0, 3), facts([Fact(SLIPS_DIFFER, slips["reason"], wide=True)])] if slips["reason"] else shown
