"""What an act of destruction destroys and what stays; the chain and its witnesses hold afterwards (¶36, 39)."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from appeals.models import AppealProtocol, Declaration, KeyViewing, MissedSignature, Vote
from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services import filing, missed
from archive import queries, rules
from archive.models import DestructionAct
from archive.services import acts
from competitions.models import Person
from core import audit, outbox
from core.audit import AuditEntry
from core.crypto import sha256
from core.db import db, transaction
from core.errors import Destroyed
from core.outbox import Letter
from ranking.models import Ranking
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.models.sittings import Participant, Sitting
from testing_center.services import results
from tests.archive_scene import ArchiveScene, faults

DAY = timedelta(days=1)
DISMISSED = AppealOutcome.DISMISSED


@pytest.fixture
def scene(make, clock) -> ArchiveScene:
    """One candidate of a closed sitting, in November 2026."""
    return ArchiveScene(make, clock)


@pytest.fixture
def old(scene) -> ArchiveScene:
    """A competition with a dismissed appeal, five years and a day after its end."""
    return scene.grow_old()


# What is destroyed, and what stays


def test_36_after_a_year_the_application_and_a_protocol_that_changed_nothing_are_gone(scene):
    scene.decided(DISMISSED)
    with transaction():
        filing.application_pdf(scene.appeal(), now=scene.clock())
        gone = scene.seat(scene.members[0])
        missed.record_missed(scene.protocol(), gone, "Ооруп калды.", "№ 7", by=scene.chair, now=scene.clock())
    for user in (scene.chair, *scene.members[1:]):
        scene.sign(user)
    scene.hand_over()
    scene.move_to(date(2027, 11, 29))
    act = scene.destroy()
    appeal = scene.stored()
    protocol = db.session.scalars(db.select(AppealProtocol)).one()
    assert (appeal.application_sealed, appeal.pdf_sealed, protocol.content_sealed) == (b"", None, b"")
    assert appeal.status == "closed" and db.session.query(Vote).count() == db.session.query(Declaration).count() == 0
    assert [(one.reason, one.document) for one in db.session.query(MissedSignature)] == [("", "")]
    with pytest.raises(Destroyed):
        filing.application_content(appeal)
    [lot] = json.loads(act.content)["lots"]
    listed = {(one["kind"], one["number"], one["content"]) for one in lot["documents"]}
    assert listed == {
        ("appeal_application", appeal.number, appeal.application_digest.hex()),
        ("appeal_protocol", protocol.number, protocol.content_digest.hex()),
    }
    assert db.session.scalars(db.select(Protocol)).one().content_sealed
    assert faults() == []


def test_36_a_protocol_that_changed_a_result_stays_with_the_test_protocol_that_names_it(scene):
    scene.closed(AppealOutcome.UPHELD, findings={1: FindingKind.WRONG_KEY})
    scene.publish()
    scene.move_to(date(2027, 11, 29))
    scene.destroy([key for key in scene.lots() if key.startswith("commission")])
    assert scene.stored().application_sealed == b""
    assert scene.protocol().content_sealed and db.session.query(Vote).count() == 3
    assert faults() == []
    scene.move_to(date(2031, 11, 29))
    scene.destroy()
    db.session.expire_all()
    assert scene.protocol().content_sealed == b"" and db.session.query(Vote).count() == 0
    assert faults() == []


def test_the_form_whose_key_was_shown_stays_known(old):
    shown = db.session.query(KeyViewing).count()
    old.destroy()
    assert db.session.query(KeyViewing).count() == shown > 0


def test_39_after_five_years_no_person_is_left_and_the_numbers_stay(old):
    elsewhere = old.make.competition().id
    about = [old.competition.id, old.attempt().id, elsewhere]
    with transaction():
        for one in about:
            outbox.write("x", one, "a@example.kg", "s", "b", "ky", now=old.clock())
    score = db.session.scalars(db.select(Result)).one().score
    old.destroy()
    db.session.expire_all()
    assert db.session.query(Person).count() == db.session.query(Participant).count() == 0
    attempt = db.session.scalars(db.select(Attempt)).one()
    assert (attempt.link_sealed, attempt.code.link_sealed, attempt.sitting.link_key_sealed) == (b"", b"", b"")
    assert db.session.scalars(db.select(Ranking)).one().winner_name is None
    assert [letter.about_id for letter in db.session.scalars(db.select(Letter))] == [elsewhere]
    assert db.session.scalars(db.select(Result)).one().score == score
    assert db.session.query(ResponseEvent).count() == 2
    with pytest.raises(Destroyed), transaction():
        results.protocol_pdf(db.session.scalars(db.select(Protocol)).one(), now=old.clock())


def test_a_person_who_takes_part_elsewhere_stays(old, make):
    person_id = db.session.scalars(db.select(Person.id)).one()
    competition, sitting = make.competition(), make.sitting(people=0, open=False, present=False)
    with transaction():
        db.session.add(
            Participant(
                sitting_id=sitting.id, person_id=person_id, competition_id=competition.id, language="ky", seat=1,
                presence="expected", registered_by_id=old.clerk.id, registered_at=old.clock(),
            )
        )  # fmt: skip
    old.destroy()
    assert [person.id for person in db.session.scalars(db.select(Person))] == [person_id]


def test_the_key_of_a_sitting_stays_while_another_competition_needs_it(make, clock):
    scene = ArchiveScene(make, clock, people=2, competitions=2)
    second = scene.candidates[1].attempt_id
    other = db.session.get_one(Attempt, second).competition
    scene.publish()
    scene.move_to(date(2031, 11, 29))
    scene.destroy()
    db.session.expire_all()
    assert db.session.scalars(db.select(Sitting)).one().link_key_sealed
    assert db.session.query(Participant).count() == 1
    kept = db.session.scalars(db.select(Protocol).join(Result).where(Result.attempt_id == second)).one()
    assert results.open_content(kept)["candidate"]["name"]
    assert faults() == []
    scene.publish(db.session.get_one(type(other), other.id))
    scene.move_to(date(2036, 12, 2))
    scene.destroy()
    db.session.expire_all()
    assert db.session.scalars(db.select(Sitting)).one().link_key_sealed == b""
    assert faults() == []


def test_nothing_of_the_name_is_left_in_the_file_of_the_embedded_database(old, app):
    if db.engine.dialect.name != "sqlite":
        return  # PostgreSQL frees rows in its own time (VACUUM)
    name = "Өкүмкан".encode()
    path = app.extensions["settings"].instance_path / "db.sqlite3"

    def written(*before: str) -> bool:
        db.session.rollback()
        connection = db.engine.raw_connection()
        for statement in (*before, "PRAGMA wal_checkpoint(TRUNCATE)"):
            connection.cursor().execute(statement)
        connection.close()
        return name in path.read_bytes()

    assert written("VACUUM")  # what other tests left in freed pages is none of this one's
    old.destroy()
    assert not written()


# The chain


def test_the_chain_and_its_witnesses_hold_after_an_erasure(old):
    entries, head = db.session.query(AuditEntry).count(), audit.head()
    act = old.destroy()
    assert faults() == []
    assert list(audit.verify(anchor=head[1])) == []
    erased = db.session.scalars(db.select(AuditEntry).where(AuditEntry.body.is_(db.null()))).all()
    assert {"protocol.issued", "protocol.drawn", "appeal.filed", "vote.cast"} <= {entry.action for entry in erased}
    assert "attempt.ended" not in {entry.action for entry in erased}
    assert db.session.query(AuditEntry).count() == entries + 2  # prepared, carried out
    said = db.session.scalars(db.select(AuditEntry).filter_by(action=audit.ERASED)).one()
    assert audit.facts(said)["entries"] == sorted(entry.number for entry in erased)
    assert audit.facts(said)["content"] == sha256(act.content.encode()).hex()


def test_a_document_destroyed_without_an_act_is_found(old):
    with transaction():
        db.session.scalars(db.select(Protocol)).one().content_sealed = b""
    assert [what for _n, what in faults()] == ["a sealed part of what it speaks of was altered"]


def test_an_act_destroys_no_evidence_of_an_altered_record(old):
    act = old.prepare()
    with transaction():
        db.session.scalars(db.select(Result)).one().score = 0
    before = faults()
    with pytest.raises(rules.RecordBroken):
        old.carry_out(act)
    assert faults() == before != []
    assert db.session.scalars(db.select(Protocol)).one().content_sealed


@pytest.mark.parametrize(
    "change", [{"content": "{}"}, {"decided_by_id": None, "decided_at": None, "status": "prepared", "content": None}]
)
def test_an_act_altered_afterwards_is_found(old, change):
    old.destroy()
    with transaction():
        db.session.execute(db.update(DestructionAct).values(**change))
    assert len(faults()) == 1


def test_a_body_put_back_is_found(old):
    old.destroy()
    entry = db.session.scalars(db.select(AuditEntry).filter_by(action="vote.cast")).first()
    with transaction():
        entry.body = {"action": "vote.cast"}
    assert {what for _n, what in faults()} >= {"its body was altered", "an entry named as erased still has its body"}


# The paper


def test_the_act_is_drawn_once_and_names_numbers_and_digests_but_no_candidate(old):
    act = old.destroy()
    with transaction():
        pdf = acts.act_pdf(queries.get_act(act.id), now=old.clock())
    with transaction():
        assert acts.act_pdf(queries.get_act(act.id), now=old.clock() + DAY) == pdf
    assert "Үсөнбаева" not in act.content
    assert datetime.fromisoformat(json.loads(act.content)["carried_out"]["at"]) == old.clock()
    assert faults() == []
    with transaction():
        db.session.get_one(DestructionAct, act.id).pdf = pdf + b"x"
    assert [what for _n, what in faults()] == ["the PDF of the act of destruction was altered"]
