"""The opening sheet of a sitting: the sealed forms and their digests before anybody has seen a question."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import KeepTogether, Spacer

from core.pdf.blocks import Fact, Pair, facts, signatures
from core.pdf.page import render
from core.pdf.style import para
from testing_center.documents import wording
from testing_center.documents.wording import Content, both

TITLE: Pair = ("Сеансты ачуу баракчасы", "Лист открытия сеанса тестирования")
FORMS: Pair = ("Мөөрлөнгөн варианттар жана контролдук суммалары", "Опечатанные варианты и контрольные суммы")
PROOF: Pair = ("Ачылган учурдагы жазуулар", "Записи на момент открытия")
WHAT_IT_PROVES: Pair = (
    "Варианттардын контролдук суммалары сеанс ачылганга чейин бекитилген. Талапкер тестти баштаардан мурун экрандан, "
    "андан кийин протоколдон ошол эле сумманы көрөт: алар дал келсе, суроолор да, тесттин ачкычтары да "
    "өзгөртүлгөн эмес.",
    "Контрольные суммы вариантов зафиксированы до открытия сеанса. Ту же сумму кандидат видит на экране перед началом "
    "теста, а затем в протоколе: если они совпадают, ни вопросы, ни ключи теста не изменялись.",
)


def draw(content: Content, content_digest: str) -> bytes:
    """The opening sheet as an A4 PDF; the same content gives the same bytes.

    ``content_digest`` is the content's SHA-256 in hexadecimal.
    """
    story: list[Any] = [
        *wording.opening_lines(content, TITLE),
        facts(_particulars(content)),
        *wording.section(FORMS),
        facts(wording.form_facts(content["forms"])),
        Spacer(0, 6),
        para(WHAT_IT_PROVES[0], "note"),
        Spacer(0, 2),
        para(WHAT_IT_PROVES[1], "note"),
        KeepTogether(
            [
                *wording.section(PROOF),
                facts(wording.proof_facts(content, content_digest)),
                Spacer(0, 16),
                signatures(*wording.signers(content["signers"]), per_row=2),
            ]
        ),
    ]
    return render(wording.paper(content, TITLE), story)


def _particulars(content: Content) -> list[Fact]:
    sitting, test = content["sitting"], content["test"]
    zone = sitting["time_zone"]
    starts = wording.moment(sitting["starts_at"], zone, seconds=False)
    # A tie-break test has no cut score: the sum of both tests decides (¶29).
    cut = (f"босого балл: {test['cut_score']}", f"пороговый балл: {test['cut_score']}") if test["cut_score"] else (
        "босого балл жок, баллдардын суммасы эсептелет", "без порогового балла, решает сумма баллов")  # fmt: skip
    points = (f"{cut[0]}, эң жогорку мүмкүн болгон балл: {test['maximum']}",
              f"{cut[1]}, максимальный балл: {test['maximum']}")  # fmt: skip
    return [
        Fact(wording.SITTING, f"№ {sitting['number']}", "strong"),
        Fact(("Дайындалган убакыт", "Назначенное время"),
             [para(starts), para(" / ".join(wording.zone_name(zone, sitting["starts_at"])), "value-2")]),
        Fact(wording.PLACE, wording.place(sitting), wide=True),
        Fact(("Катталды", "Зарегистрировано"), content["registered"], wide=True),
        Fact(("Тест", "Тест"), wording.joined([both(test, "title"), wording.measure(test)]), wide=True),
        Fact(("Баллдар", "Баллы"), points, wide=True),
        Fact(("Сеанс ачылды", "Сеанс открыт"), wording.act(content["opened"], zone), wide=True),
    ]  # fmt: skip
