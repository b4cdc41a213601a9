"""The auditor's pages: the journal with its filters, and the check of the whole chain."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from accounts import audit_queries
from accounts.audit_queries import EntryFilter
from accounts.auth import requires
from accounts.rules import Permission
from core import audit, i18n
from core.clock import request_now
from core.db import transaction

Value = TypeVar("Value")
FAULTS_SHOWN = 100
blueprint = Blueprint("audit", __name__, url_prefix="/staff/audit")


@blueprint.get("/")
@requires(Permission.AUDIT_VIEW)
def index() -> ResponseReturnValue:
    """Entries, the latest first, filtered by what stands in the address."""
    return _page()


@blueprint.post("/check")
@requires(Permission.AUDIT_VIEW)
def check() -> ResponseReturnValue:
    """Recompute the whole chain and say whether it holds; the check itself is recorded."""
    faults = list(islice(audit.verify(), FAULTS_SHOWN))
    number, _hash = audit.head()
    with transaction():
        audit.record(
            "audit.checked", "audit:chain", by=current_user, at=request_now(), entries=number, faults=len(faults)
        )
    return _page(checked=number, faults=faults)


def _page(**result: Any) -> ResponseReturnValue:
    wanted = EntryFilter(
        action=request.args.get("action", ""), actor=request.args.get("actor", "").strip(),
        subject=request.args.get("subject", "").strip(), since=_asked("since", i18n.parse_date),
        until=_asked("until", i18n.parse_date), zone=i18n.zone(),
    )  # fmt: skip
    found = audit_queries.entries_page(wanted, min(max(request.args.get("page", 1, type=int), 1), 10**6))
    return render_template(
        "accounts/audit.html", found=found, wanted=wanted, actions=audit_queries.actions(), facts=audit.facts,
        names=audit_queries.names_of(found.items), head=audit.head(), point=audit_queries.last_checkpoint(), **result,
    )  # fmt: skip


def _asked(name: str, kind: Callable[[str], Value]) -> Value | None:
    return request.args.get(name, type=kind)
