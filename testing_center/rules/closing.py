"""Closing a sitting: everybody who was expected is accounted for, and so is every slip that was printed (¶24)."""

from __future__ import annotations

import enum
from collections.abc import Collection
from uuid import UUID

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from testing_center.rules.sittings import Presence, Unsat


class Gap(enum.StrEnum):
    """What is not known yet of somebody who was expected."""

    UNMARKED = "unmarked"  # nobody has written down whether they came
    NO_GROUNDS = "no_grounds"  # not let in, and nobody has written down why
    NEVER_BEGAN = "never_began"  # came, and no test of theirs ever began


GAP_NAMES = {
    Gap.UNMARKED: _l("Not marked at the presence check"),
    Gap.NO_GROUNDS: _l("Not let in; the grounds are missing"),
    Gap.NEVER_BEGAN: _l("Came, but the test never began"),
}
UNSAT_NAMES = {
    Unsat.LEFT: _l("Left before the test"),
    Unsat.DID_NOT_START: _l("Did not start the test"),
}


class PeopleUnaccounted(Refusal):
    code = "people_unaccounted"
    message = _l("Write down first what became of everybody who was expected. Still open: %(n)s.")


class NothingToExplain(Refusal):
    code = "nothing_to_explain"
    message = _l("There is nothing to explain: the person did not come, or their test began.")


class SlipsDiffer(Refusal):
    code = "slips_differ"
    message = _l(
        "The slips do not add up, so write down why. Printed and not used: %(expected)s. Counted by hand: %(counted)s."
    )


class SlipsUncounted(Refusal):
    code = "slips_uncounted"
    message = _l("Count the paper slips that are left over and write down how many there are.")


class NotProctored(Refusal):
    code = "not_proctored"
    status = 403
    title = _l("No permission")
    message = _l("The summary protocol is signed by the proctors of the sitting.")


class SignedAlready(Refusal):
    code = "signed_already"
    message = _l("You have signed this protocol already.")


class NotSignedAnew(Refusal):
    """Two others answer for a later version; it names the one that the proctors signed by its digest."""

    code = "not_signed_anew"
    message = _l("Proctors sign the first version only: it says what they saw.")


def gap_of(presence: Presence, *, has_begun: bool, has_grounds: bool, unsat: Unsat | None) -> Gap | None:
    """What is still to be said of somebody who was expected; None where they are accounted for."""
    if has_begun:
        return None
    if presence == Presence.EXPECTED:
        return Gap.UNMARKED
    if presence == Presence.REFUSED and not has_grounds:
        return Gap.NO_GROUNDS
    if presence == Presence.PRESENT and unsat is None:
        return Gap.NEVER_BEGAN
    return None


def check_slips(expected: int, counted: int | None, reason: str) -> None:
    """The paper slips in hand are as many as were printed and not used, or it is written down why not.

    Raises:
        SlipsUncounted: nobody has counted them, and there must be some.
        SlipsDiffer: another number, without a reason.
    """
    if counted is None or counted < 0:
        if counted is None and not expected:
            return
        raise SlipsUncounted
    if counted != expected and not reason.strip():
        raise SlipsDiffer(expected=expected, counted=counted)


def check_may_sign(by: UUID, *, proctors: Collection[UUID], signed: Collection[UUID], version: int) -> None:
    """A proctor of the sitting signs its first summary protocol, once.

    Raises:
        NotProctored, NotSignedAnew, SignedAlready.
    """
    if by not in proctors:
        raise NotProctored
    if version != 1:
        raise NotSignedAnew
    if by in signed:
        raise SignedAlready
