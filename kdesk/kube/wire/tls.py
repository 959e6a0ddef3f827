"""TLS contexts with Go's meaning of a kubeconfig's fields, and client keys that do not stay on disk."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.errors import ConnectionLost, CredentialError


def client_context(
    *, ca: bytes | None, insecure: bool, certificate: bytes | None = None, key: bytes | None = None
) -> ssl.SSLContext:
    """A client's context: trusting ``ca`` (PEM) or, without one, the system; with a client certificate (PEM) if given.

    Raises ConnectionLost for a CA that cannot be read, CredentialError for a certificate and key that do not fit.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # As Go does: whatever is in the pool is a trust anchor (an API server's own self-signed leaf, too), and RFC 5280's
    # finer points, which the certificates of many clusters miss, are not insisted on (Python 3.13 would).
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca:
        try:
            context.load_verify_locations(cadata=ca.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError, ValueError):
            raise ConnectionLost(
                "the cluster's certificate authority is not a readable PEM certificate"
            ) from None
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if certificate and key:
        try:
            with _as_file(certificate + b"\n" + key) as path:
                context.load_cert_chain(
                    path, password=""
                )  # without one, an encrypted key is asked for on the terminal
        except (ssl.SSLError, OSError):
            raise CredentialError("the client certificate and its key cannot be used together") from None
    return context


def authority(info: ConnectionInfo) -> bytes | None:
    """The connection's CA, PEM; None for the system's. Raises ConnectionLost when its file cannot be read."""
    if info.ca_data or not info.ca_file:
        return info.ca_data
    try:
        return Path(info.ca_file).read_bytes()
    except OSError as error:
        raise ConnectionLost(
            f"the certificate authority {info.ca_file} cannot be read: {error.strerror}"
        ) from None


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """The ssl module reads certificates from files only: one in memory where there is such a thing, else private."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("client", os.MFD_CLOEXEC)
        try:
            os.write(handle, content)
            yield f"/proc/self/fd/{handle}"
        finally:
            os.close(handle)
        return
    handle, path = tempfile.mkstemp(prefix="kdesk-")  # mode 0600
    try:
        os.write(handle, content)
        os.close(handle)
        yield path
    finally:
        Path(path).unlink(missing_ok=True)
