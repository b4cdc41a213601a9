"""Rich questions on pages, as a browser without script has them: editor, pictures, preview, exam, key review, API."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from jsonschema import Draft202012Validator

from accounts.rules import Role
from core.db import db, transaction
from question_bank.models import ItemVersion
from question_bank.rich_models import StoredMedium, WorkingCopy
from question_bank.services import decisions, items
from testing_center.models.attempts import Attempt
from testing_center.sheets import get_sheet
from testing_center.views.openapi import DOCUMENT
from tests.candidates import Browser, Candidate
from tests.kinds_scene import KINDS
from tests.rich_scene import FORMULA, RED, SVG, TRIANGLE, image, png, rich
from tests.services.bank_files import draft
from tests.web.controls import Controls
from tests.web.reading import page_of
from tests.web.signing_in import csrf_token, post, sign_in
from tests.web.test_exam_pages import Reader

NEW = "/staff/bank/new"
TYPED = {
    "kind": "single_choice", "external_id": "RICH-001", "sub_topic": "law/documents", "difficulty": "3",
    "correct": "1", "text_format": "rich", "stem_ky": "<p>Кайсы <b>бурч</b>?</p>",
    "stem_ru": "<p>Какой <b>угол</b>?</p>",
    "option_a_ky": "H<sub>2</sub>O", "option_a_ru": "H<sub>2</sub>O", "option_b_ky": FORMULA, "option_b_ru": FORMULA,
    "source": "Окуу китеби", "author": "Ж. Үсөнова", "enemies": "", "rationale": "", "do": "save",
}  # fmt: skip


@pytest.fixture
def written(author, clock):
    """A rich draft of ``author``."""
    with transaction():
        version = items.create_item(rich(), by=author, now=clock())
    return version


def send(client, path: str, fields: dict, **files) -> object:
    return client.post(
        path, data={**fields, **files, "csrf_token": csrf_token(client, "/staff/account")},
        content_type="multipart/form-data",
    )  # fmt: skip


def versions() -> list[ItemVersion]:
    db.session.rollback()
    return list(db.session.scalars(db.select(ItemVersion)))


# --- the editor


def test_a_rich_question_is_typed_and_its_editor_gives_it_back(client, author):
    sign_in(client, author)
    assert post(client, NEW, TYPED).status_code == 303
    [version] = versions()
    assert (version.is_rich, version.stem_ky) == (True, "<p>Кайсы <b>бурч</b>?</p>")
    again = Controls(client.get(f"/staff/bank/versions/{version.id}/edit").get_data(as_text=True)).found
    assert again["stem_ru"] == ["<p>Какой <b>угол</b>?</p>"] and again["option_b_ky"] == [FORMULA]
    assert again["text_format"] == ["rich"]


def test_plain_text_becomes_rich_and_back_without_losing_a_word(client, author):
    sign_in(client, author)
    plain = TYPED | {"text_format": "plain", "stem_ky": "a < b & c", "option_b_ky": "12"}
    shown = Controls(post(client, NEW, plain | {"become_format": "rich"}).get_data(as_text=True)).found
    assert (shown["text_format"], shown["stem_ky"]) == (["rich"], ["a &lt; b &amp; c"])
    shown = Controls(post(client, NEW, TYPED | {"become_format": "plain"}).get_data(as_text=True)).found
    assert (shown["text_format"], shown["stem_ky"], shown["option_a_ru"]) == (["plain"], ["Кайсы бурч?"], ["H₂O"])
    assert versions() == []


def test_a_picture_is_taken_with_its_words_and_stands_in_both_languages(client, author):
    sign_in(client, author)
    given = TYPED | {"do": "picture", "picture_place": "option_a", "alternative_ky": "Үч бурчтук"}
    page = page_of(send(client, NEW, given, picture=(BytesIO(SVG), "a.svg")))
    assert "Write what the picture shows" in page or "Сүрөттө" in page
    assert db.session.query(StoredMedium).count() == 0
    given["alternative_ru"] = 'Треугольник "ABC"'
    answer = send(client, NEW, given, picture=(BytesIO(SVG), "a.svg"))
    shown = Controls(answer.get_data(as_text=True)).found
    assert shown["option_a_ky"] == [f"H<sub>2</sub>O {image(TRIANGLE, 'Үч бурчтук')}"]
    assert 'alt="Треугольник &quot;ABC&quot;"' in shown["option_a_ru"][0]
    assert post(client, NEW, {**TYPED, "option_a_ky": shown["option_a_ky"][0]}).status_code == 303
    assert [one.name for one in items.as_draft(versions()[0]).media] == [TRIANGLE.name]


def test_a_picture_makes_rich_what_goes_along_for_another_kind_too(client, author):
    sign_in(client, author)
    plain = TYPED | {"kind": "true_false", "text_format": "plain", "stem_ky": "a < b", "option_a_ky": "1 < 2"}
    given = {"do": "picture", "picture_place": "stem", "alternative_ky": "Үч бурчтук", "alternative_ru": "Треугольник"}
    answer = send(client, NEW, plain | given, picture=(BytesIO(SVG), "a.svg"))
    shown = Controls(answer.get_data(as_text=True)).found
    assert (shown["text_format"], shown["option_a_ky"]) == (["rich"], ["1 &lt; 2"])


def test_a_picture_goes_only_into_the_language_that_is_written(client, author):
    sign_in(client, author)
    alone = TYPED | {name: "" for name in ("stem_ru", "option_a_ru", "option_b_ru")}
    given = {"do": "picture", "picture_place": "stem", "alternative_ky": "Үч бурчтук", "alternative_ru": "Треугольник"}
    answer = send(client, NEW, alone | given, picture=(BytesIO(SVG), "a.svg"))
    shown = Controls(answer.get_data(as_text=True)).found
    assert TRIANGLE.name in shown["stem_ky"][0] and shown["stem_ru"] == [""]


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", png()[:40], b"<svg xmlns='http://www.w3.org/2000/svg'><g></svg>"])
def test_a_file_that_is_no_picture_is_refused_beside_its_field(client, author, data):
    sign_in(client, author)
    given = TYPED | {"do": "picture", "picture_place": "stem", "alternative_ky": "Ү", "alternative_ru": "Т"}
    answer = send(client, NEW, given, picture=(BytesIO(data), "a.png"))
    assert answer.status_code in {200, 409}
    assert 'id="picture-error"' in answer.get_data(as_text=True)
    assert db.session.query(StoredMedium).count() == 0


def test_a_name_of_a_file_without_the_file_is_no_picture(client, author):
    sign_in(client, author)
    words = {"do": "picture", "picture_place": "stem", "alternative_ky": "Ү", "alternative_ru": "Т"}
    answer = post(client, NEW, TYPED | words | {"picture": "a.png"})
    assert answer.status_code == 200 and 'id="picture-error"' in answer.get_data(as_text=True)


def test_a_picture_without_words_is_a_fault_at_its_text(client, author, written):
    sign_in(client, author)
    fields = TYPED | {"stem_ru": f"<p>Угол?</p><img src='{RED.name}'>"}
    answer = post(client, f"/staff/bank/versions/{written.id}/edit", fields)
    assert answer.status_code == 200 and 'id="stem_ru-error"' in answer.get_data(as_text=True)


# --- the preview


def test_the_preview_shows_what_is_typed_in_both_languages_and_nothing_of_the_key(client, author):
    sign_in(client, author)
    fields = TYPED | {"stem_ky": "<p>Бурч<script>alert(1)</script></p>", "rationale": "КУПУЯ", "theme": "dark"}
    for answer in (post(client, "/staff/bank/preview", fields), post(client, NEW, fields | {"do": "preview"})):
        html = answer.get_data(as_text=True)
        shown = html[html.index('class="c-preview"') :]
        assert "<p>Бурч</p>" in shown and "<p>Какой <b>угол</b>?</p>" in shown
        assert shown.count('data-theme="dark"') == 2 and "alert(1)" not in shown and "КУПУЯ" not in shown
        assert "checked" not in shown[: shown.rindex("c-choice")]
    assert versions() == []


def test_a_kept_version_is_shown_in_every_theme(client, author, written):
    sign_in(client, author)
    for theme in ("light", "dark", "contrast"):
        html = client.get(f"/staff/bank/versions/{written.id}/preview?language=ru&theme={theme}").get_data(as_text=True)
        assert f'class="c-preview" data-theme="{theme}"' in html and "Синий треугольник" in html


# --- autosave


def test_what_is_typed_is_kept_and_found_again_and_gone_once_it_is_saved(client, author):
    sign_in(client, author)
    said = post(client, "/staff/bank/autosave", TYPED | {"stem_ru": "", "revision": "0"}).json
    assert re.fullmatch(r"\d\d:\d\d", said["saved"]) and said["revision"] == 1
    assert versions() == []
    assert f"copy={said['copy']}" in client.get(NEW).get_data(as_text=True)
    html = client.get(f"{NEW}?copy={said['copy']}").get_data(as_text=True)
    found = Controls(html).found
    assert (found["stem_ky"], found["stem_ru"], found["text_format"]) == (["<p>Кайсы <b>бурч</b>?</p>"], [""], ["rich"])
    assert (found["copy"], found["revision"]) == ([said["copy"]], ["1"])
    assert post(client, NEW, TYPED | {"copy": said["copy"]}).status_code == 303
    assert db.session.query(WorkingCopy).count() == 0


def test_what_is_typed_is_saved_although_its_working_copy_is_gone(client, author):
    sign_in(client, author)
    copy = post(client, "/staff/bank/autosave", TYPED | {"revision": "0"}).json["copy"]
    assert post(client, f"/staff/bank/copies/{copy}/discard").status_code == 303  # in another window
    assert client.get(f"{NEW}?copy={copy}").status_code == 404
    late = post(client, "/staff/bank/autosave", TYPED | {"copy": copy, "revision": "1"})
    assert (late.status_code, late.json["code"]) == (409, "saved_elsewhere")
    assert post(client, NEW, TYPED | {"copy": copy, "revision": "1"}).status_code == 303
    assert [one.stem_ky for one in versions()] == ["<p>Кайсы <b>бурч</b>?</p>"]


def test_a_save_from_an_older_window_is_refused_and_overwrites_nothing(client, author, written):
    sign_in(client, author)
    path = f"/staff/bank/versions/{written.id}/autosave"
    assert post(client, path, TYPED | {"stem_ky": "бир", "revision": "0"}).json["revision"] == 1
    late = post(client, path, TYPED | {"stem_ky": "эки", "revision": "0"})
    assert (late.status_code, late.json["code"]) == (409, "saved_elsewhere")
    editor = client.get(f"/staff/bank/versions/{written.id}/edit").get_data(as_text=True)
    assert Controls(editor).found["stem_ky"] == ["бир"]
    discard = re.search(r'formaction="([^"]+/discard)"', editor)[1]
    assert post(client, discard).status_code == 303
    editor = client.get(f"/staff/bank/versions/{written.id}/edit").get_data(as_text=True)
    assert Controls(editor).found["stem_ky"] == [rich().stem_ky]


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(client, browser, author, make, written, clock):
    sign_in(client, author)
    path = f"/staff/bank/versions/{written.id}/edit"
    fields = {name: values[0] for name, values in Controls(client.get(path).get_data(as_text=True)).found.items()}
    clock.advance(timedelta(minutes=1))
    with transaction():
        version = db.session.get_one(ItemVersion, written.id)
        items.edit_version(version, rich(difficulty=5), by=make.user(Role.ITEM_AUTHOR), now=clock())
    mine = fields | {"stem_ky": "<p>Менин тексим</p>", "stem_ru": "<p>Мой текст</p>", "do": "save"}
    answer = post(client, path, mine)
    assert answer.status_code == 409
    again = Controls(answer.get_data(as_text=True)).found
    assert again["stem_ky"] == ["<p>Менин тексим</p>"]
    assert versions()[0].difficulty == 5
    assert post(client, path, mine | {"based_on": again["based_on"][0]}).status_code == 303
    assert versions()[0].stem_ky == "<p>Менин тексим</p>"


def test_a_question_of_another_author_is_not_autosaved(client, make, written):
    sign_in(client, make.user(Role.ITEM_AUTHOR))
    assert post(client, f"/staff/bank/versions/{written.id}/autosave", TYPED).status_code == 404


# --- translations and differences


def test_a_question_in_one_language_is_saved_with_a_warning_and_not_submitted(client, author):
    sign_in(client, author)
    alone = TYPED | {name: "" for name in ("stem_ru", "option_a_ru", "option_b_ru")}
    answer = post(client, NEW, alone | {"do": "submit"})
    assert answer.status_code == 409 and 'id="stem_ru-error"' in answer.get_data(as_text=True)
    assert versions() == []
    assert post(client, NEW, alone).status_code == 303
    assert versions()[0].status == "draft"


def test_the_translation_that_is_behind_is_said_until_the_author_says_it_holds(client, author, clock):
    sign_in(client, author)
    with transaction():
        version = items.create_item(draft(), by=author, now=clock())
    path = f"/staff/bank/versions/{version.id}/edit"
    fields = {name: values[0] for name, values in Controls(client.get(path).get_data(as_text=True)).found.items()}
    fields |= {"do": "save", "stem_ky": "Башкача", "based_on": ""}
    assert post(client, path, fields).status_code == 303
    assert versions()[0].stale_language == "ru"
    assert "The translation still holds" in client.get(path + "?lang=en").get_data(as_text=True)
    item_page = client.get(f"/staff/bank/items/{versions()[0].item_id}?lang=en").get_data(as_text=True)
    assert "The translation may be out of date" in item_page
    assert post(client, path, fields | {"translation_holds": "y"}).status_code == 303
    assert versions()[0].stale_language is None


def test_two_versions_are_compared_word_by_word(client, author, approver, written, clock):
    with transaction():
        items.submit(written, by=author, now=clock())
        decisions.approve(written, by=approver, now=clock())
    with transaction():
        newer = items.new_version(written.item, by=author, now=clock())
    with transaction():
        items.edit_version(newer, rich(stem_ru=rich().stem_ru.replace("какой", "чей")), by=author, now=clock())
    sign_in(client, author)
    html = client.get(f"/staff/bank/items/{newer.item_id}/differences?lang=en").get_data(as_text=True)
    assert re.search(r"<del>.{0,120}removed: </span>какой<", html) and re.search(
        r"<ins>.{0,120}added: </span>чей<", html
    )
    assert html.count("<del>") == 1
    assert client.get(f"/staff/bank/items/{newer.item_id}/differences?old=7&new=9").status_code in {200, 404}


# --- the candidate


@pytest.fixture
def sitting(make):
    """A sitting with three rich questions."""
    drafts = (
        rich("RICH-001"), rich("RICH-002", kind="ordering", key=(0, 1, 2)),
        rich("RICH-003", kind="matching", key=((0, 0), (1, 1), (2, 2)), targets=rich().options),
    )  # fmt: skip
    return make.sitting(people=1, drafts=drafts, cut_score=2)


def test_the_exam_page_shows_every_kind_with_its_markup_and_pictures(app, make, sitting):
    reader = Reader(app)
    reader.enter(make.codes(sitting)[0])
    reader.start()
    for position in (1, 2, 3):
        html = reader.client.get(f"/exam/questions/{position}").get_data(as_text=True)
        assert "<b>кайсы</b>" in html and "<mfrac>" in html and "H<sub>2</sub>O" in html
        assert f'<img src="/media/{TRIANGLE.name}" alt="Көк үч бурчтук">' in html
        assert "&lt;" not in html[html.index("c-question__stem") : html.index("c-saved")]


def test_the_api_gives_plain_words_and_html_and_the_pictures(app, make, sitting):
    browser = Browser(app)
    browser.enter(make.codes(sitting)[0])
    questions = browser.start().json["items"]
    schema = {"$ref": "#/components/schemas/Question", "components": DOCUMENT["components"]}
    for question in questions:
        Draft202012Validator(schema).validate(question)
        assert "кайсы бурч?" in question["stem"] and "<" not in question["stem"]
        assert f'<img src="/media/{TRIANGLE.name}"' in question["stem_html"]
        assert {option["text"] for option in question["options"]} == {"H₂O", "α", "[Кызыл чарчы]"}
        assert "H<sub>2</sub>O" in {option["html"] for option in question["options"]}
        pictures = {medium["name"]: (medium["alt"], medium["media_type"]) for medium in question["media"]}
        assert pictures == {
            TRIANGLE.name: ("Көк үч бурчтук", "image/svg+xml"), RED.name: ("Кызыл чарчы", "image/png"),
        }  # fmt: skip
    for medium in questions[0]["media"]:
        answer = browser.client.get(medium["url"])
        assert (answer.status_code, answer.mimetype) == (200, medium["media_type"])


def test_a_plain_question_has_no_html(app, make):
    browser = Browser(app)
    browser.enter(make.codes(make.sitting(people=1))[0])
    for question in browser.start().json["items"]:
        assert "stem_html" not in question and question["media"] == [] and "html" not in question["options"][0]


# --- pictures over the wire


def test_a_picture_is_for_those_whose_form_shows_it_and_for_those_who_see_questions(app, browser, make, sitting, clock):
    path, client = f"/media/{TRIANGLE.name}", app.test_client()
    assert client.get(path).status_code == 404
    inside = Browser(app)
    inside.enter(make.codes(sitting)[0])
    answer = inside.client.get(path)
    assert (answer.status_code, answer.get_data()) == (200, TRIANGLE.content)
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert inside.client.get(path, headers={"If-None-Match": f'"{TRIANGLE.name}"'}).status_code == 304
    for name in ("x", "../x", "0" * 64 + ".png", TRIANGLE.name[:-3] + "png"):
        assert inside.client.get(f"/media/{name}").status_code == 404
    other = Browser(app)
    other.enter(make.codes(make.sitting(people=1, **KINDS))[0])
    assert other.client.get(path).status_code == 404
    assert browser(make.user(Role.ITEM_APPROVER)).get(path).status_code == 200
    assert browser(make.user(Role.PROCTOR)).get(path).status_code == 404


def test_lists_and_attributes_hold_words(app, make, sitting, clock):
    candidate = Candidate(clock, make.codes(sitting)[0]).enter().start()
    sheet = get_sheet(db.session.get_one(Attempt, candidate.attempt_id).form_id)
    for item in sheet.items.values():
        assert not any("<" in words for words in (*item.texts("ky").values(), *item.both().values()))
