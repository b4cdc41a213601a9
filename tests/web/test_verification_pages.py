"""Everybody who holds a paper of an appeal, of a tie-break, or an old one, can ask whether it is genuine."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from appeals.rules.states import AppealOutcome, FindingKind
from core import audit
from core.crypto import canonical, seal_with, sha256
from core.db import db, transaction
from testing_center.models.attempts import Protocol
from testing_center.services.links import sitting_key
from testing_center.services.results import open_content
from tests.appeal_scene import AppealScene
from tests.web.reading import entries, page_of, submitted


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def scene(make, clock) -> AppealScene:
    """A wrong key was found and the appeal upheld; all but the last member have signed."""
    scene = AppealScene(make, clock)
    scene.decided(AppealOutcome.UPHELD, {1: FindingKind.WRONG_KEY})
    for user in scene.table[:-1]:
        scene.sign(user)
    return scene


def test_the_code_on_the_protocol_of_a_hearing_leads_to_its_decision(client, scene):
    protocol = scene.protocol()
    asked = client.get(f"/verify/?code={protocol.verification_code.replace('-', ' ').lower()}")
    html = page_of(client.get(asked.location))
    for fact in (protocol.number, scene.appeal().number, "The protocol is genuine", "Upheld",
                 protocol.content_digest.hex().upper()[:4]):  # fmt: skip
        assert fact in html, fact
    assert 'Signatures of the commission</dt><dd class="u-num">2<' in html
    assert entries("protocol.verified")[-1].subject == f"appeal_protocol:{protocol.id}"


def test_neither_name_nor_key_nor_members_stand_on_the_public_page(client, scene):
    names, item = [user.full_name for user in scene.table], scene.attempt().form.items[0].version.item.external_id
    html = page_of(client.get(f"/verify/{scene.protocol().verification_code}"))
    assert "Ү. Ө. Ы." in html and "Үсөнбаева" not in html
    assert all(name not in html for name in names)
    assert item not in html and "Жооп" not in html


def test_a_protocol_of_a_tie_break_is_verified_without_cut_score_and_statement(client, make, clock):
    submitted(make, clock, make.sitting())
    protocol = db.session.scalars(select(Protocol)).one()
    content = open_content(protocol) | {"statement": None}
    key = sitting_key(protocol.result.attempt.sitting)
    with transaction():
        sealed = seal_with(key, canonical(content), ("protocol", str(protocol.id), "content"))
        protocol.content_sealed, protocol.content_digest = sealed, sha256(canonical(content))
    html = page_of(client.get(f"/verify/{protocol.verification_code}"))
    assert "The protocol is genuine" in html and protocol.number in html
    assert "Cut score" not in html and "c-statement" not in html


@pytest.mark.parametrize("kind", ["test", "hearing"])
def test_of_a_destroyed_protocol_only_number_and_fingerprint_are_left(client, scene, kind):
    protocol = scene.protocol() if kind == "hearing" else db.session.scalars(select(Protocol)).one()
    with transaction():
        protocol.content_sealed = b""
    html = page_of(client.get(f"/verify/{protocol.verification_code}"))
    assert protocol.number in html and "was destroyed by an act" in html and "Candidate" not in html


def test_an_altered_protocol_is_not_called_genuine(client, scene):
    protocol = scene.protocol()
    with transaction():
        protocol.content_sealed = protocol.content_sealed[:-1] + bytes([protocol.content_sealed[-1] ^ 1])
    assert "genuine" not in client.get(f"/verify/{protocol.verification_code}").get_data(as_text=True)
    assert [fault.what for fault in audit.verify()] != []
