"""A page costs as many statements with four rows behind it as with two: results, reserve, corrections, the archive."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from accounts.rules import Role
from archive import queries as archive
from archive.services import acts as acts_of_destruction
from archive.services import holds
from competitions.models import Competition
from core import outbox
from core.db import db, transaction
from ranking import queries
from ranking.models import AuthorityAct
from ranking.rules.acts import ActKind
from ranking.services import acts, decisions, tie_breaks
from testing_center.models.errata import Correction
from testing_center.services import annulments
from tests.archive_scene import ArchiveScene
from tests.correction_scene import CorrectionScene
from tests.ranking_scene import RankingScene
from tests.web.counting import FEW, MANY, check, cost, same, statements
from tests.web.signing_in import sign_in

# What a page asks is the same for every database: which statements, nobody decides by its kind.
pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
HOME, RESULTS = "/staff/", "/staff/results/"
SHORT = {"items": 3, "cut_score": 2, "bank": 12}  # a test that is played quickly: no page counts its questions
RIGHT, WRONG = {1: 0, 2: 0, 3: 0}, {1: 1, 2: 0, 3: 0}


def publish(scene: RankingScene, officer: UUID) -> None:
    """The ranking is drawn up and published."""
    with transaction():
        by = db.session.get_one(User, officer)
        ranking = decisions.draw_up(db.session.get_one(Competition, scene.competition_id), by=by, now=scene.clock())
        db.session.flush()
        decisions.publish(ranking, by=by, now=scene.clock())


# --- competitions and their results


def test_lists_of_results_the_reserve_and_the_page_for_everybody(app, browser, make, clock):
    officer, administrator = make.user(Role.AUTHORITY_OFFICER).id, make.user(Role.TEST_ADMINISTRATOR).id
    clients = {one: browser(db.session.get_one(User, one)) for one in (officer, administrator)}
    bounds = {
        (officer, RESULTS): 22, (officer, f"{RESULTS}reserve/"): 42, (officer, HOME): 34, (officer, "/results/"): 6,
        (administrator, RESULTS): 22, (administrator, HOME): 18,
    }  # fmt: skip

    def add(number: int) -> None:
        for _ in range(number):
            published, undrawn, tied, running = (RankingScene(make, clock) for _ in range(4))
            for scene, scores in ((published, (3, 2)), (undrawn, (3, 1)), (tied, (2, 2))):
                scene.test(scores, **SHORT)
            running.test([2], close=False, **SHORT)
            clock.advance(timedelta(hours=1, seconds=1))
            publish(published, officer)
            tied.sweep()
        for one in (officer, administrator):
            sign_in(clients[one], db.session.get_one(User, one))  # a session does not outlast hours

    same(clients, bounds, add)


def destroyed_and_stirred(make, clock, number: int) -> None:
    """Competitions whose papers are gone, of each of which a published result does not follow any more."""
    scenes = [ArchiveScene(make, clock) for _ in range(number)]
    for scene in scenes:
        scene.publish()
    clock.advance(timedelta(days=6 * 366))
    scenes[0].carry_out(scenes[0].prepare([f"competition:{scene.competition.id}" for scene in scenes]))
    for scene in scenes:
        with transaction():
            ranking = queries.latest_ranking(scene.competition.id)
            assert ranking is not None
            ranking.content = ranking.content.replace('"winner":"', '"winner":"0')
            act = AuthorityAct(  # something came after the ranking, so that it is looked at again
                competition_id=scene.competition.id, kind=ActKind.ANNOUNCE_ANEW, document="Буйрук", on=clock().date(),
                recorded_at=clock(), recorded_by_id=scene.officer.id,
            )  # fmt: skip
            db.session.add(act)


def test_lists_of_competitions_whose_papers_are_gone(browser, make, clock):
    """Each is asked for in the acts of destruction, all at once."""
    officer = make.user(Role.AUTHORITY_OFFICER).id
    client = browser(db.session.get_one(User, officer))
    bounds = {(officer, RESULTS): 22, (officer, HOME): 36}

    def add(number: int) -> None:
        destroyed_and_stirred(make, clock, number)
        sign_in(client, db.session.get_one(User, officer))

    same({officer: client}, bounds, add)


def test_the_sweeper_costs_the_same_for_more_competitions_where_nothing_is_due(app, make, clock):
    costs = []
    for number in (FEW, MANY - FEW):
        for _ in range(number):
            tied, waiting, undrawn, running = (RankingScene(make, clock) for _ in range(4))
            tied.test([2, 2], **SHORT)
            waiting.test([2, 2], **SHORT)
            undrawn.test([3, 2], **SHORT)
            clock.advance(timedelta(hours=1, seconds=1))
            tied.sweep()
            waiting.sweep()
            waiting.arrange()
            running.test([2, 2], **SHORT)
        db.session.rollback()
        assert tie_breaks.call_due(now=clock()) == 0
        with statements() as seen:
            assert tie_breaks.call_due(now=clock()) == 0
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 34


@pytest.mark.parametrize(("scores", "is_closed"), [([6, 6], False), ([6, 5, 3, 2], True)])
def test_where_nobody_can_be_tied_the_sweeper_reads_nobodys_test(app, make, clock, scores, is_closed):
    scene = RankingScene(make, clock)
    scene.test(scores, close=is_closed)
    clock.advance(timedelta(hours=2))
    with statements() as seen:
        assert tie_breaks.call_due(now=clock()) == 0
    assert len(seen) <= 8


def of_one_competition(app, browser, make, clock, people: int) -> dict[str, int]:
    """The pages of a competition with ``people`` in it and a version of the ranking for each; the first declined."""
    scene = RankingScene(make, clock)
    scene.test([7, *(6 - one % 3 for one in range(people - 1))], bank=12)
    scene.after_appeals()
    officer = scene.officer.id
    publish(scene, officer)
    with transaction():
        by = db.session.get_one(User, officer)
        acts.decline(scene.competition_of(scene.sitting), "Кат", clock().date(), by=by, now=clock())
    publish(scene, officer)
    own, page = browser(db.session.get_one(User, officer)), f"{RESULTS}{scene.competition_id}/"
    return {
        "result": cost(own, page), "act": cost(own, f"{page}acts/{ActKind.ANNOUNCE_ANEW}"),
        "published": cost(own, f"/results/{scene.competition_id}"),
        "applications": cost(own, f"/staff/competitions/{scene.competition_id}/applications/"),
    }  # fmt: skip


def test_one_competition_with_more_people(app, browser, make, clock):
    few, many = (of_one_competition(app, browser, make, clock, people) for people in (FEW, MANY))
    check(few, many, {"result": 26, "act": 24, "published": 20, "applications": 10})


def of_one_tie(browser, make, clock, people: int) -> dict[str, int]:
    """The page on which a tie-break between ``people`` is arranged, and the result while it is awaited."""
    scene = RankingScene(make, clock)
    scene.test([6] * people, bank=12)
    scene.after_appeals()
    scene.sweep()
    for _ in range(people):
        make.room()
    tie_break, arranges = queries.tie_breaks(scene.competition)[0].id, browser(scene.admin)
    return {
        "arrange": cost(arranges, f"{RESULTS}tie-breaks/{tie_break}/"),
        "result": cost(arranges, f"{RESULTS}{scene.competition_id}/"),
    }


def test_a_tie_between_more_people(browser, make, clock):
    few, many = (of_one_tie(browser, make, clock, people) for people in (FEW, MANY))
    check(few, many, {"arrange": 22, "result": 25})


# --- corrections and annulments


def test_lists_of_corrections(browser, make, clock):
    officer, administrator = make.user(Role.AUTHORITY_OFFICER).id, make.user(Role.TEST_ADMINISTRATOR).id
    clients = {one: browser(db.session.get_one(User, one)) for one in (officer, administrator)}
    pages = {"": 14, "forms": 10, "annulments/new": 8}
    bounds = {(officer, f"/staff/corrections/{rest}"): most for rest, most in pages.items()}
    bounds |= {(officer, HOME): 34, (administrator, HOME): 20}

    def add(number: int) -> None:
        for _ in range(number):
            scene = CorrectionScene(make, clock, [RIGHT, WRONG])
            scene.prepare(scene.wrong_key(1, 1))
            annulled = CorrectionScene(make, clock, [RIGHT])
            with transaction():
                made = annulments.annul_prepare(annulled.sitting, "Себеп", by=annulled.first, now=clock())
                annulments.annul_apply(made, by=annulled.second, now=clock())
        for one in (officer, administrator):
            sign_in(clients[one], db.session.get_one(User, one))

    same(clients, bounds, add)


def of_one_correction(browser, make, clock, number: int) -> dict[str, int]:
    """A correction of ``number`` questions of a form that as many people sat; first only chosen, then prepared."""
    scene = CorrectionScene(make, clock, [RIGHT, WRONG] * (number // 2), items=18)
    places = range(1, number + 1)
    first, second = browser(scene.first), scene.second.id
    chosen = "&".join(f"place={place}" for place in places)
    correction = scene.prepare(*(scene.wrong_key(place, 1) for place in places)).id
    new = cost(first, f"/staff/corrections/forms/{scene.form_id}?{chosen}&chosen=1")
    show = cost(first, f"/staff/corrections/{correction}/")
    scene.second = db.session.get_one(User, second)
    scene.apply(db.session.get_one(Correction, correction))
    return {"new": new, "show": show, "applied": cost(first, f"/staff/corrections/{correction}/")}


def test_one_correction_of_more_questions_for_more_people(browser, make, clock):
    few, many = (of_one_correction(browser, make, clock, number) for number in (FEW, MANY))
    check(few, many, {"new": 22, "show": 30, "applied": 24})


# --- the archive


def test_the_archive_its_acts_and_the_outbox(browser, make, clock):
    clerk = make.user(Role.TEST_ADMINISTRATOR).id
    client = browser(db.session.get_one(User, clerk))
    outboxes = {"": 10, "?state=waiting": 10, "?state=sent": 10}
    bounds = {(clerk, "/staff/archive/"): 16} | {
        (clerk, f"/staff/outbox/{rest}"): most for rest, most in outboxes.items()
    }

    def add(number: int) -> None:
        scenes = [ArchiveScene(make, clock) for _ in range(number)]
        for scene in scenes:
            scene.closed()
            scene.publish()
            scene.hold()
        clock.advance(timedelta(days=400))  # what the commissions left may be destroyed after a year
        for scene in scenes:
            cancelled(scene)
            with transaction():
                letter = outbox.write("x", uuid4(), "a@mail.kg", "Кат", "Сап.", "ky", now=clock(), due_at=clock())
                letter.sent_at = clock()
        sign_in(client, db.session.get_one(User, clerk))

    same({clerk: client}, bounds, add)


def cancelled(scene: ArchiveScene) -> None:
    """The hold is lifted, an act is prepared over what the commission left, and another person cancels it."""
    officer = scene.officer.id
    with transaction():
        held = next(one for one in archive.holds() if one.competition_id == scene.competition.id)
        by = db.session.get_one(User, officer)
        holds.lift_hold(held, "Иш бүттү", by=by, now=scene.clock())
    cancel(scene.prepare([f"commission:{scene.appeal().id}"]).id, officer, scene.clock())


def cancel(act_id: UUID, officer: UUID, now: datetime) -> None:
    """The officer cancels an act: only one waits at a time."""
    with transaction():
        by = db.session.get_one(User, officer)
        acts_of_destruction.cancel_act(archive.get_act(act_id, lock=True), by=by, now=now)


def of_one_act(browser, make, clock, number: int) -> int:
    """An act of destruction over ``number`` competitions."""
    scenes = [ArchiveScene(make, clock) for _ in range(number)]
    for scene in scenes:
        scene.publish()
    keys, officer = [f"competition:{scene.competition.id}" for scene in scenes], scenes[0].officer.id
    clock.advance(timedelta(days=6 * 366))
    act_id = scenes[0].prepare(keys).id
    found = cost(browser(db.session.get_one(User, officer)), f"/staff/archive/acts/{act_id}")
    cancel(act_id, officer, clock())
    return found


def test_an_act_over_more_records(browser, make, clock):
    few, many = ({"act": of_one_act(browser, make, clock, number)} for number in (FEW, MANY))
    check(few, many, {"act": 10})
