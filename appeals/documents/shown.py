"""What a hearing's protocol says of its times and of the key on the screen: who was there, from when to when (¶35)."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm

from appeals.documents import wording as words
from core.pdf.blocks import Column, Pair, grid
from core.pdf.style import para
from testing_center.documents import wording
from testing_center.documents.wording import Content

NOT_SHOWN: Pair = ("Тесттин ачкычтары көрсөтүлгөн эмес.", "Ключи теста не предъявлялись.")
BY_ITSELF: Pair = ("система, убакыты бүткөндө", "система, по истечении времени")
EARLIER: Pair = ("Буга чейинки кароолор", "Заседания до этого")
ADJOURNED: Pair = ("жылдырылды", "отложено")
VIEWINGS = [
    Column(("Кимге көрсөтүлдү", "Кому предъявлены")),
    Column(("Башталышы", "Начало"), 30 * mm),
    Column(("Аягы", "Окончание"), 30 * mm),
    Column(("Ким аяктады", "Кто завершил"), 36 * mm),
]


def viewings(content: Content) -> list[Any]:
    """A row a viewing: to whom the key was shown, from when to when, who ended it."""
    shown = content["hearing"]["viewings"]
    if not shown:
        return [para(" / ".join(NOT_SHOWN), "body")]
    rows = [
        [_shown_to(one, content), words.local(content, one["begun_at"]),
         words.local(content, one["ended_at"]) if one["ended_at"] else wording.NOTHING,
         para(one["ended_by"] or " / ".join(BY_ITSELF), "cell")]
        for one in shown
    ]  # fmt: skip
    return [grid(VIEWINGS, rows)]


def _shown_to(one: Content, content: Content) -> list[Any]:
    """Who was there: the members, then the candidate with the document; who showed the key, where no more was noted."""
    if "present" not in one:
        return [para(one["name"], "cell")]
    candidate = f"{' / '.join(words.APPLICANT)}: {content['name']} ({one['presence_note']})"
    return [para("; ".join(one["present"]), "cell"), para(candidate, "cell-2")]


def earlier(content: Content) -> list[Any]:
    """Earlier times in which the hearing was open, and why it was adjourned."""
    return [
        para(
            f"{words.local(content, one['opened_at'])} – {words.local(content, one['closed_at'])}"
            + (f" ({' / '.join(ADJOURNED)}: {one['reason']})" if one["reason"] else ""), "value-2",
        )
        for one in content["hearing"].get("earlier", ())
    ]  # fmt: skip
