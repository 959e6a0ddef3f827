"""No value of a Secret survives, in whatever shape it comes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from kdesk.kube.diff.masking import masked
from kdesk.kube.gvk import GVK
from kdesk.viewmodel.objects.yaml_text import make_document, to_yaml

SECRET = GVK("", "v1", "Secret")
VALUE = "hunter2-the-value"
ENCODED = base64.b64encode(VALUE.encode()).decode()


def secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, **fields}


def test_keys_and_sizes_stay() -> None:
    result = masked(secret(data={"password": ENCODED, "empty": ""}, stringData={"user": "ä"}, type="Opaque"))
    assert result["data"] == {"password": "<masked, 17 bytes>", "empty": "<masked, 0 bytes>"}
    assert result["stringData"] == {"user": "<masked, 2 bytes>"}
    assert result["type"] == "Opaque"


@pytest.mark.parametrize(
    "annotation",
    ["kubectl.kubernetes.io/last-applied-configuration", "objectset.rio.cattle.io/applied", "my/own"],
)
def test_copies_in_annotations_are_masked(annotation: str) -> None:
    copy = json.dumps({"kind": "Secret", "data": {"password": ENCODED}})
    obj = secret(metadata={"name": "db", "annotations": {annotation: copy, "team": "shop"}})
    text = to_yaml(obj)
    assert ENCODED not in text
    assert f"{annotation}: <masked, {len(copy)} bytes>" in text
    assert "team: shop" in text


@pytest.mark.parametrize("broken", [ENCODED, [ENCODED], {"password": {"deep": ENCODED}}, {"p": [ENCODED]}])
def test_malformed_data_is_masked_all_the_more(broken: Any) -> None:
    assert ENCODED not in json.dumps(masked(secret(data=broken)))


def test_the_object_given_is_left_alone() -> None:
    obj = secret(data={"password": ENCODED})
    masked(obj)
    assert obj["data"] == {"password": ENCODED}


def test_a_secret_whose_kind_the_server_left_out_is_masked_too() -> None:
    bare = json.dumps({"metadata": {"name": "db"}, "data": {"password": ENCODED}}).encode()
    made = make_document(bare, SECRET)
    assert ENCODED not in made.text
    assert "password: <masked, 17 bytes>" in made.text


def test_other_kinds_are_shown_as_they_are() -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"key": ENCODED}}
    assert masked(config) == config
