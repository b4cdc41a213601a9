"""What the regulation forbids after the test: corrections, places and tie-breaks, publication, the archive (¶29–39)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from appeals.models import Appeal
from appeals.rules.states import AppealStatus
from archive.models import DestructionAct, DestructionLot
from archive.rules import ActStatus, Series
from competitions.models import Competition
from core import audit
from core.db import db
from ranking.models import AuthorityAct, Ranking, TieBreak
from ranking.rules.acts import ActKind
from ranking.rules.outcome import RoundState, Status
from ranking.rules.tie_break import Absence
from ranking.services.decisions import ranking_content
from ranking.services.effects import effects
from ranking.services.state import Round, Standing, standing
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Annulment, Correction
from testing_center.models.sittings import Participant
from testing_center.rules.delivery import EndKind
from testing_center.rules.errata import CorrectionStatus, ErratumKind
from testing_center.rules.rescoring import Rescored
from testing_center.rules.scoring import Outcome
from testing_center.rules.sittings import SittingStatus
from testing_center.services.corrections import Preview
from testing_center.services.links import participant_of
from testing_center.sheets import get_sheet
from tests.forbidden import HOUR, Memory, errata_of, is_destroyed, rows

OPEN = (AppealStatus.FILED, AppealStatus.HEARING)


def after_the_test(memory: Memory, *, now: datetime) -> None:
    """¶29–32, 35–39: corrections, places, tie-breaks, publication, the archive."""
    corrections_35(memory)
    for competition in rows(Competition, Competition.number):
        ranking_29_32(competition, memory, now=now)
    archive_36_39(memory, now=now)


def corrections_35(memory: Memory) -> None:
    """One correction of a form waits at most; applied by two persons, never with more than a third of it void."""
    waiting: set[UUID] = set()
    for one in rows(Correction, Correction.number):
        if one.status == CorrectionStatus.PREPARED:
            assert one.form_id not in waiting, "two corrections of a form wait"
            waiting.add(one.form_id)
        else:
            memory.keeps(("correction", one.id), (one.status, one.decided_by_id, one.decided_at), "decided twice")
            memory.reached.add(f"correction {one.status}")
        if one.status == CorrectionStatus.APPLIED:
            assert one.decided_by_id not in (None, one.prepared_by_id), "¶35: one person changed everybody's result"
    for form_id in {one.form_id for one in rows(Correction) if one.status == CorrectionStatus.APPLIED}:
        last = {erratum.place: erratum.kind for erratum in errata_of(form_id)}
        assert 3 * list(last.values()).count(ErratumKind.VOID) <= len(get_sheet(form_id).items), "too many void"
    for annulment in rows(Annulment):
        if annulment.status == CorrectionStatus.APPLIED:
            assert annulment.decided_by_id not in (None, annulment.prepared_by_id), "annulled by one person"
            memory.reached.add("annulled")
            for appeal in rows(Appeal):
                if appeal.attempt.sitting_id == annulment.sitting_id:
                    assert appeal.status not in OPEN, "an appeal against an annulled result waits to be heard"


# --- what the results decide (¶29–32, 37)


def ranking_29_32(competition: Competition, memory: Memory, *, now: datetime) -> None:
    """Nobody has a place before the appeals are over; equal sums share one; below the cut score nobody has any."""
    found = standing(competition, now=now)
    memory.reached.add(str(found.status))
    memory.reached.update(f"round {one.state}" for one in found.tie_breaks)
    refusals_29(competition, found)
    hours = [
        max(attempt.ended_at, attempt.sitting.closed_at or now) + HOUR
        for attempt in rows(Attempt, Attempt.number) if attempt.competition_id == competition.id and not attempt.round
        if attempt.ended_at and attempt.end_kind != EndKind.NOT_STARTED
    ]  # fmt: skip
    hour = max(hours, default=None)
    if hour and now <= hour and not _annulled(competition):
        assert found.winner is None and not found.rows, "¶33: ranked within the appeal hour"
    assert found.winner is None or found.status == Status.DECIDED, "¶29: a winner while it is open"
    placed = [row for row in found.rows if row.place is not None]
    points = _gained({row.code: row.main for row in placed}, competition, found.tie_breaks)
    order = sorted(points.values(), reverse=True)
    for row in placed:
        assert row.main >= row.cut_score, "¶32: a place below the cut score"
        assert row.place == order.index(points[row.code]) + 1, "¶29: equal points do not share a place"
        assert row.total == sum(max(n, 0) for n in points[row.code]), "¶29: another sum"
    effects_29(competition, found, now=now)
    for one in called_29(competition):
        tie_break_29(one, hour)
        memory.keeps(("called", one.id), (one.deadline_at, one.items, one.place), "¶29: a tie-break was changed")
        if one.sitting and one.sitting.status == SittingStatus.CLOSED:
            memory.reached.add("tie-break held")
    for ranking in [one for one in rows(Ranking, Ranking.revision) if one.competition_id == competition.id]:
        published_30_32_37(ranking)
        memory.keeps(("ranking", ranking.id), ranking.content_digest, "¶29: a ranking was changed")
        memory.reached.update({"ranked", "published"} if ranking.published_at else {"ranked"})


def _gained(main: dict[str, int], competition: Competition, rounds: Iterable[Round]) -> dict[str, list[int]]:
    """The points of each code: the main test's, then those of each round between exactly those who are equal till then.

    A round adds 0 for who was away, -1 for who stands behind. All lists within a tie are as long, so that a later round
    never lifts anybody over who was not in it.
    """
    points = {code: [n] for code, n in main.items()}
    away = {one.round: {each.attempt.number: each.absence for each in one.places} for one in called_29(competition)}
    for one in rounds:
        tied = set(one.candidates)
        lists = {tuple(points[code]) for code in tied & points.keys()}
        is_over = one.state in (RoundState.HELD, RoundState.UNCONTESTED)
        counts = is_over and len(lists) == 1 and {code for code in points if tuple(points[code]) in lists} == tied
        assert one.counts is counts, "¶29: a round counts, or does not, against the tie"
        last = _last(away[one.round])
        assert not counts or set(one.behind) == last, "¶29: others stand behind than those who declined"
        for code in tied if counts else ():
            points[code] = [*points[code], -1 if code in last else one.points.get(code, 0)]
    return points


def _last(away: Mapping[str, Absence | None]) -> set[str]:
    """Who declined stands behind whoever did not; everybody behind one who alone was left to be tested after that."""
    said_no = {code for code, why in away.items() if why == Absence.DECLINED}
    to_come = set(away) - said_no - {code for code, why in away.items() if why == Absence.BARRED}
    if not to_come:
        return set()
    return set(away) - to_come if said_no and len(to_come) == 1 else said_no


def called_29(competition: Competition) -> list[TieBreak]:
    """The tie-breaks of this competition, by round."""
    return [one for one in rows(TieBreak, TieBreak.round) if one.competition_id == competition.id]


def effects_29(competition: Competition, found: Standing, *, now: datetime) -> None:
    """A correction's preview shows the places, ties and the winner of the standing as they are before it."""
    if not found.rows:
        return
    place = {row.code: row.place for row in found.rows}
    firsts = [code for code, n in place.items() if n == 1]
    last = next(attempt for attempt in rows(Attempt) if attempt.number == (firsts or list(place))[-1])
    score = next(row.main for row in found.rows if row.code == last.number)
    for one in effects(_raised(last, score), now=now):
        assert {move.code: move.old_place for move in one.effect.moves}.items() <= place.items(), "¶29: old places"
        assert one.effect.old_winner == (firsts[0] if len(firsts) == 1 else None), "¶29: another old winner"
        for n, codes in one.effect.ties_vanish:
            assert set(codes) == {code for code in place if place[code] == n}, "¶29: a tie that was none"


def _raised(attempt: Attempt, score: int) -> Preview:
    """As if a correction gave this attempt one point more, and nobody else."""
    row = Rescored(
        attempt.id, attempt.number, attempt.sitting.number, attempt.competition_id, attempt.competition.number,
        attempt.round, attempt.id, 1, score, score + 1, Outcome.MEETS, Outcome.MEETS, {}, {},
    )  # fmt: skip
    return Preview(attempt.id, attempt.form_id, 0, 0, (row,), b"")


def refusals_29(competition: Competition, found: Standing) -> None:
    """Who declined a tie-break said so in writing and did not sit it; a place without a test has one person left."""
    said = [act for act in rows(AuthorityAct) if act.competition_id == competition.id]
    written = Counter(act.attempt.number for act in said if act.kind == ActKind.TIE_BREAK_DECLINED)
    declined = Counter(
        code for one in found.tie_breaks for code, why in one.absences.items() if why == Absence.DECLINED
    )
    assert written == declined, "¶29: declined without a document, or a document without effect"
    for one in found.tie_breaks:
        if one.state == RoundState.UNCONTESTED:
            assert len(set(one.candidates) - one.absences.keys()) == 1 and not one.points, "¶29: a place without a test"


def _annulled(competition: Competition) -> bool:
    of_it = {one.sitting_id for one in rows(Attempt) if one.competition_id == competition.id}
    return any(one.status == CorrectionStatus.APPLIED and one.sitting_id in of_it for one in rows(Annulment))


def tie_break_29(one: TieBreak, hour: datetime | None) -> None:
    """A third at most, called after the appeals for two days, held in time, for the tied alone."""
    assert one.items * 3 <= one.main_items, "¶29: larger than a third"
    assert hour is None or one.called_at > hour, "¶29: called before the appeals were over"
    query = db.select(audit.AuditEntry).filter_by(action="tie_break.called", subject=f"tie_break:{one.id}")
    said = audit.facts(db.session.scalars(query).one())
    since = one.called_at if said["is_late"] else datetime.fromisoformat(said["tied_since"])
    assert one.deadline_at - since == timedelta(days=2) and since <= one.called_at, "¶29: not two days"
    assert not said["is_late"] or one.called_at - datetime.fromisoformat(said["tied_since"]) > timedelta(days=2)
    assert hour is None or since >= hour, "¶29: the days run before the appeals were over"
    if one.sitting is None:
        return
    assert one.sitting.starts_at <= one.deadline_at, "¶29: arranged after the deadline"
    assert one.sitting.opened_at is None or one.sitting.opened_at <= one.deadline_at, "¶29: held late"
    if all(attempt.link_sealed for attempt in one.entrants):
        tied = {participant_of(attempt).person_id for attempt in one.entrants}
        came = db.select(Participant.person_id).where(Participant.sitting_id == one.sitting_id)
        assert set(db.session.scalars(came)) <= tied, "¶29: others than the tied"


def published_30_32_37(ranking: Ranking) -> None:
    """Winner and reserve at or above the cut score, a ground where it is not held, the name only when published."""
    said = ranking_content(ranking)
    main = {row["code"]: row["main"] for row in said["ranking"]}
    for code in [*said["reserve"], *([said["winner"]] if said["winner"] else [])]:
        assert main[code] >= said["cut_score"], "¶32: below the cut score"
    assert (said["status"] == "not_held") == (said["ground"] is not None), "¶30: no ground"
    if ranking.winner_name is not None:
        assert said["winner"] and ranking.published_at, "¶37: a name before it is published"


# --- the archive (¶36, 39)


def archive_36_39(memory: Memory, *, now: datetime) -> None:
    """Nothing is destroyed before its time, nor by one person."""
    for act in rows(DestructionAct):
        memory.reached.add(f"destruction {act.status}")
        if act.status == ActStatus.CARRIED_OUT:
            assert act.decided_by_id not in (None, act.prepared_by_id), "¶36, 39: destroyed by one person"
    for lot in rows(DestructionLot):
        years = 1 if lot.series == Series.COMMISSION else 5
        assert lot.free_from >= lot.closed_on + timedelta(days=365 * years), "¶36, 39: kept too short"
        assert lot.destroyed_at is None or now.date() >= lot.free_from - timedelta(days=1), "¶36, 39: too early"
    kept = {lot.about_id for lot in rows(DestructionLot) if lot.destroyed_at}
    for appeal in rows(Appeal):
        gone = appeal.id in kept or appeal.attempt.competition_id in kept
        assert gone is is_destroyed(appeal), "¶36: an application is missing"
