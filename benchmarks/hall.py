"""A sitting to measure: the demonstration's people, each at a browser of their own with the test begun."""

from __future__ import annotations

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
    """One candidate's browser: enters, begins, and shows what its saves must carry."""

    def __init__(self, port: int, code: str) -> None:
        self._connection, self._cookies, self._token = http.client.HTTPConnection("127.0.0.1", port), "", ""
        self._token = self._call("POST", f"{API}/entry", {"code": code})["csrf_token"]
        attempt = self._call("POST", f"{API}/attempt", {})
        self._token, self._questions = attempt["csrf_token"], attempt["items"]

    def candidate(self) -> Candidate:
        """What the load client needs to save answers as this candidate, question after question."""
        return Candidate(
            f"Cookie: {self._cookies}\r\nX-CSRF-Token: {self._token}\r\n",
            tuple((f"{API}/attempt/responses/{q['position']}", q["options"][0]["option"]) for q in self._questions),
        )

    def page_bytes(self) -> dict[str, int]:
        """Bytes over the wire, heads included, of a question's page and of what it loads; fonts apart."""
        path = "/exam/questions/1"
        size, html = self._get(path)
        parts = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg)[^"]*)"', html.decode())))
        return {path: size} | {part: self._get(part)[0] for part in parts}

    def _get(self, path: str) -> tuple[int, bytes]:
        """Size of the whole answer with its head, and its body."""
        headers = {"Cookie": self._cookies, "Accept-Encoding": "gzip"}  # as every browser sends it
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"GET {path} gave {answer.status}")
        return len("HTTP/1.1 200 OK\r\n") + len(bytes(answer.headers)) + len(body), body

    def _call(self, method: str, path: str, data: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Cookie": self._cookies, "X-CSRF-Token": self._token}
        self._connection.request(method, path, json.dumps(data), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} gave {answer.status}: {body.decode()}")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self._cookies = cookie.partition(";")[0]
        found: dict[str, Any] = json.loads(body)
        return found
