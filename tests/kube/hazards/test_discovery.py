"""What the cluster serves is found in either form of discovery; a group that fails costs only itself."""

from __future__ import annotations

import pytest

from kdesk.kube.api import discovery
from kdesk.kube.api.discovery import AmbiguousResource, Catalogue, UnknownResource
from kdesk.kube.engine.session import ClusterSession, SessionState
from kdesk.kube.errors import BadAnswer, ConnectionLost, KubeError, Unauthorized
from tests.fakes import faults
from tests.fakes.faults import Action, Answer, Break, Fault, Rewrite
from tests.fakes.kinds import KINDS, WIDGET, ServedKind
from tests.fakes.server import ApiServer

LABELS = {kind.label for kind in KINDS}
OTHER_WIDGET = ServedKind("other.example.org", "v1", "widgets", "Widget")


def labels(catalogue: Catalogue) -> set[str]:
    return {resource.label for resource in catalogue.resources}


def test_two_requests_are_enough(server: ApiServer, session: ClusterSession) -> None:
    catalogue = session.open()
    assert labels(catalogue) == LABELS
    assert catalogue.version == "v1.37.2"
    assert catalogue.failures == ()
    assert [r.path for r in server.requests] == ["/api", "/apis", "/version"]
    pods = catalogue.resolve("po")
    assert (pods.kind, pods.namespaced, pods.singular, pods.watchable) == ("Pod", True, "pod", True)
    assert not catalogue.resolve("namespaces").namespaced
    assert session.state is SessionState.OPEN


def test_servers_that_know_only_the_classic_form(server: ApiServer, session: ClusterSession) -> None:
    aggregated = session.open()
    server.switches.aggregated = False
    classic = session.open()
    assert set(classic.resources) == set(aggregated.resources)
    assert not any("/" in resource.gvr.resource for resource in classic.resources)


@pytest.mark.parametrize(
    "trouble",
    [
        faults.FORBIDDEN,
        faults.NOT_SERVED,
        faults.UNAVAILABLE,
        faults.BROKEN,
        faults.LOGIN_PAGE,
        Answer(200, b"[]"),
        Answer(200, b"not json"),
        Answer(200, b'{"resources": [null, {"name": 7}, "x"]}'),
        Break("reset"),
        Break("hang"),
    ],
    ids=["403", "404", "503", "500", "html", "array", "garbage", "odd-entries", "reset", "hang"],
)
def test_a_group_that_fails_costs_only_itself(
    server: ApiServer, session: ClusterSession, monkeypatch: pytest.MonkeyPatch, trouble: Action
) -> None:
    monkeypatch.setattr(discovery, "_SECONDS", 1.0)
    server.switches.aggregated = False
    server.script(Fault("discovery /apis/example.com/v1", trouble, times=None))
    catalogue = session.open()
    assert labels(catalogue) == LABELS - {WIDGET.label}
    assert session.state is SessionState.OPEN
    if not isinstance(trouble, Answer) or b"resources" not in trouble.body:
        ((group, sentence),) = catalogue.failures
        assert group == "example.com/v1"
        assert sentence
        with pytest.raises(UnknownResource, match=r"example\.com/v1"):
            catalogue.resolve("widgets")


def test_a_group_whose_server_is_away_is_named(server: ApiServer, session: ClusterSession) -> None:
    server.switches.stale_groups = ("example.com",)
    catalogue = session.open()
    assert [group for group, _ in catalogue.failures] == ["example.com/v1"]
    assert labels(catalogue) == LABELS - {WIDGET.label}


def test_the_server_says_which_version_is_preferred(server: ApiServer, session: ClusterSession) -> None:
    server.kinds = [
        ServedKind("example.com", "v1", "widgets", "Widget"),
        ServedKind("example.com", "v2beta1", "widgets", "Widget"),
        ServedKind("example.com", "v2beta1", "gadgets", "Gadget"),
    ]
    for aggregated in (True, False):
        server.switches.aggregated = aggregated
        catalogue = session.open()
        assert catalogue.resolve("widgets").gvr.version == "v1"
        assert catalogue.resolve("widgets.v2beta1.example.com").gvr.version == "v2beta1"
        assert catalogue.resolve("gadgets").gvr.version == "v2beta1", "the only version that has it"
        assert len(catalogue.preferred()) == 2


def test_a_kind_of_several_groups_is_ambiguous(server: ApiServer, session: ClusterSession) -> None:
    server.add_kind(OTHER_WIDGET)
    catalogue = session.open()
    with pytest.raises(AmbiguousResource) as caught:
        catalogue.resolve("widgets")
    assert set(caught.value.candidates) == {WIDGET.label, OTHER_WIDGET.label}
    assert all(candidate in str(caught.value) for candidate in caught.value.candidates)
    assert catalogue.resolve("widgets.other.example.org").gvr.group == "other.example.org"


@pytest.mark.parametrize(
    ("trouble", "error", "state"),
    [
        (faults.UNAUTHORIZED, KubeError, SessionState.UNAUTHORIZED),
        (faults.LOGIN_PAGE, BadAnswer, SessionState.FAILED),
        (Answer(200, b"not json"), BadAnswer, SessionState.FAILED),
        (Break("reset"), ConnectionLost, SessionState.FAILED),
        (faults.BROKEN, KubeError, SessionState.FAILED),
    ],
    ids=["401", "html", "garbage", "reset", "500"],
)
def test_a_cluster_that_cannot_be_asked_says_why(
    server: ApiServer,
    session: ClusterSession,
    trouble: Action,
    error: type[KubeError],
    state: SessionState,
) -> None:
    server.script(Fault("* /api", trouble, times=None))
    with pytest.raises(error):
        session.open()
    assert session.state is state
    assert session.error
    server.forgive()
    session.log_in_again()
    assert labels(session.open()) == LABELS
    assert session.error == ""


def test_odd_values_in_aggregated_discovery(server: ApiServer, session: ClusterSession) -> None:
    server.script(
        Fault("* /apis", Rewrite("items.0", None)),
        Fault("* /apis", Rewrite("items.0.versions", None)),
        Fault("* /apis", Rewrite("items.0.versions.0.resources.0", None)),
        Fault("* /apis", Rewrite("items.0.versions.0.resources.0.verbs", None)),
    )
    for _ in range(4):
        assert {"pods", WIDGET.label} <= labels(session.open())


def test_a_refused_login_is_not_taken_for_a_broken_group(server: ApiServer, session: ClusterSession) -> None:
    server.switches.aggregated = False
    server.script(Fault("discovery /apis/example.com/v1", faults.UNAUTHORIZED, times=None))
    with pytest.raises((Unauthorized, KubeError)):
        session.open()
    assert session.state is SessionState.UNAUTHORIZED
