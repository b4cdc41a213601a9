"""Letters to those whom a correction or an annulment concerns, each in the language of the person's test."""

from __future__ import annotations

from datetime import datetime

from core import i18n, outbox
from core.i18n import force_locale
from core.i18n import gettext as _
from testing_center.models.attempts import Protocol
from testing_center.models.sittings import Participant
from testing_center.rules.rescoring import Rescored, Why
from testing_center.rules.scoring import Outcome


def tell_corrected(
    row: Rescored, participant: Participant, protocol: Protocol | None, why: Why, *, now: datetime
) -> None:
    """A question or one's own answer was put right: the result before and now, and the protocol that counts now."""
    with force_locale(participant.language):
        lines = []
        if why.is_of_form:
            lines.append(_("A question of the test that you sat was corrected for everybody who sat the same form."))
        if why.is_restated:
            lines.append(_("Your answer was recorded wrongly. The answer that the commission stated counts instead."))
        lines += [
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


def tell_annulled(participant: Participant, reason: str, *, now: datetime) -> None:
    """The results of the sitting do not count, why, and what follows: a new sitting, or another round of a tie-break.

    A round that was annulled has lapsed: while the place is shared, another one is called by itself (¶29, ADR 0016).
    """
    with force_locale(participant.language):
        lines = [
            _("The sitting at which you were registered was annulled: its results do not count."),
            _("Sitting: %(number)s", number=participant.sitting.number),
            _("Competition: %(number)s", number=participant.competition.number),
            _("Reason: %(reason)s", reason=reason),
            _("A technical appeal that was not decided ends with the sitting."),
        ]
        if participant.round:
            lines += [
                _("It was a tie-break test. The points of this round do not count; the results of the main test stay."),
                _(
                    "If several candidates still share the place, another tie-break test is called among them, with "
                    "other questions. You will be told the deadline, the place and the time. If the place is not "
                    "shared any more, no other test is held."
                ),
            ]
        else:
            lines.append(_("A new sitting will be called. You will be told its place and time."))
        outbox.write(
            "sitting.annulled", participant.sitting_id, participant.person.email, _("The sitting was annulled"),
            "\n\n".join(lines), participant.language, now=now,
        )  # fmt: skip


def tell_called(participant: Participant, *, now: datetime) -> None:
    """Registered anew after an annulment: place and time of the new sitting."""
    sitting, language = participant.sitting, participant.language
    with force_locale(language):
        lines = [
            _("You are registered for the new sitting in place of the annulled one."),
            _("Sitting: %(number)s", number=sitting.number),
            _("Competition: %(number)s", number=participant.competition.number),
            _("Time: %(time)s", time=i18n.format_datetime(sitting.starts_at, sitting.zone)),
            _("Place: %(place)s", place=f"{sitting.centre.name(language)}, {sitting.room.name}"),
            _("Bring your identity document."),
        ]
        outbox.write(
            "sitting.called_anew", sitting.id, participant.person.email, _("The new sitting of your test"),
            "\n\n".join(lines), language, now=now,
        )  # fmt: skip
