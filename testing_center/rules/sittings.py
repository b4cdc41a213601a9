"""Preparing, opening and closing a sitting; registering who sits it (¶24, 28)."""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Collection
from uuid import UUID

from core.errors import Refusal
from core.i18n import lazy_gettext as _l


class SittingStatus(enum.StrEnum):
    """Life of a sitting."""

    PLANNED = "planned"
    OPENING = "opening"  # one of two persons has confirmed
    OPEN = "open"
    CLOSED = "closed"


class Presence(enum.StrEnum):
    """Whether a participant came and was recognised."""

    EXPECTED = "expected"
    PRESENT = "present"
    ABSENT = "absent"
    REFUSED = "refused"  # not recognised, or came without the document


class Unsat(enum.StrEnum):
    """What became of somebody who came and whose test never began."""

    LEFT = "left"
    DID_NOT_START = "did_not_start"


class IncidentCategory(enum.StrEnum):
    """What an incident is about."""

    ENVIRONMENT = "environment"
    CANDIDATE = "candidate"
    STAFF = "staff"
    TECHNICAL = "technical"


SITTING_NAMES = {
    SittingStatus.PLANNED: _l("In preparation"),
    SittingStatus.OPENING: _l("Being opened"),
    SittingStatus.OPEN: _l("Running"),
    SittingStatus.CLOSED: _l("Closed"),
}
PRESENCE_NAMES = {
    Presence.EXPECTED: _l("Expected"),
    Presence.PRESENT: _l("Present"),
    Presence.ABSENT: _l("Absent"),
    Presence.REFUSED: _l("Not let in"),
}
INCIDENT_NAMES = {
    IncidentCategory.ENVIRONMENT: _l("Room and power"),
    IncidentCategory.CANDIDATE: _l("Candidate"),
    IncidentCategory.STAFF: _l("Staff"),
    IncidentCategory.TECHNICAL: _l("Computer or network"),
}
MISSING_NAMES = {
    "forms": _l("sealed forms"),
    "proctors": _l("a proctor"),
    "commission": _l("an approved technical commission with a chair in office"),
    "participants": _l("participants"),
    "codes": _l("codes for every participant"),
}


class AlreadyRegistered(Refusal):
    code = "already_registered"
    message = _l("This person is registered already: %(sitting)s.")


class OtherTerms(Refusal):
    """¶29 ranks by score: scores of tests that differ in size, cut score or time do not compare."""

    code = "other_terms"
    message = _l(
        "Others of this competition sit a test with another number of questions, cut score or time: the scores could "
        "not be compared. Sitting: %(sitting)s."
    )


class NoFreeSeat(Refusal):
    code = "no_free_seat"
    message = _l("The room has no free seat: it has %(seats)s.")


class SittingAlreadyOpen(Refusal):
    code = "sitting_already_open"
    message = _l("The sitting is open or closed already: nothing can be changed in it.")


class SittingNotRunning(Refusal):
    code = "sitting_not_running"
    message = _l("The sitting is not open.")


class SecondPersonNeeded(Refusal):
    code = "second_person_needed"
    message = _l("A second person must confirm the opening: you were the first.")


class NotReady(Refusal):
    """``missing`` are stable codes (see ``MISSING_NAMES``), joined by commas; the sentence names them in words."""

    code = "not_ready"
    message = _l("The sitting cannot be opened yet. Missing: %(missing)s")

    def __str__(self) -> str:
        words = [str(MISSING_NAMES[code]) for code in str(self.params["missing"]).split(", ")]
        return str(self.message) % {"missing": ", ".join(words)}


class AttemptsRunning(Refusal):
    code = "attempts_running"
    message = _l("The sitting cannot be closed while a test is running. Still working: %(n)s.")


class FormsMissing(Refusal):
    code = "forms_missing"
    message = _l("Choose at least one sealed form of this specification.")


class FormSpent(Refusal):
    """What was shown to the commission is known outside: the form is not sat again (¶35)."""

    code = "form_spent"
    message = _l("The key of this form was shown at a hearing, so the form is not used again. Form: %(form)s.")


class ProctorMissing(Refusal):
    code = "proctor_missing"
    message = _l("Appoint at least one proctor.")


class NotProctorHere(Refusal):
    code = "not_proctor_here"
    status = 403
    title = _l("No permission")
    message = _l("You are not a proctor of this sitting.")


class AddressRangeInvalid(Refusal):
    code = "address_range_invalid"
    message = _l("The address range is not valid: %(text)s. Example: 192.168.10.0/24")


class TestedAlready(Refusal):
    code = "tested_already"
    message = _l("This person has begun the test, so the registration does not change.")


class AlreadyWithdrawn(Refusal):
    code = "already_withdrawn"
    message = _l("This registration was withdrawn already.")


class NoExtraTime(Refusal):
    code = "no_extra_time"
    message = _l("No extra time is granted to this person.")


class ParticipantsFileRefused(Refusal):
    code = "participants_file_refused"
    title = _l("Nothing was registered")
    message = _l("The file has faults, so nobody was registered. Rows refused: %(n)s.")


class ParticipantsFileExpired(Refusal):
    code = "participants_file_expired"
    status = 410
    title = _l("The file is no longer kept")
    message = _l("The file was kept for an hour. Choose it again.")


class NumberTaken(Refusal):
    code = "number_taken"
    message = _l("This number is taken already: %(number)s.")


class NameTaken(Refusal):
    code = "name_taken"
    message = _l("This name is taken already: %(name)s.")


class SeatInUse(Refusal):
    code = "seat_in_use"
    message = _l(
        "The room cannot have fewer seats than it has now. Mark seats that cannot be used instead. Seats: %(n)s."
    )


def check_runs(user_id: UUID, proctor_ids: Collection[UUID], *, is_administrator: bool) -> None:
    """Only an appointed proctor of the sitting or a test administrator runs it (¶24).

    Raises:
        NotProctorHere: somebody else.
    """
    if not is_administrator and user_id not in proctor_ids:
        raise NotProctorHere


def check_address_ranges(text: str) -> str:
    """Comma-separated networks, normalised (empty means: any workstation).

    Raises:
        AddressRangeInvalid: a part that is no network.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return ", ".join(str(ipaddress.ip_network(part, strict=False)) for part in parts)
    except ValueError as error:
        raise AddressRangeInvalid(text=text) from error


def check_address(text: str) -> str:
    """One address of a computer, normalised (empty: none).

    Raises:
        AddressRangeInvalid: no address.
    """
    try:
        return str(ipaddress.ip_address(text.strip())) if text.strip() else ""
    except ValueError as error:
        raise AddressRangeInvalid(text=text) from error


def is_within(address: str, ranges: str) -> bool:
    """Whether an address lies in one of the ranges; no ranges admit every address."""
    if not ranges:
        return True
    try:
        host = ipaddress.ip_address(address)
    except ValueError:
        return False
    host = getattr(host, "ipv4_mapped", None) or host  # a server that listens on [::] sees ::ffff:192.168.10.7
    return any(host in ipaddress.ip_network(part.strip()) for part in ranges.split(","))
