"""Questions of a test as they stand on the candidate's screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from question_bank.rules import ItemKind
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import Saved
from testing_center.sheets import Sheet, SheetItem, SheetOption, get_sheet


@dataclass(frozen=True)
class Question:
    """A question on the screen: number shown, item, order of its options and targets, answer saved."""

    position: int
    item: SheetItem
    order: list[int]
    targets: list[int]
    saved: Saved

    @property
    def is_answered(self) -> bool:
        """Whether an answer is saved."""
        return bool(self.saved.response)

    @property
    def lines(self) -> list[SheetOption]:
        """Options as they stand on the screen: in the candidate's own order where that is the answer."""
        shown = [self.item.options[index] for index in self.order]
        if self.item.kind.name == ItemKind.ORDERING and self.saved.response:
            shown.sort(key=lambda option: self.saved.response.index(option.id))
        return shown

    @property
    def matches(self) -> list[SheetOption]:
        """What options are matched to, as it stands on the screen."""
        return [self.item.targets[index] for index in self.targets]

    def moved(self, index: int, by: int) -> str:
        """The order of lines, as ids, after the line at ``index`` has moved; the order itself for 0."""
        ids = [line.id for line in self.lines]
        ids.insert(max(0, index + by), ids.pop(index))
        return ",".join(ids)


def shown_at(position: int, order: dict[str, Any], sheet: Sheet, saved: Saved) -> Question:
    """The question at a position of an attempt that shows them in this order."""
    place, targets = order["items"][position - 1], order.get("targets")
    given = targets[position - 1] if targets else []
    return Question(position, sheet.items[place], order["options"][position - 1], given, saved)


def questions_of(attempt: Attempt) -> list[Question]:
    """All questions of an attempt in the order shown."""
    sheet, saved = get_sheet(attempt.form_id), queries.saved_answers(attempt.id)
    return [
        Question(position, sheet.items[place], order, targets, saved.get(place, rules.NOTHING_SAVED))
        for position, place, order, targets in attempt.shown()
    ]
