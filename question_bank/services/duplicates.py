"""Questions that look alike: found by an index of their words, judged by the words themselves, excused by a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from uuid import UUID, uuid4

from accounts.models import User
from core import audit, markup
from core.db import db
from core.i18n import lazy_gettext as _l
from question_bank import life, life_queries, similarity, writing
from question_bank.exchange.drafts import ItemDraft, Problem
from question_bank.life_models import NotDuplicate, Wording, texts_of
from question_bank.models import Item, ItemVersion
from question_bank.similarity import Likeness, Text

WARNING = "near_duplicate"  # the code of what :func:`warnings` finds
_NAMED = 5  # questions in a sentence
MOST = 50  # candidates that are looked at for one question, those with most keys in common
_COUNTED = 2_000  # places at keys that are counted for one question of a file: the work grows with its length alone
_PART = 500  # questions of the bank that are read at once


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


def check_compared(version: ItemVersion) -> None:
    """Refuse to submit unread what looks like another question; on its page both stand side by side.

    Raises:
        LooksLikeOthers: nobody has said of some twin that it is no duplicate.
    """
    if found := open_twins(version):  # in the order of ids: by likeness they would tell of others' words
        raise writing.LooksLikeOthers(ids=", ".join(sorted(twin.external_id for twin in found)))


def like_own(draft: ItemDraft, *, item_id: UUID | None, by: User) -> list[Wording]:
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
        (order.index(likeness), -share, other.external_id, other)
        for other in life_queries.newest_of(found)
        for likeness, share in (_likeness(texts, texts_of(other)),)
        if likeness is not None and other.item_id not in excused
    ]
    return [other for *_rank, other in sorted(judged, key=lambda one: one[:3])[:5]]


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
    found = []
    for draft, of_bank, of_file in zip(drafts, _of_bank(drafts, texts, keys), _of_file(texts, keys), strict=True):
        named = of_bank + [drafts[other].external_id for other in of_file]
        if named:
            found.append(_warning(draft, named))
        progress(1)
    return found


def _of_bank(drafts: Sequence[ItemDraft], texts: Sequence[list[Text]], keys: Sequence[set[int]]) -> Iterator[list[str]]:
    """For each question of a file in turn, the identifiers of those of the bank that it is like.

    Those of the bank are read in parts, in the order in which they are first needed, held at once against every
    question that they are near to, and forgotten: nothing is read twice, and no more of the bank is held than a part.
    """
    nearest = _nearest(keys)
    near_to: defaultdict[str, list[int]] = defaultdict(list)
    for number, ids in enumerate(nearest):
        for item_id in ids:
            near_to[item_id].append(number)
    unread, judged = iter(near_to), set[str]()
    alike: defaultdict[int, list[str]] = defaultdict(list)
    for number, ids in enumerate(nearest):
        while not judged.issuperset(ids):
            part = list(islice(unread, _PART))
            judged.update(part)
            for other in life_queries.newest_of(map(UUID, part)):
                words, name = texts_of(other), other.external_id
                for one in near_to[other.item_id.hex]:
                    if drafts[one].external_id != name and _are_alike(texts[one], words):
                        alike[one].append(name)
        yield sorted(alike.pop(number, ()))


def _nearest(keys: Sequence[set[int]]) -> list[list[str]]:
    """For each question those of the bank that share most of its keys (ids in hexadecimal), the first of equals."""
    known, found = life_queries.by_key(set().union(*keys)), []
    for own in keys:
        shared = Counter(chain.from_iterable(known.get(key, ()) for key in own))
        found.append(sorted(sorted(shared), key=shared.__getitem__, reverse=True)[:MOST])
    return found


def _of_file(texts: Sequence[list[Text]], keys: Sequence[set[int]]) -> Iterator[list[int]]:
    """For each question of a file in turn, the numbers of earlier ones that it is like: no more than are named.

    Those of the same stem first, which none is missed of, then of those that share most of its keys the ones like it.
    """
    same: defaultdict[object, list[int]] = defaultdict(list)
    earlier: defaultdict[int, list[int]] = defaultdict(list)
    for number, own in enumerate(keys):
        stems = [stem for text in texts[number] if (stem := similarity.sameness(text))]
        copies = sorted({other for stem in stems for other in same[stem]})[:_NAMED]
        # A file of one question again and again has many copies: nobody looks further then.
        near = _sharing_most([earlier[key] for key in own]) if len(copies) < _NAMED else []
        alike = (other for other in near if other not in copies and _are_alike(texts[number], texts[other]))
        yield [*copies, *islice(alike, _NAMED - len(copies))]
        for stem in stems:
            if len(same[stem]) < _NAMED:
                same[stem].append(number)
        for key in own:
            earlier[key].append(number)


def _sharing_most(of_keys: Sequence[list[int]]) -> list[int]:
    """Of the numbers that stand at some keys those that stand at most of them, the first of equals.

    The rarest keys are counted first: what very many questions share, as a common opening, tells nothing of any.
    """
    rarest_first: list[list[int]] = sorted(of_keys, key=len)
    shared = Counter(islice(chain.from_iterable(rarest_first), _COUNTED))
    return sorted(sorted(shared), key=shared.__getitem__, reverse=True)[:MOST]


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


def _are_alike(texts: Iterable[Text], others: Sequence[Text]) -> bool:
    pairs = ((one, other) for one in texts for other in others if one.language == other.language)
    return any(similarity.are_alike(one, other) for one, other in pairs)


def _twin(version: Wording, likeness: Likeness | None, share: float, excuse: NotDuplicate | None) -> Twin:
    plain = markup.plain if version.is_rich else str
    return Twin(
        version.item_id, version.external_id, likeness or Likeness.NEAR, share, plain(version.stem_ky),
        plain(version.stem_ru), excuse,
    )  # fmt: skip


def _warning(draft: ItemDraft, named: Sequence[str]) -> Problem:
    message = _l("This question is like others. Look whether it is needed: %(ids)s", ids=", ".join(named[:_NAMED]))
    place = draft.place or None
    return Problem(place, draft.place_kind, draft.external_id, WARNING, message, "stem_ky", "warning")
