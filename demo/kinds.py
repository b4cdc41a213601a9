"""A test in which every kind of question stands: to see and to answer each of them, by mouse or by keyboard."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import select

from core.db import db, transaction
from demo.stage import person
from question_bank import queries as bank_queries
from question_bank.assembly.plan import Cell
from question_bank.models import ItemVersion, TestForm, TestSpecification
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services import blueprints, decisions, forms, specifications
from question_bank.services.specifications import Terms

SINGLE = 4  # questions with one right answer beside those of the other kinds
POINTS = 2  # so that an answer that is partly right gives something
TITLE_KY, TITLE_RU = "Суроолордун бардык түрлөрү", "Все виды вопросов"


def every_kind(minutes: int, *, now: datetime) -> tuple[TestSpecification, list[TestForm]]:
    """The questions of ``OTHERS``, approved now where they still wait, and some with one answer: one sealed form."""
    administrator, officer, approver = person("administrator"), person("officer"), person("approver")
    with transaction():
        waiting = select(ItemVersion).where(
            ItemVersion.status == ItemStatus.IN_REVIEW, ItemVersion.kind != ItemKind.SINGLE_CHOICE
        )
        decisions.approve_many(list(db.session.scalars(waiting)), by=approver, now=now)
    approved = bank_queries.approved_versions()
    single = [version for version in approved if version.kind == ItemKind.SINGLE_CHOICE][:SINGLE]
    chosen = single + [version for version in approved if version.kind != ItemKind.SINGLE_CHOICE]
    without = {version.item_id for version in approved} - {version.item_id for version in chosen}
    places = Counter((one.sub_topic.area.code, one.difficulty, one.sub_topic.code) for one in chosen)
    cells = [Cell(area, level, count, topic) for (area, level, topic), count in places.items()]
    with transaction():
        number = len(bank_queries.blueprints()) + 1
        made = blueprints.create_blueprint(f"{TITLE_KY} · {number}", cells, by=administrator, now=now)
        cut = (made.items * POINTS * 6 + 9) // 10  # 60 %, rounded up
        terms = Terms(TITLE_KY, TITLE_RU, minutes, cut, points=POINTS)
        spec = specifications.create_specification(made, terms, by=administrator, now=now)
        specifications.submit_specification(spec, by=administrator, now=now)
    with transaction():
        specifications.approve_specification(spec, "12-Ө", now.date(), by=officer, now=now)
    with transaction():
        sealed = forms.seal_forms(spec, 1, by=administrator, now=now, without=without)
    return spec, sealed
