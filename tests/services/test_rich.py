"""Rich questions in the bank: kept clean, sealed with their pictures, pictures dropped; translations; autosave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.exceptions import NotFound

from accounts.rules import Role
from core import audit, markup, pictures
from core.audit import AuditEntry
from core.db import db, transaction
from question_bank import rich_queries, rules, sealing, translations, writing
from question_bank.exchange.drafts import with_texts
from question_bank.kinds.base import Wording
from question_bank.life import ReviewPoint
from question_bank.life_models import ReviewChecklist
from question_bank.models import ItemVersion
from question_bank.rich_models import StoredMedium, VersionMedium, WorkingCopy
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services import copies, decisions, forms, items, media
from question_bank.writing import LEFT_ALONE
from tests.candidates import Candidate
from tests.rich_scene import RED, TRIANGLE, image, medium, png, rich
from tests.services.bank_files import draft

KY_ALONE = {
    "stem_ru": "", "options": (Wording("Кеңеш", ""), Wording("Орган", ""), Wording("Мектеп", "")),
}  # fmt: skip


def write(given, by, clock, **more):
    with transaction():
        return items.create_item(given, by=by, now=clock(), **more)


def edit(version, given, by, clock, **more):
    with transaction():
        items.edit_version(version, given, by=by, now=clock(), **more)


def names() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(db.select(StoredMedium.name)))


# --- what is kept


def test_a_rich_question_comes_back_as_it_was_written_and_its_search_has_words_only(author, clock):
    version = write(rich(), author, clock)
    assert items.as_draft(version) == rich()
    assert "кайсы" in version.search_text and "<" not in version.search_text and "h₂o" in version.search_text.lower()
    assert str(version.stem("ky")).startswith("RICH-001: кайсы бурч?")


def test_what_is_not_on_the_list_is_not_kept_whoever_brings_it(author, clock):
    version = write(rich(stem_ky="<p onclick='x()'>Бурч?</p><script>x()</script>"), author, clock)
    assert version.stem_ky == "<p>Бурч?</p>"


def test_a_plain_question_is_kept_letter_by_letter(author, clock):
    version = write(draft(stem_ky="a < b & <b>c</b>?"), author, clock)
    assert (version.stem_ky, version.is_rich) == ("a < b & <b>c</b>?", False)
    assert version.stem("ky") == "a < b & <b>c</b>?"


def test_a_picture_is_kept_once_and_known_to_the_editor_by_its_name(author, clock):
    write(rich(), author, clock)
    again = write(rich("RICH-002", media=()), author, clock)
    assert names() == {RED.name, TRIANGLE.name}
    assert {one.name for one in items.as_draft(again).media} == names()


def test_a_picture_that_no_version_shows_goes_after_a_while(author, approver, clock):
    version = write(rich(), author, clock)
    edit(version, rich(options=rich().options[:2]), author, clock)
    assert db.session.query(VersionMedium).count() == 1
    for passed, left in ((LEFT_ALONE, {RED.name, TRIANGLE.name}), (timedelta(seconds=1), {TRIANGLE.name})):
        clock.advance(passed)
        with transaction():
            media.drop_unused(now=clock())
        assert names() == left


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_kept(author, clock):
    with pytest.raises(pictures.PictureUnknown), transaction():
        media.add(b"GIF89a", by=author, now=clock())
    assert names() == set()
    with transaction():
        media.add(png(), by=author, now=clock())
    assert [entry.action for entry in db.session.scalars(db.select(audit.AuditEntry))] == ["medium.added"]


# --- sealed


def test_rich_and_pictures_are_sealed_with_the_question_and_an_exchanged_picture_is_found(app, make):
    [form] = make.forms(make.specification(drafts=[rich(f"RICH-00{n}") for n in range(1, 4)], cut_score=2))
    content = sealing.leaf_content(form.items[0])
    assert content["rich"] is True and content["media"] == sorted((RED.name, TRIANGLE.name))
    assert forms.verify_form(form)
    with transaction():
        stored = db.session.scalars(db.select(StoredMedium).where(StoredMedium.name == RED.name)).one()
        stored.content = png("blue")
    assert not forms.verify_form(form)
    with transaction():
        stored.content = RED.content
    assert forms.verify_form(form)
    with transaction():
        form.items[0].version.is_rich = False
    assert not forms.verify_form(form)


def test_a_rich_question_is_answered_and_scored(app, make, clock):
    drafts = tuple(rich(f"RICH-00{n}") for n in range(1, 4))
    candidate = Candidate(clock, make.codes(make.sitting(people=1, drafts=drafts, cut_score=2))[0]).enter().start()
    candidate.answer(1, 2)
    assert candidate.submit().score == 2


# --- translations


def test_a_question_in_one_language_is_kept_as_a_draft_and_not_submitted(author, clock):
    version = write(draft(**KY_ALONE), author, clock)
    assert translations.missing_translation(version) == "ru"
    with pytest.raises(writing.TranslationMissing), transaction():
        items.submit(version, by=author, now=clock())
    assert version.status == ItemStatus.DRAFT
    edit(version, draft(), author, clock)
    assert version.stale_language is None
    with transaction():
        items.submit(version, by=author, now=clock())
    assert version.status == ItemStatus.IN_REVIEW


def test_the_language_that_was_not_changed_is_flagged_until_it_is_looked_at(author, clock):
    version = write(draft(), author, clock)
    assert version.stale_language is None
    edit(version, draft(stem_ky="Программаны ким бекитет?"), author, clock)
    assert version.stale_language == "ru"
    edit(version, draft(stem_ky="Программаны ким бекитет?", difficulty=5), author, clock)
    assert version.stale_language == "ru"
    edit(version, draft(stem_ky="Программаны ким бекитет?"), author, clock, translation_holds=True)
    assert version.stale_language is None
    edit(version, draft(stem_ky="Программаны ким бекитет?", stem_ru="Кто?"), author, clock)
    assert version.stale_language == "ky"


def test_a_translation_that_may_be_behind_is_approved_only_with_the_tick_that_both_ask_the_same(
    author, approver, clock
):
    version = write(draft(), author, clock)
    edit(version, draft(stem_ky="Программаны ким бекитет?"), author, clock)
    with transaction():
        items.submit(version, by=author, now=clock())
    others = [point for point in ReviewPoint if point != ReviewPoint.LANGUAGES]
    for points, comment in (((), ""), (others, "Орусчасы да туура")):
        with pytest.raises(writing.TranslationBehind), transaction():
            decisions.approve(version, comment=comment, points=points, by=approver, now=clock())
        with pytest.raises(writing.TranslationBehind), transaction():
            decisions.approve_many([version], comment=comment, points=points, by=approver, now=clock())
        assert (version.status, version.stale_language) == (ItemStatus.IN_REVIEW, "ru")
    with transaction():
        decisions.approve(version, points=list(ReviewPoint), by=approver, now=clock())
    assert (version.status, version.stale_language) == (ItemStatus.APPROVED, None)
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "item.approved")).one()
    assert audit.facts(entry)["compared"] == "ru"
    kept = db.session.scalars(db.select(ReviewChecklist)).one()
    assert "languages" in kept.points


def test_options_in_another_order_are_no_new_words(author, clock):
    version = write(draft(), author, clock)
    edit(version, draft(options=draft().options[::-1]), author, clock)
    assert version.stale_language is None


def test_a_text_that_is_behind_stays_so_whatever_else_is_mended_until_it_is_touched_itself(author, clock):
    version, options = write(draft(), author, clock), (Wording("Жыйын", "Собрание"), *draft().options[1:])
    edit(version, draft(stem_ky="Ким?"), author, clock)
    edit(version, draft(stem_ky="Ким?", options=options), author, clock)
    assert version.stale_language == "ru"
    edit(version, draft(stem_ky="Ким?", stem_ru="Кто?", options=options), author, clock)
    assert (version.stale_language, version.agreed_texts) == (None, None)
    edit(version, draft(stem_ky="Ким?", stem_ru="Кто именно?", options=options), author, clock)
    edit(version, draft(stem_ky="Ким?", stem_ru="Кто?", options=options), author, clock)
    assert version.stale_language is None  # as it was when both agreed


def test_two_texts_changed_in_one_language_each_are_both_behind(author, clock):
    version, first = write(draft(), author, clock), draft().options[0]
    one_sided = (Wording(first.ky, "Педсовет"), *draft().options[1:])
    edit(version, draft(stem_ky="Ким?", options=one_sided), author, clock)
    assert version.stale_language == "ru"
    edit(version, draft(stem_ky="Ким?", stem_ru="Кто?", options=one_sided), author, clock)
    assert version.stale_language == "ky"
    edit(version, draft(stem_ky="Ким?", stem_ru="Кто?", options=one_sided), author, clock, translation_holds=True)
    assert version.stale_language is None


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_options_whose_texts_of_one_language_changed_places_are_flagged_until_they_are_put_back(
    author, clock, language
):
    version, (one, two, three) = write(draft(), author, clock), draft().options
    turned = {"ky": (Wording(two.ky, one.ru), Wording(one.ky, two.ru)),
              "ru": (Wording(one.ky, two.ru), Wording(two.ky, one.ru))}  # fmt: skip
    edit(version, draft(options=(*turned[language], three)), author, clock)
    edit(version, draft(options=(*turned[language], three), difficulty=5), author, clock)
    assert version.stale_language == {"ky": "ru", "ru": "ky"}[language]
    edit(version, draft(), author, clock)
    assert version.stale_language is None


def test_a_plain_question_that_becomes_rich_has_the_same_words_and_what_was_behind_is_behind_still(author, clock):
    version, whole = write(draft(stem_ru="Кто < он?"), author, clock), draft(stem_ky="Ким < ал?", stem_ru="Кто < он?")
    edit(version, whole, author, clock)
    edit(version, replace(with_texts(whole, markup.as_html), is_rich=True), author, clock)
    assert (version.is_rich, version.stale_language) == (True, "ru")


def test_of_a_flag_without_a_note_of_what_agreed_nothing_but_the_tick_is_believed(author, clock):
    version = write(draft(), author, clock)
    with transaction():
        version.stale_language = "ru"  # as earlier releases kept it
    edit(version, draft(stem_ru="Кто?"), author, clock)
    assert version.stale_language == "ru"
    edit(version, draft(stem_ru="Кто?"), author, clock, translation_holds=True)
    assert version.stale_language is None


def test_the_note_of_what_agreed_tells_nothing_of_the_order_of_options(author, clock):
    version = write(draft(), author, clock)
    edit(version, draft(stem_ky="Ким?"), author, clock)
    assert version.agreed_texts == sorted(version.agreed_texts)


# --- autosave


def keep(fields, by, clock, *, version=None, copy=None, revision=0):
    with transaction():
        return copies.save(
            fields, kind=ItemKind.SINGLE_CHOICE, version=version, copy=copy, revision=revision, by=by, now=clock()
        )


def test_what_is_typed_is_kept_for_its_author_alone_under_seal_and_not_in_the_record(author, approver, clock):
    copy = keep({"stem_ky": ["Бүтпөгөн суроо"], "correct": ["1"]}, author, clock)
    assert copies.open_copy(copy) == {"stem_ky": ["Бүтпөгөн суроо"], "correct": ["1"]}
    assert "Бүтпөгөн".encode() not in copy.content_sealed
    assert [one.id for one in rich_queries.begun_questions(author.id)] == [copy.id]
    with pytest.raises(NotFound):
        rich_queries.get_copy(copy.id, approver.id)
    assert db.session.query(audit.AuditEntry).count() == 0


def test_two_windows_do_not_overwrite_each_other(author, clock):
    version = write(draft(), author, clock)
    first = keep({"stem_ky": ["бир"]}, author, clock, version=version)
    assert keep({"stem_ky": ["эки"]}, author, clock, version=version, revision=first.revision).revision == 2
    clock.advance(timedelta(minutes=1))
    for revision in (0, 1, 3):
        with pytest.raises(writing.SavedElsewhere):
            keep({"stem_ky": ["үч"]}, author, clock, version=version, revision=revision)
        db.session.rollback()
    assert copies.open_copy(rich_queries.working_copy(author.id, version.id)) == {"stem_ky": ["эки"]}


def test_two_authors_each_have_their_own_copy(author, make, clock):
    version, other = write(draft(), author, clock), make.user(Role.ITEM_AUTHOR)
    keep({"stem_ky": ["бир"]}, author, clock, version=version)
    keep({"stem_ky": ["эки"]}, other, clock, version=version)
    assert copies.open_copy(rich_queries.working_copy(author.id, version.id)) == {"stem_ky": ["бир"]}


def test_nothing_is_kept_for_a_version_that_waits_for_a_decision(author, clock):
    version = write(draft(), author, clock)
    with transaction():
        items.submit(version, by=author, now=clock())
    with pytest.raises(rules.AwaitingDecision):
        keep({}, author, clock, version=version)


def test_what_nobody_comes_back_to_is_forgotten(author, clock):
    keep({"stem_ky": ["бир"]}, author, clock)
    for passed, left in ((LEFT_ALONE, 1), (timedelta(seconds=1), 0)):
        clock.advance(passed)
        with transaction():
            copies.drop_old(now=clock())
        assert db.session.query(WorkingCopy).count() == left


def test_a_new_version_shows_the_same_pictures(author, approver, clock):
    version = write(rich(), author, clock)
    with transaction():
        items.submit(version, by=author, now=clock())
        decisions.approve(version, by=approver, now=clock())
    with transaction():
        newer = items.new_version(version.item, by=author, now=clock())
    assert replace(items.as_draft(newer)) == rich()
    assert db.session.query(VersionMedium).count() == 4
    assert db.session.query(ItemVersion).count() == 2
    assert medium(png()) == RED and image(RED, "x")
