"""The application for a technical appeal (¶33): drawn up by the candidate in person, printed and signed by hand."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import KeepTogether, Spacer

from appeals.documents import wording as words
from core.pdf.blocks import Fact, Pair, facts, signatures
from core.pdf.page import render
from core.pdf.style import para
from testing_center.documents import wording
from testing_center.documents.wording import Content

TITLE: Pair = ("Техникалык апелляцияга арыз", "Заявление на техническую апелляцию")
TO: Pair = ("Кимге", "Кому")
COMMISSION: Pair = ("Техникалык комиссияга ({department})", "В техническую комиссию ({department})")
FROM: Pair = ("Кимден (талапкер)", "От кого (кандидат)")
OWN_END: Pair = ("Тесттин аякташы", "Окончание теста")
SITTING_END: Pair = ("Сеанстын жабылышы", "Закрытие сеанса")
STILL_OPEN: Pair = ("арыз берилген учурда сеанс уланып жаткан", "на момент подачи сеанс продолжался")
UNTIL: Pair = ("Арыз берүүнүн акыркы убактысы", "Крайний срок подачи")
AT_LEAST: Pair = ("кеминде ушул убакытка чейин", "как минимум до этого времени")
FILED: Pair = ("Арыз берилген убакыт", "Время подачи")
REQUEST: Pair = (
    "Тестирлөөнүн жыйынтыгы менен макул эмесмин. Жобонун 33-пунктуна ылайык техникалык апелляцияга арыз берем жана "
    "жыйынтыктын, жооптордун жана баллдардын ылайык келишин менин көзүмчө текшерүүнү суранам.",
    "С результатом тестирования не согласен (не согласна). В соответствии с пунктом 33 Положения подаю заявление на "
    "техническую апелляцию и прошу проверить в моём присутствии соответствие результата, ответов и баллов.",
)
QUESTIONS: Pair = ("Талаш суроолордун экрандагы номерлери", "Номера оспариваемых вопросов на экране")
NO_QUESTIONS: Pair = ("аталган эмес; аларды атоо милдеттүү эмес", "не названы; называть их не обязательно")
GROUNDS: Pair = ("Апелляциянын негиздери", "Доводы апелляции")
NO_GROUNDS: Pair = (
    "Көрсөтүлгөн эмес; аларды көрсөтүү милдеттүү эмес.", "Не указаны; указывать их не обязательно.",
)  # fmt: skip
SIGNERS: list[Pair] = [
    ("Талапкер", "Кандидат"),
    ("Инсандыгын текшерген көзөмөлчү", "Дежурный, удостоверивший личность"),
]


def draw(content: Content, digest: str) -> bytes:
    """The application as an A4 PDF of as many pages as the grounds need; the same content gives the same bytes.

    ``content`` is its stored JSON (times RFC 3339 UTC, shown in ``sitting.zone``); ``digest`` its SHA-256 in hex.
    """
    issued = words.as_issued(content, content["filed_at"])
    story = [
        *wording.opening_lines(issued, TITLE, [f"Берилди / Подано: {words.local(content, content['filed_at'])}"]),
        facts(_particulars(content)),
        Spacer(0, 8),
        para(REQUEST[0], "value"),
        Spacer(0, 2),
        para(REQUEST[1], "value-2"),
        *wording.section(QUESTIONS),
        para(_questions(content), "strong" if content["questions"] else "body"),
        *wording.section(GROUNDS),
        *(words.quoted(content["grounds"]) or [para(" / ".join(NO_GROUNDS), "body")]),
        KeepTogether(
            [
                Spacer(0, 12),
                signatures(SIGNERS, wording.SIGN, {0: content["name"]}, per_row=2),
                Spacer(0, 8),
                words.proof_of(content, digest),
            ]
        ),
    ]
    return render(wording.paper(issued, TITLE), story)


def _particulars(content: Content) -> list[Fact]:
    org, result, zone = content["organisation"], content["result"], words.zone_of(content)
    to = tuple(
        text.format(department=org[f"department_{language}"])
        for text, language in zip(COMMISSION, ("ky", "ru"), strict=True)
    )
    return [
        Fact(TO, to, wide=True),
        Fact(FROM, content["name"], "name", wide=True),
        Fact(words.ATTEMPT, content["attempt"], "strong"),
        Fact(words.TEST_PROTOCOL, f"№ {content['protocol']}", "strong"),
        *words.contest_facts(content),
        Fact(words.SCORE, words.points(result["score"], result["maximum"], result["cut_score"]), wide=True),
        Fact(OWN_END, words.local(content, content["ended_at"])),
        Fact(SITTING_END, words.local(content, closed) if (closed := content["sitting_closed_at"]) else STILL_OPEN),
        Fact(UNTIL, _until(content)),
        Fact(FILED, [para(words.local(content, content["filed_at"]), "strong"),
                     para(" / ".join(wording.zone_name(zone, content["filed_at"])), "value-2")]),
        *wording.law_facts(content),
    ]  # fmt: skip


def _until(content: Content) -> Any:
    until = words.local(content, content["until"])
    if not content["is_at_least"]:
        return until
    return [para(until), para(AT_LEAST[0], "value-2"), para(AT_LEAST[1], "value-2")]


def _questions(content: Content) -> str:
    return ", ".join(map(str, content["questions"])) or " / ".join(NO_QUESTIONS)
