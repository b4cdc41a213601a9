"""¶35: item by item, what was shown, chosen and changed, beside the key in force, and a count that trusts no other."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import Role
from appeals import recount
from appeals.recount import Right
from appeals.services import review
from core.db import db, transaction
from question_bank import sealing
from question_bank.kinds.base import Parts
from question_bank.kinds.registry import KINDS
from question_bank.models import ItemVersion
from question_bank.rules import ItemKind
from testing_center import queries
from testing_center.accepted import seal_accepted
from testing_center.models.attempts import ResponseEvent
from testing_center.models.errata import Correction, Erratum
from testing_center.rules.errata import CorrectionStatus, ErratumKind
from testing_center.rules.scoring import KeyedItem, score
from testing_center.rules.sittings import IncidentCategory
from testing_center.services import delivery, sittings
from testing_center.sheets import get_sheet
from tests.appeal_scene import AppealScene

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def scene(make, clock):
    """A closed sitting: two questions answered rightly, three not at all."""
    return AppealScene(make, clock)


def seen(scene, who=0):
    """What the chair sees."""
    return review.review(scene.appeal(who), by=scene.chair, now=scene.clock())


def alter(statement, **values):
    """Change a row behind the system's back."""
    with db.engine.begin() as connection:
        assert connection.execute(db.text(statement), values).rowcount >= 1


def correct(scene, place, kind, accepted, *, at=None, number="И-1"):
    """An applied correction of the form, as the database has it."""
    with transaction():
        correction = Correction(
            number=number, form_id=scene.attempt().form_id, grounds="—", status=CorrectionStatus.APPLIED,
            prepared_by_id=scene.chair.id, prepared_at=scene.clock(), decided_by_id=scene.administrator.id,
            decided_at=at or scene.clock(),
        )  # fmt: skip
        erratum = Erratum(place=place, kind=kind, reason="анткени")
        erratum.id = UUID(int=Random(number).getrandbits(128))
        erratum.accepted_sealed = seal_accepted(erratum, accepted) if accepted else None
        correction.errata.append(erratum)
        db.session.add(correction)


def test_35_every_item_in_the_order_shown_with_its_version_options_and_language(scene):
    scene.heard(places=[scene.attempt().order["items"][2]])
    attempt, found = scene.attempt(), seen(scene)
    sheet = get_sheet(attempt.form_id)
    assert [item.place for item in found.items] == attempt.order["items"]
    for item, order in zip(found.items, attempt.order["options"], strict=True):
        shown = sheet.items[item.place]
        assert (item.stem_ky, item.stem_ru, item.version, item.language) == (*shown.stem.values(), 1, "ky")
        assert [(o.id, o.ky, o.ru) for o in item.options] == [
            (shown.options[n].id, *shown.options[n].text.values()) for n in order
        ]
    assert [item.question for item in found.items if item.is_disputed] == [3]
    assert found.item(3) is found.items[2] and found.item(6) is None


def test_35_what_was_chosen_every_change_with_its_time_the_key_and_the_points(make, clock):
    began = clock()

    def work(candidate):
        clock.advance(MINUTE)
        candidate.save(1, [candidate.option(1, 1)], 1, flagged=True)
        with transaction():
            delivery.set_language(candidate.attempt_id, 1, "ru", now=clock())
        clock.advance(MINUTE)
        candidate.save(1, [], 2)
        clock.advance(MINUTE)
        candidate.save(1, [candidate.option(1, 0)], 3, flagged=False)
        clock.advance(60 * MINUTE)
        candidate.save(1, [candidate.option(1, 1)], 4)  # too late: kept, not scored

    scene = AppealScene(make, clock, work=work)
    scene.heard()
    item = seen(scene).items[0]
    key, other = scene.option(item.place, 0), scene.option(item.place, 1)
    assert [(c.at - began, c.response, c.language, c.is_late, c.flagged) for c in item.changes] == [
        (MINUTE, (other,), "ky", False, True), (2 * MINUTE, (), "ru", False, True),
        (3 * MINUTE, (key,), "ru", False, False), (63 * MINUTE, (other,), "ru", True, False),
    ]  # fmt: skip
    letters = {option.id: letter for option, letter in zip(item.options, "АБВГДЕ", strict=False)}
    assert (item.said((key,), "АБВГДЕ"), item.right("АБВГДЕ")) == (letters[key], [letters[key]])
    assert (item.response, item.points, item.maximum, item.language) == ((key,), 1, 1, "ru")
    assert (item.accepted, item.sealed_key, item.corrections) == (((key,),), (key,), ())
    assert [option.id for option in item.options if option.is_key] == [key]
    assert [option.id for option in item.options if option.is_chosen] == [key]


def test_35_the_stored_score_stands_beside_a_recount_and_the_form_beside_its_recomputed_digest(scene):
    scene.heard()
    found = seen(scene)
    assert (found.stored, found.recomputed, found.maximum, found.cut_score) == (2, 2, 5, 3)
    assert found.scores_agree and found.is_form_equal
    assert found.digest_shown == scene.attempt().form.digest.hex()


def test_35_an_altered_result_does_not_agree_with_the_answers(scene):
    scene.heard()
    alter("UPDATE result SET score = 3, outcome = 'meets'")
    db.session.rollback()
    found = seen(scene)
    assert (found.stored, found.recomputed, found.scores_agree) == (3, 2, False)


def test_35_an_altered_key_and_an_exchanged_digest_are_seen(scene):
    scene.heard()
    attempt = scene.attempt()
    version = attempt.form.items[attempt.order["items"][0] - 1].version  # of the first question, answered rightly
    with transaction():
        db.session.get_one(ItemVersion, version.id).key_sealed = sealing.seal_key(version.id, version.kind, [1])
    found = seen(scene)
    assert not found.is_form_equal and not found.scores_agree
    alter("UPDATE test_form SET digest = :digest", digest=bytes.fromhex(found.digest_recomputed))
    db.session.rollback()
    assert not seen(scene).is_form_equal  # the trail remembers what the candidate was shown


def test_35_pauses_of_more_than_a_minute_and_the_incidents_of_the_seat(make, clock):
    by, began = make.user(Role.PROCTOR), clock()

    def work(candidate):
        sitting = candidate.attempt.sitting
        with transaction():
            for seat, text in ((1, "Компьютер өчүп калды."), (2, "Башка орун."), (None, "Жарык өчтү.")):
                sittings.report_incident(sitting, IncidentCategory.TECHNICAL, text, seat, by=by, now=clock())
        for revision, gap in enumerate((MINUTE, MINUTE + SECOND, 5 * MINUTE), 1):
            clock.advance(gap)
            candidate.answer(1, revision=revision)

    scene = AppealScene(make, clock, work=work)
    scene.heard()
    found = seen(scene)
    pauses = [(pause.since - began, pause.seconds) for pause in found.pauses]
    assert pauses == [(MINUTE, 61), (2 * MINUTE + SECOND, 300)]
    told = {(incident.seat, incident.text) for incident in found.incidents}
    assert told == {(1, "Компьютер өчүп калды."), (None, "Жарык өчтү.")}


# The key in force


@pytest.mark.parametrize(
    ("kind", "accepted", "points"),
    [
        (ErratumKind.WRONG_KEY, [1], {0: 0, 1: 1, 2: 0, None: 0}),
        (ErratumKind.WRONG_KEY, [1, 2], {0: 0, 1: 1, 2: 1, None: 0}),
        (ErratumKind.SEVERAL_RIGHT, [1], {0: 1, 1: 1, 2: 0, None: 0}),
        (ErratumKind.VOID, [], {0: 1, 1: 1, 2: 1, None: 1}),
    ],
)
def test_35_the_key_in_force_is_the_sealed_one_with_every_correction(scene, kind, accepted, points):
    correct(scene, 1, kind, [[scene.option(1, n)] for n in accepted])
    right = recount.right_answers(scene.attempt().form_id)[1]
    given = {n: None if n is None else [scene.option(1, n)] for n in points}
    assert {n: recount.points_of(right, response) for n, response in given.items()} == points
    assert (right.sealed, right.corrections) == ((scene.option(1, 0),), ("И-1",))


def test_35_a_later_correction_goes_before_an_earlier_one(scene, clock):
    correct(scene, 1, ErratumKind.VOID, [], at=clock() + MINUTE, number="И-2")
    correct(scene, 1, ErratumKind.WRONG_KEY, [[scene.option(1, 2)]], at=clock() + 2 * MINUTE, number="И-1")
    right = recount.right_answers(scene.attempt().form_id)[1]
    assert (right.is_void, right.responses, right.corrections) == (False, ((scene.option(1, 2),),), ("И-2", "И-1"))


def test_35_a_correction_that_is_not_applied_counts_nothing(scene):
    correct(scene, 1, ErratumKind.VOID, [])
    alter("UPDATE correction SET status = 'cancelled', cancelled_reason = '—'")
    db.session.rollback()
    assert not recount.right_answers(scene.attempt().form_id)[1].is_void


def test_35_the_recount_agrees_with_the_scoring_on_whatever_was_answered(make, clock):
    """Sixty random attempts on a corrected form: two ways of counting, one score."""
    random, scene = Random(35), AppealScene(make, clock, people=1, items=9, cut_score=3)
    correct(scene, 2, ErratumKind.WRONG_KEY, [[scene.option(2, 1)]], number="И-1")
    correct(scene, 3, ErratumKind.SEVERAL_RIGHT, [[scene.option(3, 1)], [scene.option(3, 2)]], number="И-2")
    correct(scene, 4, ErratumKind.VOID, [], number="И-3")
    attempt_id, form_id = scene.candidates[0].attempt_id, scene.attempt().form_id
    options = {place: [scene.option(place, n) for n in range(4)] for place in range(1, 10)}
    now, totals = clock(), set()
    for _ in range(60):
        with transaction():
            db.session.execute(db.delete(ResponseEvent))
            for revision in range(1, 25):
                place = random.randint(1, 9)
                response = [random.choice(options[place])] if random.random() < 0.8 else []
                db.session.add(
                    ResponseEvent(
                        attempt_id=attempt_id, place=place, epoch=random.randint(1, 2), revision=revision,
                        response=response, flagged=False, language="ky", saved_at=now, is_late=random.random() < 0.2,
                    )
                )  # fmt: skip
        ours = recount.total(recount.right_answers(form_id), recount.answers_in_force(attempt_id))
        events = queries.as_events(queries.events_of(attempt_id))
        assert ours == score(queries.keyed_form(form_id), events).total
        totals.add(ours)
    assert len(totals) > 3


def test_the_recount_knows_responses_of_several_options_in_any_order():
    right = Right(1, "multiple_response", ("a", "b"), (("a", "b"),), False, 2, 4, False)
    assert [recount.points_of(right, r) for r in (["b", "a"], ["a"], [], None)] == [2, 0, 0, 0]


IDS, SIDES = tuple("abcdef"), tuple("uvwxyz")


@st.composite
def answered(draw):
    """A question of some kind in the ids of a form, and a response to it."""
    kind, points = draw(st.sampled_from([*KINDS.values()])), draw(st.integers(1, 10))
    few = {"true_false": 2}.get(kind.name, draw(st.integers(3, 6)))
    ids, sides = IDS[: few if kind.name != "numeric" else 0], SIDES[: draw(st.integers(2, 6))]
    pair = st.sampled_from(ids or IDS)
    match kind.name:
        case "numeric":
            number = st.decimals(-99, 99, places=2).map(str)
            said, key = [draw(number)], [draw(number), draw(st.decimals(0, 99, places=2).map(str))]
        case "ordering":
            said, key = draw(st.permutations(ids)), draw(st.permutations(ids))
        case "matching":
            said, key = ([f"{one}:{draw(st.sampled_from(sides))}" for one in ids] for _ in range(2))
            said = said[: draw(st.integers(0, few))]
        case "multiple_response":
            key = draw(st.lists(pair, min_size=1, max_size=few - 1, unique=True))
            said = draw(st.lists(pair, unique=True))
        case _:
            said, key = [draw(pair)], [draw(pair)]
    parts, is_partial = Parts(ids, sides), kind.takes_partial and draw(st.booleans())
    return kind, kind.read_key(key, parts), kind.read(said, parts), points, len(ids), is_partial


@given(answered())
def test_the_recount_and_the_scoring_are_written_apart_and_find_the_same(asked):
    kind, key, said, points, options, is_partial = asked
    scored = KeyedItem(1, key, points, "law", kind=kind.name, options=options, is_partial=is_partial).earned(said)
    right = Right(1, str(kind.name), key, (key,), False, points, options, is_partial)
    assert recount.points_of(right, said) == scored


@pytest.mark.parametrize("options", [3, 4, 5])
def test_the_recount_gives_the_same_part_of_the_points_for_every_choice_there_is(options):
    ids, kind = IDS[:options], "multiple_response"
    choices = [tuple(one) for size in range(options + 1) for one in combinations(ids, size)]
    for key in choices[1:-1]:
        item = KeyedItem(1, key, 7, "law", kind=ItemKind(kind), options=options, is_partial=True)
        right = Right(1, kind, key, (key,), False, 7, options, True)
        assert [recount.points_of(right, said) for said in choices] == [item.earned(said) for said in choices]


def test_35_connection_gaps_of_the_workstation_stand_beside_the_pauses(make, clock):
    def work(candidate):
        clock.advance(timedelta(minutes=5))
        with transaction():
            delivery.report_gap(candidate.attempt_id, candidate.epoch, 42, now=clock())

    scene = AppealScene(make, clock, work=work)
    scene.heard()
    [gap] = seen(scene).gaps
    assert gap.seconds == 42 and gap.until == gap.since + timedelta(seconds=42)
