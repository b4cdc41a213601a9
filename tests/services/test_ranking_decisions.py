"""¶29–32, 37–38: the ranking is drawn up, published and told; the authority's acts; the reserve."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from competitions.rules import Financing
from core import audit, outbox
from core.clock import ManualClock
from core.db import db, transaction
from ranking import queries
from ranking.models import AuthorityAct, Ranking
from ranking.rules.acts import (
    ActKind,
    ActNotPossible,
    AlreadyPublished,
    NotDecided,
    NotInReserve,
    RankingOutdated,
    RankingUnchanged,
)
from ranking.rules.outcome import Status
from ranking.services import acts, decisions
from ranking.services.decisions import ranking_content
from ranking.services.reserve import reserve_of
from testing_center.services.links import participant_of
from tests.factories import Make
from tests.ranking_scene import RankingScene

DOCUMENT = "Арыз № 4"


@pytest.fixture
def scene(make: Make, clock: ManualClock) -> RankingScene:
    """A competition to be played."""
    return RankingScene(make, clock)


def today(scene: RankingScene) -> date:
    """The day in Bishkek; every scene plays in the morning."""
    return scene.clock().date()


def draw_up(scene: RankingScene) -> Ranking:
    """Draw up the ranking."""
    competition = scene.competition
    with transaction():
        return decisions.draw_up(competition, by=scene.officer, now=scene.clock())


def publish(scene: RankingScene, ranking: Ranking) -> None:
    """Publish it."""
    with transaction():
        decisions.publish(queries.get_ranking(ranking.id), by=scene.officer, now=scene.clock())


def act(scene: RankingScene, verb: str) -> AuthorityAct:
    """One of the acts that concern nobody else, with a document of today."""
    competition = scene.competition
    with transaction():
        made: AuthorityAct = getattr(acts, verb)(
            competition, DOCUMENT, today(scene), by=scene.officer, now=scene.clock()
        )
        return made


def test_a_ranking_is_drawn_up_only_when_everything_is_past_appeal(scene: RankingScene) -> None:
    scene.test([8, 6])
    with pytest.raises(NotDecided):
        draw_up(scene)
    scene.after_appeals()
    assert draw_up(scene).revision == 1


def test_the_ranking_says_codes_scores_places_and_no_name(scene: RankingScene) -> None:
    first, second, third = scene.test([8, 6, 3])
    scene.after_appeals()
    said = ranking_content(draw_up(scene))
    assert [(row["code"], row["main"], row["tie_breaks"], row["total"], row["place"]) for row in said["ranking"]] == [
        (first, 8, [], 8, 1), (second, 6, [], 6, 2), (third, 3, [], 3, None),
    ]  # fmt: skip
    assert (said["status"], said["winner"], said["reserve"]) == ("decided", first, [second])
    assert said["barred"] == [{"code": third, "until": "2027-11-28"}]
    assert "Үсөнбаева" not in str(said)


def test_the_same_ranking_is_not_drawn_up_twice_and_a_changed_one_names_the_old(scene: RankingScene) -> None:
    scene.test([8, 6])
    scene.after_appeals()
    first = draw_up(scene)
    scene.clock.advance(timedelta(days=1))
    with pytest.raises(RankingUnchanged):
        draw_up(scene)
    act(scene, "decline")
    second = draw_up(scene)
    assert (second.revision, second.supersedes_id) == (2, first.id)
    assert ranking_content(second)["winner"] is None


def test_a_ranking_that_the_results_have_left_behind_is_not_published(scene: RankingScene) -> None:
    scene.test([8, 6])
    scene.after_appeals()
    ranking = draw_up(scene)
    act(scene, "decline")
    with pytest.raises(RankingOutdated):
        publish(scene, ranking)


def test_published_are_codes_for_all_and_one_name_and_everybody_is_told_within_five_days(scene: RankingScene) -> None:
    first, _second, _absent = scene.test([8, 6, None])
    scene.after_appeals()
    ranking = draw_up(scene)
    publish(scene, ranking)
    found = db.session.get_one(Ranking, ranking.id)
    assert found.winner_name == participant_of(queries.attempt_by_number(first)).person.full_name
    letters = list(db.session.scalars(db.select(outbox.Letter).where(outbox.Letter.kind == "ranking.published")))
    assert len(letters) == 3
    assert {letter.due_at for letter in letters} == {scene.clock().replace(hour=18, minute=0, second=0) + timedelta(5)}
    assert all(first in letter.body for letter in letters)
    with pytest.raises(AlreadyPublished):
        publish(scene, ranking)


def test_a_competition_not_held_is_ranked_and_published_with_its_ground(scene: RankingScene) -> None:
    scene.test([3, 2])
    scene.after_appeals()
    ranking = draw_up(scene)
    publish(scene, ranking)
    said = ranking_content(ranking)
    assert (said["status"], said["ground"], said["winner"]) == ("not_held", "nobody_reached_cut_score", None)
    assert db.session.get_one(Ranking, ranking.id).winner_name is None
    act(scene, "announce_anew")
    with pytest.raises(ActNotPossible):
        act(scene, "announce_anew")


def test_the_winner_declines_and_the_second_is_chosen(scene: RankingScene) -> None:
    first, second, third = scene.test([8, 6, 5])
    scene.after_appeals()
    with pytest.raises(ActNotPossible):
        act(scene, "contract_second")
    assert act(scene, "decline").attempt_id == queries.attempt_by_number(first).id
    act(scene, "contract_second")
    assert (scene.standing().winner, scene.standing().reserve) == (second, (third,))
    draw_up(scene)
    act(scene, "accept")
    assert scene.standing().may_follow == ()


def test_where_the_second_place_is_shared_a_tie_break_decides_who_is_contracted(scene: RankingScene) -> None:
    _first, second, third = scene.test([9, 6, 6])
    scene.after_appeals()
    assert scene.sweep() == 0
    draw_up(scene)
    act(scene, "decline")
    act(scene, "contract_second")
    found = scene.tie({second: 3, third: 2})
    assert found.tie_breaks[0].place == 2
    assert (found.status, found.winner, found.reserve) == (Status.DECIDED, second, (third,))
    assert [row.place for row in found.rows] == [1, 2, 3]


def test_the_reserve_is_that_of_the_source_of_financing_and_is_used_once(make: Make, clock: ManualClock) -> None:
    full, empty = RankingScene(make, clock), RankingScene(make, clock)
    _first, second, third, _below = full.test([8, 6, 5, 3])
    full.after_appeals()
    publish(full, draw_up(full))
    local = reserve_of(Financing.LOCAL, now=clock())
    assert [(one.code, one.place) for one in local] == [(second, 2), (third, 3)]
    assert reserve_of(Financing.REPUBLICAN, now=clock()) == []
    empty.test([2])
    empty.after_appeals()
    competition = empty.competition
    with transaction():
        acts.appoint_from_reserve(
            competition, local[0].attempt_id, DOCUMENT, today(empty), by=empty.officer, now=clock()
        )
    assert [one.code for one in reserve_of(Financing.LOCAL, now=clock())] == [third]


def test_nobody_is_appointed_from_the_other_bodys_reserve(make: Make, clock: ManualClock) -> None:
    full, empty = RankingScene(make, clock), RankingScene(make, clock)
    _first, second = full.test([8, 6])
    full.after_appeals()
    publish(full, draw_up(full))
    empty.test([2])
    empty.after_appeals()
    with transaction():
        empty.competition_of(empty.sitting).financing = Financing.REPUBLICAN
    attempt, competition = queries.attempt_by_number(second).id, empty.competition
    with transaction(), pytest.raises(NotInReserve):
        acts.appoint_from_reserve(competition, attempt, DOCUMENT, today(empty), by=empty.officer, now=clock())


def test_the_paper_is_drawn_once_and_stays_the_same(scene: RankingScene) -> None:
    scene.test([8, 6])
    scene.after_appeals()
    ranking = draw_up(scene)
    with transaction():
        first = decisions.ranking_pdf(queries.get_ranking(ranking.id), now=scene.clock())
    scene.clock.advance(timedelta(days=1))
    with transaction():
        assert decisions.ranking_pdf(queries.get_ranking(ranking.id), now=scene.clock()) == first
    assert first.startswith(b"%PDF")


@pytest.mark.parametrize("table", ["ranking", "act"])
def test_the_record_holds_and_finds_what_was_altered(scene: RankingScene, table: str) -> None:
    scene.test([8, 6])
    scene.after_appeals()
    publish(scene, draw_up(scene))
    act(scene, "decline")
    assert list(audit.verify()) == []
    with transaction():
        if table == "ranking":
            row = db.session.scalars(db.select(Ranking)).one()
            row.content = row.content.replace('"total":8', '"total":9')
        else:
            db.session.scalars(db.select(AuthorityAct)).one().kind = ActKind.WINNER_ACCEPTED
    said = [fault.what for fault in audit.verify()]
    assert len(said) == 1
    assert "altered" in said[0]
