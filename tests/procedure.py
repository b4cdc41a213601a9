"""A competition played through its pages by everybody who takes part; each method is one form sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from accounts.rules import Role
from appeals import queries as appeals
from appeals.models import Appeal
from appeals.rules.hearing import CHANGES_KEY
from appeals.rules.states import AppealOutcome, FindingKind
from archive import queries as archive
from core.db import db
from core.i18n import zone
from ranking import queries as ranking
from ranking.models import TieBreak
from ranking.rules.acts import ActKind
from testing_center.forms.closing import ANSWERS
from testing_center.models.errata import Annulment, Correction
from testing_center.rules.closing import Gap
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services import accounting
from testing_center.sheets import get_sheet
from tests.cast import Cast
from tests.outside import Answer, Staff

BISHKEK = ZoneInfo("Asia/Bishkek")
APPEAL = "/exam/appeal/"


class Procedure(Cast):
    """The forms of one competition, addressed to the sitting arranged last; what is not there gets another id."""

    def appeal(self, seat: int) -> Appeal | None:
        """The appeal of who sits there."""
        attempt_id = self.hall.seats[seat].attempt_id if seat in self.hall.seats else None
        return appeals.appeal_of_attempt(attempt_id) if attempt_id else None

    def option(self, form_id: UUID, place: int, index: int) -> str:
        """Id of an option at a place of a form; index 0 is the sealed key. What the form has not is not there."""
        items = get_sheet(form_id).items
        return items[place].options[index].id if place in items else str(uuid4())

    def newest(self, model: Any, *order: Any) -> Any:
        """The newest row of a table, or None."""
        return db.session.scalars(db.select(model).order_by(*order).limit(1)).first()

    def today(self) -> str:
        """The day as a form takes it."""
        return f"{self.clock().astimezone(BISHKEK):%d.%m.%Y}"

    # --- the day of the test

    def approve(self) -> Answer:
        """The department approves the commission."""
        members = [str(member.user_id) for member in self.members]
        data = {"act_number": "41-Б", "act_on": self.today(), "chair": str(self.chair.user_id), "members": members}
        return self.send(self.first, f"{self.hall.path}/commission/approve", data)

    def leave(self, index: int, *, back: bool) -> Answer | None:
        """A member of the commission is recused, or a substitute takes the place."""
        commission = appeals.commission_of(self.hall.sitting)
        if commission is None:
            return None
        member = commission.members[index % len(commission.members)]
        path = f"{self.hall.path}/commission/members/{member.id}/{'substitute' if back else 'recuse'}"
        data = {"user": str(self.substitute.user_id), "act_number": "42-Б", "act_on": self.today(), "reason": "Тууганы"}
        return self.send(self.second, path, data)

    def confirm_opening(self, who: Staff) -> Answer:
        """One of two persons opens the sitting."""
        return self.send(who, f"{self.hall.path}/opening", page=f"{self.hall.path}/room/")

    def note(self, seat: int, presence: Presence, who: Staff | None = None) -> Answer | None:
        """The proctor notes who came."""
        person = next((one for one in self.make.participants(self.hall.sitting) if one.seat == seat), None)
        path = f"{self.hall.path}/room/presence"
        return person and self.send(
            who or self.hall.proctor, f"{path}/{person.id}", {"presence": str(presence)}, page=path
        )

    def close(self, who: Staff) -> Answer:
        """The sitting ends: it is written down what became of everybody, the slips are counted."""
        page, sitting, left = f"{self.hall.path}/close", self.hall.sitting, None
        if sitting.status == SittingStatus.OPEN:
            for one in accounting.unaccounted(sitting):
                account = Presence.ABSENT if one.gap == Gap.UNMARKED else ANSWERS[one.gap][0]
                key = one.participant.id
                data = {f"{key}-what": str(account), f"{key}-reason": "Паспорту жок."}
                self.send(who, f"{page}/people/{key}", data, page=page)
            left = accounting.slips_of(sitting).unused
        return self.send(who, page, {} if left is None else {"slips_left": str(left)})

    # --- appeals

    def file(self, seat: int, places: Sequence[int]) -> Answer:
        """The candidate files at their own screen."""
        examinee = self.examinee(seat)
        return self.send(examinee, APPEAL, {"questions": examinee.questions(places), "grounds": "Макул эмесмин."})

    def desk(self, seat: int, who: Staff) -> Answer:
        """An appeal is taken at the desk."""
        data = {"questions": "1", "grounds": "Сөз.", "is_recognised": "y"}
        return self.send(who, f"{self.hall.path}/appeals/seats/{seat}", data)

    def withdraw(self, seat: int, whose: int | None = None) -> Answer:
        """It is taken back at the candidate's screen, with the code of ``whose`` seat, their own by default."""
        typed = self.examinee(seat if whose is None else whose).code
        return self.send(self.examinee(seat), f"{APPEAL}withdraw", {"code": typed})

    def confirm(self, seat: int, who: Staff) -> Answer | None:
        """The proctor recognises the person."""
        appeal, desk = self.appeal(seat), f"{self.hall.path}/appeals/"
        return appeal and self.send(who, f"{desk}{appeal.id}/confirm", page=desk)

    def at_desk(self, seat: int, rest: str, data: dict[str, Any], who: Staff) -> Answer:
        """A form of the desk about the appeal of this seat; of an appeal that there is not, where there is none."""
        appeal = self.appeal(seat)
        desk = f"{self.hall.path}/appeals/"
        return self.send(who, f"{desk}{appeal.id if appeal else uuid4()}/{rest}", data, page=desk)

    def reject(self, seat: int, who: Staff) -> Answer:
        """The proctor says that it was not the candidate who filed."""
        return self.at_desk(seat, "rejection", {"reason": "Башка киши отурган."}, who)

    def withdraw_on_paper(self, seat: int, who: Staff) -> Answer:
        """The candidate brings a paper, signed just now."""
        then = self.clock().astimezone(BISHKEK)
        said = {"on": self.today(), "at": f"{then:%H:%M}", "is_signed": "y", "is_recognised": "y"}
        return self.at_desk(seat, "withdrawal", said, who)

    def at_table(self, seat: int, rest: str, data: dict[str, Any] | None = None, who: Staff | None = None) -> Answer:
        """A form of the hearing; of an appeal that there is not, where there is none."""
        appeal = self.appeal(seat)
        path = f"/staff/appeals/{appeal.id if appeal else uuid4()}/"
        return self.send(who or self.chair, f"{path}{rest}", data, page=path)

    def invite(self, seat: int, who: Staff) -> Answer:
        """The candidate is invited for tomorrow."""
        then = (self.clock() + timedelta(hours=24, minutes=1)).astimezone(BISHKEK)
        return self.at_table(seat, "invitation", {"on": f"{then:%d.%m.%Y}", "at": f"{then:%H:%M}"}, who)

    def declare(self, seat: int, who: Staff) -> Answer:
        """A member declares that the candidate is no relative."""
        return self.at_table(seat, "declaration/", who=who)

    def seats(self, present: Sequence[int]) -> list[str]:
        """Ids of the members in office at these places of the table."""
        commission = appeals.commission_of(self.hall.sitting)
        office = appeals.in_office(commission) if commission else []
        return [str(member.id) for member in office if member.place - 1 in present]

    def open_hearing(self, seat: int, present: Sequence[int], note: str = "ID 1") -> Answer:
        """The hearing is opened with these of the table."""
        return self.at_table(seat, "opening", {"presence_note": note, "members": self.seats(present)})

    def view(self, seat: int, present: Sequence[int], who: Staff, note: str = "ID 1") -> Answer:
        """The key is shown to the candidate and these of the table."""
        mine = self.seats([self.table.index(who)]) if who in self.table else []
        others = [one for one in self.seats(present) if one not in mine]
        return self.at_table(seat, "viewings", {"is_here": "y", "presence_note": note, "members": others}, who)

    def find(self, seat: int, place: int, kind: FindingKind, who: Staff) -> Answer:
        """A finding is written down."""
        accepted = [self.option(self.hall.form_id, place, 1)] if kind in CHANGES_KEY else []
        number = self.examinee(seat).questions([place])
        return self.at_table(
            seat, f"findings/{number}", {"kind": str(kind), "accepted": accepted, "reason": "Текшерилди."}, who
        )

    def find_both(self, seat: int, place: int, kind: FindingKind, who: Staff) -> Answer:
        """A fault of the question, and an answer recorded wrongly, are written down together."""
        option, number = self.option(self.hall.form_id, place, 1), self.examinee(seat).questions([place])
        data = {
            "kind": [str(kind), str(FindingKind.RECORDING_FAULT)], "accepted": [option] if kind in CHANGES_KEY else [],
            "counts": option, "reason": "Текшерилди.", "counts_reason": "Кагазда башка жооп.",
        }  # fmt: skip
        return self.at_table(seat, f"findings/{number}", data, who)

    def vote(self, seat: int, outcome: AppealOutcome, who: Staff) -> Answer:
        """A member votes."""
        return self.at_table(seat, "vote", {"outcome": str(outcome), "dissent": ""}, who)

    # --- corrections and annulments

    def prepare(self, place: int, kind: str, index: int, who: Staff) -> Answer:
        """A correction of the form of the sitting arranged last, or of the main test, is prepared."""
        form_id = self.halls[-(index % 2)].form_id
        data = {
            "grounds": "Апелляция", f"kind_{place}": kind, f"reason_{place}": "себеп",
            f"accepted_{place}": [] if kind == "void" else [self.option(form_id, place, index)],
        }  # fmt: skip
        return self.send(who, f"/staff/corrections/forms/{form_id}?place={place}&chosen=1", data)

    @property
    def correction(self) -> str:
        """The address of the correction prepared last."""
        found = self.newest(Correction, Correction.prepared_at.desc(), Correction.number.desc())
        return f"/staff/corrections/{found.id if found else uuid4()}/"

    def preview(self, who: Staff) -> Answer:
        """Somebody looks at what it would do, and keeps the page."""
        who.ready("/staff/corrections/")
        answer = who.call("GET", self.correction)
        found = re.search(rb'name="digest"[^>]*value="([0-9a-f]{64})"', answer.body)
        self.seen[who.user_id] = found[1].decode() if found else ""
        return answer

    def apply(self, who: Staff) -> Answer:
        """Somebody applies what their page has shown, however old it is."""
        data = {"digest": self.seen.get(who.user_id, "00" * 32)}
        return self.send(who, f"{self.correction}application", data, page="/staff/corrections/")

    def cancel(self, who: Staff) -> Answer:
        """Somebody cancels it."""
        return self.send(who, f"{self.correction}cancellation", {"reason": "себеп"})

    def annul(self, rest: str, who: Staff) -> Answer:
        """The annulment of the last sitting: ``new``, ``application`` or ``cancellation``."""
        path, data = "/staff/corrections/annulments/", {"sitting": str(self.hall.sitting_id), "reason": "себеп"}
        if rest != "new":
            found = self.newest(Annulment, Annulment.prepared_at.desc())
            return self.send(who, f"{path}{found.id if found else uuid4()}/{rest}", data, page=f"{path}new")
        return self.send(who, f"{path}new", data)

    # --- what the results decide

    def rank(self, who: Staff) -> Answer:
        """The ranking is drawn up."""
        path = f"/staff/results/{self.competition_id}/"
        return self.send(who, f"{path}ranking", page=path)

    def publish(self, who: Staff) -> Answer:
        """The ranking drawn up last is published."""
        path, last = f"/staff/results/{self.competition_id}/", ranking.latest_ranking(self.competition_id)
        return self.send(who, f"{path}ranking/{last.id if last else uuid4()}/publication", page=path)

    def act(self, kind: ActKind, who: Staff) -> Answer:
        """The authority writes down what it did."""
        data = {"document": "Буйрук № 1", "on": self.today()}
        return self.send(who, f"/staff/results/{self.competition_id}/acts/{kind}", data)

    def arrange(self, who: Staff, after: timedelta = timedelta(hours=1)) -> Answer:
        """The tie-break called last gets room and time; a hall where that was done."""
        proctor, last = self.staff(Role.PROCTOR), self.newest(TieBreak, TieBreak.round.desc())
        tie_break_id = last.id if last else uuid4()
        at = (self.clock() + after + timedelta(seconds=59)).astimezone(BISHKEK)
        path = f"/staff/results/tie-breaks/{tie_break_id}/"
        data = {"room_id": str(self.room_id), "on": f"{at:%d.%m.%Y}", "at": f"{at:%H:%M}"}
        answer = self.send(who, path, data | {"proctors": [str(proctor.user_id)]})
        db.session.remove()
        held = db.session.scalar(db.select(TieBreak.sitting_id).where(TieBreak.id == tie_break_id))
        if held and held not in [hall.sitting_id for hall in self.halls]:
            self.halls.append(self._hall(held, proctor))
        return answer

    # --- the archive

    def destroy(self, rest: str, who: Staff, *, due: bool = True) -> Answer:
        """``prepare`` an act over what is due (or over everything closed), ``carry-out`` or ``cancel`` it."""
        today, waiting = self.clock().astimezone(zone()).date(), archive.waiting_act()
        lots = [lot.key for lot in archive.lots(zone()) if lot.is_due(today) or not due]
        path = "/staff/archive/acts"
        if rest == "prepare":
            return self.send(who, path, {"lot": lots}, page="/staff/archive/")
        return self.send(who, f"{path}/{waiting.id if waiting else uuid4()}/{rest}", page="/staff/archive/")
