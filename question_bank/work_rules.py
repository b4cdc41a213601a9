"""What may be done with many questions at once, with imports under way, and with files of keys (¶24)."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

KEYS_CONFIRMED_WITHIN = timedelta(hours=1)  # of being asked for
KEYS_GIVEN_WITHIN = timedelta(hours=1)  # of being confirmed


class TooManyAtOnce(Refusal):
    code = "too_many_at_once"
    message = _l("So many questions cannot be done at once. Most allowed: %(n)s. Narrow the list.")


class BulkChanged(Refusal):
    code = "bulk_changed"
    message = _l("A question has changed since the preview, so nothing was done. Look at the preview again.")


class BulkRefused(Refusal):
    code = "bulk_refused"
    message = _l("Nothing was done. Questions with which it cannot be done: %(n)s.")


class TooManyFilters(Refusal):
    code = "too_many_filters"
    message = _l("You keep as many filters as there may be: %(n)s. Delete one first.")


class ImportUnderWay(Refusal):
    code = "import_under_way"
    message = _l("You have an import under way. Wait for its end, or cancel it.")


class KeyExportOpen(Refusal):
    code = "key_export_open"
    message = _l("You have asked for the keys already. Get that file, or take the request back.")


class OwnKeyExport(Refusal):
    code = "own_key_export"
    message = _l("A second person confirms that the keys are given out, not the one who asked for them.")


class KeyExportOver(Refusal):
    code = "key_export_over"
    message = _l("This request is not open any more, or not confirmed yet. Ask anew where the file is still needed.")


class BankChanged(Refusal):
    code = "bank_changed"
    message = _l("The bank has changed while the file was written, so nothing was given out. Take the file once more.")


class KeysNeedTwo(Refusal):
    code = "keys_need_two"
    message = _l(
        "The keys are given out to two persons together: one asks on the page of the export, another confirms. "
        "Then name the request: --request."
    )


def check_may_confirm_keys(asked_at: datetime, over_at: datetime | None, *, now: datetime) -> None:
    """Refuse to confirm a request that is decided, or was made more than an hour ago; the hour itself is in time."""
    if over_at is not None or now > asked_at + KEYS_CONFIRMED_WITHIN:
        raise KeyExportOver


def check_may_get_keys(confirmed_at: datetime | None, over_at: datetime | None, *, now: datetime) -> None:
    """Refuse the file before a second person has confirmed, a second time, or more than an hour after that."""
    if confirmed_at is None or over_at is not None or now > confirmed_at + KEYS_GIVEN_WITHIN:
        raise KeyExportOver
