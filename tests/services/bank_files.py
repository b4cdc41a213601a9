"""Questions and files of questions for tests of the bank."""

from __future__ import annotations

from dataclasses import replace

from question_bank.exchange.drafts import ItemDraft, OptionDraft
from question_bank.exchange.formats import FORMATS


def draft(external_id: str = "LAW-001", **changed: object) -> ItemDraft:
    """A question that may be taken, with something changed."""
    whole = ItemDraft(
        external_id=external_id, subject_area="law", sub_topic="documents", difficulty=3,
        stem_ky=f"{external_id}: программаны ким бекитет?", stem_ru=f"{external_id}: кто утверждает программу?",
        options=(OptionDraft("Кеңеш", "Совет"), OptionDraft("Орган", "Орган власти"), OptionDraft("Мектеп", "Школа")),
        key=(1,), source="Жобо, 38-пункт", author="Ж. Үсөнова", enemies=(),
    )  # fmt: skip
    return replace(whole, **changed)  # type: ignore[arg-type]


def xlsx(*drafts: ItemDraft) -> bytes:
    """A workbook with these questions."""
    return FORMATS["xlsx"].write(drafts)
