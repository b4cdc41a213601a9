"""Which findings of decided appeals wait for a correction, of many forms at once (¶35).

Two statements however many forms are asked for, and two more where an erratum has to be compared with a finding decided
after it: only then a key is opened, and it is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select

from appeals.models import Appeal, AppealProtocol, Finding
from appeals.rules.states import AppealStatus, FindingKind
from core.db import db
from ranking.rules.due import Applied, Found, Saying, Spot, due
from testing_center.accepted import open_accepted
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Correction, Erratum
from testing_center.queries import annulled_sittings, key_in_force
from testing_center.rules.errata import CorrectionStatus, ErratumKind, corrected_item

Stating = TypeVar("Stating", Finding, Erratum)
CHANGES_THE_KEY = (FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT, FindingKind.VOID)


def waiting(form_ids: Collection[UUID]) -> dict[UUID, Found]:
    """Findings of decided appeals on these forms that no correction has settled, by id."""
    found = {row.id: _found(row) for row in _decided(form_ids)}
    applied = [_applied(row) for row in _in_force(form_ids)]
    keys, errata_ids = cache(key_in_force), [row.id for row in applied]
    opened = cache(lambda: (_by_id(Finding, found), _by_id(Erratum, errata_ids)))

    def says_the_same(one: Found, last: Applied) -> bool:
        findings, errata = opened()
        said, says = saying(findings[one.id]), saying(errata[last.id])
        if said.equals(says) or one.spot.attempt is not None:
            return said.equals(says)
        item = keys(one.spot.form)[one.spot.place]
        return corrected_item(item, ErratumKind(said.kind), [list(one) for one in said.accepted]) == item

    return {one_id: found[one_id] for one_id in due(found.values(), applied, says_the_same)}


def _by_id(model: type[Stating], ids: Collection[UUID]) -> dict[UUID, Stating]:
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids)))}


def uncorrected(form_ids: Collection[UUID]) -> set[UUID]:
    """Forms with a finding of a decided appeal that calls for a correction, and no correction that settles it yet."""
    return {found.spot.form for found in waiting(form_ids).values()}


def protocols_of(finding_ids: Collection[UUID]) -> list[AppealProtocol]:
    """The protocols of the appeals in which these were found, by number."""
    query = select(AppealProtocol).join(AppealProtocol.appeal).join(Finding, Finding.appeal_id == Appeal.id)
    query = query.where(Finding.id.in_(finding_ids)).distinct().order_by(AppealProtocol.number)
    return list(db.session.scalars(query))


def saying_of(found: Found) -> Saying:
    """What a finding that waits says is right; opens what is sealed."""
    return saying(db.session.get_one(Finding, found.id))


def saying(row: Finding | Erratum) -> Saying:
    """What a finding or an erratum says is right, in the words of an erratum; opens what is sealed."""
    kind = ErratumKind.RESTATED if row.kind == FindingKind.RECORDING_FAULT else row.kind
    return Saying(str(kind), open_accepted(row))


def _decided(form_ids: Collection[UUID]) -> list[Row[Any]]:
    return list(
        db.session.execute(
            select(
                Finding.id, Finding.place, Finding.kind, Attempt.id.label("attempt_id"), Attempt.form_id,
                Appeal.decided_at, Appeal.number,
            )
            .join(Appeal, Appeal.id == Finding.appeal_id).join(Attempt, Attempt.id == Appeal.attempt_id)
            .where(
                Attempt.form_id.in_(form_ids), Finding.withdrawn_at.is_(None), _calls_for_correction(),
                Appeal.status.in_((AppealStatus.DECIDED, AppealStatus.CLOSED)),
            )
        )
    )  # fmt: skip


def _calls_for_correction() -> ColumnElement[bool]:
    """Findings that change the key, or state the answer that counts for an attempt whose result counts.

    Of a recording fault that was found before the answer was stated with it nothing follows, nor of a form of which
    every sitting is annulled.
    """
    restates = (
        (Finding.kind == FindingKind.RECORDING_FAULT)
        & Finding.accepted_sealed.is_not(None)
        & Attempt.sitting_id.not_in(annulled_sittings())
    )
    counting = select(Attempt.form_id).where(Attempt.sitting_id.not_in(annulled_sittings()))
    return (Finding.kind.in_(CHANGES_THE_KEY) & Attempt.form_id.in_(counting)) | restates


def _in_force(form_ids: Collection[UUID]) -> list[Row[Any]]:
    return list(
        db.session.execute(
            select(
                Erratum.id, Erratum.place, Erratum.attempt_id, Correction.form_id, Correction.prepared_at,
                Correction.decided_at, Correction.number,
            )
            .join(Correction, Correction.id == Erratum.correction_id)
            .where(Correction.form_id.in_(form_ids), Correction.status == CorrectionStatus.APPLIED)
        )
    )  # fmt: skip


def _found(row: Row[Any]) -> Found:
    attempt = row.attempt_id if row.kind == FindingKind.RECORDING_FAULT else None
    return Found(row.id, Spot(row.form_id, row.place, attempt), row.decided_at, row.number)


def _applied(row: Row[Any]) -> Applied:
    spot = Spot(row.form_id, row.place, row.attempt_id)
    return Applied(row.id, spot, row.prepared_at, row.decided_at, row.number)
