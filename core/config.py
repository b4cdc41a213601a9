"""Settings: one frozen value read from the environment (or ``.env``); no secret has a default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from core import mail
from core.errors import ConfigurationError

ORGANISATION = {
    "ky": "Кыргыз Республикасынын Билим берүү жана илим министрлиги",
    "ru": "Министерство образования и науки Кыргызской Республики",
    "en": "Ministry of Education and Science of the Kyrgyz Republic",
}
DEPARTMENT = {
    "ky": "Ведомствого караштуу мекеме",
    "ru": "Подведомственное учреждение",
    "en": "Departmental institution",
}

CONTACT = "0312 00-00-00 · test@edu.example.kg"  # an example: no such telephone or address


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations."""

    instance_path: Path
    database_url: str
    secret_key_file: Path
    keyring_file: Path
    port: int = 8000
    time_zone: str = "Asia/Bishkek"
    smtp_url: str | None = None
    mail_from: str | None = None
    trusted_proxies: int = 0
    production: bool = False
    public_url: str | None = None
    organisation_name: Mapping[str, str] = field(default_factory=lambda: ORGANISATION)
    department_name: Mapping[str, str] = field(default_factory=lambda: DEPARTMENT)
    contact: str = CONTACT
    max_request_bytes: int = 20 * 2**20
    department_certificate_file: Path | None = None
    department_certificate_password: str | None = field(default=None, repr=False)
    backup_public_key_file: Path | None = None
    metrics_address: tuple[str, int] | None = None

    @property
    def base_url(self) -> str:
        """Address under which people reach the system: PUBLIC_URL, else this computer."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def sender(self) -> str:
        """Address that letters come from: MAIL_FROM, else one of nobody's at the host of PUBLIC_URL."""
        return self.mail_from or f"no-reply@{urlsplit(self.base_url).hostname}"

    @property
    def certificate_file(self) -> Path:
        """The department's certificate with its private key: DEPARTMENT_CERTIFICATE_FILE, else beside the keys."""
        return self.department_certificate_file or self.instance_path / "keys" / "department.pem"

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one (SQLite, one server process)."""
        return self.database_url.startswith("sqlite")


def from_environ(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, completed by ``.env`` in the working folder.

    Raises:
        ConfigurationError: a value that cannot be meant; the text names it.
    """
    if environ is None:
        environ = {**{k: v for k, v in dotenv_values(".env").items() if v is not None}, **os.environ}
    instance = Path(environ.get("INSTANCE_PATH") or "instance").resolve()
    url = environ.get("DATABASE_URL") or f"sqlite:///{instance / 'testing-center.sqlite3'}"
    scheme = urlsplit(url).scheme
    if scheme not in {"sqlite", "postgresql+psycopg"}:
        raise ConfigurationError(f"DATABASE_URL begins with {scheme!r}: write sqlite:///… or postgresql+psycopg://…")
    zone = environ.get("TIME_ZONE") or "Asia/Bishkek"
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigurationError(f"TIME_ZONE {zone!r} is no time zone: write one like Asia/Bishkek") from error
    certificate, backup_key = environ.get("DEPARTMENT_CERTIFICATE_FILE"), environ.get("BACKUP_PUBLIC_KEY_FILE")
    return Settings(
        instance_path=instance,
        database_url=url,
        secret_key_file=Path(environ.get("SECRET_KEY_FILE") or instance / "keys" / "web.key"),
        keyring_file=Path(environ.get("KEYRING_FILE") or instance / "keys" / "keyring.json"),
        port=_number(environ, "PORT", 8000),
        time_zone=zone,
        smtp_url=_mail_server(environ),
        mail_from=_mail_address(environ),
        trusted_proxies=_number(environ, "TRUSTED_PROXIES", 0),
        production=environ.get("PRODUCTION", "").lower() in {"1", "true", "yes"},
        organisation_name=_names(environ, "ORGANISATION", ORGANISATION),
        department_name=_names(environ, "DEPARTMENT", DEPARTMENT),
        contact=environ.get("CONTACT") or CONTACT,
        department_certificate_file=Path(certificate) if certificate else None,
        department_certificate_password=environ.get("DEPARTMENT_CERTIFICATE_PASSWORD") or None,
        backup_public_key_file=Path(backup_key) if backup_key else None,
        public_url=(environ.get("PUBLIC_URL") or "").rstrip("/") or None,
        metrics_address=_private_address(environ, "METRICS_ADDRESS"),
    )


def _names(environ: Mapping[str, str], name: str, default: Mapping[str, str]) -> dict[str, str]:
    """A name in three languages, e.g. ``ORGANISATION_KY``, ``ORGANISATION_RU``, ``ORGANISATION_EN``."""
    return {language: environ.get(f"{name}_{language.upper()}") or text for language, text in default.items()}


def _mail_server(environ: Mapping[str, str]) -> str | None:
    url = environ.get("SMTP_URL") or None
    if url is not None:
        mail.Server.from_url(url)
    return url


def _mail_address(environ: Mapping[str, str]) -> str | None:
    text = (environ.get("MAIL_FROM") or "").strip() or None
    try:
        return text and mail.address(text).addr_spec
    except mail.NotAccepted as error:
        raise ConfigurationError(f"MAIL_FROM is {text!r}: write one address like test@edu.example.kg") from error


def _private_address(environ: Mapping[str, str], name: str) -> tuple[str, int] | None:
    """Host and port of this computer or its own network: an address that the world can reach is refused."""
    text = environ.get(name)
    if not text:
        return None
    host, _colon, port = text.rpartition(":")
    try:
        address = ip_address(host.strip("[]"))
        if address.is_private and not address.is_unspecified and 0 < int(port) < 2**16:
            return str(address), int(port)
    except ValueError:
        pass
    raise ConfigurationError(f"{name} is {text!r}: write a private address and a port like 127.0.0.1:9464")


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal():
        raise ConfigurationError(f"{name} is {text!r}: write a whole number")
    return int(text)
