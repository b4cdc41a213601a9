"""Building the demonstration through the same services that people use: staff, bank, specification, sittings."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from accounts import one_time_codes, passwords
from accounts import queries as account_queries
from accounts.models import User
from accounts.rules import Role
from accounts.services import people as accounts
from accounts.services.setting_up import seal_context
from competitions.models import Competition
from competitions.rules import Financing
from core import audit
from core.crypto import keyring
from core.db import db, transaction
from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from demo.people import people
from question_bank.exchange.formats import by_name
from question_bank.models import ItemVersion, TestForm, TestSpecification
from question_bank.rules import ItemStatus
from question_bank.services import decisions, imports, subjects
from regulation.law import CURRENT
from testing_center.models.places import Centre, Room, Workstation
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence
from testing_center.services import codes, registration, sittings
from testing_center.services.dealing import ByHand

FOLDER = Path(__file__).parent
OTHERS = {"kinds.xlsx": "xlsx", "rich.xml": "moodle-xml"}  # questions that wait for the approver
BY = audit.System("demo")
STAFF = (
    ("author", "Жумабекова Гүлмира Асановна", (Role.ITEM_AUTHOR,)),
    ("approver", "Мамытов Эркин Сыдыкович", (Role.ITEM_APPROVER,)),
    ("approver2", "Касымова Бермет Акматовна", (Role.ITEM_APPROVER,)),
    ("administrator", "Асанова Нургүл Кадыровна", (Role.TEST_ADMINISTRATOR,)),
    ("proctor", "Токтосунова Жылдыз Асановна", (Role.PROCTOR,)),
    ("officer", "Иманалиев Талант Бейшенович", (Role.AUTHORITY_OFFICER,)),
    ("chair", "Сатыбалдиев Бакыт Жапарович", (Role.COMMISSION_CHAIR,)),
    ("member", "Чороева Айнура Өмүровна", (Role.COMMISSION_MEMBER,)),
    ("member2", "Үсөнов Кубанычбек Асанович", (Role.COMMISSION_MEMBER,)),
    ("member3", "Ырысбекова Чынара Сыдыковна", (Role.COMMISSION_MEMBER,)),
    ("auditor", "Кадыров Мирлан Турдубекович", (Role.AUDITOR,)),
    ("admin", "Орозалиев Азамат Токтогулович", (Role.SYSTEM_ADMINISTRATOR,)),
)
CENTRES = (
    ("Республикалык тестирлөө борбору (демонстрациялык)", "Республиканский центр тестирования (демонстрация)",
     "Бишкек ш., Тыныстанов көч., 257", "г. Бишкек, ул. Тыныстанова, 257"),
    ("Ош тестирлөө борбору (демонстрациялык)", "Ошский центр тестирования (демонстрация)",
     "Ош ш., Ленин көч., 331", "г. Ош, ул. Ленина, 331"),
)  # fmt: skip
COMPETITIONS = (
    ("К-2026-17", "№ 14 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 14",
     "Ош облусу, Кара-Суу району", "Ошская область, Кара-Сууйский район", Financing.LOCAL),
    ("К-2026-19", "Ү. Асаналиев атындагы № 5 мектеп-гимназия", "Школа-гимназия № 5 имени У. Асаналиева",
     "Бишкек ш.", "г. Бишкек", Financing.REPUBLICAN),
    ("К-2026-22", "№ 61 мектеп-лицей", "Школа-лицей № 61", "Чүй облусу, Сокулук району",
     "Чуйская область, Сокулукский район", Financing.LOCAL),
)  # fmt: skip
Step = Callable[[str], None]


class NotADemonstration(Refusal):
    code = "not_a_demonstration"
    message = _l("This installation has real accounts: %(username)s. Load the demonstration into one of its own.")


@dataclass(frozen=True)
class Account:
    """A demo account as it is printed; ``secret`` is the one-time code secret in Base32."""

    username: str
    password: str
    secret: str
    roles: tuple[str, ...]


def quiet(_step: str) -> None:
    """Says nothing."""


def staff(*, now: datetime) -> list[Account]:
    """Demo accounts with fresh passwords and one-time secrets; those that exist get new ones."""
    made = []
    for username, full_name, roles in STAFF:
        password, secret = "demo-" + secrets.token_hex(5), one_time_codes.new_secret()
        hashed = passwords.hash_password(password)
        with transaction():
            user = account_queries.find_user(username)
            if user is not None and not user.is_demo:
                raise NotADemonstration(username=username)
            if user is None:
                user, _token = accounts.create_user(username, full_name, roles, by=BY, now=now, is_demo=True)
            user.password_hash = hashed
            user.one_time_secret, user.one_time_step = keyring().seal("accounts", secret, seal_context(user)), 0
            audit.record("demo.account_prepared", user, by=BY, at=now)
        made.append(Account(username, password, one_time_codes.as_text(secret), tuple(map(str, roles))))
    return made


def person(username: str) -> User:
    """The demo user of this name."""
    return db.session.execute(select(User).where(User.username == username, User.is_demo.is_(True))).scalar_one()


def bank(*, now: datetime, step: Step = quiet) -> None:
    """Bring the demonstration bank in through importer, submission and approval by a second person; once.

    A question of each other kind, and some with a table, formulas and a picture, wait for the approver, so that there
    is something to decide on; no form draws them.
    """
    with transaction():
        subjects.load_subjects(json.loads((FOLDER / "subjects.json").read_text()), by=BY, now=now)
    author, approver = person("author"), person("approver")
    data, kind = (FOLDER / "bank.xlsx").read_bytes(), by_name("xlsx")
    step("Reading the demonstration bank")
    with transaction():
        plan = imports.plan_import(data, kind, filename="bank.xlsx", by=author)
        written = {version.id for version in imports.carry_out(plan, submit=True, by=author, now=now)}
    step("A second person approves the questions")
    with transaction():
        waiting = db.session.scalars(select(ItemVersion).where(ItemVersion.status == ItemStatus.IN_REVIEW)).all()
        decisions.approve_many([version for version in waiting if version.id in written], by=approver, now=now)
    for name, format_name in OTHERS.items():
        with transaction():
            read = by_name(format_name)
            plan = imports.plan_import((FOLDER / name).read_bytes(), read, filename=name, by=author)
            imports.carry_out(plan, submit=True, by=author, now=now)


def places(seats: int) -> list[Room]:
    """Two centres with a room each of at least ``seats`` workstations."""
    rooms = []
    with transaction():
        for name_ky, name_ru, address_ky, address_ru in CENTRES:
            centre = db.session.scalar(select(Centre).where(Centre.name_ky == name_ky))
            if centre is None:
                centre = Centre(
                    name_ky=name_ky,
                    name_ru=name_ru,
                    address_ky=address_ky,
                    address_ru=address_ru,
                    time_zone="Asia/Bishkek",
                )
                centre.rooms.append(Room(name="1-аудитория", address_ranges=""))
                db.session.add(centre)
            room = centre.rooms[0]
            room.workstations.extend(Workstation(seat=n) for n in range(len(room.workstations) + 1, seats + 1))
            rooms.append(room)
    return rooms


def competitions(*, now: datetime) -> list[Competition]:
    """Three competitions under the law in force."""
    with transaction():
        for number, school_ky, school_ru, place_ky, place_ru, financing in COMPETITIONS:
            if db.session.scalar(select(Competition).where(Competition.number == number)) is None:
                db.session.add(
                    Competition(
                        number=number, law_version=CURRENT.version, school_ky=school_ky, school_ru=school_ru,
                        place_ky=place_ky, place_ru=place_ru, financing=financing, is_demo=True, created_at=now,
                        announced_on=(now - timedelta(days=30)).date(),
                    )
                )  # fmt: skip
    return list(
        db.session.scalars(select(Competition).where(Competition.is_demo.is_(True)).order_by(Competition.number))
    )


def sitting(
    room: Room, spec: TestSpecification, sealed: Sequence[TestForm], candidates: int, starts_at: datetime, *,
    now: datetime, random: Random, step: Step = quiet, contests: Sequence[Competition] = (),
) -> Sitting:  # fmt: skip
    """A planned sitting with ``candidates`` new people, codes issued.

    They take part in ``contests`` in turn; where none are given, in the three competitions of the demonstration.
    """
    administrator, proctor = person("administrator"), person("proctor")
    contests, first = (
        contests or competitions(now=now),
        (db.session.scalar(select(func.count()).select_from(Participant)) or 0) + 1,
    )
    count = (db.session.scalar(select(func.count()).select_from(Sitting)) or 0) + 1
    step("Registering the candidates")
    with transaction():
        planned = sittings.plan_sitting(
            f"Т-{starts_at:%Y}-{count:03}",
            spec,
            room,
            starts_at,
            sealed,
            [proctor],
            by=administrator,
            now=now,
            is_demo=True,
        )
        for number, data in enumerate(people(candidates, random, first=first)):
            language = "ru" if number % 5 == 3 else "ky"
            registration.register(
                planned, contests[number % len(contests)], data, language, by=administrator, now=now,
                by_hand=ByHand(number + 1, "The story of the demonstration goes by seats"),
            )  # fmt: skip
            db.session.flush()
    with transaction():
        codes.issue_codes(planned, by=administrator, now=now, random=random)
    return planned


def open_and_confirm(planned: Sitting, *, now: datetime, absent: Sequence[int] = ()) -> None:
    """Open a sitting by two persons and note everybody present but those at the seats ``absent``."""
    for username in ("proctor", "administrator"):
        with transaction():
            sittings.confirm_opening(planned, by=person(username), now=now)
    with transaction():
        for participant in db.session.scalars(select(Participant).where(Participant.sitting_id == planned.id)):
            if participant.seat not in absent:
                registration.set_presence(participant, Presence.PRESENT, by=person("proctor"), now=now)


def slips(planned: Sitting, *, now: datetime) -> list[dict[str, Any]]:
    """Name, code and seat of everybody who has not entered yet: for the printed demonstration only."""
    with transaction():
        printed = codes.slips_to_print(planned, reason="demonstration", by=person("administrator"), now=now)
    names = {
        participant.seat: participant.person.full_name
        for participant in db.session.scalars(select(Participant).where(Participant.sitting_id == planned.id))
    }
    return [{"name": names[slip.seat], "code": slip.code, "seat": slip.seat} for slip in printed]
