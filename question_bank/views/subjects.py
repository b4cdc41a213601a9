"""Subject areas and sub-topics."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core.clock import request_now
from core.db import transaction
from core.i18n import gettext as _
from question_bank import queries, rules, stock_queries
from question_bank.forms.bank import SubjectForm
from question_bank.models import SubjectArea, SubTopic
from question_bank.services import subjects as services
from question_bank.services.subjects import Names
from question_bank.views.room import me, room


@room.get("/bank/subjects")
@requires(Permission.BANK_VIEW)
def subjects() -> ResponseReturnValue:
    """All areas with their sub-topics, and how many approved questions each has."""
    counts: Counter[tuple[str, str | None]] = Counter()
    for (area, topic, _level), count in stock_queries.stock().available().items():
        counts[area, topic] += count
    return render_template("question_bank/subjects.html", areas=queries.subject_areas(), counts=counts)


@room.route("/bank/subjects/new", methods=["GET", "POST"])
@requires(Permission.BANK_SUBJECTS)
def new_area() -> ResponseReturnValue:
    """A new subject area."""
    form = SubjectForm()
    if form.validate_on_submit():
        if form.code.data in {area.code for area in queries.subject_areas()}:
            form.code.errors = [str(rules.CodeTaken(code=form.code.data))]
        else:
            with transaction():
                services.add_area(form.code.data or "", _names(form), by=me(), now=request_now())
            return _saved()
    return render_template("question_bank/subject_form.html", form=form, area=None, subject=None)


@room.route("/bank/subjects/<uuid:area_id>/new", methods=["GET", "POST"])
@requires(Permission.BANK_SUBJECTS)
def new_sub_topic(area_id: UUID) -> ResponseReturnValue:
    """A new sub-topic of an area."""
    form, area = SubjectForm(), queries.get_area(area_id)
    if form.validate_on_submit():
        if form.code.data in {topic.code for topic in area.sub_topics}:
            form.code.errors = [str(rules.CodeTaken(code=form.code.data))]
        else:
            with transaction():
                services.add_sub_topic(area, form.code.data or "", _names(form), by=me(), now=request_now())
            return _saved()
    return render_template("question_bank/subject_form.html", form=form, area=area, subject=None)


@room.route("/bank/subjects/<uuid:subject_id>", methods=["GET", "POST"])
@requires(Permission.BANK_SUBJECTS)
def rename_area(subject_id: UUID) -> ResponseReturnValue:
    """Other names for an area."""
    return _rename(queries.get_area(subject_id), None)


@room.route("/bank/topics/<uuid:subject_id>", methods=["GET", "POST"])
@requires(Permission.BANK_SUBJECTS)
def rename_sub_topic(subject_id: UUID) -> ResponseReturnValue:
    """Other names for a sub-topic."""
    topic = queries.get_sub_topic(subject_id)
    return _rename(topic, topic.area)


def _rename(subject: SubjectArea | SubTopic, area: SubjectArea | None) -> ResponseReturnValue:
    form = SubjectForm(obj=subject)
    del form.code
    if not form.validate_on_submit():
        return render_template("question_bank/subject_form.html", form=form, area=area, subject=subject)
    with transaction():
        services.rename(subject, _names(form), by=me(), now=request_now())
    return _saved()


@room.post("/bank/subjects/<uuid:subject_id>/use")
@requires(Permission.BANK_SUBJECTS)
def use_area(subject_id: UUID) -> ResponseReturnValue:
    """Take an area out of use for new questions, or back."""
    return _use(queries.get_area(subject_id))


@room.post("/bank/topics/<uuid:subject_id>/use")
@requires(Permission.BANK_SUBJECTS)
def use_sub_topic(subject_id: UUID) -> ResponseReturnValue:
    """Take a sub-topic out of use for new questions, or back."""
    return _use(queries.get_sub_topic(subject_id))


def _use(subject: SubjectArea | SubTopic) -> ResponseReturnValue:
    with transaction():
        services.set_active(subject, request.form.get("active") == "1", by=me(), now=request_now())
    return _saved()


def _names(form: SubjectForm) -> Names:
    return Names(form.name_ky.data or "", form.name_ru.data or "", form.name_en.data or "")


def _saved() -> ResponseReturnValue:
    flash(_("Saved."), "ok")
    return redirect(url_for("question_bank.subjects"), 303)
