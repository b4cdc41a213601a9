"""What the results of a competition decide (¶29–32, 37–38): a pure function of facts; nothing of it is typed in."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.i18n import lazy_gettext as _l
from ranking.rules import order
from ranking.rules.acts import ActKind
from ranking.rules.order import Placed

ROUNDS_IN_VAIN = 2  # tie-breaks in a row to which nobody came; the regulation names no end (docs/adr/0016-ranking.md)


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


GROUND_NAMES = {
    Ground.NO_APPLICATIONS: _l("No applications"),
    Ground.ALL_WITHDREW: _l("All candidates withdrew"),
    Ground.NOBODY_CAME: _l("Nobody came"),
    Ground.NOBODY_REACHED_CUT_SCORE: _l("Nobody reached the cut score"),
    Ground.NOBODY_ADMITTED: _l("Nobody was admitted"),
    Ground.MIXED: _l("Nobody sat the test, for different reasons"),
}


class RoundState(enum.StrEnum):
    """Life of one tie-break test."""

    CALLED = "called"  # place and time are not fixed yet
    ARRANGED = "arranged"
    APPEALS = "appeals"  # held; its own appeal hour or appeals are not over
    HELD = "held"
    UNCONTESTED = "uncontested"  # not held: the others declined, and the one who is left takes the place
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
    """One tie-break test: between whom, how far it is, the points of those who sat it, and who declined ``behind``."""

    number: int
    entrants: frozenset[str]
    state: RoundState
    points: Mapping[str, int] = field(default_factory=dict)
    behind: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        """Whether it says something about the places: held, or not needed."""
        return self.state in (RoundState.HELD, RoundState.UNCONTESTED)


@dataclass(frozen=True)
class Act:
    """What the authority did; ``code`` is the attempt of whom it concerns."""

    kind: ActKind
    code: str | None = None


@dataclass(frozen=True)
class Facts:
    """Everything that the outcome follows from. Counts are people: each applicant is counted once.

    ``filed``: applications not decided yet; ``absent``: admitted, but did not sit the test, which is over for them.
    ``recorded_ground``: what the last ranking says, where the people's rows were destroyed and nobody can be counted.
    """

    results: Sequence[MainScore] = ()
    filed: int = 0
    withdrew: int = 0
    not_admitted: int = 0
    absent: int = 0
    recorded_ground: Ground | None = None
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
    chose so; None after a refusal, and where the tied stayed away from two tie-breaks in a row (``is_in_vain``).
    ``declined`` refused it. ``signed`` has a contract; where a correction has put another in the first place since,
    nothing follows by itself. ``reserve`` in order of places, never below the cut score.
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
    signed: str | None = None
    is_in_vain: bool = False
    reserve: tuple[str, ...] = ()
    may_follow: tuple[ActKind, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the winner has signed the contract."""
        return self.winner is not None and self.signed == self.winner


def outcome(facts: Facts) -> Outcome:
    """What the results decide, or what is still awaited (¶29–32)."""
    if facts.are_applications_open or facts.filed or facts.is_testing:
        return Outcome(Status.TESTING)
    if facts.is_appealing:
        return Outcome(Status.APPEALS)
    below = tuple(sorted(one.code for one in facts.results if not one.meets))
    main = {one.code: one.score for one in facts.results if one.meets}
    if not main:
        why = ground(facts)
        return Outcome(
            Status.NOT_HELD, why, below=below, may_follow=_after_not_held(why, [act.kind for act in facts.acts])
        )
    held = settled(facts.rounds)
    rounds = between(held)
    placed = tuple(order.refined(main, rounds))
    counted = frozenset(held[index].number for index in order.counted(main, rounds))
    return _decided(facts, placed, below, counted)


def settled(rounds: Sequence[Round]) -> list[Round]:
    """The tie-breaks that say something about the places, in order: neither lapsed, to come, nor under appeal."""
    return [one for one in sorted(rounds, key=lambda one: one.number) if one.is_over]


def between(rounds: Sequence[Round]) -> list[order.Between]:
    """These tie-breaks as the order needs them."""
    return [order.Between(one.entrants, one.points, one.behind) for one in rounds]


def ground(facts: Facts) -> Ground:
    """Why nobody is left to be placed (¶30).

    Where somebody sat the test, nobody reached the cut score. Else all applicants share one fate, or it is mixed.
    """
    if facts.results:
        return Ground.NOBODY_REACHED_CUT_SCORE
    if facts.recorded_ground:
        return facts.recorded_ground
    fates = {
        Ground.ALL_WITHDREW: facts.withdrew, Ground.NOBODY_CAME: facts.absent,
        Ground.NOBODY_ADMITTED: facts.not_admitted,
    }  # fmt: skip
    met = [fate for fate, people in fates.items() if people]
    if not met:
        return Ground.NO_APPLICATIONS
    return met[0] if len(met) == 1 else Ground.MIXED


def _decided(facts: Facts, placed: tuple[Placed, ...], below: tuple[str, ...], counted: frozenset[int]) -> Outcome:
    declined = tuple(act.code for act in facts.acts if act.kind == ActKind.WINNER_DECLINED and act.code)
    signed = next((act.code for act in reversed(facts.acts) if act.kind == ActKind.WINNER_ACCEPTED), None)
    base = Outcome(Status.DECIDED, placed=placed, below=below, counted=counted, declined=declined, signed=signed)
    firsts = [one.code for one in placed if one.place == 1]
    wanted = 2 if len(firsts) == 1 and _is_second_chosen(facts.acts, firsts[0]) else 1
    tied = order.tied_at(placed, wanted)
    willing = tied - set(declined)
    is_in_vain = len(willing) > 1 and _is_in_vain(facts.rounds, tied)
    if len(willing) > 1 and not is_in_vain:
        return _tie(facts, base, tied, wanted)
    holder = next((one.code for one in placed if one.place == wanted and (not tied or one.code in willing)), None)
    winner = holder if holder not in declined and not is_in_vain else None
    out = {winner, signed, *declined}
    return replace(
        base, winner=winner, is_in_vain=is_in_vain, tied=tied if is_in_vain else frozenset(),
        tied_place=wanted if is_in_vain else None,
        reserve=tuple(one.code for one in placed if one.code not in out and one.place >= 2),
        may_follow=_after_decision(
            [act.kind for act in facts.acts], winner, is_signed=signed is not None,
            may_choose_second=wanted == 1 and not is_in_vain and any(one.place == 2 for one in placed),
        ),
    )  # fmt: skip


def _is_second_chosen(acts: Sequence[Act], first: str) -> bool:
    """Whether the authority chose the second place after this first one had declined (¶29 b).

    A refusal and a choice count for whom they were made: where a correction has put another in the first place since,
    they decide nothing.
    """
    has_declined = False
    for act in acts:
        has_declined |= act.kind == ActKind.WINNER_DECLINED and act.code == first
        if act.kind == ActKind.CONTRACT_SECOND and has_declined:
            return True
    return False


def _is_in_vain(rounds: Sequence[Round], tied: frozenset[str]) -> bool:
    """Whether nobody of the tied took part in two tie-breaks in a row: a further one would not decide either."""
    held = [one for one in sorted(rounds, key=lambda one: one.number) if one.state == RoundState.HELD]
    between = [one for one in held if one.entrants == tied]
    return len(between) >= ROUNDS_IN_VAIN and not any(one.points for one in between[-ROUNDS_IN_VAIN:])


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
    kinds: Collection[ActKind], winner: str | None, *, is_signed: bool, may_choose_second: bool
) -> tuple[ActKind, ...]:
    """What the authority may do next where somebody is placed (¶29)."""
    if is_signed or ActKind.ANNOUNCE_ANEW in kinds:
        return ()
    if winner is not None:
        return (ActKind.WINNER_ACCEPTED, ActKind.WINNER_DECLINED)
    return (ActKind.ANNOUNCE_ANEW, ActKind.CONTRACT_SECOND) if may_choose_second else (ActKind.ANNOUNCE_ANEW,)


def _after_not_held(why: Ground, kinds: Collection[ActKind]) -> tuple[ActKind, ...]:
    """What the authority may do where the competition is not held: one of the two that ¶31 gives.

    ¶31 speaks of the grounds of ¶30: others leave the new announcement alone.
    """
    choices = (ActKind.ANNOUNCE_ANEW, ActKind.APPOINT_FROM_RESERVE) if why.is_named_in_law else (ActKind.ANNOUNCE_ANEW,)
    return () if any(kind in (ActKind.ANNOUNCE_ANEW, ActKind.APPOINT_FROM_RESERVE) for kind in kinds) else choices
