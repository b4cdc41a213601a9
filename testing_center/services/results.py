"""The end of an attempt: score, result, bar, protocol, all in one transaction (¶24–26, 28)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import select

from competitions.rules import may_return_on
from core import audit
from core.crypto import canonical, open_with, seal_with, sha256
from core.db import db
from core.drawn import Paper, check_kept, drawn_once
from question_bank.rules import SCORING_VERSION
from regulation.law import law
from testing_center import queries
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.sittings import Participant
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.scoring import Outcome, Score, score
from testing_center.services import bars
from testing_center.services.hall_record import time_given
from testing_center.services.links import participant_of, sitting_key
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
    queries.read_around(attempt.id)
    participant = participant_of(attempt)
    if result.outcome == Outcome.DOES_NOT_MEET and attempt.round == 0:  # a low tie-break score bars nobody (¶28)
        bars.set_bar(attempt, participant.person_id, now=now)
    languages = sorted({row.language for row in rows if not row.is_late} | {attempt.language})
    with audit.recording(by=by, at=now) as trail:
        entry = trail.add(
            "attempt.ended", attempt, kind=str(kind), ended_at=ended_at, score=result.score, maximum=result.maximum,
            cut_score=result.cut_score, outcome=str(result.outcome), responses=result.responses_digest,
            form=sheet.digest, result=result.id, areas=points_by_area(result),
        )  # fmt: skip
        protocol = _draw_up(attempt, result, participant, languages, entry, now=now)
        trail.add(
            "protocol.issued", protocol, number=protocol.number, version=protocol.version,
            content=protocol.content_digest,
        )  # fmt: skip
        trail.sign("attempt ended")
    return result


def _areas(sheet: Sheet, scored: Score) -> list[dict[str, Any]]:
    found = []
    for code, name in sheet.areas.items():
        items, points, maximum = scored.areas[code]
        row: dict[str, Any] = {"code": code, **{f"name_{language}": name[language] for language in ("ky", "ru", "en")}}
        row |= {"items": items, "points": points}
        found.append(row if maximum == items else row | {"maximum": maximum})
    return found


def points_by_area(result: Result) -> list[list[Any]]:
    """Points by subject area, as the trail keeps them: code, items, points."""
    return [[area["code"], area["items"], area["points"]] for area in result.areas]


def responses_digest(rows: Sequence[Any]) -> bytes:
    """SHA-256 over the answers that came in time, in the order in which they were saved, as canonical JSON."""
    said = [
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
    # Of lists, texts, integers and truth values the standard library writes the bytes of RFC 8785, many times faster.
    return sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


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
        id=uuid4(), number=protocol_number(attempt), version=1, result=result,
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
    sitting, sheet = attempt.sitting, get_sheet(attempt.form_id)
    competition, given = participant.competition, time_given(attempt, sheet.minutes)
    content: dict[str, Any] = audit.plain(
        {
            "number": protocol.number, "version": protocol.version, "supersedes": None, "correction": None,
            "issued_at": protocol.created_at, "round": attempt.round,
            "candidate": {"name": participant.person.full_name, "number": attempt.number},
            "competition": {
                "number": competition.number, "school_ky": competition.school_ky, "school_ru": competition.school_ru,
                "post_ky": "жалпы билим берүү уюмунун жетекчиси",
                "post_ru": "руководитель общеобразовательной организации",
            },
            "sitting": {**place_of(sitting), "seat": participant.seat},
            "attempt": {
                "started_at": attempt.started_at, "deadline_at": attempt.deadline_at, "ended_at": attempt.ended_at,
                "end_kind": str(attempt.end_kind), "languages": languages, **({"given": given} if given else {}),
            },
            "test": {
                "title_ky": sheet.title["ky"], "title_ru": sheet.title["ru"], "items": len(sheet.items),
                "minutes": sheet.minutes, "cut_score": sheet.cut_score, "maximum": sheet.maximum,
                "form_variant": sheet.variant, "form_digest": sheet.digest,
            },
            **stated(attempt, result),
            "law": attempt.law_version,
            "audit": {"entry": entry.number, "head": entry.hash},
            "verification": verification(protocol.verification_code),
            "organisation": organisation(),
            "demo": sitting.is_demo,
        }
    )  # fmt: skip
    return content


def stated(attempt: Attempt, result: Result) -> dict[str, Any]:
    """The parts of a protocol that follow from the result: figures, the day of return and the statement (¶26, 28).

    A tie-break has no cut score of its own: its protocol states neither (¶29).
    """
    meets, regulation = result.outcome == Outcome.MEETS, law(attempt.law_version)
    returns_on = None if meets else may_return_on(bars.failed_on(attempt), regulation).isoformat()
    statement = regulation.statement(meets=meets)
    return {
        "result": {
            "score": result.score, "maximum": result.maximum, "cut_score": result.cut_score,
            "outcome": str(result.outcome), "areas": result.areas,
            "may_return_on": returns_on if attempt.round == 0 else None,
        },
        "statement": {language: statement[language] for language in ("ky", "ru")} if attempt.round == 0 else None,
    }  # fmt: skip


def verification(code: str) -> dict[str, str]:
    """How a paper is verified: its code and the address that the QR code leads to."""
    return {"code": code, "url": f"{current_app.extensions['settings'].base_url}/verify/{code}"}


def open_content(protocol: Protocol) -> dict[str, Any]:
    """What a protocol says; the caller audits it where a person sees it.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    check_kept(paper_of(protocol))
    return open_content_with(protocol, protocol.result.attempt)


def open_content_with(protocol: Protocol, attempt: Attempt) -> dict[str, Any]:
    """:func:`open_content` for whoever has the attempt at hand already."""
    key = sitting_key(attempt.sitting)
    content: dict[str, Any] = json.loads(
        open_with(key, protocol.content_sealed, ("protocol", str(protocol.id), "content"))
    )
    return content


def paper_of(protocol: Protocol) -> Paper:
    """The protocol as a paper that is drawn once, sealed under its sitting's key."""
    return Paper(
        row=protocol, kind="protocol", number=protocol.number, version=protocol.version,
        digest=protocol.content_digest, key=lambda: sitting_key(protocol.result.attempt.sitting),
        is_emptied=not protocol.content_sealed,
    )  # fmt: skip


def protocol_pdf(protocol: Protocol, *, now: datetime) -> bytes:
    """The protocol as PDF: drawn from its content the first time, stored with its SHA-256, the same bytes ever after.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    return drawn_once(paper_of(protocol), lambda: _drawn(protocol), now=now)


def _drawn(protocol: Protocol) -> bytes:
    from testing_center.documents import protocol as document

    return document.draw(open_content(protocol), protocol.content_digest.hex())


def find_protocol(verification_code: str) -> Protocol | None:
    """The protocol that bears this code; hyphen, spaces and case do not matter."""
    text = "".join(c for c in verification_code.upper() if c in VERIFICATION_ALPHABET)
    return db.session.scalar(select(Protocol).where(Protocol.verification_code == f"{text[:4]}-{text[4:]}"))
