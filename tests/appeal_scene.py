"""A sitting with its technical commission, candidates who have ended, and everything that happens to an appeal."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from accounts.models import User
from accounts.rules import Role
from appeals import conflict_queries, queries
from appeals.models import Appeal, AppealProtocol, Commission, CommissionMember, Finding, KeyViewing
from appeals.rules.states import AppealOutcome, AppealStatus, FindingData, FindingKind
from appeals.services import (
    commissions,
    declarations,
    deliberation,
    filing,
    hearings,
    protocols,
    rejecting,
    viewings,
    withdrawing,
)
from core.clock import ManualClock
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting
from testing_center.services import entry
from testing_center.services.entry import OwnCode
from tests import closing
from tests.candidates import Candidate
from tests.factories import Make

DOCUMENT = "ID 1234567"
MANY = 2000  # rows; so much may have happened before a hearing that is remembered
Found = TypeVar("Found")


class AppealScene:
    """A sitting of ``people`` with a commission of ``members`` besides the chair; each method is one act.

    Everybody has ended with the first ``right`` questions answered rightly, or after ``work``, which is given the
    candidate; the sitting is closed unless told not to.
    """

    def __init__(
        self, make: Make, clock: ManualClock, *, people: int = 1, members: int = 2, right: int = 2,
        close: bool = True, chair: User | None = None,
        work: Callable[[Candidate], object] | None = None, **sitting: Any,
    ) -> None:  # fmt: skip
        self.make, self.clock = make, clock
        given = (people, members, right, close, chair and chair.id, work, *sorted(sitting.items()))
        found = make.recall(
            ("appeals", given), lambda: self._arrange(people, members, right, close, chair, work, sitting)
        )
        self.sitting_id, *staff, at_table, ended = found
        self.administrator, self.proctor, self.chair = (db.session.get_one(User, one) for one in staff)
        self.members = [db.session.get_one(User, one) for one in at_table]
        self.candidates = [Candidate.again(clock, *one) for one in ended]

    def _arrange(
        self, people: int, members: int, right: int, close: bool, chair: User | None,
        work: Callable[[Candidate], object] | None, sitting: dict[str, Any],
    ) -> tuple[Any, ...]:  # fmt: skip
        """Ids of the sitting, the staff and the members, and what tells each candidate."""
        make = self.make
        self.administrator = make.user(Role.TEST_ADMINISTRATOR)
        planned = make.sitting(people=people, open=False, present=False, **sitting)
        self.sitting_id = planned.id
        self.proctor = planned.proctors[0]
        self.chair = chair or make.user(Role.COMMISSION_CHAIR)
        self.members = [make.user(Role.COMMISSION_MEMBER) for _ in range(members)]
        self.approve(self.chair, self.members)
        make.open(self.sitting)
        make.present(self.sitting)
        self.candidates = [Candidate(self.clock, code).enter().start() for code in make.codes(self.sitting)]
        for candidate in self.candidates:
            if work:
                work(candidate)
            else:
                candidate.answer(*range(1, right + 1))
            candidate.submit()
        if close:
            self.close_sitting()
        staff = (self.administrator.id, self.proctor.id, self.chair.id)
        return self.sitting_id, *staff, [one.id for one in self.members], [one.told for one in self.candidates]

    # --- what is there

    @property
    def sitting(self) -> Sitting:
        """The sitting as the database has it."""
        return db.session.get_one(Sitting, self.sitting_id)

    @property
    def commission(self) -> Commission:
        """The commission."""
        found = queries.commission_of(self.sitting)
        assert found is not None
        return found

    @property
    def table(self) -> list[User]:
        """The chair and the members."""
        return [self.chair, *self.members]

    def attempt(self, who: int = 0) -> Attempt:
        """The attempt of a candidate."""
        return self.candidates[who].attempt

    def appeal(self, who: int = 0) -> Appeal:
        """The appeal of a candidate."""
        found = queries.appeal_of_attempt(self.candidates[who].attempt_id)
        assert found is not None
        return found

    def seat(self, user: User) -> CommissionMember:
        """The place of somebody in office."""
        found = queries.member_of(self.commission, user)
        assert found is not None
        return found

    def option(self, place: int, index: int, who: int = 0) -> str:
        """Id of an option of the item at ``place`` of the form; index 0 is the sealed key."""
        item = next(item for item in self.attempt(who).form.items if item.position == place)
        return str(item.option_ids[index])

    # --- before and after the sitting

    def approve(self, chair: User, members: Sequence[User], act: str = "41-Б") -> Commission:
        """The department approves the commission."""
        with transaction():
            on = self.clock().date() - timedelta(days=1)
            return commissions.approve(self.sitting, chair, members, act, on, by=self.administrator, now=self.clock())

    def close_sitting(self) -> None:
        """The sitting ends."""
        with transaction():
            closing.close(self.sitting, by=self.administrator, now=self.clock())

    # --- what the candidate does

    def file(self, who: int = 0, *, places: Sequence[int] = (), grounds: str = "Макул эмесмин.") -> Appeal:
        """The candidate files on their own screen."""
        candidate = self.candidates[who]
        by = candidate.attempt  # read anew, which ends the transaction that it is read in
        with transaction():
            return filing.file(candidate.attempt_id, candidate.epoch, grounds, places, by=by, now=self.clock())

    def withdraw(self, who: int = 0) -> None:
        """The candidate takes the appeal back at their own screen, with their code."""
        proof = self.prove(who)
        with transaction():
            appeal = self.appeal(who)
            withdrawing.withdraw(appeal, proof, by=appeal.attempt, now=self.clock())

    def prove(self, who: int = 0, code: str = "") -> OwnCode:
        """The candidate's own code (or what somebody types) at their workstation."""
        candidate = self.candidates[who]
        return entry.prove_own_code(candidate.attempt, code or candidate.code, candidate.address, now=self.clock())

    # --- what staff do

    def withdraw_on_paper(self, who: int = 0, *, ago: timedelta = timedelta(0), by: User | None = None) -> None:
        """The desk takes a paper by which the candidate withdraws, signed so long ago."""
        with transaction():
            signed_at, taker = self.clock() - ago, by or self.proctor
            withdrawing.withdraw_on_paper(self.appeal(who), signed_at, by=taker, now=self.clock())

    def reject(self, who: int = 0, reason: str = "Башка киши отурган.", *, by: User | None = None) -> None:
        """The proctor says that it was not the candidate who filed."""
        with transaction():
            rejecting.reject(self.appeal(who), reason, by=by or self.proctor, now=self.clock())

    def confirm(self, who: int = 0, *, by: User | None = None) -> None:
        """The proctor recognises the person."""
        with transaction():
            filing.confirm_person(self.appeal(who), by=by or self.proctor, now=self.clock())

    def invite(self, who: int = 0, *, after: timedelta = timedelta(hours=24), by: User | None = None) -> None:
        """The chair invites the candidate."""
        with transaction():
            hearings.invite(self.appeal(who), self.clock() + after, by=by or self.chair, now=self.clock())

    def lapse(self, who: int = 0, *, by: User | None = None, told: str = "Телефон менен айтылды.") -> None:
        """The candidate did not come, though somebody told them."""
        with transaction():
            hearings.lapse(self.appeal(who), told, by=by or self.chair, now=self.clock())

    def declare(self, who: int = 0, *people: User) -> None:
        """These members (all by default) declare that the candidate is no relative, unless they have done so."""
        with transaction():
            appeal = self.appeal(who)
            done = conflict_queries.declared_among([appeal.id])[appeal.id]
            for user in people or self.table:
                if (seat := queries.member_of(self.commission, user)) and seat.id not in done:
                    declarations.declare(appeal, by=user, now=self.clock())

    def open(self, who: int = 0, *, present: Sequence[User] | None = None, note: str = DOCUMENT) -> UUID:
        """The chair opens the hearing with these people at the table (all of them by default), who have declared."""
        people = self.table if present is None else present
        if self.appeal(who).status == AppealStatus.FILED:
            self.declare(who, *people)
        with transaction():
            seats = [self.seat(user) for user in people]
            return hearings.open_hearing(self.appeal(who), note, seats, by=self.chair, now=self.clock()).id

    def view(
        self, who: int = 0, *, by: User | None = None, present: Sequence[User] | None = None, is_here: bool = True,
        note: str = DOCUMENT,
    ) -> KeyViewing:  # fmt: skip
        """The key is shown to the candidate and these people (all who were there when it was opened, by default)."""
        with transaction():
            hearing = self.appeal(who).hearing
            assert hearing is not None
            office = queries.in_office(self.commission)
            there = [one for one in office if str(one.id) in hearing.attendance]
            seats = there if present is None else [self.seat(user) for user in present]
            return viewings.begin(hearing, note, seats, is_here=is_here, by=by or self.chair, now=self.clock())

    def adjourn(self, who: int = 0, reason: str = "Байланыш жок болду.") -> None:
        """The chair adjourns the hearing."""
        with transaction():
            hearing = self.appeal(who).hearing
            assert hearing is not None
            hearings.adjourn(hearing, reason, by=self.chair, now=self.clock())

    def close_hearing(self, who: int = 0) -> None:
        """The chair closes the hearing."""
        with transaction():
            hearing = self.appeal(who).hearing
            assert hearing is not None
            hearings.close_hearing(hearing, by=self.chair, now=self.clock())

    def find(
        self, place: int, kind: FindingKind = FindingKind.AGREES, *accepted: Sequence[str], who: int = 0,
        by: User | None = None, reason: str = "Текшерилди.",
    ) -> None:  # fmt: skip
        """The commission writes down a finding."""
        with transaction():
            deliberation.record_finding(
                self.appeal(who), place, kind, reason, accepted, by=by or self.chair, now=self.clock()
            )

    def find_both(
        self, place: int, kind: FindingKind, *accepted: Sequence[str], who: int = 0, counts: int = 1
    ) -> list[Finding]:
        """The commission finds a fault of the question and an answer recorded wrongly; ``counts`` is the option."""
        with transaction():
            return deliberation.record_findings(
                self.appeal(who), place,
                [
                    FindingData(kind, "Суроо туура эмес.", accepted),
                    FindingData(FindingKind.RECORDING_FAULT, "Жооп башка.", [[self.option(place, counts, who)]]),
                ],
                by=self.chair, now=self.clock(),
            )  # fmt: skip

    def vote(self, user: User, outcome: AppealOutcome, dissent: str = "", *, who: int = 0) -> None:
        """A member votes."""
        with transaction():
            deliberation.vote(self.appeal(who), outcome, dissent, by=user, now=self.clock())

    def decide(self, who: int = 0, *, by: User | None = None) -> UUID:
        """The chair fixes the decision."""
        with transaction():
            return deliberation.decide(self.appeal(who), by=by or self.chair, now=self.clock()).id

    def sign(self, user: User, who: int = 0) -> None:
        """A member signs."""
        with transaction():
            protocols.sign(self.protocol(who), by=user, now=self.clock())

    def sign_all(self, who: int = 0) -> None:
        """Everybody at the table signs."""
        for user in self.table:
            self.sign(user, who)

    def hand_over(self, who: int = 0) -> None:
        """The candidate receives the protocol."""
        with transaction():
            protocols.hand_over(self.appeal(who), by=self.chair, now=self.clock())

    def protocol(self, who: int = 0) -> AppealProtocol:
        """The protocol of an appeal."""
        found = queries.protocol_of(self.appeal(who))
        assert found is not None
        return found

    # --- several acts at once

    def heard(self, who: int = 0, *, places: Sequence[int] = (), present: Sequence[User] | None = None) -> None:
        """Filed, confirmed, opened, the key shown."""
        there = tuple(user.id for user in present) if present is not None else None
        self._recall(("heard", who, tuple(places), there), lambda: self._heard(who, places, present))

    def _recall(self, what: Hashable, build: Callable[[], Found]) -> Found:
        """What these people have done, where they have done the same in another test from here on."""
        cast = tuple(user.id for user in self.table), tuple((one.attempt_id, one.epoch) for one in self.candidates)
        return self.make.recall((what, self.sitting_id, cast), build, rows=MANY)

    def _heard(self, who: int, places: Sequence[int], present: Sequence[User] | None) -> None:
        self.file(who, places=places)
        self.confirm(who)
        self.open(who, present=present)
        self.view(who)

    def all_vote(self, outcome: AppealOutcome, who: int = 0) -> None:
        """Everybody votes alike."""
        for user in self.table:
            self.vote(user, outcome, who=who)

    def decided(
        self, outcome: AppealOutcome = AppealOutcome.DISMISSED, findings: dict[int, FindingKind] | None = None,
        who: int = 0,
    ) -> UUID:  # fmt: skip
        """Heard, found, voted, decided; a wrong key's second option is right instead, or counts for a wrong record."""
        found = findings or {}
        return self._recall(("decided", outcome, *found.items(), who), lambda: self._decided(outcome, found, who))

    def _decided(self, outcome: AppealOutcome, findings: dict[int, FindingKind], who: int) -> UUID:
        self.heard(who, places=list(findings))
        for place, kind in findings.items():
            changes = kind not in (FindingKind.AGREES, FindingKind.VOID)
            self.find(place, kind, *([[self.option(place, 1, who)]] if changes else []), who=who)
        self.all_vote(outcome, who)
        return self.decide(who)

    def closed(self, outcome: AppealOutcome = AppealOutcome.DISMISSED, who: int = 0, **more: Any) -> None:
        """Decided, signed by all and handed over."""
        self.decided(outcome, who=who, **more)
        self._recall(("handed over", who), lambda: self._handed_over(who))

    def _handed_over(self, who: int) -> None:
        self.sign_all(who)
        self.hand_over(who)
