"""Making sealed forms from an approved specification."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from accounts.models import User
from core import audit
from core.db import db
from core.errors import CannotOpen
from question_bank import merkle, queries, rules, sealing
from question_bank.assembly.assemble import assemble
from question_bank.models import FormItem, ItemVersion, TestForm, TestSpecification

OPTION_ID_BYTES = 5
ItemsKnown = Callable[[], Collection[UUID]]
_known: list[ItemsKnown] = []


def not_to_be_drawn(items: ItemsKnown) -> ItemsKnown:
    """Register a room's answer to which items' keys are known outside; the rooms above know, this one does not."""
    _known.append(items)
    return items


def seal_forms(
    specification: TestSpecification, count: int, *, by: User, now: datetime, without: Collection[UUID] = ()
) -> list[TestForm]:
    """Draw ``count`` parallel variants by the blueprint with a cryptographic random source and seal each (¶22–24).

    ``without`` are items (not versions) that must not be drawn: those that a candidate has seen already (¶29). Items
    whose key is known outside (:func:`not_to_be_drawn`) are not drawn either (¶35).

    Raises:
        SpecificationNotApproved: the authority has not approved it.
        BlueprintShort: the bank cannot fill it; names every cell that is short.
    """
    if specification.status != rules.SpecificationStatus.APPROVED:
        raise rules.SpecificationNotApproved
    seen = queries.version_ids({*without, *(item for known in _known for item in known())})
    bank = [candidate for candidate in queries.bank_candidates() if UUID(candidate.id) not in seen]
    cells = [cell.as_cell() for cell in specification.blueprint.cells]
    drawn = assemble(cells, bank, count, random=secrets.SystemRandom()).items
    first = db.session.scalar(
        select(func.coalesce(func.max(TestForm.variant), 0)).where(TestForm.specification_id == specification.id)
    )
    wanted = {UUID(chosen) for form in drawn for chosen in form}
    versions = {
        version.id: version
        for version in db.session.scalars(
            select(ItemVersion).where(ItemVersion.id.in_(wanted)).options(selectinload(ItemVersion.item))
        )
    }
    forms = [
        _seal(specification, (first or 0) + number, [versions[UUID(chosen)] for chosen in chosen_ids], by=by, now=now)
        for number, chosen_ids in enumerate(drawn, 1)
    ]
    db.session.flush()
    for form in forms:
        audit.record(
            "form.sealed", form, by=by, at=now, specification=specification.id, variant=form.variant,
            digest=form.digest, **({"without": len(set(without))} if without else {}),
        )  # fmt: skip
    audit.checkpoint("form sealed", at=now)
    return forms


def _seal(
    specification: TestSpecification, variant: int, versions: list[ItemVersion], *, by: User, now: datetime
) -> TestForm:
    form = TestForm(
        id=uuid4(), specification=specification, variant=variant, scoring_version=rules.SCORING_VERSION,
        sealed_by_id=by.id, sealed_at=now,
    )  # fmt: skip
    for position, version in enumerate(versions, 1):
        ids = _ids(len(version.options) + len(version.targets))
        item = FormItem(
            id=uuid4(), position=position, version=version, points=specification.points,
            option_ids=ids[: len(version.options)], target_ids=ids[len(version.options) :],
        )  # fmt: skip
        salt = secrets.token_bytes(merkle.SALT_BYTES)
        item.salt_sealed = sealing.seal_salt(item.id, salt)
        item.leaf = merkle.leaf(salt, sealing.leaf_content(item))
        form.items.append(item)
    form.root = merkle.root([item.leaf for item in form.items])
    form.digest = merkle.digest(
        form.root, sealing.terms(form.id, variant, specification, len(versions), form.scoring_version)
    )
    db.session.add(form)
    return form


def _ids(count: int) -> list[str]:
    """Random ids, so that nothing about an option follows from its id, in this form or another."""
    ids: set[str] = set()
    while len(ids) < count:
        ids.add(secrets.token_hex(OPTION_ID_BYTES))
    return list(ids)


def verify_form(form: TestForm) -> bool:
    """Whether the digest still follows from the stored items and keys; an unreadable key does not hold either."""
    try:
        return sealing.recompute(form) == form.digest
    except CannotOpen:
        return False


@audit.witness("form.sealed")
def _form_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The form still has the digest that the trail fixed, and its items and keys still lead to it."""
    form = db.session.get(TestForm, audit.subject_id(entry))
    if form is None or form.digest.hex() != audit.facts(entry)["digest"] or not verify_form(form):
        yield "the items, keys or terms of this form were altered after it was sealed"


def find_form(digest: str) -> TestForm | None:
    """The form with this digest (hex, spaces allowed), if there is one."""
    try:
        wanted = bytes.fromhex(digest)
    except ValueError:
        return None
    return db.session.scalar(
        select(TestForm)
        .where(TestForm.digest == wanted)
        .options(selectinload(TestForm.items).selectinload(FormItem.version).selectinload(ItemVersion.item))
    )
