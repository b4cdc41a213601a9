"""Commands of the bank: ``bank import``, ``bank export``, ``forms verify``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from accounts.models import User
from core import audit
from core.cli import Commands, in_words, language_option, progress_bar
from core.clock import request_now
from core.db import transaction
from question_bank import queries
from question_bank.exchange.formats import FORMATS, Format, by_filename, by_name
from question_bank.rules import UPLOAD_KEPT
from question_bank.services import forms, imports

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


@bank_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_format_option
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--keep-good", is_flag=True, help="Import the good questions of a file that has faults as well.")
@click.option("--submit", is_flag=True, help="Ask for the approval of the imported questions at once.")
@click.option("--as", "username", help="Item author in whose name; may be left out where there is exactly one.")
@language_option
@with_appcontext
@in_words("bank")
def import_bank(
    file: Path, format_name: str | None, dry_run: bool, keep_good: bool, submit: bool, username: str | None
) -> None:
    """Bring a file of questions into the bank as drafts, all or nothing.

    Prints counts, and one line for each fault: file, row or line, id, column, reason. Questions that the bank holds
    exactly so are counted as unchanged. Exit status 1 where a fault keeps the file out (also in a dry run).
    """
    kind, data = _format(format_name, file), file.read_bytes()
    reading = kind.read(data)
    with transaction():
        person = _person(username)
        plan = imports.plan_import(data, kind, filename=file.name, by=person, reading=reading)
        _say(plan)
        if dry_run:
            click.echo("Dry run: nothing was changed.")
        else:
            with progress_bar(len(plan.new), "Questions") as bar:
                versions = imports.carry_out(
                    plan, keep_good=keep_good, submit=submit, by=person, now=request_now(), progress=bar.update
                )
    if not dry_run:
        click.echo(f"Imported: {len(versions)}{', submitted for approval' if submit and versions else ''}.")
    elif not plan.may_go_in(keep_good=keep_good):
        sys.exit(1)


def _say(plan: imports.Plan) -> None:
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
@language_option
@with_appcontext
@in_words("bank")
def export_bank(file: Path, format_name: str | None, template: bool) -> None:
    """Write every approved question in use, with its answer key, to FILE (readable by its owner only).

    The export is recorded in the audit trail under the name of the command line.
    """
    if template:
        file.write_bytes(imports.template())
        click.echo(f"Template: {file}")
        return
    kind = _format(format_name, file)
    with transaction():
        data = imports.export_bank(kind, by=audit.System("command-line"), now=request_now())
    file.touch(mode=0o600)
    file.write_bytes(data)
    click.echo(f"Written: {file}. It holds answer keys: keep it as you would keep the keys.")


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


def init_app(app: Flask) -> None:
    """Give the command line the bank's commands, and the sweeper its chore."""
    app.extensions.setdefault("chores", []).append(_forget_uploads)
    app.cli.add_command(bank_commands)
    app.cli.add_command(form_commands)
