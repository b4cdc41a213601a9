"""The minutes of an approval session on paper, in Kyrgyz and Russian: who met, what was decided on what (¶23).

A question is named by its identifier and the salted digest of its version; neither its words nor its key stand here,
nor what was remarked on it, which may tell the key: the minutes can be filed like any other paper. The wordings are
fixed, not of the catalogues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from core.pdf.blocks import Column, Digest, Fact, Pair, facts, figures, grid, signatures
from core.pdf.page import Paper, heading, letterhead, render
from core.pdf.style import pair, para

Content = Mapping[str, Any]

DEMONSTRATION = "ДЕМОНСТРАЦИЯЛЫК ҮЛГҮ  ·  ДЕМОНСТРАЦИОННЫЙ ОБРАЗЕЦ  ·  DEMONSTRATION"
PAGE = "барак / страница: {page} / {pages}"
TITLE: Pair = (
    "Тесттик суроолорду бекитүү боюнча жыйналыштын протоколу", "Протокол заседания по утверждению тестовых вопросов",
)  # fmt: skip
HELD: Pair = ("Жыйналыштын күнү", "Дата заседания")
PLACE: Pair = ("Өткөрүлгөн жери", "Место проведения")
CLOSED: Pair = ("Аяктады", "Завершено")
CHAIR: Pair = ("Жыйналышты ачкан", "Открыл(а) заседание")
MEMBER: Pair = ("Жыйналыштын мүчөсү", "Участник заседания")
MEMBERS: Pair = ("Жыйналышка катышкандар", "Присутствовали на заседании")
AGENDA: Pair = ("Каралган суроолор жана чечимдер", "Рассмотренные вопросы и решения")
DECISIONS: Mapping[str, Pair] = {
    "approved": ("бекитилди", "утверждён"),
    "returned": ("толуктоого кайтарылды", "возвращён на доработку"),
    "postponed": ("чечим кийинкиге калтырылды", "решение отложено"),
    "outside": ("чечим жыйналыштан тышкары кабыл алынган", "решение принято вне заседания"),
    "retired": ("чечим кабыл алынганга чейин колдонуудан чыгарылган", "выведен из использования до принятия решения"),
}
FIGURES: Mapping[str, Pair] = {
    "approved": ("Бекитилди", "Утверждено"),
    "returned": ("Толуктоого кайтарылды", "Возвращено на доработку"),
    "postponed": ("Кийинкиге калтырылды", "Отложено"),
    "outside": ("Жыйналыштан тышкары чечилди", "Решено вне заседания"),
    "retired": ("Колдонуудан чыгарылды", "Выведено из использования"),
}
ALWAYS = ("approved", "returned", "postponed")  # figures that stand there even as nought
REMARKED: Pair = (
    "Пикир жазылган: ал суроонун барагында, ачкычты көрүүгө укугу барларга көрсөтүлөт",
    "Есть замечание: оно на странице вопроса, видно тем, кто вправе видеть ключ",
)
QUARANTINED: Pair = ("Суроо карантинде", "Вопрос в карантине")
VERSION = "редакция"  # the same word in both languages
ENTERED: Pair = ("Чечимдерди жазган", "Решения внёс(ла)")
ABSTAINED: Pair = (
    "Чечимге катышкан жок (суроонун үстүндө иштеген)",
    "В решении не участвовал(а): работал(а) над вопросом",
)
NOTE: Pair = (
    "Жобонун 23–24-пункттарына ылайык тесттик суроолорду ведомствого караштуу мекеме иштеп чыгат жана бекитет. "
    "Жыйналыштын ар бир чечимин суроону жазбаган, өзгөртпөгөн жана бекитүүгө жөнөтпөгөн мүчөлөр (кеминде эки киши) "
    "кабыл алды.",
    "Согласно пунктам 23–24 Положения тестовые вопросы разрабатывает и утверждает подведомственное учреждение. Каждое "
    "решение заседания приняли участники (не менее двух), которые вопрос не писали, не правили и не отправляли на "
    "утверждение.",
)
SECRET: Pair = (
    "Суроолордун тексттери, ачкычтары жана алар боюнча пикирлер протоколго жазылбайт: ар бир суроо идентификатору жана "
    "редакциясынын контролдук суммасы менен аталат. Контролдук суммага кокус тандалган маани кошулган: ал боюнча "
    "ачкычты табууга болбойт.",
    "Тексты, ключи вопросов и замечания к ним в протокол не вносятся: вопрос назван идентификатором и контрольной "
    "суммой редакции. В контрольную сумму добавлено случайное значение: узнать по ней ключ нельзя.",
)
DIGESTS: Pair = ("Контролдук суммалар", "Контрольные суммы")
THIS_PAPER: Pair = ("Ушул документ", "Этот документ")
SIGN: Pair = ("кол тамгасы, күнү", "подпись, дата")
COLUMNS = [
    Column(("№", "№"), 9 * mm, "right"),
    Column(("Суроо", "Вопрос"), 30 * mm),
    Column(("Чечим", "Решение")),
    Column(("Редакциянын контролдук суммасы (SHA-256)", "Контрольная сумма редакции (SHA-256)"), Digest.WIDTH + 8),
]


def draw(content: Content, digest: str) -> bytes:
    """The minutes as an A4 PDF; the same content gives the same bytes. ``digest`` is the content's SHA-256 in hex.

    ``content`` has ``number``, ``held_on``, ``place``, ``closed_at`` (RFC 3339), ``zone``, ``demo``, ``organisation``,
    ``audit``, ``members`` (``name``, ``chairs``) and ``items`` (``position``, ``item``, ``version``, ``decision``,
    ``remarked``, ``quarantined``, ``digest``, ``by``, ``at``, ``abstained``). Sessions closed under earlier releases
    have the words of the remark as ``comment``, which are not drawn, and neither ``quarantined`` nor ``at``.
    """
    org, number = content["organisation"], f"№ {content['number']}"
    closed = _moment(content["closed_at"], content["zone"])
    entered = {one["by"] for one in content["items"] if one["by"] and one["decision"] in ALWAYS}
    counts = Counter(one["decision"] for one in content["items"])
    story = [
        *letterhead((org["name_ky"], org["department_ky"]), (org["name_ru"], org["department_ru"])),
        Spacer(0, 9),
        heading(TITLE, number, [f"{CLOSED[0]} / {CLOSED[1]}: {closed}"]),
        Spacer(0, 7),
        facts([
            Fact(HELD, _day(content["held_on"]), "strong"),
            Fact(PLACE, content["place"] or "–"),
            *([Fact(ENTERED, next(iter(entered)))] if len(entered) == 1 else []),
        ]),
        *_section(MEMBERS),
        facts([_person(one) for one in content["members"]], labels=44 * mm),
        Spacer(0, 7),
        figures([(label, counts[code]) for code, label in FIGURES.items() if counts[code] or code in ALWAYS]),
        *_section(AGENDA),
        grid(COLUMNS, [_row(one, content["zone"], named=len(entered) > 1) for one in content["items"]]),
        Spacer(0, 7),
        *[flowable for text in (NOTE, SECRET) for flowable in (*pair(text, "body"), Spacer(0, 3))],
        KeepTogether([
            *_section(DIGESTS),
            facts([
                Fact(THIS_PAPER, [Digest(digest)], wide=True),
                Fact(_entry(content["audit"]["entry"]), [Digest(content["audit"]["head"])], wide=True),
            ]),
            Spacer(0, 14),
            signatures(
                [CHAIR if one["chairs"] else MEMBER for one in content["members"]], SIGN,
                {index: one["name"] for index, one in enumerate(content["members"])},
            ),
        ]),
    ]  # fmt: skip
    paper = Paper(
        title=f"{TITLE[0]} / {TITLE[1]}", number=number, author=org["name_ky"],
        made_at=datetime.fromisoformat(content["closed_at"]), foot=number, page=PAGE,
        band=DEMONSTRATION if content["demo"] else "",
    )  # fmt: skip
    return render(paper, story)


def _section(title: Pair) -> list[Any]:
    return [Spacer(0, 9), para(f"{title[0]} / {title[1]}", "section"), Spacer(0, 3)]


def _person(member: Content) -> Fact:
    return Fact(CHAIR if member["chairs"] else MEMBER, member["name"], "strong" if member["chairs"] else "value")


def _row(one: Content, zone: str, *, named: bool) -> Sequence[Any]:
    version = f"{VERSION}: {one['version']}"
    said = [*pair(DECISIONS[one["decision"]], "cell")]
    is_elsewhere = one["decision"] not in ALWAYS
    if is_elsewhere:
        said.append(para(", ".join(filter(None, (one["by"], _moment(one["at"], zone)))), "cell-2"))
    if one.get("quarantined"):
        said.append(para(f"{QUARANTINED[0]} / {QUARANTINED[1]}", "cell-2"))
    if one.get("remarked") or one.get("comment"):
        said.append(para(f"{REMARKED[0]} / {REMARKED[1]}", "cell-2"))
    if one["by"] and named and not is_elsewhere:
        said.append(para(f"{ENTERED[0]} / {ENTERED[1]}: {one['by']}", "cell-2"))
    if one["abstained"]:
        said.append(para(f"{ABSTAINED[0]} / {ABSTAINED[1]}: {', '.join(one['abstained'])}", "cell-2"))
    return [one["position"], [para(one["item"], "cell"), para(version, "cell-2")], said, [Digest(one["digest"])]]


def _entry(number: int) -> Pair:
    return f"Журнал, жазуу № {number}", f"Журнал, запись № {number}"


def _day(value: str) -> str:
    return date.fromisoformat(value).strftime("%d.%m.%Y")


def _moment(value: str, zone: str) -> str:
    return datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).strftime("%d.%m.%Y, %H:%M")
