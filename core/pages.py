"""What a page was made of goes with its request, at once: the rows that it showed are not left to the collector.

A macro that is imported ``with context`` holds the context, and the context the macro: a circle that keeps every row of
a long list until the collector of garbage has looked through all of them, in a pause in which no thread does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, g, has_app_context
from flask.templating import Environment
from jinja2 import Template
from jinja2.runtime import Context


class _Template(Template):
    def new_context(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> Context:
        """As Jinja's own; one that was given variables is emptied when the request is over."""
        context = super().new_context(vars, shared, locals)
        if vars and has_app_context():  # a module without any is shared by all pages
            g.setdefault("page_contexts", []).append(context)
        return context


class _Environment(Environment):
    template_class = _Template


def init_app(app: Flask) -> None:
    """Comes before anything that asks for the app's templates."""
    app.jinja_environment = _Environment
    app.teardown_appcontext(_empty)


def _empty(_error: BaseException | None) -> None:
    for context in g.pop("page_contexts", ()):
        context.parent.clear()
        context.vars.clear()
