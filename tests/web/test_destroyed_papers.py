"""What was destroyed is not drawn again: every page of a paper says on what day and by which act (¶36, 39)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import select

from accounts.rules import Role
from appeals.rules.states import AppealOutcome, FindingKind
from archive.models import DestructionAct
from core import audit
from core.db import db, transaction
from core.errors import DestroyedByAct
from ranking import queries
from ranking.models import Ranking
from ranking.rules.acts import ActKind
from ranking.services import acts, decisions
from ranking.services.decisions import ranking_pdf
from testing_center.models.attempts import Protocol
from testing_center.services.links import participant_of
from tests.archive_scene import ArchiveScene, faults
from tests.ranking_scene import RankingScene
from tests.web.reading import page_of
from tests.web.signing_in import post, sign_in

SENTENCE = "it was destroyed under an act and cannot be drawn again"


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def gone(make, clock) -> ArchiveScene:
    """A competition with a dismissed appeal, destroyed with the sitting after five years."""
    scene = ArchiveScene(make, clock)
    scene.closed()
    scene.publish()
    scene.move_to(date(2031, 11, 29))
    scene.destroy()
    return scene


def act_number() -> str:
    """The number of the only act."""
    return db.session.scalars(select(DestructionAct.number)).one()


def papers(scene: ArchiveScene) -> Iterator[tuple[Role | None, str]]:
    """Every address at which staff get a paper of the sitting, its appeal and its competition; who asks."""
    sitting, appeal = f"/staff/sittings/{scene.sitting_id}", f"/staff/appeals/{scene.appeal().id}"
    protocol = db.session.scalars(select(Protocol)).one()
    ranking = queries.latest_ranking(scene.competition.id)
    assert ranking is not None
    results = f"/staff/results/{scene.competition.id}"
    yield Role.TEST_ADMINISTRATOR, f"{sitting}/protocols/{protocol.id}"
    yield Role.TEST_ADMINISTRATOR, f"{sitting}/protocols/summary/1"
    yield Role.TEST_ADMINISTRATOR, f"{sitting}/protocols/all"
    yield Role.TEST_ADMINISTRATOR, f"{sitting}/opening-sheet"
    yield Role.TEST_ADMINISTRATOR, f"{sitting}/codes/envelopes"
    yield Role.TEST_ADMINISTRATOR, f"{sitting}/appeals/{scene.appeal().id}/application"
    yield None, f"{appeal}/application"
    yield None, f"{appeal}/protocol/file"
    yield Role.AUTHORITY_OFFICER, f"{results}/ranking/{ranking.id}/file"
    yield Role.TEST_ADMINISTRATOR, f"{results}/handing-over"


def test_no_address_draws_a_destroyed_paper_again_and_each_says_by_which_act(client, make, gone):
    for role, path in list(papers(gone)):
        sign_in(client, gone.chair if role is None else make.user(role))
        answer = post(client, path)
        html = page_of(answer)
        assert answer.status_code == 410, path
        assert SENTENCE in html and "29.11.2031" in html and act_number() in html, path
        assert "Үсөнбаева" not in html and "Error" not in html, path
    sign_in(client, gone.chair)
    protocol = client.get(f"/staff/appeals/{gone.appeal().id}/protocol")
    assert protocol.status_code == 410 and act_number() in page_of(protocol)
    assert faults() == []


def test_pages_that_list_papers_say_that_they_are_gone_and_offer_none(client, make, gone):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    for path in (f"/staff/sittings/{gone.sitting_id}/protocols/", f"/staff/results/{gone.competition.id}/"):
        html = page_of(client.get(path))
        assert "were destroyed on: 29.11.2031" in html and act_number() in html
        assert "(PDF)" not in html and "(zip)" not in html
    sign_in(client, gone.chair)
    html = page_of(client.get(f"/staff/appeals/{gone.appeal().id}/"))
    assert act_number() in html and "29.11.2031" in html and "Print the application" not in html


def test_the_codes_on_destroyed_papers_lead_to_the_act(client, gone):
    codes = [db.session.scalars(select(Protocol.verification_code)).one(), gone.protocol().verification_code]
    for code in codes:
        html = page_of(client.get(f"/verify/{code}"))
        assert "The protocol is genuine" in html and act_number() in html and "29.11.2031" in html
        assert "The full name is not shown here" not in html


def test_an_application_destroyed_after_a_year_leaves_the_protocol_that_changed_a_result(client, make, clock):
    scene = ArchiveScene(make, clock)
    scene.closed(AppealOutcome.UPHELD, findings={1: FindingKind.WRONG_KEY})
    scene.move_to(date(2027, 11, 29))
    scene.destroy()
    sign_in(client, scene.chair)
    appeal = f"/staff/appeals/{scene.appeal().id}"
    assert post(client, f"{appeal}/application").status_code == 410
    assert post(client, f"{appeal}/protocol/file").data.startswith(b"%PDF")
    assert client.get(f"{appeal}/").status_code == 200


def test_what_another_competition_of_the_sitting_still_needs_is_packed(client, make, clock):
    scene = ArchiveScene(make, clock, people=2)
    other, second = make.competition(), scene.candidates[1].attempt_id
    with transaction():
        attempt = scene.attempt(1)
        attempt.competition_id = participant_of(attempt).competition_id = other.id
    scene.publish()
    scene.move_to(date(2031, 11, 29))
    scene.destroy()
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    protocols = f"/staff/sittings/{scene.sitting_id}/protocols"
    assert post(client, f"{protocols}/all").mimetype == "application/zip"
    html = page_of(client.get(f"{protocols}/"))
    kept = [one for one in db.session.scalars(select(Protocol)) if one.result.attempt_id == second]
    assert html.count(f"/protocols/{kept[0].id}") == 1 and "Destroyed" in html


# --- a ranking, whose content stays by public numbers


@pytest.fixture
def ranked(make, clock) -> tuple[RankingScene, ArchiveScene]:
    """A published competition whose paper nobody has drawn yet, destroyed after five years."""
    scene = RankingScene(make, clock)
    scene.test([8, 6, 2])
    scene.after_appeals()
    with transaction():
        ranking = decisions.draw_up(scene.competition_of(scene.sitting), by=scene.officer, now=clock())
        db.session.flush()
        decisions.publish(ranking, by=scene.officer, now=clock())
    archive = ArchiveScene.__new__(ArchiveScene)
    archive.make, archive.clock = make, clock
    archive.clerk, archive.officer = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
    archive.move_to(date(2031, 11, 30))
    archive.destroy()
    return scene, archive


def test_a_ranking_is_not_drawn_from_the_numbers_that_stay(ranked):
    scene, _archive = ranked
    ranking = db.session.scalars(select(Ranking)).one()
    assert '"ranking":[{' in ranking.content and ranking.pdf is None
    with pytest.raises(DestroyedByAct) as refused, transaction():
        ranking_pdf(db.session.get_one(Ranking, ranking.id), now=scene.clock())
    assert refused.value.params == {"day": "30.11.2031", "act": act_number()}


def adding(scene: RankingScene) -> list[Callable[[], object]]:
    """What would be added to a competition: a ranking, an act."""
    competition, now, by = scene.competition_of(scene.sitting), scene.clock(), scene.officer
    return [
        lambda: decisions.draw_up(competition, by=by, now=now),
        lambda: acts.accept(competition, "Келишим № 1", date(2031, 11, 29), by=by, now=now),
    ]


def test_nothing_is_added_to_a_competition_whose_papers_are_gone(ranked):
    scene, _archive = ranked
    for add in adding(scene):
        with pytest.raises(DestroyedByAct), transaction():
            add()
    latest = queries.latest_ranking(scene.competition_id)
    assert not decisions.is_to_draw_up(latest, scene.standing())
    assert faults() == []


def test_the_code_of_a_destroyed_ranking_tells_the_act_alone(client, ranked):
    scene, _archive = ranked
    ranking = db.session.scalars(select(Ranking)).one()
    html = page_of(client.get(f"/verify/{ranking.verification_code}"))
    assert act_number() in html and scene.competition.school_ky not in html


def test_the_page_of_results_still_stands_and_asks_nothing(client, make, ranked):
    scene, _archive = ranked
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    html = page_of(client.get(f"/staff/results/{scene.competition_id}/"))
    assert "were destroyed on: 30.11.2031" in html and "Draw up the ranking" not in html
    rows = decisions.ranking_content(db.session.scalars(select(Ranking)).one())["ranking"]
    assert all(row["code"] in html for row in rows) and "Applications are accepted" not in html
    listed = page_of(client.get("/staff/results/"))
    assert "Destroyed" in listed and "Applications are accepted" not in listed
    act = f"/staff/results/{scene.competition_id}/acts/{ActKind.WINNER_ACCEPTED}"
    assert post(client, act, {"document": "Келишим № 1", "on": "29.11.2031"}, page="/staff/account").status_code == 410
    assert client.get("/results/").status_code == 200
    drawn = select(audit.AuditEntry).where(audit.AuditEntry.action == "ranking.drawn")
    assert db.session.scalars(drawn).all() == []
