"""Candidates' pages as a faulty day knows them: each saves without pause, and sends again what was not acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from datetime import datetime
from http.cookies import SimpleCookie
from random import Random
from typing import Any
from urllib.parse import urlencode

from tests.browser.hall import Slip
from tests.faults.invariants import Log, Save

PAUSE = 0.005  # seconds between two saves of one page: a page is not a benchmark
AGAIN = 0.05  # seconds until a page tries again
PATIENCE = 60.0  # seconds that a page waits for an answer
NOT_NOW = {"busy", "disk_failed"}  # codes of 503 that a page may be told: it is not saved, and it says so


class Lost(Exception):
    """No answer came: whether what was sent was done nobody knows."""


class Page(threading.Thread):
    """One candidate at one workstation, in a thread of its own, speaking the delivery API over HTTP."""

    def __init__(self, port: int, slip: Slip, log: Log, *, seed: int = 0) -> None:
        super().__init__(daemon=True, name=f"page-{seed}")
        self.port, self.slip, self.code, self.log = port, slip, slip.code, log
        self.random = Random(seed)
        self.told: Counter[str] = Counter()  # "saved", "lost", or the code of a refusal
        self.items: list[dict[str, Any]] = []
        self._cookies: dict[str, str] = {}
        self.token = ""
        self._revisions: Counter[int] = Counter()
        self._ends = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._speaks = threading.Lock()  # a test may ask while the page works: one question at a time on a line

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Status and answer of one call of the API.

        Raises:
            Lost: the connection broke, or was refused.
        """
        status, content = self._ask(method, f"/api/v1{path}", json.dumps(body or {}), "application/json")
        found = self._read(status, content)
        self.token = found.get("csrf_token", self.token)
        return status, found

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Status and page that a form without script leads to."""
        status, content = self._ask("POST", path, urlencode(form), "application/x-www-form-urlencoded")
        return status, content.decode()

    def _ask(self, method: str, path: str, body: str, kind: str) -> tuple[int, bytes]:
        with self._speaks:
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                headers = {"Content-Type": kind, "X-CSRF-Token": self.token}
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                self.told["lost"] += 1
                raise Lost from error
            for line in answer.headers.get_all("Set-Cookie") or []:
                self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return answer.status, content

    def _read(self, status: int, content: bytes) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(content)
        except ValueError:
            found = {}
        if (status != 200 and "code" not in found) or b"Traceback" in content:
            self.log.surprised(f"{status}: {content[:200]!r}")
        return found

    def enter(self, resume: str = "") -> int:
        """Come through the door and begin; the status."""
        status, _answer = self.call("POST", "/entry", {"code": self.code} | ({"resume": resume} if resume else {}))
        if status == 200:
            status, state = self.call("POST", "/attempt")
            self.items = state.get("items", [])
            if status == 200:
                self.log.begun(self.code, datetime.fromisoformat(state["deadline_at"]))
            for item in self.items:
                self._revisions[item["position"]] = item["revision"]
        return status

    def run(self) -> None:
        """Save one random answer after the other until told to end."""
        while not self._ends.wait(PAUSE):
            item = self.random.choice(self.items)
            position = item["position"]
            self._revisions[position] += 1
            chosen = self.random.choice([[option["option"]] for option in item["options"]] + [[]])
            self._insist(Save(self.code, position, tuple(chosen), self._revisions[position]))

    def _insist(self, save: Save) -> None:
        """Send it until it is acknowledged, or until told to end."""
        self.log.sends(save)
        body = {"response": list(save.response), "revision": save.revision, "flagged": False}
        while True:
            try:
                status, answer = self.call("PUT", f"/attempt/responses/{save.position}", body)
            except Lost:
                pass
            else:
                if status == 200:
                    self.log.told(save, answer["receipt"])
                    self.told["saved"] += 1
                    return
                self.told[str(answer.get("code"))] += 1
                if status != 503 or answer.get("code") not in NOT_NOW:
                    self.log.surprised(f"{save}: {status} {answer}")
                    return
            if self._ends.wait(AGAIN):
                return

    def end(self) -> None:
        """Stop sending; what is under way comes to its end first."""
        self._ends.set()
        self.join()

    def submit(self) -> None:
        """End the test; asked again until there is an answer."""
        pause = threading.Event()
        while True:
            try:
                status, answer = self.call("POST", "/attempt/submit")
            except Lost:
                pass
            else:
                if status == 200:
                    return self.log.scored(self.code, answer["score"])
                if status != 503 or answer.get("code") not in NOT_NOW:
                    return self.log.surprised(f"submit of {self.code}: {status} {answer}")
            pause.wait(AGAIN)
