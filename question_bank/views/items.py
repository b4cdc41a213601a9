"""The bank's questions: list, page, editor, preview."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import current_language
from core.i18n import gettext as _
from question_bank import queries, rules, sealing
from question_bank.forms.fields import options
from question_bank.forms.items import DIFFICULTY_NAMES, DecisionForm, FilterForm, RetireForm
from question_bank.forms.kinds import item_form
from question_bank.kinds.base import LETTERS, Content, Kind
from question_bank.kinds.registry import KINDS, kind_of
from question_bank.models import ItemVersion
from question_bank.queries import ItemFilter
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services import items as services
from question_bank.views.room import ACTS, ITEM_BADGES, me, page_number, room


@room.get("/bank/")
@requires(Permission.BANK_VIEW)
def items() -> ResponseReturnValue:
    """All questions; the filters stand in the address."""
    areas, language = queries.subject_areas(), current_language()
    form = FilterForm(request.args)
    everything = [("", _("All"))]
    form.area.choices = options([*everything, *((area.code, area.name(language)) for area in areas)])
    for area in areas:
        topics = [(f"{area.code}/{topic.code}", topic.name(language)) for topic in area.sub_topics if topic.is_active]
        form.area.choices += options(topics, area.name(language))
    form.difficulty.choices = options([*everything, *DIFFICULTY_NAMES.items()])
    form.kind.choices = options([*everything, *((name, kind.label) for name, kind in KINDS.items())])
    form.status.choices = options([*everything, *((status, badge[0]) for status, badge in ITEM_BADGES.items())])
    wanted = _wanted(form)
    return render_template(
        "question_bank/items.html", form=form, found=queries.items_page(wanted, page_number()), badges=ITEM_BADGES,
        counts=queries.status_counts(), kinds=KINDS, filtered=wanted != ItemFilter(), statuses=ItemStatus,
    )  # fmt: skip


def _wanted(form: FilterForm) -> ItemFilter:
    area, _slash, topic = (form.area.data or "").partition("/")
    level, status, kind = form.difficulty.data or "", form.status.data or "", form.kind.data or ""
    return ItemFilter(
        area=area, sub_topic=topic, difficulty=int(level) if level in set("12345") else None,
        kind=ItemKind(kind) if kind in set(ItemKind) else None,
        status=ItemStatus(status) if status in set(ItemStatus) else None, text=form.text.data or "",
        retired=bool(form.retired.data),
    )  # fmt: skip


@room.get("/bank/items/<uuid:item_id>")
@requires(Permission.BANK_VIEW)
def item(item_id: UUID) -> ResponseReturnValue:
    """One question in both languages, with its path to approval; the key only for those who may see it."""
    return item_page(item_id, DecisionForm())


def item_page(item_id: UUID, form: DecisionForm) -> ResponseReturnValue:
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
    content = Content(services.wordings(version.options), services.wordings(version.targets), key or ())
    if key is not None:
        content = kind.tidy(content)
    return render_template(
        "question_bank/item.html", item=found, version=version, kind=kind, content=content,
        key=None if key is None else content.key, rationale=rationale, form=form,
        badges=ITEM_BADGES, acts=ACTS, letters=LETTERS, difficulties=DIFFICULTY_NAMES, statuses=ItemStatus,
        may_decide=approver and version.status == ItemStatus.IN_REVIEW and person.id not in hands,
        own=approver and person.id in hands,
    )  # fmt: skip


@room.get("/bank/versions/<uuid:version_id>/preview")
@requires(Permission.BANK_VIEW)
def preview(version_id: UUID) -> ResponseReturnValue:
    """The question as a candidate sees it, in either language, without its key."""
    version = queries.get_version(version_id)
    language = "ru" if request.args.get("language", current_language()) == "ru" else "ky"
    return render_template(
        "question_bank/preview.html", version=version, language=language, question=Shown.of(version)
    )  # fmt: skip


@dataclass(frozen=True)
class Part:
    """An option or target on the screen."""

    id: str
    text: dict[str, str]


@dataclass(frozen=True)
class Shown:
    """A version as the pages of the exam show a question: in the order in which it is kept, without an answer."""

    kind: Kind
    lines: list[Part]
    matches: list[Part]
    response: tuple[str, ...] = ()

    @classmethod
    def of(cls, version: ItemVersion) -> Shown:
        """As it is kept."""
        lines = [Part(f"o{n}", text) for n, text in enumerate(version.options)]
        return cls(kind_of(version.kind), lines, [Part(f"t{n}", text) for n, text in enumerate(version.targets)])

    @property
    def item(self) -> Shown:
        """The item of the question."""
        return self

    saved = item  # what is saved: no answer

    def moved(self, _index: int, _by: int) -> str:
        """Nothing moves here."""
        return ""


@room.route("/bank/new", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def new_item() -> ResponseReturnValue:
    """Write a question."""
    areas, wanted = queries.subject_areas(active_only=True), request.form.get("become")
    form = item_form(_asked_kind(), areas, data={"author": me().full_name})
    if wanted or not form.validate_on_submit():
        return render_template("question_bank/item_form.html", form=form, version=None, kinds=KINDS.values())
    with transaction():
        version = services.create_item(form.draft(), rationale=form.rationale.data or "", by=me(), now=request_now())
        _submit_if_asked(version)
    return _saved(version)


@room.route("/bank/versions/<uuid:version_id>/edit", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def edit_version(version_id: UUID) -> ResponseReturnValue:
    """Change a draft or a returned version. Opening the editor shows the key, and that is recorded."""
    with transaction():
        version = queries.get_version(version_id)
        rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
        if request.method == "GET":
            services.open_key_for(version, purpose="edit", by=me(), now=request_now())
        draft, rationale = services.as_draft(version), sealing.open_rationale(version)
    version, areas = queries.get_version(version_id), queries.subject_areas()
    form = item_form(ItemKind(version.kind), areas, draft=draft, data={"rationale": rationale})
    if not form.validate_on_submit():
        label = kind_of(version.kind).label
        return render_template("question_bank/item_form.html", form=form, version=version, label=label)
    with transaction():
        services.edit_version(version, form.draft(), rationale=form.rationale.data or "", by=me(), now=request_now())
        _submit_if_asked(version)
    return _saved(version)


def _asked_kind() -> ItemKind:
    """The kind that is written: the one just chosen, else that of the form, else of the address."""
    asked = request.form.get("become") or request.form.get("kind") or request.args.get("kind") or ""
    return ItemKind(asked) if asked in set(ItemKind) else ItemKind.SINGLE_CHOICE


def _submit_if_asked(version: ItemVersion) -> None:
    if request.form.get("do") == "submit":
        services.submit(version, by=me(), now=request_now())


def _saved(version: ItemVersion) -> ResponseReturnValue:
    waits = version.status == ItemStatus.IN_REVIEW
    flash(_("Submitted for approval.") if waits else _("The draft is saved."), "ok")
    return redirect(url_for("question_bank.item", item_id=version.item_id), 303)


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
    return _saved(version)


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
