"""Files that are small to send and large to open, or are not what they say: refused, and nothing is left of them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from PIL import Image
from wtforms import FileField, Form

from accounts.rules import Permission
from tests.outside import TRACES
from tests.security.house import House, path_of, staff_rules

MEGABYTE = 2**20


def zipped(**parts: bytes) -> bytes:
    """A package of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return target.getvalue()


def wide_png() -> bytes:
    """A picture of 2.5 milliard points in a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n > 1 else b"&a;" * 10) for n in range(1, 9))
    + b"]><quiz><question>&a8;</question></quiz>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip": ("bank.xlsx", lambda: zipped(**{"xl/worksheets/sheet1.xml": b" " * 80 * MEGABYTE})),
    "zip of many": ("bank.docx", lambda: zipped(**{f"word/{n}": b"" for n in range(5_000)})),
    "zip out of its folder": ("bank.zip", lambda: zipped(**{"../../x.py": b"x", "imsmanifest.xml": b"<x/>"})),
    "entities": ("bank.xml", lambda: ENTITIES),
    "entity outside": ("photo.svg", lambda: OUTSIDE),
    "points": ("photo.png", wide_png),
    "a page": ("photo.jpg", lambda: b"<html><script>alert(1)</script>"),
    "a program": ("bank.xlsx", lambda: b"MZ" + bytes(2000)),
    "nothing": ("bank.xlsx", lambda: b""),
    "too much": ("bank.xlsx", lambda: bytes(21 * MEGABYTE)),
}
#: The pages that take a file, with what else stands in their forms.
TAKERS = {
    "question_bank.import_file": {"source": "upload"}, "participants.import_file": {}, "photos.edit": {},
    "question_bank.new_item": {"do": "picture", "picture_place": "stem", "alternative_ky": "Ү", "alternative_ru": "Т"},
}  # fmt: skip
#: Every field of every form that takes a file, and a page above that has the form.
FIELDS = {
    "UploadForm.file": "question_bank.import_file", "ParticipantsFileForm.file": "participants.import_file",
    "PhotoForm.file": "photos.edit", "PictureForm.picture": "question_bank.new_item",
}  # fmt: skip
#: A file for the bank is kept sealed beside what was found wrong with it, until somebody has looked; no question is.
KEPT = {"question_bank.import_file": {"bank_import", "bank_upload"}}


@pytest.fixture
def ids(house: House) -> dict[str, UUID]:
    """What addresses name: a sitting yet to be held, else a file would be refused before anybody has read it."""
    sitting = house.make.sitting(people=1)
    return {"sitting_id": sitting.id, "participant_id": house.make.participants(sitting)[0].id}


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # files are looked at before any database
@pytest.mark.parametrize("bomb", list(BOMBS))
def test_a_hostile_file_is_refused_wherever_it_is_sent(house: House, ids: dict[str, UUID], bomb: str) -> None:
    name, make_file = BOMBS[bomb]
    data, wrong = make_file(), []
    takers = {rule.endpoint: (rule, permission) for rule, permission in staff_rules(house.app, "POST")}
    for endpoint, more in TAKERS.items():
        rule, permission = takers[endpoint]
        for field in ("file", "picture"):
            fields = {**more, field: (io.BytesIO(data), name)}
            answer = house.send(house.holder(permission), path_of(rule, ids), fields)
            wrote = house.written.take() - TRACES - KEPT.get(endpoint, set())
            if answer.status_code >= 500 or wrote:
                wrong.append((endpoint, field, answer.status_code, sorted(wrote)))
    assert not wrong


def file_fields(of: type = Form) -> Iterator[str]:
    """Fields that take a file, of every form of our rooms."""
    for form in of.__subclasses__():
        if not form.__module__.startswith(("wtforms", "flask_wtf")):
            unbound = ((name, getattr(getattr(form, name), "field_class", object)) for name in dir(form))
            yield from (f"{form.__name__}.{name}" for name, kind in unbound if issubclass(kind, FileField))
        yield from file_fields(form)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_every_field_that_takes_a_file_is_sent_the_hostile_ones(house: House, ids: dict[str, UUID]) -> None:
    """A new field fails here until it is named above; a good picture shows that the place of the bad ones is right."""
    assert set(file_fields()) == set(FIELDS) and set(FIELDS.values()) == set(TAKERS)
    target, rules = io.BytesIO(), {rule.endpoint: (rule, it) for rule, it in staff_rules(house.app, "POST")}
    Image.effect_noise((600, 800), 40).save(target, "PNG")
    for endpoint, field in (("question_bank.new_item", "picture"), ("photos.edit", "file")):
        rule, permission = rules[endpoint]
        given = {**TAKERS[endpoint], field: (io.BytesIO(target.getvalue()), "good.png")}
        house.send(house.holder(permission), path_of(rule, ids), given)
        assert house.written.take() - TRACES, endpoint


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_form_of_very_many_fields_is_not_read_to_the_end(house: House) -> None:
    user = house.holder(Permission.BANK_AUTHOR)
    body = (
        b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % n for n in range(5_000))
        + b"--x--\r\n"
    )
    answer = house.browser(user).post("/staff/bank/import", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_somebody_who_has_not_signed_in_sends_no_more_than_a_form(house: House) -> None:
    for path in ("/api/v1/entry", "/exam/", "/staff/sign-in", "/exam/check/", "/verify/"):
        answer = house.app.test_client().post(
            path, data=bytes(17 * 1024), content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code in (405, 413, 415), path
