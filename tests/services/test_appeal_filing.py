"""¶33: an appeal is filed in person, at the place, within the hour; server time decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from appeals.models import Appeal
from appeals.rules import filing as rules
from appeals.rules.states import AppealStatus
from appeals.services import filing
from core.audit import AuditCheckpoint, AuditEntry, System
from core.clock import ManualClock, SteadyClock
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting
from testing_center.rules.delivery import AttemptOpen, ContinuedElsewhere, EndKind
from testing_center.rules.sittings import NotProctorHere
from tests import closing
from tests.appeal_scene import AppealScene
from tests.candidates import Candidate, at_once
from wsgi import create_app

TICK, SECOND, MINUTE, HOUR = timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def scene(make, clock):
    """Somebody has ended and the sitting is closed twenty minutes later."""
    scene = AppealScene(make, clock, close=False)
    clock.advance(20 * MINUTE)
    scene.close_sitting()
    return scene


def hour(scene):
    """The window as the candidate sees it now."""
    return filing.window(scene.attempt(), now=scene.clock())


@pytest.mark.parametrize("after", [timedelta(0), HOUR - SECOND, HOUR])
def test_33_an_appeal_is_accepted_up_to_and_including_the_hour_after_the_sitting(scene, clock, after):
    clock.advance(after)
    appeal = scene.file(places=[2, 1], grounds="Биринчи суроо так эмес.")
    assert (appeal.status, appeal.items, appeal.filed_at) == (AppealStatus.FILED, [1, 2], clock())


@pytest.mark.parametrize("after", [HOUR + TICK, HOUR + SECOND])
def test_33_later_it_is_refused_with_the_times(scene, clock, after):
    clock.advance(after)
    assert not hour(scene).is_open
    with pytest.raises(rules.FilingWindowClosed) as refused:
        scene.file()
    assert (refused.value.params["ended"], refused.value.params["until"]) == (
        "28.11.2026 10:00:00", "28.11.2026 11:20:00",
    )  # fmt: skip
    assert db.session.scalar(db.select(Appeal)) is None


def test_33_while_the_sitting_runs_the_moment_is_at_least_and_moves_on(make, clock):
    scene = AppealScene(make, clock, close=False)
    first = hour(scene)
    assert (first.is_at_least, first.is_open, first.until, first.seconds_left) == (True, True, clock() + HOUR, 3600)
    clock.advance(90 * MINUTE)  # an hour and a half after one's own end: others still work
    assert hour(scene).until == first.until + 90 * MINUTE
    assert scene.file().status == AppealStatus.FILED


def test_33_when_the_sitting_has_ended_the_moment_is_fixed(scene, clock):
    until = hour(scene).until
    clock.advance(30 * MINUTE)
    assert (hour(scene).until, hour(scene).is_at_least, hour(scene).seconds_left) == (until, False, 1800)


def test_33_who_has_not_ended_has_nothing_to_appeal_against(make, clock):
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    with pytest.raises(AttemptOpen), transaction():
        filing.file(candidate.attempt_id, 1, "", [], by=candidate.attempt, now=clock())
    with pytest.raises(AttemptOpen):
        filing.window(candidate.attempt, now=clock())


def test_33_a_test_whose_time_ran_out_unnoticed_has_ended_at_its_deadline(make, clock):
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    clock.advance(61 * MINUTE)
    with transaction():
        filing.file(candidate.attempt_id, 1, "", [], by=candidate.attempt, now=clock())
    assert candidate.attempt.end_kind == EndKind.DEADLINE


def test_33_who_never_began_has_no_result(make, clock):
    sitting = make.sitting(people=1)
    candidate = Candidate(clock, make.codes(sitting)[0]).enter()
    with transaction():
        closing.close(db.session.get_one(Sitting, sitting.id), by=make.user(Role.TEST_ADMINISTRATOR), now=clock())
    with pytest.raises(rules.NothingToAppeal), transaction():
        filing.file(candidate.attempt_id, 1, "", [], by=candidate.attempt, now=clock())


def test_33_naming_questions_and_grounds_is_invited_and_never_required(scene):
    appeal = scene.file(places=[], grounds="  ")
    content = filing.application_content(appeal)
    assert (content["questions"], content["grounds"], appeal.items) == ([], "", [])


def test_33_the_application_says_who_against_what_when_and_until_when(scene, clock):
    clock.advance(5 * MINUTE)
    appeal = scene.file(places=[3], grounds="Макул эмесмин.")
    content, attempt = filing.application_content(appeal), scene.attempt()
    assert content["number"] == appeal.number == f"{content['protocol']}-А"
    assert content["name"] == "Үсөнбаева Өкүмкан Ыңтымаковна"
    assert content["result"] == {"score": 2, "maximum": 5, "cut_score": 3}
    assert content["questions"] == [attempt.order["items"].index(3) + 1]
    assert (content["filed_at"], content["until"], content["is_at_least"]) == (
        "2026-11-28T04:25:00Z", "2026-11-28T05:20:00Z", False,
    )  # fmt: skip


def test_33_the_printed_application_is_drawn_once(scene, clock):
    scene.file()
    with transaction():
        first = filing.application_pdf(scene.appeal(), now=clock())
    clock.advance(HOUR)
    assert first.startswith(b"%PDF") and filing.application_pdf(scene.appeal(), now=clock()) == first


def test_one_appeal_an_attempt_a_withdrawn_one_included(scene):
    number = scene.file().number
    with pytest.raises(rules.AppealExists, match=number):
        scene.file()
    scene.withdraw()
    with pytest.raises(rules.AppealExists):
        scene.file()


def test_of_two_who_file_at_once_exactly_one_appeal_remains(app, scene, clock):
    attempt_id, actor = scene.candidates[0].attempt_id, scene.attempt().actor_name

    def file():
        with transaction():
            by = db.session.get_one(Attempt, attempt_id)
            return filing.file(attempt_id, 1, "", [], by=by, now=clock()).number

    got = at_once(app, file, file)
    assert sorted(type(one) for one in got if not isinstance(one, str)) == [rules.AppealExists]
    assert db.session.scalars(db.select(AuditEntry.actor).filter_by(action="appeal.filed")).all() == [actor]


def test_a_window_that_was_left_behind_files_nothing(scene, clock):
    with pytest.raises(ContinuedElsewhere), transaction():
        filing.file(scene.candidates[0].attempt_id, 7, "", [], by=scene.attempt(), now=clock())


@pytest.mark.parametrize("places", [[0], [6]])
def test_a_question_that_the_test_does_not_have_is_refused(scene, places):
    with pytest.raises(rules.NoSuchQuestion):
        scene.file(places=places)


def test_33_nobody_files_for_the_candidate_but_the_desk_takes_what_they_wrote(make, scene, clock):
    attempt_id, stranger = scene.candidates[0].attempt_id, make.user(Role.PROCTOR)
    for by, refusal in ((stranger, NotProctorHere), (System("sweeper"), rules.OnlyTheCandidate)):
        with pytest.raises(refusal), transaction():
            filing.file(attempt_id, None, "", [], by=by, now=clock())
    with pytest.raises(rules.OnlyTheCandidate), transaction():
        filing.file(attempt_id, 1, "", [], by=scene.proctor, now=clock())
    with transaction():
        filing.file(attempt_id, None, "", [], by=scene.proctor, now=clock())


def test_33_the_proctor_of_the_sitting_or_an_administrator_confirms_the_person(make, scene, clock):
    scene.file()
    with pytest.raises(NotProctorHere):
        scene.confirm(by=make.user(Role.PROCTOR))
    scene.confirm()
    first = scene.appeal().confirmed_at
    clock.advance(MINUTE)
    scene.confirm(by=scene.administrator)
    assert (scene.appeal().confirmed_at, scene.appeal().confirmed_by_id) == (first, scene.proctor.id)


def test_filing_and_the_end_of_an_appeal_are_signed_in_the_trail(scene):
    scene.file()
    scene.withdraw()
    reasons = db.session.scalars(db.select(AuditCheckpoint.reason).order_by(AuditCheckpoint.number)).all()
    assert reasons[-2:] == ["appeal opened", "appeal closed"]


@pytest.mark.parametrize("jump", [-3 * HOUR, 3 * HOUR])
def test_33_a_clock_set_wrongly_inside_the_hour_neither_shortens_nor_lengthens_it(scene, clock, jump):
    wall, seconds = ManualClock(clock()), [0.0]
    steady = SteadyClock(wall, lambda: seconds[0])
    wall.at += jump  # somebody sets the computer's clock
    seconds[0] = 3600.0
    scene.clock = steady
    until = hour(scene)
    assert (until.is_open, until.seconds_left) == (True, 0)
    seconds[0] = 3600.000001
    with pytest.raises(rules.FilingWindowClosed):
        scene.file()
    seconds[0] = 3600.0
    assert scene.file().status == AppealStatus.FILED


def test_33_a_restart_inside_the_hour_changes_nothing(app, scene, clock):
    before, attempt_id = hour(scene), scene.candidates[0].attempt_id
    clock.advance(HOUR)
    restarted = create_app(app.extensions["settings"], clock=clock)
    with restarted.app_context(), transaction():
        attempt = db.session.get_one(Attempt, attempt_id)
        assert filing.window(attempt, now=clock()).until == before.until
        assert filing.file(attempt_id, 1, "", [], by=attempt, now=clock()).filed_at == before.until
