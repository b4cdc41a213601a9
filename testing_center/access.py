"""Who the candidate is in this browser: an attempt in the session cookie, never in the URL or the body."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import abort, g, redirect, session, url_for
from flask.typing import ResponseReturnValue

from core import web
from core.audit import Actor
from core.clock import request_now
from core.db import db, transaction
from core.i18n import gettext as _
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptStatus
from testing_center.services import delivery

View = TypeVar("View", bound=Callable[..., Any])


class AttemptActor:
    """The candidate in the audit trail: the attempt, never the person."""

    def __init__(self, attempt_id: UUID) -> None:
        self.actor_name = f"attempt:{attempt_id}"


def remember(attempt: Attempt) -> None:
    """Bind this browser to an attempt; whoever was signed in here before is signed out."""
    session.clear()
    session["attempt"] = [str(attempt.id), attempt.epoch]
    session["language"] = attempt.language


def forget() -> None:
    """Leave the workstation clean for the next person."""
    session.clear()


def own() -> tuple[UUID, int] | None:
    """Attempt and epoch of this browser, if it has entered."""
    found = session.get("attempt")
    return (UUID(found[0]), int(found[1])) if found else None


def is_inside() -> bool:
    """Whether this browser holds an attempt that was not continued elsewhere: else it is free for the next person."""
    found = own()
    attempt = db.session.get(Attempt, found[0]) if found else None
    return attempt is not None and found is not None and attempt.epoch == found[1]


def candidate_only(view: View) -> View:
    """Let in only a browser that has entered with a code; the view receives ``attempt_id`` and ``epoch``."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        found = own()
        if found is None:
            if web.wants_problem():
                return web.problem(401, "not_entered", _("Enter with your code first."))
            return redirect(url_for("exam.entry_page"), 303)
        actor: Actor = AttemptActor(found[0])
        g.actor = actor
        answer: ResponseReturnValue = view(*args, attempt_id=found[0], epoch=found[1], **kwargs)
        return answer

    return web.declare("candidate")(guarded)  # type: ignore[return-value]


def own_attempt(attempt_id: UUID) -> Attempt:
    """The attempt of this browser; 404 where it is gone."""
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is None:
        abort(404)
    return attempt


def current_attempt(attempt_id: UUID, epoch: int) -> Attempt:
    """The attempt of this browser as it is now; one whose time has run out is closed first, at its deadline.

    Raises:
        ContinuedElsewhere: it is open at another workstation.
    """
    attempt = own_attempt(attempt_id)
    rules.check_epoch(epoch, attempt.epoch)
    if (
        attempt.status == AttemptStatus.IN_PROGRESS
        and attempt.deadline_at
        and rules.is_over(attempt.deadline_at, now=request_now())
    ):
        with transaction():
            attempt = queries.lock_attempt(attempt_id)
            delivery.settle(attempt, now=request_now())
    return attempt
