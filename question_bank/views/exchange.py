"""Files into the bank: the dry run first, then the import, told while it is done."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, send_file, url_for
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
from question_bank.rules import UPLOAD_KEPT
from question_bank.services import checking, exports, faults, importing, imports
from question_bank.views.room import me, room
from question_bank.work_models import BankImport, BankUpload, ImportPhase, ImportState

FORMAT_NAMES = {
    "xlsx": _l("Excel workbook (.xlsx)"), "gift": _l("GIFT, the text format of Moodle (.gift)"),
    "aiken": _l("Aiken, plain text (.txt)"), "moodle-xml": _l("Moodle XML (.xml)"),
    "qti": _l("QTI 3.0 (.zip, .xml)"), "qti-2.2": _l("QTI 2.2 (.zip, .xml)"), "qti-2.1": _l("QTI 2.1 (.zip, .xml)"),
    "word": _l("Word document (.docx)"),
}  # fmt: skip
PHASES = {
    ImportPhase.READING: _l("The file is read"), ImportPhase.COMPARING: _l("The questions are compared with the bank"),
    ImportPhase.LIKENING: _l("Questions that are like others are looked for"),
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
    form.held = _kept(form)
    if not form.validate_on_submit():
        return _choose(form)
    name, content = form.chosen or ("", b"")
    with transaction():
        upload = imports.stage_upload(content, form.kind(), name, given=form.given(), by=me(), now=request_now())
        check_id, upload_id = checking.begin(upload, by=me(), now=request_now()).id, upload.id
    _check(check_id, is_small=len(content) <= checking.AT_ONCE)
    return redirect(url_for("question_bank.check_import", upload_id=upload_id), 303)


def _kept(form: UploadForm) -> tuple[str, bytes] | None:
    """Name and bytes of the file that this person has chosen before, where it is still there."""
    upload = imports.find_upload(form.kept.data or "", me().id)
    if upload is None or request_now() - upload.uploaded_at > UPLOAD_KEPT:
        return None
    return upload.filename, imports.open_upload(upload, now=request_now())


def _choose(form: UploadForm) -> ResponseReturnValue:
    """The form; a file that is all right is kept, and has not to be chosen again."""
    name = ""
    if form.may_be_kept and form.chosen is not None:
        name, content = form.chosen
        with transaction():
            upload = imports.stage_upload(content, form.kind(), name, given=form.given(), by=me(), now=request_now())
            form.kept.data = str(upload.id)
    asked = {known.name: known.asks for known in FORMATS.values()}
    asked |= {extension: known.asks for known in FORMATS.values() for extension in known.extensions}
    return render_template(
        "question_bank/import.html", form=form, extensions=_extensions(), asked=asked, kept=name, formats=FORMATS,
        names=FORMAT_NAMES,
    )  # fmt: skip


def _check(check_id: UUID, *, is_small: bool = False) -> None:
    """Check a file: a small one while its person waits, a big one in the background."""
    if is_small:
        checking.run(check_id)
    else:
        background.start(lambda: checking.run(check_id), name="check").join(SHORT)


def _extensions() -> str:
    return ",".join(dict.fromkeys(extension for known in FORMATS.values() for extension in known.extensions))


@room.route("/bank/import/<uuid:upload_id>", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def check_import(upload_id: UUID) -> ResponseReturnValue:
    """The dry run of a file, and the decision to import it; its progress where it is not done."""
    form = ImportForm()
    upload, check = _checked(upload_id)
    if check.state != ImportState.DONE:
        return redirect(url_for("question_bank.show_import", import_id=check.id), 303)
    found = checking.report(check)
    if not form.validate_on_submit() or not found.may_go_in(keep_good=form.keep_good.data):
        return _dry_run(found, form, upload_id)
    with transaction():
        import_id = importing.begin(
            upload, keep_good=form.keep_good.data, submit=form.submit_at_once.data, by=me(), now=request_now()
        ).id
    background.start(lambda: importing.run(import_id), name="import").join(SHORT)
    return redirect(url_for("question_bank.show_import", import_id=import_id), 303)


def _checked(upload_id: UUID) -> tuple[BankUpload, BankImport]:
    """A kept file of this person with its check; refuses one that is kept no longer."""
    upload = queries.get_upload(upload_id, me().id)
    imports.check_kept(upload, now=request_now())
    return upload, checking.latest(upload) or abort(410)


@room.post("/bank/import/<uuid:upload_id>/check")
@requires(Permission.BANK_AUTHOR)
def check_again(upload_id: UUID) -> ResponseReturnValue:
    """Check a kept file once more, where its check was cancelled or cut off."""
    upload, _before = _checked(upload_id)
    with transaction():
        check_id = checking.begin(upload, by=me(), now=request_now()).id
    _check(check_id)
    return redirect(url_for("question_bank.check_import", upload_id=upload_id), 303)


def _dry_run(found: checking.Report, form: ImportForm, upload_id: UUID) -> ResponseReturnValue:
    areas = {area.code: area for area in queries.subject_areas()}
    if request.method == "POST":
        form.keep_good.errors = [_("Tick this, or correct the file and choose it again.")]
    return render_template(
        "question_bank/import_check.html", plan=found, form=form, upload_id=upload_id, areas=areas, kinds=KINDS,
        place_of=faults.place_of, format_name=FORMAT_NAMES.get(found.format, found.format), most=SHOWN,
    )  # fmt: skip


@room.get("/bank/import/<uuid:upload_id>/faults.xlsx")
@requires(Permission.BANK_AUTHOR)
def import_faults(upload_id: UUID) -> ResponseReturnValue:
    """Every fault and remark of a file, a row each, to correct it by."""
    return _download(faults.as_sheet(_report(upload_id)), FORMATS["xlsx"].media_type, "faults.xlsx")


@room.get("/bank/import/<uuid:upload_id>/faults.txt")
@requires(Permission.BANK_AUTHOR)
def import_faults_text(upload_id: UUID) -> ResponseReturnValue:
    """The same as plain text, a line each."""
    return _download(faults.as_text(_report(upload_id)).encode(), "text/plain; charset=utf-8", "faults.txt")


def _report(upload_id: UUID) -> checking.Report:
    check = _checked(upload_id)[1]
    return checking.report(check) if check.state == ImportState.DONE else abort(404)


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
    if found.is_check and found.state == ImportState.DONE:
        return redirect(url_for("question_bank.check_import", upload_id=found.upload_id), 303)
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
        flash(_("It is over already, so it was not cancelled."), "warn")
    return redirect(url_for("question_bank.show_import", import_id=import_id), 303)


@room.get("/bank/template.xlsx")
@requires(Permission.BANK_AUTHOR)
def template() -> ResponseReturnValue:
    """The empty workbook with drop-downs."""
    return _download(exports.template(), by_name("xlsx").media_type, "bank-template.xlsx")
