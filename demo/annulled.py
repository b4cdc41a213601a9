"""A sitting of which more than a third of the questions are void: annulled by two persons, and held anew (¶24, 35)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from appeals import queries as appeal_queries
from appeals.models import Appeal
from appeals.rules.states import AppealOutcome, FindingKind
from competitions.models import Competition
from core import i18n
from core.clock import ManualClock
from core.db import db, transaction
from demo import appeals, blueprint, day, stage
from demo.appeals import Case
from demo.stage import Step, person
from question_bank.models import TestForm, TestSpecification
from question_bank.services import forms
from testing_center import staff_queries
from testing_center.accepted import open_accepted
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import ErratumData, TooManyVoid
from testing_center.services import annulments, codes, corrections, sittings
from testing_center.services.dealing import people_of

PEOPLE, ITEMS, MINUTES = 3, 6, 30
VOID = range(1, ITEMS // 3 + 2)  # places in the form: one more than a third
CASE = Case(
    2, timedelta(minutes=20), "Бир нече суроонун шарты басып чыгарууда бузулган.",
    {place: (FindingKind.VOID, "Суроонун шартында сан калып калган, аны чечүүгө болбойт.") for place in VOID},
    AppealOutcome.UPHELD,
)  # fmt: skip
REASON = "Апелляция боюнча суроолордун үчтөн биринен көбү жараксыз деп табылды."
RIGHT = [frozenset(range(1, ITEMS + 1 - place)) for place in range(PEOPLE)]  # at the new sitting, in the order of seats


def play(
    contest: Competition, clock: ManualClock, random: Random, *, step: Step
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The annulled sitting and the new one; its appeal and the annulment as ``summary.json`` tells them."""
    step("A sitting that is annulled")
    specification, sealed = blueprint.specification(ITEMS, MINUTES, now=clock(), variants=1)
    room = stage.places(PEOPLE)[1]
    sitting = stage.sitting(
        room, specification, sealed, PEOPLE, _morning(clock), now=clock(), random=random, contests=[contest]
    )
    people = _sit(sitting, clock, random)
    told = appeals.file_all(sitting, people, clock, cases=[CASE])
    clock.advance(timedelta(hours=2))
    attempts = {who.seat: who.attempt_id for who in people if who.attempt_id}
    [appeal] = appeals.hear_all(attempts, clock, cases=[CASE])
    refused = _correct(appeal, sealed[0], clock)
    annulment_id = _annul(sitting, appeal, clock)
    step("The new sitting")
    new, registered = _call(annulment_id, specification, sitting, clock, random)
    _sit(new, clock, random, right=dict(zip((one.seat for one in people_of(new)), RIGHT, strict=True)))
    clock.advance(timedelta(hours=1, minutes=1))
    return told, {
        "competition": contest.number, "sitting": sitting.number, "void": refused.params["void"],
        "items": refused.params["items"], "new_sitting": new.number, "registered": registered,
    }  # fmt: skip


def _morning(clock: ManualClock) -> datetime:
    """Ten o'clock, the day after tomorrow."""
    local = clock().astimezone(i18n.zone()) + timedelta(days=2)
    return local.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


def _sit(
    sitting: Sitting, clock: ManualClock, random: Random, *, right: dict[int, frozenset[int]] | None = None
) -> Sequence[day.Simulated]:
    """A commission, two persons who open it, everybody answers, it is closed."""
    appeals.approve_commission(sitting, on=clock().date(), now=clock())
    clock.at = max(clock(), sitting.starts_at)
    stage.open_and_confirm(sitting, now=clock())
    people = day.simulated(stage.slips(sitting, now=clock()), random, settled=right or {})
    day.play(sitting, people, clock, moved=lambda: None)
    clock.advance(timedelta(minutes=5))
    day.finish(sitting, now=clock())
    return people


def _correct(appeal: Appeal, form: TestForm, clock: ManualClock) -> TooManyVoid:
    """What was found is prepared as a correction and refused: so many void questions are not corrected (¶35)."""
    errata = [
        ErratumData(one.place, appeals.ERRATA[one.kind], open_accepted(one), one.reason)
        for one in appeal_queries.findings_of(appeal)
    ]
    try:
        with transaction():
            corrections.prepare(form, appeal.number, errata, by=person("administrator"), now=clock())
    except TooManyVoid as refusal:
        return refusal
    raise AssertionError("more than a third of the questions were corrected as void")


def _annul(sitting: Sitting, appeal: Appeal, clock: ManualClock) -> UUID:
    with transaction():
        prepared = annulments.annul_prepare(
            sitting, f"{REASON} № {appeal.number}", by=person("administrator"), now=clock()
        )
    clock.advance(timedelta(minutes=30))
    with transaction():
        annulments.annul_apply(prepared, by=person("officer"), now=clock())
    return prepared.id


def _call(
    annulment_id: UUID, specification: TestSpecification, annulled: Sitting, clock: ManualClock, random: Random
) -> tuple[Sitting, int]:
    """A new form, a new sitting, everybody registered there in one step."""
    by, starts_at = person("administrator"), _morning(clock)
    with transaction():
        sealed = forms.seal_forms(specification, 1, by=by, now=clock())
        number = staff_queries.next_number(starts_at.astimezone(annulled.zone).year)
        new = sittings.plan_sitting(
            number, specification, annulled.room, starts_at, sealed, [person("proctor")], by=by, now=clock(),
            is_demo=True,
        )  # fmt: skip
    with transaction():
        annulment = db.session.get_one(Annulment, annulment_id)
        registered, _left = annulments.call_anew(annulment, new, by=by, now=clock(), random=random)
    with transaction():
        codes.issue_codes(new, by=by, now=clock(), random=random)
    return new, registered
