"""The protocol of a hearing (¶35): fixed with the decision, signed by the chair and every member, handed over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from accounts.models import User
from accounts.rules import Permission
from appeals import queries
from appeals.models import Appeal, AppealProtocol, AppealSignature, CommissionMember, Finding, Vote
from appeals.rules import commission as seats
from appeals.rules import hearing as rules
from appeals.rules.states import AppealStatus, check_status
from appeals.services.content import protocol_facts
from core import audit
from core.crypto import canonical, open_with, seal_with, sha256
from core.db import db
from core.drawn import Paper, check_kept, drawn_once, witness_drawn
from testing_center.services.links import sitting_key
from testing_center.services.results import new_verification_code, verification


def draw_up(
    appeal: Appeal, present: Sequence[CommissionMember], findings: Sequence[Finding], votes: Sequence[Vote],
    entry: audit.AuditEntry, *, by: User, now: datetime,
) -> AppealProtocol:  # fmt: skip
    """Fix what the protocol says, in the transaction of the decision; ``entry`` is the decision's in the trail."""
    protocol = AppealProtocol(
        id=uuid4(), number=f"{appeal.number}П", appeal=appeal, verification_code=new_verification_code(),
        audit_number=entry.number, created_at=now,
    )  # fmt: skip
    facts = protocol_facts(appeal, present, findings, votes) | {
        "number": protocol.number, "issued_at": now, "audit": {"entry": entry.number, "head": entry.hash},
        "verification": verification(protocol.verification_code),
    }  # fmt: skip
    content = canonical(audit.plain(facts))
    protocol.content_digest = sha256(content)
    protocol.content_sealed = seal_with(
        sitting_key(appeal.sitting), content, ("appeal_protocol", str(protocol.id), "content")
    )
    db.session.add(protocol)
    audit.record(
        "appeal_protocol.issued", protocol, by=by, at=now, number=protocol.number, appeal=appeal.id,
        content=protocol.content_digest,
    )  # fmt: skip
    return protocol


def protocol_content(protocol: AppealProtocol) -> dict[str, Any]:
    """What the protocol says; the caller audits it where a person sees it.

    Raises:
        CannotOpen: it was altered.
        Destroyed: the time for which it had to be kept is over.
    """
    check_kept(paper_of(protocol))
    key, context = sitting_key(protocol.appeal.sitting), ("appeal_protocol", str(protocol.id), "content")
    content: dict[str, Any] = json.loads(open_with(key, protocol.content_sealed, context))
    return content


def paper_of(protocol: AppealProtocol) -> Paper:
    """The protocol as a paper that is drawn once, sealed under the sitting's key."""
    return Paper(
        row=protocol, kind="appeal_protocol", number=protocol.number, digest=protocol.content_digest,
        key=lambda: sitting_key(protocol.appeal.sitting), is_emptied=not protocol.content_sealed,
    )  # fmt: skip


def signers(protocol: AppealProtocol) -> list[CommissionMember]:
    """The members who decided, the chair first: those who sign, whoever of them has left since."""
    decided = {vote.member for vote in queries.votes_of(protocol.appeal)}
    decided |= {signature.member for signature in protocol.signatures}  # all that is left where votes were destroyed
    return sorted(decided, key=lambda member: member.place)


def unsigned(protocol: AppealProtocol) -> list[CommissionMember]:
    """Whose signature is still awaited: neither given nor recorded as one that cannot be given."""
    done = {one.member_id for one in protocol.signatures} | {one.member_id for one in protocol.missed}
    return [member for member in signers(protocol) if member.id not in done]


def sign(protocol: AppealProtocol, *, by: User, now: datetime) -> AppealSignature:
    """A member who decided signs the digest of the content; the page has asked again who they are.

    Raises:
        AppealNotOpen: it is handed over already.
        NotInCommission: they did not decide this appeal.
        AlreadySigned: once is enough.
        SignatureMissed: it is recorded that they could not sign.
        RuntimeError: the content is not the one that was fixed: nobody signs that.
    """
    appeal = protocol.appeal
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.DECIDED)
    member = next((member for member in signers(protocol) if member.user_id == by.id), None)
    if member is None:
        raise seats.NotInCommission
    if any(signature.member_id == member.id for signature in protocol.signatures):
        raise rules.AlreadySigned
    if any(missed.member_id == member.id for missed in protocol.missed):
        raise rules.SignatureMissed
    digest = sha256(canonical(protocol_content(protocol)))
    if digest != protocol.content_digest:
        raise RuntimeError(f"the content of protocol {protocol.number} was altered")
    signature = AppealSignature(id=uuid4(), protocol=protocol, member_id=member.id, digest=digest, signed_at=now)
    db.session.add(signature)
    audit.record(
        "appeal_protocol.signed", signature, by=by, at=now, protocol=protocol.id, member=member.id, digest=digest
    )
    return signature


def hand_over(appeal: Appeal, *, by: User, now: datetime) -> None:
    """The candidate receives the protocol signed by all: the appeal is closed.

    Raises:
        AppealNotOpen: it is not decided, or handed over already.
        SignaturesMissing: somebody has not signed.
        NotInCommission: neither a member of the commission nor an administrator.
    """
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.DECIDED)
    commission, protocol = queries.commission_of(appeal.sitting), queries.protocol_of(appeal)
    is_member = commission is not None and queries.member_of(commission, by) is not None
    if not is_member and Permission.COMMISSIONS_MANAGE not in by.permissions:
        raise seats.NotInCommission
    rules.check_signatures(_lacking(protocol) if protocol else ["—"])
    if protocol is not None:
        protocol_pdf(protocol, now=now)  # what is handed over is what was drawn, whether or not somebody looked at it
    appeal.status, appeal.handed_over_at = AppealStatus.CLOSED, now
    audit.record("appeal.handed_over", appeal, by=by, at=now, protocol=protocol.id if protocol else None)
    audit.checkpoint("appeal closed", at=now)


def _lacking(protocol: AppealProtocol) -> list[str]:
    """Who has to sign before the protocol is drawn and handed over; somebody signs, whoever cannot."""
    waits = unsigned(protocol) or ([] if protocol.signatures else signers(protocol))
    return [member.user.full_name for member in waits]


def check_signed(protocol: AppealProtocol) -> None:
    """Refuse what rests on a protocol that somebody has still to sign (¶35).

    Raises:
        SignaturesMissing: somebody has not signed.
    """
    rules.check_signatures(_lacking(protocol))


def protocol_pdf(protocol: AppealProtocol, *, now: datetime) -> bytes:
    """The protocol as a signed PDF: drawn when all have signed, the same bytes ever after.

    Raises:
        SignaturesMissing: somebody has not signed.
        Destroyed: the time for which it had to be kept is over.
    """
    return drawn_once(paper_of(protocol), lambda: _drawn(protocol, now), now=now)


def _drawn(protocol: AppealProtocol, now: datetime) -> bytes:
    from appeals.documents import protocol as document

    check_signed(protocol)
    return document.signed(protocol_content(protocol), protocol.content_digest.hex(), signatures_of(protocol), at=now)


def signatures_of(protocol: AppealProtocol) -> list[dict[str, Any]]:
    """Signatures in the order of places, as the paper shows them; of one that cannot be given, why not."""
    signed: dict[CommissionMember, dict[str, Any]] = {
        one.member: {"signed_at": audit.plain(one.signed_at)} for one in protocol.signatures
    }
    missed = {
        one.member: {"signed_at": None, "reason": one.reason, "document": one.document} for one in protocol.missed
    }
    return [
        {"name": member.user.full_name, "role": "chair" if member.is_chair else "member"} | said
        for member, said in sorted((signed | missed).items(), key=lambda pair: pair[0].place)
    ]  # fmt: skip


@audit.witness("appeal_protocol.issued")
def _protocol_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The content of the protocol is still the one that the trail fixed."""
    said, protocol = audit.facts(entry), db.session.get(AppealProtocol, audit.subject_id(entry))
    if protocol is None:
        yield "the protocol of the appeal is missing"
        return
    content = protocol_content(protocol)
    if {sha256(canonical(content)).hex(), protocol.content_digest.hex()} != {said["content"]}:
        yield "the content of the protocol was altered"
    if (protocol.number, protocol.verification_code) != (content["number"], content["verification"]["code"]):
        yield "the protocol was renumbered"
    if not all(queries.has_entry("appeal_protocol.signed", signature) for signature in protocol.signatures):
        yield "the protocol bears a signature that the trail does not know"


@audit.witness("appeal_protocol.signed")
def _signature_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The signature is still there: by whom, when and over which digest."""
    said, signature = audit.facts(entry), db.session.get(AppealSignature, audit.subject_id(entry))
    if signature is None:
        yield "the signature is missing"
        return
    if (str(signature.member_id), signature.digest.hex(), signature.signed_at) != (
        said["member"], said["digest"], entry.at,
    ) or f"user:{signature.member.user_id}" != entry.actor:  # fmt: skip
        yield "this signature was altered"
    if signature.digest != signature.protocol.content_digest:
        yield "this signature is over another content"


witness_drawn("appeal_protocol.drawn", AppealProtocol, paper_of, "the PDF of the protocol was altered")


@audit.witness("appeal.handed_over")
def _handing_over_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """A protocol handed over stays so, with every signature it had."""
    appeal = db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None or (appeal.status, appeal.handed_over_at) != (AppealStatus.CLOSED, entry.at):
        yield "the handing over of this protocol was altered"
