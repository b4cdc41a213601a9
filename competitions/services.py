"""Announcing a competition, and correcting it before anybody takes part (¶15–16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import select

from accounts.models import User
from competitions import rules
from competitions.models import Competition
from competitions.rules import Financing
from core import audit
from core.db import db
from regulation.law import CURRENT

Use = Callable[[Competition], bool]
_uses: list[Use] = []


def use(check: Use) -> Use:
    """Register a room's answer to whether somebody takes part already; the rooms above know, this one does not."""
    _uses.append(check)
    return check


def is_in_use(competition: Competition) -> bool:
    """Whether the competition may no longer change."""
    return any(check(competition) for check in _uses)


@dataclass(frozen=True)
class CompetitionData:
    """What is announced."""

    number: str
    school_ky: str
    school_ru: str
    place_ky: str
    place_ru: str
    financing: Financing
    announced_on: date


def announce(data: CompetitionData, *, by: User, now: datetime, is_demo: bool = False) -> Competition:
    """Write down a competition under the law in force today, which it keeps.

    Raises:
        NumberTaken: another competition has this number.
    """
    _check_number(data.number, None)
    competition = Competition(
        id=uuid4(), law_version=CURRENT.version, created_at=now, is_demo=is_demo, **vars(data)
    )  # fmt: skip
    db.session.add(competition)
    audit.record("competition.announced", competition, by=by, at=now, law=competition.law_version, **vars(data))
    return competition


def correct(competition: Competition, data: CompetitionData, *, by: User, now: datetime) -> None:
    """Correct a competition in which nobody takes part yet.

    Raises:
        CompetitionInUse: somebody is registered.
        NumberTaken: another competition has this number.
    """
    if is_in_use(competition):
        raise rules.CompetitionInUse
    _check_number(data.number, competition)
    for name, value in vars(data).items():
        setattr(competition, name, value)
    audit.record("competition.corrected", competition, by=by, at=now, **vars(data))


def _check_number(number: str, own: Competition | None) -> None:
    known = db.session.scalar(select(Competition).where(Competition.number == number))
    if known is not None and known is not own:
        raise rules.NumberTaken(number=number)
