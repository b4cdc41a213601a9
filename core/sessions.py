"""Who a request comes from: the signed session cookie, and the token that only our own pages can send."""

from __future__ import annotations

import hmac
import secrets
from copy import deepcopy
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, Request, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

from core.clock import server_clock

_clock = server_clock()  # not the application's: on a demonstration's virtual day a cookie ages as on any other


class PageProtection(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's protection; a program that sends the session's own token in the header is known without a signature.

    The token is in the session, which is signed and which no other site can read; comparing it is enough.
    """

    def protect(self, *, apply_exemptions: bool = False) -> None:
        kept, sent = session.get("csrf_token"), request.headers.get("X-CSRF-Token")
        if kept and sent and hmac.compare_digest(kept.encode(), sent.encode()):
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions=apply_exemptions)


def session_token() -> str:
    """The token that the delivery API and the page's script send in ``X-CSRF-Token``."""
    token: str = session.setdefault("csrf_token", secrets.token_hex(20))
    return token


def form_token() -> str:
    """The same token as forms send it, signed; Flask-WTF reads it."""
    return _signed(current_app.secret_key, session_token())


@lru_cache(maxsize=4096)
def _signed(secret: bytes, token: str) -> str:
    signed: str = URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(token)
    return signed


class _Signer(TimestampSigner):
    """A cookie bears the moment of a clock that does not jump: whoever sets the computer's signs nobody out."""

    def get_timestamp(self) -> int:
        return int(_clock().timestamp())


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie; one whose signature was verified is known again, only its age is looked at each time.

    A workstation sends the same cookie with every answer that it saves.
    """

    def __init__(self) -> None:
        self._known = lru_cache(maxsize=4096)(self._verify)

    def _verify(self, cookie: str) -> tuple[dict[str, Any], datetime]:
        signer: URLSafeTimedSerializer = current_app.extensions["session_signer"]
        content, signed_at = signer.loads(cookie, return_timestamp=True)
        return content, signed_at

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of this app's cookies, made once."""
        if "session_signer" not in app.extensions:
            app.extensions["session_signer"] = super().get_signing_serializer(app)
            app.extensions["session_signer"].signer = _Signer
        signer: URLSafeTimedSerializer | None = app.extensions["session_signer"]
        return signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The content of the cookie; an empty session where there is none, or it is forged or too old.

        One signed before the clock was set back and the server started again is of the future, and good.
        """
        self.get_signing_serializer(app)
        try:
            content, signed_at = self._known(request.cookies.get(self.get_cookie_name(app), ""))
        except BadSignature:
            return self.session_class()
        if abs(_clock() - signed_at) > app.permanent_session_lifetime:
            return self.session_class()
        return self.session_class(deepcopy(content))
