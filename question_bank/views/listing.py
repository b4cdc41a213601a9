"""The list of questions: narrowed, searched, sorted, and filters kept by name."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import current_language
from core.i18n import gettext as _
from question_bank import listing, queries
from question_bank.forms.fields import options
from question_bank.forms.items import DIFFICULTY_NAMES
from question_bank.forms.listing import FilterForm, SavedFilterForm, query_of
from question_bank.kinds.registry import KINDS
from question_bank.listing import ItemFilter
from question_bank.models import SubjectArea, SubTopic
from question_bank.rules import ItemStatus
from question_bank.services import saved_filters
from question_bank.views.bulk import acts
from question_bank.views.own import own_of
from question_bank.views.room import ITEM_BADGES, me, page_number, room


@room.get("/bank/")
@requires(Permission.BANK_VIEW)
def items() -> ResponseReturnValue:
    """Questions; the filters stand in the address, and one's default filter goes there by itself."""
    if not request.args.keys() - {"lang"} and (default := saved_filters.default_of(me())) and default.query:
        return redirect(f"{url_for('question_bank.items')}?{default.query}")
    return list_page(SavedFilterForm(formdata=None))


def list_page(naming: SavedFilterForm) -> ResponseReturnValue:
    """The list as its address wants it; ``naming`` is the form under which the filter can be kept."""
    form = _filter_form()
    own = own_of()
    wanted = form.wanted(request.args, own)
    found = listing.items_page(wanted, page_number())
    return render_template(
        "question_bank/items.html", form=form, naming=naming, found=found, badges=ITEM_BADGES, kinds=KINDS,
        counts=listing.status_counts(own), statuses=ItemStatus, filtered=wanted != ItemFilter(own_of=own),
        kept=saved_filters.visible_to(me()), acts=acts(), query=query_of(request.args), me=me(), sorts=listing.SORTS,
        is_ranked=found.is_ranked, is_too_wide=bool(wanted.text.strip()) and (found.total or 0) > listing.RANKED,
    )  # fmt: skip


def _filter_form() -> FilterForm:
    areas, language = queries.subject_areas(), current_language()
    form = FilterForm(request.args)
    everything = [("", _("All"))]
    form.area.choices = options([*everything, *((area.code, area.name(language)) for area in areas)])
    for area in areas:
        topics = [(f"{area.code}/{topic.code}", _named(topic, area, language)) for topic in area.sub_topics]
        form.area.choices += options(topics, area.name(language))
    form.difficulty.choices = options([*everything, *DIFFICULTY_NAMES.items()])
    form.kind.choices = options([*everything, *((name, kind.label) for name, kind in KINDS.items())])
    form.status.choices = options([*everything, *((status, badge[0]) for status, badge in ITEM_BADGES.items())])
    people = [(str(person.id), person.full_name) for person in listing.approvers()]
    form.approver.choices = options([*everything, *people])
    form.validate()  # days that cannot be understood are said at their fields
    return form


def _named(topic: SubTopic, area: SubjectArea, language: str) -> str:
    """A sub-topic; one out of use keeps its questions, and they are looked for as well."""
    name = topic.name(language)
    return name if topic.is_active and area.is_active else f"{name} · {_('Out of use')}"


@room.post("/bank/filters")
@requires(Permission.BANK_VIEW)
def save_filter() -> ResponseReturnValue:
    """Keep the filter of the address under a name."""
    form, query = SavedFilterForm(), query_of(request.args)
    if not form.validate_on_submit():
        return list_page(form)
    with transaction():
        saved_filters.save(
            form.name.data or "", query, is_shared=form.is_shared.data, is_default=form.is_default.data, by=me(),
            now=request_now(),
        )  # fmt: skip
    flash(_("The filter is kept: %(name)s", name=form.name.data), "ok")
    return redirect(f"{url_for('question_bank.items')}?{query or 'all=1'}", 303)


@room.post("/bank/filters/<uuid:filter_id>/delete")
@requires(Permission.BANK_VIEW)
def delete_filter(filter_id: UUID) -> ResponseReturnValue:
    """Forget one of one's own filters."""
    with transaction():
        name = saved_filters.delete(filter_id, by=me(), now=request_now())
    flash(_("The filter is deleted: %(name)s", name=name), "ok")
    return redirect(url_for("question_bank.items", all=1), 303)


@room.post("/bank/filters/<uuid:filter_id>/default")
@requires(Permission.BANK_VIEW)
def default_filter(filter_id: UUID) -> ResponseReturnValue:
    """Open the list with this filter, or no more."""
    with transaction():
        name = saved_filters.make_default(filter_id, by=me(), now=request_now())
    flash(_("How the list opens is changed: %(name)s", name=name), "ok")
    return redirect(url_for("question_bank.items", all=1), 303)
