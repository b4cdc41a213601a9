"""¶29–32 as a machine: whatever tests, corrections and acts follow, no state is reached that the law forbids."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ranking.rules.acts import ActKind
from ranking.rules.outcome import Act, Facts, MainScore, Outcome, Round, RoundState, Status, outcome
from ranking.rules.tie_break import Absence, expected, gave_way, is_uncontested

CUT, MAXIMUM, TIE_BREAK_MAXIMUM = 5, 9, 3
CODES = "abcde"


class Competition(RuleBasedStateMachine):
    """A competition after its main test: the sweeper calls, the department holds, the authority acts as it may."""

    def __init__(self) -> None:
        super().__init__()
        self.scores: dict[str, int] = {}
        self.rounds: list[Round] = []
        self.acts: list[Act] = []
        self.corrected = False

    @property
    def now(self) -> Outcome:
        """What the facts decide at this moment."""
        main = [MainScore(code, score, CUT) for code, score in self.scores.items()]
        return outcome(Facts(main, absent=1, rounds=self.rounds, acts=self.acts))

    @initialize(scores=st.dictionaries(st.sampled_from(CODES), st.integers(3, 7), min_size=1))
    def test(self, scores: dict[str, int]) -> None:
        """The main test is over."""
        self.scores = scores

    @precondition(lambda self: self.now.status == Status.TIE_BREAK and self.now.round is None)
    @rule()
    def call(self) -> None:
        """The sweeper calls a tie-break."""
        self.rounds.append(Round(len(self.rounds) + 1, self.now.tied, RoundState.CALLED))

    @precondition(lambda self: self.rounds and self.rounds[-1].state == RoundState.CALLED)
    @rule(points=st.lists(st.one_of(st.none(), st.integers(0, TIE_BREAK_MAXIMUM)), min_size=5, max_size=5))
    def hold(self, points: list[int | None]) -> None:
        """It is held; some do not come."""
        last = self.rounds.pop()
        came = {code: n for code, n in zip(sorted(last.entrants), points, strict=False) if n is not None}
        self.rounds.append(Round(last.number, last.entrants, RoundState.HELD, came))

    @precondition(lambda self: self.rounds and self.rounds[-1].state == RoundState.CALLED)
    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        """Some of the tied decline it in writing: one who is left takes the place, else the others go on or nobody."""
        last = self.rounds.pop()
        gone = data.draw(st.sets(st.sampled_from(sorted(last.entrants)), min_size=1))
        absences = {code: Absence.DECLINED if code in gone else None for code in last.entrants}
        state = RoundState.UNCONTESTED if is_uncontested(absences) else RoundState.HELD
        points = {code: data.draw(st.integers(0, TIE_BREAK_MAXIMUM)) for code in sorted(expected(absences))}
        came = points if state == RoundState.HELD else {}
        self.rounds.append(Round(last.number, last.entrants, state, came, gave_way(absences)))

    @precondition(lambda self: self.rounds and self.rounds[-1].state == RoundState.CALLED)
    @rule()
    def lapse(self) -> None:
        """Its deadline passes."""
        last = self.rounds.pop()
        self.rounds.append(Round(last.number, last.entrants, RoundState.LAPSED))

    @precondition(lambda self: self.now.may_follow)
    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """The authority does one of the things that may follow."""
        found = self.now
        kind = data.draw(st.sampled_from(found.may_follow))
        of_winner = kind in (ActKind.WINNER_ACCEPTED, ActKind.WINNER_DECLINED)
        self.acts.append(Act(kind, found.winner if of_winner else None))

    @precondition(lambda self: self.scores)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """An erratum changes a score."""
        code = data.draw(st.sampled_from(sorted(self.scores)))
        self.scores[code] = data.draw(st.integers(0, MAXIMUM))
        self.corrected = True

    @invariant()
    def nobody_below_the_cut_score_is_chosen(self) -> None:
        """¶32."""
        found = self.now
        chosen = {*found.reserve, *found.tied, *([found.winner] if found.winner else [])}
        assert all(self.scores[code] >= CUT for code in chosen)

    @invariant()
    def a_winner_holds_a_place_alone_among_the_willing(self) -> None:
        """¶29: nobody with an equal sum is passed over, but who declined."""
        found = self.now
        if found.winner is None:
            return
        place = next(one.place for one in found.placed if one.code == found.winner)
        assert {one.code for one in found.placed if one.place == place} - set(found.declined) == {found.winner}
        assert place == 1 or found.declined

    @invariant()
    def a_tie_for_the_contract_never_becomes_a_decision(self) -> None:
        """¶29: the first place is shared by several, so there is a tie-break, or nobody came to two in a row."""
        found = self.now
        firsts = {one.code for one in found.placed if one.place == 1} - set(found.declined)
        if len(firsts) > 1 and not found.is_in_vain:
            assert (found.status, found.winner) == (Status.TIE_BREAK, None)
        assert not found.is_in_vain or found.winner is None

    @invariant()
    def whoever_declined_a_test_that_counts_stands_behind_those_who_did_not(self) -> None:
        """¶29: a place is not won by staying away in writing."""
        found = self.now
        place = {one.code: one.place for one in found.placed}
        for one in self.rounds:
            if one.number in found.counted:
                others = one.entrants - one.behind
                assert all(place[code] > place[other] for code in one.behind for other in others)

    @invariant()
    def whoever_declined_is_neither_winner_nor_in_the_reserve(self) -> None:
        """¶29."""
        assert not {*self.now.declined} & {self.now.winner, *self.now.reserve}

    @invariant()
    def the_ways_out_exclude_each_other(self) -> None:
        """¶29, 31: without corrections, whoever took one way cannot take the other."""
        kinds = [act.kind for act in self.acts]
        for kind in (ActKind.ANNOUNCE_ANEW, ActKind.CONTRACT_SECOND, ActKind.WINNER_ACCEPTED):
            assert kinds.count(kind) <= 1 or self.corrected
        if not self.corrected:
            assert not {ActKind.ANNOUNCE_ANEW, ActKind.APPOINT_FROM_RESERVE} <= set(kinds)
            assert not {ActKind.ANNOUNCE_ANEW, ActKind.WINNER_ACCEPTED} <= set(kinds)

    @invariant()
    def not_held_has_a_ground_and_a_decision_has_none(self) -> None:
        """¶30."""
        assert (self.now.status == Status.NOT_HELD) == (self.now.ground is not None)
        assert (self.now.status == Status.NOT_HELD) == (not self.now.placed)


TestCompetition = Competition.TestCase
TestCompetition.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)
