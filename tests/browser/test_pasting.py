"""What is pasted or put in keeps its sense, stands where the caret is, and is undone as one step; lines stay lines."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.test_written import HALF, PASTE, opened
from tests.browser.watching import staff_findings
from tests.rules.test_looks import STYLED

pytestmark = pytest.mark.browser
TWO = "<p>бир</p><p>эки</p>"
#: What was written, how far from its end the caret is, what is pasted, and what comes of it.
PLACED = [
    ("саясат", 3, TWO, "<p>сая</p><p>бир</p><p>эки</p><p>сат</p>"),
    ("<p>5</p><p>са<b>яс</b>ат</p>", 3, TWO, "<p>5</p><p>са<b>я</b></p><p>бир</p><p>эки</p><p><b>с</b>ат</p>"),
    ("саясат", 0, TWO, "<p>саясат</p><p>бир</p><p>эки</p>"),
    ("саясат", 6, TWO, "<p>бир</p><p>эки</p><p>саясат</p>"),
    ("саясат", 3, "<p>бир</p>", "саябирсат"),
    ("саясат", 3, "<ul><li>бир</li></ul>", "<p>сая</p><ul><li>бир</li></ul><p>сат</p>"),
    ("<ul><li>саясат</li></ul>", 3, TWO, "<ul><li>саябир<br>экисат</li></ul>"),
    (f"5 {HALF}", 0, "x", f"5 {HALF}x"),
    (
        "<ul><li>а</li><li>б</li></ul>", 3, "<ul><li>1</li><li>2</li></ul>",
        "<ul><li>а</li><li>1</li><li>2</li><li>б</li></ul>",
    ),
    (
        "<table><tbody><tr><td>саясат</td></tr></tbody></table>", 3, TWO,
        "<table><tbody><tr><td>саябир<br>экисат</td></tr></tbody></table>",
    ),
    (
        "<table><tbody><tr><td>саясат</td></tr></tbody></table>", 3, "<table><tr><td>5</td></tr></table>",
        "<table><tbody><tr><td>сая5сат</td></tr></tbody></table>",
    ),
    (
        "<table><tbody><tr><td>саясат</td></tr></tbody></table>", 3, "<ul><li>5</li></ul>",
        "<table><tbody><tr><td>сая<ul><li>5</li></ul>сат</td></tr></tbody></table>",
    ),
]  # fmt: skip


BESIDE = """([box, html, text]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", text);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def written(page: Page, sent: Locator, box: Locator, html: str) -> None:
    """The box with this text, the caret at its end."""
    page.locator("[data-source]").click()
    sent.fill(html)
    page.locator("[data-source]").click()
    box.focus()
    box.evaluate(
        """box => {
          let last = box;
          while (last.lastChild) last = last.lastChild;
          document.getSelection().collapse(last, last.length);
        }"""
    )


def pasted(page: Page, box: Locator, html: str) -> None:
    page.evaluate(PASTE, [box.element_handle(), html])


#: Whether a picture is left out: one of another page, a formula of Word; none is one of ours, or a dot that counts.
PICTURES = {
    "<p>x = <img width=7 src='file:///C:/clip_image002.png'> болсо</p>": True,
    "<p>5 <img src='https://example.org/a.png' alt='Карта'></p>": True,
    "<p>5 <img width='1' height='1' src='https://example.org/a.gif'></p>": False,
    f"<p>5 <img src='/media/{'0' * 64}.png' alt='Карта'></p>": False,
    "<p style='display:none'>5</p>&lt;img src=x&gt;": False,
}


def test_whoever_pastes_a_picture_is_told_that_it_does_not_come_along(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, _sent = opened(page, hall)
    asked = "async (texts) => texts.map((await import('/static/js/cleaning.js')).hasPictures)"
    assert page.evaluate(asked, [*PICTURES]) == [*PICTURES.values()]
    box.focus()
    pasted(page, box, "<p>5</p>")
    told = page.locator(".c-field__error")
    expect(told).to_have_count(0)
    pasted(page, box, next(iter(PICTURES)))
    expect(told).to_contain_text("Pictures are not taken by pasting")
    assert told.evaluate("(line) => line.nextElementSibling.id") == "stem_ky-written"
    assert not staff_findings(page, "a picture pasted")
    pasted(page, box, "<p>5</p>")
    expect(told).to_have_count(0)


def test_a_power_pasted_from_another_program_stays_a_power(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    found = {}
    for html in STYLED:
        box.evaluate("box => box.replaceChildren()")
        box.focus()
        pasted(page, box, html)
        found[html] = sent.input_value()
    assert found == STYLED
    box.evaluate("box => box.replaceChildren()")
    box.focus()
    pasted(page, box, "<b>0<i><p>1</p></i><table><tr><td>2</td></tr></table></b>")
    table = "<table><tbody><tr><td><b>2</b></td></tr></tbody></table>"
    expect(sent).to_have_value(f"<p><b>0</b></p><p><b><i>1</i></b></p>{table}")
    # Bold around paragraphs is so in each; what is not bold by its style leaves what is typed next in ordinary letters.
    box.evaluate("box => box.replaceChildren()")
    box.focus()
    pasted(page, box, "<b><p>1</p><ul><li>2</li></ul></b>")
    expect(sent).to_have_value("<p><b>1</b></p><ul><li><b>2</b></li></ul>")
    box.evaluate("box => box.replaceChildren()")
    box.focus()
    pasted(page, box, '<b style="font-weight:normal"><p>5</p></b>')
    page.keyboard.type("3")
    expect(sent).to_have_value("53")


def test_what_is_copied_and_pasted_with_the_keys_is_the_same(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    text = (
        f"<p>10<sup>2</sup> м, H<sub>2</sub>O <b>калың</b> <i>сөз</i></p><ul><li>5<br>3</li></ul><p>эки {HALF} үч</p>"
    )
    written(page, sent, box, text)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    page.locator("#stem_ru-written").focus()
    page.keyboard.press("Control+v")
    expect(page.locator("#stem_ru")).to_have_value(text)
    page.keyboard.press("Control+z")
    expect(page.locator("#stem_ru")).to_have_value("")
    page.locator("#stem_ky-written").focus()
    page.keyboard.press("Control+z")  # each box has its own steps
    expect(sent).to_have_value(text)


def test_lines_typed_with_the_keys_stay_lines(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    box.focus()
    page.keyboard.type("5")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("3")
    expect(sent).to_have_value("5<br>3")
    expect(page.locator("[data-preview-here] [data-shown] br").first).to_be_attached()
    page.locator("[data-source]").click()
    page.locator("[data-source]").click()
    assert box.evaluate("box => box.innerText") == "5\n3"
    box.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    expect(sent).to_have_value("<p>5<br>3</p><p>7</p>")
    page.keyboard.press("Shift+Enter")
    expect(sent).to_have_value("<p>5<br>3</p><p>7</p>")  # nothing stands on the line yet
    for html, lines in {
        "<ul><li>5</li></ul>": "<ul><li>5<br>3</li></ul>",
        "<table><tbody><tr><td>5</td></tr></tbody></table>": "<table><tbody><tr><td>5<br>3</td></tr></tbody></table>",
    }.items():
        written(page, sent, box, html)
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("3")
        expect(sent).to_have_value(lines)
    # Bold or slanted letters at the end of a line: what comes after it in other letters is on the next one.
    for key, tag in {"b": "b", "i": "i"}.items():
        written(page, sent, box, "")
        page.keyboard.press(f"Control+{key}")
        page.keyboard.type("бир")
        page.keyboard.press("Shift+Enter")
        page.keyboard.press(f"Control+{key}")
        page.keyboard.type("эки")
        expect(sent).to_have_value(f"<{tag}>бир<br></{tag}>эки")
    written(page, sent, box, "<p><b>Суроо:<br></b>Текст</p>")
    page.keyboard.type("и")
    expect(sent).to_have_value("<b>Суроо:<br></b>Тексти")
    written(page, sent, box, lines)
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    assert box.evaluate("box => box.innerText.trim().split(/\\n+/)") == ["5", "3", "7"]
    assert "37" not in sent.input_value()


def test_what_is_pasted_stands_where_the_caret_is(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    for html, steps, given, whole in PLACED:
        written(page, sent, box, html)
        for _ in range(steps):
            page.keyboard.press("ArrowLeft")
        pasted(page, box, given)
        expect(sent).to_have_value(whole)
        page.keyboard.press("Control+z")
        expect(sent).to_have_value(html)
        page.keyboard.press("Control+Shift+z")
        expect(sent).to_have_value(whole)
    pasted(page, box, "<script>x</script>")  # nothing is put in: nothing is parted
    expect(sent).to_have_value(whole)
    written(page, sent, box, "<p>5 сом</p><p>3 сом</p>")
    page.keyboard.press("Control+a")
    a_cell, a_picture = "<table><tr><td></td></tr></table>", '<img src="https://example.org/a.png">'
    for nothing in ("<script>x</script>", "<p> </p>", a_cell, a_picture):
        pasted(page, box, nothing)  # nothing is put in: nothing goes
    expect(sent).to_have_value("<p>5 сом</p><p>3 сом</p>")
    page.evaluate(BESIDE, [box.element_handle(), "<p><br></p>", "7 сом"])
    expect(sent).to_have_value("7 сом")  # as words it is something
    written(page, sent, box, "<p>5 сом</p><p>3 сом</p>")
    page.keyboard.press("Control+a")
    pasted(page, box, TWO)
    expect(sent).to_have_value(TWO)
    page.keyboard.type("!")
    expect(sent).to_have_value("<p>бир</p><p>эки!</p>")


def test_what_is_typed_after_a_pasted_table_stands_behind_it(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    table = "<table><tbody><tr><th>Жыл</th><th>Сом</th></tr><tr><td>2024</td><td>5</td></tr></tbody></table>"
    for html, steps, given, whole in (
        ("", 0, table, f"{table}<p>!</p>"),
        ("саясат", 0, table, f"<p>саясат</p>{table}<p>!</p>"),
        ("саясат", 3, table, f"<p>сая</p>{table}<p>!сат</p>"),
        ("<p>5</p><p>3</p>", 0, table, f"<p>5</p><p>3</p>{table}<p>!</p>"),
        ("<p>5</p><p>3</p>", 2, table, f"<p>5</p>{table}<p>!3</p>"),
        ("саясат", 0, f"<p>бир</p>{table}", f"<p>саясат</p><p>бир</p>{table}<p>!</p>"),
        ("<ul><li>5</li></ul>", 0, table, f"<ul><li>5</li></ul>{table}<p>!</p>"),
        (table, 0, table, f"{table}{table}<p>!</p>"),
    ):
        written(page, sent, box, html)
        for _ in range(steps):
            page.keyboard.press("ArrowLeft")
        pasted(page, box, given)
        page.keyboard.type("!")
        expect(sent).to_have_value(whole)


def test_every_step_is_undone_by_itself_and_comes_back(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    box.focus()
    steps = [""]

    def then() -> None:
        if sent.input_value() != steps[-1]:
            steps.append(sent.input_value())

    page.keyboard.type("Аянты ")
    then()
    page.keyboard.type("канча")
    then()
    pasted(page, box, TWO)
    then()
    page.keyboard.press("Control+b")
    page.keyboard.type("x")
    page.keyboard.press("Control+b")
    then()
    page.locator("[data-kind=formula]").click()
    page.keyboard.type("(a+b)/2")
    page.keyboard.press("Enter")
    expect(sent).to_have_value(f"<p>Аянты канча</p><p>бир</p><p>эки<b>x{HALF}</b></p>")
    then()
    box.locator(".c-formula").dblclick()
    page.keyboard.type("x^2")
    page.keyboard.press("Enter")
    then()
    page.locator("[data-kind=table]").click()
    then()
    page.locator("[data-kind=row]").click()
    then()
    page.locator("[data-kind=column]").click()
    then()
    page.keyboard.type("Чыгым ")
    then()
    page.keyboard.press("Control+b")  # the head of a column is bold as it is
    page.locator("[data-wrap=b]").click()
    page.keyboard.type("y")
    then()
    page.evaluate(
        """box => {
          const data = new DataTransfer();
          data.setData("text/plain", "бир\\nэки");
          box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        box.element_handle(),
    )
    then()
    assert "бирэки" not in steps[-1]
    assert len(steps) == 13, steps
    for step in reversed(steps[:-1]):
        page.keyboard.press("Control+z")
        assert sent.input_value() == step
    page.keyboard.press("Control+z")
    expect(sent).to_have_value("")
    for step in steps[1:]:
        page.keyboard.press("Control+y")
        assert sent.input_value() == step
    page.keyboard.press("Control+z")
    page.keyboard.type("z")
    assert sent.input_value() != steps[-1]
    page.keyboard.press("Control+y")  # what was undone is gone once something else is written
    assert "z" in sent.input_value()
    box.evaluate(
        'box => box.dispatchEvent(new InputEvent("beforeinput", { inputType: "historyUndo", cancelable: true }))'
    )
    assert sent.input_value() == steps[-2]  # of the browser's menu
