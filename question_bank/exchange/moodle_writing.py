"""Moodle XML for Moodle 4: the file that ``moodle_xml.read`` gives back unchanged (the format is told there).

Elements, their order and their values are those that Moodle itself writes; what a question does not have (feedback,
hints) is written empty, as Moodle does.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from core import markup
from question_bank.exchange.drafts import ItemDraft, Medium, tidied
from question_bank.exchange.languages import marked
from question_bank.exchange.moodle_answers import weights_of
from question_bank.exchange.moodle_tags import write_tags
from question_bank.exchange.moodle_text import write_html
from question_bank.kinds.base import Wording
from question_bank.kinds.registry import kind_of
from question_bank.rules import ItemKind

_TYPES = {
    ItemKind.SINGLE_CHOICE: "multichoice",
    ItemKind.MULTIPLE_RESPONSE: "multichoice",
    ItemKind.TRUE_FALSE: "truefalse",
    ItemKind.ORDERING: "ordering",
    ItemKind.MATCHING: "matching",
    ItemKind.NUMERIC: "numerical",
}
_NOTHING = '<feedback format="html"><text></text></feedback>'


def write(items: Iterable[ItemDraft]) -> bytes:
    """The questions as a UTF-8 file that Moodle takes, each category before its questions."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    category: tuple[str, str] | None = None
    for item in map(tidied, items):
        if category != (item.subject_area, item.sub_topic):
            category = (item.subject_area, item.sub_topic)
            path = "/".join(["$course$", "top", *(part for part in category if part)])
            lines += ['<question type="category">', f"<category><text>{escape(path)}</text></category>", "</question>"]
        lines += _question(item)
    return "\n".join([*lines, "</quiz>", ""]).encode()


def _question(item: ItemDraft) -> Iterator[str]:
    yield f'<question type="{_TYPES[ItemKind(item.kind)]}">'
    yield f"<name><text>{escape(item.external_id)}</text></name>"
    yield f'<questiontext format="html">{_text(item, Wording(item.stem_ky, item.stem_ru))}</questiontext>'
    yield '<generalfeedback format="html"><text></text></generalfeedback>'
    yield "<defaultgrade>1</defaultgrade>"
    yield f"<penalty>{'1' if item.kind == ItemKind.TRUE_FALSE else '0.3333333'}</penalty>"
    yield "<hidden>0</hidden>"
    yield f"<idnumber>{escape(item.external_id)}</idnumber>"
    yield from _answers(item)
    yield "<tags>"
    yield from (f"<tag><text>{escape(tag)}</text></tag>" for tag in write_tags(_values(item)))
    yield "</tags>"
    yield "</question>"


def _values(item: ItemDraft) -> dict[str, str]:
    """What stands in tags."""
    return {
        "difficulty": str(item.difficulty),
        "partial": "no" if kind_of(item.kind).takes_partial and not item.is_partial else "",
        "text": "rich" if item.is_rich else "",
        "source": item.source,
        "author": item.author,
        "enemies": ", ".join(item.enemies),
    }


def _answers(item: ItemDraft) -> Iterator[str]:
    match item.kind:
        case ItemKind.TRUE_FALSE:
            for word, index in (("true", 0), ("false", 1)):
                fraction = 100 if item.key == (index,) else 0
                text = f"<text>{word}</text>{_NOTHING}"
                yield f'<answer fraction="{fraction}" format="moodle_auto_format">{text}</answer>'
        case ItemKind.NUMERIC:
            value, tolerance = item.key
            yield (
                f'<answer fraction="100" format="moodle_auto_format"><text>{value}</text>{_NOTHING}'
                f"<tolerance>{tolerance}</tolerance></answer>"
            )
            yield "<unitgradingtype>0</unitgradingtype><unitpenalty>0.1000000</unitpenalty>"
            yield "<showunits>3</showunits><unitsleft>0</unitsleft>"
        case ItemKind.ORDERING:
            yield "<layouttype>VERTICAL</layouttype><selecttype>ALL</selecttype>"
            yield f"<selectcount>{len(item.options)}</selectcount><gradingtype>ALL_OR_NOTHING</gradingtype>"
            yield "<showgrading>SHOW</showgrading><numberingstyle>none</numberingstyle>"
            yield from _combined()
            for place, line in enumerate(item.options, start=1):
                yield f'<answer fraction="{place}.0000000" format="html">{_text(item, line)}{_NOTHING}</answer>'
        case ItemKind.MATCHING:
            yield "<shuffleanswers>true</shuffleanswers>"
            yield from _combined()
            yield from _matches(item)
        case _:
            single = "true" if item.kind == ItemKind.SINGLE_CHOICE else "false"
            yield f"<single>{single}</single><shuffleanswers>true</shuffleanswers>"
            yield "<answernumbering>abc</answernumbering><showstandardinstruction>0</showstandardinstruction>"
            yield from _combined()
            for weight, option in zip(weights_of(len(item.options), item.key, item.kind), item.options, strict=True):
                yield f'<answer fraction="{weight}" format="html">{_text(item, option)}{_NOTHING}</answer>'


def _combined() -> Iterator[str]:
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        yield f'<{name} format="html"><text></text></{name}>'


def _matches(item: ItemDraft) -> Iterator[str]:
    right = dict(mark for mark in item.key if isinstance(mark, tuple))
    used = [(_text(item, line), item.targets[right[index]]) for index, line in enumerate(item.options)]
    rest = [("<text></text>", target) for index, target in enumerate(item.targets) if index not in right.values()]
    for text, target in [*used, *rest]:
        # A match is one line of plain words in Moodle, which stands in a list to choose from.
        yield f'<subquestion format="html">{text}<answer>{_text(item, target, is_line=True)}</answer></subquestion>'


def _text(item: ItemDraft, wording: Wording, *, is_line: bool = False) -> str:
    """A text in both languages as ``<text>``, with the pictures that it shows as ``<file>``."""
    sides = [write_html(side, is_rich=item.is_rich) for side in (wording.ky, wording.ru)]
    if is_line and not item.is_rich:
        sides = [side.replace("<br>", "\n") for side in sides]
    shown = {name for side in (wording.ky, wording.ru) for name, _alt in markup.images(side)} if item.is_rich else ()
    files = "".join(_file(medium) for medium in item.media if medium.name in shown)
    return f"<text>{escape(marked(*sides))}</text>{files}"


def _file(medium: Medium) -> str:
    content = base64.b64encode(medium.content).decode()
    return f'<file name={quoteattr(medium.name)} path="/" encoding="base64">{content}</file>'
