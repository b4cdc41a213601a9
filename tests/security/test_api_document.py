"""Requests made from the API's own document, right and wrong ones: no bug, and no answer that the document leaves out.

Eighty in every run; ``make security`` sends SECURITY_COUNT of them.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from core.clock import ManualClock
from testing_center.views.openapi import DOCUMENT
from tests.candidates import Browser
from tests.factories import Make

COUNT = int(os.environ.get("SECURITY_COUNT", "80"))
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
STATES = ("nobody", "ready", "running", "ended")


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method}{one.path}")
def test_whatever_is_sent_the_answer_is_one_of_the_document(
    app: Flask, make: Make, clock: ManualClock, operation: schemathesis.schemas.APIOperation
) -> None:
    slips = make.codes(make.sitting(people=len(STATES)))
    browsers = {state: Browser(app) for state in STATES}
    for state, slip in zip(STATES, slips, strict=True):
        if state != "nobody":
            browsers[state].enter(slip)
        if state in ("running", "ended"):
            browsers[state].start()
        if state == "ended":
            browsers[state].submit()
    statuses: Counter[int] = Counter()
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    @settings(
        max_examples=max(COUNT // len(OPERATIONS), 1),
        deadline=None,
        database=None,
        derandomize=COUNT < 1000,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), st.sampled_from(STATES), modes, st.booleans())
    def send(data: st.DataObject, state: str, mode: GenerationMode, has_token: bool) -> None:
        case, browser = data.draw(operation.as_strategy(mode)), browsers[state]
        headers = {str(name): str(value) for name, value in (case.headers or {}).items() if _is_sendable(value)}
        if has_token and browser.token:
            headers["X-CSRF-Token"] = browser.token
        path = f"/api/v1{case.path}"
        for name, value in (case.path_parameters or {}).items():
            path = path.replace(f"{{{name}}}", str(value))
        body = case.body if not isinstance(case.body, type(schemathesis.core.NOT_SET)) else None
        given = {"json": body} if body is None or _is_json(body) else {"data": b"{"}
        answer = browser.client.open(path, method=operation.method.upper(), headers=headers, **given)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, (path, body, answer.text)
        assert "Traceback" not in answer.text
        said = operation.definition.raw["responses"]
        unrouted = answer.status_code in (404, 405, 308)  # the address that was made leads nowhere, or elsewhere
        assert unrouted or str(answer.status_code) in said, (path, body, answer.status_code)
        clock.advance(clock.at.resolution)

    send()
    assert sum(statuses.values()) >= min(COUNT // len(OPERATIONS), 10)


def _is_sendable(value: object) -> bool:
    return str(value).isascii() and str(value).isprintable()


def _is_json(value: object) -> bool:
    return isinstance(value, dict | list | str | int | float | bool)
