"""Refusals: what the regulation, a rule or the state of things does not allow."""

from __future__ import annotations

from typing import Any, ClassVar

from click import ClickException

from core.i18n import lazy_gettext as _l


class Refusal(Exception):
    """An act that is not allowed; ``code`` is stable, ``message`` is a sentence for the person.

    ``params`` are interpolated into the message (``%(name)s``) and are part of the record.
    ``status`` is the HTTP status of the answer.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[Any] = _l("This is not allowed at this time.")
    status: ClassVar[int] = 409
    title: ClassVar[Any] = _l("Not possible now")

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.params if self.params else text


class ConfigurationError(ClickException):
    """The system is set up wrongly; the text says what to do. Raised at start-up, never for a person's input.

    A command shows it as one sentence and leaves with status 1.
    """


class CannotOpen(Exception):
    """A sealed value was not sealed under these keys for this place, or has been altered."""


class Destroyed(Refusal, CannotOpen):
    """A sealed value that is empty: it was destroyed under an act after the time for which it had to be kept."""

    code = "destroyed"
    status = 410
    title = _l("No longer kept")
    message = _l("This document was destroyed under an act after the time for which it had to be kept.")


class DestroyedByAct(Destroyed):
    """The same where the act is known: its number and the day on which it was carried out."""

    message = _l(
        "This document was destroyed under an act after the time for which it had to be kept. Destroyed on: %(day)s. "
        "Act: %(act)s."
    )
