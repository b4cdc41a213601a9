"""Files into the bank, with a dry run first, and out of it."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import format_date, zone
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank import queries
from question_bank.exchange.formats import FORMATS, by_name
from question_bank.forms.bank import ExportForm, ImportForm, UploadForm
from question_bank.forms.fields import options
from question_bank.kinds.registry import KINDS
from question_bank.services import imports
from question_bank.views.room import me, room

FORMAT_NAMES = {"xlsx": _l("Excel workbook (.xlsx)"), "gift": _l("GIFT, the text format of Moodle (.gift)")}


def _choices() -> list[tuple[str, Any]]:
    return [(name, FORMAT_NAMES.get(name, name)) for name in FORMATS]


@room.route("/bank/import", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def import_file() -> ResponseReturnValue:
    """Choose a file; the next page shows its dry run."""
    form = UploadForm()
    form.format.choices = options([("", _("By the name of the file")), *_choices()])
    if not form.validate_on_submit():
        return render_template("question_bank/import.html", form=form)
    file = form.file.data
    with transaction():
        upload = imports.stage_upload(file.read(), form.kind(), file.filename, by=me(), now=request_now())
    return redirect(url_for("question_bank.check_import", upload_id=upload.id), 303)


@room.route("/bank/import/<uuid:upload_id>", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def check_import(upload_id: UUID) -> ResponseReturnValue:
    """The dry run of a file, and the decision to import it."""
    form, upload = ImportForm(), queries.get_upload(upload_id, me().id)
    data, kind, filename = imports.open_upload(upload, now=request_now()), by_name(upload.format), upload.filename
    reading = kind.read(data)  # before the transaction: nobody waits for a big file
    plan = imports.plan_import(data, kind, filename=filename, by=me(), reading=reading)
    if not form.validate_on_submit() or not plan.may_go_in(keep_good=form.keep_good.data):
        return _dry_run(plan, form, upload_id)
    with transaction():
        imports.drop_upload(queries.get_upload(upload_id, me().id))
        plan = imports.plan_import(data, kind, filename=filename, by=me(), reading=reading)
        versions = imports.carry_out(
            plan, keep_good=form.keep_good.data, submit=form.submit_at_once.data, by=me(), now=request_now()
        )
    flash(_("Imported questions: %(n)s", n=len(versions)), "ok")
    status = "in_review" if form.submit_at_once.data else "draft"
    return redirect(url_for("question_bank.items", status=status), 303)


def _dry_run(plan: imports.Plan, form: ImportForm, upload_id: UUID) -> ResponseReturnValue:
    areas = {area.code: area for area in queries.subject_areas()}
    if request.method == "POST":
        form.keep_good.errors = [_("Tick this, or correct the file and choose it again.")]
    return render_template(
        "question_bank/import_check.html", plan=plan, form=form, upload_id=upload_id, areas=areas, kinds=KINDS,
        place_of=imports.place_of, format_name=FORMAT_NAMES.get(plan.format, plan.format),
    )  # fmt: skip


@room.get("/bank/template.xlsx")
@requires(Permission.BANK_AUTHOR)
def template() -> ResponseReturnValue:
    """The empty workbook with drop-downs."""
    return send_file(
        BytesIO(imports.template()), mimetype=FORMATS["xlsx"].media_type, as_attachment=True,
        download_name="bank-template.xlsx",
    )  # fmt: skip


@room.get("/bank/export")
@requires(Permission.BANK_APPROVE)
def export() -> ResponseReturnValue:
    """What an export holds, and the way to it."""
    form = ExportForm()
    form.format.choices = options(_choices())
    return render_template("question_bank/export.html", form=form, count=len(queries.bank_candidates()))


@room.post("/bank/export")
@requires(Permission.BANK_APPROVE, fresh=True)
def export_file() -> ResponseReturnValue:
    """The file: approved questions in use with their keys. The export is recorded."""
    kind = by_name(request.form.get("format", "xlsx"))
    with transaction():
        data = imports.export_bank(kind, by=me(), now=request_now())
    day = request_now().astimezone(zone()).date()
    name = f"bank-{format_date(day).replace('.', '-')}{kind.extensions[0]}"
    return send_file(BytesIO(data), mimetype=kind.media_type, as_attachment=True, download_name=name)
