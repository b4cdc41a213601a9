"""What staff do to candidates during a sitting: each act with a category and a reason, grave ones by two persons."""

from __future__ import annotations

import enum
from datetime import timedelta
from uuid import UUID

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.sittings import IncidentCategory
from testing_center.rules.time import EXTRA_MOST

MESSAGE_MOST = 300  # characters


class ActKind(enum.StrEnum):
    """What is done."""

    AUTHORISE = "authorise"
    PAUSE = "pause"
    RESUME = "resume"
    MESSAGE = "message"
    EXTEND = "extend"
    OUTAGE = "outage"
    END = "end"
    TIME_UP = "time_up"


class ActStatus(enum.StrEnum):
    """Life of an act: most are done at once; one that needs two persons waits for the second."""

    DONE = "done"
    WAITING = "waiting"
    DECLINED = "declined"
    LAPSED = "lapsed"  # everybody it concerned had ended before a second person confirmed it


ACT_NAMES = {
    ActKind.AUTHORISE: _l("Leave to start"),
    ActKind.PAUSE: _l("Pause"),
    ActKind.RESUME: _l("Going on"),
    ActKind.MESSAGE: _l("Message"),
    ActKind.EXTEND: _l("Extension"),
    ActKind.OUTAGE: _l("Time lost to an outage"),
    ActKind.END: _l("Ending by staff"),
    ActKind.TIME_UP: _l("End at the deadline"),
}
STATUS_NAMES = {
    ActStatus.DONE: _l("Done"),
    ActStatus.WAITING: _l("Waits for a second person"),
    ActStatus.DECLINED: _l("Declined"),
    ActStatus.LAPSED: _l("Lapsed"),
}
# Whose attempt an act may concern. An extension of a test that waits would be an accommodation. Whoever has entered and
# is paused does not begin until they are let go on.
CONCERNS = {
    ActKind.AUTHORISE: {AttemptStatus.READY},
    ActKind.PAUSE: {AttemptStatus.READY, AttemptStatus.IN_PROGRESS},
    ActKind.RESUME: {AttemptStatus.READY, AttemptStatus.PAUSED},
    ActKind.MESSAGE: {AttemptStatus.READY, AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED},
    ActKind.EXTEND: {AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED},
    ActKind.OUTAGE: {AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED},
    ActKind.END: {AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED},
    ActKind.TIME_UP: {AttemptStatus.PAUSED},  # only where the clock stands at the deadline itself
}


# What an act is about unless the staff say otherwise, and reasons that are offered beside their own words; the reason
# of a message is its text.
USUALLY = {
    ActKind.AUTHORISE: IncidentCategory.STAFF,
    ActKind.PAUSE: IncidentCategory.ENVIRONMENT,
    ActKind.RESUME: IncidentCategory.ENVIRONMENT,
    ActKind.MESSAGE: IncidentCategory.STAFF,
    ActKind.EXTEND: IncidentCategory.CANDIDATE,
    ActKind.OUTAGE: IncidentCategory.TECHNICAL,
    ActKind.END: IncidentCategory.CANDIDATE,
    ActKind.TIME_UP: IncidentCategory.TECHNICAL,
}
REASONS = {
    ActKind.AUTHORISE: [_l("Everybody is in their place"), _l("The candidate came later")],
    ActKind.PAUSE: [_l("Alarm in the building"), _l("The power is off"), _l("The candidate is unwell")],
    ActKind.RESUME: [_l("The reason of the pause is over")],
    ActKind.EXTEND: [_l("The workstation was changed"), _l("Noise in the room")],
    ActKind.OUTAGE: [_l("The network of the room was down"), _l("The power was off"), _l("The computer failed")],
    ActKind.END: [_l("The candidate left the room"), _l("A breach of the rules"), _l("The candidate asked for it")],
    ActKind.TIME_UP: [_l("The candidate had left before the end"), _l("Nothing was lost")],
}


class NobodyConcerned(Refusal):
    code = "nobody_concerned"
    message = _l("None of the seats that you chose can be meant: look at their states and choose again.")


class MinutesInvalid(Refusal):
    code = "minutes_invalid"
    message = _l("Give whole minutes, from 1 to %(most)s.")


class MessageInvalid(Refusal):
    code = "message_invalid"
    message = _l("Write what candidates shall read, at most so many characters: %(most)s.")


class OutageInvalid(Refusal):
    code = "outage_invalid"
    message = _l("An outage ends after it began, and not in the future.")


class NothingLost(Refusal):
    code = "nothing_lost"
    message = _l("No interruption is recorded for these seats in this time.")


class TimeUndecided(Refusal):
    code = "time_undecided"
    message = _l(
        "The connection was lost here, and nobody has decided about this time yet. "
        "First give it back, or let a second person decline that with a reason."
    )


class OtherPersonNeeded(Refusal):
    code = "other_person_needed"
    message = _l("A second person decides: you asked for this yourself.")


class ActDecided(Refusal):
    code = "act_decided"
    message = _l("This was decided already, or everybody it concerned has ended.")


def check_minutes(minutes: int) -> timedelta:
    """The length of an extension.

    Raises:
        MinutesInvalid: none, or more than ``EXTRA_MOST``.
    """
    most = EXTRA_MOST // timedelta(minutes=1)
    if not 0 < minutes <= most:
        raise MinutesInvalid(most=most)
    return timedelta(minutes=minutes)


def check_message(text: str) -> str:
    """The words of a message, trimmed.

    Raises:
        MessageInvalid: none, or more than ``MESSAGE_MOST`` characters.
    """
    said = text.strip()
    if not 0 < len(said) <= MESSAGE_MOST:
        raise MessageInvalid(most=MESSAGE_MOST)
    return said


def check_decides(asked_by: UUID, by: UUID, status: ActStatus) -> None:
    """Only another person decides, once.

    Raises:
        ActDecided: it does not wait any more.
        OtherPersonNeeded: the one who asked.
    """
    if status != ActStatus.WAITING:
        raise ActDecided
    if asked_by == by:
        raise OtherPersonNeeded
