"""When the finding of a decided appeal is settled, and what a correction of its question may say (¶35)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.errors import Refusal
from core.i18n import lazy_gettext as _l


@dataclass(frozen=True)
class Spot:
    """Where something is found and corrected: a place of a form, for everybody or (``attempt``) for one of them."""

    form: UUID
    place: int
    attempt: UUID | None = None


@dataclass(frozen=True)
class Found:
    """A finding that changes something, by its id, the moment its appeal was decided, and the appeal's number."""

    id: UUID
    spot: Spot
    decided_at: datetime
    appeal: str


@dataclass(frozen=True)
class Applied:
    """An erratum in force, by its id, when its correction was prepared and applied, and the correction's number."""

    id: UUID
    spot: Spot
    prepared_at: datetime
    applied_at: datetime
    correction: str


@dataclass(frozen=True)
class Saying:
    """What a finding or an erratum says is right: its kind, and the responses, each as its kind writes it."""

    kind: str
    accepted: Collection[Sequence[str]]

    def equals(self, other: Saying) -> bool:
        """Whether both say the same."""
        return self.kind == other.kind and set(map(tuple, self.accepted)) == set(map(tuple, other.accepted))


class FindingSaysOtherwise(Refusal):
    code = "finding_says_otherwise"
    message = _l(
        "A decided appeal waits for the correction of this question, and its finding says something else. Correct the "
        "question as it was found. Appeal: %(appeal)s; place in the form: %(place)s"
    )


def due(
    found: Iterable[Found], applied: Iterable[Applied], says_the_same: Callable[[Found, Applied], bool]
) -> set[UUID]:
    """Ids of the findings that wait for a correction: one a spot at most.

    Of several findings on a spot the one decided last prevails (of one moment, that of the appeal with the later
    number). It is due until the erratum applied last there was prepared when it had been decided (the same moment is
    late enough), or says the same already. ``says_the_same`` is asked only of an erratum prepared before.
    """
    latest: dict[Spot, Found] = {}
    for one in sorted(found, key=lambda one: (one.decided_at, one.appeal)):
        latest[one.spot] = one
    in_force: dict[Spot, Applied] = {}
    for erratum in sorted(applied, key=lambda one: (one.applied_at, one.correction)):
        in_force[erratum.spot] = erratum
    return {
        one.id
        for spot, one in latest.items()
        if (last := in_force.get(spot)) is None or (last.prepared_at < one.decided_at and not says_the_same(one, last))
    }


def check_as_found(errata: Iterable[tuple[Spot, Saying]], due: Iterable[tuple[Found, Saying]]) -> None:
    """Where a finding waits, an erratum says what was found and nothing else.

    Raises:
        FindingSaysOtherwise: names the appeal.
    """
    waiting = {found.spot: (found, said) for found, said in due}
    for spot, says in errata:
        if spot in waiting:
            found, said = waiting[spot]
            if not says.equals(said):
                raise FindingSaysOtherwise(appeal=found.appeal, place=spot.place)
