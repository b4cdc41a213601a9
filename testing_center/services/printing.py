"""The papers of a sitting as PDF. Only the summary protocol is stored; every print of the others is audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from core.errors import Destroyed
from testing_center.documents import envelopes as envelopes_document
from testing_center.documents import opening as opening_document
from testing_center.documents import slips as slips_document
from testing_center.documents import summary as summary_document
from testing_center.models.sittings import Sitting, SittingProtocol
from testing_center.rules.sittings import SittingNotRunning
from testing_center.services import codes, papers


def summary_pdf(protocol: SittingProtocol, *, now: datetime) -> bytes:
    """The summary protocol: drawn the first time, stored with its SHA-256, the same bytes ever after.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    if not protocol.content:
        raise Destroyed
    if protocol.pdf is None:
        db.session.refresh(protocol, with_for_update=True)
    if protocol.pdf is None:
        protocol.pdf = summary_document.draw(json.loads(protocol.content), protocol.content_digest.hex())
        protocol.pdf_digest = sha256(protocol.pdf)
        audit.record("sitting_protocol.drawn", protocol, by=audit.System("documents"), at=now, pdf=protocol.pdf_digest)
    return protocol.pdf


def opening_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The opening sheet, to be signed by hand: it says what the trail says of the opening.

    Raises:
        SittingNotRunning: it has not been opened.
    """
    entry = db.session.scalars(
        select(audit.AuditEntry)
        .where(audit.AuditEntry.action == "sitting.opened", audit.AuditEntry.subject == audit.name_of(sitting))
        .order_by(audit.AuditEntry.number)
        .limit(1)
    ).first()
    if entry is None or sitting.opened_at is None:
        raise SittingNotRunning
    content = papers.opening_content(sitting, entry, now=sitting.opened_at)
    # A registration withdrawn after the opening does not change what was opened: the trail kept the number.
    content["registered"] = audit.facts(entry).get("registered", content["registered"])
    digest = sha256(canonical(content))
    pdf = opening_document.draw(content, digest.hex())
    audit.record("opening_sheet.printed", sitting, by=by, at=now, content=digest, pdf=sha256(pdf))
    return pdf


def slips_pdf(sitting: Sitting, *, reason: str, by: User, now: datetime) -> bytes:
    """The slips of all unused codes, eight a page, in the order of seats.

    Raises:
        CodesNotPrintable, ReasonNeeded: see :func:`codes.slips_to_print`.
    """
    slips = codes.slips_to_print(sitting, reason=reason, by=by, now=now)
    rows = [slips_document.Slip(f"{s.number:03}", sitting.room.name, str(s.seat), s.code) for s in slips]
    return slips_document.draw(slips_document.Slips(printed_at=now, slips=rows, **_head(sitting)))


def envelopes_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The list of who gets which slip, by name; opening the links for it is audited."""
    rows = [
        envelopes_document.Envelope(
            line.participant.person.full_name, sitting.room.name, str(line.seat), f"{line.slip:03}"
        )
        for line in codes.envelope_list(sitting, by=by, now=now)
    ]
    names = papers.organisation()
    department = (names["department_ky"], names["department_ru"])
    return envelopes_document.draw(
        envelopes_document.Envelopes(department=department, printed_at=now, envelopes=rows, **_head(sitting))
    )


def _head(sitting: Sitting) -> dict[str, Any]:
    centre, names = sitting.centre, papers.organisation()
    return {
        "organisation": (names["name_ky"], names["name_ru"]), "sitting": sitting.number,
        "place": (f"{centre.name_ky}, {centre.address_ky}", f"{centre.name_ru}, {centre.address_ru}"),
        "starts_at": sitting.starts_at, "time_zone": centre.time_zone, "demo": sitting.is_demo,
    }  # fmt: skip


@audit.witness("sitting_protocol.drawn")
def _paper_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The stored PDF is still the one that was drawn."""
    protocol = db.session.get(SittingProtocol, audit.subject_id(entry))
    if protocol is None or sha256(protocol.pdf or b"").hex() != audit.facts(entry)["pdf"]:
        yield "the PDF of the summary protocol was altered"


@audit.witness("sitting_protocol.issued")
def _summary_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The content of the summary protocol is still the one that the trail fixed."""
    protocol = db.session.get(SittingProtocol, audit.subject_id(entry))
    if protocol is None:
        yield "the summary protocol is missing"
    elif sha256(protocol.content.encode()).hex() != audit.facts(entry)["content"]:
        yield "the content of the summary protocol was altered"
