"""How each figure of the statistics is defined and where its formula comes from; what is not shown, and why.

Sentences are in the language in force when they are asked for; the pages, the report and the table share them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.i18n import gettext as _
from question_bank.statistics.disclosure import LEAST_ALIKE, LEAST_PEOPLE
from question_bank.statistics.items import EASY, FEW, HARD, IDLE, WEAK
from question_bank.statistics.shapes import number, percent
from testing_center.statistics_words import DOT


@dataclass(frozen=True)
class Definition:
    """What a figure is and where its formula comes from."""

    name: str
    text: str
    source: str


def definitions() -> Iterator[Definition]:
    """Every figure that is shown, with its formula and its source."""
    classical = "Crocker, Algina (1986), Introduction to Classical and Modern Test Theory, ch. 14"
    yield Definition(_("Facility"), _("Mean points on the question divided by its highest points."), classical)
    yield Definition(
        _("Discrimination"),
        _(
            "Correlation of the points on the question with the score on all other questions (corrected "
            "item-total; for questions with one point the point-biserial)."
        ),
        classical,
    )
    yield Definition(
        _("Index D"),
        _(
            "Facility among the best 27 per cent of candidates minus facility among the weakest 27 per cent; "
            "equals are divided in equal parts."
        ),
        "Kelley (1939), J. Educ. Psych. 30, 17–24",
    )
    yield Definition(_("Left out"), _("Share of candidates without an answer to the question."), "")
    yield Definition(
        _("Time"),
        _(
            "Median over the candidates who answered the question. The time of one candidate is counted from save to "
            "save: each save of an answer to this question, from the first to the last, counts from the save before "
            "it, of whichever question, or from the start of the test; where an answer was changed these times are "
            "added. "
            "When a question was on the screen is not recorded: reading without answering and pauses count for the "
            "next question that is saved."
        ),
        "",
    )
    yield Definition(
        _("Standard deviation"), _("Root of the sum of squared distances from the mean divided by n − 1."), ""
    )
    shape = "Joanes, Gill (1998), The Statistician 47(1), 183–189"
    yield Definition(_("Skewness"), _("G1: 0 where the distribution is symmetrical."), shape)
    yield Definition(_("Kurtosis"), _("G2, excess: 0 for a normal distribution."), shape)
    yield Definition(
        _("Reliability"),
        _(
            "Alpha = k / (k − 1) · (1 − sum of the variances of the questions / variance of the scores); equals KR-20 "
            "where each question gives all its points or none. Of several forms: their mean, weighted by "
            "candidates."
        ),
        "Cronbach (1951), Psychometrika 16(3), 297–334; Kuder, Richardson (1937), Psychometrika 2(3), 151–160",
    )
    yield Definition(
        _("Standard error of measurement"),
        _("Standard deviation of the scores · root of (1 − reliability)."),
        classical,
    )
    yield Definition(
        _("Consistency of the verdict"),
        _(
            "Share of candidates of whom two parallel tests would decide alike at the cut score, estimated from "
            "one test."
        ),
        "Subkoviak (1976), J. Educ. Measurement 13(4), 265–276",
    )
    yield Definition(
        _("Kyrgyz and Russian"),
        _(
            "Mantel–Haenszel: candidates of equal score compared; classes A, B, C by |delta| below 1, from 1, "
            "from 1.5 and its significance. Attempts in both languages are left out."
        ),
        "Mantel, Haenszel (1959), J. National Cancer Institute 22(4); Zieky (1993), in Holland, Wainer (eds.), "
        "Differential Item Functioning",
    )
    yield Definition(
        _("95 per cent interval"),
        _("Where the share would lie if very many candidates like these were asked."),
        "Wilson (1927), J. American Statistical Association 22, 209–212",
    )


def limits() -> Iterator[str]:
    """What is not shown and why, in sentences."""
    yield _("Only attempts count that began and ended at a closed sitting. Annulled sittings count nowhere.")
    yield _(
        "The key in force is used: applied corrections are in every figure. A void question gives its points to "
        "everybody and is left out of all figures but the scores."
    )
    yield _(
        "Nothing is shown for fewer than %(n)s candidates, and no row of answers or scores stands for fewer than "
        "%(m)s.",
        n=LEAST_PEOPLE,
        m=LEAST_ALIKE,
    )
    yield _(
        "A dot (%(dot)s) stands for a figure that is not shown, since one or two candidates could be told from it or "
        "from what stands beside it.",
        dot=DOT,
    )
    yield _("Below %(n)s candidates figures are shown without a judgement.", n=FEW)
    yield _(
        "Marked are: facility above %(easy)s or below %(hard)s, discrimination below %(weak)s, wrong options "
        "chosen by less than %(idle)s.",
        easy=percent(EASY), hard=percent(HARD), weak=number(WEAK), idle=percent(IDLE),
    )  # fmt: skip
