"""Kubeconfigs for tests: written as YAML text, read back through the real loader."""

from __future__ import annotations

import base64
import functools
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kdesk.kube.config.kubeconfig import Context, Loaded, Sources, load


def write(path: Path, text: str) -> Path:
    """Write de-indented text; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), "utf-8")
    return path


def load_one(path: Path, text: str) -> Loaded:
    """What a file with this text gives when it is named by itself."""
    return load(Sources.explicit([write(path, text)]))


def only(loaded: Loaded) -> Context:
    """The one context there is."""
    (context,) = loaded.contexts
    return context


def config(
    *,
    cluster: str = "{server: 'https://127.0.0.1:6443'}",
    user: str = "{}",
    context: str = "{cluster: c, user: u}",
) -> str:
    """A kubeconfig with one context ``x`` of cluster ``c`` and user ``u``, given as flow mappings."""
    return (
        f"clusters: [{{name: c, cluster: {cluster}}}]\n"
        f"users: [{{name: u, user: {user}}}]\n"
        f"contexts: [{{name: x, context: {context}}}]\n"
        "current-context: x\n"
    )


@functools.cache
def certificate(name: str = "someone") -> tuple[bytes, bytes]:
    """A self-signed certificate and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    return made.public_bytes(pem), key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()
