"""The candidate's test protocol (¶24, 26): what was sat, the score, the statement, and how to verify the paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, Spacer, Table, TableStyle

from core.pdf.blocks import BARE, Column, Fact, Pair, Scale, beside, facts, grid, signatures
from core.pdf.page import render
from core.pdf.proof import proof
from core.pdf.style import BODY, GOLD, LINE, pair, para, style
from core.pdf.text import SERIF_BOLD, markup, width
from regulation import law
from testing_center.documents import hall, wording
from testing_center.documents.wording import Content, both

TITLE: Pair = ("Тестирлөөнүн протоколу", "Протокол тестирования")
RIGHT_TO_APPEAL: Pair = (
    "Жыйынтык менен макул болбосоңуз, техникалык апелляцияга арызды тестирлөө өткөрүлгөн жерде, ал аяктагандан кийин "
    "бир сааттын ичинде жеке өзүңүз тариздей аласыз (Жобонун 33-пункту).",
    "Если Вы не согласны с результатом, Вы вправе лично оформить заявление на техническую апелляцию по месту "
    "тестирования в течение одного часа после его завершения (п. 33 Положения).",
)
ONE_YEAR_BAR: Pair = (
    "Босого баллды топтой албаган талапкер 1 жылдан кийин гана конкурска кайрадан катышууга укуктуу (Жобонун "
    "28-пункту). Катышууга мүмкүн болгон күн: {date}.",
    "Кандидат, не набравший порогового балла, вправе повторно участвовать в конкурсе только через 1 год (п. 28 "
    "Положения). Участие возможно с: {date}.",
)
# A version after a correction says what it takes the place of and why.
CORRECTED: Pair = (
    "Бул протокол баллдар кайра эсептелгенден кийин берилди: ачкычты оңдоо № {number}, Сиздин тестиңиздеги суроолор: "
    "{questions}. Буга чейинки редакция: {version}, андагы балл: {score}. Ал редакция мындан ары колдонулбайт.",
    "Этот протокол выдан после пересчёта баллов: исправление ключа № {number}, вопросы в Вашем тесте: {questions}. "
    "Предыдущая редакция: {version}, балл в ней: {score}. Та редакция больше не действует.",
)
CORRECTED_ANSWER: Pair = (
    "Бул протокол баллдар кайра эсептелгенден кийин берилди: оңдоо № {number}, жообуңуз туура эмес жазылган суроолор: "
    "{restated}. Буга чейинки редакция: {version}, андагы балл: {score}. Ал редакция мындан ары колдонулбайт.",
    "Этот протокол выдан после пересчёта баллов: исправление № {number}, вопросы, в которых Ваш ответ был записан "
    "неверно: {restated}. Предыдущая редакция: {version}, балл в ней: {score}. Та редакция больше не действует.",
)
CORRECTED_BOTH: Pair = (
    "Бул протокол баллдар кайра эсептелгенден кийин берилди: оңдоо № {number}, Сиздин тестиңизде ачкычы оңдолгон "
    "суроолор: {questions}; жообуңуз туура эмес жазылган суроолор: {restated}. Буга чейинки редакция: {version}, "
    "андагы балл: {score}. Ал редакция мындан ары колдонулбайт.",
    "Этот протокол выдан после пересчёта баллов: исправление № {number}, вопросы в Вашем тесте с исправленным ключом: "
    "{questions}; вопросы, в которых Ваш ответ был записан неверно: {restated}. Предыдущая редакция: {version}, балл "
    "в ней: {score}. Та редакция больше не действует.",
)
# A tie-break has no cut score of its own and brings no bar (¶29).
TIE_BREAK: Pair = (law.CURRENT.by_sum["ky"], law.CURRENT.by_sum["ru"])
SIGNERS: list[Pair] = [
    ("Тестирлөөнүн жетекчиси", "Руководитель тестирования"),
    ("Көзөмөлчү", "Дежурный по аудитории"),
    ("Протоколду алдым (талапкер)", "Протокол получил(а) (кандидат)"),
]
FIGURES: list[tuple[str, Pair]] = [
    ("cut_score", ("Босого балл", "Пороговый балл")),
    ("maximum", ("Эң жогорку мүмкүн болгон балл", "Максимальный балл")),
]
AREA_COLUMNS = [
    Column(("Тематикалык бөлүм", "Тематический раздел")),
    Column(("Суроолор", "Вопросы"), 16 * mm, "right"),
    Column(("Балл", "Баллы"), 12 * mm, "right"),
]
LEFT_WIDTH = 50 * mm
FIGURE = style("statement").clone("figure", fontSize=34, leading=34)


def draw(content: Content, content_digest: str) -> bytes:
    """The protocol as an A4 PDF in Kyrgyz and Russian; the same content gives the same bytes.

    ``content`` is the stored JSON of the protocol (times RFC 3339 UTC, shown in ``sitting.time_zone``);
    ``content_digest`` its SHA-256 in hexadecimal.
    """
    is_main = content["statement"] is not None
    foot = f"№ {content['number']}  ·  редакция: {content['version']}  ·  {content['verification']['code']}"
    story = [
        *wording.opening_lines(content, TITLE, _edition(content)),
        facts(_particulars(content)),
        Spacer(0, 4),
        _result(content["result"], FIGURES if is_main else FIGURES[1:]),
        Spacer(0, 3),
        # Together: nobody signs, and nobody checks, a page that does not say what is signed and checked.
        KeepTogether(
            [
                _statement(content["statement"] or dict(zip(("ky", "ru"), TIE_BREAK, strict=True)), quoted=is_main),
                *_notes(content),
                Spacer(0, 3),
                _proof(content, content_digest),
                Spacer(0, 3),
                signatures(SIGNERS, wording.SIGN),
            ]
        ),
    ]
    return render(wording.paper(content, TITLE, foot=foot), story)


def _edition(content: Content) -> list[str]:
    issued = wording.moment(content["issued_at"], content["sitting"]["time_zone"], seconds=False)
    lines = [f"Берилди / Выдан: {issued}  ·  Редакциясы / Редакция: {content['version']}"]
    before = content["supersedes"]
    if before:
        lines.append(f"Ордуна / Взамен: № {before['number']}, редакция: {before['version']}")
    return lines


def _particulars(content: Content) -> list[Fact]:
    person, contest, sitting = content["candidate"], content["competition"], content["sitting"]
    attempt, zone = content["attempt"], content["sitting"]["time_zone"]
    starts = wording.moment(sitting["starts_at"], zone, seconds=False)
    room, seat = sitting["room"], sitting["seat"]
    where: Pair = (f"аудитория: {room}, орун: {seat}", f"аудитория: {room}, место: {seat}")
    return [
        Fact(("Талапкер", "Кандидат"), person["name"], "name", wide=True),
        Fact(("Ачык номери", "Открытый номер"), person["number"], "strong"),
        Fact(("Конкурстун номери", "Номер конкурса"), contest["number"], "strong"),
        Fact(("Бош кызмат орду", "Вакантная должность"), both(contest, "post"), wide=True),
        Fact(("Мектеп", "Школа"), both(contest, "school"), wide=True),
        Fact(wording.PLACE, wording.joined([wording.place(sitting), where]), wide=True),
        Fact(wording.SITTING, [para(f"№ {sitting['number']}"), para(starts, "value-2")]),
        Fact(("Тесттин тили", "Язык теста"), _languages(attempt["languages"])),
        Fact(("Тест", "Тест"), _test(content["test"]), wide=True),
        Fact(("Башталышы, аягы", "Начало, окончание"), _duration(attempt, zone), wide=True),
        *_given(attempt.get("given", ())),
    ]


def _given(rows: Sequence[Content]) -> list[Fact]:
    """Time beyond that of the form; of a test that had none the paper says nothing."""
    return [Fact(("Кошумча убакыт", "Дополнительное время"), hall.given(rows), wide=True)] if rows else []


def _duration(attempt: Content, zone: str) -> Pair:
    started, ended = wording.moment(attempt["started_at"], zone), wording.moment(attempt["ended_at"], zone)
    if started[:10] == ended[:10]:  # the same day is said once
        ended = ended[12:]
    span = f"{started} – {ended}"
    return wording.joined(
        [(span, span), wording.zone_name(zone, attempt["started_at"]), wording.END_KINDS[attempt["end_kind"]]], "; "
    )


def _languages(codes: Sequence[str]) -> Pair:
    return wording.joined([wording.LANGUAGES[code] for code in codes])


def _test(test: Content) -> Pair:
    variant = f"вариант: {test['form_variant']}"
    return wording.joined([both(test, "title"), (variant, variant), wording.measure(test)])


def _result(result: Content, figures_shown: Sequence[tuple[str, Pair]]) -> Table:
    figure = Paragraph(markup(result["score"]), FIGURE)
    score = Table([[figure, pair(("топтолгон балл", "набранный балл"), "value")]],
                  colWidths=[width([result["score"]], SERIF_BOLD, FIGURE.fontSize) + 9, None])  # fmt: skip
    score.setStyle(TableStyle([*BARE, ("VALIGN", (0, 0), (-1, -1), "BOTTOM"), ("BOTTOMPADDING", (1, 0), (1, 0), 2)]))
    figures = Table(
        [[pair(label, "value"), para(result[key], "strong", "right")] for key, label in figures_shown],
        colWidths=[LEFT_WIDTH - 10 * mm, 10 * mm],
    )
    figures.setStyle(TableStyle([
        *BARE, ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4),
        ("LINEABOVE", (0, 0), (-1, -1), 0.4, LINE),
    ]))  # fmt: skip
    scale = Scale(result["score"], result["cut_score"], result["maximum"], LEFT_WIDTH)
    gap = 6 * mm
    areas = grid(AREA_COLUMNS, [[both(area, "name"), area["items"], _points(area)] for area in result["areas"]],
                 length=BODY - LEFT_WIDTH - gap)  # fmt: skip
    return beside([score, Spacer(0, 7), scale, Spacer(0, 6), figures], [areas], LEFT_WIDTH, gap)


def _points(area: Content) -> object:
    """Points of a subject area, with the most that there are where a question gives more than one."""
    return f"{area['points']} / {area['maximum']}" if "maximum" in area else area["points"]


def _statement(statement: Content, *, quoted: bool) -> Table:
    """Verbatim, and therefore in quotation marks (¶26)."""
    ky, ru = (f"«{statement[language]}»" if quoted else statement[language] for language in ("ky", "ru"))
    words = [para(ky, "statement"), para(ru, "statement-2")] if quoted else [para(ky, "strong"), para(ru, "value-2")]
    table = Table([[words]], colWidths=[BODY])
    table.setStyle(TableStyle([*BARE, ("LINEABOVE", (0, 0), (-1, 0), 1.6, GOLD), ("TOPPADDING", (0, 0), (-1, -1), 5)]))
    return table


def _notes(content: Content) -> list[Any]:
    """What else the candidate is told; an hour for appeals runs from the test, so a corrected version names none."""
    notes, correction, returns_on = [RIGHT_TO_APPEAL], content.get("correction"), content["result"]["may_return_on"]
    if correction:
        before, restated = content["supersedes"], correction.get("restated", [])
        facts_of = {
            "number": correction["number"], "questions": ", ".join(map(str, correction["questions"])),
            "restated": ", ".join(map(str, restated)), "version": before["version"], "score": before["score"],
        }  # fmt: skip
        words = (CORRECTED_BOTH if correction["questions"] else CORRECTED_ANSWER) if restated else CORRECTED
        notes = [(words[0].format(**facts_of), words[1].format(**facts_of))]
    if returns_on:
        on = wording.day(returns_on)
        notes.insert(0, (ONE_YEAR_BAR[0].format(date=on), ONE_YEAR_BAR[1].format(date=on)))
    ky, ru = (" ".join(pair[language] for pair in notes) for language in (0, 1))
    return [Spacer(0, 3), beside([para(ky, "note")], [para(ru, "note")], BODY / 2 - 3 * mm)]


def _proof(content: Content, content_digest: str) -> Table:
    check, audit = content["verification"], content["audit"]
    rows = [
        (wording.FORM_DIGEST, content["test"]["form_digest"]), (wording.CONTENT_DIGEST, content_digest),
        (wording.chain_entry(audit["entry"]), audit["head"]),
    ]  # fmt: skip
    return proof(rows, wording.VERIFICATION_CODE, check["code"], check["url"])
