"""``demo load``, ``demo run`` and ``serve``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
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
from core import key_checks, serving
from core.cli import Commands, refuse
from core.clock import ManualClock, request_now
from core.config import Settings
from core.crypto import keyring
from core.db import db, transaction
from core.errors import Refusal
from core.i18n import force_locale
from demo import appeals, blueprint, kinds, playing, scenario, stage, summary
from demo.printed import known_accounts, print_staff, remember_accounts, step
from question_bank.models import ItemVersion
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules.codes import CodeStatus, grouped
from testing_center.rules.sittings import SittingStatus

demo = Commands("demo", help="The demonstration: invented people, centres and competitions.")
FIRST_DAY = datetime(2026, 9, 5, 4, 0, tzinfo=UTC)  # 10:00 in Bishkek; gone by, so that what is played can be served


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """A refusal is one sentence on stderr and exit status 1."""
    with force_locale("en"):
        try:
            yield
        except Refusal as refusal:
            refuse(refusal)


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
            key_checks.check_database(keyring(), now=clock())
        if candidates < scenario.FEWEST:
            click.echo(scenario.NO_STORY, err=True)
        played = playing.play(candidates, seed, items, clock)
        path = summary.write(played, seed, output, now=clock())
    click.echo(f"Protocols and {path.name} are in {output}.")


def own_settings(settings: Settings, home: Path) -> Settings:
    """Settings of a database that belongs to one run."""
    return replace(
        settings, instance_path=home, database_url=f"sqlite:///{home / 'demo.sqlite3'}", production=False,
        secret_key_file=home / "keys" / "web.key", keyring_file=home / "keys" / "keyring.json",
        department_certificate_file=None,
    )  # fmt: skip


@click.command("serve")
@click.option("--demo", "with_demo", is_flag=True, help="Load the demonstration on the first run.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes (PostgreSQL only)."
)
@click.option("--clock-is-right", is_flag=True, help="Serve though the record goes on to later moments.")
@with_appcontext
def serve(with_demo: bool, host: str, workers: int, clock_is_right: bool) -> None:
    """Migrate the database and serve until interrupted; the sweeper runs beside."""
    settings: Settings = current_app.extensions["settings"]
    serving.check_alone(settings, host, workers)
    upgrade()
    if not clock_is_right:
        serving.check_clock(now=request_now())
    with transaction():
        key_checks.check_database(keyring(), now=request_now())
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
