"""Results of a sitting by public number, and the protocols as files. No name is shown; every opening is audited."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.drawn import act_over
from testing_center import result_queries, staff_queries
from testing_center.models.sittings import SittingProtocol
from testing_center.rules.delivery import EndKind
from testing_center.rules.scoring import Outcome
from testing_center.services import archive, summaries
from testing_center.views.room import SITTING_BADGES, download, filename, me, sitting_tabs

blueprint = Blueprint("protocols", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/protocols")


@blueprint.get("/")
@requires(Permission.PROTOCOLS_VIEW)
def index(sitting_id: UUID) -> ResponseReturnValue:
    """Every attempt of the sitting with its result."""
    sitting = staff_queries.get_sitting(sitting_id)
    protocols = {protocol.result.attempt_id: protocol for protocol in result_queries.newest_protocols(sitting)}
    versions = result_queries.summary_protocols(sitting.id)
    return render_template(
        "testing_center/protocols.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES,
        attempts=result_queries.attempts_of(sitting), results=result_queries.newest_results(sitting),
        protocols=protocols, summaries=versions, reasons={one.version: summaries.reason_of(one) for one in versions},
        destroyed=act_over(summaries.paper_of(versions[0])) if versions else None, ends=EndKind, outcomes=Outcome,
    )  # fmt: skip


@blueprint.post("/<uuid:protocol_id>")
@requires(Permission.PROTOCOLS_VIEW)
def one(sitting_id: UUID, protocol_id: UUID) -> ResponseReturnValue:
    """A candidate's protocol as a PDF."""
    protocol = result_queries.get_protocol(protocol_id)
    if protocol.result.attempt.sitting_id != sitting_id:
        raise NotFound
    pdf = archive.open_protocol(protocol, by=me(), now=request_now())
    name = filename(protocol.number, "pdf")
    return download(pdf, name)


@blueprint.post("/summary/<int:version>")
@requires(Permission.PROTOCOLS_VIEW)
def summary(sitting_id: UUID, version: int) -> ResponseReturnValue:
    """A version of the summary protocol of a closed sitting as a PDF."""
    sitting = staff_queries.get_sitting(sitting_id)
    versions = {one.version: one for one in result_queries.summary_protocols(sitting.id)}
    protocol: SittingProtocol = staff_queries.found(versions.get(version))
    pdf = archive.open_summary(protocol, by=me(), now=request_now())
    name = filename(f"{sitting.number}-С" if version == 1 else f"{sitting.number}-С-{version}", "pdf")
    return download(pdf, name)


@blueprint.post("/all")
@requires(Permission.PROTOCOLS_VIEW)
def everything(sitting_id: UUID) -> ResponseReturnValue:
    """All protocols of the sitting and its summary in one zip."""
    sitting = staff_queries.get_sitting(sitting_id)
    content = archive.pack(sitting, name_of=lambda number: filename(number, "pdf"), by=me(), now=request_now())
    name = filename(sitting.number, "zip")
    return download(content, name, "application/zip")
