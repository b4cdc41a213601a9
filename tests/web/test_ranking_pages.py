"""Pages of results for staff: how far a competition is, its ranking, tie-breaks, the authority's acts (¶27–32)."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core.db import db
from ranking import queries
from ranking.models import AuthorityAct
from ranking.rules.acts import ActKind
from testing_center.models.sittings import Sitting
from tests.ranking_scene import RankingScene
from tests.web.reading import entries, page_of
from tests.web.signing_in import post, sign_in

BASE = "/staff/results"


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def scene(make, clock):
    """A competition to play."""
    return RankingScene(make, clock)


@pytest.fixture
def officer(client, make):
    """Sign an officer of the authority in; again after the clock was moved far."""
    return lambda: sign_in(client, make.user(Role.AUTHORITY_OFFICER))


def at(scene: RankingScene, rest: str = "") -> str:
    """The page of the competition's result, or what hangs under it."""
    return f"{BASE}/{scene.competition_id}/{rest}"


def decided(scene: RankingScene, scores=(7, 6, 5, 2)) -> list[str]:
    """A competition whose main test decides; public numbers by seat."""
    codes = scene.test(scores)
    scene.after_appeals()
    return codes


def drawn_up(client, scene: RankingScene) -> str:
    """Draw the ranking up; its id."""
    assert post(client, at(scene, "ranking")).status_code == 303
    return str(queries.latest_ranking(scene.competition_id).id)


def done(client, scene: RankingScene, kind: ActKind, **fields: str):
    """Write an act down."""
    path = at(scene, f"acts/{kind}")
    return post(client, path, {"document": "Буйрук № 7", "on": "28.11.2026"} | fields, page=path)


# --- how far it is


def test_nothing_to_show_says_what_will_stand_there(client, officer):
    officer()
    assert "No competition yet" in page_of(client.get(f"{BASE}/"))


def test_a_competition_says_what_it_waits_for_and_until_when(client, scene, officer):
    scene.test([7, 6, 2])
    officer()
    for page in (client.get(f"{BASE}/"), client.get(at(scene))):
        assert "Appeals are accepted. Until: 28.11.2026, 11:00" in page_of(page)
    assert "No places yet" in page_of(client.get(at(scene)))
    scene.after_appeals()
    officer()
    html = page_of(client.get(at(scene)))
    assert "Appeals are accepted" not in html and "Places by score" in html


def test_the_list_is_searched_by_school_and_number(client, scene, officer):
    officer()
    assert scene.competition.number in page_of(client.get(f"{BASE}/?q=орто"))
    assert "No competition fits" in page_of(client.get(f"{BASE}/?q=өзгөн"))


def test_places_winner_reserve_and_who_is_below_stand_by_public_number(client, scene, officer):
    first, second, _third, below = decided(scene)
    officer()
    html = page_of(client.get(at(scene)))
    for code, badge in ((first, "Winner of the competition"), (second, "Reserve"), (below, "Below the cut score")):
        row = html.split(f'u-strong">{code}</span><br>', 1)[1].split("</tr>", 1)[0]
        assert badge in row
    assert "Үсөнбаева" not in html and "28.11.2027" in html  # nobody is named; the bar of ¶28 has its day


def test_a_competition_that_nobody_came_to_is_not_held_with_its_ground(client, scene, officer):
    decided(scene, (None, None))
    officer()
    html = page_of(client.get(at(scene)))
    assert "not held (¶30)" in html and "Ground: Nobody came" in html and "No score to place" in html
    assert "A new competition is announced" in html and "Appointed from the reserve" in html


# --- the ranking


def test_a_ranking_is_drawn_up_checked_and_published(client, scene, officer):
    decided(scene)
    officer()
    assert "Draw up the ranking" in page_of(client.get(at(scene)))
    ranking = drawn_up(client, scene)
    html = page_of(client.get(at(scene)))
    assert "Not published" in html and "Draw up the ranking" not in html
    assert post(client, at(scene, f"ranking/{ranking}/publication")).status_code == 303
    html = page_of(client.get(at(scene)))
    assert "Not published" not in html and f"/results/{scene.competition_id}" in html
    assert len(entries("ranking.published")) == 1


def test_nothing_is_drawn_up_before_it_is_decided_and_nothing_twice(client, scene, officer):
    scene.test([7, 6])
    officer()
    assert post(client, at(scene, "ranking")).status_code == 409
    scene.after_appeals()
    officer()
    drawn_up(client, scene)
    assert post(client, at(scene, "ranking")).status_code == 409


def test_publishing_asks_who_one_is_again(client, scene, officer, clock):
    decided(scene)
    officer()
    ranking = drawn_up(client, scene)
    clock.advance(timedelta(minutes=6))
    answer = post(client, at(scene, f"ranking/{ranking}/publication"))
    assert "password" in page_of(answer) and not entries("ranking.published")


def test_the_ranking_of_another_competition_is_not_found_here(client, make, scene, officer):
    decided(scene)
    officer()
    ranking, other = drawn_up(client, scene), make.competition()
    assert post(client, f"{BASE}/{other.id}/ranking/{ranking}/publication").status_code == 404


def test_the_ranking_protocol_and_the_handing_over_file_are_files(client, scene, officer):
    first, second, third, below = decided(scene)
    officer()
    assert post(client, at(scene, "handing-over")).status_code == 409  # nothing is drawn up yet
    ranking = drawn_up(client, scene)
    pdf = post(client, at(scene, f"ranking/{ranking}/file"))
    assert pdf.data.startswith(b"%PDF") and "no-store" in pdf.headers["Cache-Control"]
    packed = post(client, at(scene, "handing-over"))
    with ZipFile(BytesIO(packed.data)) as files:
        manifest = json.loads(files.read("manifest.json"))
    folders = {one["path"].split("/")[0] for one in manifest["files"] if "/" in one["path"]}
    assert folders == {code.replace("/", "_") for code in (first, second, third)} and below not in str(manifest)
    assert len(entries("competition.handed_over")) == 1


# --- tie-breaks


def test_a_tie_is_called_by_itself_and_arranged_on_its_page(client, make, scene, clock):
    one, two, _three = decided(scene, (7, 7, 5))
    assert scene.sweep() == 1
    room, proctor = str(make.room(5).id), str(make.user(Role.PROCTOR).id)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "Fix place and time of a tie-break test" in page_of(client.get("/staff/"))
    assert "Fix place and time" in page_of(client.get(at(scene)))
    path = f"{BASE}/tie-breaks/{scene.last_round().id}/"
    html = page_of(client.get(path))
    assert (
        all(f">{code}</span></li>" in html for code in (one, two))
        and "<dt>Questions</dt><dd>3</dd>" in html
        and "<dd>9</dd>" in html
        and "30.11.2026, 11:00" in html
    )
    fields = {"room_id": room, "on": "29.11.2026", "at": "09:00", "proctors": [proctor]}
    late = post(client, path, fields | {"on": "01.12.2026"}, page=path)
    assert late.status_code == 409 and 'id="at-error"' in page_of(late) and 'value="01.12.2026"' in page_of(late)
    past = post(client, path, fields | {"on": "27.11.2026"}, page=path)
    assert "This moment has passed already." in page_of(past)
    assert post(client, path, fields, page=path).status_code == 303
    sitting = db.session.get_one(Sitting, scene.last_round().sitting_id)
    assert [str(one.id) for one in sitting.proctors] == [proctor] and len(scene.registered(sitting)) == 2
    assert sitting.number in page_of(client.get(at(scene))) and sitting.number in page_of(client.get(path))
    again = post(client, path, fields, page="/staff/account")
    assert again.status_code == 409


def test_points_of_the_tie_break_and_who_stayed_away_stand_in_the_table(client, scene, officer):
    one, two, _three = decided(scene, (7, 7, 5))
    scene.tie({one: 2, two: None})
    officer()
    html = page_of(client.get(at(scene)))
    assert "did not come, points: 0" in html and "points: 2" in html
    row = html.split(f'u-strong">{one}</span><br>', 1)[1].split("</tr>", 1)[0]
    assert "Winner of the competition" in row and '<td class="is-num u-strong">9</td>' in row


def test_the_protocol_of_a_tie_break_is_handed_over_under_the_number_of_the_main_test(client, scene, officer):
    one, two, _three = decided(scene, (7, 7, 5))
    scene.tie({one: 2, two: 1})
    officer()
    drawn_up(client, scene)
    with ZipFile(BytesIO(post(client, at(scene, "handing-over")).data)) as files:
        names = files.namelist()
    assert [len([name for name in names if name.startswith(f"{code}/")]) for code in (one, two)] == [2, 2]


def test_the_officer_of_the_authority_arranges_no_test(client, scene, officer):
    decided(scene, (7, 7, 5))
    scene.sweep()
    officer()
    assert "Fix place and time" not in page_of(client.get(at(scene)))
    assert client.get(f"{BASE}/tie-breaks/{scene.last_round().id}/").status_code == 403


# --- acts of the authority


def test_the_winner_declines_and_the_second_place_is_chosen(client, scene, officer):
    first, second, *_rest = decided(scene)
    officer()
    assert done(client, scene, ActKind.CONTRACT_SECOND).status_code == 409  # the winner has not declined
    assert done(client, scene, ActKind.WINNER_DECLINED).status_code == 303
    assert "offers the contract to the second place" in page_of(client.get(at(scene)))
    assert done(client, scene, ActKind.CONTRACT_SECOND).status_code == 303
    html, found = page_of(client.get(at(scene))), scene.standing().outcome
    assert "Буйрук № 7" in html and "The second place" in html and (found.winner, *found.declined) == (second, first)
    post(client, at(scene, "ranking"))
    assert done(client, scene, ActKind.WINNER_ACCEPTED).status_code == 303
    assert "Nothing more follows" in page_of(client.get(at(scene)))


def test_an_act_needs_its_document_and_a_day_that_has_come(client, scene, officer):
    decided(scene)
    officer()
    assert 'id="document-error"' in page_of(done(client, scene, ActKind.WINNER_ACCEPTED, document=""))
    late = done(client, scene, ActKind.WINNER_ACCEPTED, on="29.11.2026")
    assert late.status_code == 409 and 'id="on-error"' in page_of(late)
    assert not db.session.scalars(select(AuthorityAct)).all()


def test_somebody_is_appointed_from_the_reserve_of_the_same_financing(client, make, clock, scene, officer):
    _first, second, third, _below = decided(scene)
    officer()
    ranking = drawn_up(client, scene)
    post(client, at(scene, f"ranking/{ranking}/publication"))
    html = page_of(client.get(f"{BASE}/reserve/"))
    assert html.index(second) < html.index(third) and "Republican budget" in html and "The reserve is empty" in html
    empty = RankingScene(make, clock)
    decided(empty, (None,))
    officer()
    reservist = str(queries.attempt_by_number(third).id)
    assert third in page_of(client.get(at(empty, f"acts/{ActKind.APPOINT_FROM_RESERVE}")))
    assert done(client, empty, ActKind.APPOINT_FROM_RESERVE, attempt=reservist).status_code == 303
    html = page_of(client.get(f"{BASE}/reserve/"))
    assert html.index(second) < html.index("Left the reserve") < html.index(third)


def test_a_withdrawal_from_the_reserve_is_written_down_with_its_document(client, scene, officer):
    _first, second, third, _below = decided(scene)
    officer()
    post(client, at(scene, f"ranking/{drawn_up(client, scene)}/publication"))
    reservist = queries.attempt_by_number(second).id
    path = f"{BASE}/reserve/{reservist}/withdrawal"
    html = page_of(client.get(f"{BASE}/reserve/"))
    assert path in html and "28.11.2026" in html and "28.11.2031" in html
    assert second in page_of(client.get(path))
    assert 'id="document-error"' in page_of(post(client, path, {"document": "", "on": "28.11.2026"}, page=path))
    assert 'id="on-error"' in page_of(post(client, path, {"document": "Арыз № 4", "on": "29.11.2026"}, page=path))
    assert post(client, path, {"document": "Арыз № 4", "on": "28.11.2026"}, page=path).status_code == 303
    html = page_of(client.get(f"{BASE}/reserve/"))
    assert html.index(third) < html.index("Left the reserve") < html.index(second)
    assert {client.get(one).status_code for one in (path, at(scene, "acts/withdrew_from_reserve"))} == {404}
    assert "Withdrew from the reserve" in page_of(client.get(at(scene)))


@pytest.mark.parametrize("role", [Role.TEST_ADMINISTRATOR, Role.AUDITOR])
def test_others_read_results_and_decide_nothing(client, make, scene, role):
    decided(scene)
    sign_in(client, make.user(role))
    html = page_of(client.get(at(scene)))
    assert "Places by score" in html and "Draw up the ranking" not in html and "/acts/" not in html
    assert post(client, at(scene, "ranking")).status_code == 403


def test_an_act_that_does_not_exist_is_not_found(client, scene, officer):
    officer()
    assert client.get(at(scene, "acts/dance")).status_code == 404
