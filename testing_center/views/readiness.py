"""The readiness list of a sitting: what is done, what is next, what needs a person."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.models.sittings import Sitting
from testing_center.rules.codes import CodeStatus
from testing_center.rules.sittings import SittingStatus


@dataclass(frozen=True)
class Step:
    """A step as the page shows it; ``state`` is done, now, late or empty."""

    label: str
    detail: str
    state: str


def steps_of(sitting: Sitting) -> list[Step]:
    """The steps in order; the first one that is not done is the one to take now.

    Rooms above add theirs after the proctors: ``readiness_steps`` holds functions from a sitting to the step's words,
    its detail and whether it is done.
    """
    zone, specification = sitting.zone, sitting.specification
    people = len(staff_queries.participants(sitting))
    codes, printed = staff_queries.code_counts(sitting), staff_queries.last_print(sitting)
    issued = codes[CodeStatus.ISSUED] + codes[CodeStatus.REDEEMED] + codes[CodeStatus.EXPIRED]
    seats = sum(workstation.is_usable for workstation in sitting.room.workstations)
    over = sitting.status in (SittingStatus.OPEN, SittingStatus.CLOSED)
    approved = format_date(specification.approved_at, zone) if specification.approved_at else ""
    sealed_at = max((form.sealed_at for form in sitting.forms), default=None)
    sealed = format_date(sealed_at, zone) if sealed_at else ""
    terms = _("Terms of the main test") if specification.is_tie_break else str(specification.cut_score)
    facts = [
        (_("Cut score approved"), f"{terms} · {approved}", bool(approved)),
        (_("Forms sealed"), f"{len(sitting.forms)} · {sealed}", bool(sitting.forms)),
        (_("Proctors appointed"), _("People: %(n)s", n=len(sitting.proctors)), bool(sitting.proctors)),
        *(step(sitting) for step in current_app.extensions.get("readiness_steps", ())),
        (_("Participants registered"), _("People: %(n)s", n=people), bool(people)),
        (_("Workstations ready"), f"{seats} / {people}", bool(people) and seats >= people),
        (_("Codes issued"), f"{issued} / {people}", bool(people) and issued >= people),
        (_("Slips printed"), format_datetime(printed, zone) if printed else _("Not yet"), bool(printed)),
        (_("Opening confirmed by the first person"), _act(sitting, 1), sitting.opening_by is not None),
        (_("Opening confirmed by the second person"), _act(sitting, 2), over),
    ]  # fmt: skip
    current = next((index for index, fact in enumerate(facts) if not fact[2]), len(facts))
    # Once the sitting is open, what was left out before is no longer a step to take.
    return [
        Step(label, detail, "done" if done else "now" if index == current and not over else "")
        for index, (label, detail, done) in enumerate(facts)
    ]


def _act(sitting: Sitting, which: int) -> str:
    who, at = (
        (sitting.opening_by, sitting.opening_at) if which == 1 else (sitting.opened_by, sitting.opened_at)
    )  # fmt: skip
    return f"{who.full_name} · {format_datetime(at, sitting.zone)}" if who and at else ""
