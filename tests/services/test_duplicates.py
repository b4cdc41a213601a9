"""What a check says of questions that look alike is what an obvious calculation says that reads everything."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.db import db, transaction
from question_bank import queries, similarity
from question_bank.exchange.drafts import ItemDraft, OptionDraft
from question_bank.life_models import NotDuplicate, texts_of
from question_bank.models import Item
from question_bank.services import duplicates, items
from question_bank.similarity import Likeness, Text
from tests.life_scene import LifeScene
from tests.services.bank_files import draft

KY = "мектеп окуучу мугалим жетекчи кеңеш устав чечим билим берүү укук милдет тартип сабак план баа".split()  # noqa: SIM905
RU = "школа ученик учитель совет устав решение право обязанность порядок урок план оценка закон срок".split()  # noqa: SIM905


@pytest.fixture
def scene(make, clock):
    """A bank of 30 questions in fives of like ones: three are out of use, three have two versions.

    The second version of the last is worded quite otherwise than the first.
    """
    scene, chance = LifeScene(make, clock, count=0), random.Random(5)
    scene.ids = [
        scene.write(one) for root in range(6) for one in family(chance, f"LAW-{root}", numeric=root == 5, size=5)
    ]
    scene.approve(2, 12, 22)
    with transaction():
        for number in (1, 11, 21):
            items.retire(scene.item(number), "Эскирди", by=scene.first, now=clock())
        for number in (2, 12, 22):
            version = items.new_version(scene.item(number), by=scene.author, now=clock())
        whole = other(chance, "LAW-4-2", numeric=False)
        items.edit_version(version, whole, by=scene.author, now=clock())
    return scene


def other(chance: random.Random, external_id: str, *, numeric: bool) -> ItemDraft:
    """A question of words that come again and again in a bank, so that many share a key."""

    def text(words: int) -> OptionDraft:
        return OptionDraft(" ".join(chance.choices(KY, k=words)), " ".join(chance.choices(RU, k=words)))

    stem = text(9)
    kind = (
        {"kind": "numeric", "options": (), "key": ("7", "0")} if numeric else {"options": (text(3), text(4), text(5))}
    )
    return draft(external_id, stem_ky=stem.ky, stem_ru=stem.ru, **kind)


def family(chance: random.Random, name: str, *, numeric: bool, size: int) -> list[ItemDraft]:
    """A question, and others that are equal to it, near it, or like it by the stem or by one language alone."""
    first = other(chance, f"{name}-0", numeric=numeric)
    words = first.stem_ky.split()
    made = [
        replace(first, stem_ky=first.stem_ky.upper() + "!", options=first.options[::-1]),
        replace(first, stem_ky=" ".join([*words[:-1], "күтүлбөгөн"]), stem_ru=f"{first.stem_ru} ли"),
        replace(first, options=other(chance, "X", numeric=False).options if first.options else ()),
        replace(other(chance, "X", numeric=numeric), stem_ru=first.stem_ru),
        replace(first, stem_ky=f"<p>{first.stem_ky}</p>", stem_ru=f"<p>{first.stem_ru}</p>", is_rich=True),
    ]
    return [first, *(replace(one, external_id=f"{name}-{place}") for place, one in enumerate(made, start=1))][:size]


def alike(one: Sequence[Text], others: Sequence[Text]) -> bool:
    by_language = {text.language: text for text in others}
    return any(similarity.likeness(text, by_language[text.language])[0] for text in one if text.language in by_language)


def of_one_stem(one: Sequence[Text], others: Sequence[Text]) -> bool:
    said = {similarity.likeness(text, other)[0] for text in one for other in others if text.language == other.language}
    return bool(said & {Likeness.EQUAL, Likeness.SAME_STEM})


def keys(texts: Sequence[Text]) -> set[int]:
    return {key for text in texts for key in similarity.keys(text)}


def by_hand(news: Sequence[ItemDraft], most: int) -> dict[str, list[str]]:
    """For each question of a file those that it is like, in the bank and then before it in the file; everything read.

    Looked at are those ``most`` that share most keys, in the bank by id, and in the file the first of equals, there
    after all of the same stem.
    """
    bank = [(item, max(item.versions, key=lambda one: one.number)) for item in db.session.scalars(db.select(Item))]
    found, before = {}, list[tuple[str, list[Text]]]()
    for one in news:
        texts = duplicates._texts_of_draft(one)
        shared = [(len(keys(texts) & keys(texts_of(newest))), item, texts_of(newest)) for item, newest in bank]
        nearest = sorted((-count, item.id.hex, item, words) for count, item, words in shared if count)[:most]
        named = sorted(
            item.external_id
            for _count, _id, item, words in nearest
            if not item.retired_at and item.external_id != one.external_id and alike(texts, words)
        )
        copies = [number for number, (_name, words) in enumerate(before) if of_one_stem(texts, words)][:5]
        met = [(len(keys(texts) & keys(words)), number) for number, (_name, words) in enumerate(before)]
        near = sorted((-count, number) for count, number in met if count)[:most]
        rest = [number for _count, number in near if number not in copies and alike(texts, before[number][1])]
        named += [before[number][0] for number in [*copies, *rest][:5]]
        if named:
            found[one.external_id] = named[:5]
        before.append((one.external_id, texts))
    return found


def test_a_file_is_warned_of_what_reading_every_question_of_the_bank_finds(scene, monkeypatch):
    """Also where more share a key than are looked at, and where the bank is read in many parts."""
    chance = random.Random(5)
    news = [one for root in range(6) for one in family(chance, f"NEW-{root}", numeric=root == 5, size=6)]
    news += [other(chance, f"NEW-7-{number}", numeric=False) for number in range(4)]  # the first: what LAW-4-2 became
    news.append(replace(news[0], external_id="LAW-0-0"))  # of an id that the bank has: never like itself
    for most, part in ((50, 500), (4, 3), (2, 1)):
        monkeypatch.setattr(duplicates, "MOST", most)
        monkeypatch.setattr(duplicates, "_PART", part)
        said = {one.external_id: str(one.message).rsplit(": ", 1)[1].split(", ") for one in duplicates.warnings(news)}
        expected = by_hand(news, most)
        assert said == expected and len(said) >= 30
        named = {name for names in said.values() for name in names}
        assert {"LAW-0-1", "LAW-2-1", "LAW-4-1"}.isdisjoint(named)  # out of use
        assert [one for one, names in said.items() if "LAW-4-2" in names] == ["NEW-7-0"]  # by its new words alone


OPENING = "Төмөндө берилген тексттин мазмунуна жана мыйзамдын талаптарына ылайык туура жоопту тандаңыз эми мында"


def long_file(count: int) -> list[ItemDraft]:
    """Questions that begin with the same words: nearly all of them share a key with all the others."""
    chance, words = random.Random(4), [f"сөз{number}" for number in range(4000)]

    def text(said: int) -> str:
        return " ".join(chance.sample(words, said))

    return [
        draft(
            f"B-{number}", stem_ky=f"{OPENING} {text(12)}", stem_ru="",
            options=tuple(OptionDraft(text(2), "") for _ in range(4)),
        )
        for number in range(count)
    ]  # fmt: skip


def test_copies_are_found_at_the_end_of_a_long_file_of_questions_that_begin_alike(app, monkeypatch):
    monkeypatch.setattr(duplicates, "MOST", 4)  # so that a file need not be very long
    file = long_file(120)
    copy, near = replace(file[-1], external_id="COPY"), replace(file[-2], external_id="NEAR")
    news = [*file, copy, replace(near, stem_ky=f"{near.stem_ky} эмне")]
    said = {one.external_id: str(one.message).rsplit(": ", 1)[1] for one in duplicates.warnings(news)}
    assert said == {"COPY": "B-119", "NEAR": "B-118"}


def test_a_short_stem_is_the_same_question_only_over_the_same_options(app):
    file = [replace(one, stem_ky="Кайсынысы туура?") for one in long_file(60)]
    copy = replace(file[-1], external_id="COPY", options=file[-1].options[::-1])
    assert [one.external_id for one in duplicates.warnings([*file, copy])] == ["COPY"]


def test_a_file_of_one_question_many_times_over_is_named_by_its_first_copies_and_costs_no_more_for_each(app):
    one = long_file(1)[0]
    seen, times = list[int](), 400
    texts = [duplicates._texts_of_draft(one) for _ in range(times)]
    for found in duplicates._of_file(texts, [duplicates._keys(own) for own in texts]):
        assert found == list(range(min(len(seen), 5)))
        seen.append(len(found))
    assert len(seen) == times


def test_what_is_said_beside_a_question_is_what_reading_every_question_finds(scene, clock):
    with transaction():
        duplicates.excuse(scene.item(0), scene.item(4), "Башка бөлүм үчүн", by=scene.author, now=clock())
    bank = [queries.get_version(one) for one in scene.ids]
    excused = {frozenset((one.item_id, one.other_id)) for one in db.session.scalars(db.select(NotDuplicate))}
    pairs = 0
    for version in [one for number, one in enumerate(bank) if number not in (2, 12, 22)]:
        words = texts_of(version)
        expected = {
            item.external_id: frozenset((version.item_id, item.id)) in excused
            for item in db.session.scalars(db.select(Item).where(Item.retired_at.is_(None)))
            for newest in [texts_of(max(item.versions, key=lambda one: one.number))]
            if item.id != version.item_id and keys(words) & keys(newest) and alike(words, newest)
        }
        said = {twin.external_id: twin.excuse is not None for twin in duplicates.twins(version)}
        assert said == expected
        pairs += len(said)
    assert pairs > 40


def test_while_a_check_says_how_far_it_is_it_holds_nothing_of_the_database(scene):
    """What is told of the work is committed, which ends what was read before; the findings are the same."""
    chance, told = random.Random(5), list[int]()
    news = [one for root in range(6) for one in family(chance, f"NEW-{root}", numeric=root == 5, size=5)]

    def tell(one: int) -> None:
        with transaction():
            told.append(one)
        assert not list(db.session.identity_map)

    def said(progress=lambda _one: None):
        return [(one.external_id, str(one.message)) for one in duplicates.warnings(news, progress)]

    found = said()
    db.session.rollback()
    db.session.expunge_all()
    assert said(tell) == found and told == [1] * len(news)
