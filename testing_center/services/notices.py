"""Letters to those whom a correction or an annulment concerns, each in the language of the person's test."""

from __future__ import annotations

from datetime import datetime

from core import outbox
from core.i18n import force_locale
from core.i18n import gettext as _
from testing_center.models.attempts import Protocol
from testing_center.models.sittings import Participant
from testing_center.rules.rescoring import Rescored
from testing_center.rules.scoring import Outcome


def tell_corrected(row: Rescored, participant: Participant, protocol: Protocol | None, *, now: datetime) -> None:
    """A question of the form was corrected: the result before and now, and the protocol that counts from now on."""
    with force_locale(participant.language):
        lines = [
            _("A question of the test that you sat was corrected for everybody who sat the same form."),
            _("Your public number: %(number)s", number=row.number),
            _("Competition: %(number)s", number=row.competition),
        ]
        if protocol is None:
            lines.append(_("Your result has not changed. Points: %(score)s", score=row.new_score))
        else:
            lines += [
                _("Points before: %(score)s", score=row.old_score),
                _("Points now: %(score)s", score=row.new_score),
                _("Protocol that counts now: %(number)s, version: %(version)s", number=protocol.number,
                  version=protocol.version),
            ]  # fmt: skip
        if row.crosses and row.new_outcome == Outcome.MEETS:
            lines.append(_("Your score meets the qualification requirements now. Nothing bars you from competitions."))
        elif row.crosses:
            lines.append(_("Your score does not meet the qualification requirements now (¶26, 28)."))
        outbox.write(
            "result.corrected", row.attempt_id, participant.person.email, _("Your test result after a correction"),
            "\n\n".join(lines), participant.language, now=now,
        )  # fmt: skip


def tell_annulled(participant: Participant, *, now: datetime) -> None:
    """The results of the sitting do not count; a new one is called."""
    with force_locale(participant.language):
        lines = [
            _("The sitting at which you were registered was annulled: its results do not count."),
            _("Sitting: %(number)s", number=participant.sitting.number),
            _("Competition: %(number)s", number=participant.competition.number),
            _("A new sitting will be called. You will be told its place and time."),
        ]
        outbox.write(
            "sitting.annulled", participant.sitting_id, participant.person.email, _("The sitting was annulled"),
            "\n\n".join(lines), participant.language, now=now,
        )  # fmt: skip
