"""The hour after the test and the commission's day: appeals of every outcome, and what follows from them (¶33–36)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from appeals import queries as appeal_queries
from appeals.models import Appeal
from appeals.rules.filing import FilingWindowClosed
from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services import commissions, deliberation, filing, hearings, protocols
from appeals.services.accepted import accepted_of
from core.clock import ManualClock
from core.db import db, transaction
from demo.stage import person
from question_bank.models import TestForm
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import ErratumKind
from testing_center.services import corrections
from testing_center.sheets import get_sheet

MEMBERS = ("chair", "member", "member2", "member3")
ERRATA = {FindingKind.WRONG_KEY: ErratumKind.WRONG_KEY, FindingKind.VOID: ErratumKind.VOID}


@dataclass(frozen=True)
class Case:
    """Somebody who appeals: from which seat, how long after the closing, over which places, and how it ends."""

    seat: int
    after: timedelta
    grounds: str
    findings: Mapping[int, tuple[FindingKind, str]]
    outcome: AppealOutcome | None = None
    is_withdrawn: bool = False
    is_at_desk: bool = False  # with the proctor, after leaving the workstation
    dissent: str = ""


WRONG_KEY_PLACE = 1
CASES = (
    Case(
        4, timedelta(minutes=12), "Биринчи суроонун ачкычы мыйзамдын колдонуудагы редакциясына туура келбейт.",
        {WRONG_KEY_PLACE: (FindingKind.WRONG_KEY, "Мыйзамдын колдонуудагы редакциясында башка жооп туура.")},
        AppealOutcome.UPHELD,
    ),
    Case(
        7, timedelta(minutes=25), "Жообум туура эсептелген жок деп ойлойм.",
        {5: (FindingKind.AGREES, "Жооп, ачкыч жана балл бири-бирине туура келет.")},
        AppealOutcome.DISMISSED, dissent="Суроону так түзүү керек эле, бирок балл туура коюлган.",
    ),
    Case(
        9, timedelta(minutes=31), "Эки суроо боюнча макул эмесмин.",
        {
            2: (FindingKind.VOID, "Суроонун шарты эки башка түшүнүлөт, бир дагы жоопту туура деп айтууга болбойт."),
            3: (FindingKind.AGREES, "Жооп, ачкыч жана балл бири-бирине туура келет."),
        },
        AppealOutcome.UPHELD_IN_PART,
    ),
    Case(10, timedelta(minutes=40), "", {}, is_withdrawn=True),
    Case(
        12, timedelta(hours=1), "",
        {1: (FindingKind.AGREES, "Жооп, ачкыч жана балл бири-бирине туура келет.")}, AppealOutcome.DISMISSED,
        is_at_desk=True,
    ),
    Case(13, timedelta(hours=1, seconds=1), "Кечигип калдым.", {}, is_at_desk=True),
)  # fmt: skip


def approve_commission(sitting: Sitting, *, on: date, now: datetime) -> None:
    """The department approves the technical commission before the sitting (¶34)."""
    chair, *members = [person(name) for name in MEMBERS]
    with transaction():
        commissions.approve(sitting, chair, members, "41-Б", on, by=person("administrator"), now=now)


def file_all(sitting: Sitting, attempts: Mapping[int, UUID], clock: ManualClock) -> list[dict[str, Any]]:
    """Everybody files who will, in order of time; what came of it as ``summary.json`` tells it."""
    closed_at, told = sitting.closed_at or clock(), []
    for case in CASES:
        clock.at = closed_at + case.after
        attempt = db.session.get_one(Attempt, attempts[case.seat])
        ends = max(closed_at, attempt.ended_at or closed_at)
        row = {
            "code": attempt.number, "seconds_after_end": int((clock() - ends).total_seconds()), "accepted": True,
            "outcome": str(case.outcome) if case.outcome else None,
        }  # fmt: skip
        try:
            with transaction():
                appeal = filing.file(
                    attempt.id, None if case.is_at_desk else attempt.epoch, case.grounds, sorted(case.findings),
                    by=person("proctor") if case.is_at_desk else attempt, now=clock(),
                )  # fmt: skip
        except FilingWindowClosed:
            row["accepted"] = False
        else:
            with transaction():
                filing.confirm_person(appeal, by=person("proctor"), now=clock())
            if case.is_withdrawn:
                with transaction():
                    filing.withdraw(appeal, by=attempt, now=clock() + timedelta(minutes=2))
        told.append(row)
    return told


def hear_all(attempts: Mapping[int, UUID], clock: ManualClock) -> list[Appeal]:
    """The commission hears every appeal, signs its protocol and hands it over."""
    heard = []
    for case in CASES:
        appeal = appeal_queries.appeal_of_attempt(attempts[case.seat])
        if appeal is not None and case.outcome is not None:
            hear(appeal, case, clock)
            heard.append(appeal)
    return heard


def hear(appeal: Appeal, case: Case, clock: ManualClock) -> None:
    chair, *members = people = [person(name) for name in MEMBERS]
    with transaction():
        hearings.invite(appeal, clock() + timedelta(minutes=5), by=chair, now=clock())
    clock.advance(timedelta(minutes=6))
    commission = appeal_queries.commission_of(appeal.sitting)
    with transaction():
        seats = appeal_queries.in_office(commission) if commission else []
        hearing = hearings.open_hearing(appeal, "ID-карта", seats, by=chair, now=clock())
    with transaction():
        hearings.begin_viewing(hearing, by=chair, now=clock())
    clock.advance(timedelta(minutes=7))
    for place, (kind, reason) in case.findings.items():
        accepted = [[another_option(appeal.attempt.form_id, place)]] if kind == FindingKind.WRONG_KEY else []
        with transaction():
            deliberation.record_finding(appeal, place, kind, reason, accepted, by=chair, now=clock())
    with transaction():
        hearings.close_hearing(hearing, by=chair, now=clock())
    for member in people:
        differs = bool(case.dissent) and member is members[-1]
        outcome = AppealOutcome.UPHELD_IN_PART if differs else case.outcome
        with transaction():
            deliberation.vote(
                appeal, outcome or AppealOutcome.DISMISSED, case.dissent if differs else "", by=member, now=clock()
            )
    with transaction():
        protocol = deliberation.decide(appeal, by=chair, now=clock())
    for member in people:
        clock.advance(timedelta(minutes=1))
        with transaction():
            protocols.sign(protocol, by=member, now=clock())
    with transaction():
        protocols.hand_over(appeal, by=chair, now=clock())


def another_option(form_id: UUID, place: int) -> str:
    """The option at ``place`` that the commission of the demonstration finds right instead of the key."""
    key = next(item.key for item in queries.keyed_form(form_id) if item.position == place)
    return min(get_sheet(form_id).items[place].option_ids - key)


def correct(heard: Sequence[Appeal], clock: ManualClock) -> list[dict[str, Any]]:
    """What the commission found wrong is corrected for everybody who sat the form, by two persons."""
    told = []
    for appeal in heard:
        wrong = [finding for finding in appeal.findings if finding.kind in ERRATA]
        if not wrong:
            continue
        form = db.session.get_one(TestForm, appeal.attempt.form_id)
        errata = [corrections.ErratumData(f.place, ERRATA[f.kind], accepted_of(f), f.reason) for f in wrong]
        with transaction():
            correction = corrections.prepare(form, appeal.number, errata, by=person("administrator"), now=clock())
        clock.advance(timedelta(minutes=20))
        seen = corrections.preview(correction)
        with transaction():
            rescored = corrections.apply(correction, seen.digest, by=person("officer"), now=clock())
        told += [{"form": form.digest.hex(), "position": f.place, "rescored": rescored} for f in wrong]
    return told
