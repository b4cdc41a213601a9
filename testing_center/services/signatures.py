"""Proctors sign the summary protocol in the system: its first version, each once, from their own account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.models import User
from core import audit
from core.db import db
from core.drawn import check_kept
from testing_center.models.sittings import Participant, Sitting, SittingProtocol, SittingSignature
from testing_center.rules import closing as rules
from testing_center.rules.sittings import SittingStatus
from testing_center.services.summaries import paper_of


def sign(protocol: SittingProtocol, *, by: User, now: datetime) -> SittingSignature:
    """Sign what the protocol says, as its digest fixes it.

    Raises:
        NotProctored: not a proctor of the sitting.
        NotSignedAnew: it is a later version.
        SignedAlready: this person has signed it.
        Destroyed: the time for which it had to be kept is over.
    """
    check_kept(paper_of(protocol))
    signed = {signature.user_id for signature in signatures_of(protocol)}
    proctors = {proctor.id for proctor in protocol.sitting.proctors}
    rules.check_may_sign(by.id, proctors=proctors, signed=signed, version=protocol.version)
    signature = SittingSignature(id=uuid4(), protocol=protocol, user_id=by.id, at=now)
    db.session.add(signature)
    db.session.flush()
    audit.record(
        "sitting_protocol.signed", protocol, by=by, at=now, signature=signature.id, user=by.id,
        content=protocol.content_digest,
    )  # fmt: skip
    return signature


def signatures_of(protocol: SittingProtocol) -> list[SittingSignature]:
    """Signatures under this version, in order."""
    query = select(SittingSignature).where(SittingSignature.protocol_id == protocol.id)
    query = query.options(joinedload(SittingSignature.user)).order_by(SittingSignature.at, SittingSignature.id)
    return list(db.session.scalars(query))


@dataclass(frozen=True)
class Signed:
    """How far the proctors of a closed sitting have signed its summary protocol; the law makes it no condition."""

    sitting: Sitting
    signed: int
    missing: list[str]

    @property
    def of(self) -> int:
        """How many proctors the sitting had."""
        return self.signed + len(self.missing)


def signed_of(competition_id: UUID) -> list[Signed]:
    """The closed sittings of a competition, tie-breaks included, each with its signatures (3 statements)."""
    here = select(Participant.sitting_id).where(
        Participant.competition_id == competition_id, Participant.withdrawn_at.is_(None)
    )
    query = select(Sitting).where(Sitting.id.in_(here), Sitting.status == SittingStatus.CLOSED)
    sittings = list(db.session.scalars(query.options(selectinload(Sitting.proctors)).order_by(Sitting.number)))
    by = select(SittingProtocol.sitting_id, SittingSignature.user_id).join(SittingSignature.protocol)
    rows = db.session.execute(by.where(SittingProtocol.sitting_id.in_([one.id for one in sittings])))
    done = {(sitting_id, user_id) for sitting_id, user_id in rows}
    found = []
    for one in sittings:
        missing = [user.full_name for user in one.proctors if (one.id, user.id) not in done]
        found.append(Signed(one, len(one.proctors) - len(missing), missing))
    return found


def waiting_for(user: User) -> list[Sitting]:
    """Closed sittings that this person proctored and whose summary protocol they have not signed, the latest first."""
    own = exists().where(
        SittingSignature.protocol_id == SittingProtocol.id, SittingSignature.user_id == user.id
    )  # fmt: skip
    query = (
        select(Sitting).join(SittingProtocol, SittingProtocol.sitting_id == Sitting.id)
        .where(
            Sitting.proctors.any(User.id == user.id), SittingProtocol.version == 1, SittingProtocol.content != "", ~own
        )
        .options(joinedload(Sitting.room)).order_by(Sitting.closed_at.desc())
    )  # fmt: skip
    return list(db.session.scalars(query))


@audit.witness("sitting_protocol.signed")
def _signature_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The signature is still there, of the same person and moment, under the same content."""
    said = audit.facts(entry)
    protocol = db.session.get(SittingProtocol, audit.subject_id(entry))
    found = [] if protocol is None else signatures_of(protocol)
    if (said["signature"], said["user"], entry.at) not in {(str(one.id), str(one.user_id), one.at) for one in found}:
        yield "a signature under the summary protocol is missing or was altered"
    elif protocol is not None and protocol.content_digest.hex() != said["content"]:
        yield "the summary protocol is not the one that was signed"
