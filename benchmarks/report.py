"""`python -m benchmarks.report`: results/latest.json as docs/performance.md, with two charts beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.aims import AIMS, Figures
from benchmarks.servers import ROOT

RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PAGE = ROOT / "docs" / "performance.md"
COLUMNS = {"ratio", "ours", "floor", "unit"}
HEAD = """\
# Performance: what was measured

Written by `make bench`, which measures again and writes this page anew; the figures are in
`benchmarks/results/latest.json`. Product and floor run under the same server, database and settings, turn about, so
that a ratio holds where a figure depends on the machine. *The floor* is a minimal honest save in Flask and SQLAlchemy
(`benchmarks/floor.py`): the token's attempt is read, its state and deadline are looked at, one upsert, a durable
commit; no session, no rules of a question, no history. Load comes from processes of its own and
arrives when it arrives (open loop): a wait counts from the moment that was due, not from the one it was sent at. A
slower disk is one whose every fsync takes so many milliseconds more.
"""


def write(results: Mapping[str, Any], page: Path = PAGE) -> None:
    """The page, and its charts under pictures/ beside it."""
    pictures = page.parent / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for name, drawn in charts(results).items():
        (pictures / name).write_text(drawn)
    page.write_text("\n".join(text(results)) + "\n")


def text(results: Mapping[str, Any]) -> Iterator[str]:
    """The page, line by line."""
    aims, figures = results["aims"], results["figures"]
    met = sum(aim["met"] is True for aim in aims.values())
    yield HEAD
    yield f"Machine: {results['machine']}. Commit {results['commit']}, {results['date']}."
    yield f"\n## Aims: {met} of {len(aims)} met\n"
    yield from _table(
        ("", "aim", "measured", "met"),
        ([aim["what"], aim["aim"], _number(aim["measured"]), _met(aim["met"])] for aim in aims.values()),
    )
    yield "\n![Each measurement as a share of its aim](pictures/performance-aims.svg)"
    missed = [aim for aim in aims.values() if aim["met"] is False]
    if missed:
        yield "\n### Why an aim is not met\n"
        yield from (f"- {aim['what']}: {aim.get('reason') or 'not yet explained.'}" for aim in missed)
    yield "\n![Milliseconds waited by so many people](pictures/performance-crowds.svg)"
    for name, part in results["parts"].items():
        yield f"\n## {name.capitalize().replace('_', ' ')}\n"
        yield f"Commit {part['commit']}, {part['date']}, {part['seconds']:.0f} s."
        if "failed" in part:
            yield f"\n**Did not run to its end:** `{part['failed']}`"
        yield ""
        yield from _table(
            ("", "ratio (least–most)", "ours", "floor or other side", "unit", "besides"),
            (_row(figure, figures[figure]) for figure in part["figures"]),
        )


def _row(name: str, figure: Mapping[str, Any]) -> list[str]:
    ratio = _number(figure.get("ratio"))
    if "ratio_min" in figure:
        ratio += f" ({_number(figure['ratio_min'])}–{_number(figure['ratio_max'])})"
    besides = "; ".join(
        f"{field.replace('_', ' ')} {_number(value)}" for field, value in figure.items()
        if field not in COLUMNS and not field.endswith(("_min", "_max"))
    )  # fmt: skip
    return [
        f"`{name}`", ratio if "ratio" in figure else "", _number(figure["ours"]),
        _number(figure["floor"]) if "floor" in figure else "", str(figure["unit"]), besides,
    ]  # fmt: skip


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _number(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, (dict, list)):
        return _plain(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.3g}"


def _plain(value: Mapping[str, Any] | Sequence[Any]) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_number(count)} × {what}" for what, count in value.items()) or "none"
    return "/".join(map(_number, value))


def _met(met: bool | None) -> str:
    return {True: "yes", False: "**no**", None: "not measured"}[met]


def charts(results: Mapping[str, Any]) -> dict[str, str]:
    """SVG by file name."""
    shares = []
    for name, aim in results["aims"].items():
        value, bound = aim["measured"], AIMS[name].bound
        if value and bound:
            shares.append((aim["what"], value / bound if AIMS[name].relation == "≤" else bound / value))
    return {
        "performance-aims.svg": bars("Share of the aim that is used up (1 is the bound)", shares, line=1.0),
        "performance-crowds.svg": bars("99th percentile, ms", _of_crowds(results["figures"])),
    }


def _of_crowds(figures: Figures) -> list[tuple[str, float]]:
    return [
        (f"{kind.replace('_', ' ')}: {figure['people']:,}", float(figure["ours"]))
        for kind in ("opening", "saves_beside_opening", "steady", "closing")
        for name, figure in figures.items()
        if name == f"{kind}_{figure.get('people')}"
    ]


def bars(title: str, values: Sequence[tuple[str, float]], *, line: float | None = None) -> str:
    """Horizontal bars, a label left of each and its value behind it; far ones fit, as lengths go by the root.

    A dashed line stands at ``line``; what goes beyond it is of another colour.
    """
    label, width, step, top = 430, 400, 22, 44
    most = max([value for _label, value in values] + [line or 0.0, 1e-9])

    def long(value: float) -> float:
        return width * float((value / most) ** 0.5)

    height = top + step * len(values) + 12
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {label + width + 90} {height}" font-family="sans-serif"'
        ' font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="12" y="24" font-size="14" font-weight="bold">{escape(title)}; lengths by the square root</text>',
    ]
    for number, (name, value) in enumerate(values):
        y, colour = top + step * number, "#b3261e" if line is not None and value > line else "#2f6f9f"
        drawn += [
            f'<text x="{label - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{label}" y="{y + 2}" width="{long(value):.1f}" height="15" fill="{colour}"/>',
            f'<text x="{label + long(value) + 6:.1f}" y="{y + 13}">{_number(value)}</text>',
        ]
    if line is not None:
        x = label + long(line)
        drawn.append(f'<path d="M{x:.1f} {top - 6}V{height - 8}" stroke="#000" stroke-dasharray="4 3"/>')
    return "\n".join([*drawn, "</svg>\n"])


if __name__ == "__main__":
    write(json.loads(RESULTS.read_text()))
