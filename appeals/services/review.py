"""What the commission and the candidate see on the screen (¶35): shown, chosen, key in force, points, and a recount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Row

from accounts.models import User
from appeals import queries, recount
from appeals.models import Appeal
from appeals.recount import Right
from appeals.rules.viewing import GAP, ViewingNotOpen
from question_bank.kinds.base import Kind
from question_bank.kinds.registry import kind_of
from question_bank.models import FormItem
from question_bank.queries import get_form
from question_bank.rules import ItemKind
from question_bank.sealing import recompute
from testing_center import queries as attempts
from testing_center.models.attempts import Attempt
from testing_center.services.links import open_link
from testing_center.staff_queries import incidents_of


@dataclass(frozen=True)
class ShownOption:
    """An option in the order in which the candidate saw it; ``is_key`` by the key in force (errata applied)."""

    id: str
    ky: str
    ru: str
    is_key: bool
    is_chosen: bool


@dataclass(frozen=True)
class ShownTarget:
    """What options are matched to, in the order in which the candidate saw it."""

    id: str
    ky: str
    ru: str


@dataclass(frozen=True)
class Change:
    """One acknowledged change of an answer; ``response`` is empty where it was withdrawn.

    ``epoch`` counts workstations; ``is_late`` says that it came after the end: not scored.
    """

    at: datetime
    response: tuple[str, ...]
    language: str
    epoch: int
    is_late: bool
    flagged: bool


@dataclass(frozen=True)
class ItemReview:
    """One item as it was shown and answered, beside the key in force and the points that follow.

    ``question`` is the number on the candidate's screen, ``place`` the place in the form. ``response`` is the answer
    in force, None where none was ever saved in time. ``accepted`` are the right answers as the kind writes them;
    ``sealed_key`` the key as it was sealed; ``corrections`` the numbers of the corrections applied to this item.
    """

    question: int
    place: int
    item: str
    version: int
    area_ky: str
    area_ru: str
    stem_ky: str
    stem_ru: str
    kind: Kind
    is_partial: bool
    options: tuple[ShownOption, ...]
    targets: tuple[ShownTarget, ...]
    language: str
    response: tuple[str, ...] | None
    changes: tuple[Change, ...]
    accepted: tuple[tuple[str, ...], ...]
    sealed_key: tuple[str, ...]
    is_void: bool
    corrections: tuple[str, ...]
    points: int
    maximum: int
    flagged: bool
    is_disputed: bool

    def said(self, response: Sequence[str], letters: str) -> str:
        """A response in the letters of the options and the numbers of what they are matched to: ``А → 2, Б → 1``."""
        return self._in_signs(self.kind.words(tuple(response), self._signs(letters)))

    def right(self, letters: str) -> list[str]:
        """The right answers in the same signs."""
        return [self._in_signs(self.kind.key_words(key, self._signs(letters))) for key in self.accepted]

    def _in_signs(self, words: list[str]) -> str:
        return ", ".join(words if self.kind.name == ItemKind.ORDERING else sorted(words))

    def _signs(self, letters: str) -> dict[str, str]:
        signs = {option.id: letter for option, letter in zip(self.options, letters, strict=False)}
        return signs | {target.id: str(number) for number, target in enumerate(self.targets, 1)}


@dataclass(frozen=True)
class Pause:
    """A time in which the server heard nothing: a lost connection, or more than a minute without a save."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> int:
        """How long."""
        return int((self.until - self.since).total_seconds())


@dataclass(frozen=True)
class SeatIncident:
    """An incident of this seat, or of the whole sitting (``seat`` None)."""

    at: datetime
    seat: int | None
    category: str
    text: str


@dataclass(frozen=True)
class KeyReview:
    """The whole review of one attempt. Digests are hex; ``recomputed`` is the score recounted from the events alone."""

    items: tuple[ItemReview, ...]
    stored: int
    recomputed: int
    maximum: int
    cut_score: int
    variant: int
    digest_shown: str
    digest_recomputed: str
    gaps: tuple[Pause, ...]  # when the workstation could not reach the server, by its own word
    pauses: tuple[Pause, ...]
    incidents: tuple[SeatIncident, ...]
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def scores_agree(self) -> bool:
        """Whether the stored score follows from the answers and the key in force."""
        return self.stored == self.recomputed

    @property
    def is_form_equal(self) -> bool:
        """Whether the form recomputed now is the one that this candidate was shown."""
        return self.digest_shown == self.digest_recomputed

    def item(self, question: int) -> ItemReview | None:
        """The item shown under this number."""
        return next((item for item in self.items if item.question == question), None)


def review(appeal: Appeal, *, by: User, now: datetime) -> KeyReview:
    """The review, for somebody who has an open viewing of this appeal's hearing.

    Raises:
        ViewingNotOpen: ``by`` has no open viewing or it is over by itself, or the hearing is closed.
    """
    hearing = appeal.hearing
    if hearing is None or hearing.closed_at is not None or queries.open_viewing(hearing, by, now=now) is None:
        raise ViewingNotOpen
    attempt = appeal.attempt
    result = attempts.latest_result(attempt.id)
    if result is None:
        raise ViewingNotOpen
    rights, answers = recount.right_answers(attempt.form_id), recount.answers_in_force(attempt.id)
    events = attempts.events_of(attempt.id)
    form = get_form(attempt.form_id)
    items = {item.position: item for item in form.items}
    return KeyReview(
        items=tuple(
            _item(
                attempt, question, items[place], (order, targets), [event for event in events if event.place == place],
                rights[place], answers.get(place), is_disputed=place in appeal.items,
            )
            for question, place, order, targets in attempt.shown()
        ),
        stored=result.score, recomputed=recount.total(rights, answers), maximum=result.maximum,
        cut_score=result.cut_score, variant=form.variant, digest_shown=queries.digest_shown(attempt).hex(),
        digest_recomputed=recompute(form).hex(),
        gaps=tuple(Pause(since, until) for since, until in attempts.connection_gaps(attempt)),
        pauses=_pauses(attempt, [event.saved_at for event in events]),
        incidents=_incidents(attempt), started_at=attempt.started_at, ended_at=attempt.ended_at,
    )  # fmt: skip


def _item(
    attempt: Attempt, question: int, item: FormItem, orders: tuple[Sequence[int], Sequence[int]],
    events: Sequence[Row[Any]], right: Right, response: tuple[str, ...] | None, *, is_disputed: bool,
) -> ItemReview:  # fmt: skip
    version, area = item.version, item.version.sub_topic.area
    order, target_order = orders
    ids = [item.option_ids[index] for index in order]
    in_time = [event for event in events if not event.is_late]
    last = max(in_time, key=lambda event: (event.epoch, event.revision), default=None)
    keys = {option for accepted in right.responses for option in accepted}
    options = tuple(
        ShownOption(
            id=option, ky=version.shown(version.options[index]["ky"]), ru=version.shown(version.options[index]["ru"]),
            is_key=option in keys,
            is_chosen=option in (response or ()),
        )
        for index, option in zip(order, ids, strict=True)
    )  # fmt: skip
    changes = tuple(
        Change(
            at=event.saved_at, response=tuple(event.response),
            language=event.language, epoch=event.epoch, is_late=event.is_late, flagged=event.flagged,
        )
        for event in events
    )  # fmt: skip
    return ItemReview(
        question=question, place=item.position, item=version.item.external_id, version=version.number,
        area_ky=area.name_ky, area_ru=area.name_ru, stem_ky=version.stem("ky"), stem_ru=version.stem("ru"),
        kind=kind_of(version.kind), is_partial=version.is_partial, options=options,
        targets=tuple(
            ShownTarget(item.target_ids[index], *(version.shown(version.targets[index][code]) for code in ("ky", "ru")))
            for index in target_order
        ),
        language=last.language if last else attempt.language, response=response, changes=changes,
        accepted=right.responses, sealed_key=right.sealed, is_void=right.is_void, corrections=right.corrections,
        points=recount.points_of(right, response), maximum=right.points, flagged=bool(last and last.flagged),
        is_disputed=is_disputed,
    )  # fmt: skip


def _pauses(attempt: Attempt, saved: Sequence[datetime]) -> tuple[Pause, ...]:
    """Stretches of more than a minute without a save, from the start to the end of the attempt."""
    moments = [moment for moment in (attempt.started_at, *saved, attempt.ended_at) if moment is not None]
    inside = sorted(moment for moment in moments if attempt.ended_at is None or moment <= attempt.ended_at)
    return tuple(Pause(since, until) for since, until in pairwise(inside) if until - since > GAP)


def _incidents(attempt: Attempt) -> tuple[SeatIncident, ...]:
    """Incidents of the candidate's seat and of the whole sitting; the link is opened for the seat."""
    seat = open_link(attempt.sitting, attempt).seat
    return tuple(
        SeatIncident(incident.at, incident.seat, str(incident.category), incident.text)
        for incident in incidents_of(attempt.sitting)
        if incident.seat in (None, seat)
    )
