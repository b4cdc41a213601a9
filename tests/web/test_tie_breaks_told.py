"""Everybody reads why a place was taken without a test, and why no winner was determined, as it was (¶28–29, 37)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from competitions.models import Bar
from core import outbox
from core.db import db, transaction
from core.i18n import force_locale
from core.i18n import gettext as _
from ranking import queries
from ranking.services import decisions
from testing_center.services.links import participant_of
from tests.ranking_scene import RankingScene
from tests.web.reading import page_of
from tests.web.signing_in import sign_in

ALONE = "so the place was taken without a test (¶29)"
DECLINED = "The other tied candidates declined the tie-break test, " + ALONE
OR_BARRED = "The other tied candidates declined the tie-break test or may not take part (¶28), " + ALONE
NOT_HELD = "Two tie-break tests in a row were not held: every tied candidate had declined or may not take part (¶28)."
NOBODY_CAME = "None of the tied candidates came to two tie-break tests in a row."
LETTER = (
    "The other candidates who shared the place with you declined the tie-break test in writing or may not take part "
    "(¶28)."
)
LETTER_IN_VAIN = (
    "No winner was determined: two tie-break tests in a row were not held, as every tied candidate had declined or may "
    "not take part (¶28)."
)


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


def played(make, clock, *scores: int) -> RankingScene:
    """Whoever has the highest score is tied; the tie-break is called."""
    scene = RankingScene(make, clock)
    scene.codes = scene.test(scores)
    scene.after_appeals()
    scene.sweep()
    return scene


def bar(scene: RankingScene, code: str) -> None:
    """The person behind this code fails another test today."""
    db.session.rollback()
    with transaction():
        attempt, today = queries.attempt_by_number(code), scene.clock().date()
        db.session.add(
            Bar(
                person_id=participant_of(attempt).person_id, failed_on=today, returns_on=today + timedelta(days=365),
                law_version=attempt.law_version, created_at=scene.clock(),
            )
        )  # fmt: skip


def pages(client, scene: RankingScene) -> list[str]:
    """The page for staff, and the one for everybody once it is published."""
    competition = scene.competition
    with transaction():
        ranking = decisions.draw_up(competition, by=scene.officer, now=scene.clock())
        decisions.publish(ranking, by=scene.officer, now=scene.clock())
    sign_in(client, scene.make.user(Role.AUTHORITY_OFFICER))
    found = (f"/staff/results/{scene.competition_id}/", f"/results/{scene.competition_id}")
    return [page_of(client.get(path)) for path in found]


def say(kind: str, msgid: str) -> bool:
    """Whether there are letters of this kind, and each says this in its own language."""
    letters = db.session.scalars(db.select(outbox.Letter).filter_by(kind=kind)).all()
    said = []
    for letter in letters:
        with force_locale(letter.language):
            said.append(_(msgid) in letter.body)
    return bool(said) and all(said)


def test_28_29_one_declined_one_is_barred_and_nobody_reads_that_both_declined(client, make, clock):
    scene = played(make, clock, 7, 7, 7)
    bar(scene, scene.codes[2])
    scene.decline(scene.codes[0])
    scene.arrange()
    assert scene.standing().winner == scene.codes[1]
    for html in pages(client, scene):
        assert OR_BARRED in html and DECLINED not in html and "stands behind those who did not" not in html
    assert say("tie_break.uncontested", LETTER)


def test_29_where_all_others_declined_it_is_said_so(client, make, clock):
    scene = played(make, clock, 7, 7)
    scene.decline(scene.codes[0])
    for html in pages(client, scene):
        assert DECLINED in html and OR_BARRED not in html
    assert not say("tie_break.uncontested", LETTER)


def test_28_29_where_nobody_was_expected_twice_it_is_not_said_that_nobody_came(client, make, clock):
    scene = played(make, clock, 7, 7)
    bar(scene, scene.codes[0])
    for _round in range(2):
        scene.arrange()
        scene.decline(scene.codes[1])
        scene.sweep()
    assert scene.standing().outcome.is_in_vain
    for html in pages(client, scene):
        assert NOT_HELD in html and NOBODY_CAME not in html
    assert say("ranking.published", LETTER_IN_VAIN)


def test_29_where_nobody_came_twice_it_is_said_so(client, make, clock):
    scene = played(make, clock, 7, 7)
    for _round in range(2):
        scene.tie(dict.fromkeys(scene.codes))
    for html in pages(client, scene):
        assert NOBODY_CAME in html and NOT_HELD not in html
    assert not say("ranking.published", LETTER_IN_VAIN)
