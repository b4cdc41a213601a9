"""Who of the tied is barred from a tie-break by another test in the meantime (¶28): marked, told, written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from competitions.queries import returns_on
from competitions.rules import Barred, check_not_barred
from core import audit
from core.db import db
from ranking.models import TieBreak, TieBreakEntrant
from ranking.rules.tie_break import Absence
from ranking.services import letters
from testing_center.models.sittings import Participant


def mark_barred(
    tie_break: TieBreak, people: Mapping[TieBreakEntrant, Participant], on: date, *, by: audit.Actor, now: datetime
) -> list[TieBreakEntrant]:
    """Mark who is barred on this day and tell them why they are not called; who is out already is left alone.

    ``people`` are the entrants with whoever is behind them. Returns those who were marked.
    """
    found = []
    for entrant, known in people.items():
        if entrant.absence:
            continue
        until = returns_on(known.person)
        try:
            check_not_barred(until, today=on)
        except Barred:
            entrant.absence = Absence.BARRED
            found.append(entrant)
            letters.tie_break_barred(tie_break, known, until, now=now)
    if found:
        codes = sorted(one.attempt.number for one in found)
        audit.record("tie_break.barred", tie_break, by=by, at=now, candidates=codes)
    return found


@audit.witness("tie_break.barred")
def _bars_hold(entry: audit.AuditEntry) -> Iterator[str]:
    """Who could not take part for a bar is still written down so."""
    tie_break = db.session.get(TieBreak, audit.subject_id(entry))
    barred = {code for code, why in tie_break.absences.items() if why == Absence.BARRED} if tie_break else set()
    if not barred.issuperset(audit.facts(entry)["candidates"]):
        yield "who was barred from this tie-break was altered"
