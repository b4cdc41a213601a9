"""Many questions at once: what is wanted, the preview that says what will happen, and the act itself."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank import listing, queries
from question_bank.forms.items import sub_topic_choices
from question_bank.forms.listing import BulkForm, FilterForm, query_of
from question_bank.services import bulk as services
from question_bank.services.bulk import BulkAct
from question_bank.views.own import own_of, written_by
from question_bank.views.room import me, room

ACT_NAMES = {
    BulkAct.SUBMIT: _l("Submit for approval"), BulkAct.SUB_TOPIC: _l("Move drafts to another sub-topic"),
    BulkAct.DIFFICULTY: _l("Change the difficulty of drafts"), BulkAct.SOURCE: _l("Change the source of drafts"),
    BulkAct.ENEMIES: _l("Add enemies to drafts"), BulkAct.APPROVE: _l("Approve"),
    BulkAct.RETURN: _l("Return with a comment"), BulkAct.SUSPEND: _l("Put into quarantine"),
    BulkAct.RETIRE: _l("Take out of use"),
}  # fmt: skip


def acts() -> list[tuple[BulkAct, object]]:
    """What this person may do with many questions, with its name."""
    return [(act, ACT_NAMES[act]) for act in services.acts_of(me())]


@room.post("/bank/bulk")
@requires(Permission.BANK_VIEW)
def bulk() -> ResponseReturnValue:
    """What will happen with which questions, and what is refused and why; nothing has happened yet."""
    act, form = _act(), _form()
    ids = _chosen(act)
    if not ids:
        flash(_("Tick the questions that are meant."), "warn")
        return redirect(f"{url_for('question_bank.items')}?{query_of(request.args) or 'all=1'}", 303)
    is_first = "preview" not in request.form
    if "unread" in request.form:  # the same page in another language
        return _page(act, form, ids, None)
    if (is_first and act in form.needs) or (not is_first and not form.is_complete(act)):
        form = form if not is_first else _form(formdata=None)
        return _page(act, form, ids, None)
    outcome = services.rehearse(ids, form.wish(act, _topics()), by=me(), now=request_now())
    return _page(act, form, ids, outcome)


@room.post("/bank/bulk/act")
@requires(Permission.BANK_VIEW)
def bulk_act() -> ResponseReturnValue:
    """Do what the preview showed."""
    act, form = _act(), _form()
    ids = _chosen(act)
    if not form.is_complete(act):
        return _page(act, form, ids, None)
    wish = form.wish(act, _topics())

    def refused(refusal: Refusal) -> ResponseReturnValue:
        form.form_errors.append(str(refusal))
        return _page(act, form, ids, services.rehearse(ids, wish, by=me(), now=request_now()))

    web.show_refusals(refused)
    with transaction():
        done = services.carry_out(
            ids, wish, request.form.get("digest", ""), keep_good=form.keep_good.data, by=me(), now=request_now()
        )
    flash(_("Done with questions: %(n)s", n=len(done.good)), "ok")
    return redirect(f"{url_for('question_bank.items')}?{query_of(request.args) or 'all=1'}", 303)


def _page(act: BulkAct, form: BulkForm, ids: list[UUID], outcome: services.Outcome | None) -> ResponseReturnValue:
    return render_template(
        "question_bank/bulk.html", act=act, label=ACT_NAMES[act], form=form, ids=ids, outcome=outcome,
        fields=form.needs.get(act, ()), everything=request.form.get("scope") == "all", query=query_of(request.args),
        shown={version.id: version for version in listing.versions(ids[:SHOWN])} if outcome else {}, most=SHOWN,
    )  # fmt: skip


SHOWN = 500  # lines of a preview


def _act() -> BulkAct:
    asked = request.form.get("act", "")
    if asked not in set(BulkAct):
        abort(404)
    if services.permission_of(BulkAct(asked)) not in me().permissions:
        abort(403)
    return BulkAct(asked)


def _chosen(act: BulkAct) -> list[UUID]:
    own = written_by() if services.permission_of(act) == Permission.BANK_AUTHOR else own_of()
    everything = request.form.get("scope") == "all"
    ticked = request.form.getlist("version", type=UUID)
    return services.chosen(ticked, FilterForm(request.args).wanted(request.args, own), everything=everything)


def _form(**more: object) -> BulkForm:
    form = BulkForm(**more)
    form.sub_topic.choices = sub_topic_choices(queries.subject_areas(active_only=True))
    return form


def _topics() -> dict[str, UUID]:
    return {f"{area}/{code}": topic.id for (area, code), topic in queries.sub_topics_by_code().items()}
