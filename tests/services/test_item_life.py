"""What happens to a question beside its wording: remarks, checklist, twins, enemies, sources (¶23–24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core import audit
from core.db import db, transaction
from question_bank import life, life_queries, rules, sealing, source_queries, writing
from question_bank.exchange.drafts import OptionDraft
from question_bank.life import ReviewPoint, SourceKind, SourceState
from question_bank.life_models import Citation, ItemFingerprint, ReviewChecklist
from question_bank.models import ItemReview
from question_bank.rules import ReviewAct
from question_bank.services import comments, decisions, duplicates, enemies, items, sources
from question_bank.services.sources import Facts
from question_bank.similarity import Likeness
from tests.life_scene import LifeScene, question
from tests.services.bank_files import draft

LAW = Facts(SourceKind.LAW, "Билим берүү жөнүндө мыйзам", "Закон об образовании", "179", date(2023, 8, 11))
TODAY = date(2026, 11, 28)


@pytest.fixture
def scene(make, clock):
    """Three questions that wait for approval."""
    return LifeScene(make, clock)


# --- remarks


def remark(scene, number=0, by=None):
    with transaction():
        made = comments.comment(scene.version(number), "key", "Ачкыч туурабы?", by=by or scene.first, now=scene.clock())
        return made.id


def test_a_version_with_an_open_remark_is_not_approved_and_is_when_the_remark_is_settled(scene):
    first = remark(scene)
    with pytest.raises(life.OpenComments) as refused:
        scene.approve(0)
    assert refused.value.params == {"items": "LAW-000"}
    with transaction():
        found = life_queries.get_comment(first, scene.ids[0])
        comments.answer(found, "Мыйзамдын 12-беренеси.", by=scene.author, now=scene.clock())
        comments.settle(found, by=scene.first, now=scene.clock())
    scene.approve(0)
    assert scene.version(0).approved_at is not None


def test_many_are_approved_all_or_none_where_one_has_an_open_remark(scene):
    remark(scene, 1)
    with pytest.raises(life.OpenComments):
        scene.approve(0, 1, 2)
    assert {scene.version(number).approved_at for number in range(3)} == {None}


def test_a_remark_is_settled_once_and_not_answered_after(scene):
    first = remark(scene)
    with transaction():
        comments.settle(life_queries.get_comment(first, scene.ids[0]), by=scene.first, now=scene.clock())
    for act in (
        lambda found: comments.settle(found, by=scene.second, now=scene.clock()),
        lambda found: comments.answer(found, "Дагы", by=scene.author, now=scene.clock()),
    ):
        with pytest.raises(life.CommentSettled), transaction():
            act(life_queries.get_comment(first, scene.ids[0]))


def both(scene):
    """Somebody who writes questions and approves those of others."""
    return scene.make.user(*scene.author.roles, *scene.first.roles)


def test_another_s_remark_is_not_settled_by_whoever_worked_on_the_question(scene):
    one = both(scene)
    scene.ids.append(scene.write(question(3), by=one))
    theirs, own = remark(scene, 3), remark(scene, 3, by=one)
    with pytest.raises(life.OwnQuestionRemark), transaction():
        comments.settle(life_queries.get_comment(theirs, scene.ids[3]), by=one, now=scene.clock())
    with transaction():
        comments.settle(life_queries.get_comment(own, scene.ids[3]), by=one, now=scene.clock())
        comments.settle(life_queries.get_comment(theirs, scene.ids[3]), by=scene.second, now=scene.clock())
    scene.approve(3)


def test_nothing_is_remarked_on_an_approved_version(scene):
    scene.approve(0)
    with pytest.raises(rules.ApprovedNeverChanges):
        remark(scene)


# --- checklist


def test_what_the_approver_ticked_and_what_the_program_found_are_kept_with_the_decision(scene):
    with transaction():
        decisions.approve(scene.version(0), points=[ReviewPoint.FAIR], by=scene.first, now=scene.clock())
    kept = db.session.scalars(db.select(ReviewChecklist)).one()
    assert db.session.get(ItemReview, kept.review_id).act == ReviewAct.APPROVED
    assert kept.points == ["fair"]
    assert sealing.open_flaws(kept.review_id, kept.flaws_sealed) == decisions.flaws_of(scene.version(0))


def test_what_tells_the_key_does_not_stand_open_in_the_database(make, clock):
    scene = LifeScene(make, clock, count=0)
    long = OptionDraft("Мектептин педагогикалык кеңешинин жыйналышы", "Заседание педагогического совета")
    scene.ids = [scene.write(question(0, options=(draft().options[0], long, draft().options[2])))]
    with transaction():
        decisions.approve(scene.version(0), points=[], by=scene.first, now=clock())
    kept = db.session.scalars(db.select(ReviewChecklist)).one()
    assert "longest_is_key" in {flaw.code for flaw in sealing.open_flaws(kept.review_id, kept.flaws_sealed)}
    assert b"longest" not in kept.flaws_sealed


# --- twins


def test_a_copy_under_another_identifier_is_found_and_an_other_question_is_not(scene):
    scene.ids.append(scene.write(question(0, external_id="LAW-900"), submit=False))
    (twin,) = duplicates.twins(scene.version(3))
    assert (twin.external_id, twin.likeness, twin.share) == ("LAW-000", Likeness.EQUAL, 1.0)
    assert duplicates.twins(scene.version(1)) == []


def test_a_copy_in_one_language_alone_is_found(scene):
    scene.ids.append(scene.write(question(0, external_id="LAW-900", stem_ky="Таптакыр башка сөздөр ушул жерде турат?")))
    assert [twin.external_id for twin in duplicates.twins(scene.version(3))] == ["LAW-000"]


def test_a_question_that_is_edited_is_found_by_its_new_words_only(scene):
    version = scene.version(0)
    with transaction():
        decisions.return_version(scene.version(0), "Башка сура", by=scene.first, now=scene.clock())
        items.edit_version(scene.version(0), question(4, external_id="LAW-000"), by=scene.author, now=scene.clock())
    scene.ids.append(scene.write(question(4, external_id="LAW-904")))
    scene.ids.append(scene.write(question(0, external_id="LAW-900")))
    assert [twin.external_id for twin in duplicates.twins(scene.version(3))] == ["LAW-000"]
    assert duplicates.twins(scene.version(4)) == []
    assert version.item.external_id == "LAW-000"


def test_a_question_out_of_use_is_no_twin(scene):
    with transaction():
        items.retire(scene.item(0), "Эскирди", by=scene.first, now=scene.clock())
    scene.ids.append(scene.write(question(0, external_id="LAW-900")))
    assert duplicates.twins(scene.version(3)) == []


def test_that_two_are_no_duplicates_is_said_with_a_reason_and_holds_from_both_sides(scene):
    scene.ids.append(scene.write(question(0, external_id="LAW-900")))
    with pytest.raises(rules.CommentNeeded), transaction():
        duplicates.excuse(scene.item(3), scene.item(0), " ", by=scene.author, now=scene.clock())
    with transaction():
        duplicates.excuse(scene.item(3), scene.item(0), "Башка бөлүм үчүн", by=scene.author, now=scene.clock())
    for number in (0, 3):
        assert duplicates.open_twins(scene.version(number)) == []
        assert duplicates.twins(scene.version(number))[0].excuse.reason == "Башка бөлүм үчүн"


def test_a_file_is_warned_of_what_the_bank_has_and_of_what_it_repeats_itself(scene):
    news = [question(0, external_id="NEW-1"), question(4, external_id="NEW-2"), question(4, external_id="NEW-3")]
    found = {problem.external_id: str(problem.message) for problem in duplicates.warnings(news)}
    assert set(found) == {"NEW-1", "NEW-3"}
    assert "LAW-000" in found["NEW-1"] and "NEW-2" in found["NEW-3"]
    assert all(problem.severity == "warning" for problem in duplicates.warnings(news))


def test_every_question_has_its_words_in_the_index_once(scene):
    rows = db.session.execute(db.select(ItemFingerprint.item_id, db.func.count()).group_by(ItemFingerprint.item_id))
    assert {count for _item, count in rows} <= {12, 13, 14}
    assert len(scene.named()) == 3


# --- enemies


def test_an_enemy_named_by_one_is_seen_from_both(scene):
    with transaction():
        decisions.return_version(scene.version(0), "Аташ керек", by=scene.first, now=scene.clock())
        enemies.add(scene.version(0), "LAW-001", by=scene.author, now=scene.clock())
    here, there = (life_queries.enemies_of(scene.version(number)) for number in (0, 1))
    assert [(one.external_id, one.named_here, one.named_there) for one in here] == [("LAW-001", True, False)]
    assert [(one.external_id, one.named_here, one.named_there) for one in there] == [("LAW-000", False, True)]
    with transaction():
        enemies.drop(scene.version(0), "LAW-001", by=scene.author, now=scene.clock())
    assert life_queries.enemies_of(scene.version(1)) == []


def test_an_enemy_that_the_bank_does_not_have_is_said_and_is_not_added(scene):
    with pytest.raises(life.UnknownEnemies) as refused:
        scene.write(question(3, enemies=("LAW-777", "LAW-001", "X")), submit=False)
    assert refused.value.params["ids"] == "LAW-777, X"
    scene.ids.append(scene.write(question(3), submit=False))
    with transaction():  # as a file of another part of the bank brings it
        scene.version(3).enemies = ["LAW-777"]
    (one,) = life_queries.enemies_of(scene.version(3))
    assert (one.external_id, one.item_id) == ("LAW-777", None)
    for name in ("LAW-778", "LAW-003"):
        with pytest.raises(life.UnknownEnemy), transaction():
            enemies.add(scene.version(3), name, by=scene.author, now=scene.clock())


def test_an_enemy_is_meant_in_whatever_capitals_where_it_is_clear_which(scene):
    scene.ids.append(scene.write(question(3, enemies=("law-000", "LAW-000", "Law-001")), submit=False))
    assert scene.version(3).enemies == ["LAW-000", "LAW-001"]
    scene.ids.append(scene.write(question(4), submit=False))
    with transaction():
        scene.item(4).external_id = "law-000"  # as earlier releases let it in
    with transaction():
        enemies.add(scene.version(3), "law-002", by=scene.author, now=scene.clock())
        enemies.add(scene.version(3), "law-000", by=scene.author, now=scene.clock())
    assert scene.version(3).enemies == ["LAW-000", "LAW-001", "LAW-002", "law-000"]
    for unclear in ("Law-000", "law-003"):  # two are written so but for the capitals; the question itself
        with pytest.raises(life.UnknownEnemy), transaction():
            enemies.add(scene.version(3), unclear, by=scene.author, now=scene.clock())


def test_a_new_identifier_that_differs_from_another_in_capitals_only_is_refused(scene):
    with pytest.raises(life.IdInOtherCapitals) as refused:
        scene.write(question(3, external_id="Law-000"))
    assert refused.value.params == {"external_id": "LAW-000"}
    assert scene.named() == ["LAW-000", "LAW-001", "LAW-002"]


def test_of_two_that_differ_in_capitals_each_is_an_enemy_of_the_other_and_never_of_itself(scene):
    scene.ids.append(scene.write(question(3), submit=False))
    with transaction():
        scene.item(3).external_id = "law-000"  # as earlier releases let it in
    with transaction():
        enemies.add(scene.version(3), "LAW-000", by=scene.author, now=scene.clock())
    with transaction():
        changed = replace(items.as_draft(scene.version(3)), difficulty=5)
        items.edit_version(scene.version(3), changed, by=scene.author, now=scene.clock())
    assert (scene.version(3).enemies, scene.version(3).difficulty) == (["LAW-000"], 5)


def test_a_question_is_not_kept_as_its_own_enemy_in_whatever_capitals(scene):
    with pytest.raises(rules.ItemInvalid, match="тизмесинде суроонун өзү"):
        scene.write(question(3, enemies=("law-003",)))


def test_enemies_that_a_file_named_before_they_come_stay_when_the_question_is_edited_and_no_others_are_let_in(scene):
    scene.ids.append(scene.write(question(3), submit=False))
    with transaction():
        scene.version(3).enemies = ["LAW-777"]
    with transaction():
        changed = replace(items.as_draft(scene.version(3)), difficulty=5)
        items.edit_version(scene.version(3), changed, by=scene.author, now=scene.clock())
    assert (scene.version(3).enemies, scene.version(3).difficulty) == (["LAW-777"], 5)
    with pytest.raises(life.UnknownEnemies) as refused, transaction():
        changed = replace(changed, enemies=("LAW-777", "LAW-778"))
        items.edit_version(scene.version(3), changed, by=scene.author, now=scene.clock())
    assert refused.value.params["ids"] == "LAW-778"


def test_whoever_names_an_enemy_has_worked_on_the_question(scene):
    other = scene.make.user(*scene.author.roles)
    scene.ids.append(scene.write(question(3), submit=False))
    with transaction():
        enemies.add(scene.version(3), "LAW-000", by=other, now=scene.clock())
    assert other.id in items.hands_on(scene.item(3))


# --- sources


@pytest.fixture
def cited(scene):
    """A draft that is taken from a law of the register."""
    scene.ids.append(scene.write(question(3), submit=False))
    with transaction():
        source = sources.add_source(LAW, by=scene.first, now=scene.clock())
        sources.cite(scene.version(3), source, "12-берене", by=scene.author, now=scene.clock())
        scene.source_id = source.id
    return scene


def amend(scene):
    scene.clock.advance(timedelta(days=1))
    with transaction():
        source = source_queries.get_source(scene.source_id)
        sources.amend(source, TODAY, "12-берене жаңы редакцияда", by=scene.first, now=scene.clock())


def due(on=TODAY) -> list[tuple[str, SourceState]]:
    """What the page of each source shows as to be looked at; the counts beside it say as many."""
    found, tallies = [], source_queries.tallies(on=on)
    for source in source_queries.sources():
        tally = source_queries.tally(source.id, on=on)
        assert tally == tallies.get(source.id, source_queries.Tally())
        shown = source_queries.cited_page(source, 1, on=on, own_of=None, found=tally)
        found += [(one.version.item.external_id, one.state) for one in shown.items if one.is_due]
    assert len(found) == sum(one.due for one in tallies.values()) == source_queries.due_count(on=on)
    return found


def test_an_amended_law_puts_its_questions_into_the_list_until_somebody_has_looked(cited):
    assert due() == []
    amend(cited)
    assert due() == [("LAW-003", SourceState.CHANGED)] and source_queries.due_count(on=TODAY) == 1
    cited.clock.advance(timedelta(hours=1))
    with transaction():
        source = source_queries.get_source(cited.source_id)
        sources.confirm([cited.version(3)], source, by=cited.first, now=cited.clock())
    assert due() == [] and source_queries.due_count(on=TODAY) == 0


def test_what_was_amended_after_the_page_was_opened_is_not_confirmed(cited):
    amend(cited)
    source, version = source_queries.get_source(cited.source_id), cited.version(3)
    read, shown = sources.edition(source), {version.id: sealing.edition(version)}
    amend(cited)
    with pytest.raises(life.SourceChangedSinceShown), transaction():
        confirm(cited, read, shown)
    with transaction():
        changed = Facts(**{**LAW.__dict__, "valid_until": TODAY})
        read = sources.edition(source_queries.get_source(cited.source_id))
        sources.edit_source(source_queries.get_source(cited.source_id), changed, by=cited.first, now=cited.clock())
    with pytest.raises(life.SourceChangedSinceShown), transaction():
        confirm(cited, read, shown)
    assert due() == [("LAW-003", SourceState.CHANGED)]
    with transaction():
        confirm(cited, sources.edition(source_queries.get_source(cited.source_id)), shown)
    assert due() == []


def test_a_question_that_was_saved_after_the_page_was_opened_is_not_confirmed(cited):
    amend(cited)
    version = cited.version(3)
    shown = {version.id: sealing.edition(version)}
    with transaction():
        changed = replace(items.as_draft(version), difficulty=5)
        items.edit_version(version, changed, by=cited.author, now=cited.clock())
    for given, refusal in ((shown, writing.ChangedSinceShown), ({}, writing.NotShown)):
        with pytest.raises(refusal), transaction():
            confirm(cited, sources.edition(source_queries.get_source(cited.source_id)), given)
    assert due() == [("LAW-003", SourceState.CHANGED)]


def confirm(cited, read, shown):
    source = source_queries.get_source(cited.source_id)
    cited.clock.advance(timedelta(hours=1))
    sources.confirm([cited.version(3)], source, read=read, shown=shown, by=cited.first, now=cited.clock())


@pytest.mark.parametrize(("until", "state"), [
    (date(2026, 11, 27), SourceState.EXPIRED), (date(2026, 11, 28), None), (None, None),
])  # fmt: skip
def test_a_source_is_in_force_on_its_last_day_and_not_after(cited, until, state):
    with transaction():
        changed = Facts(**{**LAW.__dict__, "valid_until": until})
        sources.edit_source(source_queries.get_source(cited.source_id), changed, by=cited.first, now=cited.clock())
    assert due() == ([("LAW-003", state)] if state else [])


def test_a_source_that_another_replaces_puts_its_questions_into_the_list(cited):
    with transaction():
        other = sources.add_source(
            Facts(SourceKind.LAW, "Жаңы мыйзам", "Новый закон", "1"), by=cited.first, now=cited.clock()
        )
        changed = Facts(**{**LAW.__dict__, "replaced_by_id": other.id})
        sources.edit_source(source_queries.get_source(cited.source_id), changed, by=cited.first, now=cited.clock())
    assert due() == [("LAW-003", SourceState.REPLACED)]


def test_a_new_version_begins_with_the_source_of_the_old_one_and_with_the_day_of_its_last_look(cited):
    with transaction():
        items.submit(cited.version(3), by=cited.author, now=cited.clock())
        decisions.approve(cited.version(3), by=cited.first, now=cited.clock())
    amend(cited)
    with transaction():
        made = items.new_version(cited.item(3), by=cited.author, now=cited.clock()).id
    copy, old = db.session.get(Citation, made), db.session.get(Citation, cited.ids[3])
    assert (copy.source_id, copy.place, copy.checked_at) == (old.source_id, "12-берене", old.checked_at)
    assert len(due()) == 2  # the draft, and the version in force behind it


def test_a_question_out_of_use_stands_in_no_list(cited):
    amend(cited)
    with transaction():
        items.retire(cited.item(3), "Эскирди", by=cited.first, now=cited.clock())
    assert due() == []


def cite_all(scene, *numbers):
    with transaction():
        source, versions = source_queries.get_source(scene.source_id), [scene.version(number) for number in numbers]
        sources.cite_all(versions, source, by=scene.second, now=scene.clock())


def test_approved_questions_that_name_a_source_in_words_are_entered_without_a_change_of_what_was_approved(cited):
    cited.approve(0, 1)
    before = sealing.edition(cited.version(0)), sealing.version_content(cited.version(0))
    found = source_queries.named_in_words("жобо, 38")
    assert [one.item.external_id for one in found] == ["LAW-000", "LAW-001"]
    cite_all(cited, 0)
    assert source_queries.citation_of(found[0].id).place == cited.version(0).source == "Жобо, 38-пункт"
    assert len(source_queries.named_in_words("жобо, 38")) == 1
    assert (sealing.edition(cited.version(0)), sealing.version_content(cited.version(0))) == before
    assert cited.second.id not in items.hands_on(cited.item(0))


def test_entering_many_is_not_looking_what_was_amended_since_the_approval_is_to_be_looked_at(cited):
    cited.approve(0)
    amend(cited)
    cite_all(cited, 0)
    kept = source_queries.citation_of(cited.ids[0])
    assert (kept.checked_by_id, kept.checked_at) == (cited.first.id, cited.version(0).approved_at)
    assert ("LAW-000", SourceState.CHANGED) in due()


def test_the_source_of_what_is_not_approved_is_left_to_its_author(cited):
    cited.approve(0)
    assert source_queries.naming("жобо, 38") == source_queries.Naming(approved=1, waiting=2)
    with pytest.raises(life.SourceOfDraft) as refused:
        cite_all(cited, 0, 1, 3)
    assert refused.value.params["items"] == "LAW-001, LAW-003"
    assert source_queries.citation_of(cited.ids[0]) is None


def test_a_source_stands_once_in_the_register_and_ends_after_it_begins(cited):
    with pytest.raises(life.SourceTitleTaken), transaction():
        sources.add_source(LAW, by=cited.first, now=cited.clock())
    wrong = Facts(**{**LAW.__dict__, "valid_from": date(2026, 1, 2), "valid_until": date(2026, 1, 1)})
    with pytest.raises(life.SourceDates), transaction():
        sources.edit_source(source_queries.get_source(cited.source_id), wrong, by=cited.first, now=cited.clock())


def test_whoever_changes_the_source_of_a_draft_has_worked_on_it_and_does_not_approve_it(cited):
    one, before = both(cited), cited.version(3).edited_at
    cited.clock.advance(timedelta(hours=1))
    with transaction():
        source = source_queries.get_source(cited.source_id)
        sources.cite(cited.version(3), source, "5-берене", by=one, now=cited.clock())
    assert one.id in items.hands_on(cited.item(3)) and cited.version(3).edited_at > before
    with transaction():
        items.submit(cited.version(3), by=cited.author, now=cited.clock())
    with pytest.raises(rules.OwnItem), transaction():
        decisions.approve(cited.version(3), by=one, now=cited.clock())


def test_an_approved_version_is_given_no_other_source_by_its_author(cited):
    cited.approve(0)
    with pytest.raises(rules.ApprovedNeverChanges), transaction():
        sources.cite(
            cited.version(0), source_queries.get_source(cited.source_id), "1", by=cited.author, now=cited.clock()
        )


def test_everything_stands_in_the_trail(cited):
    amend(cited)
    actions = set(db.session.scalars(db.select(audit.AuditEntry.action)))
    assert {"source.added", "item.cited", "source.amended"} <= actions
    assert not list(audit.verify())
