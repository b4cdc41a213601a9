"""What the results of a competition decide (¶29–32, 37–38): a pure function of facts; nothing of it is typed in."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ranking.rules import order
from ranking.rules.acts import ActKind
from ranking.rules.order import Placed


class Status(enum.StrEnum):
    """How far a competition is."""

    TESTING = "testing"  # applications or tests are still to come
    APPEALS = "appeals"  # an appeal hour runs, an appeal is open, or a correction waits
    TIE_BREAK = "tie_break"
    DECIDED = "decided"
    NOT_HELD = "not_held"


class Ground(enum.StrEnum):
    """Why a competition is not held: the four of ¶30, and two that it does not name."""

    NO_APPLICATIONS = "no_applications"
    ALL_WITHDREW = "all_withdrew"
    NOBODY_CAME = "nobody_came"
    NOBODY_REACHED_CUT_SCORE = "nobody_reached_cut_score"
    NOBODY_ADMITTED = "nobody_admitted"
    MIXED = "mixed"

    @property
    def is_named_in_law(self) -> bool:
        """Whether ¶30 names this ground."""
        return self not in (Ground.NOBODY_ADMITTED, Ground.MIXED)


class RoundState(enum.StrEnum):
    """Life of one tie-break test."""

    CALLED = "called"  # place and time are not fixed yet
    ARRANGED = "arranged"
    APPEALS = "appeals"  # held; its own appeal hour or appeals are not over
    HELD = "held"
    LAPSED = "lapsed"  # not begun by its deadline, or annulled: it counts for nobody


@dataclass(frozen=True)
class MainScore:
    """The result in force of one main attempt."""

    code: str
    score: int
    cut_score: int

    @property
    def meets(self) -> bool:
        """At or above the cut score (¶26, 32)."""
        return self.score >= self.cut_score


@dataclass(frozen=True)
class Round:
    """One tie-break test: between whom, how far it is, and the points of those who sat it."""

    number: int
    entrants: frozenset[str]
    state: RoundState
    points: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """What the authority did; ``code`` is the attempt of whom it concerns."""

    kind: ActKind
    code: str | None = None


@dataclass(frozen=True)
class Facts:
    """Everything that the outcome follows from. Counts are people: each applicant is counted once.

    ``filed``: applications not decided yet; ``absent``: admitted, but did not sit the test, which is over for them.
    """

    results: Sequence[MainScore] = ()
    filed: int = 0
    withdrew: int = 0
    not_admitted: int = 0
    absent: int = 0
    are_applications_open: bool = False
    is_testing: bool = False
    is_appealing: bool = False
    rounds: Sequence[Round] = ()
    acts: Sequence[Act] = ()


@dataclass(frozen=True)
class Outcome:
    """What follows. ``placed`` are those at or above the cut score, with shared places; ``below`` the rest.

    ``tied`` share ``tied_place`` and a tie-break decides between them; ``round`` is the one under way, None where it
    has to be called. ``winner`` is who is offered the contract now: the first place, or the second after the authority
    chose so; None after a refusal. ``declined`` refused it. ``reserve`` in order of places, never below the cut score.
    """

    status: Status
    ground: Ground | None = None
    placed: tuple[Placed, ...] = ()
    below: tuple[str, ...] = ()
    tied: frozenset[str] = frozenset()
    tied_place: int | None = None
    round: int | None = None
    counted: frozenset[int] = frozenset()
    winner: str | None = None
    declined: tuple[str, ...] = ()
    is_accepted: bool = False
    reserve: tuple[str, ...] = ()
    may_follow: tuple[ActKind, ...] = ()


def outcome(facts: Facts) -> Outcome:
    """What the results decide, or what is still awaited (¶29–32)."""
    if facts.are_applications_open or facts.filed or facts.is_testing:
        return Outcome(Status.TESTING)
    if facts.is_appealing:
        return Outcome(Status.APPEALS)
    below = tuple(sorted(one.code for one in facts.results if not one.meets))
    main = {one.code: one.score for one in facts.results if one.meets}
    if not main:
        return Outcome(
            Status.NOT_HELD, ground(facts), below=below, may_follow=_after_not_held([act.kind for act in facts.acts])
        )
    held = [one for one in sorted(facts.rounds, key=lambda one: one.number) if one.state == RoundState.HELD]
    rounds = [(one.entrants, one.points) for one in held]
    placed = tuple(order.refined(main, rounds))
    counted = frozenset(held[index].number for index in order.counted(main, rounds))
    return _decided(facts, placed, below, counted)


def ground(facts: Facts) -> Ground:
    """Why nobody is left to be placed (¶30).

    Where somebody sat the test, nobody reached the cut score. Else all applicants share one fate, or it is mixed.
    """
    if facts.results:
        return Ground.NOBODY_REACHED_CUT_SCORE
    fates = {
        Ground.ALL_WITHDREW: facts.withdrew, Ground.NOBODY_CAME: facts.absent,
        Ground.NOBODY_ADMITTED: facts.not_admitted,
    }  # fmt: skip
    met = [fate for fate, people in fates.items() if people]
    if not met:
        return Ground.NO_APPLICATIONS
    return met[0] if len(met) == 1 else Ground.MIXED


def _decided(facts: Facts, placed: tuple[Placed, ...], below: tuple[str, ...], counted: frozenset[int]) -> Outcome:
    kinds = [act.kind for act in facts.acts]
    declined = tuple(act.code for act in facts.acts if act.kind == ActKind.WINNER_DECLINED and act.code)
    wanted = 1
    if declined and ActKind.CONTRACT_SECOND in kinds:
        wanted = 2
    base = Outcome(Status.DECIDED, placed=placed, below=below, counted=counted, declined=declined)
    # A refusal counts for whom it was made: where a correction has put another in the first place, it decides nothing.
    firsts = [one.code for one in placed if one.place == 1]
    if wanted == 2 and not (len(firsts) == 1 and firsts[0] in declined):
        wanted = 1
    tied = order.tied_at(placed, wanted)
    willing = tied - set(declined)
    if len(willing) > 1:
        return _tie(facts, base, tied, wanted)
    holder = next((one.code for one in placed if one.place == wanted and (not tied or one.code in willing)), None)
    winner = holder if holder not in declined else None
    reserve = tuple(one.code for one in placed if one.code not in (winner, *declined) and one.place >= 2)
    is_accepted = winner is not None and any(
        act.kind == ActKind.WINNER_ACCEPTED and act.code == winner for act in facts.acts
    )
    return Outcome(
        Status.DECIDED, placed=placed, below=below, counted=counted, winner=winner, declined=declined,
        is_accepted=is_accepted, reserve=reserve,
        may_follow=_after_decision(kinds, winner, is_accepted=is_accepted, placed=placed),
    )  # fmt: skip


def _tie(facts: Facts, base: Outcome, tied: frozenset[str], place: int) -> Outcome:
    under_way = [
        one.number
        for one in facts.rounds
        if one.entrants == tied and one.state in (RoundState.CALLED, RoundState.ARRANGED, RoundState.APPEALS)
    ]
    return Outcome(
        Status.TIE_BREAK, placed=base.placed, below=base.below, counted=base.counted, declined=base.declined,
        tied=tied, tied_place=place, round=max(under_way, default=None),
    )  # fmt: skip


def _after_decision(
    kinds: Collection[ActKind], winner: str | None, *, is_accepted: bool, placed: Sequence[Placed]
) -> tuple[ActKind, ...]:
    """What the authority may do next where somebody is placed (¶29)."""
    if is_accepted or ActKind.ANNOUNCE_ANEW in kinds:
        return ()
    if winner is not None:
        return (ActKind.WINNER_ACCEPTED, ActKind.WINNER_DECLINED)
    if ActKind.CONTRACT_SECOND in kinds or not any(one.place == 2 for one in placed):
        return (ActKind.ANNOUNCE_ANEW,)
    return (ActKind.ANNOUNCE_ANEW, ActKind.CONTRACT_SECOND)


def _after_not_held(kinds: Collection[ActKind]) -> tuple[ActKind, ...]:
    """What the authority may do where the competition is not held (¶31); one of the two."""
    choices = (ActKind.ANNOUNCE_ANEW, ActKind.APPOINT_FROM_RESERVE)
    return () if any(choice in kinds for choice in choices) else choices
