"""The question alone, for a page that is open: it is the same as on the whole page, and refused as the page is."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from core.db import db, transaction
from question_bank.rules import Navigation
from testing_center.models.attempts import Attempt
from testing_center.rules.delivery import AttemptStatus, EndKind
from tests.kinds_scene import ITEMS, KINDS
from tests.web.counting import statements
from tests.web.test_exam_pages import Reader
from tests.web.test_kind_pages import at_question

AT = datetime(2026, 11, 28, 4, 30, tzinfo=UTC)  # within the hour of the test


def part(reader: Reader, position: int):
    """What the page's script asks for."""
    return reader.client.get(f"/exam/questions/{position}/part")


def form(html: str) -> str:
    """The question's form; tokens are signed anew each time, and spaces around lines say nothing."""
    found = re.search(r'<form class="l-flow c-question".*?</form>', html, re.DOTALL).group(0)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r'name="csrf_token" value="[^"]+"', "", found))


@pytest.fixture
def reader(app, make):
    """Somebody at the first question of a test with every kind."""
    found = Reader(app)
    found.enter(make.codes(make.sitting(people=1, **KINDS))[0])
    found.start()
    return found


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_every_question_is_as_on_its_page_before_and_after_it_is_answered(make, clock, reader, language):
    reader.send("/exam/language", language=language, next="/exam/questions/1")
    for name, one in at_question(make, clock, reader).items():
        path = f"/exam/questions/{one.position}"
        said = {"order": ",".join(one.key)} if name == "order" else {"response": one.right}
        for is_answered in (False, True):
            reader.open(path)
            assert ("c-saved--none" not in reader.html) == is_answered, name
            assert form(part(reader, one.position).text) == form(reader.client.get(path).text)
            reader.send(path, revision=reader.revision(), flag="1", **said)


@pytest.fixture
def single(app, make):
    """Somebody at the first question of a test of which each asks for one option."""
    found = Reader(app)
    found.enter(make.codes(make.sitting(people=1))[0])
    found.start()
    return found


def test_those_that_follow_come_along_as_they_stand(single):
    single.open("/exam/questions/2")
    single.answer(0)
    alone = [form(part(single, position).text) for position in (1, 2, 3)]
    three = single.client.get("/exam/questions/1/part?ahead=2").text
    assert [form(one) for one in re.findall(r"<form .*?</form>", three, re.DOTALL)] == alone


@pytest.mark.parametrize(
    ("ahead", "shown"),
    [("0", 1), ("-1", 1), ("", 1), ("x", 1), ("1", 2), ("9", ITEMS), ("99", ITEMS), ("9" * 99, ITEMS)],
)
def test_no_more_come_along_than_there_are_or_than_ten(reader, ahead, shown):
    found = reader.client.get(f"/exam/questions/1/part?ahead={ahead}").text
    assert found.count("data-question=") == min(shown, 10)


def test_only_the_answer_in_force_is_shown_among_many(single):
    single.open("/exam/questions/2")
    for index in (0, 1, 0, 1):
        single.answer(index)
    page = form(single.open("/exam/questions/2").text)
    assert form(single.client.get("/exam/questions/1/part?ahead=1").text.partition("</form>")[2]) == page


def test_a_question_that_was_shown_alone_has_been_seen(reader):
    part(reader, 3)
    assert re.search(r'is-new" href="/exam/questions/2"', reader.open("/exam/questions/1").text)
    assert not re.search(r'is-new" href="/exam/questions/3"', reader.html)


@pytest.mark.parametrize(
    ("state", "way"),
    [
        ({"status": AttemptStatus.READY, "deadline_at": None, "started_at": None}, "/exam/rules"),
        ({"status": AttemptStatus.PAUSED, "paused_at": AT}, "/exam/paused"),
        ({"status": AttemptStatus.ENDED, "ended_at": AT, "end_kind": EndKind.SUBMITTED}, "/exam/result"),
    ],
)
def test_what_does_not_run_shows_no_question(reader, state, way):
    with transaction():
        db.session.execute(update(Attempt).values(**state))
    answer = part(reader, 1)
    assert (answer.status_code, answer.location) == (303, way)
    assert b"c-question" not in answer.data


def test_what_only_came_along_has_not_been_seen(reader):
    reader.client.get("/exam/questions/2/part?ahead=3")
    assert re.findall(r'is-new" href="/exam/questions/(\d)"', reader.open("/exam/questions/1").text)[0] == "3"


def test_the_deadline_itself_is_in_time_and_a_moment_later_is_not(reader, clock):
    clock.at = db.session.scalars(db.select(Attempt.deadline_at)).one()
    assert part(reader, 1).status_code == 200
    clock.advance(timedelta(microseconds=1))
    assert part(reader, 1).location == "/exam/result"


def test_whoever_has_not_entered_or_went_on_elsewhere_sees_none(app, reader):
    assert part(Reader(app), 1).location == "/exam/"
    with transaction():
        db.session.execute(update(Attempt).values(epoch=2))
    assert part(reader, 1).status_code == 409
    assert b"c-question" not in part(reader, 1).data


def test_a_question_that_does_not_exist_is_not_shown(reader):
    for position in (0, ITEMS + 1):
        assert part(reader, position).status_code == reader.client.get(f"/exam/questions/{position}").status_code == 404


def test_a_test_that_goes_forward_only_has_whole_pages(app, make):
    found = Reader(app)
    found.enter(make.codes(make.sitting(people=1, navigation=Navigation.FORWARD))[0])
    found.start()
    assert "data-questions" not in found.html
    assert part(found, 1).status_code == part(found, 2).status_code == 404


def test_it_costs_one_statement_however_many_questions_there_are(app, make, reader):
    sixty = Reader(app)
    sixty.enter(make.codes(make.sitting(people=1, items=60, cut_score=30))[0])
    sixty.start()
    for one in (reader, sixty):
        part(one, 1)
        with statements() as seen:
            assert part(one, 2).status_code == 200
        assert len([statement for statement in seen if not statement.startswith("BEGIN")]) == 1, seen


def test_it_is_small_on_the_wire_and_the_same(reader):
    answer = reader.client.get("/exam/questions/1/part", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and len(answer.data) < 2048
    assert form(gzip.decompress(answer.data).decode()) == form(part(reader, 1).text)
    assert "Accept-Encoding" in answer.headers["Vary"] and answer.mimetype == "text/html"
