"""``doctor``: what an administrator looks at before a test day, one line a check; exit status 1 where one fails.

What ``/readyz`` asks stands first, under the names of its functions; a check that somebody adds there is here as well.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

import click
from cryptography import x509
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from core import audit, crypto, key_checks, outbox, serving, signing
from core.clock import SteadyClock, system_clock
from core.config import Settings
from core.db import db, settings_in_force
from core.errors import ConfigurationError

LEAST_FREE = 2**30  # bytes: a day of ten thousand candidates is far from it, a forgotten copy of the database is not
SLOWEST_SYNC = 0.25  # seconds: a commit waits for one, and the page of a candidate for that commit
RENEW_BEFORE = timedelta(days=14)
SYNCS = 5

Check = Callable[[], str]


class Ill(Exception):
    """A check failed; the text says what was found and what to do."""


@dataclass(frozen=True)
class Finding:
    """What a check found."""

    check: str
    ok: bool
    found: str


def examine(certificate: Path | None = None) -> Iterator[Finding]:
    """Every check in turn; a check that breaks has failed, and keeps none of the others from being made."""
    for name, check in _checks(certificate):
        try:
            yield Finding(name, True, check())
        except (Ill, ConfigurationError) as ill:
            yield Finding(name, False, _line(ill.message if isinstance(ill, ConfigurationError) else str(ill)))
        except Exception as error:  # a database that does not answer, a file that is gone: named, whatever it is
            yield Finding(name, False, _line(f"{type(error).__name__}: {error}"))
        finally:
            db.session.rollback()


def _line(text: str) -> str:
    """On one line, without the statement that a database's error tells."""
    return " ".join(text.partition("[SQL:")[0].split())


def _checks(certificate: Path | None) -> Iterator[tuple[str, Check]]:
    settings: Settings = current_app.extensions["settings"]
    for ready in current_app.extensions["readiness"]:
        yield ready.__name__.replace("_", " "), _of_readiness(ready)
    for folder in dict.fromkeys([settings.instance_path, _database_folder()]):
        if folder is not None:
            yield f"free space in {folder}", lambda folder=folder: _free_space(folder)  # type: ignore[misc]
            yield f"write and fsync in {folder}", lambda folder=folder: _sync(folder)  # type: ignore[misc]
    yield "clock against the journal", _clock
    yield "time zone", lambda: str(ZoneInfo(settings.time_zone))
    yield "key files", lambda: _key_files(settings)
    yield "database settings", settings_in_force
    yield "journal", _journal
    yield "letters", lambda: _letters(settings)
    yield "department's certificate", lambda: _dates(signing.department().certificate)
    if certificate is not None:
        yield f"certificate {certificate}", lambda: _certificate(certificate)
    yield "papers", _papers


def _of_readiness(ready: Callable[[], str | None]) -> Check:
    def check() -> str:
        if reason := ready():
            raise Ill(reason)
        return "yes"

    return check


def _database_folder() -> Path | None:
    """Where an SQLite file lies; PostgreSQL's disk is looked at on its own machine."""
    path = db.engine.url.database
    return Path(path).resolve().parent if db.engine.dialect.name == "sqlite" and path else None


def _free_space(folder: Path) -> str:
    disk = shutil.disk_usage(folder)
    said = f"{disk.free / 2**30:.1f} GiB of {disk.total / 2**30:.1f} GiB free"
    if disk.free < LEAST_FREE:
        raise Ill(f"{said}: make room, saves are refused on a full disk")
    return said


def _sync(folder: Path) -> str:
    took = []
    with TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            began = time.monotonic()
            file.write(os.urandom(4096))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.monotonic() - began)
    said = f"{median(took) * 1000:.2f} ms (median of {SYNCS}, slowest {max(took) * 1000:.2f} ms)"
    if median(took) > SLOWEST_SYNC:
        raise Ill(f"{said}: every save waits as long, use a faster disk")
    return said


def _clock() -> str:
    clock = current_app.extensions["clock"]
    now = clock()
    last = serving.last_recorded()
    if last is not None and now < last:
        raise Ill(f"it is {now:%Y-%m-%d %H:%M:%S} UTC, before the last entry ({last:%Y-%m-%d %H:%M:%S}): set the clock")
    drift = (
        f", {clock.drift().total_seconds():+.3f} s against the steady clock" if isinstance(clock, SteadyClock) else ""
    )
    return f"{now:%Y-%m-%d %H:%M:%S} UTC, not before the last entry{drift}"


def _key_files(settings: Settings) -> str:
    files = (settings.keyring_file, settings.secret_key_file, settings.certificate_file)
    for file in files:
        crypto.check_private(file)
    keys = [key for versions in crypto.keyring().keys.values() for key in versions]
    web = key_checks.check_value("web", settings.secret_key_file.read_bytes())  # to be the same on every machine
    return f"{len(files)} files for their owner only, {len(keys)} keys, web key {web.hex()}"


def _journal() -> str:
    """The end of the chain, recomputed from the last checkpoint on; the whole is for ``audit verify``."""
    number, head = audit.head()
    last = db.session.scalars(
        select(audit.AuditCheckpoint).order_by(audit.AuditCheckpoint.number.desc()).limit(1)
    ).first()
    if faults := list(audit.verify(since=last.number if last else 1)):
        raise Ill(f"entry {faults[0].number}: {faults[0].what}: run 'audit verify', and write nothing more")
    signed = f"signed at entry {last.number} ({last.at:%Y-%m-%d %H:%M} UTC)" if last else "no checkpoint yet"
    return f"{number} entries, head {head.hex()[:16]}…, {signed}"


def _letters(settings: Settings) -> str:
    given_up, waiting = outbox.counts()
    if given_up:
        raise Ill(f"{given_up} not sent after {outbox.MOST_TRIES} tries: see Outbox")
    return f"{waiting} waiting" + ("" if settings.smtp_url else ", no mail server is set (SMTP_URL)")


def _certificate(file: Path) -> str:
    found = x509.load_pem_x509_certificates(file.read_bytes())
    return _dates(min(found, key=lambda one: one.not_valid_after_utc))


def _dates(certificate: x509.Certificate) -> str:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    now = system_clock()
    said = f"valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}"
    if not begins <= now <= ends - RENEW_BEFORE:
        raise Ill(f"{said}: renew it")
    return said


def _papers() -> str:
    """The fonts are there and a page can be drawn."""
    from core.pdf.page import Paper, render
    from core.pdf.style import para
    from core.pdf.text import missing

    letters = "Ң ң Ө ө Ү ү"
    paper = Paper(title="doctor", number="1", author="doctor", made_at=datetime(2026, 1, 1, tzinfo=UTC))
    page = render(paper, [para(letters)])
    if missing(letters) or not page.startswith(b"%PDF"):
        raise Ill("the fonts lack Kyrgyz letters: install anew")
    return f"a page can be drawn ({len(page)} bytes)"


@click.command("doctor")
@click.option(
    "--certificate", type=click.Path(dir_okay=False, path_type=Path), help="TLS certificate (PEM) whose date to check."
)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_appcontext
def doctor(certificate: Path | None, output: str) -> None:
    """Check disk, clock, keys, database, journal, letters, certificates and papers; exit 1 where one check fails."""
    findings: list[Finding] = []
    for finding in examine(certificate):
        findings.append(finding)
        if output == "text":
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.found}")
    ill = any(not finding.ok for finding in findings)
    if output == "json":
        answer: dict[str, Any] = {"ok": not ill, "checks": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(answer, ensure_ascii=False))
    if ill:
        sys.exit(1)


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(doctor)
