"""Pictures of what follows a test: the appeal, the commission, the correction, the tie-break, the publication.

Imported by ``tools/pictures.py``. The commission's day is done in a browser on a test day that was played before.
"""

from __future__ import annotations

import time

from playwright.sync_api import Page
from studio import Shop

GROUNDS = "23-суроодо мыйзамдын мурунку редакциясы колдонулган деп ойлойм. Ачкычты текшерип берүүңүздөрдү суранам."
MEMBERS = ("member", "member2", "member3")


# --- on the test day ---


def candidate_appeals(shop: Shop, page: Page) -> None:
    """From the result page: the application, and what comes after it is filed."""
    shop.go(page, "/exam/appeal/")
    page.fill("#questions", "23, 41")
    page.fill("#grounds", GROUNDS)
    shop.album.page(page, "appeal-file")
    shop.send(page, "main form .c-button")
    shop.album.page(page, "appeal-filed")


def desk(shop: Shop, page: Page, sitting: str) -> None:
    """Where the proctor confirms the person."""
    shop.album.page(shop.go(page, f"{sitting}/appeals/"), "appeal-desk", most=900)


def commission_form(shop: Shop, page: Page, sitting: str) -> None:
    """The department's act before the sitting."""
    shop.go(page, f"{sitting}/commission/approve")
    page.fill("#act_number", "41-Б")
    shop.day(page, "#act_on", 0)
    for box in page.locator("main input[name=members]").all():
        box.set_checked(True, force=True)
    shop.album.page(page, "commission")
    shop.send(page, "main form.c-card .c-button")


# --- the day after ---


def day_of_the_commission(shop: Shop) -> None:
    """Hearing, correction, tie-break, result, publication, archive: each by whom it concerns."""
    hearing(shop)
    correction(shop)
    outcome(shop)


def hearing(shop: Shop) -> None:
    """The chair hears the appeal that waits; all vote and sign."""
    page, album = shop.staff("chair"), shop.album
    album.page(shop.go(page, "/staff/appeals/?all=1"), "appeals")
    shop.go(page, "/staff/appeals/")
    page.locator("main a[href*='/staff/appeals/'][href$='/']:not([href$='/appeals/'])").first.click()
    page.wait_for_load_state()
    appeal = page.url.removeprefix(shop.address).split("?")[0]
    for username in ("chair", *MEMBERS):
        shop.send(shop.go(shop.staff(username), f"{appeal}declaration/"), "main form .c-button")
    shop.go(page, f"{appeal}opening")
    page.fill("#presence_note", "ID1234567")
    shop.send(page, "main form.c-card .c-button")
    shop.go(page, f"{appeal}viewings")
    page.locator("main label[for=is_here]").click()
    page.fill("#presence_note", "ID1234567")
    for box in page.locator("main input[name=members]").all():
        box.set_checked(True, force=True)
    shop.send(page, "main form.c-card .c-button")
    album.page(page, "key-review", most=1800)
    page.locator("main label[for^=kind]").first.click()
    page.fill("#reason", "Сакталган жооп, ачкыч жана балл бири-бирине туура келет.")
    shop.send(page, "main form:has(#reason) .c-button")
    shop.go(page, appeal)
    shop.send(page, "main form[action$='/closing'] .c-button")
    for username in ("chair", *MEMBERS):
        vote(shop, username, appeal)
    album.page(shop.go(page, appeal), "appeal-decision", most=1230)
    shop.send(page, "main form[action$='/decision'] .c-button")
    for username in (*MEMBERS, "chair"):
        shop.go(shop.staff(username), f"{appeal}protocol")
        shop.prove(username, "main form[action$='/signature'] .c-button")
    album.page(page, "appeal-signed", most=1300)
    album.paper(shop.file(page, "form[action$='/protocol/file'] button"), "appeal-protocol")
    shop.send(page, "main form[action$='/handing-over'] .c-button")


def vote(shop: Shop, username: str, appeal: str) -> None:
    """One member's vote: dismissed; one of them sees it otherwise and says so."""
    page = shop.go(shop.staff(username), f"{appeal}vote")
    page.locator("main label[for^=outcome]").nth(1 if username == "member3" else 0).click()
    if username == "member3":
        page.fill("#dissent", "Балл туура коюлган, бирок суроонун сөздөрү эки башка түшүнүлүшү мүмкүн.")
    shop.send(page, "main form.c-card .c-button")


def correction(shop: Shop) -> None:
    """The administrator prepares what the commission found, the officer sees the preview and applies it."""
    page = shop.go(shop.staff("administrator"), "/staff/corrections/")
    due = [one.get_attribute("href") or "" for one in page.locator("main a[href*='/corrections/forms/']").all()]
    for path in due:
        shop.go(page, path)
        shop.send(page, "main form[method=post] .c-button:not(.c-button--quiet)")
        second = shop.go(shop.staff("officer"), page.url.removeprefix(shop.address))
        if second.locator("main .c-note--warn").count():  # the first place of a competition changes
            shop.album.page(second, "correction", most=1500)
        shop.prove("officer", "main form[action$='/application'] .c-button")
        second.wait_for_load_state("networkidle")


def outcome(shop: Shop) -> None:
    """The tie-break that the system calls, the result of a competition, its publication, the archive."""
    page, album = shop.staff("administrator"), shop.album
    for _try in range(40):
        shop.go(page, "/staff/")
        if page.locator("main a[href*='/tie-breaks/']").count():
            break
        time.sleep(0.5)
    page.locator("main a[href*='/tie-breaks/']").first.click()
    page.wait_for_load_state()
    shop.day(page, "#on", 1)
    page.fill("#at", "10:00")
    page.locator("main input[name=proctors]").last.set_checked(True, force=True)
    album.page(page, "tie-break")
    album.page(shop.go(page, "/staff/archive/"), "archive", most=900)

    officer = shop.go(shop.staff("officer"), "/staff/results/?q=К-2026-17")
    officer.locator("main tbody a[href*='/staff/results/']").first.click()
    officer.wait_for_load_state()
    shop.send(officer, "main form[action$='/ranking'] .c-button")
    album.page(officer, "competition-result", most=1500)
    shop.send(officer, "main form[action$='/publication'] .c-button")
    public = shop.go(shop.context().new_page(), "/results/")
    public.locator("main h2 a").first.click()
    public.wait_for_load_state()
    album.page(public, "published", most=1300)
