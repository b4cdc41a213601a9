"""¶29: no question of a tie-break was seen by any of the tied, whichever variants they sat and of whichever kind."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest

from accounts.rules import Role
from competitions.people import PersonalData
from core.clock import ManualClock
from core.db import db, transaction
from question_bank.assembly.plan import BlueprintShort, Limits
from question_bank.exchange.drafts import ItemDraft
from question_bank.kinds.base import Key, Wording
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.models import FormItem, ItemVersion
from question_bank.queries import approved_versions
from question_bank.rules import ItemKind
from question_bank.services import draws, forms
from question_bank.stock_queries import items_on
from ranking import queries
from testing_center.models.sittings import Sitting
from testing_center.services import registration, sittings
from tests.factories import Make, in_order
from tests.ranking_scene import RankingScene

LINES = tuple(Wording(f"Сап {n}", f"Строка {n}") for n in range(4))
KEYS: dict[ItemKind, Key] = {
    ItemKind.SINGLE_CHOICE: (1,), ItemKind.MULTIPLE_RESPONSE: (0, 2), ItemKind.TRUE_FALSE: (0,),
    ItemKind.ORDERING: (2, 0, 1, 3), ItemKind.MATCHING: ((0, 1), (1, 0), (2, 2), (3, 3)),
    ItemKind.NUMERIC: ("7", "0.5"),
}  # fmt: skip


def of_every_kind(each: int) -> list[ItemDraft]:
    """So many questions of each kind in one cell."""
    options = {ItemKind.TRUE_FALSE: TRUE_FALSE, ItemKind.NUMERIC: ()}
    return [
        ItemDraft(
            f"{kind}-{n}", "kinds", "documents", 3, f"Суроо {kind} {n}: өңүт?", f"Вопрос {kind} {n}?",
            options=options.get(kind, LINES), targets=LINES if kind == ItemKind.MATCHING else (), key=key,
            source="Жобо, 24-пункт", author="Ж. Үсөнова", kind=kind,
        )
        for n in range(each) for kind, key in KEYS.items()
    ]  # fmt: skip


class EveryKind(RankingScene):
    """A main test of twelve questions in two variants without a question in common; ``bank`` questions of all kinds."""

    def _opened(
        self, candidates: int, items: int, cut_score: int, bank: int, people: Mapping[int, PersonalData]
    ) -> Sitting:
        drafts = of_every_kind(bank // 6)
        specification = self.make.specification(drafts=drafts[:items], cut_score=cut_score)
        self.make.approved(drafts[items:])
        with transaction():
            drawn = draws.draw(specification, 2, Limits(shared=0), by=self.admin, now=self.clock())
            made = forms.seal(drawn, by=self.admin, now=self.clock())
        room, proctor = self.make.room(candidates + 2), self.make.user(Role.PROCTOR)
        with transaction():
            sitting = sittings.plan_sitting(
                f"Т-2026-{self.make.number()}", specification, room, self.clock(), made, [proctor], by=self.admin,
                now=self.clock(),
            )  # fmt: skip
            for _seat in range(candidates):
                person = self.make.person(email=f"a{self.make.number()}@mail.kg")
                registration.register(
                    sitting,
                    self.competition_of(sitting),
                    person,
                    "ky",
                    by=self.admin,
                    now=self.clock(),
                    by_hand=in_order(sitting),
                )
                db.session.flush()
        self._open(sitting)
        return sitting

    def played(self, *, bank: int) -> tuple[str, str]:
        """Two who are tied sat different variants, a third who is not tied the first."""
        first, second, _third = self.test([7, 7, 6], items=12, cut_score=5, bank=bank)
        self.after_appeals()
        assert {version.kind for version in approved_versions()} == set(ItemKind)
        return first, second

    def drawn(self, sitting: Sitting) -> set[UUID]:
        """Items of the form of a sitting."""
        db.session.rollback()
        return items_on({form.id for form in db.session.get_one(Sitting, sitting.id).forms})


@pytest.fixture
def scene(make: Make, clock: ManualClock) -> EveryKind:
    return EveryKind(make, clock)


def test_nobody_of_the_tied_has_seen_a_question_of_any_round_with_two_variants_in_play(scene: EveryKind) -> None:
    a, b = scene.played(bank=36)
    tested = {one.attempt.number: one.attempt.form_id for one in queries.tested(scene.competition)}
    assert tested[a] != tested[b]
    seen = items_on(set(tested.values()))
    assert len(seen) == 24
    for _round in range(2):
        scene.sweep()
        drawn = scene.drawn(scene.arrange())
        assert len(drawn) == 4 and not drawn & seen
        seen |= drawn
        scene.tie({a: 0, b: 0})


def test_where_the_unseen_are_fewer_than_a_third_nothing_is_arranged_whatever_their_kind(scene: EveryKind) -> None:
    """24 of 24 questions stand on the two variants: each of the tied has seen half of them, none is new to both."""
    scene.played(bank=24)
    scene.sweep()
    with pytest.raises(BlueprintShort, match="0 / 4"):
        scene.arrange()


def test_a_new_version_of_a_question_is_not_new_to_who_saw_the_old_one(scene: EveryKind) -> None:
    scene.played(bank=30)
    scene.sweep()
    seen = items_on({one.attempt.form_id for one in queries.tested(scene.competition)})
    now = scene.clock()
    with transaction():
        query = db.select(ItemVersion).join(FormItem, FormItem.item_version_id == ItemVersion.id)
        for old in db.session.scalars(query.where(ItemVersion.item_id.in_(seen))).unique().all():
            copied = {column.key: getattr(old, column.key) for column in ItemVersion.__table__.columns}
            db.session.add(ItemVersion(**copied | {"id": UUID(int=old.id.int ^ 1), "number": 2, "approved_at": now}))
    assert not scene.drawn(scene.arrange()) & seen
