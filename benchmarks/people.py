"""Thousands of candidates at once, written in bulk: with a code in hand, or at work with answers of a known score."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import insert

from accounts.rules import Role
from benchmarks.client import Candidate
from benchmarks.hall import API
from benchmarks.installations import installation
from competitions.models import Person
from core.crypto import keyring, seal_with
from core.db import db, transaction
from core.names import search_form, sort_form
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules.codes import CodeStatus, new_code
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services.codes import lookup_of
from testing_center.services.links import Link, seal_link, sitting_key
from testing_center.sheets import Sheet, get_sheet
from tests.factories import Make
from tests.web.reading import proctor_of
from tests.web.signing_in import sign_in

ITEMS, CHUNK, HOUR = 40, 500, timedelta(hours=1)


@dataclass(frozen=True)
class Hall:
    """An open sitting: how to serve it, who waits at the door and who is at work."""

    environ: dict[str, str]
    sitting: UUID
    codes: list[str]  # of those who have not entered
    working: list[Candidate]
    scores: list[int]  # of those at work, if they ended now: counted while their answers were written
    staff: tuple[str, ...]  # cookies: a proctor's, a test administrator's


def prepare(folder: Path, url: str, *, waiting: int = 0, working: int = 0, items: int = ITEMS) -> Hall:
    """An open sitting on an empty database: so many are present with a code, and so many have begun."""
    with installation(folder, url) as (make, clock):
        sitting = make.sitting(
            people=0, open=False, present=False, items=items, cut_score=items // 2, minutes=600, starts_in=-HOUR
        )
        sitting_id, contest, now = sitting.id, make.competition(), clock()
        crowd = _Crowd(make, sitting_id, contest.id, contest.law_version, get_sheet(sitting.forms[0].id))
        codes: list[str] = []
        candidates: list[Candidate] = []
        scores: list[int] = []
        for first in range(0, waiting + working, CHUNK):
            with transaction():
                for number in range(first, min(first + CHUNK, waiting + working)):
                    if number < waiting:
                        codes.append(crowd.wait(number + 1))
                    else:
                        candidate, score = crowd.work(number + 1)
                        candidates.append(candidate)
                        scores.append(score)
                crowd.write()
        with transaction():
            sitting = db.session.get_one(Sitting, sitting_id)
            sitting.status, sitting.opened_at = SittingStatus.OPEN, now
        staff = tuple(
            _staff_cookie(make.app, user) for user in (proctor_of(sitting), make.user(Role.TEST_ADMINISTRATOR))
        )
    environ = {
        "INSTANCE_PATH": str(folder), "KEYRING_FILE": str(folder / "keys" / "keyring.json"),
        "SECRET_KEY_FILE": str(folder / "keys" / "web.key"), "PRODUCTION": "", "DATABASE_URL": url,
    }  # fmt: skip
    return Hall(environ, sitting_id, codes, candidates, scores, staff)


class _Crowd:
    """Rows of people, gathered and written together."""

    def __init__(self, make: Make, sitting_id: UUID, contest: UUID, law: str, sheet: Sheet) -> None:
        self.make, self.sitting_id, self.contest, self.law, self.sheet = make, sitting_id, contest, law, sheet
        self.random, self.now = Random(1), make.clock()
        self.rows: dict[type, list[dict[str, Any]]] = {
            kind: [] for kind in (Person, Participant, CandidateCode, Attempt, ResponseEvent)
        }

    @property
    def sitting(self) -> Sitting:
        return db.session.get_one(Sitting, self.sitting_id)

    def wait(self, number: int) -> str:
        """Somebody present whose code is unused."""
        code = new_code()
        self._person(number, code)
        return code

    def work(self, number: int) -> tuple[Candidate, int]:
        """Somebody who has begun and answered most questions, and how many of those rightly.

        What this candidate saves again are the same answers, under new revisions: the score stays.
        """
        link, code_id = self._person(number, None)
        attempt, sheet, score = uuid4(), self.sheet, 0
        order, ability = self.random.sample(sorted(sheet.items), len(sheet.items)), self.random.random()
        choices = []
        for position, place in enumerate(order, 1):
            key, *wrong = (option.id for option in sheet.items[place].options)
            if self.random.random() < 0.05:
                continue
            is_right = self.random.random() < ability
            chosen, score = key if is_right else self.random.choice(wrong), score + is_right
            choices.append((f"{API}/attempt/responses/{position}", chosen))
            self.rows[ResponseEvent].append(
                {"attempt_id": attempt, "place": place, "epoch": 1, "revision": 1, "is_late": False,
                 "response": [chosen], "flagged": False, "language": "ky", "saved_at": self.now - HOUR / 2}
            )  # fmt: skip
        self.rows[Attempt].append(
            {"id": attempt, "number": f"{self.sitting.number}-{number:05}", "sitting_id": self.sitting_id,
             "form_id": sheet.form_id, "competition_id": self.contest, "round": 0, "code_id": code_id,
             "link_sealed": seal_link(self.sitting, "attempt", attempt, link), "law_version": self.law,
             "status": AttemptStatus.IN_PROGRESS, "epoch": 1, "reached": 1, "language": "ky",
             "order": {"items": order, "options": [list(range(len(sheet.items[one].options))) for one in order]},
             "workstation": "127.0.0.1", "entered_at": self.now - HOUR, "started_at": self.now - HOUR,
             "deadline_at": self.now + 9 * HOUR}
        )  # fmt: skip
        token = secrets.token_hex(20)
        cookie = _cookie(self.make.app, {"attempt": [str(attempt), 1], "language": "ky", "csrf_token": token})
        return Candidate(f"Cookie: {cookie}\r\nX-CSRF-Token: {token}\r\n", tuple(choices)), score

    def _person(self, number: int, code: str | None) -> tuple[Link, UUID]:
        person, participant, code_id, now = uuid4(), uuid4(), uuid4(), self.now
        link, name = Link(participant, number, number), f"Сынакбек Адам {number}"
        sealed = ("candidate_code", str(code_id), "code")
        self.rows[Person].append(
            {"id": person, "pin_lookup": secrets.token_bytes(32), "surname": "Сынакбек", "given_name": "Адам",
             "patronymic": str(number), "email": f"p{number}@example.kg", "phone": "", "created_at": now,
             "pin_sealed": keyring().seal("link", b"2" * 14, ("person", str(person), "pin")),
             "name_search": search_form(name), "name_sort": sort_form(name)}
        )  # fmt: skip
        self.rows[Participant].append(
            {"id": participant, "sitting_id": self.sitting_id, "person_id": person, "competition_id": self.contest,
             "round": 0, "language": "ky", "seat": number, "presence": Presence.PRESENT,
             "registered_by_id": self.sitting.created_by_id, "registered_at": now}
        )  # fmt: skip
        self.rows[CandidateCode].append(
            {"id": code_id, "sitting_id": self.sitting_id, "ordinal": number, "issued_at": now - 2 * HOUR,
             "link_sealed": seal_link(self.sitting, "candidate_code", code_id, link),
             "lookup": lookup_of(code) if code else secrets.token_bytes(32),
             "code_sealed": seal_with(sitting_key(self.sitting), code.encode(), sealed) if code else None,
             "status": CodeStatus.ISSUED if code else CodeStatus.REDEEMED, "redeemed_at": None if code else now - HOUR}
        )  # fmt: skip
        return link, code_id

    def write(self) -> None:
        """Put what was gathered into the database."""
        for kind, found in self.rows.items():
            if found:
                db.session.execute(insert(kind), found)
                found.clear()


def _cookie(app: Flask, content: dict[str, Any]) -> str:
    """A session cookie as the server itself would sign it."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(content)}"


def _staff_cookie(app: Flask, user: Any) -> str:
    client = app.test_client()
    sign_in(client, user)
    with client.session_transaction() as session:
        return _cookie(app, dict(session))
