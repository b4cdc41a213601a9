"""The report on a test is laid out so that a heading stands with what it is of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from core.pdf.page import Paper, render
from question_bank.statistics import plots
from testing_center.documents.statistics import plotted
from tests.rules.reading import pages

GROUPS = [{"low": low, "high": low + 9, "people": 20, "score": low, "share": 0.5, "least": 0.3, "most": 0.7}
          for low in (0, 10, 20)]  # fmt: skip


@pytest.mark.parametrize("above", range(150, 265, 10))
def test_the_heading_of_the_plots_stands_on_the_page_of_the_first_ones_whatever_is_above_it(above):
    picture = plots.characteristic(GROUPS)
    paper = Paper("Report", "1", "Centre", datetime(2026, 11, 22, tzinfo=UTC), language="en")
    read = pages(render(paper, [Spacer(0, above * mm), *plotted([picture] * 3)]))
    assert ["Plots" in page for page in read].index(True) == [str(picture.title) in page for page in read].index(True)
