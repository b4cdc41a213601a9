"""Pictures of questions: for a candidate whose form shows them, and for staff who may see questions."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from accounts.rules import Permission
from core import pictures, web
from question_bank import rich_queries
from testing_center import access

blueprint = Blueprint("media", __name__)

#: Who sees questions elsewhere as well: in the bank, in a sealed form, at a key review, in a correction.
STAFF = (Permission.BANK_VIEW, Permission.TEST_VIEW, Permission.APPEALS_HEAR, Permission.CORRECTIONS_MANAGE)
#: A name is the picture's content, so what is behind it never changes; it is kept by the browser alone.
CACHED = "private, max-age=31536000, immutable"


@blueprint.get("/media/<name>")
@web.public
def show(name: str) -> ResponseReturnValue:
    """A picture by its name; to everybody else it is not there."""
    if not pictures.NAME.fullmatch(name) or not _may_see(name):
        abort(404)
    if request.if_none_match.contains(name):
        return current_app.response_class(status=304, headers={"Cache-Control": CACHED, "ETag": f'"{name}"'})
    medium = rich_queries.get_medium(name)
    answer = current_app.response_class(medium.content, mimetype=medium.media_type)
    answer.headers.update({"Cache-Control": CACHED, "Content-Disposition": "inline"})
    answer.set_etag(name)
    return answer


def _may_see(name: str) -> bool:
    if current_user.is_authenticated and any(one in current_user.permissions for one in STAFF):
        return True
    entered = access.own()
    if entered is None or not access.is_inside():
        return False
    return rich_queries.is_on_form(name, access.own_attempt(entered[0]).form_id)
