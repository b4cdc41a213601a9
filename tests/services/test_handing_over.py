"""¶27: what is handed over explains itself: new versions come with what they replace, and with who decided so."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from accounts.rules import Role
from appeals.rules.states import AppealOutcome, FindingKind
from core.crypto import sha256
from core.db import db, transaction
from ranking.handing_over_queries import appeal_protocols_of, protocols_of
from ranking.services import decisions
from ranking.services.handing_over import hand_over
from tests.appeal_scene import AppealScene
from tests.correction_scene import CorrectionScene


@pytest.fixture
def scene(make, clock):
    """One person whose appeal was upheld: a question is void, so there is a second version of the protocol."""
    found = AppealScene(make, clock, people=1, right=3)
    place = found.attempt().order["items"][-1]  # the last on the screen, which was not answered rightly
    found.closed(AppealOutcome.UPHELD, findings={place: FindingKind.VOID})
    clock.advance(timedelta(hours=1, seconds=1))
    correction = CorrectionScene.of(make, clock, found.sitting)
    correction.correct(*correction.void(place))
    clock.advance(timedelta(hours=1, seconds=1))
    with transaction():
        decisions.draw_up(found.attempt().competition, by=make.user(Role.AUTHORITY_OFFICER), now=clock())
    return found


def handed(scene):
    """The file, opened."""
    by = scene.make.user(Role.AUTHORITY_OFFICER)
    db.session.rollback()
    with transaction():
        return ZipFile(BytesIO(hand_over(scene.attempt().competition, by=by, now=scene.clock())))


def test_27_both_versions_of_a_protocol_and_the_commissions_protocol_are_handed_over_with_digests(scene):
    attempt = scene.attempt()
    first, second = protocols_of([attempt.id])
    [appeal] = appeal_protocols_of([attempt.id])
    assert (first.version, second.version, second.supersedes_id) == (1, 2, first.id)
    folder, number, of_appeal = (text.replace("/", "_") for text in (attempt.number, first.number, appeal.number))
    wanted = {f"{folder}/{number}.pdf", f"{folder}/{number}_v1.pdf", f"{folder}/{of_appeal}.pdf"}
    zipped = handed(scene)
    inside = {name for name in zipped.namelist() if name.startswith(f"{folder}/")}
    assert inside == wanted
    listed = {one["path"]: one["sha256"] for one in json.loads(zipped.read("manifest.json"))["files"]}
    [summary] = json.loads(zipped.read("manifest.json"))["summaries"]
    proctors = [one.full_name for one in scene.attempt().sitting.proctors]
    assert (summary["signed"], summary["of"], summary["missing"]) == (0, len(proctors), proctors)
    assert wanted < listed.keys()
    for path in wanted:
        content = zipped.read(path)
        assert content.startswith(b"%PDF") and listed[path] == sha256(content).hex()
    assert zipped.read(f"{folder}/{number}.pdf") != zipped.read(f"{folder}/{number}_v1.pdf")


def test_36_a_commissions_protocol_that_is_not_kept_any_more_stops_nothing(scene):
    [appeal] = appeal_protocols_of([scene.attempt().id])
    with transaction():
        appeal.content_sealed, appeal.pdf_sealed = b"", None
    assert len([name for name in handed(scene).namelist() if "/" in name]) == 2
