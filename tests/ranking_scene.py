"""A competition whose tests are played, for tests of what the results decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.rules import Role
from competitions.models import Competition
from core.clock import ManualClock
from core.db import db, transaction
from ranking import queries
from ranking.models import TieBreak
from ranking.services import tie_breaks
from ranking.services.state import Standing, standing
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence
from testing_center.services import codes, registration, sittings
from testing_center.services.links import participant_of
from tests.candidates import Candidate
from tests.factories import Make


class RankingScene:
    """A competition; each method plays a part of it, through the services that people use, and commits it."""

    def __init__(self, make: Make, clock: ManualClock) -> None:
        self.make, self.clock = make, clock
        self.admin, self.officer = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
        self.competition_id = make.competition().id
        self.sitting_id: Any = None

    @property
    def competition(self) -> Competition:
        """The competition as the database has it now."""
        db.session.rollback()
        return db.session.get_one(Competition, self.competition_id, populate_existing=True)

    @property
    def sitting(self) -> Sitting:
        """The main sitting as the database has it now."""
        return db.session.get_one(Sitting, self.sitting_id, populate_existing=True)

    def test(
        self, scores: Sequence[int | None], *, items: int = 9, cut_score: int = 4, bank: int = 40, close: bool = True
    ) -> list[str]:
        """Play a main test with these scores by seat, None for who does not come; returns their public numbers.

        Who does not come has an empty number. The sitting is closed unless ``close`` is false.
        """
        specification = self.make.specification(items, cut_score=cut_score, bank=bank)
        forms, room = self.make.forms(specification), self.make.room(len(scores) + 2)
        proctor = self.make.user(Role.PROCTOR)
        with transaction():
            sitting = sittings.plan_sitting(
                f"Т-2026-{self.make.number()}", specification, room, self.clock(), forms, [proctor], by=self.admin,
                now=self.clock(),
            )  # fmt: skip
            for _ in scores:
                registration.register(
                    sitting, self.competition_of(sitting), self.make.person(email=f"a{self.make.number()}@mail.kg"),
                    "ky", by=self.admin, now=self.clock(),
                )  # fmt: skip
                db.session.flush()
        self.sitting_id = sitting.id
        return self._play(sitting, dict(enumerate(scores, 1)), close=close)

    def competition_of(self, _sitting: Sitting) -> Competition:
        """The competition inside a transaction (nothing is rolled back)."""
        return db.session.get_one(Competition, self.competition_id)

    def _play(self, sitting: Sitting, scores: Mapping[int, int | None], *, close: bool = True) -> list[str]:
        """Open the sitting, let everybody work by seat, close it; public numbers by seat."""
        with transaction():
            codes.issue_codes(sitting, by=self.admin, now=self.clock())
        self.make.open(sitting)
        by = self.make.user(Role.PROCTOR)
        with transaction():
            for participant in self.make.participants(sitting):
                came = Presence.ABSENT if scores[participant.seat] is None else Presence.PRESENT
                registration.set_presence(participant, came, by=by, now=self.clock())
        slips, numbers = self.make.codes(sitting), []
        for (_seat, score), code in zip(sorted(scores.items()), slips, strict=True):
            if score is None:
                numbers.append("")
                continue
            candidate = Candidate(self.clock, code).enter().start()
            candidate.answer(*range(1, score + 1))
            candidate.submit()
            numbers.append(candidate.attempt.number)
        if close:
            self.close(sitting)
        return numbers

    def close(self, sitting: Sitting) -> None:
        """Close the sitting."""
        with transaction():
            found = db.session.get_one(Sitting, sitting.id)
            sittings.close_sitting(found, by=self.admin, now=self.clock())

    def after_appeals(self) -> None:
        """Move the clock past the appeal hour."""
        self.clock.advance(timedelta(hours=1, seconds=1))

    def standing(self) -> Standing:
        """Where the competition stands now."""
        return standing(self.competition, now=self.clock())

    def sweep(self) -> int:
        """What the sweeper does with tie-breaks."""
        db.session.rollback()
        return tie_breaks.call_due(now=self.clock())

    def last_round(self) -> TieBreak:
        """The tie-break called last."""
        return queries.tie_breaks(self.competition)[-1]

    def arrange(self, starts_at: datetime | None = None, proctor: User | None = None) -> Sitting:
        """Arrange the tie-break called last, by default in an hour."""
        room, proctor = self.make.room(6), proctor or self.make.user(Role.PROCTOR)
        last = self.last_round().id
        with transaction():
            return tie_breaks.arrange(
                queries.get_tie_break(last), room, starts_at or self.clock() + timedelta(hours=1), [proctor],
                by=self.admin, now=self.clock(),
            )  # fmt: skip

    def hold(self, points: Mapping[str, int | None]) -> Sitting:
        """Play the tie-break called last with these points by main code, None for who stays away.

        It is arranged in an hour, where it is not arranged yet; the clock moves to its beginning.
        """
        sitting = self.last_round().sitting or self.arrange()
        self.clock.advance(max(timedelta(0), sitting.starts_at - self.clock()))
        by_person = {
            participant_of(entrant).person_id: points[entrant.number] for entrant in self.last_round().entrants
        }
        seats = {one.seat: by_person[one.person_id] for one in self.registered(sitting)}
        self._play(db.session.get_one(Sitting, sitting.id), seats)
        return sitting

    def registered(self, sitting: Sitting) -> list[Participant]:
        """Who is registered for a sitting, by seat."""
        return self.make.participants(sitting)

    def tie(self, points: Mapping[str, int | None]) -> Standing:
        """Call, hold and settle one tie-break, and let its appeal hour pass."""
        if self.standing().outcome.round is None:
            assert self.sweep() == 1
        self.hold(points)
        self.after_appeals()
        self.sweep()
        return self.standing()
