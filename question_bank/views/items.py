"""The page of a question: its path to approval, what changed between its versions, the end of its use."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import addresses, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from question_bank import queries, rules, sealing
from question_bank.differences import changes, key_change
from question_bank.exchange.drafts import ItemDraft
from question_bank.forms.items import DIFFICULTY_NAMES, RetireForm
from question_bank.forms.life import ReviewForm
from question_bank.kinds.base import LETTERS, Content
from question_bank.kinds.registry import KINDS, kind_of
from question_bank.models import ItemVersion
from question_bank.rules import ItemStatus
from question_bank.services import items as services
from question_bank.translations import texts_of_version, wordings
from question_bank.views.beside import Unkept, beside
from question_bank.views.editor import saved
from question_bank.views.room import ACTS, ITEM_BADGES, me, room


@room.get("/bank/items/<uuid:item_id>")
@requires(Permission.BANK_VIEW)
def item(item_id: UUID) -> ResponseReturnValue:
    """One question in both languages, with its path to approval; the key only for those who may see it."""
    return item_page(item_id, ReviewForm())


def item_page(
    item_id: UUID, form: ReviewForm, *, number: int | None = None, unkept: Unkept | None = None
) -> ResponseReturnValue:
    """The question's page; opening its key is recorded once for each showing. ``number``: not that of the address."""
    addresses.lives_at(url_for("question_bank.item", item_id=item_id))
    person, number = me(), number or request.args.get("version", type=int)
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
    if key is None:
        content = sealing.content_without_key(version)
    else:
        content = kind.tidy(Content(wordings(version.options), wordings(version.targets), key))
    return render_template(
        "question_bank/item.html", item=found, version=version, kind=kind, content=content,
        key=None if key is None else content.key, rationale=rationale, form=form,
        badges=ITEM_BADGES, acts=ACTS, letters=LETTERS, difficulties=DIFFICULTY_NAMES, statuses=ItemStatus,
        may_decide=approver and version.status == ItemStatus.IN_REVIEW and person.id not in hands,
        own=approver and person.id in hands, **beside(version, may_see_key=may_see, unkept=unkept),
    )  # fmt: skip


@room.get("/bank/items/<uuid:item_id>/differences")
@requires(Permission.BANK_VIEW)
def differences(item_id: UUID) -> ResponseReturnValue:
    """What changed between two versions, word by word; without more said, between the last two.

    Keys and rationales are compared for those who may see them, and opening them is recorded. Others are not even told
    whether a key changed: whoever knows the former one would know what the new one is not.
    """
    person, found = me(), queries.get_item(item_id)
    by_number = {version.number: version for version in found.versions}
    newest = max(by_number)
    new = by_number.get(request.args.get("new", newest, type=int)) or by_number[newest]
    old = by_number.get(request.args.get("old", new.number - 1, type=int))
    if old is None or old.number == new.number:
        abort(404)
    approver, hands = Permission.BANK_APPROVE in person.permissions, services.hands_on(found)
    may_see = rules.may_see_key(person=person.id, approver=approver, hands=hands)
    with transaction():
        both = [_compared(version, with_key=may_see) for version in (old, new)]
        rationales = [sealing.open_rationale(version) if may_see else "" for version in (old, new)]
    found = queries.get_item(item_id)
    old, new = (next(one for one in found.versions if one.id == version.id) for version in (old, new))
    return render_template(
        "question_bank/differences.html", item=found, old=old, new=new, difficulties=DIFFICULTY_NAMES, may_see=may_see,
        changes=changes(*both, is_veiled=not may_see), key=key_change(*both) if may_see else None, badges=ITEM_BADGES,
        kinds=KINDS, rationales=rationales,
    )  # fmt: skip


def _compared(version: ItemVersion, *, with_key: bool) -> ItemDraft:
    """A version as it is compared: with its key, whose opening is recorded, or in an order that tells nothing of it."""
    texts = texts_of_version(version)
    if not with_key:
        veiled = sealing.content_without_key(version)
        return replace(texts, options=tuple(veiled.options), targets=tuple(veiled.targets))
    return replace(texts, key=services.open_key_for(version, purpose="view", by=me(), now=request_now()))


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
    form = RetireForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            form.form_errors.append(str(refusal))
        return render_template("question_bank/retire.html", form=form, item=queries.get_item(item_id))

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        services.retire(queries.get_item(item_id), form.reason.data or "", by=me(), now=request_now())
    flash(_("The question is out of use."), "ok")
    return redirect(url_for("question_bank.item", item_id=item_id), 303)
