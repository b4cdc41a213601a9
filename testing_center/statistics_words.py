"""Statistics in plain words: what each figure is, and what it means for this test.

Sentences are in the language in force when they are asked for; the pages, the report and the table share them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import letter
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.items import HEEDED, Flag
from question_bank.statistics.itemwise import LEAST_IN_LANGUAGE, SURE_IN_LANGUAGE
from question_bank.statistics.languages import Difference
from question_bank.statistics.shapes import number, percent

FLAG_NAMES = {
    Flag.KEY_SUSPECT: _l("The key may be wrong"),
    Flag.TURNED_ROUND: _l("The stronger solve it less often than the weaker"),
    Flag.TELLS_LITTLE: _l("Hardly tells strong from weak"),
    Flag.TOO_EASY: _l("Almost everybody solves it"),
    Flag.TOO_HARD: _l("Hardly anybody solves it"),
    Flag.IDLE_OPTION: _l("A wrong option tempts nobody"),
    Flag.LANGUAGES: _l("Much easier in one language"),
    Flag.FEW_PEOPLE: _l("Too few answers to conclude from"),
}
FLAG_ADVICE = {
    Flag.KEY_SUSPECT: _l(
        "The best candidates chose a wrong option more often than the key. Check the key and both texts."
    ),
    Flag.TURNED_ROUND: _l("Check the key, the wording and the translation before the question is used again."),
    Flag.TELLS_LITTLE: _l("It adds almost nothing to the score. Look for an unclear wording or a second right answer."),
    Flag.TOO_EASY: _l("It takes time and says little. Keep it only if everybody has to know this."),
    Flag.TOO_HARD: _l("Check that it has one right answer and that the subject is in the programme."),
    Flag.IDLE_OPTION: _l("Fewer than one in twenty chose it. Replace it with an answer that one could believe."),
    Flag.LANGUAGES: _l("Candidates of equal score solve it far more often in one language. Compare the two texts."),
    Flag.FEW_PEOPLE: _l("The figures are shown, but chance alone can explain them."),
}  # fmt: skip
FLAG_ORDER = (*HEEDED, Flag.IDLE_OPTION, Flag.FEW_PEOPLE)
FLAG_BADGES = {
    Flag.KEY_SUSPECT: ("bad", "alert"), Flag.TURNED_ROUND: ("bad", "alert"), Flag.TELLS_LITTLE: ("warn", "alert"),
    Flag.TOO_EASY: ("", "info"), Flag.TOO_HARD: ("warn", "alert"), Flag.IDLE_OPTION: ("", "info"),
    Flag.LANGUAGES: ("warn", "alert"), Flag.FEW_PEOPLE: ("", "info"),
}  # fmt: skip

#: Stands for a figure that is not shown, so that nobody can calculate back what one or two people did.
DOT = "•"
CLASS_NAMES = {
    Difference.NEGLIGIBLE: _l("A: no difference to speak of"),
    Difference.MODERATE: _l("B: a moderate difference"),
    Difference.LARGE: _l("C: a large difference"),
}


def too_few() -> str:
    """Why nothing is shown."""
    return _("Too few answers: nothing is shown of fewer than %(n)s candidates.", n=LEAST_PEOPLE)


@dataclass(frozen=True)
class Meaning:
    """A figure of a test: its name, its value in words and figures, and what it means here.

    ``figure`` is the number that ``value`` shows to so many ``places``: a share of one where it shows per cent.
    """

    name: str
    value: str
    sentence: str
    figure: float | None = None
    places: int = 2


def mean_score(figures: Mapping[str, Any]) -> str:
    """The mean score, to tenths."""
    return number(figures["mean"], 1)


def meeting(figures: Mapping[str, Any]) -> str:
    """How many reach the cut score, and which share; a dot where it is not shown."""
    is_withheld, meet = figures.get("is_meet_withheld", True), figures["meet"]
    return DOT if is_withheld else f"{meet} ({percent(meet / figures['people'])})"


def meanings(figures: Mapping[str, Any]) -> Iterator[Meaning]:
    """The figures of a test as a whole, each with a sentence for people who are no statisticians."""
    maximum, mean, deviation = figures["maximum"], figures["mean"], figures["deviation"]
    yield Meaning(
        _("Mean score"),
        _("%(n)s of %(maximum)s", n=mean_score(figures), maximum=maximum),
        _("On average the candidates have this part of all points: %(share)s.", share=percent(mean / maximum)),
        mean, 1,
    )  # fmt: skip
    said = _("Half of the candidates have at least this score.")
    yield Meaning(_("Median score"), number(figures["median"], 1), said, figures["median"], 1)
    if deviation is not None:
        low, high = max(0.0, mean - deviation), min(float(maximum), mean + deviation)
        said = _("Most candidates, about two of three, lie between %(low)s and %(high)s points.",
                 low=number(low, 0), high=number(high, 0))  # fmt: skip
        yield Meaning(_("Standard deviation"), number(deviation), said, deviation)
    skewness, kurtosis = figures["skewness"], figures["kurtosis"]
    yield Meaning(_("Skewness"), number(skewness), _skewness(skewness), skewness)
    yield Meaning(_("Kurtosis"), number(kurtosis), _kurtosis(kurtosis), kurtosis)
    yield from _reliability(figures)


def _skewness(value: float | None) -> str:
    if value is None:
        return _("Not defined: too few candidates, or all have the same score.")
    if abs(value) < 0.5:
        return _("As many candidates lie far above the mean as far below it.")
    if value < 0:
        return _("Most scores are high and a few are far below: for most candidates the test was easy.")
    return _("Most scores are low and a few are far above: for most candidates the test was hard.")


def _kurtosis(value: float | None) -> str:
    if value is None:
        return _("Not defined: too few candidates, or all have the same score.")
    if abs(value) < 1:
        return _("The scores are spread about as usual around the mean.")
    if value < 0:
        return _("The scores are spread evenly, or fall into two groups, rather than gather around the mean.")
    return _("Most scores lie close to the mean and single ones very far from it.")


def _reliability(figures: Mapping[str, Any]) -> Iterator[Meaning]:
    alpha, error, agreement = figures["alpha"], figures["error"], figures["agreement"]
    name = _("Reliability (KR-20)") if figures["is_kr20"] else _("Reliability (Cronbach's alpha)")
    if alpha is None:
        yield Meaning(name, "–", _("Not defined: too few candidates for each form, or all have the same score."))
        return
    yield Meaning(name, number(alpha), _alpha(alpha), alpha)
    if error is not None:
        said = _(
            "In about two cases of three a score lies no more than this many points from what the candidate knows."
        )
        yield Meaning(_("Standard error of measurement"), number(error), said, error)
    if agreement is not None:
        said = _(
            "Of 100 candidates about %(n)s would get the other verdict with a parallel test.",
            n=round(100 * (1 - agreement)),
        )  # fmt: skip
        yield Meaning(_("Consistency of the verdict"), percent(agreement), said, agreement)
    if figures["kappa"] is not None:
        said = _("How much surer the verdict is than chance: 0 is chance alone, 1 is certainty.")
        yield Meaning(_("The same beyond chance (kappa)"), number(figures["kappa"]), said, figures["kappa"])


def _alpha(alpha: float) -> str:
    if alpha >= 0.9:
        return _("Very sure: a parallel test would put the candidates in nearly the same order.")
    if alpha >= 0.8:
        return _("Sure enough for decisions about people.")
    if alpha >= 0.7:
        return _("Only just sure enough: close to the cut score chance has a part in the verdict.")
    return _("Not sure enough for decisions about people: the test needs more or better questions.")


def chance(value: float) -> str:
    """A probability: ``0,032``, or that it is below ``0,001``."""
    return number(value, 3) if value >= 0.001 else "< 0,001"


def flag_sentence(flag: Flag, answers: Mapping[str, Any] | None = None) -> str:
    """A flag as a sentence; with ``answers``, for who may see the key, it names the option."""
    if flag == Flag.KEY_SUSPECT and answers and answers.get("suspect") is not None:
        return _("The key may be wrong: the best candidates chose %(letter)s", letter=letter(answers["suspect"]))
    return str(FLAG_NAMES[flag])


def language_sentence(languages: Mapping[str, Any] | None) -> str:
    """What the comparison of Kyrgyz and Russian says of an item, or why it says nothing."""
    if not languages or not languages.get("is_enough"):
        return _("Too few candidates in one of the languages. At least in each: %(n)s", n=LEAST_IN_LANGUAGE)
    if "difference" not in languages:
        return _("Cannot be compared: no two candidates of equal score differ in language and in the answer.")
    difference = Difference(languages["difference"])
    if difference == Difference.NEGLIGIBLE:
        said = _("Candidates of equal score solve it alike in both languages.")
    elif languages["delta"] < 0:
        said = _("Candidates of equal score solve it more often in Kyrgyz. Compare the two texts.")
    else:
        said = _("Candidates of equal score solve it more often in Russian. Compare the two texts.")
    if not languages.get("is_sure"):
        said += " " + _("With fewer than %(n)s candidates in a language this is a hint, no proof.", n=SURE_IN_LANGUAGE)
    return said
