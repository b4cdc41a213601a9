"""Letters about ties and results, in the language in which the person sat the test."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import current_app

from competitions.models import Competition, Person
from core import i18n, outbox
from core.i18n import force_locale
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from ranking.models import AuthorityAct, Ranking, TieBreak
from ranking.rules.outcome import GROUND_NAMES, Ground
from ranking.rules.told import Out, Vain, told, why_out
from testing_center.models.sittings import Participant, Sitting

_OTHERS = {
    Out.DECLINED: _l("The other candidates who shared the place with you declined the tie-break test in writing."),
    Out.DECLINED_OR_BARRED: _l(
        "The other candidates who shared the place with you declined the tie-break test in writing or may not take "
        "part (¶28)."
    ),
}
_IN_VAIN = {
    Vain.NOBODY_CAME: _l("No winner was determined: none of the tied candidates came to two tie-break tests in a row."),
    Vain.NOBODY_EXPECTED: _l(
        "No winner was determined: two tie-break tests in a row were not held, as every tied candidate had declined or "
        "may not take part (¶28)."
    ),
    Vain.MIXED: _l(
        "No winner was determined: of two tie-break tests in a row one was not held, as nobody was expected, and "
        "nobody came to the other."
    ),
}


def tie_break_called(tie_break: TieBreak, people: list[Participant], *, now: datetime) -> None:
    """Tell the tied that a tie-break test is held, and until when (¶29)."""
    zone = tie_break.entrants[0].sitting.zone
    for participant in people:
        with force_locale(participant.language):
            _write(
                "tie_break.called", tie_break.id, participant.person, participant.language,
                _("Tie-break test"),
                _("You share a place with other candidates, so a tie-break test is held (¶29)."),
                _("Questions: %(n)s", n=tie_break.items),
                _("It is held no later than: %(time)s", time=i18n.format_datetime(tie_break.deadline_at, zone)),
                _("You will be told the place and the time in another letter."),
                competition=tie_break.competition, now=now, due_at=tie_break.deadline_at,
            )  # fmt: skip


def tie_break_arranged(tie_break: TieBreak, sitting: Sitting, people: list[Participant], *, now: datetime) -> None:
    """Tell the tied where and when the tie-break test is held."""
    for participant in people:
        language = participant.language
        with force_locale(language):
            _write(
                "tie_break.arranged", tie_break.id, participant.person, language,
                _("Place and time of the tie-break test"),
                _("Time: %(time)s", time=i18n.format_datetime(sitting.starts_at, sitting.zone)),
                _("Place: %(place)s", place=_place(sitting, language)),
                _("Bring your identity document. Who does not come gets no points in this round."),
                competition=tie_break.competition, now=now, due_at=sitting.starts_at,
            )  # fmt: skip


def tie_break_barred(tie_break: TieBreak, participant: Participant, until: date | None, *, now: datetime) -> None:
    """Tell one of the tied why they are not called to the test: barred until this day by another one (¶28)."""
    assert until is not None
    with force_locale(participant.language):
        _write(
            "tie_break.barred", tie_break.id, participant.person, participant.language,
            _("You are not called to the tie-break test"),
            _("You share a place with other candidates, so a tie-break test is held (¶29)."),
            _("In another test you did not reach the cut score, so you may take part again only after 1 year (¶28)."),
            _("You may take part from: %(day)s", day=i18n.format_date(until)),
            _("You get no points in this round. Your score of the main test stays as it is."),
            competition=tie_break.competition, now=now, due_at=tie_break.deadline_at,
        )  # fmt: skip


def tie_break_declined(tie_break: TieBreak, participant: Participant, act: AuthorityAct, *, now: datetime) -> None:
    """Tell who declined the test that it is written down, by which document, and what follows from it (¶29)."""
    with force_locale(participant.language):
        _write(
            "tie_break.declined", tie_break.id, participant.person, participant.language,
            _("Your refusal of the tie-break test"),
            _("It is written down that you declined the tie-break test (¶29)."),
            _("Document: %(document)s", document=f"{act.document}, {i18n.format_date(act.on)}"),
            _("You are not expected at the test and get no points in this round. In the order you stand behind those "
              "who did not decline."),
            competition=tie_break.competition, now=now, due_at=tie_break.deadline_at,
        )  # fmt: skip


def tie_break_uncontested(tie_break: TieBreak, people: list[Participant], *, now: datetime) -> None:
    """Tell the one who is left that no test is held, and that the place is theirs (¶29)."""
    others = _OTHERS[why_out(tie_break.absences)]
    for participant in people:
        with force_locale(participant.language):
            _write(
                "tie_break.uncontested", tie_break.id, participant.person, participant.language,
                _("No tie-break test is held"),
                str(others),
                _("So no test is held, and you take the place: %(n)s", n=tie_break.place),
                _("You will be told the result of the competition in another letter."),
                competition=tie_break.competition, now=now, due_at=tie_break.deadline_at,
            )  # fmt: skip


def published(
    ranking: Ranking, people: list[tuple[Person, str]], winner: Participant | None, facts: dict[str, Any], *,
    now: datetime,
) -> None:  # fmt: skip
    """Tell every participant the outcome within the days of ¶37; the winner is told so in the same letter.

    ``facts`` is the content of the ranking.
    """
    address = f"{current_app.extensions['settings'].base_url}/results/{ranking.competition_id}"
    due_on = datetime.fromisoformat(str(facts["publish_by"])).date() + timedelta(days=1)
    due_at = datetime.combine(due_on, time(), tzinfo=i18n.zone())
    for person, language in people:
        with force_locale(language):
            own = _("This is your code: you have won the competition.")
            _write(
                "ranking.published", ranking.id, person, language, _("Result of the competition"), _said(facts),
                *([own] if winner is not None and winner.person_id == person.id else []),
                _("Your own public number and score stand on your protocol."),
                _("All codes and scores are published here: %(address)s", address=address),
                competition=ranking.competition, now=now, due_at=due_at,
            )  # fmt: skip


def _said(facts: dict[str, Any]) -> str:
    """What the ranking decides, in one sentence."""
    if facts["winner"]:
        return _("The winner is the candidate with this public number: %(code)s", code=facts["winner"])
    if facts["ground"]:
        return _(
            "The competition is recognised as not held. Ground: %(ground)s",
            ground=GROUND_NAMES[Ground(facts["ground"])],
        )
    if facts["declined"]:
        return _("The winner declined the contract in writing. What follows will be published (¶29).")
    return str(_IN_VAIN[told(facts).vain or Vain.NOBODY_CAME])


def _place(sitting: Sitting, language: str) -> str:
    centre = sitting.centre
    address = centre.address_ru if language == "ru" else centre.address_ky
    return f"{centre.name(language)}, {address}, {sitting.room.name}"


def _write(
    kind: str, about: UUID, person: Person, language: str, subject: str, *lines: str, competition: Competition,
    now: datetime, due_at: datetime,
) -> None:  # fmt: skip
    """Under ``force_locale``: the subject names the competition, the text ends with who sends it."""
    school = competition.school_ru if language == "ru" else competition.school_ky
    text = [person.full_name, f"{_('Competition')}: {competition.number}, {school}", *lines]
    outbox.write(
        kind, about, person.email, f"{subject}: {competition.number}", "\n\n".join(text), language, now=now,
        due_at=due_at,
    )  # fmt: skip
