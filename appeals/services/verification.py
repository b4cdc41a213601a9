"""The protocol of a hearing for everybody who holds its code: genuine or not, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from appeals.models import AppealProtocol
from appeals.rules.states import OUTCOME_NAMES, AppealOutcome
from appeals.services.protocols import paper_of, protocol_content
from core.db import Model, db
from core.drawn import act_over
from testing_center.services.verification import Paper, also, initials


@dataclass(frozen=True, kw_only=True)
class VerifiedHearing(Paper):
    """What is told about the protocol of a hearing; of the candidate only the initials, of the key nothing."""

    template = "appeals/_verified.html"
    appeal: str
    initials: str
    outcome: str
    signatures: int
    form_digest: str


@also
def _find(code: str) -> tuple[Model, Paper] | None:
    protocol = db.session.scalar(select(AppealProtocol).where(AppealProtocol.verification_code == code))
    return (protocol, _told(protocol)) if protocol else None


def _told(protocol: AppealProtocol) -> Paper:
    common: dict[str, Any] = {
        "number": protocol.number, "issued_at": protocol.created_at, "content_digest": protocol.content_digest.hex(),
        "time_zone": protocol.appeal.sitting.centre.time_zone,
    }  # fmt: skip
    if not protocol.content_sealed:
        return Paper(**common, destroyed=act_over(paper_of(protocol)))
    content: dict[str, Any] = protocol_content(protocol)
    return VerifiedHearing(
        **common, appeal=content["appeal"], initials=initials(content["name"]),
        outcome=str(OUTCOME_NAMES[AppealOutcome(content["outcome"])]), signatures=len(protocol.signatures),
        form_digest=content["form"]["digest"],
    )  # fmt: skip
