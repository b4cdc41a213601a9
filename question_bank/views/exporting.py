"""Files out of the bank: without keys by one person, with keys by two."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from uuid import UUID

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import format_date, zone
from core.i18n import gettext as _
from question_bank import work_rules
from question_bank.exchange.formats import FORMATS, WRITTEN, by_name
from question_bank.forms.bank import KeyExportForm
from question_bank.forms.fields import options
from question_bank.services import exports, key_exports
from question_bank.views.exchange import FORMAT_NAMES, SHOWN
from question_bank.views.room import me, room

Unheld = Sequence[tuple[str, object]]
_SHORT = {
    "xlsx": "Excel", "gift": "GIFT", "aiken": "Aiken", "moodle-xml": "Moodle XML", "qti": "QTI 3.0",
    "qti-2.2": "QTI 2.2", "qti-2.1": "QTI 2.1",
}  # fmt: skip


@room.get("/bank/export")
@requires(Permission.BANK_APPROVE)
def export() -> ResponseReturnValue:
    """What can be exported, and the requests for keys."""
    return _page(_form(formdata=None))


def _page(form: KeyExportForm, *, unheld: Unheld = (), of: str = "") -> ResponseReturnValue:
    now = request_now()
    return render_template(
        "question_bank/export.html", form=form, unheld=unheld, of=of, most=_limits(), shown=SHOWN,
        count=exports.count(), requests=key_exports.recent(),
        open={one.id for one in key_exports.open_requests(now=now)}, me=me(), names=FORMAT_NAMES,
        confirmed_within=work_rules.KEYS_CONFIRMED_WITHIN, given_within=work_rules.KEYS_GIVEN_WITHIN,
    )  # fmt: skip


def _limits() -> list[tuple[str, str]]:
    """How many questions a file may hold, with the formats of which that is so, the most first."""
    alike: dict[int, list[str]] = {}
    for name in WRITTEN:
        alike.setdefault(FORMATS[name].most, []).append(_SHORT[name])
    counts = sorted(alike, reverse=True)
    return [(f"{most:,}".replace(",", "\N{NO-BREAK SPACE}"), ", ".join(alike[most])) for most in counts]


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

    def refused(refusal: Refusal) -> ResponseReturnValue:
        form.form_errors.append(str(refusal))
        return _page(form)

    kind, leave_out = by_name(form.format.data), request.form.get("leave_out") == "y"
    web.show_refusals(refused)
    unheld = exports.unheld(kind)
    if unheld and not leave_out:
        return _page(form, unheld=unheld, of="keys")
    with transaction():
        key_exports.ask(kind, form.reason.data or "", leave_out=bool(unheld), by=me(), now=request_now())
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
    """The file, once, to the person who asked: written first, sent when it stands in the trail."""
    written = key_exports.write(key_exports.get(request_id), person=me().id, now=request_now())
    with transaction():
        key_exports.give(key_exports.get(request_id), written, by=me(), person=me().id, now=request_now())
    return _file("bank-with-keys", written)


@room.post("/bank/export/without-keys")
@requires(Permission.BANK_APPROVE)
def export_without_keys() -> ResponseReturnValue:
    """A workbook for translators and reviewers; no key is opened for it."""
    leave_out = request.form.get("leave_out") == "y"
    if not leave_out and (unheld := exports.unheld(FORMATS["xlsx"])):
        return _page(_form(formdata=None), unheld=unheld, of="no-keys")
    written = exports.write_without_keys(leave_out=leave_out)
    with transaction():
        exports.record(written, by=me(), now=request_now())
    return _file("bank-without-keys", written)


def _file(name: str, written: exports.Export) -> ResponseReturnValue:
    """The file; its name says how many questions are not in it."""
    day = format_date(request_now().astimezone(zone()).date()).replace(".", "-")
    kind, left = written.kind, f"-{len(written.left_out)}-left-out" if written.left_out else ""
    answer = send_file(
        BytesIO(written.data), mimetype=kind.media_type, as_attachment=True,
        download_name=f"{name}-{day}{left}{kind.extensions[0]}",
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"  # no browser and no proxy keeps what is given once
    return answer
