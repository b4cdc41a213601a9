"""The protocol of a hearing (¶35): who sat, what was shown, what was found, how it was decided, who signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer, Table, TableStyle

from appeals.documents import wording as words
from core.pdf.blocks import BARE, Column, Digest, Fact, Pair, facts, grid, signatures
from core.pdf.page import render
from core.pdf.style import BODY, GOLD, para
from core.signing import sign_pdf
from testing_center.documents import wording
from testing_center.documents.wording import Content

TITLE: Pair = ("Арызды кароонун протоколу", "Протокол рассмотрения заявления")
ABOUT: Pair = ("техникалык апелляция", "техническая апелляция")
PRESENCE: Pair = ("Талапкердин катышуусу", "Присутствие кандидата")
IN_PRESENCE: Pair = ("Арыз талапкердин көзүнчө каралды.", "Заявление рассмотрено в присутствии кандидата.")
IDENTITY: Pair = ("Инсандыгын ырастоочу документ", "Документ, удостоверяющий личность")
COMMISSION: Pair = ("Техникалык комиссия", "Техническая комиссия")
SHOWN: Pair = ("Тесттин ачкычтарын көрсөтүү", "Предъявление ключей теста")
NOT_SHOWN: Pair = ("Тесттин ачкычтары көрсөтүлгөн эмес.", "Ключи теста не предъявлялись.")
CHECKED: Pair = ("Жыйынтыктын, жооптордун жана баллдардын ылайык келиши", "Соответствие результата, ответов и баллов")
FINDINGS: Pair = ("Талаш суроолор боюнча корутунду", "Заключение по оспариваемым вопросам")
ACCEPTED = {
    "wrong_key": ("Туура жооп", "Верный ответ"),
    "several_right": ("Ошондой эле туура жооп", "Также верный ответ"),
}
NO_FINDINGS: Pair = ("Айрым суроолор талашылган эмес.", "Отдельные вопросы не оспаривались.")
VOTES: Pair = ("Добуш берүү", "Голосование")
DISSENT: Pair = ("Өзгөчө пикир", "Особое мнение")
DECISION: Pair = ("Комиссиянын чечими", "Решение комиссии")
ELECTRONIC: Pair = ("Электрондук кол тамгалар", "Электронные подписи")
SIGNED_ANEW: Pair = (
    "Комиссиянын ар бир мүчөсү системага кайрадан кирип, документтин ушул эле контролдук суммасына кол койду.",
    "Каждый член комиссии, повторно войдя в систему, подписал одну и ту же контрольную сумму документа.",
)
NOT_SIGNED: Pair = ("Азырынча эч ким кол койгон жок.", "Пока никто не подписал.")
SAME: Pair = ("дал келет", "совпадает")
DIFFERENT: Pair = ("ДАЛ КЕЛБЕЙТ", "НЕ СОВПАДАЕТ")
ON_FORM: Pair = (
    "Талапкерге көрсөтүлгөн варианттын контролдук суммасы",
    "Контрольная сумма варианта, показанная кандидату",
)
RECOMPUTED: Pair = ("Кароодо кайра эсептелген сумма", "Сумма, вычисленная заново на рассмотрении")
UNCHANGED: Pair = ("Тестирлөөнүн жыйынтыгы өзгөрүүсүз калат.", "Результат тестирования остаётся без изменений.")
FOR_EVERYBODY: Pair = (
    "Оңдоо ушул вариант боюнча тест тапшырган бардык талапкерлерге колдонулат: баллдар кайра эсептелет, ар бир "
    "талапкерге мурункусун атаган жаңы протокол берилет.",
    "Исправление применяется ко всем кандидатам, сдававшим тест по этому варианту: баллы пересчитываются, каждому "
    "выдаётся новый протокол, в котором назван прежний.",
)
RECORDED_ANEW: Pair = (
    "Жазуудагы ката жөнүндө корутунду оңдоо үчүн ведомствого караштуу мекемеге берилет.",
    "Заключение об ошибке записи передаётся подведомственному учреждению для исправления.",
)
KEPT: Pair = (
    "Комиссиянын материалдары 1 жыл архивде сакталат (Жобонун 36-пункту).",
    "Материалы комиссии хранятся в архиве 1 год (п. 36 Положения).",
)
PEOPLE = [
    Column(("Комиссиядагы орду", "Место в комиссии"), 62 * mm),
    Column(("Аты-жөнү", "Ф. И. О.")),
    Column(("Катышуусу", "Участие"), 56 * mm),
]
PRESENT: Pair = ("катышты", "присутствует")
ABSENT: Pair = ("келген жок", "не явился")
LEFT: Pair = ("курамдан чыккан", "вышел из состава")
VIEWINGS = [
    Column(("Ким көрдү", "Кому предъявлены")),
    Column(("Башталышы", "Начало"), 34 * mm),
    Column(("Аягы", "Окончание"), 34 * mm),
    Column(("Ким аяктады", "Кто завершил"), 52 * mm),
]
ITEMS = [
    Column(("Суроо", "Вопрос"), 15 * mm, "right"),
    Column(("Тесттик суроо", "Тестовый вопрос"), 26 * mm),
    Column(("Корутунду", "Заключение"), 52 * mm),
    Column(("Негиздеме", "Обоснование")),
]
BALLOT = [Column(("Комиссиянын мүчөсү", "Член комиссии")), Column(("Добуш", "Голос"), 92 * mm)]
SIGNATURES = [
    Column(("Кол койгон", "Подписал(а)")),
    Column(("Ролу", "Роль"), 64 * mm),
    Column(("Убактысы", "Время"), 38 * mm),
]


def draw(content: Content, digest: str, given: Sequence[Content]) -> bytes:
    """The protocol as an A4 PDF; the same content and signatures give the same bytes.

    ``content`` is its stored JSON (times RFC 3339 UTC); ``digest`` its SHA-256 in hex, which everybody signed;
    ``given`` the electronic signatures: ``name``, ``role`` ('chair' or 'member') and ``signed_at`` of each.
    """
    issued = words.as_issued(content, content["decided_at"])
    foot = f"№ {content['number']}  ·  {content['verification']['code']}"
    story = [
        *wording.opening_lines(issued, TITLE, _under(content)),
        facts(_particulars(content)),
        *wording.section(COMMISSION),
        *_commission(content["commission"], content),
        *wording.section(SHOWN),
        *_viewings(content),
        KeepTogether([*wording.section(CHECKED), facts(_checked(content))]),
        CondPageBreak(30 * mm),
        *wording.section(FINDINGS),
        _findings(content["findings"]),
        KeepTogether([*wording.section(VOTES), grid(BALLOT, [_ballot(vote) for vote in content["votes"]])]),
        *_dissents(content["votes"]),
        # Together, so that whoever signs by hand has the decision on the same page.
        KeepTogether(
            [
                *wording.section(DECISION),
                _outcome(content["outcome"]),
                *_consequences(content),
                *wording.section(ELECTRONIC),
                *_given(content, given),
                Spacer(0, 12),
                _lines(content),
                Spacer(0, 8),
                words.proof_of(content, digest),
            ]
        ),
    ]
    return render(wording.paper(issued, TITLE, foot=foot), story)


def signed(content: Content, digest: str, given: Sequence[Content], at: datetime) -> bytes:
    """:func:`draw`, signed under the department's certificate at ``at``: the file that is stored and handed over.

    Raises:
        ConfigurationError: the department's certificate is not valid at ``at``.
    """
    people = "; ".join(f"{one['name']} ({words.local(content, one['signed_at'])})" for one in given)
    return sign_pdf(
        draw(content, digest, given), name=content["organisation"]["department_ky"], at=at,
        reason=f"№ {content['number']}, SHA-256 {digest}. Кол койгондор / Подписали: {people}",
    )  # fmt: skip


def _under(content: Content) -> list[str]:
    return [" / ".join(ABOUT), f"Чечим / Решение: {words.local(content, content['decided_at'])}"]


def _particulars(content: Content) -> list[Fact]:
    hearing = content["hearing"]
    closed = words.local(content, hearing["closed_at"]) if hearing["closed_at"] else wording.NOTHING
    times = f"{words.local(content, hearing['opened_at'])} – {closed}"
    return [
        Fact(words.APPLICANT, content["name"], "name", wide=True),
        Fact(("Арыздын номери", "Номер заявления"), f"№ {content['appeal']}", "strong"),
        Fact(words.ATTEMPT, content["attempt"], "strong"),
        *words.contest_facts(content),
        Fact(("Арызды кароо", "Рассмотрение заявления"),
             wording.joined([(times, times), wording.zone_name(words.zone_of(content), hearing["opened_at"])], "; "),
             wide=True),
        Fact(PRESENCE, [para(" / ".join(IN_PRESENCE)),
                        para(f"{' / '.join(IDENTITY)}: {hearing['presence_note']}", "value-2")], wide=True),
        *words.law_facts(content),
    ]  # fmt: skip


def _commission(commission: Content, content: Content) -> list[Any]:
    act, on = commission["act_number"], wording.day(commission["act_on"])
    approved = (
        f"Ведомствого караштуу мекеменин буйругу: № {act}, {on}",
        f"Приказ подведомственного учреждения: № {act}, {on}",
    )
    rows = [_person(words.CHAIR, commission["chair"]), *(_person(words.MEMBER, one) for one in commission["members"])]
    rows += [_person(words.MEMBER, one, left=True) for one in commission.get("left", [])]
    return [para(" / ".join(approved), "body"), Spacer(0, 3), grid(PEOPLE, rows)]


def _person(role: Pair, one: Any, *, left: bool = False) -> list[Any]:
    said = one if isinstance(one, Mapping) else {}
    role = words.ROLES.get(str(said.get("role", "")), role)
    state = LEFT if left else PRESENT if said.get("is_present", True) else ABSENT
    cell: Any = state
    if left and said.get("reason"):
        cell = [para(" / ".join(state), "cell"), para(said["reason"], "cell-2")]
    return [role, para(_name(one), "cell"), cell]


def _viewings(content: Content) -> list[Any]:
    viewings = content["hearing"]["viewings"]
    if not viewings:
        return [para(" / ".join(NOT_SHOWN), "body")]
    rows = [
        [para(one["name"], "cell"), words.local(content, one["begun_at"]),
         words.local(content, one["ended_at"]) if one["ended_at"] else wording.NOTHING,
         para(one["ended_by"] or wording.NOTHING, "cell")]
        for one in viewings
    ]  # fmt: skip
    return [grid(VIEWINGS, rows)]


def _checked(content: Content) -> list[Fact]:
    form, score = content["form"], content["score"]
    variant = f"Вариант: {form['variant']}"
    equal = [Digest(form["recomputed"]), Spacer(0, 2), para(" / ".join(SAME if form["equal"] else DIFFERENT), "strong")]
    right = score["stored"] == score["recomputed"]
    stored = words.points(score["stored"], score["maximum"], score["cut_score"])
    return [
        Fact((f"{ON_FORM[0]} ({variant})", f"{ON_FORM[1]} ({variant})"), [Digest(form["digest"])], wide=True),
        Fact(RECOMPUTED, equal, wide=True),
        Fact(("Сакталган балл", "Сохранённый балл"), stored, wide=True),
        Fact(("Жооптордон кайра эсептелген балл", "Балл, вычисленный заново по ответам"),
             f"{score['recomputed']} / {score['maximum']}: {' / '.join(SAME if right else DIFFERENT)}", "strong",
             wide=True),
    ]  # fmt: skip


def _findings(found: Sequence[Content]) -> Any:
    if not found:
        return para(" / ".join(NO_FINDINGS), "body")
    return grid(
        ITEMS,
        [
            [one["question"], _item(one), _finding(one), _reason(one)]
            for one in sorted(found, key=lambda one: one["question"])
        ],
    )


def _finding(one: Content) -> list[Any]:
    ky, ru = words.FINDINGS[one["kind"]]
    return [para(ky, "cell"), para(ru, "cell-2")]


def _item(one: Content) -> list[Any]:
    number = [para(f"редакция: {one['version']}", "cell-2")] if one.get("version") else []
    return [para(one["item"] or wording.NOTHING, "cell"), *number]


def _reason(one: Content) -> list[Any]:
    """The reason, and the key only where it was changed: the paper says what is right from now on."""
    changed = [para(f"{' / '.join(ACCEPTED[one['kind']])}: {answer}", "cell") for answer in one["accepted"] or ()]
    return [*(para(line, "cell") for line in one["reason"].splitlines() if line.strip()), *changed]


def _ballot(vote: Content) -> list[Any]:
    return [para(vote["name"], "cell"), words.OUTCOMES[vote["outcome"]]]


def _dissents(votes: Sequence[Content]) -> list[Any]:
    story: list[Any] = []
    for vote in votes:
        if vote["dissent"]:
            head = para(f"{' / '.join(DISSENT)}: {vote['name']}", "head")
            lines = words.quoted(f"«{vote['dissent']}»")
            story += [Spacer(0, 6), KeepTogether([head, Spacer(0, 2), lines[0]]), *lines[1:]]
    return story


def _outcome(outcome: str) -> Table:
    ky, ru = (text[:1].upper() + text[1:] for text in words.OUTCOMES[outcome])
    table = Table([[[para(ky, "statement"), para(ru, "statement-2")]]], colWidths=[BODY])
    table.setStyle(TableStyle([*BARE, ("LINEABOVE", (0, 0), (-1, 0), 1.6, GOLD), ("TOPPADDING", (0, 0), (-1, -1), 5)]))
    return table


def _consequences(content: Content) -> list[Any]:
    kinds = {one["kind"] for one in content["findings"]}
    said: list[Pair] = []
    if content["outcome"] == "dismissed" or not kinds - {"agrees"}:
        said.append(UNCHANGED)
    else:
        if kinds & {"wrong_key", "several_right", "void"}:
            said.append(FOR_EVERYBODY)
        if "recording_fault" in kinds:
            said.append(RECORDED_ANEW)
    said.append(KEPT)
    story: list[Any] = []
    for ky, ru in said:
        story += [Spacer(0, 5), para(ky, "body"), para(ru, "body-2")]
    return story


def _given(content: Content, given: Sequence[Content]) -> list[Any]:
    if not given:
        return [para(" / ".join(NOT_SIGNED), "body")]
    rows = [
        [para(one["name"], "cell"), words.ROLES[one["role"]], words.local(content, one["signed_at"])] for one in given
    ]
    return [grid(SIGNATURES, rows), Spacer(0, 4), para(SIGNED_ANEW[0], "note"), para(SIGNED_ANEW[1], "note")]


def _lines(content: Content) -> Table:
    commission = content["commission"]
    present = [one for one in commission["members"] if not isinstance(one, Mapping) or one.get("is_present", True)]
    people = [_name(commission["chair"]), *map(_name, present), content["name"]]
    roles = [words.CHAIR, *[words.MEMBER] * len(present), words.RECEIVED]
    return signatures(roles, wording.SIGN, dict(enumerate(people)))


def _name(one: Any) -> str:
    return str(one["name"] if isinstance(one, Mapping) else one)
