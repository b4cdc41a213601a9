"""Drawing parallel forms from the bank: a draw is looked at in figures, drawn again or sealed (¶22–24)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from core.i18n import current_language
from question_bank import draw_queries, queries, rules, stock_queries
from question_bank.assembly.assemble import SECONDS, assemble
from question_bank.assembly.figures import Figures, WaysOut, figures, ways_out
from question_bank.assembly.plan import NO_LIMITS, BlueprintShort, Candidate, Cell, FormsNotFound, Limits
from question_bank.assembly.stock import Stock
from question_bank.draw_models import FormDraw
from question_bank.models import TestSpecification

SECONDS_IN_AN_ACT = 2.0  # of drawing while others wait to save; they wait for 5 (core.db.BUSY_SECONDS)

ItemsKnown = Callable[[], Collection[UUID]]
_known: list[ItemsKnown] = []


@dataclass(frozen=True)
class Audience:
    """People who are to sit the forms: ``name`` in the language of the page; ``seen`` are items they met before.

    ``is_meant``: these people wait, and forms are most likely made for them.
    """

    key: str
    name: str
    seen: ItemsKnown
    is_meant: bool = False


NOBODY = Audience("", "", frozenset)


Audiences = Callable[[TestSpecification], Iterable[Audience]]
_audiences: list[Audiences] = []


def not_to_be_drawn(items: ItemsKnown) -> ItemsKnown:
    """Register a room's answer to which items' keys are known outside; the rooms above know, this one does not."""
    _known.append(items)
    return items


def who_has_seen(audiences: Audiences) -> Audiences:
    """Register a room's answer to who may be about to sit a test: the rooms above know people, this one does not."""
    _audiences.append(audiences)
    return audiences


def audiences(specification: TestSpecification) -> list[Audience]:
    """Groups of people whose seen questions can be left out, those first who are most likely to be meant."""
    return [one for register in _audiences for one in register(specification)]


def known_items() -> set[UUID]:
    """Items that no form gets any more: their key is known outside (¶35)."""
    return {item for known in _known for item in known()}


def stock() -> Stock:
    """What forms can be drawn from, counted."""
    return stock_queries.stock(known_items())


@dataclass(frozen=True)
class Prepared:
    """Forms that were drawn and are not kept yet, and what they were drawn from: see :func:`prepare`.

    ``cells`` and ``limits`` are what was asked for, ``drawn`` the candidates of each form as they were read.
    """

    specification_id: UUID
    cells: list[Cell]
    limits: Limits
    without: frozenset[UUID]
    audience: Audience
    left_out: int
    bank: int
    drawn: list[list[Candidate]]


def prepare(
    specification: TestSpecification, count: int, limits: Limits = NO_LIMITS, *, without: Collection[UUID] = (),
    audience: Audience = NOBODY, seconds: float = SECONDS,
) -> Prepared:  # fmt: skip
    """Draw ``count`` parallel variants by the blueprint with a cryptographic random source, and keep nothing yet.

    It may take ``seconds`` and locks nothing: call it outside a transaction, then :func:`keep` inside one. Not drawn
    are ``without`` (items, not versions) and what the ``audience`` has seen already (¶29), nor items whose key is known
    outside (:func:`not_to_be_drawn`, ¶35).

    Raises:
        SpecificationNotApproved: the authority has not approved it.
        BlueprintShort: the bank cannot fill it; names every cell that is short.
        FormsNotFound, FormsShareTooMuch, FormsUneven: not within these limits.
    """
    if specification.status != rules.SpecificationStatus.APPROVED:
        raise rules.SpecificationNotApproved
    limits, cells = replace(limits, points=specification.points), cells_of(specification)
    bank, left_out = _candidates(without, audience)
    with _in_words(specification):
        found = assemble(
            cells, bank.values(), count, random=secrets.SystemRandom(), limits=limits, seconds=seconds
        ).items
    drawn = [[bank[id_] for id_ in form] for form in found]
    return Prepared(specification.id, cells, limits, frozenset(without), audience, left_out, len(bank), drawn)


def keep(prepared: Prepared, *, by: User, now: datetime) -> FormDraw | None:
    """Keep what was prepared, as a draw to be sealed or not; None where that is not true any more.

    Under the lock of its specification it is looked at once more: that the specification asks for the same, and that
    each question that was drawn may still be drawn and is in everything as it was read: its place, its enemies, its
    facility, on how many forms it stands. So it is as if it had been drawn now.
    """
    specification = queries.get_specification(prepared.specification_id)
    queries.lock(specification)
    if specification.status != rules.SpecificationStatus.APPROVED:
        raise rules.SpecificationNotApproved
    bank, _left_out = _candidates(prepared.without, prepared.audience)
    is_so = all(bank.get(one.id) == one for form in prepared.drawn for one in form)
    if not is_so or (cells_of(specification), specification.points) != (prepared.cells, prepared.limits.points):
        return None
    limits, audience = prepared.limits, prepared.audience
    found = FormDraw(
        id=uuid4(), specification=specification, number=draw_queries.last_number(specification) + 1,
        exposure=limits.exposure, shared=limits.shared, tolerance=limits.tolerance, audience=audience.name[:200],
        audience_key=audience.key, left_out=prepared.left_out, bank=prepared.bank,
        drawn=[[one.id for one in form] for form in prepared.drawn],
        figures=[list(astuple(figures(form, limits.points))) for form in prepared.drawn],
        drawn_by_id=by.id, drawn_at=now,
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    audit.record("forms.drawn", found, by=by, at=now, **_facts(found))
    return found


def draw(
    specification: TestSpecification, count: int, limits: Limits = NO_LIMITS, *, by: User, now: datetime,
    without: Collection[UUID] = (), audience: Audience = NOBODY,
) -> FormDraw:  # fmt: skip
    """:func:`prepare` and :func:`keep` in one act, for forms that have to be made together with something else.

    It ends before others who wait to save give up.

    Raises:
        BankChanged: it did while the forms were drawn.
        Otherwise as :func:`prepare`.
    """
    queries.lock(specification)
    prepared = prepare(specification, count, limits, without=without, audience=audience, seconds=SECONDS_IN_AN_ACT)
    found = keep(prepared, by=by, now=now)
    if found is None:
        raise rules.BankChanged
    return found


def _candidates(without: Collection[UUID], audience: Audience) -> tuple[dict[str, Candidate], int]:
    """What may be drawn, by identifier of the version, and how many items are left out."""
    left_out = {*without, *audience.seen(), *known_items()}
    taken = stock_queries.version_ids(left_out)
    bank = {item.id: item for item in stock_queries.bank_candidates() if UUID(item.id) not in taken}
    return bank, len(left_out)


@contextmanager
def _in_words(specification: TestSpecification) -> Iterator[None]:
    """A refusal names subject areas and sub-topics in the language of whoever reads it."""
    try:
        yield
    except (BlueprintShort, FormsNotFound) as refusal:
        language = current_language()
        refusal.named = {
            row.as_cell(): " · ".join(
                [one.name(language) for one in (row.area, row.sub_topic) if one] + [str(row.difficulty)]
            )
            for row in specification.blueprint.cells
        }  # fmt: skip
        raise


def cells_of(specification: TestSpecification) -> list[Cell]:
    """The blueprint as the rules see it."""
    return [cell.as_cell() for cell in specification.blueprint.cells]


def check_may_seal(found: FormDraw) -> None:
    """Refuse a draw that was sealed, that is not the last one, or of which a question is not to be drawn any more.

    What it was drawn to is asked again under a lock of its questions, until the end of the transaction: that none of
    them stands on more forms than the draw allows, whatever was sealed since, and that its audience has met none.

    Raises:
        DrawSealed, DrawNotLast, DrawOutdated.
    """
    queries.lock(found.specification)
    db.session.refresh(found)
    if found.sealed_at is not None:
        raise rules.DrawSealed
    if not draw_queries.is_last(found):
        raise rules.DrawNotLast
    uses = Counter(id_ for form in found.drawn for id_ in form)
    stock_queries.lock_items_of({UUID(id_) for id_ in uses})
    bank = {item.id: item for item in stock_queries.bank_candidates()}
    gone = {str(id_) for id_ in stock_queries.version_ids({*known_items(), *_seen_by_audience(found)})}
    if not uses.keys() <= bank.keys() or uses.keys() & gone:
        raise rules.DrawOutdated
    if found.exposure is not None and any(bank[id_].forms + more > found.exposure for id_, more in uses.items()):
        raise rules.DrawOutdated


def _seen_by_audience(found: FormDraw) -> Collection[UUID]:
    """What those whom it was drawn for have met by now; of a group that is no more nobody can say it."""
    if not found.audience_key:
        return ()
    for one in audiences(found.specification):
        if one.key == found.audience_key:
            return one.seen()
    raise rules.DrawOutdated


def help_for(
    refusal: Exception, specification: TestSpecification, count: int, limits: Limits, audience: Audience = NOBODY
) -> WaysOut | None:
    """What would help where :func:`prepare` was refused for what the bank has; None for any other refusal."""
    if not isinstance(refusal, BlueprintShort | FormsNotFound):
        return None
    bank, _left_out = _candidates((), audience)
    is_proved = isinstance(refusal, BlueprintShort)
    return ways_out(cells_of(specification), list(bank.values()), count, limits, is_proved=is_proved)


def _facts(found: FormDraw) -> dict[str, object]:
    """Limits and outcome, without anything by which the draw could be repeated; the digest stands for the questions."""
    shown: list[Figures] = found.forms
    return {
        "specification": found.specification_id, "number": found.number, "forms": len(found.drawn),
        "exposure": found.exposure, "shared": found.shared,
        "tolerance": None if found.tolerance is None else f"{found.tolerance:g}",
        "left_out": found.left_out, "bank": found.bank, "audience": found.audience,
        "expected": [f"{one.expected:.4f}" for one in shown], "measured": [one.measured for one in shown],
        "digest": sha256(canonical(found.drawn)),
    }  # fmt: skip


@audit.witness("forms.drawn")
def _draw_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Limits, figures and questions of the draw are still those that the trail fixed.

    A draw that is gone is no fault: the trail keeps its limits and figures, and the sealed forms their questions.
    """
    found = db.session.get(FormDraw, audit.subject_id(entry))
    if found is not None and audit.plain(_facts(found)) != audit.facts(entry):
        yield "the limits or the questions of this draw were altered"
