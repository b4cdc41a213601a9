"""Lists of more than a page: what stands on which, what an act does to it, and that whoever writes sees their own."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from accounts.models import User
from accounts.rules import Role
from core.db import db, transaction
from question_bank import listing, sealing, source_queries
from question_bank.life import ReviewPoint, SourceKind, SuspensionKind
from question_bank.life_models import ApprovalSession, Citation, ItemSuspension
from question_bank.models import Item, ItemVersion
from question_bank.paging import PAGE, Page
from question_bank.rules import ItemStatus
from question_bank.services import approvals, items, sources
from question_bank.services.sources import Facts
from tests.services.bank_files import draft
from tests.web.counting import FEW, MANY, check, cost
from tests.web.signing_in import post, sign_in

LONG = PAGE + 2


@pytest.fixture
def approver(client, make):
    """Who reads the lists, in English."""
    person = make.user(Role.ITEM_APPROVER)
    enter(client, person)
    return person


def enter(client, person) -> None:
    sign_in(client, person)
    client.get("/staff/account?lang=en")


def said(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return said(answer)


def named(html: str) -> list[str]:
    """Identifiers of the rows of a page, in its order."""
    return list(dict.fromkeys(re.findall(r">(LAW-\d+)</a>", html)))


def marks(html: str) -> list[str]:
    """What the page says that it shows, of each row on which one may decide."""
    return re.findall(r'name="edition" value="([^"]+)"', html)


def ticked(html: str) -> dict[str, object]:
    """Every row of the page ticked, as it was shown."""
    shown = marks(html)
    return {"version": [one.split()[0] for one in shown], "edition": shown}


@pytest.mark.parametrize(("total", "asked", "given", "rows"), [
    (0, 1, 1, []), (1, 1, 1, [0]), (2, 1, 1, [0, 1]), (3, 1, 1, [0, 1]), (3, 2, 2, [2]), (3, 3, 2, [2]),
    (4, 2, 2, [2, 3]), (4, 3, 2, [2, 3]), (4, 10**6, 2, [2, 3]), (4, 0, 1, [0, 1]),
])  # fmt: skip
def test_a_page_behind_the_last_one_is_the_last_one(total, asked, given, rows):
    found = Page(total, asked, lambda after, most: list(range(total))[after : after + most], per_page=2)
    assert (found.page, found.items, found.total) == (given, rows, total)


@pytest.mark.parametrize("address", ["?all=1", "?text=суроо", "?text=суроо&sort=identifier"])
def test_whoever_asks_for_a_page_behind_the_last_of_the_bank_gets_the_last(client, make, approver, address):
    make.items(PAGE + 1)
    last, behind = (named(page(client, f"/staff/bank/{address}&page={number}")) for number in (2, 9))
    assert len(last) == 1 and behind == last
    answer = page(client, f"/staff/bank/{address}&page=9")
    assert f"Found: {PAGE + 1}" in answer and 'aria-current="page"><span class="u-hidden">Page </span>2<' in answer


# --- sources


@pytest.fixture
def amended(make, clock, approver):
    """A law from which more than a page of questions are taken, all of which are to be looked at."""
    versions = make.items(LONG)
    with transaction():
        law = sources.add_source(Facts(SourceKind.LAW, "Мыйзам", "Закон"), by=approver, now=clock())
        looked = {"checked_at": clock(), "checked_by_id": approver.id}
        for version in versions:
            db.session.add(Citation(version_id=version.id, source_id=law.id, place="1", **looked))
    clock.advance(timedelta(minutes=5))
    with transaction():
        law = source_queries.get_source(law.id)
        sources.amend(law, date(2026, 11, 1), "Баары", by=approver, now=clock())
        where = f"/staff/bank/sources/{law.id}"
    clock.advance(timedelta(minutes=5))
    return where


def test_what_is_due_is_counted_by_source_and_read_and_confirmed_a_page_at_a_time(client, amended):
    assert f"Questions to look at: {LONG}" in page(client, "/staff/bank/sources")
    first, second = page(client, amended), page(client, f"{amended}?page=2")
    assert (len(marks(first)), len(marks(second))) == (PAGE, LONG - PAGE)
    assert not set(named(first)) & set(named(second)) and len({*named(first), *named(second)}) == LONG
    read = {"read": first.split('name="read" value="')[1].split('"')[0]}
    answer = post(client, f"{amended}/confirm?page=2&words=24", ticked(second) | read)
    assert answer.status_code == 303 and answer.location == f"{amended}?page=2&words=24"
    assert f"Questions to look at: {PAGE}" in page(client, "/staff/bank/sources")
    again = page(client, f"{amended}?page=2")
    assert named(again) == named(second) and not marks(again)  # behind those that are still to be looked at
    assert post(client, f"{amended}/confirm", ticked(first) | read).status_code == 303
    assert "Questions to look at" not in page(client, "/staff/bank/sources") + page(client, amended)


def test_what_was_not_read_is_refused_on_the_page_where_it_stands_and_its_links_lead_to_the_source(client, amended):
    second = page(client, f"{amended}?page=2")
    read = {"read": second.split('name="read" value="')[1].split('"')[0]}
    answer = post(client, f"{amended}/confirm?page=2", ticked(second) | read | {"edition": marks(second)[:1]})
    html = said(answer)
    assert answer.status_code == 409 and named(html) == named(second)
    assert f'href="{amended}?page=1"' in html and "/confirm?page=1" not in html
    assert html.count(" checked") == 1  # the other was not read: its tick is gone


def test_questions_newly_confirmed_stand_behind_those_that_are_due_whatever_their_identifiers(client, amended):
    first = page(client, amended)
    one = named(first)[0]
    typed = {key: values[:1] for key, values in ticked(first).items()}
    post(client, f"{amended}/confirm", typed | {"read": first.split('name="read" value="')[1].split('"')[0]})
    assert one not in named(page(client, amended)) and named(page(client, f"{amended}?page=2"))[-1] == one


def test_an_author_counts_and_meets_only_their_own_among_what_is_due(client, make, clock, amended):
    author = make.user(Role.ITEM_AUTHOR)
    with transaction():
        version = items.create_item(draft("LAW-777"), by=author, now=clock())
        law = source_queries.sources()[0]
        sources.cite(version, law, "7", by=author, now=clock())
    clock.advance(timedelta(minutes=5))
    with transaction():
        sources.amend(source_queries.get_source(law.id), date(2026, 11, 2), "7", by=author, now=clock())
    enter(client, author)
    register, own = page(client, "/staff/bank/sources"), page(client, amended)
    assert "Questions to look at: 1" in register and f": {LONG}" not in register and f">{LONG}<" not in register
    assert "Questions taken from it: 1" in own and named(own) == ["LAW-777"]
    assert "LAW-777" in page(client, f"{amended}?page=2") and "Жобо" not in page(client, f"{amended}?words=жобо")


def test_of_many_that_name_a_source_in_words_all_are_counted_and_one_goes_on_where_one_was(
    client, make, clock, approver, monkeypatch
):
    monkeypatch.setattr(source_queries, "MOST_FOUND", 2)
    versions = [str(version.id) for version in make.items(3)]
    with transaction():
        law = sources.add_source(Facts(SourceKind.LAW, "Мыйзам", "Закон"), by=approver, now=clock())
        where = f"/staff/bank/sources/{law.id}"
    html = page(client, f"{where}?words=ЖОБО, 24")
    assert "Found: 3 · The first are shown: 2" in html and versions[0] in html and versions[2] not in html
    answer = post(client, f"{where}/cite?page=2", {"words": "ЖОБО, 24", "version": versions[:2]})
    assert "page=2&words=" in answer.location
    html = page(client, answer.location)
    assert "Found: 1<" in html and versions[2] in html and "Questions taken from it: 2" in html


# --- queue, sessions, quarantine


@pytest.fixture
def waiting(make, clock):
    """More than a page of questions that wait for approval, the first of them the longest; their ids."""
    ids = [version.id for version in make.items(LONG)]
    with transaction():
        for number, version in enumerate(listing.versions(ids)):
            version.status, version.approved_by_id, version.approved_at = ItemStatus.IN_REVIEW, None, None
            version.edited_at = clock() + timedelta(seconds=number)
    return ids


def test_whoever_empties_the_last_page_of_the_queue_goes_on_with_the_one_before(client, approver, waiting):
    first, last = page(client, "/staff/bank/queue"), page(client, "/staff/bank/queue?page=2")
    assert f"Found: {LONG}" in first and len(marks(first)) == PAGE
    assert [one.split()[0] for one in marks(first) + marks(last)] == [str(one) for one in waiting]
    typed = ticked(last) | {"points": list(ReviewPoint)}
    answer = post(client, "/staff/bank/queue?page=2", typed)
    assert answer.status_code == 303 and answer.location == "/staff/bank/queue?page=2"
    left = page(client, answer.location)
    assert marks(left) == marks(first) and f"Found: {PAGE}" in left
    assert "Ticks hold for this page only" in first and "Ticks hold for this page only" not in left


def test_a_long_agenda_is_decided_on_a_page_at_a_time_and_counted_as_a_whole(client, make, approver, waiting):
    typed = {"held_on": "28.11.2026", "place": "3", "version": [str(one) for one in waiting]}
    made = post(client, "/staff/bank/sessions/new", typed | {"members": [str(make.user(Role.ITEM_APPROVER).id)]})
    where = f"/staff/bank/sessions/{db.session.scalars(db.select(ApprovalSession)).one().id}"
    assert made.status_code == 303 and f">{LONG}</td>" in page(client, "/staff/bank/sessions")
    first, second = page(client, where), page(client, f"{where}?page=2")
    assert f"0 / {LONG}" in first and (len(marks(first)), len(marks(second))) == (PAGE, LONG - PAGE)
    refused = post(client, f"{where}/decide?page=2", ticked(second) | {"decision": "returned"})
    assert marks(said(refused)) == marks(second) and f'href="{where}?page=1"' in said(refused)
    typed = ticked(second) | {"points": list(ReviewPoint), "decision": "approved"}
    answer = post(client, f"{where}/decide?page=2", typed)
    assert answer.location == f"{where}?page=2"
    html = page(client, answer.location)
    assert f">{LONG}</td>" in page(client, "/staff/bank/sessions?page=9")
    assert f"2 / {LONG}" in html and not marks(html) and f"so postponed: {PAGE}" in html
    with transaction():
        item = db.session.get_one(Item, db.session.get_one(ItemVersion, waiting[0]).item_id)
        item.retired_at = item.created_at
    assert f"so postponed: {PAGE - 1}" in page(client, where)


def test_quarantine_has_pages_and_an_author_meets_their_own_wherever_it_would_stand(client, make, clock, approver):
    author = make.user(Role.ITEM_AUTHOR)
    versions = make.items(PAGE)
    with transaction():
        versions = [*listing.versions(one.id for one in versions), items.create_item(draft(), by=author, now=clock())]
        for number, version in enumerate(versions):
            version.item.suspended_at = clock()
            db.session.add(
                ItemSuspension(
                    item_id=version.item_id, kind=SuspensionKind.LEAK, reason="Шек", by_id=approver.id,
                    at=clock() + timedelta(seconds=number),
                )
            )  # fmt: skip
    first, second = page(client, "/staff/bank/quarantine"), page(client, "/staff/bank/quarantine?page=2")
    assert f"Found: {PAGE + 1}" in first and len(named(first)) == PAGE and named(second) == ["LAW-001"]
    enter(client, author)
    assert named(page(client, "/staff/bank/quarantine")) == ["LAW-001"]


def test_the_marks_of_a_page_are_those_of_the_words_that_it_shows(client, approver, waiting):
    found = listing.versions(waiting[:PAGE])
    assert marks(page(client, "/staff/bank/queue")) == [f"{one.id} {sealing.edition(one)}" for one in found]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_sessions_and_the_pages_of_those_who_design_tests_cost_the_same_with_many_questions(client, make, clock):
    roles = (Role.TEST_ADMINISTRATOR, Role.ITEM_APPROVER, Role.ITEM_APPROVER)
    designer, approver, second = (make.user(role).id for role in roles)

    def found(number: int) -> dict[str, int]:
        ids = [version.id for version in make.items(number)]
        make.items(number, area="management", difficulty=number)
        make.forms(make.specification(), number)
        with transaction():
            for version in listing.versions(ids):
                version.status, version.approved_by_id, version.approved_at = ItemStatus.IN_REVIEW, None, None
        with transaction():
            people = [db.session.get_one(User, one) for one in (approver, second)]
            session = approvals.open_session(
                date(2026, 11, 28), "3", people[1:], listing.versions(ids), by=people[0], now=clock()
            )
            where = f"/staff/bank/sessions/{session.id}"
        enter(client, db.session.get_one(User, approver))
        costs = {"session": cost(client, where), "sessions": cost(client, "/staff/bank/sessions")}
        costs["home"] = cost(client, "/staff/")
        enter(client, db.session.get_one(User, designer))
        return costs | {name: cost(client, f"/staff/{name}") for name in ("bank/subjects", "tests/blueprints")}

    few, many = found(FEW), found(MANY)
    check(few, many, {"session": 10, "sessions": 8, "home": 9, "bank/subjects": 10, "tests/blueprints": 11})
