"""One QTI item as one side of a question: its texts in one language, its kind and its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import Medium
from question_bank.exchange.qti import content_reading
from question_bank.exchange.qti.answers import INTERACTIONS, Answers, answers, declared, no_key, otherwise
from question_bank.exchange.qti.content_reading import Content
from question_bank.exchange.qti.names import STEM_CLASS
from question_bank.exchange.qti.processing import Correct, scoring
from question_bank.exchange.reading import Finding, Refused, clean_text
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.rules import ItemKind

_TEMPLATES = {"templateDeclaration", "templateProcessing", "templateBlock", "templateInline"}
_ELSEWHERE = {"assessmentStimulusRef", "other:include"}
_YES_AND_NO = [
    tuple(one.ky.casefold() for one in TRUE_FALSE), tuple(one.ru.casefold() for one in TRUE_FALSE),
    ("true", "false"), ("чын", "жалган"), ("правда", "ложь"),
]  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """What the manifest says of an item that we wrote."""

    kind: str = ""
    is_rich: bool = False


@dataclass(frozen=True)
class Side:
    """A question in one language; ``names`` are the identifiers of its options and targets."""

    language: str
    stem: str
    options: tuple[str, ...]
    targets: tuple[str, ...]
    names: tuple[str, ...]
    answers: Answers
    kind: str
    is_rich: bool
    media: tuple[Medium, ...]
    findings: tuple[Finding, ...]


def language_of(item: Element, otherwise: str) -> str:
    """``ky`` or ``ru``, as the item says; else what the person said of the file."""
    said = item.get("xml:lang", "").strip().lower().replace("_", "-").split("-")[0]
    return {"ky": "ky", "kir": "ky", "ru": "ru", "rus": "ru"}.get(said, otherwise)


def side(item: Element, language: str, picture: Callable[[str], Medium], mark: Mark | None) -> Side:
    """Read an item in the common names; ``mark`` is for items that we wrote.

    Raises:
        Refused: a question of a kind, with content or with a scoring that the bank does not have.
    """
    body, interaction = _whole(item)
    response = interaction.get("responseIdentifier", "")
    declarations = [one for one in item.iter("responseDeclaration") if one.get("identifier") == response]
    if len(declarations) != 1 or not response:
        raise no_key()
    said = declared(declarations[0])
    how, findings = scoring(item, response), []
    if how is None:
        how = Correct()
        message = _l("The file does not say how the question is scored: all or nothing is taken.")
        findings.append(Finding("scoring_assumed", message, "correct", "warning"))
    found = answers(interaction, said, how)
    texts = _exact(body, interaction, found, picture, mark) if mark else None
    texts = texts or _shown(body, interaction, found, picture)
    kind, options = found.kind, texts.texts[1 : 1 + len(found.options)]
    names = tuple(one.get("identifier", "") for one in (*found.options, *found.targets))
    kind, found, options = _true_or_false(found, options, mark)
    return Side(
        language, texts.texts[0], options, texts.texts[1 + len(found.options) :] if found.targets else (),
        names, found, str(kind), texts.is_rich, texts.media, (*findings, *texts.findings, *_order_warning(interaction)),
    )  # fmt: skip


def _whole(item: Element) -> tuple[Element, Element]:
    """Body and interaction of an item that can be one of our questions."""
    names = {str(element.tag) for element in item.iter()}
    if item.get("adaptive", "false").strip() == "true":
        raise otherwise(_l("This question is adaptive: it changes while it is answered."))
    if found := names & _TEMPLATES:
        raise Refused("template", _l("This question is a template with variables. Element: %(name)s", name=min(found)))
    if found := names & _ELSEWHERE:
        raise Refused(
            "content_elsewhere",
            _l("A part of the question stands in another file. Element: %(name)s", name=min(found).split(":")[-1]),
        )
    body = item.find("itemBody")
    interactions = [] if body is None else [one for one in body.iter() if str(one.tag).endswith("Interaction")]
    if body is None or not interactions:
        raise Refused("kind_description", _l("This is a description, not a question: there is nothing to answer."))
    strange = [str(one.tag) for one in interactions if one.tag not in INTERACTIONS]
    if strange:
        raise Refused(
            "kind_unknown",
            _l("The bank has no such kind of question. In the file it is: %(name)s", name=strange[0][:60]),
        )
    if len(interactions) > 1:
        raise Refused(
            "kind_composite",
            _l("This question asks for several answers at once. Answers: %(n)s", n=len(interactions)),
        )
    [interaction] = interactions
    return body, interaction


@dataclass(frozen=True)
class _Texts:
    """Stem, options, targets, as the bank keeps them."""

    texts: tuple[str, ...]
    is_rich: bool
    media: tuple[Medium, ...]
    findings: tuple[Finding, ...] = ()


def _exact(
    body: Element, interaction: Element, found: Answers, picture: Callable[[str], Medium], mark: Mark
) -> _Texts | None:
    """The texts of an item that stands as we wrote it; None where somebody has changed it since."""
    blocks = list(body)
    holder = blocks[1] if len(blocks) == 2 else None
    if holder is None or not (holder is interaction or list(holder) == [interaction]):
        return None
    stem = blocks[0]
    if stem.tag != "div" or stem.get("class") != STEM_CLASS or interaction.find("prompt") is not None:
        return None
    content = Content(picture, exact=True)
    elements = [stem, *found.options, *found.targets]
    if mark.is_rich:
        texts = [content.html(content_reading.nodes(element)) for element in elements]
    else:
        read = [content.verbatim(element) for element in elements]
        texts = [text for text in read if text is not None]
    if len(texts) < len(elements) or content.dropped or content.has_feedback:
        return None
    return _Texts(tuple(texts), mark.is_rich, _media(content))


def _shown(body: Element, interaction: Element, found: Answers, picture: Callable[[str], Medium]) -> _Texts:
    """The texts as a browser shows them."""
    content = Content(picture)
    prompt = interaction.find("prompt")
    # The interaction itself is no text: its place in a line is a gap, and its prompt stands where it stood.
    interaction.tag = "gap:" if interaction.tag == "textEntryInteraction" else "answers:"
    stem = content.inner(body)
    if prompt is not None:
        stem = "".join(_as_block(part) for part in (stem, content.inner(prompt)) if part)
    htmls = [content_reading.filled(stem), *(content.inner(one) for one in (*found.options, *found.targets))]
    is_rich = not all(content_reading.is_plain(html) for html in htmls)
    findings = []
    if content.dropped:
        left = ", ".join(sorted(content.dropped))[:200]
        message = _l("Some formatting is left out: the bank does not keep it. Elements: %(names)s", names=left)
        findings.append(Finding("markup_dropped", message, severity="warning"))
    if content.has_feedback:
        message = _l("Feedback is left out: the bank does not keep it.")
        findings.append(Finding("feedback_dropped", message, severity="warning"))
    texts = [html if is_rich else content_reading.plain(html) for html in htmls]
    return _Texts(tuple(texts), is_rich, _media(content), tuple(findings))


def _as_block(html: str) -> str:
    return html if html.startswith(("<p>", "<ul>", "<ol>", "<table>")) else f"<p>{html}</p>"


def _media(content: Content) -> tuple[Medium, ...]:
    return tuple(content.media[name] for name in sorted(content.media))


def _true_or_false(
    found: Answers, options: tuple[str, ...], mark: Mark | None
) -> tuple[ItemKind, Answers, tuple[str, ...]]:
    """A single choice of true and false is that kind, with its options in their order."""
    if found.kind != ItemKind.SINGLE_CHOICE or len(options) != 2 or (mark and mark.kind != ItemKind.TRUE_FALSE):
        return found.kind, found, options
    said = tuple(clean_text(option).rstrip(".").casefold() for option in options)
    is_turned = said[::-1] in _YES_AND_NO
    if not is_turned and said not in _YES_AND_NO:
        return found.kind, found, options
    key = tuple(1 - mark for mark in found.key if isinstance(mark, int)) if is_turned else found.key
    elements = found.options[::-1] if is_turned else found.options
    return ItemKind.TRUE_FALSE, Answers(ItemKind.TRUE_FALSE, key, elements), options[::-1] if is_turned else options


def _order_warning(interaction: Element) -> list[Finding]:
    fixed = [one for one in interaction.iter("simpleChoice") if one.get("fixed", "").strip() == "true"]
    if not fixed:
        return []
    message = _l(
        "An option keeps its place in the file. Here each candidate sees the options in an order of their own."
    )
    return [Finding("place_not_kept", message, severity="warning")]
