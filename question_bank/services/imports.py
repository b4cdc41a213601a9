"""Files into the bank and out of it: a plan first (the dry run), which changes nothing, then the import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete

from accounts.models import User
from accounts.rules import Permission
from core import audit
from core.crypto import keyring, sha256
from core.db import db
from core.i18n import lazy_gettext as _l
from question_bank import listing, queries, rules
from question_bank.exchange.drafts import ItemDraft, Problem, Reading, tidied
from question_bank.exchange.formats import Format, by_name
from question_bank.exchange.reading import NOTHING_GIVEN, Given
from question_bank.models import BankUpload, ItemVersion, SubTopic
from question_bank.services import bringing, duplicates, items

_NEW, _UNCHANGED, _TAKEN = "new", "unchanged", "taken"


@dataclass(frozen=True)
class Plan:
    """What an import of a file would do; nothing has happened yet.

    ``new`` are the questions that would come in; ``unchanged`` the ids of those that the bank holds exactly so;
    ``problems`` everything to mend, in the order of the file; ``compared`` the ids of those whose keys were opened to
    be compared with the file's: :func:`record_comparison` keeps that.
    """

    filename: str
    format: str
    digest: bytes
    seen: int
    new: tuple[ItemDraft, ...]
    unchanged: tuple[str, ...]
    problems: tuple[Problem, ...]
    compared: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that refuse a question or the file."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems after which the question is taken all the same."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    @property
    def refused(self) -> int:
        """How many questions of the file would not come in because of a fault."""
        return self.seen - len(self.new) - len(self.unchanged)

    @property
    def unreadable(self) -> bool:
        """Whether the file as a whole is refused: then there is no good part of it to keep."""
        return any(problem.place_kind == "file" for problem in self.errors)

    def may_go_in(self, *, keep_good: bool) -> bool:
        """Whether the file may be imported: whole, or its good questions where that is what is wanted."""
        return not self.unreadable and (keep_good or not self.errors)

    def by_area(self) -> Counter[str]:
        """How many new questions for each subject area (code)."""
        return Counter(draft.subject_area for draft in self.new)

    def by_kind(self) -> Counter[str]:
        """How many new questions of each kind."""
        return Counter(draft.kind for draft in self.new)

    def by_difficulty(self) -> Counter[int]:
        """How many new questions of each difficulty."""
        return Counter(draft.difficulty for draft in self.new)


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
    named = set(known) | {draft.external_id for draft in reading.items}
    wanted = {enemy for draft in reading.items for enemy in draft.enemies} - named
    named |= set(queries.newest_versions(wanted))
    new, unchanged, compared, problems = [], [], [], list(reading.problems)
    for draft in reading.items:
        version = known.get(draft.external_id)
        if version is not None:
            may_compare = _may_compare(version, hands[version.item_id], by)
            compared += [draft.external_id] if may_compare else []
            if may_compare and _comparable(draft) == _comparable(items.as_draft(version)):
                unchanged.append(draft.external_id)
            else:
                problems.append(_taken(draft))
            continue
        fault = _subject_fault(draft, topics)
        if fault is None:
            new.append(draft)
            problems += _enemy_warnings(draft, named)
        else:
            problems.append(fault)
    return Plan(
        filename=filename, format=kind.name, digest=sha256(data), seen=reading.seen, new=tuple(new),
        unchanged=tuple(unchanged), compared=tuple(compared),
        problems=tuple(sorted(problems, key=lambda problem: problem.place or 0)),
    )  # fmt: skip


def with_twins(plan: Plan) -> Plan:
    """The plan with a warning for each new question that is like one of the bank or of the file: for the dry run."""
    problems = sorted((*plan.problems, *duplicates.warnings(plan.new)), key=lambda problem: problem.place or 0)
    return replace(plan, problems=tuple(problems))


def record_comparison(plan: Plan, *, by: User, now: datetime) -> None:
    """Keep in the trail whose keys a dry run has opened, to compare them with those of the file."""
    if plan.compared:
        audit.record(
            "bank.keys_compared", f"bank:{plan.format}", by=by, at=now, file=plan.filename, sha256=plan.digest,
            items=plan.compared,
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
    upload = BankUpload(
        id=uuid4(), user_id=by.id, filename=filename[:200], format=kind.name, given=asdict(given), uploaded_at=now,
    )  # fmt: skip
    upload.content_sealed = keyring().seal("bank", data, _context(upload.id))
    db.session.add(upload)
    db.session.flush()
    return upload


def open_upload(upload: BankUpload, *, now: datetime) -> bytes:
    """The bytes of a kept file.

    Raises:
        UploadExpired: an hour has passed.
    """
    if now - upload.uploaded_at > rules.UPLOAD_KEPT:
        raise rules.UploadExpired
    return keyring().open("bank", upload.content_sealed, _context(upload.id))


def read_upload(upload: BankUpload, *, now: datetime) -> tuple[bytes, Format, Reading]:
    """A kept file, its format and what it holds, with what the person said about it.

    Raises:
        UploadExpired: an hour has passed.
    """
    data, kind = open_upload(upload, now=now), by_name(upload.format)
    return data, kind, kind.read(data, Given(**(upload.given or {})))


def drop_upload(upload: BankUpload) -> None:
    """Forget a kept file."""
    db.session.delete(upload)


def drop_uploads(*, older_than: datetime) -> None:
    """Forget the files that were uploaded before a moment."""
    db.session.execute(delete(BankUpload).where(BankUpload.uploaded_at < older_than))


def _context(upload_id: UUID) -> tuple[str, ...]:
    return ("bank_upload", str(upload_id))


def _may_compare(version: ItemVersion, hands: set[UUID], by: User) -> bool:
    approver = Permission.BANK_APPROVE in by.permissions
    return not version.item.retired_at and rules.may_see_key(person=by.id, approver=approver, hands=hands)


def _comparable(draft: ItemDraft) -> ItemDraft:
    return replace(tidied(draft), enemies=tuple(sorted(set(draft.enemies))))


def _taken(draft: ItemDraft) -> Problem:
    message = _l("A question with this id is already in the bank. Give it another id, or edit it in the bank.")
    return _problem(draft, "already_in_bank", message, "external_id")


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
    message = _l("Neither the bank nor the file has these enemies: %(ids)s", ids=", ".join(unknown))
    return (replace(_problem(draft, "enemies_unknown", message, "enemies"), severity="warning"),)


def _problem(draft: ItemDraft, code: str, message: object, column: str) -> Problem:
    return Problem(draft.place or None, draft.place_kind, draft.external_id, code, message, column)
