"""Competitions played on a virtual clock, from the announcement to the publication."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import click

from core.clock import ManualClock
from demo import annulled, appeals, blueprint, day, results, scenario, stage, summary
from demo.printed import remember_accounts, step
from testing_center.models.places import Room
from testing_center.models.sittings import Sitting

TIE_BREAKS = 2  # rounds between the same people: the story of the second competition, and chance, need no more


def play(candidates: int, seed: int, items: int, clock: ManualClock) -> summary.Played:
    """The whole of it: build, open, answer, close, appeal, correct, break ties, decide, publish."""
    sitting, room, people, story, random = test_day(candidates, seed, items, clock)
    return aftermath(sitting, room, people, story, clock, random)


def test_day(
    candidates: int, seed: int, items: int, clock: ManualClock
) -> tuple[Sitting, Room, list[day.Simulated], scenario.Scenario, Random]:
    """Build everything and play the test day until the sitting is closed."""
    random = Random(seed)
    remember_accounts(stage.staff(now=clock()))
    stage.bank(now=clock(), step=step)
    spec, sealed = blueprint.specification(items, 120, now=clock(), rounds=TIE_BREAKS)
    room = stage.places(candidates + 2)[0]
    clock.advance(timedelta(days=1))
    story = scenario.settle(candidates, spec, now=clock())
    sitting = stage.sitting(
        room, spec, sealed, candidates, clock() + timedelta(hours=1), now=clock(), random=random, step=step,
        contests=story.contests,
    )  # fmt: skip
    appeals.approve_commission(sitting, on=clock().date(), now=clock())
    clock.advance(timedelta(hours=1))
    free = [seat for seat in range(1, candidates + 1) if not story.needs(seat)]
    absent = sorted({*random.sample(free, min(len(free), max(1, candidates // 30))), *story.absent})
    stage.open_and_confirm(sitting, now=clock(), absent=absent)
    present = [slip for slip in stage.slips(sitting, now=clock()) if slip["seat"] not in absent]
    people = day.simulated(present, random, settled=story.right, knows=story.knows)
    with click.progressbar(
        length=len(people) * (items + 2), label="Test day", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        day.play(sitting, people, clock, moved=lambda: bar.update(1))
    day.close(sitting, clock)
    return sitting, room, people, story, random


def aftermath(
    sitting: Sitting, room: Room, people: Sequence[day.Simulated], story: scenario.Scenario, clock: ManualClock,
    random: Random,
) -> summary.Played:  # fmt: skip
    """What follows the test day, to the publication."""
    attempts = {who.seat: who.attempt_id for who in people if who.attempt_id}
    filed, errata = [], []
    if story.is_settled:
        step("The appeal hour")
        filed = appeals.file_all(sitting, people, clock, cases=story.cases)
        clock.advance(timedelta(hours=18))
        step("The commission hears the appeals")
        heard = appeals.hear_all(attempts, clock, cases=story.cases)
        step("Corrections for everybody")
        errata = appeals.correct(heard, clock)
    clock.advance(timedelta(hours=2))
    results.settle_ties(sitting, room, story, clock, random, step=step)
    results.decide(story.everything, clock)
    results.settle_ties(sitting, room, story, clock, random, step=step)
    step("Rankings and their publication")
    told = results.publish(story.everything, clock)
    if story.annulled is None:
        return summary.Played(told, filed, errata)
    of_annulled, voided = annulled.play(story.annulled, clock, random, step=step)
    results.decide([story.annulled], clock)
    told += results.publish([story.annulled], clock)
    return summary.Played(told, [*filed, *of_annulled], errata, [voided])
