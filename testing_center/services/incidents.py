"""The register of incidents: measures taken upon one, its act as a paper, the register as a paper. Never deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from accounts.models import User
from core import audit
from core.crypto import canonical, keyring, sha256
from core.db import db, transaction
from core.drawn import Paper, drawn_once, witness_drawn
from question_bank.life import REASON_LENGTH
from testing_center import staff_queries
from testing_center.documents import incident as document
from testing_center.models.hall import HallAct
from testing_center.models.sittings import Incident, IncidentPaper, Sitting
from testing_center.rules.incidents import IncidentElsewhere, LinkedAlready, NothingNew
from testing_center.services import papers
from testing_center.services.hall_record import category_of
from testing_center.services.papers import KINDS, place_of, who
from testing_center.services.timekeeping import Said


def number_of(incident: Incident) -> str:
    """``Т-2026-117/И-1``: the number of the act on an incident."""
    return f"{incident.sitting.number}/И-{incident.number}"


def words_of(incident: Incident) -> str:
    """The incident as the reason of a quarantine: its number and its words, cut where a reason ends.

    Approvers of the question bank do not see sittings, so the words are handed to them; none where they are destroyed.
    """
    said = f"{number_of(incident)}. {' '.join(incident.text.split())}" if incident.text else ""
    return said if len(said) <= REASON_LENGTH else f"{said[: REASON_LENGTH - 1].rstrip()}…"


def get_incident(incident_id: UUID, sitting: Sitting) -> Incident:
    """An incident of this sitting, or 404."""
    query = select(Incident).where(Incident.id == incident_id, Incident.sitting_id == sitting.id)
    return staff_queries.found(db.session.scalar(query.options(joinedload(Incident.by))))


def measures_of(incident: Incident) -> list[HallAct]:
    """Acts of staff upon candidates that were taken upon the incident, in order."""
    people = (joinedload(HallAct.asked_by), joinedload(HallAct.decided_by), selectinload(HallAct.targets))
    query = select(HallAct).where(HallAct.incident_id == incident.id).options(*people)
    return list(db.session.scalars(query.order_by(HallAct.asked_at, HallAct.id)))


def papers_of(incident: Incident) -> list[IncidentPaper]:
    """Versions of the act on an incident, the newest first."""
    query = select(IncidentPaper).where(IncidentPaper.incident_id == incident.id)
    query = query.options(selectinload(IncidentPaper.created_by))  # a join would be locked with the row at the drawing
    return list(db.session.scalars(query.order_by(IncidentPaper.version.desc())))


def link(act: HallAct, incident: Incident, *, by: User, now: datetime) -> HallAct:
    """Say that an act of staff was a measure taken upon an incident of the same sitting; once, and for good.

    Raises:
        IncidentElsewhere: it is of another sitting.
        LinkedAlready: the act belongs to an incident already.
    """
    if act.sitting_id != incident.sitting_id:
        raise IncidentElsewhere
    if act.incident_id is not None:
        raise LinkedAlready
    act.incident_id = incident.id
    db.session.flush()  # the incident is held before the trail is, as where its act is drawn up
    audit.record_all([linked(act, incident)], by=by, at=now)
    return act


def linked(act: HallAct, incident: Incident) -> Said:
    """What the trail says of an act that is a measure upon an incident."""
    return "hall.act_linked", act, {"incident": incident.id, "number": incident.number}


def paper_of(paper: IncidentPaper) -> Paper:
    """The act on an incident as a paper that is drawn once."""
    return Paper(
        row=paper, kind="incident_paper", number=number_of(paper.incident), version=paper.version,
        digest=paper.content_digest, is_emptied=not paper.content,
    )  # fmt: skip


def draw_up(incident: Incident, present: str, *, by: User, now: datetime) -> IncidentPaper:
    """Fix what is known of the incident as the next version of its act; ``present`` names who was there.

    Raises:
        NothingNew: the act in force says the same already.
    """
    db.session.refresh(incident, with_for_update={"of": Incident})
    before = papers_of(incident)
    content = _content(incident, present.strip(), len(before) + 1, by=by, now=now)
    if before and _said(json.loads(before[0].content or "{}")) == _said(content):
        raise NothingNew
    written = canonical(content)
    paper = IncidentPaper(
        id=uuid4(), incident=incident, version=len(before) + 1, content=written.decode(),
        content_digest=sha256(written), created_by_id=by.id, created_at=now,
    )  # fmt: skip
    db.session.add(paper)
    audit.record(
        "incident_paper.issued", paper, by=by, at=now, incident=incident.id, version=paper.version,
        content=paper.content_digest,
    )  # fmt: skip
    return paper


def _said(content: dict[str, Any]) -> dict[str, Any]:
    return {key: content.get(key) for key in ("incident", "present", "measures")}


def _content(incident: Incident, present: str, version: int, *, by: User, now: datetime) -> dict[str, Any]:
    sitting = incident.sitting
    plain: dict[str, Any] = audit.plain(
        {
            "number": number_of(incident), "version": version, "issued_at": now, "demo": sitting.is_demo,
            "organisation": papers.organisation(), "sitting": place_of(sitting), "incident": _row(incident),
            "written_by": who(sitting, incident.by)[0],
            "present": present or ", ".join(proctor.full_name for proctor in sitting.proctors),
            "measures": [_measure(act) for act in measures_of(incident)],
            "signers": who(sitting, incident.by, by, *sitting.proctors),
        }
    )  # fmt: skip
    return plain


def _row(incident: Incident) -> dict[str, Any]:
    return {
        "place": incident.number, "at": incident.at, "seat": incident.seat, "text": incident.text,
        "by": incident.by.full_name, **KINDS[incident.category],
    }  # fmt: skip


def _measure(act: HallAct) -> dict[str, Any]:
    """By how many candidates, never which: a seat stands on this paper, and a public number would name its score."""
    return {
        "kind": str(act.kind), "status": str(act.status), "at": act.asked_at, "reason": act.reason or act.wording or "",
        "n": len(act.targets), "by": [one.full_name for one in (act.asked_by, act.decided_by) if one],
        "from": act.began_at, "until": act.ended_at, "incident": None,
        "microseconds": act.length // timedelta(microseconds=1) if act.length else None, **category_of(act.category),
    }  # fmt: skip


def incident_pdf(paper: IncidentPaper, *, by: User, now: datetime) -> bytes:
    """The act: drawn the first time, stored with its SHA-256, the same bytes ever after; every opening is audited.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    pdf = drawn_once(
        paper_of(paper), lambda: document.draw(json.loads(paper.content), paper.content_digest.hex()), now=now
    )
    with transaction(joins=True):
        audit.record("incident_paper.opened", paper, by=by, at=now, version=paper.version)
    return pdf


def register_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """All incidents of the sitting as they are now; every print is audited."""
    rows = staff_queries.incidents_of(sitting)
    content: dict[str, Any] = audit.plain(
        {
            "number": f"{sitting.number}/И", "issued_at": now, "demo": sitting.is_demo, "sitting": place_of(sitting),
            "organisation": papers.organisation(),
            "incidents": [{**_row(one), "is_later": is_later(one)} for one in rows],
            "signers": who(sitting, *sitting.proctors),
        }
    )  # fmt: skip
    pdf = document.draw_register(content)
    with transaction(joins=True):
        audit.record("incident_register.printed", sitting, by=by, at=now, incidents=len(rows), pdf=sha256(pdf))
    return pdf


def is_later(incident: Incident) -> bool:
    """Whether it was written down after the closing, so that the summary protocol does not name it."""
    return incident.sitting.closed_at is not None and incident.at > incident.sitting.closed_at


@audit.witness("hall.act_linked")
def _measure_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The act still belongs to the incident of which the trail says so."""
    act = db.session.get(HallAct, audit.subject_id(entry))
    if act is None or str(act.incident_id) != audit.facts(entry)["incident"]:
        yield "a measure upon an incident was altered"


def facts_of(incident: Incident) -> dict[str, Any]:
    """What the trail keeps of an incident: of its words a keyed digest, which nobody can guess them by."""
    return {
        "sitting": incident.sitting_id, "number": incident.number, "seat": incident.seat,
        "category": str(incident.category),
        "text": keyring().lookup("index", incident.text, ("incident", str(incident.id), "text")),
    }  # fmt: skip


@audit.witness("incident.reported")
def _incident_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """It says what it said, and no act belongs to it without an entry in the trail."""
    incident = db.session.get(Incident, audit.subject_id(entry))
    if incident is None:
        yield "an incident is missing"
    elif not audit.facts(entry).items() <= audit.plain(facts_of(incident)).items() or (
        incident.at, f"user:{incident.by_id}"
    ) != (entry.at, entry.actor):  # fmt: skip
        yield "an incident was altered"
    acts = db.session.scalars(select(HallAct.id).where(HallAct.incident_id == audit.subject_id(entry)))
    names = {f"hall_act:{act_id}" for act_id in acts}
    known = select(audit.AuditEntry.subject).where(
        audit.AuditEntry.subject.in_(names), audit.AuditEntry.action == "hall.act_linked"
    )
    if names - set(db.session.scalars(known)):
        yield "a measure upon an incident is there that the trail does not know"
    papers_there = db.session.scalars(
        select(IncidentPaper.id).where(IncidentPaper.incident_id == audit.subject_id(entry))
    )
    names = {f"incident_paper:{paper_id}" for paper_id in papers_there}
    issued = select(audit.AuditEntry.subject).where(
        audit.AuditEntry.subject.in_(names), audit.AuditEntry.action == "incident_paper.issued"
    )
    if names - set(db.session.scalars(issued)):
        yield "an act on an incident is there that the trail does not know"


@audit.witness("incident_paper.issued")
def _paper_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The content of the act is still the one that the trail fixed, of this incident, by whom and when."""
    said, paper = audit.facts(entry), db.session.get(IncidentPaper, audit.subject_id(entry))
    if paper is None:
        yield "the act on an incident is missing"
    elif (str(paper.incident_id), paper.version, paper.created_at, f"user:{paper.created_by_id}") != (
        said["incident"], said["version"], entry.at, entry.actor,
    ):  # fmt: skip
        yield "the act on an incident was renumbered, or who drew it up was altered"
    elif {sha256(paper.content.encode()).hex(), paper.content_digest.hex()} != {said["content"]}:
        yield "the content of the act on an incident was altered"


witness_drawn("incident_paper.drawn", IncidentPaper, paper_of, "the PDF of the act on an incident was altered")
