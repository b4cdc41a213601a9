"""Taking an appeal back (¶33): the candidate does it, at their own screen with their code, or on paper at the desk.

The text says nothing of until when. Only until the key of this appeal is shown for the first time: from then on what
was seen concerns everybody, and the commission decides (ADR 0015). At the screen: until the hearing opens, from which
moment the candidate is before the commission and signs a paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from appeals import queries
from appeals.models import Appeal
from appeals.rules import withdrawing as rules
from appeals.rules.filing import OnlyTheCandidate
from appeals.rules.states import AppealStatus
from appeals.services import hearings, letters
from appeals.services.filing import check_desk, check_own
from core import audit
from core.audit import Actor
from core.db import db
from testing_center.services.entry import OwnCode


def withdraw(appeal: Appeal, proof: OwnCode, *, by: Actor, now: datetime) -> None:
    """The candidate takes the appeal back at their own screen, before it is heard; it is not filed again.

    ``proof`` is that of the code typed again at this moment: a session left open proves nobody (see
    :func:`testing_center.services.entry.prove_own_code`).

    Raises:
        OnlyTheCandidate: somebody else, or another test's code.
        AppealNotOpen, WithdrawalAfterKey, WithdrawOnPaper: see :func:`check_may_withdraw`.
    """
    queries.lock(appeal)
    check_own(appeal.attempt, by)
    if proof.attempt_id != appeal.attempt_id:
        raise OnlyTheCandidate
    check_may_withdraw(appeal, on_paper=False)
    _end(appeal, by=by, now=now)


def withdraw_on_paper(appeal: Appeal, signed_at: datetime, *, by: User, now: datetime) -> None:
    """The desk takes a paper signed by the candidate, whom it recognises: ``signed_at`` is what stands on it.

    A hearing that is open, and at which the key was not shown, ends. The candidate is told by letter.

    Raises:
        NotProctorHere: neither a proctor of the sitting nor an administrator.
        AppealNotOpen, WithdrawalAfterKey: see :func:`check_may_withdraw`.
        PaperTimeWrong: signed before the appeal was filed, or later than now.
    """
    queries.lock(appeal)
    check_desk(appeal.attempt, by)
    check_may_withdraw(appeal, on_paper=True)
    signed_at = rules.check_paper(signed_at, appeal.filed_at, zone=appeal.sitting.zone, now=now)
    hearing = appeal.hearing
    if hearing is not None:
        db.session.refresh(hearing)
        if hearing.closed_at is None:
            hearings.shut(hearing, by=by, now=now)
    appeal.withdrawn_paper_at, appeal.withdrawn_by_id = signed_at, by.id
    letters.withdrawn_on_paper(appeal, now=now)
    _end(appeal, by=by, now=now)


def check_may_withdraw(appeal: Appeal, *, on_paper: bool) -> None:
    """Refuse where it is too late to take this appeal back; the act asks again, with the appeal held.

    Raises:
        AppealNotOpen: it is decided, or has come to its end.
        WithdrawalAfterKey: its key was shown.
        WithdrawOnPaper: the hearing has been opened, and this is no paper.
    """
    shown_at = queries.first_shown_at(appeal)
    rules.check_may_withdraw(appeal.status, shown_at, on_paper=on_paper, zone=appeal.sitting.zone)


def _end(appeal: Appeal, *, by: Actor, now: datetime) -> None:
    appeal.status, appeal.withdrawn_at = AppealStatus.WITHDRAWN, now
    audit.record("appeal.withdrawn", appeal, by=by, at=now, paper=appeal.withdrawn_paper_at)
    audit.checkpoint("appeal closed", at=now)


@audit.witness("appeal.withdrawn")
def _withdrawal_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """A withdrawn appeal stays withdrawn, on the paper that was taken and by whom, or on none."""
    said, appeal = audit.facts(entry), db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None or (appeal.status, appeal.withdrawn_at) != (AppealStatus.WITHDRAWN, entry.at):
        yield "the withdrawal of this appeal was altered"
        return
    taker = f"user:{appeal.withdrawn_by_id}" if appeal.withdrawn_by_id else appeal.attempt.actor_name
    if (audit.plain(appeal.withdrawn_paper_at), taker) != (said.get("paper"), entry.actor):
        yield "the paper of this withdrawal was altered"
