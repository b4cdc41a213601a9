"""The papers of a sitting: what each says, and its PDF. Only the summary protocol is drawn once and stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from testing_center.documents import envelopes as envelopes_document
from testing_center.documents import opening as opening_document
from testing_center.documents import slips as slips_document
from testing_center.documents import summary as summary_document
from testing_center.models.attempts import Attempt, Result
from testing_center.models.sittings import Incident, Participant, Sitting, SittingProtocol
from testing_center.rules.delivery import EndKind
from testing_center.rules.sittings import IncidentCategory, Presence, SittingNotRunning
from testing_center.services import codes
from testing_center.services.links import open_link
from testing_center.sheets import get_sheet

# Wordings on paper are bilingual whatever the language of the interface.
PROCTOR = {"role_ky": "көзөмөлчү", "role_ru": "дежурный по аудитории"}
ADMINISTRATOR = {"role_ky": "тестирлөөнүн администратору", "role_ru": "администратор тестирования"}
KINDS = {
    IncidentCategory.ENVIRONMENT: ("жай жана электр кубаты", "помещение и электропитание"),
    IncidentCategory.CANDIDATE: ("талапкер", "кандидат"),
    IncidentCategory.STAFF: ("кызматкерлер", "персонал"),
    IncidentCategory.TECHNICAL: ("компьютер же тармак", "компьютер или сеть"),
}


def _organisation() -> dict[str, str]:
    settings = current_app.extensions["settings"]
    return {
        "name_ky": settings.organisation_name["ky"], "name_ru": settings.organisation_name["ru"],
        "department_ky": settings.department_name["ky"], "department_ru": settings.department_name["ru"],
    }  # fmt: skip


def _place(sitting: Sitting) -> dict[str, Any]:
    centre = sitting.centre
    return {
        "number": sitting.number, "starts_at": sitting.starts_at, "centre_ky": centre.name_ky,
        "centre_ru": centre.name_ru, "address_ky": centre.address_ky, "address_ru": centre.address_ru,
        "room": sitting.room.name, "time_zone": centre.time_zone,
    }  # fmt: skip


def _test(sitting: Sitting) -> dict[str, Any]:
    specification = sitting.specification
    return {
        "title_ky": specification.title_ky, "title_ru": specification.title_ru, "items": specification.items,
        "minutes": specification.minutes, "cut_score": specification.cut_score,
        "maximum": get_sheet(sitting.forms[0].id).maximum,
    }  # fmt: skip


def _forms(sitting: Sitting) -> list[dict[str, Any]]:
    items = sitting.specification.items
    return [{"variant": str(form.variant), "items": items, "digest": form.digest} for form in sitting.forms]


def _who(sitting: Sitting, *people: User | None) -> list[dict[str, str]]:
    """People with the part they had in this sitting, each once."""
    proctors = {proctor.id for proctor in sitting.proctors}
    known = {person.id: person for person in people if person}
    return [{"name": user.full_name, **(PROCTOR if user.id in proctors else ADMINISTRATOR)} for user in known.values()]


def summary_content(
    sitting: Sitting, attempts: Sequence[Attempt], people: Sequence[Participant], entry: audit.AuditEntry, *,
    closed_by: User, now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """What the summary protocol says: public numbers and scores, incidents, the chain's head; no candidate's name.

    The seat of an incident is turned into the public number of the attempt there, since a seat would be a name.
    """
    results = {
        result.attempt_id: result
        for result in db.session.scalars(
            select(Result).join(Result.attempt).where(Attempt.sitting_id == sitting.id).order_by(Result.revision)
        )
    }
    incidents = list(
        db.session.scalars(select(Incident).where(Incident.sitting_id == sitting.id).order_by(Incident.at, Incident.id))
    )
    numbers = {}
    if any(incident.seat for incident in incidents):
        numbers = {open_link(sitting, attempt).seat: attempt.number for attempt in attempts}
    presence = Counter(participant.presence for participant in people)
    outcomes = Counter(str(result.outcome) for result in results.values())
    content: dict[str, Any] = audit.plain(
        {
            "number": f"{sitting.number}/С", "version": 1, "issued_at": now, "sitting": _place(sitting),
            "test": _test(sitting),
            "opened": {"at": sitting.opened_at, "by": _who(sitting, sitting.opening_by, sitting.opened_by)},
            "closed": {"at": now, "by": _who(sitting, closed_by)},
            "counts": {
                "registered": len(people), "present": presence[Presence.PRESENT], "absent": presence[Presence.ABSENT],
                "refused": presence[Presence.REFUSED], "started": sum(bool(attempt.started_at) for attempt in attempts),
                "ended": len(results), "meets": outcomes["meets"], "does_not_meet": outcomes["does_not_meet"],
            },
            "attempts": [_attempt(attempt, results.get(attempt.id)) for attempt in attempts],
            "incidents": [
                {
                    "at": incident.at, "number": numbers.get(incident.seat or 0), "kind_ky": KINDS[incident.category][0],
                    "kind_ru": KINDS[incident.category][1], "text": incident.text,
                }
                for incident in incidents
            ],
            "forms": _forms(sitting),
            "audit": {"entry": entry.number, "head": entry.hash},
            "signers": _who(sitting, sitting.opening_by, sitting.opened_by, closed_by, *sitting.proctors),
            "organisation": _organisation(),
            "demo": sitting.is_demo,
        }
    )  # fmt: skip
    return content


def _attempt(attempt: Attempt, result: Result | None) -> dict[str, Any]:
    began = attempt.end_kind != EndKind.NOT_STARTED
    return {
        "number": attempt.number, "form_variant": str(attempt.form.variant), "started_at": attempt.started_at,
        "ended_at": attempt.ended_at if began else None, "end_kind": str(attempt.end_kind) if began else None,
        "score": result.score if result else None, "maximum": result.maximum if result else None,
        "outcome": str(result.outcome) if result else None,
    }  # fmt: skip


def summary_pdf(protocol: SittingProtocol, *, now: datetime) -> bytes:
    """The summary protocol as PDF: drawn the first time, stored with its SHA-256, the same bytes ever after."""
    if protocol.pdf is None:
        db.session.refresh(protocol, with_for_update=True)
    if protocol.pdf is None:
        protocol.pdf = summary_document.draw(json.loads(protocol.content), protocol.content_digest.hex())
        protocol.pdf_digest = sha256(protocol.pdf)
        audit.record("sitting_protocol.drawn", protocol, by=audit.System("documents"), at=now, pdf=protocol.pdf_digest)
    return protocol.pdf


def opening_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The opening sheet, to be signed by hand: it says what the trail says of the opening; each print is audited.

    Raises:
        SittingNotRunning: it has not been opened.
    """
    entry = db.session.scalars(
        select(audit.AuditEntry)
        .where(audit.AuditEntry.action == "sitting.opened", audit.AuditEntry.subject == audit.name_of(sitting))
        .order_by(audit.AuditEntry.number).limit(1)
    ).first()  # fmt: skip
    if entry is None:
        raise SittingNotRunning
    people = _who(sitting, sitting.opening_by, sitting.opened_by)
    content = canonical(
        audit.plain(
            {
                "number": f"{sitting.number}/А", "issued_at": sitting.opened_at, "sitting": _place(sitting),
                "test": _test(sitting), "opened": {"at": sitting.opened_at, "by": people},
                "registered": audit.facts(entry).get("registered", 0), "forms": _forms(sitting),
                "audit": {"entry": entry.number, "head": entry.hash}, "signers": people,
                "organisation": _organisation(), "demo": sitting.is_demo,
            }
        )
    )  # fmt: skip
    digest = sha256(content)
    pdf = opening_document.draw(json.loads(content), digest.hex())
    audit.record("opening_sheet.printed", sitting, by=by, at=now, content=digest, pdf=sha256(pdf))
    return pdf


def _pairs(sitting: Sitting) -> dict[str, Any]:
    centre, organisation = sitting.centre, _organisation()
    return {
        "organisation": (organisation["name_ky"], organisation["name_ru"]), "sitting": sitting.number,
        "place": (f"{centre.name_ky}, {centre.address_ky}", f"{centre.name_ru}, {centre.address_ru}"),
        "starts_at": sitting.starts_at, "time_zone": centre.time_zone, "demo": sitting.is_demo,
    }  # fmt: skip


def slips_pdf(sitting: Sitting, *, reason: str, by: User, now: datetime) -> bytes:
    """The slips of all unused codes, eight a page, in the order of seats.

    Raises:
        CodesNotPrintable, ReasonNeeded: see :func:`codes.slips_to_print`.
    """
    slips = codes.slips_to_print(sitting, reason=reason, by=by, now=now)
    rows = [slips_document.Slip(f"{s.number:03}", sitting.room.name, str(s.seat), s.code) for s in slips]
    return slips_document.draw(slips_document.Slips(printed_at=now, slips=rows, **_pairs(sitting)))


def envelopes_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The list of who gets which slip, by name; opening the links for it is audited."""
    rows = [
        envelopes_document.Envelope(
            line.participant.person.full_name, sitting.room.name, str(line.seat), f"{line.slip:03}"
        )
        for line in codes.envelope_list(sitting, by=by, now=now)
    ]
    organisation = _organisation()
    return envelopes_document.draw(
        envelopes_document.Envelopes(
            department=(organisation["department_ky"], organisation["department_ru"]), printed_at=now, envelopes=rows,
            **_pairs(sitting),
        )
    )  # fmt: skip


@audit.witness("sitting_protocol.issued")
def _summary_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The content of the summary protocol is still the one that the trail fixed."""
    protocol = db.session.get(SittingProtocol, audit.subject_id(entry))
    if protocol is None:
        yield "the summary protocol is missing"
    elif sha256(protocol.content.encode()).hex() != audit.facts(entry)["content"]:
        yield "the content of the summary protocol was altered"
