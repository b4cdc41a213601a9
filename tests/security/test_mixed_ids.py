"""An id of another sitting, competition or person stands in every place of every address to which a form is sent."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from werkzeug.routing import Rule

from accounts.rules import PERMISSIONS, Permission, Role
from core.db import HasId, db
from tests.outside import TRACES
from tests.security.forms_of import Forms
from tests.security.house import House, id_names, path_of, staff_rules

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # what belongs to what is asked alike of both
FREE = {"question_bank.not_duplicate"}  # any two questions may be said to be no duplicates
#: Whoever is accounted for already, or by somebody else in the meantime, is no fault: back to the page.
BACK = {"sittings.account_for"}
APPOINTED = (Role.PROCTOR, Role.COMMISSION_CHAIR, Role.COMMISSION_MEMBER)  # elsewhere, and here nobody


def nested(house: House) -> list[tuple[Rule, Permission]]:
    """Writes under an address with more than one id."""
    found = [(rule, permission) for rule, permission in staff_rules(house.app, "POST") if len(id_names(rule)) > 1]
    return [(rule, permission) for rule, permission in found if rule.endpoint not in FREE]


@SQLITE
def test_what_hangs_on_another_sitting_is_not_there(house: House) -> None:
    """Each id in turn is theirs, the others are ours; and in no place is the answer 404 for another reason."""
    wrong = []
    for rule, permission in nested(house):
        by, names = house.holder(permission), id_names(rule)
        assert set(names) <= set(house.ours.ids), f"the house has no {names}"
        if house.send(by, path_of(rule, house.theirs.ids | dict(house.ours.ids))).status_code == 404:
            wrong.append((rule.rule, "our own is not there either"))
        for name in names:
            path = path_of(rule, {**house.ours.ids, name: house.theirs.ids[name]})
            answer = house.send(by, path)
            refused = {403, 404} | ({303} if rule.endpoint in BACK else set())
            if answer.status_code not in refused or not house.written.take() <= TRACES:
                wrong.append((rule.rule, name, answer.status_code))
    assert not wrong


@SQLITE
@pytest.mark.parametrize("role", APPOINTED)
def test_whoever_is_appointed_elsewhere_does_nothing_here(house: House, role: Role) -> None:
    """The proctor and the commission of the other sitting hold the permission, and not for this sitting."""
    wrong, by, tried = [], house.theirs.user(role), 0
    for rule, permission in staff_rules(house.app, "POST"):
        if permission not in PERMISSIONS[role] or not {"sitting_id", "appeal_id"} & rule.arguments:
            continue
        tried += 1
        answer = house.send(by, path_of(rule, house.ours.ids))
        wrote = house.written.take()
        if answer.status_code not in (403, 404) or not wrote <= TRACES:
            wrong.append((rule.rule, answer.status_code, sorted(wrote)))
    assert tried > 5
    assert not wrong


def not_offered(offered: set[str]) -> set[str]:
    """Ids that stand where one of these does, and that the page did not offer: of the same kind, and nobody's."""
    found = {str(uuid4())}
    for model in HasId.__subclasses__():
        if db.session.get(model, UUID(min(offered))) is not None:
            kept = [str(one) for one in db.session.scalars(db.select(model.id)) if str(one) not in offered]
            found |= set(sorted(kept)[:2])
    return found


@SQLITE
def test_an_id_that_a_form_did_not_offer_is_not_taken(house: House) -> None:
    """Every control of every form whose value is an id is sent with another one of the same kind, and with nobody's."""
    wrong, tried = [], set()
    for rule, permission in staff_rules(house.app, "GET"):
        if not set(id_names(rule)) <= set(house.ours.ids):
            continue
        by, path = house.holder(permission), path_of(rule, house.ours.ids)
        page = house.browser(by).get(path)
        for form in Forms(page.text, path).found if page.mimetype == "text/html" else ():
            for name, offered in form.ids.items():
                for foreign in not_offered(offered):
                    house.send(by, form.action, form.values | {name: [foreign]})
                    tried.add(f"{rule.endpoint} {name}")
                    if not (wrote := house.written.take()) <= TRACES:
                        wrong.append((form.action, name, foreign, sorted(wrote)))
    assert len(tried) > 8
    assert not wrong
