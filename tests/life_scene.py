"""Questions of two authors, two approvers, a sealed form and a planned sitting: where the life of a question shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from accounts.models import User
from accounts.rules import Role
from core.clock import ManualClock
from core.db import db, transaction
from question_bank import queries, sealing
from question_bank.exchange.drafts import ItemDraft
from question_bank.models import Item, ItemVersion
from question_bank.services import decisions, items
from tests.factories import Make
from tests.services.bank_files import draft

WORDS = (
    ("Мектептин уставын ким бекитет?", "Кто утверждает устав школы?"),
    ("Педагогикалык кеңештин төрагасы ким болот?", "Кто становится председателем педагогического совета?"),
    ("Окуу жылы кайсы күнү башталат?", "В какой день начинается учебный год?"),
    ("Мугалимди кызматтан ким бошотот?", "Кто освобождает учителя от должности?"),
    ("Камкорчулук кеңешке кимдер кирет?", "Кто входит в попечительский совет?"),
    ("Ата-эненин арызы канча күндө каралат?", "За сколько дней рассматривается заявление родителя?"),
)  # fmt: skip


def question(number: int, **changed: object) -> ItemDraft:
    """A question with words of its own, so that it is like no other."""
    ky, ru = WORDS[number]
    return replace(draft(f"LAW-{number:03}", stem_ky=ky, stem_ru=ru), **changed)  # type: ignore[arg-type]


def editions(*version_ids: object) -> list[str]:
    """The marks that a page puts beside these versions: what the person before it has read."""
    db.session.rollback()
    return [f"{one.id} {sealing.edition(one)}" for one in queries.versions_in(version_ids)]


class LifeScene:
    """``author`` has written ``count`` questions and submitted them; ``first`` and ``second`` approve."""

    def __init__(self, make: Make, clock: ManualClock, count: int = 3) -> None:
        self.make, self.clock = make, clock
        people, ids = make.recall(("life", count), lambda: self._arrange(count))
        self.author, self.first, self.second = (db.session.get_one(User, one) for one in people)
        self.second_id = str(self.second.id)
        self.ids: list[object] = [*ids]

    def _arrange(self, count: int) -> tuple[list[UUID], list[object]]:
        """Ids of the people and of the versions."""
        make = self.make
        make.sub_topic()
        self.author, self.first, self.second = (
            make.user(Role.ITEM_AUTHOR), make.user(Role.ITEM_APPROVER), make.user(Role.ITEM_APPROVER)
        )  # fmt: skip
        people = [one.id for one in (self.author, self.first, self.second)]
        return people, [self.write(question(number)) for number in range(count)]

    def write(self, one: ItemDraft, *, by: User | None = None, submit: bool = True) -> object:
        """Write a question and submit it; its version's id."""
        with transaction():
            person = by or self.author
            version = items.create_item(one, by=person, now=self.clock())
            if submit:
                items.submit(version, by=person, now=self.clock())
            return version.id

    def version(self, number: int) -> ItemVersion:
        """The version of a question, read anew."""
        return queries.get_version(self.ids[number])

    def item(self, number: int) -> Item:
        """The question, read anew."""
        return queries.get_item(self.version(number).item_id)

    def approve(self, *numbers: int) -> None:
        """The first approver approves these questions."""
        with transaction():
            decisions.approve_many([self.version(number) for number in numbers], by=self.first, now=self.clock())

    def named(self) -> Sequence[str]:
        """Identifiers of all questions."""
        return list(db.session.scalars(db.select(Item.external_id).order_by(Item.external_id)))
