"""Records that grow old: a competition with a published result, appeals in it, and the people of the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.rules import Role
from appeals.models import Appeal
from appeals.rules.states import AppealOutcome
from archive import queries
from archive.models import DestructionAct
from archive.services import acts, holds
from competitions.models import Competition
from core import audit
from core.clock import ManualClock
from core.crypto import canonical, sha256
from core.db import db, transaction
from core.i18n import zone
from ranking.models import Ranking
from testing_center.models.attempts import Protocol
from testing_center.services import results
from tests.appeal_scene import AppealScene
from tests.factories import Make

BISHKEK = ZoneInfo("Asia/Bishkek")


def at_midnight(day: date) -> datetime:
    """The first moment of a day in Bishkek."""
    return datetime.combine(day, time(), BISHKEK).astimezone(UTC)


class ArchiveScene(AppealScene):
    """A closed sitting whose competition ends when its result is published; two people who may destroy."""

    def __init__(self, make: Make, clock: ManualClock, **scene: Any) -> None:
        super().__init__(make, clock, **scene)
        self.clerk, self.officer = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)

    @property
    def competition(self) -> Competition:
        """The competition of the first candidate."""
        return self.attempt().competition

    def publish(self, competition: Competition | None = None) -> None:
        """The result of the competition is published now, with the name of its winner."""
        owner, content = competition or self.competition, canonical({"ranking": [], "reserve": []})
        with transaction():
            ranking = Ranking(
                competition_id=owner.id, revision=1, content=content.decode(), content_digest=sha256(content),
                created_at=self.clock(), published_at=self.clock(), published_by_id=self.officer.id,
                winner_name="Үсөнбаева Өкүмкан",
            )  # fmt: skip
            db.session.add(ranking)

    def grow_old(self) -> ArchiveScene:
        """A dismissed appeal, a drawn protocol, a published result, and five years and a day after that."""
        self._recall(("old", self.clerk.id, self.officer.id), self._grow_old)
        return self

    def _grow_old(self) -> None:
        self.closed(AppealOutcome.DISMISSED)
        self.publish()
        with transaction():
            results.protocol_pdf(db.session.scalars(db.select(Protocol)).one(), now=self.clock())
        self.move_to(date(2031, 11, 29))

    def move_to(self, day: date) -> None:
        """The first moment of a day in Bishkek."""
        self.clock.at = at_midnight(day)

    def due(self) -> list[str]:
        """Numbers of what may be destroyed today."""
        today = acts.local_day(self.clock())
        return [lot.number for lot in queries.lots(zone()) if lot.is_due(today)]

    def lots(self) -> list[str]:
        """Everything that is closed, as a form names it."""
        return [lot.key for lot in queries.lots(zone())]

    def prepare(self, chosen: list[str] | None = None, *, by: User | None = None) -> DestructionAct:
        """The clerk prepares an act over everything closed, or these."""
        chosen = self.lots() if chosen is None else chosen
        with transaction():
            return acts.prepare_act(chosen, by=by or self.clerk, now=self.clock())

    def carry_out(self, act: DestructionAct, *, by: User | None = None) -> DestructionAct:
        """The officer carries it out."""
        act_id = act.id
        with transaction():
            return acts.carry_out(queries.get_act(act_id, lock=True), by=by or self.officer, now=self.clock())

    def destroy(self, chosen: list[str] | None = None) -> DestructionAct:
        """Both."""
        return self.carry_out(self.prepare(chosen))

    def hold(self, ground: str = "Сот, № 7") -> None:
        """A court wants it kept."""
        with transaction():
            holds.place_hold(self.competition, ground, by=self.officer, now=self.clock())

    def stored(self, who: int = 0) -> Appeal:
        """The appeal as the database has it now."""
        db.session.rollback()
        db.session.expire_all()
        return self.appeal(who)


def faults() -> list[tuple[int, str]]:
    """What ``audit verify`` finds."""
    return list(_faults())


def _faults() -> Iterator[tuple[int, str]]:
    db.session.rollback()
    db.session.expire_all()
    for fault in audit.verify():
        yield fault.number, fault.what
