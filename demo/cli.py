"""``demo load``, ``demo run`` and ``serve``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import func, select

from accounts import one_time_codes
from accounts.auth import setup_address
from accounts.models import User
from accounts.services import people as accounts
from accounts.services.setting_up import seal_context
from core import crypto, serving
from core.cli import Commands, refuse
from core.clock import ManualClock, request_now
from core.config import Settings
from core.crypto import keyring
from core.db import db, transaction
from core.errors import Refusal
from core.i18n import force_locale
from demo import annulled, appeals, blueprint, day, kinds, results, scenario, stage, summary
from demo.printed import known_accounts, print_staff, remember_accounts
from question_bank.models import ItemVersion
from testing_center.models.places import Room
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules.codes import CodeStatus, grouped
from testing_center.rules.sittings import SittingStatus

demo = Commands("demo", help="The demonstration: invented people, centres and competitions.")
TIE_BREAKS = 2  # rounds between the same people: the story of the second competition, and chance, need no more
FIRST_DAY = datetime(2026, 9, 5, 4, 0, tzinfo=UTC)  # 10:00 in Bishkek; gone by, so that what is played can be served


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """A refusal is one sentence on stderr and exit status 1."""
    with force_locale("en"):
        try:
            yield
        except Refusal as refusal:
            refuse(refusal)


def step(text: str) -> None:
    """Say what is being done, on a terminal."""
    if sys.stderr.isatty():
        click.echo(f"{text} …", err=True)


def load(
    candidates: int, starts_in: int, minutes: int, count: int, *, now: datetime, random: Random,
    every_kind: bool = False,
) -> tuple[Sitting, list[stage.Account]]:  # fmt: skip
    """A ready, opened sitting with everybody present; staff and bank are made where they are missing."""
    made = stage.staff(now=now)
    if not db.session.scalar(select(func.count()).select_from(ItemVersion)):
        stage.bank(now=now, step=step)
    step("Sealing the forms")
    if every_kind:
        spec, sealed = kinds.every_kind(minutes, now=now)
    else:
        spec, sealed = blueprint.specification(count, minutes, now=now)
    room = stage.places(max(candidates, 30))[0]
    sitting = stage.sitting(
        room, spec, sealed, candidates, now + timedelta(seconds=starts_in), now=now, random=random, step=step
    )
    appeals.approve_commission(sitting, on=now.date(), now=now)
    stage.open_and_confirm(sitting, now=now)
    return sitting, made


@demo.command("load")
@click.option("--candidates", default=60, show_default=True, type=click.IntRange(1, 500), help="How many people.")
@click.option("--sitting-starts-in", default=0, show_default=True, type=click.IntRange(min=0), help="Seconds from now.")
@click.option("--duration-minutes", default=120, show_default=True, type=click.IntRange(1, 600), help="Time allowed.")
@click.option("--items", default=60, show_default=True, type=click.IntRange(3, 250), help="Questions of a form.")
@click.option("--every-kind", is_flag=True, help="A test with every kind of question, of its own size.")
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print the result."
)
@with_appcontext
def load_command(
    candidates: int, sitting_starts_in: int, duration_minutes: int, items: int, every_kind: bool, output: str
) -> None:
    """Build a ready sitting with everybody present, and print its codes and the demo accounts."""
    with refusals_in_words():
        sitting, made = load(
            candidates, sitting_starts_in, duration_minutes, items, now=request_now(), random=Random(candidates),
            every_kind=every_kind,
        )  # fmt: skip
        slips = stage.slips(sitting, now=request_now())
    remember_accounts(made)
    form = sitting.forms[0]
    found: dict[str, Any] = {
        "sitting": str(sitting.id),
        "form": {"items": sitting.specification.items, "digest": form.digest.hex()},
        "forms": [{"variant": form.variant, "digest": form.digest.hex()} for form in sitting.forms],
        "cut_score": sitting.specification.cut_score,
        "candidates": slips,
        "staff": [
            {"username": a.username, "password": a.password, "one_time_code_secret": a.secret, "roles": list(a.roles)}
            for a in made
        ],
    }
    if output == "json":
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    print_staff(made)
    for slip in slips:
        click.echo(f"{slip['seat']:>4}  {grouped(slip['code'])}  {slip['name']}")


@demo.command("one-time-code")
@click.argument("username")
@with_appcontext
def one_time_code(username: str) -> None:
    """Print the one-time code that a demo account's phone would show now."""
    user = db.session.scalar(select(User).where(User.username == username, User.is_demo.is_(True)))
    if user is None or user.one_time_secret is None:
        raise click.ClickException(f"There is no demo account '{username}'.")
    secret = keyring().open("accounts", user.one_time_secret, seal_context(user))
    click.echo(one_time_codes.code_at(secret, request_now()))


@demo.command("run")
@click.option(
    "--candidates",
    default=60,
    show_default=True,
    type=click.IntRange(3, 500),
    help=f"How many people; from {scenario.FEWEST} on everything happens once.",
)
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same outcome.")
@click.option("--items", default=60, show_default=True, type=click.IntRange(3, 80), help="Questions of a form.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path("instance/demo"), show_default=True
)
def run(candidates: int, seed: int, items: int, output: Path) -> None:
    """Play competitions to their publication on a virtual clock, in a database of its own under OUTPUT.

    Writes every protocol, the rankings and summary.json.
    """
    output = output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    home = output / f"run-{seed}-{candidates}"
    if home.exists():
        raise click.ClickException(f"{home} is there from an earlier run: remove it or choose another folder.")
    clock = ManualClock(FIRST_DAY)
    app = current_app.extensions["create_app"](own_settings(current_app.extensions["settings"], home), clock=clock)
    with app.app_context(), refusals_in_words():
        upgrade()
        with transaction():
            crypto.check_database(keyring(), now=clock())
        if candidates < scenario.FEWEST:
            click.echo(scenario.NO_STORY, err=True)
        played = play(candidates, seed, items, clock)
        path = summary.write(played, seed, output, now=clock())
    click.echo(f"Protocols and {path.name} are in {output}.")


def own_settings(settings: Settings, home: Path) -> Settings:
    """Settings of a database that belongs to one run."""
    return replace(
        settings, instance_path=home, database_url=f"sqlite:///{home / 'demo.sqlite3'}", production=False,
        secret_key_file=home / "keys" / "web.key", keyring_file=home / "keys" / "keyring.json",
        department_certificate_file=None,
    )  # fmt: skip


def play(candidates: int, seed: int, items: int, clock: ManualClock) -> summary.Played:
    """The whole of it: build, open, answer, close, appeal, correct, break ties, decide, publish."""
    sitting, room, people, story, random = test_day(candidates, seed, items, clock)
    return aftermath(sitting, room, people, story, clock, random)


def test_day(
    candidates: int, seed: int, items: int, clock: ManualClock
) -> tuple[Sitting, Room, list[day.Simulated], scenario.Scenario, Random]:
    """Build everything and play the test day until the sitting is closed."""
    random = Random(seed)
    remember_accounts(stage.staff(now=clock()))
    stage.bank(now=clock(), step=step)
    spec, sealed = blueprint.specification(items, 120, now=clock(), rounds=TIE_BREAKS)
    room = stage.places(candidates + 2)[0]
    clock.advance(timedelta(days=1))
    story = scenario.settle(candidates, spec, now=clock())
    sitting = stage.sitting(
        room, spec, sealed, candidates, clock() + timedelta(hours=1), now=clock(), random=random, step=step,
        contests=story.contests,
    )  # fmt: skip
    appeals.approve_commission(sitting, on=clock().date(), now=clock())
    clock.advance(timedelta(hours=1))
    free = [seat for seat in range(1, candidates + 1) if not story.needs(seat)]
    absent = sorted({*random.sample(free, min(len(free), max(1, candidates // 30))), *story.absent})
    stage.open_and_confirm(sitting, now=clock(), absent=absent)
    present = [slip for slip in stage.slips(sitting, now=clock()) if slip["seat"] not in absent]
    people = day.simulated(present, random, settled=story.right, knows=story.knows)
    with click.progressbar(
        length=len(people) * (items + 2), label="Test day", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        day.play(sitting, people, clock, moved=lambda: bar.update(1))
    day.close(sitting, clock)
    return sitting, room, people, story, random


def aftermath(
    sitting: Sitting, room: Room, people: Sequence[day.Simulated], story: scenario.Scenario, clock: ManualClock,
    random: Random,
) -> summary.Played:  # fmt: skip
    """What follows the test day, to the publication."""
    attempts = {who.seat: who.attempt_id for who in people if who.attempt_id}
    filed, errata = [], []
    if story.is_settled:
        step("The appeal hour")
        filed = appeals.file_all(sitting, people, clock, cases=story.cases)
        clock.advance(timedelta(hours=18))
        step("The commission hears the appeals")
        heard = appeals.hear_all(attempts, clock, cases=story.cases)
        step("Corrections for everybody")
        errata = appeals.correct(heard, clock)
    clock.advance(timedelta(hours=2))
    results.settle_ties(sitting, room, story, clock, random, step=step)
    results.decide(story.everything, clock)
    results.settle_ties(sitting, room, story, clock, random, step=step)
    step("Rankings and their publication")
    told = results.publish(story.everything, clock)
    if story.annulled is None:
        return summary.Played(told, filed, errata)
    of_annulled, voided = annulled.play(story.annulled, clock, random, step=step)
    results.decide([story.annulled], clock)
    told += results.publish([story.annulled], clock)
    return summary.Played(told, [*filed, *of_annulled], errata, [voided])


@click.command("serve")
@click.option("--demo", "with_demo", is_flag=True, help="Load the demonstration on the first run.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes (PostgreSQL only)."
)
@with_appcontext
def serve(with_demo: bool, host: str, workers: int) -> None:
    """Migrate the database and serve until interrupted; the sweeper runs beside."""
    settings: Settings = current_app.extensions["settings"]
    serving.check_alone(settings, host, workers)
    upgrade()
    with transaction():
        crypto.check_database(keyring(), now=request_now())
    with refusals_in_words():
        if with_demo:
            greet()
        else:
            with transaction():
                token = accounts.bootstrap(now=request_now())
            if token:
                click.echo(f"Set up the first administrator here, once, within three days:\n{setup_address(token)}")
    click.echo(f"\nhttp://{'127.0.0.1' if host == '127.0.0.1' else host}:{settings.port}   (Ctrl+C ends it)", nl=True)
    sys.stdout.flush()
    db.session.remove()
    db.engine.dispose()
    serving.serve("wsgi:create_serving_app", settings, host=host, workers=workers)


def greet() -> None:
    """Load the demonstration where there is none, and print accounts and three unused codes."""
    now = request_now()
    open_codes = unused()
    if not open_codes:
        step("Loading the demonstration")
        sitting, made = load(60, 0, 120, 60, now=now, random=Random(60))
        remember_accounts(made)
        open_codes = [sitting]
    click.echo("DEMONSTRATION: every person, school and result here is invented.")
    print_staff(known_accounts())
    click.echo("Candidate codes (enter one at the address below):")
    for slip in stage.slips(open_codes[0], now=now)[:3]:
        click.echo(f"  {grouped(slip['code'])}   {slip['name']}, seat {slip['seat']}")


def unused() -> list[Sitting]:
    """Open demo sittings with at least three codes nobody has used, newest first."""
    return list(
        db.session.scalars(
            select(Sitting).join(CandidateCode, CandidateCode.sitting_id == Sitting.id)
            .where(
                Sitting.is_demo.is_(True), Sitting.status == SittingStatus.OPEN,
                CandidateCode.status == CodeStatus.ISSUED,
            )
            .group_by(Sitting.id).having(func.count() >= 3).order_by(Sitting.starts_at.desc())
        )
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(demo)
    app.cli.add_command(serve)
