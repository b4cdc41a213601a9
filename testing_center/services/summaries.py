"""The summary protocol of a sitting: fixed at the closing, anew after each correction and annulment (¶24, 35).

A later version repeats what the one before said, with the results in force and the reason for it; one a sitting, so
its cost does not grow with what is corrected. No link is opened for it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from core.drawn import Paper, check_kept, witness_drawn
from testing_center import result_queries
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Annulment, Correction
from testing_center.models.sittings import Participant, Sitting, SittingProtocol
from testing_center.rules.errata import SummaryAltered
from testing_center.rules.rescoring import Rescored
from testing_center.services import hall_record, papers

PREPARED = {"role_ky": "даярдаган", "role_ru": "подготовил(а)"}
APPLIED = {"role_ky": "колдонууга киргизген", "role_ru": "применил(а)"}


def paper_of(protocol: SittingProtocol) -> Paper:
    """The summary protocol as a paper that is drawn once."""
    return Paper(
        row=protocol, kind="sitting_protocol", number=papers.summary_number(protocol.sitting), version=protocol.version,
        digest=protocol.content_digest, is_emptied=not protocol.content,
    )  # fmt: skip


def summary_content(protocol: SittingProtocol) -> dict[str, Any]:
    """What a version of the summary protocol says.

    Raises:
        Destroyed: the time for which it had to be kept is over.
    """
    check_kept(paper_of(protocol))
    content: dict[str, Any] = json.loads(protocol.content)
    return content


def reason_of(protocol: SittingProtocol) -> dict[str, Any]:
    """Why there is this version: ``correction`` or ``annulment`` as it names them; of a destroyed one nothing."""
    content = json.loads(protocol.content or "{}")
    return {key: content.get(key) for key in ("correction", "annulment")}


def first(
    sitting: Sitting, attempts: Sequence[Attempt], people: Sequence[Participant], slips: Mapping[str, Any],
    entry: audit.AuditEntry, *, by: User, now: datetime,
) -> SittingProtocol:  # fmt: skip
    """The summary protocol of a sitting that closes; ``entry`` is the closing in the trail, ``slips`` as counted."""
    content = papers.summary_content(sitting, attempts, people, entry, closed_by=by, now=now)
    content |= audit.plain({"hall": hall_record.hall_content(sitting, attempts, people, slips)})
    return _issue([_row(sitting, content, None, now=now)], by=by, now=now)[0]


def after_correction(correction: Correction, rows: Sequence[Rescored], *, by: User, now: datetime) -> None:
    """The next version for every sitting whose attempts were rescored; a row says which score it had before.

    It names the questions of the form that were corrected, and the public numbers whose answers were restated: a
    correction that only restates answers is no correction of a key, and says so.

    Called at the end of the correction: the end of the chain is locked, so no other version comes between.

    Raises:
        SummaryAltered: a summary is no longer what was fixed.
    """
    by_sitting: dict[str, dict[str, int]] = defaultdict(dict)
    restated: dict[str, list[str]] = defaultdict(list)
    concerned = {erratum.attempt_id for erratum in correction.errata}
    for row in rows:
        by_sitting[row.sitting][row.number] = row.old_score
        if row.attempt_id in concerned:
            restated[row.sitting].append(row.number)
    places = sorted({erratum.place for erratum in correction.errata if erratum.attempt_id is None})

    def said(sitting: str) -> dict[str, Any]:
        why: dict[str, Any] = {
            "number": correction.number, "at": now, "form_variant": str(correction.form.variant), "questions": places,
        }  # fmt: skip
        why |= {"restated": sorted(restated[sitting])} if restated[sitting] else {}
        return {"correction": why, "annulment": None, "signers": _two(correction.prepared_by, by)}

    before = _in_force(by_sitting)
    numbers = [(old, old.sitting.number) for old in before]
    _issue([_next(old, by_sitting[number], said(number), now=now) for old, number in numbers], by=by, now=now)


def after_annulment(annulment: Annulment, *, by: User, now: datetime) -> None:
    """The next version of an annulled sitting: the results stand there, and do not count.

    Raises:
        SummaryAltered: the summary is no longer what was fixed.
    """
    said = {
        "correction": None, "annulment": {"at": now, "reason": annulment.reason},
        "signers": _two(annulment.prepared_by, by),
    }  # fmt: skip
    before = _in_force([annulment.sitting.number])
    _issue([_next(old, {}, said, now=now) for old in before], by=by, now=now)


def _two(prepared_by: User, by: User) -> list[dict[str, str]]:
    """The two persons who answer for the new version."""
    return [{"name": prepared_by.full_name, **PREPARED}, {"name": by.full_name, **APPLIED}]


def _in_force(numbers: Mapping[str, Any] | Sequence[str]) -> list[SittingProtocol]:
    """The last version of each of these sittings, by number of the sitting."""
    query = select(SittingProtocol).join(SittingProtocol.sitting).where(Sitting.number.in_(list(numbers)))
    versions = db.session.scalars(query.order_by(Sitting.number, SittingProtocol.version))
    return list({one.sitting_id: one for one in versions}.values())


def _next(
    old: SittingProtocol, before: Mapping[str, int], said: Mapping[str, Any], *, now: datetime
) -> SittingProtocol:
    """The version after ``old``; ``before`` has the score that each public number had."""
    if sha256(old.content.encode()) != old.content_digest:
        raise SummaryAltered(number=old.sitting.number)
    content, results = json.loads(old.content), result_queries.scores_in_force(old.sitting_id)
    rows = []
    for row in content["attempts"]:
        result = results.get(row["number"])
        if result is not None:
            had = before.get(row["number"], result.score)
            row |= {"score": result.score, "maximum": result.maximum, "outcome": str(result.outcome),
                    "before": had if had != result.score else None}  # fmt: skip
        rows.append(row)
    outcomes = Counter(row["outcome"] for row in rows)
    number, head = audit.head()
    content |= audit.plain(said) | audit.plain(
        {
            "version": old.version + 1, "issued_at": now, "audit": {"entry": number, "head": head},
            "supersedes": {
                "number": content["number"], "version": old.version, "digest": old.content_digest,
                "entry": content["audit"]["entry"],
            },
        }
    )  # fmt: skip
    content["counts"] |= {"meets": outcomes["meets"], "does_not_meet": outcomes["does_not_meet"]}
    return _row(old.sitting, content | {"attempts": rows}, old, now=now)


def _row(sitting: Sitting, said: Mapping[str, Any], old: SittingProtocol | None, *, now: datetime) -> SittingProtocol:
    content = canonical(said)
    return SittingProtocol(
        id=uuid4(), sitting=sitting, version=said["version"], supersedes_id=old.id if old else None,
        content=content.decode(), content_digest=sha256(content), created_at=now,
    )  # fmt: skip


def _issue(protocols: list[SittingProtocol], *, by: User, now: datetime) -> list[SittingProtocol]:
    db.session.add_all(protocols)
    said = [
        ("sitting_protocol.issued", one, {"content": one.content_digest, "version": one.version}) for one in protocols
    ]
    if said:
        audit.record_all(said, by=by, at=now)
    return protocols


@audit.witness("sitting.closed")
def _closing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Every version of the summary protocol is one that the trail knows, and none is missing between them."""
    issued = select(audit.AuditEntry.subject).where(audit.AuditEntry.action == "sitting_protocol.issued")
    versions = result_queries.summary_protocols(audit.subject_id(entry))
    names = {audit.name_of(one) for one in versions}
    if names - set(db.session.scalars(issued.where(audit.AuditEntry.subject.in_(names)))):
        yield "a summary protocol is in force that the trail does not know"
    chain: list[UUID | None] = [None, *(one.id for one in reversed(versions))]
    if [one.supersedes_id for one in reversed(versions)] != chain[:-1]:
        yield "the versions of the summary protocol do not follow each other"


@audit.witness("sitting_protocol.issued")
def _summary_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The content of the summary protocol is still the one that the trail fixed."""
    protocol = db.session.get(SittingProtocol, audit.subject_id(entry))
    if protocol is None:
        yield "the summary protocol is missing"
        return
    if {sha256(protocol.content.encode()).hex(), protocol.content_digest.hex()} != {audit.facts(entry)["content"]}:
        yield "the content of the summary protocol was altered"
    elif json.loads(protocol.content)["version"] != protocol.version:
        yield "the summary protocol was renumbered"


witness_drawn("sitting_protocol.drawn", SittingProtocol, paper_of, "the PDF of the summary protocol was altered")
