"""Results for everybody: numbers and scores of all, the winner's name alone (¶29–30, 37)."""

from __future__ import annotations

import pytest

from accounts.rules import Role
from core.db import db, transaction
from ranking.services import acts, decisions
from tests.ranking_scene import RankingScene
from tests.web.reading import page_of
from tests.web.signing_in import sign_in

BASE = "/results"


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def scene(make, clock):
    """A competition to play."""
    return RankingScene(make, clock)


def published(scene: RankingScene) -> None:
    """Draw the ranking up and publish it."""
    officer = scene.make.user(Role.AUTHORITY_OFFICER)
    with transaction():
        decisions.draw_up(scene.competition_of(scene.sitting), by=officer, now=scene.clock())
    with transaction():
        ranking = decisions.queries.latest_ranking(scene.competition_id)
        decisions.publish(ranking, by=officer, now=scene.clock())


def played(scene: RankingScene, *scores: int | None) -> list[str]:
    """A decided and published competition; public numbers by seat."""
    codes = scene.test(scores)
    for participant, name in zip(scene.registered(scene.sitting), ("Асанов", "Бейшенов", "Чороев"), strict=False):
        with transaction():
            participant = db.session.merge(participant)
            participant.person.surname = name
    scene.after_appeals()
    published(scene)
    return codes


def test_before_a_publication_there_is_nothing_to_see(client, scene):
    scene.test([7, 6])
    scene.after_appeals()
    assert "Nothing is published yet" in page_of(client.get(f"{BASE}/"))
    assert client.get(f"{BASE}/{scene.competition_id}").status_code == 404
    officer = scene.make.user(Role.AUTHORITY_OFFICER)
    with transaction():
        decisions.draw_up(scene.competition_of(scene.sitting), by=officer, now=scene.clock())
    assert client.get(f"{BASE}/{scene.competition_id}").status_code == 404


def test_everybody_reads_numbers_scores_and_places_and_no_name_but_the_winners(client, scene):
    first, second, below = played(scene, 7, 6, 2)
    assert scene.competition.number in page_of(client.get(f"{BASE}/"))
    html = page_of(client.get(f"{BASE}/{scene.competition_id}"))
    assert "Асанов" in html and "Бейшенов" not in html and "Чороев" not in html
    assert html.index(first) < html.index(second) < html.index(below) and "4 of 9" in html
    row = html.split(f'row"><span class="u-num u-strong">{second}</span>', 1)[1].split("</tr>", 1)[0]
    assert "Reserve" in row and ">6</td>" in row


@pytest.mark.parametrize(
    ("language", "word"), [("ky", "Конкурстун жыйынтыгы"), ("ru", "Итог конкурса"), ("en", "Result of")]
)
def test_the_page_is_there_in_three_languages(client, scene, language, word):
    played(scene, 7, 6)
    html = page_of(client.get(f"{BASE}/{scene.competition_id}?lang={language}"))
    assert f'<html lang="{language}"' in html and word in html


def test_a_competition_that_is_not_held_tells_its_ground_and_no_name(client, scene):
    played(scene, 2, 1)
    html = page_of(client.get(f"{BASE}/{scene.competition_id}"))
    assert "not held (¶30)" in html and "Nobody reached the cut score" in html
    assert "Асанов" not in html and "Бейшенов" not in html


def test_points_of_the_tie_break_are_shown_with_their_sum(client, scene):
    one, two, three = scene.test([7, 7, 5])
    scene.after_appeals()
    scene.tie({one: 1, two: 3})
    published(scene)
    html = page_of(client.get(f"{BASE}/{scene.competition_id}"))
    row = html.split(f'row"><span class="u-num u-strong">{two}</span>', 1)[1].split("</tr>", 1)[0]
    assert "7 + 3 = <b>10</b>" in row and "Winner of the competition" in row
    assert "Where scores were equal" in html and three in html


def test_a_later_publication_takes_the_place_of_the_earlier(client, scene):
    _first, second, _third = played(scene, 7, 6, 5)
    with transaction():
        competition, now = scene.competition_of(scene.sitting), scene.clock()
        acts.decline(competition, "Кат № 1", now.date(), by=scene.officer, now=now)
        acts.contract_second(competition, "Буйрук № 2", now.date(), by=scene.officer, now=now)
    published(scene)
    html = page_of(client.get(f"{BASE}/{scene.competition_id}"))
    assert "Version: 2" in html and "Бейшенов" in html and "Асанов" not in html
    row = html.split(f'row"><span class="u-num u-strong">{second}</span>', 1)[1].split("</tr>", 1)[0]
    assert "Winner of the competition" in row and page_of(client.get(f"{BASE}/")).count(scene.competition.number) == 1


def test_the_list_is_searched(client, scene):
    played(scene, 7, 6)
    assert scene.competition.number in page_of(client.get(f"{BASE}/?q=орто"))
    assert "No competition fits" in page_of(client.get(f"{BASE}/?q=өзгөн"))


def test_staff_come_to_it_from_their_list(client, make):
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    assert f'href="{BASE}/"' in page_of(client.get("/staff/results/"))
