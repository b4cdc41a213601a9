"""Answer keys leave the bank in one file only where two persons want it, once, and the trail says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from accounts.rules import Role
from core import audit
from core.audit import AuditEntry
from core.crypto import sha256
from core.db import db, transaction
from question_bank import rules, sealing, work_rules
from question_bank.exchange.formats import FORMATS
from question_bank.exchange.sheet import COLUMNS
from question_bank.life import SuspensionKind
from question_bank.models import Item
from question_bank.services import exports, items, key_exports, quarantine
from question_bank.translations import wordings
from question_bank.work_models import KeyExport
from tests.kinds_scene import DRAFTS

GIFT = FORMATS["gift"]
HOUR = timedelta(hours=1)


@pytest.fixture
def two(make):
    """Two approvers and a bank of three questions."""
    make.items(3)
    return make.user(Role.ITEM_APPROVER), make.user(Role.ITEM_APPROVER)


def asked(by, clock):
    with transaction():
        return key_exports.ask(GIFT, "Экспертиза үчүн", by=by, now=clock()).id


def confirm(request_id, by, clock):
    with transaction():
        key_exports.confirm(key_exports.get(request_id), by=by, now=clock())


def given(request_id, by, clock):
    found = key_exports.write(key_exports.get(request_id), person=by.id, now=clock())
    give(request_id, found, by, clock)
    return found.data


def give(request_id, found, by, clock):
    with transaction():
        key_exports.give(key_exports.get(request_id), found, by=by, person=by.id, now=clock())


def actions() -> list[str]:
    db.session.rollback()
    query = db.select(audit.AuditEntry.action).where(audit.AuditEntry.action.startswith("bank."))
    return list(db.session.scalars(query.order_by(audit.AuditEntry.number)))


def test_one_asks_another_confirms_and_the_first_gets_the_file_once(two, clock):
    one, other = two
    request_id = asked(one, clock)
    confirm(request_id, other, clock)
    data = given(request_id, one, clock)
    assert GIFT.read(data).seen == 3
    with pytest.raises(work_rules.KeyExportOver):
        given(request_id, one, clock)
    assert actions() == ["bank.keys_asked", "bank.keys_confirmed", "bank.exported", "bank.keys_given"]
    assert db.session.get_one(KeyExport, request_id).digest == sha256(data)


def test_of_two_windows_in_which_the_file_is_written_one_gets_it(two, clock):
    request_id = asked(two[0], clock)
    confirm(request_id, two[1], clock)
    one, other = (key_exports.write(key_exports.get(request_id), person=two[0].id, now=clock()) for _ in range(2))
    give(request_id, one, two[0], clock)
    with pytest.raises(work_rules.KeyExportOver):
        give(request_id, other, two[0], clock)
    assert actions().count("bank.exported") == 1


def test_no_key_is_opened_for_a_request_that_leads_to_no_file(two, clock, monkeypatch):
    request_id = asked(two[0], clock)
    monkeypatch.setattr(exports.items, "as_draft", lambda _version: pytest.fail("a key was opened"))
    with pytest.raises(work_rules.KeyExportOver):
        key_exports.write(key_exports.get(request_id), person=two[0].id, now=clock())


@pytest.mark.parametrize("change", ["retired", "approved"])
def test_a_file_of_a_bank_that_is_no_more_is_not_given(two, make, clock, change):
    request_id = asked(two[0], clock)
    confirm(request_id, two[1], clock)
    found = key_exports.write(key_exports.get(request_id), person=two[0].id, now=clock())
    if change == "approved":
        make.items(1)
    else:
        with transaction():
            items.retire(db.session.scalars(db.select(Item)).first(), "Эскирди", by=two[1], now=clock())
    with pytest.raises(work_rules.BankChanged):
        give(request_id, found, two[0], clock)
    assert "bank.exported" not in actions()
    assert given(request_id, two[0], clock) != found.data


def test_the_count_is_that_of_the_file_with_what_is_in_quarantine_and_without_what_is_out_of_use(two, make, clock):
    by = {"by": two[1], "now": clock()}
    for version, act in zip(make.items(2), (items.retire, quarantine.suspend), strict=True):
        with transaction():
            item = db.session.get_one(Item, version.item_id)
            if act is items.retire:
                items.retire(item, "Эскирди", **by)
            else:
                quarantine.suspend(item, SuspensionKind.OTHER, "Текшерүү", **by)
    assert exports.count() == len(exports.write_without_keys().items) == 4


def test_nobody_confirms_what_they_asked_for(two, clock):
    request_id = asked(two[0], clock)
    with pytest.raises(work_rules.OwnKeyExport):
        confirm(request_id, two[0], clock)
    with pytest.raises(IntegrityError), transaction():
        found = key_exports.get(request_id)
        found.confirmed_by_id, found.confirmed_at = two[0].id, clock()


def test_without_a_confirmation_there_is_no_file(two, clock):
    request_id = asked(two[0], clock)
    with pytest.raises(work_rules.KeyExportOver):
        given(request_id, two[0], clock)
    assert "bank.exported" not in actions()


def test_the_file_is_for_the_person_who_asked_and_not_for_the_one_who_confirmed(two, clock):
    request_id = asked(two[0], clock)
    confirm(request_id, two[1], clock)
    with pytest.raises(NotFound):
        given(request_id, two[1], clock)


@pytest.mark.parametrize(("later", "in_time"), [(HOUR, True), (HOUR + timedelta(microseconds=1), False)])
def test_a_request_is_confirmed_within_the_hour_and_the_file_taken_within_another(two, clock, later, in_time):
    request_id = asked(two[0], clock)
    clock.advance(later)
    if not in_time:
        with pytest.raises(work_rules.KeyExportOver):
            confirm(request_id, two[1], clock)
        return
    confirm(request_id, two[1], clock)
    clock.advance(later)
    assert given(request_id, two[0], clock)


def test_a_confirmation_an_hour_old_opens_nothing_any_more(two, clock):
    request_id = asked(two[0], clock)
    confirm(request_id, two[1], clock)
    clock.advance(HOUR + timedelta(microseconds=1))
    with pytest.raises(work_rules.KeyExportOver):
        given(request_id, two[0], clock)
    assert key_exports.open_requests(now=clock()) == []


@pytest.mark.parametrize("who", [0, 1])
def test_a_request_is_taken_back_or_refused_and_then_leads_nowhere(two, clock, who):
    request_id = asked(two[0], clock)
    with transaction():
        key_exports.withdraw(key_exports.get(request_id), by=two[who], now=clock())
    with pytest.raises(work_rules.KeyExportOver):
        confirm(request_id, two[1], clock)
    assert actions() == ["bank.keys_asked", "bank.keys_withdrawn"]


def test_a_reason_is_needed_and_one_request_at_a_time_is_enough(two, clock):
    with pytest.raises(rules.CommentNeeded), transaction():
        key_exports.ask(GIFT, " ", by=two[0], now=clock())
    asked(two[0], clock)
    with pytest.raises(work_rules.KeyExportOpen):
        asked(two[0], clock)
    assert key_exports.waiting_for(two[1].id, now=clock()) == 1
    assert key_exports.waiting_for(two[0].id, now=clock()) == 0


def test_an_export_without_keys_opens_none_and_holds_none(two, make, clock, monkeypatch):
    for draft in DRAFTS.values():
        make.sub_topic(draft.subject_area, draft.sub_topic)
    make.approved([replace(draft, external_id=f"K-{n}") for n, draft in enumerate(DRAFTS.values())])

    def never(_version):
        raise AssertionError("a key was opened")

    monkeypatch.setattr(sealing, "open_key", never)
    found = exports.write_without_keys()
    with transaction():
        exports.record(found, by=two[0], now=clock())
    from io import BytesIO

    from openpyxl import load_workbook

    rows = list(load_workbook(BytesIO(found.data), read_only=True)["items"].iter_rows(values_only=True))
    assert len(rows) == 1 + 3 + len(DRAFTS)
    assert {row[COLUMNS.index("correct")] for row in rows[1:]} == {None}
    assert items.as_draft.__name__  # the export with keys goes another way


def test_the_order_in_an_export_without_keys_is_of_chance_and_both_languages_stay_together(make, monkeypatch):
    """An author who always writes the right option first would tell the key by its place."""
    for one in DRAFTS.values():
        make.sub_topic(one.subject_area, one.sub_topic)
    versions = make.approved(list(DRAFTS.values()))
    monkeypatch.setattr(items, "SystemRandom", Reversing)
    for version in versions:
        shown, turn = items.without_key(version), 1 if version.kind == "true_false" else -1
        assert shown.options == wordings(version.options)[::turn]
        assert shown.targets == wordings(version.targets or ())[::turn]


class Reversing(Random):
    """A source of chance that always turns things round."""

    def sample(self, population, k, **_more):
        return list(population)[::-1][:k]


def test_in_production_the_command_wants_a_request_that_two_persons_made(app, two, clock, tmp_path):
    run = app.test_cli_runner().invoke
    file = str(tmp_path / "bank.gift")
    assert run(args=["bank", "export", file]).exit_code == 0
    app.extensions["settings"] = replace(app.extensions["settings"], production=True)
    refused = run(args=["bank", "export", file])
    assert (refused.exit_code, "--request" in refused.stderr) == (1, True)
    request_id = asked(two[0], clock)
    assert run(args=["bank", "export", file, "--request", str(request_id)]).exit_code == 1
    confirm(request_id, two[1], clock)
    assert run(args=["bank", "export", file, "--request", str(request_id)]).exit_code == 0
    assert run(args=["bank", "export", file, "--request", str(request_id)]).exit_code == 1
    assert run(args=["bank", "export", str(tmp_path / "without.xlsx"), "--without-keys"]).exit_code == 0


@pytest.fixture
def export(app, two, clock):
    """The command with a confirmed request; its result."""
    request_id = asked(two[0], clock)
    confirm(request_id, two[1], clock)
    return lambda file: app.test_cli_runner().invoke(args=["bank", "export", str(file), "--request", str(request_id)])


def test_keys_over_a_file_that_others_may_read_are_for_their_owner_only(export, tmp_path):
    file = tmp_path / "bank.gift"
    file.write_text("old")
    file.chmod(0o644)
    assert export(file).exit_code == 0
    assert (file.stat().st_mode & 0o777, GIFT.read(file.read_bytes()).seen) == (0o600, 3)
    assert list(tmp_path.iterdir()) == [file]


def test_keys_for_which_there_is_no_place_are_not_given_and_the_request_stays_open(export, tmp_path):
    refused = export(tmp_path / "nowhere" / "bank.gift")
    assert (refused.exit_code, "nowhere" in refused.stderr) == (1, True)
    assert "bank.exported" not in actions()
    assert export(tmp_path / "bank.gift").exit_code == 0


@pytest.mark.parametrize("how", ["the bank has changed", "nothing can be written"])
def test_a_file_that_was_there_stays_where_the_giving_of_the_keys_fails(export, tmp_path, monkeypatch, how):
    file = tmp_path / "bank.gift"
    file.write_text("old")
    with monkeypatch.context() as broken:
        if how == "the bank has changed":
            broken.setattr(exports, "_IN_FORCE", (~exports.BankEntry.is_in_force,))
        else:
            broken.setattr(type(db.session()), "commit", lambda _session: 1 / 0)
        assert export(file).exit_code == 1
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])
    assert "bank.exported" not in actions()


def test_the_command_leaves_out_on_demand_what_a_format_cannot_hold_and_names_each(app, two, make, tmp_path):
    file, run = tmp_path / "bank.txt", app.test_cli_runner().invoke
    make.approved([DRAFTS["order"], DRAFTS["single"]])
    refused = run(args=["bank", "export", str(file), "--format", "aiken"])
    assert (refused.exit_code, file.exists()) == (1, False)
    written = run(args=["bank", "export", str(file), "--format", "aiken", "--leave-out"])
    assert (written.exit_code, "Left out: " in written.stdout) == (0, True), written.stderr
    named = [line.partition(": ")[0] for line in written.stderr.splitlines()]
    [entry] = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "bank.exported"))
    assert named == entry.body["facts"]["left_out"] and DRAFTS["order"].external_id in named
    assert file.read_text().count("ANSWER:") == len(entry.body["facts"]["items"]) > 0
    both = ["--leave-out", "--request", str(uuid4())]
    assert run(args=["bank", "export", str(file), *both]).exit_code == 2
