"""Questions that look alike: found by an index of their words, judged by the words themselves, excused by a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID, uuid4

from accounts.models import User
from core import audit, markup
from core.db import db
from core.i18n import lazy_gettext as _l
from question_bank import life, life_queries, similarity
from question_bank.exchange.drafts import ItemDraft, Problem
from question_bank.life_models import NotDuplicate, texts_of
from question_bank.models import Item, ItemVersion
from question_bank.similarity import Likeness, Text

_NAMED = 5  # questions in a sentence
MOST = 50  # candidates that are looked at for one question, those with most keys in common


@dataclass(frozen=True)
class Twin:
    """A question that looks like another. ``share`` is their likeness, 0 to 1; ``excuse`` says why it is no twin."""

    item_id: UUID
    external_id: str
    likeness: Likeness
    share: float
    stem_ky: str
    stem_ru: str
    excuse: NotDuplicate | None = None


def twins(version: ItemVersion) -> list[Twin]:
    """Questions in use that look like this one, the most alike first (3 statements; 1 where no word is shared)."""
    texts = texts_of(version)
    found = life_queries.sharing(_keys(texts), besides=version.item_id, most=MOST)
    if not found:
        return []
    excuses = life_queries.excuses(version.item_id)
    judged = [
        _twin(other, *like, excuses.get(other.item_id))
        for other in life_queries.newest_of(found)
        if (like := _likeness(texts, texts_of(other)))[0]
    ]
    return sorted(judged, key=lambda twin: (list(Likeness).index(twin.likeness), -twin.share, twin.external_id))


def open_twins(version: ItemVersion) -> list[Twin]:
    """Those of :func:`twins` of which nobody has said yet that they are no duplicates."""
    return [twin for twin in twins(version) if twin.excuse is None]


def like_own(draft: ItemDraft, *, item_id: UUID | None, by: User) -> list[Item]:
    """Of the questions that a person worked on those like what is being written, at most five, the most alike first.

    A hint while somebody types. What an author types and does not save leaves no trace, so that a hint about the
    questions of others would let them try out at leisure what the bank holds; of those they are told when they save,
    which is recorded. ``item_id`` is the question itself, if the bank has it.
    """
    texts = _texts_of_draft(draft)
    found = life_queries.sharing(_keys(texts), besides=item_id, most=MOST, own_of=by.id)
    excused = life_queries.excuses(item_id) if item_id and found else {}
    order = [*Likeness]
    judged = [
        (order.index(likeness), -share, other.item.external_id, other.item)
        for other in life_queries.newest_of(found)
        for likeness, share in (_likeness(texts, texts_of(other)),)
        if likeness is not None and other.item_id not in excused
    ]
    return [item for *_rank, item in sorted(judged, key=lambda one: one[:3])[:5]]


def excuse(item: Item, other: Item, reason: str, *, by: User, now: datetime) -> NotDuplicate:
    """Say that two questions that look alike are not the same; what was said last counts.

    Raises:
        CommentNeeded: no reason.
    """
    said = life.check_reason(reason)
    low, high = sorted((item.id, other.id), key=lambda one: one.hex)
    kept = life_queries.excuses(item.id).get(other.id)
    if kept is None:
        kept = NotDuplicate(id=uuid4(), item_id=low, other_id=high, reason=said, by_id=by.id, at=now)
        db.session.add(kept)
    kept.reason, kept.by_id, kept.at = said, by.id, now
    audit.record(
        "item.not_duplicate", item, by=by, at=now, external_id=item.external_id, other=other.external_id, reason=said
    )
    return kept


def warnings(drafts: Sequence[ItemDraft], progress: Callable[[int], None] = lambda _n: None) -> list[Problem]:
    """A warning for each question of a file that looks like one of the bank, or like an earlier one of the file.

    ``progress`` is called with 1 after each question; nothing of the database is held then.
    """
    texts = [_texts_of_draft(draft) for draft in drafts]
    keys = [_keys(own) for own in texts]
    known = life_queries.by_key({key for own in keys for key in own})
    wanted = {item_id for ids in known.values() for item_id in ids}
    of_bank = {other.item_id: (other.item.external_id, texts_of(other)) for other in life_queries.newest_of(wanted)}
    earlier: defaultdict[int, list[int]] = defaultdict(list)
    found = []
    for number, draft in enumerate(drafts):
        named = _alike(texts[number], keys[number], known, of_bank, draft.external_id)
        before = sorted({other for key in keys[number] for other in earlier[key]})[:MOST]
        alike = (drafts[other].external_id for other in before if _likeness(texts[number], texts[other])[0])
        named += islice(alike, _NAMED)  # no more are named, and a file of one question again and again has many
        for key in keys[number]:
            if len(earlier[key]) < MOST:  # the first so many of each make the first so many of all
                earlier[key].append(number)
        if named:
            found.append(_warning(draft, named))
        progress(1)
    return found


def _alike(
    texts: list[Text], keys: Collection[int], known: Mapping[int, Collection[UUID]],
    of_bank: Mapping[UUID, tuple[str, list[Text]]], own: str,
) -> list[str]:  # fmt: skip
    shared: defaultdict[UUID, int] = defaultdict(int)
    for key in keys:
        for item_id in known.get(key, ()):
            shared[item_id] += 1
    nearest = sorted(shared, key=lambda item_id: (-shared[item_id], item_id.hex))[:MOST]
    judged = [of_bank[item_id] for item_id in nearest if item_id in of_bank]
    return sorted(name for name, other in judged if name != own and _likeness(texts, other)[0])


def _keys(texts: Iterable[Text]) -> set[int]:
    return {key for text in texts for key in similarity.keys(text)}


def _texts_of_draft(draft: ItemDraft) -> list[Text]:
    plain = markup.plain if draft.is_rich else str
    parts = (*draft.options, *draft.targets)
    return [
        Text(language, plain(stem), tuple(plain(getattr(part, language)) for part in parts))
        for language, stem in (("ky", draft.stem_ky), ("ru", draft.stem_ru))
        if stem.strip()
    ]


def _likeness(texts: Iterable[Text], others: Iterable[Text]) -> tuple[Likeness | None, float]:
    by_language = {text.language: text for text in others}
    pairs = [(text, by_language[text.language]) for text in texts if text.language in by_language]
    return similarity.gravest(similarity.likeness(one, other) for one, other in pairs)


def _twin(version: ItemVersion, likeness: Likeness | None, share: float, excuse: NotDuplicate | None) -> Twin:
    plain = markup.plain if version.is_rich else str
    return Twin(
        version.item_id, version.item.external_id, likeness or Likeness.NEAR, share, plain(version.stem_ky),
        plain(version.stem_ru), excuse,
    )  # fmt: skip


def _warning(draft: ItemDraft, named: Sequence[str]) -> Problem:
    message = _l("This question is like others. Look whether it is needed: %(ids)s", ids=", ".join(named[:_NAMED]))
    place = draft.place or None
    return Problem(place, draft.place_kind, draft.external_id, "near_duplicate", message, "stem_ky", "warning")
