"""What was typed and not saved yet: autosave, finding it again, forgetting it, and the form that a request brings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from accounts.auth import requires
from accounts.rules import Permission
from core import markup, uploads, web
from core.clock import request_now
from core.db import transaction
from core.i18n import format_time
from core.i18n import gettext as _
from question_bank import queries, rich_queries
from question_bank.exchange import drafts
from question_bank.forms.kinds import item_form
from question_bank.rich_models import WorkingCopy
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services import copies, duplicates
from question_bank.views.room import me, room

Typed = MultiDict[str, Any]
#: What of a form is not typed by the author.
_OURS = {"csrf_token", "do", "become", "become_format", "copy", "revision", "theme"}


@room.post("/bank/autosave")
@room.post("/bank/versions/<uuid:version_id>/autosave")
@uploads.keeps_what_is_typed(file_bytes=0)
@requires(Permission.BANK_AUTHOR)
def autosave(version_id: UUID | None = None) -> ResponseReturnValue:
    """Keep what is typed, in the name of this person alone; 409 where another window has saved since.

    ``alike`` in the answer are this person's own questions that are like it (``duplicates.like_own``).
    """
    web.show_refusals(lambda refusal: web.problem(refusal.status, refusal.code, str(refusal)))
    revision, kind = request.form.get("revision", 0, type=int), asked_kind(request.form)
    with transaction():
        version = queries.get_version(version_id) if version_id else None
        copy = copies.save(
            as_typed(request.form), kind=kind, copy=asked_copy(), revision=revision, by=me(), version=version,
            now=request_now(),
        )  # fmt: skip
        answer = {"copy": str(copy.id), "revision": copy.revision, "saved": format_time(copy.saved_at)[:5]}
        item_id = version.item_id if version else None
    alike = duplicates.like_own(item_form(kind, []).draft(), item_id=item_id, by=me())
    named = [{"id": one.external_id, "url": url_for("question_bank.item", item_id=one.item_id)} for one in alike]
    return jsonify(answer | {"alike": named})


@room.post("/bank/copies/<uuid:copy_id>/discard")
@uploads.keeps_what_is_typed(file_bytes=0)
@requires(Permission.BANK_AUTHOR)
def discard_copy(copy_id: UUID) -> ResponseReturnValue:
    """Forget what was typed and not saved."""
    with transaction():
        copy = rich_queries.get_copy(copy_id, me().id)
        version_id = copy.version_id
        copies.drop(copy)
    flash(_("What was not saved is forgotten."), "ok")
    if version_id is None:
        return redirect(url_for("question_bank.new_item"), 303)
    version = queries.get_version(version_id)
    if version.status in {ItemStatus.DRAFT, ItemStatus.RETURNED} and version.item.retired_at is None:
        return redirect(url_for("question_bank.edit_version", version_id=version_id), 303)
    return redirect(url_for("question_bank.item", item_id=version.item_id, version=version.number), 303)


def typed(copy: WorkingCopy | None) -> Typed | None:
    """What stands in the form: what this request brings, in the other format where that is asked for; else the copy."""
    if request.method == "GET":
        return MultiDict(copies.open_copy(copy)) if copy is not None else None
    wanted = request.form.get("become_format")
    if wanted not in {"rich", "plain"} or wanted == request.form.get("text_format", "plain"):
        return None
    change = markup.as_html if wanted == "rich" else markup.plain
    found: Typed = MultiDict(request.form)
    for name in found:
        if name.rpartition("_")[2] in drafts.LANGUAGES and not name.startswith("alternative"):
            found[name] = change(found[name])
    found["text_format"] = wanted
    return found


def as_typed(given: MultiDict[str, str]) -> dict[str, list[str]]:
    """The fields of the form that an author fills in."""
    return {name: given.getlist(name) for name in given if name not in _OURS}


def asked_copy() -> WorkingCopy | None:
    """The working copy that is meant; to open one that is gone is 404, but what is sent is not lost with it."""
    copy_id = request.form.get("copy", type=UUID) or request.args.get("copy", type=UUID)
    if copy_id is None:
        return None
    find = rich_queries.get_copy if request.method == "GET" else rich_queries.find_copy
    return find(copy_id, me().id)


def drop(copy: WorkingCopy | None) -> None:
    """What was typed is saved: its working copy is not needed any more."""
    if copy is not None and (kept := rich_queries.find_copy(copy.id, me().id)) is not None:
        copies.drop(kept)


def asked_kind(typed: MultiDict[str, Any] | None) -> ItemKind:
    """The kind that is written: the one just chosen, else that of the form, else of the address."""
    in_form = typed.get("kind") if typed else None
    asked = request.form.get("become") or in_form or request.form.get("kind") or request.args.get("kind") or ""
    return ItemKind(asked) if asked in set(ItemKind) else ItemKind.SINGLE_CHOICE
