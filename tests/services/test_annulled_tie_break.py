"""What is told and what follows where the sitting of a tie-break test is annulled: the letter says the truth (¶29)."""

from __future__ import annotations

import pytest

from core.db import db, transaction
from core.i18n import force_locale
from core.i18n import gettext as _
from core.outbox import Letter
from ranking.rules.outcome import RoundState
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Sitting
from testing_center.services import annulments
from tests.ranking_scene import RankingScene

ANEW = "A new sitting will be called. You will be told its place and time."
ROUND = "It was a tie-break test. The points of this round do not count; the results of the main test stay."


def annul(scene: RankingScene, sitting: Sitting) -> None:
    """By two persons."""
    with transaction():
        made = annulments.annul_prepare(sitting, "Ток өчтү", by=scene.admin, now=scene.clock())
    with transaction():
        annulments.annul_apply(db.session.get_one(Annulment, made.id), by=scene.officer, now=scene.clock())


def letters(kind: str) -> list[Letter]:
    """What was written."""
    return list(db.session.scalars(db.select(Letter).filter_by(kind=kind).order_by(Letter.written_at)))


def says(letter: Letter, msgid: str) -> bool:
    """Whether the letter says this, in its own language."""
    with force_locale(letter.language):
        return _(msgid) in letter.body


@pytest.fixture
def scene(make, clock) -> RankingScene:
    return RankingScene(make, clock)


def test_29_after_a_tie_break_no_new_sitting_is_promised_but_another_round_which_is_called_by_itself(scene):
    first, second = scene.test([7, 7])
    scene.after_appeals()
    scene.sweep()
    sitting = scene.hold({first: 2, second: 1})
    annul(scene, sitting)
    told = letters("sitting.annulled")
    assert len(told) == 2
    assert all(says(letter, ROUND) and not says(letter, ANEW) for letter in told)
    assert annulments.to_call(sitting.id) == []
    scene.sweep()
    assert [one.state for one in scene.standing().tie_breaks] == [RoundState.LAPSED, RoundState.CALLED]
    assert len(letters("tie_break.called")) == 4


def test_24_after_a_main_test_a_new_sitting_is_promised_and_no_other_round(scene):
    scene.test([7, 6])
    annul(scene, scene.sitting)
    told = letters("sitting.annulled")
    assert len(told) == 2 and all(says(letter, ANEW) and not says(letter, ROUND) for letter in told)
    assert len(annulments.to_call(scene.sitting.id)) == 2
