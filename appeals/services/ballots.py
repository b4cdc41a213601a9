"""Votes as facts: what a vote says, and votes that do not count any more (¶34–35)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from accounts.models import User
from appeals import queries
from appeals.models import Appeal, CommissionMember, Vote
from appeals.rules.states import AppealStatus
from core import audit
from core.crypto import canonical, sha256
from core.db import db


def vote_fingerprint(ballot: Vote) -> bytes:
    """SHA-256 over all that a vote says: how a member voted stands in the protocol, not in the trail."""
    return sha256(canonical(ballot.said))


def discard(appeal: Appeal, gone: CommissionMember, *, by: User, now: datetime) -> None:
    """Somebody left an undecided appeal after a vote was cast: no vote counts, all vote anew; the trail names them.

    Else a member who dissents could be made to leave, and the rest would have decided.
    """
    queries.lock(appeal)
    discard_all(appeal, by=by, now=now, left=gone.id)


def discard_all(appeal: Appeal, *, by: User, now: datetime, **because: UUID) -> None:
    """Take the votes of an undecided appeal, which is held, out of the count; ``because`` of whom or what."""
    votes = queries.votes_of(appeal)
    if appeal.status != AppealStatus.HEARING or not votes:
        return
    for ballot in votes:
        ballot.discarded_at = now
    db.session.flush()
    audit.record(
        "votes.discarded", appeal, by=by, at=now, **because,
        votes=[[ballot.id, ballot.member_id, vote_fingerprint(ballot)] for ballot in votes],
    )  # fmt: skip


@audit.witness("votes.discarded")
def _discarding_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Every vote that was taken out of the count is still on record as it was, and does not count again."""
    for vote_id, member_id, said in audit.facts(entry)["votes"]:
        ballot = db.session.get(Vote, UUID(vote_id))
        if ballot is None or (str(ballot.member_id), vote_fingerprint(ballot).hex(), ballot.discarded_at) != (
            member_id, said, entry.at,
        ):  # fmt: skip
            yield "a vote that was discarded was altered"
