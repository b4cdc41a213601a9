"""Texts with formatting are written as they look: by mouse and keyboard, with formulas, tables, pastes, and as HTML."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from core.blocks import BLOCKS
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.test_editor import begin
from tests.browser.watching import follow, staff_findings
from tests.rich_scene import SVG

pytestmark = pytest.mark.browser
HALF = "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>"
LINES = {
    "(a+b)/2": HALF,
    "x_1^2 + 3*y": "<math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup><mo>+</mo>"
    "<mn>3</mn><mo>·</mo><mi>y</mi></math>",
    "sqrt(x+1) >= 2,5": "<math><msqrt><mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow></msqrt><mo>≥</mo><mn>2,5</mn></math>",
    "2(a+b)": "<math><mn>2</mn><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow></math>",
    "a^(n+1)/(1/b)": "<math><mfrac><msup><mi>a</mi><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msup>"
    "<mfrac><mn>1</mn><mi>b</mi></mfrac></mfrac></math>",
    "10^-3": "<math><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup></math>",
    "5*10^-6": "<math><mn>5</mn><mo>·</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>6</mn></mrow></msup></math>",
    "e^-x": "<math><msup><mi>e</mi><mrow><mo>−</mo><mi>x</mi></mrow></msup></math>",
    "x_-1^+2": "<math><msubsup><mi>x</mi><mrow><mo>−</mo><mn>1</mn></mrow><mrow><mo>+</mo><mn>2</mn></mrow></msubsup>"
    "</math>",
    "1/-2": "<math><mfrac><mn>1</mn><mrow><mo>−</mo><mn>2</mn></mrow></mfrac></math>",
    "1/-x^2 - 3": "<math><mfrac><mn>1</mn><mrow><mo>−</mo><msup><mi>x</mi><mn>2</mn></msup></mrow></mfrac>"
    "<mo>−</mo><mn>3</mn></math>",
    "sqrt -x": "<math><msqrt><mrow><mo>−</mo><mi>x</mi></mrow></msqrt></math>",
    "a^+-1": "<math><msup><mi>a</mi><mrow><mo>±</mo><mn>1</mn></mrow></msup></math>",
    "e^-(n+1)": "<math><msup><mi>e</mi><mrow><mo>−</mo><mrow><mo>(</mo><mi>n</mi><mo>+</mo><mn>1</mn><mo>)</mo></mrow>"
    "</mrow></msup></math>",
    "a^-∞": "<math><msup><mi>a</mi><mrow><mo>−</mo><mo>∞</mo></mrow></msup></math>",
    # A sign that nothing follows at once is itself what stands above: a charge.
    "Na^+ + OH^-": "<math><msup><mtext>Na</mtext><mo>+</mo></msup><mo>+</mo>"
    "<msup><mtext>OH</mtext><mo>−</mo></msup></math>",
    # So is a number with its sign, where nothing follows that it would be added to.
    "Ca^2+": "<math><msup><mtext>Ca</mtext><mrow><mn>2</mn><mo>+</mo></mrow></msup></math>",
    "(Ca^2+) + SO_4^2- = 2": "<math><mrow><mo>(</mo><msup><mtext>Ca</mtext><mrow><mn>2</mn><mo>+</mo></mrow></msup>"
    "<mo>)</mo></mrow><mo>+</mo><msubsup><mtext>SO</mtext><mn>4</mn><mrow><mn>2</mn><mo>−</mo></mrow></msubsup>"
    "<mo>=</mo><mn>2</mn></math>",
    # A dash that another program made of a minus is one, where it is the sign of what follows.
    "10^–3 – x": "<math><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup><mo>–</mo><mi>x</mi></math>",
    "Cl^– + SO_4^2– + 1/‑2": "<math><msup><mtext>Cl</mtext><mo>−</mo></msup><mo>+</mo><msubsup><mtext>SO</mtext>"
    "<mn>4</mn><mrow><mn>2</mn><mo>−</mo></mrow></msubsup><mo>+</mo><mfrac><mn>1</mn><mrow><mo>−</mo><mn>2</mn></mrow>"
    "</mfrac></math>",
    # Digits that are small already, and braces as other programs write them.
    "x²/2": "<math><mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>2</mn></mfrac></math>",
    "10⁻³ + SO₄²⁻": "<math><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup><mo>+</mo><msubsup>"
    "<mtext>SO</mtext><mn>4</mn><mrow><mn>2</mn><mo>−</mo></mrow></msubsup></math>",
    "10^{-3}": "<math><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup></math>",
    "x_{a_{1}} = {1}": "<math><msub><mi>x</mi><msub><mi>a</mi><mn>1</mn></msub></msub><mo>=</mo><mo>{</mo><mn>1</mn>"
    "<mo>}</mo></math>",
    "x^2+1": "<math><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mn>1</mn></math>",
    "x^2 - 1": "<math><msup><mi>x</mi><mn>2</mn></msup><mo>−</mo><mn>1</mn></math>",
    "x^2-(a)": "<math><msup><mi>x</mi><mn>2</mn></msup><mo>−</mo><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow></math>",
    "x_1- 2": "<math><msub><mi>x</mi><mn>1</mn></msub><mo>−</mo><mn>2</mn></math>",
    "үлүш = 15 %": "<math><mtext>үлүш</mtext><mo>=</mo><mn>15</mn><mo>%</mo></math>",
}
BROKEN = ("(a+b", "a/", "x^", "/2", "a)", "x^2^3", "", "()", "1/-", "sqrt -", "2/- =3")
# What is not only read but written again as people type it.
TYPED = (
    "Ca^2+", "SO_4^2-/2", "x^2 + 1", "10^-3", "x_-1^+2", "1/-2", "a^+-1", "e^-(n + 1)", "a^-∞", "2^(- 1/2)",
    "e^(- x/2)",
)  # fmt: skip
# Blocks that are not on the list, where a parser leaves them at all: what they keep apart stays apart.
HELD = sorted(BLOCKS - {"hr", "html", "body", "frameset", "tfoot"})
PASTED = {
    "<h2>5</h2><h2>3</h2>": "<p>5</p><p>3</p>",
    "<blockquote>5</blockquote><pre>3</pre>": "<p>5</p><p>3</p>",
    "<dl><dt>5</dt><dd>3</dd></dl>": "<p>5</p><p>3</p>",
    "5<hr>3": "<p>5</p><p>3</p>",
    "<section><h1>5</h1></section>3": "<p>5</p><p>3</p>",
    "<div>1<p>2</p>5</div><div>3<p>4</p></div>": "<p>1</p><p>2</p><p>5</p><p>3</p><p>4</p>",
    "<table><tr><td>5<hr>3</td></tr></table>": "<table><tbody><tr><td>5<br>3</td></tr></tbody></table>",
    "<p>1<s>0</s>5 <del>эски</del><strike>x</strike></p><p>жаңы</p>": "<p>15 </p><p>жаңы</p>",
    "<p><b>Суроо:<br></b>А) бир<br>Б) эки</p>": "<b>Суроо:<br></b>А) бир<br>Б) эки",
    "<ul><li><b><i>5<br></i></b> <u>3</u><br></li></ul><p><b>7<br></b> </p>": ""
    "<ul><li><b><i>5<br></i></b> <u>3</u></li></ul><p><b>7</b> </p>",
    f"<p><b>5<br></b>{HALF}</p>": f"<b>5<br></b>{HALF}",
    "<style media=screen><!-- p > b {color:red} --></style><p>5</p><STYLE>i::after{content:'<p>6'}</STYLE>3": ""
    "<p>5</p><p>3</p>",
    '<p><span class="katex"><span class="katex-mathml"><math><semantics><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow>'
    '<annotation encoding="application/x-tex">x^2</annotation></semantics></math></span><span class="katex-html" '
    'aria-hidden="true"><span>x</span><span>2</span></span></span></p>': ""
    "<math><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>",
    "<p>5</p><p><span style='color:red;text-decoration: line-through'>6</span>3</p>": "<p>5</p><p>3</p>",
    **{f"<{name}>5</{name}>3": "<p>5</p><p>3</p>" for name in HELD},
    **{f"5<{name}>3</{name}>": "<p>5</p><p>3</p>" for name in HELD},
}
PASTE = """([box, html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
FOREIGN = (
    "<p class=MsoNormal style='color:red'>Биринчи <span style='font-weight:bold'>сап</span></p>"
    "<script>alert(1)</script>"
    "<p>Экинчи <a href='https://example.org'>шилтеме</a><img src='https://example.org/a.png' alt='сүрөт'></p>"
)


def opened(page: Page, hall: Hall) -> tuple[Locator, Locator]:
    """The box of the question in Kyrgyz, and the text area that is sent."""
    begin(page, hall)
    expect(page.locator("#stem_ky-written")).to_be_visible()
    return page.locator("#stem_ky-written"), page.locator("#stem_ky")


def test_a_text_is_written_as_it_will_look_with_a_formula_a_list_and_a_table(open_page: OpenPage, hall: Hall):
    page, _watch = open_page(viewport={"width": 1280, "height": 900})
    box, sent = opened(page, hall)
    box.click()
    page.keyboard.type("Аянты канча: 5 m2?")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.locator("[data-wrap=sup]").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("Формула ")
    page.locator("[data-kind=formula]").click()
    page.keyboard.type("(a+b)/")
    expect(page.locator("[data-wrong]")).to_be_visible()
    page.keyboard.press("Enter")  # nothing half-done is taken
    page.keyboard.type("2")
    expect(page.locator("[data-seen] mfrac")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type(" боюнча")
    first = f"<p>Аянты канча: 5 m<sup>2</sup>?</p><p>Формула {HALF} боюнча</p>"
    expect(sent).to_have_value(first)
    page.keyboard.press("Enter")
    page.locator("[data-wrap=ul]").click()
    page.keyboard.type("бир")
    page.keyboard.press("Enter")
    page.keyboard.type("эки")
    expect(sent).to_have_value(f"{first}<ul><li>бир</li><li>эки</li></ul>")
    page.locator("[data-kind=table]").click()
    page.keyboard.type("Чыгым")
    page.locator("[data-kind=row]").click()
    page.locator("[data-kind=column]").click()
    empty = "<tr><td></td><td></td><td></td></tr>"
    table = f"<table><tbody><tr><th>Чыгым</th><th>…</th><th>…</th></tr>{empty}{empty}</tbody></table>"
    expect(sent).to_have_value(f"{first}<ul><li>бир</li><li>эки</li></ul>{table}")
    expect(page.locator("[data-preview-here] [data-shown] table").first).to_be_visible()

    box.locator(".c-formula").dblclick()
    expect(page.locator("#formula")).to_have_value("(a + b)/2")
    page.keyboard.type("x^2")
    page.keyboard.press("Enter")
    expect(box.locator(".c-formula msup")).to_be_visible()
    assert not (found := staff_findings(page, "written")), "\n".join(found)


def test_the_box_is_written_in_and_left_by_keyboard_alone(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    box.focus()
    page.keyboard.press("Control+b")
    page.keyboard.type("Калың")
    page.keyboard.press("Control+b")
    page.keyboard.type(" сөз")
    expect(sent).to_have_value("<b>Калың</b> сөз")
    page.keyboard.press("Tab")
    expect(page.locator("#stem_ru-written")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    page.locator("[data-kind=formula]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("x^2")
    page.keyboard.press("Escape")
    expect(sent).to_have_value("<b>Калың</b> сөз")
    expect(box).to_be_focused()


def test_what_is_pasted_keeps_its_words_and_nothing_else_that_is_not_allowed(open_page: OpenPage, hall: Hall):
    page, watch = open_page()
    box, sent = opened(page, hall)
    box.focus()
    page.evaluate(PASTE, [box.element_handle(), FOREIGN])
    expect(sent).to_have_value("<p>Биринчи <b>сап</b></p><p>Экинчи шилтеме сүрөт </p>")
    found = {}
    for html in PASTED:
        box.evaluate("box => box.replaceChildren()")
        box.focus()
        page.evaluate(PASTE, [box.element_handle(), html])
        found[html] = sent.input_value()
    assert found == PASTED
    assert not watch.found()  # the page's policy was not even asked about a style


def test_the_same_text_is_seen_as_html_and_back_with_its_picture(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    box, sent = opened(page, hall)
    page.locator("[data-source]").click()
    sent.fill(f"<p>Эки\nсап</p>{HALF}<table><caption>Бюджет</caption><tr><td>1</td></tr></table>")
    page.locator("[data-source]").click()
    expect(box.locator("caption")).to_have_text("Бюджет")
    expect(box.locator(".c-formula mfrac")).to_be_visible()
    box.locator("td").click()
    page.keyboard.press("End")
    page.keyboard.type("0")
    table = "<table><caption>Бюджет</caption><tbody><tr><td>10</td></tr></tbody></table>"
    expect(sent).to_have_value(f"<p>Эки сап</p><p>{HALF}</p>{table}")
    page.locator("#picture").set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": SVG})
    page.locator("#alternative_ky").fill("Көк үч бурчтук")
    page.locator("#alternative_ru").fill("Синий треугольник")
    follow(page.locator("[name=do][value=picture]"))
    picture = page.locator("#stem_ky-written img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    page.locator("#stem_ky-written").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    value = sent.input_value()
    assert value.count("<img ") == 1 and "/media/" not in value and value.endswith("!</p>")


def test_formulas_are_typed_on_one_line_and_come_back_as_typed(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    begin(page, hall)
    made = page.evaluate(
        """async (lines) => {
          const { formula, line } = await import("/static/js/formula.js");
          return lines.map((typed) => {
            const math = formula(typed);
            return math && [math.outerHTML, formula(line(math)).isEqualNode(math), line(math)];
          });
        }""",
        [*LINES, *BROKEN, *TYPED],
    )
    assert [one and one[2] for one in made[-len(TYPED) :]] == list(TYPED)
    read = made[: -len(TYPED)]
    plain = [one and [one[0].replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""), one[1]] for one in read]
    assert plain == [*([math, True] for math in LINES.values()), *[None] * len(BROKEN)]
