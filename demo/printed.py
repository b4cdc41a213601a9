"""What the demonstration prints: its steps, and its accounts, kept in a private file to be printed again."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app

from core import crypto
from demo.stage import Account

ACCOUNTS_FILE = "demo-accounts.json"


def remember_accounts(made: Sequence[Account]) -> None:
    """Keep the demo accounts in a private file, so that the next start can print them again."""
    path = Path(current_app.instance_path) / ACCOUNTS_FILE
    path.unlink(missing_ok=True)
    crypto.write_private(path, json.dumps([asdict(account) for account in made], ensure_ascii=False).encode())


def known_accounts() -> list[Account]:
    """Demo accounts printed before."""
    path = Path(current_app.instance_path) / ACCOUNTS_FILE
    if not path.exists():
        return []
    return [Account(**{**account, "roles": tuple(account["roles"])}) for account in json.loads(path.read_text())]


def print_staff(made: Sequence[Account]) -> None:
    """Print user names, passwords and secrets of the demo accounts."""
    click.echo(f"\n{'Staff':<15}{'Password':<18}{'One-time code secret':<36}Roles")
    for account in made:
        click.echo(f"{account.username:<15}{account.password:<18}{account.secret:<36}{', '.join(account.roles)}")
    click.echo("The one-time code of the moment: .venv/bin/flask --app wsgi demo one-time-code USERNAME\n")


def step(text: str) -> None:
    """Say what is being done, on a terminal."""
    if sys.stderr.isatty():
        click.echo(f"{text} …", err=True)
