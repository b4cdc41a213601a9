"""JSON lines on standard error: one object a line, with the request's id; no secret and no personal data."""

from __future__ import annotations

import json
import logging
import sys

from flask import Flask, g, has_request_context, request

from core.clock import system_clock


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": system_clock().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line |= {
                "request": getattr(g, "request_id", "-"),
                "method": request.method,
                "endpoint": request.endpoint or "-",
            }
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def init_app(app: Flask) -> None:
    """Send the app's log and warnings of libraries to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if not isinstance(h.formatter, JsonFormatter)] + [handler]
    root.setLevel(logging.WARNING)
    app.logger.setLevel(logging.INFO)
    app.logger.propagate = True
    app.logger.handlers = []
