"""Drawing variants in the browser: limits, what is short in words, figures before sealing, again or sealed."""

from __future__ import annotations

import re

import pytest

from accounts.models import User
from accounts.rules import Role
from core.db import db, transaction
from question_bank.draw_models import FormDraw
from question_bank.models import TestForm, TestSpecification
from question_bank.services.forms import seal_forms
from tests.web.counting import statements
from tests.web.signing_in import post, sign_in


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def where(client, make) -> str:
    """The page of an approved test of four questions; the bank has ten, and an administrator has signed in."""
    specification = make.specification(4, bank=10, points=2)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    return f"/staff/tests/specifications/{specification.id}"


def text(answer) -> str:
    """What a person reads, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_variants_are_drawn_looked_at_drawn_again_and_sealed(client, where):
    first = post(client, f"{where}/draws", {"count": "2", "tolerance": "0,5"}).location
    seen = text(client.get(f"{first}?lang=en"))
    assert "Nothing is sealed yet" in seen and "Most questions that two variants have in common 0 allowed: 0" in seen
    assert "Variant: 1 4.80 1.96 0 4" in seen  # 4 · 2 · 0.6 points, 2 · √(4 · 0.24)
    assert db.session.scalar(db.select(db.func.count()).select_from(TestForm)) == 0
    second = post(client, f"{where}/draws", {"count": "2", "tolerance": "0.5"}).location
    assert "Drawn again since" in text(client.get(f"{first}?lang=en"))
    assert post(client, f"{first}/seal").status_code == 409
    assert post(client, f"{second}/seal").status_code == 303
    assert "Sealed" in text(client.get(f"{second}?lang=en")) and post(client, f"{second}/seal").status_code == 409
    forms = db.session.scalars(db.select(TestForm).order_by(TestForm.variant)).all()
    drawn = db.session.scalars(db.select(FormDraw).order_by(FormDraw.number)).all()
    assert [[str(item.item_version_id) for item in form.items] for form in forms] == drawn[1].drawn
    assert "Draw: 2" in text(client.get(f"{where}?lang=en"))


def test_no_question_is_on_the_page_of_a_draw(client, where, make):
    drawn = post(client, f"{where}/draws", {"count": "1"}).location
    html = client.get(drawn).get_data(as_text=True)
    for id_ in db.session.scalars(db.select(FormDraw)).one().drawn[0]:
        assert id_ not in html
    assert "LAW-" not in html and "өңүт" not in html


def test_what_is_short_is_said_in_words_with_what_would_help_and_nothing_typed_is_lost(client, where):
    answer = post(client, f"{where}/draws?lang=en", {"count": "3", "shared": "0", "exposure": "1", "tolerance": ""})
    seen = text(answer)
    assert answer.status_code == 409
    assert "Area law , difficulty: 3. Needed: 12, can be filled: 10. Missing: 2" in seen
    assert "Fewer variants. With these limits the bank gives: 2" in seen
    assert "More variants that a question may stand on, at least" not in seen  # a question in common is not allowed
    assert re.search(r'name="count"[^>]*value="3"', answer.get_data(as_text=True))
    assert db.session.scalar(db.select(db.func.count()).select_from(FormDraw)) == 0


def test_where_questions_in_common_would_help_this_is_said(client, where):
    seen = text(post(client, f"{where}/draws?lang=en", {"count": "3", "shared": "0"}))
    assert "More questions that two variants may have in common." in seen
    seen = text(post(client, f"{where}/draws?lang=en", {"count": "3", "shared": "", "exposure": "1"}))
    assert "More variants that a question may stand on, at least: 2" in seen


@pytest.mark.parametrize(("wish", "field"), [
    ({"count": "0"}, "count"), ({"count": "21"}, "count"), ({"shared": "-1"}, "shared"),
    ({"exposure": "0"}, "exposure"), ({"exposure": "x"}, "exposure"),
    ({"tolerance": "көп"}, "tolerance"), ({"tolerance": "-1"}, "tolerance"),
])  # fmt: skip
def test_a_limit_that_is_none_is_said_once_at_its_field(client, where, wish, field):
    answer = post(client, f"{where}/draws", {"count": "1"} | wish)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    said = re.search(rf'id="{field}-error".*?</span>([^<]*)</span></p>', html, re.S)
    assert said and said[1].strip(".").count(".") == 0


def test_who_may_only_look_can_neither_draw_nor_seal(client, where, make):
    drawn = post(client, f"{where}/draws", {"count": "1"}).location
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    html = client.get(drawn).get_data(as_text=True)
    assert f"{drawn}/seal" not in html and '/draws"' not in html
    assert post(client, f"{drawn}/seal").status_code == 403
    assert post(client, f"{where}/draws", {"count": "1"}).status_code == 403


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_pages_of_draws_and_blueprints_cost_the_same_with_many_forms_as_with_few(client, make, clock):
    specification = make.specification(4, bank=30)
    admin = make.user(Role.TEST_ADMINISTRATOR)
    sign_in(client, admin)
    page, ids = f"/staff/tests/specifications/{specification.id}", (specification.id, admin.id)

    def costs(count: int) -> list[int]:
        drawn = post(client, f"{page}/draws", {"count": str(count)}).location
        found = []
        for path in (drawn, page, "/staff/tests/blueprints/new", "/staff/tests/blueprints"):
            db.session.rollback()
            with statements() as seen:
                assert client.get(path).status_code == 200
            found.append(len(seen))
        return found

    def more_forms(count: int) -> None:
        with transaction():
            again = db.session.get_one(TestSpecification, ids[0])
            seal_forms(again, count, by=db.session.get_one(User, ids[1]), now=clock())

    more_forms(1)
    few = costs(1)
    more_forms(4)
    make.items(20)
    assert costs(5) == few
    assert all(cost <= bound for cost, bound in zip(few, (10, 21, 10, 12), strict=True)), few
