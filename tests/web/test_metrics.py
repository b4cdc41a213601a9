"""Figures for Prometheus: right after requests, saves, commits and failures; nothing of anybody in them."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import replace
from http.client import HTTPConnection
from urllib.error import HTTPError

import pytest

from core import audit, config, metrics
from core.db import db, transaction
from core.errors import ConfigurationError
from tests.candidates import Browser
from tests.conftest import MORNING
from wsgi import create_app

ADDRESS = {"INSTANCE_PATH": "/nowhere"}


@pytest.fixture
def counting(app, clock):
    """The same installation in a process that counts."""
    counting = create_app(replace(app.extensions["settings"], metrics_address=("127.0.0.1", 20_000)), clock=clock)
    yield counting
    with counting.app_context():
        db.engine.dispose()


def figures(app):
    """Every line with its value."""
    lines = [line for line in metrics.show(app).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in lines)}


def test_requests_are_counted_by_endpoint_and_class(counting):
    client = counting.test_client()
    for path in ("/healthz", "/healthz", "/no-such-page/123456"):
        client.get(path)
    found = figures(counting)
    assert found['app_requests_total{endpoint="web.healthz",status="2xx"}'] == 2
    assert found['app_requests_total{endpoint="none",status="4xx"}'] == 1
    assert found['app_request_seconds_bucket{endpoint="web.healthz",le="+Inf"}'] == 2
    assert found['app_request_seconds_count{endpoint="web.healthz"}'] == 2
    assert 0 < found['app_request_seconds_sum{endpoint="web.healthz"}'] < 60
    assert found["app_requests_under_way"] == 0


def test_a_histogram_adds_up_and_a_bound_is_within():
    meter = metrics.Meter()
    for size in (1, 2, 3, 100):
        meter.observe("app_writer_batch", size)
    lines = list(meter.lines())
    counts = [int(line.split()[1]) for line in lines if line.startswith("app_writer_batch_bucket")]
    assert counts == [1, 2, 3, 3, 3, 3, 3, 4]
    assert "app_writer_batch_sum 106" in lines and "app_writer_batch_count 4" in lines


def test_a_save_is_counted_when_it_is_durable_and_nothing_in_the_figures_is_anybodys(app, counting, make, clock):
    code = make.codes(make.sitting(people=1))[0]
    candidate = Browser(counting)
    candidate.enter(code)
    options = candidate.start().json["items"][0]["options"]
    before = figures(counting)
    assert before["app_attempts_open"] == 1 and "app_saves_acknowledged_total" not in before
    assert candidate.save(1, [options[0]["option"]]).status_code == 200
    after = figures(counting)
    assert after["app_saves_acknowledged_total"] == 1
    assert after["app_commit_seconds_count"] > before["app_commit_seconds_count"]
    if db.engine.dialect.name == "sqlite":
        assert after["app_writer_batch_count"] == after["app_writer_batch_sum"] == 1
    text = metrics.show(counting)
    labels = set(re.findall(r'"([^"]*)"', text))
    known = {*counting.view_functions, "none", "+Inf", *(f"{n}xx" for n in range(1, 6))}
    assert {label for label in labels - known if not re.fullmatch(r"[\d.]+", label)} == set()
    assert code not in text


def test_the_journal_and_the_outbox_are_asked(counting):
    with transaction():
        audit.record("test.happened", "test:1", by=audit.System("test"), at=MORNING)
    found = figures(counting)
    assert found["app_audit_head"] == audit.head()[0]
    assert found["app_outbox_waiting"] == found["app_outbox_given_up"] == 0


def test_a_failed_disk_is_seen(counting):
    assert figures(counting)["app_disk_sound"] == 1
    if (writer := counting.extensions["writer"]) is not None:
        writer.fail()
        assert figures(counting)["app_disk_sound"] == 0


def test_the_figures_of_a_process_are_there_while_the_database_does_not_answer(counting, monkeypatch):
    def broken():
        raise ConnectionError

    monkeypatch.setattr(metrics.outbox, "counts", broken)
    found = figures(counting)
    assert "app_audit_head" not in found and found["app_disk_sound"] == 1


def test_each_process_has_a_port_of_its_own_and_shows_figures_only(counting):
    servers = [metrics.serve(counting) for _ in range(2)]
    try:
        ports = [server.server_address[1] for server in servers]
        assert len(set(ports)) == 2
        for port in ports:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30)
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert b"app_audit_head" in answer.read()
            with pytest.raises(HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30)
            other = HTTPConnection("127.0.0.1", port, timeout=30)
            other.request("POST", "/metrics")
            assert other.getresponse().status == 501
            other.close()
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def test_without_an_address_nothing_is_counted_shown_or_served(app, client):
    client.get("/healthz")
    assert "meter" not in app.extensions and metrics.serve(app) is None
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("text", ["0.0.0.0:9464", "8.8.8.8:9464", "[::]:9464", "127.0.0.1", "127.0.0.1:0", "host:1"])
def test_only_a_private_address_is_taken(text):
    with pytest.raises(ConfigurationError, match="METRICS_ADDRESS"):
        config.from_environ({**ADDRESS, "METRICS_ADDRESS": text})


def test_an_address_of_ones_own_network_is_taken():
    for text, wanted in (("10.0.3.7:9464", ("10.0.3.7", 9464)), ("[::1]:80", ("::1", 80)), ("", None)):
        assert config.from_environ({**ADDRESS, "METRICS_ADDRESS": text}).metrics_address == wanted
