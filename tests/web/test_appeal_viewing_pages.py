"""Pages of a hearing (¶35): who is there is asked at each viewing; no page of the chair is without a next step."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from appeals.models import KeyViewing
from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from core.db import db
from tests.appeal_scene import DOCUMENT, AppealScene
from tests.services.test_appeal_hearings import plan
from tests.web.at_the_table import anew, at, press, question_of, read, show_key
from tests.web.reading import page_of
from tests.web.signing_in import post, sign_in


@pytest.fixture
def scene(make, clock):
    """A hearing is open, everybody at the table."""
    scene = AppealScene(make, clock)
    scene.file(places=[2])
    scene.confirm()
    scene.open()
    return scene


def test_a_viewing_begins_with_nothing_ticked_and_not_without_the_candidate(client, scene):
    chair, first, second = [user.full_name for user in scene.table]
    sign_in(client, scene.chair)
    html = page_of(client.get(at(scene, "viewings")))
    assert 'type="checkbox"' in html and not re.search(r"<input[^>]* checked", html) and first in html
    assert "Fill in this field" in page_of(show_key(client, scene, 2, 3, is_here=""))
    assert "Fill in this field" in page_of(show_key(client, scene, 2, 3, presence_note=" "))
    alone = page_of(show_key(client, scene))
    assert "More than half" in alone and DOCUMENT in alone
    assert db.session.query(KeyViewing).count() == 0
    assert show_key(client, scene, 3).location.endswith("/review/")
    words = read(client, at(scene))
    assert f"{chair} {second}; the candidate" in words and first not in words.split("Viewings of the key")[1]
    assert client.get(at(scene, "viewings")).location.endswith("/review/")


def test_who_was_not_there_has_no_vote_on_any_page(client, scene):
    scene.view(present=[scene.chair, scene.members[0]])
    sign_in(client, scene.members[1])
    assert "Cast your vote" not in read(client, at(scene)) and "Show the key" in read(client, at(scene))
    assert client.get(at(scene, "vote")).status_code == 403
    assert client.get(at(scene, f"findings/{question_of(scene, 2)}")).status_code == 403


def test_a_viewing_names_the_planned_sittings_that_it_leaves_without_a_form(client, make, scene):
    sign_in(client, scene.chair)
    other = plan(make, scene, starts_in=timedelta(days=2)).number
    words = read(client, at(scene, "viewings"))
    assert "Planned sittings will be left without a form" in words and other in words and "30.11.2026" in words


def test_a_viewing_that_spends_nothing_does_not_warn(client, scene):
    sign_in(client, scene.chair)
    assert "Planned sittings" not in read(client, at(scene, "viewings"))


def test_the_review_closes_by_itself_and_the_page_says_who_ended_it(client, app, scene, clock):
    scene.view()
    sign_in(client, scene.chair)
    assert client.get(at(scene, "review/")).status_code == 200
    clock.advance(timedelta(hours=4))
    sign_in(client, scene.chair)
    assert client.get(at(scene, "review/")).status_code == 403
    assert "Show the key" in read(client, at(scene))
    said = app.test_cli_runner().invoke(args=["sweep"]).output
    assert "Viewings of a key ended after their time: 1." in said
    assert db.session.scalars(select(KeyViewing)).one().ended_by_id is None
    assert "the system" in read(client, at(scene))


def test_the_chairs_page_has_a_next_step_before_the_key_was_shown_and_after_it(client, scene):
    sign_in(client, scene.chair)
    html = page_of(client.get(at(scene)))
    assert "/adjournment" in html and "/closing" not in html
    answer = press(client, scene, "closing")
    assert answer.status_code == 409 and "Adjourn the hearing and state why" in page_of(answer)
    path = at(scene, "adjournment")
    assert "Fill in this field" in page_of(post(client, path, {"reason": " "}, page=path))
    assert post(client, path, {"reason": "Ток өчтү"}, page=path).status_code == 303
    html, words = page_of(client.get(at(scene))), read(client, at(scene))
    assert "/opening" in html and "/invitation" in html and "Ток өчтү" in words and "was adjourned" in words
    assert scene.appeal().status == AppealStatus.FILED
    anew(scene)
    scene.open()
    scene.view()
    scene.close_hearing()
    assert "Open the hearing again" in read(client, at(scene))


def test_who_voted_before_a_finding_changed_is_told_so_and_votes_anew(client, scene):
    scene.view()
    scene.find(2, FindingKind.AGREES)
    scene.vote(scene.chair, AppealOutcome.DISMISSED, "Өз пикирим")
    sign_in(client, scene.members[0])
    path = at(scene, f"findings/{question_of(scene, 2)}")
    assert "Votes were cast already" in read(client, path)
    answer = post(client, path, {"kind": "void", "reason": "Эки башка түшүнүлөт"}, page=path)
    assert answer.status_code == 303
    assert "do not count any more. Everybody votes anew" in read(client, at(scene))
    sign_in(client, scene.chair)
    words, html = read(client, at(scene)), page_of(client.get(at(scene, "vote")))
    assert "Your vote does not count any more" in words and "Cast your vote" in words
    assert "Өз пикирим" in html and " checked" not in html


def test_a_finding_that_would_change_nothing_is_refused_at_the_field(client, scene):
    scene.view()
    sign_in(client, scene.chair)
    path = at(scene, f"findings/{question_of(scene, 2)}")
    for kind, said in (("wrong_key", "with this finding nothing would change"), ("several_right", "add none")):
        typed = {"kind": kind, "reason": "себеп", "accepted": [scene.option(2, 0)]}
        answer = post(client, path, typed, page=path)
        assert answer.status_code == 409 and said in page_of(answer)
