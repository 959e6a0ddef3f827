"""Paths against kubectl's own ``-o jsonpath``, on a real object."""

from __future__ import annotations

import json

from kdesk.kube.table.jsonpath import as_text, parse_path

from .controlplane import ControlPlane

PATHS = (
    ".metadata.name",
    ".metadata.labels['app']",
    r".metadata.labels['app\.kubernetes\.io/name']",
    r".metadata.labels.app\.kubernetes\.io/name",
    r".metadata.annotations.example\.com/note",
    ".metadata.creationTimestamp",
    ".spec.replicas",
    ".spec.paused",
    ".spec.missing",
    ".spec.missing[0].name",
    ".spec.missing.deeper",
    ".spec.selector.matchLabels",
    ".spec.template.spec.containers[0].image",
    ".spec.template.spec.containers[-1].image",
    ".spec.template.spec.containers[*].name",
    ".spec.template.spec.containers[*].ports[*].containerPort",
    ".spec.template.spec.containers[0:1].name",
    ".spec.template.spec.containers[1:].name",
    ".spec.template.spec.containers[0,1].name",
    ".spec.template.spec.containers[0]['name','image']",
    '.spec.template.spec.containers[?(@.name=="web")].image',
    ".spec.template.spec.containers[?(@.name!='web')].image",
    ".spec.template.spec.containers[?(@.ports)].name",
    ".spec.template.spec.containers[*].ports[?(@.containerPort>80)].containerPort",
    ".spec.template.spec.containers[*].ports[?(@.containerPort<=80)].containerPort",
    ".spec.template.spec.containers[0].resources.requests.cpu",
    ".spec.template..containerPort",
    "..image",
)

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "name": "web",
        "labels": {"app": "web", "app.kubernetes.io/name": "shop"},
        "annotations": {"example.com/note": 'it\'s "quoted"'},
    },
    "spec": {
        "replicas": 0,
        "paused": True,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "web:1",
                        "ports": [{"containerPort": 80}, {"containerPort": 443}],
                        "resources": {"requests": {"cpu": "250m"}},
                    },
                    {"name": "log", "image": "log:2"},
                ]
            },
        },
    },
}


def test_every_form_finds_what_kubectl_prints(plane_a: ControlPlane, namespace: str) -> None:
    plane_a.kubectl("apply", f"--namespace={namespace}", "--filename=-", input=json.dumps(DEPLOYMENT))
    get = ("get", "deployment", "web", f"--namespace={namespace}")
    obj = json.loads(plane_a.kubectl(*get, "-o", "json"))
    for path in PATHS:
        printed = plane_a.kubectl(*get, "-o", f"jsonpath={{{path}}}")
        ours = " ".join(as_text(value) for value in parse_path(path).find(obj))
        assert ours == printed, path
