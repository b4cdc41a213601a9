"""Statistics of tests and questions: lists, plots, the report; from codes alone. An option table is a key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.models import User
from accounts.rules import Permission
from core import i18n
from core.clock import request_now
from core.db import transaction
from core.i18n import force_locale
from core.i18n import gettext as _
from question_bank.kinds.base import letter
from question_bank.kinds.registry import kind_of
from question_bank.models import Item
from question_bank.rules import may_see_key
from question_bank.services import items as bank
from question_bank.statistics import plots, shapes
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.items import FEW
from testing_center import staff_queries
from testing_center import statistics_definitions as defined
from testing_center import statistics_report as reading
from testing_center import statistics_words as words
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import SittingStatus
from testing_center.services import statistics as services
from testing_center.views.room import download, filename, me

blueprint = Blueprint("statistics", __name__, url_prefix="/staff/statistics")
LANGUAGES = ("ky", "ru")


@blueprint.context_processor
def _shared() -> dict[str, Any]:
    return {
        "words": words, "defined": defined, "number": shapes.number, "percent": shapes.percent, "minutes": minutes,
        "letter": letter, "kind_of": kind_of, "least": LEAST_PEOPLE, "few": FEW,
    }  # fmt: skip


def minutes(seconds: float | None) -> str:
    """``1:05``; a dash for None."""
    return "–" if seconds is None else f"{round(seconds) // 60}:{round(seconds) % 60:02}"


@blueprint.get("/")
@requires(Permission.STATISTICS_VIEW)
def index() -> ResponseReturnValue:
    """Every test that was sat, and each of its sittings."""
    return render_template("testing_center/statistics/index.html", tests=reading.listed())


@blueprint.get("/<uuid:exam_id>/")
@requires(Permission.STATISTICS_VIEW)
def exam(exam_id: UUID) -> ResponseReturnValue:
    """A test at one sitting or at all of them: what its scores say, plots, and the table of its questions."""
    report, by, down = reading.get_report(exam_id), request.args.get("sort", "number"), request.args.get("down") == "1"
    return render_template(
        "testing_center/statistics/exam.html", report=report, rows=reading.ordered(report.rows, by, down=down),
        sort=by if by in reading.SORTS else "number", down=down, pictures=report.pictures(),
    )  # fmt: skip


@blueprint.get("/<uuid:exam_id>/questions/<uuid:version_id>")
@requires(Permission.STATISTICS_VIEW)
def item(exam_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """A question in a test. What was answered is shown to whoever may see the key; the opening is recorded once."""
    person, found = me(), reading.get_found(exam_id, version_id)
    approver = Permission.BANK_APPROVE in person.permissions
    may_see, answers = may_see_key(person=person.id, approver=approver, hands=bank.hands_on(found.version.item)), None
    if may_see and found.answers_sealed is not None and "withheld" in found.details:
        with transaction():
            found = reading.get_found(exam_id, version_id)
            bank.open_key_for(found.version, purpose="statistics", by=person, now=request_now())
            answers = services.open_answers(found)
    report, row = reading.get_item(exam_id, version_id)
    pictures = [plots.characteristic(row.groups)] if row.groups else []
    if answers and answers.get("among"):
        pictures.append(plots.traces(answers["among"], answers["options"]))
    return render_template(
        "testing_center/statistics/item.html", report=report, row=row, answers=answers, may_see=may_see,
        pictures=pictures,
    )  # fmt: skip


@blueprint.get("/sittings/<uuid:sitting_id>")
@requires(Permission.STATISTICS_VIEW)
def of_sitting(sitting_id: UUID) -> ResponseReturnValue:
    """The way from a sitting to its statistics; to the list where it has none yet."""
    staff_queries.get_sitting(sitting_id)
    known = reading.find_exam(sitting_id)
    if known is None:
        flash(_("The statistics of this sitting are not calculated yet."), "warn")
        return redirect(url_for("statistics.index"), 303)
    return redirect(url_for("statistics.exam", exam_id=known), 303)


@blueprint.get("/questions/<uuid:item_id>")
@requires(Permission.STATISTICS_VIEW)
def history(item_id: UUID) -> ResponseReturnValue:
    """What each test and sitting has said of a question, of every version of it."""
    found, rows = reading.history(item_id)
    return render_template("testing_center/statistics/history.html", item=found, rows=rows)


@blueprint.post("/<uuid:exam_id>/report")
@requires(Permission.STATISTICS_VIEW)
def report(exam_id: UUID) -> ResponseReturnValue:
    """The report as a PDF, in Kyrgyz or Russian."""
    from testing_center.services import statistics_files as files

    language = "ru" if request.form.get("language") == "ru" else "ky"
    found = reading.get_report(exam_id)
    with force_locale(language):
        content = files.report_pdf(found, language, by=me(), now=request_now())
        name = filename(f"{_name(found)}-{language}", "pdf")
    return download(content, name)


@blueprint.post("/<uuid:exam_id>/table")
@requires(Permission.STATISTICS_VIEW)
def table(exam_id: UUID) -> ResponseReturnValue:
    """All figures as a workbook, in the language of the page."""
    from testing_center.services import statistics_files as files

    found = reading.get_report(exam_id)
    content = files.table_xlsx(found, i18n.current_language(), by=me(), now=request_now())
    name = filename(_name(found), "xlsx")
    return download(content, name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def _name(found: reading.ExamReport) -> str:
    number = found.sitting.number if found.sitting else found.specification.title(i18n.current_language())
    return f"{_('Statistics')}-{number}"


def item_link(item: Item, person: User) -> tuple[str, str] | None:
    """The way from a question in the bank to its statistics, for whoever may see them."""
    if Permission.STATISTICS_VIEW not in person.permissions:
        return None
    return _("Statistics of the question"), url_for("statistics.history", item_id=item.id)


def sitting_tab(sitting: Sitting, person: User) -> tuple[str, str, bool]:
    """The tab of a closed sitting that leads to its statistics."""
    is_closed = sitting.status == SittingStatus.CLOSED
    return _("Statistics"), "statistics.of_sitting", is_closed and Permission.STATISTICS_VIEW in person.permissions


def gather_statistics() -> str | None:
    """Chore: calculate the statistics of one test that are missing or out of date."""
    found = services.gather_due(now=current_app.extensions["clock"]())
    return f"Statistics calculated of the test: {found}." if found else None
