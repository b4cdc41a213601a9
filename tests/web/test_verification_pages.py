"""Everybody who holds a paper of an appeal, of a tie-break, or an old one, can ask whether it is genuine."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from appeals.rules.states import AppealOutcome, FindingKind
from core import audit
from core.crypto import canonical, seal_with, sha256
from core.db import db, transaction
from ranking.models import Ranking
from ranking.services import acts, decisions
from testing_center.models.attempts import Protocol
from testing_center.services.links import sitting_key
from testing_center.services.results import open_content
from tests.appeal_scene import AppealScene
from tests.ranking_scene import RankingScene
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


# --- the protocol of a competition's results


@pytest.fixture
def ranked(make, clock) -> RankingScene:
    """A competition whose ranking is drawn up and not published."""
    scene = RankingScene(make, clock)
    scene.test([8, 6])
    scene.after_appeals()
    draw_up(scene)
    return scene


def draw_up(scene: RankingScene) -> None:
    """The ranking as it stands now."""
    competition = scene.competition
    with transaction():
        decisions.draw_up(competition, by=scene.officer, now=scene.clock())


def rankings() -> list[Ranking]:
    """All of them, the oldest first."""
    return list(db.session.scalars(select(Ranking).order_by(Ranking.revision)))


def test_the_code_of_a_ranking_tells_what_the_paper_is_and_nothing_of_what_it_says(client, ranked):
    [ranking] = rankings()
    content = decisions.ranking_content(ranking)
    html = page_of(client.get(f"/verify/{ranking.verification_code}"))
    assert len(ranking.verification_code) == 9 and content["verification"]["code"] == ranking.verification_code
    for fact in (content["number"], ranked.competition.number, "28.11.2026", "1, in force", "Not published",
                 ranking.content_digest.hex().upper()[:4]):  # fmt: skip
        assert fact in html, fact
    assert all(row["code"] not in html for row in content["ranking"])
    assert "The full name is not shown here" not in html
    assert entries("protocol.verified")[-1].subject == f"ranking:{ranking.id}"


def test_a_ranking_whose_place_was_taken_says_which_version_is_in_force(client, ranked):
    competition = ranked.competition
    with transaction():
        day = ranked.clock().date()
        acts.decline(competition, "Арыз № 3", day, by=ranked.officer, now=ranked.clock())
    draw_up(ranked)
    first, second = rankings()
    html = page_of(client.get(f"/verify/{first.verification_code}"))
    assert "no longer in force" in html and "Version in force: 2" in html and "1, superseded" in html
    assert "2, in force" in page_of(client.get(f"/verify/{second.verification_code}"))


def test_the_paper_of_a_ranking_bears_its_code_and_the_trail_knows_another_one(ranked):
    [ranking] = rankings()
    with transaction():
        pdf = decisions.ranking_pdf(db.session.get_one(Ranking, ranking.id), now=ranked.clock())
    found = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf)).pages)
    assert f"/verify/{ranking.verification_code}" in found
    assert list(audit.verify()) == []
    with transaction():
        db.session.get_one(Ranking, ranking.id).verification_code = "AAAA-AAAA"
    assert [fault.what for fault in audit.verify()] == ["this ranking bears another verification code"]
