"""``flask accounts …``: the first account, and help for somebody who is locked out."""

from __future__ import annotations

import click
from flask import Flask

from accounts import queries
from accounts.auth import setup_address
from accounts.services import people
from core import audit
from core.cli import Commands
from core.clock import request_now
from core.db import db, transaction

accounts = Commands("accounts", help="Staff accounts.")
BY = audit.System("cli")


@accounts.command()
def bootstrap() -> None:
    """Print a set-up link for the first system administrator, until somebody has set a password."""
    with transaction():
        token = people.bootstrap(now=request_now())
    if token is None:
        raise click.ClickException("There are accounts already: use 'accounts setup-link USERNAME'.")
    click.echo(
        f"Set up the account '{people.FIRST_ADMINISTRATOR}' here, once, within three days:\n{setup_address(token)}"
    )


@accounts.command("list")
def list_accounts() -> None:
    """Print every account: user name, state, roles, name."""
    for user in db.session.scalars(queries.list_users()):
        state = "closed" if not user.is_active else "open" if user.password_hash else "not set up"
        click.echo(f"{user.username}\t{state}\t{','.join(sorted(user.roles)) or '-'}\t{user.full_name}")


@accounts.command("setup-link")
@click.argument("username")
def setup_link(username: str) -> None:
    """Print a new set-up link for USERNAME: for a forgotten password or a lost phone."""
    user = queries.find_user(username)
    if user is None or not user.is_active:
        raise click.ClickException(f"There is no open account '{username}'.")
    with transaction():
        token = people.new_setup_link(user, by=BY, now=request_now())
    click.echo(setup_address(token))


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(accounts)
