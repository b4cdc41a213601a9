"""`demo run` plays competitions to their publication: everything the regulation knows happens once (¶28–33)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from core import audit, rotation
from core.clock import ManualClock
from core.crypto import head_of
from core.db import db
from demo.cli import demo
from tests.conftest import database_folder, settings_for
from tests.services.sealed_values import SEALING, opened
from wsgi import create_app

ROOT = Path(__file__).parents[2]
GROUNDS = {
    "no_applications", "all_withdrew", "nobody_admitted", "nobody_came", "nobody_reached_cut_score", "mixed",
}  # fmt: skip


def flask(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command as somebody types it."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments], cwd=ROOT, env={**os.environ, **environ},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def play(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A played day in a folder of its own."""
    return flask(
        "demo", "run", *options, "--output", str(output), INSTANCE_PATH=str(output.parent / "home"), DATABASE_URL="",
        KEYRING_FILE="", SECRET_KEY_FILE="",
    )  # fmt: skip


WHOLE = ("--candidates", "24", "--items", "12")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """What a played day leaves behind."""
    with database_folder("played") as played:
        output = Path(played) / "day"
        done = play(output, *WHOLE)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        yield output


@pytest.fixture(scope="module")
def played(folder: Path) -> dict[str, Any]:
    """``summary.json``."""
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def test_a_competition_is_not_held_on_each_ground(played: dict[str, Any]) -> None:
    not_held = [one for one in played["competitions"] if one["status"] == "not_held"]
    assert {one["ground"] for one in not_held} == GROUNDS
    assert all(one["winner"] is None and one["reserve"] == [] for one in not_held)


def test_a_wrong_key_changes_the_winner(played: dict[str, Any]) -> None:
    first = played["competitions"][0]
    upheld = next(one["code"] for one in played["appeals"] if one["outcome"] == "upheld")
    assert first["winner"] == upheld
    rows = {row["code"]: row for row in first["ranking"]}
    second = next(row for row in first["ranking"] if row["place"] == 2)
    assert rows[upheld]["main"] == second["main"] + 1
    assert next(one["position"] for one in played["errata"]) == 1
    versions = {one["version"] for one in played["protocols"] if one["code"] in (upheld, second["code"])}
    assert versions == {1, 2}


def test_an_answer_given_on_paper_lifts_one_person_over_the_cut_score(played: dict[str, Any]) -> None:
    code = [one["code"] for one in played["appeals"] if one["outcome"] == "upheld"][1]
    told = [(one["version"], one["outcome"]) for one in played["protocols"] if one["code"] == code]
    assert told == [(1, "does_not_meet"), (2, "meets")]
    assert 1 in {one["rescored"] for one in played["errata"]}
    second = played["competitions"][1]
    assert code in second["reserve"]
    assert code not in {one["code"] for one in second["barred"]}


def test_three_share_the_first_place_and_need_two_rounds(played: dict[str, Any]) -> None:
    second = played["competitions"][1]
    called = [(one["place"], len(one["candidates"]), one["items"]) for one in second["tie_breaks"]]
    assert called == [(1, 3, 4), (1, 2, 4)]
    top = second["ranking"][:3]
    assert len({row["main"] for row in top}) == 1
    assert [len(row["tie_breaks"]) for row in top] == [2, 2, 1]
    assert all(row["total"] == row["main"] + sum(row["tie_breaks"]) for row in second["ranking"])
    assert second["winner"] == top[0]["code"]


def test_the_second_is_taken_where_the_winner_declined(played: dict[str, Any]) -> None:
    third = played["competitions"][2]
    assert third["winner"] == next(row["code"] for row in third["ranking"] if row["place"] == 2)


def test_appeals_of_every_outcome_and_both_sides_of_the_hour(played: dict[str, Any]) -> None:
    assert {one["outcome"] for one in played["appeals"]} == {"upheld", "upheld_in_part", "dismissed", None}
    at_the_bound = {
        one["seconds_after_end"]: one["accepted"] for one in played["appeals"] if one["seconds_after_end"] >= 3600
    }
    assert at_the_bound == {3600: True, 3601: False}


def test_every_kind_of_fault_is_found_and_corrected_once(played: dict[str, Any]) -> None:
    kinds = [one["kind"] for one in played["errata"]]
    assert sorted(kinds) == ["restated", "several_right", "void", "wrong_key"]
    several = next(one for one in played["errata"] if one["kind"] == "several_right")
    assert several["rescored"] > 1  # everybody who sat that form
    assert [one["outcome"] for one in played["appeals"]].count("upheld") == 4


def test_a_sitting_with_more_than_a_third_void_is_annulled_and_held_anew(folder: Path, played: dict[str, Any]) -> None:
    [annulment] = played["annulments"]
    assert annulment["void"] * 3 > annulment["items"]
    assert annulment["sitting"] != annulment["new_sitting"] and annulment["registered"] == 3
    contest = next(one for one in played["competitions"] if one["id"] == annulment["competition"])
    assert contest["status"] == "decided" and contest["winner"] in {row["code"] for row in contest["ranking"]}
    assert [row["main"] for row in contest["ranking"]] == [6, 5, 4]  # those of the new sitting alone
    appeal = next(one for one in played["appeals"] if one["code"].startswith(annulment["sitting"]))
    assert appeal["outcome"] == "upheld"
    assert {row["code"] for row in contest["ranking"]} == {
        one["code"] for one in played["protocols"] if one["code"].startswith(annulment["new_sitting"])
    }
    assert (folder / f"{annulment['sitting']}-summary-v2.pdf").exists()


def test_nobody_below_the_cut_score_is_in_the_reserve(played: dict[str, Any]) -> None:
    for one in played["competitions"]:
        meets = {row["code"] for row in one["ranking"] if row["main"] >= (one["cut_score"] or 0)}
        assert set(one["reserve"]) <= meets
        assert {row["code"] for row in one["barred"]} == {row["code"] for row in one["ranking"]} - meets


def test_every_paper_is_there_with_its_digest_and_the_trail_holds(folder: Path, played: dict[str, Any]) -> None:
    for one in played["protocols"]:
        assert hashlib.sha256((folder / one["file"]).read_bytes()).hexdigest() == one["sha256"]
    assert len(list(folder.glob("*-ranking.pdf"))) == len(played["competitions"])
    assert len(list(folder.glob("*-АП.pdf"))) == sum(one["outcome"] is not None for one in played["appeals"])
    home = folder / "run-1-24"
    verified = flask(
        "audit", "verify", INSTANCE_PATH=str(home), DATABASE_URL=f"sqlite:///{home / 'demo.sqlite3'}",
        KEYRING_FILE=str(home / "keys" / "keyring.json"), SECRET_KEY_FILE=str(home / "keys" / "web.key"),
    )  # fmt: skip
    assert verified.returncode == 0, verified.stdout


def test_the_keys_of_a_played_day_are_changed_and_everything_opens(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(folder / "run-1-24", home)
    clock = ManualClock(datetime(2027, 1, 1, tzinfo=UTC))
    app = create_app(settings_for(home, f"sqlite:///{home / 'demo.sqlite3'}"), clock=clock)
    with app.app_context():
        before = opened()
        for purpose in SEALING:
            rotation.renew(purpose, now=clock())
            rotation.seal_anew(purpose, now=clock(), progress=lambda _: None)
        clock.advance(rotation.SETTLES)
        assert [rotation.retire(purpose, now=clock()) for purpose in SEALING] == [[1]] * 3
        assert opened() == before and list(audit.verify()) == []
        assert {value[:3] for value in under_data_keys()} == {head_of(0)}


def under_data_keys() -> Iterator[bytes]:
    """What stands under the data keys of sittings: all that is sealed in columns that are not under the ring."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith("_sealed") and "sealed" not in column.info:
                yield from (value for value in db.session.scalars(select(column)) if value)


def without_secrets(found: dict[str, Any]) -> dict[str, Any]:
    """``summary.json`` less its digests: they cover codes and ids, which are drawn anew for every run."""
    return found | {
        "errata": [one | {"form": ""} for one in found["errata"]],
        "protocols": [one | {"sha256": ""} for one in found["protocols"]],
    }


def test_the_same_seed_gives_the_same_outcome(played: dict[str, Any]) -> None:
    with database_folder("again") as found:
        done = play(Path(found) / "again", *WHOLE)
        assert done.returncode == 0, done.stderr
        again = json.loads((Path(found) / "again" / "summary.json").read_text())
    assert without_secrets(again) == without_secrets(played)
    assert {one["sha256"] for one in again["protocols"]}.isdisjoint({one["sha256"] for one in played["protocols"]})


def test_a_small_day_is_played_to_its_end_and_says_what_it_cannot_show(tmp_path: Path) -> None:
    done = play(tmp_path / "small", "--candidates", "3", "--items", "3")
    assert done.returncode == 0, done.stderr
    assert "fewer than 24 candidates" in done.stderr
    found = json.loads((tmp_path / "small" / "summary.json").read_text())
    assert (found["appeals"], found["errata"]) == ([], [])
    assert {one["status"] for one in found["competitions"]} <= {"decided", "not_held"}


@pytest.mark.parametrize("options", [("--candidates", "2"), ("--items", "2"), ("--items", "81")])
def test_a_day_that_cannot_be_played_is_refused_at_once(tmp_path: Path, options: tuple[str, str]) -> None:
    done = CliRunner().invoke(demo, ["run", *options, "--output", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "is not in the range" in done.stderr
    assert not (tmp_path / "none").exists()
