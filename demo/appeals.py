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
from appeals.rules.hearing import INVITED_AHEAD
from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services import (
    commissions,
    declarations,
    deliberation,
    filing,
    hearings,
    protocols,
    rejecting,
    viewings,
    withdrawing,
)
from core.clock import ManualClock
from core.db import db, transaction
from demo.day import ADDRESS, Simulated, options_of
from demo.stage import person
from question_bank.models import TestForm
from testing_center import queries
from testing_center.accepted import open_accepted
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import ErratumKind
from testing_center.services import corrections, entry

MEMBERS = ("chair", "member", "member2", "member3")
ERRATA = {
    FindingKind.WRONG_KEY: ErratumKind.WRONG_KEY, FindingKind.VOID: ErratumKind.VOID,
    FindingKind.RECORDING_FAULT: ErratumKind.RESTATED, FindingKind.SEVERAL_RIGHT: ErratumKind.SEVERAL_RIGHT,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Somebody who appeals: from which seat, how long after the closing, over which places, and how it ends."""

    seat: int
    after: timedelta
    grounds: str
    findings: Mapping[int, tuple[FindingKind, str]]
    outcome: AppealOutcome | None = None
    is_withdrawn: bool = False  # at their own screen
    is_withdrawn_on_paper: bool = False
    is_after_stranger: bool = False  # somebody else filed at the workstation before, and was rejected
    is_at_desk: bool = False  # with the proctor, after leaving the workstation
    dissent: str = ""

    @property
    def restated(self) -> list[int]:
        """Places at which the stored answer is found not to be the one that was given."""
        return [place for place, (kind, _reason) in self.findings.items() if kind == FindingKind.RECORDING_FAULT]


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
    Case(10, timedelta(minutes=40), "", {}, is_withdrawn=True, is_after_stranger=True),
    Case(14, timedelta(minutes=42), "", {}, is_withdrawn_on_paper=True),
    Case(
        11, timedelta(minutes=45), "Ток өчкөндө бир суроого жообумду көзөмөлчүгө кагазга жазып бергем.",
        {4: (FindingKind.RECORDING_FAULT, "Көзөмөлчүнүн актысында кагаздагы жооп бар, сакталганы андан башка.")},
        AppealOutcome.UPHELD,
    ),
    Case(
        17, timedelta(minutes=50), "Бул суроодо эки жооп тең туура, мен экинчисин тандадым.",
        {5: (FindingKind.SEVERAL_RIGHT, "Усулдук колдонмонун жаңы басылмасында экинчи жооп да туура деп берилген.")},
        AppealOutcome.UPHELD,
    ),
    Case(
        12, timedelta(hours=1), "",
        {6: (FindingKind.AGREES, "Жооп, ачкыч жана балл бири-бирине туура келет.")}, AppealOutcome.DISMISSED,
        is_at_desk=True,
    ),
    Case(13, timedelta(hours=1, seconds=1), "Кечигип калдым.", {}, is_at_desk=True),
)  # fmt: skip


def approve_commission(sitting: Sitting, *, on: date, now: datetime) -> None:
    """The department approves the technical commission before the sitting (¶34)."""
    chair, *members = [person(name) for name in MEMBERS]
    with transaction():
        commissions.approve(sitting, chair, members, "41-Б", on, by=person("administrator"), now=now)


def file_all(
    sitting: Sitting, people: Sequence[Simulated], clock: ManualClock, *, cases: Sequence[Case] = CASES
) -> list[dict[str, Any]]:
    """Everybody files who will, in order of time; what came of it as ``summary.json`` tells it."""
    closed_at, told = sitting.closed_at or clock(), []
    seated = {who.seat: who for who in people if who.attempt_id}
    for case in cases:
        clock.at = closed_at + case.after
        who = seated[case.seat]
        attempt = db.session.get_one(Attempt, who.attempt_id)
        if case.is_after_stranger:
            _reject_stranger(attempt, now=clock() - timedelta(minutes=5))
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
            _take_back(appeal, case, who.code, now=clock() + timedelta(minutes=2))
        told.append(row)
    return told


def _reject_stranger(attempt: Attempt, *, now: datetime) -> None:
    """Somebody sits down at a workstation that still holds the session; the proctor does not know the face."""
    with transaction():
        appeal = filing.file(attempt.id, attempt.epoch, "", [], by=attempt, now=now)
    with transaction():
        rejecting.reject(appeal, "Компьютерде башка талапкер отурган.", by=person("proctor"), now=now)


def _take_back(appeal: Appeal, case: Case, code: str, *, now: datetime) -> None:
    """The candidate types their code at their own screen, or brings a signed paper to the desk."""
    if case.is_withdrawn:
        proof = entry.prove_own_code(appeal.attempt, code, ADDRESS, now=now)
        with transaction():
            withdrawing.withdraw(appeal, proof, by=appeal.attempt, now=now)
    if case.is_withdrawn_on_paper:
        with transaction():
            withdrawing.withdraw_on_paper(appeal, now - timedelta(minutes=1), by=person("proctor"), now=now)


def hear_all(attempts: Mapping[int, UUID], clock: ManualClock, *, cases: Sequence[Case] = CASES) -> list[Appeal]:
    """The chair invites everybody for the next day; the commission hears, signs the protocols and hands them over."""
    chair, first = person("chair"), clock() + INVITED_AHEAD + timedelta(minutes=5)
    heard: list[tuple[Appeal, Case]] = []
    for case in cases:
        appeal = appeal_queries.appeal_of_attempt(attempts[case.seat])
        if appeal is not None and case.outcome is not None:
            with transaction():
                hearings.invite(appeal, first + len(heard) * timedelta(minutes=30), by=chair, now=clock())
            heard.append((appeal, case))
    for appeal, case in heard:
        hear(appeal, case, clock)
    return [appeal for appeal, _case in heard]


def hear(appeal: Appeal, case: Case, clock: ManualClock) -> None:
    chair, *members = people = [person(name) for name in MEMBERS]
    clock.at = max(clock(), appeal.invited_for or clock()) + timedelta(minutes=1)
    for member in people:
        with transaction():
            declarations.declare(appeal, by=member, now=clock())
    commission = appeal_queries.commission_of(appeal.sitting)
    with transaction():
        seats = appeal_queries.in_office(commission) if commission else []
        hearing = hearings.open_hearing(appeal, "ID-карта", seats, by=chair, now=clock())
    with transaction():
        viewings.begin(hearing, "ID-карта", seats, is_here=True, by=chair, now=clock())
    clock.advance(timedelta(minutes=7))
    for place, (kind, reason) in case.findings.items():
        accepted = [[option_of(appeal, place, kind)]] if kind in SAYS_OPTION else []
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
    clock.advance(timedelta(minutes=2))
    with transaction():
        protocols.hand_over(appeal, by=chair, now=clock())


SAYS_OPTION = (FindingKind.WRONG_KEY, FindingKind.RECORDING_FAULT, FindingKind.SEVERAL_RIGHT)


def option_of(appeal: Appeal, place: int, kind: FindingKind) -> str:
    """The option at ``place`` that the commission of the demonstration finds right instead of the key, or the answer.

    On the paper was the right answer, or another one where the right one is recorded. Right besides is an option that
    nobody of the story has chosen.
    """
    right, wrong = options_of(appeal.attempt.form_id, place)
    saved = queries.saved_answers(appeal.attempt_id).get(place)
    if kind == FindingKind.RECORDING_FAULT and (saved is None or list(saved.response) != right):
        return right[0]
    return wrong[1] if kind == FindingKind.SEVERAL_RIGHT else wrong[0]


def correct(heard: Sequence[Appeal], clock: ManualClock) -> list[dict[str, Any]]:
    """What the commission found wrong is corrected for everybody, or for the one attempt, by two persons."""
    told = []
    for appeal in heard:
        wrong = [finding for finding in appeal_queries.findings_of(appeal) if finding.kind in ERRATA]
        if not wrong:
            continue
        form = db.session.get_one(TestForm, appeal.attempt.form_id)
        errata = [
            corrections.ErratumData(
                f.place, ERRATA[f.kind], open_accepted(f), f.reason,
                appeal.attempt_id if f.kind == FindingKind.RECORDING_FAULT else None,
            )
            for f in wrong
        ]  # fmt: skip
        with transaction():
            correction = corrections.prepare(form, appeal.number, errata, by=person("administrator"), now=clock())
        clock.advance(timedelta(minutes=20))
        seen = corrections.preview(correction)
        with transaction():
            rescored = corrections.apply(correction, seen.digest, by=person("officer"), now=clock())
        told += [
            {"form": form.digest.hex(), "position": f.place, "kind": str(ERRATA[f.kind]), "rescored": rescored}
            for f in wrong
        ]
    return told
