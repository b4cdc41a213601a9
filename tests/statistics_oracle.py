"""Figures of a sitting a second time: from the plan by which people answered, with numpy, and no formula of the rooms.

Everything is text as it must stand on the page, on paper and in the workbook.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, erfc, sqrt

import numpy as np

from tests.kinds_scene import DRAFTS, MAXIMUM, POINTS
from tests.sat_scene import Sat

DOT = "•"


def decimals(value: float, places: int = 2) -> str:
    """``−0,41``."""
    return f"{value:.{places}f}".replace("-", "−").replace(".", ",")


def share(value: float) -> str:
    """``62 %``."""
    return f"{round(100 * value)} %"


def clock(seconds: float) -> str:
    """``1:05``."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"


def points(plans: Sequence[Sat]) -> np.ndarray:
    """Points by person and question, in the order of names."""
    return np.array([[plan.told[name].points for name in sorted(DRAFTS)] for plan in plans], dtype=float)


def alpha(rows: np.ndarray) -> float:
    """Cronbach's alpha."""
    k = rows.shape[1]
    return float(k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / rows.sum(axis=1).var(ddof=1)))


def consistency(scores: np.ndarray, cut: int, reliability: float) -> tuple[float, float]:
    """Subkoviak's share, and chance agreement."""
    p = (reliability * scores + (1 - reliability) * scores.mean()) / MAXIMUM
    reach = sum(comb(MAXIMUM, n) * p**n * (1 - p) ** (MAXIMUM - n) for n in range(cut, MAXIMUM + 1))
    return float((reach**2 + (1 - reach) ** 2).mean()), float(reach.mean() ** 2 + (1 - reach.mean()) ** 2)


def whole(plans: Sequence[Sat], cut: int) -> dict[str, str]:
    """The figures of the test, in the order of the page."""
    rows = points(plans)
    scores, forms = rows.sum(axis=1), [points([one for one in plans if one.form == form]) for form in (0, 1)]
    people, alphas = [len(one) for one in forms], [alpha(one) for one in forms]
    errors = [one.sum(axis=1).std(ddof=1) * sqrt(1 - a) for one, a in zip(forms, alphas, strict=True)]
    agree = [consistency(one.sum(axis=1), cut, a) for one, a in zip(forms, alphas, strict=True)]
    kappas = [(found - chance) / (1 - chance) for found, chance in agree]
    n, z = len(scores), (scores - scores.mean()) / scores.std(ddof=1)
    fourth = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * (z**4).sum() - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return {
        "mean": decimals(scores.mean(), 1), "median": decimals(float(np.median(scores)), 1),
        "deviation": decimals(scores.std(ddof=1)), "skewness": decimals(n / ((n - 1) * (n - 2)) * (z**3).sum()),
        "kurtosis": decimals(fourth), "alpha": decimals(np.average(alphas, weights=people)),
        "error": decimals(sqrt(np.average(np.square(errors), weights=people))),
        "agreement": share(np.average([found for found, _chance in agree], weights=people)),
        "kappa": decimals(np.average(kappas, weights=people)),
    }  # fmt: skip


def of_forms(plans: Sequence[Sat]) -> list[list[str]]:
    """Variant, people, mean, deviation, reliability, error of each form."""
    found = []
    for form in (0, 1):
        rows = points([one for one in plans if one.form == form])
        scores, a = rows.sum(axis=1), alpha(rows)
        deviation = scores.std(ddof=1)
        found.append(
            [str(form + 1), str(len(rows)), decimals(scores.mean(), 1), decimals(deviation), decimals(a),
             decimals(deviation * sqrt(1 - a))]
        )  # fmt: skip
    return found


class Question:
    """A question of the plan."""

    def __init__(self, plans: Sequence[Sat], name: str) -> None:
        self.plans, self.name, rows = plans, name, points(plans)
        self.points, self.scores = rows[:, sorted(DRAFTS).index(name)], rows.sum(axis=1)
        self.rest = self.scores - self.points
        self.how = [plan.told[name].how for plan in plans]

    @property
    def omitted(self) -> int:
        """How many left it out."""
        return self.how.count("omitted")

    @property
    def has_few(self) -> bool:
        """Whether one or two people did something that the others did not: only then may a figure be withheld."""
        counts = [self.how.count(how) for how in ("right", "nearly", "omitted")]
        levels = [int((self.points == level).sum()) for level in (0, 2, 4)]
        cells = [
            sum(plan.language == language and (plan.told[self.name].how == "right") is right for plan in self.plans)
            for language in ("ky", "ru") for right in (True, False)
        ]  # fmt: skip
        return any(0 < n < 3 for n in (*counts, *levels, *cells))

    @property
    def is_mixed_by_few(self) -> bool:
        """Whether one or two used both languages: they follow from the numbers of the others."""
        return 0 < sum(plan.language is None for plan in self.plans) < 3

    def deviation(self) -> float:
        """Of the points."""
        return float(self.points.std(ddof=1))

    def index_d(self) -> float:
        """People of the score at the bound are in each group in equal parts."""
        return float((self.extreme(self.points, 1) - self.extreme(self.points, -1)) / POINTS)

    def extreme(self, values: np.ndarray, sign: int) -> float:
        """Mean among the best (1) or the weakest (−1) 27 per cent."""
        size = int(np.floor(0.27 * len(self.scores) + 0.5))
        bound = np.sort(sign * self.scores)[-size]
        inside, equal = sign * self.scores > bound, sign * self.scores == bound
        return float((values * (inside + equal * (size - inside.sum()) / equal.sum())).sum() / size)

    def figures(self) -> dict[str, float]:
        """By name, in the order of the tables."""
        times = [plan.told[self.name].seconds for plan in self.plans if plan.told[self.name].seconds is not None]
        return {
            "facility": float(self.points.mean() / POINTS), "deviation": self.deviation(),
            "discrimination": float(np.corrcoef(self.points, self.rest)[0, 1]), "d": self.index_d(),
            "omitted": self.omitted / len(self.plans), "seconds": float(np.median(times)),
        }  # fmt: skip

    def languages(self) -> dict[str, float | str]:
        """Mantel–Haenszel among those who kept to one language."""
        kept = [(plan, right == "right") for plan, right in zip(self.plans, self.how, strict=True) if plan.language]
        tables: dict[int, np.ndarray] = {}
        for plan, right in kept:
            table = tables.setdefault(plan.score, np.zeros((2, 2)))
            table[int(plan.language == "ru"), int(not right)] += 1
        told = [t for t in tables.values() if t.sum(axis=1).all() and t.sum(axis=0).all()]
        top = sum(t[0, 0] * t[1, 1] / t.sum() for t in told)
        bottom = sum(t[0, 1] * t[1, 0] / t.sum() for t in told)
        odds = top / bottom
        expected = sum(t[0].sum() * t[:, 0].sum() / t.sum() for t in told)
        spread = sum(
            t[0].sum() * t[1].sum() * t[:, 0].sum() * t[:, 1].sum() / (t.sum() ** 2 * (t.sum() - 1)) for t in told
        )
        chi = max(0.0, abs(sum(t[0, 0] for t in told) - expected) - 0.5) ** 2 / spread
        delta = -2.35 * np.log(odds)
        by = {
            language: [plan.told[self.name].points for plan, _right in kept if plan.language == language]
            for language in ("ky", "ru")
        }
        shares = {language: float(np.mean(earned) / POINTS) for language, earned in by.items()}
        return {
            "ky": len(by["ky"]), "ru": len(by["ru"]), "in_ky": shares["ky"], "in_ru": shares["ru"],
            "odds": float(odds), "delta": float(delta), "chi": float(chi),
            "chance": erfc(sqrt(chi / 2)), "class": self._class(told, top, bottom, float(delta), erfc(sqrt(chi / 2))),
        }  # fmt: skip

    @staticmethod
    def _class(told: Sequence[np.ndarray], top: float, bottom: float, delta: float, chance: float) -> str:
        r = [t[0, 0] * t[1, 1] / t.sum() for t in told]
        s = [t[0, 1] * t[1, 0] / t.sum() for t in told]
        p, q = [np.trace(t) / t.sum() for t in told], [1 - np.trace(t) / t.sum() for t in told]
        variance = np.dot(p, r) / (2 * top**2) + np.dot(q, s) / (2 * bottom**2)
        variance += (np.dot(p, s) + np.dot(q, r)) / (2 * top * bottom)
        if abs(delta) < 1 or chance >= 0.05:
            return "A"
        return "C" if abs(delta) >= 1.5 and (abs(delta) - 1) / (2.35 * sqrt(variance)) > 1.645 else "B"
