"""The papers of an appeal as the services draw them: from sealed content, signed by the department, found on paper."""

from __future__ import annotations

from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services import filing, protocols
from core import audit
from core.db import transaction
from tests.appeal_scene import DOCUMENT, AppealScene
from tests.rules.reading import grouped, pages, text

DISSENT = "Ачкыч тест күнү күчүндө болгон."


@pytest.fixture
def scene(make, clock) -> AppealScene:
    return AppealScene(make, clock)


def test_the_printed_application_says_what_was_filed(scene, clock):
    appeal = scene.file(places=[1, 3], grounds="Биринчи сап.\nЭкинчи сап: <b>эмне үчүн?</b>")
    with transaction():
        pdf = filing.application_pdf(appeal, now=clock())
    found, said = text(pdf), filing.application_content(appeal)
    for fact in (appeal.number, said["name"], said["attempt"], ", ".join(map(str, said["questions"])),
                 "Экинчи сап: <b>эмне үчүн?</b>", grouped(appeal.application_digest.hex())):  # fmt: skip
        assert fact in found, fact


def test_the_signed_protocol_says_what_was_decided_by_whom_and_is_sealed_by_the_department(scene, clock):
    scene.heard(places=[1])
    scene.find(1, FindingKind.WRONG_KEY, [scene.option(1, 1)], reason="Ачкыч туура эмес.")
    scene.close_hearing()
    for user in scene.table[:-1]:
        scene.vote(user, AppealOutcome.UPHELD)
    scene.vote(scene.table[-1], AppealOutcome.DISMISSED, DISSENT)
    scene.decide()
    for user in scene.table:
        scene.sign(user)
    protocol = scene.protocol()
    with transaction():
        pdf = protocols.protocol_pdf(protocol, now=clock())
    found = text(pdf)
    for fact in (protocol.number, DOCUMENT, "Ачкыч туура эмес.", "ключ теста неверен", DISSENT,
                 "Арыз канааттандырылды Заявление удовлетворено", protocol.verification_code,
                 grouped(protocol.content_digest.hex()), *(user.full_name for user in scene.table)):  # fmt: skip
        assert fact in found, fact
    assert "Комиссиянын чечими" in pages(pdf)[-1]
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    assert protocol.content_digest.hex() in signature.sig_object["/Reason"]
    assert protocols.protocol_pdf(protocol, now=clock()) == pdf
    assert list(audit.verify()) == []
