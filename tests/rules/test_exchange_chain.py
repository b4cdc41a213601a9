"""A bank of 300 mixed questions goes through the formats one after the other and comes back as it was."""

from __future__ import annotations

from dataclasses import replace

from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.formats import FORMATS
from tests.rules.test_fuzz import bank, rich

WAY = ("xlsx", "qti", "moodle-xml", "gift", "qti-2.2", "qti-2.1", "xlsx")


def mixed(count: int, *patterns: ItemDraft) -> list[ItemDraft]:
    """As many questions of these patterns in turn, each with an id and an enemy of its own."""
    return [
        replace(
            patterns[n % len(patterns)],
            external_id=f"MIX-{n:03d}",
            sub_topic=("act", "court")[n % 2],
            difficulty=n % 5 + 1,
            stem_ru=patterns[n % len(patterns)].stem_ru + f" {n}",
            enemies=(f"MIX-{(n + 7) % count:03d}",),
        )
        for n in range(count)
    ]


def test_a_mixed_bank_goes_through_every_format_and_loses_nothing():
    formula = replace(rich(), stem_ky="<p>H<sub>2</sub>O</p>", stem_ru="<p>H<sub>2</sub>O</p>", media=())
    wanted = mixed(300, *bank(), formula)
    items = wanted
    for name in WAY:
        reading = FORMATS[name].read(FORMATS[name].write(items))
        assert (name, reading.problems, reading.seen) == (name, (), 300)
        items = list(reading.items)
    assert items == wanted


def test_pictures_go_through_the_formats_that_have_a_place_for_them():
    wanted = mixed(10, rich())
    items = wanted
    for name in ("qti", "moodle-xml", "qti-2.1", "qti-2.2"):
        items = list(FORMATS[name].read(FORMATS[name].write(items)).items)
    assert items == wanted
