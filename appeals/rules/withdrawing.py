"""An appeal is taken back by the candidate alone, and one that somebody else filed is none of theirs (¶33)."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from appeals.rules.filing import told
from appeals.rules.states import AppealStatus, check_status
from core.errors import Refusal
from core.i18n import lazy_gettext as _l

REJECTION_MAX = 500  # characters of why an appeal is rejected
MINUTE = timedelta(minutes=1)


class PaperTimeWrong(Refusal):
    code = "paper_time_wrong"
    message = _l(
        "The paper is signed after the appeal was filed and not later than now. Filed: %(filed)s. Now: %(now)s."
    )


class WithdrawalAfterKey(Refusal):
    code = "withdrawal_after_key"
    message = _l(
        "The key of this appeal was shown: %(at)s. What was seen concerns everybody, so the appeal cannot be withdrawn "
        "any more, and the commission decides (¶35)."
    )


class WithdrawOnPaper(Refusal):
    code = "withdraw_on_paper"
    message = _l("The hearing has begun: until the key is shown, the appeal can be withdrawn only by a signed paper.")


class RejectionTooLate(Refusal):
    code = "rejection_too_late"
    message = _l(
        "An appeal is rejected only while the candidate can still file their own. The time ran out at: %(until)s. The "
        "commission invites the person, and the identity document is checked: the appeal is heard, or it lapses."
    )


class RejectionUnexplained(Refusal):
    code = "rejection_unexplained"
    message = _l("Write down why this was not the candidate.")


class RejectionTooLong(Refusal):
    code = "rejection_too_long"
    message = _l("The reason is too long. Characters allowed: %(most)s.")


class PersonWasConfirmed(Refusal):
    code = "person_was_confirmed"
    message = _l("The person was confirmed by document already: the appeal is the candidate's own.")


def check_paper(signed_at: datetime, filed_at: datetime, *, zone: tzinfo, now: datetime) -> datetime:
    """The moment that stands on the paper of a withdrawal: from the minute of the filing until now, both in time.

    A paper tells minutes, not seconds.

    Raises:
        PaperTimeWrong: with both bounds.
    """
    if not filed_at - MINUTE < signed_at <= now:
        raise PaperTimeWrong(filed=told(filed_at, zone), now=told(now, zone))
    return signed_at


def check_may_withdraw(status: AppealStatus, shown_at: datetime | None, *, on_paper: bool, zone: tzinfo) -> None:
    """An appeal is taken back until its key is shown for the first time (¶33, decision): at one's own screen until the
    hearing opens, by a signed paper in the hearing too. ``shown_at`` is when the first viewing began.

    Raises:
        AppealNotOpen: it is decided, or has come to its end.
        WithdrawalAfterKey: with the moment of the first viewing.
        WithdrawOnPaper: the hearing has been opened, and this is no paper.
    """
    check_status(status, AppealStatus.FILED, AppealStatus.HEARING)
    if shown_at is not None:
        raise WithdrawalAfterKey(at=told(shown_at, zone))
    if status == AppealStatus.HEARING and not on_paper:
        raise WithdrawOnPaper


def check_rejection_in_time(until: datetime, *, zone: tzinfo, now: datetime) -> None:
    """Rejected only while the candidate can still file their own: until the last moment for it, inclusive (¶33).

    Raises:
        RejectionTooLate: with that moment.
    """
    if now > until:
        raise RejectionTooLate(until=told(until, zone))


def check_rejection(reason: str, confirmed_at: datetime | None) -> str:
    """Why the proctor says that somebody else filed: stated, and never of a person who was recognised.

    Raises:
        PersonWasConfirmed: the person was recognised by document.
        RejectionUnexplained, RejectionTooLong: no reason, or too many words.
    """
    if confirmed_at is not None:
        raise PersonWasConfirmed
    if not (said := reason.strip()):
        raise RejectionUnexplained
    if len(said) > REJECTION_MAX:
        raise RejectionTooLong(most=REJECTION_MAX)
    return said
