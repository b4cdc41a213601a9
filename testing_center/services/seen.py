"""Which questions people have met: what a tie-break never repeats, nor a draw for people who are known (¶29)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import joinedload

from competitions.models import Application, Competition
from competitions.rules import ApplicationState
from core.db import db
from core.i18n import gettext as _
from question_bank.models import TestForm, TestSpecification
from question_bank.services import draws
from question_bank.services.draws import Audience
from question_bank.stock_queries import items_on
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence, SittingStatus

SHOWN = 20  # sittings and competitions that are offered, the newest


def forms_seen(person_ids: Collection[UUID] | Select[UUID]) -> set[UUID]:
    """Forms that any of these people was ever given, in whichever sitting they came to (3 statements).

    The seat gives the variant, so that no link between a person and an attempt is opened. Annulled sittings count: what
    was read there was read.
    """
    known = db.session.scalars(
        select(Participant)
        .where(Participant.person_id.in_(person_ids), Participant.presence == Presence.PRESENT)
        .options(joinedload(Participant.sitting).selectinload(Sitting.forms))
    )
    return {form_given(one.sitting, one.seat).id for one in known if one.sitting.forms}


def form_given(sitting: Sitting, seat: int) -> TestForm:
    """The form that is given out at a seat."""
    return sitting.forms[(seat - 1) % len(sitting.forms)]


def items_seen(person_ids: Collection[UUID] | Select[UUID]) -> set[UUID]:
    """Items, in whichever version, on the forms that any of these people was given."""
    return items_on(forms_seen(person_ids))


@draws.who_has_seen
def audiences(specification: TestSpecification) -> Iterator[Audience]:
    """Those who wait for a new sitting of this test, those of its sittings to come, those admitted and not yet tested.

    A constant number of statements; what they have seen is looked up for the one that is chosen.
    """
    waiting = queries.waiting_anew(specification.id)
    if db.session.scalar(waiting.limit(1)) is not None:
        name = _("those who wait for a new sitting of this test")
        yield Audience("waiting", name, partial(items_seen, waiting), is_meant=True)
    for sitting in db.session.scalars(_to_come(specification)):
        people = select(Participant.person_id).where(
            Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None)
        )
        name = _("those registered for the sitting: %(number)s", number=sitting.number)
        yield Audience(f"sitting:{sitting.id}", name, partial(items_seen, people))
    for competition in db.session.scalars(_untested()):
        people = select(Application.person_id).where(
            Application.competition_id == competition.id, Application.state == ApplicationState.ADMITTED
        )
        name = _("those admitted to the competition: %(number)s", number=competition.number)
        yield Audience(f"competition:{competition.id}", name, partial(items_seen, people))


def _to_come(specification: TestSpecification) -> Select[Sitting]:
    query = select(Sitting).where(Sitting.specification_id == specification.id)
    query = query.where(Sitting.status.in_([SittingStatus.PLANNED, SittingStatus.OPENING]))
    return query.where(exists().where(Participant.sitting_id == Sitting.id)).order_by(Sitting.starts_at).limit(SHOWN)


def _untested() -> Select[Competition]:
    admitted = exists().where(
        Application.competition_id == Competition.id, Application.state == ApplicationState.ADMITTED
    )
    tested = exists().where(Attempt.competition_id == Competition.id)
    query = select(Competition).where(admitted, ~tested)
    return query.order_by(Competition.announced_on.desc(), Competition.number).limit(SHOWN)
