"""Files out of the bank: without keys by one person, with keys by two."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import format_date, zone
from core.i18n import gettext as _
from question_bank import queries, work_rules
from question_bank.exchange.formats import FORMATS, WRITTEN, by_name
from question_bank.forms.bank import KeyExportForm
from question_bank.forms.fields import options
from question_bank.services import exports, key_exports
from question_bank.views.exchange import FORMAT_NAMES
from question_bank.views.room import me, room


@room.get("/bank/export")
@requires(Permission.BANK_APPROVE)
def export() -> ResponseReturnValue:
    """What can be exported, and the requests for keys."""
    return _page(_form(formdata=None))


def _page(form: KeyExportForm) -> ResponseReturnValue:
    now = request_now()
    return render_template(
        "question_bank/export.html", form=form, count=len(queries.bank_candidates()), requests=key_exports.recent(),
        open={one.id for one in key_exports.open_requests(now=now)}, me=me(), names=FORMAT_NAMES,
        confirmed_within=work_rules.KEYS_CONFIRMED_WITHIN, given_within=work_rules.KEYS_GIVEN_WITHIN,
    )  # fmt: skip


def _form(**more: object) -> KeyExportForm:
    form = KeyExportForm(**more)
    form.format.choices = options([(name, FORMAT_NAMES.get(name, name)) for name in WRITTEN])
    return form


@room.post("/bank/export")
@requires(Permission.BANK_APPROVE, fresh=True)
def ask_for_keys() -> ResponseReturnValue:
    """Ask for a file with keys: a second person has to confirm."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form)
    with transaction():
        key_exports.ask(by_name(form.format.data), form.reason.data or "", by=me(), now=request_now())
    flash(_("The request is made. Another approver confirms it within an hour."), "ok")
    return redirect(url_for("question_bank.export"), 303)


@room.post("/bank/export/<uuid:request_id>/confirm")
@requires(Permission.BANK_APPROVE, each_time=True)
def confirm_keys(request_id: UUID) -> ResponseReturnValue:
    """Confirm somebody else's request, with a proof of identity for this act."""
    with transaction():
        key_exports.confirm(key_exports.get(request_id), by=me(), now=request_now())
    flash(_("Confirmed. The person who asked may take the file once, within an hour."), "ok")
    return redirect(url_for("question_bank.export"), 303)


@room.post("/bank/export/<uuid:request_id>/withdraw")
@requires(Permission.BANK_APPROVE)
def withdraw_keys(request_id: UUID) -> ResponseReturnValue:
    """Take a request back, or refuse somebody else's."""
    with transaction():
        key_exports.withdraw(key_exports.get(request_id), by=me(), now=request_now())
    flash(_("The request is closed. No keys were given out."), "ok")
    return redirect(url_for("question_bank.export"), 303)


@room.post("/bank/export/<uuid:request_id>/file")
@requires(Permission.BANK_APPROVE, fresh=True)
def get_keys(request_id: UUID) -> ResponseReturnValue:
    """The file, once, to the person who asked."""
    with transaction():
        found = key_exports.get(request_id)
        kind, data = key_exports.give(found, by=me(), person=me().id, now=request_now())
    return _file("bank-with-keys", data, kind.media_type, kind.extensions[0])


@room.post("/bank/export/without-keys")
@requires(Permission.BANK_APPROVE)
def export_without_keys() -> ResponseReturnValue:
    """A workbook for translators and reviewers; no key is opened for it."""
    with transaction():
        data = exports.export_without_keys(by=me(), now=request_now())
    return _file("bank-without-keys", data, FORMATS["xlsx"].media_type, ".xlsx")


def _file(name: str, data: bytes, media_type: str, extension: str) -> ResponseReturnValue:
    day = format_date(request_now().astimezone(zone()).date()).replace(".", "-")
    answer = send_file(BytesIO(data), mimetype=media_type, as_attachment=True, download_name=f"{name}-{day}{extension}")
    answer.headers["Cache-Control"] = "no-store"  # no browser and no proxy keeps what is given once
    return answer
