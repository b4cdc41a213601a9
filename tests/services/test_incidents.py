"""The register of incidents: numbers within the sitting, measures, the act as a paper; nothing is deleted (¶24)."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import User
from core import audit
from core.db import db, transaction
from core.errors import DestroyedByAct
from question_bank import life
from question_bank.life import REASON_LENGTH
from testing_center import hall_queries, staff_queries
from testing_center.documents import hall as hall_words
from testing_center.documents.incident import LATER
from testing_center.models.hall import HallAct
from testing_center.models.sittings import Incident, IncidentPaper, Sitting
from testing_center.rules import incidents as rules
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.sittings import IncidentCategory
from testing_center.services import acts, incidents, sittings
from tests.archive_scene import ArchiveScene, faults
from tests.candidates import at_once
from tests.rules.reading import text
from tests.services.test_acts import Hall
from tests.services.test_hall_witnesses import edit_copy

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hall(make, clock):
    """Two candidates at work on a test of sixty minutes."""
    return Hall(make, clock, 2).start()


def happened(hall, words="Коммутатор өчтү.", seat=None) -> Incident:
    with transaction():
        return sittings.report_incident(
            hall.sitting, IncidentCategory.TECHNICAL, words, seat, by=hall.proctor, now=hall.clock()
        )


def drawn_up(hall, incident, present="") -> IncidentPaper:
    with transaction():
        return incidents.draw_up(incident, present, by=hall.proctor, now=hall.clock())


def linked() -> list[audit.AuditEntry]:
    entries = db.select(audit.AuditEntry).where(audit.AuditEntry.action == "hall.act_linked")
    return list(db.session.scalars(entries.order_by(audit.AuditEntry.number)))


def link(hall, act, incident) -> None:
    with transaction():
        found = hall_queries.get_act(act.id, hall.sitting_id, lock=True)
        incidents.link(found, incident, by=hall.proctor, now=hall.clock())


def test_incidents_are_numbered_within_their_sitting(hall, make, clock):
    assert [happened(hall).number, happened(hall).number] == [1, 2]
    other = make.sitting(people=1)
    with transaction():
        first = sittings.report_incident(
            db.session.get_one(Sitting, other.id), IncidentCategory.STAFF, "x", None, by=hall.proctor, now=clock()
        )
    assert first.number == 1
    assert [one.number for one in staff_queries.incidents_of(hall.sitting)] == [1, 2]


def test_two_who_write_at_once_get_two_numbers(app, hall):
    sitting_id, user_id, now = hall.sitting_id, hall.other.id, hall.clock()  # rows are of one thread, ids of all

    def write():
        with transaction():
            sitting, by = db.session.get_one(Sitting, sitting_id), db.session.get_one(User, user_id)
            return sittings.report_incident(sitting, IncidentCategory.STAFF, "x", None, by=by, now=now).number

    assert sorted(at_once(app, write, write)) == [1, 2]


def test_an_act_of_staff_is_named_as_a_measure_once_and_in_its_own_sitting(hall, make, clock):
    incident, act = happened(hall), hall.ask(ActKind.PAUSE)
    link(hall, act, incident)
    assert [measure.id for measure in incidents.measures_of(incident)] == [act.id]
    with pytest.raises(rules.LinkedAlready):
        link(hall, act, incident)
    elsewhere = Hall(make, clock, 1).start()
    with pytest.raises(rules.IncidentElsewhere):
        link(elsewhere, elsewhere.ask(ActKind.PAUSE), incident)


def test_an_act_that_is_asked_for_upon_an_incident_belongs_to_it_and_the_trail_says_so(hall, make, clock):
    first, incident = happened(hall), happened(hall, "Байланыш үзүлдү.")
    clock.advance(5 * MINUTE)
    hall.silent(hall.candidates[0], clock() - 2 * MINUTE, clock() - MINUTE)
    window = (clock() - 3 * MINUTE, clock())
    done = [
        hall.ask(ActKind.EXTEND, minutes=5, incident=incident),
        hall.ask(ActKind.EXTEND, minutes=15, incident=incident),  # waits for a second person, and belongs to it already
        hall.ask(ActKind.OUTAGE, window=window, incident=incident),
    ]
    assert {act.id for act in incidents.measures_of(incident)} == {act.id for act in done}
    assert incidents.measures_of(first) == []
    told = [audit.facts(entry) for entry in linked()]
    assert [(one["incident"], one["number"]) for one in told] == [(str(incident.id), 2)] * 3
    assert not list(audit.verify())


def test_of_an_act_upon_an_incident_of_another_sitting_nothing_is_left(hall, make, clock):
    elsewhere = happened(Hall(make, clock, 1).start())
    deadline = hall.candidates[0].attempt.deadline_at
    with pytest.raises(rules.IncidentElsewhere):
        hall.ask(ActKind.EXTEND, minutes=5, incident=elsewhere)
    db.session.rollback()
    assert (db.session.scalars(db.select(HallAct)).all(), linked()) == ([], [])
    assert hall.candidates[0].attempt.deadline_at == deadline


def test_a_measure_that_was_moved_to_another_incident_is_found(hall):
    first, second = happened(hall), happened(hall)
    act = hall.ask(ActKind.PAUSE, incident=first)
    with transaction():
        hall_queries.get_act(act.id, hall.sitting_id).incident_id = second.id
    assert "a measure upon an incident was altered" in [fault.what for fault in audit.verify()]


def test_a_measure_that_nobody_named_is_found(hall):
    incident, act = happened(hall), hall.ask(ActKind.PAUSE)
    with transaction():
        hall_queries.get_act(act.id, hall.sitting_id).incident_id = incident.id
    found = [fault.what for fault in audit.verify()]
    assert found == ["a measure upon an incident is there that the trail does not know"]


@pytest.mark.parametrize("kind", list(ActKind))
def test_whatever_was_done_upon_an_incident_can_stand_in_its_act(hall, clock, kind):
    incident = happened(hall)
    rest = {ActKind.MESSAGE: {"wording": "Күтө туруңуздар."}, ActKind.EXTEND: {"length": MINUTE}}.get(kind, {})
    rest |= {"began_at": clock() - MINUTE, "ended_at": clock()} if kind == ActKind.OUTAGE else {}
    with transaction():
        db.session.add(HallAct(
            id=uuid4(), sitting_id=hall.sitting_id, kind=kind, status=ActStatus.DONE, reason="", asked_at=clock(),
            category=IncidentCategory.TECHNICAL, asked_by_id=hall.proctor.id, incident_id=incident.id, **rest,
        ))  # fmt: skip
    paper = drawn_up(hall, incident)
    with transaction():
        read = text(incidents.incident_pdf(paper, by=hall.proctor, now=clock()))
    assert hall_words.ACTS[kind][1] in read


def test_the_words_for_the_question_bank_are_the_incidents_own_and_fit_a_reason(hall):
    short = happened(hall, "Суроолордун сүрөтү\n  чыкты.")
    assert incidents.words_of(short) == f"{hall.sitting.number}/И-1. Суроолордун сүрөтү чыкты."
    long = incidents.words_of(happened(hall, "сөз " * 500))
    assert len(long) <= REASON_LENGTH and long.endswith("сөз…")
    assert life.check_reason(long) == long


def test_the_act_says_what_happened_where_and_which_measures_were_taken_but_no_public_number(hall, clock):
    incident = happened(hall, seat=1)
    link(hall, hall.ask(ActKind.PAUSE, hall.candidates[0]), incident)
    paper = drawn_up(hall, incident, "Жапар уулу Үсөн")
    said = json.loads(paper.content)
    assert (said["number"], said["incident"]["text"], said["incident"]["seat"], said["present"]) == (
        f"{hall.sitting.number}/И-1", "Коммутатор өчтү.", 1, "Жапар уулу Үсөн",
    )  # fmt: skip
    assert [(row["kind"], row["n"]) for row in said["measures"]] == [("pause", 1)]
    assert all(candidate.attempt.number not in paper.content for candidate in hall.candidates)


def test_the_act_is_drawn_once_and_gives_the_same_bytes_ever_after(hall, clock):
    paper = drawn_up(hall, happened(hall))
    with transaction():
        pdf = incidents.incident_pdf(paper, by=hall.proctor, now=clock())
    clock.advance(timedelta(days=3))
    with transaction():
        assert incidents.incident_pdf(paper, by=hall.proctor, now=clock()) == pdf
    read = text(pdf)
    assert "Акт о нештатной ситуации" in read and "Коммутатор өчтү." in read
    assert not list(audit.verify())


def test_what_is_known_later_brings_the_next_version_and_nothing_new_brings_none(hall, clock):
    incident = happened(hall)
    first = drawn_up(hall, incident)
    with pytest.raises(rules.NothingNew):
        drawn_up(hall, incident)
    link(hall, hall.ask(ActKind.PAUSE), incident)
    assert drawn_up(hall, incident).version == 2
    assert [paper.version for paper in incidents.papers_of(incident)] == [2, 1]
    assert json.loads(first.content)["measures"] == []


def test_an_altered_act_is_found(hall):
    paper = drawn_up(hall, happened(hall))
    with transaction():
        paper.content = paper.content.replace("өчтү", "күйдү")
    assert [fault.what for fault in audit.verify()] == ["the content of the act on an incident was altered"]


def test_an_act_that_was_renumbered_or_put_to_another_name_or_moment_is_found(hall, clock):
    paper = drawn_up(hall, happened(hall))
    for change in ({"version": 2}, {"created_by_id": hall.other.id}, {"created_at": clock() - MINUTE}):
        with pytest.raises(KeyError), transaction():
            for name, value in change.items():
                setattr(paper, name, value)
            assert [fault.what for fault in audit.verify()] == [
                "the act on an incident was renumbered, or who drew it up was altered"
            ]
            raise KeyError  # the next one begins with the act as it was


def test_an_act_that_nobody_drew_up_is_found(hall):
    drawn_up(hall, happened(hall))
    edit_copy("incident_paper", version=2)
    assert [fault.what for fault in audit.verify()] == ["an act on an incident is there that the trail does not know"]


def test_an_altered_pdf_of_an_act_is_found(hall, clock):
    paper = drawn_up(hall, happened(hall))
    with transaction():
        incidents.incident_pdf(paper, by=hall.proctor, now=clock())
    with transaction():
        paper.pdf = b"%PDF another"
    assert [fault.what for fault in audit.verify()] == ["the PDF of the act on an incident was altered"]


def test_the_register_names_every_incident_by_number_and_its_print_is_recorded(hall, clock):
    happened(hall, "Биринчи.")
    happened(hall, "Экинчи.", seat=2)
    with transaction():
        read = text(incidents.register_pdf(hall.sitting, by=hall.proctor, now=clock()))
    assert "И-1" in read and "И-2" in read and "Биринчи." in read and "Экинчи." in read
    entries = db.select(audit.AuditEntry.action).where(audit.AuditEntry.action == "incident_register.printed")
    assert len(db.session.scalars(entries).all()) == 1


def test_the_summary_protocol_names_incidents_by_their_number(hall, clock):
    happened(hall, "Биринчи.", seat=1)
    for candidate in hall.candidates:
        candidate.submit()
    with transaction():
        protocol = sittings.close_sitting(hall.sitting, by=hall.proctor, now=clock(), slips_left=0)
    [row] = json.loads(protocol.content)["incidents"]
    assert (row["place"], row["text"]) == (1, "Биринчи.")
    assert hall.candidates[0].attempt.number not in json.dumps(row)


def test_the_register_marks_what_was_written_down_after_the_closing(hall, clock):
    happened(hall, "Биринчи.")
    for candidate in hall.candidates:
        candidate.submit()
    with transaction():
        sittings.close_sitting(hall.sitting, by=hall.proctor, now=clock(), slips_left=0)
    with transaction():
        assert LATER[0] not in text(incidents.register_pdf(hall.sitting, by=hall.proctor, now=clock()))
    clock.advance(MINUTE)
    happened(hall, "Экинчи.")
    with transaction():
        assert text(incidents.register_pdf(hall.sitting, by=hall.proctor, now=clock())).count(LATER[0]) == 1


def test_the_act_on_an_incident_is_destroyed_with_the_papers_of_its_sitting_and_the_trail_holds(make, clock):
    scene = ArchiveScene(make, clock).grow_old()
    with transaction():
        incident = sittings.report_incident(
            scene.sitting, IncidentCategory.STAFF, "Эски иш.", None, by=scene.clerk, now=clock()
        )
        paper = incidents.draw_up(incident, "", by=scene.clerk, now=clock())
        incidents.incident_pdf(paper, by=scene.clerk, now=clock())
        said = {"category": IncidentCategory.STAFF, "asked_by_id": scene.clerk.id, "asked_at": clock()}
        act = HallAct(
            id=uuid4(), sitting_id=scene.sitting.id, kind=ActKind.MESSAGE, status=ActStatus.DONE, reason="Эски себеп.",
            wording="Эски сөз.", **said,
        )  # fmt: skip
        db.session.add(act)
        audit.record("hall.act", act, by=scene.clerk, at=clock(), **acts.facts_of(act))
    scene.destroy()
    db.session.expire_all()
    assert [(act.reason, act.wording) for act in db.session.scalars(db.select(HallAct))] == [("", "")]
    gone = db.session.scalars(db.select(IncidentPaper)).one()
    assert (gone.content, gone.pdf) == ("", None)
    with pytest.raises(DestroyedByAct), transaction():
        incidents.incident_pdf(gone, by=scene.clerk, now=clock())
    assert not faults()
