"""Figures for Prometheus, on a private address of their own: METRICS_ADDRESS, off by default (docs/operations.md).

Every server process counts for itself and shows it on a port of its own: the first free one from METRICS_ADDRESS on.
Prometheus adds them up (``sum``), and sees a process that begins anew. What the database knows is asked when somebody
looks, and is the same from every process (``max``). No label holds anything but names from the code.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask, Response, current_app, g, request

from core import audit, outbox
from core.config import Settings
from core.db import db, disk_is_sound
from core.errors import ConfigurationError

SECONDS = (0.005, 0.025, 0.1, 0.5, 2.5)
SIZES = (1, 2, 4, 8, 16, 32, 64)
MOST_PROCESSES = 64  # of one machine: so many ports from the given one on are tried
KINDS = {  # name: (kind, what it is, bounds of a histogram)
    "app_requests_total": ("counter", "Requests answered.", ()),
    "app_request_seconds": ("histogram", "From a request's arrival to its answer.", SECONDS),
    "app_requests_under_way": ("gauge", "Requests that are being answered.", ()),
    "app_saves_acknowledged_total": ("counter", "Saves that are durable and acknowledged.", ()),
    "app_commit_seconds": ("histogram", "A commit, until the database says that it is durable.", SECONDS),
    "app_writer_batch": ("histogram", "Acts that shared a commit (embedded database).", SIZES),
    "app_sweeper_last_run_timestamp_seconds": ("gauge", "When the sweeper came round last without a failure.", ()),
    "app_disk_sound": ("gauge", "0: the disk failed under this process, and it writes no more.", ()),
    "app_outbox_waiting": ("gauge", "Letters that wait for the mail server.", ()),
    "app_outbox_given_up": ("gauge", "Letters that a person has to look at.", ()),
    "app_audit_head": ("gauge", "Number of the journal's last entry.", ()),
}


class Meter:
    """What one process has counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[tuple[str, str], float] = {}
        self._histograms: dict[tuple[str, str], list[float]] = {}  # a count for each bound, one above them, the sum

    def count(self, name: str, labels: str = "", by: int = 1) -> None:
        """Add ``by`` to a figure; ``labels`` as they are printed."""
        with self._lock:
            self._values[name, labels] = self._values.get((name, labels), 0) + by

    def set(self, name: str, value: float) -> None:
        """Say what a figure is now."""
        with self._lock:
            self._values[name, ""] = value

    def observe(self, name: str, value: float, labels: str = "") -> None:
        """Put a value into a histogram."""
        bounds = KINDS[name][2]
        with self._lock:
            row = self._histograms.get((name, labels))
            if row is None:
                row = self._histograms[name, labels] = [0] * (len(bounds) + 2)
            row[bisect_left(bounds, value)] += 1
            row[-1] += value

    def lines(self) -> Iterator[str]:
        """Everything in Prometheus' text format (0.0.4)."""
        with self._lock:
            values, histograms = dict(self._values), {key: list(row) for key, row in self._histograms.items()}
        for name, (kind, what, bounds) in KINDS.items():
            yield f"# HELP {name} {what}"
            yield f"# TYPE {name} {kind}"
            yield from (
                f"{name}{{{labels}}} {value:.17g}" if labels else f"{name} {value:.17g}"
                for (known, labels), value in sorted(values.items())
                if known == name
            )
            for (known, labels), row in sorted(histograms.items()):
                if known != name:
                    continue
                total, comma = 0.0, "," if labels else ""
                for bound, count in zip([*map(str, bounds), "+Inf"], row[:-1], strict=True):
                    total += count
                    yield f'{name}_bucket{{{labels}{comma}le="{bound}"}} {total:.17g}'
                braces = f"{{{labels}}}" if labels else ""
                yield f"{name}_sum{braces} {row[-1]:.17g}"
                yield f"{name}_count{braces} {total:.17g}"


def meter() -> Meter | None:
    """The meter of this process; None where nobody asked for figures."""
    found: Meter | None = current_app.extensions.get("meter")
    return found


def count(name: str) -> None:
    """Add one to a figure where figures are kept."""
    if (found := meter()) is not None:
        found.count(name)


def show(app: Flask) -> str:
    """The figures of this process, and what the database says now (left out where it does not answer).

    ``app.extensions["gauges"]`` holds what the rooms add: a name, what it is, and a function that asks the database.
    """
    found: Meter = app.extensions["meter"]
    asked: list[str] = []
    with app.app_context():
        found.set("app_disk_sound", disk_is_sound() is None)
        try:
            given_up, waiting = outbox.counts()
            found.set("app_outbox_given_up", given_up)
            found.set("app_outbox_waiting", waiting)
            found.set("app_audit_head", audit.head()[0])
            for name, (what, ask) in app.extensions.get("gauges", {}).items():
                asked += [f"# HELP {name} {what}", f"# TYPE {name} gauge", f"{name} {ask()}"]
        except Exception:
            app.logger.exception("the database's figures are not known")
        finally:
            db.session.remove()
    return "\n".join([*found.lines(), *asked, ""])


def serve(app: Flask) -> ThreadingHTTPServer | None:
    """Show the figures of this process while it lives, where METRICS_ADDRESS is set.

    Raises:
        ConfigurationError: none of the ports from METRICS_ADDRESS on is free.
    """
    settings: Settings = app.extensions["settings"]
    if settings.metrics_address is None:
        return None

    class Figures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/metrics":
                self.send_error(404)
                return
            text = show(app).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads who looked."""

    host, first = settings.metrics_address
    for port in range(first, first + MOST_PROCESSES):
        try:
            server = ThreadingHTTPServer((host, port), Figures)
        except OSError:
            continue
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
        return server
    raise ConfigurationError(f"METRICS_ADDRESS: no port from {first} on is free on {host}.")


def init_app(app: Flask) -> None:
    """Count requests, commits and batches, where METRICS_ADDRESS is set; else nothing is counted and nothing costs."""
    settings: Settings = app.extensions["settings"]
    if settings.metrics_address is None:
        return
    app.extensions["meter"] = found = Meter()
    found.set("app_requests_under_way", 0)

    @app.before_request
    def began() -> None:
        g.began = time.perf_counter()
        found.count("app_requests_under_way")

    @app.after_request
    def answered(response: Response) -> Response:
        endpoint = f'endpoint="{request.endpoint or "none"}"'
        found.count("app_requests_total", f'{endpoint},status="{response.status_code // 100}xx"')
        found.observe("app_request_seconds", time.perf_counter() - g.began, endpoint)
        return response

    @app.teardown_request
    def ended(_error: BaseException | None) -> None:
        if g.pop("began", None) is not None:
            found.count("app_requests_under_way", by=-1)

    with app.app_context():
        dialect: Any = db.engine.dialect
        dialect.do_commit = _timed(dialect.do_commit, found)
    if (writer := app.extensions["writer"]) is not None:
        writer.shared = lambda acts: found.observe("app_writer_batch", acts)


def _timed(commit: Callable[[Any], None], found: Meter) -> Callable[[Any], None]:
    def timed(connection: Any) -> None:
        began = time.perf_counter()
        commit(connection)
        found.observe("app_commit_seconds", time.perf_counter() - began)

    return timed
