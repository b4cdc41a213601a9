"""What a department has under way in a bank of fifty thousand questions, and the pages on which its people see it.

A lesser number of each would make its page quick for the wrong reason: hundreds of questions stand in quarantine and on
one agenda, variants of two tests are sealed, and the amended source has hundreds of questions to be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from accounts.rules import Role
from core.db import db, transaction
from question_bank import queries
from question_bank.draw_models import FormDraw
from question_bank.entries import BankEntry, BankHand
from question_bank.exchange.formats import FORMATS
from question_bank.life import SuspensionKind
from question_bank.life_models import Source
from question_bank.models import FormItem, ItemVersion, TestForm
from question_bank.rules import ItemStatus
from question_bank.services import approvals, comments, key_exports, quarantine, saved_filters
from tests.factories import Make

SUSPENDED, SESSIONS, ON_AGENDA, TESTS, VARIANTS, FORM_ITEMS = 300, 25, 200, 2, 10, 60
Addresses = dict[str, str]  # by the name of the page, below /staff/


@dataclass(frozen=True)
class Work:
    """Who works in the bank, and which pages each may open, by the name of the role."""

    people: dict[str, UUID]
    pages: dict[str, Addresses]


def under_way(make: Make, people: Sequence[UUID]) -> Work:
    """Quarantine, sessions, remarks, tests with sealed variants, kept filters, a request for keys.

    ``people``: the approver and the authors of the bank.
    """
    approver, author = people[0], people[1]
    second, administrator = make.user(Role.ITEM_APPROVER).id, make.somebody(Role.TEST_ADMINISTRATOR).id
    for _test in range(TESTS):
        make.forms(make.specification(FORM_ITEMS, cut_score=FORM_ITEMS * 3 // 5), VARIANTS)
    _suspend(make, second)
    agenda = _sessions(make, approver, second)
    _words(make, approver, author)
    return Work(
        {"approver": approver, "author": author, "administrator": administrator},
        {"approver": _of_approver(agenda), "author": _of_author(author), "administrator": _of_administrator()},
    )


def _suspend(make: Make, by: UUID) -> None:
    """Put questions of one author after the other into quarantine, and some that stand on forms."""
    held = db.session.scalars(db.select(ItemVersion.item_id).join(FormItem).distinct().limit(10)).all()
    free = db.select(BankEntry.item_id).where(BankEntry.is_in_force, BankEntry.item_id.not_in(held))
    some = db.session.scalars(free.order_by(BankEntry.id).limit(SUSPENDED - len(held))).all()
    with transaction():
        person = db.session.get_one(User, by)
        for item_id in [*held, *some]:
            found = queries.get_item(item_id)
            quarantine.suspend(found, SuspensionKind.LEAK, "Жарыяланган", by=person, now=make.clock())


def _sessions(make: Make, approver: UUID, second: UUID) -> UUID:
    """Open sessions over what has waited longest, one of them over as much as a session may have; its id."""
    shown = [version.id for page in range(1, 41) for version in queries.queue_page(approver, page).items]
    waiting = list(dict.fromkeys(shown))  # a page after the last one is the last one
    made, sizes = [], [ON_AGENDA, *[(len(waiting) - ON_AGENDA) // SESSIONS] * (SESSIONS - 1)]
    for size in sizes:
        with transaction():
            people = [db.session.get_one(User, one) for one in (approver, second)]
            taken, waiting = [queries.get_version(one) for one in waiting[:size]], waiting[size:]
            session = approvals.open_session(
                make.clock().date(), "Бишкек", people[1:], taken, by=people[0], now=make.clock()
            )
            made.append(session.id)
    return made[0]


def _words(make: Make, approver: UUID, author: UUID) -> None:
    """Remarks on what waits, kept filters, a request for keys."""
    with transaction():
        by = db.session.get_one(User, approver)
        for version in queries.queue_page(approver, 1).items[:10]:
            comments.comment(version, "", "Суроонун мазмунун тактаңыз.", by=by, now=make.clock())
        key_exports.ask(FORMATS["xlsx"], "Архив үчүн", by=by, now=make.clock())
        for person in (by, db.session.get_one(User, author)):
            for number in range(5):
                saved_filters.save(
                    f"Чыпка {number}", f"difficulty={number + 1}", is_shared=False, is_default=False, by=person,
                    now=make.clock(),
                )  # fmt: skip


def _of_approver(agenda: UUID) -> Addresses:
    source = _amended()
    entry = db.select(BankEntry.item_id).where(BankEntry.is_newest).order_by(BankEntry.id)
    waits = db.session.scalars(entry.where(BankEntry.status == ItemStatus.IN_REVIEW)).first()
    suspended = db.session.scalars(entry.where(BankEntry.is_suspended)).first()
    return {
        "home": "", "queue": "bank/queue", "queue, page 100": "bank/queue?page=100",
        "queue, last page": "bank/queue?page=100000", "sessions": "bank/sessions",
        "agenda": f"bank/sessions/{agenda}", "agenda, page 8": f"bank/sessions/{agenda}?page=8",
        "new session": "bank/sessions/new", "quarantine": "bank/quarantine", "quarantine, page 6":
        "bank/quarantine?page=6", "sources": "bank/sources", "source": f"bank/sources/{source}",
        "source, page 10": f"bank/sources/{source}?page=10",
        "source in words": f"bank/sources/{source}?words=12-берене",
        "source in frequent words": f"bank/sources/{source}?words=мыйзам", "export": "bank/export",
        "subjects": "bank/subjects", "question that waits": f"bank/items/{waits}",
        "question in quarantine": f"bank/items/{suspended}", "suspend": f"bank/items/{waits}/suspend",
        "retire": f"bank/items/{waits}/retire", "statistics": "statistics/",
    }  # fmt: skip


def _of_author(author: UUID) -> Addresses:
    own = db.select(BankEntry.item_id, BankEntry.version_id).join(BankHand, BankHand.item_id == BankEntry.item_id)
    own = own.where(BankHand.user_id == author, BankEntry.is_newest).order_by(BankEntry.id)
    draft = db.session.execute(own.where(BankEntry.status == ItemStatus.DRAFT)).first()
    assert draft is not None
    return {
        "home": "", "sources": "bank/sources", "source": f"bank/sources/{_amended()}", "quarantine": "bank/quarantine",
        "subjects": "bank/subjects", "new question": "bank/new", "import": "bank/import",
        "own draft": f"bank/items/{draft.item_id}", "enemies sought":
        f"bank/items/{draft.item_id}?enemy=мектеп", "editor": f"bank/versions/{draft.version_id}/edit",
        "preview": f"bank/versions/{draft.version_id}/preview",
    }  # fmt: skip


def _of_administrator() -> Addresses:
    form = db.session.scalars(db.select(TestForm).order_by(TestForm.variant)).first()
    assert form is not None
    draw = db.session.scalars(db.select(FormDraw.id)).first()
    specification = form.specification
    return {
        "home": "", "list": "bank/?all=1", "quarantine": "bank/quarantine", "sources": "bank/sources",
        "subjects": "bank/subjects", "specifications": "tests/", "specification":
        f"tests/specifications/{specification.id}", "new specification": "tests/specifications/new",
        "blueprints": "tests/blueprints", "blueprint": f"tests/blueprints/{specification.blueprint_id}",
        "new blueprint": "tests/blueprints/new", "sealed form": f"tests/forms/{form.id}", "draw": f"tests/draws/{draw}",
        "statistics": "statistics/",
    }  # fmt: skip


def _amended() -> UUID:
    """The source that was amended, with hundreds of questions to be looked at."""
    found: UUID = db.session.scalars(db.select(Source.id).join(Source.changes)).one()
    return found
