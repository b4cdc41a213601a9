"""Many who do the same thing at the same moment: one of it happens, and all others are answered alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from core.supervisor import THREADS
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.services import codes
from tests.candidates import Browser
from tests.faults.invariants import Log, Save, broken, the_first

USES, SUBMITS, SAVES = 200, 50, 60


@pytest.fixture
def slips(make) -> list[str]:
    """Two codes of an open sitting: five questions, sixty minutes."""
    return make.codes(make.sitting(people=2))


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each got; as many at a time as the server has threads, the first of them in the same moment."""
    together = Barrier(THREADS)

    def run(number: int) -> Any:
        if number < THREADS:
            together.wait(timeout=60)
        return acts[number]()

    with ThreadPoolExecutor(THREADS) as people:
        return list(people.map(run, range(len(acts))))


def count(model: type, **given: object) -> int:
    """Rows of a table."""
    db.session.rollback()
    return db.session.query(model).filter_by(**given).count()


def test_of_two_hundred_who_use_one_code_exactly_one_gets_in_and_all_others_are_refused_alike(app, slips):
    doors = [Browser(app, address=f"10.1.{n // 200}.{n % 200 + 1}") for n in range(USES)]
    got = at_once([lambda door=door: door.enter(slips[0]) for door in doors])
    said = Counter("in" if answer.status_code == 200 else str(answer.json | {"request": ""}) for answer in got)
    assert said["in"] == 1 and sorted(said.values()) == [1, USES - 1], said
    assert count(Attempt) == 1 and count(audit.AuditEntry, action="code.redeemed") == 1
    assert db.session.scalars(db.select(Attempt.epoch)).one() == 1
    assert broken(app, Log(), right=the_first) == []


def test_of_all_who_use_one_resume_code_exactly_one_goes_on_in_one_new_epoch(app, make, clock, slips):
    first = Browser(app)
    first.enter(slips[0])
    [item, *_others] = first.start().json["items"]
    by = make.user(Role.PROCTOR)
    with transaction():
        attempt = db.session.scalars(db.select(Attempt)).one()
        token = codes.issue_resume_token(attempt, reason="The computer broke down.", by=by, now=clock())
    doors = [Browser(app, address=f"10.1.0.{n + 1}") for n in range(THREADS)]
    got = [answer.status_code for answer in at_once([lambda door=door: door.enter(slips[0], token) for door in doors])]
    assert Counter(got) == {200: 1, 401: THREADS - 1}
    assert db.session.scalars(db.select(Attempt.epoch)).one() == 2
    elsewhere, right, wrong = doors[got.index(200)], item["options"][0]["option"], item["options"][1]["option"]
    elsewhere.show()
    log, acts = Log(), []
    for revision in range(1, SAVES // 2 + 1):
        acts.append(lambda n=revision: first.save(item["position"], [wrong], n))
        acts.append(lambda n=revision: elsewhere.save(item["position"], [right], n))
        log.sends(Save(slips[0], item["position"], (right,), revision))
        log.sends(Save(slips[0], item["position"], (wrong,), revision))  # kept as late, of the epoch that was left
    answers = at_once(acts)
    assert {(answer.status_code, answer.json["code"]) for answer in answers[::2]} == {(409, "continued_elsewhere")}
    assert {answer.status_code for answer in answers[1::2]} <= {200, 409} and answers[-1].status_code == 200
    for revision, answer in enumerate(answers[1::2], 1):
        if answer.status_code == 200:
            log.told(Save(slips[0], item["position"], (right,), revision), answer.json["receipt"])
    elsewhere.submit()
    assert count(ResponseEvent, epoch=1, is_late=False) == 0
    assert broken(app, log, right=the_first) == []


def test_of_two_tabs_with_one_cookie_each_revision_is_kept_once_and_the_other_is_told(app, slips):
    tab = Browser(app)
    tab.enter(slips[0])
    [item, *_others] = tab.start().json["items"]
    log, acts, sent = Log(), [], []
    for number in range(SAVES):
        save = Save(slips[0], item["position"], (item["options"][number % 2]["option"],), number // 2 + 1)
        log.sends(save)
        sent.append(save)
        acts.append(lambda save=save: tab.save(save.position, list(save.response), save.revision))
    answers = at_once(acts)
    told = Counter()
    for save, answer in zip(sent, answers, strict=True):
        assert (answer.status_code, answer.json.get("code")) in {(200, None), (409, "stale_revision")}
        if answer.status_code == 200:
            log.told(save, answer.json["receipt"])
            told[save.revision] += 1
    assert told and set(told.values()) == {1} and told[SAVES // 2] == 1
    tab.submit()
    assert broken(app, log, right=the_first) == []


def test_fifty_submits_at_once_end_one_test_with_one_result_and_one_answer(app, slips):
    tab, log = Browser(app), Log()
    tab.enter(slips[0])
    for item in tab.start().json["items"]:
        save = Save(slips[0], item["position"], (item["options"][0]["option"],), 1)
        log.sends(save)
        log.told(save, tab.save(save.position, list(save.response)).json["receipt"])
    got = at_once([tab.submit] * SUBMITS)
    assert {answer.status_code for answer in got} == {200}
    assert len({answer.data for answer in got}) == 1, Counter(answer.data for answer in got)
    log.scored(slips[0], got[0].json["score"])
    assert [count(Result), count(Protocol), count(audit.AuditEntry, action="attempt.ended")] == [1, 1, 1]
    assert broken(app, log, right=the_first) == []
