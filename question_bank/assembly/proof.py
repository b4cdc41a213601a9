"""Whether the bank can fill a blueprint at all, exactly: integer programmes, solved by HiGHS.

Items without enemies that have the same place in the blueprint and as many uses left are interchangeable: of them only
the number in each form matters, so the programme stays small whatever the size of the bank.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import highspy

from question_bank.assembly.budget import Budget
from question_bank.assembly.plan import Candidate, Cell, Limits, Shortage

SECONDS = 12.0
MARKS_MOST = 6000  # items times pairs of forms: what can be searched within the time
FEASIBLE = 2  # HiGHS: the values at hand keep to everything

Group = tuple[str, ...]
Variable = tuple[str | Group, Cell, highspy.highs.highs_var]  # an item or a group, for a cell, in one form


@dataclass
class Chosen:
    """One form: items with enemies by name, of each group of interchangeable ones how many, each for its cell."""

    named: dict[str, Cell] = field(default_factory=dict)
    free: dict[tuple[Group, Cell], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Filled:
    """The fullest forms there are: what stands in each, and which cells stay short (none where it can be done).

    ``is_proved``: there are none fuller; otherwise the time was over. No ``forms``: it is proved that there are none.
    """

    forms: list[Chosen]
    short: list[Shortage]
    is_proved: bool


def fill(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, limits: Limits, budget: Budget
) -> Filled | None:  # fmt: skip
    """Fill as many places as can be filled; limits on shared items other than 0 are not considered here.

    None where nothing at all was found within ``SECONDS`` and the ``budget``.
    """
    budget = budget.part(SECONDS)
    uses = {item.id: most for item in bank if (most := limits.uses(item, forms))}
    fitting = [item for item in bank if item.id in uses and any(item.fits(cell) for cell in cells)]
    ids = {item.id for item in fitting}
    named = {item.id: item for item in fitting if not item.enemies.isdisjoint(ids)}
    alike: defaultdict[tuple[str, str, int, int], list[Candidate]] = defaultdict(list)
    for item in fitting:
        if item.id not in named:
            alike[item.area, item.sub_topic, item.difficulty, uses[item.id]].append(item)
    whos = [(item.id, item) for item in named.values()]
    groups = [(tuple(item.id for item in items), items[0]) for items in alike.values()]
    model = _Model(cells, forms)
    for _form in range(forms):
        form: list[Variable] = [
            (who, cell, model.solver.addBinary()) for who, item in whos for cell in cells if item.fits(cell)
        ]  # fmt: skip
        form += [
            (group, cell, model.solver.addIntegral(lb=0, ub=len(group)))
            for group, item in groups for cell in cells if item.fits(cell)
        ]  # fmt: skip
        model.add(form)
        if not _keep_apart(model.solver, form, named, budget):
            return None
    _limit_uses(model.solver, model.of, uses, forms)
    return model.solved(budget)


def fill_apart(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, limits: Limits, budget: Budget,
    within: float | None = None,
) -> Filled | None:  # fmt: skip
    """Fill as many places as can be filled where any two forms share at most ``limits.shared`` items.

    With ``within`` all places are filled, and the expected scores are no further apart than that (in items): all of it
    or nothing. None where neither forms were found nor is it proved that there are none, within ``SECONDS`` and the
    ``budget``; or where the bank is too large to try (``MARKS_MOST``). Every item is named here, since it matters on
    which forms each one stands.
    """
    budget = budget.part(SECONDS)
    uses = {item.id: most for item in bank if (most := limits.uses(item, forms))}
    named = {item.id: item for item in bank if item.id in uses and any(item.fits(cell) for cell in cells)}
    pairs = list(combinations(range(forms), 2)) if limits.shared else []
    if (within is None and limits.shared is None) or len(named) * max(len(pairs), forms) > MARKS_MOST:
        return None
    model = _Model(cells, forms, is_full=within is not None)
    solver = model.solver
    ends = None if within is None else (solver.addVariable(lb=0), solver.addVariable(lb=0))
    if ends is not None:
        solver.addConstr(ends[1] - ends[0] <= within)
    for _form in range(forms):
        form: list[Variable] = [
            (item.id, cell, solver.addBinary()) for item in named.values() for cell in cells if item.fits(cell)
        ]  # fmt: skip
        model.add(form)
        if ends is not None:
            score = solver.qsum([named[who].expected * var for who, _cell, var in form if isinstance(who, str)])
            solver.addConstr(score - ends[0] >= 0)
            solver.addConstr(score - ends[1] <= 0)
        if not _keep_apart(solver, form, named, budget):
            return None
    _limit_uses(solver, model.of, uses, forms)
    stands = [_by_who([form]) for form in model.of]
    for one, other in pairs:
        common = []
        for item in named:
            both = solver.addVariable(lb=0, ub=1)
            solver.addConstr(solver.qsum([*stands[one][item], *stands[other][item]]) - both <= 1)
            common.append(both)
        solver.addConstr(solver.qsum(common) <= (limits.shared or 0))
        if budget.is_over:
            return None
    return model.solved(budget)


class _Model:
    """An integer programme in the making: forms with places that stay empty only where they must."""

    def __init__(self, cells: Sequence[Cell], forms: int, *, is_full: bool = False) -> None:
        """``is_full``: no place may stay empty."""
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.cells, self.forms, self.is_full = cells, forms, is_full
        self.of: list[list[Variable]] = []
        self._missing: list[tuple[Cell, highspy.highs.highs_var]] = []

    def add(self, form: list[Variable]) -> None:
        """One more form of these variables."""
        for cell in self.cells:
            lacks = self.solver.addIntegral(lb=0, ub=0 if self.is_full else cell.count, obj=1)
            self._missing.append((cell, lacks))
            filled = self.solver.qsum([var for _who, where, var in form if where == cell])
            self.solver.addConstr(filled + lacks == cell.count)
        self.of.append(form)

    def solved(self, budget: Budget) -> Filled | None:
        """The fullest forms found in the time; None where there are none, nor a proof of that."""
        if budget.is_over:
            return None
        self.solver.setOptionValue("time_limit", budget.left)
        self.solver.run()
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return Filled([], [], is_proved=True)
        if self.solver.getInfo().primal_solution_status != FEASIBLE:
            return None
        values = [round(value) for value in self.solver.getSolution().col_value]
        lacking: Counter[Cell] = Counter()
        for cell, lacks in self._missing:
            lacking[cell] += values[lacks.index]
        wanted = {cell: cell.count * self.forms for cell in self.cells}
        short = [Shortage(one, wanted[one] - lacking[one], wanted[one]) for one in self.cells if lacking[one]]
        is_proved = status == highspy.HighsModelStatus.kOptimal
        return Filled([_chosen(values, form) for form in self.of], short, is_proved)


def _keep_apart(
    solver: highspy.Highs, form: Sequence[Variable], named: Mapping[str, Candidate], budget: Budget
) -> bool:  # fmt: skip
    """In one form nothing stands twice, nor beside its enemy; False where the time is over before all is said."""
    stands = _by_who([form])
    for who, several in stands.items():
        if len(several) > 1:
            solver.addConstr(solver.qsum(several) <= (1 if isinstance(who, str) else len(who)))
    for item in named.values():
        if budget.is_over:
            return False
        for foe in sorted(item.enemies & stands.keys()):
            if item.id < foe and item.id in stands:
                solver.addConstr(solver.qsum([*stands[item.id], *stands[foe]]) <= 1)
    return True


def _limit_uses(solver: highspy.Highs, of: Sequence[Sequence[Variable]], uses: Mapping[str, int], forms: int) -> None:
    """No item stands on more forms than it may."""
    for who, several in _by_who(of).items():
        most, members = (uses[who], 1) if isinstance(who, str) else (uses[who[0]], len(who))
        if most < forms:
            solver.addConstr(solver.qsum(several) <= most * members)


def _by_who(of: Iterable[Iterable[Variable]]) -> dict[str | Group, list[highspy.highs.highs_var]]:
    found: defaultdict[str | Group, list[highspy.highs.highs_var]] = defaultdict(list)
    for form in of:
        for who, _cell, var in form:
            found[who].append(var)
    return dict(found)


def _chosen(values: Sequence[int], form: Sequence[Variable]) -> Chosen:
    found = Chosen()
    for who, cell, var in form:
        count = values[var.index]
        if count and isinstance(who, str):
            found.named[who] = cell
        elif count and not isinstance(who, str):
            found.free[who, cell] = count
    return found
