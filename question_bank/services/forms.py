"""Making sealed forms from an approved specification."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from accounts.models import User
from core import audit
from core.db import db
from core.errors import CannotOpen
from question_bank import merkle, rules, sealing
from question_bank.draw_models import FormDraw
from question_bank.models import FormItem, ItemVersion, TestForm, TestSpecification
from question_bank.services import draws

OPTION_ID_BYTES = 5


def seal_forms(
    specification: TestSpecification, count: int, *, by: User, now: datetime, without: Collection[UUID] = ()
) -> list[TestForm]:
    """Draw ``count`` parallel variants without limits and seal them at once; see :func:`draws.draw`.

    Raises:
        SpecificationNotApproved: the authority has not approved it.
        BlueprintShort: the bank cannot fill it; names every cell that is short.
    """
    return seal(draws.draw(specification, count, by=by, now=now, without=without), by=by, now=now)


def seal(drawn: FormDraw, *, by: User, now: datetime) -> list[TestForm]:
    """Seal the forms of a draw as they were drawn (¶22–24): from now on nothing of them changes.

    Raises:
        DrawSealed: it is sealed already.
        DrawNotLast: another draw followed it.
        DrawOutdated: a question of it is not to be drawn any more.
    """
    draws.check_may_seal(drawn)
    specification = drawn.specification
    last = select(func.coalesce(func.max(TestForm.variant), 0)).where(TestForm.specification_id == specification.id)
    first = (db.session.scalar(last) or 0) + 1
    wanted = {UUID(chosen) for form in drawn.drawn for chosen in form}
    query = select(ItemVersion).where(ItemVersion.id.in_(wanted)).options(selectinload(ItemVersion.item))
    versions = {version.id: version for version in db.session.scalars(query)}
    forms = [
        _seal(specification, number, [versions[UUID(chosen)] for chosen in chosen_ids], by=by, now=now)
        for number, chosen_ids in enumerate(drawn.drawn, first)
    ]
    drawn.first_variant, drawn.sealed_at = first, now
    db.session.flush()
    audit.record_all(
        [
            (
                "form.sealed", form,
                {"specification": specification.id, "variant": form.variant, "digest": form.digest, "draw": drawn.id},
            )
            for form in forms
        ],
        by=by, at=now,
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
    """Whether the seal still follows from the stored items and keys; an unreadable key does not hold either."""
    try:
        return sealing.seal_holds(form)
    except CannotOpen:
        return False


@audit.witness("form.sealed")
def _form_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The form still has the digest that the trail fixed, its items and keys still lead to it, and it was drawn so."""
    form, said = db.session.get(TestForm, audit.subject_id(entry)), audit.facts(entry)
    if form is None or form.digest.hex() != said["digest"] or not verify_form(form):
        yield "the items, keys or terms of this form were altered after it was sealed"
    elif "draw" in said and not _is_as_drawn(form, UUID(said["draw"])):
        yield "this form is not the one that was drawn"


def _is_as_drawn(form: TestForm, draw_id: UUID) -> bool:
    """Whether the form has the questions of its draw in their order, as far as the draw is kept."""
    drawn = db.session.get(FormDraw, draw_id)
    if drawn is None:
        return True
    if drawn.first_variant is None:
        return False
    place = form.variant - drawn.first_variant
    ids = [str(item.item_version_id) for item in form.items]
    return 0 <= place < len(drawn.drawn) and drawn.drawn[place] == ids


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
