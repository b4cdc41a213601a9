"""The editor of questions: writing, preview, pictures, autosave. Everything but autosave works without script."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from accounts.auth import requires
from accounts.rules import Permission
from core import markup, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import LANGUAGES, format_time
from core.i18n import gettext as _
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
from question_bank.views import preview
from question_bank.views.room import me, room

Typed = MultiDict[str, Any]
#: What of a form is not typed by the author.
_OURS = {"csrf_token", "do", "become", "become_format", "copy", "revision", "theme"}


@room.route("/bank/new", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def new_item() -> ResponseReturnValue:
    """Write a question; one that was begun before is opened again by ``?copy=``."""
    copy = _asked_copy()
    typed = _typed(copy)
    areas = queries.subject_areas(active_only=True)
    form = item_form(_asked_kind(typed), areas, data={"author": me().full_name}, formdata=typed)
    if (again := _again(form, None, copy)) is not None:
        return again
    if request.method == "GET" or not form.validate_on_submit():
        return _page(form, None, copy)
    web.show_refusals(lambda refusal: _refused(refusal, form, None))
    with transaction():
        version = services.create_item(form.draft(), rationale=form.rationale.data or "", by=me(), now=request_now())
        _submit_if_asked(version)
        _drop(copy)
    return saved(version)


@room.route("/bank/versions/<uuid:version_id>/edit", methods=["GET", "POST"])
@requires(Permission.BANK_AUTHOR)
def edit_version(version_id: UUID) -> ResponseReturnValue:
    """Change a draft or a returned version. Opening the editor shows the key, and that is recorded.

    What is sent is never filled up from the sealed key and rationale: they are opened for the first look alone.
    """
    with transaction():
        version = queries.get_version(version_id)
        rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
        if request.method == "GET":
            services.open_key_for(version, purpose="edit", by=me(), now=request_now())
            draft, rationale = services.as_draft(version), sealing.open_rationale(version)
        else:
            draft, rationale = services.without_key(version), ""
    version, areas = queries.get_version(version_id), queries.subject_areas()
    copy = rich_queries.working_copy(me().id, version_id)
    data = {"rationale": rationale, "based_on": version.edited_at.isoformat()}
    form = item_form(ItemKind(version.kind), areas, draft=draft, data=data, formdata=_typed(copy))
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
        _drop(copy)
    return saved(version)


@room.post("/bank/preview")
@requires(Permission.BANK_AUTHOR)
def preview_draft() -> ResponseReturnValue:
    """What is typed, as the candidate sees it: a piece of a page."""
    form = item_form(_asked_kind(request.form), [])
    return render_template("question_bank/_preview.html", **preview.of_form(form))


@room.post("/bank/autosave")
@room.post("/bank/versions/<uuid:version_id>/autosave")
@requires(Permission.BANK_AUTHOR)
def autosave(version_id: UUID | None = None) -> ResponseReturnValue:
    """Keep what is typed, in the name of this person alone; 409 where another window has saved since."""
    web.show_refusals(lambda refusal: web.problem(refusal.status, refusal.code, str(refusal)))
    revision = request.form.get("revision", 0, type=int)
    with transaction():
        copy = copies.save(
            _as_typed(request.form), kind=_asked_kind(request.form), copy=_asked_copy(), revision=revision, by=me(),
            version=queries.get_version(version_id) if version_id else None, now=request_now(),
        )  # fmt: skip
        answer = {"copy": str(copy.id), "revision": copy.revision, "saved": format_time(copy.saved_at)[:5]}
    return jsonify(answer)


@room.post("/bank/copies/<uuid:copy_id>/discard")
@requires(Permission.BANK_AUTHOR)
def discard_copy(copy_id: UUID) -> ResponseReturnValue:
    """Forget what was typed and not saved."""
    with transaction():
        copy = rich_queries.get_copy(copy_id, me().id)
        version_id = copy.version_id
        copies.drop(copy)
    flash(_("What was not saved is forgotten."), "ok")
    if version_id:
        return redirect(url_for("question_bank.edit_version", version_id=version_id), 303)
    return redirect(url_for("question_bank.new_item"), 303)


def saved(version: ItemVersion) -> ResponseReturnValue:
    """Back to the question's page, and what was done."""
    waits, missing = version.status == ItemStatus.IN_REVIEW, missing_translation(version)
    flash(_("Submitted for approval.") if waits else _("The draft is saved."), "ok")
    if missing:
        flash(_("The translation is missing. Language: %(language)s", language=LANGUAGES[missing]), "warn")
    if twins := duplicates.open_twins(version):
        ids = ", ".join(twin.external_id for twin in twins)
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
    refusal: Refusal | None = None,
) -> ResponseReturnValue:  # fmt: skip
    shown = preview.of_form(form)
    return render_template(
        "question_bank/item_form.html", form=form, version=version, label=kind_of(form.kind).label, refusal=refusal,
        kinds=KINDS.values(), copy=copy, pictures=pictures or _picture_form(form), languages_of_test=drafts.LANGUAGES,
        begun=rich_queries.begun_questions(me().id) if version is None and request.method == "GET" else [],
        missing=drafts.missing_language(form.draft()), **shown,
    )  # fmt: skip


def _refused(refusal: Refusal, form: ItemForm, version_id: UUID | None) -> ResponseReturnValue:
    """The page again with what was typed, where the author can do something about the refusal there."""
    version = queries.get_version(version_id) if version_id else None
    copy = rich_queries.working_copy(me().id, version_id) if version_id else _asked_copy()
    if isinstance(refusal, writing.EditedMeanwhile) and version is not None:
        form.based_on.data = version.edited_at.isoformat()
        return _page(form, version, copy, refusal=refusal)
    if isinstance(refusal, writing.TranslationMissing):
        form[f"stem_{refusal.params['code']}"].errors = [str(refusal)]
        return _page(form, version, copy)
    return web.error_page(refusal.status, str(refusal.title), str(refusal))


def _typed(copy: WorkingCopy | None) -> Typed | None:
    """What stands in the form: what this request brings, in the other format where that is asked for; else the copy."""
    if request.method == "GET":
        return MultiDict(copies.open_copy(copy)) if copy is not None else None
    wanted = request.form.get("become_format")
    if wanted not in {"rich", "plain"} or wanted == request.form.get("text_format", "plain"):
        return None
    change = markup.as_html if wanted == "rich" else markup.plain
    typed: Typed = MultiDict(request.form)
    for name in typed:
        if name.rpartition("_")[2] in drafts.LANGUAGES and not name.startswith("alternative"):
            typed[name] = change(typed[name])
    typed["text_format"] = wanted
    return typed


def _as_typed(given: MultiDict[str, str]) -> dict[str, list[str]]:
    return {name: given.getlist(name) for name in given if name not in _OURS}


def _asked_copy() -> WorkingCopy | None:
    """The working copy that is meant; to open one that is gone is 404, but what is sent is not lost with it."""
    copy_id = request.form.get("copy", type=UUID) or request.args.get("copy", type=UUID)
    if copy_id is None:
        return None
    find = rich_queries.get_copy if request.method == "GET" else rich_queries.find_copy
    return find(copy_id, me().id)


def _drop(copy: WorkingCopy | None) -> None:
    """What was typed is saved: its working copy is not needed any more."""
    if copy is not None and (kept := rich_queries.find_copy(copy.id, me().id)) is not None:
        copies.drop(kept)


def _asked_kind(typed: MultiDict[str, Any] | None) -> ItemKind:
    """The kind that is written: the one just chosen, else that of the form, else of the address."""
    in_form = typed.get("kind") if typed else None
    asked = request.form.get("become") or in_form or request.form.get("kind") or request.args.get("kind") or ""
    return ItemKind(asked) if asked in set(ItemKind) else ItemKind.SINGLE_CHOICE


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


def _submit_if_asked(version: ItemVersion) -> None:
    """Submit where that was asked for; what looks like another question stays a draft until somebody has looked."""
    if request.form.get("do") == "submit" and not duplicates.open_twins(version):
        services.submit(version, by=me(), now=request_now())
