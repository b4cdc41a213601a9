"""Composition root: builds the app; the only module that knows every room. Nothing imports it but servers and tests."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask.cli import FlaskGroup
from flask_migrate import Migrate
from sqlalchemy import text

import accounts.cli
import accounts.views
import appeals.web
import archive.cli
import archive.web
import competitions.web
import core.backup_cli
import core.cli
import core.doctor
import demo.cli
import question_bank.cli
import question_bank.web
import ranking.cli
import ranking.web
import testing_center.web
from core import config, crypto, i18n, key_checks, logging, metrics, mishaps, pages, signing, static, web
from core.clock import Clock, request_now, server_clock
from core.db import db, disk_is_sound, init_app
from core.serving import start_sweeper

ROOT = Path(__file__).parent
# Seconds for which one thread may keep the others from Python; 0.005 else. A save asks for its turn a dozen times, at
# every statement: behind somebody's long list it would wait as many times five milliseconds.
TURN = 0.0005


def create_app(settings: config.Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """The application, ready to serve once its database is migrated.

    Raises:
        ConfigurationError: settings or key files that cannot be used; the text says what to do.
    """
    settings = settings or config.from_environ()
    clock = clock or server_clock()
    if settings.embedded:
        settings.instance_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Flask(__name__, root_path=str(ROOT), instance_path=str(settings.instance_path))
    may_create = settings.embedded and not settings.production
    init_app(app, settings.database_url)
    with app.app_context():
        ring = crypto.load_or_create(settings.keyring_file, may_create=key_checks.may_create_ring(may_create))
        key_checks.check_known(ring)
    secret = crypto.load_or_create_secret(settings.secret_key_file, may_create=may_create)
    crypto.check_apart(ring, secret)
    certificate = signing.load_or_create(settings, now=clock(), may_create=may_create)
    app.config.update(
        SECRET_KEY=secret,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        TIME_ZONE=settings.time_zone,
        SESSION_COOKIE_SECURE=settings.production,
        HOME="/exam/",
    )
    app.extensions.update(
        settings=settings,
        clock=clock,
        create_app=create_app,
        keyring=ring,
        department_certificate=certificate,
        readiness=[database_is_ready, keys_are_right, disk_is_sound],
    )
    logging.init_app(app)
    pages.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    i18n.init_app(app)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    static.init_app(app)
    metrics.init_app(app)  # before all others: it counts the time that they take
    web.init_app(app, trusted_proxies=settings.trusted_proxies)
    mishaps.init_app(app)
    for room in (
        accounts.views,
        competitions.web,
        question_bank.web,
        testing_center.web,
        appeals.web,
        ranking.web,
        archive.web,
    ):
        room.init_app(app)
    for commands in (
        core.cli,
        core.doctor,
        core.backup_cli,
        accounts.cli,
        question_bank.cli,
        ranking.cli,
        archive.cli,
        demo.cli,
    ):
        commands.init_app(app)
    return app


def create_serving_app() -> Flask:
    """The application with the sweeper beside it: what a server process runs."""
    app = create_app()
    sys.setswitchinterval(TURN)
    start_sweeper(app)
    metrics.serve(app)
    gc.collect()
    gc.freeze()  # what was built for the life of the process is not searched for garbage with every few hundred saves
    return app


def database_is_ready() -> str | None:
    """Readiness: the database answers and stands at the newest migration."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            at = set(MigrationContext.configure(connection).get_current_heads())
    except Exception as error:
        return f"database: {type(error).__name__}"
    alembic = Config()
    alembic.set_main_option("script_location", str(ROOT / "migrations"))
    wanted = set(ScriptDirectory.from_config(alembic).get_heads())
    return None if at == wanted else "migrations: run 'flask --app wsgi db upgrade'"


def keys_are_right() -> str | None:
    """Readiness: the key ring is the one that this database was written with."""
    try:
        key_checks.check_database(crypto.keyring(), now=request_now())
    except Exception as error:
        return f"key ring: {error}"
    finally:
        db.session.rollback()
    return None


cli = FlaskGroup(create_app=create_app, help="The testing centre.")
