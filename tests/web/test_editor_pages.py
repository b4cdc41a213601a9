"""Nothing typed is lost: files and texts too large, questions that changed in another window, races."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from accounts.models import User
from accounts.rules import Role
from core import uploads
from core.audit import AuditEntry
from core.db import db, transaction
from question_bank import queries
from question_bank.life import ReviewPoint
from question_bank.models import ItemVersion
from question_bank.rich_models import StoredMedium, WorkingCopy
from question_bank.rules import ItemKind
from question_bank.services import approvals, decisions, items
from tests.rich_scene import rich
from tests.web.controls import Controls
from tests.web.reading import page_of
from tests.web.signing_in import post, sign_in
from tests.web.test_rich_pages import NEW, TYPED, send, versions

PICTURE = {"do": "picture", "picture_place": "stem", "alternative_ky": "Үч бурчтук", "alternative_ru": "Треугольник"}
MIB = 2**20


def typed_in(answer) -> dict[str, list[str]]:
    return Controls(answer.get_data(as_text=True)).found


@pytest.fixture
def written(author, clock) -> ItemVersion:
    """A rich draft of ``author``."""
    with transaction():
        return items.create_item(rich(), by=author, now=clock())


@pytest.fixture
def decider(approver) -> UUID:
    """Who decides, by id: requests come between."""
    return approver.id


@pytest.fixture
def mine(client, author, written) -> tuple[str, dict[str, str]]:
    """The address of its editor and what the author has typed there and not saved."""
    sign_in(client, author)
    path = f"/staff/bank/versions/{written.id}/edit"
    fields = {name: values[0] for name, values in typed_in(client.get(path)).items()}
    return path, fields | {"stem_ky": "<p>Менин <b>жаңы</b> тексим</p>", "do": "save"}


# --- too large


@pytest.mark.parametrize("size", [MIB + 1, 21 * MIB])
def test_a_picture_that_is_too_large_is_refused_beside_its_field_and_the_text_stays(client, author, size):
    sign_in(client, author)
    answer = send(client, f"{NEW}?lang=en", TYPED | PICTURE, picture=(BytesIO(b"\x89PNG" + bytes(size)), "a.png"))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "1024 KiB" in html[html.index('id="picture-error"') :][:400]
    found = typed_in(answer)
    assert (found["stem_ky"], found["alternative_ru"]) == ([TYPED["stem_ky"]], ["Треугольник"])
    assert db.session.query(StoredMedium).count() == 0


def test_of_a_file_no_more_is_kept_than_tells_that_it_is_too_large(app):
    with app.test_request_context(method="POST", data={"a": (BytesIO(bytes(3 * MIB)), "a"), "b": "x"}) as context:
        context.request.file_bytes = 10
        assert len(context.request.files["a"].read()) == 11
        assert context.request.form["b"] == "x"


def test_a_text_that_is_too_long_is_shown_again_with_its_fault(client, author):
    sign_in(client, author)
    long = "ө" * (MIB // 2 - 1000)  # more than a form may have elsewhere
    answer = post(client, NEW, TYPED | {"stem_ru": f"<p>{long}</p>"})
    assert answer.status_code == 200 and 'id="stem_ru-error"' in answer.get_data(as_text=True)
    assert typed_in(answer)["stem_ky"] == [TYPED["stem_ky"]]


def test_what_cannot_even_be_read_leads_back_to_what_was_kept(client, author, monkeypatch):
    sign_in(client, author)
    copy = post(client, "/staff/bank/autosave", TYPED | {"revision": "0"}).json["copy"]
    monkeypatch.setattr(uploads, "BODY_BYTES", MIB)
    answer = send(client, f"{NEW}?copy={copy}", TYPED | PICTURE, picture=(BytesIO(bytes(2 * MIB)), "a.png"))
    assert answer.status_code == 303 and urlsplit(answer.location).query == f"copy={copy}"
    again = client.get(answer.location)
    assert typed_in(again)["stem_ky"] == [TYPED["stem_ky"]] and "c-note--bad" in again.get_data(as_text=True)
    assert send(client, "/staff/bank/autosave", TYPED, picture=(BytesIO(bytes(2 * MIB)), "a")).status_code == 413


@pytest.mark.parametrize("is_read", [True, False], ids=["within the bound", "beyond it"])
def test_what_is_too_large_is_read_to_its_end_so_that_the_browser_shows_the_answer(
    client, author, monkeypatch, is_read
):
    """Beyond a bound it is not: then the connection ends, and so does whatever the sender had in mind."""
    sign_in(client, author)
    sent, said = BytesIO(bytes(21 * MIB)), "multipart/form-data; boundary=x"
    if not is_read:
        monkeypatch.setattr(uploads, "DISCARDED_BYTES", 20 * MIB)
    answer = client.post("/staff/bank/import?lang=en", input_stream=sent, content_type=said)
    assert answer.status_code == 413 and "At most, in megabytes: 20" in page_of(answer)
    assert sent.tell() == (21 * MIB if is_read else 0)


# --- changed meanwhile


def test_what_another_has_saved_stands_beside_what_i_typed_word_by_word(client, make, written, mine, clock):
    path, fields = mine
    clock.advance(timedelta(minutes=1))
    with transaction():
        version = db.session.get_one(ItemVersion, written.id)
        other = rich(difficulty=5, stem_ru=rich().stem_ru.replace("какой", "чей"), source="Башка булак")
        items.edit_version(version, other, by=make.user(Role.ITEM_AUTHOR), now=clock())
    answer = post(client, f"{path}?lang=en", fields)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409 and typed_in(answer)["stem_ky"] == [fields["stem_ky"]]
    assert re.search(r"<del>.{0,140}only in the saved one: </span>чей<", html)
    assert re.search(r"<ins>.{0,140}only in yours: </span>какой<", html)
    assert "Башка булак" in html and "5 — very hard" in html and "yours takes the place" in html
    taken = post(client, path, fields | {"based_on": typed_in(answer)["based_on"][0]})
    assert taken.status_code == 303 and versions()[0].stem_ky == fields["stem_ky"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"key": (2,)}, "Different from yours and not shown here: The key"),
        ({"rationale": "Ачкычтын себеби"}, "Different from yours and not shown here: Why the key is right"),
        ({"difficulty": 5}, "5 — very hard"),
        ({"source": "Башка булак"}, "Башка булак"),
        ({"author": "Б. Башка"}, "Б. Башка"),
        ({"enemies": ("FOE-001",)}, "FOE-001"),
        ({"subject_area": "other"}, "Area other: Sub-topic"),
        ({"kind": ItemKind.MULTIPLE_RESPONSE, "key": (1, 2), "is_partial": True}, "Part of the points for an answer"),
    ],
)
def test_whatever_another_has_changed_is_said_and_what_is_kept_under_lock_is_not_shown(
    client, make, written, mine, clock, changed, said
):
    path, fields = mine
    make.sub_topic("other")
    clock.advance(timedelta(minutes=1))
    fields = fields | {"stem_ky": rich().stem_ky}
    with transaction():
        items.create_item(rich("FOE-001"), by=make.user(Role.ITEM_AUTHOR), now=clock())
    with transaction():
        version, other = db.session.get_one(ItemVersion, written.id), dict(changed)
        rationale = other.pop("rationale", "")
        items.edit_version(version, rich(**other), rationale=rationale, by=make.user(Role.ITEM_AUTHOR), now=clock())
    answer = post(client, f"{path}?lang=en", fields)
    page = page_of(answer)
    compared = re.sub("<[^>]+>", "", page[page.index('id="both"') :].partition("</section>")[0])
    assert answer.status_code == 409 and said in compared
    assert "Both are the same" not in compared and "Ачкычтын себеби" not in page
    opened = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "item.key_opened"))
    assert sorted(entry.body["facts"]["purpose"] for entry in opened) == ["compare", "edit"]


def test_where_another_has_saved_the_same_it_says_so(client, make, written, mine, clock):
    path, fields = mine
    clock.advance(timedelta(minutes=1))
    with transaction():
        version = db.session.get_one(ItemVersion, written.id)
        items.edit_version(version, rich(), by=make.user(Role.ITEM_AUTHOR), now=clock())
    page = page_of(post(client, f"{path}?lang=en", fields | {"stem_ky": rich().stem_ky}))
    assert "Both are the same." in page and "The key and its explanation are the same in both." in page


def test_a_question_submitted_in_another_tab_shows_what_i_typed_and_keeps_it_for_me(
    client, author, decider, written, mine, clock
):
    path, fields = mine
    with transaction():
        items.submit(db.session.get_one(ItemVersion, written.id), by=author, now=clock())
    answer = post(client, f"{path}?lang=en", fields)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409 and typed_in(answer)["stem_ky"] == [fields["stem_ky"]]
    assert "Your text is kept for you" in html and re.search(r"<ins>.{0,140}</span>Менин", html)
    assert 'value="save"' not in html and 'value="submit"' not in html and "data-autosave" not in html
    assert client.get(path).status_code == 409 and typed_in(client.get(path))["stem_ky"] == [fields["stem_ky"]]
    with transaction():
        version = db.session.get_one(ItemVersion, written.id)
        decisions.return_version(version, "Толуктаңыз", by=db.session.get_one(User, decider), now=clock())
    again = client.get(path)
    assert again.status_code == 200 and typed_in(again)["stem_ky"] == [fields["stem_ky"]]
    discard = re.search(r'formaction="([^"]+/discard)"', again.get_data(as_text=True))[1]
    assert post(client, discard).location.endswith(path)


def test_a_question_approved_in_another_tab_takes_what_i_typed_as_its_next_version(
    client, author, decider, written, mine, clock
):
    path, fields = mine
    with transaction():
        version = db.session.get_one(ItemVersion, written.id)
        items.submit(version, by=author, now=clock())
        decisions.approve(version, by=db.session.get_one(User, decider), now=clock())
    answer = post(client, path, fields)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409 and 'value="follow"' in html and 'value="save"' not in html
    broken = post(client, path, fields | {"do": "follow", "option_b_ky": ""})
    assert broken.status_code == 200 and 'id="option_b_ky-error"' in broken.get_data(as_text=True)
    assert post(client, path, fields | {"do": "follow"}).status_code == 303
    first, second = sorted(versions(), key=lambda one: one.number)
    assert (first.stem_ky, first.status) == (rich().stem_ky, "approved")
    assert (second.stem_ky, second.status) == (fields["stem_ky"], "draft")
    assert db.session.query(WorkingCopy).count() == 0
    late = post(client, f"{path}?lang=en", fields | {"do": "follow"})
    assert late.status_code == 409 and "Another version of this question is in work" in late.get_data(as_text=True)


def test_a_question_out_of_use_says_so_and_shows_what_i_typed(client, decider, written, mine, clock):
    path, fields = mine
    with transaction():
        items.retire(
            db.session.get_one(ItemVersion, written.id).item,
            "Эскирген",
            by=db.session.get_one(User, decider),
            now=clock(),
        )
    answer = post(client, f"{path}?lang=en", fields)
    assert answer.status_code == 409 and typed_in(answer)["stem_ky"] == [fields["stem_ky"]]
    assert "out of use" in page_of(answer) and "Copy what you need" in page_of(answer)


def test_an_identifier_that_is_taken_in_the_same_moment_costs_no_text(client, author, written, monkeypatch):
    sign_in(client, author)
    real, asked = queries.find_item, []

    def too_early(external_id: str):
        asked.append(external_id)
        return None if len(asked) <= 2 else real(external_id)

    monkeypatch.setattr(queries, "find_item", too_early)
    answer = post(client, NEW, TYPED)
    assert answer.status_code == 409 and typed_in(answer)["stem_ky"] == [TYPED["stem_ky"]]
    assert 'id="external_id-error"' in answer.get_data(as_text=True)


# --- questions like the one that is typed


def test_while_typing_an_author_is_told_of_their_own_questions_and_of_nobody_elses(client, author, make, clock):
    stranger = make.user(Role.ITEM_AUTHOR)
    with transaction():
        items.create_item(rich("OWN-001"), by=author, now=clock())
        items.create_item(rich("OTHER-1"), by=stranger, now=clock())
        other_words = {"stem_ky": "<p>Таптакыр башка суроо</p>", "stem_ru": "<p>Совсем другой вопрос</p>"}
        kept = items.create_item(rich("OWN-002", **other_words), by=author, now=clock())
        kept_id = kept.id
    sign_in(client, author)
    copied = TYPED | {"stem_ky": rich("OWN-001").stem_ky, "stem_ru": rich("OWN-001").stem_ru, "revision": "0"}
    for letter, option in zip("abc", rich().options, strict=True):
        copied |= {f"option_{letter}_ky": option.ky, f"option_{letter}_ru": option.ru}
    said = post(client, "/staff/bank/autosave", copied)
    assert [one["id"] for one in said.json["alike"]] == ["OWN-001"]
    assert client.get(said.json["alike"][0]["url"]).status_code == 200
    assert "OTHER-1" not in said.get_data(as_text=True)
    path = f"/staff/bank/versions/{kept_id}/autosave"
    itself = copied | other_words | {"text_format": "rich"}
    assert "OWN-002" not in [one["id"] for one in post(client, path, itself).json["alike"]]
    new = post(client, "/staff/bank/autosave", itself).json["alike"]
    assert "OWN-002" in [one["id"] for one in new]


# --- a translation that is behind is seen wherever somebody decides


def test_a_translation_that_is_behind_is_said_on_every_page_where_the_question_stands(client, make, clock):
    make.sub_topic()
    author, approver, second = (make.user(role) for role in (Role.ITEM_AUTHOR, Role.ITEM_APPROVER, Role.ITEM_APPROVER))
    with transaction():
        version = items.create_item(rich(), by=author, now=clock())
        items.edit_version(version, rich(stem_ky="<p>Башка суроо</p>"), by=author, now=clock())
        items.submit(version, by=author, now=clock())
    with transaction():
        session = approvals.open_session(clock().date(), "Бишкек", [second], [version], by=approver, now=clock())
        meets, item_id, version_id = f"/staff/bank/sessions/{session.id}", version.item_id, str(version.id)
    behind = "Translation out of date: Русский"
    sign_in(client, approver)
    for path in ("/staff/bank/?all=1&lang=en", "/staff/bank/queue", meets):
        assert behind in page_of(client.get(path)), path
    client.get("/staff/bank/?lang=en")
    item_page = page_of(client.get(f"/staff/bank/items/{item_id}"))
    assert "may be out of date" in item_page and "tick that they ask the same" in item_page
    points = [point for point in ReviewPoint if point != ReviewPoint.LANGUAGES]
    wish = {"act": "approve", "version": version_id, "preview": "1", "points": points, "comment": "Туура"}
    assert behind in page_of(post(client, "/staff/bank/bulk", wish))


# --- texts that would be read otherwise than they are stored


@pytest.mark.parametrize(("field", "label"), [
    ("stem_ky", "Question, in Kyrgyz"), ("option_a_ru", "Option A, in Russian"), ("source", "Source"),
    ("rationale", "Why the key is right and the others are not"),
])  # fmt: skip
def test_a_sign_that_turns_a_text_round_is_refused_at_its_field_by_the_name_that_stands_there(
    client, author, field, label
):
    sign_in(client, author)
    html = send(client, f"{NEW}?lang=en", TYPED | {field: "Туурабы: \u200f5 − 3 = 2"}).get_data(as_text=True)
    said = html[html.index(f'id="{field}-error"') :][:600]
    assert "Sign: U+200F RIGHT-TO-LEFT MARK" in said and f"Field: {label}<" in said
    assert not versions()
