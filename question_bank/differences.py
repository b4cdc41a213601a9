"""What changed between two versions of a question, word by word, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from core import markup
from question_bank.exchange.drafts import LANGUAGES, ItemDraft
from question_bank.kinds.base import Parts, Wording, letter
from question_bank.kinds.registry import kind_of
from question_bank.rules import ItemKind

Sign = Literal["same", "added", "removed"]
_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")
#: Kinds whose texts are stored in a drawn order: their places say nothing of which was which.
_SCATTERED = {ItemKind.ORDERING, ItemKind.MATCHING}
_LETTERED = {ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_RESPONSE}  # people speak of their options by letters
_ALIKE = 0.4  # less in common: another text, not a changed one


@dataclass(frozen=True)
class Piece:
    """Words in a row that stayed, came or went."""

    sign: Sign
    text: str


@dataclass(frozen=True)
class Change:
    """One text in both versions: ``side`` is ``stem``, ``option`` or ``target``, ``sign`` its letter or number.

    ``is_form``: the words are the same, but their form or a picture is another.
    """

    side: str
    sign: str
    pieces: dict[str, list[Piece]]
    is_form: dict[str, bool]

    @property
    def is_changed(self) -> bool:
        """Whether anything differs."""
        words = any(piece.sign != "same" for pieces in self.pieces.values() for piece in pieces)
        return words or any(self.is_form.values())


def words(old: str, new: str) -> list[Piece]:
    """The words of both texts in one row; what went stands before what came in its place."""
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[i:j])))
            continue
        pieces += [Piece("removed", "".join(before[i:j]))] if j > i else []
        pieces += [Piece("added", "".join(after[k:m]))] if m > k else []
    return pieces


def changes(old: ItemDraft, new: ItemDraft, *, is_veiled: bool = False) -> list[Change]:
    """Every text of either version, in the order of the new one; what went stands last.

    ``is_veiled``: both stand in an order of chance, so that a place says nothing of which was which.
    """
    pairs = [("stem", "", Wording(old.stem_ky, old.stem_ru), Wording(new.stem_ky, new.stem_ru))]
    by_place = not (is_veiled or _is_scattered(old, new))
    for side, before, after in (("option", old.options, new.options), ("target", old.targets, new.targets)):
        for index, (one, other) in enumerate(_paired(before, after, by_place=by_place)):
            sign = letter(index) if side == "option" else str(index + 1)
            pairs.append((side, sign if other else "–", one or Wording("", ""), other or Wording("", "")))
    return [
        Change(
            side, sign,
            {
                code: words(_plain(getattr(one, code), old.is_rich), _plain(getattr(other, code), new.is_rich))
                for code in LANGUAGES
            },
            {code: _is_form(getattr(one, code), getattr(other, code), old.is_rich, new.is_rich) for code in LANGUAGES},
        )
        for side, sign, one, other in pairs
    ]  # fmt: skip


def key_change(old: ItemDraft, new: ItemDraft) -> tuple[list[Wording], list[Wording]] | None:
    """Both keys in words, as they stand in the stored order; None where they mean the same.

    Two keys are the same where they name the same texts: an option that was only reworded, a line that was only stored
    in another place is none other.
    """
    by_place = not _is_scattered(old, new)
    options = _places(old.options, new.options, by_place=by_place)
    targets = _places(old.targets, new.targets, by_place=by_place)
    moved = [
        (options.get(mark[0]), targets.get(mark[1])) if isinstance(mark, tuple)
        else options.get(mark) if isinstance(mark, int) else mark
        for mark in old.key
    ]  # fmt: skip
    is_ordered = ItemKind.ORDERING in {old.kind, new.kind}
    is_same = moved == list(new.key) if is_ordered else set(moved) == set(new.key)
    return None if is_same and old.kind == new.kind else (_key_words(old), _key_words(new))


def _places(before: Sequence[Wording], after: Sequence[Wording], *, by_place: bool) -> dict[int, int]:
    """Where each of the former texts stands now: the same words wherever they went, the rest as they are compared."""
    pairs = [(one, other) for one, other in _paired(before, after, by_place=by_place) if one and other]
    paired = {before.index(one): after.index(other) for one, other in pairs}
    return paired | {index: after.index(one) for index, one in enumerate(before) if one in after}


def _key_words(draft: ItemDraft) -> list[Wording]:
    kind = kind_of(draft.kind)
    sides = {"o": draft.options, "t": draft.targets}
    ids = {side: tuple(f"{side}{index}" for index in range(len(texts))) for side, texts in sides.items()}
    key = kind.bind(draft.key, Parts(ids["o"], ids["t"]))
    ky, ru = (
        kind.key_words(key, {
            id_: _plain(getattr(text, code), draft.is_rich)
            for side, texts in sides.items() for id_, text in zip(ids[side], texts, strict=True)
        })
        for code in ("ky", "ru")
    )  # fmt: skip
    signs = [f"{letter(index)}. " for index in sorted(mark for mark in draft.key if isinstance(mark, int))]
    if draft.kind not in _LETTERED:
        signs = [""] * len(ky)
    return [Wording(sign + one, sign + other) for sign, one, other in zip(signs, ky, ru, strict=True)]


def _is_scattered(old: ItemDraft, new: ItemDraft) -> bool:
    return bool({old.kind, new.kind} & _SCATTERED)


def _plain(text: str, is_rich: bool) -> str:
    return markup.plain(text) if is_rich else text


def _is_form(one: str, other: str, was_rich: bool, is_rich: bool) -> bool:
    if not (was_rich or is_rich) or _plain(one, was_rich) != _plain(other, is_rich):
        return False
    return (one if was_rich else markup.as_html(one)) != (other if is_rich else markup.as_html(other))


def _paired(
    before: Sequence[Wording], after: Sequence[Wording], *, by_place: bool
) -> Iterator[tuple[Wording | None, Wording | None]]:
    left = list(before)
    if by_place:
        for index, other in enumerate(after):
            yield (before[index] if index < len(before) else None), other
        yield from ((one, None) for one in before[len(after) :])
        return
    for other in after:
        one = max(left, key=lambda one: _share(one, other), default=None)
        if one is not None and _share(one, other) >= _ALIKE:
            left.remove(one)
            yield one, other
        else:
            yield None, other
    yield from ((one, None) for one in left)


def _share(one: Wording, other: Wording) -> float:
    return max(SequenceMatcher(None, getattr(one, c), getattr(other, c), autojunk=False).ratio() for c in LANGUAGES)
