"""The list's page, filters kept by name, many questions at once, and imports as a browser without script sees them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest

from accounts.rules import Role
from core import background
from core.db import db, transaction
from question_bank.models import ItemVersion, SubTopic
from question_bank.rules import ItemStatus
from question_bank.services import checking, importing, items
from question_bank.work_models import BankImport, ImportState, SavedFilter
from tests.life_scene import question
from tests.services.bank_files import draft, xlsx
from tests.web.signing_in import post, sign_in


def text(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


@pytest.fixture
def bank(author, clock):
    """Three drafts of ``author``."""
    with transaction():
        for n in (1, 2, 3):
            items.create_item(question(n, difficulty=n), by=author, now=clock())


def shown(client, query: str) -> list[str]:
    html = client.get(f"/staff/bank/?{query}&lang=en").get_data(as_text=True)
    return [name for name in sorted(("LAW-001", "LAW-002", "LAW-003"), key=html.find) if f">{name}</a>" in html]


def test_columns_are_sorted_by_their_links_and_the_page_says_how(client, author, bank):
    sign_in(client, author)
    assert shown(client, "sort=difficulty&order=down") == ["LAW-003", "LAW-002", "LAW-001"]
    html = client.get("/staff/bank/?sort=difficulty&text=law&lang=en").get_data(as_text=True)
    assert 'aria-sort="ascending"' in html
    assert "text=law" in html.split("aria-sort")[1][:300]


def test_a_day_that_cannot_be_understood_is_said_at_its_field_and_narrows_nothing(client, author, bank):
    sign_in(client, author)
    answer = client.get("/staff/bank/?edited_from=32.13.2026&lang=en")
    assert 'id="edited_from-error"' in answer.get_data(as_text=True)
    assert len(shown(client, "edited_from=32.13.2026")) == 3


def test_questions_of_a_sub_topic_out_of_use_are_still_chosen_by_it(client, author, bank, make):
    make.sub_topic(code="labour")
    with transaction():
        db.session.scalars(db.select(SubTopic).where(SubTopic.code == "documents")).one().is_active = False
    sign_in(client, author)
    html = client.get("/staff/bank/?area=law/documents&lang=en").get_data(as_text=True)
    assert re.search(r'<option selected value="law/documents">Sub-topic · Out of use</option>', html)
    assert re.search(r'<option value="law/labour">Sub-topic</option>', html)
    assert len(shown(client, "area=law/documents")) == 3


def test_a_filter_is_kept_opens_the_list_and_is_deleted(client, author, bank):
    sign_in(client, author)
    saved = post(client, "/staff/bank/filters?difficulty=2&page=1", {"name": "Экинчи", "is_default": "y"})
    assert saved.location.endswith("/staff/bank/?difficulty=2")
    assert client.get("/staff/bank/").location.endswith("?difficulty=2")
    assert len(shown(client, "all=1")) == 3
    [found] = db.session.scalars(db.select(SavedFilter))
    post(client, f"/staff/bank/filters/{found.id}/default")
    assert client.get("/staff/bank/").status_code == 200
    post(client, f"/staff/bank/filters/{found.id}/delete")
    db.session.rollback()
    assert db.session.scalars(db.select(SavedFilter)).all() == []


def test_a_default_filter_that_narrows_nothing_shows_the_list(client, author, bank):
    sign_in(client, author)
    post(client, "/staff/bank/filters", {"name": "Баары", "is_default": "y"})
    assert client.get("/staff/bank/").status_code == 200


@pytest.mark.parametrize("query", ["edited_to=31.12.9999", "approved_to=9999-12-31", "edited_from=01.01.0001"])
def test_a_day_of_another_century_is_said_at_its_field_and_narrows_nothing(client, author, bank, query):
    sign_in(client, author)
    answer = client.get(f"/staff/bank/?{query}&lang=en")
    assert "The year must be between 2000 and 2100" in text(answer)
    assert len(shown(client, query)) == 3
    sought = post(client, f"/staff/bank/bulk?{query}", {"act": "submit", "scope": "all"})
    assert sought.status_code == 200


@pytest.mark.parametrize(
    ("act", "name", "value"),
    [
        ("difficulty", "difficulty", "abc"), ("difficulty", "difficulty", "9"), ("sub_topic", "sub_topic", "zz/zz"),
        ("sub_topic", "sub_topic", "law/documents"), ("suspend", "suspension", "zz"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_on_the_list_is_said_at_its_field_and_changes_nothing(
    client, author, approver, bank, act, name, value
):
    ticked = ids()
    with transaction():
        db.session.scalars(db.select(SubTopic).where(SubTopic.code == "documents")).one().is_active = False
    sign_in(client, approver if act == "suspend" else author)
    for where in ("bulk", "bulk/act"):
        wanted = {"act": act, "version": ticked, "preview": "1", name: value, "comment": "Себеп"}
        answer = post(client, f"/staff/bank/{where}", wanted)
        assert (answer.status_code, f'id="{name}-error"' in answer.get_data(as_text=True)) == (200, True)
    assert statuses() == {ItemStatus.DRAFT}


def test_a_shared_filter_is_seen_by_the_role_and_changed_by_nobody_else(client, author, make, bank):
    sign_in(client, author)
    post(client, "/staff/bank/filters?difficulty=2", {"name": "Жалпы", "is_shared": "y"})
    post(client, "/staff/bank/filters?difficulty=3", {"name": "Өзүмдүкү"})
    ids = {found.name: found.id for found in db.session.scalars(db.select(SavedFilter))}
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    html = text(client.get("/staff/bank/?all=1"))
    assert ("Жалпы" in html, "Өзүмдүкү" in html) == (True, False)
    assert post(client, f"/staff/bank/filters/{ids['Жалпы']}/delete").status_code == 404
    sign_in(client, make.user(Role.ITEM_APPROVER))
    assert "Жалпы" not in text(client.get("/staff/bank/?all=1"))


def test_a_filter_without_a_name_is_said_at_its_field(client, author, bank):
    sign_in(client, author)
    answer = post(client, "/staff/bank/filters?difficulty=2", {"name": " "})
    assert answer.status_code == 200
    assert 'id="name-error"' in answer.get_data(as_text=True)


def statuses() -> set[ItemStatus]:
    db.session.rollback()
    return set(db.session.scalars(db.select(ItemVersion.status)))


def ids() -> list[str]:
    db.session.rollback()
    return [str(one) for one in db.session.scalars(db.select(ItemVersion.id).order_by(ItemVersion.difficulty))]


def digest(html: str) -> str:
    return html.split('name="digest" value="')[1].split('"')[0]


def test_ticked_questions_are_previewed_and_then_submitted(client, author, bank):
    sign_in(client, author)
    preview = post(client, "/staff/bank/bulk?lang=en", {"act": "submit", "version": ids()[:2]})
    html = text(preview)
    assert "LAW-001" in html and "LAW-003" not in html
    assert statuses() == {ItemStatus.DRAFT}
    done = post(client, "/staff/bank/bulk/act", {"act": "submit", "version": ids()[:2], "digest": digest(html)})
    assert done.status_code == 303
    assert statuses() == {ItemStatus.DRAFT, ItemStatus.IN_REVIEW}


def test_all_that_are_found_are_meant_and_the_value_is_asked_for_first(client, author, bank):
    sign_in(client, author)
    where = "/staff/bank/bulk?difficulty=2&lang=en"
    assert 'name="source"' in text(post(client, where, {"act": "source", "scope": "all"}))
    empty = post(client, where, {"act": "source", "scope": "all", "preview": "1", "source": ""})
    assert 'id="source-error"' in empty.get_data(as_text=True)
    html = text(post(client, where, {"act": "source", "scope": "all", "preview": "1", "source": "Мыйзам"}))
    wanted = {"act": "source", "scope": "all", "source": "Мыйзам", "digest": digest(html)}
    assert post(client, "/staff/bank/bulk/act?difficulty=2", wanted).status_code == 303
    db.session.rollback()
    found = dict(db.session.execute(db.select(ItemVersion.difficulty, ItemVersion.source)).all())
    assert (found[1], found[2]) == ("Жобо, 38-пункт", "Мыйзам")


def test_what_is_refused_is_named_with_its_reason_and_left_out_only_where_that_is_ticked(client, author, bank, clock):
    with transaction():
        items.submit(
            db.session.scalars(db.select(ItemVersion).where(ItemVersion.difficulty == 1)).one(), by=author, now=clock()
        )
    sign_in(client, author)
    html = text(post(client, "/staff/bank/bulk?lang=en", {"act": "submit", "scope": "all"}))
    assert "This version is waiting for a decision" in html
    wanted = {"act": "submit", "scope": "all", "digest": digest(html)}
    assert post(client, "/staff/bank/bulk/act", wanted).status_code == 409
    assert post(client, "/staff/bank/bulk/act", wanted | {"keep_good": "y"}).status_code == 303
    assert statuses() == {ItemStatus.IN_REVIEW}


@pytest.mark.parametrize("wish", [{"act": "submit"}, {"act": "source", "source": "Мыйзам", "preview": "1"}])
def test_the_preview_in_another_language_is_of_the_same_questions_and_words(client, author, bank, wish):
    sign_in(client, author)
    for language in ("en", "ru"):
        page = post(client, f"/staff/bank/bulk?difficulty=2&lang={language}", wish | {"version": ids()[:2]})
        html = page.get_data(as_text=True)
        assert f'formaction="/staff/bank/bulk?difficulty=2&amp;lang={language}"' in html
        [meant] = re.findall(r'<form id="(?:asked|meant)".*?</form>', html, re.DOTALL)
        sent = dict(re.findall(r'name="(act|source|preview)"[^>]* value="([^"]*)"', meant))
        assert (sent, re.findall(r'name="version" value="([^"]*)"', meant)) == (wish, ids()[:2])
        assert f'<html lang="{language}"' in html and 'name="unread"' not in html


def test_words_not_typed_yet_are_not_missed_when_the_language_is_changed(client, author, bank):
    sign_in(client, author)
    wish = {"act": "source", "version": ids()[:2]}
    assert 'name="unread"' in post(client, "/staff/bank/bulk?lang=en", wish).get_data(as_text=True)
    html = post(client, "/staff/bank/bulk?lang=ru", wish | {"preview": "1", "unread": "1"}).get_data(as_text=True)
    assert 'id="source-error"' not in html and html.count('name="version"') == 2


def test_nothing_ticked_comes_back_to_the_list(client, author, bank):
    sign_in(client, author)
    assert post(client, "/staff/bank/bulk?difficulty=2", {"act": "submit"}).location.endswith("?difficulty=2")


def upload(client, data: bytes, name: str = "bank.xlsx", **said: str) -> str:
    answer = post(client, "/staff/bank/import", {"file": (BytesIO(data), name), **said})
    return answer.location


def test_an_import_is_shown_until_its_end(app, client, author):
    sign_in(client, author)
    where = post(client, upload(client, xlsx(draft("LAW-001"), draft("LAW-002")))).location
    background.finish(app)
    assert "Imported questions: 2" in text(client.get(f"{where}?lang=en"))


def test_an_import_under_way_can_be_cancelled_and_reloads_without_script(app, client, author, clock, monkeypatch):
    monkeypatch.setattr(importing, "run", lambda _import_id: None)  # its thread has not come to it yet
    sign_in(client, author)
    where = post(client, upload(client, xlsx(draft()))).location
    html = client.get(f"{where}?lang=en").get_data(as_text=True)
    assert "The import is under way" in html
    assert '<noscript><meta http-equiv="refresh"' in html
    post(client, f"{where}/cancel")
    assert "is being cancelled" in text(client.get(f"{where}?lang=en"))
    clock.advance(importing.SILENT * 2)
    assert "The server stopped in the middle" in text(client.get(f"{where}?lang=en"))
    db.session.rollback()
    [found] = db.session.scalars(db.select(BankImport).where(BankImport.is_check.is_(False)))
    assert found.state == ImportState.INTERRUPTED


def test_an_import_of_another_person_is_not_there(app, client, author, make):
    sign_in(client, author)
    where = post(client, upload(client, xlsx(draft()))).location
    background.finish(app)
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    assert client.get(where).status_code == 404
    assert post(client, f"{where}/cancel").status_code == 404


def test_a_big_file_is_checked_in_the_background_with_progress_and_can_be_cancelled(
    app, client, author, clock, monkeypatch
):
    monkeypatch.setattr(checking, "AT_ONCE", 0)
    run = checking.run
    monkeypatch.setattr(checking, "run", lambda _check_id: None)  # its thread has not come to it yet
    sign_in(client, author)
    where = upload(client, xlsx(draft()))
    progress = client.get(where).location
    html = client.get(f"{progress}?lang=en").get_data(as_text=True)
    assert "The file is being checked" in html and '<noscript><meta http-equiv="refresh"' in html
    assert client.get(f"{where}/faults.txt").status_code == 404
    post(client, f"{progress}/cancel")
    assert "The check is being cancelled" in text(client.get(f"{progress}?lang=en"))
    db.session.rollback()
    run(db.session.scalars(db.select(BankImport.id)).one())
    assert "The check was cancelled" in text(client.get(f"{progress}?lang=en"))
    monkeypatch.setattr(checking, "run", run)
    clock.advance(timedelta(seconds=1))
    post(client, f"{where}/check")
    background.finish(app)
    assert "Checked only: nothing has been imported yet." in text(client.get(f"{where}?lang=en"))
    db.session.rollback()
    done = db.session.scalars(db.select(BankImport.id).where(BankImport.state == ImportState.DONE)).one()
    assert client.get(f"/staff/bank/imports/{done}").location.endswith(where)  # where its progress page goes on to


def test_a_check_that_the_server_did_not_end_is_made_again(app, client, author, clock, monkeypatch):
    run = checking.run
    monkeypatch.setattr(checking, "run", lambda _check_id: None)
    sign_in(client, author)
    where = upload(client, xlsx(draft()))
    clock.advance(importing.SILENT * 2)
    assert "The server stopped in the middle of the check" in text(client.get(f"{client.get(where).location}?lang=en"))
    monkeypatch.setattr(checking, "run", run)
    assert post(client, f"{where}/check").location.endswith(where)
    background.finish(app)
    assert client.get(where).status_code == 200


def test_a_file_is_kept_while_what_it_lacks_is_asked_for_at_the_fields(app, client, author):
    sign_in(client, author)
    plain = "Ким бекитет?\nA. Кеңеш\nB. Орган\nANSWER: B\n".encode()
    answer = post(client, "/staff/bank/import?lang=en", {"file": (BytesIO(plain), "bank.txt"), "difficulty": "4"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'id="prefix-error"' in html and 'id="sub_topic-error"' in html and 'id="file-error"' not in html
    assert "The file is kept: bank.txt" in html and '<option selected value="4">' in html
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', html)[1]
    said = {"kept": kept, "sub_topic": "law/documents", "difficulty": "4", "prefix": "AIK"}
    where = post(client, "/staff/bank/import", said).location
    assert ">1</dd>" in client.get(f"{where}?lang=en").get_data(as_text=True)
    sign_in(client, author)
    assert 'id="file-error"' in post(client, "/staff/bank/import", {"kept": "x"}).get_data(as_text=True)


def test_a_kept_file_of_another_person_is_not_there(client, author, make):
    sign_in(client, author)
    answer = post(client, "/staff/bank/import", {"file": (BytesIO(b"a?\nA) b\nB) c\nANSWER: A\n"), "bank.txt")})
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', answer.get_data(as_text=True))[1]
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    said = {"kept": kept, "sub_topic": "law/documents", "prefix": "AIK"}
    assert 'id="file-error"' in post(client, "/staff/bank/import", said).get_data(as_text=True)


def test_each_format_asks_only_for_what_its_files_cannot_say(client, author):
    sign_in(client, author)
    html = client.get("/staff/bank/import").get_data(as_text=True)
    asked = json.loads(unescape(re.search(r'data-asked="([^"]+)"', html)[1]))
    assert asked["xlsx"] == asked[".xlsx"] == [] and "prefix" in asked["word"] and "language" in asked[".docx"]
    assert set(re.findall(r'data-asks="([^"]+)"', html)) == set(asked["word"]) - {"sub_topic"}


def test_what_a_plain_file_does_not_say_is_asked_for(app, client, author):
    sign_in(client, author)
    plain = "Ким бекитет?\nA. Кеңеш\nB. Орган\nANSWER: B\n".encode()
    where = upload(client, plain, "bank.txt", language="ky", sub_topic="law/documents", difficulty="4", prefix="AIK")
    post(client, where)
    background.finish(app)
    db.session.rollback()
    [version] = db.session.scalars(db.select(ItemVersion))
    assert (version.item.external_id, version.difficulty, version.stem_ky) == ("AIK-001", 4, "Ким бекитет?")
    assert shown(client, "all=1") == [] and "AIK-001" in text(client.get("/staff/bank/?gap=ru"))


def test_every_fault_can_be_taken_along(client, author):
    sign_in(client, author)
    where = upload(client, xlsx(draft("LAW-001"), draft("LAW-002", key=()), draft("LAW-003", difficulty=9)))
    lines = client.get(f"{where}/faults.txt?lang=en").get_data(as_text=True).splitlines()
    assert [line.split("\t")[:2] for line in lines[1:]] == [["Row: 3", "LAW-002"], ["Row: 4", "LAW-003"]]
    assert client.get(f"{where}/faults.xlsx").data[:2] == b"PK"
