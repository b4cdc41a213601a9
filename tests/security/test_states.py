"""Whoever may not enter does not in any state of the sitting and of its tests, and whoever is appointed elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from accounts.rules import PERMISSIONS, Permission, Role
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.sittings import SittingStatus
from tests.outside import TRACES
from tests.security.house import House, path_of, staff_rules
from tests.security.test_doors import NIGHTLY, tries

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # who enters is decided alike before both
STATES = [
    (SittingStatus.PLANNED, AttemptStatus.READY), (SittingStatus.OPENING, AttemptStatus.READY),
    (SittingStatus.OPEN, AttemptStatus.READY), (SittingStatus.OPEN, AttemptStatus.PAUSED),
    (SittingStatus.OPEN, AttemptStatus.ENDED), (SittingStatus.CLOSED, AttemptStatus.ENDED),
    (SittingStatus.OPEN, AttemptStatus.IN_PROGRESS),
]  # fmt: skip
APPOINTED = (Role.PROCTOR, Role.COMMISSION_CHAIR, Role.COMMISSION_MEMBER)


def put(house: House, sitting: SittingStatus, attempt: AttemptStatus) -> None:
    """Our sitting and all its tests into these states, in the database itself."""
    now, sitting_id = house.clock(), house.ours.ids["sitting_id"]
    is_opened, has_begun = sitting in (SittingStatus.OPEN, SittingStatus.CLOSED), attempt != AttemptStatus.READY
    of_sitting: dict[str, Any] = {
        "status": sitting, "opened_at": now if is_opened else None,
        "closed_at": now if sitting == SittingStatus.CLOSED else None,
    }  # fmt: skip
    of_tests: dict[str, Any] = {
        "status": attempt, "started_at": now if has_begun else None, "deadline_at": now if has_begun else None,
        "paused_at": now if attempt == AttemptStatus.PAUSED else None,
        "ended_at": now if attempt == AttemptStatus.ENDED else None,
        "end_kind": EndKind.SUBMITTED if attempt == AttemptStatus.ENDED else None,
    }  # fmt: skip
    with transaction():
        db.session.execute(db.update(Sitting).filter_by(id=sitting_id).values(**of_sitting))
        db.session.execute(db.update(Attempt).filter_by(sitting_id=sitting_id).values(**of_tests))
    house.written.take()


@pytest.mark.parametrize(("sitting", "attempt"), STATES if NIGHTLY else STATES[-1:])
def test_a_role_opens_no_door_that_is_not_its_own(house: House, sitting: SittingStatus, attempt: AttemptStatus) -> None:
    put(house, sitting, attempt)
    client = house.browser(db.session.get_one(User, house.people[Role.PROCTOR]))
    assert tries(house, client, frozenset(Permission) - PERMISSIONS[Role.PROCTOR]) == []


@pytest.mark.parametrize(("sitting", "attempt"), STATES)
def test_whoever_is_appointed_elsewhere_neither_looks_nor_acts_here(
    house: House, sitting: SittingStatus, attempt: AttemptStatus
) -> None:
    put(house, sitting, attempt)
    wrong = []
    for role in APPOINTED:
        by = house.theirs.user(role)
        client = house.browser(by)
        for method in ("GET", "POST"):
            for rule, permission in staff_rules(house.app, method):
                if permission not in PERMISSIONS[role] or not {"sitting_id", "appeal_id"} & rule.arguments:
                    continue
                path = path_of(rule, house.ours.ids)
                answer = client.get(path) if method == "GET" else house.send(by, path)
                wrote = house.written.take()
                if answer.status_code not in (403, 404) or not wrote <= TRACES:
                    wrong.append((role, method, rule.rule, answer.status_code, sorted(wrote)))
    assert not wrong
