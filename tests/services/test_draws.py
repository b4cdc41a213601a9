"""Draws: to limits, from what may be drawn, sealed as drawn, on record; people get what they have not seen."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import draw_queries, queries, rules, stock_queries
from question_bank.assembly.plan import NO_LIMITS, BlueprintShort, Limits
from question_bank.draw_models import FormDraw
from question_bank.models import Item, ItemVersion, TestForm, TestSpecification
from question_bank.services import decisions, draws, forms, items
from question_bank.statistics_models import ExamStatistics, ItemStatistics
from question_bank.stock_queries import items_on
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence
from testing_center.services import annulments, registration, seen, sittings
from tests.correction_scene import CorrectionScene
from tests.factories import in_order
from tests.web.counting import statements
from tests.web.signing_in import post, sign_in


@pytest.fixture
def admin(make):
    return make.user(Role.TEST_ADMINISTRATOR)


@pytest.fixture
def browser_of(app):
    """Opens a browser for somebody and signs them in."""

    def of(user: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, user)
        return client

    return of


@pytest.fixture
def spec(make):
    """An approved test of four questions; the bank has ten."""
    return make.specification(4, bank=10)


def draw(spec, count: int, limits: Limits = NO_LIMITS, *, by, clock, **more) -> FormDraw:
    with transaction():
        return draws.draw(spec, count, limits, by=by, now=clock(), **more)


def seal(drawn: FormDraw, *, by, clock) -> list[TestForm]:
    with transaction():
        return forms.seal(drawn, by=by, now=clock())


def items_of(drawn: FormDraw) -> set[UUID]:
    """Items of a draw, whichever version of them was drawn."""
    ids = [UUID(id_) for form in drawn.drawn for id_ in form]
    return set(db.session.scalars(db.select(ItemVersion.item_id).where(ItemVersion.id.in_(ids))))


def faults() -> list[str]:
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def measured(version: ItemVersion, facility: float, *, people: int, spec) -> None:
    """Statistics of a version over all sittings of a test."""
    now = version.created_at
    with transaction():
        exam = db.session.scalar(db.select(ExamStatistics)) or ExamStatistics(
            id=uuid4(), specification_id=spec.id, sitting_id=None, people=people, figures={}, basis=bytes(32),
            computed_at=now,
        )  # fmt: skip
        db.session.add(exam)
        db.session.flush()
        db.session.add(
            ItemStatistics(
                id=uuid4(), exam_id=exam.id, item_version_id=version.id, people=people, facility=facility, flags=[],
                details={},
            )
        )  # fmt: skip


# What is drawn


def test_a_draw_keeps_its_limits_and_what_is_sealed_is_what_was_drawn(spec, admin, clock):
    drawn = draw(spec, 2, Limits(exposure=1, shared=0, tolerance=0.5), by=admin, clock=clock)
    made = seal(drawn, by=admin, clock=clock)
    assert [[str(item.item_version_id) for item in form.items] for form in made] == drawn.drawn
    assert (drawn.most_in_common, drawn.apart, drawn.bank, drawn.left_out) == (0, 0, 10, 0)
    assert draw_queries.exposure(drawn) == {1: 8}
    assert drawn.limits == Limits(exposure=1, shared=0, tolerance=0.5)
    assert [form.variant for form in draw_queries.variants(drawn)] == [1, 2] and faults() == []


def test_an_item_on_as_many_sealed_forms_as_it_may_be_is_drawn_no_more_nor_is_its_new_version(spec, make, admin, clock):
    once = Limits(exposure=1)
    [form] = seal(draw(spec, 1, once, by=admin, clock=clock), by=admin, clock=clock)
    author, approver = make.user(Role.ITEM_AUTHOR), make.user(Role.ITEM_APPROVER)
    first = form.items[0].version
    with transaction():
        newer = items.new_version(first.item, by=author, now=clock())
        items.submit(newer, by=author, now=clock())
        decisions.approve(newer, by=approver, now=clock())
    counts = sorted(candidate.forms for candidate in stock_queries.bank_candidates())
    assert counts == [0] * 6 + [1] * 4
    another = draw(spec, 1, once, by=admin, clock=clock)
    assert not items_of(another) & {item.version.item_id for item in form.items}
    with pytest.raises(BlueprintShort):
        draw(spec, 2, once, by=admin, clock=clock)


def test_a_draw_that_was_not_sealed_wears_nothing_out(spec, admin, clock):
    draw(spec, 2, Limits(exposure=1), by=admin, clock=clock)
    assert {candidate.forms for candidate in stock_queries.bank_candidates()} == {0}


def test_what_enough_people_have_met_counts_as_measured_and_what_fewer_have_as_assumed(spec, admin, clock):
    known, hardly, *_others = queries.approved_versions()
    measured(known, 0.2, people=30, spec=spec)
    measured(hardly, 0.2, people=29, spec=spec)
    facilities = {one.id: one.facility for one in stock_queries.bank_candidates()}
    assert (facilities[str(known.id)], facilities[str(hardly.id)]) == (0.2, None)
    with transaction():
        for version in queries.approved_versions()[4:]:
            db.session.get_one(Item, version.item_id).retired_at = clock()
    [form] = draw(spec, 1, by=admin, clock=clock).forms
    assert (form.measured, form.assumed, form.expected) == (1, 3, pytest.approx(0.2 + 3 * 0.6))


def test_suspended_items_are_neither_drawn_nor_counted(spec, admin, clock):
    with transaction():
        for version in queries.approved_versions()[:6]:
            db.session.get_one(Item, version.item_id).suspended_at = clock()
    assert stock_queries.stock().available()["law", None, 3] == 4 == len(stock_queries.bank_candidates())
    with pytest.raises(BlueprintShort):
        draw(spec, 2, Limits(shared=0), by=admin, clock=clock)


def test_reading_the_bank_takes_the_same_statements_however_many_questions_and_forms(spec, make, admin, clock):
    seal(draw(spec, 2, by=admin, clock=clock), by=admin, clock=clock)
    for _more in range(2):
        with statements() as seen_:
            stock_queries.bank_candidates()
        assert sum(one.startswith("SELECT") for one in seen_) == 3
        with statements() as seen_:
            stock_queries.stock()
        assert sum(one.startswith("SELECT") for one in seen_) == 4
        make.items(20)


def test_a_refusal_names_the_place_in_words_to_a_person_and_by_code_in_the_record(spec, admin, clock):
    with pytest.raises(BlueprintShort) as refused:
        draw(spec, 3, Limits(shared=0), by=admin, clock=clock)
    assert "Бөлүм law · 3: 10 / 12" in str(refused.value)
    assert refused.value.params == {"shortages": "law · 3: 10 / 12"}


def test_a_page_says_at_most_where_enemies_may_leave_fewer_and_the_truth_where_it_was_searched(make, admin, browser_of):
    """Four to a form, eight in the bank, five of which exclude each other: six places of twelve can be filled."""
    spec = make.specification(4, bank=8)
    with transaction():
        versions = queries.approved_versions()[:5]
        for version in versions:
            version.enemies = [one.item.external_id for one in versions if one is not version]
    client, where = browser_of(admin), f"/staff/tests/specifications/{spec.id}"

    def read(answer) -> str:
        return " ".join(re.sub("<[^>]*>", " ", answer.get_data(as_text=True)).split())

    blueprint = f"/staff/tests/blueprints/{spec.blueprint_id}"
    for page in (where, blueprint):
        assert "without a question in common, at most: 2. Enemies" in read(client.get(f"{page}?lang=en"))
    wishes = {"shared": "0", "tolerance": "", "exposure": ""}
    three = read(post(client, f"{where}/draws?lang=en", wishes | {"count": "3"}))
    assert "can be filled at most: 8" in three and "the bank gives: 1" in three
    two = read(post(client, f"{where}/draws?lang=en", wishes | {"count": "2"}))
    assert "can be filled: 5" in two and "the bank gives: 1" in two
    assert post(client, f"{where}/draws?lang=en", wishes | {"count": "1"}).status_code == 303


# Sealing


def test_only_the_last_draw_is_sealed_and_only_once(spec, admin, clock):
    first, last = draw(spec, 1, by=admin, clock=clock), draw(spec, 1, by=admin, clock=clock)
    with pytest.raises(rules.DrawNotLast):
        seal(first, by=admin, clock=clock)
    seal(last, by=admin, clock=clock)
    with pytest.raises(rules.DrawSealed):
        seal(last, by=admin, clock=clock)
    assert db.session.scalar(db.select(db.func.count()).select_from(TestForm)) == 1


@pytest.mark.parametrize("change", ["retired", "suspended", "known"])
def test_a_draw_with_a_question_that_may_not_be_used_any_more_is_not_sealed(spec, admin, clock, change, monkeypatch):
    drawn = draw(spec, 1, by=admin, clock=clock)
    gone = sorted(items_of(drawn))[0]
    if change == "known":
        monkeypatch.setattr(draws, "_known", [lambda: [gone]])
    else:
        with transaction():
            item = db.session.get_one(Item, gone)
            setattr(item, f"{change}_at", clock())
    with pytest.raises(rules.DrawOutdated):
        seal(drawn, by=admin, clock=clock)


def test_of_two_draws_of_different_tests_only_one_is_sealed_where_both_would_stand_on_more_forms_than_allowed(
    make, admin, clock
):
    """Both kept to the limit when they were drawn; the second no longer does when it is to be sealed."""
    one, other = make.specification(4), make.specification(4)
    with transaction():
        for version in queries.approved_versions()[4:]:
            db.session.get_one(Item, version.item_id).retired_at = clock()
    first, second = (draw(spec, 1, Limits(exposure=1), by=admin, clock=clock) for spec in (one, other))
    assert items_of(first) == items_of(second)
    seal(first, by=admin, clock=clock)
    with pytest.raises(rules.DrawOutdated):
        seal(second, by=admin, clock=clock)
    assert set(stock_queries.forms_holding().values()) == {1}


@pytest.mark.parametrize("change", ["met", "gone"])
def test_a_draw_for_people_who_have_met_a_question_of_it_since_or_are_a_group_no_more_is_not_sealed(
    spec, admin, clock, change, monkeypatch
):
    met: set[UUID] = set()
    groups = [draws.Audience("sitting:1", "№ 1", lambda: met)]
    monkeypatch.setattr(draws, "_audiences", [lambda _spec: groups])
    drawn = draw(spec, 1, by=admin, clock=clock, audience=groups[0])
    if change == "met":
        met.add(sorted(items_of(drawn))[0])
    else:
        groups.clear()
    with pytest.raises(rules.DrawOutdated):
        seal(drawn, by=admin, clock=clock)


def test_a_draw_for_people_who_have_met_none_of_it_is_sealed(spec, admin, clock, monkeypatch):
    group = draws.Audience("sitting:1", "№ 1", frozenset)
    monkeypatch.setattr(draws, "_audiences", [lambda _spec: [group]])
    assert len(seal(draw(spec, 2, by=admin, clock=clock, audience=group), by=admin, clock=clock)) == 2


def test_a_group_that_is_not_offered_is_refused_at_its_field_and_not_taken_for_nobody(spec, admin, browser_of):
    where = f"/staff/tests/specifications/{spec.id}/draws"
    answer = post(browser_of(admin), where, {"count": "1", "audience": f"sitting:{uuid4()}"})
    assert 'id="audience-error"' in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(FormDraw)) == 0


def test_the_trail_has_limits_and_digest_and_nothing_to_repeat_a_draw_by(spec, admin, clock):
    drawn = draw(spec, 2, Limits(exposure=3, shared=1, tolerance=0.5), by=admin, clock=clock)
    entry = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="forms.drawn")).one()
    said = audit.facts(entry)
    assert (said["exposure"], said["shared"], said["tolerance"], said["forms"], said["number"]) == (3, 1, "0.5", 2, 1)
    assert len(said["digest"]) == 64 and said["expected"] == ["2.4000", "2.4000"]
    assert not any(id_ in str(entry.body) for form in drawn.drawn for id_ in form)


@pytest.mark.parametrize("column", ["shared", "drawn", "figures"])
def test_a_draw_altered_behind_the_trail_is_found(spec, admin, clock, column):
    drawn = draw(spec, 2, Limits(shared=2), by=admin, clock=clock)
    values = {"shared": 0, "drawn": [list(reversed(form)) for form in drawn.drawn], "figures": [[9, 1, 4, 0]] * 2}
    assert faults() == []
    with transaction():
        db.session.execute(db.update(FormDraw).values({column: values[column]}))
    assert faults() == ["the limits or the questions of this draw were altered"]


def test_a_form_put_under_another_draw_is_found(spec, admin, clock):
    seal(draw(spec, 1, Limits(exposure=1), by=admin, clock=clock), by=admin, clock=clock)
    seal(draw(spec, 1, Limits(exposure=1), by=admin, clock=clock), by=admin, clock=clock)
    with transaction():
        first, second = db.session.scalars(db.select(FormDraw).order_by(FormDraw.number))
        first.first_variant = 3
        db.session.flush()
        second.first_variant = 1
    assert faults() == ["this form is not the one that was drawn"] * 2


def test_a_sealed_form_leads_to_its_draw_and_the_draw_to_its_forms(spec, admin, make, clock, browser_of):
    first = draw(spec, 2, by=admin, clock=clock)
    made = seal(first, by=admin, clock=clock)
    second = draw(spec, 1, by=admin, clock=clock)
    made += seal(second, by=admin, clock=clock)
    assert [draw_queries.draw_of(form) for form in made] == [first, first, second]
    ways = [
        (f"/staff/tests/forms/{form.id}", f"/staff/tests/draws/{drawn.id}")
        for form, drawn in zip(made, (first, first, second), strict=True)
    ]
    for client in (browser_of(admin), browser_of(make.user(Role.AUTHORITY_OFFICER))):
        for form_page, draw_page in ways:
            assert f'href="{draw_page}"' in client.get(form_page).get_data(as_text=True)
            assert f'href="{form_page}"' in client.get(draw_page).get_data(as_text=True)


def test_a_sealed_form_whose_draw_is_not_kept_leads_to_none(spec, admin, clock):
    made = seal(draw(spec, 1, by=admin, clock=clock), by=admin, clock=clock)
    with transaction():
        db.session.execute(db.delete(FormDraw))
    assert draw_queries.draw_of(made[0]) is None


# People who have seen something


def sat(make, spec, made: list[TestForm], people: int, clock) -> Sitting:
    """A planned sitting of these forms to which so many people are registered."""
    by, competition = make.somebody(Role.TEST_ADMINISTRATOR), make.competition()
    with transaction():
        sitting = sittings.plan_sitting(
            f"Т-2026-{make.number()}", spec, make.room(people + 2), clock() + timedelta(days=1), made,
            [make.user(Role.PROCTOR)], by=by, now=clock(),
        )  # fmt: skip
        for _ in range(people):
            registration.register(
                sitting, competition, make.person(), "ky", by=by, now=clock(), by_hand=in_order(sitting)
            )
            db.session.flush()
    return sitting


def came(sitting: Sitting, clock) -> None:
    with transaction():
        for one in db.session.scalars(db.select(Participant).where(Participant.sitting_id == sitting.id)):
            one.presence, one.presence_at = Presence.PRESENT, clock()


def test_each_person_has_seen_the_form_of_their_seat_and_no_other(spec, make, admin, clock):
    made = seal(draw(spec, 2, Limits(shared=0), by=admin, clock=clock), by=admin, clock=clock)
    sitting = sat(make, spec, made, 3, clock)
    people = {one.seat: one.person_id for one in make.participants(sitting)}
    assert seen.forms_seen(people.values()) == set()  # registered is not there
    came(sitting, clock)
    assert [seen.forms_seen([people[seat]]) for seat in (1, 2, 3)] == [{made[0].id}, {made[1].id}, {made[0].id}]
    assert seen.items_seen([people[2]]) == {item.version.item_id for item in made[1].items}


def test_what_those_of_a_coming_sitting_have_seen_elsewhere_is_left_out(make, admin, clock):
    """They sat another test whose questions come from the same bank, and are registered for this one."""
    spec = make.specification(4, bank=10)
    [form] = seal(draw(spec, 1, by=admin, clock=clock), by=admin, clock=clock)
    before = sat(make, spec, [form], 2, clock)
    came(before, clock)
    other = sat(make, spec, [form], 1, clock)
    with transaction():
        person = make.participants(before)[0].person_id
        make.participants(other)[0].person_id = person
    [audience] = [one for one in draws.audiences(spec) if one.key == f"sitting:{other.id}"]
    assert other.number in audience.name
    drawn = draw(spec, 1, by=admin, clock=clock, audience=audience)
    assert not items_of(drawn) & {item.version.item_id for item in form.items}
    assert (drawn.left_out, drawn.bank, drawn.audience_key) == (4, 6, audience.key)
    with pytest.raises(BlueprintShort):
        draw(spec, 2, Limits(shared=0), by=admin, clock=clock, audience=audience)


def test_groups_are_offered_in_a_constant_number_of_statements(spec, make, admin, clock):
    [form] = seal(draw(spec, 1, by=admin, clock=clock), by=admin, clock=clock)

    def cost() -> tuple[int, int]:
        db.session.rollback()
        with statements() as seen_:
            found = draws.audiences(spec)
        return len(found), len(seen_)

    sat(make, spec, [form], 1, clock)
    few, statements_few = cost()
    for _ in range(3):
        sat(make, spec, [form], 2, clock)
    many, statements_many = cost()
    assert many > few and statements_many == statements_few


def test_forms_for_those_who_wait_after_an_annulment_have_no_question_that_they_met(make, clock, browser_of):
    """¶24: and the page has chosen them already."""
    scene = CorrectionScene(make, clock, [{1: 0}, {1: 0}])
    make.items(8)
    with transaction():
        prepared = annulments.annul_prepare(scene.sitting, "Жарык өчтү", by=scene.first, now=clock())
    with transaction():
        annulments.annul_apply(db.session.get_one(Annulment, prepared.id), by=scene.second, now=clock())
    spec = scene.sitting.specification
    [waiting] = [one for one in draws.audiences(spec) if one.is_meant]
    met = items_on({form.id for form in scene.sitting.forms})
    assert waiting.seen() == met
    page = browser_of(scene.first).get(f"/staff/tests/specifications/{spec.id}").get_data(as_text=True)
    assert re.search(r'<option selected value="waiting"', page)
    drawn = draw(db.session.get_one(TestSpecification, spec.id), 1, by=scene.first, clock=clock, audience=waiting)
    assert not items_of(drawn) & met
