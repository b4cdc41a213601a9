"""The papers of a sitting as PDF. Only the summary protocol is stored; every print of the others is audited.

Pages ask for them outside an act: the act that records a print is short, and drawing takes long.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db, transaction
from core.drawn import check_kept, drawn_once
from testing_center import result_queries, staff_queries
from testing_center.documents import envelopes as envelopes_document
from testing_center.documents import opening as opening_document
from testing_center.documents import slips as slips_document
from testing_center.documents import summary as summary_document
from testing_center.models.sittings import Sitting, SittingProtocol
from testing_center.rules.sittings import SittingNotRunning
from testing_center.services import codes, papers, summaries


def summary_pdf(protocol: SittingProtocol, *, now: datetime) -> bytes:
    """The summary protocol: drawn the first time, stored with its SHA-256, the same bytes ever after.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    return drawn_once(summaries.paper_of(protocol), lambda: _drawn(protocol), now=now)


def _drawn(protocol: SittingProtocol) -> bytes:
    return summary_document.draw(summaries.summary_content(protocol), protocol.content_digest.hex())


def opening_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The opening sheet, to be signed by hand: it says what the trail says of the opening.

    Raises:
        SittingNotRunning: it has not been opened.
        Destroyed: nothing of this sitting is kept any more.
    """
    check_kept_of(sitting)
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
    with transaction(joins=True):
        audit.record("opening_sheet.printed", sitting, by=by, at=now, content=digest, pdf=sha256(pdf))
    return pdf


def slips_pdf(sitting: Sitting, *, reason: str, by: User, now: datetime) -> bytes:
    """The slips of all unused codes, eight a page, in the order of seats.

    Raises:
        CodesNotPrintable, ReasonNeeded: see :func:`codes.slips_to_print`.
    """
    with transaction(joins=True):
        sitting = staff_queries.get_sitting(sitting.id, lock=True)
        slips = codes.slips_to_print(sitting, reason=reason, by=by, now=now)
    rows = [slips_document.Slip(f"{s.number:03}", sitting.room.name, str(s.seat), s.code) for s in slips]
    return slips_document.draw(slips_document.Slips(printed_at=now, slips=rows, **head_of(sitting)))


def envelopes_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The list of who gets which slip, by name; opening the links for it is audited.

    Raises:
        Destroyed: nothing of this sitting is kept any more.
    """
    check_kept_of(sitting)
    with transaction(joins=True):
        lines = codes.envelope_list(sitting, by=by, now=now)
    rows = [
        envelopes_document.Envelope(
            line.participant.person.full_name, sitting.room.name, str(line.seat), f"{line.slip:03}"
        )
        for line in lines
    ]
    names = papers.organisation()
    department = (names["department_ky"], names["department_ru"])
    return envelopes_document.draw(
        envelopes_document.Envelopes(department=department, printed_at=now, envelopes=rows, **head_of(sitting))
    )


def head_of(sitting: Sitting) -> dict[str, Any]:
    """What papers about the people of a sitting have in common: whose, which, where, when."""
    centre, names = sitting.centre, papers.organisation()
    return {
        "organisation": (names["name_ky"], names["name_ru"]), "sitting": sitting.number,
        "place": (f"{centre.name_ky}, {centre.address_ky}", f"{centre.name_ru}, {centre.address_ru}"),
        "starts_at": sitting.starts_at, "time_zone": centre.time_zone, "demo": sitting.is_demo,
    }  # fmt: skip


def check_kept_of(sitting: Sitting) -> None:
    """The other papers of a sitting go with its summary protocol.

    Raises:
        Destroyed: nothing of this sitting is kept any more.
    """
    for protocol in result_queries.summary_protocols(sitting.id):
        check_kept(summaries.paper_of(protocol))
