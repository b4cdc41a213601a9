"""The readiness list of a sitting: what is done, what is next, what is advised, and where to go for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app, url_for

from accounts.rules import Permission
from core.clock import request_now
from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.codes import CodeStatus
from testing_center.rules.seats import write_seats
from testing_center.rules.sittings import SittingStatus
from testing_center.services import dealing, workstation_checks
from testing_center.views.room import me


class Need(NamedTuple):
    """One thing before the opening. Rooms above hand in plain tuples of the same order.

    ``hint`` says what to do where it is not done; ``endpoint`` is the page for it, which ``permission`` opens. What is
    ``is_advice`` keeps nobody from opening the sitting.
    """

    label: str
    detail: str
    is_done: bool
    hint: str = ""
    endpoint: str = ""
    permission: Permission | None = None
    is_advice: bool = False
    values: dict[str, Any] | None = None  # of the address; the sitting's id where none are given


class Step(NamedTuple):
    """A step as the page shows it; ``state`` is done, now, off (advised, not done) or empty."""

    label: str
    detail: str
    state: str
    hint: str
    href: str
    is_advice: bool


def steps_of(sitting: Sitting) -> list[Step]:
    """The steps in order; the first one that is needed and not done is the one to take now.

    Rooms above add theirs after the proctors: ``readiness_steps`` holds functions from a sitting to a :class:`Need`.
    """
    over = sitting.status in (SittingStatus.OPEN, SittingStatus.CLOSED)
    people = staff_queries.participants(sitting)
    needs = [
        *_what_is_sat(sitting),
        *(Need(*step(sitting)) for step in current_app.extensions.get("readiness_steps", ())),
        *_who_sits(people),
        *_where(sitting, people),
        *_codes(sitting, people),
        Need(_("Opening confirmed by the first person"), _act(sitting, 1), sitting.opening_by is not None),
        Need(_("Opening confirmed by the second person"), _act(sitting, 2), over),
    ]
    current = next((need for need in needs if not need.is_done and not need.is_advice), None)
    # Once the sitting is open, what was left out before is no longer a step to take.
    return [_step(need, sitting, over=over, is_current=need is current) for need in needs]


def _step(need: Need, sitting: Sitting, *, over: bool, is_current: bool) -> Step:
    waits = not need.is_done and not over
    state = "done" if need.is_done else "now" if is_current and waits else "off" if need.is_advice else ""
    hint = need.hint if waits else ""
    may_go = hint and need.endpoint and (need.permission is None or need.permission in me().permissions)
    href = url_for(need.endpoint, **(need.values or {"sitting_id": sitting.id})) if may_go else ""
    return Step(need.label, need.detail, state, hint, href, need.is_advice)


def _what_is_sat(sitting: Sitting) -> list[Need]:
    zone, specification = sitting.zone, sitting.specification
    approved = format_date(specification.approved_at, zone) if specification.approved_at else ""
    sealed_at = max((form.sealed_at for form in sitting.forms), default=None)
    sealed = format_date(sealed_at, zone) if sealed_at else ""
    terms = _("Terms of the main test") if specification.is_tie_break else str(specification.cut_score)
    appoint = _("Appoint at least one proctor.")
    return [
        Need(_("Cut score approved"), f"{terms} · {approved}", bool(approved)),
        Need(_("Forms sealed"), f"{len(sitting.forms)} · {sealed}", bool(sitting.forms)),
        Need(_("Proctors appointed"), _("People: %(n)s", n=len(sitting.proctors)), bool(sitting.proctors), appoint,
             "sittings.proctors", Permission.SITTINGS_MANAGE),
    ]  # fmt: skip


def _who_sits(people: list[Participant]) -> list[Need]:
    manage = ("participants.index", Permission.PARTICIPANTS_MANAGE)
    extra = sum(one.extra_minutes > 0 for one in people)
    register = _("Register people one by one, or all of them from an Excel file.")
    return [
        Need(_("Participants registered"), _("People: %(n)s", n=len(people)), bool(people), register, *manage),
        # An accommodation is granted on somebody's request: where nobody asked, nothing is missing.
        Need(_("Extra time granted beforehand"), _("People: %(n)s", n=extra), bool(people),
             _("Ask who needs it before the sitting is opened."), *manage, is_advice=True),
    ]  # fmt: skip


def _where(sitting: Sitting, people: list[Participant]) -> list[Need]:
    usable = sum(workstation.is_usable for workstation in sitting.room.workstations)
    room = {"centre_id": sitting.room.centre_id, "room_id": sitting.room_id}
    checked = workstation_checks.checked_for(sitting, now=request_now())
    hint = _("Open the address for checking on each computer of the room.")
    if checked.unfit:
        hint = _("Not fit for a test, seats: %(seats)s", seats=write_seats(checked.unfit))
    page = ("centres.workstations", Permission.CENTRES_MANAGE)
    needs = [
        Need(_("Workstations ready"), f"{usable} / {len(people)}", bool(people) and usable >= len(people),
             _("The room has fewer workstations that can be used than participants.") if people else "",
             *page, values=room),
        Need(_("Workstations checked since yesterday"), f"{checked.checked} / {checked.usable}",
             0 < checked.usable == checked.checked and not checked.unfit, hint, *page, is_advice=True, values=room),
    ]  # fmt: skip
    rivals, dealt = dealing.rivals_side_by_side(sitting, people), dealing.dealt_at(sitting)
    # Where the room is too full to sit them apart, nothing better is left to do once all seats were dealt anew.
    stands = not rivals or (dealt is not None and all(one.registered_at <= dealt for one in people))
    hint = _("Rivals for one post sit side by side: deal the seats again before codes are issued.")
    if people:
        needs.append(
            Need(_("Rivals sit apart"), _("Neighbouring pairs: %(n)s", n=rivals), stands,
                 hint if dealing.may_deal(sitting) else "", "participants.index", Permission.PARTICIPANTS_MANAGE,
                 is_advice=True)
        )  # fmt: skip
    return needs


def _codes(sitting: Sitting, people: list[Participant]) -> list[Need]:
    codes, printed = staff_queries.code_counts(sitting), staff_queries.last_print(sitting)
    issued = codes[CodeStatus.ISSUED] + codes[CodeStatus.REDEEMED] + codes[CodeStatus.EXPIRED]
    page = ("codes.index", Permission.CODES_MANAGE)
    return [
        Need(_("Codes issued"), f"{issued} / {len(people)}", bool(people) and issued >= len(people),
             _("Everybody without a code gets one.") if people else "", *page),
        Need(_("Slips printed"), _moment(sitting, printed), bool(printed),
             _("Print slips and the envelope list, and put them into envelopes.") if issued else "", *page,
             is_advice=True),
    ]  # fmt: skip


def _moment(sitting: Sitting, at: datetime | None) -> str:
    return format_datetime(at, sitting.zone) if at else _("Not yet")


def _act(sitting: Sitting, which: int) -> str:
    who, at = (
        (sitting.opening_by, sitting.opening_at) if which == 1 else (sitting.opened_by, sitting.opened_at)
    )  # fmt: skip
    return f"{who.full_name} · {format_datetime(at, sitting.zone)}" if who and at else ""
