"""A competition whose tests are played, for tests of what the results decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.rules import Role
from competitions.models import Competition
from competitions.people import PersonalData
from core.clock import ManualClock
from core.db import db, transaction
from ranking import queries
from ranking.models import AuthorityAct, TieBreak
from ranking.services import refusals, tie_breaks
from ranking.services.state import Standing, standing
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence
from testing_center.services import codes, registration, sittings
from testing_center.services.links import participant_of
from tests import closing
from tests.candidates import Candidate
from tests.factories import Make, in_order

MANY = 2000  # rows; a test is played, and a tie-break held, where much has been before, and in many tests the same


class RankingScene:
    """A competition; each method plays a part of it, through the services that people use, and commits it."""

    def __init__(self, make: Make, clock: ManualClock) -> None:
        self.make, self.clock = make, clock
        admin, officer, self.competition_id = make.recall("competition with its staff", self._announce)
        self.admin, self.officer = db.session.get_one(User, admin), db.session.get_one(User, officer)
        self.sitting_id: Any = None

    def _announce(self) -> tuple[UUID, UUID, UUID]:
        admin, officer = self.make.user(Role.TEST_ADMINISTRATOR), self.make.user(Role.AUTHORITY_OFFICER)
        return admin.id, officer.id, self.make.competition().id

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
        self, scores: Sequence[int | None], *, items: int = 9, cut_score: int = 4, bank: int = 40, close: bool = True,
        people: Mapping[int, PersonalData] = MappingProxyType({}),
    ) -> list[str]:  # fmt: skip
        """Play a main test with these scores by seat, None for who does not come; returns their public numbers.

        Who does not come has an empty number. The sitting is closed unless ``close`` is false. ``people`` by seat are
        those who take part elsewhere too; the others are new.
        """
        given = (type(self), self.competition_id, self.admin.id, tuple(scores), items, cut_score, bank, close)
        self.sitting_id, numbers = self.make.recall(
            ("main test", given, *people.items()), lambda: self._test(scores, items, cut_score, bank, close, people),
            rows=MANY,
        )  # fmt: skip
        return list(numbers)

    def _test(
        self, scores: Sequence[int | None], items: int, cut_score: int, bank: int, close: bool,
        people: Mapping[int, PersonalData],
    ) -> tuple[UUID, list[str]]:  # fmt: skip
        given = (type(self), self.competition_id, self.admin.id, len(scores), items, cut_score, bank, *people.items())
        sitting_id = self.make.recall(
            ("opened test", given), lambda: self._opened(len(scores), items, cut_score, bank, people).id
        )
        sitting = db.session.get_one(Sitting, sitting_id)
        return sitting_id, self._work(sitting, dict(enumerate(scores, 1)), close=close)

    def _opened(
        self, candidates: int, items: int, cut_score: int, bank: int, people: Mapping[int, PersonalData]
    ) -> Sitting:
        specification = self.make.specification(items, cut_score=cut_score, bank=bank)
        forms, room = self.make.forms(specification), self.make.room(candidates + 2)
        proctor = self.make.user(Role.PROCTOR)
        with transaction():
            sitting = sittings.plan_sitting(
                f"Т-2026-{self.make.number()}", specification, room, self.clock(), forms, [proctor], by=self.admin,
                now=self.clock(),
            )  # fmt: skip
            for seat in range(1, candidates + 1):
                person = people.get(seat) or self.make.person(email=f"a{self.make.number()}@mail.kg")
                registration.register(
                    sitting,
                    self.competition_of(sitting),
                    person,
                    "ky",
                    by=self.admin,
                    now=self.clock(),
                    by_hand=in_order(sitting),
                )
                db.session.flush()
        self._open(sitting)
        return sitting

    def competition_of(self, _sitting: Sitting) -> Competition:
        """The competition inside a transaction (nothing is rolled back)."""
        return db.session.get_one(Competition, self.competition_id)

    def _open(self, sitting: Sitting) -> None:
        """Everybody registered has a code, and the sitting is open."""
        with transaction():
            codes.issue_codes(sitting, by=self.admin, now=self.clock())
        self.make.open(sitting)

    def _play(self, sitting: Sitting, scores: Mapping[int, int | None]) -> list[str]:
        """Open the sitting, let everybody work by seat, close it; public numbers by seat."""
        self._open(sitting)
        return self._work(sitting, scores)

    def _work(self, sitting: Sitting, scores: Mapping[int, int | None], *, close: bool = True) -> list[str]:
        """Let everybody work by seat in the open sitting, close it; public numbers by seat."""
        by = self.make.user(Role.PROCTOR)
        with transaction():
            for participant in [one for one in self.make.participants(sitting) if one.withdrawn_at is None]:
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
            closing.close(found, by=self.admin, now=self.clock())

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
        seats = {one.seat: by_person[one.person_id] for one in self.registered(sitting) if one.withdrawn_at is None}
        self._play(db.session.get_one(Sitting, sitting.id), seats)
        return sitting

    def decline(self, code: str, on: date | None = None, document: str = "Арыз № 5") -> AuthorityAct:
        """The candidate with this main code declines the tie-break called last, in writing."""
        last, attempt = self.last_round().id, queries.attempt_by_number(code).id
        with transaction():
            return refusals.decline_tie_break(
                queries.get_tie_break(last, lock=True), attempt, document, on or self.clock().date(), by=self.officer,
                now=self.clock(),
            )  # fmt: skip

    def registered(self, sitting: Sitting) -> list[Participant]:
        """Who is registered for a sitting, by seat."""
        return self.make.participants(sitting)

    def tie(self, points: Mapping[str, int | None]) -> Standing:
        """Call, hold and settle one tie-break, and let its appeal hour pass."""
        given = (type(self), self.competition_id, self.admin.id, tuple(sorted(points.items())))
        self.make.recall(("tie", given), lambda: self._tie(points), rows=MANY)
        return self.standing()

    def _tie(self, points: Mapping[str, int | None]) -> None:
        if self.standing().outcome.round is None:
            assert self.sweep() == 1
        self.hold(points)
        self.after_appeals()
        self.sweep()
