"""The ranking protocol of a competition (¶29–32): places by scores, winner or 'not held', reserve. It bears no name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer, Table, TableStyle

from core.pdf.blocks import BARE, Column, Fact, Pair, facts, grid, signatures
from core.pdf.page import render
from core.pdf.style import BODY, GOLD, pair, para
from ranking.documents import wording as words
from ranking.rules.told import Out, Vain, told, why_out
from testing_center.documents import wording
from testing_center.documents.wording import Content

TITLE: Pair = ("Конкурстун жыйынтык протоколу", "Протокол итогов конкурса")
ORDER: Pair = ("Талапкерлердин балл боюнча тизмеси", "Список кандидатов по баллам")
NOBODY: Pair = ("Тест тапшырган талапкер жок.", "Ни один кандидат не сдавал тест.")
TIE_BREAKS: Pair = ("Кошумча тестирлөө", "Дополнительное тестирование")
OUTCOME: Pair = ("Конкурстун жыйынтыгы", "Итог конкурса")
WINNER: Pair = ("Конкурстун жеңүүчүсү: {code}", "Победитель конкурса: {code}")
ACCEPTED: Pair = (
    "Жеңүүчү менен мөөнөттүү эмгек келишими түзүлдү.", "С победителем заключён срочный трудовой договор.",
)  # fmt: skip
IN_VAIN: Mapping[Vain, Pair] = {
    Vain.NOBODY_CAME: (
        "Жеңүүчү аныкталган жок: тең балл алган талапкерлердин бири да катары менен эки кошумча тестирлөөгө келген жок",
        "Победитель не определён: никто из набравших равные баллы не явился на два дополнительных тестирования подряд",
    ),
    Vain.NOBODY_EXPECTED: (
        "Жеңүүчү аныкталган жок: тең балл алган талапкерлердин баары баш тарткандыктан же катышууга укугу жок "
        "болгондуктан (Жобонун 28-пункту), катары менен эки кошумча тестирлөө өткөрүлгөн жок",
        "Победитель не определён: два дополнительных тестирования подряд не проводились, так как все набравшие равные "
        "баллы отказались от них или не вправе участвовать (п. 28 Положения)",
    ),
    Vain.MIXED: (
        "Жеңүүчү аныкталган жок: катары менен дайындалган эки кошумча тестирлөөнүн бири катыша турган талапкер "
        "болбогондуктан өткөрүлгөн жок, экинчисине эч ким келген жок",
        "Победитель не определён: из двух дополнительных тестирований подряд одно не проводилось, так как участвовать "
        "было некому, а на другое никто не явился",
    ),
}
NO_WINNER: Pair = ("Жеңүүчү келишимден баш тартты", "Победитель отказался от договора")
NOT_HELD: Pair = ("Конкурс өткөн жок деп табылды", "Конкурс признан несостоявшимся")
NAMED: Pair = ("Жобонун 30-пункту", "п. 30 Положения")
NOT_NAMED: Pair = (
    "мындай негиз Жобонун 30-пунктунда аталган эмес", "такое основание в п. 30 Положения не названо",
)  # fmt: skip
UNDECIDED: Pair = ("Жыйынтык азырынча чыгарыла элек", "Итог пока не подведён")
FOLLOWS: Pair = ("Мындан ары мүмкүн", "Далее возможно")
RESERVE: Pair = ("Кадрлардын резерви", "Кадровый резерв")
NO_RESERVE: Pair = ("Резервге киргизилген талапкер жок.", "В резерв никто не включён.")
RESERVE_RULE: Pair = (
    "Экинчи жана андан кийинки орундар, босого баллдан төмөн эмес (Жобонун 6, 32-пункттары).",
    "Второе и последующие места, не ниже порогового балла (пп. 6, 32 Положения).",
)
BARRED: Pair = ("Конкурска кайрадан катышуу (Жобонун 28-пункту)", "Повторное участие в конкурсе (п. 28 Положения)")
SIGNERS: list[Pair] = [
    ("Ведомствого караштуу мекеменин өкүлү", "Представитель подведомственного учреждения"),
    ("Ыйгарым укуктуу органдын кызматкери", "Сотрудник уполномоченного органа"),
]
PLACES = [
    Column(("Орун", "Место"), 14 * mm, "right"),
    Column(("Ачык номери", "Открытый номер")),
    Column(("Негизги", "Основной тест"), 24 * mm, "right"),
    Column(("Кошумча", "Дополнительный"), 28 * mm, "right"),
    Column(("Баллдардын суммасы", "Сумма баллов"), 34 * mm, "right"),
    Column(("Жыйынтыгы", "Итог"), 42 * mm),
]
ROUNDS = [
    Column(("Айлампа", "Тур"), 15 * mm, "right"),
    Column(("Орун үчүн", "За место"), 17 * mm, "right"),
    Column(("Суроолор", "Вопросы"), 17 * mm, "right"),
    Column(("Бирдей балл топтогондор", "Набравшие равное количество баллов")),
    Column(("Мөөнөтү", "Срок до"), 29 * mm),
    Column(("Абалы", "Состояние"), 36 * mm),
]
ACTS: Pair = ("Ыйгарым укуктуу органдын чечимдери", "Решения уполномоченного органа")
DECISIONS = [
    Column(("Күнү", "Дата"), 20 * mm),
    Column(("Чечим", "Решение")),
    Column(("Ачык номери", "Открытый номер"), 28 * mm),
    Column(("Документ", "Документ"), 42 * mm),
]
IS_WINNER: Pair = ("жеңүүчү", "победитель")
IN_RESERVE: Pair = ("резервде", "в резерве")
IS_BELOW: Pair = ("босого баллдан төмөн", "ниже порогового балла")
BEHIND: Pair = (
    "Кошумча тестирлөөдөн жазуу жүзүндө баш тарткан талапкер, баллдардын суммасы бирдей болсо да, "
    "баш тартпагандардан кийинки орунда турат.",
    "Письменно отказавшийся от дополнительного тестирования занимает место после тех, кто не отказался, "
    "и при равной сумме баллов.",
)
ALONE: Mapping[Out, Pair] = {
    Out.DECLINED: (
        "Калгандары баш тарткандыктан, кошумча тестирлөө өткөрүлгөн жок, орунду төмөнкү талапкер ээледи: {code}",
        "Остальные отказались, поэтому дополнительное тестирование не проводилось, место занял(а): {code}",
    ),
    Out.DECLINED_OR_BARRED: (
        "Калгандары баш тарткандыктан же катышууга укугу жок болгондуктан (Жобонун 28-пункту), кошумча тестирлөө "
        "өткөрүлгөн жок, орунду төмөнкү талапкер ээледи: {code}",
        "Остальные отказались или не вправе участвовать (п. 28 Положения), поэтому дополнительное тестирование не "
        "проводилось, место занял(а): {code}",
    ),
}
MISSED: Pair = ("катышкан жок", "не участвовал(а)")
HAS_DECLINED: Pair = ("баш тартты", "отказ от договора")


def draw(content: Content, digest: str) -> bytes:
    """The protocol as an A4 PDF; the same content gives the same bytes. ``digest`` is the content's SHA-256 in hex.

    ``content`` has ``number``, ``revision``, ``supersedes`` (a revision or None), ``drawn_up_at``, ``competition``,
    ``status`` ('decided', 'not_held' …), ``ground``, ``items``, ``maximum``, ``cut_score``, ``ranking`` (rows of
    ``place`` (None below the cut score), ``code``, ``main``, ``tie_breaks`` in the order of the rounds sat, None where
    an entrant was absent, ``total``), ``tie_breaks`` (``round``, ``place``, ``items``, ``candidates``,
    ``deadline_at``, ``state``, ``counts``, ``absent``: why by code), ``winner``, ``accepted``, ``declined``,
    ``reserve``, ``may_follow``, ``acts`` (``on``, ``kind``, ``code``, ``document``), ``barred`` (``code``, ``until``),
    all by public numbers; ``law``, ``zone``, ``organisation``, ``audit``, ``demo``.
    """
    issued = {"demo": False, **content, "issued_at": content["drawn_up_at"]}
    story = [
        *wording.opening_lines(issued, TITLE, _edition(content)),
        facts(_particulars(content)),
        *wording.section(ORDER),
        _order(content),
        *_rounds(content),
        *_acts(content),
        # Together, so that whoever signs has the outcome on the same page.
        KeepTogether(
            [
                *wording.section(OUTCOME),
                *_outcome(content),
                *_reserve(content),
                *_barred(content),
                Spacer(0, 14),
                signatures(SIGNERS, wording.SIGN, per_row=2),
                Spacer(0, 8),
                words.proof_of(content, digest),
            ]
        ),
    ]
    foot = f"№ {content['number']}  ·  редакция: {content['revision']}"
    if content.get("verification"):  # none on what was drawn up before papers of rankings bore a code
        foot += f"  ·  {content['verification']['code']}"
    return render(wording.paper(issued, TITLE, foot=foot), story)


def _edition(content: Content) -> list[str]:
    at = wording.moment(content["drawn_up_at"], words.zone_of(content), seconds=False)
    lines = [f"Түзүлдү / Составлен: {at}", f"Редакциясы / Редакция: {content['revision']}"]
    if content.get("supersedes"):
        lines.append(f"Ордуна / Взамен: редакция {content['supersedes']}")
    return lines


def _particulars(content: Content) -> list[Fact]:
    rows = words.contest_facts(content)
    if content.get("maximum"):
        ky = f"суроолор: {content['items']}, эң жогорку мүмкүн болгон балл: {content['maximum']}"
        ru = f"вопросов: {content['items']}, максимальный балл: {content['maximum']}"
        rows.append(Fact(("Негизги тестирлөө", "Основное тестирование"), (ky, ru), wide=True))
        rows.append(Fact(("Босого балл", "Пороговый балл"), content["cut_score"], "strong"))
    return [*rows, *wording.law_facts(content)]


def _order(content: Content) -> Any:
    if not content["ranking"]:
        return para(" / ".join(NOBODY), "body")
    rows = [
        [
            wording.NOTHING if row["place"] is None else row["place"],
            row["code"],
            row["main"],
            _sum(row["tie_breaks"]),
            row["total"],
            _standing(content, row),
        ]
        for row in content["ranking"]
    ]
    return grid(PLACES, rows)


def _sum(points: Sequence[int | None]) -> Pair | str:
    """The points of each round; whoever was called and did not sit it has none, and this is said."""
    if None in points:
        ky, ru = (" + ".join(said if one is None else str(one) for one in points) for said in MISSED)
        return ky, ru
    return " + ".join(map(str, points)) or wording.NOTHING


def _standing(content: Content, row: Content) -> Pair:
    code = row["code"]
    if row["place"] is None:
        return IS_BELOW
    if code == content["winner"]:
        return IS_WINNER
    if code in content.get("declined", ()):
        return HAS_DECLINED
    return IN_RESERVE if code in _codes(content["reserve"]) else (wording.NOTHING,) * 2


def _codes(people: Sequence[Any]) -> list[str]:
    return [one["code"] if isinstance(one, Mapping) else str(one) for one in people]


def _rounds(content: Content) -> list[Any]:
    if not content["tie_breaks"]:
        return []
    zone = words.zone_of(content)
    rows = [
        [
            one["round"], one["place"], one["items"],
            [para(", ".join(one["candidates"]), "cell"), *_absent(one.get("absent", {}))],
            wording.moment(one["deadline_at"], zone, seconds=False), _state(one),
        ]
        for one in content["tie_breaks"]
    ]  # fmt: skip
    return [KeepTogether([*wording.section(TIE_BREAKS), grid(ROUNDS, rows), *_refusals(content)])]


def _refusals(content: Content) -> list[Any]:
    """What follows from it that some of the tied declined the test: in which order they stand, who was left alone."""
    rounds = [one for one in content["tie_breaks"] if one["counts"] and "declined" in one.get("absent", {}).values()]
    said: list[Pair] = []
    for one in [one for one in rounds if one["state"] == "uncontested"]:
        ky, ru = ALONE[why_out(one["absent"])]
        said += [
            (ky.format(code=code), ru.format(code=code)) for code in one["candidates"] if code not in one["absent"]
        ]
    # Who is barred did not decline either, and yet stands behind the one who is left.
    is_whole = [one for one in rounds if one["state"] == "held" or why_out(one["absent"]) == Out.DECLINED]
    lines = [*said, *([BEHIND] if is_whole else [])]
    return [part for line in lines for part in (Spacer(0, 4), *pair(line, "body"))]


def _absent(reasons: Mapping[str, str]) -> list[Any]:
    """Whoever was called and has no points in the round, and why."""
    return [
        para(f"{code}: {' / '.join(words.ABSENCES[why])}", "cell-2") for code, why in sorted(reasons.items())
    ]  # fmt: skip


def _state(one: Content) -> Pair:
    if one["state"] in ("held", "uncontested") and not one["counts"]:
        return words.OUT_OF_COUNT
    return words.ROUND_STATES[one["state"]]


def _acts(content: Content) -> list[Any]:
    if not content.get("acts"):
        return []
    rows = [
        [wording.day(act["on"]), [*pair(words.ACTS[act["kind"]], "cell")], act["code"] or wording.NOTHING,
         para(act["document"], "cell")]
        for act in content["acts"]
    ]  # fmt: skip
    return [KeepTogether([*wording.section(ACTS), grid(DECISIONS, rows)])]


def _outcome(content: Content) -> list[Any]:
    said, under = _said(content)
    table = Table([[pair(said, "statement")]], colWidths=[BODY])
    table.setStyle(TableStyle([*BARE, ("LINEABOVE", (0, 0), (-1, 0), 1.6, GOLD), ("TOPPADDING", (0, 0), (-1, -1), 5)]))
    story: list[Any] = [table]
    if under:
        story += [Spacer(0, 4), *pair(under, "body")]
    follows = [words.ACTS[kind] for kind in content.get("may_follow", ())]
    if follows:
        story += [Spacer(0, 6), para(" / ".join(FOLLOWS), "head")]
        for one in follows:
            story += [Spacer(0, 2), *pair((f"– {one[0]}", f"– {one[1]}"), "body")]
    return story


def _said(content: Content) -> tuple[Pair, Pair | None]:
    if content["status"] == "not_held":
        ground = content["ground"]
        law = NAMED if ground in words.NAMED_IN_LAW else NOT_NAMED
        ky, ru = words.GROUNDS[ground]
        return NOT_HELD, (f"Негизи: {ky} ({law[0]}).", f"Основание: {ru} ({law[1]}).")
    if content["winner"]:
        code = content["winner"]
        return (WINNER[0].format(code=code), WINNER[1].format(code=code)), ACCEPTED if content.get("accepted") else None
    if content["status"] == "decided":
        return (NO_WINNER if content.get("declined") else IN_VAIN[told(content).vain or Vain.NOBODY_CAME]), None
    return UNDECIDED, None


def _reserve(content: Content) -> list[Any]:
    codes = _codes(content["reserve"])
    said = para(", ".join(codes), "strong") if codes else para(" / ".join(NO_RESERVE), "body")
    return [*wording.section(RESERVE), said, Spacer(0, 3), *(para(line, "note") for line in RESERVE_RULE)]


def _barred(content: Content) -> list[Any]:
    rows = [
        f"{one['code']}: {wording.day(one['until'])}" for one in content.get("barred", ()) if one.get("until")
    ]  # fmt: skip
    if not rows:
        return []
    lead = ("катышууга мүмкүн болгон күн", "участие возможно с")
    return [*wording.section(BARRED), para(f"{' / '.join(lead)}: {'; '.join(rows)}", "body")]
