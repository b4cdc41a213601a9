"""Test specifications: written by the department, approved by the authority before use, frozen from then on (¶22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from core import audit
from core.db import db
from question_bank import queries, rules
from question_bank.assembly import plan
from question_bank.assembly.plan import Cell
from question_bank.models import Blueprint, TestSpecification
from question_bank.rules import Navigation, SpecificationStatus
from question_bank.services import draws
from question_bank.services.blueprints import create_blueprint
from regulation import law

#: The official name of the test (¶29), as the main test has its own.
TIE_BREAK_TITLES = {"ky": "Кошумча тестирлөө", "ru": "Дополнительное тестирование"}


@dataclass(frozen=True)
class Terms:
    """What a specification fixes besides its blueprint.

    ``languages`` stand in the order in which they are offered; ``points`` are those of each question.
    """

    title_ky: str
    title_ru: str
    minutes: int
    cut_score: int
    navigation: Navigation = Navigation.FREE
    languages: Sequence[str] = rules.LANGUAGES
    points: int = 1


def create_specification(blueprint: Blueprint, terms: Terms, *, by: User, now: datetime) -> TestSpecification:
    """A draft under the regulation in force.

    Raises:
        TooFewItems, CutScoreAboveMaximum, MinutesOutOfRange, LanguagesMissing: it could not be applied.
    """
    specification = TestSpecification(
        law_version=law.CURRENT.version, status=SpecificationStatus.DRAFT, created_by_id=by.id, created_at=now
    )
    _fill(specification, blueprint, terms)
    db.session.add(specification)
    db.session.flush()
    audit.record("specification.created", specification, by=by, at=now, **_facts(specification))
    return specification


def edit_specification(
    specification: TestSpecification, blueprint: Blueprint, terms: Terms, *, by: User, now: datetime
) -> None:
    """Change a draft or a returned specification.

    Raises:
        SpecificationFrozen: it is approved, or waits for the authority's decision.
        TooFewItems, CutScoreAboveMaximum, MinutesOutOfRange, LanguagesMissing: it could not be applied.
    """
    _check_open(specification)
    _fill(specification, blueprint, terms)
    audit.record("specification.edited", specification, by=by, at=now, **_facts(specification))


def submit_specification(specification: TestSpecification, *, by: User, now: datetime) -> None:
    """Put it before the authority; from now on it and its blueprint do not change.

    Raises:
        SpecificationFrozen: it is approved or submitted already.
        TooFewItems, CutScoreAboveMaximum: the blueprint has changed so that it could not be applied any more.
        BlueprintShort: the bank cannot fill the blueprint; names every cell that is short.
    """
    _check_open(specification)
    blueprint = specification.blueprint
    queries.lock(blueprint)
    specification.items = blueprint.items
    _check(specification)
    plan.refuse(draws.stock().shortages([cell.as_cell() for cell in blueprint.cells]))
    specification.status = SpecificationStatus.SUBMITTED
    audit.record("specification.submitted", specification, by=by, at=now, **_facts(specification))


def approve_specification(
    specification: TestSpecification, act_number: str, act_on: date, *, by: User, now: datetime
) -> None:
    """Approve cut score and manner of testing with the number and date of the authority's act (¶22).

    Raises:
        ActNeeded: no number.
        SpecificationNotSubmitted: it does not wait for a decision (any more).
        OwnSpecification: ``by`` wrote it.
    """
    if not act_number.strip():
        raise rules.ActNeeded
    _check_decision(specification, by)
    specification.status = SpecificationStatus.APPROVED
    specification.approved_by_id, specification.approved_at = by.id, now
    specification.decided_by_id, specification.decision_comment = by.id, None
    specification.act_number, specification.act_on = act_number.strip(), act_on
    audit.record(
        "specification.approved", specification, by=by, at=now, act=specification.act_number, act_on=act_on,
        **_facts(specification),
    )  # fmt: skip


def return_specification(specification: TestSpecification, comment: str, *, by: User, now: datetime) -> None:
    """Send it back with a comment.

    Raises:
        CommentNeeded: no comment.
        SpecificationNotSubmitted, OwnSpecification: as :func:`approve_specification`.
    """
    if not comment.strip():
        raise rules.CommentNeeded
    _check_decision(specification, by)
    specification.status = SpecificationStatus.RETURNED
    specification.decided_by_id, specification.decision_comment = by.id, comment.strip()
    audit.record("specification.returned", specification, by=by, at=now, comment=comment.strip())


def tie_break_specification(
    main: TestSpecification, cells: Sequence[Cell], minutes: int, title: str, *, by: audit.Actor, now: datetime
) -> TestSpecification:
    """The terms of a tie-break test (¶29), under the act by which the main test was approved: nothing new is decided.

    ``cells`` are the main blueprint's in small, ``title`` names the new blueprint. There is no cut score: the sum of
    both tests decides. Author, approver and act are those of the main test.

    Raises:
        SpecificationNotApproved: the main test is not approved.
        BlueprintTitleTaken, BlueprintEmpty: the blueprint cannot be kept.
    """
    if main.status != SpecificationStatus.APPROVED or main.approved_by_id is None:
        raise rules.SpecificationNotApproved
    blueprint = create_blueprint(title, cells, allow_short=True, by=main.created_by, now=now)
    specification = TestSpecification(
        title_ky=TIE_BREAK_TITLES["ky"], title_ru=TIE_BREAK_TITLES["ru"], blueprint=blueprint, items=blueprint.items,
        points=main.points, minutes=minutes, cut_score=0, navigation=main.navigation, languages=list(main.languages),
        law_version=main.law_version, status=SpecificationStatus.APPROVED, created_by_id=main.created_by_id,
        created_at=now, decided_by_id=main.approved_by_id, approved_by_id=main.approved_by_id, approved_at=now,
        act_number=main.act_number, act_on=main.act_on, main_id=main.id, main_items=main.items,
    )  # fmt: skip
    db.session.add(specification)
    db.session.flush()
    audit.record(
        "specification.tie_break", specification, by=by, at=now, main=main.id, act=main.act_number,
        **_facts(specification),
    )  # fmt: skip
    return specification


def _check_open(specification: TestSpecification) -> None:
    queries.lock(specification)
    rules.check_may_edit_specification(specification.status)


def _check_decision(specification: TestSpecification, by: User) -> None:
    queries.lock(specification)
    rules.check_may_decide_specification(specification.status, person=by.id, author=specification.created_by_id)


def _fill(specification: TestSpecification, blueprint: Blueprint, terms: Terms) -> None:
    specification.blueprint, specification.items = blueprint, blueprint.items
    specification.title_ky, specification.title_ru = terms.title_ky, terms.title_ru
    specification.points, specification.minutes, specification.cut_score = terms.points, terms.minutes, terms.cut_score
    specification.navigation, specification.languages = terms.navigation, list(terms.languages)
    _check(specification)


def _check(specification: TestSpecification) -> None:
    rules.check_specification(
        items=specification.items, points=specification.points, minutes=specification.minutes,
        cut_score=specification.cut_score, languages=specification.languages,
        law=law.law(specification.law_version),
    )  # fmt: skip


def _facts(specification: TestSpecification) -> dict[str, object]:
    return {
        "blueprint": specification.blueprint.id, "items": specification.items, "points": specification.points,
        "minutes": specification.minutes, "cut_score": specification.cut_score,
        "navigation": specification.navigation, "languages": specification.languages,
        "law": specification.law_version,
    }  # fmt: skip
