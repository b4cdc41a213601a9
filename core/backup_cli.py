"""``backup keygen``, ``backup create`` and ``backup restore``."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from core import backup
from core.cli import Commands, progress_bar
from core.config import Settings

PATH = click.Path(path_type=Path)
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

backups = Commands("backup", help="Backups, sealed to a key that is kept offline.")


def _hash(_context: click.Context, _parameter: click.Parameter, text: str | None) -> bytes | None:
    try:
        return bytes.fromhex(text) if text else None
    except ValueError as error:
        raise click.BadParameter("write hexadecimal digits") from error


@backups.command("keygen", with_appcontext=False)
@click.argument("file", type=PATH)
def keygen(file: Path) -> None:
    """Make a key: FILE opens backups, and is to be kept offline; FILE.pub makes them, and may lie on the server."""
    public = backup.make_key(file)
    click.echo(f"{file} opens backups: take it away from here and keep it safe. {public} makes them.")


@backups.command("create")
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--to", "public", type=READABLE, help="Public key; else BACKUP_PUBLIC_KEY_FILE.")
@with_appcontext
def create(folder: Path, public: Path | None) -> None:
    """Write a backup of this moment into DIR, a new folder, while the server goes on; prints the end of the journal."""
    settings: Settings = current_app.extensions["settings"]
    public = public or settings.backup_public_key_file
    if public is None:
        raise click.ClickException("Say which key the backup is for: --to FILE.pub, or BACKUP_PUBLIC_KEY_FILE.")
    made = backup.create(folder, backup.public_key(public), bar=progress_bar)
    click.echo(f"Backup of {made.made_at} in {folder}: {made.number} entries, head {made.head}.")


@backups.command("restore")
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--key", "private", type=READABLE, required=True, help="Private key, brought for this.")
@click.option("--anchor", callback=_hash, help="Hash (hex) from a printed paper: some entry must bear it.")
@with_appcontext
def restore(folder: Path, private: Path, anchor: bytes | None) -> None:
    """Put the backup in DIR into a bare installation that has its key files, and verify the chain."""
    manifest, number = backup.restore(folder, backup.private_key(private), anchor=anchor, bar=progress_bar)
    click.echo(
        f"Restored what was there at {manifest.made_at}. The chain holds: {manifest.number} entries, "
        f"head {manifest.head}. Entry {number} records the restoration."
    )


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(backups)
