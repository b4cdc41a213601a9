"""Questions of every kind, a right and a nearly right response to each, and a candidate who gives them."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank.exchange.drafts import ItemDraft
from question_bank.kinds.base import Key, Wording
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.rules import ItemKind
from testing_center import queries
from testing_center.sheets import SheetItem, get_sheet
from tests.candidates import Candidate

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
ITEMS, MAXIMUM = len(DRAFTS), len(DRAFTS) * POINTS
KINDS = {"drafts": tuple(DRAFTS.values()), "points": POINTS, "cut_score": 20}  # of a sitting, for the factories
#: Points of the nearly right response to each: half of a choice, one wrong pair of three, just outside the tolerance.
NEARLY = {"partial": 2, "match-partial": 2}


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
