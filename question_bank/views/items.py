"""The page of a question: its path to approval, what changed between its versions, the end of its use."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from question_bank import queries, rules, sealing
from question_bank.differences import changes
from question_bank.forms.items import DIFFICULTY_NAMES, RetireForm
from question_bank.forms.life import ReviewForm
from question_bank.kinds.base import LETTERS, Content
from question_bank.kinds.registry import kind_of
from question_bank.rules import ItemStatus
from question_bank.services import items as services
from question_bank.translations import texts_of_version, wordings
from question_bank.views import life
from question_bank.views.editor import saved
from question_bank.views.room import ACTS, ITEM_BADGES, me, room


@room.get("/bank/items/<uuid:item_id>")
@requires(Permission.BANK_VIEW)
def item(item_id: UUID) -> ResponseReturnValue:
    """One question in both languages, with its path to approval; the key only for those who may see it."""
    return item_page(item_id, ReviewForm())


def item_page(item_id: UUID, form: ReviewForm) -> ResponseReturnValue:
    """The question's page; opening its key is recorded once for each showing."""
    person, number = me(), request.args.get("version", type=int)
    with transaction():
        found = queries.get_item(item_id)
        version = next((v for v in found.versions if v.number == number), None) if number else found.versions[-1]
        if version is None:
            abort(404)
        hands = services.hands_on(found)
        approver = Permission.BANK_APPROVE in person.permissions
        may_see = rules.may_see_key(person=person.id, approver=approver, hands=hands)
        key = services.open_key_for(version, purpose="view", by=person, now=request_now()) if may_see else None
        rationale = sealing.open_rationale(version) if may_see else ""
    found = queries.get_item(item_id)
    version = next(v for v in found.versions if v.id == version.id)
    kind = kind_of(version.kind)
    content = Content(wordings(version.options), wordings(version.targets), key or ())
    if key is not None:
        content = kind.tidy(content)
    return render_template(
        "question_bank/item.html", item=found, version=version, kind=kind, content=content,
        key=None if key is None else content.key, rationale=rationale, form=form,
        badges=ITEM_BADGES, acts=ACTS, letters=LETTERS, difficulties=DIFFICULTY_NAMES, statuses=ItemStatus,
        may_decide=approver and version.status == ItemStatus.IN_REVIEW and person.id not in hands,
        own=approver and person.id in hands, **life.beside(version, may_see_key=may_see),
    )  # fmt: skip


@room.get("/bank/items/<uuid:item_id>/differences")
@requires(Permission.BANK_VIEW)
def differences(item_id: UUID) -> ResponseReturnValue:
    """What changed between two versions, word by word; without more said, between the last two."""
    found = queries.get_item(item_id)
    by_number = {version.number: version for version in found.versions}
    newest = max(by_number)
    new = by_number.get(request.args.get("new", newest, type=int)) or by_number[newest]
    old = by_number.get(request.args.get("old", new.number - 1, type=int))
    if old is None or old.number == new.number:
        abort(404)
    return render_template(
        "question_bank/differences.html", item=found, old=old, new=new, difficulties=DIFFICULTY_NAMES,
        changes=changes(texts_of_version(old), texts_of_version(new)), badges=ITEM_BADGES,
    )  # fmt: skip


@room.post("/bank/items/<uuid:item_id>/versions")
@requires(Permission.BANK_AUTHOR)
def add_version(item_id: UUID) -> ResponseReturnValue:
    """Begin the next version of an approved question."""
    with transaction():
        version = services.new_version(queries.get_item(item_id), by=me(), now=request_now())
    return redirect(url_for("question_bank.edit_version", version_id=version.id), 303)


@room.post("/bank/versions/<uuid:version_id>/submit")
@requires(Permission.BANK_AUTHOR)
def submit_version(version_id: UUID) -> ResponseReturnValue:
    """Submit a draft for approval as it is."""
    with transaction():
        version = queries.get_version(version_id)
        services.submit(version, by=me(), now=request_now())
    return saved(version)


@room.route("/bank/items/<uuid:item_id>/retire", methods=["GET", "POST"])
@requires(Permission.BANK_APPROVE)
def retire_item(item_id: UUID) -> ResponseReturnValue:
    """Take a question out of use, with a reason."""
    form, found = RetireForm(), queries.get_item(item_id)
    if not form.validate_on_submit():
        return render_template("question_bank/retire.html", form=form, item=found)
    with transaction():
        services.retire(queries.get_item(item_id), form.reason.data or "", by=me(), now=request_now())
    flash(_("The question is out of use."), "ok")
    return redirect(url_for("question_bank.item", item_id=item_id), 303)
