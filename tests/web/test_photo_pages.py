"""A photograph beside the name at the presence check: small, bare, sealed, seen by few, erased with the documents."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from accounts.rules import Role
from core import audit
from core.crypto import CannotOpen, seal_with
from core.db import db, transaction
from testing_center.models.photos import ParticipantPhoto
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import SittingStatus
from testing_center.services import photos
from testing_center.services.links import sitting_key
from tests.archive_scene import ArchiveScene, faults
from tests.web.reading import BASE, entries, page_of, proctor_of
from tests.web.signing_in import post, sign_in

RED, UPSIDE_DOWN = (200, 20, 20), 3


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def sitting(make):
    return make.sitting(open=False, present=False)


def file(kind: str = "JPEG", size: tuple[int, int] = (1200, 1600), **rest) -> bytes:
    """A picture, red above and white below."""
    made, drawn = Image.new("RGB", size, "white"), io.BytesIO()
    made.paste(RED, (0, 0, size[0], size[1] // 2))
    made.save(drawn, kind, **rest)
    return drawn.getvalue()


def send(client, sitting, data: bytes, name: str = "a.jpg", number: int = 0):
    person = _people(sitting)[number]
    path = f"{BASE}/{sitting.id}/participants/{person.id}/photo"
    return post(client, path, {"file": (io.BytesIO(data), name)}, page=path)


def _people(sitting) -> list[Participant]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Participant).filter_by(sitting_id=sitting.id).order_by("seat")))


def test_a_photograph_stands_beside_the_name_and_only_there_where_there_is_one(client, make, sitting):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert send(client, sitting, file()).status_code == 303
    one, other = (person.id for person in _people(sitting))
    sign_in(client, proctor_of(sitting))
    html = page_of(client.get(f"{BASE}/{sitting.id}/room/presence"))
    assert f"presence/{one}/photo.jpg" in html and f"presence/{other}/photo.jpg" not in html
    shown = client.get(f"{BASE}/{sitting.id}/room/presence/{one}/photo.jpg")
    assert shown.mimetype == "image/jpeg" and shown.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(shown.data)).size == (480, 640)
    assert client.get(f"{BASE}/{sitting.id}/room/presence/{other}/photo.jpg").status_code == 404


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_it_is_drawn_anew_upright_and_nothing_of_the_camera_comes_along(kind):
    exif = Image.Exif()
    exif[274], exif[271] = UPSIDE_DOWN, "Secret Camera"
    drawn = photos.portrait(file(kind, (300, 400), exif=exif, comment=b"Bishkek") if kind == "JPEG" else
                            file(kind, (300, 400), exif=exif))  # fmt: skip
    found = Image.open(io.BytesIO(drawn))
    assert b"Camera" not in drawn and b"Bishkek" not in drawn and not found.getexif()
    assert found.size == (300, 400) and found.getpixel((150, 50)) > (240, 240, 240)  # the red half lies below now
    assert found.getpixel((150, 350))[1] < 90


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'></svg>", "a.png", "not a PNG, JPEG"),
        (b"MZ" * 99, "a.jpg", "not a PNG, JPEG"), (file()[:-700], "a.jpg", "damaged"),
        (b"\xff\xd8\xff" + b"0" * 1024**2, "a.jpg", "too large"), (file(), "a.gif", "Choose a JPEG or PNG"),
    ],
)  # fmt: skip
def test_what_is_no_photograph_is_refused_at_its_field(client, make, sitting, data, name, said):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    html = page_of(send(client, sitting, data, name))
    assert said in html and 'id="file-error"' in html
    assert db.session.scalars(db.select(ParticipantPhoto)).all() == []


def test_it_is_sealed_for_one_person(client, make, sitting):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    for number in (0, 1):
        send(client, sitting, file(), number=number)
    one, other = (db.session.get_one(ParticipantPhoto, person.id) for person in _people(sitting))
    assert b"JFIF" not in one.content_sealed and one.content_sealed != other.content_sealed
    with transaction():
        one.content_sealed = other.content_sealed
    with pytest.raises(CannotOpen):
        photos.photo_of(_people(sitting)[0])


def test_who_neither_registers_nor_runs_the_sitting_sees_no_face(client, make, sitting):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    send(client, sitting, file())
    person = _people(sitting)[0].id
    for role in (Role.PROCTOR, Role.AUDITOR, Role.COMMISSION_CHAIR):
        sign_in(client, make.user(role))
        for path in (f"room/presence/{person}/photo.jpg", f"participants/{person}/photo.jpg"):
            assert client.get(f"{BASE}/{sitting.id}/{path}").status_code == 403, (role, path)


def test_another_takes_its_place_it_is_erased_on_request_and_the_trail_says_so(client, make, sitting):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    send(client, sitting, file())
    send(client, sitting, file("PNG"), "b.png")
    person = _people(sitting)[0]
    path = f"{BASE}/{sitting.id}/participants/{person.id}/photo"
    assert "Erase the photograph" in page_of(client.get(path))
    assert post(client, f"{path}/removal", page=path).status_code == 303
    assert db.session.scalars(db.select(ParticipantPhoto)).all() == []
    assert (len(entries("participant.photo_kept")), len(entries("participant.photo_removed"))) == (2, 1)


def test_after_the_closing_none_is_kept_any_more(client, make, clock, sitting):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    with transaction():
        found = db.session.get_one(Sitting, sitting.id)
        found.status, found.opened_at, found.closed_at = SittingStatus.CLOSED, clock(), clock() + timedelta(hours=1)
    path = f"{BASE}/{sitting.id}/participants/{_people(sitting)[0].id}/photo"
    assert "multipart" in page_of(client.get(path)) and 'type="file"' not in page_of(client.get(path))
    answer = post(client, path, {"file": (io.BytesIO(file()), "a.jpg")})
    assert answer.status_code == 409 and audit.facts(entries("refused")[-1])["code"] == "sitting_not_running"


def test_it_is_erased_when_the_registration_is_taken_back(client, make, sitting):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    send(client, sitting, file())
    path = f"{BASE}/{sitting.id}/participants/{_people(sitting)[0].id}/withdraw"
    assert post(client, path, {"reason": "Оорулуу"}, page=path).status_code == 303
    assert db.session.scalars(db.select(ParticipantPhoto)).all() == []


def test_it_is_erased_with_the_other_documents_of_the_competition(make, clock):
    scene = ArchiveScene(make, clock)
    with transaction():
        person = db.session.scalars(db.select(Participant)).first()
        sealed = seal_with(sitting_key(person.sitting), photos.portrait(file()), ("participant_photo", str(person.id)))
        by = scene.sitting.created_by_id
        db.session.add(ParticipantPhoto(participant_id=person.id, content_sealed=sealed, at=clock(), by_id=by))
    scene.grow_old()
    assert len(db.session.scalars(db.select(ParticipantPhoto)).all()) == 1
    scene.destroy()
    assert db.session.scalars(db.select(ParticipantPhoto)).all() == [] and faults() == []
