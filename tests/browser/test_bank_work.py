"""An author brings a file in, is told of it until its end, and changes what came in all at once."""

from __future__ import annotations

from dataclasses import replace
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from demo.stage import FOLDER
from question_bank.exchange.formats import FORMATS
from tests.browser.conftest import OpenPage
from tests.browser.desk import sign_in
from tests.browser.hall import Hall
from tests.browser.watching import follow, staff_findings

pytestmark = pytest.mark.browser
XLSX = FORMATS["xlsx"]
MANY = 120


def workbook(prefix: str, count: int) -> bytes:
    """The first question of the demonstration's bank so many times."""
    first = XLSX.read((FOLDER / "bank.xlsx").read_bytes()).items[0]
    return XLSX.write(
        replace(first, external_id=f"{prefix}-{number:03}", stem_ky=f"{prefix} {number}: {first.stem_ky}")
        for number in range(count)
    )


def choose(page: Page, hall: Hall, data: bytes) -> None:
    """Hand in a file and go on to the import."""
    page.goto(f"{hall.address}/staff/bank/import")
    page.locator("#file").set_input_files({"name": "bank.xlsx", "mimeType": XLSX.media_type, "buffer": data})
    follow(page.locator("form[enctype] .c-button"))
    page.locator("form.c-card .c-button").first.click()
    page.wait_for_url("**/bank/imports/**", timeout=60_000)


def test_a_file_goes_in_before_one_s_eyes_and_what_came_in_is_changed_at_once(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    sign_in(page, hall, "author")
    page.set_default_timeout(60_000)  # a file of many questions is read and compared on the way
    choose(page, hall, workbook("MANY", MANY))
    expect(page.locator(".c-note--ok")).to_contain_text(str(MANY), timeout=60_000)
    found = staff_findings(page, "import")
    page.goto(f"{hall.address}/staff/bank/?text=MANY-00&sort=identifier")
    page.locator("#scope-all").check()
    page.locator("#act").select_option("difficulty")
    follow(page.locator("section[aria-labelledby=several] button"))
    page.locator("#difficulty").select_option("5")
    follow(page.locator("form.c-card .c-button").first)
    expect(page.locator(".c-figures dd").first).to_have_text("10")
    found += staff_findings(page, "preview")
    follow(page.locator("form:has(input[name=digest]) .c-button"))
    expect(page.locator(".c-note--ok")).to_contain_text("10")
    expect(page.locator("tbody tr")).to_have_count(10)
    assert set(page.locator("tbody td.is-num").all_inner_texts()) == {"5"}
    assert found == []


def test_whoever_sends_too_much_gets_an_answer_even_if_they_read_none_before_they_have_sent_it_all(hall: Hall):
    """As many browsers and proxies do: a connection that ends under them is all that they tell of."""
    address = urlsplit(hall.address)
    connection = HTTPConnection(str(address.hostname), address.port)
    said = {"Content-Type": "multipart/form-data; boundary=x", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/staff/bank/import", bytes(70 * 2**20), said)
    answer = connection.getresponse()
    assert (answer.status, "20" in answer.read().decode()) == (413, True)
