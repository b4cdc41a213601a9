"""Who the candidate is in this browser: an attempt in the session cookie, never in the URL or the body."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial, wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, abort, after_this_request, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from core import web
from core.audit import Actor
from core.clock import request_now
from core.db import db, transaction
from core.i18n import gettext as _
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.rules import delivery as rules
from testing_center.rules import safe_browser
from testing_center.rules.delivery import AttemptStatus
from testing_center.services import delivery

SEEN, SEEN_MASK = "seen", re.compile(r"[0-9a-f]{1,128}")  # a cookie: a bit for each question
View = TypeVar("View", bound=Callable[..., Any])


class AttemptActor:
    """The candidate in the audit trail: the attempt, never the person."""

    def __init__(self, attempt_id: UUID) -> None:
        self.actor_name = f"attempt:{attempt_id}"


def in_safe_browser() -> bool:
    """Whether this request shows the settings of Safe Exam Browser that this installation hands out."""
    key = _config_key(current_app.extensions["settings"].base_url)
    return safe_browser.is_shown(request.headers.get(safe_browser.HEADER, ""), request.url, key)


@lru_cache(maxsize=4)
def _config_key(base_url: str) -> str:
    return safe_browser.config_key(safe_browser.settings(base_url))


def remember(attempt: Attempt) -> None:
    """Bind this browser to an attempt; whoever was signed in here before is signed out."""
    session.clear()
    _forget_seen()
    if attempt.sitting.centre.requires_safe_browser:
        session["safe_browser"] = True
    session["attempt"] = [str(attempt.id), attempt.epoch]
    session["language"] = attempt.language
    if attempt.display is not None:
        after_this_request(partial(web.show_as, chosen=attempt.display))
    elif request.cookies.keys() & web.LOOKS.keys():  # chosen at the door
        _keep_display(attempt.id, web.display())


def keep_display(chosen: Mapping[str, str]) -> None:
    """The theme and the size of letters belong to the attempt, and go with it to another workstation."""
    if (found := own()) is not None:
        _keep_display(found[0], chosen)


def _keep_display(attempt_id: UUID, chosen: Mapping[str, str]) -> None:
    with transaction():
        db.session.execute(update(Attempt).where(Attempt.id == attempt_id).values(display=dict(chosen)))


def now_seen(position: int) -> set[int]:
    """Questions seen in this browser, now this one too: a convenience of the palette, never a fact.

    In a cookie of its own: the session's stays the same throughout a test, and need not be signed and read anew.
    """
    kept = request.cookies.get(SEEN, "")
    mask = (int(kept, 16) if SEEN_MASK.fullmatch(kept) else 0) | 1 << (position - 1)
    after_this_request(partial(_keep_seen, f"{mask:x}"))
    return {one for one in range(1, mask.bit_length() + 1) if mask >> (one - 1) & 1}


def _keep_seen(mask: str, answer: Response) -> Response:
    answer.set_cookie(SEEN, mask, httponly=True, samesite="Strict", secure=request.is_secure)
    return answer


def _forget_seen() -> None:
    if SEEN in request.cookies:
        after_this_request(_without_seen)


def _without_seen(answer: Response) -> Response:
    answer.delete_cookie(SEEN, httponly=True, samesite="Strict", secure=request.is_secure)
    return answer


def forget() -> None:
    """Leave the workstation clean for the next person, who may see better or worse and read another language."""
    session.clear()
    _forget_seen()
    after_this_request(partial(web.show_as, chosen=None))
    after_this_request(_without_language)


def _without_language(answer: Response) -> Response:
    answer.delete_cookie("language", httponly=True, samesite="Strict", secure=request.is_secure)
    return answer


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
    """Let in only a browser that has entered with a code; the view receives ``attempt_id`` and ``epoch``.

    Raises:
        SafeBrowserNeeded: the centre holds tests in Safe Exam Browser, and this request does not come from it.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        found = own()
        if found is None:
            if web.wants_problem():
                return web.problem(401, "not_entered", _("Enter with your code first."))
            return redirect(url_for("exam.entry_page"), 303)
        if session.get("safe_browser") and not in_safe_browser():
            raise safe_browser.SafeBrowserNeeded
        actor: Actor = AttemptActor(found[0])
        g.actor = actor
        answer: ResponseReturnValue = view(*args, attempt_id=found[0], epoch=found[1], **kwargs)
        return answer

    return web.declare("candidate")(guarded)  # type: ignore[return-value]


def own_attempt(attempt_id: UUID) -> Attempt:
    """The attempt of this browser; 404 where it is gone."""
    attempt = queries.read_attempt(attempt_id)
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
            delivery.settle(attempt, now=request_now(), is_there=True)
    return attempt
