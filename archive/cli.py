"""``retention due`` and ``retention run``: what need not be kept any more, and its destruction by two persons."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from flask.cli import with_appcontext

from accounts import queries as people
from accounts.models import User
from accounts.rules import Permission
from accounts.services import signing_in
from archive import queries
from archive.rules import SERIES_NAMES
from archive.services import acts
from core.cli import Commands, in_words, language_option, progress_bar
from core.clock import request_now
from core.db import transaction
from core.i18n import zone

retention = Commands("retention", help="What is kept how long, and its destruction.")


@retention.command("due")
@language_option
@with_appcontext
@in_words("retention")
def due() -> None:
    """List everything that is closed, with the first day on which it may be destroyed; what is due comes first."""
    lots, today = queries.lots(zone()), acts.local_day(request_now())
    if not lots:
        click.echo("Nothing is closed.")
    for lot in lots:
        state = "held" if lot.is_held else "due" if lot.is_due(today) else "kept"
        click.echo(f"{lot.free_from}\t{state}\t{lot.number}\t{SERIES_NAMES[lot.series]}")


@retention.command("run")
@click.option("--by", "username", help="In whose name; asks for the password and the one-time code.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Write the act as a PDF here.")
@language_option
@with_appcontext
@in_words("retention")
def run(username: str | None, output: Path | None) -> None:
    """Destroy what is due: the first person who runs this prepares the act, another one carries it out."""
    waiting = queries.waiting_act()
    today = acts.local_day(request_now())
    chosen = [lot.key for lot in queries.lots(zone()) if lot.is_due(today)]
    if waiting is None and not chosen:
        click.echo("Nothing is due.")
        return
    if username is None:
        raise click.ClickException("Destroying takes two persons. Say who you are: --by USERNAME.")
    person_id = _prove(username)
    if waiting is None:
        with transaction():
            act = acts.prepare_act(chosen, by=_person(person_id), now=request_now())
            number, count = act.number, len(act.lots)
        click.echo(f"Act {number} is prepared over {count} sets of records. Another person now runs this command.")
        return
    with progress_bar(len(waiting.lots), waiting.number) as bar, transaction():
        act = acts.carry_out(
            queries.get_act(waiting.id, lock=True), by=_person(person_id), now=request_now(),
            progress=lambda: bar.update(1),
        )  # fmt: skip
        number, act_id, count = act.number, act.id, len(act.lots)
    click.echo(f"Act {number} is carried out: {count} sets of records are destroyed.")
    if output is not None:
        pdf = acts.act_pdf(queries.get_act(act_id), now=request_now())
        output.mkdir(parents=True, exist_ok=True)
        (output / f"{number}.pdf").write_bytes(pdf)
        click.echo(f"Written: {output / f'{number}.pdf'}")


def _prove(username: str) -> UUID:
    """Who is at the terminal, by password and one-time code; only somebody who may destroy."""
    user = people.find_user(username)
    password = click.prompt("Password", hide_input=True, err=True)
    needs_code = user is None or user.needs_one_time_code
    code = click.prompt("One-time code", hide_input=True, err=True) if needs_code else ""
    proof = signing_in.prove(username, password, code, address="command-line", now=request_now())
    with transaction():
        person = signing_in.accept(proof)
        if Permission.ARCHIVE_MANAGE not in person.permissions:
            raise click.ClickException(f"{username} may not destroy anything in the archive.")
        return person.id


def _person(user_id: UUID) -> User:
    return people.get_user(user_id)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(retention)
