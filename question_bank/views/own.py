"""The gate of the bank: whoever only writes questions meets their own and no others, whatever address they try.

Whoever meets the others' without their keys does not write in them: that opens the key, and makes a hand of theirs.
"""

from __future__ import annotations

from uuid import UUID

from flask import abort, current_app, request
from flask_login import current_user

from accounts.rules import Permission
from question_bank import listing, rules
from question_bank.views.room import me, room


def own_of() -> UUID | None:
    """Whose questions alone this person may meet; None for those who work with the whole bank."""
    person = me()
    return None if rules.sees_whole_bank(person.permissions) else person.id


def written_by() -> UUID | None:
    """In whose questions alone this person may write; None for approvers, who see every key."""
    person = me()
    return None if Permission.BANK_APPROVE in person.permissions else person.id


@room.before_request
def _keep_to_own_questions() -> None:
    """404 for a question or version of somebody else: it is not told from one that is not there.

    403 for writing in it, where the person meets it all the same.
    """
    names = request.view_args or {}
    if not current_user.is_authenticated or not names.keys() & {"item_id", "version_id"}:
        return
    access = getattr(current_app.view_functions[str(request.endpoint)], "access", "")
    is_admitted = access in {f"permission:{permission}" for permission in me().permissions}
    meets = own_of()
    person = written_by() if access == f"permission:{Permission.BANK_AUTHOR}" else meets
    if person is None or not is_admitted:  # whoever may not enter at all is told so by the page itself
        return
    item_id = names["item_id"] if "item_id" in names else listing.item_of(names["version_id"])
    if item_id is None or not listing.is_own(item_id, person):
        abort(404 if item_id is None or meets else 403)
