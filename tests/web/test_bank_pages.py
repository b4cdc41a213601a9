"""Pages of the bank and of test design, as a browser without script sees them."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from uuid import UUID

import pytest

from accounts.rules import REAUTHENTICATION_LASTS, Role
from core import audit
from core.db import db, transaction
from question_bank import listing, queries
from question_bank.assembly.plan import Cell
from question_bank.life import ReviewPoint
from question_bank.models import Item, ItemVersion, TestForm, TestSpecification
from question_bank.rules import ItemStatus, SpecificationStatus
from question_bank.services import blueprints, decisions, items, specifications
from question_bank.services.specifications import Terms
from question_bank.work_models import BankUpload
from tests.life_scene import editions
from tests.services.bank_files import draft, xlsx
from tests.web.counting import cost
from tests.web.signing_in import post, sign_in

TYPED = {
    "external_id": "LAW-051", "sub_topic": "law/documents", "difficulty": "4", "correct": "1",
    "stem_ky": "Ким бекитет?", "stem_ru": "Кто утверждает?", "option_a_ky": "Кеңеш", "option_a_ru": "Совет",
    "option_b_ky": "Орган", "option_b_ru": "Орган власти", "source": "Жобо, 38-пункт", "author": "Ж. Үсөнова",
    "enemies": "LAW-001, LAW-002", "rationale": "Себеби", "do": "save",
}  # fmt: skip
CHECKED = {"points": list(ReviewPoint)}  # every point of the approver's checklist ticked


@pytest.fixture
def waiting(author, clock):
    """Ids of two questions of ``author`` that wait for approval."""
    with transaction():
        versions = [items.create_item(draft(f"LAW-00{n}"), by=author, now=clock()) for n in (1, 2)]
        for version in versions:
            items.submit(version, by=author, now=clock())
        return [SimpleNamespace(id=version.id, item_id=version.item_id) for version in versions]


def text(answer) -> str:
    """What a page says, in one line."""
    return " ".join(answer.get_data(as_text=True).split())


def page(client, path: str, status: int = 200) -> str:
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert answer.status_code == status, text(answer)
    return text(answer)


def entries(action: str) -> int:
    db.session.rollback()
    return db.session.scalar(
        db.select(db.func.count()).select_from(audit.AuditEntry).where(audit.AuditEntry.action == action)
    )


def statuses() -> dict[str, ItemStatus]:
    db.session.rollback()
    versions = db.session.scalars(db.select(ItemVersion))
    return {version.item.external_id: version.status for version in versions}


def marks_key(html: str) -> bool:
    return "is-key" in html


def marked(html: str) -> list[str]:
    """Options that the editor shows as right."""
    return [tag for tag in re.findall(r'<input[^>]*name="correct"[^>]*>', html) if "checked" in tag]


def approve_first(waiting, approver, clock) -> None:
    with transaction():
        decisions.approve(queries.get_version(waiting[0].id), by=approver, now=clock())


def test_a_question_that_is_refused_comes_back_with_everything_that_was_typed(client, author, waiting):
    sign_in(client, author)
    answer = post(client, "/staff/bank/new", TYPED | {"stem_ru": "", "option_b_ky": ""})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for name, typed in TYPED.items():
        if name not in {"stem_ru", "option_b_ky", "do", "sub_topic", "difficulty", "correct"}:
            assert typed in html, name
    assert re.search(r'<option selected value="4">', html)
    assert re.search(r'<input[^>]*checked[^>]*name="correct"[^>]*value="1"', html)
    assert html.count('aria-invalid="true"') == 2
    assert "LAW-051" not in statuses()


def test_a_question_is_written_and_submitted_in_one_step(client, author, waiting):
    sign_in(client, author)
    assert post(client, "/staff/bank/new", TYPED | {"do": "submit"}).status_code == 303
    assert statuses()["LAW-051"] == ItemStatus.IN_REVIEW
    assert queries.newest_versions(["LAW-051"])["LAW-051"].enemies == ["LAW-001", "LAW-002"]


def test_enemies_are_found_in_whatever_capitals_and_those_that_are_not_there_are_named_at_the_field(
    client, author, waiting
):
    sign_in(client, author)
    unknown = post(client, "/staff/bank/new", TYPED | {"enemies": "law-001, LAW-404; X-9"})
    html = text(unknown)
    assert unknown.status_code == 200 and 'id="enemies-error"' in html and "LAW-051" not in statuses()
    assert "LAW-404, X-9" in html.split('id="enemies-error"')[1][:300] and 'value="law-001, LAW-404; X-9"' in html
    assert post(client, "/staff/bank/new", TYPED | {"enemies": "law-001 Law-002"}).status_code == 303
    assert queries.newest_versions(["LAW-051"])["LAW-051"].enemies == ["LAW-001", "LAW-002"]
    again = post(client, "/staff/bank/new", TYPED | {"external_id": "LAW-052", "enemies": "law-052"})
    assert again.status_code == 200 and 'id="enemies-error"' in text(again)


def test_an_enemy_that_comes_only_with_the_next_file_keeps_no_question_from_being_saved(client, author, waiting):
    sign_in(client, author)
    assert post(client, "/staff/bank/new", TYPED | {"enemies": ""}).status_code == 303
    with transaction():
        version = queries.newest_versions(["LAW-051"])["LAW-051"]
        version.enemies, where = ["LAW-404"], f"/staff/bank/versions/{version.id}/edit"
    assert post(client, where, TYPED | {"enemies": "LAW-404", "difficulty": "4"}).status_code == 303
    db.session.rollback()
    saved = queries.newest_versions(["LAW-051"])["LAW-051"]
    assert (saved.enemies, saved.difficulty) == (["LAW-404"], 4)
    assert 'id="enemies-error"' in text(post(client, where, TYPED | {"enemies": "LAW-404, LAW-405"}))


def test_an_identifier_that_is_taken_is_said_at_its_field(client, author, waiting):
    sign_in(client, author)
    answer = post(client, "/staff/bank/new", TYPED | {"external_id": "LAW-001"})
    assert answer.status_code == 200
    assert 'id="external_id-error"' in answer.get_data(as_text=True)
    answer = post(client, "/staff/bank/new", TYPED | {"external_id": "Law-001"})
    assert answer.status_code == 200 and "LAW-001" in text(answer).split('id="external_id-error"')[1][:500]
    assert db.session.scalar(db.select(db.func.count()).select_from(Item)) == 2


def test_an_approved_version_cannot_be_edited_by_its_address(client, author, approver, waiting, clock):
    with transaction():
        decisions.approve(queries.get_version(waiting[0].id), by=approver, now=clock())
    sign_in(client, author)
    assert client.get(f"/staff/bank/versions/{waiting[0].id}/edit").status_code == 409
    assert post(client, f"/staff/bank/versions/{waiting[0].id}/edit", TYPED).status_code == 409


def test_a_new_version_opens_in_its_editor_with_the_content_of_the_old_one(client, author, approver, waiting, clock):
    with transaction():
        decisions.approve(queries.get_version(waiting[0].id), by=approver, now=clock())
    sign_in(client, author)
    answer = post(client, f"/staff/bank/items/{waiting[0].item_id}/versions")
    assert "LAW-001: программаны ким бекитет?" in page(client, answer.location)


@pytest.mark.parametrize(("role", "sees"), [
    (Role.ITEM_APPROVER, True), (Role.TEST_ADMINISTRATOR, False),
])  # fmt: skip
def test_the_key_is_marked_for_approvers_and_not_for_strangers(client, make, waiting, role, sees):
    sign_in(client, make.user(role))
    assert marks_key(page(client, f"/staff/bank/items/{waiting[0].item_id}")) is sees
    assert entries("item.key_opened") == int(sees)


def test_the_author_sees_the_key_of_their_own_question_and_each_look_is_recorded_once(client, author, waiting):
    sign_in(client, author)
    for looks in (1, 2):
        assert marks_key(page(client, f"/staff/bank/items/{waiting[0].item_id}"))
        assert entries("item.key_opened") == looks


def test_what_an_editor_does_not_send_is_not_filled_up_from_the_sealed_key(client, author, clock):
    with transaction():
        version_id = items.create_item(draft(), rationale="КУПУЯ СЕБЕП", by=author, now=clock()).id
    sign_in(client, author)
    path = f"/staff/bank/versions/{version_id}/edit"
    assert marked(client.get(path).get_data(as_text=True)) and entries("item.key_opened") == 1
    html = post(client, path, {"do": "preview"}, page="/staff/account").get_data(as_text=True)
    assert 'name="correct"' in html and not marked(html) and "КУПУЯ СЕБЕП" not in html
    assert entries("item.key_opened") == 1


def test_whoever_may_not_see_a_key_does_not_write_in_the_question(client, make, author, waiting, approver, clock):
    approve_first(waiting, approver, clock)
    with transaction():
        draft_id = items.create_item(draft("LAW-003"), by=author, now=clock()).id
    sign_in(client, make.user(Role.ITEM_AUTHOR, Role.TEST_ADMINISTRATOR))
    version = f"/staff/bank/versions/{draft_id}"
    item = db.session.get_one(ItemVersion, draft_id).item_id
    html = page(client, f"/staff/bank/items/{item}")
    assert f"{version}/edit" not in html and f"{version}/submit" not in html
    assert client.get(f"{version}/edit").status_code == 403
    for path in ("edit", "autosave", "submit", "enemies"):
        assert post(client, f"{version}/{path}", TYPED | {"do": "preview"}, page="/staff/account").status_code == 403
    assert post(client, f"/staff/bank/items/{waiting[0].item_id}/versions", page="/staff/account").status_code == 403
    chosen = {"act": "submit", "version": str(draft_id)}
    assert post(client, "/staff/bank/bulk", chosen, page="/staff/account").status_code == 303  # nothing of theirs
    assert entries("item.key_opened") == 0


def test_words_that_changed_since_they_were_read_are_not_decided_on(browser, author, approver, waiting, clock):
    read, where = browser(approver), f"/staff/bank/versions/{waiting[0].id}"
    seen = {
        path: re.findall(r'name="edition" value="([^"]+)"', read.get(path).get_data(as_text=True))
        for path in (f"/staff/bank/items/{waiting[0].item_id}", "/staff/bank/queue")
    }
    with transaction():
        version = queries.get_version(waiting[0].id)
        decisions.return_version(version, "Тактаңыз", by=db.session.merge(approver), now=clock())
    with transaction():
        version = queries.get_version(waiting[0].id)
        items.edit_version(version, draft(key=(0,)), by=db.session.merge(author), now=clock())
        items.submit(version, by=db.session.merge(author), now=clock())
    one, many = seen.values()
    assert (len(one), len(many)) == (1, 2)
    chosen = {"version": [str(version.id) for version in waiting]}
    for path, given in (
        (f"{where}/approve", CHECKED | {"edition": one}), (f"{where}/return", {"comment": "Жок", "edition": one}),
        ("/staff/bank/queue", chosen | CHECKED | {"edition": many}),
    ):  # fmt: skip
        answer = post(read, path, given, page="/staff/account")
        assert answer.status_code == 409
    assert set(statuses().values()) == {ItemStatus.IN_REVIEW}
    again = re.findall(r'name="edition" value="([^"]+)"', read.get("/staff/bank/queue").get_data(as_text=True))
    assert post(read, "/staff/bank/queue", chosen | CHECKED | {"edition": again}).status_code == 303
    assert set(statuses().values()) == {ItemStatus.APPROVED}


def test_a_decision_that_does_not_say_what_was_read_is_not_taken_and_nothing_typed_is_lost(client, approver, waiting):
    sign_in(client, approver)
    client.get("/staff/account?lang=en")
    where, chosen = f"/staff/bank/versions/{waiting[0].id}", {"version": [str(version.id) for version in waiting]}
    said = {"comment": "Булагы так, тили да так."}
    for path, given in (
        (f"{where}/approve", CHECKED | said), (f"{where}/return", said), ("/staff/bank/queue", CHECKED | said | chosen),
        ("/staff/bank/queue", CHECKED | said | chosen | {"edition": editions(waiting[0].id)}),
        (f"{where}/approve", CHECKED | said | {"edition": f"{waiting[0].id} "}),
    ):  # fmt: skip
        answer = post(client, path, given)
        assert answer.status_code == 409
        assert "The question changed or the page is old: open it again. Question: LAW-00" in text(answer)
        assert said["comment"] in text(answer) and 'name="edition"' in text(answer)
        assert not re.search(r'name="points"[^>]*checked|checked[^>]*name="points"', text(answer))
    assert set(statuses().values()) == {ItemStatus.IN_REVIEW}
    unread = post(client, f"{where}/approve", {"points": ["fair"]})  # neither all points nor the mark: both are said
    assert "open it again" in text(unread) and 'id="points-error"' in text(unread)


def test_what_was_ticked_on_the_queue_is_kept_where_the_words_are_still_those_that_were_read(
    client, approver, waiting, clock
):
    sign_in(client, approver)
    ids = [version.id for version in waiting]
    chosen = CHECKED | {"version": [str(one) for one in ids], "edition": editions(*ids)}
    clock.advance(timedelta(minutes=1))
    with transaction():
        queries.get_version(ids[0]).edited_at = clock()
    html = text(post(client, "/staff/bank/queue", chosen))
    ticked = re.findall(r'name="version" value="([^"]+)" id="v\d+" checked', html)
    assert ticked == [str(ids[1])] and set(statuses().values()) == {ItemStatus.IN_REVIEW}


def test_the_preview_has_no_key(client, author, waiting):
    sign_in(client, author)
    for language, stem in (("ky", "программаны ким бекитет?"), ("ru", "кто утверждает программу?")):
        html = page(client, f"/staff/bank/versions/{waiting[0].id}/preview?language={language}")
        assert stem in html
        assert "checked" not in html
        assert not marks_key(html)
    assert entries("item.key_opened") == 0


def test_after_a_decision_the_approver_is_taken_to_the_next_question(client, approver, waiting):
    sign_in(client, approver)
    first, second = waiting
    answer = post(client, f"/staff/bank/versions/{first.id}/approve", CHECKED | {"edition": editions(first.id)})
    assert answer.location.startswith(f"/staff/bank/items/{second.item_id}")
    said = {"comment": "Котормону тактаңыз", "edition": editions(second.id)}
    answer = post(client, f"/staff/bank/versions/{second.id}/return", said)
    assert answer.location == "/staff/bank/queue"
    assert statuses() == {"LAW-001": ItemStatus.APPROVED, "LAW-002": ItemStatus.RETURNED}
    assert "Nothing waits for you" in page(client, "/staff/bank/queue")


def test_a_return_without_a_comment_comes_back_with_the_question(client, approver, waiting):
    sign_in(client, approver)
    answer = post(client, f"/staff/bank/versions/{waiting[0].id}/return", {"comment": " "})
    assert answer.status_code == 200
    assert 'id="comment-error"' in answer.get_data(as_text=True)
    assert statuses()["LAW-001"] == ItemStatus.IN_REVIEW


def test_ticked_questions_are_approved_together(client, approver, waiting):
    sign_in(client, approver)
    ids = [version.id for version in waiting]
    post(client, "/staff/bank/queue", CHECKED | {"version": [str(one) for one in ids], "edition": editions(*ids)})
    assert set(statuses().values()) == {ItemStatus.APPROVED}


def test_one_person_with_both_duties_cannot_approve_their_own_question_even_by_address(client, make, clock):
    make.sub_topic()
    both = make.user(Role.ITEM_AUTHOR, Role.ITEM_APPROVER)
    with transaction():
        version = items.create_item(draft(), by=both, now=clock())
        items.submit(version, by=both, now=clock())
        version_id = version.id
    sign_in(client, both)
    assert "LAW-001" not in page(client, "/staff/bank/queue")
    read = CHECKED | {"edition": editions(version_id)}
    assert post(client, f"/staff/bank/versions/{version_id}/approve", read).status_code == 409
    assert post(client, "/staff/bank/queue", read | {"version": [str(version_id)]}).status_code == 409
    assert statuses() == {"LAW-001": ItemStatus.IN_REVIEW}
    assert entries("refused") == 2


def test_the_list_is_narrowed_by_its_address(client, author, waiting, approver, clock):
    with transaction():
        decisions.approve(queries.get_version(waiting[0].id), by=approver, now=clock())
    sign_in(client, author)
    for query, found in (
        ("", {"LAW-001", "LAW-002"}), ("status=approved", {"LAW-001"}), ("status=in_review", {"LAW-002"}),
        ("text=law-002", {"LAW-002"}), ("difficulty=5", set()), ("area=law/documents", {"LAW-001", "LAW-002"}),
        ("area=no-such", set()), ("retired=y", set()), ("page=x&difficulty=abc&status=zzz", {"LAW-001", "LAW-002"}),
    ):  # fmt: skip
        html = page(client, f"/staff/bank/?{query}")
        assert {name for name in ("LAW-001", "LAW-002") if f">{name}</a>" in html} == found, query


def test_a_longer_list_takes_no_more_cost(client, author, make, clock):
    make.items(2)
    sign_in(client, author)
    few = cost(client, "/staff/bank/")
    make.items(23)
    assert len(listing.items_page(listing.ItemFilter(), 1).items) == 25
    assert cost(client, "/staff/bank/") == few <= 12


def test_a_longer_form_takes_no_more_cost(client, make):
    forms = [make.forms(make.specification(items=count, cut_score=2))[0].id for count in (3, 12)]
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    short, long = (cost(client, f"/staff/tests/forms/{form_id}") for form_id in forms)
    assert short == long


def test_a_longer_queue_takes_no_more_cost(client, make, approver, clock):
    make.sub_topic()
    sign_in(client, approver)
    lengths = []
    for start in (0, 10):
        by = make.user(Role.ITEM_AUTHOR)
        with transaction():
            for n in range(start, start + 10):
                items.submit(items.create_item(draft(f"Q-{n:02}"), by=by, now=clock()), by=by, now=clock())
        lengths.append(cost(client, "/staff/bank/queue"))
    assert lengths[0] == lengths[1]


def choose(client, data: bytes, name: str = "bank.xlsx"):
    return post(client, "/staff/bank/import", {"file": (BytesIO(data), name)})


def test_a_file_is_checked_first_and_comes_in_after_the_decision(client, author):
    sign_in(client, author)
    answer = choose(client, xlsx(draft("LAW-001"), draft("LAW-002")))
    assert answer.status_code == 303
    assert "Checked only: nothing has been imported yet." in page(client, answer.location)
    assert statuses() == {}
    post(client, answer.location, {"submit_at_once": "y"})
    assert set(statuses().values()) == {ItemStatus.IN_REVIEW}
    assert db.session.scalar(db.select(db.func.count()).select_from(BankUpload)) == 0
    assert client.get(answer.location).status_code == 410


def test_a_file_with_faults_names_each_and_needs_a_decision_to_keep_the_good_part(client, author):
    sign_in(client, author)
    where = choose(client, xlsx(draft("LAW-001"), draft("LAW-002", key=()))).location
    html = page(client, where)
    assert "Row: 3" in html
    assert "No option is marked correct" in html
    assert post(client, where).status_code == 200
    assert statuses() == {}
    assert post(client, where, {"keep_good": "y"}).status_code == 303
    assert statuses() == {"LAW-001": ItemStatus.DRAFT}


def test_a_file_that_is_no_workbook_is_explained(client, author):
    sign_in(client, author)
    html = page(client, choose(client, b"PK not really").location)
    assert "The file cannot be imported" in html


def test_a_file_of_another_person_is_not_there(client, author, make):
    sign_in(client, author)
    where = choose(client, xlsx(draft())).location
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    assert client.get(where).status_code == 404


def test_a_file_of_an_unknown_kind_is_refused(client, author):
    sign_in(client, author)
    answer = choose(client, b"x", "bank.pdf")
    assert answer.status_code == 200
    assert 'id="file-error"' in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(BankUpload)) == 0


def test_subject_areas_are_added_renamed_and_taken_out_of_use(client, make):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    names = {"name_ky": "Психология", "name_ru": "Психология", "name_en": "Psychology"}
    post(client, "/staff/bank/subjects/new", names | {"code": "psychology"})
    again = post(client, "/staff/bank/subjects/new", names | {"code": "psychology", "name_en": "Typed again"})
    assert 'id="code-error"' in again.get_data(as_text=True)
    assert "Typed again" in again.get_data(as_text=True)
    assert "code-error" in post(client, "/staff/bank/subjects/new", names | {"code": "Көп сөз"}).get_data(as_text=True)
    area = queries.subject_areas()[0]
    post(client, f"/staff/bank/subjects/{area.id}/new", names | {"code": "motivation"})
    post(client, f"/staff/bank/subjects/{area.id}", names | {"name_en": "Psychology of learning"})
    assert "Psychology of learning" in page(client, "/staff/bank/subjects")
    db.session.rollback()
    topic = queries.subject_areas()[0].sub_topics[0]
    post(client, f"/staff/bank/topics/{topic.id}/use", {"active": "0"})
    db.session.rollback()
    assert not queries.subject_areas()[0].sub_topics[0].is_active


def test_a_blueprint_that_the_bank_cannot_fill_names_each_shortage_and_keeps_what_was_typed(client, make):
    make.items(2)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    typed = {"title": "Чоң план", "cell-law-3": "5", "cell-law-1": "1", "do": "save"}
    html = text(post(client, "/staff/tests/blueprints/new?lang=en", typed))
    assert "difficulty: 3. Needed: 5, approved in the bank: 2" in html
    assert "difficulty: 1. Needed: 1, approved in the bank: 0" in html
    assert 'value="Чоң план"' in html
    assert re.search(r'name="cell-law-3" value="5"[^>]*aria-invalid', html)
    assert queries.blueprints() == []
    assert post(client, "/staff/tests/blueprints/new", typed | {"do": "save-short"}).status_code == 303
    db.session.rollback()
    assert [blueprint.items for blueprint in queries.blueprints()] == [6]


def test_a_cell_of_more_digits_than_a_number_has_is_said_at_its_place(client, make):
    make.items(2)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    typed = {"title": "План", "cell-law-2": "7" * 5000, f"cell-law-{'3' * 5000}": "1", "do": "save"}
    html = text(post(client, "/staff/tests/blueprints/new?lang=en", typed))
    assert re.search(r'name="cell-law-2" value="7{5000}"[^>]*aria-invalid', html)
    assert queries.blueprints() == []


def test_checking_a_blueprint_saves_nothing_and_a_row_for_a_sub_topic_can_be_added(client, make):
    make.items(2)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    typed = {"title": "План", "cell-law-3": "2"}
    check = typed | {"do": "check", "add_row": "law/documents"}
    html = text(post(client, "/staff/tests/blueprints/new?lang=en", check))
    assert "The bank can fill every cell." in html
    assert 'name="cell-law/documents-3"' not in html
    added = text(post(client, "/staff/tests/blueprints/new?lang=en", typed | {"do": "add", "add_row": "law/documents"}))
    assert 'name="cell-law/documents-3"' in added
    assert queries.blueprints() == []


def test_where_questions_are_enemies_a_blueprint_says_that_they_are_not_counted(client, make):
    make.approved([draft("LAW-002"), draft("LAW-003", difficulty=4)])
    make.approved([draft("LAW-001", enemies=("LAW-002",))])
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    pages = {}
    for level in (3, 4):
        typed = {"title": f"План {level}", f"cell-law-{level}": "1"}
        pages[f"check {level}"] = post(client, "/staff/tests/blueprints/new?lang=en", typed | {"do": "check"})
        saved = post(client, "/staff/tests/blueprints/new", typed | {"do": "save"})
        pages[f"page {level}"] = client.get(saved.location + "?lang=en")
    seen = {name: re.sub(r"<p[^>]* hidden>.*?</p>", "", text(page)) for name, page in pages.items()}
    enough, filled = "There are enough questions for every cell, enemies not counted.", "The bank can fill every cell."
    finds = "Enemies that may not stand together can make it fewer: the draw finds out."
    for name, page in seen.items():
        found = [sentence in page for sentence in (enough, finds, filled)]
        assert found == ([True, True, False] if name.endswith("3") else [False, False, True]), name
    assert 'data-enemies="[&#34;law-3&#34;]"' in pages["check 4"].get_data(as_text=True)
    listed = text(client.get("/staff/tests/blueprints?lang=en"))
    assert listed.count("enough, enemies not counted") == listed.count("fills every cell") == 1


@pytest.mark.parametrize("typed", ["-1", "x", "1.5", "1000", "²"])
def test_a_cell_that_is_no_count_is_said_and_stays_typed(client, make, typed):
    make.items(2)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    html = text(post(client, "/staff/tests/blueprints/new", {"title": "План", "cell-law-3": typed, "do": "save"}))
    assert f'name="cell-law-3" value="{typed}"' in html
    assert queries.blueprints() == []


@pytest.fixture
def blueprint(make, clock):
    """Id of a blueprint of four questions that the bank can fill."""
    make.items(4)
    by = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        return blueprints.create_blueprint("Негизги", [Cell("law", 3, 4)], by=by, now=clock()).id


def terms(blueprint_id: UUID) -> dict[str, object]:
    return {
        "title_ky": "Негизги тестирлөө", "title_ru": "Основное тестирование", "blueprint": str(blueprint_id),
        "minutes": "60", "points": "1", "cut_score": "3", "navigation": "forward", "languages": ["ky", "ru"],
    }  # fmt: skip


@pytest.mark.parametrize(("changed", "field"), [
    ({"cut_score": "5"}, "cut_score"), ({"cut_score": "0"}, "cut_score"), ({"cut_score": "x"}, "cut_score"),
    ({"minutes": "0"}, "minutes"), ({"minutes": "601"}, "minutes"), ({"languages": []}, "languages"),
    ({"title_ky": " "}, "title_ky"), ({"blueprint": "no-such"}, "blueprint"),
])  # fmt: skip
def test_a_specification_out_of_bounds_is_said_at_its_field_and_nothing_typed_is_lost(
    client, make, blueprint, changed, field
):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    answer = post(client, "/staff/tests/specifications/new", terms(blueprint) | changed)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'id="{field}-error"' in html
    assert "Основное тестирование" in html
    assert db.session.scalar(db.select(db.func.count()).select_from(TestSpecification)) == 0


def test_from_draft_to_sealed_variants(client, make, blueprint, clock):
    admin, officer = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
    sign_in(client, admin)
    where = post(client, "/staff/tests/specifications/new", terms(blueprint)).location
    assert post(client, f"{where}/submit").status_code == 303
    assert post(client, f"{where}/approve", {"act_number": "1", "act_on": "2026-11-28"}).status_code == 403
    assert post(client, f"{where}/draws", {"count": "2"}).status_code == 409
    sign_in(client, officer)
    tomorrow = post(client, f"{where}/approve", {"act_number": "214-п", "act_on": "2026-11-29"})
    assert 'id="act_on-error"' in tomorrow.get_data(as_text=True)
    assert "214-п" in tomorrow.get_data(as_text=True)
    assert post(client, f"{where}/approve", {"act_number": "214-п", "act_on": "2026-11-28"}).status_code == 303
    sign_in(client, admin)
    assert client.get(f"{where}/edit").status_code == 409
    assert 'id="count-error"' in post(client, f"{where}/draws", {"count": "21"}).get_data(as_text=True)
    drawn = post(client, f"{where}/draws", {"count": "2", "shared": ""}).location
    assert post(client, f"{drawn}/seal").status_code == 303
    db.session.rollback()
    found = db.session.scalars(db.select(TestSpecification)).one()
    assert (found.status, len(found.forms)) == (SpecificationStatus.APPROVED, 2)
    digest = found.forms[0].digest.hex()
    assert digest[:4].upper() in page(client, where)


def test_an_approval_needs_a_fresh_proof_of_identity(client, make, blueprint, clock):
    admin, officer = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
    with transaction():
        found = queries.get_blueprint(blueprint)
        made = specifications.create_specification(found, Terms("к", "р", 60, 3), by=admin, now=clock())
        specifications.submit_specification(made, by=admin, now=clock())
        where = f"/staff/tests/specifications/{made.id}"
    sign_in(client, officer)
    clock.advance(REAUTHENTICATION_LASTS + timedelta(seconds=1))
    post(client, f"{where}/approve", {"act_number": "1", "act_on": "2026-11-28"})
    db.session.rollback()
    assert db.session.scalars(db.select(TestSpecification)).one().status == SpecificationStatus.SUBMITTED


def test_the_page_of_a_sealed_form_has_questions_for_administrators_and_keys_for_nobody(client, make):
    [form] = make.forms(make.specification())
    where = f"/staff/tests/forms/{form.id}"
    stem, option_id = form.items[0].version.stem_ky, form.items[0].option_ids[0]
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    html = page(client, where)
    assert stem in html
    assert option_id not in html
    assert not marks_key(html)
    assert entries("form.questions_shown") == 1
    for role in (Role.AUTHORITY_OFFICER, Role.AUDITOR):
        sign_in(client, make.user(role))
        html = page(client, where)
        assert "?" not in re.sub(r'"[^"]*"', "", html.split("<main", 1)[1].split("</main>")[0])
    assert entries("form.questions_shown") == 1


def test_the_digest_of_a_form_is_recomputed_and_an_altered_key_is_found(client, make):
    from question_bank import sealing

    [form] = make.forms(make.specification())
    form_id, where = form.id, f"/staff/tests/forms/{form.id}"
    sign_in(client, make.user(Role.AUDITOR))
    post(client, f"{where}/verify?lang=en")
    assert "The digest holds" in page(client, where)
    db.session.rollback()
    with transaction():
        version = db.session.get_one(TestForm, form_id).items[0].version
        version.key_sealed = sealing.seal_key(version.id, version.kind, [3])
    post(client, f"{where}/verify?lang=en")
    assert "does NOT hold" in page(client, where)


def test_the_home_page_says_what_waits_for_a_decision(client, make, approver, waiting, blueprint, clock):
    admin, officer = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
    with transaction():
        found = queries.get_blueprint(blueprint)
        made = specifications.create_specification(found, Terms("к", "р", 60, 3), by=admin, now=clock())
        specifications.submit_specification(made, by=admin, now=clock())
    sign_in(client, approver)
    assert "Questions waiting for your decision: 2" in page(client, "/staff/")
    sign_in(client, officer)
    assert "Specifications waiting for your decision: 1" in page(client, "/staff/")


def test_every_page_of_the_room_opens_in_each_language(client, make, waiting, blueprint):
    specification = make.specification()
    everyone = make.user(*(Role.ITEM_AUTHOR, Role.ITEM_APPROVER, Role.TEST_ADMINISTRATOR))
    sign_in(client, everyone)
    paths = [
        "bank/", "bank/new", "bank/queue", "bank/import", "bank/export", "bank/subjects", "bank/subjects/new",
        f"bank/items/{waiting[0].item_id}", f"bank/items/{waiting[0].item_id}/retire", "bank/template.xlsx",
        "tests/", "tests/blueprints", "tests/blueprints/new", f"tests/blueprints/{blueprint}",
        f"tests/blueprints/{blueprint}/edit", "tests/specifications/new", f"tests/specifications/{specification.id}",
    ]  # fmt: skip
    for path in paths:
        for language in ("ky", "ru", "en"):
            assert client.get(f"/staff/{path}?lang={language}").status_code == 200, path
