"""The papers that say who sits where: the plan of the room and the attendance sheet."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from core import audit
from core.db import transaction
from testing_center.documents import attendance as attendance_document
from testing_center.documents import seat_plan as plan_document
from testing_center.models.sittings import Participant, Sitting
from testing_center.services import papers, printing
from testing_center.services.dealing import people_of


def plan_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The plan of the room with a name at each seat, and the list of names for the door; every print is audited.

    Raises:
        Destroyed: nothing of this sitting is kept any more.
    """
    printing.check_kept_of(sitting)
    people = people_of(sitting)
    sits = [plan_document.Sits(one.seat, one.person.surname, _initials(one)) for one in people]
    by_name = sorted(people, key=lambda one: one.person.name_sort)
    pdf = plan_document.draw(
        plan_document.SeatPlan(
            **printing.head_of(sitting), room=sitting.room.name, printed_at=now,
            seats={one.seat: one.is_usable for one in sitting.room.workstations}, per_row=sitting.room.seats_per_row,
            sits=sits, names=[(one.person.full_name, one.seat) for one in by_name],
        )
    )  # fmt: skip
    with transaction(joins=True):
        audit.record("seat_plan.printed", sitting, by=by, at=now, count=len(people))
    return pdf


def attendance_pdf(sitting: Sitting, *, by: User, now: datetime) -> bytes:
    """The attendance sheet by name, with room for signatures; every print is audited.

    Raises:
        Destroyed: nothing of this sitting is kept any more.
    """
    printing.check_kept_of(sitting)
    people = sorted(people_of(sitting), key=lambda one: one.person.name_sort)
    names = papers.organisation()
    pdf = attendance_document.draw(
        attendance_document.Attendance(
            **printing.head_of(sitting), department=(names["department_ky"], names["department_ru"]),
            room=sitting.room.name, printed_at=now, proctors=[one.full_name for one in sitting.proctors],
            expected=[
                attendance_document.Expected(one.person.full_name, one.language, one.seat, one.extra_minutes)
                for one in people
            ],
        )
    )  # fmt: skip
    with transaction(joins=True):
        audit.record("attendance_sheet.printed", sitting, by=by, at=now, count=len(people))
    return pdf


def _initials(one: Participant) -> str:
    parts = (one.person.given_name, one.person.patronymic)
    return " ".join(f"{part[0]}." for part in parts if part)
