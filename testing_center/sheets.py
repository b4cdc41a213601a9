"""What a sealed form shows: read once per process, since a sealed form never changes. No key comes in here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.db import db
from question_bank.models import FormItem, ItemVersion, SubjectArea, SubTopic, TestForm, TestSpecification
from question_bank.rules import Navigation


@dataclass(frozen=True, slots=True)
class SheetOption:
    """An option as it is shown; its id is random for each form."""

    id: str
    text: dict[str, str]


@dataclass(frozen=True, slots=True)
class SheetItem:
    """An item as it is shown; ``place`` is its place in the form."""

    place: int
    kind: str
    area: str
    stem: dict[str, str]
    options: tuple[SheetOption, ...]
    option_ids: frozenset[str]


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


@lru_cache(maxsize=32)
def get_sheet(form_id: UUID) -> Sheet:
    """The sheet of a sealed form."""
    form, spec = db.session.execute(
        select(TestForm, TestSpecification).join(TestForm.specification).where(TestForm.id == form_id)
    ).one()
    rows = db.session.execute(
        select(
            FormItem.position, FormItem.option_ids, FormItem.points, ItemVersion.kind, ItemVersion.stem_ky,
            ItemVersion.stem_ru, ItemVersion.options, SubjectArea,
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
    place, option_ids, _points, kind, stem_ky, stem_ru, options, area = row
    return SheetItem(
        place=place, kind=str(kind), area=area.code, stem={"ky": stem_ky, "ru": stem_ru},
        options=tuple(
            SheetOption(i, {"ky": option["ky"], "ru": option["ru"]})
            for i, option in zip(option_ids, options, strict=True)
        ),
        option_ids=frozenset(option_ids),
    )  # fmt: skip
