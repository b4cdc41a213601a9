"""The personnel reserve: from when, until when, and who leaves it (¶6, 32, 37–38; Annex 3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from archive import queries as archive
from competitions.rules import Financing
from core import audit, i18n
from core.db import transaction
from ranking import queries
from ranking.models import Ranking
from ranking.rules.acts import DocumentNeeded, NotInReserve
from ranking.services import acts, decisions
from ranking.services.reserve import Reservist, reserve_of
from tests.ranking_scene import RankingScene

DOCUMENT = "Арыз № 12"
DAY = timedelta(days=1)


@pytest.fixture
def scene(make, clock) -> RankingScene:
    """A published competition: a winner, two in the reserve, one below the cut score."""
    scene = RankingScene(make, clock)
    scene.codes = scene.test([8, 6, 5, 3])
    scene.after_appeals()
    publish(scene)
    return scene


def publish(scene: RankingScene) -> Ranking:
    """The ranking as it stands now, drawn up and published."""
    competition = scene.competition
    with transaction():
        ranking = decisions.draw_up(competition, by=scene.officer, now=scene.clock())
        decisions.publish(ranking, by=scene.officer, now=scene.clock())
    return ranking


def reserve(scene: RankingScene) -> list[Reservist]:
    """The reserve as it is now."""
    return reserve_of(Financing.LOCAL, now=scene.clock())


def codes(scene: RankingScene) -> list[str]:
    """Who stands in it."""
    return [one.code for one in reserve(scene)]


def today(scene: RankingScene) -> date:
    """The day it is in Bishkek."""
    return scene.clock().astimezone(i18n.zone()).date()


def withdraw(scene: RankingScene, code: str, document: str = DOCUMENT) -> None:
    """Somebody withdraws in writing."""
    attempt, competition = queries.attempt_by_number(code).id, scene.competition
    with transaction():
        acts.withdraw_from_reserve(competition, attempt, document, today(scene), by=scene.officer, now=scene.clock())


def test_an_entry_says_since_when_until_when_and_of_which_competition(scene):
    [second, third] = reserve(scene)
    assert [second.code, third.code] == scene.codes[1:3]
    assert second.competition.id == scene.competition_id
    assert (second.since, second.until) == (date(2026, 11, 28), date(2031, 11, 28))


def test_who_withdrew_in_writing_is_out_and_the_competition_stays_as_it_was_decided(scene):
    before, [lot] = scene.standing(), archive.lots(i18n.zone())
    scene.clock.advance(timedelta(days=40))
    withdraw(scene, scene.codes[1])
    assert codes(scene) == [scene.codes[2]]
    found = scene.standing()
    assert (found.winner, found.reserve, found.may_follow) == (before.winner, before.reserve, before.may_follow)
    assert not decisions.is_to_draw_up(queries.latest_ranking(scene.competition_id), found)
    assert archive.lots(i18n.zone()) == [lot]  # the term of keeping is no longer for it
    assert queries.unsettled() == []
    assert [act.document for act in queries.acts_of(scene.competition)] == [DOCUMENT]
    assert list(audit.verify()) == []


def test_who_is_not_in_the_reserve_cannot_withdraw_from_it(scene):
    withdraw(scene, scene.codes[1])
    for code in (scene.codes[0], scene.codes[1], scene.codes[3]):
        with pytest.raises(NotInReserve):
            withdraw(scene, code)
    with pytest.raises(DocumentNeeded):
        withdraw(scene, scene.codes[2], " ")


def test_a_withdrawal_is_written_down_in_the_competition_that_it_is_about(scene, make, clock):
    other, attempt = RankingScene(make, clock), queries.attempt_by_number(scene.codes[1]).id
    competition = other.competition
    with pytest.raises(NotInReserve), transaction():
        acts.withdraw_from_reserve(competition, attempt, DOCUMENT, today(scene), by=scene.officer, now=clock())


def test_the_second_who_signed_the_contract_is_out_even_before_it_is_published_anew(scene):
    for verb in ("decline", "contract_second", "accept"):
        competition = scene.competition
        with transaction():
            if verb == "accept":
                decisions.draw_up(competition, by=scene.officer, now=scene.clock())
            getattr(acts, verb)(competition, DOCUMENT, today(scene), by=scene.officer, now=scene.clock())
    assert codes(scene) == [scene.codes[2]]


def test_a_later_publication_does_not_move_the_day_of_entry_but_the_end_of_the_term(scene):
    scene.clock.advance(10 * DAY)
    competition = scene.competition
    with transaction():
        acts.decline(competition, DOCUMENT, today(scene), by=scene.officer, now=scene.clock())
    scene.clock.advance(10 * DAY)
    publish(scene)
    [_second, third] = reserve(scene)
    assert (third.since, third.until) == (date(2026, 11, 28), date(2031, 12, 18))


@pytest.mark.parametrize(("day", "stays"), [(date(2031, 11, 28), True), (date(2031, 11, 29), False)])
def test_with_the_term_of_the_papers_the_reserve_of_the_competition_ends(scene, day, stays):
    zone = ZoneInfo("Asia/Bishkek")
    scene.clock.at = datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
    assert bool(reserve(scene)) is stays
    scene.clock.at = datetime.combine(day, time(), zone).astimezone(UTC)
    assert bool(reserve(scene)) is stays
