"""What destroying means, row by row: the person goes, the numbers stay.

Sealed documents become empty (their digests stay), rows that only name a person are deleted, and an attempt keeps its
number, answers and score but no longer the link to whoever sat it. The bodies of journal entries about what is gone are
erased; entries that can still be compared with what stays, stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, delete, exists, select, update

from appeals import models as appeals
from appeals.models import Appeal, AppealProtocol, AppealSignature, Finding, Hearing, KeyViewing, Vote
from archive.models import DestructionLot
from archive.rules import Series, keeps_its_protocol
from competitions.models import Application, Bar, Competition, Person
from core import audit, audit_erasing
from core.db import Base, db
from core.outbox import Letter
from ranking.models import Ranking, TieBreak
from ranking.services.holders import forget_holders
from testing_center.models.attempts import Attempt, Protocol, Result, ResumeToken
from testing_center.models.hall import HallAct
from testing_center.models.sittings import CandidateCode, Incident, IncidentPaper, Participant, Sitting, SittingProtocol
from testing_center.services import photos
from testing_center.services.papers import summary_number

Ids = Select[UUID]


def listed(kind: str, number: str, version: int, content: bytes | None, pdf: bytes | None) -> dict[str, Any]:
    """A document as an act names it; ``content`` and ``pdf`` are SHA-256 digests."""
    return {
        "kind": kind, "number": number, "version": version, "content": content and content.hex(),
        "pdf": pdf and pdf.hex(),
    }  # fmt: skip


@dataclass
class Destruction:
    """What goes: documents with their digests, counts of rows, and what the journal said about them.

    ``subjects`` are gone, and with them everything that the journal says of them; ``touched`` stay in part.
    """

    documents: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    subjects: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def document(self, kind: str, number: str, version: int, content: bytes | None, pdf: bytes | None) -> None:
        """Note a document by number and digests."""
        self.counts[kind] += 1
        self.documents.append(listed(kind, number, version, content, pdf))

    def rows(self, kind: str, ids: Iterable[UUID], *, count: bool = False) -> None:
        """Note rows of a table: what the journal says of them goes; ``count`` names them in the act by their number."""
        names = {f"{kind}:{id}" for id in ids}
        self.subjects |= names
        if count and names:
            self.counts[kind] += len(names)

    def entries(self) -> set[int]:
        """Entries of the journal about any of this."""
        return {*audit_erasing.entries_of(self.subjects), *audit_erasing.entries_of(self.touched)}

    def entries_to_erase(self) -> set[int]:
        """Entries that lose their bodies; of what is touched those stay that can still be compared, and hold."""
        about_touched = audit_erasing.entries_of(self.touched)
        witnessed = {number for number, action in about_touched.items() if audit.is_witnessed(action)}
        holding = witnessed - audit_erasing.broken(witnessed).keys()
        return {*audit_erasing.entries_of(self.subjects), *about_touched} - holding


def destroy(lot: DestructionLot, *, today: date) -> Destruction:
    """Destroy what the lot names; the caller has checked that it may."""
    gone = Destruction()
    if lot.series == Series.COMMISSION:
        _appeal(db.session.get_one(Appeal, lot.about_id), gone)
    else:
        _competition(lot.about_id, gone, today=today)
    db.session.flush()
    db.session.expire_all()
    return gone


def _appeal(appeal: Appeal, gone: Destruction) -> None:
    """Materials of the commission; the protocol too, unless it changed a result (¶36)."""
    _application(appeal, gone)
    if not keeps_its_protocol(appeal.outcome):
        _decision(appeal, gone)


def _application(appeal: Appeal, gone: Destruction) -> None:
    """What the candidate wrote. Who looked at the key stays: a form whose key was shown is not used again."""
    if appeal.application_sealed:
        gone.document("appeal_application", appeal.number, 1, appeal.application_digest, appeal.pdf_digest)
        gone.touched.add(f"appeal:{appeal.id}")
    appeal.application_sealed, appeal.pdf_sealed, appeal.told_how, appeal.rejected_reason = b"", None, None, None
    _letters(Letter.about_id == appeal.id, gone)


def _decision(appeal: Appeal, gone: Destruction) -> None:
    """What the commission found, voted and signed."""
    protocol = db.session.scalar(select(AppealProtocol).where(AppealProtocol.appeal_id == appeal.id))
    if protocol is not None and protocol.content_sealed:
        gone.document("appeal_protocol", protocol.number, 1, protocol.content_digest, protocol.pdf_digest)
        gone.rows("appeal_protocol", [protocol.id])
        signed: Ids = select(AppealSignature.id).where(AppealSignature.protocol_id == protocol.id)
        gone.rows("appeal_signature", list(db.session.scalars(signed)))
        missed = appeals.MissedSignature.protocol_id == protocol.id
        gone.rows("missed_signature", list(db.session.scalars(select(appeals.MissedSignature.id).where(missed))))
        db.session.execute(update(appeals.MissedSignature).where(missed).values(reason="", document=""))
        protocol.content_sealed, protocol.pdf_sealed = b"", None
    if appeal.hearing is not None:
        gone.touched.add(f"hearing:{appeal.hearing.id}")
        without = [one | {"reason": None} for one in appeal.hearing.earlier]
        of_appeal = Hearing.appeal_id == appeal.id
        db.session.execute(update(Hearing).where(of_appeal).values(presence_note="", reason=None, earlier=without))
        shown = select(KeyViewing.id).where(KeyViewing.hearing_id == appeal.hearing.id)
        gone.touched.update(f"key_viewing:{viewing_id}" for viewing_id in db.session.scalars(shown))
        db.session.execute(update(KeyViewing).where(KeyViewing.id.in_(shown)).values(presence_note=""))
    for kind, table in (("finding", Finding), ("vote", Vote), ("declaration", appeals.Declaration)):
        rows: Ids = select(table.id).where(table.appeal_id == appeal.id)
        gone.rows(kind, list(db.session.scalars(rows)))
        db.session.execute(delete(table).where(table.appeal_id == appeal.id))
    gone.subjects.add(f"appeal:{appeal.id}")


def _competition(competition_id: UUID, gone: Destruction, *, today: date) -> None:
    """Protocols and documents of a competition, and every trace of who took part (¶39, Annex 3)."""
    attempts: Ids = select(Attempt.id).where(Attempt.competition_id == competition_id)
    sittings = set(
        db.session.scalars(select(Participant.sitting_id).where(Participant.competition_id == competition_id))
    )
    forms = set(db.session.scalars(select(Attempt.form_id).where(Attempt.competition_id == competition_id)))
    for appeal in db.session.scalars(select(Appeal).where(Appeal.attempt_id.in_(attempts))):
        _application(appeal, gone)
    _protocols(attempts, gone)
    _rankings(competition_id, gone)
    forget_holders(competition_id)
    gone.touched.update(f"attempt:{id}" for id in db.session.scalars(attempts))
    db.session.execute(
        update(ResumeToken).where(ResumeToken.attempt_id.in_(attempts)).values(reason=""), execution_options=_AS_IS
    )
    codes = select(Attempt.code_id).where(Attempt.competition_id == competition_id)
    gone.rows("candidate_code", list(db.session.scalars(codes)))
    db.session.execute(
        update(CandidateCode).where(CandidateCode.id.in_(codes)).values(link_sealed=b""), execution_options=_AS_IS
    )
    db.session.execute(
        update(Attempt).where(Attempt.id.in_(attempts)).values(link_sealed=b""), execution_options=_AS_IS
    )
    _people(competition_id, gone, today=today)
    _letters(Letter.about_id.in_(_about(competition_id)), gone)
    for appeal in _decisions_not_needed(forms, competition_id):
        _decision(appeal, gone)
    db.session.flush()
    for sitting_id in sorted(sittings):
        _sitting(sitting_id, gone)


_AS_IS = {"synchronize_session": False}


def _protocols(attempts: Ids, gone: Destruction) -> None:
    results = select(Result.id).where(Result.attempt_id.in_(attempts))
    protocols = db.session.scalars(
        select(Protocol).where(Protocol.result_id.in_(results)).order_by(Protocol.number, Protocol.version)
    ).all()
    for protocol in protocols:
        gone.document("protocol", protocol.number, protocol.version, protocol.content_digest, protocol.pdf_digest)
        protocol.content_sealed, protocol.pdf_sealed = b"", None
    gone.rows("protocol", [protocol.id for protocol in protocols])


def _rankings(competition_id: UUID, gone: Destruction) -> None:
    """The order by public numbers stays; the paper and the winner's name go."""
    rankings = db.session.scalars(select(Ranking).where(Ranking.competition_id == competition_id)).all()
    for ranking in rankings:
        gone.document(
            "ranking", ranking.competition.number, ranking.revision, ranking.content_digest, ranking.pdf_digest
        )
        ranking.pdf, ranking.winner_name = None, None
    gone.rows("ranking", [ranking.id for ranking in rankings])


def _people(competition_id: UUID, gone: Destruction, *, today: date) -> None:
    """Registrations and applications; a person who is named nowhere else, too."""
    people: set[UUID] = set()
    for kind, table in (("participant", Participant), ("application", Application)):
        rows = db.session.execute(select(table.id, table.person_id).where(table.competition_id == competition_id)).all()
        people |= {person_id for _id, person_id in rows}
        gone.rows(kind, [id for id, _person_id in rows], count=True)
        _letters(Letter.about_id.in_(select(table.id).where(table.competition_id == competition_id)), gone)
        if table is Participant:
            photos.erase([id for id, _person_id in rows])
        db.session.execute(delete(table).where(table.competition_id == competition_id), execution_options=_AS_IS)
    leaving = people - _named(people, today)
    gone.rows("person", leaving, count=True)
    for some in _chunks(leaving):
        gone.rows("bar", db.session.scalars(select(Bar.id).where(Bar.person_id.in_(some))))
        db.session.execute(delete(Bar).where(Bar.person_id.in_(some)), execution_options=_AS_IS)
        db.session.execute(delete(Person).where(Person.id.in_(some)), execution_options=_AS_IS)


def _named(people: set[UUID], today: date) -> set[UUID]:
    """Those who are still needed: some table names them, or the year without participation runs (¶28)."""
    person = Base.metadata.tables["person"].c.id
    naming = [
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if table.name != "bar" and any(key.column is person for key in column.foreign_keys)
    ]
    found: set[UUID] = set()
    for some in _chunks(people):
        found |= set(db.session.scalars(select(Bar.person_id).where(Bar.person_id.in_(some), Bar.returns_on > today)))
        for column in naming:
            found |= set(db.session.scalars(select(column).where(column.in_(some))))
    return found


def _chunks(ids: set[UUID]) -> Iterator[list[UUID]]:
    """Some hundred at a time: a statement has room for so many."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), 400):
        yield ordered[start : start + 400]


def _about(competition_id: UUID) -> CompoundSelect[UUID]:
    """Ids of what letters of a competition are about."""
    attempts = select(Attempt.id).where(Attempt.competition_id == competition_id)
    return attempts.union_all(
        select(Competition.id).where(Competition.id == competition_id),
        select(Ranking.id).where(Ranking.competition_id == competition_id),
        select(TieBreak.id).where(TieBreak.competition_id == competition_id),
        select(Appeal.id).where(Appeal.attempt_id.in_(attempts)),
        select(Protocol.id).join(Result).where(Result.attempt_id.in_(attempts)),
        select(Result.id).where(Result.attempt_id.in_(attempts)),
    )


def _letters(which: ColumnElement[bool], gone: Destruction) -> None:
    gone.rows("letter", db.session.scalars(select(Letter.id).where(which)), count=True)
    db.session.execute(delete(Letter).where(which), execution_options=_AS_IS)


def _decisions_not_needed(forms: set[UUID], competition_id: UUID) -> Iterator[Appeal]:
    """Appeals on these forms whose protocols no test protocol still kept can name (¶36)."""
    done = select(DestructionLot.about_id).where(
        DestructionLot.series == Series.COMPETITION, DestructionLot.destroyed_at.is_not(None)
    )
    for form_id in sorted(forms):
        kept = select(Attempt.id).where(
            Attempt.form_id == form_id, Attempt.competition_id != competition_id, Attempt.competition_id.not_in(done)
        )
        if db.session.scalar(select(exists(kept.subquery()))):
            continue
        on_form = select(Attempt.id).where(Attempt.form_id == form_id)
        yield from db.session.scalars(select(Appeal).where(Appeal.attempt_id.in_(on_form))).all()


def _sitting(sitting_id: UUID, gone: Destruction) -> None:
    """The key of a sitting of which nobody's documents are kept: what was sealed under it stays closed in any copy."""
    attempts = select(Attempt.id).where(Attempt.sitting_id == sitting_id)
    appeals = select(Appeal.id).where(Appeal.attempt_id.in_(attempts))
    still = (
        select(Participant.id).where(Participant.sitting_id == sitting_id),
        select(Attempt.id).where(Attempt.sitting_id == sitting_id, Attempt.link_sealed != b""),
        select(AppealProtocol.id).where(AppealProtocol.appeal_id.in_(appeals), AppealProtocol.content_sealed != b""),
    )
    if any(db.session.scalar(rows.limit(1)) is not None for rows in still):
        return
    sitting = db.session.get_one(Sitting, sitting_id)
    sitting.link_key_sealed = b""
    gone.counts["sitting_key"] += 1
    _letters(Letter.about_id == sitting_id, gone)
    for summary in db.session.scalars(select(SittingProtocol).where(SittingProtocol.sitting_id == sitting_id)):
        number = summary_number(sitting)
        gone.document("sitting_protocol", number, summary.version, summary.content_digest, summary.pdf_digest)
        gone.rows("sitting_protocol", [summary.id])
        summary.content, summary.pdf = "", None
    written = select(IncidentPaper).join(IncidentPaper.incident).where(Incident.sitting_id == sitting_id)
    for paper in db.session.scalars(written).all():
        number = f"{sitting.number}/И-{paper.incident.number}"
        gone.document("incident_paper", number, paper.version, paper.content_digest, paper.pdf_digest)
        gone.rows("incident_paper", [paper.id])
        paper.content, paper.pdf = "", None
    of_sitting = HallAct.sitting_id == sitting_id
    gone.rows("hall_act", list(db.session.scalars(select(HallAct.id).where(of_sitting))))
    without_words = {
        "reason": "", "wording": case((HallAct.wording.is_not(None), "")),
        "decline_reason": case((HallAct.decline_reason.is_not(None), "")),
    }  # fmt: skip
    db.session.execute(update(HallAct).where(of_sitting).values(**without_words), execution_options=_AS_IS)
    gone.rows("incident", list(db.session.scalars(select(Incident.id).where(Incident.sitting_id == sitting_id))))
    db.session.execute(
        update(Incident).where(Incident.sitting_id == sitting_id).values(text=""), execution_options=_AS_IS
    )
    codes = select(CandidateCode.id).where(CandidateCode.sitting_id == sitting_id)
    gone.subjects.update(f"candidate_code:{id}" for id in db.session.scalars(codes))
    db.session.execute(
        update(CandidateCode).where(CandidateCode.sitting_id == sitting_id).values(link_sealed=b"", revoke_reason=None),
        execution_options=_AS_IS,
    )
