"""Makes people, items, forms and sittings for tests, through the services that people use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from flask import Flask

from accounts.models import RoleGrant, User
from accounts.rules import Role
from appeals import queries
from appeals.models import Commission
from appeals.services import commissions
from competitions.models import Competition
from competitions.people import PersonalData
from competitions.rules import Financing
from core.clock import ManualClock
from core.db import db, transaction
from question_bank import sealing
from question_bank.exchange.drafts import ItemDraft
from question_bank.models import (
    Blueprint,
    BlueprintCell,
    Item,
    ItemVersion,
    SubjectArea,
    SubTopic,
    TestForm,
    TestSpecification,
)  # fmt: skip
from question_bank.rules import ItemKind, ItemStatus, Navigation, SpecificationStatus
from question_bank.services import decisions
from question_bank.services import items as bank_items
from question_bank.services.forms import seal_forms
from regulation.law import CURRENT
from testing_center.models.places import Centre, Room, Workstation
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence
from testing_center.services import codes, registration, sittings
from testing_center.services.dealing import ByHand, free_seats
from tests.remembered import FEW, Memory

Found = TypeVar("Found")
RUN = uuid4()  # ids of people, topics and competitions are others in each run, and the same in each test of a run
BANK = 200  # rows; so much a bank may hold of which forms are sealed and remembered
MEMORIES: defaultdict[str, Memory] = defaultdict(Memory)  # of each database


def in_order(sitting: Sitting) -> ByHand:
    """The next free seat: tests that are not about seats know who sits where."""
    return ByHand(free_seats(sitting, needed=1)[0], "In order")


class Make:
    """Each method makes one thing and commits it; what it needs and is not given is made as well."""

    def __init__(self, app: Flask, clock: ManualClock, *, remembers: bool = True, after: int = 0) -> None:
        """Numbers what it makes from ``after`` on: one of several in the same installation."""
        self.app, self.clock, self._count = app, clock, after
        self._remembers = remembers and app.testing
        self._cast: dict[Role, UUID] = {}

    def anew(self) -> Make:
        """The same for an installation that was emptied: what is made there first has the first number again."""
        return Make(self.app, self.clock, remembers=self._remembers)

    def number(self) -> int:
        """A number not used before in this test."""
        self._count += 1
        return self._count

    def recall(self, what: Hashable, build: Callable[[], Found], *, rows: int = FEW) -> Found:
        """What ``build`` returns, with the rows it leaves and the clock where it leaves it: built, or remembered.

        ``what`` names the scene and all that it is given; ``build`` returns plain values, no rows. Give ``rows`` where
        many tests go on from one and the same scene of so many.
        """
        if not self._remembers:
            return build()
        keys = str(self.app.extensions["keyring"].keys)

        def built() -> Any:
            return build(), self._count, dict(self._cast), self.clock.at

        found, self._count, cast, self.clock.at = MEMORIES[str(db.engine.url)].recall(
            (what, self._count, frozenset(self._cast.items()), self.clock.at, keys), built, rows=rows
        )
        self._cast = dict(cast)
        return found  # type: ignore[no-any-return]

    def user(self, *roles: Role, name: str | None = None) -> User:
        """A staff user without password; sign in with :func:`tests.web.signing_in.sign_in`."""
        number = self.number()
        user = User(
            id=uuid5(RUN, f"{number} {name}"), username=name or f"user{number}",
            full_name=f"Кызматкер Номер {number}", created_at=self.clock(),
        )  # fmt: skip
        with transaction(joins=True):
            db.session.add(user)
            db.session.flush()
            for role in roles:
                db.session.add(
                    RoleGrant(
                        id=uuid5(user.id, role), user_id=user.id, role=role, granted_by_id=None,
                        granted_at=self.clock(),
                    )
                )  # fmt: skip
        return db.session.get_one(User, user.id)

    def somebody(self, role: Role) -> User:
        """Whoever has this role, where it does not matter who: the same person throughout a test."""
        known = db.session.get(User, self._cast[role]) if role in self._cast else None
        if known is None:
            known = self.user(role)
            self._cast[role] = known.id
        return known

    def sub_topic(self, area: str = "law", code: str = "documents") -> SubTopic:
        """A sub-topic and its area, made once."""
        known = db.session.scalar(
            db.select(SubTopic).join(SubTopic.area).where(SubjectArea.code == area, SubTopic.code == code)
        )
        if known is not None:
            return known
        with transaction(joins=True):
            found = db.session.scalar(db.select(SubjectArea).where(SubjectArea.code == area)) or SubjectArea(
                id=uuid5(RUN, f"area {area}"), code=area, name_ky=f"Бөлүм {area}", name_ru=f"Раздел {area}",
                name_en=f"Area {area}", position=self.number(),
            )  # fmt: skip
            topic = SubTopic(
                id=uuid5(RUN, f"sub-topic {area} {code}"), area=found, code=code, name_ky="Чакан тема",
                name_ru="Подтема", name_en="Sub-topic", position=1,
            )  # fmt: skip
            db.session.add(topic)
        return topic

    def items(
        self, count: int, *, area: str = "law", difficulty: int = 3, key: int = 0, options: int = 4
    ) -> list[ItemVersion]:
        """Approved single-choice items of one cell; ``key`` is the index of the right option."""
        topic = self.sub_topic(area)
        author, approver = self.somebody(Role.ITEM_AUTHOR), self.somebody(Role.ITEM_APPROVER)
        versions = []
        with transaction(joins=True):
            for _ in range(count):
                number, now = self.number(), self.clock()
                version = ItemVersion(
                    id=uuid4(), number=1, kind=ItemKind.SINGLE_CHOICE, status=ItemStatus.APPROVED,
                    sub_topic_id=topic.id, difficulty=difficulty, stem_ky=f"Суроо {number}: өңүт?",
                    stem_ru=f"Вопрос {number}?",
                    options=[{"ky": f"Жооп {number}.{n}", "ru": f"Ответ {number}.{n}"} for n in range(options)],
                    source="Жобо, 24-пункт", author="test", enemies=[], created_by_id=author.id, created_at=now,
                    edited_at=now, approved_by_id=approver.id, approved_at=now,
                )  # fmt: skip
                version.key_sealed = sealing.seal_key(version.id, "single_choice", [key])
                version.item = Item(external_id=f"{area.upper()}-{number:04}", created_at=now)
                db.session.add(version)
                versions.append(version)
        return versions

    def approved(self, drafts: Sequence[ItemDraft]) -> list[ItemVersion]:
        """These questions, written by one person and approved by another."""
        ids = self.recall(("approved", *drafts), lambda: [version.id for version in self._approved(drafts)])
        return [db.session.get_one(ItemVersion, one) for one in ids]

    def _approved(self, drafts: Sequence[ItemDraft]) -> list[ItemVersion]:
        author, approver = self.somebody(Role.ITEM_AUTHOR), self.somebody(Role.ITEM_APPROVER)
        for area in {draft.subject_area for draft in drafts}:
            self.sub_topic(area)
        with transaction(joins=True):
            versions = [bank_items.create_item(draft, by=author, now=self.clock()) for draft in drafts]
            for version in versions:
                bank_items.submit(version, by=author, now=self.clock())
                decisions.approve(version, by=approver, now=self.clock())
        return versions

    def specification(
        self, items: int = 5, *, minutes: int = 60, cut_score: int = 3, navigation: Navigation = Navigation.FREE,
        bank: int | None = None, drafts: Sequence[ItemDraft] = (), points: int = 1,
    ) -> TestSpecification:  # fmt: skip
        """An approved specification of ``items`` items from a bank made for it, or of these ``drafts``."""
        given = (items, minutes, cut_score, navigation, bank, tuple(drafts), points)
        found = self.recall(("specification", given), lambda: self._specification(*given).id)
        return db.session.get_one(TestSpecification, found)

    def _specification(
        self, items: int, minutes: int, cut_score: int, navigation: Navigation, bank: int | None,
        drafts: Sequence[ItemDraft], points: int,
    ) -> TestSpecification:  # fmt: skip
        if drafts:
            self.approved(drafts)
            items = len(drafts)
        else:
            self.items(bank or items)
        area = self.sub_topic(drafts[0].subject_area if drafts else "law").area
        admin, officer = self.somebody(Role.TEST_ADMINISTRATOR), self.somebody(Role.AUTHORITY_OFFICER)
        with transaction(joins=True):
            now = self.clock()
            blueprint = Blueprint(title=f"Спецификация {self.number()}", created_by_id=admin.id, created_at=now)
            blueprint.cells.append(BlueprintCell(area_id=area.id, difficulty=3, count=items))
            specification = TestSpecification(
                title_ky="Негизги тестирлөө", title_ru="Основное тестирование", blueprint=blueprint, items=items,
                points=points, minutes=minutes, cut_score=cut_score, navigation=navigation, languages=["ky", "ru"],
                law_version=CURRENT.version, status=SpecificationStatus.APPROVED, created_by_id=admin.id,
                created_at=now,
                approved_by_id=officer.id, approved_at=now, act_number="12", act_on=now.date(),
            )  # fmt: skip
            db.session.add(specification)
        return specification

    def forms(self, specification: TestSpecification, count: int = 1) -> list[TestForm]:
        """Sealed forms of the specification."""
        specification_id = specification.id
        found = self.recall(
            ("forms", specification_id, count),
            lambda: [form.id for form in self._forms(db.session.get_one(TestSpecification, specification_id), count)],
            rows=BANK,
        )
        return [db.session.get_one(TestForm, one) for one in found]

    def _forms(self, specification: TestSpecification, count: int) -> list[TestForm]:
        by = self.somebody(Role.TEST_ADMINISTRATOR)
        with transaction(joins=True):
            return seal_forms(specification, count, by=by, now=self.clock())

    def room(self, seats: int = 10, *, address_ranges: str = "") -> Room:
        """A room with workstations in a centre of its own."""
        number = self.number()
        with transaction(joins=True):
            centre = Centre(
                name_ky=f"Тестирлөө борбору {number}", name_ru=f"Центр тестирования {number}",
                address_ky="Бишкек ш., Тыныстанов көч., 257", address_ru="г. Бишкек, ул. Тыныстанова, 257",
                time_zone="Asia/Bishkek",
            )  # fmt: skip
            room = Room(centre=centre, name="2-аудитория", address_ranges=address_ranges)
            room.workstations = [Workstation(seat=seat) for seat in range(1, seats + 1)]
            db.session.add(room)
        return room

    def competition(self) -> Competition:
        """A competition under the law in force."""
        number = self.number()
        with transaction(joins=True):
            competition = Competition(
                id=uuid5(RUN, f"competition {number}"), number=f"К-2026-{number}", law_version=CURRENT.version,
                school_ky=f"№ {number} орто мектеп", school_ru=f"Средняя школа № {number}", place_ky="Кара-Суу району",
                place_ru="Кара-Сууйский район", financing=Financing.LOCAL, announced_on=self.clock().date(),
                created_at=self.clock(),
            )  # fmt: skip
            db.session.add(competition)
        return competition

    def person(self, **facts: Any) -> PersonalData:
        """Personal data of somebody new."""
        number = self.number()
        given = {
            "personal_number": f"2{number:013}",
            "surname": "Үсөнбаева",
            "given_name": "Өкүмкан",
            "patronymic": "Ыңтымаковна",
        }
        return PersonalData(**(given | facts))

    def sitting(
        self, *, people: int = 2, open: bool = True, present: bool = True, variants: int = 1,
        starts_in: timedelta = timedelta(0), competitions: int = 1, **spec: Any,
    ) -> Sitting:  # fmt: skip
        """A sitting with registered people, codes issued, by default opened and everybody present.

        People are registered in so many competitions by turns.
        """
        given = (people, open, present, variants, starts_in, competitions, *sorted(spec.items()))
        found = self.recall(
            ("sitting", given), lambda: self._sitting(people, open, present, variants, starts_in, competitions, spec).id
        )
        return db.session.get_one(Sitting, found)

    def _sitting(
        self, people: int, open: bool, present: bool, variants: int, starts_in: timedelta, competitions: int,
        spec: dict[str, Any],
    ) -> Sitting:  # fmt: skip
        specification = self.specification(**spec)
        forms, room = self.forms(specification, variants), self.room(max(people, 1) + 2)
        sought = [self.competition() for _ in range(competitions)]
        admin, proctor = self.somebody(Role.TEST_ADMINISTRATOR), self.user(Role.PROCTOR)
        with transaction(joins=True):
            sitting = sittings.plan_sitting(
                f"Т-2026-{self.number()}", specification, room, self.clock() + starts_in, forms, [proctor],
                by=admin, now=self.clock(),
            )  # fmt: skip
            for place in range(people):
                registration.register(
                    sitting, sought[place % competitions], self.person(), "ky", by=admin, now=self.clock(),
                    by_hand=in_order(sitting),
                )  # fmt: skip
                db.session.flush()
        with transaction(joins=True):
            codes.issue_codes(sitting, by=admin, now=self.clock())
        if open:
            self.open(sitting)
        if present:
            self.present(sitting)
        return sitting

    def commission(self, sitting: Sitting) -> Commission:
        """A chair and a member, approved by the department."""
        chair, member = self.somebody(Role.COMMISSION_CHAIR), self.somebody(Role.COMMISSION_MEMBER)
        by, now = self.somebody(Role.TEST_ADMINISTRATOR), self.clock()
        with transaction(joins=True):
            return commissions.approve(sitting, chair, [member], "41-Б", now.date(), by=by, now=now)

    def open(self, sitting: Sitting) -> None:
        """Open a sitting by two persons; a commission is approved before where there is none (¶34)."""
        if queries.commission_of(sitting) is None:
            self.commission(sitting)
        for role in (Role.PROCTOR, Role.TEST_ADMINISTRATOR):
            by = self.somebody(role)
            with transaction(joins=True):
                sittings.confirm_opening(sitting, by=by, now=self.clock())

    def participants(self, sitting: Sitting) -> list[Participant]:
        """Participants by seat."""
        return list(
            db.session.scalars(
                db.select(Participant).where(Participant.sitting_id == sitting.id).order_by(Participant.seat)
            )
        )

    def present(self, sitting: Sitting) -> None:
        """Everybody came."""
        by = self.somebody(Role.PROCTOR)
        with transaction(joins=True):
            for participant in self.participants(sitting):
                registration.set_presence(participant, Presence.PRESENT, by=by, now=self.clock())

    def codes(self, sitting: Sitting) -> list[str]:
        """The unused codes of the sitting, by seat."""
        by = self.somebody(Role.TEST_ADMINISTRATOR)
        with transaction(joins=True):
            return [slip.code for slip in codes.slips_to_print(sitting, reason="test", by=by, now=self.clock())]
