"""The regulation's numbers and official wordings, each with its paragraph.

The annexes call the text provisional and newer versions are in preparation: a competition pins a version, and a new
version is a new value here, never an edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType


def _frozen(**wording: str) -> Mapping[str, str]:
    return MappingProxyType(wording)


@dataclass(frozen=True)
class Regulation:
    """One version of the regulation on the competitive selection of heads of schools."""

    version: str
    title: Mapping[str, str]
    edition: Mapping[str, str]  # what people call this version
    termination_to_announcement_days: int  # ¶14, calendar days
    admitted_notice_days: int  # ¶19
    not_admitted_notice_after_days: int  # ¶19
    programme_max_pages: int  # ¶10
    meets: Mapping[str, str] = field(repr=False)  # ¶26, verbatim in Kyrgyz
    does_not_meet: Mapping[str, str] = field(repr=False)  # ¶26
    by_sum: Mapping[str, str] = field(repr=False)  # ¶29, on the protocol of a tie-break test, which has no cut score
    bar_years: int  # ¶28
    tie_break_divisor: int  # ¶29: at most a third of the main test
    tie_break_days: int  # ¶29, calendar days
    appeal_window: timedelta  # ¶33
    commission_max: int  # ¶34, the chair included
    commission_archive_years: int  # ¶36
    publication_days: int  # ¶37
    archive_years: int  # ¶39, Annex 3

    @property
    def main_test_min_items(self) -> int:
        """Fewest items of a main test, so that a third of it is at least one item (¶29)."""
        return self.tie_break_divisor

    def statement(self, *, meets: bool) -> Mapping[str, str]:
        """The official statement on the protocol, by language (¶26)."""
        return self.meets if meets else self.does_not_meet


PROVISIONAL = Regulation(
    version="provisional-1",
    title=_frozen(
        ky="Мамлекеттик жана муниципалдык жалпы билим берүү уюмдарынын жетекчилерин конкурстук тандоону жүргүзүү "
        "жана резервди түзүү жөнүндө жобо",
        ru="Положение о конкурсном отборе руководителей государственных и муниципальных общеобразовательных "
        "организаций и формировании резерва",
        en="Regulation on the competitive selection of heads of state and municipal general-education schools and "
        "the forming of the reserve",
    ),
    edition=_frozen(ky="убактылуу редакция № 1", ru="временная редакция № 1", en="provisional edition No. 1"),
    termination_to_announcement_days=5,
    admitted_notice_days=3,
    not_admitted_notice_after_days=3,
    programme_max_pages=20,
    meets=_frozen(
        ky="топтолгон балл квалификациялык талаптарга жооп берет",
        ru="набранный балл соответствует квалификационным требованиям",
        en="the score meets the qualification requirements",
    ),
    does_not_meet=_frozen(
        ky="топтолгон балл квалификациялык талаптарга жооп бербейт",
        ru="набранный балл не соответствует квалификационным требованиям",
        en="the score does not meet the qualification requirements",
    ),
    by_sum=_frozen(
        ky="Кошумча тестирлөө (Жобонун 29-пункту): конкурстун жеңүүчүсү негизги жана кошумча тестирлөөнүн баллдарынын "
        "суммасы боюнча аныкталат.",
        ru="Дополнительное тестирование (п. 29 Положения): победитель конкурса определяется по сумме баллов основного "
        "и дополнительного тестирования.",
        en="Tie-break test (¶29 of the regulation): the winner is decided by the sum of the main and tie-break scores.",
    ),
    bar_years=1,
    tie_break_divisor=3,
    tie_break_days=2,
    appeal_window=timedelta(hours=1),
    commission_max=5,
    commission_archive_years=1,
    publication_days=5,
    archive_years=5,
)

VERSIONS: Mapping[str, Regulation] = MappingProxyType({PROVISIONAL.version: PROVISIONAL})
CURRENT = PROVISIONAL


def law(version: str) -> Regulation:
    """The regulation as a competition pinned it.

    Raises:
        KeyError: no such version.
    """
    return VERSIONS[version]
