"""Rich texts in formats that keep them as HTML and have no pictures: xlsx and GIFT."""

from __future__ import annotations

import re
from dataclasses import replace

from core import markup
from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft, with_texts
from question_bank.exchange.moodle_text import taken
from question_bank.exchange.reading import Finding, Refused

_IMG = re.compile(r"<img\b", re.IGNORECASE)
_MULTILANG = re.compile(r"<(?:lang|span)\b[^<>]{0,200}\bmultilang\b|<lang\b", re.IGNORECASE)
_ONE_LANGUAGE = _l("A text of one language holds marks of languages. Put each language into its own text.")
_NO_PICTURES = _l("Files of this format have no pictures.")


def cleaned(draft: ItemDraft) -> tuple[ItemDraft, list[Finding]]:
    """The question with its texts as rich texts: what is allowed of their HTML, and what is wrong with the rest.

    Formatting that is left out is a warning; what the question would not be the same without is an error.
    """
    findings: dict[str, Finding] = {}

    def clean(before: str) -> str:
        text = before
        try:
            text, said = taken("stem_ky", before)
        except Refused as refusal:
            said = [refusal.finding]
        if _MULTILANG.search(before):
            said = [*said, Finding("languages_in_text", _ONE_LANGUAGE, "stem_ky")]
        kept = markup.clean(text)
        if len(_IMG.findall(text)) > len(markup.images(kept)):
            said = [*said, Finding("picture_outside", _NO_PICTURES, "stem_ky")]
        for finding in said:
            findings.setdefault(finding.code, finding)
        return kept

    return replace(with_texts(draft, clean), is_rich=True), list(findings.values())


def without_pictures(item: ItemDraft) -> object | None:
    """Why a question cannot stand in a file that has no place for pictures; None where it can."""
    return _NO_PICTURES if item.media else None
