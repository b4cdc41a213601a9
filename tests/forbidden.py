"""What the regulation forbids, one function a paragraph: each reads the database and fails where it has happened.

The machines of tests call these after every step, whatever that step was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from appeals import queries as appeal_queries
from appeals.models import Appeal, Commission, Declaration
from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from archive.models import DestructionLot
from archive.rules import Series
from competitions.models import Bar
from core import audit
from core.db import db
from testing_center.accepted import open_accepted
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.models.errata import Annulment, Correction, Erratum
from testing_center.models.sittings import Sitting
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.errata import CorrectionStatus, ErratumKind
from testing_center.sheets import get_sheet
from tests.outside import Answer, Examinee

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
S = AppealStatus
#: What may follow what; every other step of an appeal is forbidden.
NEXT: Mapping[AppealStatus | None, set[AppealStatus]] = {
    None: {S.FILED},
    S.FILED: {S.FILED, S.WITHDRAWN, S.HEARING, S.LAPSED, S.ANNULLED, S.REJECTED},
    # adjourned before the key was shown, it waits again; on paper it is withdrawn until then
    S.HEARING: {S.HEARING, S.DECIDED, S.FILED, S.ANNULLED, S.WITHDRAWN},
    S.DECIDED: {S.DECIDED, S.CLOSED},
    S.WITHDRAWN: {S.WITHDRAWN}, S.CLOSED: {S.CLOSED}, S.LAPSED: {S.LAPSED},
    S.ANNULLED: {S.ANNULLED}, S.REJECTED: {S.REJECTED},
}  # fmt: skip
#: What may be found of one question beside an answer recorded wrongly (¶35).
TOGETHER = {FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT, FindingKind.VOID}
#: Names and addresses that tell of right and wrong, and so come only after one's own end.
TELLING = re.compile(rb'"(?:score|outcome|statement|points|correct|key)"\s*:|/exam/protocol\.pdf|/exam/appeal/')


@dataclass
class Memory:
    """What was true before and stays so: states of appeals, what a decision or a ranking said."""

    statuses: dict[UUID, AppealStatus] = field(default_factory=dict)
    fixed: dict[Any, Any] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)

    def keeps(self, key: Any, value: Any, sentence: str) -> None:
        """``value`` is what it was when it was first seen."""
        assert self.fixed.setdefault(key, value) == value, sentence


def rows(model: Any, *order: Any) -> Sequence[Any]:
    """All rows of a table."""
    return db.session.scalars(db.select(model).order_by(*order)).all()


def answer_is_lawful(answer: Answer) -> None:
    """The system answers 2xx, 3xx or 4xx; a look and a refused call change nothing."""
    assert answer.status < 500, f"{answer.method} {answer.path}: {answer.status}"
    if answer.status >= 400 or answer.method == "GET":
        assert answer.wrote <= answer.may_leave, f"{answer.method} {answer.path}: {answer.status} wrote {answer.wrote}"


def tells_no_key(answer: Answer, examinee: Examinee, planted: str) -> None:
    """No key at any time, no correctness before one's own end (contracts: Delivery API)."""
    assert planted.encode() not in answer.body.lower(), f"{answer.path} tells what the bank keeps"
    if answer.status < 400 and (said := TELLING.search(answer.body)):
        attempt = examinee.attempt
        assert attempt is None or attempt.ended_at is not None, f"{answer.path} tells before the end: {said[0]!r}"
        db.session.rollback()


def at_the_test(memory: Memory) -> None:
    """¶24–28: answers, scores, protocols, bars."""
    results = _results()
    for attempt in rows(Attempt, Attempt.number):
        answers_24_25(attempt, results.get(attempt.id, []), memory)
    protocols_26(results)
    bars_28(results)


def in_appeals(memory: Memory) -> None:
    """¶33–35: filing, the commission, hearings, decisions."""
    steps_33_35(memory)
    for sitting in rows(Sitting, Sitting.number):
        commission_34(sitting)
    appeals = rows(Appeal, Appeal.number)
    own = Counter(appeal.attempt_id for appeal in appeals if appeal.status != S.REJECTED)
    assert all(count == 1 for count in own.values()), "¶33: two appeals against one result"
    for appeal in appeals:
        filing_33(appeal, memory)
        ending_33(appeal)
        if appeal.status in (S.HEARING, S.DECIDED, S.CLOSED):
            hearing_34_35(appeal)
        if appeal.status in (S.DECIDED, S.CLOSED):
            decision_35(appeal, memory)


def _results() -> dict[UUID, list[Result]]:
    found: dict[UUID, list[Result]] = {}
    for one in rows(Result, Result.revision):
        found.setdefault(one.attempt_id, []).append(one)
    return found


# --- the test (¶24–26, 28)


def answers_24_25(attempt: Attempt, results: Sequence[Result], memory: Memory) -> None:
    """Nobody works longer than the time allowed; the score is that of the answers in time under the key in force."""
    if attempt.status != AttemptStatus.ENDED or attempt.end_kind == EndKind.NOT_STARTED:
        assert not results, "¶25: a score before the end"
        return
    assert attempt.ended_at and attempt.deadline_at and attempt.started_at
    assert attempt.started_at <= attempt.ended_at <= attempt.deadline_at, "¶24: worked after the deadline"
    memory.keeps(("end", attempt.id), attempt.ended_at, "¶24: the end was moved")
    assert [one.revision for one in results] == list(range(1, len(results) + 1)) != [], "¶25: no score"
    latest = results[-1]
    assert latest.score == sum(_is_right(attempt)), "¶25: the score is not that of the answers"
    assert latest.maximum == len(attempt.order["items"]) and 0 <= latest.score <= latest.maximum
    for one in results:
        memory.keeps(("result", one.id), (one.score, one.outcome, one.created_at), "¶25: a score was overwritten")
    memory.reached.add("late answer" if _events(attempt, is_late=True) else "answers in time")
    memory.reached.add(f"ended by {attempt.end_kind}")


def _events(attempt: Attempt, *, is_late: bool) -> list[ResponseEvent]:
    query = db.select(ResponseEvent).filter_by(attempt_id=attempt.id, is_late=is_late)
    return list(db.session.scalars(query.order_by(ResponseEvent.epoch, ResponseEvent.revision)))


@lru_cache(maxsize=4096)
def _sealed(form_id: UUID, place: int) -> str:
    """The key as the factories made it: the first option."""
    return get_sheet(form_id).items[place].options[0].id


def _is_right(attempt: Attempt) -> Iterator[bool]:
    """For each place, by the last answer in time and what corrections in force say; counted without the scorer."""
    chosen: dict[int, list[str]] = {}
    for event in _events(attempt, is_late=False):
        assert attempt.ended_at and event.saved_at <= attempt.ended_at, "¶24: an answer after the end counts"
        chosen[event.place] = event.response
    known = {place: [[_sealed(attempt.form_id, place)]] for place in attempt.order["items"]}
    right: dict[int, list[list[str]] | None] = dict(known)
    for erratum in errata_of(attempt.form_id):
        said, place = open_accepted(erratum), erratum.place
        if erratum.kind == ErratumKind.RESTATED:
            if erratum.attempt_id == attempt.id:
                chosen[place] = said[0]
            continue
        right[place] = {
            ErratumKind.VOID: None, ErratumKind.WRONG_KEY: said, ErratumKind.SEVERAL_RIGHT: known[place] + said,
        }[erratum.kind]  # fmt: skip
        known[place] = right[place] or known[place]
    for place, accepted in right.items():
        yield accepted is None or chosen.get(place) in accepted


def errata_of(form_id: UUID) -> Sequence[Erratum]:
    """What was applied to a form, in that order."""
    query = db.select(Erratum).join(Erratum.correction).order_by(Correction.decided_at, Correction.number)
    query = query.where(Correction.form_id == form_id, Correction.status == CorrectionStatus.APPLIED)
    return db.session.scalars(query).all()


def protocols_26(results: Mapping[UUID, Sequence[Result]]) -> None:
    """A protocol for every score, in versions that follow each other and name the former."""
    known = {one.result_id: one for one in rows(Protocol)}
    for revisions in results.values():
        own = [known[one.id] for one in revisions]
        assert [one.version for one in own] == list(range(1, len(own) + 1)), "¶26: a score without its protocol"
        assert [one.supersedes_id for one in own[1:]] == [one.id for one in own[:-1]], "¶26: the old one is not named"


def bars_28(results: Mapping[UUID, Sequence[Result]]) -> None:
    """A year's bar for whoever is below the cut score of a main test that counts, and for nobody else."""
    annulled = {one.sitting_id for one in rows(Annulment) if one.status == CorrectionStatus.APPLIED}
    gone = {one.about_id for one in rows(DestructionLot) if one.destroyed_at and one.series == Series.COMPETITION}
    below = [
        attempt for attempt in rows(Attempt)
        if attempt.round == 0 and attempt.sitting_id not in annulled and attempt.competition_id not in gone
        and results.get(attempt.id) and results[attempt.id][-1].outcome == "does_not_meet"
    ]  # fmt: skip
    live = [bar for bar in rows(Bar) if bar.lifted_at is None]
    assert gone or len(live) == len(below), f"¶28: {len(live)} barred, {len(below)} below the cut score"
    assert all(bar.returns_on.year == bar.failed_on.year + 1 for bar in live), "¶28: not a year"


# --- appeals (¶33–35)


def steps_33_35(memory: Memory) -> None:
    """No appeal has taken a step that its state does not allow: to be asked after every act."""
    for appeal_id, status in db.session.execute(db.select(Appeal.id, Appeal.status)):
        known = memory.statuses.get(appeal_id)
        assert status in NEXT[known], f"¶33–35: {known} → {status}"
        memory.statuses[appeal_id] = status
        memory.reached.add(f"appeal {status}")
    db.session.rollback()


def filing_33(appeal: Appeal, memory: Memory) -> None:
    """Filed within the hour after the later of both ends and not before one's own; never changed afterwards."""
    ended_at, closed_at = appeal.attempt.ended_at, appeal.sitting.closed_at
    assert ended_at and appeal.filed_at >= ended_at, "¶33: filed before one's own end"
    assert closed_at is None or appeal.filed_at <= max(ended_at, closed_at) + HOUR, "¶33: filed late"
    said = (appeal.filed_at, appeal.application_digest, tuple(appeal.items))
    memory.keeps(("filed", appeal.id), said, "¶33: an application was changed")


def ending_33(appeal: Appeal) -> None:
    """Rejected is only what nobody recognised, with a reason and in the hour; withdrawn before the key was shown."""
    if appeal.status == S.REJECTED:
        ended_at, closed_at = appeal.attempt.ended_at, appeal.sitting.closed_at
        assert ended_at and appeal.lapsed_at, "¶33: rejected, nobody knows when"
        assert closed_at is None or appeal.lapsed_at <= max(ended_at, closed_at) + HOUR, (
            "¶33: rejected when the candidate could not file their own any more"
        )
        assert appeal.confirmed_at is None and appeal.hearing is None, "¶33: rejected though the person was recognised"
        assert appeal.rejected_reason or is_destroyed(appeal), "¶33: rejected without a reason"
    if appeal.withdrawn_by_id is not None:
        assert appeal.withdrawn_paper_at and appeal.withdrawn_at, "¶33: withdrawn without a paper"
        assert appeal.filed_at - MINUTE < appeal.withdrawn_paper_at <= appeal.withdrawn_at, "¶33: an odd paper"
    if appeal.status == S.WITHDRAWN and appeal.hearing is not None:
        assert appeal.hearing.closed_at is not None, "¶33: withdrawn, and the hearing goes on"
        assert not appeal.hearing.viewings, "¶33: withdrawn after the key was shown"


def commission_34(sitting: Sitting) -> None:
    """A sitting opens by two persons and with a commission: one chair, at most five, none of them its proctor."""
    if sitting.opened_at is not None:
        assert sitting.opening_by_id and sitting.opened_by_id != sitting.opening_by_id, "opened by one person"
    commission = appeal_queries.commission_of(sitting)
    if commission is None:
        assert sitting.opening_at is None, "¶34: opened without a commission"
        return
    assert sitting.opening_at is None or commission.approved_at <= sitting.opening_at, "¶34: approved too late"
    office = [member for member in commission.members if member.left_at is None]
    assert len(office) <= 5 and len({member.place for member in office}) == len(office), "¶34: more than five"
    assert 1 in {member.place for member in commission.members}, "¶34: never had a chair"
    assert not {member.user_id for member in office} & {proctor.id for proctor in sitting.proctors}, "¶34: a proctor"


def quorum_34(commission: Commission, there: Collection[str]) -> bool:
    """More than half of the places that the act approved, the chair's among them and never alone."""
    places = {member.place for member in commission.members}
    taken = {member.place for member in commission.members if str(member.id) in there}
    return 2 * len(taken) > len(places) and len(taken) >= 2 and 1 in taken


def hearing_34_35(appeal: Appeal) -> None:
    """Heard by more than half and the chair, in the candidate's presence; the key shown when nobody works any more."""
    hearing, commission = appeal.hearing, appeal_queries.commission_of(appeal.sitting)
    assert hearing is not None and commission is not None, "¶34: heard by nobody"
    assert appeal.confirmed_at and appeal.confirmed_at <= hearing.opened_at, "¶35: nobody knows who filed"
    assert hearing.presence_note or is_destroyed(appeal), "¶35: heard without the candidate"
    assert quorum_34(commission, hearing.attendance), "¶34: no quorum"
    declared = {str(one.member_id) for one in rows(Declaration) if one.appeal_id == appeal.id and not one.is_related}
    for viewing in hearing.viewings:
        assert viewing.presence_note or is_destroyed(appeal), "¶35: the key was shown without the candidate"
        assert quorum_34(commission, viewing.attendance), "¶34: no quorum when the key was shown"
        assert is_destroyed(appeal) or set(viewing.attendance) <= declared, "¶34: shown to who has not declared"
        assert viewing.begun_at >= appeal.confirmed_at, "¶35: the key was shown before the hearing"
        assert appeal.sitting.closed_at and viewing.begun_at >= appeal.sitting.closed_at, "¶35: shown while it ran"
        assert viewing.ended_at or hearing.closed_at is None, "¶35: a look at the key has no end"


def is_destroyed(appeal: Appeal) -> bool:
    """Whether its materials were destroyed (¶36)."""
    return not appeal.application_sealed


def decision_35(appeal: Appeal, memory: Memory) -> None:
    """Decided by those who saw the key, a finding of every disputed item, a vote each; signed by them; for good."""
    protocol, hearing = appeal_queries.protocol_of(appeal), appeal.hearing
    commission = appeal_queries.commission_of(appeal.sitting)
    assert protocol is not None and hearing is not None and hearing.closed_at, "¶35: decided without a hearing"
    said = (appeal.outcome, appeal.decided_at, protocol.content_digest)
    memory.keeps(("decided", appeal.id), said, "¶35: a decision was changed")
    if is_destroyed(appeal):
        return
    assert hearing.viewings, "¶35: decided without the key on the screen"
    votes = {str(vote.member_id): vote.outcome for vote in appeal_queries.votes_of(appeal)}
    findings: dict[int, list[FindingKind]] = {}
    for finding in appeal_queries.findings_of(appeal):
        findings.setdefault(finding.place, []).append(finding.kind)
    memory.keeps(("votes", appeal.id), (votes, findings), "¶35: a vote or a finding was changed")
    assert set(appeal.items) <= findings.keys(), "¶35: no finding"
    for answer, *question in (sorted(kinds, key=lambda one: one in TOGETHER) for kinds in findings.values()):
        assert not question or (answer == FindingKind.RECORDING_FAULT and set(question) <= TOGETHER), "¶35: both"
        assert len(question) <= 1, "¶35: findings that exclude each other"
    faults = any(kind != FindingKind.AGREES for kinds in findings.values() for kind in kinds)
    assert faults is (appeal.outcome != AppealOutcome.DISMISSED), "¶35: the outcome is not founded"
    assert commission and quorum_34(commission, votes.keys()), "¶34: decided without a quorum"
    assert votes.keys() <= hearing.witnesses, "¶35: decided by somebody who has not seen the key"
    counts, chair = Counter(votes.values()), {str(one.id) for one in commission.members if one.is_chair}
    leading = {outcome for outcome, n in counts.items() if n == max(counts.values())}
    assert appeal.outcome in leading, "¶34: against the votes"
    assert len(leading) == 1 or appeal.outcome in {votes[one] for one in chair & votes.keys()}, "¶34: against the chair"
    signed = {str(one.member_id) for one in protocol.signatures}
    assert signed <= votes.keys(), "¶35: signed by somebody who did not decide"
    assert all(one.digest == protocol.content_digest for one in protocol.signatures), "¶35: signed something else"
    if appeal.status == S.CLOSED:
        assert signed and votes.keys() == signed | {str(one.member_id) for one in protocol.missed}, "¶35: not signed"


def trail_holds() -> None:
    """The chain of the trail verifies, and every row that it witnesses is as it was."""
    db.session.remove()
    assert [fault.what for fault in audit.verify()] == []
