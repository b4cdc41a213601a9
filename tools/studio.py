"""What ``tools/pictures.py`` works with: a served demonstration, a browser for each person, an album of pictures."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parent.parent
WINDOW = {"width": 1024, "height": 768}
MOST_BYTES = 120 * 1024
CANDIDATES, ITEMS = 26, 60
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


# --- the instance ---


@contextmanager
def instance(folder: Path, candidates: int = CANDIDATES, items: int = ITEMS) -> Iterator[tuple[str, dict[str, Any]]]:
    """A served demonstration; yields its address and what ``demo load --format json`` printed."""
    environ = settings_of(folder / "instance")
    subprocess.run([*FLASK, "db", "upgrade"], cwd=ROOT, env=environ, check=True, stderr=subprocess.DEVNULL)
    size = ["--candidates", str(candidates), "--items", str(items)]
    made = subprocess.run(
        [*FLASK, "demo", "load", *size, "--format", "json"], cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE
    )
    with served(environ) as address:
        yield address, json.loads(made.stdout)


@contextmanager
def day_after(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A served test day of yesterday: the appeals are filed and all but one heard; nothing is corrected yet.

    Yields its address, and its staff as ``demo load`` prints them.
    """
    environ = settings_of(folder / "played")
    script = [sys.executable, str(ROOT / "tools" / "yesterday.py")]
    subprocess.run(script, cwd=ROOT, env=environ | {"PYTHONPATH": str(ROOT)}, check=True, stderr=subprocess.DEVNULL)
    accounts = json.loads((folder / "played" / "demo-accounts.json").read_text())
    staff = [account | {"one_time_code_secret": account["secret"]} for account in accounts]
    with served(environ) as address:
        yield address, {"staff": staff}


def settings_of(home: Path) -> dict[str, str]:
    """The environment of an instance of its own on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"INSTANCE_PATH": str(home), "PORT": str(port), "DATABASE_URL": "", "PRODUCTION": "0", "SMTP_URL": ""}
    return os.environ | own


@contextmanager
def served(environ: dict[str, str]) -> Iterator[str]:
    """Serve an instance; yields its address."""
    address = f"http://127.0.0.1:{environ['PORT']}"
    server = subprocess.Popen([*FLASK, "serve"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    try:
        for _try in range(120):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
                break
            except OSError:
                continue
        yield address
    finally:
        server.terminate()
        server.wait()


# --- pictures ---


class Album:
    """The folder of pictures; each is a PNG of few colours below ``MOST_BYTES``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, name: str, png: bytes) -> None:
        """Reduce the colours until the file is small enough."""
        picture, data = Image.open(io.BytesIO(png)).convert("RGB"), png
        for colours in (128, 64, 32, 16):
            out = io.BytesIO()
            picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            data = out.getvalue()
            if len(data) <= MOST_BYTES:
                break
        (self.folder / f"{name}.png").write_bytes(data)
        print(f"{name}.png {picture.width}x{picture.height} {len(data) // 1024} KB")

    def page(self, page: Page, name: str, *, most: int = 1150, width: int = WINDOW["width"]) -> None:
        """The whole page as it stands, at most ``most`` pixels high."""
        page.set_viewport_size({"width": width, "height": WINDOW["height"]})
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement && document.activeElement.blur()")
        page.evaluate("document.fonts.ready.then(() => true)")
        height = min(most, max(WINDOW["height"], page.evaluate("document.documentElement.scrollHeight")))
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("window.scrollTo(0, 0)")
        self.keep(name, page.screenshot())
        page.set_viewport_size({"width": WINDOW["width"], "height": WINDOW["height"]})

    def paper(self, pdf: bytes, name: str) -> None:
        """The first page of a PDF."""
        drawn = subprocess.run(
            ["pdftoppm", "-png", "-r", "84", "-f", "1", "-l", "1", "-"], input=pdf, check=True, stdout=subprocess.PIPE
        )
        self.keep(name, drawn.stdout)


class Shop:
    """A browser at the instance: contexts for people, and what they need to get in."""

    def __init__(self, browser: Browser, address: str, made: dict[str, Any], album: Album) -> None:
        self.browser, self.address, self.made, self.album = browser, address, made, album
        self.staff_pages: dict[str, Page] = {}
        self.codes: dict[str, str] = {}  # the one-time code that each has used last

    def context(self) -> BrowserContext:
        """A fresh browser that reads Kyrgyz."""
        context = self.browser.new_context(viewport={"width": WINDOW["width"], "height": WINDOW["height"]})
        context.add_cookies([{"name": "language", "value": "ky", "url": self.address}])
        return context

    def staff(self, username: str) -> Page:
        """The page of a member of staff who has signed in."""
        if username not in self.staff_pages:
            page = self.context().new_page()
            page.goto(f"{self.address}/staff/sign-in")
            page.fill("#username", username)
            page.fill("#password", self.account(username)["password"])
            page.fill("#code", self.next_code(username))
            page.click("main form .c-button")
            page.wait_for_url(f"{self.address}/staff/")
            self.staff_pages[username] = page
        return self.staff_pages[username]

    def account(self, username: str) -> dict[str, Any]:
        """Password and secret of a member of staff."""
        found: dict[str, Any] = next(one for one in self.made["staff"] if one["username"] == username)
        return found

    def next_code(self, username: str) -> str:
        """A one-time code that this person has not used yet; waits for the next where the phone still shows the old."""
        while (code := one_time_code(self.account(username)["one_time_code_secret"])) == self.codes.get(username):
            time.sleep(1)
        self.codes[username] = code
        return code

    def prove(self, username: str, button: str) -> Page:
        """Press a button whose step asks for password and code at that very moment, and type both."""
        self.send(self.staff(username), button)
        return self.prove_now(username)

    def prove_now(self, username: str) -> Page:
        """Type both on the page that asks for them."""
        page = self.staff(username)
        page.fill("#proof-password", self.account(username)["password"])
        page.fill("#proof-code", self.next_code(username))
        return self.send(page)

    def go(self, page: Page, path: str) -> Page:
        """Open a path of the instance."""
        answer = page.goto(self.address + path)
        if answer and answer.status >= 400:
            raise SystemExit(f"{path}: {answer.status}")
        return page

    def send(self, page: Page, button: str = "main form .c-button:not(.c-button--quiet)") -> Page:
        """Press a button that posts, and wait for the page that follows."""
        with page.expect_navigation():
            page.locator(button).last.click()
        return page

    def day(self, page: Page, field: str, ahead: int) -> None:
        """Fill in the day so many days from now, as this field wants it written."""
        day = time.localtime(time.time() + ahead * 24 * 3600)
        is_date = page.get_attribute(field, "type") == "date"
        page.fill(field, time.strftime("%Y-%m-%d" if is_date else "%d.%m.%Y", day))

    def file(self, page: Page, button: str) -> bytes:
        """What a button downloads."""
        with page.expect_download() as download:
            page.locator(button).first.click()
        return Path(download.value.path()).read_bytes()


def one_time_code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return TOTP(key, 6, SHA1(), 30).generate(int(time.time())).decode()


# --- answering ---


def answers() -> dict[str, str]:
    """The right answer to each question of the demonstration bank, in both languages."""
    rows = load_workbook(ROOT / "demo" / "bank.xlsx", read_only=True)["items"].iter_rows(values_only=True)
    names = [str(cell) for cell in next(rows)]
    items = [dict(zip(names, row, strict=False)) for row in rows]
    return {
        str(item[f"stem_{language}"]).strip(): str(item[f"option_{str(item['correct']).strip().lower()}_{language}"])
        for item in items
        for language in ("ky", "ru")
        if item["stem_ky"]
    }


def sit(shop: Shop, context: BrowserContext, attempt: dict[str, Any], count: int, right: int) -> None:
    """Answer the first ``count`` questions through the delivery API, ``right`` of them rightly."""
    key = answers()
    for item in attempt["items"][:count]:
        good = key[item["stem"].strip()].strip()
        wanted = item["position"] <= right
        option = next(o["option"] for o in item["options"] if (o["text"].strip() == good) == wanted)
        context.request.put(
            f"{shop.address}/api/v1/attempt/responses/{item['position']}",
            headers={"X-CSRF-Token": attempt["csrf_token"]},
            data={"response": [option], "revision": 1, "flagged": item["position"] in (9, 21)},
        )
