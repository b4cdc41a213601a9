"""Sealed parts of the bank: answer keys and rationales, salts of form items, and what a sealed form consists of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from core.crypto import canonical, keyring, nonce_of, sha256
from question_bank import merkle
from question_bank.exchange.drafts import Medium
from question_bank.flaws import Flaw
from question_bank.kinds.base import Content, Key, Parts, Response
from question_bank.kinds.registry import kind_of
from question_bank.life_models import SessionItem
from question_bank.models import FormItem, ItemVersion, TestForm, TestSpecification
from question_bank.rich_queries import media_of
from question_bank.translations import wordings


def seal_key(version_id: UUID, kind: str, key: Sequence[Any]) -> bytes:
    """Seal an answer key, written as its kind writes it."""
    return keyring().seal("bank", canonical(kind_of(kind).canonical(key)), ("item_version", str(version_id), "key"))


def open_key(version: ItemVersion) -> Key:
    """The answer key as its kind writes it; whoever calls for a person audits it.

    Raises:
        CannotOpen: the sealed key belongs to another version or was altered.
    """
    return open_sealed_key(version.id, version.kind, version.key_sealed)


def open_sealed_key(version_id: UUID, kind: str, sealed: bytes) -> Key:
    """:func:`open_key` for whoever has read no more of a version than this."""
    return kind_of(kind).canonical(json.loads(keyring().open("bank", sealed, ("item_version", str(version_id), "key"))))


def edition(version: ItemVersion) -> str:
    """32 hex digits that change with every saving of a version, and tell nothing of it.

    Each saving seals the key anew, with a nonce of its own, by which two savings within one tick of the clock differ as
    well; a change of the sealing key keeps it.
    """
    return sha256(canonical([version.edited_at.isoformat(), nonce_of(version.key_sealed).hex()])).hex()[:32]


def content_without_key(version: ItemVersion) -> Content:
    """The texts of a version for somebody who may not see its key, in an order of chance that is always the same.

    It follows from the id of the version and a secret of the installation, not from the key: without that secret
    nobody comes from it to the order in which the author wrote.
    """
    random = Random(keyring().lookup("index", str(version.id), ("item_version", "order")))
    texts = Content(wordings(version.options), wordings(version.targets or ()), ())
    return kind_of(version.kind).veiled(texts, random)


def seal_rationale(version_id: UUID, text: str) -> bytes:
    """Seal the explanation of key and distractors."""
    return keyring().seal("bank", text.encode(), ("item_version", str(version_id), "rationale"))


def open_rationale(version: ItemVersion) -> str:
    """The explanation, empty where there is none."""
    if version.rationale_sealed is None:
        return ""
    return keyring().open("bank", version.rationale_sealed, ("item_version", str(version.id), "rationale")).decode()


def seal_flaws(review_id: UUID, found: Sequence[Flaw]) -> bytes:
    """Seal what the program found at a decision: some of it tells the key."""
    told = [{"code": flaw.code, "language": flaw.language, "place": flaw.place} for flaw in found]
    return keyring().seal("bank", canonical(told), ("review_checklist", str(review_id), "flaws"))


def open_flaws(review_id: UUID, sealed: bytes) -> list[Flaw]:
    """What the program had found at a decision."""
    found = json.loads(keyring().open("bank", sealed, ("review_checklist", str(review_id), "flaws")))
    return [Flaw(one["code"], one["language"], one["place"]) for one in found]


def seal_salt(form_item_id: UUID, salt: bytes) -> bytes:
    """Seal the salt of a leaf."""
    return keyring().seal("bank", salt, ("form_item", str(form_item_id), "salt"))


def open_salt(item: FormItem) -> bytes:
    """The 32 bytes without which a leaf tells nothing."""
    return keyring().open("bank", item.salt_sealed, ("form_item", str(item.id), "salt"))


def seal_session_salt(session_item_id: UUID, salt: bytes) -> bytes:
    """Seal the salt of the digest of a version that a session decided on."""
    return keyring().seal("bank", salt, ("session_item", str(session_item_id), "salt"))


def open_session_salt(entry: SessionItem) -> bytes:
    """The 32 bytes without which the digest of a version in minutes tells nothing of its key."""
    return keyring().open("bank", entry.salt_sealed or b"", ("session_item", str(entry.id), "salt"))


def version_content(version: ItemVersion) -> dict[str, Any]:
    """Everything about a version that must not change once it is approved, with its key."""
    content: dict[str, Any] = {
        "item": version.item.external_id, "version": version.number, "kind": str(version.kind),
        "difficulty": version.difficulty, "stem": {"ky": version.stem_ky, "ru": version.stem_ru},
        "options": version.options, "targets": version.targets or [], "key": list(open_key(version)),
        "partial": version.is_partial,
    }  # fmt: skip
    if version.is_rich:
        content["media"] = [_named(medium) for medium in media_of(version.id)]
    return content


def parts_of(item: FormItem) -> Parts:
    """Ids of options and targets in the form."""
    return Parts(tuple(item.option_ids), tuple(item.target_ids or ()))


def key_in_form(item: FormItem) -> Response:
    """The answer key in the ids of the form."""
    return kind_of(item.version.kind).bind(open_key(item.version), parts_of(item))


def leaf_content(item: FormItem) -> dict[str, Any]:
    """Everything about an item in a form that must not change afterwards.

    What only some questions have stands only there: forms sealed before there were such keep their digests.
    """
    version, parts = item.version, parts_of(item)
    content: dict[str, Any] = {
        "position": item.position, "item": version.item.external_id, "version": version.number,
        "kind": str(version.kind), "stem": {"ky": version.stem_ky, "ru": version.stem_ru},
        "options": _identified(parts.options, version.options), "key": list(key_in_form(item)), "points": item.points,
    }  # fmt: skip
    if parts.targets:
        content["targets"] = _identified(parts.targets, version.targets)
    if version.is_partial:
        content["partial"] = True
    if version.is_rich:
        content["rich"] = True
        content["media"] = [_named(medium) for medium in media_of(version.id)]
    return content


def _named(medium: Medium) -> str:
    """A picture by what it is now, whatever it is called: a changed one changes the digest."""
    return sha256(medium.content).hex() + medium.name[-4:]


def _identified(ids: Sequence[str], texts: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [{"id": id_, "ky": text["ky"], "ru": text["ru"]} for id_, text in zip(ids, texts, strict=True)]


def terms(
    form_id: UUID, variant: int, specification: TestSpecification, items: int, scoring_version: int
) -> dict[str, Any]:
    """The terms of a form: what besides its items the digest fixes."""
    return {
        "form": str(form_id), "variant": variant, "items": items, "cut_score": specification.cut_score,
        "duration_minutes": specification.minutes, "scoring_version": scoring_version,
    }  # fmt: skip


def recompute(form: TestForm) -> bytes:
    """The digest as it follows now from the stored items, keys, salts and terms."""
    return _digest(form, _leaves(form))


def seal_holds(form: TestForm) -> bool:
    """Whether leaves, root and digest are those that follow now from the stored items, keys, salts and terms."""
    leaves = _leaves(form)
    stored = [item.leaf for item in form.items]
    return (leaves, merkle.root(leaves), _digest(form, leaves)) == (stored, form.root, form.digest)


def _leaves(form: TestForm) -> list[bytes]:
    return [merkle.leaf(open_salt(item), leaf_content(item)) for item in form.items]


def _digest(form: TestForm, leaves: Sequence[bytes]) -> bytes:
    return merkle.digest(
        merkle.root(leaves), terms(form.id, form.variant, form.specification, len(form.items), form.scoring_version)
    )
