"""Preparing, opening and closing a sitting; registering who sits it (¶24, 28)."""

from __future__ import annotations

import enum
import ipaddress

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


class IncidentCategory(enum.StrEnum):
    """What an incident is about."""

    ENVIRONMENT = "environment"
    CANDIDATE = "candidate"
    STAFF = "staff"
    TECHNICAL = "technical"


class AlreadyRegistered(Refusal):
    code = "already_registered"
    message = _l("This person is registered already: %(sitting)s.")


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
    code = "not_ready"
    message = _l("The sitting cannot be opened yet. Missing: %(missing)s")


class AttemptsRunning(Refusal):
    code = "attempts_running"
    message = _l("The sitting cannot be closed while a test is running. Still working: %(n)s.")


class FormsMissing(Refusal):
    code = "forms_missing"
    message = _l("Choose at least one sealed form of this specification.")


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


class CentreInUse(Refusal):
    code = "number_taken"
    message = _l("This number is taken already: %(number)s.")


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


def is_within(address: str, ranges: str) -> bool:
    """Whether an address lies in one of the ranges; no ranges admit every address."""
    if not ranges:
        return True
    try:
        host = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(host in ipaddress.ip_network(part.strip()) for part in ranges.split(","))
