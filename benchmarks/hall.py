"""A sitting to measure: the demonstration's people, each at a browser of their own with the test begun."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.client import Candidate
from benchmarks.servers import ROOT
from testing_center.views.exam import AHEAD

HOURS = 8  # long enough that nobody's time runs out while it is measured
API = "/api/v1"


def flask(*arguments: str, environ: Mapping[str, str]) -> str:
    """Run a command of the product and return what it printed.

    Raises:
        RuntimeError: it failed; the text is what it wrote.
    """
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def open_sitting(environ: Mapping[str, str], *, people: int, items: int) -> list[str]:
    """Make keys, migrate the database, open a demonstration sitting and return the codes of those present."""
    flask("keys", "create", environ=environ)
    flask("db", "upgrade", environ=environ)
    made = flask(
        "demo", "load", "--candidates", str(people), "--items", str(items), "--sitting-starts-in", "0",
        "--duration-minutes", str(HOURS * 60), "--format", "json", environ=environ,
    )  # fmt: skip
    return [candidate["code"] for candidate in json.loads(made)["candidates"]]


class Browser:
    """One candidate's browser: enters, begins, shows what its saves must carry, and goes from page to page."""

    def __init__(self, port: int, code: str) -> None:
        self._connection, self._token = http.client.HTTPConnection("127.0.0.1", port), ""
        self._jar: dict[str, str] = {}
        self.received = 0  # bytes of answers, heads included
        self._static: set[str] = set()
        self._following: set[int] = set()  # questions that the page has been given
        self._token = self._call("POST", f"{API}/entry", {"code": code})["csrf_token"]

    @property
    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._jar.items())

    def begin(self) -> Browser:
        """Start the test."""
        attempt = self._call("POST", f"{API}/attempt", {})
        self._token, self._questions = attempt["csrf_token"], attempt["items"]
        return self

    def candidate(self) -> Candidate:
        """What the load client needs to save answers as this candidate, question after question."""
        return Candidate(
            f"Cookie: {self._cookies}\r\nX-CSRF-Token: {self._token}\r\n",
            tuple((f"{API}/attempt/responses/{q['position']}", q["options"][0]["option"]) for q in self._questions),
        )

    def open_question(self, position: int) -> None:
        """The page of a question; what it loads besides is noted."""
        html = self._get(f"/exam/questions/{position}").decode()
        self._static |= set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg)[^"]*)"', html))

    def turn_to(self, position: int) -> None:
        """Another question on the page that is open; those that follow come along, as the page's script asks."""
        if position in self._following:
            return
        asked = self._get(f"/exam/questions/{position}/part?ahead={min(AHEAD, len(self._questions) - position)}")
        self._following |= set(map(int, re.findall(r'data-question="(\d+)"', asked.decode())))

    def answer_all(self) -> None:
        """Every question opened and answered once, the test ended, the page of the result read."""
        for question in self._questions:
            (self.open_question if question["position"] == 1 else self.turn_to)(question["position"])
            answer = {"response": [question["options"][0]["option"]], "revision": 1}
            self._call("PUT", f"{API}/attempt/responses/{question['position']}", answer)
        self._get("/exam/finish")
        self._call("POST", f"{API}/attempt/submit", {})
        self._get("/exam/result")

    def static_bytes(self) -> int:
        """Bytes of what the pages load, each once as a browser keeps them; fonts apart."""
        before = self.received
        for path in sorted(self._static):
            self._get(path)
        return self.received - before

    def _get(self, path: str) -> bytes:
        headers = {"Cookie": self._cookies, "Accept-Encoding": "gzip"}  # as every browser sends it
        return self._answer("GET", path, None, headers)

    def _call(self, method: str, path: str, data: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Cookie": self._cookies, "X-CSRF-Token": self._token}
        found: dict[str, Any] = json.loads(self._answer(method, path, json.dumps(data), headers))
        return found

    def _answer(self, method: str, path: str, data: str | None, headers: dict[str, str]) -> bytes:
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} gave {answer.status}: {body.decode(errors='replace')}")
        self.received += len("HTTP/1.1 200 OK\r\n") + len(bytes(answer.headers)) + len(body)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._jar[name] = value
        return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
