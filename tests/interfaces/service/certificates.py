"""A certificate authority of the test, certificates it signs, and a server that speaks TLS with one of them."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .sinks import Sink, sink

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Who signs; `path` holds its own certificate, for those who are to believe it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    path: Path


def authority(folder: Path, name: str) -> Authority:
    """A new authority."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), _named(name)
    made = _begun(subject, subject, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(**dict.fromkeys(_USES, False) | {"key_cert_sign": True, "crl_sign": True})
    own = made.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    path = folder / f"{name}.pem"
    path.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    return Authority(key, own, path)


_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def certificate(by: Authority, host: str, *, days: tuple[int, int] = (-1, 1)) -> Path:
    """A certificate for a name, valid between these days from now, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _begun(_named(host), by.certificate.subject, key, days)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
    path = by.path.with_name(f"{host}{days[1]}.pem")
    plain = serialization.NoEncryption()
    own = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(own + made.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[int, int] = (-1, 1)
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)  # what TLS checks a certificate by is the machine's clock
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return made.not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)


@contextlib.contextmanager
def tls_sink(certified: Path) -> Iterator[Sink]:
    """A server that takes every POST over TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified)
    with sink(context) as told:
        yield told
