"""The practice test: everybody may take it, it keeps nothing, and says what was right only at its end."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.audit import plain
from core.db import db
from core.markup import text as shown_text
from question_bank.kinds.base import Content, Wording
from question_bank.rules import ItemKind
from testing_center.services import practice
from tests.web.reading import page_of
from tests.web.signing_in import csrf_token, post
from tests.web.test_canary import cookie_text
from tests.web.test_exam_pages import Reader
from tests.web.test_question_part import form

PAGE = "/exam/practice/"


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def started(client):
    assert post(client, PAGE, page=PAGE).status_code == 303
    return client


def give(client, position: int, *response: str, **more: str):
    fields = {"response": list(response), "csrf_token": csrf_token(client, f"{PAGE}{position}")}
    return client.post(f"{PAGE}{position}", data=fields | more)


def give_all(client, *, right: bool) -> None:
    """Answer all questions: rightly, or each with something that is wrong."""
    for position, sample in enumerate(practice.samples(), start=1):
        item, answer = sample.item, list(sample.key[:1] if sample.item.kind.name == ItemKind.NUMERIC else sample.key)
        if not right:
            answer = [one for one in item.parts.options if one not in sample.key][:1]
            if item.kind.name == ItemKind.NUMERIC:
                answer = ["1"]
            elif item.kind.name == ItemKind.ORDERING:
                answer = list(reversed(sample.key))
            elif item.kind.name == ItemKind.MATCHING:
                answer = [f"{left}:{item.parts.targets[2]}" for left in item.parts.options]
        go = str(position + 1) if position < len(practice.samples()) else "review"
        assert give(client, position, *answer, go=go).status_code == 303
    assert post(client, f"{PAGE}finish", page=f"{PAGE}finish").location == f"{PAGE}result"


def test_the_samples_are_ten_of_all_six_kinds_and_each_is_faultless():
    found = practice.samples()
    assert len(found) == 10 and set(Counter(one.item.kind.name for one in found)) == set(ItemKind)
    for number, (one, row) in enumerate(zip(found, practice.rows(), strict=True), start=1):
        sides = [[Wording(**each) for each in row.get(side, ())] for side in ("options", "targets")]
        content = Content(*sides, one.item.kind.canonical(row["key"]))
        assert not list(one.item.kind.check(content)), number
        assert all(shown_text(row["stem"][language], False) for language in ("ky", "ru"))


def test_who_answers_everything_rightly_or_wrongly_is_told_at_the_end(started):
    give_all(started, right=True)
    html = page_of(started.get(f"{PAGE}result"))
    assert "4; 10; 12" in html and "8; 41; 250; 1000" in html
    assert "Right answers: 10 / 10" in html and "This was practice." in html
    post(started, PAGE, page=PAGE)
    give_all(started, right=False)
    assert "Right answers: 0 / 10" in page_of(started.get(f"{PAGE}result"))


def test_before_the_end_nothing_tells_right_from_wrong(app, client, started):
    """Answers right and wrong differ in nothing but themselves, and neither page nor cookie names a key."""
    seen = []
    for right in (True, False):
        other = app.test_client()
        other.set_cookie("language", "en")
        post(other, PAGE, page=PAGE)
        sample = practice.samples()[0]
        chosen = sample.key[0] if right else next(one for one in sample.item.parts.options if one not in sample.key)
        answer = give(other, 1, chosen, go="1")
        page = other.get(f"{PAGE}1").text
        cookie = cookie_text(b"".join(f"{n}: {v}\n".encode() for n, v in answer.headers))
        seen.append((answer.status_code, answer.location, len(re.sub(rb"seed\W+[0-9]+", b"", cookie))))
        assert page.count(" checked") == 1 and f'value="{chosen}" aria-describedby' in page
        assert not {"correct", "right", "key"} & set(re.findall(r'(?:class|data-)[="]*([a-z]+)', page))
        assert b"key" not in cookie and b"right" not in cookie
    assert seen[0] == seen[1]
    assert started.get(f"{PAGE}result").location == f"{PAGE}1"


def test_ids_of_lines_tell_nothing_of_the_order_in_which_they_were_written_nor_of_the_right_one():
    written = [list(one.item.parts.options) for one in practice.samples() if one.item.kind.shuffles]
    assert sum(ids != sorted(ids) for ids in written) > len(written) / 2
    ordering = next(one for one in practice.samples() if one.item.kind.name == ItemKind.ORDERING)
    assert list(ordering.key) not in (sorted(ordering.key), sorted(ordering.key, reverse=True))


def test_its_time_runs_out_and_then_nothing_changes(started, clock):
    html = started.get(f"{PAGE}1").text
    assert 'data-clock="900"' in html
    clock.advance(practice.LASTS - timedelta(seconds=1))
    assert 'data-clock="1"' in started.get(f"{PAGE}1").text
    token = csrf_token(started, f"{PAGE}1")
    clock.advance(timedelta(seconds=1))
    late = started.post(f"{PAGE}1", data={"response": practice.samples()[0].key[0], "go": "2", "csrf_token": token})
    assert late.location == f"{PAGE}result"
    assert "Right answers: 0 / 10" in page_of(started.get(f"{PAGE}result"))


def test_what_is_no_number_stays_in_its_field_with_the_words_that_help(started):
    position = next(n for n, one in enumerate(practice.samples(), 1) if one.item.kind.name == ItemKind.NUMERIC)
    answer = give(started, position, "many", go=str(position + 1))
    assert answer.status_code == 422 and 'value="many"' in page_of(answer)


def answered(client) -> int:
    return int(re.search(r"data-answered>(\d+)<", client.get(f"{PAGE}2").text)[1])


def test_an_answer_is_taken_back(started):
    give(started, 1, practice.samples()[0].key[0], go="2")
    assert answered(started) == 1
    give(started, 1, practice.samples()[0].key[0], clear="1")
    assert answered(started) == 0


def palette(html: str) -> dict[int, str]:
    """What a reader hears of each question in the palette."""
    return {int(n): said for n, said in re.findall(r'data-position="(\d+)">\d+<span class="u-hidden">, ([^<]+)<', html)}


def test_the_palette_says_what_is_answered_flagged_and_not_seen(started):
    give(started, 1, practice.samples()[0].key[0], flag="1", go="3")
    found = palette(started.get(f"{PAGE}3").text)
    assert (found[1], found[2], found[3]) == ("answered, flagged", "not seen", "no answer")
    give(started, 1, practice.samples()[0].key[0], flag="0", go="3")
    assert palette(started.get(f"{PAGE}3").text)[1] == "answered"


def test_a_flag_stays_when_the_answer_changes_and_an_answer_when_the_flag_does(started):
    give(started, 1, practice.samples()[0].key[0], flag="1", go="1")
    give(started, 1, practice.samples()[0].item.parts.options[0], go="1")
    assert palette(started.get(f"{PAGE}1").text)[1] == "answered, flagged"
    review = page_of(started.get(f"{PAGE}review"))
    assert "Questions without an answer: 9" in review and f'href="{PAGE}1"' in review


# Of what staff do in the hall, and of what outlives the browser, the practice has nothing.
OF_THE_HALL = {
    "c-board", "c-board__line", "c-dialog", "c-dialog--curtain", "data-board", "data-by-staff", "data-gaps",
    "data-given", "data-late", "data-left", "data-outbox", "data-pulse", "data-time-runs", "data-time-up",
}  # fmt: skip


def test_its_pages_are_those_of_the_exam_with_its_components(started, app, make):
    """The same signs, buttons and words: whoever has practised knows the real page."""
    reader = Reader(app)
    reader.client.set_cookie("language", "ky")
    reader.enter(make.codes(make.sitting(people=1))[0])
    reader.start()
    started.set_cookie("language", "ky")
    for path in ("questions/1", "review", "finish"):
        real = parts(reader.open(f"/exam/{path}").text)
        own = parts(started.get(PAGE + path.removeprefix("questions/")).text)
        assert own - real <= {"c-badge"} and real - own <= OF_THE_HALL, path


def test_every_question_comes_alone_as_on_its_page(started, clock):
    most = len(practice.samples())
    for position in range(1, most + 1):
        page = started.get(f"{PAGE}{position}").text
        assert form(started.get(f"{PAGE}{position}/part").text) == form(page)
    assert started.get(f"{PAGE}{most + 1}/part").status_code == 404
    clock.advance(practice.LASTS + timedelta(seconds=1))
    assert started.get(f"{PAGE}1/part").location == f"{PAGE}result"


def parts(html: str) -> set[str]:
    """Classes of components, and what the script goes by."""
    html = re.sub(r"<template>.*?</template>", "", html, flags=re.DOTALL)
    names = {name for given in re.findall(r'class="([^"]*)"', html) for name in given.split() if name.startswith("c-")}
    return names | set(re.findall(r"\bdata-[a-z-]+", html))


def put(client, position: int, response, *, flagged=False, revision=1):
    token = re.search(r'data-token="([^"]+)"', client.get(f"{PAGE}{position}").text)
    body = {"response": response, "flagged": flagged, "revision": revision}
    headers = {"X-CSRF-Token": token[1]} if token else {}
    return client.put(f"{PAGE}responses/{position}", json=body, headers=headers)


def test_an_answer_is_kept_as_it_is_chosen_and_acknowledged_as_the_exam_does(started, clock):
    chosen = practice.samples()[0].key[0]
    told = put(started, 1, [chosen], flagged=True, revision=4)
    assert told.status_code == 200
    assert told.json == {
        "position": 1, "response": [chosen], "revision": 4, "flagged": True, "remaining_seconds": 900,
        "saved_at": plain(clock().replace(microsecond=0)),
    }  # fmt: skip
    assert (
        "Saved" in page_of(started.get(f"{PAGE}1")) and palette(started.get(f"{PAGE}1").text)[1] == "answered, flagged"
    )


def test_what_is_no_answer_is_not_kept(started):
    assert put(started, 1, ["x"]).json["code"] == "invalid_response"
    assert put(started, 1, "x").status_code == 400
    assert answered(started) == 0


def test_after_the_end_nothing_is_kept(started, clock):
    token = re.search(r'data-token="([^"]+)"', started.get(f"{PAGE}1").text)[1]
    clock.advance(practice.LASTS)
    late = started.put(f"{PAGE}responses/1", json={}, headers={"X-CSRF-Token": token})
    assert (late.status_code, late.json["code"]) == (409, "attempt_closed")
    assert started.get(f"{PAGE}review").location == started.get(f"{PAGE}finish").location == f"{PAGE}result"


def test_who_comes_back_goes_on_at_the_first_question_without_an_answer(started):
    give(started, 1, practice.samples()[0].key[0], go="1")
    assert started.get(f"{PAGE}resume").location == f"{PAGE}2"


def test_the_language_of_the_questions_is_changed_on_the_way(started):
    post(started, f"{PAGE}language", {"language": "ru", "next": f"{PAGE}1"}, page=f"{PAGE}1")
    assert "Сколько дней в неделе?" in page_of(started.get(f"{PAGE}1"))
    post(started, f"{PAGE}language", {"language": "xx", "next": f"{PAGE}1"}, page=f"{PAGE}1")
    assert "Сколько дней в неделе?" in page_of(started.get(f"{PAGE}1"))


def test_it_writes_nothing_into_the_database(started):
    tables = db.metadata.sorted_tables
    before = [db.session.scalar(text(f'SELECT count(*) FROM "{table.name}"')) for table in tables]
    give_all(started, right=True)
    started.get(f"{PAGE}result")
    assert before == [db.session.scalar(text(f'SELECT count(*) FROM "{table.name}"')) for table in tables]


@pytest.mark.parametrize("path", ["0", "11", "999"])
def test_there_are_no_other_questions(started, path):
    assert started.get(PAGE + path).status_code == 404


def test_who_did_not_begin_is_led_to_the_beginning(client):
    for path in ("1", "review", "finish", "resume", "result"):
        assert client.get(PAGE + path).location == PAGE
