"""Acts of destruction: prepared by one person, carried out by another, whole or not at all; what is gone is listed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from accounts.models import User
from appeals.models import Appeal
from archive import document, queries, rules
from archive.models import DestructionAct, DestructionLot
from archive.queries import Lot
from archive.rules import ActStatus, Series
from archive.services.destroying import Destruction, destroy, listed
from competitions.models import Competition
from core import audit, audit_erasing
from core.crypto import canonical, sha256
from core.db import db
from core.drawn import Act, Paper, destroyed_by, drawn_once, witness_drawn
from core.i18n import zone
from testing_center.models.attempts import Attempt
from testing_center.services.papers import organisation

PREPARED_BY = {"role_ky": "актыны даярдаган", "role_ru": "подготовил(а) акт"}
PAPERS_AT_ONCE = 100  # a statement has room for so many
CARRIED_OUT_BY = {"role_ky": "жок кылууну аткарган", "role_ru": "выполнил(а) уничтожение"}


def local_day(now: datetime) -> date:
    """The day it is where the archive is."""
    return now.astimezone(zone()).date()


def prepare_act(chosen: Collection[str], *, by: User, now: datetime) -> DestructionAct:
    """An act over these lots (:attr:`Lot.key`), which waits for another person; nothing is destroyed yet.

    Raises:
        NothingChosen, NotDue, OnHold: see there.
        ActWaits: another act has not been decided.
    """
    waiting = queries.waiting_act()
    if waiting is not None:
        raise rules.ActWaits(number=waiting.number)
    lots = [lot for lot in queries.lots(zone()) if lot.key in chosen]
    if not lots or len(lots) != len(set(chosen)):
        raise rules.NothingChosen
    _check(lots, now)
    act = DestructionAct(number=_next_number(now), status=ActStatus.PREPARED, prepared_by_id=by.id, prepared_at=now)
    act.lots = [
        DestructionLot(
            series=lot.series, about_id=lot.about_id, number=lot.number, closed_on=lot.closed_on,
            free_from=lot.free_from,
        )
        for lot in lots
    ]  # fmt: skip
    db.session.add(act)
    db.session.flush()
    audit.record("destruction.prepared", act, by=by, at=now, number=act.number, lots=[lot.key for lot in lots])
    return act


def cancel_act(act: DestructionAct, *, by: User, now: datetime) -> None:
    """Give up an act (locked by the caller) before anything is destroyed; either person may.

    Raises:
        ActDecided: it was carried out or cancelled already.
    """
    rules.check_waits(act.status)
    act.status, act.decided_by_id, act.decided_at = ActStatus.CANCELLED, by.id, now
    audit.record("destruction.cancelled", act, by=by, at=now, number=act.number)


def carry_out(
    act: DestructionAct, *, by: User, now: datetime, progress: Callable[[], None] | None = None
) -> DestructionAct:
    """Destroy everything that the act (locked by the caller) names, whole or not at all, and sign the chain.

    Raises:
        ActDecided, SecondPersonNeeded: see there.
        NotDue, OnHold: something has changed since the act was prepared.
        RecordBroken: journal and rows do not agree: that is evidence, and is not destroyed.
    """
    rules.check_waits(act.status)
    rules.check_two(act.prepared_by_id, by.id)
    lots = list(act.lots)
    competitions = [_lock_competition(lot) for lot in lots]
    known = {lot.key: lot for lot in queries.lots(zone())}
    if any(_key(lot) not in known for lot in lots):
        raise rules.ActDecided
    _check([known[_key(lot)] for lot in lots], now)
    if db.engine.dialect.name == "sqlite":
        db.session.connection().exec_driver_sql("PRAGMA secure_delete=ON")  # what is freed is overwritten
    demo = any(competition.is_demo for competition in competitions)
    _check_record(lots, now)
    gone = _destroy(lots, now, progress)
    erased = set[int]().union(*(part.entries_to_erase() for part in gone))
    parts = [_part(lot, part.documents, part.counts) for lot, part in zip(lots, gone, strict=True)]
    act.status, act.decided_by_id, act.decided_at = ActStatus.CARRIED_OUT, by.id, now
    act.content = canonical(_content(act, parts, len(erased), demo=demo, by=by, now=now)).decode()
    act.content_digest = sha256(act.content.encode())
    audit_erasing.erase(erased, act, by=by, at=now, number=act.number, content=act.content_digest)
    audit.checkpoint("act of destruction", at=now)
    return act


def act_pdf(act: DestructionAct, *, now: datetime) -> bytes:
    """The act on paper: drawn the first time, stored with its SHA-256, the same bytes ever after.

    Raises:
        ActDecided: nothing was destroyed under it.
    """
    if act.content is None or act.content_digest is None:
        raise rules.ActDecided
    content, digest = json.loads(act.content), act.content_digest.hex()
    return drawn_once(_paper_of(act), lambda: document.draw(content, digest), now=now)


def _paper_of(act: DestructionAct) -> Paper:
    return Paper(
        row=act, kind="destruction_act", number=act.number, digest=act.content_digest or b"",
        action="destruction.drawn",
    )  # fmt: skip


@destroyed_by
def acts_over(papers: Sequence[Paper]) -> dict[UUID, Act]:
    """The acts that list these papers: looked for in the words of the acts themselves, which the trail watches.

    One statement for each hundred papers.
    """
    said = {paper.row.id: _said(paper) for paper in papers}
    wanted, found = list(said.values()), list[DestructionAct]()
    for start in range(0, len(wanted), PAPERS_AT_ONCE):
        some = wanted[start : start + PAPERS_AT_ONCE]
        listing = or_(*(DestructionAct.content.contains(words, autoescape=True) for words in some))
        found += db.session.scalars(select(DestructionAct).where(listing, DestructionAct.decided_at.is_not(None)))
    return {
        row_id: Act(act.number, local_day(act.decided_at))
        for row_id, words in said.items()
        for act in found
        if act.decided_at and words in (act.content or "")
    }


def _said(paper: Paper) -> str:
    listing = listed(paper.kind, paper.number, paper.version, paper.digest, paper.row.pdf_digest)
    return canonical(listing).decode()


def _key(lot: DestructionLot) -> str:
    return f"{lot.series}:{lot.about_id}"


def _lock_competition(lot: DestructionLot) -> Competition:
    """The competition that the lot belongs to, locked: no hold is placed on it meanwhile."""
    owner = lot.about_id
    if lot.series == Series.COMMISSION:
        owner = db.session.scalars(select(Attempt.competition_id).join(Appeal).where(Appeal.id == lot.about_id)).one()
    return db.session.get_one(Competition, owner, with_for_update=True)


def _check(lots: Collection[Lot], now: datetime) -> None:
    """All of it may be destroyed: its time is over, nobody holds it, and no appeal in it is still to be kept."""
    today, held = local_day(now), queries.held_competitions()
    competitions = {lot.about_id for lot in lots if lot.series == Series.COMPETITION}
    inside = [
        lot for lot in queries.lots(zone()) if lot.series == Series.COMMISSION and lot.competition_id in competitions
    ]
    for lot in (*lots, *inside):
        rules.check_due(lot.number, lot.free_from, today=today)
        rules.check_not_held(lot.competition, [lot.competition_id], held)
    undecided = db.session.scalar(
        select(Appeal.number)
        .join(Attempt)
        .where(
            Attempt.competition_id.in_(competitions), Appeal.decided_at.is_(None), Appeal.withdrawn_at.is_(None),
            Appeal.lapsed_at.is_(None),
        )
        .limit(1)
    )  # fmt: skip
    if undecided is not None:
        raise rules.StillOpen(number=undecided)


def _destroy(
    lots: Sequence[DestructionLot], now: datetime, progress: Callable[[], None] | None = None
) -> list[Destruction]:
    """Destroy the lots one after the other; what went with each."""
    gone = []
    for lot in lots:
        gone.append(destroy(lot, today=local_day(now)))
        lot.destroyed_at = now
        db.session.flush()
        if progress:
            progress()
    return gone


def _check_record(lots: Sequence[DestructionLot], now: datetime) -> None:
    """Destroy on trial to learn what the journal says about it all, undo that, and compare."""
    numbers, trial = [lot.number for lot in lots], db.session.begin_nested()
    entries = [part.entries() for part in _destroy(lots, now)]
    trial.rollback()
    db.session.expire_all()
    for number, about in zip(numbers, entries, strict=True):
        broken = audit_erasing.broken(about)
        if broken:
            raise rules.RecordBroken(number=number, entry=min(broken))


def _next_number(now: datetime) -> str:
    """``У-2032-01``: the acts of a year are counted."""
    year = local_day(now).year
    count = db.session.scalar(
        select(func.count()).select_from(DestructionAct).where(DestructionAct.number.startswith(f"У-{year}-"))
    )
    return f"У-{year}-{(count or 0) + 1:02}"


def _part(lot: DestructionLot, documents: list[dict[str, Any]], counts: Counter[str]) -> dict[str, Any]:
    return {
        "series": str(lot.series), "number": lot.number, "closed_on": lot.closed_on, "free_from": lot.free_from,
        "counts": dict(counts), "documents": documents,
    }  # fmt: skip


def _content(
    act: DestructionAct, parts: list[dict[str, Any]], entries: int, *, demo: bool, by: User, now: datetime
) -> dict[str, Any]:
    """What the act says, whole: numbers, digests and counts, no candidate's name."""
    number, head = audit.head()
    content: dict[str, Any] = audit.plain(
        {
            "number": act.number, "issued_at": now, "time_zone": str(zone()), "lots": parts, "entries": entries,
            "prepared": {"at": act.prepared_at, "by": [{"name": act.prepared_by.full_name, **PREPARED_BY}]},
            "carried_out": {"at": now, "by": [{"name": by.full_name, **CARRIED_OUT_BY}]},
            "organisation": organisation(), "audit": {"entry": number, "head": head}, "demo": demo,
        }
    )  # fmt: skip
    return content


@audit.witness(audit.ERASED)
def _act_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Bodies are erased only under an act of two persons, and it still says what it said."""
    said, act = audit.facts(entry), db.session.get(DestructionAct, audit.subject_id(entry))
    if act is None or act.status != ActStatus.CARRIED_OUT or act.decided_by_id in {None, act.prepared_by_id}:
        yield "no act of destruction by two persons stands behind this erasure"
        return
    if {sha256((act.content or "").encode()).hex(), (act.content_digest or b"").hex()} != {said["content"]}:
        yield "the act of destruction was altered"
    if said["entries"] and audit_erasing.entries_among(said["entries"]):
        yield "an entry named as erased still has its body"


witness_drawn("destruction.drawn", DestructionAct, _paper_of, "the PDF of the act of destruction was altered")
