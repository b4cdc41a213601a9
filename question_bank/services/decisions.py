"""Deciding on a version as a second person: approving it, or sending it back (¶23).

Every decision keeps the checklist that was before its approver. What is said with it may tell the key: the trail keeps
a salted digest of the words, not the words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from question_bank import flaws, life, queries, rules, sealing, session_queries, stock_queries, writing
from question_bank.flaws import Flaw
from question_bank.kinds.base import Content
from question_bank.life import ReviewPoint
from question_bank.life_models import ReviewChecklist
from question_bank.models import Item, ItemReview, ItemVersion
from question_bank.rules import ItemStatus, ReviewAct
from question_bank.services import comments
from question_bank.translations import wordings


def approve(
    version: ItemVersion, *, comment: str = "", points: Collection[ReviewPoint] = (), shown: str | None = None,
    in_session: bool = False, by: User, now: datetime,
) -> None:  # fmt: skip
    """Approve as a second person: from now on this version never changes and forms may use it (¶23).

    ``points`` are what the approver ticked of the checklist; with what the program finds they are kept with the
    decision. ``shown`` is the edition that was read (``sealing.edition``), empty where the page did not say; None:
    there was no page. ``in_session``: an approval session decides, which is alone in that while it is open.

    Raises:
        NotInReview: it does not wait for a decision (any more).
        ItemRetired: the item is out of use.
        NotShown, ChangedSinceShown: the page did not say what it showed, or it was saved again since.
        OwnItem: ``by`` wrote, edited or submitted some version of the item.
        BeforeSession: an open approval session is to decide on it.
        OpenComments: remarks on it are open.
        TranslationBehind: one language changed after the other, and it was not ticked that both ask the same.
    """
    check([version], None if shown is None else {version.id: shown}, in_session=in_session, by=by)
    comments.check_settled([version])
    _check_compared([version], points)
    _approve(version, comment, points, by=by, now=now)


def approve_many(
    versions: Sequence[ItemVersion], *, comment: str = "", points: Collection[ReviewPoint] = (),
    shown: Mapping[UUID, str] | None = None, by: User, now: datetime,
) -> int:  # fmt: skip
    """Approve each of these versions, all or none; every one is checked as by :func:`approve`. Returns how many.

    ``points`` and ``comment`` go with every one of them. ``shown``: the editions that were read, by the ids of
    versions; a version that is missing there was not shown. None: there was no page.
    """
    check(versions, shown, in_session=False, by=by)
    comments.check_settled(list(versions))
    _check_compared(versions, points)
    for version in versions:
        _approve(version, comment, points, by=by, now=now)
    return len(versions)


def return_version(
    version: ItemVersion, comment: str, *, points: Collection[ReviewPoint] = (), shown: str | None = None,
    in_session: bool = False, by: User, now: datetime,
) -> None:  # fmt: skip
    """Send a version back to its author with a comment; the rest as :func:`approve`.

    Raises:
        CommentNeeded: no comment.
        NotInReview, ItemRetired, NotShown, ChangedSinceShown, OwnItem, BeforeSession: as :func:`approve`.
    """
    if not comment.strip():
        raise rules.CommentNeeded
    check([version], None if shown is None else {version.id: shown}, in_session=in_session, by=by)
    version.status = ItemStatus.RETURNED
    review = _note(version, ReviewAct.RETURNED, comment.strip(), points, by=by, now=now)
    audit.record(
        "item.returned", version.item, by=by, at=now, version=version.id, comment_digest=words_digest(review)
    )  # fmt: skip


def words_digest(review: ItemReview) -> bytes:
    """Digest of what was said with a decision; the salt is the review's id, which no entry of the trail names."""
    return said_digest(review.id, review.comment)


def said_digest(salt: UUID, words: str) -> bytes:
    """SHA-256 of words that may tell a key, salted with 122 random bits: short words cannot be guessed from it."""
    return sha256(canonical([str(salt), words]))


def flaws_of(version: ItemVersion, *, with_key: bool = True) -> list[Flaw]:
    """Flaws of item writing that a program can see; with those that follow from the key, which it opens to look.

    Without the key, letters are those of the order that is shown then (``sealing.content_without_key``).
    """
    plain = flaws.plain_of_rich if version.is_rich else str
    content = sealing.content_without_key(version)
    if with_key:
        content = Content(wordings(version.options), wordings(version.targets or ()), sealing.open_key(version))
    return flaws.find(version.kind, plain(version.stem_ky), plain(version.stem_ru), flaws.plainly(content, plain))


def check(versions: Sequence[ItemVersion], shown: Mapping[UUID, str] | None, *, in_session: bool, by: User) -> None:
    """Hold these versions with their items, and refuse a decision on them by this person or on words nobody has read.

    Raises:
        NotInReview, ItemRetired, NotShown, ChangedSinceShown, OwnItem, BeforeSession: as :func:`approve`.
    """
    stock_queries.lock_items_of([version.id for version in versions])  # or they were retired at this moment
    items = db.select(Item).where(Item.id.in_({version.item_id for version in versions}))
    db.session.scalars(items.execution_options(populate_existing=True)).all()
    for version in versions:
        queries.lock(version)
    hands = queries.hands_on({version.item_id for version in versions})
    for version in versions:
        is_retired = version.item.retired_at is not None
        rules.check_may_decide(version.status, retired=is_retired, person=by.id, hands=hands[version.item_id])
        if shown is not None:
            writing.check_shown(shown.get(version.id, ""), sealing.edition(version), item=version.item.external_id)
    if in_session:
        return
    agendas = session_queries.open_agendas([version.id for version in versions])
    if agendas:
        number = min(session.number for session in agendas.values())
        named = [one for one in versions if one.id in agendas and agendas[one.id].number == number]
        raise life.BeforeSession(session=number, items=", ".join(sorted(version.item.external_id for version in named)))


def _check_compared(versions: Sequence[ItemVersion], points: Collection[ReviewPoint]) -> None:
    stale = [version.item.external_id for version in versions if version.stale_language]
    writing.check_compared(stale, is_ticked=ReviewPoint.LANGUAGES in points)


def _approve(version: ItemVersion, comment: str, points: Collection[ReviewPoint], *, by: User, now: datetime) -> None:
    version.status, version.approved_by_id, version.approved_at = ItemStatus.APPROVED, by.id, now
    _note(version, ReviewAct.APPROVED, comment.strip(), points, by=by, now=now)
    compared = {"compared": version.stale_language} if version.stale_language else {}
    # A person has read both and says so: that is kept with the checklist and in the trail.
    version.stale_language = version.agreed_texts = None
    audit.record("item.approved", version.item, by=by, at=now, version=version.id, number=version.number, **compared)


def _note(
    version: ItemVersion, act: ReviewAct, comment: str, points: Collection[ReviewPoint], *, by: User, now: datetime
) -> ItemReview:
    """Keep the decision with what the approver ticked and what the program found then."""
    review = ItemReview(id=uuid4(), version_id=version.id, act=act, comment=comment, by_id=by.id, at=now)
    db.session.add(review)
    ticked = [str(point) for point in ReviewPoint if point in points]
    sealed = sealing.seal_flaws(review.id, flaws_of(version))
    db.session.add(ReviewChecklist(review=review, points=ticked, flaws_sealed=sealed))
    return review


@audit.witness("item.returned")
def _return_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """What was said when a version was returned is still what was said then."""
    said = audit.facts(entry)
    query = db.select(ItemReview).where(
        ItemReview.version_id == UUID(said["version"]), ItemReview.act == ReviewAct.RETURNED, ItemReview.at == entry.at
    )
    found = list(db.session.scalars(query))
    if "comment_digest" in said:
        holds = said["comment_digest"] in {words_digest(review).hex() for review in found}
    else:  # entries of earlier releases have the words themselves
        holds = said.get("comment") in {review.comment for review in found}
    if not holds:
        yield "what was said when this version was returned was altered"
