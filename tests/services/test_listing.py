"""The list of the bank: what it finds, in which order, and that it says what the bank says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.models import User
from accounts.rules import Role
from core.db import db, transaction
from question_bank import entries, finding, listing, queries
from question_bank.entries import BankEntry, BankHand, BankText
from question_bank.exchange.drafts import OptionDraft
from question_bank.life import SuspensionKind
from question_bank.listing import ItemFilter
from question_bank.rules import ItemStatus
from question_bank.services import decisions, items, quarantine
from tests.services.bank_files import draft

OURS = {"LAW-001", "LAW-002", "LAW-010"}  # beside those that stand on the form


@pytest.fixture
def bank(make, clock):
    """Four questions of two authors; the third is approved and has a newer draft, the last one stands on a form."""
    return tuple(db.session.get_one(User, one) for one in make.recall("listed", lambda: _written(make, clock)))


def _written(make, clock):
    """Ids of the two authors and the approver."""
    make.sub_topic()
    make.sub_topic("law", "labour")
    one, two, approver = make.user(Role.ITEM_AUTHOR), make.user(Role.ITEM_AUTHOR), make.user(Role.ITEM_APPROVER)
    with transaction():
        items.create_item(
            draft("LAW-001", stem_ky="Билим берүү уюму?", stem_ru="Организация образования?", difficulty=1),
            by=one, now=clock(),
        )  # fmt: skip
        items.create_item(
            draft(
                "LAW-002", stem_ky="Уюмдун билими кандай?", stem_ru="Ёмкость?", sub_topic="labour",
                enemies=("LAW-001",),
            ),
            by=two, now=clock(),
        )  # fmt: skip
        third = items.create_item(
            draft("LAW-010", source="Эмгек кодекси", author="Б. Осмонова", difficulty=4), by=one, now=clock()
        )
        items.submit(third, by=one, now=clock())
        decisions.approve(third, by=approver, now=clock.advance(timedelta(days=1)))
        items.new_version(third.item, by=two, now=clock.advance(timedelta(days=1)))
    make.forms(make.specification(3, cut_score=2))
    return one.id, two.id, approver.id


def found(**wanted) -> list[str]:
    db.session.rollback()
    page = listing.items_page(ItemFilter(**wanted), 1)
    assert page.total == listing.count(ItemFilter(**wanted))
    return [version.item.external_id for version in page.items if version.item.external_id in OURS]


def test_authors_stand_in_the_order_of_the_kyrgyz_alphabet(bank, clock):
    named = ["Осмонова", "Өмүров", "Пазылов", "Нурбек", "Ңоокат уулу", "үсөнова", "Уметов", "Елена", "Ёлкин", "Smith"]
    with transaction():
        for number, name in enumerate(named):
            items.create_item(draft(f"AUT-{number}", author=name), by=bank[0], now=clock())
    db.session.rollback()
    for descending in (False, True):
        page = listing.items_page(ItemFilter(identifier="aut", sort="author", descending=descending), 1)
        assert [one.author for one in page.items][:: -1 if descending else 1] == [
            "Елена", "Ёлкин", "Нурбек", "Ңоокат уулу", "Осмонова", "Өмүров", "Пазылов", "Уметов", "үсөнова", "Smith",
        ]  # fmt: skip


@pytest.mark.parametrize(("wanted", "ids"), [
    ({"text": "билим"}, {"LAW-001", "LAW-002"}), ({"text": "БИЛИМ берүү"}, {"LAW-001"}),
    ({"text": '"билим берүү"'}, {"LAW-001"}), ({"text": '"берүү билим"'}, set()),
    ({"text": "уюмдун билими"}, {"LAW-002"}), ({"text": "емкост"}, {"LAW-002"}),
    ({"text": "law-00"}, {"LAW-001", "LAW-002"}),
    ({"text": "илим"}, set()), ({"text": "%"}, set()), ({"text": "'; drop"}, set()),
    ({"sub_topic": "labour", "area": "law"}, {"LAW-002"}), ({"difficulty": 1}, {"LAW-001"}),
    ({"status": ItemStatus.DRAFT}, {"LAW-001", "LAW-002", "LAW-010"}), ({"author": "осмонова"}, {"LAW-010"}),
    ({"source": "кодекс"}, {"LAW-010"}), ({"source": "100%"}, set()), ({"identifier": "law-01"}, {"LAW-010"}),
    ({"enemies": True}, {"LAW-002"}), ({"suspended": True}, set()), ({"retired": True}, set()),
    ({"gap": "ky"}, set()), ({"used": "never", "identifier": "law-0"}, {"LAW-001", "LAW-002", "LAW-010"}),
    ({"edited_from": date(2026, 11, 30)}, {"LAW-010"}), ({"edited_to": date(2026, 11, 28)}, {"LAW-001", "LAW-002"}),
    ({"approved_from": date(2026, 11, 29), "status": ItemStatus.APPROVED, "identifier": "law-010"}, {"LAW-010"}),
    ({"approved_to": date(2026, 11, 28), "status": ItemStatus.APPROVED, "identifier": "law-010"}, set()),
])  # fmt: skip
def test_a_list_is_narrowed_by_any_field_and_by_words_in_both_languages(bank, wanted, ids):
    assert set(found(**wanted)) == ids


def test_an_approved_question_with_a_newer_draft_stands_in_both_lists(bank):
    drafts = listing.items_page(ItemFilter(identifier="law-010"), 1).items
    in_force = listing.items_page(ItemFilter(identifier="law-010", status=ItemStatus.APPROVED), 1).items
    assert [(version.number, version.status) for version in drafts] == [(2, ItemStatus.DRAFT)]
    assert [(version.number, version.status) for version in in_force] == [(1, ItemStatus.APPROVED)]


def test_the_columns_sort_and_the_best_fit_comes_first(bank):
    assert found(identifier="law-0", sort="identifier", descending=True) == ["LAW-010", "LAW-002", "LAW-001"]
    assert found(identifier="law-0", sort="edited", descending=True)[0] == "LAW-010"
    assert found(text="билим")[0] in {"LAW-001", "LAW-002"}
    assert listing.items_page(ItemFilter(text="билим"), 1).is_ranked


def test_too_many_hits_are_not_put_in_order_of_fit(bank, monkeypatch):
    monkeypatch.setattr(listing, "RANKED", 1)
    page = listing.items_page(ItemFilter(text="билим"), 1)
    assert not page.is_ranked
    assert [version.item.external_id for version in page.items] == ["LAW-001", "LAW-002"]


def test_an_author_finds_what_they_worked_on_and_nothing_else(bank):
    one, two, _approver = bank
    assert set(found(own_of=one.id)) == {"LAW-001", "LAW-010"}
    assert set(found(own_of=two.id)) == {"LAW-002", "LAW-010"}
    assert listing.status_counts(one.id)[ItemStatus.DRAFT] == 2


def test_counts_by_status_count_a_question_in_force_and_its_newer_draft(bank):
    counts = listing.status_counts()
    assert counts[ItemStatus.DRAFT] == 3
    assert counts[ItemStatus.APPROVED] == 4  # LAW-010 and the three on the form


def test_suspended_and_retired_questions_are_found_as_such(bank, make, clock):
    _one, _two, approver = bank
    with transaction():
        first, second = (queries.find_item(name) for name in ("LAW-001", "LAW-002"))
        quarantine.suspend(first, SuspensionKind.LEAK, "Көчүрмө табылды.", by=approver, now=clock())
        items.retire(second, "Эскирди.", by=approver, now=clock())
    assert found(suspended=True) == ["LAW-001"]
    assert found(retired=True) == ["LAW-002"]


def test_a_question_that_goes_on_a_form_is_no_longer_one_never_used(bank):
    used = {version.item.external_id for version in listing.items_page(ItemFilter(used="on"), 1).items}
    never = {version.item.external_id for version in listing.items_page(ItemFilter(used="never"), 1).items}
    assert len(used) == 3
    assert never == OURS


def test_a_missing_translation_is_found_by_its_language(make, clock):
    make.sub_topic()
    author = make.user(Role.ITEM_AUTHOR)
    options = (OptionDraft("Кеңеш", ""), OptionDraft("Орган", ""), OptionDraft("Мектеп", ""))
    with transaction():
        items.create_item(draft("LAW-001", stem_ru="", options=options), by=author, now=clock())
    assert (found(gap="ru"), found(gap="ky")) == (["LAW-001"], [])


def rows() -> list[object]:
    """Everything that follows from the bank's own tables, without the numbers of rows."""
    db.session.rollback()
    texts = dict(db.session.execute(db.select(BankText.entry_id, BankText.words)).all())
    columns = [column for column in BankEntry.__table__.columns if column.key != "id"]
    found = db.session.execute(db.select(BankEntry.id, *columns)).all()
    hands = db.session.execute(db.select(BankHand.user_id, BankHand.item_id)).all()
    return [sorted([(*map(str, row[1:]), texts[row[0]]) for row in found]), sorted(map(str, hands))]


def test_entries_are_what_the_bank_says_however_they_came_about(bank):
    before = rows()
    with transaction():
        entries.refresh(db.session.scalars(db.select(BankEntry.item_id).distinct()))
    assert rows() == before


def test_what_is_taken_back_leaves_the_list_as_it_was(bank, clock):
    one, _two, _approver = bank
    before = rows()
    with pytest.raises(ZeroDivisionError), transaction():
        items.create_item(draft("LAW-099"), by=one, now=clock())
        db.session.flush()
        raise ZeroDivisionError
    assert rows() == before
    assert found(text="law-099") == []


def test_every_term_is_understood_by_the_database(bank):
    for typed in ('"', "a'b", "!", "a:*", "&|", "NEAR(a b)", "билим OR", "-", "*", "ө'ү", "\\", "тест^2", "(", "<->"):
        listing.items_page(ItemFilter(text=typed), 1)
        assert finding.terms_of(typed) is not None
