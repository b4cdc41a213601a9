"""A sealed form holds, and whoever alters it afterwards is found."""

from __future__ import annotations

import pytest

from core.db import db, transaction
from question_bank import sealing
from question_bank.models import FormItem, ItemVersion, TestForm, TestSpecification
from question_bank.services.forms import find_form, verify_form
from tests.services.result_records import faults


@pytest.fixture
def form(make):
    """A sealed form of five items."""
    return make.forms(make.specification())[0]


def holds(form: TestForm) -> bool:
    """Whether the stored form still leads to its digest."""
    digest = form.digest.hex()
    db.session.expire_all()
    found = find_form(digest)
    assert found is not None
    return verify_form(found)


def test_a_sealed_form_holds_and_is_found_by_its_digest_in_groups_of_four(form):
    assert holds(form)
    digest = form.digest.hex()
    found = find_form(" ".join(digest[i : i + 4] for i in range(0, 64, 4)))
    assert found is not None and found.id == form.id
    assert find_form("00" * 32) is None and find_form("no hex") is None


def test_an_altered_key_is_found(form):
    """Sealed again under the right key and for the right row: only the digest tells."""
    with transaction():
        version = db.session.get_one(ItemVersion, form.items[2].item_version_id)
        version.key_sealed = sealing.seal_key(version.id, version.kind, [1])
    assert not holds(form)
    assert faults() == ["the items, keys or terms of this form were altered after it was sealed"]


def test_a_key_swapped_with_that_of_another_item_is_found(form):
    with transaction():
        first, second = (db.session.get_one(ItemVersion, item.item_version_id) for item in form.items[:2])
        first.key_sealed, second.key_sealed = second.key_sealed, first.key_sealed
    assert not holds(form)


def test_an_altered_option_is_found(form):
    with transaction():
        version = db.session.get_one(ItemVersion, form.items[0].item_version_id)
        version.options = [{**version.options[0], "ru": "другое"}, *version.options[1:]]
    assert not holds(form)


def test_an_altered_leaf_or_root_is_found(form):
    """Nothing is read from them: what they are for is that an outside expert goes from one to the next."""
    with transaction():
        item = db.session.get_one(FormItem, form.items[3].id)
        item.leaf = bytes([item.leaf[0] ^ 1]) + item.leaf[1:]
    assert not holds(form)
    with transaction():
        item.leaf = bytes([item.leaf[0] ^ 1]) + item.leaf[1:]
    assert holds(form)
    with transaction():
        db.session.get_one(TestForm, form.id).root = bytes(32)
    assert not holds(form)


def test_an_altered_cut_score_time_or_order_is_found(form):
    for change in ({"cut_score": 1}, {"minutes": 59}):
        with transaction():
            specification = db.session.get_one(TestSpecification, form.specification_id)
            old = {name: getattr(specification, name) for name in change}
            for name, value in change.items():
                setattr(specification, name, value)
        assert not holds(form)
        with transaction():
            for name, value in old.items():
                setattr(db.session.get_one(TestSpecification, form.specification_id), name, value)
    assert holds(form)


def test_altered_points_or_option_ids_are_found(form):
    for change in ({"points": 2}, {"option_ids": ["a", "b", "c", "d"]}):
        with transaction():
            item = db.session.get_one(FormItem, form.items[0].id)
            old = {name: getattr(item, name) for name in change}
            for name, value in change.items():
                setattr(item, name, value)
        assert not holds(form)
        with transaction():
            for name, value in old.items():
                setattr(db.session.get_one(FormItem, form.items[0].id), name, value)
    assert holds(form)


def test_two_forms_of_the_same_items_have_nothing_in_common_that_shows(make):
    specification = make.specification(items=3)
    first, second = *make.forms(specification), *make.forms(specification)
    assert first.digest != second.digest
    ids = [{i for item in form.items for i in item.option_ids} for form in (first, second)]
    assert not ids[0] & ids[1]
    assert not {item.leaf for item in first.items} & {item.leaf for item in second.items}
