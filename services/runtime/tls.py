"""Mutual TLS between the services, from three PEM files: off without them, never half on.

Both sides show a certificate of the same authority: a server refuses callers without one, a channel refuses servers
whose certificate does not carry the name it was told to call. Servers read replaced files at the next handshake (gRPC
asks for them each time); channels have no such hook, so a process shows a new client certificate after its next start.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.environment import ENV_PREFIX
from services.runtime.keys import WatchedFile
from services.runtime.readable_file import ReadableFile

_VARIABLES: Final = ("EARSHOT_TLS_CERTIFICATE_FILE", "EARSHOT_TLS_KEY_FILE", "EARSHOT_TLS_CA_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Where a process's certificate (leaf first), its key and the authority's certificates lie."""

    certificate: Path
    key: Path
    ca: Path

    def problem(self) -> str:
        """Why they cannot be used, empty if they can. Names files, never quotes them."""
        try:
            shown = _certificates(self.certificate)[0].public_key()
            _certificates(self.ca)
            held = _public_key(self.key)
        except ValueError as error:
            return str(error)
        return (
            "" if held == shown else f"the key in {self.key} does not belong to the certificate in {self.certificate}"
        )

    def names(self) -> list[str]:
        """The DNS names in the certificate."""
        extensions = _certificates(self.certificate)[0].extensions
        try:
            names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return []
        return names.get_values_for_type(x509.DNSName)

    def channel_credentials(self) -> grpc.ChannelCredentials:
        """What a channel shows and trusts."""
        return grpc.ssl_channel_credentials(
            root_certificates=self.ca.read_bytes(),
            private_key=self.key.read_bytes(),
            certificate_chain=self.certificate.read_bytes(),
        )

    def server_credentials(self) -> grpc.ServerCredentials:
        """What a server shows and demands; files replaced by fitting ones count from the next handshake on."""
        watched = [WatchedFile(path) for path in (self.certificate, self.key, self.ca)]

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            # Every file is looked at, or two changes at once would be taken for two changes one after the other.
            changed = [file.changed() for file in watched]
            return self._configuration() if any(changed) and not self.problem() else None

        return grpc.dynamic_ssl_server_credentials(
            self._configuration(),
            fetch,  # type: ignore[arg-type]  # None says "as before" (grpc's documentation), which its types leave out
            require_client_authentication=True,
        )

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        pair = (self.key.read_bytes(), self.certificate.read_bytes())
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=self.ca.read_bytes())


class TlsSettings(BaseSettings):
    """The three files. All of them or none."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    tls_certificate_file: ReadableFile | None = Field(
        default=None,
        description="PEM certificate this process shows to other services, as server and as caller, with its "
        "intermediates; with the two below services speak TLS and refuse who has no certificate.",
    )
    tls_key_file: ReadableFile | None = Field(default=None, description="PEM file with that certificate's private key.")
    tls_ca_file: ReadableFile | None = Field(
        default=None, description="PEM file with the authorities whose certificates other services must show."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = (self.tls_certificate_file, self.tls_key_file, self.tls_ca_file)
        missing = [name for name, path in zip(_VARIABLES, given, strict=True) if path is None]
        if 0 < len(missing) < len(_VARIABLES):
            raise ValueError(f"TLS needs three files; also set {' and '.join(missing)}, or none of the three")
        if self.tls is not None and (problem := self.tls.problem()):
            raise ValueError(f"TLS cannot be used: {problem}")
        return self

    @property
    def tls(self) -> TlsFiles | None:
        """The files, or None where services speak plainly."""
        if self.tls_certificate_file is None or self.tls_key_file is None or self.tls_ca_file is None:
            return None
        return TlsFiles(certificate=self.tls_certificate_file, key=self.tls_key_file, ca=self.tls_ca_file)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} holds no PEM certificate") from error


def _public_key(path: Path) -> PublicKeyTypes:
    try:
        return load_pem_private_key(path.read_bytes(), password=None).public_key()
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path} holds no PEM private key without a password") from error
