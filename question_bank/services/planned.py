"""What an import of a file would do, before anything has happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from question_bank.exchange.drafts import ItemDraft, Problem


class Judged:
    """What is said of a file by its problems."""

    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that refuse a question or the file."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems after which the question is taken all the same."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    @property
    def unreadable(self) -> bool:
        """Whether the file as a whole is refused: then there is no good part of it to keep."""
        return any(problem.place_kind == "file" for problem in self.errors)

    def may_go_in(self, *, keep_good: bool) -> bool:
        """Whether the file may be imported: whole, or its good questions where that is what is wanted."""
        return not self.unreadable and (keep_good or not self.errors)


@dataclass(frozen=True)
class Plan(Judged):
    """What an import of a file would do; nothing has happened yet.

    ``new`` are the questions that would come in; ``unchanged`` the ids of those that the bank holds exactly so;
    ``problems`` everything to mend, in the order of the file; ``compared`` the ids of those whose keys were opened to
    be compared with the file's: :func:`imports.record_comparison` keeps that.
    """

    filename: str
    format: str
    digest: bytes
    seen: int
    new: tuple[ItemDraft, ...]
    unchanged: tuple[str, ...]
    problems: tuple[Problem, ...]
    compared: tuple[str, ...] = ()

    @property
    def refused(self) -> int:
        """How many questions of the file would not come in because of a fault."""
        return self.seen - len(self.new) - len(self.unchanged)

    def by_area(self) -> Counter[str]:
        """How many new questions for each subject area (code)."""
        return Counter(draft.subject_area for draft in self.new)

    def by_kind(self) -> Counter[str]:
        """How many new questions of each kind."""
        return Counter(draft.kind for draft in self.new)

    def by_difficulty(self) -> Counter[int]:
        """How many new questions of each difficulty."""
        return Counter(draft.difficulty for draft in self.new)
