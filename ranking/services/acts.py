"""What the authority or the territorial body does after the results: facts with a document (¶29, 31, 37–38)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from accounts.models import User
from competitions.models import Competition
from core import audit, i18n
from core.db import db
from ranking import queries
from ranking.models import AuthorityAct
from ranking.rules import acts as rules
from ranking.rules.acts import ActKind
from ranking.services.decisions import check_papers, ranking_content
from ranking.services.holders import note_holders
from ranking.services.reserve import Reservist, reserve_for, reserve_of
from ranking.services.state import standing
from testing_center.models.attempts import Attempt


def accept(competition: Competition, document: str, on: date, *, by: User, now: datetime) -> AuthorityAct:
    """The winner has signed the contract.

    Raises:
        ActNotPossible, DocumentNeeded, ActInFuture: see :func:`ranking.rules.acts.check_act`.
        ActBeforeTest: the document is older than the test.
        WinnerNotOnPaper: the last ranking does not name this winner.
    """
    return _of_winner(competition, ActKind.WINNER_ACCEPTED, document, on, by=by, now=now)


def decline(competition: Competition, document: str, on: date, *, by: User, now: datetime) -> AuthorityAct:
    """The winner has declined the contract in writing (¶29).

    Raises:
        ActNotPossible, DocumentNeeded, ActInFuture: as :func:`accept`.
    """
    return _of_winner(competition, ActKind.WINNER_DECLINED, document, on, by=by, now=now)


def contract_second(competition: Competition, document: str, on: date, *, by: User, now: datetime) -> AuthorityAct:
    """The organiser chooses the second place; where several share it, a tie-break is called next (¶29 b).

    Raises:
        ActNotPossible, DocumentNeeded, ActInFuture: as :func:`accept`.
    """
    _check(competition, ActKind.CONTRACT_SECOND, document, on, now=now)
    return _record(competition, ActKind.CONTRACT_SECOND, None, document, on, by=by, now=now)


def announce_anew(competition: Competition, document: str, on: date, *, by: User, now: datetime) -> AuthorityAct:
    """The organiser announces a new competition (¶29 a, 31).

    Raises:
        ActNotPossible, DocumentNeeded, ActInFuture: as :func:`accept`.
    """
    _check(competition, ActKind.ANNOUNCE_ANEW, document, on, now=now)
    return _record(competition, ActKind.ANNOUNCE_ANEW, None, document, on, by=by, now=now)


def appoint_from_reserve(
    competition: Competition, attempt_id: UUID, document: str, on: date, *, by: User, now: datetime
) -> AuthorityAct:
    """Somebody of the reserve of the same body is appointed, where the competition is not held (¶31, 37–38).

    Raises:
        NotInReserve: somebody else's reserve, or appointed already.
        ActNotPossible, DocumentNeeded, ActInFuture: as :func:`accept`.
    """
    _check(competition, ActKind.APPOINT_FROM_RESERVE, document, on, now=now)
    attempt = db.session.get_one(Attempt, attempt_id)
    _check_among(reserve_for(competition, now=now), attempt)
    return _record(competition, ActKind.APPOINT_FROM_RESERVE, attempt, document, on, by=by, now=now)


def withdraw_from_reserve(
    competition: Competition, attempt_id: UUID, document: str, on: date, *, by: User, now: datetime
) -> AuthorityAct:
    """Somebody in the reserve after this competition withdrew in writing; nothing else of the competition changes.

    Raises:
        NotInReserve: somebody else's competition, or not in the reserve any more.
        DocumentNeeded, ActInFuture: see :func:`ranking.rules.acts.check_document`.
    """
    rules.check_document(document, on, today=now.astimezone(i18n.zone()).date())
    attempt = db.session.get_one(Attempt, attempt_id)
    if attempt.competition_id != competition.id:
        raise rules.NotInReserve(code=attempt.number)
    _check_among(reserve_of(competition.financing, now=now), attempt)
    return _record(competition, ActKind.WITHDREW_FROM_RESERVE, attempt, document, on, by=by, now=now)


def record_fact(
    competition: Competition, kind: ActKind, attempt: Attempt, document: str, on: date, *, by: User, now: datetime
) -> AuthorityAct:
    """Write down what somebody with a score declared in writing; whether it may be, the caller has checked.

    Raises:
        DocumentNeeded, ActInFuture: see :func:`ranking.rules.acts.check_document`.
        ActBeforeTest: the document is older than their main test.
        Destroyed: the papers of this competition are not kept any more.
    """
    check_papers(competition)
    rules.check_document(document, on, today=now.astimezone(i18n.zone()).date())
    rules.check_after_test(on, _tested_on(competition, {attempt.number}))
    return _record(competition, kind, attempt, document, on, by=by, now=now)


def _check_among(reserve: Sequence[Reservist], attempt: Attempt) -> None:
    if attempt.id not in {one.attempt_id for one in reserve}:
        raise rules.NotInReserve(code=attempt.number)


def _of_winner(
    competition: Competition, kind: ActKind, document: str, on: date, *, by: User, now: datetime
) -> AuthorityAct:
    winner = _check(competition, kind, document, on, now=now)
    latest = queries.latest_ranking(competition.id)
    if winner and latest and kind == ActKind.WINNER_ACCEPTED:
        note_holders(latest, [winner], now=now)  # where it is not published yet
    return _record(competition, kind, queries.attempt_by_number(winner or ""), document, on, by=by, now=now)


def _check(competition: Competition, kind: ActKind, document: str, on: date, *, now: datetime) -> str | None:
    """Refuse what does not follow, or what nothing is kept of; the winner's code, where there is a winner."""
    check_papers(competition)
    found = standing(competition, now=now)
    rules.check_act(kind, found.may_follow, document, on, today=now.astimezone(i18n.zone()).date())
    rules.check_after_test(on, _tested_on(competition, {row.code for row in found.rows}))
    latest = queries.latest_ranking(competition.id)
    rules.check_contract(kind, found.winner, ranking_content(latest)["winner"] if latest else None)
    return found.winner


def _tested_on(competition: Competition, codes: Collection[str]) -> date | None:
    """The day of the last test that counts, at its place."""
    tested = [one.attempt for one in queries.tested(competition) if one.attempt.number in codes]
    return max((one.ended_at.astimezone(one.sitting.zone).date() for one in tested if one.ended_at), default=None)


def _record(
    competition: Competition, kind: ActKind, attempt: Attempt | None, document: str, on: date, *, by: User,
    now: datetime,
) -> AuthorityAct:  # fmt: skip
    act = AuthorityAct(
        id=uuid4(), competition=competition, kind=kind, attempt=attempt, document=document.strip(), on=on,
        recorded_at=now, recorded_by_id=by.id,
    )  # fmt: skip
    db.session.add(act)
    audit.record("authority.acted", act, by=by, at=now, competition=competition.id, **_facts(act))
    return act


def _facts(act: AuthorityAct) -> dict[str, object]:
    return {
        "kind": str(act.kind), "code": act.attempt.number if act.attempt else None, "document": act.document,
        "on": act.on.isoformat(),
    }  # fmt: skip


@audit.witness("authority.acted")
def _act_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The act is still the one that was written down."""
    act = db.session.get(AuthorityAct, audit.subject_id(entry))
    if act is None or not _facts(act).items() <= audit.facts(entry).items():
        yield "an act of the authority was altered"
