"""An appeal that somebody else filed at the candidate's workstation (¶33: in person): the proctor rejects it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from appeals import queries
from appeals.models import Appeal
from appeals.rules import withdrawing as rules
from appeals.rules.states import AppealStatus, check_status
from appeals.services import letters
from appeals.services.filing import check_desk, window
from core import audit
from core.crypto import canonical, sha256
from core.db import db


def reject(appeal: Appeal, reason: str, *, by: User, now: datetime) -> None:
    """The proctor states that it was not the candidate who filed it: no hearing follows.

    It is no appeal of the candidate's, who may still file their own, and is told so by letter. So it is rejected only
    while the hour runs; later the commission invites the person, who is recognised at the desk or does not come.

    Raises:
        NotProctorHere: neither a proctor of the sitting nor an administrator.
        AppealNotOpen: the appeal is not waiting any more.
        RejectionTooLate: the candidate could not file their own any more.
        PersonWasConfirmed: the person was recognised by document.
        RejectionUnexplained, RejectionTooLong: no reason, or too many words.
    """
    queries.lock(appeal)
    check_desk(appeal.attempt, by)
    check_status(appeal.status, AppealStatus.FILED)
    check_in_time(appeal, now=now)
    reason = rules.check_rejection(reason, appeal.confirmed_at)
    appeal.status, appeal.lapsed_at = AppealStatus.REJECTED, now
    appeal.rejected_by_id, appeal.rejected_reason = by.id, reason
    letters.rejected(appeal, window(appeal.attempt, now=now), now=now)
    audit.record("appeal.rejected", appeal, by=by, at=now, reason=_words(appeal, reason))
    audit.checkpoint("appeal closed", at=now)


def check_in_time(appeal: Appeal, *, now: datetime) -> None:
    """Refuse a rejection after which the candidate could not file their own.

    Raises:
        RejectionTooLate: the hour is over.
    """
    rules.check_rejection_in_time(window(appeal.attempt, now=now).until, zone=appeal.sitting.zone, now=now)


def _words(appeal: Appeal, words: str) -> bytes:
    """SHA-256 over what the proctor wrote of a person, and its row: the words themselves are not for the trail."""
    return sha256(canonical([str(appeal.id), words]))


@audit.witness("appeal.rejected")
def _rejection_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """A rejected appeal stays so, with its reason and whoever rejected it."""
    said, appeal = audit.facts(entry), db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None or (appeal.status, appeal.lapsed_at, f"user:{appeal.rejected_by_id}") != (
        AppealStatus.REJECTED, entry.at, entry.actor,
    ):  # fmt: skip
        yield "the rejection of this appeal was altered"
    elif _words(appeal, appeal.rejected_reason or "").hex() != said["reason"]:
        yield "the reason of this rejection was altered"
