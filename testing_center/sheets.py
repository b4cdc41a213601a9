"""What a sealed form shows: read once per process, since a sealed form never changes. No key comes in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.db import db
from core.markup import text
from question_bank.kinds.base import Kind, Parts
from question_bank.kinds.registry import KINDS
from question_bank.models import FormItem, ItemVersion, SubjectArea, SubTopic, TestForm, TestSpecification
from question_bank.rules import Navigation


@dataclass(frozen=True, slots=True)
class SheetOption:
    """An option as it is shown; its id is random for each form."""

    id: str
    text: dict[str, str]


@dataclass(frozen=True, slots=True)
class SheetItem:
    """An item as it is shown; ``place`` is its place in the form, ``targets`` are what its options are matched to.

    Texts of a rich question are ``core.markup.Text``: words for lists and papers, HTML in a page.
    """

    place: int
    kind: Kind
    area: str
    stem: dict[str, str]
    options: tuple[SheetOption, ...]
    targets: tuple[SheetOption, ...]
    parts: Parts
    points: int
    is_partial: bool

    def texts(self, language: str) -> dict[str, str]:
        """Words of options and targets by their ids."""
        return {part.id: str(part.text[language]) for part in (*self.options, *self.targets)}

    def both(self) -> dict[str, str]:
        """The same in Kyrgyz and Russian."""
        return {part.id: f"{part.text['ky']} / {part.text['ru']}" for part in (*self.options, *self.targets)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as candidates see it, with the terms they are told before the start."""

    form_id: UUID
    variant: int
    digest: str
    minutes: int
    cut_score: int
    maximum: int
    navigation: Navigation
    languages: tuple[str, ...]
    title: dict[str, str]
    areas: dict[str, dict[str, str]]
    items: dict[int, SheetItem]

    @property
    def points(self) -> int:
        """Points of each question: they are alike throughout a form."""
        return self.maximum // len(self.items)

    @property
    def has_partial(self) -> bool:
        """Whether some question gives a part of its points for an answer that is partly right."""
        return any(item.is_partial for item in self.items.values())


@lru_cache(maxsize=32)
def get_sheet(form_id: UUID) -> Sheet:
    """The sheet of a sealed form."""
    form, spec = db.session.execute(
        select(TestForm, TestSpecification).join(TestForm.specification).where(TestForm.id == form_id)
    ).one()
    rows = db.session.execute(
        select(
            FormItem.position, FormItem.option_ids, FormItem.target_ids, FormItem.points, ItemVersion.kind,
            ItemVersion.stem_ky, ItemVersion.stem_ru, ItemVersion.options, ItemVersion.targets, ItemVersion.is_partial,
            ItemVersion.is_rich, SubjectArea,
        )
        .join(FormItem.version).join(ItemVersion.sub_topic).join(SubTopic.area)
        .where(FormItem.form_id == form_id).order_by(FormItem.position)
    ).all()  # fmt: skip
    areas = {area.code: area for *_rest, area in rows}
    return Sheet(
        form_id=form.id, variant=form.variant, digest=form.digest.hex(), minutes=spec.minutes,
        cut_score=spec.cut_score, maximum=sum(row.points for row in rows), navigation=spec.navigation,
        languages=tuple(spec.languages), title={"ky": spec.title_ky, "ru": spec.title_ru},
        areas={
            area.code: {"ky": area.name_ky, "ru": area.name_ru, "en": area.name_en}
            for area in sorted(areas.values(), key=lambda area: area.position)
        },
        items={row.position: _item(row) for row in rows},
    )  # fmt: skip


def _item(row: Any) -> SheetItem:
    return SheetItem(
        place=row.position, kind=KINDS[row.kind], area=row.SubjectArea.code,
        stem=_text({"ky": row.stem_ky, "ru": row.stem_ru}, row.is_rich),
        options=_texts(row.option_ids, row.options, row.is_rich),
        targets=_texts(row.target_ids, row.targets, row.is_rich),
        parts=Parts(tuple(row.option_ids), tuple(row.target_ids)),
        points=row.points, is_partial=row.is_partial,
    )  # fmt: skip


def _text(stored: dict[str, str], is_rich: bool) -> dict[str, str]:
    return {language: text(stored[language], is_rich) for language in ("ky", "ru")}


def _texts(ids: Sequence[str], texts: Sequence[dict[str, str]], is_rich: bool) -> tuple[SheetOption, ...]:
    return tuple(SheetOption(id_, _text(stored, is_rich)) for id_, stored in zip(ids, texts, strict=True))
