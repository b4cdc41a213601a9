"""The act of destruction on paper: what was destroyed, by number and digest, and by which two persons."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import KeepTogether, Spacer

from core.pdf.blocks import Column, Digest, Fact, Pair, facts, grid, signatures
from core.pdf.page import render
from core.pdf.style import para
from testing_center.documents import wording
from testing_center.documents.wording import Content

TITLE: Pair = ("Документтерди жок кылуу жөнүндө акт", "Акт об уничтожении документов")
SERIES: dict[str, Pair] = {
    "commission": ("Техникалык комиссиянын материалдары", "Материалы технической комиссии"),
    "competition": ("Конкурстун протоколдору жана документтери", "Протоколы и документы конкурса"),
}
GROUND: dict[str, Pair] = {
    "commission": ("жобонун 36-пункту: чечим кабыл алынган күндөн тартып 1 жыл",
                   "пункт 36 положения: 1 год со дня решения"),
    "competition": ("жобонун 39-пункту, 3-тиркеме: конкурс аяктаган күндөн тартып 5 жыл",
                    "пункт 39 положения, приложение 3: 5 лет со дня окончания конкурса"),
}  # fmt: skip
KINDS: dict[str, Pair] = {
    "protocol": ("тестирлөөнүн протоколу", "протокол тестирования"),
    "appeal_application": ("апелляциялык арыз", "апелляционное заявление"),
    "appeal_protocol": ("апелляциянын протоколу", "протокол апелляции"),
    "incident_paper": ("өзгөчө жагдай жөнүндө акт", "акт о нештатной ситуации"),
    "sitting_protocol": ("сеанстын жыйынтык протоколу", "сводный протокол сеанса"),
    "ranking": ("рейтинг (кагаз түрү жана аты-жөнү)", "рейтинг (бумажная форма и имя)"),
}
COUNTS: dict[str, Pair] = {
    "participant": ("катталгандар", "записи участников"),
    "application": ("арыздар", "заявления"),
    "person": ("жеке маалыматтар", "личные данные"),
    "letter": ("каттар", "письма"),
    "sitting_key": ("сеанстардын шифрлөө ачкычтары", "ключи шифрования сеансов"),
}
WHAT_STAYS: Pair = (
    "Документтердин контролдук суммалары жана адамга байланышы жок ачык номерлер, жооптор, баллдар калат. "
    "Журналдын жазууларынын мазмуну өчүрүлдү, тизмектин бүтүндүгү сакталды жана аны мурдагыдай текшерүүгө болот.",
    "Сохраняются контрольные суммы документов и открытые номера, ответы и баллы без связи с лицом. Содержание записей "
    "журнала стёрто, целостность цепочки сохранена и проверяется, как прежде.",
)


def draw(content: Content, content_digest: str) -> bytes:
    """The act as an A4 PDF; the same content gives the same bytes.

    ``content_digest`` is the content's SHA-256 in hexadecimal.
    """
    story: list[Any] = [*wording.opening_lines(content, TITLE), facts(_particulars(content))]
    for lot in content["lots"]:
        story += [*wording.section(SERIES[lot["series"]]), facts(_lot_facts(lot))]
        if lot["documents"]:
            story += [Spacer(0, 4), _documents(lot["documents"])]
    story += [Spacer(0, 8), para(WHAT_STAYS[0], "note"), Spacer(0, 2), para(WHAT_STAYS[1], "note")]
    signers = [*content["prepared"]["by"], *content["carried_out"]["by"]]
    story.append(
        KeepTogether(
            [
                *wording.section(wording.DIGESTS),
                facts(wording.proof_facts(content, content_digest)),
                Spacer(0, 16),
                signatures(*wording.signers(signers), per_row=2),
            ]
        )
    )
    return render(wording.paper(content, TITLE), story)


def _particulars(content: Content) -> list[Fact]:
    zone = content["time_zone"]
    return [
        Fact(("Даярдалды", "Подготовлен"), wording.act(content["prepared"], zone), wide=True),
        Fact(("Жок кылынды", "Уничтожено"), wording.act(content["carried_out"], zone), wide=True),
        Fact(("Журналдагы өчүрүлгөн жазуулар", "Стёртые записи журнала"), content["entries"], wide=True),
    ]


def _lot_facts(lot: Content) -> list[Fact]:
    counted = [(COUNTS[kind], n) for kind, n in sorted(lot["counts"].items()) if kind in COUNTS and n]
    rows = [
        Fact(("Номери", "Номер"), f"№ {lot['number']}", "strong", wide=True),
        Fact(("Негиз", "Основание"), GROUND[lot["series"]], wide=True),
        Fact(("Аяктаган күнү", "День окончания"), wording.day(lot["closed_on"])),
        Fact(("Жок кылууга болот", "Можно уничтожить с"), wording.day(lot["free_from"])),
    ]
    if counted:
        words = wording.joined([(f"{name[0]}: {n}", f"{name[1]}: {n}") for name, n in counted])
        rows.append(Fact(("Дагы жок кылынды", "Также уничтожено"), words, wide=True))
    return rows


def _documents(documents: list[Any]) -> Any:
    columns = [
        Column(("Документ", "Документ"), 150), Column(("Номери", "Номер"), 110),
        Column(("Мазмунунун контролдук суммасы", "Контрольная сумма содержания")),
    ]  # fmt: skip
    rows = [
        [KINDS[one["kind"]], f"{one['number']}" + (f" ({one['version']})" if one["version"] > 1 else ""),
         Digest(one["content"]) if one["content"] else wording.NOTHING]
        for one in documents
    ]  # fmt: skip
    return grid(columns, rows)
