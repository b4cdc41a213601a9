"""The editor of questions: writing, preview, pictures. It works without script; ``views.autosave`` needs it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import markup, mishaps, uploads, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import LANGUAGES
from core.i18n import gettext as _
from core.pictures import BYTES_MAX
from question_bank import queries, rich_queries, rules, sealing, writing
from question_bank.exchange import drafts
from question_bank.forms.fields import options
from question_bank.forms.items import ItemForm, PictureForm
from question_bank.forms.kinds import item_form
from question_bank.kinds.registry import KINDS, kind_of
from question_bank.models import ItemVersion
from question_bank.rich_models import WorkingCopy
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services import copies, duplicates, media
from question_bank.services import items as services
from question_bank.translations import missing_translation
from question_bank.views import conflict, preview
from question_bank.views.autosave import as_typed, asked_copy, asked_kind, drop, typed
from question_bank.views.conflict import Conflict
from question_bank.views.room import me, room


@room.route("/bank/new", methods=["GET", "POST"])
@uploads.keeps_what_is_typed(file_bytes=BYTES_MAX)
@requires(Permission.BANK_AUTHOR)
def new_item() -> ResponseReturnValue:
    """Write a question; one that was begun before is opened again by ``?copy=``."""
    copy = asked_copy()
    given = typed(copy)
    areas = queries.subject_areas(active_only=True)
    form = item_form(asked_kind(given), areas, data={"author": me().full_name}, formdata=given)
    if (again := _again(form, None, copy)) is not None:
        return again
    if request.method == "GET" or not form.validate_on_submit():
        return _page(form, None, copy)
    web.show_refusals(lambda refusal: _refused(refusal, form, None))
    with transaction():
        version = services.create_item(form.draft(), rationale=form.rationale.data or "", by=me(), now=request_now())
        _submit_if_asked(version)
        drop(copy)
    return saved(version)


@room.route("/bank/versions/<uuid:version_id>/edit", methods=["GET", "POST"])
@uploads.keeps_what_is_typed(file_bytes=BYTES_MAX)
@requires(Permission.BANK_AUTHOR)
def edit_version(version_id: UUID) -> ResponseReturnValue:
    """Change a draft or a returned version. Opening the editor shows the key, and that is recorded.

    What is sent is never filled up from the sealed key and rationale: they are opened for the first look alone. What
    was typed into a version that was submitted or approved meanwhile is shown beside it (``views.conflict``); of an
    approved one it may become the next version.
    """
    web.show_refusals(lambda refusal: _too_late(refusal, version_id))
    with transaction():
        version = queries.get_version(version_id)
        follows = request.form.get("do") == "follow" and version.status == ItemStatus.APPROVED
        if not follows:
            rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
        if request.method == "GET":
            services.open_key_for(version, purpose="edit", by=me(), now=request_now())
            draft, rationale = services.as_draft(version), sealing.open_rationale(version)
        else:
            draft, rationale = services.without_key(version), ""
    version, areas = queries.get_version(version_id), queries.subject_areas()
    copy = rich_queries.working_copy(me().id, version_id)
    data = {"rationale": rationale, "based_on": version.edited_at.isoformat()}
    form = item_form(ItemKind(version.kind), areas, draft=draft, data=data, formdata=typed(copy))
    if follows:
        return _follow(form, version_id)
    if (again := _again(form, version, copy)) is not None:
        return again
    if request.method == "GET" or not form.validate_on_submit():
        return _page(form, version, copy)
    web.show_refusals(lambda refusal: _refused(refusal, form, version_id))
    with transaction():
        version = queries.get_version(version_id)
        queries.lock(version)
        writing.check_based_on(_moment(form.based_on.data), version.edited_at)
        services.edit_version(
            version, form.draft(), rationale=form.rationale.data or "", by=me(), now=request_now(),
            translation_holds=bool(form.translation_holds.data),
        )  # fmt: skip
        _submit_if_asked(version)
        drop(copy)
    return saved(version)


@room.post("/bank/preview")
@uploads.keeps_what_is_typed(file_bytes=0)
@requires(Permission.BANK_AUTHOR)
def preview_draft() -> ResponseReturnValue:
    """What is typed, as the candidate sees it: a piece of a page."""
    form = item_form(asked_kind(request.form), [])
    return render_template("question_bank/_preview.html", **preview.of_form(form))


def saved(version: ItemVersion) -> ResponseReturnValue:
    """Back to the question's page, and what was done."""
    waits, missing = version.status == ItemStatus.IN_REVIEW, missing_translation(version)
    flash(_("Submitted for approval.") if waits else _("The draft is saved."), "ok")
    if missing:
        flash(_("The translation is missing. Language: %(language)s", language=LANGUAGES[missing]), "warn")
    if twins := duplicates.open_twins(version):
        ids = ", ".join(sorted(twin.external_id for twin in twins))  # by likeness they would tell of others' words
        flash(_("The bank has questions like this one: %(ids)s", ids=ids), "warn")
    anchor = "twins" if twins else None
    return redirect(url_for("question_bank.item", item_id=version.item_id, _anchor=anchor), 303)


def _again(form: ItemForm, version: ItemVersion | None, copy: WorkingCopy | None) -> ResponseReturnValue | None:
    """The page again where the author asked for something else than to save."""
    asked = request.form
    if asked.get("become") or asked.get("become_format") or asked.get("do") == "preview":
        return _page(form, version, copy)
    if asked.get("do") == "picture":
        return _with_picture(form, version, copy)
    return None


def _with_picture(form: ItemForm, version: ItemVersion | None, copy: WorkingCopy | None) -> ResponseReturnValue:
    """Take a picture and put it at the end of the text that was asked for, in both languages."""
    given = _picture_form(form)

    def refused(refusal: Refusal) -> ResponseReturnValue:
        given.picture.errors = [str(refusal)]
        return _page(form, version, copy, pictures=given)

    if not given.validate():
        return _page(form, version, copy, pictures=given)
    web.show_refusals(refused)
    with transaction():
        medium = media.add(given.picture.data.read(), by=me(), now=request_now())
    for language in drafts.languages_with_words(form.draft()):  # a picture is no translation
        field = form[f"{given.picture_place.data}_{language}"]
        held = field.data or "" if form.is_rich else markup.as_html(field.data or "")
        alternative = given[f"alternative_{language}"].data
        field.data = markup.clean(f"{held} {markup.image(medium.name, alternative)}")
    if not form.is_rich:
        for field in form.texts_in_order():
            if not field.name.startswith(given.picture_place.data):
                field.data = markup.as_html(field.data or "")
        form.carried = [
            (name, markup.as_html(value) if name.rpartition("_")[2] in drafts.LANGUAGES else value)
            for name, value in form.carried
        ]
    form.text_format.data = "rich"
    flash(_("The picture stands at the end of the text. Move it where it belongs."), "ok")
    return _page(form, version, copy, pictures=_picture_form(form, fresh=True))


def _picture_form(form: ItemForm, *, fresh: bool = False) -> PictureForm:
    places = [(name, label) for name, label in form.places_of_texts()]
    given = PictureForm(formdata=None) if fresh or request.form.get("do") != "picture" else PictureForm()
    given.picture_place.choices = options(places)
    if given.picture_place.data not in dict(places):
        given.picture_place.data = places[0][0]
    return given


def _page(
    form: ItemForm, version: ItemVersion | None, copy: WorkingCopy | None, *, pictures: PictureForm | None = None,
    refusal: Refusal | None = None, conflict: Conflict | None = None,
) -> ResponseReturnValue:  # fmt: skip
    shown = preview.of_form(form)
    return render_template(
        "question_bank/item_form.html", form=form, version=version, label=kind_of(form.kind).label, refusal=refusal,
        conflict=conflict, picture_bytes=BYTES_MAX,
        kinds=KINDS.values(), copy=copy, pictures=pictures or _picture_form(form), languages_of_test=drafts.LANGUAGES,
        begun=rich_queries.begun_questions(me().id) if version is None and request.method == "GET" else [],
        missing=drafts.missing_language(form.draft()), media=markup.ADDRESS,
        allowed={tag: sorted(names) for tag, names in markup.ALLOWED.items()}, **shown,
    )  # fmt: skip


def _follow(form: ItemForm, version_id: UUID) -> ResponseReturnValue:
    """What was typed becomes the next version of a question that was approved meanwhile."""
    web.show_refusals(lambda refusal: _refused(refusal, form, version_id))
    if not form.validate():
        return _refused(rules.ApprovedNeverChanges(), form, version_id)
    copy = rich_queries.working_copy(me().id, version_id)
    with transaction():
        version = services.new_version(queries.get_version(version_id).item, by=me(), now=request_now())
        services.edit_version(
            version, form.draft(), rationale=form.rationale.data or "", by=me(), now=request_now(),
            translation_holds=bool(form.translation_holds.data),
        )  # fmt: skip
        drop(copy)
    return saved(version)


def _too_late(refusal: Refusal, version_id: UUID) -> ResponseReturnValue:
    """The version may not be changed any more: the page with what was typed into it, if anything was."""
    version, copy = queries.get_version(version_id), rich_queries.working_copy(me().id, version_id)
    if request.method == "GET" and copy is None:
        return web.error_page(refusal.status, str(refusal.title), str(refusal))
    draft = services.without_key(version)
    form = item_form(ItemKind(version.kind), queries.subject_areas(), draft=draft, formdata=typed(copy))
    return _refused(refusal, form, version_id)


def _refused(refusal: Refusal, form: ItemForm, version_id: UUID | None) -> ResponseReturnValue:
    """The page again with what was typed, and what the author can do; nothing typed is lost with a refusal."""
    version = queries.get_version(version_id) if version_id else None
    copy = rich_queries.working_copy(me().id, version_id) if version_id else asked_copy()
    if isinstance(refusal, writing.TranslationMissing):
        form[f"stem_{refusal.params['code']}"].errors = [str(refusal)]
        return _page(form, version, copy)
    if isinstance(refusal, mishaps.LostRace):
        form.validate()  # where an identifier is taken by now, it is said at its field
    found = conflict.of(refusal, form, version) if version else None
    if version is None or found is None:
        return _page(form, version, copy, refusal=refusal)
    if not found.is_frozen:
        form.based_on.data = version.edited_at.isoformat()
    elif request.method == "POST":
        with transaction():
            version = queries.get_version(version.id)
            revision = request.form.get("revision", 0, type=int)
            copy = copies.keep(as_typed(request.form), version=version, revision=revision, by=me(), now=request_now())
        version = queries.get_version(version.id)
        found = conflict.of(refusal, form, version)
    return _page(form, version, copy, conflict=found)


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


def _submit_if_asked(version: ItemVersion) -> None:
    """Submit where that was asked for; what looks like another question stays a draft until somebody has looked."""
    if request.form.get("do") == "submit" and not duplicates.open_twins(version):
        services.submit(version, by=me(), now=request_now())
