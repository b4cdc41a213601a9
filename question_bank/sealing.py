"""Sealed parts of the bank: answer keys and rationales, salts of form items, and what a sealed form consists of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.crypto import canonical, keyring
from question_bank import merkle
from question_bank.models import FormItem, ItemVersion, TestForm, TestSpecification


def seal_key(version_id: UUID, indexes: Sequence[int]) -> bytes:
    """Seal an answer key: indexes into the version's options."""
    return keyring().seal("bank", canonical(sorted(indexes)), ("item_version", str(version_id), "key"))


def open_key(version: ItemVersion) -> tuple[int, ...]:
    """Indexes of the right options; whoever calls for a person audits it.

    Raises:
        CannotOpen: the sealed key belongs to another version or was altered.
    """
    return tuple(json.loads(keyring().open("bank", version.key_sealed, ("item_version", str(version.id), "key"))))


def seal_rationale(version_id: UUID, text: str) -> bytes:
    """Seal the explanation of key and distractors."""
    return keyring().seal("bank", text.encode(), ("item_version", str(version_id), "rationale"))


def open_rationale(version: ItemVersion) -> str:
    """The explanation, empty where there is none."""
    if version.rationale_sealed is None:
        return ""
    return keyring().open("bank", version.rationale_sealed, ("item_version", str(version.id), "rationale")).decode()


def seal_salt(form_item_id: UUID, salt: bytes) -> bytes:
    """Seal the salt of a leaf."""
    return keyring().seal("bank", salt, ("form_item", str(form_item_id), "salt"))


def open_salt(item: FormItem) -> bytes:
    """The 32 bytes without which a leaf tells nothing."""
    return keyring().open("bank", item.salt_sealed, ("form_item", str(item.id), "salt"))


def key_ids(version: ItemVersion, option_ids: Sequence[str]) -> list[str]:
    """The answer key as the option ids of one form."""
    return [option_ids[index] for index in open_key(version)]


def leaf_content(position: int, version: ItemVersion, option_ids: Sequence[str], points: int) -> dict[str, Any]:
    """Everything about an item in a form that must not change afterwards."""
    return {
        "position": position, "item": version.item.external_id, "version": version.number, "kind": str(version.kind),
        "stem": {"ky": version.stem_ky, "ru": version.stem_ru},
        "options": [{"id": i, "ky": o["ky"], "ru": o["ru"]} for i, o in zip(option_ids, version.options, strict=True)],
        "key": key_ids(version, option_ids), "points": points,
    }  # fmt: skip


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
    leaves = [
        merkle.leaf(open_salt(i), leaf_content(i.position, i.version, i.option_ids, i.points)) for i in form.items
    ]
    return merkle.digest(
        merkle.root(leaves), terms(form.id, form.variant, form.specification, len(form.items), form.scoring_version)
    )
