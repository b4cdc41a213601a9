"""The pictures of a bad day in the hall, as the guide for proctors tells it; tests/browser/test_bad_day.py plays it."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page
from studio import Shop

SILENT = 20_000  # milliseconds without the switch: from fifteen seconds on it is a silence


def enter(shop: Shop, code: str, resume: str = "") -> tuple[BrowserContext, Page]:
    """A candidate who has entered with the code of the slip."""
    context = shop.context()
    page = shop.go(context.new_page(), "/exam/")
    page.fill("#code", code)
    if resume:
        page.locator("main details summary").click()
        page.fill("#resume", resume)
    shop.send(page, "main form button")
    return context, page


def begin(shop: Shop, page: Page) -> None:
    """Agree with the rules, start, and answer the first question."""
    page.locator("label[for=agree]").click()
    shop.send(page, "main form .c-button")
    page.locator(".c-choice__label, select, input[type=text]").first.click()


def act(shop: Shop, page: Page, kind: str, seats: list[int], picture: str = "", **typed: str) -> None:
    """What the proctor does to these seats."""
    room = f"/staff/sittings/{shop.made['sitting']}/room/"
    shop.go(page, f"{room}act?kind={kind}&{'&'.join(f'seat={seat}' for seat in seats)}")
    for name, words in typed.items():
        page.fill(f"[name={name}]", words)
    page.locator("label[for=category-3]").click()
    if picture:
        shop.album.page(page, picture)
    shop.send(page, "main form .c-button")


def bad_day(shop: Shop) -> None:
    """From the open doors to the sitting's protocol."""
    album, sitting = shop.album, f"/staff/sittings/{shop.made['sitting']}"
    proctor, other = shop.staff("proctor"), shop.staff("administrator")
    slips = sorted(shop.made["candidates"], key=lambda slip: slip["seat"])
    nobody, late, dead, slow, steady, walker = slips
    shop.go(proctor, f"{sitting}/room/presence")
    shop.send(proctor, f"#seat-{nobody['seat']} button[value=refused]")
    proctor.fill("[name=reason]", "Паспортун алып келген эмес")
    proctor.locator("label[for^=category-]").nth(1).click()
    album.page(proctor, "bad-day-refused")
    shop.send(proctor, "main form .c-button")

    people = {slip["seat"]: enter(shop, slip["code"]) for slip in (dead, slow, steady, walker)}
    for _context, page in people.values():
        begin(shop, page)
    people.pop(dead["seat"])[0].close()
    shop.go(proctor, f"{sitting}/room/seats/{dead['seat']}")
    proctor.fill("#reason", "Компьютер өчүп калды")
    shop.send(proctor, "main form:has(#reason) .c-button")
    token = re.sub(r"\D", "", proctor.locator(".c-score .u-num").first.inner_text())
    people[dead["seat"]] = enter(shop, dead["code"], token)
    people[late["seat"]] = enter(shop, late["code"])
    begin(shop, people[late["seat"]][1])

    proctor.wait_for_timeout(6000)  # every page has called once
    for context, _page in people.values():
        context.set_offline(True)
    page = people[steady["seat"]][1]
    page.locator(".c-choice__label, select, input[type=text]").nth(1).click()
    page.wait_for_timeout(SILENT)
    album.page(page, "bad-day-offline")
    shop.go(proctor, f"{sitting}/room/")
    album.page(proctor, "bad-day-console", most=1400)
    for context, _page in people.values():
        context.set_offline(False)
    proctor.wait_for_timeout(12_000)
    act(shop, proctor, "outage", sorted(people), "bad-day-outage", reason="Залдын коммутатору өчтү")
    act(shop, proctor, "extend", [slow["seat"]], minutes="15", reason="Орун алмаштырылды, убакыт кетти")
    act(shop, proctor, "end", [walker["seat"]], reason="Залдан чыгып кетти")
    shop.go(other, f"{sitting}/room/")
    album.page(other, "bad-day-second", most=1000)
    for waits in other.locator("[id^=confirm-]").evaluate_all("them => them.map((one) => one.id)"):
        shop.send(shop.go(other, f"{sitting}/room/"), f"#{waits}")
        other.wait_for_load_state()
        if other.locator("#proof-password").count():  # the sign-in is older than five minutes
            shop.prove_now("administrator")
    for slip in (late, dead, slow, steady):
        page = shop.go(people[slip["seat"]][1], "/exam/finish")
        shop.send(page, "main form .c-button:not(.c-button--quiet)")
    shop.go(proctor, f"{sitting}/close")
    proctor.fill("#slips_left", "1")
    album.page(proctor, "bad-day-close")
    shop.send(proctor, "main form .c-button--danger")
    shop.go(other, f"{sitting}/protocols/")
    album.paper(shop.file(other, "form[action$='/summary/1'] button"), "bad-day-protocol")
