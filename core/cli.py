"""Commands that belong to no room: serve, sweep, audit, keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from core import audit, crypto, key_checks, outbox, rotation, signing
from core.clock import request_now, system_clock
from core.db import db, refresh_statistics, transaction
from core.errors import Refusal
from core.i18n import LANGUAGES, force_locale
from core.i18n import lazy_gettext as _l
from core.lease import holding

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Overtaken(Refusal):
    """A command met somebody who was first: the database refused what the rules still allowed."""

    code = "already_done"
    message = _l("Somebody else changed the same at this moment. Nothing was changed: run the command again.")


class Commands(AppGroup):
    """A group of commands that end in one sentence where the database is not ready or a file cannot be used."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit status 1 and a sentence on stderr for what the person at the terminal can mend."""
        try:
            return super().invoke(ctx)
        except (OperationalError, ProgrammingError) as error:
            reason = str(error.orig).splitlines()[0]
            if "locked" in reason:  # SQLite: somebody has written for longer than one waits
                raise click.ClickException(
                    f"The database is busy ({reason}). Nothing was changed: run the command again in a moment."
                ) from error
            raise click.ClickException(
                f"The database is not ready ({reason}). Run 'flask --app wsgi db upgrade', and check DATABASE_URL."
            ) from error
        except OSError as error:
            raise click.ClickException(f"{error.strerror or error}: {error.filename or ''}") from error


language_option = click.option(
    "--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="Language of the messages."
)


def in_words(group: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Messages in the language asked for (:data:`language_option`); a refusal is one sentence, and is recorded.

    ``group`` names the commands in the trail. A refusal is said on stderr, exit status 1; so is a race that was lost.
    """

    def marked(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def wrapped(*args: Any, language: str, **kwargs: Any) -> None:
            with force_locale(language):
                try:
                    command(*args, **kwargs)
                except Refusal as refusal:
                    _refuse(refusal, group)
                except IntegrityError as error:
                    current_app.logger.warning("integrity: %s", error.orig)
                    _refuse(Overtaken(), group)

        return wrapped

    return marked


def progress_bar(length: int, label: str) -> ProgressBar[int]:
    """How far a command is, on stderr; nothing where nobody watches."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


audit_commands = Commands("audit", help="The audit trail.")
key_commands = Commands("keys", help="The key ring.")


def _refuse(refusal: Refusal, group: str) -> None:
    audit.record_refusal(refusal, f"command:{group}", by=audit.System("command-line"), at=request_now())
    refuse(refusal)


def refuse(refusal: Refusal) -> None:
    """Say a refusal on stderr and leave with status 1."""
    click.echo(str(refusal), err=True)
    sys.exit(1)


@audit_commands.command("verify")
@click.option("--since", default=1, show_default=True, type=click.IntRange(min=1), help="First entry to recompute.")
@click.option("--anchor", help="Hash (hex) from a printed paper: some entry must bear it.")
@with_appcontext
def verify(since: int, anchor: str | None) -> None:
    """Recompute the whole chain; exit 1 and name the first bad entry where it does not hold."""
    try:
        wanted = bytes.fromhex(anchor) if anchor else None
    except ValueError as error:
        raise click.BadParameter("write hexadecimal digits", param_hint="--anchor") from error
    total = db.session.scalar(select(func.count()).select_from(audit.AuditEntry)) or 0
    with progress_bar(total, "Entries") as bar:
        faults = list(audit.verify(since=since, anchor=wanted, progress=lambda _number: bar.update(1)))
    if faults:
        first = faults[0]
        click.echo(f"Entry {first.number}: {first.what} ({len(faults)} faults in all).", err=True)
        sys.exit(1)
    number, head = audit.head()
    click.echo(f"The chain holds: {number} entries, head {head.hex()}.")


@key_commands.command("status")
@with_appcontext
def key_status() -> None:
    """Versions of every key, which one seals now, and its check value."""
    ring = crypto.keyring()
    for purpose, versions in ring.keys.items():
        for version, key in sorted(versions.items()):
            now = "seals" if version == ring.newest(purpose) else "opens"
            now = "is prepared" if version == ring.prepared.get(purpose) else now
            click.echo(f"{purpose:<9} {version:>3}  {now}  {key_checks.check_value(purpose, key).hex()}")


@key_commands.command("create", with_appcontext=False)
def key_create() -> None:
    """Create the key files and a certificate of a new installation; never overwrites one.

    Needs no application, which does not start without keys (see the entry point in ``pyproject.toml``).
    """
    from core import config

    settings = config.from_environ()
    crypto.load_or_create(settings.keyring_file, may_create=True)
    crypto.load_or_create_secret(settings.secret_key_file, may_create=True)
    click.echo(f"Keys are in {settings.keyring_file} and {settings.secret_key_file}. Keep a safe copy of both.")
    signing.load_or_create(settings, now=system_clock(), may_create=True)
    click.echo(f"The department's certificate is in {settings.certificate_file}.")


purpose_argument = click.argument("purpose", type=click.Choice(crypto.PURPOSES))


@key_commands.command("rotate")
@purpose_argument
@click.option("--prepare", is_flag=True, help="Only put the new version into the key ring: for several machines.")
@with_appcontext
def key_rotate(purpose: str, prepare: bool) -> None:
    """A new version of a key seals from now on, and what is stored is sealed anew with it; servers go on.

    Interrupted, it goes on where it was when it is run again.
    """
    file = current_app.extensions["settings"].keyring_file
    if prepare:
        version = rotation.prepare(purpose)
        click.echo(f"Version {version} of '{purpose}' is prepared. Copy {file} to every machine, then rotate here.")
        return
    version = rotation.renew(purpose, now=request_now())
    with progress_bar(rotation.waiting(purpose), "Values") as bar:
        counts = rotation.seal_anew(purpose, now=request_now(), progress=bar.update)
    click.echo(f"Version {version} of '{purpose}' seals; {sum(counts.values())} values were sealed anew with it.")
    click.echo(f"Keep a safe copy of {file}, and the older one as long as a backup from before.")
    if left := rotation.waiting(purpose):
        raise click.ClickException(f"{left} values wait: in use, or altered (see the log). Run the command again.")


@key_commands.command("retire")
@purpose_argument
@with_appcontext
def key_retire(purpose: str) -> None:
    """Take older versions of a key out of the key ring; refused where something stored needs one."""
    older = rotation.retire(purpose, now=request_now())
    click.echo(f"Taken out of the key ring: '{purpose}' {', '.join(map(str, older))}. Copy it to every machine.")


@key_commands.command("accept")
@with_appcontext
def key_accept() -> None:
    """Make this machine's web session key that of the installation, after a change on purpose."""
    rotation.accept_web_key(now=request_now())
    click.echo("Accepted. Copy web.key to every machine and start the servers anew: everybody signs in again.")


Chore = Callable[[], str | None]
COUNT_EVERY = timedelta(hours=1)


def every(length: timedelta, chore: Callable[[], str | None]) -> Callable[[], str | None]:
    """The chore as the sweeper is to be given it: done when the process begins, and then once in ``length``."""

    @wraps(chore)
    def when_due() -> str | None:
        done: dict[str, datetime] = current_app.extensions.setdefault("chores_done", {})
        last, now = done.get(chore.__qualname__), current_app.extensions["clock"]()
        if last is not None and abs(now - last) < length:
            return None
        done[chore.__qualname__] = now
        return chore()

    return when_due


def sweep_once() -> list[str]:
    """Run every chore of every room once, under a lease, so that one process does it; returns what they did."""
    with holding("sweep", timedelta(seconds=30)) as mine:
        if not mine:
            return []
        done = [said for chore in current_app.extensions["chores"] if (said := chore())]
        with transaction():
            audit.checkpoint_if_due(at=current_app.extensions["clock"]())
        return done


@click.command("sweep")
@with_appcontext
def sweep() -> None:
    """Close overdue attempts and do the other chores once (for cron or a systemd timer)."""
    for line in sweep_once() or ["Nothing was due."]:
        click.echo(line)


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.extensions.setdefault("chores", []).extend([outbox.send_by_mail, every(COUNT_EVERY, refresh_statistics)])
    app.cli.add_command(audit_commands)
    app.cli.add_command(key_commands)
    app.cli.add_command(sweep)
