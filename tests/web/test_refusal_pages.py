"""Pages on which a tie-break is declined in writing (¶29), and on which the reserve knows people (¶6, 37–38)."""

from __future__ import annotations

import pytest

from accounts.rules import Role
from core.db import transaction
from ranking import queries
from ranking.services import acts, decisions
from tests.ranking_scene import RankingScene
from tests.web.reading import page_of
from tests.web.signing_in import post, sign_in

BASE = "/staff/results"
SAID = {"document": "Арыз № 5", "on": "28.11.2026"}


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def scene(make, clock):
    """Two who share the first place; the tie-break is called."""
    scene = RankingScene(make, clock)
    scene.codes = scene.test([7, 7, 5])
    scene.after_appeals()
    scene.sweep()
    return scene


def refusal(scene: RankingScene) -> str:
    """Where a refusal of the tie-break called last is written down."""
    return f"{BASE}/tie-breaks/{scene.last_round().id}/refusal"


def result(scene: RankingScene) -> str:
    """The page of the competition's result."""
    return f"{BASE}/{scene.competition_id}/"


def attempt(code: str) -> str:
    return str(queries.attempt_by_number(code).id)


def publish(scene: RankingScene) -> None:
    """The ranking is drawn up and published."""
    competition = scene.competition
    with transaction():
        ranking = decisions.draw_up(competition, by=scene.officer, now=scene.clock())
        decisions.publish(ranking, by=scene.officer, now=scene.clock())


def test_the_officer_writes_the_refusal_down_and_the_page_says_who_takes_the_place(client, make, scene):
    a, b, _third = scene.codes
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    path = refusal(scene)
    assert path in page_of(client.get(result(scene)))
    html = page_of(client.get(path))
    assert a in html and b in html and scene.codes[2] not in html
    nobody = page_of(post(client, path, SAID, page=path))
    assert 'id="attempt-error"' in nobody
    early = post(client, path, SAID | {"attempt": attempt(a), "on": "27.11.2026"}, page=path)
    assert early.status_code == 409 and 'id="on-error"' in page_of(early) and 'value="Арыз № 5"' in page_of(early)
    assert post(client, path, SAID | {"attempt": attempt(a)}, page=path).status_code == 303
    html = page_of(client.get(result(scene)))
    said = (
        "declined in writing", "takes the place without a test", "No test: one candidate is left", "Арыз № 5",
        "The other tied candidates declined the tie-break test", "Declined the tie-break test",
    )  # fmt: skip
    assert [words for words in said if words not in html] == []
    assert path not in html and "Draw up the ranking" in html
    again = page_of(client.get(path))
    assert "Nobody can decline this test any more" in again and 'id="document"' not in again
    assert post(client, path, SAID | {"attempt": attempt(b)}, page=path).status_code == 409


def test_where_the_others_go_on_the_page_says_who_is_not_expected(client, make, scene, clock):
    three = RankingScene(make, clock)
    codes = three.test([7, 7, 7])
    three.after_appeals()
    three.sweep()
    three.decline(codes[0])
    scene.decline(scene.codes[0])
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    html = page_of(client.get(f"{BASE}/tie-breaks/{three.last_round().id}/"))
    assert f"{codes[0]}</span>: declined in writing" in html and "Fix place and time" in html
    html = page_of(client.get(f"{BASE}/tie-breaks/{scene.last_round().id}/"))
    assert "No test is needed" in html and '<select class="c-select" id="room_id"' not in html


def test_the_administrator_of_tests_writes_no_refusal_down(client, make, scene):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    path = refusal(scene)
    assert path not in page_of(client.get(result(scene)))
    assert client.get(path).status_code == 403
    assert post(client, path, SAID | {"attempt": attempt(scene.codes[0])}, page=result(scene)).status_code == 403


def test_the_address_of_an_act_writes_no_refusal_down_either(client, make, scene):
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    assert client.get(f"{result(scene)}acts/tie_break_declined").status_code == 404


def test_everybody_reads_why_one_of_two_with_equal_points_is_first(client, scene):
    scene.decline(scene.codes[0])
    publish(scene)
    html = page_of(client.get(f"/results/{scene.competition_id}"))
    assert "so the place was taken without a test (¶29)" in html


def test_everybody_reads_who_stands_behind_where_the_others_sat_it(client, make, clock):
    scene = RankingScene(make, clock)
    a, b, c = scene.test([7, 7, 7])
    scene.after_appeals()
    scene.sweep()
    scene.decline(a)
    scene.hold({a: None, b: 2, c: 0})
    scene.after_appeals()
    scene.sweep()
    publish(scene)
    html = page_of(client.get(f"/results/{scene.competition_id}"))
    assert "Whoever declined the tie-break test stands behind those who did not" in html


def test_the_reserve_says_who_left_it_by_which_appointment_and_who_stands_there_twice(client, make, clock):
    both, winner = make.person(email="x@mail.kg"), make.person(email="y@mail.kg")
    first, second = RankingScene(make, clock), RankingScene(make, clock)
    ours = first.test([8, 6, 5], people={2: both, 3: winner})
    others = second.test([8, 7], people={1: winner, 2: both})
    first.after_appeals()
    publish(first)
    publish(second)
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    html = page_of(client.get(f"{BASE}/reserve/"))
    assert f"The same person: {others[1]} ({second.competition.number})" in html
    assert f"The same person: {ours[1]} ({first.competition.number})" in html and "Left the reserve" not in html
    number, by = second.competition.number, make.user(Role.AUTHORITY_OFFICER)
    competition = second.competition
    with transaction():
        acts.accept(competition, "Буйрук № 1", clock().date(), by=by, now=clock())
    html = page_of(client.get(f"{BASE}/reserve/"))
    left = html[html.index("Left the reserve") :]
    assert ours[2] in left and "Appointed: the contract was signed" in left
    assert f"In the competition: {number}" in left
