"""The letter that invites a candidate to the hearing of their appeal, in the language of their test."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from appeals.models import Appeal
from core import i18n, outbox
from core.db import db
from core.i18n import force_locale
from core.i18n import gettext as _
from testing_center.services.links import participant_of

INVITED = "appeal.invited"


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
