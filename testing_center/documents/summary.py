"""The summary protocol of a sitting: every public number with its score, incidents, forms, the head of the chain.

It bears no name of a candidate and no seat: beside the seating plan a seat would be a name.
"""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer

from core.pdf.blocks import Column, Digest, Fact, Pair, facts, figures, grid, signatures
from core.pdf.page import render
from core.pdf.style import pair, para
from testing_center.documents import hall, wording
from testing_center.documents.wording import Content, both

TITLE: Pair = ("Сеанстын жыйынтык протоколу", "Сводный протокол сеанса тестирования")
COUNTS: list[tuple[str, Pair]] = [
    ("registered", ("Катталды", "Зарегистрировано")),
    ("present", ("Келди", "Явились")),
    ("absent", ("Келген жок", "Не явились")),
    ("started", ("Баштады", "Начали")),
    ("ended", ("Аяктады", "Завершили")),
    ("meets", ("Жооп берет", "Соответствуют")),
    ("does_not_meet", ("Жооп бербейт", "Не соответствуют")),
]
BY_CUT_SCORE = {"meets", "does_not_meet"}
ATTEMPTS: Pair = ("Талапкерлердин жыйынтыктары", "Результаты кандидатов")
INCIDENTS: Pair = ("Өзгөчө жагдайлар", "Нештатные ситуации")
NO_INCIDENTS: Pair = ("Өзгөчө жагдай катталган жок.", "Нештатных ситуаций не зарегистрировано.")
NO_ATTEMPTS: Pair = ("Тестти баштаган талапкер жок.", "Ни один кандидат не начал тест.")
FORMS: Pair = ("Тесттин варианттары жана контролдук суммалары", "Варианты теста и контрольные суммы")
PRINTED_FOR_SIGNATURE: Pair = (
    "Бул протокол кол коюу үчүн кагазга басылды. Ушул жерде көрсөтүлгөн жазуунун контролдук суммасы кол коюлган "
    "кагазда калат: журналдагы мурунку жазуулар кийин өзгөртүлсө, алар бул суммага дал келбей калат.",
    "Протокол распечатан для собственноручного подписания. Указанная здесь контрольная сумма записи остаётся на "
    "подписанной бумаге: если более ранние записи журнала будут изменены, они перестанут ей соответствовать.",
)
# A later version says what it takes the place of and why; the same words on paper as on a candidate's protocol.
CORRECTED: Pair = (
    "Бул протокол баллдар кайра эсептелгенден кийин берилди: {what} № {number}, тесттин варианты: {variant}{ky}. Баллы "
    "өзгөргөн талапкерлердин мурунку баллы да көрсөтүлдү.",
    "Этот протокол выдан после пересчёта баллов: {what} № {number}, вариант теста: {variant}{ru}. У кандидатов, "
    "чей балл изменился, указан и прежний балл.",
)
OF_KEY: Pair = ("оңдоо", "исправление")
OF_ANSWER: Pair = ("талапкердин жообун калыбына келтирүү", "восстановление ответа кандидата")
PLACES: Pair = (", варианттагы суроолор: {questions}", ", вопросы варианта: {questions}")
RESTATED: Pair = (
    ", жообу калыбына келтирилген талапкердин ачык номери: {numbers}",
    ", открытый номер кандидата, чей ответ восстановлен: {numbers}",
)
ANNULLED: Pair = (
    "Сеанстын жыйынтыктары жараксыз деп табылды, төмөндөгү баллдар эсепке алынбайт. Себеби: {reason}",
    "Результаты сеанса признаны недействительными, приведённые ниже баллы не учитываются. Причина: {reason}",
)
BEFORE: Pair = ("мурда", "было")
ATTEMPT_COLUMNS = [
    Column(("№", "№"), 8 * mm, "right"),
    Column(("Ачык номери", "Открытый номер")),
    Column(("Вариант", "Вариант"), 14 * mm),
    Column(("Башталышы", "Начало"), 19 * mm),
    Column(("Аягы", "Окончание"), 17 * mm),
    Column(("Аяктаган", "Завершён"), 22 * mm),
    Column(("Балл", "Баллы"), 23.5 * mm, "right"),
    Column(("Квалификациялык талаптарга", "Квалификационным требованиям"), 45 * mm),
]
INCIDENT_COLUMNS = [
    Column(("Убакыт", "Время"), 16 * mm),
    Column(("Түрү", "Вид"), 42 * mm),
    Column(("Мазмуну", "Содержание")),
]
PLACED_INCIDENTS = [Column(("№", "№"), 12 * mm), *INCIDENT_COLUMNS]
NUMBERED_INCIDENTS = [Column(("Ачык номери", "Открытый номер"), 28 * mm), *INCIDENT_COLUMNS]
ENDS: dict[str, str] = {"submitted": "өзү / сам", "deadline": "убакыт / время", "staff": "кызматкер / персонал"}
REFUSED: Pair = ("Киргизилген жок", "Не допущены")


def draw(content: Content, content_digest: str) -> bytes:
    """The summary protocol as a PDF of as many A4 pages as it needs; the same content gives the same bytes.

    Rows stand in the order given. ``content_digest`` is the content's SHA-256 in hexadecimal.
    """
    zone, has_cut_score = content["sitting"]["time_zone"], bool(content["test"]["cut_score"])
    story = [
        *wording.opening_lines(content, TITLE, _edition(content)),
        *_reason(content),
        facts(_particulars(content)),
        Spacer(0, 9),
        *_counts(content, has_cut_score=has_cut_score),
        *wording.section(ATTEMPTS),
        _attempts(content["attempts"], zone, has_cut_score=has_cut_score),
        CondPageBreak(30 * mm),
        *wording.section(INCIDENTS),
        _incidents(content["incidents"], zone),
        *hall.sections(content.get("hall"), zone),
        KeepTogether([*wording.section(FORMS), facts(wording.form_facts(content["forms"]))]),
        # Together, so that nobody signs a page with nothing on it but the signatures.
        KeepTogether([*_proof(content, content_digest), signatures(*wording.signers(content["signers"]), per_row=2)]),
    ]
    foot = f"№ {content['number']}  ·  редакция: {content['version']}"
    return render(wording.paper(content, TITLE, foot=foot), story)


def _counts(content: Content, *, has_cut_score: bool) -> list[Any]:
    """The figures; of a sitting whose hall is on record also how many were not let in, who came above who sat."""
    shown = [(key, label) for key, label in COUNTS if key not in BY_CUT_SCORE or has_cut_score]
    if "hall" not in content:
        return [figures([(label, content["counts"][key]) for key, label in shown])]
    shown.insert(3, ("refused", REFUSED))
    came, sat = ([(label, content["counts"][key]) for key, label in row] for row in (shown[:4], shown[4:]))
    return [figures(came), Spacer(0, 2), figures(sat)]


def _edition(content: Content) -> list[str]:
    issued = wording.moment(content["issued_at"], content["sitting"]["time_zone"], seconds=False)
    lines = [f"Берилди / Выдан: {issued}  ·  Редакциясы / Редакция: {content['version']}"]
    before = content.get("supersedes")
    if before:
        lines.append(f"Ордуна / Взамен: № {before['number']}, редакция: {before['version']}")
    return lines


def _reason(content: Content) -> list[Any]:
    """Why there is another version, before everything else."""
    correction, annulment = content.get("correction"), content.get("annulment")
    if annulment:
        said = [line.format(reason=annulment["reason"]) for line in ANNULLED]
    elif correction:
        said = _corrected(correction)
    else:
        return []
    return [*pair((said[0], said[1]), "body"), Spacer(0, 6)]


def _corrected(correction: Content) -> list[str]:
    """A correction of the form, or of single answers, or of both, as what it is."""
    restated = ", ".join(correction.get("restated", ()))
    listed = ", ".join(map(str, correction["questions"]))
    what = OF_KEY if listed else OF_ANSWER
    ky, ru = (
        (places.format(questions=listed) if listed else "") + (answers.format(numbers=restated) if restated else "")
        for places, answers in zip(PLACES, RESTATED, strict=True)
    )
    facts_of = {"number": correction["number"], "variant": correction["form_variant"], "ky": ky, "ru": ru}
    return [line.format(what=name, **facts_of) for line, name in zip(CORRECTED, what, strict=True)]


def _particulars(content: Content) -> list[Fact]:
    sitting, test = content["sitting"], content["test"]
    zone = sitting["time_zone"]
    starts = wording.moment(sitting["starts_at"], zone, seconds=False)
    return [
        Fact(wording.SITTING, f"№ {sitting['number']}", "strong"),
        Fact(("Дайындалган убакыт", "Назначенное время"),
             [para(starts), para(" / ".join(wording.zone_name(zone, sitting["starts_at"])), "value-2")]),
        Fact(wording.PLACE, wording.place(sitting), wide=True),
        Fact(("Тест", "Тест"), wording.joined([both(test, "title"), wording.measure(test)]), wide=True),
        Fact(("Сеанс ачылды", "Сеанс открыт"), wording.act(content["opened"], zone), wide=True),
        Fact(("Сеанс жабылды", "Сеанс закрыт"), wording.act(content["closed"], zone), wide=True),
    ]  # fmt: skip


def _attempts(attempts: list[Content], zone: str, *, has_cut_score: bool) -> Any:
    if not attempts:
        return para(" / ".join(NO_ATTEMPTS), "body")
    rows = [
        [
            str(index),
            row["number"],
            row["form_variant"] or wording.NOTHING,
            wording.clock(row["started_at"], zone),
            wording.clock(row["ended_at"], zone),
            ENDS[row["end_kind"]] if row["end_kind"] else wording.NOTHING,
            _score(row),
            " / ".join(wording.OUTCOMES[row["outcome"]]) if row["outcome"] else wording.NOTHING,
        ]
        for index, row in enumerate(attempts, start=1)
    ]
    if not has_cut_score:  # a tie-break test: the sum of both tests decides, nothing of ¶26 is stated
        return grid(ATTEMPT_COLUMNS[:-1], [row[:-1] for row in rows])
    return grid(ATTEMPT_COLUMNS, rows)


def _score(row: Content) -> Any:
    if row["score"] is None:
        return wording.NOTHING
    score = f"{row['score']} / {row['maximum']}"
    if row.get("before") is None:
        return score
    return [para(score, "cell", "right"), para(f"{' / '.join(BEFORE)}: {row['before']}", "cell-2", "right")]


def _incidents(incidents: list[Content], zone: str) -> Any:
    if not incidents:
        return para(" / ".join(NO_INCIDENTS), "body")
    rows = [[wording.clock(row["at"], zone), both(row, "kind"), para(row["text"], "cell")] for row in incidents]
    if "place" in incidents[0]:
        return grid(
            PLACED_INCIDENTS, [[f"И-{row['place']}", *cells] for row, cells in zip(incidents, rows, strict=True)]
        )
    numbers = [row["number"] or wording.NOTHING for row in incidents]  # as protocols had them that are closed already
    return grid(NUMBERED_INCIDENTS, [[number, *cells] for number, cells in zip(numbers, rows, strict=True)])


def _proof(content: Content, content_digest: str) -> list[Any]:
    return [
        *wording.section(wording.DIGESTS),
        facts([*wording.proof_facts(content, content_digest), *_superseded(content)]),
        Spacer(0, 5),
        para(PRINTED_FOR_SIGNATURE[0], "note"),
        Spacer(0, 2),
        para(PRINTED_FOR_SIGNATURE[1], "note"),
        Spacer(0, 12),
    ]


def _superseded(content: Content) -> list[Fact]:
    """The paper whose place this one takes: what it bears, so that it is known again."""
    before = content.get("supersedes")
    if not before:
        return []
    ky, ru = wording.chain_entry(before["entry"])
    label = (f"Мурунку редакция: {before['version']}. {ky}", f"Прежняя редакция: {before['version']}. {ru}")
    return [Fact(label, [Digest(before["digest"])], wide=True)]
