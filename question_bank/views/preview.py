"""A question as the candidate sees it: one that is kept, or one that is being written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from accounts.auth import requires
from accounts.rules import Permission
from core.i18n import current_language, force_locale
from core.i18n import lazy_gettext as _l
from core.markup import text
from core.web import LOOKS, display
from question_bank import queries, rules, sealing
from question_bank.exchange.drafts import ItemDraft
from question_bank.forms.items import ItemForm
from question_bank.kinds.base import Kind, Wording
from question_bank.kinds.registry import kind_of
from question_bank.models import ItemVersion
from question_bank.services.items import hands_on
from question_bank.translations import wordings
from question_bank.views.room import me, room

THEME_NAMES = {"light": _l("Light"), "dark": _l("Dark"), "contrast": _l("High contrast")}


@dataclass(frozen=True)
class Part:
    """An option or target on the screen."""

    id: str
    text: dict[str, str]


@dataclass(frozen=True)
class Shown:
    """A question as the pages of the exam show it: without an answer."""

    kind: Kind
    stem: dict[str, str]
    lines: list[Part]
    matches: list[Part]
    is_partial: bool
    response: tuple[str, ...] = ()
    points: int = 1

    @classmethod
    def of(cls, version: ItemVersion, *, may_see_key: bool) -> Shown:
        """A version; its texts in the order of its author only for those who may see the key."""
        stem = Wording(version.stem_ky, version.stem_ru)
        parts: tuple[Sequence[Wording], Sequence[Wording]]
        parts = (wordings(version.options), wordings(version.targets or ()))
        if not may_see_key:
            veiled = sealing.content_without_key(version)
            parts = (veiled.options, veiled.targets)
        return cls._from(str(version.kind), stem, *parts, version.is_partial, bool(version.is_rich))

    @classmethod
    def of_draft(cls, draft: ItemDraft) -> Shown:
        """What is being written."""
        stem = Wording(draft.stem_ky, draft.stem_ru)
        return cls._from(draft.kind, stem, draft.options, draft.targets, draft.is_partial, draft.is_rich)

    @classmethod
    def _from(
        cls, kind: str, stem: Wording, options: Sequence[Wording], targets: Sequence[Wording], partial: bool, rich: bool
    ) -> Shown:
        def both(one: Wording) -> dict[str, str]:
            return {"ky": text(one.ky, rich), "ru": text(one.ru, rich)}

        lines = [Part(f"o{n}", both(one)) for n, one in enumerate(options)]
        return cls(
            kind_of(kind), both(stem), lines, [Part(f"t{n}", both(one)) for n, one in enumerate(targets)], partial
        )

    @property
    def item(self) -> Shown:
        """The item of the question."""
        return self

    saved = item  # what is saved: no answer

    def moved(self, _index: int, _by: int) -> str:
        """Nothing moves here."""
        return ""


@room.get("/bank/versions/<uuid:version_id>/preview")
@requires(Permission.BANK_VIEW)
def preview(version_id: UUID) -> ResponseReturnValue:
    """The question as a candidate sees it, in either language and every theme, without its key."""
    version = queries.get_version(version_id)
    language = "ru" if request.args.get("language", current_language()) == "ru" else "ky"
    person, hands = me(), hands_on(version.item)
    approver = Permission.BANK_APPROVE in person.permissions
    question = Shown.of(version, may_see_key=rules.may_see_key(person=person.id, approver=approver, hands=hands))
    return render_template(
        "question_bank/preview.html", version=version, language=language, asked=_asked(question, language, ""),
        theme=_theme(), themes=THEME_NAMES,
    )  # fmt: skip


def of_form(form: ItemForm) -> dict[str, Any]:
    """What the template of the live preview needs for what is typed; nothing there is an answer or a key."""
    question = Shown.of_draft(form.draft())
    asked = {code: _asked(question, code, f"{code}-") for code in rules.LANGUAGES}
    return {"question": question, "asked": asked, "theme": _theme(), "themes": THEME_NAMES}


def _asked(question: Shown, language: str, prefix: str) -> Markup:
    """The question as the exam page has it, in the language of the test; ``prefix`` for ids and names of its fields."""
    with force_locale(language):
        page = render_template("question_bank/_asked.html", question=question, content_language=language, prefix=prefix)
    return Markup(page)  # nosec B704  # a page of ours, escaped where it was made


def _theme() -> str:
    asked = request.values.get("theme", "")
    return asked if asked in LOOKS["theme"] else display()["theme"]
