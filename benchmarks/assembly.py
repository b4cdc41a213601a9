"""Drawing parallel forms from a large bank: reading it, drawing, sealing; and counting what it can fill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import click
from sqlalchemy import insert

from accounts.rules import Role
from benchmarks.installations import DATABASES, count_rows, database, installation
from benchmarks.rescoring import timed
from core.db import db, transaction
from core.names import search_form
from question_bank import entries, sealing, stock_queries
from question_bank.assembly.assemble import assemble
from question_bank.assembly.plan import ASSUMED, Cell, Limits
from question_bank.models import Item, ItemVersion, TestSpecification
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services import blueprints, draws, forms, specifications
from question_bank.services.specifications import Terms
from question_bank.statistics_models import ExamStatistics, ItemStatistics
from tests.factories import Make

Figure = dict[str, Any]
AREAS, TOPICS, CHUNK = 5, 4, 1000
FORMS, ITEMS, BANK, LARGE = 20, 60, 5_000, 50_000


def figures(only: str | None = None) -> dict[str, Figure]:
    """20 parallel forms of 60 questions from a bank of 5,000, and what a bank of 50,000 costs to read and to count."""
    found: dict[str, Figure] = {}
    for name in DATABASES:
        if only in (None, name):
            with database(name) as url:
                found |= measure(name, url)
    return found


def measure(name: str, url: str) -> dict[str, Figure]:
    """Fill the bank, read it, draw, draw and seal through the service; then fill it up and read it again."""
    took: dict[str, float] = {}
    with TemporaryDirectory(prefix="bench-") as folder, installation(Path(folder), url) as (make, clock):
        with click.progressbar(length=LARGE, label=f"Questions on {name}") as bar:
            fill(make, BANK, progress=bar.update)
            admin, officer = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
            cells = [Cell(f"area{n}", level, 2 + (level in (2, 3))) for n in range(AREAS) for level in range(1, 6)]
            with transaction():
                blueprint = blueprints.create_blueprint("Bench", cells, by=admin, now=clock())
                spec = specifications.create_specification(blueprint, Terms("к", "р", 90, 36), by=admin, now=clock())
                specifications.submit_specification(spec, by=admin, now=clock())
            with transaction():
                specifications.approve_specification(spec, "1", clock().date(), by=officer, now=clock())
            measure_two_thirds(spec)
            limits = Limits(exposure=1, shared=0, tolerance=0.5)
            with timed(took, "read"):
                bank = stock_queries.bank_candidates()
            with timed(took, "drawing"):
                assemble(cells, bank, FORMS, random=Random(1), limits=limits)
            with timed(took, "draw"), transaction():
                draw = draws.draw(spec, FORMS, limits, by=admin, now=clock())
            with timed(took, "seal"), transaction():
                forms.seal(draw, by=admin, now=clock())
            apart = draw.apart
            fill(make, LARGE - BANK, progress=bar.update)
        with timed(took, "read_large"):
            large = len(stock_queries.bank_candidates())
        with timed(took, "count_large"):
            stock_queries.stock()
        size = sum(cell.count for cell in cells)
    return {
        f"forms_{name}": {
            "ours": round(took["draw"] + took["seal"], 2), "unit": "seconds to draw and seal", "forms": FORMS,
            "items": size, "bank": len(bank), "read": round(took["read"], 2), "drawing": round(took["drawing"], 2),
            "draw": round(took["draw"], 2), "seal": round(took["seal"], 2), "apart": round(apart, 3),
        },
        f"bank_{name}": {
            "ours": round(took["read_large"], 2), "unit": "seconds to read all candidates", "bank": large,
            "count": round(took["count_large"], 3),
        },
    }  # fmt: skip


def measure_two_thirds(spec: TestSpecification) -> None:
    """Facilities of two questions of three, scattered around what is assumed for their difficulty."""
    random, exam_id, now = Random(3), uuid4(), spec.created_at
    versions = db.session.execute(db.select(ItemVersion.id, ItemVersion.difficulty).order_by(ItemVersion.id)).all()
    with transaction():
        db.session.execute(
            insert(ExamStatistics),
            [{
                "id": exam_id, "specification_id": spec.id, "sitting_id": None, "people": 200, "figures": {},
                "basis": bytes(32), "computed_at": now,
            }],
        )  # fmt: skip
        db.session.execute(
            insert(ItemStatistics),
            [
                {
                    "id": uuid4(), "exam_id": exam_id, "item_version_id": version_id, "people": 200, "flags": [],
                    "facility": min(0.98, max(0.05, random.gauss(ASSUMED[level], 0.12))), "details": {},
                }
                for number, (version_id, level) in enumerate(versions) if number % 3
            ],
        )  # fmt: skip


def fill(make: Make, count: int, *, progress: Callable[[int], None]) -> None:
    """So many approved questions, spread over areas, sub-topics and difficulties; one in twenty names an enemy."""
    author, approver, now = make.somebody(Role.ITEM_AUTHOR), make.somebody(Role.ITEM_APPROVER), make.clock()
    topics = [make.sub_topic(f"area{area}", f"topic{topic}").id for area in range(AREAS) for topic in range(TOPICS)]
    random, before = Random(7), db.session.scalar(db.select(db.func.count()).select_from(Item)) or 0
    options = [{"ky": f"Жооп {n}", "ru": f"Ответ {n}"} for n in range(4)]
    for first in range(before, before + count, CHUNK):
        items: list[dict[str, Any]] = []
        versions: list[dict[str, Any]] = []
        for number in range(first, min(first + CHUNK, before + count)):
            item_id, version_id, stem = uuid4(), uuid4(), f"Суроо {number}: бул жобо кайсы учурда колдонулат?"
            items.append({"id": item_id, "external_id": f"B-{number:06}", "created_at": now})
            versions.append({
                "id": version_id, "item_id": item_id, "number": 1, "kind": ItemKind.SINGLE_CHOICE,
                "status": ItemStatus.APPROVED, "sub_topic_id": topics[number % len(topics)],
                "difficulty": number // len(topics) % 5 + 1, "stem_ky": stem, "stem_ru": f"Вопрос {number}?",
                "options": options, "targets": [], "is_partial": False,
                "key_sealed": sealing.seal_key(version_id, ItemKind.SINGLE_CHOICE, [number % 4]),
                "source": "Жобо, 24-пункт", "author": "bench",
                "enemies": [f"B-{random.randrange(number):06}"] if number and not number % 20 else [],
                "search_text": search_form(stem), "created_by_id": author.id, "created_at": now, "edited_at": now,
                "approved_by_id": approver.id, "approved_at": now,
            })  # fmt: skip
        with transaction():
            db.session.execute(insert(Item), items)
            db.session.execute(insert(ItemVersion), versions)
            entries.refresh(item["id"] for item in items)
        progress(len(items))
    count_rows()
