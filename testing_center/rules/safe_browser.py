"""Safe Exam Browser as an option: its settings, and how a request shows that they are in force; pure.

The Config Key is a checksum of the settings of a file (safeexambrowser.org/developer/seb-config-key.html); each request
brings SHA-256 of its own address with that key behind it. Anybody who knows the settings can compute it: it keeps
honest people in the right browser, and is no proof against a skilled one.
"""

from __future__ import annotations

import hashlib
import json
import plistlib
import secrets
from collections.abc import Mapping
from typing import Any

from core.i18n import lazy_gettext as _l
from testing_center.rules.delivery import DeliveryRefusal

HEADER = "X-SafeExamBrowser-ConfigKeyHash"
Settings = Mapping[str, Any]


class SafeBrowserNeeded(DeliveryRefusal):
    code = "safe_browser_needed"
    status = 403
    title = _l("Open the test in Safe Exam Browser")
    message = _l(
        "This centre holds tests in Safe Exam Browser with its settings file. Ask the proctor. Your code stays valid."
    )


def settings(base_url: str) -> Settings:
    """What a workstation's Safe Exam Browser is told: open the test, nothing else, and show which settings it has.

    It ends at an address of our own, so that nobody needs a password after the test.
    """
    return {
        "allowQuit": True,
        "allowPreferencesWindow": False,
        "allowSpellCheck": False,
        "allowDictionaryLookup": False,
        "browserViewMode": 1,  # the whole screen
        "browserWindowAllowReload": True,
        "enableZoomPage": True,
        "enableZoomText": True,
        "newBrowserWindowByLinkPolicy": 1,  # in the same window
        "quitURL": f"{base_url}/exam/quit",
        "quitURLConfirm": False,
        "sendBrowserExamKey": True,
        "showInputLanguage": True,  # people type in Kyrgyz and in Russian
        "showReloadButton": True,
        "startURL": f"{base_url}/exam/",
        "URLFilterEnable": False,
    }


def seb_json(of: Settings) -> str:
    """Settings as the Config Key sees them: sorted by their names whatever the case, no blanks, nothing escaped.

    ``originatorVersion`` tells who wrote a file, not what is in it, and empty dictionaries tell nothing: left out.
    """
    return _written({name: value for name, value in of.items() if name != "originatorVersion"})


def _written(value: Any) -> str:
    match value:
        case Mapping():
            kept = {name: inner for name, inner in value.items() if not (isinstance(inner, Mapping) and not inner)}
            pairs = sorted(kept.items(), key=lambda pair: pair[0].lower())
            return "{" + ",".join(f'"{name}":{_written(inner)}' for name, inner in pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_written, value)) + "]"
        case str():
            return f'"{value}"'
        case _:
            return json.dumps(value)


def config_key(of: Settings) -> str:
    """SHA-256 of :func:`seb_json`, in hexadecimal."""
    return hashlib.sha256(seb_json(of).encode()).hexdigest()


def expected(address: str, key: str) -> str:
    """What the header says on a request to this address, given without its fragment."""
    return hashlib.sha256((address + key).encode()).hexdigest()


def is_shown(header: str, address: str, key: str) -> bool:
    """Whether a request to ``address`` shows that the settings with this Config Key are in force."""
    return secrets.compare_digest(header.strip().lower().encode(), expected(address, key).encode())


def settings_file(of: Settings) -> bytes:
    """The settings as a file that Safe Exam Browser opens: a property list, not encrypted."""
    return plistlib.dumps(dict(of), sort_keys=True)
