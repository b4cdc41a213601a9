"""Whether the bank can fill a blueprint at all, exactly: an integer programme, solved by HiGHS.

Items without enemies that have the same place in the blueprint and as many uses left are interchangeable: of them only
the number in each form matters, so the programme stays small whatever the size of the bank.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy

from question_bank.assembly.plan import Candidate, Cell, Limits, Shortage

Group = tuple[str, ...]
Variable = tuple[str | Group, Cell, highspy.highs.highs_var]  # an item or a group, for a cell, in one form


@dataclass
class Chosen:
    """One form: items with enemies by name, of each group of interchangeable ones how many, each for its cell."""

    named: dict[str, Cell] = field(default_factory=dict)
    free: dict[tuple[Group, Cell], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Filled:
    """The fullest forms there are: what stands in each, and which cells stay short (none where it can be done)."""

    forms: list[Chosen]
    short: list[Shortage]


def fill(cells: Sequence[Cell], bank: Collection[Candidate], forms: int, limits: Limits) -> Filled:
    """Fill as many places as can be filled; limits on shared items other than 0 are not considered here.

    Raises:
        RuntimeError: the solver ended without an optimum, which has never been seen.
    """
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    uses = {item.id: most for item in bank if (most := limits.uses(item, forms))}
    named = {item.id: item for item in bank if item.id in uses and not item.enemies.isdisjoint(uses)}
    alike: defaultdict[tuple[str, str, int, int], list[Candidate]] = defaultdict(list)
    for item in bank:
        if item.id in uses and item.id not in named:
            alike[item.area, item.sub_topic, item.difficulty, uses[item.id]].append(item)
    whos = [(item.id, item) for item in named.values()]
    groups = [(tuple(item.id for item in items), items[0]) for items in alike.values()]
    of, missing = [], []
    for _form in range(forms):
        form: list[Variable] = [
            (who, cell, solver.addBinary()) for who, item in whos for cell in cells if item.fits(cell)
        ]  # fmt: skip
        form += [
            (group, cell, solver.addIntegral(lb=0, ub=len(group)))
            for group, item in groups for cell in cells if item.fits(cell)
        ]  # fmt: skip
        for cell in cells:
            lacks = solver.addIntegral(lb=0, ub=cell.count, obj=1)
            missing.append((cell, lacks))
            filled = solver.qsum([var for _who, where, var in form if where == cell])
            solver.addConstr(filled + lacks == cell.count)
        _keep_apart(solver, form, named)
        of.append(form)
    _limit_uses(solver, of, uses, forms)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError("the search for forms ended without an answer")
    values = [round(value) for value in solver.getSolution().col_value]
    lacking: Counter[Cell] = Counter()
    for cell, lacks in missing:
        lacking[cell] += values[lacks.index]
    short = [Shortage(one, one.count * forms - lacking[one], one.count * forms) for one in cells if lacking[one]]
    return Filled([_chosen(values, form) for form in of], short)


def _keep_apart(solver: highspy.Highs, form: Sequence[Variable], named: Mapping[str, Candidate]) -> None:
    """In one form nothing stands twice, nor beside its enemy."""
    stands = _by_who([form])
    for who, several in stands.items():
        if len(several) > 1:
            solver.addConstr(solver.qsum(several) <= (1 if isinstance(who, str) else len(who)))
    for item in named.values():
        for foe in sorted(item.enemies & stands.keys()):
            if item.id < foe and item.id in stands:
                solver.addConstr(solver.qsum([*stands[item.id], *stands[foe]]) <= 1)


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
