"""Official words for what the results decide, in both languages, and what its papers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.pdf.blocks import Digest, Fact, Pair, facts
from core.pdf.proof import proof
from testing_center.documents import wording
from testing_center.documents.wording import Content, both

GROUNDS: Mapping[str, Pair] = {
    "no_applications": ("арыздар жок", "заявлений нет"),
    "all_withdrew": ("бардык талапкерлер талапкерлигин алып койду", "все кандидаты сняли свои кандидатуры"),
    "nobody_came": ("бардык талапкерлер келбей калды", "не явился ни один кандидат"),
    "nobody_reached_cut_score": (
        "талапкерлер босого баллды топтой албай калды", "кандидаты не набрали порогового балла",
    ),
    "nobody_admitted": (
        "экинчи этапка бир дагы талапкер киргизилген жок", "ко второму этапу не допущен ни один кандидат",
    ),
    "mixed": (
        "ар башка себептер: талапкерлер киргизилген жок, талапкерлигин алып койду же келбей калды",
        "разные причины: кандидаты не допущены, сняли кандидатуры или не явились",
    ),
}  # fmt: skip
NAMED_IN_LAW = {"no_applications", "all_withdrew", "nobody_came", "nobody_reached_cut_score"}  # ¶30
ACTS: Mapping[str, Pair] = {
    "tie_break_declined": (
        "талапкердин кошумча тестирлөөдөн баш тартуусу", "отказ кандидата от дополнительного тестирования",
    ),
    "winner_accepted": (
        "жеңүүчү менен мөөнөттүү эмгек келишимин түзүү", "заключение с победителем срочного трудового договора",
    ),
    "winner_declined": (
        "жеңүүчүнүн мөөнөттүү эмгек келишиминен баш тартуусу", "отказ победителя от срочного трудового договора",
    ),
    "contract_second": (
        "экинчи орундагы талапкер менен келишим түзүү (Жобонун 29-пункту)",
        "заключение договора с кандидатом, занявшим второе место (п. 29 Положения)",
    ),
    "announce_anew": (
        "кайрадан конкурс жарыялоо (Жобонун 29, 31-пункттары)", "объявление нового конкурса (пп. 29, 31 Положения)",
    ),
    "appoint_from_reserve": (
        "кадрлардын резервинен дайындоо (Жобонун 31-пункту)", "назначение из кадрового резерва (п. 31 Положения)",
    ),
    "withdrew_from_reserve": (
        "кадрлардын резервинен чыгуу жөнүндө арыз", "заявление о выходе из кадрового резерва",
    ),
}  # fmt: skip
ROUND_STATES: Mapping[str, Pair] = {
    "called": ("дайындалды", "назначено"),
    "arranged": ("убактысы белгиленди", "время определено"),
    "appeals": ("апелляциялар каралууда", "рассматриваются апелляции"),
    "held": ("өткөрүлдү", "проведено"),
    "uncontested": ("өткөрүлгөн жок: бир талапкер калды", "не проводилось: остался один кандидат"),
    "lapsed": ("өткөн жок, эсепке алынбайт", "не состоялось, не учитывается"),
}
OUT_OF_COUNT: Pair = ("эсепке алынбайт", "не учитывается")  # held, but a correction has changed who was tied
ABSENCES: Mapping[str, Pair] = {
    "absent": ("келген жок", "не явился (не явилась)"),
    "refused": ("инсандыгы ырасталбай, киргизилген жок", "не допущен(а): личность не подтверждена"),
    "barred": (
        "чакырылган жок: босого баллды топтой албагандан бери 1 жыл өтө элек (Жобонун 28-пункту)",
        "не вызывался (не вызывалась): не прошёл 1 год после теста ниже порогового балла (п. 28 Положения)",
    ),
    "declined": ("жазуу жүзүндө баш тартты", "отказался (отказалась) письменно"),
    "not_started": ("тестти баштаган жок", "не начал(а) тест"),
}
FINANCING: Mapping[str, Pair] = {
    "republican": ("республикалык бюджеттен каржыланат", "финансируется из республиканского бюджета"),
    "local": ("жергиликтүү бюджеттен каржыланат", "финансируется из местного бюджета"),
}
WHERE_NOT_TOLD = "Asia/Bishkek"  # the zone of the centres (contracts), where a paper names none
BEGINS: Pair = ("Сумманын башталышы", "Начало суммы")


def zone_of(content: Content) -> str:
    """The IANA name of the zone in which the paper tells the time."""
    zone: str = content.get("zone") or WHERE_NOT_TOLD
    return zone


def contest_facts(content: Content) -> list[Fact]:
    """The competition, its school, and who pays for it, which decides whose reserve it is (¶37–38)."""
    contest = content["competition"]
    rows = [Fact(("Конкурстун номери", "Номер конкурса"), contest["number"], "strong")]
    if contest.get("financing"):
        rows.append(Fact(("Каржылоо булагы", "Источник финансирования"), FINANCING[contest["financing"]]))
    rows.append(Fact(("Мектеп", "Школа"), both(contest, "school"), wide=True))
    if contest.get("place_ky"):
        rows.append(Fact(("Мектептин жайгашкан жери", "Местонахождение школы"), both(contest, "place"), wide=True))
    return rows


def proof_of(content: Content, digest: str, label: Pair = wording.CONTENT_DIGEST) -> Any:
    """The digest with the head of the trail where ``content`` has it, and a code to verify by where it has one."""
    audit, check = content.get("audit") or {}, content.get("verification")
    rows = [(label, digest)]
    if audit.get("head"):
        rows.append((wording.chain_entry(audit["entry"]), audit["head"]))
    if check:
        return proof(rows, wording.VERIFICATION_CODE, check["code"], check["url"])
    return facts([Fact(name, [Digest(digits)], wide=True) for name, digits in rows])
