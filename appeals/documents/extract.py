"""An extract of a hearing's protocol for those whom its correction concerns and who were not there (¶27, 35).

It names nobody: the candidate by the public number alone, the commission by its act, votes by their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer, Table

from appeals.documents import wording as words
from appeals.documents.protocol import ACCEPTED
from core.pdf.blocks import Column, Fact, Pair, facts, grid
from core.pdf.page import render
from core.pdf.proof import proof
from core.pdf.style import para
from core.pdf.text import grouped
from testing_center.documents import wording
from testing_center.documents.wording import Content

TITLE: Pair = ("Протоколдон көчүрмө", "Выписка из протокола")  # which protocol, the first line below says
ABOUT: Pair = (
    "Техникалык комиссиянын төмөнкү тыянагы боюнча ушул вариантты тапшырган бардык талапкерлердин баллдары кайра "
    "эсептелген. Арыз ээси ачык номери менен гана аталды; тыянактын негиздемеси толук протоколдо.",
    "По приведённому ниже выводу технической комиссии пересчитаны баллы всех кандидатов, сдававших этот вариант. "
    "Заявитель назван только открытым номером; обоснование вывода — в полном протоколе.",
)
PROTOCOL: Pair = ("Арызды кароонун протоколу", "Протокол рассмотрения заявления")
APPEAL: Pair = ("Арыз", "Заявление")
DECIDED: Pair = ("Чечим чыгарылган убакыт", "Время решения")
COMMISSION: Pair = ("Техникалык комиссияны бекиткен акт", "Акт об утверждении технической комиссии")
CORRECTION: Pair = ("Оңдоо", "Исправление")
APPLIED: Pair = ("Колдонулган убактысы", "Время применения")
FORM: Pair = ("Вариант", "Вариант")
DECISION: Pair = ("Комиссиянын чечими", "Решение комиссии")
VOTES: Pair = ("Добуштар", "Голоса")
FINDINGS: Pair = ("Оңдоого негиз болгон тыянак", "Вывод, послуживший основанием исправления")
DIGEST: Pair = ("Толук протоколдун контролдук суммасы", "Контрольная сумма полного протокола")
COLUMNS = [
    Column(("Варианттагы орду", "Место в варианте"), 24 * mm, "right"),
    Column(("Тесттик суроо", "Тестовый вопрос"), 26 * mm),
    Column(("Тыянак", "Вывод"), 46 * mm),
    Column(("Эмне туура", "Что верно")),
]


def draw(content: Content) -> bytes:
    """The extract as an A4 PDF; the same content gives the same bytes.

    ``content``: ``number``, ``appeal``, ``attempt``, ``commission``, ``sitting``, ``form``, ``outcome``,
    ``decided_at``, ``law``, ``organisation`` and ``demo`` as the protocol has them; ``digest`` of the whole protocol;
    ``findings`` with their ``place`` in the form; ``votes``: how many for each outcome; ``correction``: ``number``,
    ``applied_at``.
    """
    issued = words.as_issued(content, content["correction"]["applied_at"])
    story = [
        *wording.opening_lines(issued, TITLE),
        facts(_particulars(content)),
        Spacer(0, 6),
        para(ABOUT[0], "body"),
        Spacer(0, 2),
        para(ABOUT[1], "body-2"),
        *wording.section(FINDINGS),
        grid(COLUMNS, [_row(one) for one in sorted(content["findings"], key=lambda one: one["place"])]),
        *wording.section(DECISION),
        facts(
            [
                Fact(DECISION, _capital(words.OUTCOMES[content["outcome"]]), wide=True),
                Fact(VOTES, _votes(content["votes"]), wide=True),
            ]
        ),
        KeepTogether([Spacer(0, 12), _proof(content)]),
    ]
    return render(wording.paper(issued, TITLE), story)


def _proof(content: Content) -> Table:
    """The digest of the whole protocol, in words and as a QR code; its verification code would tell initials."""
    digest = content["digest"]
    short, told = grouped(digest[:8]).upper(), f"№ {content['number']} SHA-256 {digest}"
    return proof([(DIGEST, digest)], words.BEGINS, short, told)


def _particulars(content: Content) -> list[Fact]:
    done, act, form = content["correction"], content["commission"], content["form"]
    return [
        Fact(PROTOCOL, f"№ {content['number']}", "strong"),
        Fact(APPEAL, f"№ {content['appeal']}", "strong"),
        Fact(words.ATTEMPT, content["attempt"], "strong"),
        Fact(DECIDED, words.local(content, content["decided_at"])),
        Fact(wording.SITTING, f"№ {content['sitting']['number']}"),
        Fact(COMMISSION, f"№ {act['act_number']}, {wording.day(act['act_on'])}"),
        Fact(CORRECTION, f"№ {done['number']}", "strong"),
        Fact(APPLIED, words.local(content, done["applied_at"])),
        Fact(FORM, str(form["variant"])),
        *wording.law_facts(content),
    ]


def _row(one: Content) -> list[Any]:
    ky, ru = words.FINDINGS[one["kind"]]
    right = [para(f"{' / '.join(ACCEPTED[one['kind']])}: {answer}", "cell") for answer in one["accepted"] or ()]
    return [
        one["place"], [para(one["item"] or wording.NOTHING, "cell"), para(f"редакция: {one['version']}", "cell-2")],
        [para(ky, "cell"), para(ru, "cell-2")],
        right or wording.NOTHING,
    ]  # fmt: skip


def _votes(votes: Content) -> Sequence[str]:
    """How many voted for what, in both languages."""
    said = [words.OUTCOMES[outcome] for outcome in votes]
    counts = list(votes.values())
    ky, ru = ("; ".join(f"{pair[language]}: {n}" for pair, n in zip(said, counts, strict=True)) for language in (0, 1))
    return ky, ru


def _capital(pair: Pair) -> Pair:
    ky, ru = (text[:1].upper() + text[1:] for text in pair)
    return ky, ru
