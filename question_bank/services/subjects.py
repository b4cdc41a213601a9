"""Subject areas and sub-topics: the parts of a test's content (¶21), data that the department edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core import audit
from core.db import db
from question_bank import rules
from question_bank.models import SubjectArea, SubTopic


@dataclass(frozen=True)
class Names:
    """A name in the three languages of the interface."""

    ky: str
    ru: str
    en: str

    def put_on(self, subject: SubjectArea | SubTopic) -> None:
        """Name the subject so."""
        subject.name_ky, subject.name_ru, subject.name_en = self.ky, self.ru, self.en

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Names:
        """Names from ``name_ky``, ``name_ru`` and ``name_en``."""
        return cls(row["name_ky"], row["name_ru"], row["name_en"])


def names_of(subject: SubjectArea | SubTopic) -> Names:
    """The names that the subject has now."""
    return Names(subject.name_ky, subject.name_ru, subject.name_en)


def add_area(code: str, names: Names, *, by: audit.Actor, now: datetime) -> SubjectArea:
    """Add a subject area at the end.

    Raises:
        CodeTaken: another area has the code.
    """
    if db.session.scalar(select(SubjectArea.id).where(SubjectArea.code == code)):
        raise rules.CodeTaken(code=code)
    last = db.session.scalar(select(func.coalesce(func.max(SubjectArea.position), 0)))
    area = SubjectArea(code=code, position=(last or 0) + 1)
    names.put_on(area)
    db.session.add(area)
    db.session.flush()
    audit.record("subject_area.added", area, by=by, at=now, code=code, **asdict(names))
    return area


def add_sub_topic(area: SubjectArea, code: str, names: Names, *, by: audit.Actor, now: datetime) -> SubTopic:
    """Add a sub-topic at the end of its area.

    Raises:
        CodeTaken: the area has a sub-topic with the code.
    """
    if any(topic.code == code for topic in area.sub_topics):
        raise rules.CodeTaken(code=f"{area.code}/{code}")
    topic = SubTopic(area=area, code=code, position=max((t.position for t in area.sub_topics), default=0) + 1)
    names.put_on(topic)
    db.session.add(topic)
    db.session.flush()
    audit.record("sub_topic.added", topic, by=by, at=now, area=area.code, code=code, **asdict(names))
    return topic


def rename(subject: SubjectArea | SubTopic, names: Names, *, by: audit.Actor, now: datetime) -> None:
    """Give an area or a sub-topic other names; its code, which files use, stays."""
    before = names_of(subject)
    if before == names:
        return
    names.put_on(subject)
    audit.record(f"{_kind(subject)}.renamed", subject, by=by, at=now, before=asdict(before), after=asdict(names))


def set_active(subject: SubjectArea | SubTopic, is_active: bool, *, by: audit.Actor, now: datetime) -> None:
    """Take an area or a sub-topic out of use for new questions, or back into use; what refers to it stays."""
    if subject.is_active == is_active:
        return
    subject.is_active = is_active
    verb = "activated" if is_active else "deactivated"
    audit.record(f"{_kind(subject)}.{verb}", subject, by=by, at=now, code=subject.code)


def load_subjects(data: Sequence[Mapping[str, Any]], *, by: audit.Actor, now: datetime) -> int:
    """Add what the bank lacks of ``[{"code", "name_ky", "name_ru", "name_en", "sub_topics": [{…}]}]``.

    What is there already keeps its names and its state, so that a second load changes nothing. Returns how many areas
    and sub-topics were added.
    """
    areas = {area.code: area for area in db.session.scalars(select(SubjectArea))}
    added = 0
    for row in data:
        area = areas.get(row["code"])
        if area is None:
            area = add_area(row["code"], Names.of(row), by=by, now=now)
            added += 1
        known = {topic.code for topic in area.sub_topics}
        for inner in row.get("sub_topics", ()):
            if inner["code"] not in known:
                add_sub_topic(area, inner["code"], Names.of(inner), by=by, now=now)
                added += 1
    return added


def _kind(subject: SubjectArea | SubTopic) -> str:
    return "subject_area" if isinstance(subject, SubjectArea) else "sub_topic"
