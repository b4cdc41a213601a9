"""Papers that are drawn once: the same bytes ever after, and no second drawing of what was destroyed under an act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core import audit
from core.crypto import open_with, seal_with, sha256
from core.db import Model, db, transaction
from core.errors import Destroyed, DestroyedByAct


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document with a PDF that is drawn once from a content that was fixed before.

    ``row`` keeps the PDF: in ``pdf_sealed``, for this row alone, where ``key`` gives the 32 bytes to seal under; in
    ``pdf`` where it needs no seal; its SHA-256 in ``pdf_digest``. ``kind``, ``number``, ``version`` and ``digest``
    (of the content) are what an act of destruction lists it by. ``is_emptied``: whether the row says that its content
    is gone; None where it keeps the content of a destroyed paper.
    """

    row: Any
    kind: str
    number: str
    digest: bytes
    version: int = 1
    key: Callable[[], bytes] | None = None
    is_emptied: bool | None = False
    action: str = ""  # of the entry in the trail; else the row's kind and 'drawn'

    @property
    def is_drawn(self) -> bool:
        """Whether there are bytes already."""
        return (self.row.pdf_sealed if self.key else self.row.pdf) is not None

    @property
    def context(self) -> tuple[str, str, str]:
        """What the PDF is sealed for."""
        kind, _, row_id = audit.name_of(self.row).partition(":")
        return kind, row_id, "pdf"

    def keep(self, pdf: bytes) -> None:
        """Store what was drawn."""
        if self.key:
            self.row.pdf_sealed = seal_with(self.key(), pdf, self.context)
        else:
            self.row.pdf = pdf
        self.row.pdf_digest = sha256(pdf)


@dataclass(frozen=True)
class Act:
    """The act of destruction over a paper: its number, and the day on which it was carried out."""

    number: str
    on: date


Finder = Callable[[Sequence[Paper]], Mapping[UUID, Act]]
_finders: list[Finder] = []


def destroyed_by(find: Finder) -> Finder:
    """Register who knows the acts of destruction; the rooms below do not. It answers by the ids of the papers' rows."""
    _finders.append(find)
    return find


def act_over(paper: Paper) -> Act | None:
    """The act under which the paper was destroyed; None while it is kept."""
    return acts_over([paper]).get(paper.row.id)


def acts_over(papers: Iterable[Paper]) -> dict[UUID, Act]:
    """The acts under which papers were destroyed, by the id of their row; what is kept is left out."""
    gone = [paper for paper in papers if paper.is_emptied is not False]
    return {row_id: act for find in _finders for row_id, act in find(gone).items()} if gone else {}


def check_kept(paper: Paper) -> None:
    """Refuse what was destroyed.

    Raises:
        DestroyedByAct: by which act, and on what day.
        Destroyed: its content is gone, and no act lists it.
    """
    act = act_over(paper)
    if act is not None:
        raise DestroyedByAct(day=f"{act.on:%d.%m.%Y}", act=act.number)
    if paper.is_emptied:
        raise Destroyed


def drawn_once(paper: Paper, draw: Callable[[], bytes], *, now: datetime) -> bytes:
    """The PDF of the paper: what ``draw`` gives the first time, stored with its SHA-256, the same bytes ever after.

    It is drawn before the act that keeps it: an act of its own, or the one that is under way. Pages let it be the
    first, for drawing takes long, and in an act nobody else could write meanwhile.

    Raises:
        Destroyed: see :func:`check_kept`.
        Whatever ``draw`` raises.
    """
    if not paper.is_drawn:
        check_kept(paper)
        pdf = draw()
        with transaction(keeps=True, joins=True):
            db.session.flush()
            db.session.refresh(paper.row, with_for_update=True)  # of two who ask at once, one is kept
            _keep(paper, pdf, now)
    return stored(paper)


def _keep(paper: Paper, pdf: bytes, now: datetime) -> None:
    if not paper.is_drawn:
        check_kept(paper)
        paper.keep(pdf)
        action = paper.action or f"{paper.context[0]}.drawn"
        audit.record(action, paper.row, by=audit.System("documents"), at=now, pdf=paper.row.pdf_digest)


def stored(paper: Paper) -> bytes:
    """The PDF that was drawn, empty where a paper without a seal was not.

    Raises:
        CannotOpen: it was altered.
        Destroyed: there are no bytes left.
    """
    if paper.key:
        return open_with(paper.key(), paper.row.pdf_sealed or b"", paper.context)
    pdf: bytes = paper.row.pdf or b""
    return pdf


def is_as_drawn(paper: Paper, entry: audit.AuditEntry) -> bool:
    """Whether the PDF is still the one of which ``entry`` says that it was drawn."""
    return {sha256(stored(paper)), paper.row.pdf_digest} == {bytes.fromhex(audit.facts(entry)["pdf"])}


def witness_drawn(action: str, model: type[Model], paper_of: Callable[[Any], Paper], fault: str) -> None:
    """Have ``verify`` compare each entry of ``action`` with the PDF of its row; ``fault`` where that is another one."""

    @audit.witness(action)
    def holds(entry: audit.AuditEntry) -> Iterator[str]:
        row = db.session.get(model, audit.subject_id(entry))
        if row is None or not is_as_drawn(paper_of(row), entry):
            yield fault
