"""Every kind of question from its author to the score: written, approved, sealed, answered through the API, scored."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank import sealing
from question_bank.assembly.plan import Cell
from question_bank.exchange.formats import FORMATS
from question_bank.listing import ItemFilter, items_page
from question_bank.models import ItemVersion
from question_bank.rules import CutScoreAboveMaximum, ItemKind, PointsOutOfRange
from question_bank.services import forms, imports, items, specifications
from question_bank.services.specifications import Terms
from testing_center import queries
from testing_center.rules.delivery import InvalidResponse
from testing_center.services import results
from testing_center.sheets import get_sheet
from tests.candidates import Browser, Candidate
from tests.kinds_scene import DRAFTS, ITEMS, KINDS, MAXIMUM, NEARLY, POINTS, asked


@pytest.fixture
def candidate(make, clock):
    """Somebody who has begun a test with a question of every kind."""
    return Candidate(clock, make.codes(make.sitting(people=1, **KINDS))[0]).enter().start()


def written(version: ItemVersion):
    return items.as_draft(db.session.get_one(ItemVersion, version.id))


# --- in the bank


def test_what_an_author_writes_is_what_the_bank_gives_back(app, make):
    assert [written(version) for version in make.approved(DRAFTS.values())] == [*DRAFTS.values()]


def test_the_order_in_which_lines_and_matches_are_kept_tells_nothing_of_the_key(app, make, author, clock):
    """Written in the right order again and again: kept in many orders."""
    make.sub_topic("kinds")
    kept = set()
    with transaction():
        version = items.create_item(DRAFTS["order"], by=author, now=clock())
        for _ in range(40):
            items.edit_version(version, DRAFTS["order"], by=author, now=clock())
            kept.add(tuple(line["ky"] for line in version.options))
    assert len(kept) > 10


def test_the_words_of_lines_and_matches_are_found_by_a_search(app, make):
    make.approved([DRAFTS["match"], DRAFTS["single"]])
    assert [v.item.external_id for v in items_page(ItemFilter(text="СУДЕБНАЯ власть"), 1).items] == ["KIND-match"]


def test_a_list_is_narrowed_to_one_kind(app, make):
    make.approved(DRAFTS.values())
    found = items_page(ItemFilter(kind=ItemKind.MATCHING), 1).items
    assert [version.item.external_id for version in found] == ["KIND-match", "KIND-match-partial"]


@pytest.mark.parametrize("name", ["xlsx", "gift"])
def test_what_the_bank_exports_comes_back_unchanged_whatever_its_kind(app, make, name):
    make.approved(DRAFTS.values())
    approver, known = make.user(Role.ITEM_APPROVER), FORMATS[name]
    data = known.write([items.as_draft(version) for version in db.session.scalars(db.select(ItemVersion))])
    plan = imports.plan_import(data, known, filename="bank", by=approver)
    assert (sorted(plan.unchanged), plan.new, plan.problems) == (sorted(f"KIND-{one}" for one in DRAFTS), (), ())
    everything = tuple(DRAFTS.values())
    fresh = imports.plan_import(
        known.write([replace(one, external_id=f"NEW-{n}") for n, one in enumerate(everything)]), known,
        filename="bank", by=approver,
    )  # fmt: skip
    assert fresh.by_kind() == Counter(str(one.kind) for one in everything)


def test_the_same_matching_question_written_in_another_order_is_the_same(app, make, author, clock):
    make.sub_topic("kinds")
    one = DRAFTS["match"]
    turned = replace(one, targets=one.targets[::-1], key=tuple((left, 3 - right) for left, right in one.key))
    with transaction():
        items.create_item(turned, by=author, now=clock())
    plan = imports.plan_import(FORMATS["xlsx"].write([turned]), FORMATS["xlsx"], filename="bank", by=author)
    assert (plan.unchanged, plan.problems) == ((one.external_id,), ())


# --- sealed


def test_a_form_of_every_kind_is_sealed_and_its_digest_is_recomputed(app, make):
    [form] = make.forms(make.specification(**KINDS))
    assert forms.verify_form(form)
    assert {item.points for item in form.items} == {POINTS} and form.specification.maximum == MAXIMUM


@pytest.mark.parametrize("name", ["match", "order", "number", "multiple"])
def test_an_altered_key_target_or_manner_of_any_kind_is_found(app, make, name):
    [form] = make.forms(make.specification(**KINDS))
    [item] = (item for item in form.items if item.version.item.external_id == f"KIND-{name}")
    version, key = item.version, sealing.open_key(item.version)
    other = {"match": [(0, 0), (1, 0), (2, 0)], "order": key[::-1], "number": ("12.5", "5"), "multiple": (2, 3)}[name]
    with transaction():
        version.key_sealed = sealing.seal_key(version.id, version.kind, other)
    assert not forms.verify_form(form)
    with transaction():
        version.key_sealed = sealing.seal_key(version.id, version.kind, key)
    assert forms.verify_form(form)
    with transaction():
        version.is_partial = True
    assert not forms.verify_form(form)


def test_a_target_exchanged_after_the_sealing_is_found(app, make):
    [form] = make.forms(make.specification(**KINDS))
    [item] = (item for item in form.items if item.version.item.external_id == "KIND-match")
    with transaction():
        item.target_ids = item.target_ids[::-1]
    assert not forms.verify_form(form)
    with transaction():
        item.target_ids = item.target_ids[::-1]
    assert forms.verify_form(form)
    with transaction():  # the one that fits no line: no key names it
        item.version.targets = [
            text | {"ru": "другое"} if n == _idle(item) else text for n, text in enumerate(item.version.targets)
        ]
    assert not forms.verify_form(form)


def _idle(item) -> int:
    used = {right for _left, right in sealing.open_key(item.version)}
    return next(n for n in range(len(item.target_ids)) if n not in used)


def test_what_is_sealed_of_a_single_choice_question_is_what_always_was(app, make):
    """Forms sealed before there were other kinds keep their digests."""
    [form] = make.forms(make.specification(3))
    content = sealing.leaf_content(form.items[0])
    assert sorted(content) == ["item", "key", "kind", "options", "points", "position", "stem", "version"]
    assert content["key"] == [content["options"][0]["id"]] and content["points"] == 1
    assert sealing.terms(form.id, 1, form.specification, 3, 1).keys() == {
        "form", "variant", "items", "cut_score", "duration_minutes", "scoring_version",
    }  # fmt: skip


def test_a_form_and_an_attempt_made_before_there_were_other_kinds_open_and_are_scored(app, make, clock):
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter()
    with transaction():  # as they were: no targets in the order shown
        attempt = candidate.attempt
        attempt.order = {name: attempt.order[name] for name in ("items", "options")}
    candidate.start()
    candidate.answer(1, 2, 3)
    assert candidate.submit().score == 3
    assert not list(audit.verify())


# --- the points of each question


@pytest.mark.parametrize(("points", "cut_score", "fits"), [(1, 8, True), (1, 9, False), (10, 80, True), (4, 33, False)])
def test_22_the_cut_score_lies_within_the_points_of_all_questions(app, make, clock, points, cut_score, fits):
    blueprint = make.specification(**KINDS).blueprint
    terms = Terms("к", "р", 60, cut_score, points=points)
    if fits:
        with transaction():
            made = specifications.create_specification(blueprint, terms, by=make.user(), now=clock())
            assert made.maximum == ITEMS * points
    else:
        with pytest.raises(CutScoreAboveMaximum):
            specifications.create_specification(blueprint, terms, by=make.user(), now=clock())


@pytest.mark.parametrize("points", [0, 11, -1])
def test_a_question_gives_one_to_ten_points(app, make, clock, points):
    blueprint = make.specification(**KINDS).blueprint
    with pytest.raises(PointsOutOfRange):
        specifications.create_specification(
            blueprint, Terms("к", "р", 60, 1, points=points), by=make.user(), now=clock()
        )


def test_29_a_tie_break_has_the_points_of_its_main_test(app, make, clock):
    main, cells = make.specification(**KINDS), [Cell("kinds", 3, 2)]
    with transaction():
        small = specifications.tie_break_specification(
            main, cells, 20, "Кошумча", by=audit.System("test"), now=clock()
        )  # fmt: skip
        assert (small.points, small.maximum) == (POINTS, 2 * POINTS)


# --- answered and scored


def test_every_kind_is_answered_through_the_api_and_scored_exactly(app, make):
    code = make.codes(make.sitting(people=1, **KINDS))[0]
    browser = Browser(app)
    browser.enter(code)
    shown = browser.start().json["items"]
    by_stem = {one["stem"]: one for one in shown}
    kinds = {name: by_stem[draft.stem_ky] for name, draft in DRAFTS.items()}
    assert {name: one["kind"] for name, one in kinds.items()} == {n: str(d.kind) for n, d in DRAFTS.items()}
    assert "targets" not in kinds["single"] and len(kinds["match"]["targets"]) == 4
    assert [o["text"] for o in kinds["true"]["options"]] == ["Туура", "Туура эмес"]

    def ids(name, *texts):
        known = {o["text"]: o["option"] for o in kinds[name]["options"]}
        return [known[text] for text in texts]

    def pairs(name):
        sides = {t["text"]: t["target"] for t in kinds[name]["targets"]}
        right = ("мыйзам чыгаруу бийлиги", "аткаруу бийлиги", "сот бийлиги")
        lines = ids(name, "Жогорку Кеңеш", "Министрлер Кабинети", "Жогорку сот")
        return [f"{line}:{sides[match]}" for line, match in zip(lines, right, strict=True)]

    responses = {
        "single": ids("single", "Бишкек"), "multiple": ids("multiple", "Бишкек", "Ош"),
        "partial": ids("partial", "Ош"), "true": ids("true", "Туура эмес"),
        "order": ids("order", *(line.ky for line in DRAFTS["order"].options)), "match": pairs("match"),
        "match-partial": pairs("match-partial")[:2], "number": ["12,90"],
    }  # fmt: skip
    for name, response in responses.items():
        answer = browser.save(kinds[name]["position"], response)
        assert answer.status_code == 200, (name, answer.json)
        again = browser.save(kinds[name]["position"], response)
        assert (again.status_code, again.json["receipt"]) == (200, answer.json["receipt"])
    assert browser.show().json["items"][kinds["number"]["position"] - 1]["response"] == ["12.9"]
    result = browser.submit().json
    assert (result["score"], result["maximum"], result["outcome"]) == (6 * POINTS + 2 + 2, MAXIMUM, "meets")
    assert "key" not in json.dumps(shown).lower()


@pytest.mark.parametrize(("manner", "score"), [("right", MAXIMUM), ("nearly", sum(NEARLY.values()))])
def test_who_answers_everything_rightly_has_the_maximum_and_who_nearly_does_the_parts(candidate, manner, score):
    for one in asked(candidate).values():
        candidate.save(one.position, getattr(one, manner))
    result = candidate.submit()
    assert (result.score, result.maximum) == (score, MAXIMUM)
    assert [(a["items"], a["points"], a["maximum"]) for a in result.areas] == [(ITEMS, score, MAXIMUM)]
    assert not list(audit.verify())
    assert results.open_content(queries.latest_protocol(candidate.attempt_id))["result"]["maximum"] == MAXIMUM


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("single", ["a", "b"]), ("number", ["он эки"]), ("number", ["1", "2"]), ("order", ["x"]), ("match", ["x:y"]),
        ("match", ["x"]), ("true", ["yes"]), ("multiple", ["x"]),
    ],
)  # fmt: skip
def test_what_is_no_answer_to_a_question_of_its_kind_is_not_kept(candidate, name, response):
    with pytest.raises(InvalidResponse) as refused:
        candidate.save(asked(candidate)[name].position, response)
    assert str(refused.value) == str(asked(candidate)[name].item.kind.misread)


def test_options_are_shown_in_an_order_of_ones_own_but_true_comes_before_false(make, clock):
    codes = make.codes(make.sitting(people=8, **KINDS))
    orders = [Candidate(clock, code).enter().attempt for code in codes]
    sheet = get_sheet(orders[0].form_id)
    shown = {name: set() for name in DRAFTS}
    names = {draft.stem_ky: name for name, draft in DRAFTS.items()}
    for attempt in orders:
        for _position, place, options, targets in attempt.shown():
            shown[names[sheet.items[place].stem["ky"]]].add((tuple(options), tuple(targets)))
    assert shown["true"] == {((0, 1), ())} and shown["number"] == {((), ())}
    assert all(len(shown[name]) > 1 for name in ("single", "multiple", "order", "match"))
