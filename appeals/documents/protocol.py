"""The protocol of a hearing (¶35): who sat, what was shown, what was found, how it was decided, who signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer, Table, TableStyle

from appeals.documents import application, people
from appeals.documents import wording as words
from appeals.documents.shown import EARLIER, earlier, viewings
from core.pdf.blocks import BARE, Column, Digest, Fact, Pair, facts, grid
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
CHECKED: Pair = ("Жыйынтыктын, жооптордун жана баллдардын ылайык келиши", "Соответствие результата, ответов и баллов")
FINDINGS: Pair = ("Талаш суроолор боюнча тыянак", "Вывод по оспариваемым вопросам")
ACCEPTED = {
    "wrong_key": ("Туура жооп", "Верный ответ"),
    "several_right": ("Ошондой эле туура жооп", "Также верный ответ"),
}
RESTATED: Pair = ("Жазылганы: {recorded}; эсепке алынат: {counts}", "Записано: {recorded}; засчитывается: {counts}")
NO_ANSWER: Pair = ("жооп жок", "нет ответа")
NO_FINDINGS: Pair = ("Айрым суроолор талашылган эмес.", "Отдельные вопросы не оспаривались.")
VOTES: Pair = ("Добуш берүү", "Голосование")
DISSENT: Pair = ("Өзгөчө пикир", "Особое мнение")
DECISION: Pair = ("Комиссиянын чечими", "Решение комиссии")
SIGNED_BY: Pair = ("Кол тамгалар", "Подписи")
SAME: Pair = ("дал келет", "совпадает")
DIFFERENT: Pair = ("ДАЛ КЕЛБЕЙТ", "НЕ СОВПАДАЕТ")
ON_FORM: Pair = (
    "Талапкерге көрсөтүлгөн варианттын контролдук суммасы",
    "Контрольная сумма варианта, показанная кандидату",
)
RECOMPUTED: Pair = ("Кароодо кайра эсептелген сумма", "Сумма, вычисленная заново на рассмотрении")
UNCHANGED: Pair = ("Тестирлөөнүн жыйынтыгы өзгөрүүсүз калат.", "Результат тестирования остаётся без изменений.")
FOR_EVERYBODY: Pair = (
    "Оңдоо ушул вариант боюнча тест тапшырган бардык талапкерлерге колдонулат: баллдар кайра эсептелет. Баллы өзгөргөн "
    "талапкерге гана жаңы жыйынтык жана мурункусун атаган жаңы протокол берилет.",
    "Исправление применяется ко всем кандидатам, сдававшим тест по этому варианту: баллы пересчитываются. Новый "
    "результат и новый протокол, в котором назван прежний, выдаются только тем, чьи баллы изменились.",
)
RECORDED_ANEW: Pair = (
    "Туура эмес жазылган жооптун ордуна комиссия белгилеген жооп эсепке алынат: ушул талапкердин баллы гана кайра "
    "эсептелет, балл өзгөрсө, мурункусун атаган жаңы протокол берилет. Жазылган жооптор өзгөртүлбөйт.",
    "Вместо ошибочно записанного ответа засчитывается ответ, установленный комиссией: пересчитывается балл только "
    "этого кандидата и, если балл изменится, выдаётся новый протокол, в котором назван прежний. Записи ответов не "
    "изменяются.",
)
KEPT: Pair = (
    "Комиссиянын материалдары 1 жыл архивде сакталат (Жобонун 36-пункту).",
    "Материалы комиссии хранятся в архиве 1 год (п. 36 Положения).",
)
# A protocol that changed a result is proof of that result (¶36, decision).
KEPT_AS_TEST: Pair = (
    "Бул протокол тестирлөөнүн протоколу менен бирдей мөөнөт, комиссиянын калган материалдары 1 жыл архивде сакталат "
    "(Жобонун 36-, 39-пункттары).",
    "Этот протокол хранится столько же, сколько протокол тестирования, остальные материалы комиссии — в архиве 1 год "
    "(п. 36, 39 Положения).",
)
FILED: Pair = ("Арыз берилген убакыт", "Время подачи заявления")
GROUNDS: Pair = ("Апелляциянын негиздери", "Доводы апелляции")
ITEMS = [
    Column(("Суроо", "Вопрос"), 15 * mm, "right"),
    Column(("Тесттик суроо", "Тестовый вопрос"), 26 * mm),
    Column(("Тыянак", "Вывод"), 52 * mm),
    Column(("Негиздеме", "Обоснование")),
]
BALLOT = [Column(("Комиссиянын мүчөсү", "Член комиссии")), Column(("Добуш", "Голос"), 92 * mm)]
LABELS = 58 * mm


def draw(content: Content, digest: str, given: Sequence[Content]) -> bytes:
    """The protocol as an A4 PDF; the same content and signatures give the same bytes.

    ``content`` is its stored JSON (times RFC 3339 UTC); ``digest`` its SHA-256 in hex, which everybody signed;
    ``given`` the electronic signatures: ``name``, ``role`` ('chair' or 'member') and ``signed_at`` of each; of one that
    cannot be given ``signed_at`` None, ``reason`` and ``document``.
    """
    issued = words.as_issued(content, content["decided_at"])
    foot = f"№ {content['number']}  ·  {content['verification']['code']}"
    story = [
        *wording.opening_lines(issued, TITLE, _under(content)),
        facts(_particulars(content)),
        *_grounds(content),
        CondPageBreak(34 * mm),
        *wording.section(COMMISSION),
        *people.seats(content),
        CondPageBreak(34 * mm),
        *wording.section(SHOWN),
        *viewings(content),
        KeepTogether([*wording.section(CHECKED), facts(_checked(content), LABELS)]),
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
                *wording.section(SIGNED_BY),
                *people.signed_by(content, given),
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
    signed_by = [one for one in given if one["signed_at"]]
    names = "; ".join(f"{one['name']} ({words.local(content, one['signed_at'])})" for one in signed_by)
    return sign_pdf(
        draw(content, digest, given), name=content["organisation"]["department_ky"], at=at,
        reason=f"№ {content['number']}, SHA-256 {digest}. Кол койгондор / Подписали: {names}",
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
        *_filed(content),
        *words.contest_facts(content),
        Fact(("Арызды кароо", "Рассмотрение заявления"),
             wording.joined([(times, times), wording.zone_name(words.zone_of(content), hearing["opened_at"])], "; "),
             wide=True),
        *([Fact(EARLIER, before, wide=True)] if (before := earlier(content)) else []),
        Fact(PRESENCE, [para(" / ".join(IN_PRESENCE)),
                        para(f"{' / '.join(IDENTITY)}: {hearing['presence_note']}", "value-2")], wide=True),
        *wording.law_facts(content),
    ]  # fmt: skip


def _filed(content: Content) -> list[Fact]:
    at = content.get("filed_at")  # protocols that were fixed before this was said of them have none
    return [Fact(FILED, words.local(content, at), wide=True)] if at else []


def _grounds(content: Content) -> list[Any]:
    """What the candidate disputes, in their own words, as the application has it."""
    if "grounds" not in content:
        return []
    questions = ", ".join(map(str, content["questions"])) or " / ".join(application.NO_QUESTIONS)
    said = words.quoted(content["grounds"]) or [para(" / ".join(application.NO_GROUNDS), "body")]
    return [
        *wording.section(GROUNDS),
        para(f"{' / '.join(application.QUESTIONS)}: {questions}", "body"), Spacer(0, 3), *said,
    ]  # fmt: skip


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
    """The reason, and the key only where it was changed: the paper says what is right, or counts, from now on."""
    changed = [para(f"{' / '.join(ACCEPTED[one['kind']])}: {answer}", "cell") for answer in one["accepted"] or ()]
    return [*(para(line, "cell") for line in one["reason"].splitlines() if line.strip()), *changed, *_counting(one)]


def _counting(one: Content) -> list[Any]:
    """Of a recording fault the answer that was recorded and the one that counts instead."""
    answers = one.get("restated")
    if not answers:
        return []
    nothing = " / ".join(NO_ANSWER)
    said = {"recorded": answers["recorded"] or nothing, "counts": answers["counts"] or nothing}
    return [para(words.format(**said), "cell") for words in RESTATED]


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
    said.append(KEPT if content["outcome"] == "dismissed" else KEPT_AS_TEST)
    story: list[Any] = []
    for ky, ru in said:
        story += [Spacer(0, 5), para(ky, "body"), para(ru, "body-2")]
    return story
