"""Bodies as kubectl's typed clients send them."""

from __future__ import annotations

import pytest

from kdesk.demo.http.protobuf import decode
from kdesk.demo.objects.errors import ApiError

# `kubectl create namespace aaa`, taken from the wire.
NAMESPACE = (
    b"k8s\x00\n\x0f\n\x02v1\x12\tNamespace"
    b'\x12\x1b\n\x13\n\x03aaa\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x00\x12\x00\x1a\x02\n\x00\x1a\x00"\x00'
)


def field(number: int, value: bytes | int) -> bytes:
    """One field of a protobuf message, with lengths and numbers below 128."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def envelope(version: str, kind: str, message: bytes) -> bytes:
    named = field(1, version.encode()) + field(2, kind.encode())
    return b"k8s\x00" + field(1, named) + field(2, message)


def test_a_namespace_as_kubectl_sends_it() -> None:
    assert decode(NAMESPACE) == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "aaa"}}


def test_zero_replicas_are_a_value_and_other_zeros_are_not() -> None:
    spec = field(1, 0) + field(5, 0)
    decoded = decode(envelope("apps/v1", "Deployment", field(2, spec)))
    assert decoded["spec"] == {"replicas": 0}


def test_maps_lists_bytes_and_numbers_or_strings() -> None:
    secret = field(1, field(1, b"s")) + field(2, field(1, b"k") + field(2, b"\x00\xff"))
    assert decode(envelope("v1", "Secret", secret))["data"] == {"k": "AP8="}
    port = field(3, 80) + field(4, field(1, 1) + field(3, b"http"))
    service = field(2, field(1, port) + field(1, field(3, 81) + field(4, field(2, 82))))
    ports = decode(envelope("v1", "Service", service))["spec"]["ports"]
    assert ports == [{"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": 82}]


def test_an_empty_string_in_a_list_is_kept() -> None:
    role = field(2, field(2, b"") + field(3, b"pods"))
    decoded = decode(envelope("rbac.authorization.k8s.io/v1", "Role", role))
    assert decoded["rules"] == [{"apiGroups": [""], "resources": ["pods"]}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", 400),
        (NAMESPACE[:-5], 400),
        (envelope("v1", "Unheard", b""), 415),
        (envelope("v1", "ConfigMap", field(9, b"\x0a\x01x")), 415),
    ],
)
def test_what_is_not_understood_is_refused(body: bytes, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        decode(body)
    assert refused.value.code == code
