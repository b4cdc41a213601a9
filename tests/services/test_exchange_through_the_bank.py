"""The bank of issue 4, "Done when": 300 mixed questions go xlsx → here → QTI 3 → here → Moodle XML → here → GIFT.

Here is the bank itself: each file is imported, its questions are sealed, approved and given out with their keys to two
persons. Before the next file comes in, the questions of the one before it go out of use under other ids, so that what
goes on is what that file has brought and nothing else.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import update

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import entries, queries
from question_bank.exchange.drafts import ItemDraft, tidied
from question_bank.exchange.formats import FORMATS
from question_bank.models import Item
from question_bank.rules import ItemKind
from question_bank.services import decisions, exports, imports, items, key_exports
from tests.rules.test_exchange_chain import mixed
from tests.rules.test_fuzz import bank, rich

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # nine seconds; what is kept is kept alike
COUNT, PICTURED = 300, 20
SIGNS = (" = ~{}", " <b>x</b>", " \\n", "\n\nэки", " №5 «а»", " & &amp;", " ->", " кош", " #1 %50%", " [html]")
SOURCES, AUTHORS = ("", "Мыйзам, 3-б.", "=a", "http://x.kg/?a=1&b=2"), ("", "А. А.", "Ж; Ү, \\ n")


def written() -> list[ItemDraft]:
    """Questions of all kinds in turn, some rich, twenty with pictures, with signs that mean something somewhere."""
    chance = random.Random(1)
    formula = replace(rich(), stem_ky="<p>H<sub>2</sub>O</p>", stem_ru="<p>H<sub>2</sub>O</p>", media=())
    plain = mixed(COUNT - PICTURED, *bank(), formula)
    pictured = [replace(one, external_id=f"PIC-{n:03d}", enemies=()) for n, one in enumerate(mixed(PICTURED, rich()))]
    return [
        replace(
            one, stem_ky=one.stem_ky if one.is_rich else one.stem_ky + chance.choice(SIGNS),
            source=chance.choice(SOURCES), author=chance.choice(AUTHORS),
        )
        for one in [*plain, *pictured]
    ]  # fmt: skip


class Here:
    """The bank with its people."""

    def __init__(self, make, clock) -> None:
        make.sub_topic("law", "act")
        make.sub_topic("law", "court")
        roles = (Role.ITEM_AUTHOR, Role.ITEM_APPROVER, Role.ITEM_APPROVER)
        self.author, self.one, self.other = (make.user(role).id for role in roles)
        self.clock, self.stops = clock, 0

    def take(self, name: str, data: bytes) -> None:
        """Import a file in which nothing is amiss, and approve what came in."""
        plan = imports.plan_import(data, FORMATS[name], filename=name, by=self._who(self.author))
        assert (plan.problems, plan.unchanged, len(plan.new)) == ((), (), plan.seen)
        with transaction():
            versions = imports.carry_out(plan, submit=True, by=self._who(self.author), now=self.clock())
            decisions.approve_many(versions, by=self._who(self.one), now=self.clock())

    def give(self, name: str, *, leave_out: bool = False) -> exports.Export:
        """The bank as a file, asked for by one approver and confirmed by another."""
        with transaction():
            by, kind = self._who(self.one), FORMATS[name]
            wish = key_exports.ask(kind, "Көчүрүү", leave_out=leave_out, by=by, now=self.clock()).id
        with transaction():
            key_exports.confirm(key_exports.get(wish), by=self._who(self.other), now=self.clock())
        found = key_exports.write(key_exports.get(wish), person=self.one, now=self.clock())
        with transaction():
            by = self._who(self.one)
            key_exports.give(key_exports.get(wish), found, by=by, person=self.one, now=self.clock())
        return found

    def again(self, name: str, data: bytes) -> None:
        """Compare a file with the bank that it came from: there is nothing to import."""
        plan = imports.plan_import(data, FORMATS[name], filename=name, by=self._who(self.author))
        assert (plan.problems, plan.new, len(plan.unchanged)) == ((), (), plan.seen)

    def clear(self) -> None:
        """Put everything out of use, under ids that no file has."""
        self.stops += 1
        with transaction():
            old = db.session.scalars(db.select(Item).where(Item.retired_at.is_(None)))
            ids = [item.id for item in old]
            new = Item.external_id
            db.session.execute(
                update(Item)
                .where(Item.id.in_(ids))
                .values(external_id=f"OLD-{self.stops}-" + new, retired_at=self.clock(), retired_reason="Көчүрүлдү"),
                execution_options={"synchronize_session": False},
            )
            entries.refresh(ids)
        db.session.expire_all()

    def holds(self) -> dict[str, ItemDraft]:
        """What the bank has in use, by id."""
        return {one.item.external_id: tidied(items.as_draft(one)) for one in queries.approved_versions()}

    @staticmethod
    def _who(person) -> User:
        return db.session.get_one(User, person)


@pytest.fixture
def here(make, clock) -> Here:
    return Here(make, clock)


def test_a_bank_of_300_goes_from_format_to_format_through_the_bank_and_loses_nothing_but_pictures_in_gift(here):
    drafts = written()
    wanted = {one.external_id: tidied(one) for one in drafts}
    assert len(wanted) == COUNT and {one.kind for one in drafts} == set(ItemKind)
    here.take("xlsx", FORMATS["xlsx"].write(one for one in drafts if not one.media))
    here.take("qti", FORMATS["qti"].write(one for one in drafts if one.media))  # no workbook holds a picture
    for name in ("qti", "moodle-xml"):
        assert here.holds() == wanted
        file = here.give(name)
        assert (len(file.items), file.left_out) == (COUNT, ())
        here.again(name, file.data)
        here.clear()
        here.take(name, file.data)
    assert here.holds() == wanted
    file = here.give("gift", leave_out=True)
    assert {name for name, _reason in file.left_out} == {one.external_id for one in drafts if one.media}
    here.again("gift", file.data)
    here.clear()
    here.take("gift", file.data)
    assert here.holds() == {name: one for name, one in wanted.items() if not one.media}
    actions = list(db.session.scalars(db.select(audit.AuditEntry.action).order_by(audit.AuditEntry.number)))
    assert [actions.count(one) for one in ("bank.imported", "bank.exported", "bank.keys_given")] == [5, 3, 3]
