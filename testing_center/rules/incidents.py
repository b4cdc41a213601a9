"""What is refused about incidents: they are numbered, written down once, and never deleted (¶24)."""

from __future__ import annotations

from core.errors import Refusal
from core.i18n import lazy_gettext as _l


class IncidentElsewhere(Refusal):
    code = "incident_elsewhere"
    message = _l("The incident and the act are of different sittings.")


class LinkedAlready(Refusal):
    code = "linked_already"
    message = _l("This act belongs to an incident already.")


class NothingNew(Refusal):
    code = "nothing_new"
    message = _l("The act on this incident says the same already, so no new version is drawn up.")
