"""The register of sources, and the questions that have to be looked at because of them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import addresses, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.i18n import zone
from question_bank import life, source_queries
from question_bank.forms.life import SOURCE_KIND_NAMES, AmendForm, SourceForm
from question_bank.life_models import Source
from question_bank.services import sources as services
from question_bank.views.beside import SOURCE_BADGES
from question_bank.views.own import own_of
from question_bank.views.room import me, page_number, room, shown_editions, still_read


def _today() -> date:
    return request_now().astimezone(zone()).date()


@room.get("/bank/sources")
@requires(Permission.BANK_VIEW)
def sources() -> ResponseReturnValue:
    """The register, and above it which sources have questions to look at; whoever sees only their own counts those."""
    today = _today()
    found, tallies = source_queries.sources(), source_queries.tallies(on=today, own_of=own_of())
    return render_template(
        "question_bank/sources.html", found=found, tallies=tallies, nothing=source_queries.Tally(),
        kinds=SOURCE_KIND_NAMES, badges=SOURCE_BADGES,
        due=[one for one in found if one.id in tallies and tallies[one.id].due],
        states={one.id: source_queries.own_state(one, on=today) for one in found},
        due_states={one.id: source_queries.state_of(one, on=today) for one in found},
    )  # fmt: skip


@room.route("/bank/sources/new", methods=["GET", "POST"])
@requires(Permission.BANK_APPROVE)
def new_source() -> ResponseReturnValue:
    """Enter a source."""
    return _source_form(None)


@room.route("/bank/sources/<uuid:source_id>/edit", methods=["GET", "POST"])
@requires(Permission.BANK_APPROVE)
def edit_source(source_id: UUID) -> ResponseReturnValue:
    """Correct an entry: until when it is in force, what replaces it."""
    return _source_form(source_queries.get_source(source_id))


def _source_form(own: Source | None) -> ResponseReturnValue:
    form = SourceForm(source_queries.sources(), own)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            field = form.title_ky if refusal.code == life.SourceTitleTaken.code else form.valid_until
            field.errors = [str(refusal)]
        return render_template("question_bank/source_form.html", form=form, source=own)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        if own is None:
            source_id = services.add_source(form.facts(), by=me(), now=request_now()).id
        else:
            source_id = own.id
            services.edit_source(source_queries.get_source(source_id), form.facts(), by=me(), now=request_now())
    return _done(source_id, _("The register is changed."))


@room.get("/bank/sources/<uuid:source_id>")
@requires(Permission.BANK_VIEW)
def source(source_id: UUID) -> ResponseReturnValue:
    """One source: its amendments, the questions taken from it, and those that name it in words only."""
    return _source_page(source_id, AmendForm(None))


def _source_page(
    source_id: UUID, form: AmendForm, refusal: Refusal | None = None, chosen: frozenset[str] = frozenset()
) -> ResponseReturnValue:
    if refusal:
        form.form_errors.append(str(refusal))
    addresses.lives_at(url_for("question_bank.source", source_id=source_id))
    found, own, today = source_queries.get_source(source_id), own_of(), _today()
    words = request.args.get("words", "") if Permission.BANK_APPROVE in me().permissions else ""
    tally = source_queries.tally(source_id, on=today, own_of=own)
    return render_template(
        "question_bank/source.html", source=found, tally=tally, words=words, form=form,
        naming=source_queries.naming(words), named=source_queries.named_in_words(words),
        cited=source_queries.cited_page(found, page_number(), on=today, own_of=own, found=tally), chosen=chosen,
        kinds=SOURCE_KIND_NAMES, badges=SOURCE_BADGES,
        state=source_queries.own_state(found, on=today), read=services.edition(found),
    )  # fmt: skip


@room.post("/bank/sources/<uuid:source_id>/amend")
@requires(Permission.BANK_APPROVE)
def amend_source(source_id: UUID) -> ResponseReturnValue:
    """Enter an amendment: every question taken from the source is to be looked at."""
    form = AmendForm()
    if not form.validate():
        return _source_page(source_id, form)
    with transaction():
        found = source_queries.get_source(source_id)
        services.amend(found, form.on.data, form.what.data or "", by=me(), now=request_now())
    return _done(source_id, _("The amendment is entered. Look at the questions below."))


@room.post("/bank/sources/<uuid:source_id>/confirm")
@requires(Permission.BANK_APPROVE)
def confirm_source(source_id: UUID) -> ResponseReturnValue:
    """The ticked questions are still right by the source as the page showed it."""
    chosen = set(request.form.getlist("version", type=UUID))

    def refused(refusal: Refusal) -> ResponseReturnValue:
        is_changed = isinstance(refusal, life.SourceChangedSinceShown)  # then no tick holds any more
        return _source_page(source_id, AmendForm(None), refusal, frozenset() if is_changed else still_read(chosen))

    web.show_refusals(refused)
    with transaction():
        source, found = source_queries.get_source(source_id), source_queries.citing(source_id, chosen)
        count = services.confirm(
            found, source, read=request.form.get("read", ""), shown=shown_editions(), by=me(), now=request_now()
        )
    words = request.args.get("words", "")
    return _done(source_id, _("Confirmed as still right: %(n)s", n=count), page=page_number(), words=words)


@room.post("/bank/sources/<uuid:source_id>/cite")
@requires(Permission.BANK_APPROVE)
def cite_source(source_id: UUID) -> ResponseReturnValue:
    """The ticked questions, which name it in words, are taken from this source."""
    chosen, words = set(request.form.getlist("version", type=UUID)), request.form.get("words", "")
    with transaction():
        found = source_queries.named_in_words(words, among=chosen)
        count = services.cite_all(found, source_queries.get_source(source_id), by=me(), now=request_now())
    return _done(source_id, _("Entered under this source: %(n)s", n=count), page=page_number(), words=words)


def _done(source_id: UUID, sentence: str, *, page: int = 1, words: str = "") -> ResponseReturnValue:
    """The source's page, where the person was in its lists: what is done with is gone from there."""
    flash(sentence, "ok")
    where = url_for(
        "question_bank.source", source_id=source_id, page=page if page > 1 else None, words=words or None
    )  # fmt: skip
    return redirect(where, 303)
