"""The register of sources, what questions are taken from them, and which have to be looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from question_bank import life, queries, rules, sealing, source_queries, writing
from question_bank.life import SourceKind
from question_bank.life_models import Citation, Source, SourceChange
from question_bank.models import ItemReview, ItemVersion


@dataclass(frozen=True)
class Facts:
    """What the register says of a source."""

    kind: SourceKind
    title_ky: str
    title_ru: str
    number: str = ""
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    replaced_by_id: UUID | None = None


def add_source(facts: Facts, *, by: User, now: datetime) -> Source:
    """Enter a source.

    Raises:
        SourceTitleTaken: it stands there already.
        SourceDates: it would end before it begins.
    """
    source = Source(id=uuid4(), created_by_id=by.id, created_at=now)
    _put(source, facts)
    db.session.add(source)
    db.session.flush()
    audit.record("source.added", source, by=by, at=now, title=facts.title_ky, number=facts.number)
    return source


def edit_source(source: Source, facts: Facts, *, by: User, now: datetime) -> None:
    """Correct an entry, say until when the source is valid or what replaces it; raises as :func:`add_source`."""
    queries.lock(source)
    before = _told(source)
    _put(source, facts)
    db.session.flush()
    audit.record("source.edited", source, by=by, at=now, before=before, after=_told(source))


def amend(source: Source, on: date, what: str, *, by: User, now: datetime) -> SourceChange:
    """Enter an amendment: from now on every question taken from the source has to be looked at again.

    Raises:
        CommentNeeded: it is not said what was amended.
    """
    queries.lock(source)  # whoever confirms at this moment has not seen it
    change = SourceChange(
        id=uuid4(), source_id=source.id, on=on, what=life.check_reason(what), by_id=by.id, at=now
    )  # fmt: skip
    db.session.add(change)
    taken = source_queries.tally(source.id, on=on).questions
    audit.record("source.amended", source, by=by, at=now, on=str(on), what=change.what, questions=taken)
    return change


def cite(version: ItemVersion, source: Source | None, place: str, *, by: User, now: datetime) -> None:
    """Say from which place of which source a version is taken, and so that it was held against it; None: from none.

    Whoever does so has worked on the question.

    Raises:
        ApprovedNeverChanges, AwaitingDecision, ItemRetired: it may not be changed now.
    """
    queries.lock(version)
    rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
    version.edited_at = now
    edited = rules.ReviewAct.EDITED
    db.session.add(ItemReview(id=uuid4(), version_id=version.id, act=edited, comment="", by_id=by.id, at=now))
    _cite(version, source, place, by=by.id, now=now)
    audit.record(
        "item.cited", version.item, by=by, at=now, version=version.id, source=source and source.id, place=place
    )


def cite_all(versions: Sequence[ItemVersion], source: Source, *, by: User, now: datetime) -> int:
    """Enter for approved questions whose source was only written in words that it is this one; returns how many.

    The words of the source stay: nothing that was approved changes. Nobody has held the questions against the source
    by this; the last who did was whoever approved them, so an amendment entered since then asks for a look. The source
    of a draft is part of what its author writes and an approver then approves: it is chosen there (:func:`cite`).

    Raises:
        NothingChosen: no question.
        SourceOfDraft: some are not approved. All or none.
    """
    if not versions:
        raise life.NothingChosen
    for version in versions:
        queries.lock(version)
    if drafts := [version for version in versions if version.status != rules.ItemStatus.APPROVED]:
        raise life.SourceOfDraft(items=", ".join(sorted(version.item.external_id for version in drafts)))
    for version in versions:
        looked_by, looked_at = version.approved_by_id or by.id, version.approved_at or now
        _cite(version, source, version.source[: life.PLACE_LENGTH], by=looked_by, now=looked_at)
    named = [version.item.external_id for version in versions]
    audit.record("source.cited", source, by=by, at=now, items=named)
    return len(versions)


def edition(source: Source) -> str:
    """32 hex digits that change with every amendment of a source and every change of its entry."""
    amended = sorted(str(change.id) for change in source.changes)
    return sha256(canonical([_told(source), amended])).hex()[:32]


def confirm(
    versions: Sequence[ItemVersion], source: Source, *, read: str | None = None,
    shown: Mapping[UUID, str] | None = None, by: User, now: datetime,
) -> int:  # fmt: skip
    """Say of questions that they were held against their source as it is now and are still right; returns how many.

    ``read`` is the :func:`edition` of the source that the page showed and ``shown`` those of the questions
    (``sealing.edition``), by the ids of versions; None: there was no page.

    Raises:
        NothingChosen: no question.
        SourceChangedSinceShown: the source was amended since, or its entry changed.
        NotShown, ChangedSinceShown: a question was saved again since.
    """
    if not versions:
        raise life.NothingChosen
    queries.lock(source)
    if read is not None and read != edition(source):
        raise life.SourceChangedSinceShown
    for version in versions:
        queries.lock(version)
        if shown is not None:
            writing.check_shown(shown.get(version.id, ""), sealing.edition(version), item=version.item.external_id)
        citation = db.session.get_one(Citation, version.id, populate_existing=True)
        if citation.source_id != source.id:  # its author has chosen another meanwhile
            raise writing.ChangedSinceShown(item=version.item.external_id)
        citation.checked_at, citation.checked_by_id = now, by.id
        audit.record(
            "item.source_confirmed", version.item, by=by, at=now, version=version.id, source=citation.source_id
        )
    return len(versions)


def carry_over(before: ItemVersion, after: ItemVersion) -> None:
    """A next version begins with the source of the one before; copying is not looking, so the day of the look stays."""
    kept = db.session.get(Citation, before.id)
    if kept is not None:
        db.session.add(
            Citation(
                version_id=after.id,
                source_id=kept.source_id,
                place=kept.place,
                checked_at=kept.checked_at,
                checked_by_id=kept.checked_by_id,
            )
        )


def _cite(version: ItemVersion, source: Source | None, place: str, *, by: UUID, now: datetime) -> None:
    kept = db.session.get(Citation, version.id)
    if source is None:
        if kept is not None:
            db.session.delete(kept)
        return
    if kept is None:
        kept = Citation(version_id=version.id)
        db.session.add(kept)
    kept.source_id, kept.place, kept.checked_at, kept.checked_by_id = source.id, place.strip(), now, by


def _put(source: Source, facts: Facts) -> None:
    if source_queries.titled(facts.title_ky, facts.number, besides=source.id):
        raise life.SourceTitleTaken(title=f"{facts.title_ky} {facts.number}".strip())
    ends_early = facts.valid_from and facts.valid_until and facts.valid_until < facts.valid_from
    if ends_early or facts.replaced_by_id == source.id:
        raise life.SourceDates
    source.kind, source.title_ky, source.title_ru, source.number = (
        facts.kind, facts.title_ky, facts.title_ru, facts.number,
    )  # fmt: skip
    source.issued_on, source.valid_from, source.valid_until = facts.issued_on, facts.valid_from, facts.valid_until
    source.replaced_by_id = facts.replaced_by_id


def _told(source: Source) -> dict[str, str]:
    names = ("kind", "title_ky", "title_ru", "number", "issued_on", "valid_from", "valid_until", "replaced_by_id")
    return {name: str(getattr(source, name)) for name in names}
