"""What a blueprint counts before anything is drawn: the same as what could be drawn, from the entries of the bank."""

from __future__ import annotations

from core.db import db, transaction
from question_bank import stock_queries
from question_bank.assembly.plan import Cell
from question_bank.assembly.stock import Stock
from question_bank.models import Item, ItemVersion, TestForm

CELLS = [Cell("law", 3, 1), Cell("management", 5, 1)]


def said(stock: Stock) -> tuple[object, ...]:
    """What a blueprint is told: items by place and number of forms, and where enemies may leave fewer."""
    return dict(stock.by_forms), [stock.is_bound([cell]) for cell in CELLS]


def test_what_is_counted_is_what_can_be_drawn_by_place_by_forms_and_with_enemies(make, clock):
    specification = make.specification(3, bank=9)
    make.forms(specification, 2)
    make.items(4, area="management", difficulty=5)
    held = {db.session.scalars(db.select(TestForm)).first().items[0].version.item_id}
    versions = list(db.session.scalars(db.select(ItemVersion).join(ItemVersion.item).order_by(Item.external_id)))
    with transaction():
        found = [db.session.get_one(ItemVersion, one.id) for one in versions]
        found[-1].enemies = [found[-2].item.external_id]
        found[-3].item.retired_at = found[-4].item.suspended_at = clock()
    bank = stock_queries.bank_candidates()
    assert said(stock_queries.stock()) == said(Stock.of(bank)) and len(bank) == 11
    assert said(stock_queries.stock())[1] == [False, True]
    left = {str(version.id) for version in found if version.item_id not in held}
    assert said(stock_queries.stock(held)) == said(Stock.of([one for one in bank if one.id in left]))
    counts = [stock_queries.stock(ids).available()["management", None, 5] for ids in ((), {found[-1].item_id})]
    assert counts[0] - counts[1] == 1
