"""Files into the bank and out of it: a plan first (the dry run), which changes nothing, then the import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete

from accounts.models import User
from accounts.rules import Permission
from core import audit
from core.crypto import keyring, sha256
from core.db import db
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank import queries, rules
from question_bank.exchange.drafts import ItemDraft, Problem, Reading, tidied
from question_bank.exchange.formats import Format
from question_bank.exchange.template import write_template
from question_bank.models import BankUpload, ItemVersion, SubTopic
from question_bank.services import items

_NEW, _UNCHANGED, _TAKEN = "new", "unchanged", "taken"


@dataclass(frozen=True)
class Plan:
    """What an import of a file would do; nothing has happened yet.

    ``new`` are the questions that would come in; ``unchanged`` the ids of those that the bank holds exactly so;
    ``problems`` everything to mend, in the order of the file.
    """

    filename: str
    format: str
    digest: bytes
    seen: int
    new: tuple[ItemDraft, ...]
    unchanged: tuple[str, ...]
    problems: tuple[Problem, ...]

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
    new, unchanged, problems = [], [], list(reading.problems)
    for draft in reading.items:
        version = known.get(draft.external_id)
        if version is not None:
            if _is_same(draft, version, hands[version.item_id], by):
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
        unchanged=tuple(unchanged), problems=tuple(sorted(problems, key=lambda problem: problem.place or 0)),
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

    The plan must have been made in this same transaction. ``progress`` is called with 1 after each question. Returns
    the new versions.

    Raises:
        ImportRefused: the file has faults and ``keep_good`` is not set, or it cannot be read at all.
    """
    if not plan.may_go_in(keep_good=keep_good):
        raise rules.ImportRefused(n=plan.refused or 1)
    topics = queries.sub_topics_by_code()
    versions = []
    for draft in plan.new:
        version = items.add_first_version(draft, topics[draft.subject_area, draft.sub_topic], by=by, now=now)
        if submit:
            items.mark_submitted(version, by=by, now=now)
        versions.append(version)
        if progress:
            progress(1)
    db.session.flush()
    audit.record(
        "bank.imported", f"bank:{plan.format}", by=by, at=now, file=plan.filename, sha256=plan.digest, seen=plan.seen,
        unchanged=len(plan.unchanged), refused=plan.refused, submitted=submit,
        items=[version.item.external_id for version in versions],
    )  # fmt: skip
    return versions


def stage_upload(data: bytes, kind: Format, filename: str, *, by: User, now: datetime) -> BankUpload:
    """Keep a file, sealed, between its dry run and the decision; earlier files of the person and old ones go."""
    drop_uploads(older_than=now - rules.UPLOAD_KEPT)
    db.session.execute(delete(BankUpload).where(BankUpload.user_id == by.id))
    upload = BankUpload(id=uuid4(), user_id=by.id, filename=filename[:200], format=kind.name, uploaded_at=now)
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


def drop_upload(upload: BankUpload) -> None:
    """Forget a kept file."""
    db.session.delete(upload)


def drop_uploads(*, older_than: datetime) -> None:
    """Forget the files that were uploaded before a moment."""
    db.session.execute(delete(BankUpload).where(BankUpload.uploaded_at < older_than))


def export_bank(kind: Format, *, by: audit.Actor, now: datetime) -> bytes:
    """The newest approved version of every item in use, with its key; the export is recorded."""
    drafts = [items.as_draft(version) for version in queries.approved_versions()]
    data = kind.write(drafts)
    audit.record(
        "bank.exported", f"bank:{kind.name}", by=by, at=now, sha256=sha256(data), items=[d.external_id for d in drafts]
    )
    return data


def template() -> bytes:
    """The empty xlsx bank with drop-downs of the subject areas and sub-topics in use."""
    return write_template(
        [
            (area.code, [topic.code for topic in area.sub_topics if topic.is_active])
            for area in queries.subject_areas(active_only=True)
        ]
    )


def place_of(problem: Problem) -> str:
    """Where a problem is, in words: ``Row: 12``, ``Line: 40`` or the file."""
    if problem.place is None:
        return _("The file")
    return _("Row: %(n)s", n=problem.place) if problem.place_kind == "row" else _("Line: %(n)s", n=problem.place)


def _context(upload_id: UUID) -> tuple[str, ...]:
    return ("bank_upload", str(upload_id))


def _is_same(draft: ItemDraft, version: ItemVersion, hands: set[UUID], by: User) -> bool:
    approver = Permission.BANK_APPROVE in by.permissions
    if version.item.retired_at or not rules.may_see_key(person=by.id, approver=approver, hands=hands):
        return False
    return _comparable(draft) == _comparable(items.as_draft(version))


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
