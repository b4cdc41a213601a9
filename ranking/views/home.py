"""The panel of the home page: what results and corrections ask of this person."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.rules import Permission
from core.clock import request_now
from ranking import correction_queries as corrections
from ranking import queries
from ranking.services import agenda

PERMISSIONS = {Permission.RESULTS_DECIDE, Permission.TIE_BREAKS_MANAGE, Permission.CORRECTIONS_MANAGE}


def waiting(user: User) -> list[tuple[str, dict[str, Any]]]:
    """Tie-breaks to arrange, rankings to draw up and to publish, corrections that want a second person."""
    held, now = user.permissions, request_now()
    if not held & PERMISSIONS:
        return []
    corrects = Permission.CORRECTIONS_MANAGE in held
    panel = {
        "tie_breaks": queries.to_arrange(now) if Permission.TIE_BREAKS_MANAGE in held else [],
        "due": agenda.due(now=now) if Permission.RESULTS_DECIDE in held else [],
        "corrections": corrections.corrections_for(user) if corrects else [],
        "annulments": corrections.annulments_for(user) if corrects else [],
        "to_call": corrections.annulments_to_call() if Permission.PARTICIPANTS_MANAGE in held else [],
        "forms": len(corrections.forms_due()) if corrects else 0,
    }
    return [("ranking/_waits.html", panel | {"is_empty": not any(panel.values())})]
