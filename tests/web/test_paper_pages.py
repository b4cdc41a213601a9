"""Protocols for those who keep them, and their verification by everybody."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core.db import db, transaction
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.errata import Correction
from testing_center.models.sittings import Sitting
from testing_center.rules.scoring import Outcome
from testing_center.services import corrections, entry
from tests import closing
from tests.correction_scene import CorrectionScene
from tests.web.reading import BASE, ended, entries, page_of, submitted
from tests.web.signing_in import post, sign_in


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def admin(client, make):
    """A test administrator, signed in."""
    return sign_in(client, make.user(Role.TEST_ADMINISTRATOR))


# --- protocols


def test_protocols_are_listed_by_public_number_and_every_opening_is_recorded(client, make, clock, admin):
    sitting = make.sitting(people=3)
    codes = make.codes(sitting)
    for code in codes[:2]:
        ended(entry.enter(code, "", "10.0.0.1", now=clock()).id, now=clock())
    with transaction():
        closing.close(db.session.get_one(Sitting, sitting.id), by=admin, now=clock())
    path = f"{BASE}/{sitting.id}/protocols/"
    html = page_of(client.get(path))
    assert all(number in html for number in db.session.scalars(select(Attempt.number)))
    protocol = db.session.scalars(select(Protocol).order_by(Protocol.number)).first()
    first = post(client, f"{path}{protocol.id}", page=path)
    assert first.data.startswith(b"%PDF") and post(client, f"{path}{protocol.id}", page=path).data == first.data
    assert post(client, f"{path}summary/1", page=path).data.startswith(b"%PDF")
    packed = zipfile.ZipFile(BytesIO(post(client, f"{path}all", page=path).data))
    assert len(packed.namelist()) == 3 and packed.testzip() is None
    assert first.data in [packed.read(name) for name in packed.namelist()]
    assert (len(entries("protocol.opened")), len(entries("protocols.packed"))) == (2, 1)


def test_a_protocol_of_another_sitting_is_not_there(client, make, clock, admin):
    sitting, other = make.sitting(), make.sitting()
    submitted(make, clock, sitting)
    protocol = db.session.scalars(select(Protocol)).one()
    page = f"{BASE}/{sitting.id}/protocols/"
    assert post(client, f"{BASE}/{other.id}/protocols/{protocol.id}", page=page).status_code == 404
    assert post(client, f"{BASE}/{other.id}/protocols/summary/1", page=page).status_code == 404


def test_every_version_of_the_summary_stays_readable_the_newest_first(client, make, clock):
    scene = CorrectionScene(make, clock, [{1: 0, 2: 0, 3: 0}, {1: 1, 2: 0, 3: 0}])
    number = scene.prepare(scene.wrong_key(1, 1)).number
    scene.apply(db.session.scalars(select(Correction)).one())
    with transaction():
        annulment = corrections.annul_prepare(scene.sitting, "Жарык өчтү", by=scene.first, now=clock())
        corrections.annul_apply(annulment, by=scene.second, now=clock())
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    path = f"{BASE}/{scene.sitting_id}/protocols/"
    html = page_of(client.get(path))
    assert html.index("Version: 3") < html.index("Version: 2") < html.index("Version: 1")
    assert f"After the correction: {number}" in html and "Жарык өчтү" in html
    papers = [post(client, f"{path}summary/{version}", page=path).data for version in (1, 2, 3)]
    assert all(paper.startswith(b"%PDF") for paper in papers) and len(set(papers)) == 3
    assert post(client, f"{path}summary/4", page=path).status_code == 404


# --- verification by everybody


def test_anybody_verifies_a_protocol_and_sees_initials_only(client, make, clock):
    sitting = make.sitting()
    submitted(make, clock, sitting)
    protocol = db.session.scalars(select(Protocol)).one()
    asked = client.get(f"/verify/?code={protocol.verification_code.replace('-', ' ').lower()}")
    assert asked.status_code == 303
    html = page_of(client.get(asked.location))
    assert protocol.number in html and "Ү. Ө. Ы." in html and "Үсөнбаева" not in html and "in force" in html
    assert "Топтолгон балл квалификациялык талаптарга жооп бербейт" in html
    assert entries("protocol.verified")[0].subject == f"protocol:{protocol.id}"


def test_a_protocol_that_was_superseded_says_so(client, make, clock):
    sitting = make.sitting()
    submitted(make, clock, sitting)
    first = db.session.scalars(select(Protocol)).one()
    with transaction():
        result = Result(
            id=uuid4(), attempt_id=first.result.attempt_id, revision=2, supersedes_id=first.result_id, score=3,
            maximum=5, cut_score=3, outcome=Outcome.MEETS, areas=[], scoring_version=1, responses_digest=bytes(32),
            created_at=clock(),
        )  # fmt: skip
        second = Protocol(
            id=uuid4(), number=first.number, version=2, result=result, supersedes_id=first.id,
            verification_code="ZZZZ-9999", audit_number=1, content_sealed=b"", content_digest=bytes(32),
            created_at=clock(),
        )  # fmt: skip
        db.session.add_all([result, second])
    code = db.session.scalars(select(Protocol.verification_code).where(Protocol.version == 1)).one()
    html = page_of(client.get(f"/verify/{code}"))
    assert "no longer in force" in html and "Version in force: 2" in html and "1, superseded" in html


def test_an_unknown_code_is_said_clearly(client, app):
    answer = client.get("/verify/ZZZZ-2222")
    assert answer.status_code == 404 and "There is no protocol with this code" in page_of(answer)
    assert "Fill in this field." in page_of(client.get("/verify/?code="))


def test_verification_is_slowed_down_for_an_address(client, clock):
    for _ in range(30):
        assert client.get("/verify/ZZZZ-2222").status_code == 404
    answer = client.get("/verify/ZZZZ-2222")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) <= 60
    clock.advance(timedelta(minutes=1))
    assert client.get("/verify/ZZZZ-2222").status_code == 404
