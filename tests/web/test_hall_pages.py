"""The console and acts upon candidates by form: who may, what is recorded, what is told to a page that is open."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center.forms.fields import SEATS_MAX
from testing_center.models.attempts import ResumeToken
from testing_center.models.hall import HallAct
from testing_center.models.sittings import Incident, Participant, Sitting
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.delivery import AttemptStatus, NotAuthorised
from testing_center.rules.seating import SEATS_PER_ROW_MAX
from testing_center.rules.sittings import Presence
from testing_center.services import contacts, photos
from tests.candidates import Candidate
from tests.services.test_acts import Hall
from tests.web.counting import cost
from tests.web.reading import BASE, entries, page_of, proctor_of, refusals
from tests.web.signing_in import post, proof, sign_in

MINUTE = timedelta(minutes=1)
WHY = {"category": "technical", "reason": "Чычкан иштебейт"}


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def hall(make, clock, client):
    """Three candidates at work; the proctor of the sitting is signed in."""
    hall = Hall(make, clock, 3).start()
    sign_in(client, proctor_of(hall.sitting))
    return hall


def room(hall: Hall, rest: str = "") -> str:
    return f"{BASE}/{hall.sitting_id}/room/{rest}"


def live(client, hall: Hall, since: str = "") -> dict:
    answer = client.get(room(hall, "live"), query_string={"since": since}, headers={"Accept": "application/json"})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    return answer.json


def act(client, hall: Hall, kind: str, seats: str = "1-3", **typed):
    return post(
        client, room(hall, f"act?kind={kind}"), {"seats": seats} | WHY | typed, page=room(hall, f"act?kind={kind}")
    )


def act_of(client, hall: Hall):
    """A pause asked for by whoever is signed in, without opening its page."""
    return post(client, room(hall, "act?kind=pause"), {"seats": "1-3"} | WHY)


def acts(hall: Hall) -> list[HallAct]:
    db.session.rollback()
    return list(db.session.scalars(db.select(HallAct).order_by(HallAct.asked_at)))


def second(browser, make):
    """Another of the staff, in a browser of their own."""
    found = browser(make.user(Role.TEST_ADMINISTRATOR))
    found.set_cookie("language", "en")
    return found


# Looking


def test_the_console_says_of_each_seat_how_it_stands_and_shows_no_score(client, hall):
    hall.candidates[0].answer(1, 2)
    hall.candidates[1].submit()
    html = page_of(client.get(room(hall)))
    assert "2 / 5" in html and "Working" in html and "Finished" in html and hall.candidates[0].address in html
    assert "Score" not in html and "meet" not in html.lower()
    assert html.count("data-seat=") == 3 and html.count("data-place=") == 5


def test_without_script_the_page_renews_itself_and_with_it_only_what_changed_comes(client, hall):
    html = page_of(client.get(room(hall)))
    assert '<noscript><meta http-equiv="refresh" content="15;url=' in html
    assert "Refresh" not in client.get(room(hall)).headers


def test_looking_on_is_recorded_once_a_quarter_of_an_hour(client, hall, clock):
    client.get(room(hall))
    for _ in range(5):
        clock.advance(2 * MINUTE)
        live(client, hall)
    looks = [entry for entry in entries("links.opened") if audit.facts(entry)["purpose"] == "proctor's room"]
    assert len(looks) == 1
    clock.advance(6 * MINUTE)
    live(client, hall)
    assert len(entries("links.opened")) == len(looks) + 1


@pytest.mark.parametrize("path", ["", "live", "act?kind=pause", "acts", "seats/1"])
def test_the_proctor_of_another_sitting_sees_nothing_of_it(client, make, clock, hall, path):
    sign_in(client, make.somebody(Role.PROCTOR))
    assert client.get(room(hall, path)).status_code == 403
    assert entries("links.opened") == []


def test_the_proctor_of_another_sitting_decides_nothing_in_it(client, make, hall):
    waits = hall.ask(ActKind.END)
    sign_in(client, make.somebody(Role.PROCTOR))
    assert post(client, room(hall, f"acts/{waits.id}"), {"answer": "confirm"}).status_code == 403
    assert act_of(client, hall).status_code == 403 and [one.status for one in acts(hall)] == [ActStatus.WAITING]


def test_filters_hide_rows_by_state_connection_name_and_seat(client, hall):
    hall.ask(ActKind.PAUSE, hall.candidates[0])
    contacts.hear(hall.candidates[1].attempt_id, now=hall.clock())

    def shown(query: str) -> int:
        html = page_of(client.get(room(hall, query)))
        return html.count("<tr id=") - html.count(" hidden><td")

    assert [shown(query) for query in ("", "?state=paused", "?connection=ok", "?q=2", "?q=nobody")] == [3, 1, 1, 1, 0]
    assert "Nobody fits these filters" in page_of(client.get(room(hall, "?q=nobody")))


def test_the_plan_has_as_many_seats_in_a_row_as_the_room(client, hall):
    with transaction():
        hall.sitting.room.seats_per_row = 4
    assert 'class="c-hall c-hall--4"' in page_of(client.get(room(hall)))
    looks = (Path(__file__).parents[2] / "static" / "css" / "product.css").read_text("utf-8")
    for seats in range(1, SEATS_PER_ROW_MAX + 1):
        assert f".c-hall--{seats} {{ --per-row: {seats}; }}" in looks


def test_rows_of_the_room_behind_the_last_person_are_said_and_not_drawn(client, hall):
    with transaction():
        db.session.get_one(Sitting, hall.sitting_id).room.seats_per_row = 2
    html = page_of(client.get(room(hall)))
    assert html.count("data-place=") == 4 and 'Free seats: <span class="u-num">5</span>' in html


def test_plan_and_table_say_of_a_silent_seat_the_same(client, hall):
    for candidate, ago in zip(hall.candidates, (20, 90, 1), strict=True):
        contacts.hear(candidate.attempt_id, now=hall.clock() - timedelta(seconds=ago))
    told = live(client, hall)
    for seat, look, words in ((1, "warn", "Silent"), (2, "bad", "Lost")):
        assert f"c-badge--{look}" in told["rows"][str(seat)] and f"c-seat--{look}" in told["places"][str(seat)]
        assert words in told["rows"][str(seat)] and words in told["places"][str(seat)]
    assert "c-seat--work" in told["places"]["3"]
    legend = page_of(client.get(room(hall))).split('class="c-legend"')[1].split("</ul>")[0]
    assert "Silent" in legend and "Lost" in legend


def test_without_script_the_page_can_be_made_to_stand_still_while_seats_are_ticked(client, hall):
    html = page_of(client.get(room(hall, "?state=working")))
    path = room(hall)
    assert f'href="{path}?still=1&state=working#list"' in html
    still = page_of(client.get(room(hall, "?state=working&still=1")))
    assert 'http-equiv="refresh"' not in still and f'href="{path}?state=working#list"' in still
    assert 'name="still" value="1"' in still and 'name="still"' not in html


# What an open page is told


def test_only_the_seat_that_changed_is_sent(client, hall):
    before = live(client, hall)
    assert before["all"] and sorted(before["rows"]) == ["1", "2", "3"]
    assert live(client, hall, before["version"])["rows"] == {}
    hall.candidates[1].answer(3)
    after = live(client, hall, before["version"])
    assert len(after["rows"]) == 1 and not after["all"] and "log" not in after["parts"]
    [row] = after["rows"].values()
    assert "1 / 5" in row and row in client.get(room(hall)).get_data(as_text=True)


def test_an_unknown_version_is_sent_everything(client, hall):
    for since in ("", "nonsense", "1.0.0.0"):
        told = live(client, hall, since)
        assert told["all"] and len(told["rows"]) == 3 and {"figures", "alerts", "waiting", "log"} <= set(told["parts"])


def test_events_end_and_say_when_to_come_again(client, hall):
    version = live(client, hall)["version"]
    answer = client.get(room(hall, "live"), headers={"Accept": "text/event-stream", "Last-Event-ID": version})
    assert answer.mimetype == "text/event-stream" and answer.headers["Content-Length"]
    lines = answer.get_data(as_text=True).split("\n")
    assert lines[:3] == ["retry: 2000", f"id: {version}", "event: hall"] and lines[4:] == ["", ""]
    assert json.loads(lines[3].removeprefix("data: "))["rows"] == {}


def test_an_act_that_waits_comes_to_every_open_page_and_goes_when_it_is_decided(client, hall, browser, make):
    other = second(browser, make)
    before = live(other, hall)["version"]
    act(client, hall, "end", "1")
    told = live(other, hall, before)
    assert "Waits for a second person" in told["parts"]["waiting"] and "Confirm" in told["parts"]["waiting"]
    assert "Confirm" not in live(client, hall)["parts"]["waiting"]  # to the one who asked it is not offered
    post(other, room(hall, f"acts/{acts(hall)[0].id}"), {"answer": "confirm"}, page=room(hall))
    assert live(other, hall, told["version"])["parts"]["waiting"].strip() == ""


def test_an_incident_comes_to_every_open_page_and_only_when_it_is_new(client, hall, browser, make):
    other = second(browser, make)
    before = live(other, hall)["version"]
    assert "incidents" not in live(other, hall, before)["parts"]
    path = f"{BASE}/{hall.sitting_id}/incident"
    post(client, path, {"category": "technical", "text": "Жарык өчтү"}, page=path)
    told = live(other, hall, before)
    assert (told["rows"], told["all"]) == ({}, False)
    assert "Жарык өчтү" in told["parts"]["incidents"] and "И-1" in told["parts"]["incidents"]
    assert told["parts"]["incidents"].strip() in page_of(other.get(room(hall)))
    hall.candidates[0].answer(1)
    assert "incidents" not in live(other, hall, told["version"])["parts"]


def test_a_refresh_takes_as_many_statements_for_many_as_for_few(client, make, clock, hall):
    live(client, hall)
    few = cost(client, room(hall, "live"))
    other = Hall(make, clock, 8).start()
    sign_in(client, proctor_of(other.sitting))
    live(client, other)
    assert cost(client, room(other, "live")) <= few


# Acting


def test_the_page_of_an_act_says_who_is_concerned_and_what_will_happen(client, hall):
    hall.candidates[2].submit()
    html = page_of(client.get(room(hall, "act?kind=extend&seat=1&seat=2&seat=3")))
    assert 'value="1-3"' in html and "Who is concerned: 2" in html and "Not concerned, as they stand now" in html
    assert "up to so many minutes: 10" in html
    hall.ask(ActKind.EXTEND, *hall.candidates[:2], minutes=7, by=proctor_of(hall.sitting))
    assert "up to so many minutes: 3" in page_of(client.get(room(hall, "act?kind=extend&seat=1&seat=2")))
    assert "It needs a second person" in page_of(client.get(room(hall, "act?kind=end&seat=1")))
    assert 'value="1-2"' in page_of(client.get(room(hall, "act?kind=pause&all=1")))


def test_who_has_written_seats_is_told_that_the_act_does_not_concern_them_and_not_to_write_any(client, hall):
    assert "Nobody yet: write the seats." in page_of(client.get(room(hall, "act?kind=time_up")))
    html = page_of(client.get(room(hall, "act?kind=time_up&seat=1")))
    assert "Not concerned, as they stand now. Seats: 1" in html and "Nobody yet" not in html


def test_from_the_seat_of_somebody_who_is_expected_one_comes_to_the_presence_check(client, make):
    sitting = make.sitting(people=1)
    sign_in(client, proctor_of(sitting))
    seat, check = f"{BASE}/{sitting.id}/room/seats/1", f'href="{BASE}/{sitting.id}/room/presence?q=1"'
    assert check not in page_of(client.get(seat))  # has come
    make.participants(sitting)[0].presence = Presence.EXPECTED
    db.session.commit()
    assert check in page_of(client.get(seat))


def test_all_are_paused_and_let_go_on_by_form(client, hall, clock):
    assert act(client, hall, "pause").status_code == 303
    assert {one.attempt.status for one in hall.candidates} == {AttemptStatus.PAUSED}
    clock.advance(4 * MINUTE)
    assert act(client, hall, "resume").status_code == 303
    assert {one.attempt.status for one in hall.candidates} == {AttemptStatus.IN_PROGRESS}
    [paused, _resumed] = acts(hall)
    assert (paused.reason, paused.category, paused.status) == (WHY["reason"], "technical", ActStatus.DONE)
    html = page_of(client.get(room(hall)))
    assert "Time given: 0:04:00" in html and WHY["reason"] in html


def test_every_second_seat_of_the_largest_room_may_be_chosen(client, hall):
    query = "&".join(f"seat={number}" for number in range(1, SEATS_MAX, 2))
    html = page_of(client.get(room(hall, f"act?kind=pause&{query}")))
    seats = re.search(r'id="seats"[^>]*value="([^"]*)"', html) or re.search(r'value="([^"]*)"[^>]*id="seats"', html)
    assert act(client, hall, "pause", seats[1]).status_code == 303
    assert len(acts(hall)[0].targets) == 2


def test_the_usual_category_is_chosen_and_reasons_are_offered_but_a_message_is_its_own_reason(client, hall):
    html = page_of(client.get(room(hall, "act?kind=end&seat=1")))
    assert 'checked class="c-check__input" id="category-1"' in html and 'list="reasons"' in html
    assert '<option value="The candidate left the room">' in html
    html = page_of(client.get(room(hall, "act?kind=message&seat=1")))
    assert 'name="reason"' not in html and 'name="wording"' in html
    assert act(client, hall, "message", "1", wording="Суу ич").status_code == 303
    assert [(one.reason, one.wording) for one in acts(hall)] == [("", "Суу ич")]


def test_a_move_to_another_workstation_has_a_category_and_a_reason(client, hall):
    path = room(hall, "seats/1")
    assert 'id="reason-error"' in page_of(post(client, path, {"category": "staff", "reason": " "}, page=path))
    assert 'id="category-error"' in page_of(post(client, path, {"reason": "Экран күйбөйт"}, page=path))
    answer = post(client, path, {"category": "environment", "reason": "Экран күйбөйт"}, page=path)
    assert "c-score" in page_of(answer)
    [move] = db.session.scalars(db.select(ResumeToken))
    assert (move.category, move.reason) == ("environment", "Экран күйбөйт")


INCIDENT = re.compile(r'<option[^>]*value="(\d+)"[^>]*>(И-[^<]*)</option>')


def happened(client, hall, words: str) -> None:
    path = f"{BASE}/{hall.sitting_id}/incident"
    assert post(client, path, {"category": "technical", "text": words}, page=path).status_code == 303


@pytest.mark.parametrize("kind", ["pause", "message", "extend", "outage", "end"])
def test_every_act_may_name_the_incident_it_belongs_to_the_latest_first(client, hall, kind):
    assert 'name="incident"' not in page_of(client.get(room(hall, f"act?kind={kind}")))
    happened(client, hall, "Жарык өчтү")
    happened(client, hall, "Коммутатор өчтү, " * 9)
    html = page_of(client.get(room(hall, f"act?kind={kind}")))
    offered = INCIDENT.findall(html)
    assert [number for number, _words in offered] == ["2", "1"]
    assert offered[1][1].endswith("· Жарык өчтү") and offered[0][1].endswith("…") and len(offered[0][1]) < 90
    assert 'selected value="1"' in page_of(client.get(room(hall, f"act?kind={kind}&incident=1")))


def test_an_act_upon_an_incident_stands_on_its_page_and_the_console_says_upon_which(client, hall):
    happened(client, hall, "Жарык өчтү")
    assert act(client, hall, "extend", minutes="5", incident="1").status_code == 303
    assert act(client, hall, "extend", minutes="3", incident="").status_code == 303
    incident = db.session.scalars(db.select(Incident)).one()
    assert [one.incident_id for one in acts(hall)] == [incident.id, None]
    assert audit.facts(entries("hall.act_linked")[-1])["number"] == 1
    page = f"{BASE}/{hall.sitting_id}/incidents/{incident.id}/"
    html = page_of(client.get(page)).split('id="paper"')[0]
    assert "minutes: 5" in html and html.count("<tr><td") == 1
    assert page in live(client, hall)["parts"]["log"]


def test_an_incident_that_the_sitting_does_not_have_is_refused_at_its_field(client, hall):
    happened(client, hall, "Жарык өчтү")
    html = page_of(act(client, hall, "pause", incident="2"))
    assert 'id="incident-error"' in html and acts(hall) == []
    assert WHY["reason"] in html


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("pause", {"reason": ""}, "reason"), ("pause", {"category": ""}, "category"),
        ("pause", {"seats": "one"}, "seats"), ("pause", {"seats": "9"}, "seats"), ("resume", {}, "seats"),
        ("extend", {"minutes": "0"}, "minutes"), ("extend", {"minutes": "241"}, "minutes"),
        ("extend", {"minutes": "x"}, "minutes"), ("message", {"wording": " "}, "wording"),
        ("message", {"wording": "ы" * 301}, "wording"), ("outage", {"began": "10:00", "ended": "9:00"}, "ended"),
        ("outage", {"began": "25:00", "ended": "26:00"}, "began"), 
        ("outage", {"began": "0:00", "ended": "0:01"}, "began"),
        ("outage", {"began": "0:00", "ended": "23:59:59"}, "ended"), ("end", {"reason": " "}, "reason"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, hall, kind, typed, field):
    html = page_of(act(client, hall, kind, **typed))
    assert f'id="{field}-error"' in html and acts(hall) == []
    shown = {"seats": "1-3"} | WHY | typed
    if kind == "message":
        del shown["reason"]
    for name, value in shown.items():
        assert not value.strip() or value in html, name


def test_ten_minutes_are_given_alone_and_more_wait_for_another_person(client, hall, browser, make):
    one, deadline = hall.candidates[0], hall.candidates[0].attempt.deadline_at
    act(client, hall, "extend", "1-3", minutes="10")
    assert one.attempt.deadline_at == deadline + 10 * MINUTE
    act(client, hall, "extend", "1-3", minutes="1")
    assert one.attempt.deadline_at == deadline + 10 * MINUTE
    waits = acts(hall)[1]
    own = post(client, room(hall, f"acts/{waits.id}"), {"answer": "confirm"}, page=room(hall))
    assert own.status_code == 409 and refusals()[-1] == "other_person_needed"
    answer = post(second(browser, make), room(hall, f"acts/{waits.id}"), {"answer": "confirm"}, page=room(hall))
    assert answer.status_code == 303 and one.attempt.deadline_at == deadline + 11 * MINUTE


def test_what_the_second_person_declines_does_not_happen(client, hall, browser, make):
    act(client, hall, "end", "2")
    [waits] = acts(hall)
    other = second(browser, make)
    path = room(hall, f"acts/{waits.id}/decline")
    assert f'href="{path}"' in page_of(other.get(room(hall)))
    assert "Fill in this field" in page_of(post(other, path, {"reason": " "}, page=path))
    assert acts(hall)[0].status == ActStatus.WAITING
    assert post(other, path, {"reason": "Ал кайтып келди"}, page=path).status_code == 303
    assert (acts(hall)[0].status, acts(hall)[0].decline_reason) == (ActStatus.DECLINED, "Ал кайтып келди")
    assert {one.attempt.status for one in hall.candidates} == {AttemptStatus.IN_PROGRESS}
    html = page_of(client.get(room(hall, "acts")))
    assert "Declined" in html and "Ал кайтып келди" in html


def test_the_second_person_proves_who_they_are_and_loses_nothing_by_it(client, hall, browser, make, clock):
    act(client, hall, "end", "1")
    clock.advance(timedelta(seconds=1))
    act(client, hall, "end", "2")
    waits, other_waits = [one.id for one in acts(hall)]
    colleague = make.user(Role.TEST_ADMINISTRATOR)
    other = browser(colleague)
    other.set_cookie("language", "en")
    clock.advance(6 * MINUTE)
    asked = post(other, room(hall, f"acts/{waits}"), page=room(hall))
    assert "Confirm that it is you" in page_of(asked) and acts(hall)[0].status == ActStatus.WAITING
    assert post(other, room(hall, f"acts/{waits}"), proof(other, colleague), page=room(hall)).status_code == 303
    assert acts(hall)[0].status == ActStatus.DONE
    clock.advance(6 * MINUTE)
    path = room(hall, f"acts/{other_waits}/decline")
    html = page_of(post(other, path, {"reason": "Ал кайтып келди"}, page=room(hall)))
    assert "Confirm that it is you" in html and 'value="Ал кайтып келди"' in html
    clock.advance(MINUTE)
    typed = {"reason": "Ал кайтып келди"} | proof(other, colleague)
    assert post(other, path, typed, page=room(hall)).status_code == 303
    assert acts(hall)[1].status == ActStatus.DECLINED


def test_a_console_that_is_left_alone_does_not_keep_anybody_signed_in(client, hall, clock):
    html = page_of(client.get(room(hall, "?state=working")))
    assert "data-signed-out" in html and "unattended=1" in html and "state=working" in html
    for minute in range(30):
        clock.advance(MINUTE)
        if minute % 2:
            live(client, hall)
        else:
            assert client.get(room(hall, "?unattended=1")).status_code == 200
    clock.advance(timedelta(seconds=1))
    answer = client.get(room(hall, "live"), headers={"Accept": "application/json"})
    assert answer.status_code == 303 and "/sign-in" in answer.location


@pytest.mark.parametrize("page", ["presence", "live?attended=1"], ids=["who does something", "who only looks on"])
def test_whoever_sits_before_the_console_stays_signed_in(client, hall, clock, page):
    for _ in range(4):
        clock.advance(20 * MINUTE)
        assert client.get(room(hall, page)).status_code == 200


def test_an_outage_begins_with_what_was_recorded_and_gives_back_exactly_that(client, hall, clock):
    one, deadline = hall.candidates[0], hall.candidates[0].attempt.deadline_at
    clock.advance(10 * MINUTE)
    took = timedelta(minutes=4, seconds=3, microseconds=250000)
    hall.silent(one, clock() - took, clock())
    clock.advance(MINUTE)
    html = page_of(client.get(room(hall, "act?kind=outage&seat=1&seat=2")))
    assert html.count("gets back:") == 1 and html.count("nothing is recorded") == 1
    assert "gets back: 0:04:03" in html and 'value="10:05:56"' in html and 'value="10:10:00"' in html
    act(client, hall, "outage", "1-3", began="10:05:56", ended="10:10:00")
    assert one.attempt.deadline_at == deadline + took
    assert len(acts(hall)[0].targets) == 1


def test_an_act_upon_another_sitting_is_not_found(client, make, clock, hall):
    other = Hall(make, clock, 1).start()
    waits = other.ask(ActKind.END)
    assert post(client, room(hall, f"acts/{waits.id}"), {"answer": "confirm"}, page=room(hall)).status_code == 404


# A seat


def test_the_page_of_a_seat_says_all_that_happened_there(client, hall, clock):
    one = hall.candidates[0]
    hall.ask(ActKind.MESSAGE, one, wording="Суу ич")
    hall.ask(ActKind.EXTEND, one, minutes=5)
    hall.ask(ActKind.EXTEND, one, minutes=15)
    clock.advance(10 * MINUTE)
    hall.silent(one, clock() - 2 * MINUTE, clock() - MINUTE)
    html = page_of(client.get(room(hall, "seats/1")))
    for said in ("Суу ич", "Not read yet", "0:05:00", "the switch", "Waits for a second person", "0:01:00"):
        assert said in html
    assert 'name="seat" value="1"' in html and 'value="resume"' not in html and 'value="pause"' in html


def test_the_photograph_stands_on_the_page_of_its_seat_where_there_is_one(client, hall, clock):
    drawn = BytesIO()
    Image.new("RGB", (60, 80), "grey").save(drawn, "PNG")
    one = db.session.scalars(db.select(Participant).filter_by(sitting_id=hall.sitting_id, seat=1)).one()
    with transaction():
        photos.put_photo(one, photos.portrait(drawn.getvalue()), by=hall.other, now=clock())
    path = room(hall, f"presence/{one.id}/photo.jpg")
    assert f'src="{path}" alt="Photograph: ' in page_of(client.get(room(hall, "seats/1")))
    assert client.get(path).mimetype == "image/jpeg"
    assert "<img" not in page_of(client.get(room(hall, "seats/2")))


# The door


def test_who_has_entered_is_not_offered_as_absent_nor_as_not_let_in(client, make, clock):
    sitting = make.sitting(people=2)
    Candidate(clock, make.codes(sitting)[0]).enter()
    sign_in(client, proctor_of(sitting))
    html = page_of(client.get(f"{BASE}/{sitting.id}/room/presence"))
    came, waits = (re.search(rf'<tr id="seat-{n}">.*?</tr>', html, re.DOTALL).group(0) for n in (1, 2))
    assert re.findall(r'name="presence" value="(\w+)"', waits) == ["absent", "refused"]
    assert re.findall(r'name="presence" value="(\w+)"', came) == []
    assert len(entries("links.opened")) == 1  # to know it, links were opened


def test_who_is_not_let_in_is_told_why_and_it_is_an_incident_of_the_seat(client, make):
    sitting = make.sitting(present=False)
    sign_in(client, proctor_of(sitting))
    one = make.participants(sitting)[0]
    path = f"{BASE}/{sitting.id}/room/presence/{one.id}"
    assert post(client, path, {"presence": "refused"}).location.endswith("/refuse")
    assert db.session.get_one(Participant, one.id).presence == "expected"
    assert "Fill in this field" in page_of(post(client, f"{path}/refuse", {"category": "candidate", "reason": " "}))
    answer = post(client, f"{path}/refuse", {"category": "candidate", "reason": "Паспорту жок"}, page=f"{path}/refuse")
    assert answer.status_code == 303 and answer.location.endswith("#seat-1")
    db.session.rollback()
    assert db.session.get_one(Participant, one.id).presence == "refused"
    [incident] = db.session.scalars(db.select(Incident))
    assert (incident.seat, incident.category, incident.text) == (1, "candidate", "Паспорту жок")
    assert post(client, path, {"presence": "present"}).status_code == 303  # the passport is brought
    db.session.rollback()
    assert db.session.get_one(Participant, one.id).presence == "present"


# Starting together


def test_where_all_start_together_the_proctor_lets_them(client, make, clock):
    hall = Hall(make, clock, 2)
    with transaction():
        hall.sitting.starts_together = True
    sign_in(client, proctor_of(hall.sitting))
    html = page_of(client.get(room(hall)))
    assert html.count("Waits for leave to start") == 2 and 'value="authorise"' in html
    assert act(client, hall, "authorise", "1").status_code == 303
    hall.candidates[0].start()
    with pytest.raises(NotAuthorised):
        hall.candidates[1].start()
    assert page_of(client.get(room(hall))).count("Waits for leave to start") == 1


def test_elsewhere_leave_to_start_is_not_offered(client, hall):
    assert 'value="authorise"' not in page_of(client.get(room(hall)))


@pytest.mark.parametrize("chosen", [True, False])
def test_a_sitting_is_planned_so_that_candidates_start_together_or_by_themselves(client, make, clock, chosen):
    specification, rooms = make.specification(), make.room(3)
    [form], proctor = make.forms(specification), make.user(Role.PROCTOR)
    typed = {"number": "Т-2026-777", "room_id": str(rooms.id), "on": "01.12.2026", "at": "10:00"}
    typed |= {"proctors": str(proctor.id), "forms": str(form.id)} | ({"starts_together": "y"} if chosen else {})
    path = f"{BASE}/new?specification={specification.id}"
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert post(client, path, typed, page=path).status_code == 303
    sitting = db.session.scalars(db.select(Sitting).filter_by(number="Т-2026-777")).one()
    assert sitting.starts_together is chosen
    assert audit.facts(entries("sitting.planned")[-1]).get("starts_together", False) is chosen
