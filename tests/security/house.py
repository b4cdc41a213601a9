"""Two sittings with everything that hangs on them, whose ids are mixed, and whoever may lawfully act in the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from accounts.models import User
from accounts.rules import PERMISSIONS, Permission, Role
from appeals.models import KeyViewing
from competitions.models import Application
from core.clock import ManualClock
from core.crypto import canonical, sha256
from core.db import db, transaction
from question_bank.life_models import ReviewComment
from ranking.models import Ranking
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.hall import HallAct
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.sittings import IncidentCategory
from testing_center.services import sittings
from tests.appeal_scene import AppealScene
from tests.factories import Make
from tests.outside import Written
from tests.web.signing_in import proof, sign_in

#: What stands in an address beside ids, with a value that there is in the first wing.
PLAIN = {"position": 1, "seat": 1, "number": 1, "question": 1, "version": 1, "kind": "protocol"}
ROWS = 3000  # so much stands in the house


@dataclass(frozen=True)
class Wing:
    """One sitting: who is appointed there, and the id of something of each kind by its name in addresses."""

    ids: Mapping[str, UUID]
    staff: Mapping[Role, UUID]

    def user(self, role: Role) -> User:
        """Whoever has this duty there."""
        return db.session.get_one(User, self.staff[role])


class House:
    """Two wings alike, ``ours`` and ``theirs``, and one person of each role who is appointed in neither."""

    def __init__(self, app: Flask, make: Make, clock: ManualClock) -> None:
        self.app, self.make, self.clock = app, make, clock
        self.people, self.ours, self.theirs = make.recall("house", self._build, rows=ROWS)
        app.config["WTF_CSRF_ENABLED"] = False  # it has tests of its own, and would hide what is behind it
        self.written = Written(db.engine)

    def _build(self) -> tuple[dict[Role, UUID], Wing, Wing]:
        return {role: self.make.user(role).id for role in Role}, self._wing(), self._wing()

    def _wing(self) -> Wing:
        scene = AppealScene(self.make, self.clock, people=2)
        scene.heard()
        now, appeal = self.clock(), scene.appeal()
        attempt = db.session.get_one(Attempt, scene.candidates[0].attempt_id)
        participant, version = self.make.participants(scene.sitting)[0], attempt.form.items[0].version
        content = canonical({"ranking": [], "reserve": []})
        with transaction():
            incident = sittings.report_incident(
                scene.sitting, IncidentCategory.TECHNICAL, "Жарык өчтү.", 1, by=scene.proctor, now=now
            )
            act = HallAct(
                id=uuid4(), sitting_id=scene.sitting_id, kind=ActKind.AUTHORISE, category=IncidentCategory.TECHNICAL,
                reason="Текшерүү.", status=ActStatus.WAITING, asked_by_id=scene.administrator.id, asked_at=now,
            )  # fmt: skip
            ranking = Ranking(
                id=uuid4(), competition_id=attempt.competition_id, revision=1, content=content.decode(),
                content_digest=sha256(content), created_at=now,
            )  # fmt: skip
            comment = ReviewComment(
                id=uuid4(), version_id=version.id, field="", text="Кайра карагыла.", by_id=scene.chair.id, at=now
            )
            db.session.add_all([act, ranking, comment])
        assert appeal.hearing
        result = one(Result, attempt_id=attempt.id)
        rows: dict[str, Any] = {
            "sitting_id": scene.sitting, "participant_id": participant, "attempt_id": attempt, "appeal_id": appeal,
            "member_id": scene.seat(scene.members[0]), "viewing_id": one(KeyViewing, hearing_id=appeal.hearing.id),
            "incident_id": incident, "act_id": act, "protocol_id": one(Protocol, result_id=result.id),
            "competition_id": participant.competition, "ranking_id": ranking, "version_id": version,
            "comment_id": comment, "room_id": scene.sitting.room, "centre_id": scene.sitting.room.centre,
            "application_id": one(Application, competition_id=participant.competition_id), "form_id": attempt.form,
            "item_id": version.item,
        }  # fmt: skip
        staff = {
            Role.PROCTOR: scene.proctor.id, Role.COMMISSION_CHAIR: scene.chair.id,
            Role.COMMISSION_MEMBER: scene.members[0].id,
        }  # fmt: skip
        return Wing({name: row.id for name, row in rows.items()}, staff)

    def holder(self, permission: Permission) -> User:
        """Somebody who may lawfully do this, appointed in our wing where the duty is an appointment."""
        others = sorted(self.people.items(), key=lambda pair: pair[0] is Role.ITEM_AUTHOR)  # who sees their own drafts
        for role, user_id in [*self.ours.staff.items(), *others]:
            if permission in PERMISSIONS[role]:
                return db.session.get_one(User, user_id)
        raise LookupError(permission)

    def browser(self, user: User) -> FlaskClient:
        """The browser of somebody who has just signed in."""
        client = self.app.test_client()
        sign_in(client, user)
        return client

    def send(self, user: User, path: str, data: Mapping[str, Any] | None = None) -> TestResponse:
        """Send a form as somebody who has just signed in, with password and code for the steps that ask each time."""
        client = self.browser(user)
        sent = {**(data or {}), **proof(client, user)}
        self.written.take()
        return client.post(path, data=sent)


def one(model: Any, **which: Any) -> Any:
    """A row that there is."""
    found = db.session.scalars(select(model).filter_by(**which)).first()
    assert found is not None, (model, which)
    return found


def permission_of(app: Flask, rule: Rule) -> Permission | None:
    """The permission that a route takes; None where it is open to others than staff."""
    access = str(getattr(app.view_functions[rule.endpoint], "access", ""))
    return Permission(access.removeprefix("permission:")) if access.startswith("permission:") else None


def staff_rules(app: Flask, method: str) -> Iterator[tuple[Rule, Permission]]:
    """Routes of staff that answer this method, in order of their addresses."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        permission = permission_of(app, rule)
        if permission and method in (rule.methods or ()):
            yield rule, permission


def id_names(rule: Rule) -> list[str]:
    """Names of ids in an address, in order."""
    return sorted((name for name in rule.arguments if name.endswith("_id")), key=rule.rule.index)


def path_of(rule: Rule, ids: Mapping[str, UUID]) -> str:
    """The address of a rule with these ids; what they do not name is nobody's."""
    values = {name: ids.get(name, PLAIN.get(name, uuid4() if name.endswith("_id") else "x")) for name in rule.arguments}
    built = rule.build({name: str(value) for name, value in values.items()})
    assert built is not None
    return str(built[1])
