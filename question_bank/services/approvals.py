"""An approval session: members meet over a list of questions, decide on each, and sign the minutes (¶23)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import func, select

from accounts.models import User
from accounts.rules import Permission
from core import audit, i18n
from core.crypto import canonical, sha256
from core.db import db
from core.drawn import Paper, drawn_once, witness_drawn
from question_bank import life, merkle, queries, rules, sealing, session_queries
from question_bank.life import ReviewPoint, SessionDecision
from question_bank.life_models import ApprovalSession, SessionItem
from question_bank.models import ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import comments, decisions


def open_session(
    held_on: date, place: str, members: Sequence[User], versions: Sequence[ItemVersion], *, by: User, now: datetime
) -> ApprovalSession:
    """Call a session over versions that wait for a decision; whoever opens it is a member of it.

    Raises:
        NothingChosen: no question.
        AlreadyOnAgenda: some are before another open session, or wait no longer.
        TooFewDeciders: for some question fewer than two members have clean hands.
    """
    if not versions:
        raise life.NothingChosen
    for version in versions:  # whoever decides on one of them at this moment is first, or second
        queries.lock(version)
    taken = session_queries.open_agendas([version.id for version in versions])
    not_there = [one for one in versions if one.id in taken or one.status != ItemStatus.IN_REVIEW]
    if not_there:
        raise life.AlreadyOnAgenda(items=_names(not_there))
    present = {member.id: member for member in (by, *members)}
    _check_deciders(versions, present.values())
    session = ApprovalSession(
        id=uuid4(), number=_next_number(held_on.year), held_on=held_on, place=place.strip(), opened_by_id=by.id,
        opened_at=now, members=list(present.values()), is_demo=by.is_demo,
    )  # fmt: skip
    for position, version in enumerate(versions, 1):
        session.agenda.append(SessionItem(id=uuid4(), position=position, version_id=version.id))
    db.session.add(session)
    audit.record(
        "approval_session.opened", session, by=by, at=now, number=session.number, held_on=str(held_on),
        members=sorted(str(one) for one in present), versions=[version.id for version in versions],
    )  # fmt: skip
    return session


def decide(
    session: ApprovalSession, version_ids: Collection[UUID], decision: SessionDecision, comment: str = "", *,
    points: Collection[ReviewPoint] = (), shown: Mapping[UUID, str] | None = None, by: User, now: datetime,
) -> int:  # fmt: skip
    """What the session decided on these questions, entered by a member; returns how many. All of them or none.

    Approved and returned they are so at once, as by one approver: whoever enters it has clean hands for each, and so
    have at least two members who may still approve. What is postponed goes on waiting. ``shown``: as
    :func:`decisions.approve_many`.

    Raises:
        SessionClosed, NotAMember, NothingChosen, AlreadyDecided, TooFewDeciders: see ``life``.
        CommentNeeded: something is returned without a comment.
        NotInReview, ItemRetired, ChangedSinceShown, OwnItem, OpenComments: as :func:`decisions.approve`.
    """
    session_queries.lock(session)
    _check_open(session, by)
    chosen = [entry for entry in session.agenda if entry.version_id in set(version_ids)]
    if not chosen:
        raise life.NothingChosen
    done = [entry.version for entry in chosen if entry.decision not in (None, SessionDecision.POSTPONED)]
    if done:
        raise life.AlreadyDecided(items=_names(done))
    versions = [entry.version for entry in chosen]
    _check_deciders(versions, session.members)
    if decision == SessionDecision.APPROVED:
        comments.check_settled(versions)
    for entry in chosen:
        read = None if shown is None else shown.get(entry.version_id, "")
        if decision == SessionDecision.APPROVED:
            decisions.approve(
                entry.version, comment=_named(session, comment), points=points, shown=read, in_session=True, by=by,
                now=now,
            )  # fmt: skip
        elif decision == SessionDecision.RETURNED:
            decisions.return_version(
                entry.version, life.check_reason(comment), points=points, shown=read, in_session=True, by=by, now=now
            )
        else:  # it goes on waiting, which what is out of use or decided on elsewhere does not
            shown_now = None if read is None else {entry.version_id: read}
            decisions.check([entry.version], shown_now, in_session=True, by=by)
        entry.decision, entry.comment, entry.decided_by_id, entry.decided_at = decision, comment.strip(), by.id, now
        _fix(entry)
    db.session.flush()
    said = {str(entry.version_id): decisions.said_digest(entry.id, entry.comment) for entry in chosen if entry.comment}
    audit.record(
        "approval_session.decided", session, by=by, at=now, decision=decision, comment_digests=said,
        versions={str(entry.version_id): entry.digest for entry in chosen},
    )  # fmt: skip
    return len(chosen)


def close(session: ApprovalSession, *, by: User, now: datetime) -> None:
    """End the session: its content is fixed for the minutes; what still waits without a decision counts as postponed.

    What does not wait any more was not postponed: the minutes say by whom it was decided on outside, or taken out of
    use.

    Raises:
        SessionClosed, NotAMember.
    """
    session_queries.lock(session)
    _check_open(session, by)
    for entry in session.agenda:
        if entry.decision is None:
            entry.decision, entry.decided_by_id, entry.decided_at = _ended(entry.version) or (
                SessionDecision.POSTPONED, by.id, now,
            )  # fmt: skip
            _fix(entry)
            db.session.flush()
            db.session.expire(entry, ["decided_by"])
    db.session.flush()
    content = canonical(audit.plain(_content(session, now=now)))
    session.closed_by_id, session.closed_at = by.id, now
    session.content, session.content_digest = content.decode(), sha256(content)
    audit.record("approval_session.closed", session, by=by, at=now, content=session.content_digest)


def content_of(session: ApprovalSession) -> dict[str, Any]:
    """What the minutes of a closed session say."""
    found: dict[str, Any] = json.loads(session.content or "{}")
    return found


def minutes_pdf(session: ApprovalSession, *, now: datetime) -> bytes:
    """The minutes: drawn from the content the first time, the same bytes ever after."""
    return drawn_once(paper_of(session), lambda: _drawn(session), now=now)


def paper_of(session: ApprovalSession) -> Paper:
    """The minutes as a paper that is drawn once."""
    return Paper(
        row=session, kind="approval_minutes", number=session.number, digest=session.content_digest or b"",
        action="approval_session.drawn",
    )  # fmt: skip


def recompute(entry: SessionItem) -> bytes:
    """The digest of a version as it follows now from what is stored: equal to the one in the minutes, or altered."""
    return merkle.leaf(sealing.open_session_salt(entry), sealing.version_content(entry.version))


def _ended(version: ItemVersion) -> tuple[SessionDecision, UUID | None, datetime] | None:
    """What ended the waiting of a version without this session, who did it and when; None while it waits."""
    item = version.item
    if item.retired_at is not None:
        return SessionDecision.RETIRED, item.retired_by_id, item.retired_at
    if version.status == ItemStatus.IN_REVIEW:
        return None
    last = queries.last_decision(version.id)
    return SessionDecision.OUTSIDE, last.by_id, last.at


def _fix(entry: SessionItem) -> None:
    """Keep with the decision the salted digest of what was decided on."""
    salt = secrets.token_bytes(merkle.SALT_BYTES)
    entry.salt_sealed = sealing.seal_session_salt(entry.id, salt)
    entry.digest = merkle.leaf(salt, sealing.version_content(entry.version))


def _named(session: ApprovalSession, comment: str) -> str:
    return f"{comment.strip()} [{session.number}]".strip()


def _check_open(session: ApprovalSession, by: User) -> None:
    if session.closed_at is not None:
        raise life.SessionClosed
    if by.id not in {member.id for member in session.members}:
        raise life.NotAMember


def _check_deciders(versions: Sequence[ItemVersion], members: Collection[User]) -> None:
    """Members who left, or may not approve any more, decide on nothing: they stand in the minutes, not in the count."""
    able = {member.id for member in members if member.is_active and Permission.BANK_APPROVE in member.permissions}
    hands = queries.hands_on({version.item_id for version in versions})
    for version in versions:
        life.check_deciders(able, hands[version.item_id], item=version.item.external_id)


def _names(versions: Sequence[ItemVersion]) -> str:
    return ", ".join(sorted(version.item.external_id for version in versions))


def _next_number(year: int) -> str:
    known = select(func.count()).select_from(ApprovalSession).where(ApprovalSession.number.like(f"БЖ-{year}-%"))
    return f"БЖ-{year}-{(db.session.scalar(known) or 0) + 1}"


def _content(session: ApprovalSession, *, now: datetime) -> dict[str, Any]:
    settings = current_app.extensions["settings"]
    hands = queries.hands_on({entry.version.item_id for entry in session.agenda})
    number, head = audit.head()
    return {
        "number": session.number, "held_on": str(session.held_on), "place": session.place, "closed_at": now,
        "zone": str(i18n.zone()), "demo": session.is_demo, "audit": {"entry": number, "head": head},
        "organisation": {
            "name_ky": settings.organisation_name["ky"], "name_ru": settings.organisation_name["ru"],
            "department_ky": settings.department_name["ky"], "department_ru": settings.department_name["ru"],
        },
        "members": [
            {"name": member.full_name, "chairs": member.id == session.opened_by_id}
            for member in sorted(session.members, key=lambda one: (one.id != session.opened_by_id, one.full_name))
        ],
        "items": [
            {
                "position": entry.position, "item": entry.version.item.external_id, "version": entry.version.number,
                "decision": entry.decision, "remarked": bool(entry.comment), "digest": entry.digest,
                "quarantined": entry.version.item.suspended_at is not None, "at": entry.decided_at,
                "by": entry.decided_by.full_name if entry.decided_by and not _is_left(entry, now) else "",
                "abstained": [one.full_name for one in session.members if one.id in hands[entry.version.item_id]],
            }
            for entry in session.agenda
        ],
    }  # fmt: skip


def _is_left(entry: SessionItem, closed_at: datetime) -> bool:
    """Whether nobody decided on it, so that closing the session has postponed it."""
    return entry.decision == SessionDecision.POSTPONED and entry.decided_at == closed_at


def _drawn(session: ApprovalSession) -> bytes:
    from question_bank import minutes  # the engine of papers is loaded where a paper is drawn

    if session.content_digest is None:
        raise rules.NotInReview
    return minutes.draw(content_of(session), session.content_digest.hex())


@audit.witness("approval_session.closed")
def _content_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """What the minutes say is still what the trail fixed, and the versions are those that were decided on."""
    session = db.session.get(ApprovalSession, audit.subject_id(entry))
    if session is None or session.content is None:
        yield "the minutes of this approval session are gone"
        return
    digests = {sha256(session.content.encode()).hex(), (session.content_digest or b"").hex()}
    if digests != {audit.facts(entry)["content"]}:
        yield "the content of these minutes was altered"
    for one in session.agenda:
        if one.decision == SessionDecision.APPROVED and recompute(one) != one.digest:
            yield f"a version that was approved in session was altered: {one.version.item.external_id}"


witness_drawn("approval_session.drawn", ApprovalSession, paper_of, "the PDF of these minutes was altered")
