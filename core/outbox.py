"""Letters that go out after the commit: written in the transaction of the decision, sent by the sweeper.

A letter is claimed in a transaction of its own before it is handed to the mail server: of two processes one sends it,
and a process that dies in between leaves it to be tried again later, under the same Message-ID (RFC 5322 §3.6.4), by
which receiving servers know a repetition.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import CheckConstraint, ColumnElement, Index, String, Text, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from core import audit, mail
from core.config import Settings
from core.db import HasId, Model, db, transaction
from core.lease import holding

BATCH = 20  # letters of one sweep
MOST_TRIES = 12  # about a day and a half; then a person has to look
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
NO_ADDRESS = "no address"
BY = audit.System("outbox")
_WAITING = text("sent_at IS NULL")


class Letter(HasId, Model):
    """An e-mail: what it is about (``subject_id``), to whom, when it is due and when it was handed to the server."""

    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_letter_waiting", "not_before", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_letter_due", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )
    kind: Mapped[str] = mapped_column(String(64))
    about_id: Mapped[UUID] = mapped_column(index=True)
    recipient: Mapped[str] = mapped_column(String(160))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    written_at: Mapped[datetime]
    not_before: Mapped[datetime]
    due_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(500), default="")


def write(
    kind: str,
    about_id: UUID,
    recipient: str,
    subject: str,
    body: str,
    language: str,
    *,
    now: datetime,
    not_before: datetime | None = None,
    due_at: datetime | None = None,
) -> Letter:
    """Put a letter in the outbox, in the transaction of the decision that it tells; it leaves after the commit.

    ``kind`` names what the letter tells (``"ranking.published"``), ``about_id`` the row it tells of. A letter to nobody
    is kept with ``last_error`` 'no address', so that those who were not told can be seen and told otherwise.
    """
    letter = Letter(
        kind=kind, about_id=about_id, recipient=recipient.strip(), subject=" ".join(subject.split()), body=body,
        language=language, written_at=now, not_before=not_before or now, due_at=due_at,
        last_error="" if recipient.strip() else NO_ADDRESS,
    )  # fmt: skip
    db.session.add(letter)
    return letter


def pause(tries: int) -> timedelta:
    """How long to wait after the ``tries``-th failure (from 1): 1, 2, 4 … minutes, at most six hours."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(tries - 1, 20)
    return min(doubled, LONGEST_PAUSE)


def send_due(*, now: datetime, send: mail.Send, sender: str) -> tuple[int, int]:
    """Hand the letters that are due to the mail server through ``send``; returns how many went and how many did not.

    A refused letter waits longer with every try and is given up after :data:`MOST_TRIES`. Where the server itself
    cannot be reached, all that are due wait. Not to be called inside a transaction: each letter has its own.
    """
    sent = failed = 0
    for letter_id in _due_ids(now):
        letter = _claim(letter_id, now)
        if letter is None:
            continue
        try:
            send(letter.recipient, as_message(letter, sender, now))
        except mail.NotAccepted as error:
            _note(letter, error)
            failed += 1
        except mail.ServerUnreachable as error:
            _note(letter, error)
            return sent, failed + 1 + _postpone(error, now)
        else:
            with transaction():
                letter = db.session.get_one(Letter, letter_id, with_for_update=True)
                letter.sent_at, letter.last_error = now, ""
                audit.record("letter.sent", letter, by=BY, at=now, kind=letter.kind, about=letter.about_id)
            sent += 1
    return sent, failed


def as_message(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    """The letter as e-mail: plain text, marked as sent by a machine (RFC 3834), to one address only.

    Raises:
        NotAccepted: the recipient is no address.
    """
    settings: Settings = current_app.extensions["settings"]
    message = EmailMessage()
    organisation = settings.organisation_name.get(letter.language, settings.organisation_name["ky"])
    message["From"] = mail.address(sender, organisation)
    message["To"] = mail.address(letter.recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, cte="base64")  # which removes what Content-… headers there were
    message["Content-Language"] = letter.language
    return message


def send_again(letter: Letter, recipient: str, *, by: audit.Actor, now: datetime) -> None:
    """Let a letter that did not go be tried anew, perhaps to a corrected address; one that has gone stays as it is."""
    if letter.sent_at is not None:
        return
    corrected = letter.recipient != recipient.strip()
    letter.recipient, letter.tries, letter.not_before = recipient.strip(), 0, now
    letter.last_error = "" if letter.recipient else NO_ADDRESS
    audit.record("letter.sent_again", letter, by=by, at=now, kind=letter.kind, address_corrected=corrected)


def send_by_mail() -> str | None:
    """Chore: send what is due where a mail server is set up; what could not go is said."""
    settings: Settings = current_app.extensions["settings"]
    now = current_app.extensions["clock"]()
    if settings.smtp_url is None or not _due_ids(now):
        return None
    with holding("outbox", timedelta(minutes=15)) as mine:
        if not mine:
            return None
        with mail.connection(mail.Server.from_url(settings.smtp_url)) as send:
            sent, failed = send_due(now=now, send=send, sender=settings.sender)
    return f"Letters sent: {sent}; not sent: {failed}." if sent or failed else None


def counts() -> tuple[int, int]:
    """How many letters were given up, and how many still wait for the mail server."""
    given_up = func.count().filter(Letter.tries >= MOST_TRIES)
    waiting = func.count().filter(Letter.tries < MOST_TRIES, Letter.recipient != "")
    row = db.session.execute(select(given_up, waiting).where(Letter.sent_at.is_(None))).one()
    return row[0], row[1]


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Letter.sent_at.is_(None), Letter.recipient != "", Letter.not_before <= now, Letter.tries < MOST_TRIES,
    )  # fmt: skip


def _due_ids(now: datetime) -> list[UUID]:
    found = list(
        db.session.scalars(select(Letter.id).where(*_due(now)).order_by(Letter.not_before, Letter.id).limit(BATCH))
    )
    db.session.rollback()
    return found


def _claim(letter_id: UUID, now: datetime) -> Letter | None:
    """The letter, counted as tried and put off before it is sent; None where another process was first."""
    with transaction():
        letter = db.session.scalar(select(Letter).where(Letter.id == letter_id, *_due(now)).with_for_update())
        if letter is None:
            return None
        letter.tries += 1
        letter.not_before = now + pause(letter.tries)
        db.session.flush()
        db.session.refresh(letter)
        db.session.expunge(letter)  # read outside the transaction, changed only inside the next one
    return letter


def _note(letter: Letter, error: Exception) -> None:
    with transaction():
        db.session.execute(update(Letter).where(Letter.id == letter.id).values(last_error=str(error)[:500]))


def _postpone(error: Exception, now: datetime) -> int:
    """Put off everything that is due, because the server cannot be reached; how many."""
    with transaction():
        waiting = db.session.scalar(select(func.count()).select_from(Letter).where(*_due(now))) or 0
        db.session.execute(
            update(Letter)
            .where(*_due(now))
            .values(not_before=now + FIRST_PAUSE, last_error=str(error)[:500])
            .execution_options(synchronize_session=False)
        )
    return waiting
