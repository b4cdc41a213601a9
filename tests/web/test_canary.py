"""Nothing leaks: random words stand in every rationale, comment, source and author, and every byte a candidate ever
receives is searched for them; the key itself shows neither in ids nor in the order, size or shape of anything."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from pypdf import PdfReader
from werkzeug.test import TestResponse

from accounts.rules import Role
from appeals.models import Appeal
from core.db import db, transaction
from question_bank import sealing
from question_bank.models import Item, ItemReview, ItemVersion, TestSpecification
from question_bank.rules import ReviewAct
from testing_center.models.attempts import Attempt, Protocol
from testing_center.services import codes
from testing_center.sheets import get_sheet
from tests.candidates import Browser
from tests.web.test_exam_pages import Reader

# Every address that somebody without a staff account may ask for. A new one fails below until it stands here and is
# visited: by the journey, or as a page of ``APART``.
VISITED = {
    "api.enter", "api.gap", "api.openapi", "api.pulse", "api.result", "api.save", "api.show", "api.start", "api.submit",
    "exam.answer", "exam.entry", "exam.entry_page", "exam.finish", "exam.finish_page", "exam.language",
    "exam.leave", "exam.part", "exam.paused", "exam.protocol", "exam.question", "exam.result", "exam.resume",
    "exam.review", "exam.rules_page", "exam.start",
    "media.show", "web.healthz", "verification.ask", "verification.show", "web.home", "web.readyz",
    "web.set_display", "appeal.application", "appeal.file", "appeal.late", "appeal.withdraw", "publication.index",
    "publication.show", "safe_browser.leave", "safe_browser.settings_file",
    "workstation_check.show", "workstation_check.time", "workstation_check.write_down",
    "practice.answer", "practice.finish", "practice.finish_page", "practice.index", "practice.language",
    "practice.part", "practice.question", "practice.result", "practice.resume", "practice.review", "practice.save",
    "practice.start",
}  # fmt: skip

# Pages of the staff's door: they know nothing of a test.
APART = {"accounts.sign_in", "accounts.set_up", "accounts.sign_out"}


@dataclass
class Canary:
    """Words that must never be seen, and everything that was received."""

    words: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    codes: list[str] = field(default_factory=list)

    def word(self, where: str) -> str:
        """A fresh word planted somewhere."""
        word = "zq" + secrets.token_hex(6)
        self.words[word] = where
        return word

    def hear(self, answer: TestResponse) -> None:
        """Keep every byte of an answer, its headers and cookies included; a PDF as text too."""
        headers = "".join(f"{name}: {value}\n" for name, value in answer.headers).encode()
        body = answer.data
        if answer.mimetype == "application/pdf":
            reader = PdfReader(BytesIO(body))
            body += " ".join(page.extract_text() for page in reader.pages).encode() + str(reader.metadata).encode()
        self.heard.append((f"{answer.request.method} {answer.request.path}", headers + body + cookie_text(headers)))

    def leaks(self) -> list[str]:
        """Where a planted word was heard."""
        return [
            f"{self.words[word]} in {where}"
            for where, data in self.heard for word in self.words if word.encode() in data.lower()
        ]  # fmt: skip


def cookie_text(headers: bytes) -> bytes:
    """What stands in a signed session cookie: its payload is readable by whoever has it."""
    from itsdangerous.url_safe import URLSafeTimedSerializer

    found = re.findall(rb"session=([^;\s]+)", headers)
    return b"".join(
        URLSafeTimedSerializer(b"").load_payload(value.rsplit(b".", 2)[0]).__repr__().encode() for value in found
    )


def listen(app: Flask, canary: Canary, client) -> None:
    """Hear whatever this client receives."""
    answer = client.open

    def open_and_hear(*args, **kwargs):
        follow, kwargs["follow_redirects"] = kwargs.get("follow_redirects", False), False
        got = answer(*args, **kwargs)
        canary.hear(got)
        with app.test_request_context(got.request.path, method=got.request.method) as context:
            canary.visited.add(context.request.endpoint or "-")
        return open_and_hear(got.location, follow_redirects=True) if follow and got.status_code in (302, 303) else got

    client.open = open_and_hear


def plant(canary: Canary) -> None:
    """Put a word wherever the bank keeps something that no candidate may see; the key itself is an option's id."""
    with transaction():
        for version in db.session.scalars(db.select(ItemVersion)):
            version.source, version.author = canary.word("source"), canary.word("author")
            version.enemies = [canary.word("enemy")]
            version.rationale_sealed = sealing.seal_rationale(version.id, canary.word("rationale"))
            db.session.add(
                ItemReview(
                    id=uuid4(), version_id=version.id, act=ReviewAct.APPROVED, comment=canary.word("comment"),
                    by_id=version.approved_by_id, at=version.created_at,
                )
            )  # fmt: skip
        for item in db.session.scalars(db.select(Item)):
            item.external_id = canary.word("external id")
            item.retired_reason = canary.word("reason")
        for specification in db.session.scalars(db.select(TestSpecification)):
            specification.decision_comment = canary.word("decision")
            specification.blueprint.title = canary.word("blueprint")


@pytest.fixture
def canary(app, make):
    """A sitting of two whose bank is full of planted words."""
    canary = Canary()
    specification = make.specification()
    plant(canary)
    specification = db.session.get_one(TestSpecification, specification.id)
    monkey = make.specification
    make.specification = lambda **_given: specification
    sitting = make.sitting(people=2)
    make.specification = monkey
    canary.codes = make.codes(sitting)
    with transaction():
        other = make.participants(sitting)[1].person
        other.surname = canary.word("name of another candidate")
        other.refresh_name()
    return canary


def travel(app: Flask, make, clock, canary: Canary, *, right: bool) -> None:
    """Go everywhere a candidate can go: with script and without, rightly and wrongly, in time and late."""
    for path in ("/", "/healthz", "/readyz", "/api/v1/openapi.json", "/exam/", "/exam/check/time", "/nothing"):
        stranger = app.test_client()
        listen(app, canary, stranger)
        stranger.get(path)
    reader, browser = Reader(app), Browser(app)
    for one in (reader, browser):
        listen(app, canary, one.client)
    browser.enter("0" * 16)
    reader.enter("1234")
    reader.enter(canary.codes[0])
    reader.open("/exam/rules")
    reader.send("/exam/rules")
    reader.start()
    attempt = db.session.scalars(db.select(Attempt)).one()
    items, places = get_sheet(attempt.form_id).items, attempt.order["items"]
    chosen = [items[place].options[0 if right else 1].id for place in places]
    for position in (1, 2, 3):
        reader.client.get(f"/exam/questions/{position}/part")
        reader.open(f"/exam/questions/{position}")
        reader.answer(reader.options().index(chosen[position - 1]), flag="1")
    reader.open(f"/media/{'0' * 64}.png")
    reader.send("/exam/language", language="ru", next="/exam/questions/2")
    reader.send("/display", theme="dark", next="/exam/questions/2")
    reader.open("/exam/review")
    reader.open("/exam/finish")
    reader.open("/exam/protocol.pdf")
    by = make.user(Role.PROCTOR)
    with transaction():
        token = codes.issue_resume_token(db.session.get_one(Attempt, attempt.id), reason="x", by=by, now=clock())
    browser.enter(canary.codes[0], token)
    browser.start()
    browser.show()
    browser.result()
    for response, revision in (([chosen[3]], 1), ([chosen[3]], 1), ([], 1), (["x"], 2), ("x", 2)):
        browser.save(4, response, revision)
    browser.save(99, [])
    browser.call("POST", "/attempt/gaps", {"seconds": 3})
    for path in ("/exam/paused", "/exam/settings.seb", "/exam/quit"):
        reader.open(path)
    browser.call("POST", "/attempt/pulse", {"seen": []})
    reader.open("/exam/resume")
    browser.submit()
    browser.result()
    browser.show()
    browser.save(5, [chosen[4]])
    reader.client.set_cookie("session", browser.client.get_cookie("session").value)
    for path in ("/exam/result", "/exam/result?lang=en", "/exam/protocol.pdf", "/exam/questions/1"):
        reader.open(path)
    reader.send("/exam/finish")
    reader.open("/exam/result")
    appeal(reader, canary.codes[0])
    reader.send("/exam/leave")
    for path in ("/results/", f"/results/{attempt.competition_id}"):  # nothing is published yet: no page says more
        reader.open(path)
    reader.open("/exam/practice/")
    reader.send("/exam/practice/")
    reader.send("/exam/practice/1", go="2")
    reader.client.get("/exam/practice/2/part")
    reader.client.put("/exam/practice/responses/2", json={})
    for path in ("resume", "review", "finish"):
        reader.open(f"/exam/practice/{path}")
    reader.send("/exam/practice/language", language="ru", next="/exam/practice/1")
    reader.send("/exam/practice/finish")
    reader.open("/exam/check/?checked=1&typed=x")
    reader.send("/exam/check/", room="x")
    reader.open("/verify/")
    reader.open(f"/verify/{db.session.scalars(db.select(Protocol.verification_code)).one()}")


def appeal(reader: Reader, code: str) -> None:
    """Refused with a fault, filed, printed, taken back: first with another code, then with one's own."""
    reader.open("/exam/appeal/")
    reader.send("/exam/appeal/", questions="99", grounds="x")
    reader.send("/exam/appeal/", questions="1, 2", grounds="x")
    assert db.session.scalars(db.select(Appeal)).one().items
    for path in ("/exam/appeal/", "/exam/appeal/application.pdf", "/exam/appeal/withdraw"):
        reader.open(path)
    reader.send("/exam/appeal/withdraw", code="0" * 16)
    reader.send("/exam/appeal/withdraw", code=code)
    assert db.session.scalars(db.select(Appeal.withdrawn_at)).one()
    reader.send("/exam/appeal/late")


@pytest.mark.parametrize("right", [True, False])
def test_nothing_that_a_candidate_receives_says_what_the_bank_keeps(app, make, clock, canary, right):
    travel(app, make, clock, canary, right=right)
    assert len(canary.heard) > 60
    assert canary.leaks() == []


def test_the_canary_would_be_heard(app, make, clock, canary):
    """The search finds a word in a page, in JSON, in the text of a PDF and in a cookie: it can fail."""
    canary.words |= {"questions/2": "a page", '"stem"': "JSON", "'attempt'": "a cookie"}
    travel(app, make, clock, canary, right=True)
    found = set(canary.leaks())
    assert {
        "a page in GET /exam/questions/1",
        "JSON in POST /api/v1/attempt",
        "a cookie in POST /api/v1/entry",
    } <= found
    assert "Үсөнбаева" in dict(canary.heard)["GET /exam/protocol.pdf"].decode(errors="replace")


def test_every_address_open_to_candidates_and_to_everybody_is_visited(app, make, clock, canary):
    open_to = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and getattr(app.view_functions[rule.endpoint], "access", "") in {"candidate", "public"}
    }
    unlisted = open_to - VISITED - APART
    assert not unlisted, f"visit these in travel() and list them in VISITED: {sorted(unlisted)}"
    travel(app, make, clock, canary, right=True)
    assert VISITED - canary.visited == set()


def test_before_the_end_nothing_tells_right_from_wrong(app, make, clock, canary):
    """A right and a wrong save differ in nothing but what the candidate said: shape, length, headers."""
    seen = []
    for code, index in zip(canary.codes, (0, 1), strict=True):
        browser = Browser(app)
        browser.enter(code)
        browser.start()
        attempt = db.session.scalars(db.select(Attempt).filter_by(epoch=1).order_by(Attempt.entered_at.desc())).all()
        own = next(one for one in attempt if one.code.lookup == codes.lookup_of(code))
        clock.advance(timedelta(microseconds=1))
        answers = []
        for position, place in enumerate(own.order["items"], 1):
            option = get_sheet(own.form_id).items[place].options[index].id
            answers.append(browser.save(position, [option]))
        seen.append([(a.status_code, len(a.data), sorted(a.json), sorted(a.headers.keys())) for a in answers])
        assert not {"correct", "points", "score", "key", "right"} & {name for a in answers for name in a.json}
    assert seen[0] == seen[1]


def test_the_ids_of_options_and_their_order_tell_nothing_of_the_key(app, make):
    """The key is the first option in the bank: on the screen it stands anywhere, under an id without order."""
    sitting = make.sitting(people=12, items=30)
    shown, ids = [], set()
    for code in make.codes(sitting):
        browser = Browser(app)
        browser.enter(code)
        for item in browser.start().json["items"]:
            place = next(
                s for s in get_sheet(db.session.scalars(db.select(Attempt.form_id)).first()).items.values()
                if {o.id for o in s.options} == {o["option"] for o in item["options"]}
            )  # fmt: skip
            order = [o["option"] for o in item["options"]]
            shown.append(order.index(place.options[0].id))
            ids.add(sorted(order).index(place.options[0].id))
    assert ids == {0, 1, 2, 3}
    for position in range(4):
        assert 0.12 < shown.count(position) / len(shown) < 0.38


def test_what_is_shown_comes_from_a_list_of_what_may_be_shown(app, canary):
    browser = Browser(app)
    browser.enter(canary.codes[0])
    said = browser.start().json
    assert set(said) == {
        "csrf_token", "status", "server_time", "deadline_at", "remaining_seconds", "form_digest", "language", "items",
    }  # fmt: skip
    assert {name for item in said["items"] for name in item} == {
        "position", "stem", "media", "kind", "options", "response", "revision", "flagged",
    }  # fmt: skip
    assert {name for item in said["items"] for option in item["options"] for name in option} == {"option", "text"}
