"""Reading competitions."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from competitions.models import Application, Bar, Competition, Person
from competitions.rules import ApplicationState
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


def applications_of(competition: Competition) -> list[Application]:
    """Applications in a competition with their people, by name (1 statement)."""
    query = select(Application).where(Application.competition_id == competition.id).join(Application.person)
    return list(db.session.scalars(query.options(joinedload(Application.person)).order_by(Person.name_sort, Person.id)))


def get_application(application_id: UUID, *, lock: bool = False) -> Application:
    """The application, or 404; with ``lock``, for a change."""
    found = db.session.get(Application, application_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def application_of(competition_id: UUID, person_id: UUID) -> Application | None:
    """The application of a person in a competition, if there is one."""
    return db.session.scalar(
        select(Application).where(Application.competition_id == competition_id, Application.person_id == person_id)
    )


def returns_on(person: Person) -> date | None:
    """The latest day until which this person is barred, None where nothing bars them (¶28)."""
    return db.session.scalar(
        select(func.max(Bar.returns_on)).where(Bar.person_id == person.id, Bar.lifted_at.is_(None))
    )


def barred_among(competition: Competition, *, today: date) -> dict[UUID, date]:
    """Which of those who applied and are not refused are barred today, until when, by person (¶28; 1 statement)."""
    rows = db.session.execute(
        select(Bar.person_id, func.max(Bar.returns_on))
        .join(Application, Application.person_id == Bar.person_id)
        .where(
            Application.competition_id == competition.id,
            Application.state.in_((ApplicationState.FILED, ApplicationState.ADMITTED)),
            Bar.lifted_at.is_(None), Bar.returns_on > today,
        )
        .group_by(Bar.person_id)
    )  # fmt: skip
    return {person_id: until for person_id, until in rows}


def next_number(year: int) -> str:
    """A number that no competition of the year has yet: ``К-2026-18``."""
    prefix = f"К-{year}-"
    numbers = db.session.scalars(
        select(Competition.number).where(Competition.number.startswith(prefix, autoescape=True))
    )
    tails = [number.removeprefix(prefix) for number in numbers]
    return f"{prefix}{max((int(tail) for tail in tails if tail.isdecimal()), default=0) + 1:02}"
