"""Rows as text: names, tab-separated values, Markdown, and the kubectl command that shows the same."""

from __future__ import annotations

import shlex

from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.cluster_row import in_cluster
from kdesk.viewmodel.rows.columns import table_columns
from kdesk.viewmodel.tables.copying import kubectl, markdown, qualified_names, tsv
from tests.viewmodel.pods import NOW, PODS, pod

POD = Resource(GVR("", "v1", "pods"), "Pod", True)
DEPLOYMENT = Resource(GVR("apps", "v1", "deployments"), "Deployment", True)
NODE = Resource(GVR("", "v1", "nodes"), "Node", False)
COLUMNS = table_columns(PODS[:5], namespaces=True)


def test_one_row_is_its_cells_and_several_have_a_header() -> None:
    one, other = pod("web-1"), pod("web-2", namespace="test", restarts=3)
    assert tsv(COLUMNS, [one], NOW) == "prod\tweb-1\t1/1\tRunning\t0\t60s"
    assert tsv(COLUMNS, [one, other], NOW).splitlines() == [
        "NAMESPACE\tNAME\tREADY\tSTATUS\tRESTARTS\tAGE",
        "prod\tweb-1\t1/1\tRunning\t0\t60s",
        "test\tweb-2\t1/1\tRunning\t3\t60s",
    ]


def test_markdown_puts_numbers_right_and_escapes_its_own_marks() -> None:
    text = markdown(COLUMNS[1:], [pod("a_b", status="a|b *c* <d> `e` [f]\\")], NOW)
    assert text.splitlines() == [
        "| NAME | READY | STATUS | RESTARTS | AGE |",
        "| --- | --- | --- | ---: | ---: |",
        r"| a\_b | 0/1 | a\|b \*c\* \<d> \`e\` \[f]\\ | 0 | 60s |",
    ]


def test_rows_of_several_clusters_are_called_as_their_own_cluster_calls_them() -> None:
    rows = [in_cluster(pod("web-1"), "edge", None), in_cluster(Row("/node-1", "n", "1", 0, ()), "edge", None)]
    assert qualified_names(rows) == "prod/web-1\nnode-1"


def test_the_command_is_one_a_namespace_and_quoted() -> None:
    rows = [pod("web-1"), pod("web-2", namespace="test"), pod("web-3")]
    commands = kubectl(
        DEPLOYMENT, rows, "my prod", kubeconfig="/home/me/work dev.yaml", wide=True
    ).splitlines()
    head = [
        "kubectl",
        "--kubeconfig",
        "/home/me/work dev.yaml",
        "--context",
        "my prod",
        "get",
        "deployments.apps",
    ]
    assert [shlex.split(command) for command in commands] == [
        [*head, "web-1", "web-3", "-n", "prod", "-o", "wide"],
        [*head, "web-2", "-n", "test", "-o", "wide"],
    ]
    assert kubectl(NODE, [Row("/node-1", "n", "1", 0, ())], "") == "kubectl get nodes node-1"
