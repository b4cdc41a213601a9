"""Every kind of question on pages, as a browser without script has them: editor, preview, exam, review, correction."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from accounts.rules import Role
from core.db import db, transaction
from question_bank.models import ItemVersion
from question_bank.services import items
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Correction
from tests import closing
from tests.appeal_scene import AppealScene
from tests.candidates import Candidate
from tests.correction_scene import CorrectionScene
from tests.kinds_scene import DRAFTS, ITEMS, KINDS, MAXIMUM, asked
from tests.web.at_the_table import at, question_of, read
from tests.web.controls import Controls
from tests.web.reading import page_of
from tests.web.signing_in import post, sign_in
from tests.web.test_exam_pages import Reader

NEW = "/staff/bank/new"


def typed(name: str) -> dict[str, object]:
    """What somebody types into the editor to write this question of the scene."""
    draft = DRAFTS[name]
    fields: dict[str, object] = {
        "kind": str(draft.kind), "external_id": draft.external_id, "sub_topic": "kinds/documents", "difficulty": "3",
        "stem_ky": draft.stem_ky, "stem_ru": draft.stem_ru, "source": draft.source, "author": draft.author,
        "enemies": "", "rationale": "", "do": "save",
    }  # fmt: skip
    if draft.kind != "true_false":
        for letter, option in zip("abcdef", draft.options, strict=False):
            fields |= {f"option_{letter}_ky": option.ky, f"option_{letter}_ru": option.ru}
    for number, target in enumerate(draft.targets, 1):
        fields |= {f"target_{number}_ky": target.ky, f"target_{number}_ru": target.ru}
    if draft.is_partial:
        fields["is_partial"] = "y"
    match draft.kind:
        case "numeric":
            return fields | {"number": "12,5", "tolerance": "0,50"}
        case "matching":
            return fields | {f"match_{'abcdef'[left]}": str(right) for left, right in draft.key}
        case "ordering":
            return fields
    return fields | {"correct": [str(index) for index in draft.key]}


def drafts() -> dict[str, object]:
    """What the bank holds, by name."""
    db.session.rollback()
    found = [items.as_draft(version) for version in db.session.scalars(db.select(ItemVersion))]
    return {draft.external_id.removeprefix("KIND-"): draft for draft in found}


# --- the editor


@pytest.fixture
def author(make):
    """An item author; the sub-topic of the questions is there."""
    make.sub_topic("kinds")
    return make.user(Role.ITEM_AUTHOR)


@pytest.mark.parametrize("name", DRAFTS)
def test_a_question_of_every_kind_is_typed_and_its_editor_gives_it_back(client, author, name):
    sign_in(client, author)
    answer = post(client, NEW, typed(name))
    assert answer.status_code == 303, page_of(answer)
    assert drafts() == {name: DRAFTS[name]}
    version = db.session.scalars(db.select(ItemVersion)).one()
    path = f"/staff/bank/versions/{version.id}/edit"
    again = Controls(client.get(path).get_data(as_text=True)).found
    answer = client.post(path, data=again | {"do": "save"})
    assert answer.status_code == 303, page_of(answer)
    assert drafts() == {name: DRAFTS[name]}


def test_another_kind_is_chosen_without_losing_what_was_typed(client, author):
    sign_in(client, author)
    answer = post(client, NEW, typed("single") | {"become": "ordering"})
    html = page_of(answer)
    assert answer.status_code == 200 and drafts() == {}
    assert 'name="kind" value="ordering"' in html and 'type="radio"' not in html
    for words in (DRAFTS["single"].stem_ky, "Бишкек", "KIND-single"):
        assert words in html
    assert 'name="target_1_ky"' in page_of(post(client, NEW, typed("single") | {"become": "matching"}))


@pytest.mark.parametrize(
    ("name", "changed", "field"),
    [
        ("multiple", {"correct": []}, "correct"), ("multiple", {"correct": ["0", "1", "2", "3"]}, "correct"),
        ("true", {"correct": []}, "correct"), ("order", {"option_b_ru": ""}, "option_b_ru"),
        ("order", {"option_c_ky": "", "option_c_ru": "", "option_d_ky": "", "option_d_ru": ""}, "option_c_ky"),
        ("match", {"target_2_ky": ""}, "target_2_ky"), ("match", {"match_b": "5"}, "match_a"),
        ("match", {"match_b": "x"}, "match_a"), ("number", {"number": "көп"}, "number"),
        ("number", {"number": ""}, "number"), ("number", {"tolerance": "-1"}, "tolerance"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, author, name, changed, field):
    sign_in(client, author)
    answer = post(client, NEW, typed(name) | changed)
    html = page_of(answer)
    assert answer.status_code == 200 and f'id="{field}-error"' in html
    assert DRAFTS[name].stem_ru in html and drafts() == {}


# --- seen in the bank


@pytest.mark.parametrize("name", DRAFTS)
def test_the_key_of_every_kind_is_shown_to_approvers_and_to_no_stranger(client, make, name):
    [version] = make.approved([DRAFTS[name]])
    path, preview = f"/staff/bank/items/{version.item_id}?lang=en", f"/staff/bank/versions/{version.id}/preview"
    sign_in(client, make.user(Role.ITEM_APPROVER))
    shown = page_of(client.get(path))
    assert "is-key" in shown
    expected = {"order": "right order", "match": "A → 1", "number": "12,5 ± 0,5"}.get(name, "Key")
    assert expected in shown
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    hidden = page_of(client.get(path))
    assert "is-key" not in hidden and "A → 1" not in hidden and "12,5" not in hidden and "right order" not in hidden
    assert "is-key" not in page_of(client.get(preview))


def test_before_the_key_is_shown_lines_stand_as_they_are_kept(client, make):
    """Whoever may not see the key does not read it off the order of the page."""
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    orders = set()
    for number in range(12):
        [version] = make.approved([replace(DRAFTS["order"], external_id=f"KIND-{number}")])
        words = page_of(client.get(f"/staff/bank/items/{version.item_id}"))
        orders.add(tuple(sorted(range(4), key=lambda n, words=words: words.index(DRAFTS["order"].options[n].ky))))
    assert len(orders) > 3


@pytest.mark.parametrize(("name", "control"), [
    ("multiple", 'type="checkbox"'), ("true", 'type="radio"'), ("order", "data-order"), ("match", "<select"),
    ("number", 'inputmode="decimal"'),
])  # fmt: skip
def test_the_preview_of_every_kind_is_what_the_candidate_sees(client, make, name, control):
    [version] = make.approved([DRAFTS[name]])
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    for language, stem in (("ky", DRAFTS[name].stem_ky), ("ru", DRAFTS[name].stem_ru)):
        html = page_of(client.get(f"/staff/bank/versions/{version.id}/preview?language={language}"))
        assert stem in html and control in html


# --- the exam without script


@pytest.fixture
def reader(app, make):
    """Somebody before the first question of a test with every kind."""
    found = Reader(app)
    found.enter(make.codes(make.sitting(people=1, **KINDS))[0])
    found.start()
    return found


def test_the_rules_tell_the_points_of_a_question_and_that_a_part_of_them_may_be_given(app, make):
    for terms, points, partial in ((KINDS, "4", True), ({}, "1", False)):
        found = Reader(app)
        found.open("/exam/?lang=en")
        found.send("/exam/", code=make.codes(make.sitting(people=1, **terms))[0], resume="")
        found.open("/exam/rules?lang=en")
        assert ("Points for each right answer: 4" if points == "4" else "gives 1 point") in found.html
        assert ("a part of its points" in found.html) is partial


def at_question(make, clock, reader):
    """The questions of the reader's attempt by name."""
    db.session.rollback()
    candidate = Candidate(clock, "")
    candidate.attempt_id = db.session.scalars(db.select(Attempt.id)).one()
    return asked(candidate)


def test_every_kind_is_answered_with_forms_alone(make, clock, reader):
    for name, one in at_question(make, clock, reader).items():
        reader.open(f"/exam/questions/{one.position}")
        if name == "order":
            for place, line in enumerate(one.key):  # lift each line to its place, one press at a time
                while (now := re.findall(r'data-line="([^"]+)"', reader.html)).index(line) > place:
                    up = re.findall(r'name="order" value="([^"]+)" data-move="-1"', reader.html)[now.index(line)]
                    reader.send(reader.path, revision=reader.revision(), order=up)
            if re.search(r"data-keep>", reader.html):  # it stood in the right order from the first
                reader.send(reader.path, revision=reader.revision(), order=",".join(one.key))
        else:
            reader.send(reader.path, revision=reader.revision(), response=one.right, go="stay")
    reader.open("/exam/review")
    assert f"{ITEMS} / {ITEMS}" in re.sub(r"<[^>]+>", "", reader.html)
    reader.open("/exam/finish")
    reader.send("/exam/finish")
    assert re.search(rf'c-score__value">{MAXIMUM}<', reader.html)
    assert f"{MAXIMUM} / {MAXIMUM}" in reader.html  # points by subject area, with the most there are


def test_an_order_once_given_is_kept_when_one_goes_on_and_taken_back_when_asked(make, clock, reader):
    one = at_question(make, clock, reader)["order"]
    reader.open(f"/exam/questions/{one.position}")
    keep = re.search(r'name="order" value="([^"]+)" data-keep', reader.html).group(1)
    reader.send(reader.path, revision=reader.revision(), order=keep)
    assert re.findall(r'name="response" value="([^"]+)"', reader.html) == keep.split(",")
    reader.send(reader.path, revision=reader.revision(), response=keep.split(","), clear="1")
    assert 'name="response"' not in reader.html


def test_a_number_that_was_not_understood_stays_in_its_field_with_the_words_that_help(make, clock, reader):
    one = at_question(make, clock, reader)["number"]
    reader.open(f"/exam/questions/{one.position}")
    reader.send(reader.path, revision=reader.revision(), response="он эки", go="stay")
    assert 'value="он эки"' in reader.html and str(one.item.kind.misread) in reader.html
    reader.send(reader.path, revision=reader.revision(), response="1 012,50", go="stay")
    assert 'value="1012,5"' in reader.html and 'value="он эки"' not in reader.html


# --- review and correction


@pytest.mark.parametrize("name", ["single", "multiple", "order", "match", "number"])
def test_35_the_commission_sees_and_states_an_answer_of_every_kind(client, make, clock, name):
    def work(candidate):
        for one in asked(candidate).values():
            candidate.save(one.position, one.nearly)

    scene = AppealScene(make, clock, work=work, **KINDS)
    scene.heard()
    one = asked(scene.candidates[0])[name]
    number = question_of(scene, one.item.place)
    sign_in(client, scene.chair)
    words = read(client, at(scene, f"review/{number}"))
    assert one.item.stem["ky"] in words and "Key" in words
    if name == "number":
        assert "12,5 ± 0,5" in words and "13,01" in words
    path = at(scene, f"findings/{number}")
    wrong = {"kind": "wrong_key", "reason": "Китеп", "counts": ""}
    assert post(client, path, wrong, page=path).status_code == 200
    answer = post(client, path, wrong | {"accepted": one.nearly}, page=path)
    assert answer.status_code == 303, page_of(answer)
    restated = {"kind": "recording_fault", "reason": "Кагазда башка.", "accepted": []}
    if name == "single":
        said = restated | {"counts": one.right[0]}
    else:
        refused = post(client, path, restated | {"counts": "", "stated": one.right}, page=path)
        assert refused.status_code == 200
        said = restated | {"counts": "stated", "stated": one.right}
    answer = post(client, path, said, page=path)
    assert answer.status_code == 303, page_of(answer)


@pytest.mark.parametrize("name", ["multiple", "true", "order", "match", "number"])
def test_35_a_correction_of_every_kind_is_prepared_and_read(client, make, clock, name):
    sitting = make.sitting(people=1, **KINDS)
    candidate = Candidate(clock, make.codes(sitting)[0]).enter().start()
    one = asked(candidate)[name]
    candidate.submit()
    scene = CorrectionScene.of(make, clock, sitting)
    with transaction():
        closing.close(scene.sitting, by=scene.first, now=clock())
    sign_in(client, scene.first)
    place = one.item.place
    path = f"/staff/corrections/forms/{scene.form_id}?place={place}&chosen=1"
    typed = {
        "grounds": "Чечим", f"kind_{place}": "wrong_key", f"reason_{place}": "китеп", f"accepted_{place}": one.nearly,
    }  # fmt: skip
    if name in ("order", "match"):
        refused = post(client, path, typed | {f"accepted_{place}": one.nearly[:1]}, page=path)
        assert refused.status_code == 200 and f'id="accepted_{place}-error"' in page_of(refused)
        assert f'value="{one.nearly[0]}" selected' in page_of(refused)
    answer = post(client, path, typed, page=path)
    assert answer.status_code == 303, page_of(answer)
    words = page_of(client.get(answer.location))
    expected = {"number": "13,01", "true": "Туура / Верно"}.get(name)
    assert (expected or one.item.both()[one.nearly[0].split(":")[0]]) in words
    assert db.session.query(Correction).count() == 1
