"""Long work whose process is killed in the midst: what stood before stands, and the work is done once, later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from signal import SIGKILL

import pytest

from archive import queries as archive_queries
from archive.models import DestructionAct
from archive.rules import ActStatus
from archive.services import acts
from core import audit
from core.audit import AuditEntry
from core.db import db, transaction
from testing_center.models.attempts import Protocol
from tests.archive_scene import ArchiveScene, faults
from tests.browser.hall import ROOT
from tests.candidates import Candidate
from tests.services.result_records import pdf_of, protocol_of


@pytest.fixture
def killed(app, tmp_path) -> Callable[..., None]:
    """Do a piece of :data:`WORK` in a process of its own on the same database, which is killed at a named place."""
    settings = app.extensions["settings"]
    environment = os.environ | {
        "INSTANCE_PATH": str(settings.instance_path), "DATABASE_URL": settings.database_url,
        "KEYRING_FILE": str(settings.keyring_file), "SECRET_KEY_FILE": str(settings.secret_key_file),
    }  # fmt: skip

    def kill(work: str, place: str, **given: str) -> None:
        db.session.rollback()
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.killed_work", work, place, json.dumps(given)],
            cwd=ROOT, env=environment, capture_output=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == -SIGKILL, done.stderr.decode()[-2000:]

    return kill


# Where the process dies, the one of every run first: before a paper that was drawn is in the trail, and between the
# rows of a destruction; in full, in the drawing itself, at each later step, and when all is written and not committed.
PROTOCOL = ["core.audit.record", "testing_center.documents.protocol.draw", "commit"]
DESTRUCTION = [
    "archive.services.destroying._people", "commit", "archive.services.acts.canonical", "core.audit.checkpoint",
]  # fmt: skip
PLACES = int(os.environ.get("FAULTS_PLACES", "1"))  # of each


@pytest.mark.parametrize("place", PROTOCOL[:PLACES])
def test_a_protocol_whose_drawing_was_killed_is_drawn_later_and_once(make, clock, killed, place):
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    candidate.answer(1, 2, 3)
    candidate.submit()
    before = candidate.result.score, protocol_of(candidate).content_digest
    killed("protocol", place, attempt=str(candidate.attempt_id), now=clock().isoformat())
    protocol = protocol_of(candidate)
    assert (candidate.result.score, protocol.content_digest, protocol.pdf_sealed) == (*before, None)
    first = pdf_of(candidate)
    assert first.startswith(b"%PDF") and pdf_of(candidate) == first
    assert db.session.query(AuditEntry).filter_by(action="protocol.drawn").count() == 1
    assert db.session.query(Protocol).count() == 1 and faults() == []


@pytest.mark.parametrize("place", DESTRUCTION[:PLACES])
def test_a_destruction_that_was_killed_half_way_is_done_again_and_names_each_paper_once(make, clock, killed, place):
    old = ArchiveScene(make, clock).grow_old()
    act_id = old.prepare().id
    protocol = db.session.scalars(db.select(Protocol)).one()
    number, end = protocol.number, audit.head()
    killed("destruction", place, act=str(act_id), by=str(old.officer.id), now=clock().isoformat())
    db.session.expire_all()
    assert db.session.scalars(db.select(DestructionAct.status)).one() == ActStatus.PREPARED
    assert protocol_of_record(number).content_sealed and (audit.head(), faults()) == (end, [])
    content = json.loads(old.carry_out(archive_queries.get_act(act_id)).content or "")
    listed = [
        (paper["kind"], paper["number"], paper["version"]) for part in content["lots"] for paper in part["documents"]
    ]
    assert ("protocol", number, 1) in listed and len(set(listed)) == len(listed)
    assert not protocol_of_record(number).content_sealed
    assert db.session.query(AuditEntry).filter_by(action=audit.ERASED).count() == 1 and faults() == []
    with transaction():
        assert acts.act_pdf(archive_queries.get_act(act_id), now=clock()).startswith(b"%PDF")


def protocol_of_record(number: str) -> Protocol:
    """The protocol with this number, as the database has it now."""
    db.session.rollback()
    return db.session.scalars(db.select(Protocol).filter_by(number=number)).one()
