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
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parent.parent
WINDOW = {"width": 1024, "height": 768}
MOST_BYTES = 120 * 1024
CANDIDATES, ITEMS = 26, 60
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


# --- the instance ---


@contextmanager
def instance(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A served demonstration; yields its address and what ``demo load --format json`` printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"INSTANCE_PATH": str(folder / "instance"), "PORT": str(port), "DATABASE_URL": "", "PRODUCTION": "0"}
    environ = os.environ | own
    subprocess.run([*FLASK, "db", "upgrade"], cwd=ROOT, env=environ, check=True, stderr=subprocess.DEVNULL)
    size = ["--candidates", str(CANDIDATES), "--items", str(ITEMS)]
    made = subprocess.run(
        [*FLASK, "demo", "load", *size, "--format", "json"], cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE
    )
    server = subprocess.Popen([*FLASK, "serve"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    try:
        for _try in range(120):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
                break
            except OSError:
                continue
        yield f"http://127.0.0.1:{port}", json.loads(made.stdout)
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

    def page(self, page: Page, name: str, *, most: int = 1150) -> None:
        """The whole page as it stands, at most ``most`` pixels high."""
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement && document.activeElement.blur()")
        page.evaluate("document.fonts.ready.then(() => true)")
        height = min(most, max(WINDOW["height"], page.evaluate("document.documentElement.scrollHeight")))
        page.set_viewport_size({"width": WINDOW["width"], "height": height})
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

    def context(self) -> BrowserContext:
        """A fresh browser that reads Kyrgyz."""
        context = self.browser.new_context(viewport={"width": WINDOW["width"], "height": WINDOW["height"]})
        context.add_cookies([{"name": "language", "value": "ky", "url": self.address}])
        return context

    def staff(self, username: str) -> Page:
        """The page of a member of staff who has signed in."""
        if username not in self.staff_pages:
            account = next(one for one in self.made["staff"] if one["username"] == username)
            page = self.context().new_page()
            page.goto(f"{self.address}/staff/sign-in")
            page.fill("#username", username)
            page.fill("#password", account["password"])
            page.fill("#code", one_time_code(account["one_time_code_secret"]))
            page.click("main form .c-button")
            page.wait_for_url(f"{self.address}/staff/")
            self.staff_pages[username] = page
        return self.staff_pages[username]

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
