"""Files into the bank and out of it: a plan first (the dry run), which changes nothing, then the import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, update

from accounts.models import User
from accounts.rules import Permission
from core import audit
from core.crypto import keyring, sha256
from core.db import db
from core.i18n import lazy_gettext as _l
from core.names import search_form
from question_bank import life, life_queries, listing, queries, rules
from question_bank.exchange.drafts import ItemDraft, Problem, Reading, tidied
from question_bank.exchange.formats import Format, by_name
from question_bank.exchange.reading import NOTHING_GIVEN, Given
from question_bank.models import ItemVersion, SubTopic
from question_bank.services import bringing, duplicates, items
from question_bank.services.planned import Plan
from question_bank.work_models import BankImport, BankUpload, ImportState

_NEW, _UNCHANGED, _TAKEN = "new", "unchanged", "taken"


def plan_import(data: bytes, kind: Format, *, filename: str, by: User, reading: Reading | None = None) -> Plan:
    """Read a file and compare it with the bank: the dry run. Never raises for what a file holds.

    ``reading`` is what ``kind.read(data)`` gave: read a big file before the transaction, not under its lock.
    A question that the bank has already is ``unchanged`` where ``by`` may see its key (author of it, or approver) and
    all is the same, else it is refused: otherwise a file of guesses would tell the key.
    """
    reading = reading or kind.read(data)
    topics = queries.sub_topics_by_code()
    known = queries.newest_versions([draft.external_id for draft in reading.items])
    hands = queries.hands_on({version.item_id for version in known.values()})
    spelled, alike = _spellings(reading.items), _in_other_capitals(reading.items)
    new, unchanged, compared, problems = [], [], [], list(reading.problems)
    for read in reading.items:
        draft = replace(read, enemies=tuple(dict.fromkeys(spelled.get(enemy, enemy) for enemy in read.enemies)))
        version = known.get(draft.external_id)
        if version is not None:
            may_compare = _may_compare(version, hands[version.item_id], by)
            compared += [draft.external_id] if may_compare else []
            if may_compare and _comparable(draft) == _comparable(items.as_draft(version)):
                unchanged.append(draft.external_id)
            else:
                problems.append(_taken(draft))
            continue
        fault = _alike_fault(draft, alike) or _own_enemy(draft) or _subject_fault(draft, topics)
        if fault is None:
            new.append(draft)
        else:
            problems.append(fault)
    there = {*spelled.values()} - {draft.external_id for draft in reading.items} | {draft.external_id for draft in new}
    there |= set(known)
    problems += [warning for draft in new for warning in _enemy_warnings(draft, there)]
    return Plan(
        filename=filename, format=kind.name, digest=sha256(data), seen=reading.seen, new=tuple(new),
        unchanged=tuple(unchanged), compared=tuple(compared),
        problems=tuple(sorted(problems, key=lambda problem: problem.place or 0)),
    )  # fmt: skip


def with_twins(plan: Plan, progress: Callable[[int], None] = lambda _n: None) -> Plan:
    """The plan with a warning for each new question that is like one of the bank or of the file: for the dry run.

    ``progress`` as for ``duplicates.warnings``.
    """
    found = (*plan.problems, *duplicates.warnings(plan.new, progress))
    problems = sorted(found, key=lambda problem: problem.place or 0)
    return replace(plan, problems=tuple(problems))


def record_comparison(plan: Plan, *, by: User, now: datetime) -> None:
    """Keep in the trail whose keys a dry run has opened, to compare them with those of the file."""
    if plan.compared:
        audit.record(
            "bank.keys_compared", f"bank:{plan.format}", by=by, at=now, file=plan.filename, sha256=plan.digest,
            items=plan.compared,
        )  # fmt: skip


def record_likeness(plan: Plan, *, by: User, now: datetime) -> None:
    """Keep in the trail for which questions of a file a dry run has named others that are like them.

    They may be questions of others: who tries out what the bank holds, file after file, is seen.
    """
    if alike := [one.external_id for one in plan.problems if one.code == duplicates.WARNING]:
        audit.record(
            "bank.likeness_told", f"bank:{plan.format}", by=by, at=now, file=plan.filename, sha256=plan.digest,
            items=alike,
        )  # fmt: skip


def carry_out(
    plan: Plan,
    *,
    keep_good: bool = False,
    submit: bool = False,
    by: User,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> list[ItemVersion]:
    """Bring the new questions of a plan into the bank as drafts of ``by``; ``submit`` asks for approval at once.

    ``progress`` is called with 1 after each question that is ready to be written. Returns the new versions. Where
    others wait for the database, :func:`ready` comes before the transaction and :func:`write` into it.

    Raises:
        ImportRefused: the file has faults and ``keep_good`` is not set, or it cannot be read at all.
    """
    load = ready(plan, keep_good=keep_good, submit=submit, by=by, now=now, progress=progress)
    write(plan, load, by=by, now=now)
    return listing.versions(load.version_ids)


def ready(
    plan: Plan,
    *,
    keep_good: bool = False,
    submit: bool = False,
    by: User,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> bringing.Load:
    """What :func:`carry_out` would write, sealed; nothing is written.

    Raises:
        ImportRefused: as :func:`carry_out`.
    """
    if not plan.may_go_in(keep_good=keep_good):
        raise rules.ImportRefused(n=plan.refused or 1)
    topics = queries.sub_topics_by_code()
    return bringing.prepare(plan.new, topics, submit=submit, by=by, now=now, progress=progress)


def write(plan: Plan, load: bringing.Load, *, by: User, now: datetime) -> None:
    """Write what is ready, all or nothing, with one entry in the trail.

    Raises:
        DuplicateExternalId: somebody has brought in a question of the same id since.
    """
    bringing.put(load, queries.sub_topics_by_code(), by=by)
    record_comparison(plan, by=by, now=now)
    audit.record(
        "bank.imported", f"bank:{plan.format}", by=by, at=now, file=plan.filename, sha256=plan.digest, seen=plan.seen,
        unchanged=len(plan.unchanged), refused=plan.refused, submitted=load.submit, items=load.external_ids,
    )  # fmt: skip


def stage_upload(
    data: bytes, kind: Format, filename: str, *, given: Given = NOTHING_GIVEN, by: User, now: datetime
) -> BankUpload:
    """Keep a file, sealed, between its dry run and the decision; earlier files of the person and old ones go."""
    drop_uploads(older_than=now - rules.UPLOAD_KEPT)
    db.session.execute(delete(BankUpload).where(BankUpload.user_id == by.id))
    _drop_checks(BankImport.user_id == by.id)
    upload = BankUpload(
        id=uuid4(), user_id=by.id, filename=filename[:200], format=kind.name, given=asdict(given), uploaded_at=now,
    )  # fmt: skip
    upload.content_sealed = keyring().seal("bank", data, _context(upload.id))
    db.session.add(upload)
    db.session.flush()
    return upload


def find_upload(upload_id: str, person: UUID) -> BankUpload | None:
    """A file that this person has chosen, by its id as a page gave it; None where it is not there."""
    try:
        upload = db.session.get(BankUpload, UUID(upload_id))
    except ValueError:
        return None
    return upload if upload is not None and upload.user_id == person else None


def check_kept(upload: BankUpload, *, now: datetime) -> None:
    """Refuse a file that was chosen more than an hour ago; the hour itself is in time."""
    if now - upload.uploaded_at > rules.UPLOAD_KEPT:
        raise rules.UploadExpired


def open_upload(upload: BankUpload, *, now: datetime) -> bytes:
    """The bytes of a kept file.

    Raises:
        UploadExpired: an hour has passed.
    """
    check_kept(upload, now=now)
    return keyring().open("bank", upload.content_sealed, _context(upload.id))


def read_upload(upload: BankUpload, *, now: datetime) -> tuple[bytes, Format, Reading]:
    """A kept file, its format and what it holds, with what the person said about it.

    Raises:
        UploadExpired: an hour has passed.
    """
    data, kind = open_upload(upload, now=now), by_name(upload.format)
    return data, kind, kind.read(data, Given(**(upload.given or {})))


def drop_upload(upload: BankUpload) -> None:
    """Forget a kept file, and what its check has found."""
    _drop_checks(BankImport.upload_id == upload.id)
    db.session.delete(upload)


def drop_uploads(*, older_than: datetime) -> None:
    """Forget the files that were uploaded before a moment, and what their checks have found."""
    _drop_checks(BankImport.started_at < older_than)
    db.session.execute(delete(BankUpload).where(BankUpload.uploaded_at < older_than))


def _drop_checks(which: ColumnElement[bool]) -> None:
    """Checks that run are told to stop: their threads still write into their rows."""
    checks = (which, BankImport.is_check.is_(True))
    running = BankImport.state == ImportState.RUNNING
    db.session.execute(update(BankImport).where(*checks, running).values(is_cancel_asked=True))
    db.session.execute(delete(BankImport).where(*checks, ~running))


def _context(upload_id: UUID) -> tuple[str, ...]:
    return ("bank_upload", str(upload_id))


def _may_compare(version: ItemVersion, hands: set[UUID], by: User) -> bool:
    approver = Permission.BANK_APPROVE in by.permissions
    return not version.item.retired_at and rules.may_see_key(person=by.id, approver=approver, hands=hands)


def _comparable(draft: ItemDraft) -> ItemDraft:
    return replace(tidied(draft), enemies=tuple(sorted({search_form(enemy) for enemy in draft.enemies})))


def _spellings(read: Sequence[ItemDraft]) -> dict[str, str]:
    """How the bank or the file writes each enemy that is named in the file, whatever its capitals."""
    named, own = {enemy for draft in read for enemy in draft.enemies}, {draft.external_id for draft in read}
    return life.spelled(named, own) | life_queries.spellings(named) | {enemy: enemy for enemy in named & own}


def _taken(draft: ItemDraft) -> Problem:
    message = _l("A question with this id is already in the bank. Give it another id, or edit it in the bank.")
    return _problem(draft, "already_in_bank", message, "external_id")


def _in_other_capitals(read: Sequence[ItemDraft]) -> dict[str, str]:
    """Of each id of a file one of the bank, or of another question of the file, that differs in capitals only."""
    folded: defaultdict[str, set[str]] = defaultdict(set)
    for draft in read:
        folded[search_form(draft.external_id)].add(draft.external_id)
    within = {one: min(ids - {one}) for ids in folded.values() if len(ids) > 1 for one in ids}
    return within | life_queries.in_other_capitals([draft.external_id for draft in read])


def _alike_fault(draft: ItemDraft, alike: Mapping[str, str]) -> Problem | None:
    if draft.external_id not in alike:
        return None
    message = _l(
        "An id must differ from others in more than capitals. The bank or the file has: %(external_id)s",
        external_id=alike[draft.external_id],
    )  # fmt: skip
    return _problem(draft, "id_in_other_capitals", message, "external_id")


def _own_enemy(draft: ItemDraft) -> Problem | None:
    """The fault of a question that names itself in other capitals: the reader of the file does not see that."""
    if draft.external_id not in draft.enemies:
        return None
    message = _l("A question cannot be its own enemy. Take its id out of the list.")
    return _problem(draft, "enemy_of_itself", message, "enemies")


def _subject_fault(draft: ItemDraft, topics: Mapping[tuple[str, str], SubTopic]) -> Problem | None:
    code = f"{draft.subject_area}/{draft.sub_topic}"
    if draft.subject_area not in {area for area, _topic in topics}:
        message = _l("There is no such subject area in the bank: %(code)s", code=draft.subject_area)
        return _problem(draft, "unknown_subject_area", message, "subject_area")
    if not draft.sub_topic:
        return _problem(draft, "sub_topic_missing", _l("The sub-topic is missing."), "sub_topic")
    topic = topics.get((draft.subject_area, draft.sub_topic))
    if topic is None:
        message = _l("There is no such sub-topic in this subject area: %(code)s", code=code)
        return _problem(draft, "unknown_sub_topic", message, "sub_topic")
    if not (topic.is_active and topic.area.is_active):
        message = _l("This subject area or sub-topic is out of use: %(code)s", code=code)
        return _problem(draft, "subject_out_of_use", message, "sub_topic")
    return None


def _enemy_warnings(draft: ItemDraft, named: set[str]) -> Sequence[Problem]:
    unknown = [enemy for enemy in draft.enemies if enemy not in named]
    if not unknown:
        return ()
    message = _l(
        "Neither the bank nor what comes in has these enemies: %(ids)s. They hold once such questions come.",
        ids=", ".join(unknown),
    )  # fmt: skip
    return (replace(_problem(draft, "enemies_unknown", message, "enemies"), severity="warning"),)


def _problem(draft: ItemDraft, code: str, message: object, column: str) -> Problem:
    return Problem(draft.place or None, draft.place_kind, draft.external_id, code, message, column)
