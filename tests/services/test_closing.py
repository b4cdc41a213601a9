"""Closing: everybody and every slip is accounted for, the summary protocol says it all, the proctors sign it (¶24)."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center import hall_queries, result_queries
from testing_center.models.sittings import CandidateCode, Participant, SittingProtocol, SittingSignature
from testing_center.rules import closing as rules
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.closing import Gap
from testing_center.rules.codes import CodeStatus, ReasonNeeded
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.sittings import AttemptsRunning, Presence, SittingNotRunning, SittingStatus, Unsat
from testing_center.services import (
    accounting,
    annulments,
    closing,
    codes,
    extra_time,
    printing,
    registration,
    signatures,
)
from testing_center.services import sittings as services
from testing_center.services.results import open_content
from tests.candidates import Candidate
from tests.closing import account_for_everybody
from tests.rules.reading import text
from tests.services.test_acts import Hall


@pytest.fixture
def hall(make, clock):
    """Two candidates at work on a test of sixty minutes."""
    return Hall(make, clock, 2).start()


def sitting_of(row):
    return db.session.get_one(services.Sitting, row.id)


def close(sitting, *, by, now, left=None, reason=""):
    with transaction():
        return services.close_sitting(sitting_of(sitting), by=by, now=now, slips_left=left, slips_reason=reason)


def said(protocol) -> dict:
    return json.loads(protocol.content)["hall"]


def gaps(sitting) -> list[Gap]:
    return [one.gap for one in accounting.unaccounted(sitting_of(sitting))]


# People


def test_a_sitting_does_not_close_before_everybody_is_accounted_for(make, clock):
    sitting, by = make.sitting(people=4, present=False), make.somebody(Role.PROCTOR)
    people = make.participants(sitting)
    with transaction():
        registration.set_presence(people[0], Presence.REFUSED, by=by, now=clock())
        registration.set_presence(people[1], Presence.PRESENT, by=by, now=clock())
        registration.set_presence(people[2], Presence.ABSENT, by=by, now=clock())
    assert gaps(sitting) == [Gap.NO_GROUNDS, Gap.NEVER_BEGAN, Gap.UNMARKED]
    with pytest.raises(rules.PeopleUnaccounted) as refused:
        close(sitting, by=by, now=clock())
    assert refused.value.params == {"n": 3} and sitting_of(sitting).status == SittingStatus.OPEN
    assert [one.presence for one in make.participants(sitting)][3] == Presence.EXPECTED  # nobody is marked silently
    with transaction():
        account_for_everybody(sitting_of(sitting), by=by, now=clock())
    close(sitting, by=by, now=clock())
    assert sitting_of(sitting).status == SittingStatus.CLOSED


def test_who_entered_and_never_started_is_accounted_for_too(make, clock):
    sitting = make.sitting(people=1)
    Candidate(clock, make.codes(sitting)[0]).enter()
    assert gaps(sitting) == [Gap.NEVER_BEGAN]


def test_who_began_needs_no_explanation_whatever_the_presence_says(make, clock):
    sitting = make.sitting(people=1)
    Candidate(clock, make.codes(sitting)[0]).enter().start()
    with transaction():
        make.participants(sitting)[0].presence = Presence.EXPECTED
    assert gaps(sitting) == []


def test_why_somebody_did_not_sit_is_written_down_with_a_reason(make, clock):
    sitting, by = make.sitting(people=2), make.somebody(Role.PROCTOR)
    one, other = make.participants(sitting)
    with pytest.raises(ReasonNeeded), transaction():
        accounting.explain(one, Unsat.LEFT, reason=" ", by=by, now=clock())
    with transaction():
        accounting.explain(one, Unsat.LEFT, reason="Ден соолугуна байланыштуу.", by=by, now=clock())
        registration.set_presence(other, Presence.ABSENT, by=by, now=clock())
    assert gaps(sitting) == []
    with pytest.raises(rules.NothingToExplain), transaction():
        accounting.explain(other, Unsat.LEFT, reason="x", by=by, now=clock())
    protocol = close(sitting, by=by, now=clock())
    assert said(protocol)["attendance"] == {
        "not_let_in": [], "unsat": [{"kind": "left", "reason": "Ден соолугуна байланыштуу."}], "withdrawn": 0,
    }  # fmt: skip
    with pytest.raises(SittingNotRunning), transaction():
        accounting.explain(one, Unsat.LEFT, reason="x", by=by, now=clock())


def test_whose_test_began_did_not_leave_before_it(make, clock):
    sitting, by = make.sitting(people=1), make.somebody(Role.PROCTOR)
    Candidate(clock, make.codes(sitting)[0]).enter().start()
    with pytest.raises(rules.NothingToExplain), transaction():
        accounting.explain(make.participants(sitting)[0], Unsat.LEFT, reason="x", by=by, now=clock())


def test_what_was_explained_is_forgotten_when_the_person_turns_out_to_be_absent(make, clock):
    sitting, by = make.sitting(people=1), make.somebody(Role.PROCTOR)
    one = make.participants(sitting)[0]
    with transaction():
        accounting.explain(one, Unsat.LEFT, reason="x", by=by, now=clock())
        registration.set_presence(one, Presence.ABSENT, by=by, now=clock())
    assert (one.unsat, one.unsat_reason) == (None, None)


def test_the_grounds_of_a_refusal_stand_in_the_protocol_and_the_name_does_not(make, clock):
    sitting, by = make.sitting(people=1, present=False), make.somebody(Role.PROCTOR)
    one = make.participants(sitting)[0]
    with transaction():
        closing.account_for(sitting_of(sitting), {one.id: (Presence.REFUSED, "Паспорту жок.")}, by=by, now=clock())
    protocol = close(sitting, by=by, now=clock())
    assert said(protocol)["attendance"]["not_let_in"] == ["Паспорту жок."]
    assert one.person.surname not in protocol.content


def test_nobody_whom_the_opening_counted_is_gone_without_a_word(make, clock):
    sitting, by = make.sitting(people=3, present=False, open=False), make.somebody(Role.TEST_ADMINISTRATOR)
    before, after, _stays = (one.id for one in make.participants(sitting))

    def withdraw(participant_id):
        clock.advance(timedelta(minutes=1))
        with transaction():
            one = db.session.get_one(Participant, participant_id)
            registration.withdraw(one, reason="өз каалоосу менен", by=by, now=clock())

    withdraw(before)
    make.open(sitting_of(sitting))
    withdraw(after)
    with transaction():
        closing.absent_unmarked(sitting_of(sitting), by=by, now=clock())
    protocol = close(sitting, by=by, now=clock())
    assert said(protocol)["attendance"]["withdrawn"] == 1
    assert "Регистрация отозвана после открытия сеанса" in text(printing.summary_pdf(protocol, now=clock()))


def test_only_an_absence_needs_no_reason(make, clock):
    sitting, by = make.sitting(people=2, present=False), make.somebody(Role.PROCTOR)
    one, other = make.participants(sitting)
    with pytest.raises(ReasonNeeded), transaction():
        closing.account_for(sitting_of(sitting), {one.id: (Presence.REFUSED, "")}, by=by, now=clock())
    with transaction():
        closing.account_for(sitting_of(sitting), {one.id: (Presence.ABSENT, "")}, by=by, now=clock())
        assert closing.absent_unmarked(sitting_of(sitting), by=by, now=clock()) == 1
    assert db.session.get_one(Participant, other.id).presence == Presence.ABSENT


def test_before_the_sitting_is_open_nobody_can_be_absent(make, clock):
    sitting, by = make.sitting(people=2, open=False, present=False), make.somebody(Role.PROCTOR)
    with pytest.raises(SittingNotRunning), transaction():
        closing.absent_unmarked(sitting_of(sitting), by=by, now=clock())
    assert {one.presence for one in make.participants(sitting)} == {Presence.EXPECTED}


def test_a_clock_that_stands_keeps_the_sitting_open(hall, clock):
    hall.ask(ActKind.PAUSE, hall.candidates[0])
    hall.candidates[1].submit()
    with pytest.raises(AttemptsRunning):
        close(hall.sitting, by=hall.proctor, now=clock())
    assert hall.candidates[0].attempt.status == AttemptStatus.PAUSED


# Acts


def test_what_waits_for_a_second_person_lapses_with_the_closing_and_the_trail_says_so(hall, clock):
    act = hall.ask(ActKind.END, hall.candidates[0], reason="Чыгып кетти.")
    for candidate in hall.candidates:
        candidate.submit()
    left = accounting.slips_of(hall.sitting).unused
    protocol = close(hall.sitting, by=hall.proctor, now=clock(), left=left)
    assert hall_queries.get_act(act.id, hall.sitting_id).status == ActStatus.LAPSED
    entries = db.select(audit.AuditEntry).where(audit.AuditEntry.action == "hall.act_lapsed")
    assert [entry.subject for entry in db.session.scalars(entries)] == [f"hall_act:{act.id}"]
    assert [row["status"] for row in said(protocol)["acts"]] == ["lapsed"]


# Slips


@pytest.fixture
def printed(make, clock):
    """A sitting whose three slips are printed; one is used, one revoked and replaced without a print."""
    sitting = make.sitting(people=3)
    admin, slips = make.somebody(Role.TEST_ADMINISTRATOR), make.codes(sitting)
    Candidate(clock, slips[0]).enter().start().submit()
    with transaction():
        codes.replace_code(make.participants(sitting)[1], reason="Жоголду.", by=admin, now=clock())
    with transaction():
        account_for_everybody(sitting_of(sitting), by=admin, now=clock())
    return sitting


def test_the_slips_left_over_are_counted_and_must_add_up(make, clock, printed):
    by = make.somebody(Role.PROCTOR)
    slips = accounting.slips_of(printed)
    assert (slips.printed, slips.used, slips.unused, slips.revoked) == (3, 1, 1, 1)
    with pytest.raises(rules.SlipsUncounted):
        close(printed, by=by, now=clock())
    for wrong in (0, 2):
        with pytest.raises(rules.SlipsDiffer):
            close(printed, by=by, now=clock(), left=wrong, reason="  ")
    protocol = close(printed, by=by, now=clock(), left=1)
    assert said(protocol)["slips"] == {"printed": 3, "used": 1, "unused": 1, "revoked": 1, "left": 1, "reason": ""}


def test_slips_that_do_not_add_up_need_a_reason_which_the_protocol_and_the_trail_keep(make, clock, printed):
    protocol = close(printed, by=make.somebody(Role.PROCTOR), now=clock(), left=0, reason="Айрылып калды.")
    assert said(protocol)["slips"]["reason"] == "Айрылып калды."
    entry = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.action == "sitting.closed")).one()
    assert audit.facts(entry)["slips"] == said(protocol)["slips"]
    statuses = db.session.scalars(db.select(CandidateCode.status).where(CandidateCode.sitting_id == printed.id))
    assert CodeStatus.ISSUED not in set(statuses)


# What the papers say


def bad_day(hall, clock):
    """A pause of everybody, an extension by two for the first, a move of the second."""
    one, other = hall.candidates
    hall.ask(ActKind.PAUSE)
    clock.advance(timedelta(minutes=4, seconds=11))
    hall.ask(ActKind.RESUME)
    clock.advance(timedelta(seconds=20))
    hall.confirm(hall.ask(ActKind.EXTEND, one, minutes=15, reason="Кеч башталды."))
    clock.advance(timedelta(seconds=1))
    hall.decline(hall.ask(ActKind.END, other, reason="Чыгып кетти."), reason="Кайра келди.")
    hall.ask(ActKind.MESSAGE, reason="", wording="Терезе жабылды.")
    with transaction():
        token = codes.issue_resume_token(other.attempt, reason="Компьютер бузулду.", by=hall.proctor, now=clock())
    other.enter(token, address="10.0.0.9")
    for candidate in hall.candidates:
        candidate.submit()


def test_the_summary_protocol_says_acts_extensions_moves_and_messages_by_public_number(hall, clock):
    bad_day(hall, clock)
    one, other = (candidate.attempt.number for candidate in hall.candidates)
    protocol = close(hall.sitting, by=hall.proctor, now=clock(), left=0)
    record = said(protocol)
    assert [(row["place"], row["kind"], len(row["to"]), len(row["by"])) for row in record["acts"]] == [
        (1, "pause", 2, 1), (2, "resume", 2, 1), (3, "extend", 1, 2), (4, "end", 1, 2),
    ]  # fmt: skip
    assert (record["acts"][3]["status"], record["acts"][3]["declined"]) == ("declined", "Кайра келди.")
    took = 251_000_000
    assert {row["number"]: (row["microseconds"], [part["act"] for part in row["parts"]])
            for row in record["extensions"]} == {one: (took + 900_000_000, [2, 3]), other: (took, [2])}  # fmt: skip
    assert [(move["number"], move["category_ru"], move["reason"]) for move in record["moves"]] == [
        (other, "компьютер или сеть", "Компьютер бузулду.")
    ]
    assert record["messages"] == 1
    assert "10.0.0.9" not in protocol.content  # a workstation is a seat


def test_the_candidates_protocol_says_what_time_was_given_and_by_how_many(hall, clock):
    bad_day(hall, clock)
    protocol = {row.result.attempt_id: row for row in result_queries.newest_protocols(hall.sitting)}
    given = open_content(protocol[hall.candidates[0].attempt_id])["attempt"]["given"]
    assert [(row["kind"], row["microseconds"], row["by_two"]) for row in given] == [
        ("pause", 251_000_000, False), ("extension", 900_000_000, True),
    ]  # fmt: skip
    assert given[0]["category_ru"] == "компьютер или сеть"


def test_a_protocol_without_time_given_says_nothing_of_it(hall):
    hall.candidates[0].submit()
    [protocol] = result_queries.newest_protocols(hall.sitting)
    assert "given" not in open_content(protocol)["attempt"]


def test_why_extra_time_was_granted_stands_on_no_paper(make, clock):
    sitting, by = make.sitting(people=1, open=False), make.somebody(Role.TEST_ADMINISTRATOR)
    with transaction():
        extra_time.grant(make.participants(sitting)[0], 30, reason="Справка № 7", by=by, now=clock())
    make.open(sitting)
    candidate = Candidate(clock, make.codes(sitting)[0]).enter().start()
    candidate.submit()
    [protocol] = result_queries.newest_protocols(sitting_of(sitting))
    given = open_content(protocol)["attempt"]["given"]
    assert [(row["kind"], row["microseconds"]) for row in given] == [("accommodation", 1_800_000_000)]
    summary = close(sitting, by=by, now=clock(), left=0)
    assert [part["kind"] for row in said(summary)["extensions"] for part in row["parts"]] == ["accommodation"]
    assert "Справка" not in summary.content + json.dumps(open_content(protocol), ensure_ascii=False)


def test_a_later_version_repeats_what_happened_in_the_hall(hall, clock, make):
    bad_day(hall, clock)
    first = close(hall.sitting, by=hall.proctor, now=clock(), left=0)
    with transaction():
        made = annulments.annul_prepare(hall.sitting, "Өрт чыкты.", by=hall.proctor, now=clock())
        annulments.annul_apply(made, by=hall.other, now=clock())
    later = result_queries.summary_protocols(hall.sitting_id)[0]
    assert later.version == 2 and said(later) == said(first)


# Signatures


@pytest.fixture
def closed(make, clock):
    """A closed sitting with one proctor, and its summary protocol."""
    sitting = make.sitting(people=1, present=False)
    admin = make.somebody(Role.TEST_ADMINISTRATOR)
    with transaction():
        account_for_everybody(sitting_of(sitting), by=admin, now=clock())
    protocol = close(sitting, by=admin, now=clock(), left=0)
    return sitting_of(sitting), protocol


def test_a_proctor_of_the_sitting_signs_once_and_nobody_else(make, clock, closed):
    sitting, protocol = closed
    proctor = sitting.proctors[0]
    with pytest.raises(rules.NotProctored), transaction():
        signatures.sign(protocol, by=make.somebody(Role.TEST_ADMINISTRATOR), now=clock())
    with transaction():
        signatures.sign(protocol, by=proctor, now=clock())
    assert [(one.user_id, one.at) for one in signatures.signatures_of(protocol)] == [(proctor.id, clock())]
    with pytest.raises(rules.SignedAlready), transaction():
        signatures.sign(protocol, by=proctor, now=clock())
    assert not list(audit.verify())


def test_who_has_not_signed_is_named_and_reminded_until_they_have(make, clock, closed):
    sitting, protocol = closed
    proctor, competition = sitting.proctors[0], make.participants(sitting)[0].competition_id
    [state] = signatures.signed_of(competition)
    assert (state.sitting.id, state.signed, state.of, state.missing) == (sitting.id, 0, 1, [proctor.full_name])
    assert [one.id for one in signatures.waiting_for(proctor)] == [sitting.id]
    assert signatures.waiting_for(make.somebody(Role.TEST_ADMINISTRATOR)) == []
    with transaction():
        signatures.sign(protocol, by=proctor, now=clock())
    [state] = signatures.signed_of(competition)
    assert (state.signed, state.of, state.missing) == (1, 1, [])
    assert signatures.waiting_for(proctor) == []


def test_a_later_version_is_not_signed_anew(make, clock, closed):
    sitting, _protocol = closed
    with transaction():
        made = annulments.annul_prepare(sitting, "Өрт чыкты.", by=sitting.proctors[0], now=clock())
        annulments.annul_apply(made, by=make.somebody(Role.TEST_ADMINISTRATOR), now=clock())
    with pytest.raises(rules.NotSignedAnew), transaction():
        signatures.sign(result_queries.summary_protocols(sitting.id)[0], by=sitting.proctors[0], now=clock())


def test_a_signature_that_was_taken_away_is_found(clock, closed):
    sitting, protocol = closed
    with transaction():
        signatures.sign(protocol, by=sitting.proctors[0], now=clock())
    with transaction():
        db.session.execute(db.delete(SittingSignature))
    assert [fault.what for fault in audit.verify()] == [
        "a signature under the summary protocol is missing or was altered"
    ]


def test_a_signature_that_nobody_gave_or_of_another_moment_is_found(make, clock, closed):
    sitting, protocol = closed
    now, forged = clock(), SittingSignature(
        id=uuid4(), protocol_id=protocol.id, user_id=sitting.proctors[0].id, at=clock()
    )  # fmt: skip
    with transaction():
        db.session.add(forged)
    assert [fault.what for fault in audit.verify()] == [
        "a signature under the summary protocol is there that the trail does not know"
    ]
    with transaction():
        db.session.delete(db.session.get_one(SittingSignature, forged.id))
    with transaction():
        signed = signatures.sign(db.session.get_one(SittingProtocol, protocol.id), by=sitting.proctors[0], now=now)
    assert list(audit.verify()) == []
    with transaction():
        db.session.get_one(SittingSignature, signed.id).at = now - timedelta(minutes=1)
    assert [fault.what for fault in audit.verify()] == [
        "a signature under the summary protocol is missing or was altered"
    ]


def test_a_signature_is_of_one_content(clock, closed):
    sitting, protocol = closed
    with transaction():
        signatures.sign(protocol, by=sitting.proctors[0], now=clock())
    with transaction():
        db.session.get_one(SittingProtocol, protocol.id).content_digest = bytes(32)
    assert "the summary protocol is not the one that was signed" in [fault.what for fault in audit.verify()]
