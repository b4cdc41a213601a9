"""What pages of results share: words, badges and signs of states, grounds and acts; the stages as a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from ranking.rules.acts import ActKind
from ranking.rules.outcome import RoundState, Status
from ranking.rules.tie_break import Absence
from ranking.services.state import Awaited, Standing, Wait

STATUS_NAMES = {
    Status.TESTING: _l("Qualification testing"),
    Status.APPEALS: _l("Appeals"),
    Status.TIE_BREAK: _l("Tie-break test"),
    Status.DECIDED: _l("Decided"),
    Status.NOT_HELD: _l("Not held"),
}
# A state's word, kind and sign, as `ui.badge` takes them.
STATUS_BADGES = {
    Status.TESTING: (STATUS_NAMES[Status.TESTING], "", "pen"),
    Status.APPEALS: (STATUS_NAMES[Status.APPEALS], "info", "clock"),
    Status.TIE_BREAK: (STATUS_NAMES[Status.TIE_BREAK], "warn", "clock"),
    Status.DECIDED: (STATUS_NAMES[Status.DECIDED], "ok", "check"),
    Status.NOT_HELD: (STATUS_NAMES[Status.NOT_HELD], "", "cross"),
}
ROUND_BADGES = {
    RoundState.CALLED: (_l("Called, not arranged yet"), "warn", "clock"),
    RoundState.ARRANGED: (_l("Arranged"), "info", "clock"),
    RoundState.APPEALS: (_l("Held, appeals are not over"), "info", "clock"),
    RoundState.HELD: (_l("Held"), "ok", "check"),
    RoundState.UNCONTESTED: (_l("No test: one candidate is left"), "ok", "check"),
    RoundState.LAPSED: (_l("Not held in time"), "", "cross"),
}
ACT_NAMES = {
    ActKind.TIE_BREAK_DECLINED: _l("Declined the tie-break test"),
    ActKind.WINNER_ACCEPTED: _l("The contract was signed"),
    ActKind.WINNER_DECLINED: _l("The winner declined the contract"),
    ActKind.CONTRACT_SECOND: _l("The contract is offered to the second place"),
    ActKind.ANNOUNCE_ANEW: _l("A new competition is announced"),
    ActKind.APPOINT_FROM_RESERVE: _l("Appointed from the reserve"),
    ActKind.WITHDREW_FROM_RESERVE: _l("Withdrew from the reserve"),
}
#: What the act brings about, for whoever is about to write it down.
ACT_CONSEQUENCES = {
    ActKind.TIE_BREAK_DECLINED: _l(
        "The candidate is not expected at the test and stands behind those who did not decline. The test is held with "
        "the others; where one of them is left, that one takes the place without a test (¶29)."
    ),
    ActKind.WINNER_ACCEPTED: _l("Nothing more follows in this competition (¶37–38)."),
    ActKind.WINNER_DECLINED: _l(
        "Then the organiser announces a new competition or offers the contract to the second place (¶29)."
    ),
    ActKind.CONTRACT_SECOND: _l(
        "Who holds the second place becomes the winner. Where several share it, a tie-break test is called (¶29)."
    ),
    ActKind.ANNOUNCE_ANEW: _l("Nothing more follows in this competition; a new one is written down (¶29, 31)."),
    ActKind.APPOINT_FROM_RESERVE: _l("Only from the reserve of the same source of financing (¶31, 37–38)."),
    ActKind.WITHDREW_FROM_RESERVE: _l("The person leaves the reserve. The competition stays as it was decided."),
}
#: Why somebody left the reserve.
DEPARTURE_NAMES = {
    ActKind.WINNER_ACCEPTED: _l("Appointed: the contract was signed"),
    ActKind.APPOINT_FROM_RESERVE: _l("Appointed from the reserve"),
    ActKind.WINNER_DECLINED: _l("Declined the contract"),
    ActKind.WITHDREW_FROM_RESERVE: _l("Withdrew in writing"),
    None: _l("Appointed after another competition"),
}
ABSENCE_NAMES = {
    Absence.ABSENT: _l("did not come"),
    Absence.REFUSED: _l("not recognised at the door"),
    Absence.BARRED: _l("barred in the meantime (¶28)"),
    Absence.NOT_STARTED: _l("came and did not begin"),
    Absence.DECLINED: _l("declined in writing"),
}
_AWAITED = {
    Wait.APPLICATIONS: _l("Applications are accepted. Last day: %(day)s"),
    Wait.EXAMINATION: _l("Applications without a decision: %(n)s"),
    Wait.REGISTRATION: _l("Admitted, but not registered for the test: %(n)s"),
    Wait.SITTING: _l("Sitting: %(name)s. Begins: %(time)s"),
    Wait.APPEAL_HOUR: _l("Appeals are accepted. Until: %(time)s"),
    Wait.APPEALS: _l("Appeal not decided: %(name)s"),
    Wait.CORRECTION: _l("Corrections not decided: %(n)s"),
    Wait.TIE_BREAK_CALL: _l("A tie-break test is being called. Tied candidates: %(n)s"),
    Wait.TIE_BREAK_PLACE: _l("Place and time of the tie-break test are to be fixed. Deadline: %(time)s"),
    Wait.TIE_BREAK_SITTING: _l("Tie-break test: %(name)s. Begins: %(time)s"),
    Wait.TIE_BREAK_APPEALS: _l("Appeals after the tie-break test. Until: %(time)s"),
}


def awaited(one: Awaited) -> str:
    """One thing awaited as a sentence."""
    if one.kind == Wait.APPLICATIONS and one.until is None:
        return _("The last day for applications is missing. They stay open until a test of the competition was held.")
    time = format_datetime(one.until) if one.until else _("not fixed yet")
    # what is open until midnight is open until the end of a day, which has one name only
    day = format_date(one.until - timedelta(microseconds=1)) if one.until else ""
    return str(_AWAITED[one.kind]) % {"n": one.count, "name": one.name, "time": time, "day": day}


@dataclass(frozen=True)
class Stage:
    """A stage of a competition: its name, its state ('', done, now, off) and what is awaited there."""

    label: str
    state: str
    details: tuple[str, ...] = ()


def stages(standing: Standing) -> list[Stage]:
    """Testing, appeal hour, appeals, tie-break, outcome: how far the competition is."""
    status, waits = standing.status, tuple(awaited(one) for one in standing.awaited)
    hour = any(one.kind == Wait.APPEAL_HOUR for one in standing.awaited)
    was_tested = bool(standing.rows) or status == Status.APPEALS
    ended = standing.is_decided
    off = _("not needed") if was_tested else _("did not take place")
    steps = [
        (_("Qualification testing"), status == Status.TESTING, was_tested, ended and not was_tested),
        (_("Appeal hour"), status == Status.APPEALS and hour, was_tested and not hour, ended and not was_tested),
        (_("Appeals"), status == Status.APPEALS and not hour, bool(standing.rows), ended and not was_tested),
        (_("Tie-break test"), status == Status.TIE_BREAK, ended and bool(standing.tie_breaks),
         ended and not standing.tie_breaks),
        (_("Not held") if status == Status.NOT_HELD else _("The winner is determined"), False, ended, False),
    ]  # fmt: skip
    found = []
    for label, is_now, is_done, is_off in steps:
        state = "now" if is_now else "done" if is_done else "off" if is_off else ""
        details = waits if is_now else (off,) if is_off else ()
        found.append(Stage(label, state, details))
    return found
