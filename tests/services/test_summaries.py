"""The summary protocol of a sitting after a correction and an annulment: the next version names the one before."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from core import audit
from core.db import db, transaction
from testing_center import result_queries
from testing_center.models.sittings import SittingProtocol
from testing_center.rules.errata import SummaryAltered
from testing_center.services import corrections
from testing_center.services.printing import summary_pdf
from tests.correction_scene import CorrectionScene
from tests.restated_scene import RestatedScene


@pytest.fixture
def scene(make, clock) -> CorrectionScene:
    """Of two, one chose the second option of the first question; the cut score is 3 of 6."""
    return CorrectionScene(make, clock, [{1: 0, 2: 0, 3: 0}, {1: 1, 2: 0, 3: 0}])


def versions(scene: CorrectionScene) -> list[SittingProtocol]:
    """Every version, the newest first."""
    db.session.rollback()
    return result_queries.summary_protocols(scene.sitting_id)


def said(protocol: SittingProtocol) -> dict[str, Any]:
    """What a version says."""
    content: dict[str, Any] = json.loads(protocol.content)
    return content


def scores(protocol: SittingProtocol) -> list[tuple[int, int | None]]:
    """Score and earlier score of each row, the lowest first."""
    return sorted((row["score"], row.get("before")) for row in said(protocol)["attempts"])


def correct(scene: CorrectionScene) -> str:
    """The second option is right instead; the number of the correction."""
    scene.clock.advance(timedelta(days=1))
    correction = scene.prepare(scene.wrong_key(1, 1))
    scene.apply(correction)
    return correction.number


def annul(scene: CorrectionScene) -> None:
    """The sitting is annulled by two."""
    with transaction():
        annulment = corrections.annul_prepare(scene.sitting, "Жарык өчтү", by=scene.first, now=scene.clock())
        corrections.annul_apply(annulment, by=scene.second, now=scene.clock())


def faults() -> list[str]:
    """What the check of the trail finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def test_a_correction_brings_the_next_version_with_the_new_scores_and_names_the_old(scene):
    [first] = versions(scene)
    number = correct(scene)
    second, same = versions(scene)
    old, new = said(first), said(second)
    assert (same.id, second.version, second.supersedes_id) == (first.id, 2, first.id)
    assert new["supersedes"] == {
        "number": old["number"], "version": 1, "digest": first.content_digest.hex(), "entry": old["audit"]["entry"],
    }  # fmt: skip
    assert (new["correction"]["number"], new["correction"]["questions"], new["number"]) == (number, [1], old["number"])
    assert (scores(first), scores(second)) == ([(2, None), (3, None)], [(2, 3), (3, 2)])
    assert [who["name"] for who in new["signers"]] == [scene.first.full_name, scene.second.full_name]
    assert new["audit"]["entry"] > old["audit"]["entry"]
    kept = ("closed", "opened", "incidents", "sitting", "forms", "counts")
    assert [new[key] for key in kept] == [old[key] for key in kept]


def test_the_counts_follow_the_results_in_force(scene):
    scene.apply(scene.prepare(*scene.void(1)))
    [second, first] = versions(scene)
    assert [said(one)["counts"]["meets"] for one in (first, second)] == [1, 2]
    assert said(second)["counts"]["does_not_meet"] == 0


def test_one_summary_a_sitting_and_no_other_sitting_gets_one(scene, make, clock):
    other = CorrectionScene(make, clock, [{1: 0}])
    correct(scene)
    assert (len(versions(scene)), len(versions(other))) == (2, 1)
    entries = db.session.query(audit.AuditEntry).filter_by(action="sitting_protocol.issued").count()
    assert entries == 3


def test_a_correction_that_only_restates_answers_says_so_and_names_the_public_number(make, clock):
    scene = RestatedScene(make, clock)
    clock.advance(timedelta(hours=3))
    scene.correction.correct(scene.restate(3, 0))
    [newest, _first] = versions(scene.correction)
    why = said(newest)["correction"]
    assert (why["questions"], why["restated"]) == ([], [scene.attempt().number])
    clock.advance(timedelta(minutes=1))
    scene.correction.correct(scene.correction.wrong_key(4, 1))
    why = said(versions(scene.correction)[0])["correction"]
    assert why["questions"] == [4] and "restated" not in why


def test_a_second_correction_says_only_what_it_changed_itself(scene):
    correct(scene)
    scene.apply(scene.prepare(*scene.void(2)))
    third, second, _first = versions(scene)
    assert scores(third) == [(2, None), (3, None)]  # the second question everybody had right
    assert said(third)["supersedes"]["version"] == 2 and third.supersedes_id == second.id


def test_after_an_annulment_the_scores_stand_there_and_do_not_count(scene):
    correct(scene)
    annul(scene)
    newest, *_ = versions(scene)
    content = said(newest)
    assert (newest.version, content["correction"], content["annulment"]["reason"]) == (3, None, "Жарык өчтү")
    assert scores(newest) == [(2, None), (3, None)]


def test_the_summary_of_an_annulled_sitting_is_not_corrected_any_more(scene):
    annul(scene)
    correct(scene)
    assert [one.version for one in versions(scene)] == [2, 1]


def test_every_version_is_drawn_once_and_the_record_holds(scene):
    drawn = {}
    correct(scene)
    annul(scene)
    for _ in range(2):
        for protocol in versions(scene):
            with transaction():
                pdf = summary_pdf(db.session.get_one(SittingProtocol, protocol.id), now=scene.clock())
            assert drawn.setdefault(protocol.id, pdf) == pdf
    assert len(set(drawn.values())) == 3
    assert faults() == []


def test_nothing_is_built_on_a_summary_that_was_altered(scene):
    with transaction():
        protocol = db.session.scalars(db.select(SittingProtocol)).one()
        protocol.content = protocol.content.replace('"score":3', '"score":6')
    correction = scene.prepare(scene.wrong_key(1, 1))
    with pytest.raises(SummaryAltered):
        scene.apply(correction)
    assert scene.scores == [3, 2] and len(versions(scene)) == 1


def copied(newest: SittingProtocol) -> None:
    """A version that nobody issued."""
    content = newest.content.replace('"version":2', '"version":3')
    db.session.add(
        SittingProtocol(
            sitting_id=newest.sitting_id, version=3, supersedes_id=newest.id, content=content,
            content_digest=newest.content_digest, created_at=newest.created_at,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("alter", "what"),
    [
        (lambda newest, _first: setattr(newest, "content", newest.content.replace('"score":3', '"score":6')),
         "the content of the summary protocol was altered"),
        (lambda newest, _first: setattr(newest, "version", 4), "the summary protocol was renumbered"),
        (lambda newest, _first: copied(newest), "a summary protocol is in force that the trail does not know"),
        (lambda newest, _first: setattr(newest, "supersedes_id", newest.id),
         "the versions of the summary protocol do not follow each other"),
        (lambda newest, _first: setattr(newest, "content_digest", bytes(32)),
         "the content of the summary protocol was altered"),
    ],
)  # fmt: skip
def test_whatever_is_altered_in_a_version_is_found(scene, alter, what):
    correct(scene)
    newest, first = versions(scene)
    with transaction():
        alter(newest, first)
    assert faults() == [what]
