"""Items: written by an author, approved by a second person, unchanged from then on (¶23)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import listing, queries, rules, sealing, stock_queries
from question_bank.exchange.drafts import OptionDraft
from question_bank.models import Item, ItemVersion
from question_bank.rules import ItemStatus, ReviewAct
from question_bank.services import decisions, items, subjects
from tests.services.bank_files import draft


@pytest.fixture
def written(author, clock):
    """A draft of ``author``."""
    with transaction():
        version = items.create_item(draft(), rationale="Б — себеби", by=author, now=clock())
    return version


def submit(version, by, clock):
    with transaction():
        items.submit(version, by=by, now=clock())


def approve(version, by, clock):
    with transaction():
        decisions.approve(version, by=by, now=clock())


def actions() -> list[str]:
    return list(db.session.scalars(db.select(audit.AuditEntry.action).order_by(audit.AuditEntry.number)))


def test_a_question_goes_from_draft_over_review_to_approved_and_every_step_stands_in_the_record(
    written, author, approver, clock
):
    submit(written, author, clock)
    clock.advance(timedelta(hours=1))
    approve(written, approver, clock)
    assert (written.status, written.approved_by_id, written.approved_at) == (
        ItemStatus.APPROVED, approver.id, clock(),
    )  # fmt: skip
    assert [review.act for review in written.reviews] == [ReviewAct.CREATED, ReviewAct.SUBMITTED, ReviewAct.APPROVED]
    assert actions() == ["item.created", "item.submitted", "item.approved"]


def test_a_rationale_that_would_be_read_otherwise_than_it_is_stored_is_refused(written, author, clock):
    turned = "Анткени \u200f5 − 3 = 2"
    with pytest.raises(rules.ItemInvalid, match=r"U\+200F"), transaction():
        items.create_item(draft("LAW-002"), rationale=turned, by=author, now=clock())
    with pytest.raises(rules.ItemInvalid, match=r"U\+200F"), transaction():
        items.edit_version(written, draft(), rationale=turned, by=author, now=clock())


def test_the_key_is_sealed_and_opens_to_what_was_marked(written):
    assert sealing.open_key(written) == (1,)
    assert sealing.open_rationale(written) == "Б — себеби"
    assert items.as_draft(written) == draft()


def test_the_author_cannot_approve_and_the_refusal_changes_nothing(written, author, clock):
    submit(written, author, clock)
    with pytest.raises(rules.OwnItem):
        approve(written, author, clock)
    assert written.status == ItemStatus.IN_REVIEW


def test_whoever_edited_the_question_of_another_cannot_approve_it(written, author, make, clock):
    both = make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    with transaction():
        items.edit_version(written, draft(difficulty=4), by=both, now=clock())
    submit(written, author, clock)
    with pytest.raises(rules.OwnItem):
        approve(written, both, clock)


def test_whoever_wrote_an_earlier_version_cannot_approve_the_next_one(written, author, approver, make, clock):
    submit(written, author, clock)
    approve(written, approver, clock)
    other = make.user(Role.ITEM_AUTHOR)
    with transaction():
        second = items.new_version(written.item, by=other, now=clock())
        items.submit(second, by=other, now=clock())
    with pytest.raises(rules.OwnItem):
        approve(second, author, clock)
    approve(second, approver, clock)


def test_the_database_itself_refuses_an_author_as_approver(written, author, clock):
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            db.update(ItemVersion)
            .where(ItemVersion.id == written.id)
            .values(status=ItemStatus.APPROVED, approved_at=clock(), approved_by_id=author.id)
        )


def test_an_approved_version_never_changes_and_an_edit_is_a_new_version(written, author, approver, clock):
    submit(written, author, clock)
    approve(written, approver, clock)
    with pytest.raises(rules.ApprovedNeverChanges), transaction():
        items.edit_version(written, draft(difficulty=5), by=author, now=clock())
    with transaction():
        second = items.new_version(written.item, by=author, now=clock())
        items.edit_version(second, draft(difficulty=5, key=(2,)), by=author, now=clock())
    assert (written.difficulty, sealing.open_key(written)) == (3, (1,))
    assert (second.number, second.status, second.difficulty, sealing.open_key(second)) == (
        2, ItemStatus.DRAFT, 5, (2,),
    )  # fmt: skip
    assert [candidate.id for candidate in stock_queries.bank_candidates()] == [str(written.id)]


def test_a_new_version_replaces_the_old_one_in_the_bank_when_it_is_approved(written, author, approver, clock):
    submit(written, author, clock)
    approve(written, approver, clock)
    with transaction():
        second = items.new_version(written.item, by=author, now=clock())
        items.submit(second, by=author, now=clock())
        decisions.approve(second, by=approver, now=clock())
    assert [candidate.id for candidate in stock_queries.bank_candidates()] == [str(second.id)]


def test_one_version_at_a_time_is_in_work(written, author, approver, clock):
    submit(written, author, clock)
    approve(written, approver, clock)
    with transaction():
        items.new_version(written.item, by=author, now=clock())
    with pytest.raises(rules.DraftExists), transaction():
        items.new_version(written.item, by=author, now=clock())


def test_a_question_in_review_is_not_edited(written, author, clock):
    submit(written, author, clock)
    with pytest.raises(rules.AwaitingDecision), transaction():
        items.edit_version(written, draft(difficulty=1), by=author, now=clock())


def test_a_return_needs_a_comment_and_the_author_may_then_mend_and_submit_again(written, author, approver, clock):
    submit(written, author, clock)
    with pytest.raises(rules.CommentNeeded), transaction():
        decisions.return_version(written, "  ", by=approver, now=clock())
    with transaction():
        decisions.return_version(written, "Котормону тактаңыз", by=approver, now=clock())
    assert written.status == ItemStatus.RETURNED
    assert written.reviews[-1].comment == "Котормону тактаңыз"
    with transaction():
        mended = draft(stem_ru="Уточнённый вопрос?")
        items.edit_version(written, mended, translation_holds=True, by=author, now=clock())
        items.submit(written, by=author, now=clock())
    approve(written, approver, clock)
    assert written.stem_ru == "Уточнённый вопрос?"


def test_a_decision_is_taken_once(written, author, approver, make, clock):
    submit(written, author, clock)
    approve(written, approver, clock)
    with pytest.raises(rules.NotInReview):
        approve(written, make.user(Role.ITEM_APPROVER), clock)


def test_many_are_approved_at_once_all_or_none(author, approver, make, clock):
    both = make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    with transaction():
        others = [items.create_item(draft(f"LAW-00{n}"), by=author, now=clock()) for n in (1, 2)]
        own = items.create_item(draft("LAW-009"), by=both, now=clock())
        for version in (*others, own):
            items.mark_submitted(version, by=version.created_by, now=clock())
    with pytest.raises(rules.OwnItem), transaction():
        decisions.approve_many([*others, own], by=both, now=clock())
    assert {version.status for version in (*others, own)} == {ItemStatus.IN_REVIEW}
    with transaction():
        assert decisions.approve_many(others, by=both, now=clock()) == 2
    assert {version.status for version in others} == {ItemStatus.APPROVED}


def test_the_queue_of_an_approver_leaves_out_what_is_their_own(author, make, clock):
    both = make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    with transaction():
        for external_id, by in (("LAW-001", author), ("LAW-002", both)):
            version = items.create_item(draft(external_id), by=by, now=clock())
            items.mark_submitted(version, by=by, now=clock())
    assert [version.item.external_id for version in queries.queue_page(both.id, 1).items] == ["LAW-001"]
    assert queries.queue_length(both.id) == 1
    next_one = queries.next_in_queue(make.user(Role.ITEM_APPROVER).id)
    assert next_one is not None
    assert next_one.item.external_id == "LAW-001"


def test_an_identifier_is_used_once(written, author, clock):
    with pytest.raises(rules.DuplicateExternalId) as refused, transaction():
        items.create_item(draft(stem_ky="Башка суроо?"), by=author, now=clock())
    assert refused.value.params == {"external_id": "LAW-001"}
    assert db.session.scalar(db.select(db.func.count()).select_from(Item)) == 1


@pytest.mark.parametrize("changed", [
    {"key": ()}, {"key": (0, 1)}, {"key": (3,)}, {"stem_ru": ""}, {"options": (OptionDraft("бир", "один"),)},
    {"difficulty": 6},
])  # fmt: skip
def test_an_incomplete_question_is_refused(author, clock, changed):
    with pytest.raises(rules.ItemInvalid), transaction():
        items.create_item(draft(**changed), by=author, now=clock())


def test_a_question_of_an_unknown_sub_topic_is_refused(author, clock):
    with pytest.raises(rules.UnknownSubject), transaction():
        items.create_item(draft(sub_topic="no-such"), by=author, now=clock())


def test_an_item_out_of_use_is_not_drawn_and_does_not_change(written, author, approver, clock):
    submit(written, author, clock)
    approve(written, approver, clock)
    with pytest.raises(rules.CommentNeeded), transaction():
        items.retire(written.item, "", by=approver, now=clock())
    with transaction():
        items.retire(written.item, "Мыйзам өзгөрдү", by=approver, now=clock())
    assert stock_queries.bank_candidates() == []
    with pytest.raises(rules.AlreadyRetired), transaction():
        items.retire(written.item, "дагы", by=approver, now=clock())
    with pytest.raises(rules.ItemRetired), transaction():
        items.new_version(written.item, by=author, now=clock())


def test_an_item_out_of_use_is_not_decided_on(written, author, approver, clock):
    submit(written, author, clock)
    with transaction():
        items.retire(written.item, "Мыйзам өзгөрдү", by=approver, now=clock())
    with pytest.raises(rules.ItemRetired):
        approve(written, approver, clock)
    with pytest.raises(rules.ItemRetired), transaction():
        decisions.return_version(written, "Тактаңыз", by=approver, now=clock())


def test_a_person_who_looks_at_a_key_is_recorded_and_the_key_is_not_in_the_record(written, approver, clock):
    with transaction():
        assert items.open_key_for(written, purpose="view", by=approver, now=clock()) == (1,)
    entry = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.number.desc()).limit(1)).one()
    assert (entry.action, entry.actor) == ("item.key_opened", f"user:{approver.id}")
    assert audit.facts(entry) == {"version": str(written.id), "purpose": "view"}


def test_enemies_hold_in_both_directions(author, approver, clock):
    with transaction():
        two = items.create_item(draft("LAW-002"), by=author, now=clock())
        one = items.create_item(draft("LAW-001", enemies=("LAW-002",)), by=author, now=clock())
        one.enemies = ["law-002", "LAW-404"]  # as files of earlier releases have brought them
        for version in (one, two):
            items.mark_submitted(version, by=author, now=clock())
        decisions.approve_many([one, two], by=approver, now=clock())
    found = {candidate.id: candidate.enemies for candidate in stock_queries.bank_candidates()}
    assert found == {str(one.id): {str(two.id)}, str(two.id): {str(one.id)}}


def test_search_finds_kyrgyz_and_russian_words_in_whatever_letters(author, clock):
    with transaction():
        first = draft("LAW-001", stem_ky="Өнүктүрүү планы?", stem_ru="Ёмкость плана?")
        items.create_item(first, by=author, now=clock())
        items.create_item(draft("LAW-002", stem_ky="Башка?", stem_ru="Другое?"), by=author, now=clock())
    for text in ("өнүктүрүү", "ӨНҮКТҮРҮҮ", "емкость", "law-001"):
        found = listing.items_page(listing.ItemFilter(text=text), 1)
        assert [version.item.external_id for version in found.items] == ["LAW-001"], text
    assert listing.items_page(listing.ItemFilter(text="100%"), 1).total == 0


def test_subject_areas_are_loaded_once_and_what_people_renamed_stays(make, clock):
    by = make.user(Role.TEST_ADMINISTRATOR)
    names = {"name_ky": "Психология", "name_ru": "Психология", "name_en": "Psychology"}
    data = [{"code": "psychology", **names, "sub_topics": [{"code": "motivation", **names}]}]
    with transaction():
        assert subjects.load_subjects(data, by=by, now=clock()) == 2
    area = queries.subject_areas()[0]
    with transaction():
        subjects.rename(area, subjects.Names("Психология жана педагогика", "П", "P"), by=by, now=clock())
        subjects.set_active(area.sub_topics[0], False, by=by, now=clock())
    with transaction():
        assert subjects.load_subjects(data, by=by, now=clock()) == 0
    assert queries.subject_areas()[0].name_ky == "Психология жана педагогика"
    with pytest.raises(rules.CodeTaken), transaction():
        subjects.add_area("psychology", subjects.Names("a", "b", "c"), by=by, now=clock())
