"""``retention due`` and ``retention run`` at the terminal: two people, each with password and one-time code."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import g

from accounts import one_time_codes, passwords
from accounts.models import SetupLink, User
from accounts.rules import Role
from accounts.services import people, setting_up
from archive.models import DestructionAct
from core.audit import AuditEntry, System
from core.db import db, transaction
from tests.archive_scene import ArchiveScene, faults
from tests.web.signing_in import PASSWORD


@pytest.fixture
def old(make, clock):
    """A competition that ended five years and a day ago."""
    scene = ArchiveScene(make, clock)
    scene.publish()
    scene.move_to(date(2031, 11, 29))
    return scene


class Person:
    """Somebody with password and one-time code."""

    def __init__(self, app, clock, name: str, role: Role) -> None:
        self.app, self.clock, self.name = app, clock, name
        with transaction():
            _user, token = people.create_user(name, f"Кызматкер {name}", [role], by=System("test"), now=clock())
        link = db.session.scalars(
            db.select(SetupLink).join(User, SetupLink.user_id == User.id).filter_by(username=name)
        ).one()
        self.secret = setting_up.offered_secret(link, token)
        with transaction():
            code = one_time_codes.code_at(self.secret, clock())
            setting_up.complete_setup(token, passwords.hash_password(PASSWORD), code, now=clock())

    def run(self, *more: str, password: str = PASSWORD):
        """``retention run --by …``, answering what it asks."""
        self.clock.advance(timedelta(seconds=30))  # a code works once
        code = one_time_codes.code_at(self.secret, self.clock())
        return run(self.app, "run", "--by", self.name, *more, typed=f"{password}\n{code}\n")


def run(app, *args: str, typed: str | None = None):
    """A command of the retention."""
    db.session.rollback()
    for name in list(g):  # a command of its own reads the clock anew
        g.pop(name)
    return app.test_cli_runner().invoke(args=["retention", *args], input=typed)


def test_due_lists_everything_closed_with_its_day(app, make, clock):
    assert run(app, "due").output == "Nothing is closed.\n"
    scene = ArchiveScene(make, clock)
    scene.publish()
    number = scene.competition.number
    assert run(app, "due").output == f"2031-11-29\tkept\t{number}\tProtocols and documents of the competition\n"
    scene.move_to(date(2031, 11, 29))
    assert "\tdue\t" in run(app, "due").output
    scene.hold()
    assert "\theld\t" in run(app, "due").output


def test_with_nothing_due_nothing_happens(app):
    answer = run(app, "run")
    assert (answer.exit_code, answer.output) == (0, "Nothing is due.\n")


def test_two_people_run_it_one_after_the_other(app, clock, old, tmp_path):
    clerk = Person(app, clock, "clerk", Role.TEST_ADMINISTRATOR)
    officer = Person(app, clock, "officer", Role.AUTHORITY_OFFICER)
    nameless = run(app, "run")
    assert nameless.exit_code == 1 and "two persons" in nameless.output
    first = clerk.run()
    assert first.exit_code == 0 and "is prepared over 1 sets" in first.output
    alone = clerk.run()
    assert alone.exit_code == 1 and "by another person" in alone.output
    assert db.session.query(AuditEntry).filter_by(action="refused").count() == 1
    second = officer.run("--output", str(tmp_path))
    assert second.exit_code == 0 and "is carried out" in second.output
    act = db.session.scalars(db.select(DestructionAct)).one()
    assert (tmp_path / f"{act.number}.pdf").read_bytes() == act.pdf
    assert faults() == []
    assert run(app, "run").output == "Nothing is due.\n"


def test_a_wrong_password_or_a_person_of_another_duty_destroys_nothing(app, clock, old):
    clerk = Person(app, clock, "clerk", Role.TEST_ADMINISTRATOR)
    author = Person(app, clock, "author", Role.ITEM_AUTHOR)
    assert clerk.run(password="something else").exit_code == 1
    assert "may not destroy" in author.run().output
    assert db.session.query(DestructionAct).count() == 0
