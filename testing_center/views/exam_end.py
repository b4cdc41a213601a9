"""The candidate's pages after the test: result, protocol, and the workstation left clean for the next person."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from flask import Response, abort, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from competitions.rules import may_return_on
from core import audit, web
from core.clock import request_now
from core.db import transaction
from regulation.law import law
from testing_center import access, queries
from testing_center.access import candidate_only
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.services import delivery, results
from testing_center.views.exam import blueprint, load


@blueprint.get("/result")
@candidate_only
def result(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Score, statement, protocol, and how long an appeal may be filed (¶25–26, 33).

    A tie-break test has no cut score and no statement of ¶26: the sum of both tests decides (¶29).
    """
    attempt = load(attempt_id, epoch)
    if attempt.status != AttemptStatus.ENDED:
        return redirect(url_for("exam.resume"), 303)
    if attempt.end_kind == EndKind.NOT_STARTED or attempt.ended_at is None:
        return render_template("exam/not_started.html")
    regulation, zone, found = law(attempt.law_version), attempt.sitting.zone, queries.latest_result(attempt_id)
    if found is None:
        abort(404)
    meets, is_main = found.outcome == "meets", attempt.round == 0
    until = delivery.appeal_until(attempt, attempt.sitting, now=request_now())
    return render_template(
        "exam/result.html", result=found, meets=meets, is_main=is_main,
        statement=regulation.statement(meets=meets) if is_main else regulation.by_sum,
        protocol=queries.latest_protocol(attempt_id), appeal_until=until,
        appeal_left=rules.remaining_seconds(until, now=request_now()), sitting_runs=attempt.sitting.closed_at is None,
        returns_on=None if meets else may_return_on(attempt.ended_at.astimezone(zone).date(), regulation),
    )  # fmt: skip


@blueprint.get("/protocol.pdf")
@candidate_only
def protocol(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The protocol as PDF (¶24, 26): the same bytes every time."""
    load(attempt_id, epoch)
    found = queries.latest_protocol(attempt_id)
    if found is None:
        raise rules.AttemptOpen
    pdf, name = results.protocol_pdf(found, now=request_now()), found.number.replace("/", "-")
    with transaction():
        audit.record("protocol.handed_out", found, by=web.actor(), at=request_now())
    return Response(
        pdf, mimetype="application/pdf",
        headers={"Content-Disposition": f"inline; filename=protocol.pdf; filename*=UTF-8''{quote(name)}.pdf"},
    )  # fmt: skip


@blueprint.post("/leave")
@candidate_only
def leave(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Leave the workstation clean for the next person, but not in mid-test; a second press leads there as well."""
    with transaction():
        has_left = delivery.leave(attempt_id, epoch, now=request_now())
    if not has_left:
        return redirect(url_for("exam.resume"), 303)
    way = "safe_browser.leave" if session.get("safe_browser") else "exam.entry_page"
    access.forget()
    return redirect(url_for(way), 303)
