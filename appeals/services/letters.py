"""Letters to a candidate about their appeal, in the language of their test: invited, rejected, withdrawn on paper."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from appeals.models import Appeal
from appeals.services.filing import Window
from core import i18n, outbox
from core.db import db
from core.i18n import force_locale
from core.i18n import gettext as _
from testing_center.services.links import participant_of

INVITED, REJECTED, WITHDRAWN = "appeal.invited", "appeal.rejected", "appeal.withdrawn"


def is_invitation_sent(appeal: Appeal) -> bool:
    """Whether the letter of the invitation in force has gone out."""
    query = select(outbox.Letter.id).where(
        outbox.Letter.kind == INVITED, outbox.Letter.about_id == appeal.id,
        outbox.Letter.due_at == appeal.invited_for, outbox.Letter.sent_at.is_not(None),
    )  # fmt: skip
    return db.session.scalars(query.limit(1)).first() is not None


def invited(appeal: Appeal, *, now: datetime) -> None:
    """Tell the candidate when and where the appeal is heard; opens the link to the person, as the invitation records.

    Raises:
        ValueError: nobody was invited yet.
    """
    if appeal.invited_for is None:
        raise ValueError(f"appeal {appeal.number} has no hearing to invite to")
    participant, sitting = participant_of(appeal.attempt), appeal.sitting
    language = participant.language
    with force_locale(language):
        lines = [
            participant.person.full_name,
            _("Your technical appeal is considered in your presence (¶35)."),
            _("Appeal: %(number)s", number=appeal.number),
            _("Time: %(time)s", time=i18n.format_datetime(appeal.invited_for, sitting.zone)),
            _("Place: %(place)s", place=f"{sitting.centre.name(language)}, {sitting.room.name}"),
            _("Bring your identity document. If you do not come, the appeal ends without being heard."),
        ]
        outbox.write(
            INVITED, appeal.id, participant.person.email, _("Hearing of your technical appeal"),
            "\n\n".join(lines), language, now=now, due_at=appeal.invited_for,
        )  # fmt: skip


def rejected(appeal: Appeal, hour: Window, *, now: datetime) -> None:
    """Tell the candidate that somebody else filed an appeal in their name, and until when they may file their own.

    ``hour`` is the time for appeals, which still runs.

    Opens the link to the person, as the rejection records.
    """
    participant, zone = participant_of(appeal.attempt), appeal.sitting.zone
    with force_locale(participant.language):
        until = i18n.format_datetime(hour.until, zone)
        if hour.is_at_least:
            last = _("You can file it at least until: %(time)s", time=until)
        else:
            last = _("Last moment for it: %(time)s", time=until)
        lines = [
            participant.person.full_name,
            _("A technical appeal was filed at your workstation. The proctor stated that it was not you who filed it."),
            _("Appeal: %(number)s", number=appeal.number),
            _("Filed: %(time)s", time=i18n.format_datetime(appeal.filed_at, zone)),
            _("It is not considered (¶33: an appeal is filed in person)."),
            _("If you disagree with the result, file your own appeal at the place of testing, in person."),
            last,
        ]
        outbox.write(
            REJECTED, appeal.id, participant.person.email, _("An appeal that was not filed by you"),
            "\n\n".join(lines), participant.language, now=now, due_at=now,
        )  # fmt: skip


def withdrawn_on_paper(appeal: Appeal, *, now: datetime) -> None:
    """Tell the candidate that the desk has taken a paper by which they withdraw: a forged one comes to light so.

    Opens the link to the person, as the withdrawal records.

    Raises:
        ValueError: no paper was taken.
    """
    if appeal.withdrawn_paper_at is None:
        raise ValueError(f"appeal {appeal.number} was not withdrawn on paper")
    participant, zone = participant_of(appeal.attempt), appeal.sitting.zone
    with force_locale(participant.language):
        lines = [
            participant.person.full_name,
            _("Your technical appeal was withdrawn by a paper with your signature. It is not considered."),
            _("Appeal: %(number)s", number=appeal.number),
            _("Date and time on the paper: %(time)s", time=i18n.format_datetime(appeal.withdrawn_paper_at, zone)),
            _("If you did not sign such a paper, tell the centre at once."),
        ]
        outbox.write(
            WITHDRAWN, appeal.id, participant.person.email, _("Your technical appeal is withdrawn"),
            "\n\n".join(lines), participant.language, now=now, due_at=now,
        )  # fmt: skip
