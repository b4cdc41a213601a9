"""The files under deploy/ name what there is: settings, commands, paths; and the programs they are for read them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from configparser import ConfigParser
from dataclasses import fields
from pathlib import Path

import pytest

from core.config import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
HOME = "/opt/testing-center"


def documented():
    return set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def unit(path):
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(path)
    return parser


def program(name):
    """Where it is; without it the test is skipped, in continuous integration it fails."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return found or (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{name} is not installed")


def uncommented(path):
    return re.sub(r"(^|\s)#.*", "", path.read_text(), flags=re.MULTILINE)


def test_every_setting_that_is_used_is_documented():
    used = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "testing-center.env").read_text(), re.MULTILINE))
    for path in UNITS:
        found = unit(path)
        used |= set(re.findall(r"([A-Z_]+)=", found.get("Service", "Environment", fallback="")))
    container = (DEPLOY / "Containerfile").read_text()
    used |= set(re.findall(r"([A-Z_]+)=", "".join(re.findall(r"^ENV (.*)$", container, re.MULTILINE))))
    used -= {"PYTHONDONTWRITEBYTECODE"}
    assert {"DATABASE_URL", "METRICS_ADDRESS", "PRODUCTION", "TRUSTED_PROXIES"} <= used
    assert used - documented() == set()


def test_every_setting_that_the_application_reads_is_documented():
    read = set(re.findall(r'(?:environ\.get\(|environ, )"([A-Z_]+)"', (ROOT / "core/config.py").read_text()))
    families = {f"{name}_{language}" for name in ("ORGANISATION", "DEPARTMENT") for language in ("KY", "RU", "EN")}
    assert documented() == (read - {"ORGANISATION", "DEPARTMENT"}) | families
    assert len(fields(Settings)) > 10 and len(read) > 10


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_there_is_with_options_that_it_has(on_sqlite, path):
    found = unit(path)
    assert {"Unit"} < set(found.sections()) <= {"Unit", "Service", "Timer", "Install"}
    if path.suffix == ".timer":
        assert path.with_suffix(".service").exists()
        return
    service = found["Service"]
    assert service["WorkingDirectory"] == HOME
    check_command(on_sqlite, service["ExecStart"].removeprefix(f"{HOME}/.venv/bin/flask --app wsgi ").split())
    for name in ("ReadWritePaths",):
        assert service.get(name, "/var/lib/testing-center") == "/var/lib/testing-center"


def check_command(app, words):
    command, arguments = app.cli.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in arguments if word.startswith("--")} <= known


def test_systemd_reads_the_units(tmp_path):
    """With a program that is there: systemd looks for what it is to start."""
    for path in UNITS:
        text = path.read_text().replace(f"{HOME}/.venv/bin/flask --app wsgi", shutil.which("true"))
        (tmp_path / path.name).write_text(text.replace(HOME, str(tmp_path)))
    units = [tmp_path / path.name for path in UNITS]
    command = [program("systemd-analyze"), "verify", "--man=no", *units]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if str(tmp_path) in line] == []


def test_a_stop_lasts_longer_than_a_save_may_wait():
    from core.db import BUSY_SECONDS

    service = unit(DEPLOY / "testing-center.service")["Service"]
    container = re.search(r"--stop-timeout (\d+)", (DEPLOY / "Containerfile").read_text())
    assert service["KillSignal"] == "SIGTERM" and int(service["TimeoutStopSec"]) >= 4 * BUSY_SECONDS
    assert int(container.group(1)) >= 4 * BUSY_SECONDS


def test_the_proxy_drops_what_clients_claim_and_lets_through_what_the_application_takes(on_sqlite):
    text = uncommented(DEPLOY / "nginx.conf")
    assert text.count("{") == text.count("}")
    headers = dict(re.findall(r"proxy_set_header (\S+)\s+([^;]+);", text))
    assert headers["X-Forwarded-For"] == "$remote_addr" and headers["X-Forwarded-Proto"] == "$scheme"
    assert headers["X-Forwarded-Host"] == headers["Host"] == "$host"
    assert int(re.search(r"client_max_body_size (\d+)m", text).group(1)) * 2**20 > Settings.max_request_bytes
    assert re.findall(r"proxy_next_upstream ([^;]+);", text) == ["error timeout"]  # never non_idempotent
    assert all(
        path in {rule.rule for rule in on_sqlite.url_map.iter_rules()} for path in re.findall(r"location = (\S+)", text)
    )
    ports = set(re.findall(r"server [\d.]+:(\d+)", text))
    assert ports == {re.search(r"^PORT=(\d+)", (DEPLOY / "testing-center.env").read_text(), re.MULTILINE).group(1)}


def test_nginx_reads_the_site(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make_certificate(key, certificate)
    site = (DEPLOY / "nginx.conf").read_text()
    for line, file in (("ssl_certificate ", certificate), ("ssl_certificate_key ", key)):
        site, replaced = re.subn(rf"({line}\s*)\S+;", rf"\g<1>{file};", site)
        assert replaced == 1
    main = tmp_path / "nginx.conf"
    main.write_text(f"pid {tmp_path}/pid; error_log stderr;\nevents {{}}\nhttp {{ access_log off;\n{site}\n}}\n")
    command = [program("nginx"), "-t", "-c", main, "-p", tmp_path]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def make_certificate(key, certificate):
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    from core.clock import system_clock

    own, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(own.public_key()).serial_number(1)
        .not_valid_before(system_clock()).not_valid_after(system_clock() + timedelta(days=1)).sign(own, hashes.SHA256())
    )  # fmt: skip
    key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(made.public_bytes(Encoding.PEM))


def test_the_image_runs_what_there_is_and_holds_no_key(on_sqlite):
    text = uncommented(DEPLOY / "Containerfile")
    for named in ("tools/install.sh", "requirements.lock", "tools/catalogues.py"):
        assert named in text and (ROOT / named).exists()
    assert '[".venv/bin/flask", "--app", "wsgi"]' in text and "USER testing" in text
    check_command(on_sqlite, re.findall(r'"([^"]+)"', re.search(r"CMD \[(.*)\]", text).group(1)))
    ignored = set((ROOT / ".dockerignore").read_text().splitlines())
    assert {"instance", ".env", ".venv", ".git"} <= ignored


def test_the_databases_settings_are_those_that_the_application_asks_for():
    asked = set(re.findall(r'\("(\w+)", "(on|off)"\)', (ROOT / "core/db.py").read_text()))
    given = dict(re.findall(r"^(\w+) = ('[^']*'|\S+)", uncommented(DEPLOY / "postgresql.conf"), re.MULTILINE))
    assert asked and all(given[name] == wanted for name, wanted in asked)
    assert given["synchronous_commit"] == "on" and given["synchronous_standby_names"].startswith("'FIRST 1")
