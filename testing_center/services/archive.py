"""Protocols as files for those who keep them: one, the summary, or all of a sitting. Every opening is audited."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO

from accounts.models import User
from core import audit
from core.db import transaction
from testing_center import result_queries
from testing_center.models.attempts import Protocol
from testing_center.models.sittings import Sitting, SittingProtocol
from testing_center.services.papers import summary_number
from testing_center.services.printing import summary_pdf
from testing_center.services.results import protocol_pdf


def open_protocol(protocol: Protocol, *, by: User, now: datetime) -> bytes:
    """A candidate's protocol as it was drawn."""
    pdf = protocol_pdf(protocol, now=now)
    with transaction(joins=True):
        audit.record("protocol.opened", protocol, by=by, at=now, number=protocol.number, version=protocol.version)
    return pdf


def open_summary(protocol: SittingProtocol, *, by: User, now: datetime) -> bytes:
    """A version of the summary protocol as it was drawn."""
    pdf = summary_pdf(protocol, now=now)
    with transaction(joins=True):
        audit.record("sitting_protocol.opened", protocol, by=by, at=now, version=protocol.version)
    return pdf


def pack(sitting: Sitting, *, name_of: Callable[[str], str], by: User, now: datetime) -> bytes:
    """All protocols in force of the sitting, and its summary where it has closed, as a zip of PDFs.

    ``name_of`` makes a file name of a protocol's number.
    """
    every, summary = result_queries.newest_protocols(sitting), result_queries.summary_protocol(sitting)
    # Of what was destroyed for one competition of the sitting nothing is left to pack; where it is all, this is said.
    protocols = [protocol for protocol in every if protocol.content_sealed] or every
    target, stamp = BytesIO(), now.astimezone(sitting.zone).timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:  # PDFs are compressed already
        for protocol in protocols:
            packed.writestr(zipfile.ZipInfo(name_of(protocol.number), stamp), protocol_pdf(protocol, now=now))
        if summary is not None:
            packed.writestr(zipfile.ZipInfo(name_of(summary_number(sitting)), stamp), summary_pdf(summary, now=now))
    numbers = [protocol.number for protocol in protocols]
    with transaction(joins=True):
        audit.record("protocols.packed", sitting, by=by, at=now, protocols=numbers, summary=summary is not None)
    return target.getvalue()
