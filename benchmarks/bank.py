"""The question bank with 50,000 questions: every list and search through its real page, and an import of 5,000.

Questions are of all six kinds, of words that a bank would hold: some stand in every question, most in few. One of
eleven lacks a language, one of seven has an enemy, half of the approved ones are entered under one of forty sources.
The work of a department lies in it (benchmarks/bank_work.py).
Pages are asked for by the test client, so that a time is that of the application and its database, without a network.
Each page is asked for twenty times; what issue 4 bounds is the 95th percentile of its answers, and the figure is that
of the slowest page: the percentile of all answers of all pages, which would hide one slow list, stands beside it.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

import click
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from accounts.models import User
from accounts.rules import Role
from benchmarks.bank_work import Work, under_way
from benchmarks.installations import DATABASES, count_rows, database, installation
from core import background
from core.db import db, transaction
from question_bank import entries, queries
from question_bank.exchange.drafts import ItemDraft, OptionDraft, missing_language
from question_bank.exchange.formats import FORMATS
from question_bank.life import SourceKind
from question_bank.life_models import Citation
from question_bank.models import ItemVersion
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services import bringing, checking, importing, imports
from question_bank.services import sources as services
from question_bank.work_models import BankImport, BankUpload, ImportState
from tests.factories import Make
from tests.web.signing_in import sign_in

Figure = dict[str, Any]
ITEMS, IMPORTED, ROUNDS, AUTHORS, SOURCES = 50_000, 5_000, 20, 20, 40
AREAS = {"law": ("documents", "labour"), "management": ("planning", "people"), "pedagogy": ("lesson", "inclusion")}
STEMS_KY = (
    "жетекчи мектеп окуучу мугалим билим берүү өнүктүрүү программасы бекитүү укук милдет чечим кеңеш".split()  # noqa: SIM905
)
STEMS_RU = (
    "руководитель школа ученик учитель образование развитие программа утверждение право решение совет".split()  # noqa: SIM905
)


def words(rng: random.Random, common: Sequence[str], count: int) -> str:
    """Some words that every question might hold, and some of ten thousand rarer ones."""
    return " ".join(
        rng.choice(common) if rng.random() < 0.5 else f"{rng.choice(common)}{int(rng.paretovariate(0.7)) % 10_000}"
        for _ in range(count)
    )


def drafts(count: int, prefix: str, seed: int) -> Iterator[ItemDraft]:
    """Questions of all six kinds in turn, some in one language, some with an enemy."""
    rng, places = random.Random(seed), [(area, topic) for area, topics in AREAS.items() for topic in topics]
    for number in range(count):
        area, topic = places[rng.randrange(len(places))]

        def text_of(length: int) -> OptionDraft:
            return OptionDraft(words(rng, STEMS_KY, length), words(rng, STEMS_RU, length))

        kind = list(ItemKind)[number % 6]
        options = tuple(text_of(5) for _ in range(4))
        by_kind: dict[ItemKind, dict[str, Any]] = {
            ItemKind.SINGLE_CHOICE: {"options": options, "key": (rng.randrange(4),)},
            ItemKind.MULTIPLE_RESPONSE: {"options": options, "key": (0, 2)},
            ItemKind.TRUE_FALSE: {"options": (OptionDraft("Туура", "Верно"), OptionDraft("Туура эмес", "Неверно")),
                                  "key": (rng.randrange(2),)},
            ItemKind.ORDERING: {"options": options, "key": (0, 1, 2, 3)},
            ItemKind.MATCHING: {"options": options, "targets": tuple(text_of(3) for _ in range(4)),
                                "key": ((0, 0), (1, 1), (2, 2), (3, 3))},
            ItemKind.NUMERIC: {"options": (), "key": (str(rng.randrange(1000)), "0")},
        }  # fmt: skip
        parts, stem = by_kind[kind], text_of(14)
        one = ItemDraft(
            external_id=f"{prefix}-{number:06}", subject_area=area, sub_topic=topic,
            difficulty=rng.choice((1, 2, 3, 3, 4, 5)), stem_ky=f"{stem.ky}?", stem_ru=f"{stem.ru}?",
            source=f"Мыйзам, {rng.randrange(1, 90)}-берене", author=f"Автор {rng.randrange(40)}", kind=kind, **parts,
            enemies=(f"{prefix}-{number - 1:06}",) if number % 7 == 6 else (),
        )  # fmt: skip
        lacks_one = number % 11 == 5 and kind != ItemKind.TRUE_FALSE  # whose words are the bank's own
        yield in_one_language(one, is_kyrgyz=number % 2 == 0) if lacks_one else one


def in_one_language(draft: ItemDraft, *, is_kyrgyz: bool) -> ItemDraft:
    """The question without its translation."""

    def kept(texts: Sequence[OptionDraft]) -> tuple[OptionDraft, ...]:
        return tuple(OptionDraft(text.ky, "") if is_kyrgyz else OptionDraft("", text.ru) for text in texts)

    whole = replace(draft, options=kept(draft.options), targets=kept(draft.targets))
    return replace(whole, stem_ru="") if is_kyrgyz else replace(whole, stem_ky="")


def fill(make: Make, count: int) -> list[UUID]:
    """A bank of so many questions by twenty authors, most of two thirds approved; ids of the approver and the authors.

    Questions in one language stay drafts.
    """
    for area, topics in AREAS.items():
        for topic in topics:
            make.sub_topic(area, topic)
    approver = make.user(Role.ITEM_APPROVER).id
    authors = [make.user(Role.ITEM_AUTHOR) for _ in range(AUTHORS)]
    ids = [author.id for author in authors]
    share, register = count // AUTHORS, sources(make, approver)
    with click.progressbar(ids, label=f"{count} questions") as bar:
        for number, person in enumerate(bar):
            with transaction():
                by, topics_by_code = db.session.get_one(User, person), queries.sub_topics_by_code()
                written = list(drafts(share, f"B{number:02}", number))
                load = bringing.prepare(written, topics_by_code, submit=True, by=by, now=make.clock())
                bringing.put(load, topics_by_code, by=by)
                approved = {
                    "status": ItemStatus.APPROVED, "approved_by_id": approver, "approved_at": make.clock()
                }  # fmt: skip
                pairs = list(zip(load.version_ids, written, strict=True))[: share * 2 // 3]
                ready = [version_id for version_id, one in pairs if missing_language(one) is None]
                for start in range(0, len(ready), 500):
                    some = ItemVersion.id.in_(ready[start : start + 500])
                    db.session.execute(update(ItemVersion).where(some).values(approved))
                cited = [
                    {"version_id": version_id, "source_id": register[place % SOURCES], "place": f"{place % 90}-берене",
                     "checked_at": make.clock(), "checked_by_id": approver}
                    for place, version_id in enumerate(ready[::2])
                ]  # fmt: skip
                db.session.execute(insert(Citation), cited)
                entries.refresh(entry["item_id"] for entry in load.entries)
    count_rows()
    return [approver, *ids]


def sources(make: Make, approver: UUID) -> list[UUID]:
    """The register: forty sources, of which one was amended since and one is not in force any more; their ids."""
    day = make.clock().date()
    with transaction():
        by, found = db.session.get_one(User, approver), []
        for number in range(SOURCES):
            until = day - timedelta(days=1) if number == 1 else None
            facts = services.Facts(
                SourceKind.LAW, f"Мыйзам {number}", f"Закон {number}", str(number), valid_until=until
            )  # fmt: skip
            found.append(services.add_source(facts, by=by, now=make.clock()))
        services.amend(found[0], day, "3-берене", by=by, now=make.clock() + timedelta(seconds=1))
        return [source.id for source in found]


LISTS = {
    "all": "all=1", "page 500": "page=500", "page 2000": "page=2000", "approved": "status=approved",
    "approved, page 1000": "status=approved&page=1000", "waiting": "status=in_review", "area": "area=law",
    "sub-topic, difficulty, kind": "area=law/labour&difficulty=3&kind=matching", "author": "author=автор 7",
    "source": "source=12-берене", "identifier": "identifier=b07-001", "never used": "used=never&difficulty=5",
    "Russian gap": "gap=ru",
    "language gap": "gap=ky", "with enemies": "enemies=y", "days": "edited_from=01.01.2020&edited_to=31.12.2040",
    "sorted by difficulty": "sort=difficulty&order=down&page=1500", "sorted by day": "sort=edited&page=1500",
    "sorted by author": "sort=author&page=2000", "word in every question": "text=мектеп",
    "beginning of a word": "text=өнүк", "rare word": "text=ученик4711", "two words": "text=мектеп решение",
    "phrase": 'text="жетекчи мектеп"', "three words and filters": "text=окуучу право школа&kind=ordering&difficulty=2",
    "identifier as words": "text=B03-000123", "word of one letter": "text=м",
    "word, page 1500": "text=мектеп&page=1500", "nothing found": "text=жокко чыгарылган сөз",
}  # fmt: skip


def pages(who: str, work: Work) -> dict[str, str]:
    """Every page that is measured for a person of this role, with its address; names of pages begin with a stroke.

    Whoever designs tests has the lists of an approver, and only one of them is measured.
    """
    found = {f"/{name}": path for name, path in work.pages[who].items()}
    return found if who == "administrator" else {name: f"bank/?{query}" for name, query in LISTS.items()} | found


def lists(app: Flask, person: UUID, asked: Mapping[str, str]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Milliseconds of every page for this person, by the clock and of our processor; addresses are below /staff/."""
    client: FlaskClient = app.test_client()
    sign_in(client, db.session.get_one(User, person))
    took: dict[str, list[float]] = {name: [] for name in asked}
    busy: dict[str, list[float]] = {name: [] for name in asked}
    gc.collect()
    gc.freeze()  # as a serving process does once (wsgi.py): what filled the bank is not searched for garbage
    for _round in range(ROUNDS + 1):
        for name, address in asked.items():
            for known in list(g):
                g.pop(known)
            db.session.remove()
            began, worked = perf_counter(), process_time()
            answer = client.get(f"/staff/{address}")
            took[name].append((perf_counter() - began) * 1000)
            busy[name].append((process_time() - worked) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{name}: {answer.status_code}")
    for each in (*took.values(), *busy.values()):
        del each[0]  # the first round compiles statements and templates
    return took, busy


def tail(values: Sequence[float]) -> float:
    """The 95th percentile, to tenths; never above the greatest value."""
    return round(quantiles(values, n=20, method="inclusive")[-1], 1)


def searching(name: str, app: Flask, work: Work) -> dict[str, Figure]:
    """Lists, searches and pages of an approver (of the whole bank), of an author (their own), of who designs tests."""
    found: dict[str, Figure] = {}
    for who, person in work.people.items():
        took, busy = lists(app, person, pages(who, work))
        every, working = ([one for each in times.values() for one in each] for times in (took, busy))
        tails = dict(sorted(((which, tail(each)) for which, each in took.items()), key=lambda one: -one[1]))
        found[f"bank_lists_{who}_{name}"] = {
            "ours": max(tails.values()), "unit": "ms, 95th percentile of the slowest list",
            "slowest": next(iter(tails)),
            "processor": max(map(tail, busy.values())), "all_lists": tail(every), "all_lists_processor": tail(working),
            "median": round(median(every), 1), "maximum": round(max(every), 1), "questions": ITEMS, "tails": tails,
            "medians": {which: round(median(each), 1) for which, each in took.items()},
        }  # fmt: skip
    return found


def importing_five_thousand(name: str, make: Make, person: UUID) -> dict[str, Figure]:
    """The check of a file, then its import, each as the page does it; a check reads, compares and looks for twins."""
    data = FORMATS["xlsx"].write(drafts(IMPORTED, "NEW", 99))
    with transaction():
        by = db.session.get_one(User, person)
        upload = imports.stage_upload(data, FORMATS["xlsx"], "bank.xlsx", by=by, now=make.clock())
        check_id, upload_id = checking.begin(upload, by=by, now=make.clock()).id, upload.id
    found = {f"bank_check_{name}": worked_off(make, checking.run, check_id) | {"unit": "seconds for a check of 5,000"}}
    with transaction():
        kept, by = db.session.get_one(BankUpload, upload_id), db.session.get_one(User, person)
        import_id = importing.begin(kept, keep_good=False, submit=True, by=by, now=make.clock()).id
    taken = worked_off(make, importing.run, import_id)
    return found | {f"bank_import_{name}": taken | {"unit": "seconds for a file of 5,000 questions"}}


def worked_off(make: Make, work: Callable[[UUID], None], work_id: UUID) -> Figure:
    """Seconds of work on a file in the background, by the clock and of our processor."""
    began, worked = perf_counter(), process_time()
    background.start(lambda: work(work_id), name="import")
    background.finish(make.app, seconds=3600)
    took, busy = perf_counter() - began, process_time() - worked
    db.session.rollback()
    found = db.session.get_one(BankImport, work_id)
    if found.state != ImportState.DONE or found.done != IMPORTED:
        raise RuntimeError(f"the work on the file ended as {found.state}: {found.sentence}")
    return {
        "ours": round(took, 3), "processor": round(busy, 1), "questions": IMPORTED, "in_the_bank_before": ITEMS,
    }  # fmt: skip


def figures(only: str | None = None) -> dict[str, Figure]:
    """Everything of this module; ``only`` is one database."""
    found: dict[str, Figure] = {}
    for name in DATABASES:
        if only not in (None, name):
            continue
        folder = TemporaryDirectory(prefix="bench-")
        with database(name) as url, folder as keys, installation(Path(keys), url) as (make, _clock):
            people = fill(make, ITEMS)
            found |= importing_five_thousand(name, make, people[1])
            found |= searching(name, make.app, under_way(make, people))
    return found


def main() -> None:
    """This part of the benchmarks alone; nothing is kept."""
    for name, figure in figures().items():
        print(name, figure)


if __name__ == "__main__":
    main()
