"""Handing letters to a mail server (RFC 5321), encrypted where the server lies elsewhere."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

from core.errors import ConfigurationError

SECONDS = 10.0  # how long the server may keep us waiting; the sweeper has other chores
Send = Callable[[str, EmailMessage], None]


class NotAccepted(Exception):
    """The server refused this letter, or its address is none; others may still go."""


class ServerUnreachable(Exception):
    """No letter can be handed over now."""


@dataclass(frozen=True)
class Server:
    """A mail server as ``SMTP_URL`` names it: ``smtp://`` (STARTTLS where offered) or ``smtps://`` (TLS at once).

    A password is sent only through TLS, or to this same computer.
    """

    host: str
    port: int
    user: str = ""
    password: str = ""
    is_encrypted: bool = False

    @classmethod
    def from_url(cls, url: str) -> Self:
        """``smtp://user:password@mail.example:587``; user and password percent-encoded where needed.

        Raises:
            ConfigurationError: it names no server.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or port == -1 or parts.path not in {"", "/"}:
            raise ConfigurationError("SMTP_URL names no mail server: write smtp://user:password@mail.example:587")
        encrypted = parts.scheme == "smtps"
        return cls(
            parts.hostname, port or (465 if encrypted else 587 if parts.username else 25),
            unquote(parts.username or ""), unquote(parts.password or ""), encrypted,
        )  # fmt: skip

    @property
    def is_local(self) -> bool:
        """Whether the server is this computer."""
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"


@contextmanager
def connection(server: Server) -> Iterator[Send]:
    """A way to send letters over one connection, opened with the first of them.

    ``send(recipient, message)`` raises :class:`NotAccepted` or :class:`ServerUnreachable`.
    """
    opened: list[smtplib.SMTP] = []

    def send(recipient: str, message: EmailMessage) -> None:
        try:
            if not opened:
                opened.append(_open(server))
            refused = opened[0].send_message(message, to_addrs=[recipient])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
            with suppress(smtplib.SMTPException, OSError):
                opened[0].rset()
            raise NotAccepted(_said(error)) from error
        except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as error:
            raise NotAccepted(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise ServerUnreachable(_said(error)) from error
        if refused:
            raise NotAccepted(str(refused))

    try:
        yield send
    finally:
        for smtp in opened:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()


def _open(server: Server) -> smtplib.SMTP:
    tls = ssl.create_default_context()
    if server.is_encrypted:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=tls)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        smtp.ehlo()
        protected = server.is_encrypted or server.is_local
        if not server.is_encrypted and smtp.has_extn("starttls"):
            smtp.starttls(context=tls)
            smtp.ehlo()
            protected = True
        if server.user:
            if not protected:
                raise smtplib.SMTPException("the server offers no encryption, so the password was not sent")
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _said(error: Exception) -> str:
    """What the server said, in one line."""
    answer: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, answer = error.smtp_code, error.smtp_error
    else:
        return " ".join((str(error) or type(error).__name__).split())
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(f"{code} {words}".split())


def address(text: str, name: str = "") -> Address:
    """One address as it stands in a header.

    Raises:
        NotAccepted: it is none, or more than one.
    """
    try:
        return Address(name, addr_spec=text)
    except Exception as error:  # the parser of the standard library raises many kinds for one reason
        raise NotAccepted("not an e-mail address") from error
