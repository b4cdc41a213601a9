"""Pages of a hearing (¶34–35): who may do what, the key only inside a viewing, the protocol signed by all."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from appeals.models import Finding, KeyViewing, Vote
from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from appeals.services import filing
from core.db import db
from tests.appeal_scene import DOCUMENT, AppealScene
from tests.web.at_the_table import INDEX, anew, at, press, question_of, read, show_key
from tests.web.reading import entries, page_of, refusals
from tests.web.signing_in import post, sign_in


@pytest.fixture
def scene(make, clock):
    """Two candidates, the second does not appeal unless told to; a chair and two members."""
    return AppealScene(make, clock, people=2)


# --- who sees what


def test_members_see_the_appeals_of_their_commission_and_others_none(client, scene, make):
    number = scene.file().number
    sign_in(client, scene.members[0])
    assert number in read(client, f"{INDEX}?lang=en")
    assert "No appeal fits" in read(client, f"{INDEX}?lang=en&q=no-such-number")
    sign_in(client, make.user(Role.COMMISSION_MEMBER))
    assert "No appeal is waiting" in read(client, f"{INDEX}?lang=en")
    assert client.get(at(scene)).status_code == 404


def test_an_appeal_that_came_to_its_end_stands_among_all(client, scene):
    number = scene.file().number
    scene.withdraw()
    sign_in(client, scene.chair)
    assert number not in read(client, f"{INDEX}?lang=en")
    assert number in read(client, f"{INDEX}?lang=en&all=1")
    assert "Withdrawn by the candidate" in read(client, at(scene))


def test_the_commission_reads_who_appeals_and_why_the_proctor_does_not(client, scene):
    scene.file(places=[2], grounds="Ачкыч туура эмес окшойт")
    name = filing.application_content(scene.appeal())["name"]
    sign_in(client, scene.members[0])
    words = read(client, at(scene))
    assert "Ачкыч туура эмес окшойт" in words and str(question_of(scene, 2)) in words
    assert name in words
    read(client, at(scene))
    assert len(entries("appeal.read")) == 1  # once a quarter of an hour, not at every click
    sign_in(client, scene.proctor)
    words = read(client, at(scene))
    assert "Ачкыч туура эмес окшойт" not in words and name not in words
    assert "Name and grounds are for the commission" in words


def test_the_commission_prints_the_application(client, scene):
    scene.file()
    sign_in(client, scene.members[1])
    answer = press(client, scene, "application")
    assert answer.data.startswith(b"%PDF") and len(entries("appeal.application_printed")) == 1
    sign_in(client, scene.proctor)
    assert post(client, at(scene, "application")).status_code == 403


# --- before the hearing


def test_the_chair_invites_and_less_than_a_day_ahead_is_refused_on_the_page(client, scene, clock):
    scene.file()
    sign_in(client, scene.chair)
    soon = (clock() + timedelta(hours=23)).astimezone(scene.sitting.zone)
    typed = {"on": f"{soon:%d.%m.%Y}", "at": "09:15"}
    answer = post(client, at(scene, "invitation"), typed, page=at(scene, "invitation"))
    assert "invited at least 24 hours ahead" in page_of(answer) and 'value="09:15"' in page_of(answer)
    typed["on"] = f"{soon + timedelta(days=2):%d.%m.%Y}"
    assert post(client, at(scene, "invitation"), typed, page=at(scene, "invitation")).status_code == 303
    assert f"{scene.appeal().invited_for.astimezone(scene.sitting.zone):%d.%m.%Y %H:%M}" == f"{typed['on']} 09:15"
    sign_in(client, scene.members[0])
    assert client.get(at(scene, "invitation")).status_code == 403


def test_who_did_not_come_ends_the_appeal_only_after_the_wait(client, scene, clock):
    scene.file()
    scene.invite()
    sign_in(client, scene.chair)
    assert "lapse" not in page_of(client.get(at(scene)))
    told = {"told_how": "Телефон менен, 27.11.2026"}
    answer = post(client, at(scene, "lapse"), told, page=at(scene, "lapse"))
    assert "The commission waits for the candidate until" in page_of(answer)
    clock.advance(timedelta(hours=24, minutes=15, seconds=1))
    sign_in(client, scene.chair)
    assert "lapse" in page_of(client.get(at(scene)))
    answer = post(client, at(scene, "lapse"), {"told_how": " "}, page=at(scene, "lapse"))
    assert "Fill in this field" in page_of(answer) and "has not been sent" in page_of(answer)
    assert post(client, at(scene, "lapse"), told, page=at(scene, "lapse")).status_code == 303
    assert scene.appeal().status == AppealStatus.LAPSED


def test_no_hearing_is_opened_without_a_document_or_a_quorum(client, scene):
    scene.file()
    scene.confirm()
    scene.declare()
    sign_in(client, scene.chair)
    path, seats = at(scene, "opening"), [str(scene.seat(user).id) for user in scene.table]
    blank = post(client, path, {"presence_note": " ", "members": seats}, page=path)
    assert "Fill in this field" in page_of(blank)
    alone = post(client, path, {"presence_note": DOCUMENT, "members": seats[:1]}, page=path)
    assert "More than half of the approved members" in page_of(alone) and DOCUMENT in page_of(alone)
    assert refusals() == ["no_quorum"] and scene.appeal().hearing is None
    assert post(client, path, {"presence_note": DOCUMENT, "members": seats[:2]}, page=path).status_code == 303
    assert scene.appeal().hearing.attendance == seats[:2]


# --- the key


def test_the_key_is_shown_only_inside_ones_own_viewing(client, scene):
    scene.file(places=[2])
    scene.confirm()
    scene.open()
    sign_in(client, scene.members[0])
    assert client.get(at(scene, "review/")).status_code == 403
    assert show_key(client, scene, 1).status_code == 303
    assert "The key in the presence of the candidate" in read(client, at(scene, "review/"))
    sign_in(client, scene.members[1])
    assert client.get(at(scene, "review/")).status_code == 403  # another's viewing is not one's own
    viewing = db.session.scalars(select(KeyViewing)).one().id
    assert press(client, scene, f"viewings/{viewing}/end").status_code == 303
    sign_in(client, scene.members[0])
    assert client.get(at(scene, "review/")).status_code == 403
    anew(scene)
    viewing, other = db.session.scalars(select(KeyViewing)).one(), scene.members[1]
    assert viewing.ended_by_id == other.id
    assert other.full_name in read(client, at(scene))


def test_the_key_is_not_shown_while_somebody_still_sits_the_test(client, make, clock):
    scene = AppealScene(make, clock, close=False)
    scene.file()
    scene.confirm()
    scene.open()
    sign_in(client, scene.chair)
    assert "The key cannot be shown yet" in read(client, at(scene))
    answer = show_key(client, scene, 2, 3)
    assert "somebody still sits a test with one of these" in page_of(answer) and answer.status_code == 409
    assert client.get(at(scene, "review/")).status_code == 403


def test_key_review_shows_the_disputed_question_first_with_answer_key_points_and_digests(client, scene):
    number = 2  # on the screen; answered, and not the first
    scene.heard(places=[scene.attempt().order["items"][number - 1]])
    sign_in(client, scene.chair)
    words = read(client, at(scene, "review/"))
    assert f"Question: {number} / {len(scene.attempt().order['items'])}" in words
    for said in ("Key", "Answer of the candidate", "Points", "Stored score", "Recounted", "no difference", "in force"):
        assert said in words
    digest = scene.attempt().form.digest.hex().upper()
    assert words.replace(" ", "").count(digest) == 2
    assert "DIFFERENT" not in words
    assert client.get(at(scene, "review/999")).status_code == 404


def test_only_who_sits_at_the_table_looks(client, scene):
    scene.file()
    scene.confirm()
    scene.open(present=scene.table[:2])
    sign_in(client, scene.members[1])
    assert "Show the key" not in read(client, at(scene))
    assert client.get(at(scene, "viewings")).status_code == 403
    assert client.get(at(scene, "vote")).status_code == 403
    assert client.get(at(scene, f"findings/{question_of(scene, 2)}")).status_code == 403


# --- findings, votes, decision


def test_a_wrong_key_is_recorded_with_what_is_right_instead(client, scene):
    scene.heard(places=[2])
    sign_in(client, scene.members[0])
    number = question_of(scene, 2)
    path, right = at(scene, f"findings/{number}"), scene.option(2, 1)
    answer = post(client, path, {"kind": "wrong_key", "reason": "Китептин 38-бети"}, page=path)
    assert "Choose what is right" in page_of(answer) and "Китептин 38-бети" in page_of(answer)
    typed = {"kind": "agrees", "reason": "туура", "accepted": [right]}
    assert "the key does not change" in page_of(post(client, path, typed, page=path))
    assert db.session.query(Finding).count() == 0
    answer = post(client, path, typed | {"kind": "wrong_key"}, page=path)
    assert answer.status_code == 303 and answer.location.endswith(f"/{scene.appeal().id}/")
    [finding] = db.session.scalars(select(Finding))
    assert (finding.place, finding.kind) == (2, FindingKind.WRONG_KEY)
    assert "The key is wrong" in read(client, at(scene))


def test_what_was_found_is_told_to_nobody_but_the_table_before_the_decision(client, scene):
    scene.heard(places=[2])
    scene.find(2, FindingKind.AGREES, reason="Текшерилген себеп")
    sign_in(client, scene.administrator)
    assert "Текшерилген себеп" not in read(client, at(scene))
    anew(scene)
    scene.all_vote(AppealOutcome.DISMISSED)
    scene.decide()
    assert "Текшерилген себеп" in read(client, at(scene))


def test_no_page_but_the_review_tells_the_key(client, scene):
    scene.heard(places=[2])
    sign_in(client, scene.chair)
    for path in (at(scene), at(scene, "vote"), at(scene, f"findings/{question_of(scene, 2)}")):
        html = page_of(client.get(path))
        assert "is-key" not in html
        assert set(re.findall(r"<input checked[^>]* name=\"(\w+)\"[^>]* value=\"(\w*)\"", html)) <= {("counts", "")}
        assert html.count(" checked") == ("findings/" in path)  # the recorded answer counts: that tells no key


def test_each_member_votes_and_the_chair_cannot_decide_before(client, scene):
    scene.heard(places=[2])
    sign_in(client, scene.chair)
    assert "A finding is missing for these questions" in page_of(press(client, scene, "decision"))
    scene.find(2)
    assert "Members who have not voted yet" in page_of(press(client, scene, "decision"))
    for user in scene.table:
        sign_in(client, user)
        typed = {"outcome": "dismissed", "dissent": "Макул эмесмин" if user == scene.members[0] else ""}
        assert post(client, at(scene, "vote"), typed, page=at(scene, "vote")).status_code == 303
        assert "has voted" in read(client, at(scene))
    sign_in(client, scene.members[0])
    assert press(client, scene, "decision").status_code == 403
    sign_in(client, scene.chair)
    assert press(client, scene, "decision").location.endswith("/protocol")
    words = read(client, at(scene, "protocol"))
    assert "Макул эмесмин" in words and "Signatures: 0 / 3" in words
    assert sorted(vote.dissent for vote in db.session.scalars(select(Vote))) == ["", "", "Макул эмесмин"]


def test_the_chair_closes_the_hearing_and_the_key_with_it(client, scene):
    scene.heard()
    sign_in(client, scene.chair)
    assert press(client, scene, "closing").status_code == 303
    assert client.get(at(scene, "review/")).status_code == 403
    assert db.session.scalars(select(KeyViewing)).one().ended_at is not None
