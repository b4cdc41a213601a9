"""Remarks on a version: on what, and open until an approver settles them (¶23)."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from accounts.models import User
from core import audit
from core.db import db
from question_bank import life, life_queries, queries, rules
from question_bank.life_models import ReviewComment
from question_bank.models import ItemVersion
from question_bank.rules import ItemStatus


def comment(version: ItemVersion, field: str, text: str, *, by: User, now: datetime) -> ReviewComment:
    """A remark on one part of a version that is not approved yet; it stays open until it is settled.

    Raises:
        CommentNeeded: no text.
        ApprovedNeverChanges: the version is approved.
    """
    queries.lock(version)
    return _add(version, None, field if field in life.COMMENT_FIELDS else "", text, by=by, now=now)


def answer(first: ReviewComment, text: str, *, by: User, now: datetime) -> ReviewComment:
    """An answer to a remark that is still open.

    Raises:
        CommentNeeded: no text.
        CommentSettled: it is settled.
        ApprovedNeverChanges: the version is approved.
    """
    version = queries.get_version(first.version_id)
    queries.lock(version)
    db.session.refresh(first)  # whoever held the question just now may have settled it
    if first.settled_at is not None:
        raise life.CommentSettled
    return _add(version, first, first.field, text, by=by, now=now)


def settle(first: ReviewComment, *, by: User, now: datetime) -> None:
    """Say that a remark is done with.

    Raises:
        CommentSettled: it is already.
        OwnQuestionRemark: ``by`` worked on the question, and somebody else made the remark.
    """
    version = queries.get_version(first.version_id)
    queries.lock(version)
    db.session.refresh(first)
    if first.settled_at is not None:
        raise life.CommentSettled
    hands = queries.hands_on([version.item_id])[version.item_id]
    life.check_may_settle(person=by.id, made_by=first.by_id, hands=hands)
    first.settled_at, first.settled_by_id = now, by.id
    audit.record("item.comment_settled", first, by=by, at=now, version=first.version_id)


def check_settled(versions: list[ItemVersion]) -> None:
    """Refuse to approve what still has open remarks.

    Raises:
        OpenComments: names the questions.
    """
    still = life_queries.with_open_comments([version.id for version in versions])
    if still:
        named = sorted(version.item.external_id for version in versions if version.id in still)
        raise life.OpenComments(items=", ".join(named))


def _add(
    version: ItemVersion, first: ReviewComment | None, field: str, text: str, *, by: User, now: datetime
) -> ReviewComment:
    if version.status == ItemStatus.APPROVED:
        raise rules.ApprovedNeverChanges
    made = ReviewComment(
        id=uuid4(), version_id=version.id, parent_id=first.id if first else None, field=field,
        text=life.check_reason(text), by_id=by.id, at=now,
    )  # fmt: skip
    db.session.add(made)
    audit.record("item.commented", made, by=by, at=now, version=version.id, field=field, answers=made.parent_id)
    return made
