"""The report on a test after its sittings: figures with their meaning, plots, questions, definitions. No key, no name.

It is in one language, the one in force when it is drawn: it is read, not signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer, Table, TableStyle

from core.i18n import format_datetime
from core.i18n import gettext as _
from core.pdf.blocks import BARE, Column, Fact, facts, grid
from core.pdf.page import Paper, heading, letterhead, render
from core.pdf.style import BODY, para
from question_bank.statistics import plots
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.shapes import Picture, number, percent
from testing_center import statistics_definitions as defined
from testing_center import statistics_words as words
from testing_center.documents.plots import Plot
from testing_center.documents.wording import DEMONSTRATION
from testing_center.statistics_report import ExamReport, Row

GAP = 6 * mm


def draw(report: ExamReport, organisation: Mapping[str, str], language: str, now: datetime) -> bytes:
    """The report as a PDF; the same figures at the same moment give the same bytes."""
    title, where = _("Statistics of a test"), _where(report)
    left, right = ((organisation[f"name_{one}"], organisation[f"department_{one}"]) for one in ("ky", "ru"))
    made = _("Calculated: %(when)s", when=format_datetime(report.exam.computed_at))
    story: list[Any] = [
        *letterhead(left, right), Spacer(0, 9), heading((title, title), where, [made]), Spacer(0, 7),
        facts([_fact(name, value) for name, value in _about(report, language)]),
    ]  # fmt: skip
    if report.is_due:
        story += _said(_("Something has changed since: the figures are about to be calculated anew."))
    if not report.figures:
        story += _said(words.too_few())
    else:
        story += [
            *_section(_("The test as a whole")), _meanings(report), *_of_forms(report),
            *plotted(report.pictures()),
            CondPageBreak(60 * mm), *_section(_("Questions")), _questions(report.rows), *_heeded(report.rows),
            *_characteristics(report.rows),
        ]  # fmt: skip
    story += [*_section(_("What is shown and what is not")), *(para(f"•  {line}", "body") for line in defined.limits())]
    story += [KeepTogether([*_section(_("Definitions and sources")), _definitions()[0]]), *_definitions()[1:]]
    demo = bool(report.sitting and report.sitting.is_demo)
    return render(
        Paper(
            title=f"{title}: {report.specification.title(language)}", number=where, author=organisation["name_ky"],
            made_at=now, page="{page} / {pages}", band=DEMONSTRATION if demo else "", language=language,
        ),
        story,
    )  # fmt: skip


def _where(report: ExamReport) -> str:
    return f"№ {report.sitting.number}" if report.sitting else _("All sittings together")


def _about(report: ExamReport, language: str) -> list[tuple[str, str]]:
    figures = report.figures
    about = [(_("Test"), report.specification.title(language)), (_("Candidates"), _people(report))]
    if report.sitting:
        about.append((_("Date and time"), format_datetime(report.sitting.starts_at, report.sitting.zone)))
    if figures:
        about.append((_("Highest possible score"), str(figures["maximum"])))
    if figures and figures["cut_score"]:
        about.append((_("Cut score"), str(figures["cut_score"])))
        about.append((_("Meet the requirements"), words.meeting(figures)))
    if figures and figures["void"]:
        about.append((_("Void questions, left out of the figures"), str(figures["void"])))
    if report.annulled:
        about.append((_("Annulled sittings, not counted"), ", ".join(report.annulled)))
    if report.left_out[0]:
        about.append((_("Sittings too small to be counted in"), str(report.left_out[0])))
    return about


def _people(report: ExamReport) -> str:
    return str(report.exam.people) if report.figures else _("fewer than %(n)s", n=LEAST_PEOPLE)


def _fact(name: str, value: str) -> Fact:
    return Fact((name, name), [para(value, "value")])


def _section(title: str) -> list[Any]:
    return [Spacer(0, 9), para(title, "section"), Spacer(0, 3)]


def _said(sentence: str) -> list[Any]:
    return [Spacer(0, 7), para(sentence, "strong")]


def _meanings(report: ExamReport) -> Table:
    columns = [
        Column((_("Figure"),) * 2, 48 * mm), Column((_("Value"),) * 2, 28 * mm, "right"),
        Column((_("What it means here"),) * 2),
    ]  # fmt: skip
    rows = [
        [[para(one.name, "cell")], one.value, [para(one.sentence, "cell")]] for one in words.meanings(report.figures)
    ]
    return grid(columns, rows)


def _of_forms(report: ExamReport) -> list[Any]:
    forms = report.figures["forms"]
    if len(forms) + len(report.figures["few"]) < 2:
        return []
    heads = (_("Form"), _("Candidates"), _("Mean score"), _("Standard deviation"), _("Reliability"),
             _("Standard error of measurement"))  # fmt: skip
    columns = [Column(((head),) * 2, None if place == 5 else 28 * mm, "right") for place, head in enumerate(heads)]
    rows = [
        [str(report.variants[form]), str(one["people"]), words.mean_score(one), number(one["deviation"]),
         number(one["alpha"]), number(one["error"])]
        for form, one in sorted(forms.items(), key=lambda pair: report.variants[pair[0]])
    ]  # fmt: skip
    rows += [
        [str(report.variants[form]), *[words.DOT] * 5]
        for form in sorted(report.figures["few"], key=lambda form: report.variants[form])
    ]
    return [KeepTogether([*_section(_("Each form by itself")), grid(columns, rows)])]


def plotted(pictures: Sequence[Picture]) -> list[Any]:
    """Two beside each other, each with what it says; their heading stands with the first two."""
    each, found = (BODY - GAP) / 2, list[Any]()
    for start in range(0, len(pictures), 2):
        cells = [
            [para(picture.title, "head"), Spacer(0, 3), Plot(picture, each), Spacer(0, 2), para(picture.said, "note")]
            for picture in pictures[start : start + 2]
        ]
        table = Table([[cells[0], "", cells[1] if len(cells) > 1 else ""]], colWidths=[each, GAP, each])
        table.setStyle(TableStyle([*BARE, ("BOTTOMPADDING", (0, 0), (-1, -1), 8)]))
        found.append(table)
    return [KeepTogether([*_section(_("Plots")), *found[:1]]), *found[1:]]


def _questions(rows: Sequence[Row]) -> Table:
    heads: list[tuple[str, float | None, str]] = [
        (_("No."), 8 * mm, "right"), (_("Question"), 25 * mm, "left"), (_("Candidates"), 21 * mm, "right"),
        (_("Facility"), 20 * mm, "right"), (_("Discrimination"), 21 * mm, "right"), (_("Index D"), 14 * mm, "right"),
        (_("Left out"), 16 * mm, "right"), (_("Class"), 12 * mm, "right"), (_("Observations"), None, "left"),
    ]  # fmt: skip
    columns = [Column((head, head), width, align) for head, width, align in heads]
    body = []
    for row in rows:
        figures = [row.said("facility", percent), row.said("discrimination", number), row.said("upper_lower", number)]
        remarks = [_("Void: left out of the figures")] if row.is_void else [str(words.FLAG_NAMES[f]) for f in row.flags]
        body.append([
            str(row.number), [para(row.external_id, "cell")],
            _("fewer than %(n)s", n=LEAST_PEOPLE) if row.is_small else str(row.found.people), *figures,
            row.said("omitted", percent), str(row.difference or "–"), [para("; ".join(remarks) or "–", "cell-2")],
        ])  # fmt: skip
    return grid(columns, body)


def _heeded(rows: Sequence[Row]) -> list[Any]:
    """The questions to look at, with what to do."""
    heeded = [row for row in rows if row.is_heeded]
    if not heeded:
        return []
    columns = [Column((_("Question"),) * 2, 34 * mm), Column((_("What to look at"),) * 2)]
    body = [
        [
            [para(f"{row.number}. {row.external_id}", "cell")],
            [para(f"{words.FLAG_NAMES[one]}. {words.FLAG_ADVICE[one]}", "cell") for one in row.flags],
        ]
        for row in heeded
    ]
    return [CondPageBreak(40 * mm), *_section(_("Questions to look at")), grid(columns, body)]


def _characteristics(rows: Sequence[Row]) -> list[Any]:
    """The item characteristic of every question, three beside each other."""
    shown = [(row, row.groups) for row in rows if row.groups]
    if not shown:
        return []
    each, found = (BODY - 2 * GAP) / 3, []
    for start in range(0, len(shown), 3):
        cells: list[Any] = [
            [para(f"{row.number}. {row.external_id}", "head"), Plot(plots.small_characteristic(groups), each)]
            for row, groups in shown[start : start + 3]
        ]
        cells += [""] * (3 - len(cells))
        table = Table([[cells[0], "", cells[1], "", cells[2]]], colWidths=[each, GAP, each, GAP, each])
        table.setStyle(TableStyle([*BARE, ("BOTTOMPADDING", (0, 0), (-1, -1), 6)]))
        found.append(table)
    said = plots.small_characteristic(shown[0][1])
    opening = [*_section(str(said.title)), para(said.said, "note"), Spacer(0, 4), found[0]]
    return [KeepTogether(opening), *found[1:]]


def _definitions() -> list[Any]:
    found = []
    for one in defined.definitions():
        found += [Spacer(0, 3), para(f"{one.name}. {one.text}", "body")]
        found += [para(_("Source: %(source)s", source=one.source), "note")] if one.source else []
    return found
