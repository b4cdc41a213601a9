"""The department's signature on a paper: valid for every reader, broken by every change, under its certificate."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from appeals.documents import protocol
from core import signing
from core.cli import key_commands
from core.config import Settings, from_environ
from core.errors import ConfigurationError
from tests.rules import appeal_paper_examples as example
from tests.rules.paper_examples import CONTENT_DIGEST, ORGANISATION
from tests.rules.reading import opened, text
from wsgi import create_app

AT = datetime(2026, 11, 28, 9, 4, 51, tzinfo=UTC)
PASSWORD = "кат-117"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        instance_path=tmp_path, database_url=f"sqlite:///{tmp_path / 'db.sqlite3'}",
        secret_key_file=tmp_path / "keys" / "web.key", keyring_file=tmp_path / "keys" / "keyring.json",
    )  # fmt: skip


@pytest.fixture
def seal(settings):
    """The certificate that the embedded default makes for itself."""
    return signing.load_or_create(settings, now=AT, may_create=True)


@pytest.fixture
def office(seal):
    """An app that has the certificate and nothing else."""
    bare = Flask("office")
    bare.extensions["department_certificate"] = seal
    with bare.app_context():
        yield bare


@pytest.fixture
def paper(office) -> bytes:
    """A hearing's protocol, signed."""
    return protocol.signed(example.protocol(), CONTENT_DIGEST, example.GIVEN, AT)


def judged(pdf: bytes, trusted: x509.Certificate) -> PdfSignatureStatus:
    """What an independent reading of the only signature says, trusting one certificate."""
    root = asn1_x509.Certificate.load(trusted.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], allow_fetching=False, moment=AT)
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    return validate_pdf_signature(signature, context)


def pdfsig(pdf: bytes, folder: Path) -> str:
    """What poppler says; without it the test is skipped, in continuous integration it fails."""
    program = shutil.which("pdfsig")
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("poppler-utils is not installed")
    (folder / "signed.pdf").write_bytes(pdf)
    return subprocess.run([program, "signed.pdf"], cwd=folder, capture_output=True, text=True, check=False).stdout


def certificate(
    key, issuer=None, *, usage: bool | None = True, name: str = "Департамент", ca: bool = False
) -> x509.Certificate:
    """A certificate for ``key`` by ``issuer`` (its key and certificate), else by itself; ``usage``: may it sign?"""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = issuer[1].subject if issuer else subject
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(by).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )  # fmt: skip
    if usage is not None:
        made = made.add_extension(x509.KeyUsage(usage, usage, not usage, False, False, ca, ca, False, False), True)
    return made.sign(issuer[0] if issuer else key, hashes.SHA256())


def pem(key, *certificates: x509.Certificate, password: bytes | None = None) -> bytes:
    """Key and certificates in one PEM."""
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock) + chain


def installed(settings: Settings, name: str, content: bytes, mode: int = 0o600, **changes: str) -> Settings:
    """Settings whose certificate file is this one."""
    path = settings.instance_path / name
    path.write_bytes(content)
    path.chmod(mode)
    return replace(settings, department_certificate_file=path, **changes)


def load(settings: Settings) -> signing.DepartmentCertificate:
    return signing.load_or_create(settings, now=AT, may_create=False)


def test_another_program_finds_the_signature_valid_and_the_whole_document_signed(paper, tmp_path):
    said = pdfsig(paper, tmp_path)
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said and "ETSI.CAdES.detached" in said and "SHA-256" in said
    assert "O=Кыргыз Республикасынын Билим берүү жана илим министрлиги,C=KG" in said


def test_an_independent_validation_trusts_it_under_the_departments_certificate(paper, seal):
    found = judged(paper, seal.certificate)
    assert found.bottom_line and found.intact and found.valid and found.trusted
    assert found.signer_reported_dt == AT


def test_under_another_root_it_is_intact_but_not_trusted(paper):
    found = judged(paper, certificate(ec.generate_private_key(ec.SECP256R1())))
    assert found.intact and not found.trusted and not found.bottom_line


def test_the_signature_certifies_and_names_the_department_the_time_and_who_signed_which_digest(paper):
    (signature,) = PdfFileReader(BytesIO(paper)).embedded_signatures
    assert signature.docmdp_level == MDPPerm.NO_CHANGES
    entries = signature.sig_object
    assert entries["/Name"] == ORGANISATION["department_ky"] and entries["/M"].startswith("D:20261128090451")
    assert CONTENT_DIGEST in entries["/Reason"]
    assert all(one["name"] in entries["/Reason"] for one in example.GIVEN)
    assert "28.11.2026, 15:01:12" in entries["/Reason"]


def test_what_is_signed_is_what_was_drawn_and_no_time_of_the_machine_is_in_it(paper):
    drawn = protocol.draw(example.protocol(), CONTENT_DIGEST, example.GIVEN)
    assert paper.startswith(drawn) and text(paper) == text(drawn)
    assert opened(paper).metadata == opened(drawn).metadata


def test_any_changed_byte_of_the_signed_part_breaks_it(paper, seal, tmp_path):
    for at in (200, len(paper) // 2, paper.index(b"/ModDate") + 12):
        changed = paper[:at] + bytes([paper[at] ^ 1]) + paper[at + 1 :]
        assert "Signature is Valid" not in pdfsig(changed, tmp_path)
    date = paper.index(b"/ModDate") + 12
    assert not judged(paper[:date] + b"7" + paper[date + 1 :], seal.certificate).intact


def test_a_change_added_behind_the_signature_is_found(paper, seal, tmp_path):
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(paper))
    writer.root["/Lang"] = writer.root["/Lang"].__class__("ru")
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    found = judged(out.getvalue(), seal.certificate)
    assert found.intact and not found.bottom_line and not found.docmdp_ok
    assert "Not total document signed" in pdfsig(out.getvalue(), tmp_path)


def test_it_signs_where_the_thread_has_a_loop_of_its_own(office):
    async def inside() -> bytes:
        return protocol.signed(example.protocol(), CONTENT_DIGEST, example.GIVEN, AT)

    assert asyncio.run(inside()).startswith(b"%PDF")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_outside_the_certificates_time_nothing_is_signed(office, seal, moment):
    begins, ends = seal.certificate.not_valid_before_utc, seal.certificate.not_valid_after_utc
    inside, outside = (
        (begins, begins - timedelta(seconds=1)) if moment == "before" else (ends, ends + timedelta(seconds=1))
    )
    seal.check_valid(inside)
    with pytest.raises(ConfigurationError, match="put one that is valid"):
        protocol.signed(example.protocol(), CONTENT_DIGEST, example.GIVEN, outside)


def test_the_embedded_default_makes_a_private_file_once(settings, seal):
    assert settings.certificate_file.stat().st_mode & 0o777 == 0o600
    assert signing.load_or_create(settings, now=AT, may_create=True).certificate == seal.certificate


def test_in_production_a_missing_file_is_an_error_that_says_what_to_do(settings):
    create_app(settings)
    settings.certificate_file.unlink()
    with pytest.raises(ConfigurationError, match=r"department\.pem is missing.*PKCS#12 or PEM.*keys create"):
        create_app(replace(settings, production=True))
    assert not settings.certificate_file.exists()


def test_keys_create_makes_what_production_needs_and_leaves_what_is_there(settings, monkeypatch):
    monkeypatch.setenv("INSTANCE_PATH", str(settings.instance_path))
    runner = CliRunner()
    assert runner.invoke(key_commands, ["create"]).exit_code == 0
    made = settings.certificate_file.read_bytes()
    create_app(replace(settings, production=True))
    again = runner.invoke(key_commands, ["create"])
    assert str(settings.certificate_file) in again.output and settings.certificate_file.read_bytes() == made


def test_a_file_that_others_can_read_is_refused(settings):
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load(installed(settings, "open.pem", pem(key, certificate(key)), mode=0o640))


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
@pytest.mark.parametrize("form", ["pem", "p12"])
def test_an_issued_certificate_with_its_chain_signs_too(settings, office, kind, form):
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate(root_key, name="Root", ca=True)
    between_key = ec.generate_private_key(ec.SECP256R1())
    between = certificate(between_key, (root_key, root), name="Between", ca=True)
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP384R1())
    own, secret = certificate(key, (between_key, between)), PASSWORD.encode()
    if form == "pem":
        content = pem(key, between, own, password=secret)  # in whatever order
    else:
        content = pkcs12.serialize_key_and_certificates(b"1", key, own, [between], BestAvailableEncryption(secret))
    own_settings = installed(settings, f"issued.{form}", content, department_certificate_password=PASSWORD)
    office.extensions["department_certificate"] = load(own_settings)
    found = judged(protocol.signed(example.protocol(), CONTENT_DIGEST, example.GIVEN, AT), root)
    assert found.bottom_line and found.signing_cert.subject.native["common_name"] == "Департамент"


def test_a_wrong_password_is_refused_and_not_repeated_in_the_refusal(settings):
    key = ec.generate_private_key(ec.SECP256R1())
    content = pem(key, certificate(key), password=PASSWORD.encode())
    with pytest.raises(ConfigurationError, match="DEPARTMENT_CERTIFICATE_PASSWORD") as refusal:
        load(installed(settings, "locked.pem", content, department_certificate_password="сыр-сөз"))
    assert "сыр-сөз" not in str(refusal.value)
    with pytest.raises(ConfigurationError, match="DEPARTMENT_CERTIFICATE_PASSWORD"):
        load(installed(settings, "locked.pem", content))


def broken() -> dict[str, tuple[bytes, str]]:
    """Files that are no certificate to sign with, and what is said of each."""
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    return {
        "empty": (b"", "cannot be read"),
        "without key": (certificate(key).public_bytes(Encoding.PEM), "cannot be read"),
        "of another": (pem(key, certificate(other)), "belongs to the private key"),
        "unknown kind": (pem(edwards, certificate(key)), "neither RSA nor ECDSA"),
        "not for signing": (pem(key, certificate(key, usage=False)), "not made for signing"),
    }


@pytest.mark.parametrize("kind", list(broken()))
def test_a_file_that_cannot_sign_is_refused_with_the_reason(settings, kind):
    content, said = broken()[kind]
    with pytest.raises(ConfigurationError, match=said):
        load(installed(settings, "broken.pem", content))


def test_a_certificate_without_a_stated_use_is_accepted(settings):
    key = ec.generate_private_key(ec.SECP256R1())
    assert load(installed(settings, "plain.pem", pem(key, certificate(key, usage=None)))).chain == ()


def test_the_settings_name_the_file_and_keep_the_password_out_of_sight():
    found = from_environ(
        {"DEPARTMENT_CERTIFICATE_FILE": "/etc/department.p12", "DEPARTMENT_CERTIFICATE_PASSWORD": PASSWORD}
    )
    assert found.certificate_file == Path("/etc/department.p12")
    assert found.department_certificate_password == PASSWORD and PASSWORD not in repr(found)
    assert from_environ({}).certificate_file == Path("instance/keys/department.pem").resolve()
