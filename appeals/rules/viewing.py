"""The key on the commission's screen: who is there, how long, and who has seen it (¶35)."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

VIEWING_LASTS = timedelta(hours=4)  # then it ends by itself: the key is not on a screen that nobody looks at (ADR 0015)
GAP = timedelta(seconds=60)  # a longer pause between two saves is shown at key review


class CandidateAbsent(Refusal):
    code = "candidate_absent"
    message = _l("The key is shown only while the candidate is here. Confirm that they are.")


class NotAtViewing(Refusal):
    code = "not_at_viewing"
    status = 403
    title = _l("No permission")
    message = _l("Only who was there when the key was shown writes down findings and votes.")


class FormInUse(Refusal):
    code = "form_in_use"
    message = _l("The key is not shown while somebody still sits a test with one of these questions.")


class ViewingNotOpen(Refusal):
    code = "viewing_not_open"
    status = 403
    title = _l("The key is closed")
    message = _l("The key is shown only during a viewing that you have begun in the hearing.")


def check_candidate(is_here: bool) -> None:
    """The key is shown in the candidate's presence, asked anew for each viewing (¶35)."""
    if not is_here:
        raise CandidateAbsent


def viewing_ends_by(begun_at: datetime) -> datetime:
    """When a viewing of the key that nobody ends is over (¶35, decision)."""
    return begun_at + VIEWING_LASTS


def is_viewing_open(begun_at: datetime, ended_at: datetime | None, *, now: datetime) -> bool:
    """Whether the key is on the screen: not ended by anybody, and not over by itself (¶35, decision)."""
    return ended_at is None and now < viewing_ends_by(begun_at)


def check_saw(is_witness: bool) -> None:
    """Findings and votes are of members who were there when the key was shown, substitutes too (¶35, decision)."""
    if not is_witness:
        raise NotAtViewing
