"""Files into the bank: the dry run first, then the import, told while it is done."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import background
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank import queries
from question_bank.exchange.formats import FORMATS, by_name
from question_bank.forms.bank import ImportForm, UploadForm
from question_bank.forms.fields import options
from question_bank.forms.items import sub_topic_choices
from question_bank.kinds.registry import KINDS
from question_bank.services import exports, faults, importing, imports
from question_bank.views.room import me, room
from question_bank.work_models import ImportPhase, ImportState

FORMAT_NAMES = {
    "xlsx": _l("Excel workbook (.xlsx)"), "gift": _l("GIFT, the text format of Moodle (.gift)"),
    "aiken": _l("Aiken, plain text (.txt)"), "moodle-xml": _l("Moodle XML (.xml)"),
    "qti": _l("QTI 3.0 (.zip, .xml)"), "qti-2.2": _l("QTI 2.2 (.zip, .xml)"), "qti-2.1": _l("QTI 2.1 (.zip, .xml)"),
    "word": _l("Word document (.docx)"),
}  # fmt: skip
PHASES = {
    ImportPhase.READING: _l("The file is read"), ImportPhase.COMPARING: _l("The questions are compared with the bank"),
    ImportPhase.SEALING: _l("The keys are sealed"), ImportPhase.WRITING: _l("The questions are written"),
}  # fmt: skip
SHORT = 1.5  # seconds that a page waits for an import: most are over by then
SHOWN = 500  # faults on a page; the list to download has all


def format_choices() -> list[tuple[str, Any]]:
    """Every format with its name."""
    return [(name, FORMAT_NAMES.get(name, name)) for name in FORMATS]


@room.route("/bank/import", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def import_file() -> ResponseReturnValue:
    """Choose a file; the next page shows its dry run."""
    form = UploadForm()
    form.format.choices = options([("", _("By the name of the file")), *format_choices()])
    topics = sub_topic_choices(queries.subject_areas(active_only=True))
    form.sub_topic.choices = [*options([("", _("As the file says"))]), *topics]
    if not form.validate_on_submit():
        return render_template("question_bank/import.html", form=form, extensions=_extensions())
    with transaction():
        upload = imports.stage_upload(
            form.content, form.kind(), form.file.data.filename, given=form.given(), by=me(), now=request_now()
        )
    return redirect(url_for("question_bank.check_import", upload_id=upload.id), 303)


def _extensions() -> str:
    return ",".join(dict.fromkeys(extension for known in FORMATS.values() for extension in known.extensions))


@room.route("/bank/import/<uuid:upload_id>", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def check_import(upload_id: UUID) -> ResponseReturnValue:
    """The dry run of a file, and the decision to import it."""
    form = ImportForm()
    plan = _plan(upload_id)
    if not form.validate_on_submit() or not plan.may_go_in(keep_good=form.keep_good.data):
        return _dry_run(plan, form, upload_id)
    with transaction():
        begun = importing.begin(
            queries.get_upload(upload_id, me().id), keep_good=form.keep_good.data, submit=form.submit_at_once.data,
            by=me(), now=request_now(),
        )  # fmt: skip
        import_id = begun.id
    background.start(lambda: importing.run(import_id), name="import").join(SHORT)
    return redirect(url_for("question_bank.show_import", import_id=import_id), 303)


def _plan(upload_id: UUID) -> imports.Plan:
    """The plan of an uploaded file; keys that were opened for it are recorded, once for each look."""
    upload = queries.get_upload(upload_id, me().id)
    filename = upload.filename
    data, kind, reading = imports.read_upload(upload, now=request_now())  # before the transaction: nobody waits for it
    plan = imports.with_twins(imports.plan_import(data, kind, filename=filename, by=me(), reading=reading))
    if plan.compared:
        with transaction():
            imports.record_comparison(plan, by=me(), now=request_now())
    return plan


def _dry_run(plan: imports.Plan, form: ImportForm, upload_id: UUID) -> ResponseReturnValue:
    areas = {area.code: area for area in queries.subject_areas()}
    if request.method == "POST":
        form.keep_good.errors = [_("Tick this, or correct the file and choose it again.")]
    return render_template(
        "question_bank/import_check.html", plan=plan, form=form, upload_id=upload_id, areas=areas, kinds=KINDS,
        place_of=faults.place_of, format_name=FORMAT_NAMES.get(plan.format, plan.format), most=SHOWN,
    )  # fmt: skip


@room.get("/bank/import/<uuid:upload_id>/faults.xlsx")
@requires(Permission.BANK_AUTHOR)
def import_faults(upload_id: UUID) -> ResponseReturnValue:
    """Every fault and remark of a file, a row each, to correct it by."""
    return _download(faults.as_sheet(_plan(upload_id)), FORMATS["xlsx"].media_type, "faults.xlsx")


@room.get("/bank/import/<uuid:upload_id>/faults.txt")
@requires(Permission.BANK_AUTHOR)
def import_faults_text(upload_id: UUID) -> ResponseReturnValue:
    """The same as plain text, a line each."""
    return _download(faults.as_text(_plan(upload_id)).encode(), "text/plain; charset=utf-8", "faults.txt")


def _download(data: bytes, media_type: str, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(data), mimetype=media_type, as_attachment=True, download_name=name)


@room.get("/bank/imports/<uuid:import_id>")
@requires(Permission.BANK_AUTHOR)
def show_import(import_id: UUID) -> ResponseReturnValue:
    """How far an import is, and how it ended."""
    found = importing.get(import_id, me().id)
    if found.state == ImportState.RUNNING and request_now() - found.beat_at > importing.SILENT:
        with transaction():
            importing.note_interrupted(now=request_now())
        found = importing.get(import_id, me().id)
    return render_template(
        "question_bank/import_running.html", found=found, phases=PHASES, states=ImportState,
        is_kept=importing.is_kept(found),
    )  # fmt: skip


@room.post("/bank/imports/<uuid:import_id>/cancel")
@requires(Permission.BANK_AUTHOR)
def cancel_import(import_id: UUID) -> ResponseReturnValue:
    """Stop an import before it writes."""
    with transaction():
        is_asked = importing.cancel(importing.get(import_id, me().id), by=me(), now=request_now())
    if not is_asked:
        flash(_("The import is over already, so it was not cancelled."), "warn")
    return redirect(url_for("question_bank.show_import", import_id=import_id), 303)


@room.get("/bank/template.xlsx")
@requires(Permission.BANK_AUTHOR)
def template() -> ResponseReturnValue:
    """The empty workbook with drop-downs."""
    return _download(exports.template(), by_name("xlsx").media_type, "bank-template.xlsx")
