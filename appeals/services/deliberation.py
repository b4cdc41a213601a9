"""What the commission finds of each item, how each member votes, and the decision (¶34–35).

Until the decision a finding or a vote may be given anew; the trail keeps every one of them. A finding that is added or
changed takes the votes cast before it out of the count: nobody has voted on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.models import User
from appeals import queries, recount
from appeals.models import Appeal, AppealProtocol, CommissionMember, Finding, Vote
from appeals.rules import commission as seats
from appeals.rules import hearing as rules
from appeals.rules.filing import check_places
from appeals.rules.states import (
    AppealOutcome,
    AppealStatus,
    FindingData,
    FindingKind,
    check_status,
    check_together,
)
from appeals.services import ballots, protocols
from appeals.services.ballots import vote_fingerprint
from appeals.services.hearings import shut
from appeals.services.table import check_chair, check_witness
from core import audit
from core.db import db
from testing_center.accepted import fingerprint, open_accepted, seal_accepted
from testing_center.sheets import get_sheet


def record_finding(
    appeal: Appeal, place: int, kind: FindingKind, reason: str, accepted: Sequence[Sequence[str]], *, by: User,
    now: datetime,
) -> Finding:  # fmt: skip
    """The one finding of the item at ``place``: see :func:`record_findings`."""
    [finding] = record_findings(appeal, place, [FindingData(kind, reason, accepted)], by=by, now=now)
    return finding


def record_findings(
    appeal: Appeal, place: int, found: Sequence[FindingData], *, by: User, now: datetime
) -> list[Finding]:
    """All that was found of the item at ``place`` of the form, disputed or not, in place of what was found before.

    ``accepted`` of each are the right answers, as its kind of question writes them: instead of the key (wrong key) or
    besides it (several right); of a recording fault the one response that counts for this attempt, empty for no
    answer; nothing for every other kind. Votes cast so far do not count any more, unless that was found already.

    Raises:
        AppealNotOpen: there is no hearing, or it is decided.
        KeyNotReviewed: nobody has looked at the key.
        NotInCommission, NotAtViewing: not at the table, or not when the key was shown.
        FindingsExclude: two that cannot both be true.
        NoSuchQuestion, FindingIncomplete, CountingAnswerMissing, AnswerCountsAlready, KeyUnchanged, NothingAdded: what
            was written does not fit.
    """
    queries.lock(appeal)
    _check_may_judge(appeal, by)
    check_places([place], appeal.attempt.order["items"])
    found = _checked(appeal, place, found)
    known = {_is_of_answer(row.kind): row for row in queries.findings_of(appeal) if row.place == place}
    findings, changed = [], []
    for said in found:
        row = known.pop(_is_of_answer(said.kind), None) or Finding(id=uuid4(), appeal_id=appeal.id, place=place)
        findings.append(row)
        if _write(row, said, by=by, now=now):
            changed.append(row.id)
    for row in known.values():
        row.withdrawn_at = now
        audit.record("finding.withdrawn", row, by=by, at=now, appeal=appeal.id, place=place, finding=fingerprint(row))
        changed.append(row.id)
    if changed:
        ballots.discard_all(appeal, by=by, now=now, finding=changed[0])
    return findings


def _is_of_answer(kind: FindingKind) -> bool:
    """Whether a finding is of what one candidate answered; else it is of the item."""
    return kind == FindingKind.RECORDING_FAULT


def _checked(appeal: Appeal, place: int, found: Sequence[FindingData]) -> list[FindingData]:
    """The same, what is accepted in the one way of writing of its kind."""
    if not found:
        raise rules.FindingIncomplete
    check_together([said.kind for said in found])
    item, written = get_sheet(appeal.attempt.form_id).items[place], []
    for said in found:
        in_force = _right_so_far(appeal, place) if said.kind in rules.CHANGES_KEY else ()
        accepted = rules.check_finding(
            said.kind, said.reason, said.accepted, item.kind, item.parts, counting_answer(appeal, place), in_force
        )
        written.append(replace(said, accepted=accepted))
    return written


def _write(row: Finding, said: FindingData, *, by: User, now: datetime) -> bool:
    """Write down what was found; whether it is anything new."""
    responses = sorted(list(response) for response in said.accepted)
    words = said.kind, said.reason.strip()
    if (row.kind, row.reason) == words and open_accepted(row) == responses:
        return False
    row.kind, row.reason = words
    row.accepted_sealed = seal_accepted(row, responses) if responses else None
    row.recorded_at, row.recorded_by_id = now, by.id
    db.session.add(row)
    audit.record(
        "finding.recorded", row, by=by, at=now, appeal=row.appeal_id, place=row.place, kind=row.kind,
        finding=fingerprint(row),
    )  # fmt: skip
    return True


def _check_may_judge(appeal: Appeal, by: User) -> CommissionMember:
    check_status(appeal.status, AppealStatus.HEARING)
    if appeal.hearing is None or not appeal.hearing.viewings:
        raise rules.KeyNotReviewed
    return check_witness(appeal, by)


def _right_so_far(appeal: Appeal, place: int) -> tuple[tuple[str, ...], ...]:
    """The responses that the key in force accepts at ``place``; none where the item is void."""
    right = recount.right_answers(appeal.attempt.form_id)[place]
    return () if right.is_void else right.responses


def counting_answer(appeal: Appeal, place: int) -> tuple[str, ...]:
    """Option ids of the response that counts at ``place`` so far; empty for no answer."""
    return recount.answers_in_force(appeal.attempt_id).get(place, ())


def vote(appeal: Appeal, outcome: AppealOutcome, dissent: str, *, by: User, now: datetime) -> Vote:
    """A member who has seen the key votes, with a dissent in their own words if they have one; voting anew replaces it.

    Raises:
        AppealNotOpen: there is no hearing, or it is decided.
        KeyNotReviewed: nobody has looked at the key.
        NotInCommission, NotAtViewing: not at the table, or not when the key was shown.
    """
    queries.lock(appeal)
    member = _check_may_judge(appeal, by)
    ballot = next((one for one in queries.votes_of(appeal) if one.member_id == member.id), None)
    if ballot is None:
        ballot = Vote(id=uuid4(), appeal_id=appeal.id, member_id=member.id)
        db.session.add(ballot)
    ballot.outcome, ballot.dissent, ballot.cast_at = outcome, dissent.strip(), now
    audit.record("vote.cast", ballot, by=by, at=now, appeal=appeal.id, member=member.id, vote=vote_fingerprint(ballot))
    return ballot


def decide(appeal: Appeal, *, by: User, now: datetime) -> AppealProtocol:
    """The chair fixes the decision by the votes of all who saw the key; a hearing still open is closed by it.

    Raises:
        AppealNotOpen: there is no hearing, or it is decided.
        KeyNotReviewed: nobody has looked at the key.
        NotInCommission, OnlyTheChair, NotAtViewing: not the chair, or not there when the key was shown.
        NoQuorum: too few are left of those who have seen the key.
        FindingsMissing, VotesMissing: a disputed item without finding, a member without vote.
        NoDecision, OutcomeUnfounded: see :func:`appeals.rules.hearing.decision`.
    """
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.HEARING)
    chair, hearing = check_chair(appeal, by), appeal.hearing
    if hearing is None or not hearing.viewings:
        raise rules.KeyNotReviewed
    check_witness(appeal, by)
    present = queries.witnesses_of(hearing)
    seats.check_quorum(queries.places_of(chair.commission), [m.place for m in present], chair.place)
    findings = queries.findings_of(appeal)
    known = {finding.place for finding in findings}
    lacking = [place for place in appeal.items if place not in known]
    rules.check_findings([appeal.attempt.order["items"].index(place) + 1 for place in lacking])
    votes = {ballot.member_id: ballot for ballot in queries.votes_of(appeal)}
    rules.check_votes([member.user.full_name for member in present if member.id not in votes])
    counted = {member.id: votes[member.id].outcome for member in present}
    outcome = rules.decision(counted, chair.id, [finding.kind for finding in findings])
    if hearing.closed_at is None:
        shut(hearing, by=by, now=now)
    appeal.status, appeal.outcome, appeal.decided_at = AppealStatus.DECIDED, outcome, now
    entry = audit.record(
        "appeal.decided", appeal, by=by, at=now, outcome=outcome, attempt=appeal.attempt_id,
        findings=[fingerprint(finding) for finding in findings],
        votes=[vote_fingerprint(votes[member.id]) for member in present],
        members=[member.id for member in present],
    )  # fmt: skip
    return protocols.draw_up(appeal, present, findings, [votes[m.id] for m in present], entry, by=by, now=now)


@audit.witness("appeal.decided")
def _decision_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Outcome, findings and votes are still those on which the decision rests."""
    said, appeal = audit.facts(entry), db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None:
        yield "the appeal is missing"
        return
    if appeal.status not in (AppealStatus.DECIDED, AppealStatus.CLOSED) or (
        str(appeal.outcome), appeal.decided_at,
    ) != (said["outcome"], entry.at):  # fmt: skip
        yield "the decision of this appeal was altered"
    if [fingerprint(finding).hex() for finding in queries.findings_of(appeal)] != said["findings"]:
        yield "a finding was altered after the decision"
    votes = {str(ballot.member_id): ballot for ballot in queries.votes_of(appeal)}
    counted = [vote_fingerprint(votes[member]).hex() for member in said["members"] if member in votes]
    if counted != said["votes"]:
        yield "a vote was altered after the decision"


def _is_latest(entry: audit.AuditEntry) -> bool:
    """Whether nothing later was recorded of the same row under the same action."""
    later = select(audit.AuditEntry.number).where(
        audit.AuditEntry.subject == entry.subject, audit.AuditEntry.action == entry.action,
        audit.AuditEntry.number > entry.number,
    )  # fmt: skip
    return db.session.scalars(later.limit(1)).first() is None


@audit.witness("finding.recorded")
def _finding_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The finding is still the one recorded last."""
    finding = db.session.get(Finding, audit.subject_id(entry))
    if _is_latest(entry) and (
        finding is None
        or (fingerprint(finding).hex(), finding.recorded_at, f"user:{finding.recorded_by_id}")
        != (audit.facts(entry)["finding"], entry.at, entry.actor)
    ):
        yield "this finding was altered"


@audit.witness("finding.withdrawn")
def _withdrawal_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """A finding in place of which others were written down is still on record as it was, and does not stand again."""
    finding = db.session.get(Finding, audit.subject_id(entry))
    if finding is None or (fingerprint(finding).hex(), finding.withdrawn_at) != (
        audit.facts(entry)["finding"], entry.at,
    ):  # fmt: skip
        yield "a finding that was withdrawn was altered"


@audit.witness("vote.cast")
def _vote_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The vote is still the one cast last, and its member's."""
    said, ballot = audit.facts(entry), db.session.get(Vote, audit.subject_id(entry))
    if _is_latest(entry) and (
        ballot is None or (vote_fingerprint(ballot).hex(), ballot.cast_at) != (said["vote"], entry.at)
    ):
        yield "this vote was altered"
    member = db.session.get(CommissionMember, UUID(said["member"]))
    if member is None or f"user:{member.user_id}" != entry.actor:
        yield "the member who cast this vote was exchanged"
