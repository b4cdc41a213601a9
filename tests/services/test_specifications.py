"""Blueprints and specifications: approved by the authority before use and frozen from then on (¶22)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import queries, rules, stock_queries
from question_bank.assembly.plan import BlueprintShort, Cell
from question_bank.models import TestSpecification
from question_bank.rules import Navigation, SpecificationStatus
from question_bank.services import blueprints, forms, items, specifications
from question_bank.services.specifications import Terms

TERMS = Terms("Негизги тестирлөө", "Основное тестирование", minutes=60, cut_score=3)


@pytest.fixture
def admin(make):
    """A test administrator; the bank has five questions of one cell."""
    make.items(5)
    return make.user(Role.TEST_ADMINISTRATOR)


@pytest.fixture
def officer(make):
    """An officer of the authority."""
    return make.user(Role.AUTHORITY_OFFICER)


@pytest.fixture
def blueprint(admin, clock):
    """A blueprint of four questions."""
    with transaction():
        return blueprints.create_blueprint("Негизги", [Cell("law", 3, 4)], by=admin, now=clock())


@pytest.fixture
def written(blueprint, admin, clock):
    """A draft of ``admin``."""
    with transaction():
        return specifications.create_specification(blueprint, TERMS, by=admin, now=clock())


def submit(specification, by, clock):
    with transaction():
        specifications.submit_specification(specification, by=by, now=clock())


def approve(specification, by, clock, act="214-п"):
    with transaction():
        specifications.approve_specification(specification, act, clock().date(), by=by, now=clock())


def test_the_authority_approves_with_a_dated_act_and_forms_may_be_made_only_then(written, admin, officer, clock):
    for _status in (SpecificationStatus.DRAFT, SpecificationStatus.SUBMITTED):
        with pytest.raises(rules.SpecificationNotApproved), transaction():
            forms.seal_forms(written, 1, by=admin, now=clock())
        if written.status == SpecificationStatus.DRAFT:
            submit(written, admin, clock)
    approve(written, officer, clock)
    assert (written.status, written.act_number, written.act_on, written.approved_by_id) == (
        SpecificationStatus.APPROVED, "214-п", clock().date(), officer.id,
    )  # fmt: skip
    with transaction():
        made = forms.seal_forms(written, 2, by=admin, now=clock())
    assert [form.variant for form in made] == [1, 2]
    assert all(forms.verify_form(form) for form in made)


def test_an_approval_without_an_act_is_refused(written, admin, officer, clock):
    submit(written, admin, clock)
    with pytest.raises(rules.ActNeeded):
        approve(written, officer, clock, act=" ")


def test_the_person_who_wrote_it_cannot_approve_it(written, admin, clock):
    submit(written, admin, clock)
    with pytest.raises(rules.OwnSpecification):
        approve(written, admin, clock)


def test_the_database_itself_refuses_the_author_as_approver(written, admin, clock):
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            db.update(TestSpecification)
            .where(TestSpecification.id == written.id)
            .values(status=SpecificationStatus.APPROVED, approved_at=clock(), approved_by_id=admin.id)
        )


def test_what_is_submitted_or_approved_is_frozen_with_its_blueprint(written, blueprint, admin, officer, clock):
    submit(written, admin, clock)
    for _status in (SpecificationStatus.SUBMITTED, SpecificationStatus.APPROVED):
        with pytest.raises(rules.SpecificationFrozen), transaction():
            specifications.edit_specification(written, blueprint, TERMS, by=admin, now=clock())
        with pytest.raises(rules.BlueprintInUse), transaction():
            blueprints.edit_blueprint(blueprint, "Башка", [Cell("law", 3, 3)], by=admin, now=clock())
        if written.status == SpecificationStatus.SUBMITTED:
            approve(written, officer, clock)
    assert (written.items, blueprint.items) == (4, 4)


def test_a_returned_specification_may_be_mended_and_submitted_again(written, blueprint, admin, officer, clock):
    submit(written, admin, clock)
    with pytest.raises(rules.CommentNeeded), transaction():
        specifications.return_specification(written, "", by=officer, now=clock())
    with transaction():
        specifications.return_specification(written, "Босого балл төмөн", by=officer, now=clock())
    assert (written.status, written.decision_comment) == (SpecificationStatus.RETURNED, "Босого балл төмөн")
    with transaction():
        better = Terms("Негизги", "Основное", 60, 4, Navigation.FORWARD, ["ky"])
        specifications.edit_specification(written, blueprint, better, by=admin, now=clock())
    submit(written, admin, clock)
    approve(written, officer, clock)
    assert (written.cut_score, written.navigation, written.languages) == (4, Navigation.FORWARD, ["ky"])


def test_a_cut_score_above_the_number_of_questions_is_refused(blueprint, admin, clock):
    for cut_score in (0, 5):
        with pytest.raises(rules.CutScoreAboveMaximum), transaction():
            terms = Terms("к", "р", 60, cut_score)
            specifications.create_specification(blueprint, terms, by=admin, now=clock())
    assert db.session.scalar(db.select(db.func.count()).select_from(TestSpecification)) == 0


def test_a_test_of_two_questions_is_refused_because_a_third_of_it_is_none(make, clock):
    make.items(3)
    admin = make.user(Role.TEST_ADMINISTRATOR)
    for count in (2, 3):
        with transaction():
            made = blueprints.create_blueprint(f"{count}", [Cell("law", 3, count)], by=admin, now=clock())
        if count == 2:
            with pytest.raises(rules.TooFewItems), transaction():
                specifications.create_specification(made, Terms("к", "р", 60, 1), by=admin, now=clock())
        else:
            with transaction():
                specifications.create_specification(made, Terms("к", "р", 60, 1), by=admin, now=clock())


def test_a_blueprint_that_was_made_smaller_is_checked_again_at_submission(written, blueprint, admin, clock):
    with transaction():
        blueprints.edit_blueprint(blueprint, "Негизги", [Cell("law", 3, 3)], by=admin, now=clock())
        specifications.edit_specification(written, blueprint, TERMS, by=admin, now=clock())
        blueprints.edit_blueprint(blueprint, "Негизги", [Cell("law", 3, 4)], by=admin, now=clock())
    submit(written, admin, clock)
    assert written.items == 4


def test_a_specification_that_the_bank_cannot_fill_is_not_submitted(written, make, admin, clock):
    approver = make.user(Role.ITEM_APPROVER)
    with transaction():
        for version in queries.approved_versions()[:2]:
            items.retire(version.item, "эскирди", by=approver, now=clock())
    with pytest.raises(BlueprintShort) as refused:
        submit(written, admin, clock)
    assert refused.value.params == {"shortages": "law · 3: 3 / 4"}


def test_a_blueprint_that_the_bank_cannot_fill_is_refused_by_name_unless_it_is_a_plan(admin, clock):
    cells = [Cell("law", 3, 6), Cell("law", 1, 1)]
    with pytest.raises(BlueprintShort) as refused, transaction():
        blueprints.create_blueprint("Чоң", cells, by=admin, now=clock())
    assert refused.value.params == {"shortages": "law · 3: 5 / 6; law · 1: 0 / 1"}
    assert queries.blueprints() == []
    with transaction():
        blueprints.create_blueprint("Чоң", cells, allow_short=True, by=admin, now=clock())
    assert len(blueprints.shortages(cells)) == 2


def test_a_blueprint_keeps_the_rows_that_stay_and_loses_those_that_go(blueprint, make, admin, clock):
    make.items(2, area="psychology", difficulty=1)
    before = {cell.difficulty: cell.id for cell in blueprint.cells}
    with transaction():
        cells = [Cell("law", 3, 2), Cell("law", 3, 1, "documents"), Cell("psychology", 1, 2), Cell("law", 5, 0)]
        blueprints.edit_blueprint(blueprint, "Негизги", cells, by=admin, now=clock())
    found = {cell.as_cell() for cell in blueprint.cells}
    assert found == {Cell("law", 3, 2), Cell("law", 3, 1, "documents"), Cell("psychology", 1, 2)}
    assert before[3] in {cell.id for cell in blueprint.cells}


@pytest.mark.parametrize(("title", "cells", "refusal"), [
    ("Жаңы", [], rules.BlueprintEmpty), ("Жаңы", [Cell("law", 3, 0)], rules.BlueprintEmpty),
    ("Негизги", [Cell("law", 3, 1)], rules.BlueprintTitleTaken),
])  # fmt: skip
def test_a_blueprint_has_a_title_of_its_own_and_at_least_one_question(blueprint, admin, clock, title, cells, refusal):
    with pytest.raises(refusal), transaction():
        blueprints.create_blueprint(title, cells, by=admin, now=clock())


def test_the_database_keeps_one_row_for_a_whole_area_and_difficulty(blueprint):
    cell = blueprint.cells[0]
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            db.insert(type(cell)).values(
                id=blueprint.id, blueprint_id=blueprint.id, area_id=cell.area_id, difficulty=cell.difficulty, count=1
            )
        )


def test_what_the_bank_has_for_each_cell_is_counted_for_the_sub_topic_and_the_whole_area(admin):
    assert stock_queries.stock().available() == {("law", "documents", 3): 5, ("law", None, 3): 5}


def test_the_whole_path_stands_in_the_record_and_the_record_holds(written, admin, officer, clock):
    submit(written, admin, clock)
    approve(written, officer, clock)
    actions = db.session.scalars(
        db.select(audit.AuditEntry.action).where(audit.AuditEntry.subject == audit.name_of(written))
    ).all()
    assert sorted(actions) == ["specification.approved", "specification.created", "specification.submitted"]
    assert list(audit.verify()) == []
