"""Two who draw or seal at the same moment, each through a connection of their own: one of them is told so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from core.errors import Refusal
from question_bank import draw_queries, queries, rules, stock_queries
from question_bank.assembly.assemble import Forms, assemble
from question_bank.assembly.plan import Limits
from question_bank.draw_models import FormDraw
from question_bank.models import Item, ItemVersion, TestForm, TestSpecification
from question_bank.services import draws, forms
from tests.services.test_draws import draw, faults, seal
from tests.web.signing_in import post, sign_in


@pytest.fixture
def admin(make):
    return make.user(Role.TEST_ADMINISTRATOR)


@pytest.fixture
def spec(make):
    """An approved test of four questions; the bank has ten."""
    return make.specification(4, bank=10)


def at_once(app, *acts: Callable[[], object]) -> list[object]:
    """What each act gives, or how it was refused; every one in a thread and a connection of its own, all at once."""
    db.session.rollback()
    start, found = Barrier(len(acts)), dict[int, object]()

    def run(place: int, act: Callable[[], object]) -> None:
        with app.app_context():
            start.wait(10)
            try:
                with transaction():
                    found[place] = act()
            except (Refusal, IntegrityError) as refusal:
                found[place] = type(refusal)
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return [found.get(place) for place in range(len(acts))]


def sealing(draw_id: UUID, user_id: UUID, clock) -> Callable[[], object]:
    """The act of sealing, for another thread."""
    return lambda: len(forms.seal(draw_queries.get_draw(draw_id), by=db.session.get_one(User, user_id), now=clock()))


@pytest.mark.parametrize("_time", range(3))
def test_of_two_who_seal_one_draw_at_once_one_is_told_that_it_is_sealed(app, spec, admin, clock, _time):
    drawn = draw(spec, 2, Limits(exposure=1), by=admin, clock=clock).id
    act = sealing(drawn, admin.id, clock)
    assert set(map(str, at_once(app, act, act))) == {"2", str(rules.DrawSealed)}
    db.session.rollback()
    assert [form.variant for form in db.session.scalars(db.select(TestForm).order_by(TestForm.variant))] == [1, 2]
    assert faults() == []


@pytest.mark.parametrize("_time", range(3))
def test_of_two_tests_sealed_at_once_that_would_use_a_question_too_often_one_is_refused(app, make, admin, clock, _time):
    one, other = make.specification(4), make.specification(4)
    with transaction():
        for version in queries.approved_versions()[4:]:
            db.session.get_one(Item, version.item_id).retired_at = clock()
    drawn = [draw(spec, 1, Limits(exposure=1), by=admin, clock=clock).id for spec in (one, other)]
    done = at_once(app, *(sealing(draw_id, admin.id, clock) for draw_id in drawn))
    assert set(map(str, done)) == {"1", str(rules.DrawOutdated)}
    assert set(stock_queries.forms_holding().values()) == {1} and faults() == []


def test_of_two_draws_at_once_each_has_a_number_of_its_own_and_the_later_alone_is_sealed(app, spec, admin, clock):
    user, wanted = admin.id, spec.id

    def draw_one() -> object:
        found = draws.draw(
            db.session.get_one(TestSpecification, wanted), 1, by=db.session.get_one(User, user), now=clock()
        )
        return found.number

    assert sorted(map(str, at_once(app, draw_one, draw_one))) == ["1", "2"]
    first, last = db.session.scalars(db.select(FormDraw).order_by(FormDraw.number))
    with pytest.raises(rules.DrawNotLast):
        seal(first, by=admin, clock=clock)
    seal(last, by=admin, clock=clock)


def beside(app, act: Callable[[], object]) -> object:
    """What the act gives in a thread and a connection of its own, or what it was refused with."""
    found: list[object] = []

    def run() -> None:
        with app.app_context():
            try:
                with transaction():
                    found.append(act())
            except OperationalError as error:
                found.append(error)
            finally:
                db.session.remove()

    thread = Thread(target=run)
    thread.start()
    thread.join(30)
    return found[0]


def while_drawing(monkeypatch, act: Callable[[Forms], object], times: int = 99) -> None:
    """Let something happen when forms were drawn and are not kept yet, the first so many times."""
    left = iter(range(times))

    def drawn(*given, **more) -> Forms:
        found = assemble(*given, **more)
        if next(left, None) is not None:
            act(found)
        return found

    monkeypatch.setattr(draws, "assemble", drawn)


@pytest.fixture
def asks(app, admin, spec) -> Callable[[], object]:
    """Draws two variants in the browser."""
    client, where = app.test_client(), f"/staff/tests/specifications/{spec.id}/draws?lang=en"
    sign_in(client, admin)
    return lambda: post(client, where, {"count": "2", "shared": "0"})


def retired(app, clock, found: Forms) -> UUID:
    """Somebody else takes a question that was drawn just now out of use."""

    def act() -> UUID:
        version = db.session.get_one(ItemVersion, UUID(found.items[0][0]))
        version.item.retired_at = clock()
        return version.id

    gone = beside(app, act)
    assert isinstance(gone, UUID)
    return gone


def test_nobody_waits_to_save_while_forms_are_drawn(app, asks, clock, monkeypatch):
    said = []

    def save(_found: Forms) -> None:
        said.append(beside(app, lambda: audit.record("test", "test:1", by=audit.System("test"), at=clock())))

    while_drawing(monkeypatch, save)
    assert asks().status_code == 303
    assert len(said) == 1 and not isinstance(said[0], OperationalError)


def test_what_was_drawn_of_a_question_taken_out_of_use_meanwhile_is_drawn_once_more(app, asks, clock, monkeypatch):
    gone: list[UUID] = []
    while_drawing(monkeypatch, lambda found: gone.append(retired(app, clock, found)), times=1)
    assert asks().status_code == 303
    db.session.rollback()
    [made] = db.session.scalars(db.select(FormDraw))
    assert (made.number, made.bank, len(gone)) == (1, 9, 1)
    assert str(gone[0]) not in {id_ for form in made.drawn for id_ in form} and faults() == []


def test_a_bank_that_changes_each_time_is_refused_and_the_record_has_it(app, asks, clock, monkeypatch):
    while_drawing(monkeypatch, lambda found: retired(app, clock, found))
    answer = asks()
    assert answer.status_code == 409 and "Draw again" in answer.get_data(as_text=True)
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(FormDraw)) == 0
    [entry] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="refused"))
    assert audit.facts(entry)["code"] == "bank_changed"


@pytest.mark.parametrize("change", ["facility", "enemies", "forms"])
def test_a_draw_is_kept_only_of_questions_that_are_in_everything_as_they_were_read(spec, admin, clock, change):
    prepared = draws.prepare(spec, 1)
    was = prepared.drawn[0][0]
    values = {"facility": 0.2, "enemies": frozenset({"other"}), "forms": 1}
    prepared.drawn[0][0] = replace(was, **{change: values[change]})
    with transaction():
        assert draws.keep(prepared, by=admin, now=clock()) is None
        prepared.drawn[0][0] = was
        assert draws.keep(replace(prepared, cells=[]), by=admin, now=clock()) is None
        kept = draws.keep(prepared, by=admin, now=clock())
    assert kept and kept.number == 1 and faults() == []
