"""From the scores to the publication: tie-breaks, the authority's acts, rankings (¶27–31, 37)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

from sqlalchemy import select

from competitions.models import Competition
from core import i18n
from core.clock import ManualClock
from core.db import db, transaction
from demo import appeals, day, scenario, stage
from demo.stage import Step, person
from ranking.models import Ranking, TieBreak
from ranking.rules.acts import ActKind
from ranking.services import acts, decisions, tie_breaks
from ranking.services.state import Standing, standing
from testing_center.models.places import Room
from testing_center.models.sittings import Participant, Sitting

MOST_ROUNDS = 8
CHANCE_ROUNDS = 1  # where no story decides: in later rounds those who are equal are drawn to know one less each


def settle_ties(
    main: Sitting, room: Room, story: scenario.Scenario, clock: ManualClock, random: Random, *, step: Step
) -> None:
    """Call and hold tie-break tests until no place that counts is shared."""
    seats = _seats(main)
    for _ in range(MOST_ROUNDS):
        tie_breaks.call_due(now=clock())
        waiting = db.session.scalars(
            select(TieBreak).join(TieBreak.competition).where(TieBreak.sitting_id.is_(None))
            .order_by(TieBreak.called_at, Competition.number)
        ).all()  # fmt: skip
        if not waiting:
            return
        for tie_break in waiting:
            step(f"Tie-break {tie_break.round} of {tie_break.competition.number}")
            _hold(tie_break, seats if story.is_settled else {}, room, clock, random)
        clock.advance(timedelta(hours=1, minutes=1))


def _hold(tie_break: TieBreak, seats: Mapping[object, int], room: Room, clock: ManualClock, random: Random) -> None:
    with transaction():
        sitting = tie_breaks.arrange(
            tie_break, room, clock() + timedelta(hours=3), [person("proctor")], by=person("administrator"),
            now=clock(), random=random,
        )  # fmt: skip
    assert sitting is not None  # nobody of the demonstration is barred meanwhile
    appeals.approve_commission(sitting, on=clock().date(), now=clock())
    clock.advance(timedelta(hours=3))
    stage.open_and_confirm(sitting, now=clock())
    places = scenario.tie_break_places(tie_break.round, tie_break.items)
    entrants = _seats(sitting)
    settled = {seat: places[seats[one]] for one, seat in entrants.items() if seats.get(one) in places}
    if not settled and tie_break.round > CHANCE_ROUNDS:
        drawn = random.sample(sorted(entrants.values()), len(entrants))
        settled = {seat: frozenset(range(1, tie_break.items + 1 - i)) for i, seat in enumerate(drawn)}
    people = day.simulated(stage.slips(sitting, now=clock()), random, settled=settled)
    day.play(sitting, people, clock, moved=lambda: None)
    day.close(sitting, clock)


def _seats(sitting: Sitting) -> dict[object, int]:
    """Seats by person."""
    rows = db.session.execute(
        select(Participant.person_id, Participant.seat).where(Participant.sitting_id == sitting.id)
    )
    return dict(rows.all())


def decide(contests: Sequence[Competition], clock: ManualClock) -> None:
    """The authority acts: in the third competition the winner declines, elsewhere they accept.

    Then the second is taken, or where there is none the competition is announced anew.
    """
    officer, today = person("officer"), clock().astimezone(i18n.zone()).date()
    for number, contest in enumerate(contests):
        if ActKind.WINNER_ACCEPTED not in standing(contest, now=clock()).may_follow:
            continue
        with transaction():
            decisions.draw_up(contest, by=officer, now=clock())
        with transaction():
            if number == 2:
                acts.decline(contest, "Жеңүүчүнүн арызы", today, by=officer, now=clock())
                db.session.flush()
                if ActKind.CONTRACT_SECOND in standing(contest, now=clock()).may_follow:
                    acts.contract_second(contest, "118-Б буйрук", today, by=officer, now=clock())
                else:
                    acts.announce_anew(contest, "118-Б буйрук", today, by=officer, now=clock())
            else:
                acts.accept(contest, "117-Б буйрук", today, by=officer, now=clock())


def publish(contests: Sequence[Competition], clock: ManualClock) -> list[tuple[Standing, Ranking | None]]:
    """Draw up and publish every ranking that can be."""
    told = []
    for contest in contests:
        found, ranking = standing(contest, now=clock()), None
        if found.is_decided:
            with transaction():
                ranking = decisions.draw_up(contest, by=person("officer"), now=clock())
            with transaction():
                decisions.publish(ranking, by=person("officer"), now=clock())
            with transaction():
                decisions.ranking_pdf(ranking, now=clock())
        told.append((found, ranking))
    return told
