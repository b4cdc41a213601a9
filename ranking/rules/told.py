"""What is told of tie-breaks that ended without points: why one was left alone, why two came to nothing (¶28–29)."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ranking.rules.outcome import ROUNDS_IN_VAIN, RoundState
from ranking.rules.tie_break import Absence, expected


class Out(enum.StrEnum):
    """Why the others of the tied are out, where one takes the place without a test."""

    DECLINED = "declined"
    DECLINED_OR_BARRED = "declined_or_barred"


class Vain(enum.StrEnum):
    """What became of the two tie-breaks in a row that nobody took part in."""

    NOBODY_CAME = "nobody_came"  # both were to be held
    NOBODY_EXPECTED = "nobody_expected"  # neither was: everybody had declined or was barred
    MIXED = "mixed"


@dataclass(frozen=True)
class Told:
    """``alone``: why the others are out where a place was taken without a test; ``vain``: what became of two rounds.

    None where no place was taken so, and where no two rounds in a row between those who share a place came to nothing.
    """

    alone: Out | None = None
    vain: Vain | None = None


def why_out(absences: Mapping[str, Absence | str | None]) -> Out:
    """Why the others of the tied are out, of a round in which one was left; ``absences`` by code."""
    return Out.DECLINED_OR_BARRED if Absence.BARRED in absences.values() else Out.DECLINED


def why_in_vain(rounds: Sequence[Mapping[str, Absence | str | None]]) -> Vain:
    """What became of rounds without points; each has all the tied, and why they had none."""
    to_be_held = {bool(expected({code: Absence(why) if why else None for code, why in one.items()})) for one in rounds}
    if len(to_be_held) == 2:
        return Vain.MIXED
    return Vain.NOBODY_CAME if True in to_be_held else Vain.NOBODY_EXPECTED


def told(content: Mapping[str, Any]) -> Told:
    """What is told of the tie-breaks of a ranking, from its content (:func:`ranking.services.content.as_content`)."""
    counting = [one for one in content["tie_breaks"] if one["counts"]]
    absences = [
        (one, {code: one.get("absent", {}).get(code) for code in one["candidates"]}) for one in counting
    ]  # fmt: skip
    out = {why_out(why) for one, why in absences if one["state"] == RoundState.UNCONTESTED}
    sharing = _sharing(content["ranking"])
    between = [why for one, why in absences if one["state"] == RoundState.HELD and set(why) in sharing]
    vain = [why for why in between[-ROUNDS_IN_VAIN:] if all(why.values()) and set(why) == set(between[-1])]
    return Told(max(out, key=list(Out).index, default=None), why_in_vain(vain) if len(vain) == ROUNDS_IN_VAIN else None)


def _sharing(ranking: Collection[Mapping[str, Any]]) -> list[set[str]]:
    """Who shares a place, by place."""
    placed = sorted((row["place"], row["code"]) for row in ranking if row["place"] is not None)
    groups = ({code for _place, code in group} for _place, group in groupby(placed, key=lambda one: one[0]))
    return [group for group in groups if len(group) > 1]
