"""Questions of every kind, a right and a nearly right response to each, and a candidate who gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from sqlalchemy import select

from accounts.rules import Role
from core.db import db, transaction
from question_bank.assembly.plan import Cell
from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.formats import by_name
from question_bank.kinds.base import Key, Wording
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.models import ItemVersion, TestSpecification
from question_bank.rules import ItemKind
from question_bank.services import blueprints, decisions, imports, specifications
from question_bank.services.specifications import Terms
from testing_center import queries
from testing_center.sheets import SheetItem, get_sheet
from tests.candidates import Candidate
from tests.factories import Make

POINTS = 4  # of each question


def texts(*pairs: tuple[str, str]) -> tuple[Wording, ...]:
    """Texts in both languages."""
    return tuple(Wording(ky, ru) for ky, ru in pairs)


SUBJECTS = texts(
    ("Жогорку Кеңеш", "Жогорку Кенеш"), ("Министрлер Кабинети", "Кабинет Министров"), ("Жогорку сот", "Верховный суд")
)
POWERS = texts(
    ("мыйзам чыгаруу бийлиги", "законодательная власть"),
    ("аткаруу бийлиги", "исполнительная власть"),
    ("сот бийлиги", "судебная власть"),
    ("жергиликтүү өз алдынча башкаруу", "местное самоуправление"),
)
STEPS = texts(
    ("Конкурс жарыяланат", "Объявляется конкурс"),
    ("Документтер кабыл алынат", "Принимаются документы"),
    ("Тестирлөө өткөрүлөт", "Проводится тестирование"),
    ("Жыйынтыктар жарыяланат", "Публикуются результаты"),
)
CITIES = texts(("Ош", "Ош"), ("Бишкек", "Бишкек"), ("Алматы", "Алматы"), ("Ташкент", "Ташкент"))


def draft(name: str, kind: ItemKind, key: Key, stem: tuple[str, str], **parts: object) -> ItemDraft:
    """A question of the scene."""
    return ItemDraft(
        f"KIND-{name}",
        "kinds",
        "documents",
        3,
        *stem,
        key=key,
        source="Жобо, 24-пункт",
        author="Ж. Үсөнова",
        kind=kind,
        **({"options": ()} | parts),  # type: ignore[arg-type]
    )


DRAFTS = {
    one.external_id.removeprefix("KIND-"): one
    for one in (
        draft("single", ItemKind.SINGLE_CHOICE, (1,), ("Борбор кайсы шаар?", "Какой город столица?"), options=CITIES),
        draft(
            "multiple", ItemKind.MULTIPLE_RESPONSE, (0, 1),
            ("Кыргызстандын шаарлары кайсылар?", "Какие города в Кыргызстане?"), options=CITIES,
        ),
        draft(
            "partial", ItemKind.MULTIPLE_RESPONSE, (0, 1),
            ("Кайсы шаарларда тестирлөө өтөт?", "В каких городах проходит тестирование?"), options=CITIES,
            is_partial=True,
        ),
        draft(
            "true", ItemKind.TRUE_FALSE, (1,),
            ("Апелляция үч күндүн ичинде берилет.", "Апелляция подаётся в течение трёх дней."), options=TRUE_FALSE,
        ),
        draft(
            "order", ItemKind.ORDERING, (0, 1, 2, 3), ("Конкурстун кадамдарын иретке келтириңиз.",
            "Расположите шаги конкурса по порядку."), options=STEPS,
        ),
        draft(
            "match", ItemKind.MATCHING, ((0, 0), (1, 1), (2, 2)), ("Бийликтин кайсы бутагы?", "Какая ветвь власти?"),
            options=SUBJECTS, targets=POWERS,
        ),
        draft(
            "match-partial", ItemKind.MATCHING, ((0, 0), (1, 1), (2, 2)),
            ("Ар бир орган кайсы бийликке таандык?", "К какой власти относится каждый орган?"), options=SUBJECTS,
            targets=POWERS, is_partial=True,
        ),
        draft(
            "number", ItemKind.NUMERIC, ("12.5", "0.5"),
            ("Сынактын узактыгы канча ай?", "Сколько месяцев длится испытание?"),
        ),
    )
}  # fmt: skip
NAMES = {one.stem_ky: name for name, one in DRAFTS.items()}
ITEMS, MAXIMUM = len(DRAFTS), len(DRAFTS) * POINTS
KINDS = {"drafts": tuple(DRAFTS.values()), "points": POINTS, "cut_score": 20}  # of a sitting, for the factories
#: Points of the nearly right response to each: half of a choice, one wrong pair of three, just outside the tolerance.
NEARLY = {"partial": 2, "match-partial": 2}


MIXED = 300  # questions of a bank in which every one of the above stands many times, in a sub-topic of its own


def mixed_bank() -> list[ItemDraft]:
    """The questions of ``DRAFTS`` again and again, told apart by a number behind the stem."""
    return [
        replace(
            DRAFTS[name], external_id=f"{name}-{n}", sub_topic=name, stem_ky=f"{DRAFTS[name].stem_ky} № {n}",
            stem_ru=f"{DRAFTS[name].stem_ru} № {n}",
        )
        for n, name in zip(range(MIXED), cycle(DRAFTS))
    ]  # fmt: skip


def name_of(stem_ky: str) -> str:
    """Which of ``DRAFTS`` a question is, whatever its number."""
    return NAMES[re.sub(r" № \d+$", "", stem_ky)]


class MixedBank(Make):
    """Makes a test of one question of each of ``DRAFTS``, from a bank of 300 that came from a file."""

    def specification(self, *_args: Any, **_given: Any) -> TestSpecification:
        for name in ("documents", *DRAFTS):
            self.sub_topic("kinds", name)
        author, approver = self.somebody(Role.ITEM_AUTHOR), self.somebody(Role.ITEM_APPROVER)
        admin, officer = self.somebody(Role.TEST_ADMINISTRATOR), self.somebody(Role.AUTHORITY_OFFICER)
        xlsx, now = by_name("xlsx"), self.clock()
        with transaction():
            plan = imports.plan_import(xlsx.write(mixed_bank()), xlsx, filename="bank.xlsx", by=author)
            written = [version.id for version in imports.carry_out(plan, submit=True, by=author, now=now)]
        with transaction():
            query = select(ItemVersion).where(ItemVersion.id.in_(written))
            decisions.approve_many(list(db.session.scalars(query)), by=approver, now=now)
        with transaction():
            cells = [Cell("kinds", 3, 1, name) for name in DRAFTS]
            blueprint = blueprints.create_blueprint("Бардык түрлөр", cells, by=admin, now=now)
            terms = Terms("Бардык түрлөр", "Все виды", minutes=60, cut_score=20, points=POINTS)
            made = specifications.create_specification(blueprint, terms, by=admin, now=now)
            specifications.submit_specification(made, by=admin, now=now)
        with transaction():
            specifications.approve_specification(made, "12", now.date(), by=officer, now=now)
        return made


@dataclass(frozen=True)
class Asked:
    """A question as a candidate meets it: number on the screen, name in ``DRAFTS``, item of the sheet, key in force."""

    position: int
    name: str
    item: SheetItem
    key: tuple[str, ...]

    def id(self, ky: str) -> str:
        """Id of the option or target with these words."""
        return next(part.id for part in (*self.item.options, *self.item.targets) if part.text["ky"] == ky)

    @property
    def right(self) -> list[str]:
        """The right response."""
        return list(self.key[:1] if self.item.kind.name == ItemKind.NUMERIC else self.key)

    @property
    def nearly(self) -> list[str]:
        """A response that is nearly right, or wrong where nothing lies between."""
        match self.item.kind.name:
            case ItemKind.NUMERIC:
                return ["13.01"]
            case ItemKind.ORDERING:
                return [self.key[1], self.key[0], *self.key[2:]]
            case ItemKind.MULTIPLE_RESPONSE:
                return [self.key[0]]
            case ItemKind.MATCHING:
                left, right = self.key[0].split(":")
                return [f"{left}:{next(part.id for part in self.item.targets if part.id != right)}", *self.key[1:]]
        return [next(part.id for part in self.item.options if part.id not in self.key)]


def asked(candidate: Candidate) -> dict[str, Asked]:
    """The questions of the attempt by name."""
    attempt = candidate.attempt
    sheet, keys = get_sheet(attempt.form_id), queries.key_in_force(attempt.form_id)
    names = {one.stem_ky: name for name, one in DRAFTS.items()}
    return {
        (name := names[sheet.items[place].stem["ky"]]): Asked(position, name, sheet.items[place], keys[place].key)
        for position, place, _options, _targets in attempt.shown()
    }
