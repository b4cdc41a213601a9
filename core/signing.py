"""The department's certificate, and PAdES signatures under it on the papers that leave the system as files.

The certificate lives with its private key in one file outside the code and the database: PKCS#12 (``.p12``, ``.pfx``)
or PEM. An accredited one is the department's to get; the embedded default makes one that signs itself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from flask import current_app

from core.config import Settings
from core.crypto import check_private, write_private
from core.errors import ConfigurationError

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

FIELD = "Department"  # name of the signature field in the file
LIFE = timedelta(days=5 * 365)  # of a certificate that signs itself
MARGIN = timedelta(days=365)  # clocks differ, and that of a demonstration is moved
LONGEST_NAME = 64  # X.520 allows no longer names


@dataclass(frozen=True)
class DepartmentCertificate:
    """The certificate that signs, its private key, and the certificates of those who issued it."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def check_valid(self, at: datetime) -> None:
        """Refuse to sign outside the certificate's own time.

        Raises:
            ConfigurationError: not yet, or no longer, valid at ``at``.
        """
        begins, ends = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if not begins <= at <= ends:
            raise ConfigurationError(
                f"The department's certificate is valid from {begins:%d.%m.%Y} to {ends:%d.%m.%Y} only: put one that "
                "is valid into DEPARTMENT_CERTIFICATE_FILE and start again."
            )


def department() -> DepartmentCertificate:
    """The department's certificate of the running app."""
    certificate: DepartmentCertificate = current_app.extensions["department_certificate"]
    return certificate


def load_or_create(settings: Settings, *, now: datetime, may_create: bool) -> DepartmentCertificate:
    """Read the certificate file; make one that signs itself (mode 0600) where that is allowed and none is there.

    Raises:
        ConfigurationError: missing, readable by others, malformed, wrong password, or not made for signing.
    """
    path, password = settings.certificate_file, settings.department_certificate_password
    if not path.exists():
        if not may_create:
            raise ConfigurationError(
                f"DEPARTMENT_CERTIFICATE_FILE {path} is missing. Put the department's certificate with its private key "
                "there (PKCS#12 or PEM, mode 0600), or make one that signs itself with 'flask --app wsgi keys create'."
            )
        write_private(path, _self_signed(settings.organisation_name["ky"], settings.department_name["ky"], now))
    check_private(path)
    secret = password.encode() if password else None
    try:
        read = _from_pkcs12 if path.suffix.lower() in {".p12", ".pfx"} else _from_pem
        found = read(path.read_bytes(), secret)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"DEPARTMENT_CERTIFICATE_FILE {path} cannot be read ({error}): it needs a certificate and its private key, "
            "and DEPARTMENT_CERTIFICATE_PASSWORD where it is encrypted."
        ) from error
    _check_may_sign(path, found.certificate)
    return found


def sign_pdf(pdf: bytes, *, name: str, reason: str, at: datetime) -> bytes:
    """``pdf`` with a PAdES (B-B) signature of the department; the bytes of ``pdf`` stay as they are, in front.

    The signature certifies: any change to the file afterwards breaks it. ``name`` and ``reason`` stand in it with
    ``at`` (aware), which is our own statement of the time, not a time stamp of somebody else.

    Raises:
        ConfigurationError: the certificate is not valid at ``at``.
    """
    seal = department()
    seal.check_valid(at)
    # The library drives its own event loop, and refuses where the calling thread has one already.
    with ThreadPoolExecutor(max_workers=1) as apart:
        return apart.submit(_sign, seal, pdf, name, reason, at).result()


def _sign(seal: DepartmentCertificate, pdf: bytes, name: str, reason: str, at: datetime) -> bytes:
    # Imported here: half a second that only a paper to be signed needs.
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.writer import BasePdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers.pdf_signer import PdfSigningSession
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class Revision(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            """Leave the file's record as it was drawn: it would be given the time of the machine."""

    class Signer(PdfSigner):
        def init_signing_session(
            self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
        ) -> PdfSigningSession:
            """The session, with our moment for the machine's."""
            session: PdfSigningSession = super().init_signing_session(pdf_out, existing_fields_only)
            session.system_time = at
            return session

    issuers = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    issuers.register_multiple([asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in seal.chain])
    key = seal.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(seal.certificate.public_bytes(Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(key),
        cert_registry=issuers,
    )
    statement = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", name=name, reason=reason, subfilter=SigSeedSubFilter.PADES,
        certify=True, docmdp_permissions=MDPPerm.NO_CHANGES,
    )  # fmt: skip
    signed = BytesIO()
    Signer(statement, signer, new_field_spec=SigFieldSpec(FIELD)).sign_pdf(Revision(BytesIO(pdf)), output=signed)
    return signed.getvalue()


def _from_pkcs12(content: bytes, password: bytes | None) -> DepartmentCertificate:
    key, certificate, chain = pkcs12.load_key_and_certificates(content, password)
    if certificate is None:
        raise ValueError("no certificate in it")
    return DepartmentCertificate(_usable(key), certificate, tuple(chain))


def _from_pem(content: bytes, password: bytes | None) -> DepartmentCertificate:
    key = _usable(load_pem_private_key(content, password))
    certificates = x509.load_pem_x509_certificates(content)
    public = _public(key)
    own = [one for one in certificates if _public(one) == public]
    if not own:
        raise ValueError("no certificate in it belongs to the private key")
    return DepartmentCertificate(key, own[0], tuple(one for one in certificates if one is not own[0]))


def _usable(key: object) -> PrivateKey:
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("its private key is neither RSA nor ECDSA")
    return key


def _public(of: PrivateKey | x509.Certificate) -> bytes:
    return of.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _check_may_sign(path: Path, certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise ConfigurationError(f"The certificate in {path} is not made for signing documents: use another one")


def _self_signed(organisation: str, department: str, now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KG"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:LONGEST_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, department[:LONGEST_NAME]),
        ]
    )
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - MARGIN)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
