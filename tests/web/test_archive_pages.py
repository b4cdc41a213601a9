"""The archive in a browser: what is due, a hold, an act of two persons; and the outbox."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from pypdf import PdfReader

from accounts.rules import Role
from archive.models import DestructionAct
from archive.rules import ActStatus
from core import outbox
from core.db import db, transaction
from core.outbox import Letter
from testing_center.models.attempts import Protocol
from tests.archive_scene import ArchiveScene, faults
from tests.web.signing_in import post, proof, sign_in

INDEX = "/staff/archive/"


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def old(make, clock):
    """A competition that ended five years and a day ago."""
    scene = ArchiveScene(make, clock)
    scene.closed()
    scene.publish()
    scene.move_to(date(2031, 11, 29))
    return scene


def page(client, path):
    """What stands on a page."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_two_people_destroy_what_is_due_and_sign_the_act(client, old):
    number, verification = old.competition.number, db.session.scalars(db.select(Protocol.verification_code)).one()
    protocols = f"/staff/sittings/{old.sitting_id}/protocols"
    appeal, lots = old.appeal().number, old.lots()
    clerk, officer = old.clerk.full_name, old.officer.full_name
    sign_in(client, old.clerk)
    html = page(client, INDEX)
    assert number in html and appeal in html and html.count('name="lot"') == 2
    prepared = post(client, "/staff/archive/acts", {"lot": lots}, page=INDEX)
    assert prepared.status_code == 303
    act_page = prepared.headers["Location"]
    assert "Another person carries it out" in page(client, act_page)
    assert "/carry-out" not in page(client, act_page)
    alone = post(client, f"{act_page}/carry-out", proof(client, old.clerk), page=act_page)
    assert alone.status_code == 409 and "by another person" in alone.get_data(as_text=True)

    sign_in(client, old.officer)
    assert "cannot be brought back" in page(client, act_page)
    assert (
        post(client, f"{act_page}/carry-out", page=act_page).status_code == 200
    )  # asks for the password, whoever is in
    assert post(client, f"{act_page}/carry-out", proof(client, old.officer), page=act_page).status_code == 303
    html = page(client, act_page)
    assert "Carried out" in html and officer in html
    paper = post(client, f"{act_page}/paper", page=act_page)
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper.data)).pages)
    assert number in text and clerk in text and "Үсөнбаева" not in text
    assert "Nothing is due" in page(client, INDEX)
    assert faults() == []

    verified = page(client, f"/verify/{verification}")  # the paper in somebody's hand is still known, by its digest
    assert "Ү. Ө." not in verified
    sign_in(client, old.clerk)
    assert client.get(f"{protocols}/").status_code == 200
    for gone in (f"{protocols}/summary/1", f"{protocols}/all"):
        assert post(client, gone, page=INDEX).status_code == 410


def test_a_proof_of_identity_is_asked_before_anything_is_destroyed(client, old, clock):
    sign_in(client, old.clerk)
    clock.advance(timedelta(minutes=6))
    answer = post(client, "/staff/archive/acts", {"lot": old.lots()}, page=INDEX)
    assert "proof-password" in answer.get_data(as_text=True)
    assert db.session.query(DestructionAct).count() == 0


def test_an_act_is_given_up_by_the_one_who_prepared_it(client, old):
    sign_in(client, old.clerk)
    act_page = post(client, "/staff/archive/acts", {"lot": old.lots()}, page=INDEX).headers["Location"]
    assert post(client, f"{act_page}/cancel", page=act_page).status_code == 303
    assert db.session.scalars(db.select(DestructionAct)).one().status == ActStatus.CANCELLED
    assert post(client, f"{act_page}/paper", page=act_page).status_code == 409


def test_a_hold_is_placed_on_a_competition_by_its_number_and_lifted(client, old):
    number = old.competition.number
    sign_in(client, old.clerk)
    path = "/staff/archive/holds/new"
    unknown = post(client, path, {"number": "К-0", "ground": "Сот"}, page=path)
    assert "There is no competition with this number." in unknown.get_data(as_text=True)
    assert 'id="ground-error"' in post(client, path, {"number": number}, page=path).get_data(as_text=True)
    assert post(client, path, {"number": f" {number}", "ground": "Сот, № 7"}, page=path).status_code == 303
    html = page(client, INDEX)
    assert "Сот, № 7" in html and "Nothing is due" in html and "On hold" in html
    lift = html.split("/staff/archive/holds/")[-1].split('"')[0]
    lift = f"/staff/archive/holds/{lift}"
    assert post(client, lift, {"ground": "Сот, № 8"}, page=lift).status_code == 303
    assert "Nothing is due" not in page(client, INDEX)


# --- the outbox


@pytest.fixture
def letters(app, clock):
    """One letter that waits, one to nobody, one that failed, one that was sent."""
    with transaction():
        for n, address in enumerate(["waits@example.kg", "", "failed@example.kg", "sent@example.kg"]):
            letter = outbox.write(
                "x", uuid4(), address, f"Кат {n}", "Биринчи сап.\n\nЭкинчи сап.", "ky", now=clock(),
                due_at=clock() + timedelta(days=5),
            )  # fmt: skip
            if address.startswith("failed"):
                letter.tries, letter.last_error = outbox.MOST_TRIES, "550 no such box"
            if address.startswith("sent"):
                letter.sent_at = clock()


def test_letters_stand_where_they_are_and_first_those_that_need_somebody(client, make, letters):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    html = page(client, "/staff/outbox/")
    assert "550 no such box" in html and "No address" in html and "waits@" not in html and "sent@" not in html
    assert "No mail server is set up" in html
    assert "waits@example.kg" in page(client, "/staff/outbox/?state=waiting")
    assert "sent@example.kg" in page(client, "/staff/outbox/?state=sent")
    assert "550 no such box" in page(client, "/staff/outbox/?state=anything")


def test_a_letter_is_read_and_sent_again_to_a_corrected_address(client, make, clock, letters):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    failed = db.session.scalars(db.select(Letter.id).where(Letter.recipient == "failed@example.kg")).one()
    path = f"/staff/outbox/{failed}"
    assert "<p>Экинчи сап.</p>" in page(client, path)
    assert 'id="recipient-error"' in post(client, path, {"recipient": " "}, page=path).get_data(as_text=True)
    assert post(client, path, {"recipient": "right@example.kg"}, page=path).status_code == 303
    letter = db.session.get_one(Letter, failed, populate_existing=True)
    assert (letter.recipient, letter.tries, letter.not_before) == ("right@example.kg", 0, clock())


def test_a_letter_past_its_day_is_pointed_out(client, make, clock, letters):
    clock.advance(timedelta(days=5, seconds=1))
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "Letters: 3" in page(client, "/staff/outbox/")
