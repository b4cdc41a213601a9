"""Languages of the interface: Kyrgyz first, Russian, English. English sentences are the message ids."""

from __future__ import annotations

from datetime import date, datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import Babel, force_locale, get_locale, get_translations, gettext, lazy_gettext, ngettext

LANGUAGES = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
DEFAULT = "ky"
DATE_FORMATS = ("%d.%m.%Y", "%Y-%m-%d")  # the first is how days are shown

__all__ = [
    "DEFAULT", "LANGUAGES", "current_language", "force_locale", "format_date", "format_datetime", "format_time",
    "gettext", "init_app", "lazy_gettext", "ngettext",
]  # fmt: skip

babel = Babel()


def select_language() -> str:
    """The language chosen on this page, else the one chosen earlier, else Kyrgyz (never the browser's guess)."""
    if not has_request_context():
        return DEFAULT
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    kept = session.get("language") or request.cookies.get("language")
    return kept if kept in LANGUAGES else DEFAULT


def current_language() -> str:
    """Code of the language in force: ``ky``, ``ru`` or ``en``."""
    locale = get_locale()
    return locale.language if locale else DEFAULT


def zone() -> ZoneInfo:
    """The zone in which moments are shown when no centre says otherwise."""
    return ZoneInfo(current_app.config["TIME_ZONE"])


def format_datetime(moment: datetime, tz: ZoneInfo | None = None, *, seconds: bool = False) -> str:
    """``21.11.2026, 10:42`` in the given zone."""
    return moment.astimezone(tz or zone()).strftime("%d.%m.%Y, %H:%M:%S" if seconds else "%d.%m.%Y, %H:%M")


def format_time(moment: datetime, tz: ZoneInfo | None = None) -> str:
    """``10:42:07`` in the given zone."""
    return moment.astimezone(tz or zone()).strftime("%H:%M:%S")


def format_date(day: date | datetime, tz: ZoneInfo | None = None) -> str:
    """``21.11.2026``; a moment is first put into the given zone."""
    if isinstance(day, datetime):
        day = day.astimezone(tz or zone())
    return day.strftime("%d.%m.%Y")


def parse_date(text: str) -> date:
    """The day written as ``21.11.2026`` or ``2026-11-21``.

    Raises:
        ValueError: anything else.
    """
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    raise ValueError(f"no date: {text!r}")


def format_duration(seconds: int) -> str:
    """``1:17:53``."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def _catalogue() -> NullTranslations:
    """The sentences of the language in force: looked up once, and not again for each of the sixty of a page."""
    locale = get_locale()
    found: tuple[object, NullTranslations] | None = g.get("catalogue")
    if found is None or found[0] is not locale:
        found = g.catalogue = (locale, get_translations())
    return found[1]


def init_app(app: Flask) -> None:
    """Choose the language of each request and give templates the formats."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", DEFAULT)
    babel.init_app(
        app, locale_selector=select_language, default_translation_directories=str(app.root_path) + "/translations"
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda said: _catalogue().gettext(said),
        ngettext=lambda one, many, count: _catalogue().ngettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.filters.update(datetime=format_datetime, time=format_time, date=format_date, duration=format_duration)
