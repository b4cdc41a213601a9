"""Pictures of the question bank beyond its first steps: editor, sources, quarantine, sessions, many at once, draws.

Imported by ``tools/pictures.py``.
"""

from __future__ import annotations

import io
import time
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page
from studio import Shop

BUDGET_KY = (
    "<p>Таблицада мектептин жылдык бюджети берилген (миң сом). Эмгек акынын <b>жалпы чыгымдагы үлүшү</b> канча?</p>"
    "<table><tr><th>Чыгым</th><th>Сумма</th></tr><tr><td>Эмгек акы</td><td>6 000</td></tr>"
    "<tr><td>Тамактануу</td><td>1 200</td></tr><tr><td>Башкалары</td><td>800</td></tr></table>"
)
BUDGET_RU = (
    "<p>В таблице дан годовой бюджет школы (тыс. сомов). Какова <b>доля оплаты труда</b> во всех расходах?</p>"
    "<table><tr><th>Расход</th><th>Сумма</th></tr><tr><td>Оплата труда</td><td>6 000</td></tr>"
    "<tr><td>Питание</td><td>1 200</td></tr><tr><td>Прочее</td><td>800</td></tr></table>"
)
SHARE = "<math><mfrac><mn>{}</mn><mn>4</mn></mfrac></math>"


def bank_at_work(shop: Shop, folder: Path) -> None:
    """By author, approver and administrator, in the order in which they need one another."""
    rich_question(shop, folder)
    source(shop)
    several(shop)
    session(shop)
    quarantine(shop)
    keys(shop)
    draw(shop)


def rich_question(shop: Shop, folder: Path) -> None:
    """The author writes a question with a table, formulas and a diagram, beside what the candidate will see."""
    page = shop.go(shop.staff("author"), "/staff/bank/new")
    page.click("button[name=become_format][value=rich]")
    page.wait_for_load_state()
    page.click("[data-source]")
    page.fill("#external_id", "BUD-101")
    page.fill("#stem_ky", BUDGET_KY)
    page.fill("#stem_ru", BUDGET_RU)
    for letter, part in zip("abc", (3, 2, 1), strict=True):
        page.fill(f"#option_{letter}_ky", SHARE.format(part))
        page.fill(f"#option_{letter}_ru", SHARE.format(part))
    page.locator("#correct-0").set_checked(True, force=True)
    page.set_input_files("#picture", diagram(folder))
    page.fill("#alternative_ky", "Тегерек диаграмма: эмгек акы 75 %, тамактануу 15 %, башкалары 10 %")
    page.fill("#alternative_ru", "Круговая диаграмма: оплата труда 75 %, питание 15 %, прочее 10 %")
    shop.send(page, "button[name=do][value=picture]")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_selector("[data-preview-here] img")
    shop.album.page(page, "editor", most=1250, width=1440)


def diagram(folder: Path) -> Path:
    """A small pie chart as a PNG."""
    picture = Image.new("RGB", (240, 240), "white")
    pen = ImageDraw.Draw(picture)
    for start, end, colour in ((0, 270, "#1d4766"), (270, 324, "#c99a2e"), (324, 360, "#8f959e")):
        pen.pieslice((10, 10, 230, 230), start - 90, end - 90, fill=colour, outline="white", width=3)
    out = io.BytesIO()
    picture.save(out, "PNG")
    path = folder / "diagramma.png"
    path.write_bytes(out.getvalue())
    return path


def source(shop: Shop) -> None:
    """The approver enters an act, names it as the source of questions, then enters its amendment."""
    page = shop.go(shop.staff("approver"), "/staff/bank/sources/new")
    page.select_option("#kind", "act")
    page.fill("#title_ky", "Жалпы билим берүү уюмдарынын жетекчилерин конкурстук тандоо жөнүндө жобо")
    page.fill("#title_ru", "Положение о конкурсном отборе руководителей общеобразовательных организаций")
    shop.send(page, "main form .c-bar .c-button:not(.c-button--quiet)")
    page.fill("#words", "Положение о конкурсном отборе")
    shop.send(page, "form:has(#words) .c-button")
    for box in page.locator("main form[action$='/cite'] input[type=checkbox]").all()[:5]:
        box.set_checked(True, force=True)
    shop.send(page, "form[action$='/cite'] .c-button")
    page.locator("details:has(form[action$='/amend']) summary").click()
    shop.day(page, "#on", 0)
    page.locator("form[action$='/amend'] textarea").fill("29-пункт жаңы редакцияда")
    shop.send(page, "form[action$='/amend'] .c-button")
    shop.album.page(page, "source")


def several(shop: Shop) -> None:
    """The approver looks at what an act on several questions would do."""
    page = shop.go(shop.staff("approver"), "/staff/bank/?area=law")
    for box in page.locator("main tbody input[name=version]").all()[:6]:
        box.set_checked(True, force=True)
    page.select_option("#act", "suspend")
    shop.send(page, "form:has(#act) .c-button")
    page.fill("#comment", "Суроолор тестирлөөдөн мурда тараган деген кабар түштү.")
    shop.send(page, "main form.l-measure .c-button")
    shop.album.page(page, "several")


def session(shop: Shop) -> None:
    """Two approvers meet over the questions of the queue."""
    page = shop.go(shop.staff("approver"), "/staff/bank/sessions/new")
    page.fill("#place", "Департамент, 214-кабинет")
    for box in page.locator("main input[name=members], main input[name=version]").all():
        box.set_checked(True, force=True)
    shop.send(page, "main form .c-bar .c-button:not(.c-button--quiet)")
    boxes = page.locator("main input[name=version]")
    for index in range(max(1, boxes.count() - 1)):
        boxes.nth(index).set_checked(True, force=True)
    for box in page.locator("main input[name=points]").all():
        box.set_checked(True, force=True)
    shop.send(page, "main button[name=decision][value=approved]")
    shop.album.page(page, "approval-session")
    shop.send(page, "main form[action$='/close'] .c-button")
    minutes = shop.file(page, "main a[href$='minutes.pdf']")
    shop.album.paper(minutes, "approval-minutes")


def quarantine(shop: Shop) -> None:
    """The approver takes a question out of circulation; every form that holds it is named."""
    page = shop.go(shop.staff("approver"), "/staff/bank/?used=on")
    page.locator("main tbody th a").first.click()
    page.wait_for_load_state()
    page.locator("main a[href$='/suspend']").first.click()
    page.wait_for_load_state()
    page.select_option("#kind", index=0)
    page.fill("#reason", "Суроонун тексти тестирлөөдөн мурда социалдык тармакта жарыяланган.")
    shop.send(page, "main form .c-button--danger")
    shop.album.page(shop.go(page, "/staff/bank/quarantine"), "quarantine")


def keys(shop: Shop) -> None:
    """A file with keys is asked for; another approver sees the request."""
    page = shop.go(shop.staff("approver"), "/staff/bank/export")
    page.fill("#reason", "Суроолордун базасын жылдык сыртын текшерүүгө берүү")
    shop.send(page, "main form:has(#reason) .c-button")
    if page.locator("#proof-password").count():
        shop.prove_now("approver")
    shop.album.page(shop.go(shop.staff("approver2"), "/staff/bank/export"), "key-export")


def draw(shop: Shop) -> None:
    """The administrator reads a blueprint with what the bank can fill, and a draw in figures."""
    page = shop.go(shop.staff("administrator"), "/staff/tests/blueprints")
    page.locator("main th a").first.click()
    page.wait_for_load_state()
    shop.album.page(page, "blueprint")
    shop.go(page, "/staff/tests/")
    for path in page.locator("main th a").evaluate_all("all => all.map(one => one.getAttribute('href'))"):
        shop.go(page, path)
        if page.locator("#count").count():  # of an approved one
            break
    page.fill("#count", "2")
    drawing(page)
    shop.album.page(page, "draw", most=1700)


def drawing(page: Page) -> None:
    """Draw variants, and open the page of the draw."""
    with page.expect_navigation():
        page.locator("form[action$='/draws'] .c-button").last.click()
    if "/draws/" not in page.url:
        page.locator("main a[href*='/tests/draws/']").first.click()
        page.wait_for_load_state()


def statistics(shop: Shop) -> None:
    """What a sitting said of the test and of one question."""
    page = shop.go(shop.staff("approver"), "/staff/statistics/")
    while not page.locator("main tbody th a").count():  # the sweeper has not come to them yet
        time.sleep(2)
        page.reload()
    page.locator("main tbody th a").first.click()
    page.wait_for_load_state()
    shop.album.page(page, "statistics", most=2000, width=1280)
    page.locator("main tbody a[href*='/questions/']").first.click()
    page.wait_for_load_state()
    shop.album.page(page, "statistics-question", most=1300)
