"""Commands of the bank: ``bank import``, ``bank export``, ``forms verify``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkstemp
from uuid import UUID

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from accounts.models import User
from core import audit
from core.cli import Commands, every, in_words, language_option, progress_bar
from core.clock import request_now
from core.db import transaction
from question_bank import queries, work_rules
from question_bank.exchange.formats import FORMATS, Format, by_content, by_filename, by_name
from question_bank.exchange.reading import Given
from question_bank.rules import UPLOAD_KEPT
from question_bank.services import copies, exports, forms, importing, imports, key_exports, media
from question_bank.services.planned import Plan

TIDY_EVERY = timedelta(minutes=1)

bank_commands = Commands("bank", help="The question bank.")
form_commands = Commands("forms", help="Sealed test forms.")

_format_option = click.option(
    "--format", "format_name", help=f"One of: {', '.join(FORMATS)}. The file's name tells it if this is not given."
)


def _person(username: str | None) -> User:
    """The author in whose name a file comes in.

    Raises:
        click.UsageError: no such author, or none named where there is not exactly one.
    """
    authors = {user.username: user for user in queries.authors()}
    if username is None and len(authors) == 1:
        return next(iter(authors.values()))
    if username in authors:
        return authors[username]
    names = ", ".join(sorted(authors)) or "none yet"
    if username is None:
        raise click.UsageError(f"Say in whose name: --as USERNAME. Item authors: {names}.")
    raise click.UsageError(f"{username} is no active item author. Item authors: {names}.")


def _format(name: str | None, file: Path) -> Format:
    return by_name(name) if name else by_filename(file.name)


def _given_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options for what a file cannot say itself (``Given``)."""
    for option in (
        click.option("--prefix", default="", help="Ids of questions without one begin so: LAW gives LAW-001 …"),
        click.option("--difficulty", type=click.IntRange(1, 5), default=3, help="Of questions that say none."),
        click.option("--subject", default="", help="AREA/SUB-TOPIC (codes) of questions that say none."),
        click.option("--text-language", type=click.Choice(["ky", "ru"]), default="ky", help="Of one-language texts."),
    ):
        command = option(command)
    return command


@bank_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_format_option
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--keep-good", is_flag=True, help="Import the good questions of a file that has faults as well.")
@click.option("--submit", is_flag=True, help="Ask for the approval of the imported questions at once.")
@click.option("--as", "username", help="Item author in whose name; may be left out where there is exactly one.")
@_given_options
@language_option
@with_appcontext
@in_words("bank")
def import_bank(
    file: Path, format_name: str | None, dry_run: bool, keep_good: bool, submit: bool, username: str | None,
    text_language: str, subject: str, difficulty: int, prefix: str,
) -> None:  # fmt: skip
    """Bring a file of questions into the bank as drafts, all or nothing.

    What a file cannot say itself (Aiken and Word: all of it; files of other systems: what they lack) is said by
    --text-language, --subject, --difficulty and --prefix.

    Prints counts, and one line for each fault: file, row or line, id, column, reason. Questions that the bank holds
    exactly so are counted as unchanged. Exit status 1 where a fault keeps the file out (also in a dry run).
    """
    data = file.read_bytes()
    kind = by_name(format_name) if format_name else by_content(file.name, data)
    area, _slash, topic = subject.partition("/")
    given = Given(text_language, area.strip(), topic.strip(), difficulty, prefix.strip())
    reading, person = kind.read(data, given), _person(username)
    plan = imports.plan_import(data, kind, filename=file.name, by=person, reading=reading)
    plan = imports.with_twins(plan) if dry_run else plan
    _say(plan)
    if dry_run:
        with transaction():
            imports.record_comparison(plan, by=_person(username), now=request_now())
        click.echo("Dry run: nothing was changed.")
        if not plan.may_go_in(keep_good=keep_good):
            sys.exit(1)
        return
    with progress_bar(len(plan.new), "Questions") as bar:  # before the transaction: a server may be at work beside us
        load = imports.ready(
            plan, keep_good=keep_good, submit=submit, by=person, now=request_now(), progress=bar.update
        )
    with transaction():
        imports.write(plan, load, by=_person(username), now=request_now())
    count = len(load.external_ids)
    click.echo(f"Imported: {count}{', submitted for approval' if submit and count else ''}.")


def _say(plan: Plan) -> None:
    for problem in plan.problems:
        place = f"{plan.filename}, {problem.place_kind} {problem.place}" if problem.place else plan.filename
        named = ", ".join(part for part in (problem.external_id, problem.column) if part)
        word = "" if problem.severity == "error" else "warning: "
        click.echo(f"{place}: {named + ': ' if named else ''}{word}{problem.message}", err=True)
    areas = ", ".join(f"{area} {count}" for area, count in sorted(plan.by_area().items()))
    click.echo(f"Questions in the file: {plan.seen}. New: {len(plan.new)}{f' ({areas})' if areas else ''}.")
    if plan.by_kind().keys() - {"single_choice"}:
        click.echo("Kinds: " + ", ".join(f"{kind} {count}" for kind, count in sorted(plan.by_kind().items())) + ".")
    click.echo(f"Unchanged: {len(plan.unchanged)}. Refused: {plan.refused}. Warnings: {len(plan.warnings)}.")


@bank_commands.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@_format_option
@click.option("--template", is_flag=True, help="Write the empty xlsx bank with drop-downs instead of the questions.")
@click.option("--without-keys", is_flag=True, help="Write the xlsx bank without a single answer key.")
@click.option(
    "--leave-out",
    is_flag=True,
    help="Leave out what the format cannot hold; each such question is named. A request says itself whether it does.",
)
@click.option(
    "--request",
    "request_id",
    type=click.UUID,
    help="Request for the keys that two persons have made and confirmed in the application; it gives the format.",
)
@language_option
@with_appcontext
@in_words("bank")
def export_bank(
    file: Path, format_name: str | None, template: bool, without_keys: bool, leave_out: bool, request_id: UUID | None
) -> None:
    """Write every approved question in use, with its answer key, to FILE (readable by its owner only).

    In production two persons give the keys out together: name their confirmed request with --request. The export is
    recorded in the audit trail under the name of the command line.
    """
    if template:
        file.write_bytes(exports.template())
        click.echo(f"Template: {file}")
        return
    if request_id is not None and leave_out:
        raise click.UsageError("A request says itself whether questions are left out: give it without --leave-out.")
    by, now = audit.System("command-line"), request_now()
    written = _written(file, format_name, without_keys, leave_out, request_id, now)
    with _set_down(file, written.data), transaction():
        if request_id is None or without_keys:
            exports.record(written, by=by, now=now)
        else:
            key_exports.give(key_exports.get(request_id), written, by=by, person=None, now=now)
    for name, reason in written.left_out:
        click.echo(f"{name}: {reason}", err=True)
    if written.left_out:
        click.echo(f"Left out: {len(written.left_out)}.")
    kept = (
        "It holds answer keys: keep it as you would keep the keys." if written.has_keys else "It holds no answer key."
    )
    click.echo(f"Written: {file}. {kept}")


def _written(
    file: Path, format_name: str | None, without_keys: bool, leave_out: bool, request_id: UUID | None, now: datetime
) -> exports.Export:
    """The file, not yet given out; with keys, in production, only on a request that two persons made.

    Raises:
        KeysNeedTwo: no request where one is needed.
        KeyExportOver: the request is not there, not confirmed, or used up.
    """
    if without_keys:
        return exports.write_without_keys(leave_out=leave_out)
    if request_id is not None:
        found = key_exports.find(request_id)
        if found is None:
            raise work_rules.KeyExportOver
        return key_exports.write(found, person=None, now=now)
    if current_app.extensions["settings"].production:
        raise work_rules.KeysNeedTwo
    return exports.write_bank(_format(format_name, file), leave_out=leave_out)


@contextmanager
def _set_down(file: Path, data: bytes) -> Iterator[None]:
    """Lay a file ready beside its place, for its owner only, and put it there when all within has gone well.

    So nothing is said to be given out for which there is no place, and nobody who may read a file of this name that
    was there before may read what comes into its place. A pipe gets the bytes afterwards.
    """
    if file.exists() and not file.is_file():
        yield
        file.write_bytes(data)
        return
    place = file.resolve()
    handle, name = mkstemp(prefix=f".{place.name}.", dir=place.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as ready:
            ready.write(data)
        yield
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@form_commands.command("verify")
@click.argument("digest")
@with_appcontext
def verify_form(digest: str) -> None:
    """Recompute a sealed form's DIGEST (hex, spaces allowed) from the stored items and keys.

    Exit status 0 where it holds; 1 where it does not, or there is no such form.
    """
    form = forms.find_form(digest)
    if form is None:
        click.echo("There is no form with this digest.", err=True)
        sys.exit(1)
    if not forms.verify_form(form):
        click.echo("The form does NOT hold: its items, keys or terms were changed after it was sealed.", err=True)
        sys.exit(1)
    sealed = f"{form.sealed_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"The form holds: variant {form.variant}, {len(form.items)} questions, sealed {sealed}.")


def _forget_uploads() -> None:
    """Chore: files whose dry run nobody came back to."""
    with transaction():
        imports.drop_uploads(older_than=request_now() - UPLOAD_KEPT)


def _note_interrupted() -> None:
    """Chore: imports that a server stopped in the middle of."""
    with transaction():
        importing.note_interrupted(now=request_now())


def _forget_typed() -> None:
    """Chore: what authors typed and never came back to, and pictures that no question shows."""
    with transaction():
        copies.drop_old(now=request_now())
        media.drop_unused(now=request_now())


def init_app(app: Flask) -> None:
    """Give the command line the bank's commands, and the sweeper its chore."""
    chores = (every(TIDY_EVERY, chore) for chore in (_forget_uploads, _forget_typed, _note_interrupted))
    app.extensions.setdefault("chores", []).extend(chores)
    app.cli.add_command(bank_commands)
    app.cli.add_command(form_commands)
