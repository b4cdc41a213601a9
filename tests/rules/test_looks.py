"""What a style says of letters is kept as an element: 10² is never 102, whichever way the text comes."""

from __future__ import annotations

from time import process_time

import pytest

from core.markup import clean, plain

#: Texts with styles, as other programs write them; tests/browser/test_pasting.py pastes the same ones.
STYLED = {
    '10<span style="vertical-align:super">2</span> м': "10<sup>2</sup> м",
    "H<span style='font-size:0.6em; vertical-align: sub'>2</span>O": "H<sub>2</sub>O",
    "10<span style=vertical-align:super>2</span> м": "10<sup>2</sup> м",
    '10<span style="font-family:&quot;Arial&quot;;vertical-align:SUPER !important">2</span>': "10<sup>2</sup>",
    '10<span style="vertical-align: 4px">2</span>': "10<sup>2</sup>",
    '10<span style="vertical-align: 30%">2</span>': "10<sup>2</sup>",
    'a<span style="vertical-align: -.3em">n</span>': "a<sub>n</sub>",
    '10<span style="position:relative; top:-4px">2</span>': "10<sup>2</sup>",
    "10<span style='position:relative;top:-4.0pt;mso-text-raise:4.0pt'>2</span>": "10<sup>2</sup>",
    'a<span style="position:relative; top: 3px">n</span>': "a<sub>n</sub>",
    'a<span style="position:relative; bottom:-3px">n</span>': "a<sub>n</sub>",
    '10<font style="vertical-align:super"><span style="color:red">2</span></font>': "10<sup>2</sup>",
    '10<a href="https://example.org" style="vertical-align:super">2</a>': "10<sup>2</sup>",
    '10<sup style="position:relative;top:-4px;vertical-align:baseline">2</sup>': "10<sup>2</sup>",
    '10<SPAN STYLE="VERTICAL-ALIGN:super">2</SPAN>': "10<sup>2</sup>",
    '10<span title="a > b" style="vertical-align:super">2</span>': "10<sup>2</sup>",
    # Raised once, however often it is said; a power in a power is one.
    '10<span style="vertical-align:super"><span style="vertical-align:super">2</span></span>': "10<sup>2</sup>",
    '10<span style="vertical-align:super"><b> <sup>2</sup> </b></span> м': "10<b> <sup>2</sup> </b> м",
    '10<sup><b><span style="vertical-align:super">2</span></b></sup>': "10<sup><b>2</b></sup>",
    '10<span style="vertical-align:super"><sup>2</sup>, 3</span>': "10<sup><sup>2</sup>, 3</sup>",
    'a<sup>n</sup><span style="vertical-align:sub">2</span>': "a<sup>n</sup><sub>2</sub>",
    '5<sup></sup><span style="vertical-align:super">2</span>': "5<sup></sup><sup>2</sup>",
    'a<sup>n<span style="vertical-align:super">2</span></sup>': "a<sup>n<sup>2</sup></sup>",
    'a<span style="vertical-align:super">n<span style="vertical-align:super">2</span></span>': ""
    "a<sup>n<sup>2</sup></sup>",
    # What places or says nothing raises nothing.
    '5<span style="vertical-align:baseline;position:relative;top:0px">3</span>': "53",
    '5<span style="vertical-align:0;top:-4px">3</span>': "53",
    '5<span title="style=vertical-align:super">3</span>': "53",
    "<ul><li style='vertical-align:super'>5</li></ul>": "<ul><li>5</li></ul>",
    # Bold, slanted, underlined.
    '1 <span style="font-weight:700">калың</span>': "1 <b>калың</b>",
    '1 <span style="font-weight: bold; font-style: italic">сөз</span>': "1 <b><i>сөз</i></b>",
    '1 <span style="text-decoration:underline">сөз</span>': "1 <u>сөз</u>",
    '1 <a href="https://example.org"><span style="text-decoration:underline">сөз</span></a>': "1 сөз",
    '1 <b><span style="font-weight:700">сөз</span></b>': "1 <b>сөз</b>",
    '1 <b><i><span style="font-weight:700">сөз</span></i></b>': "1 <b><i>сөз</i></b>",
    '1 <span style="font-weight:400;font-style:normal;text-decoration-style:initial">сөз</span>': "1 сөз",
    '1 <span style="font-weight:700;vertical-align:super">2</span><span>3</span>': "1 <sup><b>2</b></sup>3",
    # Google Docs wraps all that is copied into bold letters that are not bold.
    '<b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr" style="line-height:1.38"><span '
    'style="font-weight:400;font-style:normal">10</span><span style="font-size:0.6em;vertical-align:super">2</span>'
    '</p><p dir="ltr"><span style="font-weight:700">м</span></p></b>': "<p>10<sup>2</sup></p><p><b>м</b></p>",
    'а <b style="font-weight:normal">б <b>в</b> г</b> <i style="font-style:normal">д</i>': "а б <b>в</b> г д",
}


@pytest.mark.parametrize("html", STYLED)
def test_what_a_style_says_of_letters_stays_and_cleaning_again_changes_nothing(html: str) -> None:
    assert clean(html) == STYLED[html]
    assert clean(clean(html)) == clean(html)


def test_a_power_is_no_number_in_plain_words() -> None:
    assert plain('10<span style="vertical-align:super">2</span> м') == "10² м"


def test_ends_without_a_beginning_and_beginnings_without_an_end_lose_no_words() -> None:
    for html in ('</span>5<span style="vertical-align:super">3', '<b style="font-weight:normal">5</i></b></b>3'):
        assert plain(html).replace("³", "3") == "53"
        assert clean(clean(html)) == clean(html)


def test_a_hostile_text_is_read_in_passing() -> None:
    for piece in ("<a '\"' \"", "<span style='", '<span style="vertical-align:super">', "</span><b style=x", '<a "" "'):
        started = process_time()
        clean(piece * (60_000 // len(piece)) + "<b style=x>")
        assert process_time() - started < 5, piece
