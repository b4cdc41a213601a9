"""All kinds of questions by name; a new one is one module and one line here."""

from __future__ import annotations

from question_bank.kinds.base import Kind
from question_bank.kinds.choice import MultipleResponse, SingleChoice, TrueFalse
from question_bank.kinds.matching import Matching
from question_bank.kinds.numeric import Numeric
from question_bank.kinds.ordering import Ordering
from question_bank.rules import ItemKind

KINDS: dict[ItemKind, Kind] = {
    kind.name: kind
    for kind in (SingleChoice(), MultipleResponse(), TrueFalse(), Ordering(), Matching(), Numeric())
}  # fmt: skip


def kind_of(name: str) -> Kind:
    """The kind of this name.

    Raises:
        ValueError: there is none.
    """
    return KINDS[ItemKind(name)]
