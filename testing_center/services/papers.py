"""What the papers of a sitting say: the opening sheet and the summary protocol, as plain contents.

A content is fixed once (canonical JSON and its SHA-256) and drawn from that; neither names a candidate nor a seat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from accounts.models import User
from core import audit
from core.db import db
from testing_center.models.attempts import Attempt, Result
from testing_center.models.sittings import Incident, Participant, Sitting
from testing_center.rules.sittings import IncidentCategory, Presence

# Wordings on paper are bilingual whatever the language of the interface.
PROCTOR = {"role_ky": "көзөмөлчү", "role_ru": "дежурный по аудитории"}
ADMINISTRATOR = {"role_ky": "тестирлөөнүн администратору", "role_ru": "администратор тестирования"}
KINDS = {
    IncidentCategory.ENVIRONMENT: {"kind_ky": "жай жана электр кубаты", "kind_ru": "помещение и электропитание"},
    IncidentCategory.CANDIDATE: {"kind_ky": "талапкер", "kind_ru": "кандидат"},
    IncidentCategory.STAFF: {"kind_ky": "кызматкерлер", "kind_ru": "персонал"},
    IncidentCategory.TECHNICAL: {"kind_ky": "компьютер же тармак", "kind_ru": "компьютер или сеть"},
}


def organisation() -> dict[str, str]:
    """Names of the ministry and the department in both languages."""
    settings = current_app.extensions["settings"]
    return {
        "name_ky": settings.organisation_name["ky"], "name_ru": settings.organisation_name["ru"],
        "department_ky": settings.department_name["ky"], "department_ru": settings.department_name["ru"],
    }  # fmt: skip


def place_of(sitting: Sitting) -> dict[str, Any]:
    """Number, time and place of a sitting."""
    centre = sitting.centre
    return {
        "number": sitting.number, "starts_at": sitting.starts_at, "centre_ky": centre.name_ky,
        "centre_ru": centre.name_ru, "address_ky": centre.address_ky, "address_ru": centre.address_ru,
        "room": sitting.room.name, "time_zone": centre.time_zone,
    }  # fmt: skip


def summary_number(sitting: Sitting) -> str:
    """The number of a sitting's summary protocol, the same for all its versions."""
    return f"{sitting.number}/С"


def opening_content(sitting: Sitting, entry: audit.AuditEntry, *, now: datetime) -> dict[str, Any]:
    """The opening sheet of an open sitting: forms and their digests, who opened it, the chain's head."""
    registered = db.session.scalar(
        select(func.count())
        .select_from(Participant)
        .where(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
    )
    content = _common(sitting, now=now) | {
        "number": f"{sitting.number}/А",
        "registered": registered or 0,
        "audit": {"entry": entry.number, "head": entry.hash},
        "signers": who(sitting, sitting.opening_by, sitting.opened_by),
    }
    plain: dict[str, Any] = audit.plain(content)
    return plain


def summary_content(
    sitting: Sitting,
    attempts: Sequence[Attempt],
    people: Sequence[Participant],
    entry: audit.AuditEntry,
    *,
    closed_by: User,
    now: datetime,
) -> dict[str, Any]:
    """The summary protocol of a closed sitting: all public numbers and scores, incidents, the chain's head.

    The seat of an incident is turned into the public number of the attempt there, since a seat would be a name.
    """
    latest = db.session.scalars(
        select(Result).join(Result.attempt).where(Attempt.sitting_id == sitting.id).order_by(Result.revision)
    )
    results = {result.attempt_id: result for result in latest}
    content = _common(sitting, now=now) | {
        "number": summary_number(sitting),
        "version": 1,
        "supersedes": None,
        "correction": None,
        "annulment": None,
        "closed": {"at": now, "by": who(sitting, closed_by)},
        "counts": _counts(attempts, people, list(results.values())),
        "attempts": [_row(attempt, results.get(attempt.id)) for attempt in attempts],
        "incidents": _incidents(sitting),
        "audit": {"entry": entry.number, "head": entry.hash},
        "signers": who(sitting, sitting.opening_by, sitting.opened_by, closed_by, *sitting.proctors),
    }
    plain: dict[str, Any] = audit.plain(content)
    return plain


def _common(sitting: Sitting, *, now: datetime) -> dict[str, Any]:
    spec = sitting.specification
    return {
        "issued_at": now, "demo": sitting.is_demo, "organisation": organisation(), "sitting": place_of(sitting),
        "test": {
            "title_ky": spec.title_ky, "title_ru": spec.title_ru, "items": spec.items, "minutes": spec.minutes,
            "cut_score": spec.cut_score, "maximum": spec.maximum,
        },
        "opened": {"at": sitting.opened_at, "by": who(sitting, sitting.opening_by, sitting.opened_by)},
        "forms": [{"variant": str(form.variant), "items": spec.items, "digest": form.digest} for form in sitting.forms],
    }  # fmt: skip


def who(sitting: Sitting, *people: User | None) -> list[dict[str, str]]:
    """People with the part they had in this sitting, each once."""
    proctors = {proctor.id for proctor in sitting.proctors}
    known = {person.id: person for person in people if person}
    return [{"name": user.full_name, **(PROCTOR if user.id in proctors else ADMINISTRATOR)} for user in known.values()]


def _counts(attempts: Sequence[Attempt], people: Sequence[Participant], results: Sequence[Result]) -> dict[str, int]:
    presence = Counter(participant.presence for participant in people)
    outcomes = Counter(str(result.outcome) for result in results)
    return {
        "registered": len(people), "present": presence[Presence.PRESENT], "absent": presence[Presence.ABSENT],
        "refused": presence[Presence.REFUSED], "started": sum(attempt.started_at is not None for attempt in attempts),
        "ended": len(results), "meets": outcomes["meets"], "does_not_meet": outcomes["does_not_meet"],
    }  # fmt: skip


def _incidents(sitting: Sitting) -> list[dict[str, Any]]:
    """Neither seat nor public number: the act on the incident has the one, this paper the score beside the other."""
    found = db.session.scalars(select(Incident).where(Incident.sitting_id == sitting.id).order_by(Incident.number))
    return [{"at": i.at, "place": i.number, "text": i.text, **KINDS[i.category]} for i in found]


def _row(attempt: Attempt, result: Result | None) -> dict[str, Any]:
    return {
        "number": attempt.number, "form_variant": str(attempt.form.variant), "started_at": attempt.started_at,
        "ended_at": attempt.ended_at if result else None, "end_kind": str(attempt.end_kind) if result else None,
        "score": result.score if result else None, "maximum": result.maximum if result else None,
        "outcome": str(result.outcome) if result else None,
    }  # fmt: skip
