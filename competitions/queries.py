"""Reading competitions."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from werkzeug.exceptions import NotFound

from competitions.models import Competition
from core.db import db
from core.names import search_form


def competitions(text: str = "") -> list[Competition]:
    """Competitions, the latest first; ``text`` is a part of the number, the school or the place."""
    query = select(Competition).order_by(Competition.announced_on.desc(), Competition.number.desc())
    wanted = search_form(text)
    return [found for found in db.session.scalars(query) if not wanted or wanted in _searched(found)]


def _searched(found: Competition) -> str:
    # Databases do not fold Kyrgyz letters; competitions are some hundreds, so they are searched here.
    return search_form(" ".join((found.number, found.school_ky, found.school_ru, found.place_ky, found.place_ru)))


def get_competition(competition_id: UUID, *, lock: bool = False) -> Competition:
    """The competition, or 404; with ``lock``, for a change."""
    found = db.session.get(Competition, competition_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def next_number(year: int) -> str:
    """A number that no competition of the year has yet: ``К-2026-18``."""
    prefix = f"К-{year}-"
    numbers = db.session.scalars(
        select(Competition.number).where(Competition.number.startswith(prefix, autoescape=True))
    )
    tails = [number.removeprefix(prefix) for number in numbers]
    return f"{prefix}{max((int(tail) for tail in tails if tail.isdecimal()), default=0) + 1:02}"
