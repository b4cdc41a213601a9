"""A question's page and those beside it: what tells the key to nobody who may not see it, and nothing typed is lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from accounts.rules import Role
from core.audit import AuditEntry
from core.db import db, transaction
from question_bank import life_queries, queries
from question_bank.life import SourceKind
from question_bank.life_models import Citation, NotDuplicate, ReviewComment
from question_bank.services import comments, items, sources
from question_bank.services.sources import Facts
from tests.life_scene import LifeScene, question
from tests.services.bank_files import draft
from tests.web.controls import Controls
from tests.web.signing_in import post, sign_in

LONG = "Узун " * 900
NEW = "/staff/bank/new"


@pytest.fixture
def scene(make, clock):
    """Two questions that wait for approval."""
    return LifeScene(make, clock, count=2)


def enter(client, person) -> None:
    """Sign in and read everything in English from now on."""
    sign_in(client, person)
    client.get("/staff/account?lang=en")


def said(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def order(html: str, texts) -> list[int]:
    """Places of the options on a page, by their first words."""
    return sorted(range(len(texts)), key=lambda n: html.index(f">{texts[n].ky}<"))


def next_version(scene, clock, **changed):
    """The first question approved, and a next version of it, changed and submitted."""
    scene.approve(0)
    with transaction():
        version = items.new_version(scene.item(0), by=scene.author, now=clock())
    with transaction():
        version = queries.get_version(version.id)
        rationale = changed.pop("rationale", "")
        items.edit_version(
            version, replace(items.as_draft(version), **changed), rationale=rationale, by=scene.author, now=clock()
        )
        items.submit(version, by=scene.author, now=clock())
    return f"/staff/bank/items/{scene.version(0).item_id}"


# --- what the order of the options would tell


def test_whoever_may_not_see_the_key_sees_options_in_an_order_of_chance_that_stays(client, scene, clock):
    texts = draft("X").options
    made = [scene.write(replace(draft(f"ORD-{n}"), key=(0,))) for n in range(12)]
    paths = [
        (f"/staff/bank/items/{queries.get_version(id_).item_id}", f"/staff/bank/versions/{id_}/preview?language=ky")
        for id_ in made
    ]
    enter(client, scene.first)
    assert {tuple(order(said(client.get(path)), texts)) for path, _preview in paths} == {(0, 1, 2)}
    enter(client, scene.make.user(Role.TEST_ADMINISTRATOR))
    found = [order(said(client.get(path)), texts) for path, _preview in paths]
    assert {one[0] for one in found} > {0}
    assert [order(said(client.get(path)), texts) for path, _preview in paths] == found
    assert [order(said(client.get(preview)), texts) for _path, preview in paths] == found


def test_words_in_quotes_find_nothing_out_about_the_order_of_the_options(client, scene):
    one, two = (draft("X").options[number] for number in (2, 0))
    for number, options in enumerate(((one, two), (two, one))):
        scene.write(question(4, external_id=f"QUO-{number}", options=options, key=(0,)))
    enter(client, scene.make.user(Role.TEST_ADMINISTRATOR))
    for words in (f"{one.ru} {two.ky}", f"{two.ru} {one.ky}", f"{one.ky} {two.ky}", f"{two.ru} {one.ru}"):
        html = said(client.get("/staff/bank/", query_string={"text": f'"{words}"'}))
        assert ("QUO-0" in html) == ("QUO-1" in html)


def test_differences_tell_neither_the_order_nor_the_key_to_whoever_may_not_see_it(client, scene, clock):
    texts = scene.version(0).options
    path = next_version(scene, clock, key=(2,), rationale="Анткени ушундай")
    enter(client, scene.make.user(Role.TEST_ADMINISTRATOR))
    shown, compared = said(client.get(path)), said(client.get(f"{path}/differences"))
    places = [[html.index(f">{one['ky']}<") for one in texts] for html in (shown, compared)]
    assert sorted(range(3), key=places[0].__getitem__) == sorted(range(3), key=places[1].__getitem__)
    assert "The key has changed" not in compared and "Анткени" not in compared
    assert "compared only for those who may see the key" in compared


def test_a_wording_by_which_only_the_place_of_an_option_changed_looks_unchanged_to_others(client, scene, clock):
    one, two, three = items.as_draft(scene.version(0)).options
    path = next_version(scene, clock, options=(two, one, three))
    enter(client, scene.make.user(Role.TEST_ADMINISTRATOR))
    assert "The texts of both versions are the same" in said(client.get(f"{path}/differences"))


def test_what_the_program_finds_names_options_by_the_letters_that_are_shown(client, scene):
    long = "Аймактык билим берүү бөлүмү жана жергиликтүү өз алдынча башкаруу органы"
    options = (replace(draft("X").options[0], ky=long, ru=long), *draft("X").options[1:])
    ids = [scene.write(replace(draft(f"LEN-{n}"), options=options, key=(1,))) for n in range(8)]
    enter(client, scene.make.user(Role.TEST_ADMINISTRATOR))
    for version_id in ids:
        html = said(client.get(f"/staff/bank/items/{queries.get_version(version_id).item_id}"))
        named = re.search(r"of very different length\.? <b>(\w), (\w)</b>", html)
        assert named, html
        at = order(html, options).index(0)
        assert "ABC"[at] in named.groups()


# --- differences of what is under lock


def test_a_changed_key_is_shown_to_those_who_may_see_it_and_its_opening_recorded(client, scene, clock):
    path = next_version(scene, clock, key=(2,), rationale="Анткени ушундай")
    enter(client, scene.first)
    before = opened()
    html = said(client.get(f"{path}/differences"))
    assert "The key has changed" in html and opened() == before + 2
    former, now = re.search(r"The key has changed(.*?)</section>", html)[1].split("Version: 2")
    texts = scene.version(0).options
    assert f"B. {texts[1]['ky']}" in former and f"C. {texts[2]['ru']}" in now
    assert "Анткени ушундай" in html


def test_a_key_that_went_with_its_option_to_another_place_is_the_same(client, scene, clock):
    one, two, three = items.as_draft(scene.version(0)).options
    path = next_version(scene, clock, options=(two, one, three), key=(0,))
    enter(client, scene.first)
    assert "The key is the same in both versions" in said(client.get(f"{path}/differences"))


def test_partial_credit_is_compared_for_everybody(client, scene, clock):
    options = (*draft("X").options, replace(draft("X").options[0], ky="Төртүнчү", ru="Четвёртый"))
    many = {"kind": "multiple_response", "options": options, "key": (0, 1)}
    scene.ids.insert(0, scene.write(question(4, **many)))
    path = next_version(scene, clock, is_partial=True)
    enter(client, scene.make.user(Role.TEST_ADMINISTRATOR))
    html = said(client.get(f"{path}/differences"))
    assert "All the points or none" in html and "Part of the points for an answer that is partly right" in html


def opened() -> int:
    """How often a key was opened."""
    db.session.rollback()
    return db.session.query(AuditEntry).filter_by(action="item.key_opened").count()


# --- nothing typed is lost


def test_texts_go_along_to_a_kind_without_them_and_back(client, author, make):
    make.sub_topic()
    enter(client, author)
    fields = {
        "kind": "single_choice", "stem_ky": "Ким?", "option_a_ky": "Биринчи < экинчи", "option_b_ru": "Второй",
        "correct": "1",
    }  # fmt: skip
    for kind in ("true_false", "numeric", "ordering"):
        there = fields_of(client, {**fields, "become": kind})
        assert there["kind"] == kind
        back = fields_of(client, {**there, "become": "single_choice"})
        assert back["option_a_ky"] == "Биринчи < экинчи" and back["option_b_ru"] == "Второй"
    rich = fields | {"text_format": "rich", "option_a_ky": "<p><b>Биринчи</b></p>"}
    back = fields_of(client, {**fields_of(client, {**rich, "become": "true_false"}), "become": "single_choice"})
    assert back["option_a_ky"] == "<p><b>Биринчи</b></p>" and back["text_format"] == "rich"


def test_texts_that_go_along_change_their_format_with_the_others(client, author, make):
    make.sub_topic()
    enter(client, author)
    fields = {"kind": "true_false", "stem_ky": "Ким?", "option_a_ky": "1 < 2"}
    assert "1 &lt; 2" in fields_of(client, {**fields, "become_format": "rich"})["option_a_ky"]


def fields_of(client, fields: dict[str, str]) -> dict[str, str]:
    """What the editor's page has in its fields after this was sent."""
    found = Controls(post(client, NEW, fields).get_data(as_text=True)).found
    return {name: values[0] for name, values in found.items() if values}


def test_an_answer_to_a_remark_settled_meanwhile_is_shown_again(client, scene, clock):
    with transaction():
        first = comments.comment(scene.version(0), "key", "x", by=scene.second, now=clock()).id
    with transaction():
        comments.settle(life_queries.get_comment(first, scene.ids[0]), by=scene.second, now=clock())
    enter(client, scene.author)
    where = f"/staff/bank/versions/{scene.ids[0]}/comments/{first}/answer"
    answer = post(client, where, {"text": "Узак ойлонулган жооп"})
    assert answer.status_code == 409 and "Узак ойлонулган жооп" in said(answer) and "Not kept" in said(answer)


def test_a_remark_on_a_version_approved_meanwhile_is_shown_again(client, scene):
    scene.approve(0)
    enter(client, scene.first)
    answer = post(client, f"/staff/bank/versions/{scene.ids[0]}/comments", {"field": "key", "text": "Менин сөзүм"})
    assert answer.status_code == 409 and "Менин сөзүм" in said(answer)


def test_a_reason_to_take_out_of_use_what_is_out_of_use_by_now_is_shown_again(client, scene, clock):
    with transaction():
        items.retire(scene.item(0), "Эскирди", by=scene.second, now=clock())
    enter(client, scene.first)
    answer = post(client, f"/staff/bank/items/{scene.version(0).item_id}/retire", {"reason": "Менин себебим"})
    assert answer.status_code == 409 and "Менин себебим" in said(answer) and "c-summary" in said(answer)


def test_a_reason_for_a_second_request_for_keys_is_shown_again(client, scene):
    scene.approve(0)
    enter(client, scene.first)
    assert post(client, "/staff/bank/export", {"format": "xlsx", "reason": "Бир"}).status_code == 303
    answer = post(client, "/staff/bank/export", {"format": "xlsx", "reason": "Менин себебим"})
    assert answer.status_code == 409 and 'value="Менин себебим"' in said(answer)


@pytest.mark.parametrize("what", ["remark", "answer", "twin"])
def test_what_is_too_long_is_said_at_its_field_and_nothing_is_stored(client, scene, clock, what):
    with transaction():
        first = comments.comment(scene.version(0), "stem_ky", "x", by=scene.author, now=clock()).id
    twin = scene.write(draft("TWIN-2", stem_ky=scene.version(0).stem_ky, stem_ru=scene.version(0).stem_ru))
    item, other = scene.version(0).item_id, queries.get_version(twin).item_id
    where, fields, field = {
        "remark": (f"versions/{scene.ids[0]}/comments", {"field": "key", "text": LONG}, "text"),
        "answer": (f"versions/{scene.ids[0]}/comments/{first}/answer", {"text": LONG}, f"answer-{first}"),
        "twin": (f"items/{item}/twins/{other}", {"reason": LONG}, f"twin-{other}"),
    }[what]
    enter(client, scene.first)
    answer = post(client, f"/staff/bank/{where}", fields)
    assert answer.status_code == 200
    assert f'id="{field}-error"' in said(answer) and said(answer).count("Узун Узун Узун") and "too long" in said(answer)
    db.session.rollback()
    assert db.session.query(ReviewComment).count() == 1 and not db.session.query(NotDuplicate).count()


def test_a_place_in_a_source_that_is_too_long_is_said_and_not_cut(client, scene, clock):
    with transaction():
        law = sources.add_source(Facts(SourceKind.LAW, "Мыйзам", "Закон"), by=scene.first, now=clock()).id
    version_id = scene.write(question(4), submit=False)
    enter(client, scene.author)
    answer = post(client, f"/staff/bank/versions/{version_id}/source", {"source": str(law), "place": "я" * 300})
    assert answer.status_code == 200 and 'id="cite-place-error"' in said(answer) and "я" * 300 in said(answer)
    assert db.session.query(Citation).count() == 0


# --- who decides, and on what


def test_a_test_administrator_does_not_say_that_a_question_is_no_duplicate(client, scene):
    item, other = scene.version(0).item_id, scene.version(1).item_id
    enter(client, scene.make.user(Role.TEST_ADMINISTRATOR))
    assert post(client, f"/staff/bank/items/{item}/twins/{other}", {"reason": "Башка"}).status_code == 403
    enter(client, scene.first)
    assert post(client, f"/staff/bank/items/{item}/twins/{other}", {"reason": "Башка"}).status_code == 303


def test_each_row_on_which_one_decides_has_its_words_in_both_languages_and_opens_no_key(client, scene, clock):
    enter(client, scene.first)
    before, version = opened(), scene.version(0)
    words = [version.stem_ky, version.stem_ru, *(text for one in version.options for text in one.values())]
    day = {"held_on": "2026-11-28", "place": "Бишкек", "members": [scene.second_id], "version": [str(scene.ids[0])]}
    pages = [client.get("/staff/bank/queue")]
    pages.append(post(client, "/staff/bank/bulk", {"act": "approve", "version": str(scene.ids[0]), "preview": "1",
                                                   "comment": "Окулду"}))  # fmt: skip
    answer = post(client, "/staff/bank/sessions/new", day)
    pages.append(client.get(answer.location))
    for found in pages:
        html = said(found)
        assert "All words, in both languages" in html and all(f">{one}<" in html for one in words), html
        assert f"/staff/bank/items/{version.item_id}?version=1" in html
    assert opened() == before
