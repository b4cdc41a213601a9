"""Two who act upon one sitting at the same moment, each on a connection: nobody's word is lost, nobody waits for ever.

On the embedded database one is simply first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from accounts.models import User
from accounts.rules import Role
from core.db import db, transaction
from core.errors import Refusal
from testing_center import hall_queries, staff_queries
from testing_center.models.attempts import Attempt
from testing_center.models.hall import Contact
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.sittings import IncidentCategory, Presence, SittingStatus
from testing_center.services import acts, closing, contacts, registration, sittings
from testing_center.services import hall as services
from tests.candidates import Candidate
from tests.services.test_acts import Hall

WAIT = 10  # seconds, more than any of this takes


@pytest.fixture
def meanwhile(app, monkeypatch):
    """``meanwhile(module, name, one, other)``: ``one`` is about to call that function when ``other`` does all it can.

    It may have to wait for the first one. Gives what each of them got.
    """

    def both(module: Any, name: str, one: Callable[[], Any], other: Callable[[], Any]) -> tuple[Any, Any]:
        if db.engine.dialect.name != "postgresql":
            db.session.rollback()
            return _got(app, one), _got(app, other)
        came, go, real = threading.Event(), threading.Event(), getattr(module, name)

        def slow(*given: Any, **named: Any) -> Any:
            if threading.current_thread().name == "one" and not came.is_set():
                came.set()
                assert go.wait(WAIT)
            return real(*given, **named)

        monkeypatch.setattr(module, name, slow)
        got: dict[str, Any] = {}
        db.session.rollback()
        threads = [
            threading.Thread(target=lambda name=name, act=act: got.update({name: _got(app, act)}), name=name)
            for name, act in (("one", one), ("other", other))
        ]
        threads[0].start()
        assert came.wait(WAIT)
        threads[1].start()
        _until_over_or_waiting(threads[1])
        go.set()
        for thread in threads:
            thread.join(WAIT)
        db.session.rollback()
        return got["one"], got["other"]

    return both


def _got(app: Any, act: Callable[[], Any]) -> Any:
    with app.app_context():
        try:
            return act()
        except Refusal as refusal:
            return refusal.code
        finally:
            db.session.remove()


def _until_over_or_waiting(thread: threading.Thread) -> None:
    waiting = db.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with db.engine.connect() as connection:
        while thread.is_alive() and not connection.execute(waiting).scalar():
            connection.rollback()
            thread.join(timeout=0.01)


@pytest.fixture
def expected(make):
    """A running sitting of three whom nobody has marked, with its code slips, and two people of the staff, by id."""
    sitting = make.sitting(people=3, present=False)
    found = {
        "codes": make.codes(sitting), "sitting": sitting.id,
        "people": [one.id for one in make.participants(sitting)],
        "proctor": make.somebody(Role.PROCTOR).id, "other": make.somebody(Role.TEST_ADMINISTRATOR).id,
    }  # fmt: skip
    db.session.rollback()
    return found


def whole(act: Callable[..., Any]) -> Callable[..., Any]:
    """The act in a transaction, as a page has it."""

    @wraps(act)
    def done(*given: Any) -> Any:
        with transaction():
            return act(*given)

    return done


def by(user_id) -> User:
    return db.session.get_one(User, user_id)


def marks(scene: dict, place: int, presence: Presence, reason: str = "") -> Callable[[], Any]:
    """A proctor writes down of one person whether they came, as the page does."""
    now = scene["clock"]

    @whole
    def act() -> str:
        one = staff_queries.get_participant(scene["people"][place], staff_queries.get_sitting(scene["sitting"]))
        registration.set_presence(one, presence, by=by(scene["proctor"]), now=now, reason=reason)
        return "marked"

    return act


def presence_of(scene: dict) -> list[Presence]:
    return [db.session.get_one(Participant, one).presence for one in scene["people"]]


def test_who_is_marked_as_present_meanwhile_is_not_made_absent_with_all_the_others(expected, meanwhile, clock):
    expected["clock"] = clock()

    @whole
    def absent() -> int:
        sitting = staff_queries.get_sitting(expected["sitting"], lock=True)
        return closing.absent_unmarked(sitting, by=by(expected["other"]), now=clock())

    meanwhile(registration, "_note", marks(expected, 0, Presence.PRESENT), absent)
    assert presence_of(expected) == [Presence.PRESENT, Presence.ABSENT, Presence.ABSENT]


def test_all_the_others_are_absent_and_then_one_of_them_comes(expected, meanwhile, clock):
    expected["clock"] = clock()

    @whole
    def absent() -> int:
        return closing.absent_unmarked(
            staff_queries.get_sitting(expected["sitting"]), by=by(expected["other"]), now=clock()
        )

    got = meanwhile(registration, "_note", absent, marks(expected, 0, Presence.PRESENT))
    assert got[1] == "marked"
    assert presence_of(expected) == [Presence.PRESENT, Presence.ABSENT, Presence.ABSENT]


def test_nobody_is_absent_and_sits_a_test(make, meanwhile, clock):
    """Whoever was first is right: the other one is refused."""
    sitting = make.sitting(people=1)
    [code], [one] = make.codes(sitting), make.participants(sitting)
    scene = {
        "clock": clock(), "sitting": sitting.id, "people": [one.id], "proctor": make.somebody(Role.PROCTOR).id,
    }  # fmt: skip

    def come() -> str:
        return str(Candidate(clock, code).enter().start().attempt.status)

    got = meanwhile(registration, "_note", marks(scene, 0, Presence.ABSENT), come)
    present, attempts = presence_of(scene)[0], db.session.scalars(db.select(Attempt)).all()
    assert (present, len(attempts)) in ((Presence.ABSENT, 0), (Presence.PRESENT, 1)), got


def test_the_protocol_counts_whoever_was_marked_before_the_closing_and_nobody_is_marked_after_it(
    expected, meanwhile, clock
):
    expected["clock"] = clock()
    for place in range(3):
        marks(expected, place, Presence.ABSENT)()

    @whole
    def close() -> str:
        sitting = staff_queries.get_sitting(expected["sitting"], lock=True)
        return sittings.close_sitting(sitting, by=by(expected["other"]), now=clock(), slips_left=3).content

    _marked, content = meanwhile(registration, "_note", marks(expected, 0, Presence.REFUSED, "No passport"), close)
    assert presence_of(expected)[0] == Presence.REFUSED and "No passport" in content
    with pytest.raises(Refusal):
        marks(expected, 1, Presence.PRESENT)()
    assert db.session.get_one(Sitting, expected["sitting"]).status == SittingStatus.CLOSED


def test_who_is_not_let_in_and_an_act_upon_somebody_else_do_not_wait_for_each_other_for_ever(
    expected, meanwhile, clock
):
    expected["clock"] = clock()
    marks(expected, 0, Presence.PRESENT)()
    working = Candidate(clock, expected["codes"][0]).enter().start().attempt_id

    @whole
    def refuse(place: int = 1) -> str:
        sitting = staff_queries.get_sitting(expected["sitting"])
        one = staff_queries.get_participant(expected["people"][place], sitting)
        services.refuse_entry(one, IncidentCategory.CANDIDATE, "No passport", by=by(expected["proctor"]), now=clock())
        return "refused"

    @whole
    def extend() -> str:
        asked = acts.Asked(ActKind.EXTEND, IncidentCategory.TECHNICAL, "the switch", minutes=3)
        sitting = db.session.get_one(Sitting, expected["sitting"])
        return str(acts.ask(sitting, asked, [working], by=by(expected["other"]), now=clock()).status)

    assert meanwhile(sittings, "report_incident", refuse, extend) == ("refused", "done")
    assert meanwhile(staff_queries, "hold", refuse, lambda: refuse(2)) == ("refused", "refused")


def test_the_second_person_and_the_closing_do_not_wait_for_each_other_for_ever(make, meanwhile, clock):
    hall = Hall(make, clock, 1).start()
    act_id, sitting_id = hall.ask(ActKind.END).id, hall.sitting_id
    proctor, other = hall.proctor.id, hall.other.id
    hall.candidates[0].submit()

    @whole
    def confirm() -> str:
        act = hall_queries.get_act(act_id, sitting_id, lock=True)
        return str(acts.confirm(act, by=by(other), now=clock()).status)

    @whole
    def close() -> str:
        sitting = staff_queries.get_sitting(sitting_id, lock=True)
        return sittings.close_sitting(sitting, by=by(proctor), now=clock(), slips_left=0).sitting.number

    number = hall.sitting.number
    assert meanwhile(acts, "_check_runs", confirm, close) == (ActStatus.LAPSED, number)


def test_a_page_that_two_processes_hear_for_the_first_time_is_written_down_once(make, meanwhile, clock, monkeypatch):
    hall = Hall(make, clock, 1)
    one, now = hall.candidates[0].attempt_id, clock()
    later = now + contacts.CALL_EVERY
    kept = threading.local()

    def calls() -> contacts.Calls:
        if not hasattr(kept, "own"):
            kept.own = contacts.Calls()
        return kept.own

    monkeypatch.setattr(contacts, "calls", calls)
    got = meanwhile(
        contacts, "_first_contacts",
        lambda: contacts.hear(one, now=later), lambda: contacts.hear(one, now=now),
    )  # fmt: skip
    assert got == (None, None)
    assert db.session.get_one(Contact, one).heard_at == later
