"""What others may read of a hearing that changed their results: the finding and the decision, and no name (¶27, 35)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from appeals.documents import extract
from appeals.models import AppealProtocol
from appeals.rules.states import FindingKind
from appeals.services.protocols import check_signed, protocol_content
from core import audit

KEPT = (
    "number", "appeal", "attempt", "commission", "sitting", "form", "outcome", "decided_at", "law", "organisation",
    "demo",
)  # fmt: skip


def extract_pdf(protocol: AppealProtocol, places: Collection[int], correction: str, applied_at: datetime) -> bytes:
    """The extract about the questions at ``places`` of the form, corrected for everybody by this correction.

    What concerns the one candidate alone is left out: grounds, documents, an answer recorded wrongly; and whatever
    somebody wrote in words of their own, where anybody may be named.

    Raises:
        SignaturesMissing: somebody has not signed the protocol (¶35).
        CannotOpen: the protocol was altered.
        Destroyed: the time for which it had to be kept is over.
    """
    check_signed(protocol)
    return extract.draw(extract_content(protocol, places, correction, applied_at))


def extract_content(
    protocol: AppealProtocol, places: Collection[int], correction: str, applied_at: datetime
) -> dict[str, Any]:
    """What the extract says: see :func:`appeals.documents.extract.draw`."""
    said, shown = protocol_content(protocol), protocol.appeal.attempt.order["items"]
    numbers = {shown.index(place) + 1: place for place in places}
    findings = [
        {
            **{name: row[name] for name in ("item", "version", "kind", "accepted")},
            "place": numbers[row["question"]],
        }
        for row in said["findings"]
        if row["question"] in numbers and row["kind"] != FindingKind.RECORDING_FAULT
    ]  # fmt: skip
    plain: dict[str, Any] = audit.plain({"correction": {"number": correction, "applied_at": applied_at}})
    return {
        **{name: said[name] for name in KEPT}, **plain, "findings": findings, "digest": protocol.content_digest.hex(),
        "commission": {name: said["commission"][name] for name in ("act_number", "act_on")},
        "votes": dict(sorted(Counter(vote["outcome"] for vote in said["votes"]).items())),
    }  # fmt: skip
