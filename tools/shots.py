"""Screenshots of a running server, to be looked at: every path in every theme, letter size and window.

    python tools/shots.py http://127.0.0.1:8000 / /verify --themes light dark --sizes 1 3 --windows 1024x768 360x740
    python tools/shots.py http://127.0.0.1:8000 --paths-file paths.txt --cookies cookies.txt --output shots

The cookie file holds one ``name=value`` a line (for example a session taken from a browser). Each picture is named
after its path, language, theme, size and window; what looks wrong (a page wider than its window, an error on the
console, an answer of 400 or more) is printed, and the exit code is then 1.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright


def chromium() -> str:
    """Path of the system's Chromium; playwright's own download is not used."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    sys.exit("chromium is not here: apt-get install chromium")


def read_lines(path: Path | None) -> list[str]:
    """Lines of a file that are neither blank nor a comment."""
    lines = path.read_text(encoding="utf-8").splitlines() if path else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def shoot(browser: Browser, base: str, path: str, target: Path, cookies: dict[str, str], window: str) -> list[str]:
    """One picture of the whole page; returns what looks wrong."""
    width, height = (int(n) for n in window.split("x"))
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
    page = context.new_page()
    page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    answer = page.goto(base + path)
    if answer and answer.status >= 400:
        wrong.append(f"answer {answer.status}")
    page.evaluate("document.fonts.ready.then(() => true)")
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append("wider than its window")
    page.screenshot(path=target, full_page=True)
    context.close()
    return wrong


def main() -> int:
    """Photograph everything asked for; 1 where something looked wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", help="address of the server, for example http://127.0.0.1:8000")
    parser.add_argument("paths", nargs="*", help="paths, for example /staff/sign-in")
    parser.add_argument("--paths-file", type=Path, help="more paths, one a line")
    parser.add_argument("--cookies", type=Path, help="cookies, one name=value a line")
    parser.add_argument("--languages", nargs="+", default=["ky"], choices=["ky", "ru", "en"])
    parser.add_argument("--themes", nargs="+", default=["light"], choices=["light", "dark", "contrast"])
    parser.add_argument("--sizes", nargs="+", default=["1"], choices=["1", "2", "3"])
    parser.add_argument("--windows", nargs="+", default=["1024x768"], metavar="WxH")
    parser.add_argument("--output", type=Path, default=Path("shots"))
    options = parser.parse_args()

    base = options.base.rstrip("/")
    given = dict(line.split("=", 1) for line in read_lines(options.cookies))
    options.output.mkdir(parents=True, exist_ok=True)
    count = bad = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for path in [*options.paths, *read_lines(options.paths_file)]:
            stem = re.sub(r"\W+", "-", path).strip("-") or "home"
            for language in options.languages:
                for theme in options.themes:
                    for size in options.sizes:
                        for window in options.windows:
                            cookies = given | {"language": language, "theme": theme, "size": size}
                            target = options.output / f"{stem}-{language}-{theme}-{size}-{window}.png"
                            wrong = shoot(browser, base, path, target, cookies, window)
                            count, bad = count + 1, bad + bool(wrong)
                            print(target, *wrong, sep="\n  ")
        browser.close()
    print(f"{count} pictures, {bad} with something wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
