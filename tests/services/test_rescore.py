"""An independent script recounts scores and rankings from exported files; it agrees, and it finds what was altered."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import audit
from core.crypto import canonical
from core.db import db, transaction
from question_bank import merkle
from ranking.rules.acts import ActKind
from ranking.rules.order import Between, refined
from ranking.rules.outcome import Act, Facts, MainScore, Round, RoundState, outcome
from ranking.services import export
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Correction
from testing_center.rules.errata import ErratumData, ErratumKind
from tests.correction_scene import CorrectionScene
from tests.crowd import crowd
from tools import rescore

SCRIPT = Path(rescore.__file__)


def exported(folder: Path, clock) -> Path:
    """The files, in a new folder."""
    target = folder / f"export-{len(list(folder.iterdir()))}"
    with transaction():
        export.write(target, by=audit.System("test"), now=clock())
    return target


def recount(folder: Path) -> tuple[int, str]:
    """Exit status and words of the script, run by itself: isolated from this project's packages."""
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(folder)], capture_output=True, text=True, check=False, cwd="/"
    )
    return done.returncode, done.stdout + done.stderr


def rewrite(path: Path, change) -> None:
    """Alter the first row of a file for which ``change`` does something."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        if change(row):
            break
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_the_script_imports_nothing_but_the_standard_library():
    imported = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_it_agrees_on_two_thousand_random_attempts_and_their_rankings(make, clock, tmp_path):
    # Two hundred end as in life, with protocol, bar and trail; of the others the script reads just as much.
    crowd(make, 2000, items=12, cut_score=5, competitions=60, seed=3, variants=2, papers=200)
    clock.advance(timedelta(hours=2))
    folder = exported(tmp_path, clock)
    status, said = recount(folder)
    assert (status, said.strip()) == (0, "Attempts: 2000. Rankings: 60. Differences: 0.")
    rankings = [json.loads(line)["ranking"] for line in (folder / "competitions.jsonl").read_text().splitlines()]
    ties = [row for ranking in rankings for row in ranking if [r["place"] for r in ranking].count(row["place"]) > 1]
    assert len(ties) > 500  # the agreement is about shared places as well


def test_it_agrees_after_corrections_of_every_kind_one_over_the_other(make, clock, tmp_path):
    sitting = crowd(make, 60, items=9, cut_score=4, competitions=3, seed=5)
    scene = CorrectionScene.of(make, clock, sitting)
    clock.advance(timedelta(hours=2))
    scene.correct(scene.wrong_key(1, 1), scene.several(2, 2), *scene.void(3))
    clock.advance(timedelta(hours=1))
    scene.correct(scene.wrong_key(3, 2), scene.several(1, 3))
    assert db.session.query(Correction).count() == 2
    folder = exported(tmp_path, clock)
    assert recount(folder) == (0, "Attempts: 60. Rankings: 3. Differences: 0.\n")
    assert len((folder / "errata.jsonl").read_text().splitlines()) == 5


def test_it_counts_the_answers_that_were_restated_and_finds_one_exchanged_or_given_to_somebody_else(
    make, clock, tmp_path
):
    sitting = crowd(make, 60, items=9, cut_score=4, competitions=3, seed=7)
    scene, random = CorrectionScene.of(make, clock, sitting), Random(7)
    clock.advance(timedelta(hours=2))
    attempts = list(db.session.scalars(db.select(Attempt).filter_by(form_id=scene.form_id).order_by(Attempt.number)))
    scene.correct(*(restated(scene, attempt, place, 0) for attempt in attempts[:20] for place in (1, 5)))
    clock.advance(timedelta(hours=1))
    scene.correct(scene.wrong_key(5, 1), *(restated(scene, attempt, 5, 1) for attempt in attempts[10:15]))
    folder = exported(tmp_path, clock)
    assert recount(folder) == (0, "Attempts: 60. Rankings: 3. Differences: 0.\n")
    number = random.choice([attempt.number for attempt in attempts[:10]])
    planted = {
        "exchanged": lambda row: row["attempt"] == number and row["place"] == 1 and (row.update(accepted=[[]]) or True),
        "left out": lambda row: row["attempt"] == number and row["place"] == 1 and (row.update(attempt="?") or True),
    }
    for name, change in planted.items():
        wrong = Path(shutil.copytree(folder, tmp_path / name))
        rewrite(wrong / "errata.jsonl", change)
        status, said = recount(wrong)
        assert status == 1 and f"attempt {number}: score is" in said


def restated(scene: CorrectionScene, attempt: Attempt, place: int, index: int) -> ErratumData:
    """This option counts at the place; where it is recorded already, no answer."""
    chosen, [recorded] = [scene.option(place, index)], queries.answers_that_count(scene.form_id, [attempt.id]).values()
    counts = [] if list(recorded.get(place, ())) == chosen else chosen
    return ErratumData(place, ErratumKind.RESTATED, [counts], "апелляциянын чечими", attempt.id)


def test_the_files_are_readable_by_their_owner_only_hold_no_name_and_are_in_the_trail(make, clock, tmp_path):
    CorrectionScene(make, clock, [{1: 0}])
    folder = exported(tmp_path, clock)
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert "Үсөнбаева" not in path.read_text()
    [entry] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="results.exported"))
    assert audit.facts(entry)["counts"]["attempts"] == 1


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("attempts", lambda row: row.update(score=row["score"] + 1) or True, "score is"),
        ("attempts", lambda row: row["areas"].update(law=99) or True, "areas is"),
        ("attempts", lambda row: row.update(outcome="meets") or True, "outcome is"),
        ("forms", lambda row: row["items"][0]["sealed"].update(key=["x"]) or True, "score is"),
        ("competitions", lambda row: row["ranking"][0].update(place=2) or True, "total and place"),
        ("competitions", lambda row: bool(row["ranking"].pop()), "total and place"),
    ],
)
def test_it_finds_an_altered_score_key_or_place(make, clock, tmp_path, name, change, words):
    CorrectionScene(make, clock, [{1: 0}, {1: 0, 2: 0}])
    folder = exported(tmp_path, clock)
    assert recount(folder)[0] == 0
    rewrite(folder / f"{name}.jsonl", change)
    status, said = recount(folder)
    assert status == 1 and words in said


SEALED = {
    "a word": lambda form: form["items"][2]["sealed"]["stem"].update(ky="Башка суроо"),
    "an option": lambda form: form["items"][0]["sealed"]["options"].reverse(),
    "a key that nobody's score shows": lambda form: form["items"][5]["sealed"].update(key=["x"]),
    "points": lambda form: form["items"][5]["sealed"].update(points=2),
    "a salt": lambda form: form["items"][1].update(salt="00" * 32),
    "two items changed over": lambda form: [
        item["sealed"].update(position={1: 2, 2: 1}.get(item["sealed"]["position"], item["sealed"]["position"]))
        for item in form["items"]
    ],
    "the cut score": lambda form: form["terms"].update(cut_score=2),
    "the time": lambda form: form["terms"].update(duration_minutes=1),
    "the digest": lambda form: form.update(form=form["form"][::-1]),
}  # fmt: skip


def test_it_recomputes_the_digest_of_each_form_and_finds_whatever_was_altered(make, clock, tmp_path):
    """Seven items: a tree whose halves differ in size; nobody has answered the last."""
    scene = CorrectionScene(make, clock, [{1: 0}], items=7)
    folder = exported(tmp_path, clock)
    path = folder / "forms.jsonl"
    [form], before = list(rescore.lines(path)), path.read_text()
    assert rescore.form_digest(form) == scene.form.digest.hex() and recount(folder)[0] == 0
    for name, alter in SEALED.items():
        [form] = rescore.lines(path)
        alter(form)
        path.write_text(json.dumps(form) + "\n")
        status, said = recount(folder)
        assert status == 1 and "give another digest" in said, name
        path.write_text(before)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 80])
def test_its_tree_is_that_of_the_sealing_for_any_number_of_items(count):
    leaves = [bytes([n]) * 32 for n in range(count)]
    assert rescore.tree(leaves) == merkle.root(leaves)


def test_its_canonical_json_is_that_of_the_sealing():
    value = {"stem": {"ru": '«Ёлка»\n\t\x01"\\/', "ky": "Өң үчүн \U0001f600 \u2028"}, "key": ["a1"], "points": 1}
    assert rescore.canonical(value) == canonical(value)


def test_the_command_writes_the_files_once(app, make, clock, tmp_path):
    CorrectionScene(make, clock, [{1: 0}])
    run = app.test_cli_runner().invoke
    done = run(args=["export", "results", str(tmp_path / "out")])
    assert done.exit_code == 0 and "Attempts: 1." in done.output
    assert recount(tmp_path / "out")[0] == 0
    again = run(args=["export", "results", str(tmp_path / "out")])
    assert again.exit_code == 1 and "exists" in again.output


CODES = "abcdefgh"
KINDS = ("winner_declined", "contract_second", "winner_accepted")


@settings(max_examples=600)
@given(st.data())
def test_it_ranks_as_the_application_does_whatever_the_scores_and_the_tie_breaks(data):
    main = data.draw(st.dictionaries(st.sampled_from(CODES), st.integers(0, 4), max_size=8))
    rounds = []
    for _ in range(data.draw(st.integers(0, 3))):
        placed = refined(main, [Between(set(held), held) for held in rounds])
        groups = [{one.code for one in placed if one.place == place} for place in {one.place for one in placed}]
        entrants = data.draw(st.sampled_from(groups) if groups and data.draw(st.booleans()) else st.sets(
            st.sampled_from(CODES)))  # fmt: skip
        rounds.append({code: data.draw(st.integers(0, 2)) for code in sorted(entrants)})
    acts = [{"kind": kind, "code": data.draw(st.sampled_from(CODES)) if kind != "contract_second" else None}
            for kind in data.draw(st.lists(st.sampled_from(KINDS), max_size=4))]  # fmt: skip
    ours = {one.code: (one.total, one.place) for one in refined(main, [Between(set(held), held) for held in rounds])}
    assert rescore.rank(main, rounds) == ours
    came = [data.draw(st.booleans()) for _held in rounds]
    held = [(some, held if some else dict.fromkeys(held, 0)) for some, held in zip(came, rounds, strict=True)]
    facts = Facts(
        results=[MainScore(code, score, 0) for code, score in main.items()],
        rounds=[
            Round(number, frozenset(points), RoundState.HELD, points if some else {})
            for number, (some, points) in enumerate(held, 1)
        ],
        acts=[Act(ActKind(one["kind"]), one["code"]) for one in acts],
    )
    found = outcome(facts)
    said = {"status": str(found.status), "winner": found.winner, "reserve": list(found.reserve)}
    assert rescore.outcome(main, held, acts) == said
