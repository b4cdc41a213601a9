"""Every place in the code that opens an answer key or a rationale is known, and so is where the opening is recorded."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "core",
    "accounts",
    "question_bank",
    "competitions",
    "testing_center",
    "appeals",
    "ranking",
    "archive",
    "demo",
)
OPENERS = {
    "open_key",
    "open_sealed_key",
    "open_rationale",
    "as_draft",
    "key_in_form",
    "leaf_content",
    "recompute",
    "seal_holds",
    "_leaves",
    "open_key_for",
    "version_content",
    "flaws_of",
}

#: Who calls what opens a key → the entry of the trail that says so, or why a person learns nothing by it.
KNOWN = {
    "appeals/recount.py:_key": "key_viewing.begun: the key review of the commission (¶35), recounted",
    "appeals/services/content.py:form_facts": "appeal_protocol.issued: the digest alone, no key is shown",
    "appeals/services/review.py:review": "key_viewing.begun: the key review of the commission (¶35)",
    "question_bank/sealing.py:key_in_form": "called by those below",
    "question_bank/sealing.py:leaf_content": "called by those below",
    "question_bank/sealing.py:open_key": "called by those below",
    "question_bank/sealing.py:_leaves": "called by those below",
    "question_bank/sealing.py:recompute": "called by those below",
    "question_bank/sealing.py:seal_holds": "called by those below",
    "question_bank/sealing.py:version_content": "called by those below",
    "question_bank/services/approvals.py:_content_holds": "audit verify: a digest is recomputed, no key is shown",
    "question_bank/services/approvals.py:_fix": "item.approved, item.returned: a digest, no key is shown",
    "question_bank/services/approvals.py:recompute": "a digest, no key is shown",
    "question_bank/services/forms.py:_seal": "form.sealed: the digest of a new form, no key is shown",
    "question_bank/services/forms.py:verify_form": "form.verified: the digest is recomputed, no key is shown",
    "question_bank/services/exports.py:write_bank": "bank.exported, after two persons, before anybody gets the file",
    "question_bank/services/imports.py:plan_import": "bank.keys_compared: of one's own questions, or an approver's",
    "question_bank/services/items.py:as_draft": "called by those below",
    "question_bank/services/decisions.py:_note": "item.approved, item.returned: flaws, sealed beside the decision",
    "question_bank/services/decisions.py:flaws_of": "called by those below",
    "question_bank/services/items.py:edit_version": "item.edited: both wordings are compared, no key is shown",
    "question_bank/services/items.py:new_version": "item.version_added: sealed again at once, shown to nobody",
    "question_bank/services/items.py:open_key_for": "item.key_opened",
    "question_bank/views/conflict.py:_sealed": "item.key_opened, purpose compare: as for the author's own editing",
    "question_bank/views/editor.py:edit_version": "item.key_opened, purpose edit: the author's own editing",
    "question_bank/views/items.py:_compared": "item.key_opened, purpose view: once for each of the versions compared",
    "question_bank/views/items.py:differences": "item.key_opened, purpose view: beside the keys that are compared",
    "question_bank/views/items.py:item_page": "item.key_opened, purpose view: approvers, and who worked on it",
    "question_bank/views/beside.py:beside": "item.key_opened, purpose view: flaws beside the key that is shown",
    "testing_center/queries.py:_keyed": "attempt.ended, attempt.rescored: scoring",
    "testing_center/services/export.py:forms": "results.exported: for an independent recount",
    "testing_center/views/statistics.py:item": "item.key_opened, purpose statistics",
}


def calls() -> set[str]:
    """``path:function`` of every call of an opener."""
    found = set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            found |= {f"{path.relative_to(ROOT)}:{name}" for name in _callers(ast.parse(path.read_text()))}
    return found


def _callers(tree: ast.Module) -> set[str]:
    return {
        top.name
        for top in ast.walk(tree)
        if isinstance(top, ast.FunctionDef)
        for node in ast.walk(top)
        if isinstance(node, ast.Call) and _name(node.func) in OPENERS
    }


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_every_opening_of_a_key_is_known_and_says_where_it_is_recorded():
    assert calls() == set(KNOWN)
