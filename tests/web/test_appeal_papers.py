"""The protocol of a hearing (¶35): read, signed by all after proving themselves again, handed over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appeals.rules.states import AppealOutcome, AppealStatus
from core import audit
from core.db import db
from tests.appeal_scene import AppealScene
from tests.web.at_the_table import anew, at, press, read
from tests.web.reading import entries, page_of
from tests.web.signing_in import sign_in


@pytest.fixture
def scene(make, clock):
    """Two candidates, the second does not appeal unless told to; a chair and two members."""
    return AppealScene(make, clock, people=2)


def test_all_sign_after_proving_themselves_again_then_it_is_handed_over(client, scene, clock):
    scene.decided()
    for n, user in enumerate(scene.table):
        sign_in(client, user)
        assert f"Signatures: {n} / 3" in read(client, at(scene, "protocol"))
        clock.advance(timedelta(minutes=6))
        asked = press(client, scene, "protocol/signature", page=at(scene, "protocol"))
        assert asked.status_code == 200 and "assword" in page_of(asked)  # the proof is older than five minutes
        assert len(scene.protocol().signatures) == n
        early = press(client, scene, "protocol/file", page=at(scene, "protocol"))
        assert "The protocol is not signed by all yet" in page_of(early)
        sign_in(client, user)
        assert press(client, scene, "protocol/signature", page=at(scene, "protocol")).status_code == 303
        again = press(client, scene, "protocol/signature", page=at(scene, "protocol"))
        assert "You have signed this protocol already" in page_of(again)
    assert press(client, scene, "protocol/file", page=at(scene, "protocol")).data.startswith(b"%PDF")
    assert press(client, scene, "protocol/handing-over", page=at(scene, "protocol")).status_code == 303
    assert scene.appeal().status == AppealStatus.CLOSED
    assert len(entries("appeal_protocol.opened")) == 1
    db.session.rollback()
    assert not list(audit.verify())


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
