"""The act on an incident, and the register of a sitting's incidents: seats, never public numbers, never scores."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from core.pdf.blocks import Column, Digest, Fact, Pair, facts, grid, signatures
from core.pdf.page import render
from core.pdf.style import pair, para
from testing_center.documents import hall, wording
from testing_center.documents.wording import Content, both

TITLE: Pair = ("Өзгөчө жагдай жөнүндө акт", "Акт о нештатной ситуации")
REGISTER: Pair = ("Өзгөчө жагдайлардын реестри", "Реестр нештатных ситуаций")
HAPPENED: Pair = ("Эмне болду", "Что произошло")
MEASURES: Pair = ("Көрүлгөн чаралар", "Принятые меры")
NO_MEASURES: Pair = ("Талапкерлерге карата аракет жазылган эмес.", "Действий в отношении кандидатов не записано.")
NOTHING_HAPPENED: Pair = ("Өзгөчө жагдай катталган жок.", "Нештатных ситуаций не зарегистрировано.")
LATER: Pair = ("Сеанс жабылгандан кийин жазылды.", "Записано после закрытия сеанса.")
MEASURE_COLUMNS = [
    Column(("Убакыт", "Время"), 18 * mm),
    Column(("Аракет", "Действие"), 52 * mm),
    Column(("Талапкерлер", "Кандидатов"), 24 * mm, "right"),
    Column(("Негиздемеси", "Основание")),
    Column(("Ким", "Кто"), 40 * mm),
]
REGISTER_COLUMNS = [
    Column(("№", "№"), 12 * mm),
    Column(("Убакыт", "Время"), 17 * mm),
    Column(("Орун", "Место"), 13 * mm, "right"),
    Column(("Түрү", "Вид"), 40 * mm),
    Column(("Мазмуну", "Содержание")),
    Column(("Жазган", "Записал(а)"), 36 * mm),
]


def draw(content: Content, content_digest: str) -> bytes:
    """The act as a PDF; the same content gives the same bytes. ``content_digest``: its SHA-256 in hexadecimal."""
    zone, happened = content["sitting"]["time_zone"], content["incident"]
    issued = wording.moment(content["issued_at"], zone, seconds=False)
    lines = [f"Түзүлдү / Составлен: {issued}  ·  Редакциясы / Редакция: {content['version']}"]
    story = [
        *wording.opening_lines(content, TITLE, lines),
        facts(_particulars(content)),
        *wording.section(HAPPENED),
        para(happened["text"], "body"),
        *wording.section(MEASURES),
        _measures(content["measures"], zone),
        KeepTogether(
            [
                *wording.section(wording.DIGESTS),
                facts([Fact(wording.THIS_PAPER, [Digest(content_digest)], wide=True)]),
                Spacer(0, 12),
                signatures(*wording.signers(content["signers"]), per_row=2),
            ]
        ),
    ]
    foot = f"№ {content['number']}  ·  редакция: {content['version']}"
    return render(wording.paper(content, TITLE, foot=foot), story)


def _particulars(content: Content) -> list[Fact]:
    sitting, happened = content["sitting"], content["incident"]
    zone, room = sitting["time_zone"], sitting["room"]
    where = (f"аудитория: {room}", f"аудитория: {room}")
    if happened["seat"]:
        seat = happened["seat"]
        where = (f"{where[0]}, орун: {seat}", f"{where[1]}, место: {seat}")
    return [
        Fact(wording.SITTING, f"№ {sitting['number']}", "strong"),
        Fact(("Болгон убактысы", "Время"), [
            para(wording.moment(happened["at"], zone)),
            para(" / ".join(wording.zone_name(zone, happened["at"])), "value-2"),
        ]),
        Fact(wording.PLACE, wording.joined([wording.place(sitting), where]), wide=True),
        Fact(("Түрү", "Вид"), both(happened, "kind"), wide=True),
        Fact(("Жазган", "Записал(а)"), _person(content["written_by"]), wide=True),
        Fact(("Катышкандар", "Присутствовали"), [para(content["present"])], wide=True),
    ]  # fmt: skip


def _person(who: Content) -> Pair:
    return f"{who['name']} ({who['role_ky']})", f"{who['name']} ({who['role_ru']})"


def _measures(rows: list[Content], zone: str) -> Any:
    if not rows:
        return para(" / ".join(NO_MEASURES), "body")
    return grid(
        MEASURE_COLUMNS,
        [
            [wording.clock(row["at"], zone), hall.what(row, zone), row["n"], para(row["reason"], "cell"),
             [para(name, "cell") for name in row["by"]]]
            for row in rows
        ],
    )  # fmt: skip


def draw_register(content: Content) -> bytes:
    """All incidents of a sitting on as many A4 pages as they need; the same content gives the same bytes."""
    zone = content["sitting"]["time_zone"]
    issued = wording.moment(content["issued_at"], zone, seconds=False)
    sitting = content["sitting"]
    starts = wording.moment(sitting["starts_at"], zone, seconds=False)
    story = [
        *wording.opening_lines(content, REGISTER, [f"Басылды / Напечатан: {issued}"]),
        facts(
            [
                Fact(wording.SITTING, f"№ {sitting['number']}", "strong"),
                Fact(("Дайындалган убакыт", "Назначенное время"), starts),
                Fact(wording.PLACE, wording.place(sitting), wide=True),
            ]
        ),
        Spacer(0, 9),
        _rows(content["incidents"], zone),
        Spacer(0, 14),
        KeepTogether([signatures(*wording.signers(content["signers"]), per_row=2)]),
    ]
    return render(wording.paper(content, REGISTER), story)


def _rows(incidents: list[Content], zone: str) -> Any:
    if not incidents:
        return para(" / ".join(NOTHING_HAPPENED), "body")
    return grid(
        REGISTER_COLUMNS,
        [
            [f"И-{row['place']}", wording.clock(row["at"], zone), row["seat"] or wording.NOTHING,
             pair(both(row, "kind"), "cell"), _words(row), para(row["by"], "cell")]
            for row in incidents
        ],
    )  # fmt: skip


def _words(row: Content) -> list[Any]:
    """What happened; of what is written down after the closing that it is, since the summary protocol is silent."""
    later = [para(" / ".join(LATER), "cell")] if row["is_later"] else []
    return [para(row["text"], "cell"), *later]
