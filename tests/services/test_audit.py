"""The trail: appended, chained, signed. Whoever changes, removes, inserts or cuts off an entry is found."""

from __future__ import annotations

import json
import struct
from datetime import timedelta, timezone

import pytest

from core import audit, crypto
from core.audit import AuditCheckpoint, AuditEntry, AuditHead
from core.db import db, transaction
from core.errors import CannotOpen, Refusal
from tests.candidates import at_once

CLERK = audit.System("clerk")


def write(clock, count: int = 1, **facts: object) -> None:
    """Write entries, each in a transaction of its own."""
    for n in range(1, count + 1):
        with transaction():
            audit.record(f"thing.{n}", f"thing:{n}", by=CLERK, at=clock(), **facts)


def sign(clock, reason: str = "test") -> AuditCheckpoint | None:
    """Sign the end of the chain."""
    with transaction():
        return audit.checkpoint(reason, at=clock())


def alter(statement: str, **values: object) -> None:
    """Change the trail as a database administrator could."""
    with db.engine.begin() as connection:
        assert connection.execute(db.text(statement), values).rowcount == 1


def faults(**options: object) -> list[tuple[int, str]]:
    """What the verification finds."""
    db.session.rollback()
    db.session.expire_all()
    return [(fault.number, fault.what) for fault in audit.verify(**options)]


@pytest.fixture
def chain(app, clock):
    """Five entries."""
    write(clock, 5, amount=1)


# Writing


def test_entries_are_numbered_from_one_and_hang_together(chain):
    entries = db.session.scalars(db.select(AuditEntry).order_by("number")).all()
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries] == [bytes(32), *(entry.hash for entry in entries[:-1])]
    assert audit.head() == (5, entries[-1].hash)
    assert faults() == []


def test_an_outsider_can_recompute_the_hash_without_our_secrets(chain):
    """hash = SHA-256(00 ‖ number ‖ previous ‖ SHA-256(canonical body))."""
    import hashlib

    entry = db.session.get_one(AuditEntry, 3)
    body = json.dumps(entry.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    inner = hashlib.sha256(body).digest()
    assert entry.hash == hashlib.sha256(b"\x00" + struct.pack(">Q", 3) + entry.previous + inner).digest()


def test_an_entry_says_what_happened_to_what_by_whom_and_when_in_utc(app, clock):
    clock.at = clock.at.astimezone(timezone(timedelta(hours=6)))
    with transaction():
        entry = audit.record("paper.signed", "paper:7", by=CLERK, at=clock(), digest=b"\xab", people=("a", 2))
    assert entry.body == {
        "action": "paper.signed", "subject": "paper:7", "actor": "system:clerk", "at": "2026-11-28T04:00:00Z",
        "request": None, "facts": {"digest": "ab", "people": ["a", 2]},
    }  # fmt: skip
    assert faults() == []


def test_an_act_that_is_rolled_back_leaves_no_entry_and_no_gap(app, clock):
    write(clock)
    with pytest.raises(RuntimeError), transaction():
        audit.record("thing.undone", "thing:9", by=CLERK, at=clock())
        raise RuntimeError
    write(clock)
    assert [entry.action for entry in db.session.scalars(db.select(AuditEntry).order_by("number"))] == ["thing.1"] * 2
    assert faults() == []


class TooLate(Refusal):
    code = "too_late"


def test_a_refusal_is_kept_although_its_act_was_rolled_back(app, clock):
    with pytest.raises(TooLate) as refused, transaction():
        audit.record("thing.undone", "thing:9", by=CLERK, at=clock())
        raise TooLate(n=3)
    audit.record_refusal(refused.value, "thing:9", by=CLERK, at=clock())
    [entry] = db.session.scalars(db.select(AuditEntry)).all()
    assert (entry.action, audit.facts(entry)) == ("refused", {"code": "too_late", "params": {"n": 3}})
    assert faults() == []


def test_entries_written_at_the_same_moment_do_not_fork_the_chain(app, clock):
    got = at_once(app, *[lambda: write(clock, 3)] * 4)
    assert got == [None] * 4
    assert audit.head()[0] == 12
    assert faults() == []


# Altering


@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_altered_body_is_found(chain, number):
    body = json.dumps(db.session.get_one(AuditEntry, number).body | {"facts": {"amount": 2}})
    db.session.rollback()
    alter("UPDATE audit_entry SET body = :body WHERE number = :n", body=body, n=number)
    assert faults() == [(number, "its body was altered")]


@pytest.mark.parametrize(
    "change", ["action = 'thing.9'", "actor = 'user:1'", "subject = 'thing:9'", "at = '2020-01-01 00:00:00+00:00'"]
)
def test_an_altered_column_is_found(chain, change):
    alter(f"UPDATE audit_entry SET {change} WHERE number = 2")
    assert faults() == [(2, "its columns differ from its body")]


def test_an_erased_body_is_found_unless_an_act_of_erasure_names_it(chain, clock):
    with transaction():
        db.session.get_one(AuditEntry, 2).body = None
    assert faults() == [(2, "its body is missing, and no act of erasure names it")]
    with transaction():
        audit.record(audit.ERASED, "retention:1", by=CLERK, at=clock(), entries=[2])
    assert [number for number, _what in faults()] == [6]  # now the act itself is asked for, see test_erasure


def test_an_entry_rewritten_with_its_hash_breaks_the_one_after_it(chain):
    entry = db.session.get_one(AuditEntry, 3)
    body = entry.body | {"facts": {"amount": 2}}
    inner = crypto.sha256(crypto.canonical(body))
    with transaction():
        entry = db.session.get_one(AuditEntry, 3)
        entry.body, entry.body_hash = body, inner
        entry.hash = audit.entry_hash(3, entry.previous, inner)
    assert faults() == [(4, "it does not follow the entry before it")]


def test_a_removed_entry_is_found(chain):
    alter("DELETE FROM audit_entry WHERE number = 3")
    assert faults() == [(3, "entries 3 to 3 are missing"), (4, "it does not follow the entry before it")]


def test_the_first_entry_removed_is_found(chain):
    alter("DELETE FROM audit_entry WHERE number = 1")
    assert faults()[0] == (1, "entries 1 to 1 are missing")


def test_the_last_entry_cut_off_is_found(chain):
    alter("DELETE FROM audit_entry WHERE number = 5")
    assert faults() == [(5, "the last entries are missing: the head of the chain names another one")]


def test_an_entry_put_at_the_end_is_found(chain):
    with transaction():
        last = db.session.get_one(AuditEntry, 5)
        values = {column.name: getattr(last, column.name) for column in AuditEntry.__table__.columns}
        db.session.add(AuditEntry(**values | {"number": 6}))
    assert (6, "it does not follow the entry before it") in faults()


def test_two_entries_in_another_order_are_found(chain):
    for a, b in ((2, 99), (3, 2), (99, 3)):
        alter("UPDATE audit_entry SET number = :b WHERE number = :a", a=a, b=b)
    assert {number for number, _what in faults()} >= {2, 3, 4}


def test_a_chain_cut_off_together_with_its_head_is_found_by_the_checkpoint(chain, clock):
    sign(clock)
    alter("DELETE FROM audit_entry WHERE number = 5")
    with transaction():
        fourth = db.session.get_one(AuditEntry, 4)
        head = db.session.get_one(AuditHead, 1)
        head.number, head.hash = 4, fourth.hash
    assert faults() == [(5, "a signed checkpoint has lost its entry")]


# Checkpoints and anchors


def test_a_checkpoint_signs_the_end_once(chain, clock):
    point = sign(clock)
    assert point is not None and (point.number, point.reason) == (5, "test")
    assert sign(clock) is None
    assert faults() == []


def test_entries_of_one_act_follow_each_other_and_are_signed_with_it(chain, clock):
    with transaction(), audit.recording(by=audit.System("test"), at=clock()) as trail:
        first, second = (trail.add("test.done", f"thing:{number}", amount=number) for number in (6, 7))
        trail.sign("act")
    assert (first.number, second.number, second.previous) == (6, 7, first.hash)
    assert audit.head() == (7, second.hash)
    assert db.session.get_one(AuditCheckpoint, 7).reason == "act"
    assert db.session.get_one(AuditEntry, 6).hash == first.hash
    assert faults() == []


def test_an_act_that_fails_midway_adds_nothing_to_the_chain(chain, clock):
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.get_one(AuditHead, 1)
        with audit.recording(by=audit.System("test"), at=clock()) as trail:
            trail.add("test.done", "thing:6")
            raise ZeroDivisionError
    assert audit.head()[0] == 5 and faults() == []


def test_there_is_nothing_to_sign_before_the_first_entry(app, clock):
    assert sign(clock) is None


def test_a_chain_rewritten_from_the_beginning_does_not_agree_with_its_checkpoint(chain, clock):
    """Plain hashes can be recomputed by anybody; the signature cannot."""
    sign(clock)
    with transaction():
        previous = bytes(32)
        for entry in db.session.scalars(db.select(AuditEntry).order_by("number")):
            entry.body = entry.body | {"facts": {"amount": 2}}
            entry.body_hash, entry.previous = crypto.sha256(crypto.canonical(entry.body)), previous
            previous = entry.hash = audit.entry_hash(entry.number, previous, entry.body_hash)
        db.session.get_one(AuditHead, 1).hash = previous
    assert faults() == [(5, "the signed checkpoint does not agree with the chain")]
    with transaction():
        db.session.get_one(AuditCheckpoint, 5).hash = audit.head()[1]
    assert faults() == [(5, "the signed checkpoint does not agree with the chain")]


def test_a_forged_signature_is_found(chain, clock):
    sign(clock)
    with transaction():
        point = db.session.get_one(AuditCheckpoint, 5)
        point.signature = point.signature[:-1] + bytes([point.signature[-1] ^ 1])
    assert faults() == [(5, "the signed checkpoint does not agree with the chain")]


def test_a_checkpoint_that_does_not_extend_the_last_one_is_refused(chain, clock):
    sign(clock)
    with transaction():
        db.session.get_one(AuditEntry, 5).hash = bytes(32)
    write(clock)
    with pytest.raises(RuntimeError, match="does not extend checkpoint 5"):
        sign(clock)


@pytest.mark.parametrize(
    ("after", "points"), [(timedelta(minutes=5) - timedelta(microseconds=1), 1), (timedelta(minutes=5), 2)]
)
def test_every_five_minutes_the_end_is_signed(app, clock, after, points):
    for _ in range(2):
        write(clock)
        with transaction():
            audit.checkpoint_if_due(at=clock())
        clock.advance(after)
    assert db.session.query(AuditCheckpoint).count() == points


def test_a_hash_from_a_printed_paper_is_found_in_the_chain(chain):
    hashes = [entry.hash for entry in db.session.scalars(db.select(AuditEntry).order_by("number"))]
    for anchor in hashes:
        assert faults(anchor=anchor) == []
    assert faults(anchor=bytes(32 * [1])) == [(0, "no entry bears the anchor given from paper")]
    assert faults(anchor=hashes[1], since=3) == []
    assert faults(anchor=hashes[0], since=3) == [(0, "no entry bears the anchor given from paper")]


def test_the_verification_may_begin_later_and_then_trusts_what_came_before(chain):
    alter("UPDATE audit_entry SET action = 'x' WHERE number = 2")
    assert faults(since=3) == []
    assert faults(since=2) == [(2, "its columns differ from its body")]
    assert faults(since=6) == []
    assert faults(since=99) == [(98, "the entry before the first one asked for is missing")]


def test_an_action_has_one_witness():
    with pytest.raises(RuntimeError, match=r"attempt\.ended has a witness already"):
        audit.witness("attempt.ended")(lambda entry: iter(()))


def test_a_witness_compares_an_entry_with_the_rows_it_speaks_of(chain, monkeypatch):
    def lost(_entry):
        yield "the thing is gone"

    def altered(_entry):
        raise CannotOpen("thing/5")
        yield

    monkeypatch.setitem(audit._witnesses, "thing.4", lost)
    monkeypatch.setitem(audit._witnesses, "thing.5", altered)
    assert faults() == [(4, "the thing is gone"), (5, "a sealed part of what it speaks of was altered")]


# The command


def test_the_command_says_that_the_chain_holds(app, chain):
    said = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert (said.exit_code, "The chain holds: 5 entries" in said.output) == (0, True)


def test_the_command_names_the_first_bad_entry_and_leaves_with_1(app, chain):
    alter("UPDATE audit_entry SET action = 'x' WHERE number = 2")
    said = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert said.exit_code == 1
    assert "Entry 2: its columns differ from its body" in said.stderr


@pytest.mark.parametrize("given", [["--anchor", "xyz"], ["--since", "0"]])
def test_the_command_leaves_with_2_on_wrong_usage(app, given):
    assert app.test_cli_runner().invoke(args=["audit", "verify", *given]).exit_code == 2
