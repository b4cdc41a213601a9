"""A page costs as many statements with four rows behind it as with two: appeals, hearings, competitions, home."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.rules import Role
from appeals.rules.states import AppealOutcome, FindingKind
from competitions import people, services
from core.db import db, transaction
from tests.appeal_scene import AppealScene
from tests.web.at_the_table import anew
from tests.web.counting import FEW, MANY, check, cost, same
from tests.web.test_appeal_pages import seated

# What a page asks is the same for every database: which statements, nobody decides by its kind.
pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
HOME = "/staff/"


def table(scene: AppealScene, rest: str = "") -> str:
    """The page of the first candidate's appeal, or what hangs under it."""
    return f"/staff/appeals/{scene.appeal().id}/{rest}"


# --- lists over many sittings, each with its own place and commission


def test_lists_of_appeals_and_the_home_page_of_everybody_concerned(browser, make, clock):
    chair, officer = make.user(Role.COMMISSION_CHAIR), make.user(Role.AUTHORITY_OFFICER)
    administrator, auditor = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUDITOR)
    bounds = {
        (chair.id, HOME): 10, (officer.id, HOME): 34, (administrator.id, HOME): 18,
        (chair.id, "/staff/appeals/"): 8, (officer.id, "/staff/appeals/"): 8, (auditor.id, "/staff/appeals/?all=1"): 8,
    }  # fmt: skip
    clients = {user.id: browser(user) for user in (chair, officer, administrator, auditor)}
    leads = chair.id

    def add(number: int) -> None:
        chair = db.session.get_one(User, leads)
        scenes = [AppealScene(make, clock, people=2, chair=chair) for _ in range(number)]
        for scene in scenes:
            scene.file(0)
            scene.file(1)
            scene.confirm(1)
            scene.invite(1)

    same(clients, bounds, add)


def test_the_home_page_of_a_proctor_with_appeals_of_several_sittings(browser, make, clock):
    scenes = [AppealScene(make, clock, people=1) for _ in range(MANY)]
    proctor, rest = scenes[0].proctor, iter(scenes)
    with transaction():
        for sitting in [scene.sitting for scene in scenes[1:]]:
            sitting.proctors.append(db.session.get_one(User, proctor.id))

    def add(number: int) -> None:
        for _ in range(number):
            next(rest).file()

    bounds = {(proctor.id, HOME): 10, (proctor.id, "/staff/appeals/"): 8}
    same({proctor.id: browser(proctor)}, bounds, add)


# --- one sitting: the desk, the commission, the candidate's own pages


def of_one_sitting(browser, make, clock, people: int) -> dict[str, int]:
    """The pages of a sitting in which ``people`` filed and as many did not; the commission has up to five."""
    scene = AppealScene(make, clock, people=2 * people, members=min(people - 1, 4))
    for who in range(people):
        scene.file(who)
    desk, seat = f"/staff/sittings/{scene.sitting_id}", make.participants(scene.sitting)[0].seat
    runs, approves = browser(scene.proctor), browser(scene.administrator)
    own, late = (seated(make.app.test_client(), scene.candidates[who]) for who in (0, -1))
    return {
        "desk": cost(runs, f"{desk}/appeals/"), "take": cost(runs, f"{desk}/appeals/seats/{seat}"),
        "commission": cost(approves, f"{desk}/commission/"),
        "filed": cost(own, "/exam/appeal/"), "withdraw": cost(own, "/exam/appeal/withdraw"),
        "result": cost(own, "/exam/result"), "file": cost(late, "/exam/appeal/"),
        "result before filing": cost(late, "/exam/result"),
    }  # fmt: skip


def test_the_desk_the_commission_and_the_candidates_own_pages(browser, make, clock):
    few, many = (of_one_sitting(browser, make, clock, people) for people in (FEW, MANY))
    check(few, many, {
        "desk": 18, "take": 18, "commission": 12, "filed": 10, "withdraw": 10, "result": 12, "file": 10,
        "result before filing": 12,
    })  # fmt: skip


# --- one hearing: findings, votes, looks at the key, signatures


def of_one_hearing(browser, make, clock, number: int) -> dict[str, int]:
    """A hearing of ``number`` disputed questions at a table of three or five, until everybody but one has signed."""
    scene = AppealScene(make, clock, items=MANY, members=min(number, 4))
    scene.heard(places=range(1, number + 1))
    for place in range(1, number + 1):
        scene.find(place, FindingKind.AGREES)
    scene.all_vote(AppealOutcome.DISMISSED)
    chair = browser(scene.chair)
    question = scene.attempt().order["items"].index(1) + 1
    found = {
        rest: cost(chair, table(scene, rest.format(question)))
        for rest in ("", "review/", "review/{}", "findings/{}", "vote")
    }
    anew(scene)
    scene.decide()
    for user in scene.members:
        scene.sign(user)
    return found | {"decided": cost(chair, table(scene)), "protocol": cost(chair, table(scene, "protocol"))}


def test_a_hearing_with_its_findings_votes_and_signatures(browser, make, clock):
    few, many = (of_one_hearing(browser, make, clock, number) for number in (FEW, MANY))
    check(few, many, {
        "": 22, "review/": 48, "review/{}": 48, "findings/{}": 24, "vote": 20, "decided": 30, "protocol": 32,
    })  # fmt: skip


# --- competitions and applications


def test_competitions_and_the_applications_in_one(browser, make, clock):
    administrator = make.user(Role.TEST_ADMINISTRATOR)
    client, first, writes = browser(administrator), make.competition().id, administrator.id
    path = f"/staff/competitions/{first}/applications/"

    def add(number: int) -> None:
        for _ in range(number):
            make.sitting(people=1, open=False, present=False)
            administrator = db.session.get_one(User, writes)
            with transaction():
                person = people.write_down(make.person(), by=administrator, now=clock())
                competition = services.queries.get_competition(first)
                services.file_directly(competition, person, by=administrator, now=clock())

    same({writes: client}, {(writes, "/staff/competitions/"): 6, (writes, path): 10}, add)
