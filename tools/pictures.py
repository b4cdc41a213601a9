"""Every screenshot of the README and the guides, made anew in one run from a demonstration of its own.

    python tools/pictures.py                 # into docs/pictures
    python tools/pictures.py --output elsewhere # elsewhere, to compare

Needs the development dependencies, chromium and pdftoppm. The instance, its accounts and its candidates live in a
temporary folder and are gone afterwards. Whoever signs in does it as people do: password and one-time code. The words
on the pages are Kyrgyz; pages are known by their structure, so a changed wording breaks nothing here.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from afterwards import candidate_appeals, commission_form, day_of_the_commission, desk
from bad_day import bad_day
from banking import bank_at_work, statistics
from openpyxl import Workbook, load_workbook
from playwright.sync_api import sync_playwright
from studio import CANDIDATES, ITEMS, ROOT, Album, Shop, day_after, instance, sit

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RIGHT_ONES = 47


# --- the candidate ---


def others(shop: Shop, codes: list[str]) -> None:
    """Other candidates, so that the room is full of life: most work, some have finished, one has not started."""
    chance = random.Random(1)
    for number, code in enumerate(codes):
        context = shop.context()
        entered = context.request.post(f"{shop.address}/api/v1/entry", data={"code": code}).json()
        if number == 0:
            continue
        head = {"X-CSRF-Token": entered["csrf_token"]}
        attempt = context.request.post(f"{shop.address}/api/v1/attempt", headers=head, data={}).json()
        sit(shop, context, attempt, chance.randint(6, ITEMS) if number > 2 else ITEMS, chance.randint(4, ITEMS))
        if number in (1, 2):
            context.request.post(f"{shop.address}/api/v1/attempt/submit", headers=head, data={})


def candidate(shop: Shop, code: str) -> None:
    """The whole journey of one candidate, from the code to the protocol."""
    album, context = shop.album, shop.context()
    page = shop.go(context.new_page(), "/exam/")
    page.fill("#code", " ".join(code[i : i + 4] for i in range(0, 16, 4)))
    album.page(page, "entry")
    shop.send(page, "main form .c-button")
    page.locator("label[for=agree]").click()
    album.page(page, "rules")
    shop.send(page, "main form .c-button")
    attempt = context.request.get(f"{shop.address}/api/v1/attempt").json()
    sit(shop, context, attempt, 22, 22)
    shop.go(page, "/exam/questions/23")
    page.locator(".c-choice__label").nth(1).click()
    page.wait_for_selector("[data-status]:has(.u-num)")
    album.page(page, "question")
    attempt["items"] = attempt["items"][22:]
    sit_rest = [item for item in attempt["items"] if item["position"] != 23][: ITEMS - 24]
    sit(shop, context, attempt | {"items": sit_rest}, len(sit_rest), RIGHT_ONES)
    shop.go(page, "/exam/finish")
    shop.send(page, "main form[action*=finish] .c-button")
    album.page(page, "result")
    album.paper(context.request.get(f"{shop.address}/exam/protocol.pdf").body(), "protocol")
    candidate_appeals(shop, page)


# --- staff ---


def proctor(shop: Shop) -> None:
    """The room: presence, seats, a resume code, an incident."""
    page, album, sitting = shop.staff("proctor"), shop.album, f"/staff/sittings/{shop.made['sitting']}"
    album.page(shop.go(page, "/staff/"), "home-proctor")
    shop.go(page, f"{sitting}/room/presence")
    for row in (CANDIDATES, CANDIDATES - 1):
        shop.send(page, f"tbody tr:nth-of-type({row}) button[value=absent]")
    album.page(page, "presence", most=900)
    shop.go(page, f"{sitting}/incident?seat=7")
    page.locator("main form label[for^=category]").last.click()
    page.fill("#text", "Компьютер өзү өчүп калды. Талапкер 8-орунга которулду.")
    album.page(page, "incident")
    shop.send(page)
    shop.go(page, f"{sitting}/room/seats/7")
    page.fill("#reason", "Компьютер өчүп калды")
    shop.send(page, "main form:has(#reason) .c-button")
    album.page(page, "resume")
    album.page(shop.go(page, f"{sitting}/room/"), "hall")
    album.page(shop.go(page, f"{sitting}/close"), "close")
    desk(shop, page, sitting)


def administrator(shop: Shop, folder: Path) -> str:
    """Preparing: a specification for the authority, a sitting with participants and codes; returns the first's path."""
    page, album = shop.staff("administrator"), shop.album
    album.page(shop.go(page, "/staff/"), "home")
    shop.go(page, "/staff/tests/specifications/new")
    for field, text in (("title_ky", "Директорлор үчүн негизги тест"), ("title_ru", "Основной тест для директоров")):
        page.fill(f"#{field}", text)
    blueprints = page.locator("#blueprint option").evaluate_all("all => all.map(one => one.value)")
    page.select_option("#blueprint", next(one for one in blueprints if one))
    page.fill("#minutes", "120")
    page.fill("#cut_score", "36")
    for language in ("languages-0", "languages-1"):
        page.locator(f"#{language}").set_checked(True, force=True)
    page.locator("#navigation-0").set_checked(True, force=True)
    shop.send(page, "main form .c-bar .c-button")
    specification = page.url
    shop.send(page, "main form[action$=submit] .c-button")
    album.page(shop.go(page, "/staff/tests/"), "specifications")

    shop.go(page, "/staff/sittings/new")
    page.locator("main a[href*='specification=']").first.click()
    shop.day(page, "#on", 14)
    page.fill("#at", "10:00")
    for box in page.locator("main input[type=checkbox][name=forms]").all():
        box.set_checked(True, force=True)
    page.locator("main input[type=checkbox][name=proctors]").last.set_checked(True, force=True)
    album.page(page, "sitting-new")
    shop.send(page, "main form.c-card .c-button")
    sitting = page.url.removeprefix(shop.address).rstrip("/")
    number = page.locator("main h1").inner_text().strip()
    shop.go(page, f"{sitting}/participants/new")
    person = {"personal_number": "20105198500711", "surname": "Асылбекова", "given_name": "Мээрим"}
    for field, text in (person | {"patronymic": "Токтогуловна"}).items():
        page.fill(f"#{field}", text)
    shop.send(page, "main form.c-card .c-button")
    for last, name in (("2091119790441", "participants-faults"), ("20911197904415", "")):
        shop.go(page, "/staff/sittings/participants/import")
        page.set_input_files("input[type=file]", participants(folder, number, last))
        shop.send(page, "main form[enctype] .c-button")
        if name:
            album.page(page, name)
    shop.send(page, "main form[action$=confirm] .c-button")
    shop.go(page, f"{sitting}/codes/")
    shop.send(page, "form[action$=issue] .c-button")
    album.page(page, "codes")
    album.paper(shop.file(page, "form[action$=slips] .c-button"), "slips")
    commission_form(shop, page, sitting)
    album.page(shop.go(page, f"{sitting}/"), "sitting")
    album.page(shop.go(page, f"/staff/sittings/{shop.made['sitting']}/protocols/"), "protocols", most=900)
    return specification.removeprefix(shop.address)


def participants(folder: Path, sitting: str, last: str) -> Path:
    """A file of seven candidates for a sitting; ``last`` is the personal number of the seventh."""
    columns = "surname given_name patronymic personal_number email phone language competition centre sitting"
    names = (
        "Абдраимова Айзада", "Бекбоев Данияр", "Жолдошев Нурлан", "Исакова Бермет", "Кенжебаев Самат",
        "Маматова Гүлзат", "Эшимбеков Тилек",
    )  # fmt: skip
    rows: list[list[Any]] = [columns.split()]
    for number, name in enumerate(names, 1):
        pin = last if number == len(names) else f"1030619840{number:04}"
        rows.append([*name.split(), "", pin, "", "", "ru" if number == 3 else "ky", "К-2026-17", "", sitting])
    return workbook(folder / "talapkerler.xlsx", "candidates", rows)


def workbook(path: Path, title: str, rows: Iterable[list[Any]]) -> Path:
    """A file of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def officer(shop: Shop, specification: str) -> None:
    """The authority's page of what waits for its act."""
    page = shop.go(shop.staff("officer"), specification)
    page.fill("#act_number", "128-т")
    shop.day(page, "#act_on", 0)
    shop.album.page(page, "approve-specification", most=1500)


def bank(shop: Shop, folder: Path) -> None:
    """The author writes and imports; the approver decides."""
    page, album = shop.staff("author"), shop.album
    album.page(shop.go(page, "/staff/bank/"), "items", most=900)
    shop.go(page, "/staff/bank/new")
    texts = {
        "external_id": "ICT-051", "stem_ky": "Электрондук почтага келген белгисиз тиркеме менен эмне кылуу туура?",
        "stem_ru": "Как правильно поступить с неизвестным вложением в электронном письме?",
        "option_a_ky": "Ачпай туруп, жөнөтүүчүдөн тактоо", "option_a_ru": "Не открывая, уточнить у отправителя",
        "option_b_ky": "Дароо ачып көрүү", "option_b_ru": "Сразу открыть",
        "option_c_ky": "Кесиптештерге жөнөтүү", "option_c_ru": "Переслать коллегам",
        "source": "Маалыматтык коопсуздук эрежелери", "author": "Г. Жумабекова",
    }  # fmt: skip
    for field, text in texts.items():
        page.fill(f"#{field}", text)
    page.locator("#correct-0").set_checked(True, force=True)
    places = page.locator("#sub_topic option").evaluate_all("all => all.map(one => one.value)")
    page.select_option("#sub_topic", places[-1])
    page.select_option("#difficulty", "2")
    album.page(page, "item-form", most=1700)
    shop.send(page, "main form .c-bar .c-button[value=submit]")
    shop.go(page, "/staff/bank/import")
    page.set_input_files("#file", faulty(folder))
    shop.send(page, "main form.c-card .c-button")
    album.page(page, "import-check", most=1400)

    page = shop.go(shop.staff("approver"), "/staff/bank/queue")
    album.page(page, "queue")
    page.locator("main a[href*='/staff/bank/items/']").first.click()
    album.page(page, "item-review", most=1500)


def faulty(folder: Path) -> Path:
    """A bank of four questions, two with faults that people make."""
    rows = load_workbook(ROOT / "demo" / "bank.xlsx", read_only=True)["items"].iter_rows(values_only=True, max_row=5)
    head, *items = [list(row) for row in rows]
    at = {name: place for place, name in enumerate(head)}
    for number, item in enumerate(items):
        item[at["external_id"]], item[at["enemies"]] = f"LAW-{number + 101}", None
    items[1][at["correct"]] = "F"
    items[2][at["stem_ru"]] = None
    return workbook(folder / "suroolor.xlsx", "items", [head, *items])


def auditor(shop: Shop) -> None:
    """The journal after the check of the whole chain."""
    page = shop.go(shop.staff("auditor"), "/staff/audit/")
    shop.send(page, "form[action$=check] .c-button")
    shop.album.page(page, "audit", most=1000)


def system_administrator(shop: Shop) -> None:
    """Accounts: the list, a new one, its set-up link, and the page where that leads; then the sign-in page."""
    page, album = shop.staff("admin"), shop.album
    album.page(shop.go(page, "/staff/users"), "users")
    shop.go(page, "/staff/users/new")
    page.fill("#full_name", "Абдыкадырова Назгүл Бакытовна")
    page.fill("#username", "n.abdykadyrova")
    page.locator("main input[value=proctor], main input[value=item_author]").first.set_checked(True, force=True)
    album.page(page, "user-new", most=1400)
    shop.send(page, "main form.c-card .c-button:not(.c-button--quiet)")
    album.page(page, "user", most=1300)
    link = page.locator("main").inner_text()
    start = link.index("/staff/set-up/")
    album.page(shop.go(shop.context().new_page(), link[start:].split()[0]), "set-up", most=1200)
    album.page(shop.go(shop.context().new_page(), "/staff/sign-in"), "sign-in")


def main() -> None:
    """Make every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument(
        "--only", choices=("day", "bad-day", "afterwards"), help="the test day, a bad one, or what follows"
    )
    options = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit("chromium is not here: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder, sync_playwright() as playwright:
        browser, album = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM), Album(options.output)
        if options.only in (None, "bad-day"):
            with instance(Path(folder) / "bad-day", candidates=6, items=8) as (address, made):
                bad_day(Shop(browser, address, made, album))
        if options.only in (None, "day"):
            with instance(Path(folder)) as (address, made):
                test_day(Shop(browser, address, made, album), Path(folder))
        if options.only in (None, "afterwards"):
            with day_after(Path(folder)) as (address, made):
                shop = Shop(browser, address, made, album)
                statistics(shop)
                day_of_the_commission(shop)
        browser.close()


def test_day(shop: Shop, folder: Path) -> None:
    """Everything up to the end of the test, and the rooms of those who prepare it."""
    codes = [slip["code"] for slip in shop.made["candidates"]]
    candidate(shop, codes[2])
    others(shop, codes[3:18])
    proctor(shop)
    specification = administrator(shop, folder)
    officer(shop, specification)
    bank(shop, folder)
    bank_at_work(shop, folder)
    auditor(shop)
    system_administrator(shop)


if __name__ == "__main__":
    main()
