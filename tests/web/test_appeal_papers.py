"""The protocol of a hearing (¶35): read, signed by all after proving themselves again, handed over."""

from __future__ import annotations

import pytest

from appeals.rules.states import AppealOutcome, AppealStatus
from core import audit
from core.db import db
from tests.appeal_scene import AppealScene
from tests.web.at_the_table import anew, at, press, read
from tests.web.reading import entries, page_of
from tests.web.signing_in import proof, sign_in


@pytest.fixture
def scene(make, clock):
    """Two candidates, the second does not appeal unless told to; a chair and two members."""
    return AppealScene(make, clock, people=2)


def test_all_sign_with_password_and_code_at_that_very_step_then_it_is_handed_over(client, scene, clock):
    scene.decided()
    for n, user in enumerate(scene.table):
        sign_in(client, user)
        assert f"Signatures: {n} / 3" in read(client, at(scene, "protocol"))
        asked = press(client, scene, "protocol/signature", page=at(scene, "protocol"))
        assert asked.status_code == 200 and "The proof holds for this step alone" in page_of(asked)  # just signed in
        assert len(scene.protocol().signatures) == n
        early = press(client, scene, "protocol/file", page=at(scene, "protocol"))
        assert "The protocol is not signed by all yet" in page_of(early)
        assert sign(client, scene, user).status_code == 303
        assert "You have signed this protocol already" in page_of(sign(client, scene, user))
    assert press(client, scene, "protocol/file", page=at(scene, "protocol")).data.startswith(b"%PDF")
    assert press(client, scene, "protocol/handing-over", page=at(scene, "protocol")).status_code == 303
    assert scene.appeal().status == AppealStatus.CLOSED
    assert len(entries("appeal_protocol.opened")) == 1
    db.session.rollback()
    assert not list(audit.verify())


def sign(client, scene, user):
    """A member signs, typing password and code."""
    return press(client, scene, "protocol/signature", proof(client, user), page=at(scene, "protocol"))


def test_the_chair_records_who_cannot_sign_and_the_page_says_so(client, scene):
    scene.decided()
    gone, member_id = scene.members[0].full_name, scene.seat(scene.members[0]).id
    others = [scene.chair, scene.members[1]]
    form = f"protocol/signatures/{member_id}/missed"
    sign_in(client, scene.members[1])
    assert form not in page_of(client.get(at(scene, "protocol")))
    assert client.get(at(scene, form)).status_code == 403
    sign_in(client, scene.chair)
    assert form in page_of(client.get(at(scene, "protocol")))
    empty = press(client, scene, form, {"reason": "Каза болгон", "document": ""}, page=at(scene, form))
    assert 'id="document-error"' in page_of(empty)
    done = press(client, scene, form, {"reason": "Каза болгон", "document": "№ 7"}, page=at(scene, form))
    assert done.status_code == 303
    words = read(client, at(scene, "protocol"))
    assert "could not sign: Каза болгон (№ 7)" in words and gone in words
    for user in others:
        sign_in(client, user)
        sign(client, scene, user)
    assert press(client, scene, "protocol/handing-over", page=at(scene, "protocol")).status_code == 303


def test_a_member_declares_on_their_own_page_or_leaves_by_their_own_act(client, scene):
    scene.file()
    scene.confirm()
    name = scene.seat(scene.members[1]).user.full_name
    sign_in(client, scene.members[0])
    assert "not declared yet" in read(client, at(scene))
    assert press(client, scene, "declaration/", page=at(scene, "declaration/")).status_code == 303
    assert "Your declaration: not related" in read(client, at(scene))
    again = press(client, scene, "declaration/", page=at(scene, "declaration/"))
    assert "You have declared this already" in page_of(again)
    sign_in(client, scene.members[1])
    form = at(scene, "declaration/recusal")
    assert 'value="The candidate is my relative."' in page_of(client.get(form))
    assert press(client, scene, "declaration/recusal", {"reason": "Тууганым."}, page=form).status_code == 303
    assert client.get(at(scene)).status_code == 404
    sign_in(client, scene.administrator)
    said = read(client, f"/staff/sittings/{scene.sitting_id}/commission/?lang=en")
    assert name in said and "Тууганым." in said
    for path in ("declaration/", "declaration/recusal"):
        assert client.get(at(scene, path)).status_code == 403


def test_the_protocol_is_not_there_before_the_decision_and_not_for_the_proctor(client, scene):
    scene.heard()
    sign_in(client, scene.chair)
    assert client.get(at(scene, "protocol")).status_code == 404
    anew(scene)
    scene.all_vote(AppealOutcome.DISMISSED)
    scene.decide()
    assert client.get(at(scene, "protocol")).status_code == 200
    sign_in(client, scene.proctor)
    assert client.get(at(scene, "protocol")).status_code == 403
