"""Appeals end with their sitting: where it is annulled, no result is left to appeal against (¶33, 35)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from appeals import queries
from appeals.models import Appeal
from appeals.rules.states import AppealStatus
from appeals.services import hearings
from core import audit
from core.db import db
from testing_center.models.errata import Annulment
from testing_center.services.annulments import on_annulment


@on_annulment
def end_appeals(annulment: Annulment, by: User, now: datetime) -> None:
    """End every appeal of the sitting that was not decided; a hearing that is open is closed, the key shown no more.

    What was decided stays decided: its protocol is signed and handed over as any other.
    """
    ended = False
    for appeal in queries.open_appeals([annulment.sitting_id]):
        queries.lock(appeal)
        if appeal.status not in (AppealStatus.FILED, AppealStatus.HEARING):
            continue
        hearing = appeal.hearing
        if hearing is not None:
            db.session.refresh(hearing)
            if hearing.closed_at is None:
                hearings.shut(hearing, by=by, now=now)
        before, appeal.status, appeal.lapsed_at = appeal.status, AppealStatus.ANNULLED, now
        audit.record("appeal.annulled", appeal, by=by, at=now, sitting=annulment.sitting.number, before=str(before))
        ended = True
    if ended:
        audit.checkpoint("appeal closed", at=now)


@audit.witness("appeal.annulled")
def _end_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """An appeal that ended with its sitting stays so."""
    appeal = db.session.get(Appeal, audit.subject_id(entry))
    if appeal is None or (appeal.status, appeal.lapsed_at) != (AppealStatus.ANNULLED, entry.at):
        yield "the end of this appeal was altered"
