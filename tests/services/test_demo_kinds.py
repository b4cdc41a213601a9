"""``demo load --every-kind``: the questions of every kind are approved and stand on one sealed form."""

from __future__ import annotations

import json
from collections import Counter

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from demo.kinds import POINTS, SINGLE, every_kind
from demo.stage import FOLDER, OTHERS
from question_bank.exchange.formats import by_name
from question_bank.rules import ItemKind
from question_bank.services import imports
from question_bank.services.forms import verify_form
from question_bank.services.subjects import load_subjects
from tests.factories import Make


def test_every_kind_stands_on_the_form_and_a_second_load_makes_another(make: Make, clock) -> None:
    roles = (Role.TEST_ADMINISTRATOR, Role.AUTHORITY_OFFICER, Role.ITEM_APPROVER)
    staff = dict(zip(("administrator", "officer", "approver"), roles, strict=True))
    names = [make.user(role, name=name).id for name, role in staff.items()]
    author = make.somebody(Role.ITEM_AUTHOR)
    with transaction():
        db.session.execute(db.update(User).where(User.id.in_(names)).values(is_demo=True))
        load_subjects(json.loads((FOLDER / "subjects.json").read_text()), by=audit.System("test"), now=clock())
        waiting = 0
        for name, given in OTHERS.items():
            plan = imports.plan_import((FOLDER / name).read_bytes(), by_name(given), filename=name, by=author)
            waiting += len(imports.carry_out(plan, submit=True, by=author, now=clock()))
    make.items(SINGLE + 3)
    for number in (1, 2):
        specification, [form] = every_kind(45, now=clock())
        kinds = Counter(item.version.kind for item in form.items)
        assert set(kinds) == set(ItemKind) and kinds[ItemKind.SINGLE_CHOICE] == SINGLE
        assert len(form.items) == waiting + SINGLE == specification.items
        shown = "".join(version.stem_ky + str(version.options) for version in (item.version for item in form.items))
        assert all(part in shown for part in ("<table>", "<mfrac>", "<img "))
        assert specification.maximum == POINTS * len(form.items) and verify_form(form), number
