"""The end of an attempt: score, result, bar, protocol, all in one transaction (¶24–26, 28)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import select

from competitions.models import Bar
from competitions.rules import may_return_on
from core import audit
from core.crypto import canonical, open_with, seal_with, sha256
from core.db import db
from question_bank.rules import SCORING_VERSION
from regulation.law import law
from testing_center import queries
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.sittings import Participant
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.scoring import Outcome, Score, score
from testing_center.services.links import open_link, sitting_key
from testing_center.services.papers import organisation, place_of
from testing_center.sheets import Sheet, get_sheet

VERIFICATION_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread on paper


def end_attempt(attempt: Attempt, *, kind: EndKind, ended_at: datetime, by: audit.Actor, now: datetime) -> Result:
    """End a locked attempt in progress: score it, fix result and protocol, sign the chain.

    ``ended_at`` is the candidate's moment, or the deadline however late the job that noticed. Idempotent: an attempt
    that has ended keeps its result.
    """
    if attempt.status == AttemptStatus.ENDED:
        known = queries.latest_result(attempt.id)
        if known is None:
            raise RuntimeError(f"attempt {attempt.id} ended without a result")
        return known
    attempt.status, attempt.end_kind, attempt.ended_at = AttemptStatus.ENDED, kind, ended_at
    rows = queries.events_of(attempt.id)
    sheet = get_sheet(attempt.form_id)
    scored = score(queries.keyed_form(attempt.form_id), queries.as_events(rows))
    result = Result(
        id=uuid4(), attempt=attempt, revision=1, score=scored.total, maximum=scored.maximum,
        cut_score=sheet.cut_score, outcome=scored.outcome(sheet.cut_score), areas=_areas(sheet, scored),
        scoring_version=SCORING_VERSION, responses_digest=responses_digest(rows), created_at=now,
    )  # fmt: skip
    db.session.add(result)
    participant = db.session.get_one(Participant, open_link(attempt.sitting, attempt).participant_id)
    if result.outcome == Outcome.DOES_NOT_MEET:
        failed_on = ended_at.astimezone(attempt.sitting.zone).date()
        db.session.add(
            Bar(
                person_id=participant.person_id, failed_on=failed_on, law_version=attempt.law_version,
                returns_on=may_return_on(failed_on, law(attempt.law_version)),
                created_at=now.replace(hour=0, minute=0, second=0, microsecond=0),  # the moment would name the attempt
            )
        )  # fmt: skip
    entry = audit.record(
        "attempt.ended", attempt, by=by, at=now, kind=str(kind), ended_at=ended_at, score=result.score,
        maximum=result.maximum, cut_score=result.cut_score, outcome=str(result.outcome),
        responses=result.responses_digest, form=attempt.form.digest, result=result.id,
        areas=_points(result),
    )  # fmt: skip
    languages = sorted({row.language for row in rows if not row.is_late} | {attempt.language})
    protocol = _draw_up(attempt, result, participant, languages, entry, now=now)
    audit.record(
        "protocol.issued", protocol, by=by, at=now, number=protocol.number, version=protocol.version,
        content=protocol.content_digest,
    )  # fmt: skip
    audit.checkpoint("attempt ended", at=now)
    return result


def _areas(sheet: Sheet, scored: Score) -> list[dict[str, Any]]:
    return [
        {"code": code, "name_ky": name["ky"], "name_ru": name["ru"], "name_en": name["en"],
         "items": scored.areas[code][0], "points": scored.areas[code][1]}
        for code, name in sheet.areas.items()
    ]  # fmt: skip


def _points(result: Result) -> list[list[Any]]:
    """Points by subject area, as the trail keeps them."""
    return [[area["code"], area["items"], area["points"]] for area in result.areas]


def responses_digest(rows: list[Any]) -> bytes:
    """SHA-256 over the answers that came in time, in the order in which they were saved."""
    return sha256(
        canonical(
            [
                [
                    row.place,
                    row.epoch,
                    row.revision,
                    list(row.response),
                    row.flagged,
                    row.language,
                    audit.plain(row.saved_at),
                ]
                for row in rows
                if not row.is_late
            ]
        )
    )


def _draw_up(
    attempt: Attempt,
    result: Result,
    participant: Participant,
    languages: list[str],
    entry: audit.AuditEntry,
    *,
    now: datetime,
) -> Protocol:
    protocol = Protocol(
        id=uuid4(), number=protocol_number(attempt), version=result.revision, result=result,
        verification_code=new_verification_code(), audit_number=entry.number, created_at=now,
    )  # fmt: skip
    content = canonical(_content(attempt, result, participant, languages, entry, protocol))
    protocol.content_digest = sha256(content)
    protocol.content_sealed = seal_with(
        sitting_key(attempt.sitting), content, ("protocol", str(protocol.id), "content")
    )
    db.session.add(protocol)
    return protocol


def protocol_number(attempt: Attempt) -> str:
    """``Т-2026-117/014``: number of the sitting and ordinal of the code in it."""
    return f"{attempt.sitting.number}/{attempt.code.ordinal:03}"


def new_verification_code() -> str:
    """Eight characters in two groups, e.g. ``K7QM-4D2X``: about 40 bits, looked up under a throttle."""
    text = "".join(secrets.choice(VERIFICATION_ALPHABET) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"


def _content(
    attempt: Attempt,
    result: Result,
    participant: Participant,
    languages: list[str],
    entry: audit.AuditEntry,
    protocol: Protocol,
) -> dict[str, Any]:
    """What the protocol says, whole: everything on the paper comes from here (contracts: Files)."""
    sitting, sheet, regulation = attempt.sitting, get_sheet(attempt.form_id), law(attempt.law_version)
    competition = participant.competition
    settings = current_app.extensions["settings"]
    meets = result.outcome == Outcome.MEETS
    ended_on = attempt.ended_at.astimezone(sitting.zone).date() if attempt.ended_at else None
    returns_on = None if meets or ended_on is None else may_return_on(ended_on, regulation).isoformat()
    content: dict[str, Any] = audit.plain(
        {
            "number": protocol.number, "version": protocol.version, "supersedes": None,
            "issued_at": protocol.created_at,
            "candidate": {"name": participant.person.full_name, "number": attempt.number},
            "competition": {
                "number": competition.number, "school_ky": competition.school_ky, "school_ru": competition.school_ru,
                "post_ky": "жалпы билим берүү уюмунун жетекчиси",
                "post_ru": "руководитель общеобразовательной организации",
            },
            "sitting": {**place_of(sitting), "seat": participant.seat},
            "attempt": {
                "started_at": attempt.started_at, "deadline_at": attempt.deadline_at, "ended_at": attempt.ended_at,
                "end_kind": str(attempt.end_kind), "languages": languages,
            },
            "test": {
                "title_ky": sheet.title["ky"], "title_ru": sheet.title["ru"], "items": len(sheet.items),
                "minutes": sheet.minutes, "cut_score": sheet.cut_score, "maximum": sheet.maximum,
                "form_variant": sheet.variant, "form_digest": sheet.digest,
            },
            "result": {
                "score": result.score, "maximum": result.maximum, "cut_score": result.cut_score,
                "outcome": str(result.outcome), "areas": result.areas, "may_return_on": returns_on,
            },
            "statement": {language: regulation.statement(meets=meets)[language] for language in ("ky", "ru")},
            "law": regulation.version,
            "audit": {"entry": entry.number, "head": entry.hash},
            "verification": {
                "code": protocol.verification_code,
                "url": f"{settings.base_url}/verify/{protocol.verification_code}",
            },
            "organisation": organisation(),
            "demo": sitting.is_demo,
        }
    )  # fmt: skip
    return content


def open_content(protocol: Protocol) -> dict[str, Any]:
    """What a protocol says; the caller audits it where a person sees it."""
    key = sitting_key(protocol.result.attempt.sitting)
    content: dict[str, Any] = json.loads(
        open_with(key, protocol.content_sealed, ("protocol", str(protocol.id), "content"))
    )
    return content


def protocol_pdf(protocol: Protocol, *, now: datetime) -> bytes:
    """The protocol as PDF: drawn from its content the first time, stored with its SHA-256, the same bytes ever after.

    Needs a transaction where it is the first time.
    """
    key, context = sitting_key(protocol.result.attempt.sitting), ("protocol", str(protocol.id), "pdf")
    if protocol.pdf_sealed is None:
        from testing_center.documents import protocol as document

        db.session.refresh(protocol, with_for_update=True)
        if protocol.pdf_sealed is None:
            pdf = document.draw(open_content(protocol), protocol.content_digest.hex())
            protocol.pdf_sealed, protocol.pdf_digest = seal_with(key, pdf, context), sha256(pdf)
            audit.record("protocol.drawn", protocol, by=audit.System("documents"), at=now, pdf=protocol.pdf_digest)
    return _open_pdf(protocol)


def _open_pdf(protocol: Protocol) -> bytes:
    key = sitting_key(protocol.result.attempt.sitting)
    return open_with(key, protocol.pdf_sealed or b"", ("protocol", str(protocol.id), "pdf"))


def find_protocol(verification_code: str) -> Protocol | None:
    """The protocol that bears this code; hyphen, spaces and case do not matter."""
    text = "".join(c for c in verification_code.upper() if c in VERIFICATION_ALPHABET)
    return db.session.scalar(select(Protocol).where(Protocol.verification_code == f"{text[:4]}-{text[4:]}"))


@audit.witness("attempt.ended")
def _attempt_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The answers, the end and the result are still those that the trail fixed."""
    said, attempt_id = audit.facts(entry), audit.subject_id(entry)
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is None:
        yield "the attempt is missing"
        return
    if (str(attempt.end_kind), audit.plain(attempt.ended_at), attempt.form.digest.hex()) != (
        said["kind"], said["ended_at"], said["form"],
    ):  # fmt: skip
        yield "the end of this attempt was altered"
    if responses_digest(queries.events_of(attempt_id)).hex() != said["responses"]:
        yield "the answers of this attempt were altered after its end"
    result = db.session.get(Result, UUID(said["result"]))
    if result is None or (result.score, result.maximum, result.cut_score, str(result.outcome)) != (
        said["score"], said["maximum"], said["cut_score"], said["outcome"],
    ):  # fmt: skip
        yield "the result of this attempt was altered"
    elif _points(result) != said["areas"]:
        yield "the points by subject area were altered"
    if result is not queries.latest_result(attempt_id):
        yield "a result is in force that the trail does not know"


@audit.witness("protocol.issued")
def _protocol_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The content of the protocol is still the one that the trail fixed."""
    protocol = db.session.get(Protocol, audit.subject_id(entry))
    if protocol is None:
        yield "the protocol is missing"
        return
    content = open_content(protocol)
    if {sha256(canonical(content)).hex(), protocol.content_digest.hex()} != {audit.facts(entry)["content"]}:
        yield "the content of the protocol was altered"
    if (protocol.number, protocol.version, protocol.verification_code) != (
        content["number"], content["version"], content["verification"]["code"],
    ):  # fmt: skip
        yield "the protocol was renumbered"


@audit.witness("protocol.drawn")
def _pdf_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The PDF is still the one that was drawn first."""
    protocol = db.session.get(Protocol, audit.subject_id(entry))
    if protocol is None or {sha256(_open_pdf(protocol)), protocol.pdf_digest} != {
        bytes.fromhex(audit.facts(entry)["pdf"])
    }:
        yield "the PDF of the protocol was altered"
