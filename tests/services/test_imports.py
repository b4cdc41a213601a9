"""Files of questions: a dry run first, all or nothing, what is there already is not taken twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import life, rules, sealing, stock_queries
from question_bank.exchange.formats import FORMATS
from question_bank.models import Item, ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import decisions, exports, imports, items, subjects
from question_bank.work_models import BankUpload
from tests.services.bank_files import draft, xlsx

XLSX = FORMATS["xlsx"]


@pytest.fixture
def author(make):
    """An item author; the sub-topic of the drafts is there."""
    make.sub_topic()
    return make.user(Role.ITEM_AUTHOR)


def plan(data, by):
    return imports.plan_import(data, XLSX, filename="bank.xlsx", by=by)


def bring_in(data, by, clock, **how):
    with transaction():
        return imports.carry_out(plan(data, by), by=by, now=clock(), **how)


def count(kind=Item) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(kind))


def test_a_dry_run_counts_and_changes_nothing(author):
    found = plan(xlsx(draft("LAW-001"), draft("LAW-002", difficulty=4)), author)
    assert (found.seen, len(found.new), found.refused, found.unchanged) == (2, 2, 0, ())
    assert found.by_area() == {"law": 2}
    assert found.by_difficulty() == {3: 1, 4: 1}
    assert count() == 0
    assert count(audit.AuditEntry) == 0


def test_imported_questions_are_drafts_of_the_person_who_imports(author, clock):
    [version] = bring_in(xlsx(draft()), author, clock)
    assert (version.status, version.created_by_id) == (ItemStatus.DRAFT, author.id)
    assert items.as_draft(version) == draft()


def test_imported_questions_may_be_submitted_at_once_and_a_second_person_approves_them(author, make, clock):
    versions = bring_in(xlsx(draft("LAW-001"), draft("LAW-002")), author, clock, submit=True)
    assert {version.status for version in versions} == {ItemStatus.IN_REVIEW}
    with pytest.raises(rules.OwnItem), transaction():
        decisions.approve_many(versions, by=author, now=clock())
    with transaction():
        decisions.approve_many(versions, by=make.user(Role.ITEM_APPROVER), now=clock())
    assert len(stock_queries.bank_candidates()) == 2


def test_a_file_with_one_fault_comes_in_whole_or_not_at_all(author, clock):
    data = xlsx(draft("LAW-001"), draft("LAW-002", key=(4,)))
    with pytest.raises(rules.ImportRefused) as refused:
        bring_in(data, author, clock)
    assert refused.value.params == {"n": 1}
    assert count() == 0


def test_the_good_questions_of_a_file_come_in_where_that_is_wanted(author, clock):
    data = xlsx(draft("LAW-001"), draft("LAW-002", key=(4,)), draft("LAW-003"))
    versions = bring_in(data, author, clock, keep_good=True)
    assert [version.item.external_id for version in versions] == ["LAW-001", "LAW-003"]


def test_each_fault_names_row_column_and_reason(author):
    found = plan(xlsx(draft("LAW-001"), draft("LAW-002", sub_topic="no-such"), draft("LAW-003", key=())), author)
    assert [(problem.place, problem.column, problem.code) for problem in found.errors] == [
        (3, "sub_topic", "unknown_sub_topic"), (4, "correct", "no_correct"),
    ]  # fmt: skip
    assert found.refused == 2


@pytest.mark.parametrize(("changed", "code"), [
    ({"subject_area": "history"}, "unknown_subject_area"), ({"sub_topic": "history"}, "unknown_sub_topic"),
    ({"sub_topic": ""}, "sub_topic_missing"),
])  # fmt: skip
def test_a_question_of_an_unknown_part_is_a_refused_line(author, changed, code):
    [problem] = plan(xlsx(draft(**changed)), author).errors
    assert problem.code == code


def test_a_part_out_of_use_takes_no_new_questions(author, make, clock):
    with transaction():
        subjects.set_active(make.sub_topic(), False, by=author, now=clock())
    [problem] = plan(xlsx(draft()), author).errors
    assert problem.code == "subject_out_of_use"


def test_a_second_import_of_the_same_file_changes_nothing(author, clock):
    data = xlsx(draft("LAW-001", enemies=("LAW-002",)), draft("LAW-002"))
    bring_in(data, author, clock)
    again = plan(data, author)
    assert (again.new, again.unchanged, again.errors) == ((), ("LAW-001", "LAW-002"), ())
    assert bring_in(data, author, clock) == []
    assert count(ItemVersion) == 2


def test_an_identifier_that_the_bank_has_with_other_content_is_a_refused_line(author, clock):
    bring_in(xlsx(draft()), author, clock)
    [problem] = plan(xlsx(draft(difficulty=5)), author).errors
    assert (problem.code, problem.column) == ("already_in_bank", "external_id")


def test_a_file_of_guesses_does_not_tell_the_key_of_another_authors_question(author, make, clock):
    bring_in(xlsx(draft()), author, clock)
    stranger = make.user(Role.ITEM_AUTHOR)
    answers = [plan(xlsx(draft(key=(guess,))), stranger) for guess in range(3)]
    assert len({(found.unchanged, str(found.errors[0].message)) for found in answers}) == 1
    assert plan(xlsx(draft()), make.user(Role.ITEM_APPROVER)).unchanged == ("LAW-001",)


def test_an_enemy_that_nobody_knows_is_remarked_on_and_the_question_is_taken(author):
    found = plan(xlsx(draft("LAW-001", enemies=("LAW-002", "LAW-404")), draft("LAW-002")), author)
    assert len(found.new) == 2
    [remark] = found.warnings
    assert remark.code == "enemies_unknown"
    assert "LAW-404" in str(remark.message)
    assert "LAW-002" not in str(remark.message)


def test_enemies_of_a_file_are_written_as_the_bank_or_the_file_has_them(author, clock):
    bring_in(xlsx(draft("LAW-001")), author, clock)
    found = plan(xlsx(draft("LAW-002", enemies=("law-001", "Law-003")), draft("LAW-003", enemies=("law-002",))), author)
    assert [one.enemies for one in found.new] == [("LAW-001", "LAW-003"), ("LAW-002",)]
    assert not found.warnings
    bring_in(xlsx(*found.new), author, clock)
    again = plan(xlsx(draft("LAW-002", enemies=("LAW-003", "law-001"))), author)
    assert again.unchanged == ("LAW-002",)


def test_an_enemy_that_the_file_has_but_that_does_not_come_in_is_remarked_on(author):
    found = plan(xlsx(draft("LAW-001", enemies=("LAW-002",)), draft("LAW-002", sub_topic="none")), author)
    assert [(one.code, one.external_id) for one in found.warnings] == [("enemies_unknown", "LAW-001")]


def test_an_id_that_differs_in_capitals_only_is_a_fault_whether_the_bank_or_the_file_has_the_other(author, clock):
    bring_in(xlsx(draft("LAW-001")), author, clock)
    found = plan(xlsx(draft("law-001"), draft("LAW-002"), draft("Law-002"), draft("LAW-003")), author)
    assert [one.external_id for one in found.new] == ["LAW-003"]
    faults = [(one.external_id, one.code, one.column) for one in found.problems if one.severity == "error"]
    assert faults == [(id_, "id_in_other_capitals", "external_id") for id_ in ("law-001", "LAW-002", "Law-002")]
    assert "LAW-001" in str(found.problems[0].message)


def test_an_id_that_somebody_brought_in_with_other_capitals_since_the_dry_run_stops_the_import(author, clock):
    found = plan(xlsx(draft("law-001")), author)
    bring_in(xlsx(draft("LAW-001")), author, clock)
    with pytest.raises(life.IdInOtherCapitals), transaction():
        imports.carry_out(found, by=author, now=clock())
    assert count() == 1


def test_a_question_that_names_itself_in_other_capitals_is_refused(author):
    found = plan(xlsx(draft("LAW-001", enemies=("law-001",))), author)
    assert [one.code for one in found.errors] == ["enemy_of_itself"] and not found.new


def test_a_file_that_cannot_be_read_has_no_good_part(author, clock):
    found = plan(b"not a workbook", author)
    assert found.unreadable
    with pytest.raises(rules.ImportRefused):
        bring_in(b"not a workbook", author, clock, keep_good=True)


def test_the_import_is_recorded_without_keys(author, clock):
    bring_in(xlsx(draft()), author, clock)
    entry = db.session.scalars(db.select(audit.AuditEntry)).one()
    assert (entry.action, entry.actor) == ("bank.imported", f"user:{author.id}")
    assert set(audit.facts(entry)) == {"file", "sha256", "seen", "unchanged", "refused", "submitted", "items"}


@pytest.mark.parametrize("name", ["gift", "moodle-xml", "qti", "xlsx"])
def test_the_approved_bank_goes_out_and_comes_back_as_it_was(author, make, clock, name):
    approver = make.user(Role.ITEM_APPROVER)
    versions = bring_in(xlsx(draft("LAW-001"), draft("LAW-002"), draft("LAW-003")), author, clock, submit=True)
    with transaction():
        decisions.approve_many(versions[:2], by=approver, now=clock())
    found = exports.write_bank(FORMATS[name])
    with transaction():
        exports.record(found, by=approver, now=clock())
    assert FORMATS[name].read(found.data).items == (draft("LAW-001"), draft("LAW-002"))
    last = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.number.desc()).limit(1)).one()
    assert (last.action, audit.facts(last)["items"]) == ("bank.exported", ["LAW-001", "LAW-002"])


def test_a_kept_file_is_sealed_and_gone_after_an_hour(author, clock):
    data = xlsx(draft(stem_ru="Канарейка в файле?"))
    with transaction():
        upload = imports.stage_upload(data, XLSX, "bank.xlsx", by=author, now=clock())
    assert data not in upload.content_sealed
    clock.advance(rules.UPLOAD_KEPT)
    assert imports.open_upload(upload, now=clock()) == data
    clock.advance(timedelta(seconds=1))
    with pytest.raises(rules.UploadExpired):
        imports.open_upload(upload, now=clock())
    with transaction():
        imports.drop_uploads(older_than=clock() - rules.UPLOAD_KEPT)
    assert count(BankUpload) == 0


def test_a_person_has_one_kept_file(author, make, clock):
    other = make.user(Role.ITEM_AUTHOR)
    for by in (author, other, author):
        with transaction():
            imports.stage_upload(b"x", XLSX, "bank.xlsx", by=by, now=clock())
    assert count(BankUpload) == 2


def test_the_template_offers_the_parts_in_use(author, make):
    assert XLSX.read(exports.template()).seen == 0
    assert b"documents" in _unpacked(exports.template())


def _unpacked(data: bytes) -> bytes:
    import zipfile
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.fixture
def run(app):
    """Run a command and return its result."""
    return lambda *words: app.test_cli_runner().invoke(args=[str(word) for word in words])


def test_the_command_imports_in_the_name_of_the_only_author(author, run, tmp_path):
    file = tmp_path / "bank.xlsx"
    file.write_bytes(xlsx(draft("LAW-001"), draft("LAW-002")))
    dry = run("bank", "import", file, "--dry-run")
    assert (dry.exit_code, "New: 2 (law 2)" in dry.output) == (0, True)
    assert count() == 0
    result = run("bank", "import", file, "--submit")
    assert (result.exit_code, "Imported: 2, submitted for approval." in result.output) == (0, True)
    db.session.rollback()
    assert {v.created_by_id for v in db.session.scalars(db.select(ItemVersion))} == {author.id}


def test_the_command_names_every_fault_and_leaves_with_1(author, run, tmp_path):
    file = tmp_path / "bank.xlsx"
    file.write_bytes(xlsx(draft("LAW-001"), draft("LAW-002", key=(4,)), draft("LAW-003", sub_topic="no-such")))
    for words in (["--dry-run"], []):
        result = run("bank", "import", file, *words)
        assert result.exit_code == 1
        assert "bank.xlsx, row 3: LAW-002, correct: " in result.stderr
        assert "bank.xlsx, row 4: LAW-003, sub_topic: There is no such sub-topic" in result.stderr
    assert count() == 0
    assert run("bank", "import", file, "--keep-good").exit_code == 0
    assert count() == 1


def test_the_command_asks_for_the_author_where_there_are_several(author, make, run, tmp_path):
    second = make.user(Role.ITEM_AUTHOR, name="gulnara")
    file = tmp_path / "bank.xlsx"
    file.write_bytes(xlsx(draft()))
    assert run("bank", "import", file).exit_code == 2
    assert run("bank", "import", file, "--as", "nobody").exit_code == 2
    assert run("bank", "import", file, "--as", "gulnara").exit_code == 0
    db.session.rollback()
    assert db.session.scalars(db.select(ItemVersion)).one().created_by_id == second.id


def test_the_command_refuses_an_unknown_format_in_one_sentence(author, run, tmp_path):
    file = tmp_path / "bank.pdf"
    file.write_bytes(b"x")
    result = run("bank", "import", file)
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_command_exports_the_bank_and_the_template(author, make, run, tmp_path):
    make.items(2)
    result = run("bank", "export", tmp_path / "out.gift")
    assert result.exit_code == 0
    assert FORMATS["gift"].read((tmp_path / "out.gift").read_bytes()).seen == 2
    assert (tmp_path / "out.gift").stat().st_mode & 0o077 == 0
    assert run("bank", "export", tmp_path / "empty.xlsx", "--template").exit_code == 0
    assert XLSX.read((tmp_path / "empty.xlsx").read_bytes()).seen == 0


def test_forms_are_verified_by_their_digest(make, run):
    [form] = make.forms(make.specification())
    digest = form.digest.hex()
    assert run("forms", "verify", digest).exit_code == 0
    assert run("forms", "verify", "00" * 32).exit_code == 1
    with transaction():
        version = form.items[0].version
        version.key_sealed = sealing.seal_key(version.id, version.kind, [2])
    changed = run("forms", "verify", digest)
    assert (changed.exit_code, "does NOT hold" in changed.stderr) == (1, True)
