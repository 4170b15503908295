"""An authority of the tests' own, and certificates by it: made on the fly, good for an hour."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.runtime.tls import TlsFiles

BOTH_SIDES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])


@dataclass(slots=True, kw_only=True)
class Authority:
    """Signs certificates; its own is in `folder`/ca.pem."""

    folder: Path
    name: str = "the tests"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self._builder(self.name, self.key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self._write("ca.pem", made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def files(self, name: str, *, address: str = "") -> TlsFiles:
        """A new certificate for one DNS name, usable on both sides; an earlier one of that name is replaced.

        With `address` it is good for that IP address too.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        also = [x509.IPAddress(ip_address(address))] if address else []
        made = (
            self._builder(name, key.public_key())
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), *also]), critical=False)
            .add_extension(BOTH_SIDES, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return TlsFiles(
            certificate=self._write(f"{name}.pem", made.public_bytes(Encoding.PEM)),
            key=self._write(f"{name}.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())),
            ca=self.folder / "ca.pem",
        )

    def _builder(self, name: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)]))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(hours=1))
        )

    def _write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path
