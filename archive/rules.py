"""What is kept how long (¶36, 39), who may destroy it, and what stops them."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from appeals.rules.states import AppealOutcome
from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from ranking.rules.reserve import kept_until
from regulation.law import Regulation


class Series(enum.StrEnum):
    """Kinds of records that are kept and destroyed together."""

    COMMISSION = "commission"  # what the technical commission had and wrote on one appeal (¶36)
    COMPETITION = "competition"  # protocols and documents of one competition (¶39)


SERIES_NAMES = {
    Series.COMMISSION: _l("Materials of the technical commission"),
    Series.COMPETITION: _l("Protocols and documents of the competition"),
}


class ActStatus(enum.StrEnum):
    """An act of destruction is prepared by one person and carried out, or cancelled, by another."""

    PREPARED = "prepared"
    CARRIED_OUT = "carried_out"
    CANCELLED = "cancelled"


ACT_NAMES = {
    ActStatus.PREPARED: _l("Waits for the second person"),
    ActStatus.CARRIED_OUT: _l("Carried out"),
    ActStatus.CANCELLED: _l("Cancelled"),
}

REASON_MAX = 500  # characters


class NotDue(Refusal):
    code = "not_due"
    message = _l("This must still be kept. Number: %(number)s. It may be destroyed from: %(day)s.")


class OnHold(Refusal):
    code = "on_hold"
    message = _l("A legal hold forbids to destroy this. Competition: %(number)s.")


class StillOpen(Refusal):
    code = "appeal_still_open"
    message = _l("An appeal of this competition is not closed. Number: %(number)s.")


class NothingChosen(Refusal):
    code = "nothing_chosen"
    message = _l("Choose at least one of the records that may be destroyed now.")


class SecondPersonNeeded(Refusal):
    code = "second_person_needed"
    message = _l("An act of destruction is carried out by another person than the one who prepared it.")


class ActDecided(Refusal):
    code = "act_decided"
    message = _l("This act was carried out or cancelled already.")


class ActWaits(Refusal):
    code = "act_waits"
    message = _l("Another act waits for its second person. Number: %(number)s.")


class RecordBroken(Refusal):
    code = "record_broken"
    message = _l(
        "The journal and this record do not agree, so it is evidence and is not destroyed. Number: %(number)s. "
        "Journal entry: %(entry)s."
    )


class HoldLifted(Refusal):
    code = "hold_lifted"
    message = _l("This hold was lifted already.")


class GroundNeeded(Refusal):
    code = "ground_needed"
    message = _l("State the ground: whose demand it is, its number and date.")


def years_kept(series: Series, law: Regulation) -> int:
    """Years from the closing event: commission materials 1 (¶36), protocols and documents 5 (¶39, Annex 3)."""
    return law.commission_archive_years if series == Series.COMMISSION else law.archive_years


def may_be_destroyed_from(closed_on: date, years: int) -> date:
    """The first day on which what was closed on ``closed_on`` need not be kept any more (¶36, 39).

    The period ends with the same calendar day ``years`` later, which still belongs to it
    (:func:`ranking.rules.reserve.kept_until`).
    """
    return kept_until(closed_on, years) + timedelta(days=1)


def keeps_its_protocol(outcome: AppealOutcome | None) -> bool:
    """Whether an appeal's protocol stays as long as the test protocol that names it (¶36): it changed something."""
    return outcome in {AppealOutcome.UPHELD, AppealOutcome.UPHELD_IN_PART}


def check_due(number: str, first_day: date, *, today: date) -> None:
    """Refuse to destroy before the first day; that day itself is free (¶36, 39)."""
    if today < first_day:
        raise NotDue(number=number, day=f"{first_day:%d.%m.%Y}")


def check_not_held(number: str, competitions: Collection[UUID], held: Collection[UUID]) -> None:
    """Refuse to destroy what belongs to a competition under a legal hold."""
    if not set(competitions).isdisjoint(held):
        raise OnHold(number=number)


def check_two(prepared_by: UUID, by: UUID) -> None:
    """Refuse one person who would destroy alone."""
    if prepared_by == by:
        raise SecondPersonNeeded


def check_waits(status: ActStatus) -> None:
    """Refuse to carry out or cancel an act a second time."""
    if status != ActStatus.PREPARED:
        raise ActDecided


def check_ground(text: str) -> None:
    """Refuse a hold, or its end, without a ground."""
    if not text.strip():
        raise GroundNeeded
