"""What is judged in rich texts: their words, their pictures, the alternative texts of these."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from core import markup, pictures
from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import Finding

_TAG = re.compile(r"<(/?)([a-z]+)")
_PICTURE = re.compile(r"<img(?: [a-z]+=\"[^\"]*\")*>")  # as it stands in a cleaned text
_EMPTY = {"br", "img"}

Texts = Iterable[tuple[str, str]]  # column and HTML

LENGTH = 20_000  # characters of HTML; of its words as many as a plain text may have
PICTURES = 12  # of one question
DEPTH = 60  # elements one inside another: files that are XML are read by programs which go no deeper than a few hundred


def comparable(html: str) -> str:
    """What two texts are told apart by, and which is empty where there is nothing to read or see."""
    return " ".join([markup.plain(html), *(name for name, _alternative in markup.images(markup.clean(html)))]).strip()


def words(html: str) -> str:
    """What there is to read in a text beside its pictures; the alternative text of a picture is not counted."""
    return markup.plain(_PICTURE.sub(" ", markup.clean(html))).strip()


def translated(ky: str, ru: str) -> tuple[str, str]:
    """A text in both languages as it is compared (see :func:`comparable`).

    A picture is no translation: beside words, what is only a picture is empty in its language.
    """
    if "<img" not in f"{ky}{ru}".lower():  # nothing but words; to look twice takes its time
        return comparable(ky), comparable(ru)
    has_ky, has_ru = bool(words(ky)), bool(words(ru))
    return comparable(ky) if has_ky or not has_ru else "", comparable(ru) if has_ru or not has_ky else ""


def names(texts: Texts) -> list[str]:
    """Names of the pictures that the texts show, sorted, each once."""
    return sorted({name for _column, html in texts for name, _alternative in markup.images(markup.clean(html))})


def findings(texts: Texts, media: Collection[tuple[str, bytes]]) -> Iterator[Finding]:
    """What is wrong with the pictures of a question: not there, without words, not what they say they are."""
    there = {name for name, _content in media}
    shown = set()
    for column, html in texts:
        if len(html) > LENGTH:
            yield "too_long", _l("The text is too long. Most characters allowed: %(count)s", count=LENGTH), column
        clean = markup.clean(html)
        if depth(clean) > DEPTH:
            yield (
                "too_deep",
                _l("The formatting stands too deep one in another. Take some of it away, or write the text anew."),
                column,
            )
        for name, alternative in markup.images(clean):
            shown.add(name)
            if name not in there:
                yield "picture_missing", _l("A picture of this text is not here. Add it again."), column
            elif not alternative:
                yield (
                    "alternative_missing",
                    _l('A picture has no alternative text: say in words what it shows (alt="…").'),
                    column,
                )
    if len(shown) > PICTURES:
        yield "pictures_too_many", _l("There are too many pictures. At most: %(n)s", n=PICTURES), "stem_ky"
    for name, content in media:
        if name in shown and not _is_as_named(name, content):
            yield "picture_refused", pictures.PictureRefused.message, "stem_ky"


def depth(html: str) -> int:
    """How many elements of a cleaned text stand one inside another."""
    deepest = now = 0
    for closes, name in _TAG.findall(html):
        if name not in _EMPTY:
            now += -1 if closes else 1
            deepest = max(deepest, now)
    return deepest


def _is_as_named(name: str, content: bytes) -> bool:
    try:
        return pictures.picture(content).name == name
    except pictures.PictureRefused:
        return False
