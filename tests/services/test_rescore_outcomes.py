"""The recount finds a wrong winner, status, reserve, round or act, and a competition that was left out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core import audit
from core.db import transaction
from ranking.services import acts, decisions, export
from tests.ranking_scene import RankingScene
from tools import rescore


@pytest.fixture
def scene(make, clock):
    """A round that lapsed, one with equal points, one that decides; the winner declines, the second is chosen."""
    found = RankingScene(make, clock)
    found.sitting_id = make.recall(("three rounds", found.competition_id), lambda: rounds(found, clock))
    return found


def rounds(found, clock):
    """Play them; the id of the main sitting."""
    a, b, c, _below = found.test([7, 7, 5, 2], bank=60)
    found.after_appeals()
    found.sweep()
    clock.advance(timedelta(days=2, seconds=1))
    found.sweep()
    found.tie({a: 2, b: 2})
    found.tie({a: 1, b: 3})
    for verb in ("decline", "contract_second"):
        with transaction():
            getattr(acts, verb)(found.competition, "Кат № 1", clock().date(), by=found.officer, now=clock())
    with transaction():
        decisions.draw_up(found.competition, by=found.officer, now=clock())
    assert (found.standing().winner, found.standing().reserve) == (a, (c,))
    return found.sitting_id


@pytest.fixture
def folder(scene, tmp_path):
    """The exported files."""
    with transaction():
        export.write(tmp_path / "out", by=audit.System("test"), now=scene.clock())
    return tmp_path / "out"


def differing(folder, change):
    """What the recount finds after ``change`` to the rows of the competitions."""
    path = folder / "competitions.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    change(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(rescore.differences(folder))


def test_it_decides_by_itself_which_rounds_count(folder):
    [row] = rescore.lines(folder / "competitions.jsonl")
    assert [one["state"] for one in row["tie_breaks"]] == ["lapsed", "held", "held"]
    assert [one["kind"] for one in row["acts"]] == ["winner_declined", "contract_second"]
    assert list(rescore.differences(folder)) == []


PLANTED = {
    "a winner": (lambda row: row.update(winner=row["ranking"][0]["code"]), "winner is"),
    "a status": (lambda row: row.update(status="not_held"), "status is"),
    "a status before the end": (lambda row: row.update(status="testing"), "status is testing"),
    "a reserve": (lambda row: row.update(reserve=[]), "reserve is"),
    "somebody below in the reserve": (lambda row: row["reserve"].append(row["ranking"][-1]["code"]), "reserve is"),
    "a refusal taken out": (lambda row: row["acts"].pop(0), "winner is"),
    "the choice of the second taken out": (lambda row: row["acts"].pop(), "winner is"),
    "both acts in another order": (lambda row: row["acts"].reverse(), "winner is"),
    "a round taken out": (lambda row: row["tie_breaks"].pop(), "no tie-break names attempt"),
    "a round called lapsed": (lambda row: row["tie_breaks"][2].update(state="lapsed"), "yet these count"),
    "an entrant taken out": (lambda row: row["tie_breaks"][2]["entrants"].pop(), "total and place"),
    "points exchanged": (lambda row: exchanged(row["tie_breaks"][2]["entrants"]), "total and place"),
    "something awaited": (lambda row: row["awaited"].append("appeals"), "awaited is"),
    "a ranking left out": (lambda row: row.update(ranking=None), "total and place are None"),
}


def exchanged(entrants):
    """Each gets the attempt of the other."""
    entrants[0]["attempt"], entrants[1]["attempt"] = entrants[1]["attempt"], entrants[0]["attempt"]


def test_it_finds_each_planted_error(folder):
    before = (folder / "competitions.jsonl").read_text()
    for name, (change, words) in PLANTED.items():
        found = differing(folder, lambda rows, change=change: change(rows[0]))
        assert any(words in one for one in found), (name, found)
        (folder / "competitions.jsonl").write_text(before)


def test_it_finds_a_competition_left_out_named_twice_or_invented(folder):
    number = json.loads((folder / "competitions.jsonl").read_text())["competition"]
    before = (folder / "competitions.jsonl").read_text()
    assert differing(folder, list.clear) == [f"competition {number}: attempts name it, it has no row"]
    (folder / "competitions.jsonl").write_text(before)
    assert f"competition {number}: it stands there twice" in differing(folder, lambda rows: rows.append(rows[0]))
    (folder / "competitions.jsonl").write_text(before)
    invented = differing(folder, lambda rows: rows.append({**rows[0], "competition": "К-0"}))
    assert "competition К-0: nobody sat it" in invented


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.append(rows[0]), "a form stands there twice"),
        (lambda rows: rows[0].update(form="x" * 64), "give another digest"),
        (lambda rows: rows[0]["items"].pop(0), "the places are"),
        (list.clear, "its form is not in the files"),
    ],
)
def test_it_finds_forms_that_do_not_fit(folder, change, words):
    path = folder / "forms.jsonl"
    rows = list(rescore.lines(path))
    change(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert any(words in one for one in rescore.differences(folder))
