"""Candidates from an xlsx file: first what it would do (the dry run), row by row, then all of it or nothing.

Between the dry run and the confirmation the rows travel in the page itself, sealed for this person for an hour:
nothing is stored.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from accounts.models import User
from competitions.models import Competition
from competitions.people import PersonalData
from competitions.rules import check_email, check_personal_number
from core import audit
from core.crypto import keyring
from core.db import db
from core.errors import CannotOpen, Refusal
from core.i18n import lazy_gettext as _l
from core.names import search_form
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules import sittings as rules
from testing_center.services.dealing import free_seats
from testing_center.services.participants_sheet import Finding, Row, read
from testing_center.services.registration import check_registration, register

REQUIRED = ("surname", "given_name", "personal_number", "language", "competition", "sitting")
LENGTHS = {"surname": 80, "given_name": 80, "patronymic": 80, "email": 160, "phone": 40}
KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """A row that would be registered."""

    row: int
    sitting: Sitting
    competition: Competition
    data: PersonalData
    language: str


@dataclass(frozen=True)
class Plan:
    """What the file would do. ``entries`` are only the good rows; with any finding nothing is registered."""

    rows: tuple[Row, ...]
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> int:
        """How many rows have a fault."""
        return len({finding.row for finding in self.findings})

    @property
    def by_sitting(self) -> Counter[str]:
        """How many would be registered for each sitting, by its number."""
        return Counter(entry.sitting.number for entry in self.entries)


def plan_file(data: bytes, *, now: datetime) -> Plan:
    """Read a file and say what it would do: the dry run."""
    rows, findings = read(data)
    return plan_rows(rows, findings, now=now)


def plan_rows(rows: list[Row], findings: list[Finding], *, now: datetime) -> Plan:
    """Check every row against the rules and the database; ``findings`` are those of the reading. Changes nothing."""
    sittings = {row.number: row for row in db.session.scalars(select(Sitting))}
    competitions = {row.number: row for row in db.session.scalars(select(Competition))}
    faulty = {finding.row for finding in findings}
    checked = list(findings)
    entries: list[Entry] = []
    by_pin: dict[str, list[Entry]] = {}
    for row in rows:
        if row.number in faulty or None in faulty:
            continue
        entry, found = _check(row, sittings, competitions, now=now)
        if entry:
            before = by_pin.setdefault(check_personal_number(entry.data.personal_number), [])
            found = _against(entry, before)
            if not found:
                before.append(entry)
                entries.append(entry)
        checked += found
    checked += _full(entries)
    refused = {finding.row for finding in checked}
    good = tuple(entry for entry in entries if entry.row not in refused)
    return Plan(tuple(rows), good, tuple(sorted(checked, key=lambda finding: finding.row or 0)))


def _check(
    row: Row, sittings: dict[str, Sitting], competitions: dict[str, Competition], *, now: datetime
) -> tuple[Entry | None, list[Finding]]:
    texts, found = (
        row.texts,
        [Finding(row.number, name, "empty", _l("Fill in this cell.")) for name in REQUIRED if not row.texts[name]],
    )
    found += [
        Finding(row.number, name, "too_long", _l("The text is too long. Limit in characters: %(n)s", n=limit))
        for name, limit in LENGTHS.items() if len(texts[name]) > limit
    ]  # fmt: skip
    for name, check, message in (("personal_number", check_personal_number, _PIN), ("email", check_email, None)):
        try:
            check(texts[name]) if texts[name] else None
        except Refusal as refusal:
            found.append(Finding(row.number, name, refusal.code, message or refusal.message))
    if texts["language"] and texts["language"] not in ("ky", "ru"):
        found.append(Finding(row.number, "language", "language", _l("Write ky or ru.")))
    sitting, competition = sittings.get(texts["sitting"]), competitions.get(texts["competition"])
    if texts["sitting"] and sitting is None:
        found.append(Finding(row.number, "sitting", "unknown_sitting", _l("There is no such sitting.")))
    if texts["competition"] and competition is None:
        found.append(Finding(row.number, "competition", "unknown_competition", _l("There is no such competition.")))
    if sitting and texts["centre"] and search_form(texts["centre"]) not in _names(sitting):
        message = _l("This sitting is held in another centre: %(name)s", name=sitting.centre.name_ky)
        found.append(Finding(row.number, "centre", "other_centre", message))
    if found or sitting is None or competition is None:
        return None, found
    data = PersonalData(**{name: texts[name] for name in ("personal_number", *LENGTHS)})
    try:
        check_registration(sitting, competition, data, now=now)
    except Refusal as refusal:
        return None, [Finding(row.number, _COLUMN_OF.get(refusal.code), refusal.code, str(refusal))]
    return Entry(row.number, sitting, competition, data, texts["language"]), []


_PIN = _l("A PIN has 14 digits. Excel drops zeros at its beginning: format the column as text and type it again.")
_COLUMN_OF = {
    "barred": "personal_number", "already_registered": "personal_number", "other_name": "surname",
    "sitting_already_open": "sitting",
}  # fmt: skip


def _names(sitting: Sitting) -> set[str]:
    return {search_form(sitting.centre.name_ky), search_form(sitting.centre.name_ru)}


def _against(entry: Entry, before: list[Entry]) -> list[Finding]:
    """The same person earlier in the file, in the same sitting or the same competition."""
    for other in before:
        if other.sitting is entry.sitting or other.competition is entry.competition:
            message = _l("This person stands in the file more than once. Other row: %(n)s", n=other.row)
            return [Finding(entry.row, "personal_number", "duplicate_in_file", message)]
    return []


def _full(entries: list[Entry]) -> list[Finding]:
    """Rows for which the room of their sitting has no seat left, in the order of the file."""
    found = []
    for sitting in {entry.sitting for entry in entries}:
        wanting = [entry for entry in entries if entry.sitting is sitting]
        seats = len(free_seats(sitting))
        message = _l("The room has no seat left. Free seats: %(n)s", n=seats)
        found += [Finding(entry.row, "sitting", "no_free_seat", message) for entry in wanting[seats:]]
    return found


def carry_out(plan: Plan, *, by: User, now: datetime) -> list[Participant]:
    """Register everybody in the plan, which was made in this same transaction.

    Raises:
        ParticipantsFileRefused: a row has a fault; nobody is registered.
    """
    if plan.findings:
        raise rules.ParticipantsFileRefused(n=plan.refused)
    people = [
        register(entry.sitting, entry.competition, entry.data, entry.language, by=by, now=now) for entry in plan.entries
    ]
    sittings = dict(plan.by_sitting)
    audit.record("participants.imported", f"user:{by.id}", by=by, at=now, rows=len(people), sittings=sittings)
    return people


def seal(plan: Plan, *, by: User, now: datetime) -> str:
    """The rows of a faultless plan as text for the page that asks for confirmation."""
    body = {"at": now.isoformat(), "rows": [[row.number, row.texts] for row in plan.rows]}
    packed = zlib.compress(json.dumps(body, ensure_ascii=False).encode(), 9)
    return base64.b64encode(keyring().seal("link", packed, _context(by))).decode()


def unseal(text: str, *, by: User, now: datetime) -> list[Row]:
    """The rows that :func:`seal` made for this person.

    Raises:
        ParticipantsFileExpired: an hour has passed, or it is not ours.
    """
    try:
        body = json.loads(zlib.decompress(keyring().open("link", base64.b64decode(text), _context(by))))
    except (CannotOpen, ValueError) as error:
        raise rules.ParticipantsFileExpired from error
    if now - datetime.fromisoformat(body["at"]) > KEPT:
        raise rules.ParticipantsFileExpired
    return [Row(number, texts) for number, texts in body["rows"]]


def _context(by: User) -> tuple[str, ...]:
    return ("participants_file", str(by.id))
