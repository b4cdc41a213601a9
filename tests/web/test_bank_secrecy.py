"""Authors meet their own questions and no others, whatever address they try; keys leave the bank by two persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from threading import Thread
from types import SimpleNamespace

import pytest

from accounts.models import User
from accounts.rules import REAUTHENTICATION_LASTS, Permission, Role
from core import audit
from core.db import db, transaction
from question_bank import queries
from question_bank.exchange.formats import FORMATS
from question_bank.life import SuspensionKind
from question_bank.models import Item, ItemVersion
from question_bank.services import decisions, items, key_exports, quarantine
from question_bank.work_models import KeyExport
from tests.kinds_scene import DRAFTS
from tests.services.bank_files import draft, xlsx
from tests.web.signing_in import post, proof, sign_in


@pytest.fixture
def waiting(author, clock):
    """Two questions of ``author`` that wait for approval."""
    with transaction():
        versions = [items.create_item(draft(f"LAW-00{n}"), by=author, now=clock()) for n in (1, 2)]
        for version in versions:
            items.submit(version, by=author, now=clock())
        return [SimpleNamespace(id=version.id, item_id=version.item_id) for version in versions]


def addresses(app, version, role: Role) -> list[tuple[str, str]]:
    """Every route of the bank about a question or version that the role may enter, with this question put in."""
    from accounts.rules import permissions_of

    held = {f"permission:{permission}" for permission in permissions_of([role])}
    found = []
    for rule in app.url_map.iter_rules():
        names = rule.arguments & {"item_id", "version_id"}
        if not rule.endpoint.startswith("question_bank.") or not names:
            continue
        if app.view_functions[rule.endpoint].access not in held:
            continue
        values = {name: version.item_id if name == "item_id" else version.id for name in names}
        others = {name: "00000000-0000-0000-0000-000000000000" for name in rule.arguments - names}
        path = rule.build(values | others)[1]
        found += [(method, path) for method in sorted(rule.methods & {"GET", "POST"})]
    return found


def test_an_author_who_tries_the_address_of_another_s_question_finds_nothing_anywhere(app, client, make, waiting):
    app.config["WTF_CSRF_ENABLED"] = False
    before = _versions()
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    tried = addresses(app, waiting[0], Role.ITEM_AUTHOR)
    assert len(tried) >= 6
    answers = {(method, path): client.open(path, method=method).status_code for method, path in tried}
    assert set(answers.values()) == {404}, {call: status for call, status in answers.items() if status != 404}
    assert _versions() == before


def _versions() -> list[object]:
    db.session.rollback()
    return sorted((str(one.id), one.status, one.edited_at) for one in db.session.scalars(db.select(ItemVersion)))


def test_the_author_and_those_who_work_with_the_whole_bank_find_it(app, client, make, author, waiting):
    for person in (author, make.user(Role.ITEM_APPROVER), make.user(Role.TEST_ADMINISTRATOR)):
        sign_in(client, person)
        assert client.get(f"/staff/bank/items/{waiting[0].item_id}").status_code == 200
        assert client.get(f"/staff/bank/versions/{waiting[0].id}/preview").status_code == 200


def test_whoever_edits_a_question_has_a_hand_in_it_from_then_on(client, make, waiting, clock, approver):
    """With both duties a person may correct a returned question; it stays theirs when the second duty ends."""
    both = make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    with transaction():
        decisions.return_version(queries.get_version(waiting[0].id), "Тактаңыз", by=approver, now=clock())
    with transaction():
        items.edit_version(queries.get_version(waiting[0].id), draft("LAW-001", difficulty=4), by=both, now=clock())
    db.session.rollback()
    with transaction():
        for grant in db.session.get_one(type(both), both.id).grants:
            if grant.role == Role.ITEM_APPROVER:
                grant.revoked_at = clock()
    sign_in(client, both)
    assert client.get(f"/staff/bank/items/{waiting[0].item_id}").status_code == 200
    assert client.get(f"/staff/bank/items/{waiting[1].item_id}").status_code == 404


def test_lists_searches_and_counts_of_an_author_hold_their_own_questions_only(client, make, author, waiting):
    other = make.user(Role.ITEM_AUTHOR)
    sign_in(client, other)
    for query in ("all=1", "text=LAW-001", "text=программаны", "status=in_review", "identifier=law"):
        html = client.get(f"/staff/bank/?{query}&lang=en").get_data(as_text=True)
        assert "LAW-001" not in html.replace("text=LAW-001", "").replace('value="LAW-001"', ""), query
    sign_in(client, author)
    assert "LAW-001" in client.get("/staff/bank/?all=1").get_data(as_text=True)


def test_an_author_cannot_do_anything_with_the_questions_of_another_by_ticking_them(app, client, make, waiting):
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    answer = post(client, "/staff/bank/bulk", {"act": "submit", "version": [str(one.id) for one in waiting]})
    assert answer.status_code == 303  # none of the ticked ones is met: as if nothing had been ticked
    assert post(client, "/staff/bank/bulk", {"act": "approve", "scope": "all"}).status_code == 403


def actions() -> list[str]:
    db.session.rollback()
    query = db.select(audit.AuditEntry.action).where(audit.AuditEntry.action.startswith("bank."))
    return list(db.session.scalars(query.order_by(audit.AuditEntry.number)))


@pytest.fixture
def asked(client, make):
    """A request for keys by one approver; the other one."""
    make.items(2)
    one, other = make.user(Role.ITEM_APPROVER), make.user(Role.ITEM_APPROVER)
    other_id = other.id
    sign_in(client, one)
    assert post(client, "/staff/bank/export", {"format": "gift", "reason": "Экспертиза"}).status_code == 303
    db.session.rollback()
    found = db.session.scalars(db.select(KeyExport)).one()
    return SimpleNamespace(one=one, other=other, other_id=other_id, where=f"/staff/bank/export/{found.id}")


def test_keys_are_given_to_two_persons_together_and_once(client, asked):
    sign_in(client, asked.one)
    assert post(client, f"{asked.where}/file").status_code == 409
    sign_in(client, asked.other)
    assert "1" in client.get("/staff/?lang=en").get_data(as_text=True).split("a second person confirms:")[1][:4]
    assert post(client, f"{asked.where}/file").status_code == 404
    assert post(client, f"{asked.where}/confirm", proof(client, asked.other)).status_code == 303
    sign_in(client, asked.one)
    answer = post(client, f"{asked.where}/file")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"].startswith("no-store")
    assert FORMATS["gift"].read(answer.data).seen == 2
    assert post(client, f"{asked.where}/file").status_code == 409
    assert actions() == ["bank.keys_asked", "bank.keys_confirmed", "bank.exported", "bank.keys_given"]


@pytest.fixture
def confirmed(client, asked):
    """The request, confirmed, and its person signed in."""
    sign_in(client, asked.other)
    assert post(client, f"{asked.where}/confirm", proof(client, asked.other)).status_code == 303
    sign_in(client, asked.one)
    return asked


def test_others_work_while_the_file_is_written_and_what_they_change_is_never_given_out_as_it_was(
    app, client, confirmed, clock, monkeypatch
):
    kind, written = FORMATS["gift"], []

    def retire():
        with app.app_context(), transaction():
            item = db.session.scalars(db.select(Item)).first()
            items.retire(item, "Эскирди", by=db.session.get_one(User, confirmed.other_id), now=clock())

    def writing(drafts):
        if not written:
            other = Thread(target=retire)
            other.start()
            other.join(30)
        written.append(kind.write_items(drafts))
        return written[-1]

    monkeypatch.setitem(FORMATS, "gift", replace(kind, write_items=writing))
    answer = post(client, f"{confirmed.where}/file")
    assert answer.status_code == 409 and "Content-Disposition" not in answer.headers
    assert "bank.exported" not in actions()
    answer = post(client, f"{confirmed.where}/file")
    assert (kind.read(answer.data).seen, kind.read(written[0]).seen) == (1, 2)
    assert actions()[-2:] == ["bank.exported", "bank.keys_given"]


def test_nothing_is_sent_where_it_cannot_be_recorded(client, confirmed, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(key_exports.audit, "record", lambda *_facts, **_more: 1 / 0)
        answer = post(client, f"{confirmed.where}/file")
    assert answer.status_code == 500 and "Content-Disposition" not in answer.headers
    assert "bank.exported" not in actions()
    assert post(client, f"{confirmed.where}/file").status_code == 200


def test_the_page_counts_as_the_file_does(client, make, clock):
    first, *_others = make.items(3)
    approver = make.user(Role.ITEM_APPROVER)
    with transaction():
        quarantine.suspend(
            db.session.get_one(Item, first.item_id), SuspensionKind.OTHER, "Текшерүү", by=approver, now=clock()
        )
    sign_in(client, approver)
    assert "Approved questions in use: 3" in client.get("/staff/bank/export?lang=en").text


def test_a_confirmation_takes_password_and_code_for_this_very_act(client, asked):
    sign_in(client, asked.other)
    assert post(client, f"{asked.where}/confirm").status_code == 200  # the page that asks who it is
    assert actions() == ["bank.keys_asked"]


def test_whoever_asked_cannot_confirm(client, asked):
    sign_in(client, asked.one)
    assert post(client, f"{asked.where}/confirm", proof(client, asked.one)).status_code == 409
    assert actions() == ["bank.keys_asked"]


def test_asking_needs_a_fresh_proof_of_identity_and_a_reason(client, make, clock):
    make.items(1)
    sign_in(client, make.user(Role.ITEM_APPROVER))
    answer = post(client, "/staff/bank/export", {"format": "gift", "reason": ""})
    assert 'id="reason-error"' in answer.get_data(as_text=True)
    clock.advance(REAUTHENTICATION_LASTS + timedelta(seconds=1))
    assert post(client, "/staff/bank/export", {"format": "gift", "reason": "x"}).status_code == 200
    assert actions() == []


def test_a_file_without_keys_is_for_one_person_and_is_recorded(client, make):
    make.items(2)
    sign_in(client, make.user(Role.ITEM_APPROVER))
    answer = post(client, "/staff/bank/export/without-keys")
    assert "without-keys" in answer.headers["Content-Disposition"]
    assert actions() == ["bank.exported_without_keys"]


def test_what_a_format_cannot_hold_is_listed_and_the_rest_goes_out_where_that_is_wanted(client, make, clock):
    for one in (DRAFTS["single"], DRAFTS["order"]):
        make.sub_topic(one.subject_area, one.sub_topic)
    held, left = DRAFTS["single"], DRAFTS["order"]
    make.approved([held, left])
    one, other = make.user(Role.ITEM_APPROVER), make.user(Role.ITEM_APPROVER)
    sign_in(client, one)
    said = {"format": "aiken", "reason": "Экспертиза"}
    html = post(client, "/staff/bank/export?lang=en", said).get_data(as_text=True)
    assert f">{left.external_id}</td>" in html and f">{held.external_id}</td>" not in html
    assert "Aiken has single choice only." in html and "Ask for the others: 1" in html and "Экспертиза" in html
    assert actions() == []
    assert post(client, "/staff/bank/export", {**said, "leave_out": "y"}).status_code == 303
    db.session.rollback()
    where = f"/staff/bank/export/{db.session.scalars(db.select(KeyExport.id)).one()}"
    sign_in(client, other)
    assert "Without the questions that the format cannot hold" in client.get("/staff/bank/export?lang=en").text
    post(client, f"{where}/confirm", proof(client, other))
    sign_in(client, one)
    answer = post(client, f"{where}/file")
    assert "-1-left-out.txt" in answer.headers["Content-Disposition"]
    assert answer.data.count(b"ANSWER:") == 1
    assert "Questions left out: 1" in client.get("/staff/bank/export?lang=en").text
    db.session.rollback()
    entry = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.action == "bank.exported")).one()
    assert (entry.body["facts"]["items"], entry.body["facts"]["left_out"]) == ([held.external_id], [left.external_id])


def test_a_workbook_without_keys_leaves_out_questions_with_pictures_where_that_is_wanted(client, make, monkeypatch):
    first = make.items(2)[0].item.external_id
    refusal = replace(FORMATS["xlsx"], unwritable=lambda item: "No." if item.external_id == first else None)
    monkeypatch.setitem(FORMATS, "xlsx", refusal)
    sign_in(client, make.user(Role.ITEM_APPROVER))
    client.get("/staff/bank/export?lang=en")
    html = post(client, "/staff/bank/export/without-keys").get_data(as_text=True)
    assert "Download the others: 1" in html and actions() == []
    answer = post(client, "/staff/bank/export/without-keys", {"leave_out": "y"})
    assert "-1-left-out.xlsx" in answer.headers["Content-Disposition"]


def test_more_questions_than_a_file_holds_are_refused_before_anything_is_asked(client, make, monkeypatch):
    make.items(2)
    monkeypatch.setitem(FORMATS, "qti", replace(FORMATS["qti"], most=1))
    sign_in(client, make.user(Role.ITEM_APPROVER))
    answer = post(client, "/staff/bank/export?lang=en", {"format": "qti", "reason": "x"})
    assert answer.status_code == 409 and "At most: 1. Questions: 2" in answer.get_data(as_text=True)
    assert actions() == []


def test_a_dry_run_that_compares_keys_says_so_in_the_trail(client, author, waiting):
    sign_in(client, author)
    answer = post(client, "/staff/bank/import", {"file": (BytesIO(xlsx(draft("LAW-001"))), "bank.xlsx")})
    client.get(answer.location)
    assert actions() == ["bank.keys_compared"]


def test_a_dry_run_of_a_stranger_compares_nothing_and_tells_nothing_of_the_key(client, make, waiting):
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    pages = []
    for key in ((1,), (0,)):
        answer = post(client, "/staff/bank/import", {"file": (BytesIO(xlsx(draft("LAW-001", key=key))), "bank.xlsx")})
        html = client.get(f"{answer.location}?lang=en").get_data(as_text=True)
        pages.append(html.split("<main", 1)[1].split("already in the bank")[1].split("</tr>")[0])
    assert pages[0] == pages[1]
    assert actions() == []


def test_permissions_of_the_whole_bank_are_those_of_approvers_and_administrators():
    from accounts.rules import PERMISSIONS
    from question_bank.rules import sees_whole_bank

    whole = {role for role, held in PERMISSIONS.items() if Permission.BANK_VIEW in held and sees_whole_bank(held)}
    assert whole == {Role.ITEM_APPROVER, Role.TEST_ADMINISTRATOR}
