"""Every line of a script happens: to the requests it names, as often as it says, and in the way it says."""

from __future__ import annotations

import http.client
import json
import threading

import pytest

from tests.fakes import faults
from tests.fakes.client import TABLE, get, lines, response
from tests.fakes.faults import Break, Fault, Hold, Lines, PlainObjects, Rewrite, Shape, error_line
from tests.fakes.server import ApiServer

PODS = "/api/v1/pods"
CUT = (ConnectionResetError, http.client.RemoteDisconnected, http.client.IncompleteRead)


@pytest.fixture(autouse=True)
def one_pod(server: ApiServer) -> None:
    server.cluster.create("pods", "a", status={"phase": "Läuft"})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (faults.UNAUTHORIZED, 401),
        (faults.FORBIDDEN, 403),
        (faults.NOT_SERVED, 404),
        (faults.EXPIRED, 410),
        (faults.throttled(1), 429),
        (faults.BROKEN, 500),
        (faults.UNAVAILABLE, 503),
        (faults.TOO_LARGE, 504),
        (faults.LOGIN_PAGE, 200),
    ],
)
def test_an_answer_happens_once_and_is_over(server: ApiServer, answer: faults.Answer, code: int) -> None:
    server.script(Fault("list pods", answer))
    assert get(server, "/api/v1/configmaps")[0] == 200
    with response(server, PODS) as got:
        assert got.status == code
        assert got.read() == answer.body
        assert dict(answer.headers).items() <= dict(got.headers).items()
    assert get(server, PODS)[1]["kind"] == "PodList"


def test_times_skip_namespace_and_forgiveness(server: ApiServer) -> None:
    fault = Fault("* pods", faults.BROKEN, times=2, skip=1, namespace="one")
    forever = Fault("discovery /apis/apps/*", faults.UNAVAILABLE, times=None)
    server.script(fault, forever)
    codes = [get(server, "/api/v1/namespaces/one/pods")[0] for _ in range(4)]
    assert codes == [200, 500, 500, 200]
    assert get(server, PODS)[0] == 200
    assert [get(server, "/apis/apps/v1")[0] for _ in range(3)] == [503, 503, 503]
    server.forgive(forever)
    assert get(server, "/apis/apps/v1")[0] == 200


@pytest.mark.parametrize("at", ["answer", "headers", "body"])
@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_connection_breaks_off(server: ApiServer, how: faults.Ending, at: str) -> None:
    server.script(Fault("list pods", Break(how, at, after=20)))  # type: ignore[arg-type]
    if (how, at) == ("close", "headers"):
        with response(server, PODS) as half:  # http.client takes half a header for a whole one
            assert half.read() == b""
    else:
        with pytest.raises(CUT):
            get(server, PODS)
    assert get(server, PODS)[0] == 200


@pytest.mark.parametrize("at", ["answer", "headers", "body"])
def test_a_connection_hangs_until_the_client_leaves(server: ApiServer, at: str) -> None:
    server.script(Fault("list pods", Break("hang", at, after=20)))  # type: ignore[arg-type]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.2)
    connection.request("GET", PODS)
    with pytest.raises(TimeoutError):
        connection.getresponse().read()
    assert server.connections == 1
    connection.close()
    server.wait_for(lambda: server.connections == 0)


def test_nobody_accepts(server: ApiServer) -> None:
    server.close()
    server.start(accepting=False)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.2)
    connection.request("GET", PODS)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    server.restart()
    assert get(server, PODS)[0] == 200


@pytest.mark.parametrize(
    "shape",
    [Shape(sizes=(1, 2, 3)), Shape(chunked=False), Shape(sizes=(400,), pause_s=0.01)],
    ids=["split", "no-length", "slow"],
)
def test_a_list_in_an_odd_shape_is_still_the_list(server: ApiServer, shape: Shape) -> None:
    server.script(Fault("list pods", shape))
    with response(server, PODS) as answer:
        assert (answer.headers["Transfer-Encoding"] == "chunked") == shape.chunked
        assert answer.headers["Content-Length"] is None
        assert json.load(answer)["items"][0]["status"]["phase"] == "Läuft"


def test_gzip(server: ApiServer) -> None:
    server.script(Fault("list pods", Shape(gzip=True)))
    with response(server, PODS) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.read()[:2] == b"\x1f\x8b"


def test_values_are_rewritten(server: ApiServer) -> None:
    server.script(
        Fault("list pods", Rewrite("items", None)),
        Fault("list pods", Rewrite("metadata.resourceVersion", "")),
        Fault("list pods", Rewrite("items.0.metadata", None)),
    )
    assert get(server, PODS)[1]["items"] is None
    assert get(server, PODS)[1]["metadata"] == {"resourceVersion": ""}
    assert get(server, PODS)[1]["items"][0]["metadata"] is None


def test_no_tables(server: ApiServer) -> None:
    server.script(Fault("* pods", PlainObjects(), times=2))
    assert get(server, PODS, accept=TABLE)[1]["kind"] == "PodList"
    with response(server, PODS, accept=TABLE, watch="1", resourceVersion="100") as watch:
        assert lines(watch, 1)[0]["object"]["kind"] == "Pod"


@pytest.mark.parametrize("joined", [True, False])
def test_lines_come_before_the_watch_goes_on(server: ApiServer, joined: bool) -> None:
    odd = (b"\n", b"not json\n", error_line(None, ""))
    server.script(Fault("watch pods", Lines(odd, joined=joined)))
    with response(server, PODS, watch="1", resourceVersion="100") as watch:
        assert tuple(watch.readline() for _ in range(3)) == odd
        assert lines(watch, 1)[0]["object"]["metadata"]["name"] == "a"


@pytest.mark.parametrize("how", ["close", "reset"])
def test_lines_may_end_the_watch(server: ApiServer, how: faults.Ending) -> None:
    server.script(Fault("watch pods", Lines((b'{"type":"ADD',), then=how)))
    with response(server, PODS, watch="1", resourceVersion="100") as watch:
        if how == "close":
            assert watch.read() == b'{"type":"ADD'
        else:
            with pytest.raises(CUT):
                watch.read()


def test_a_running_watch_is_told_things_and_ended(server: ApiServer) -> None:
    with response(server, PODS, watch="1", resourceVersion="101") as watch:
        server.wait_for(lambda: server.send("pods", error_line(410, "Expired")) == 1)
        assert lines(watch, 1)[0]["object"]["code"] == 410
        assert server.bookmark("pods") == 0, "it asked for none"
        assert server.end_watches("pods") == 1
        assert watch.read() == b""


def test_a_running_watch_is_reset(server: ApiServer) -> None:
    with response(server, PODS, watch="1", resourceVersion="101") as watch:
        server.wait_for(lambda: server.end_watches("pods", how="reset") == 1)
        with pytest.raises(CUT):
            watch.read()


def test_an_answer_is_held_until_the_test_lets_it_go(server: ApiServer) -> None:
    gate = threading.Event()
    server.script(Fault("list pods", Hold(gate)))
    got: list[int] = []
    client = threading.Thread(target=lambda: got.append(get(server, PODS)[0]))
    client.start()
    server.wait_for(lambda: server.verbs("pods") == ["list"])
    assert not got
    gate.set()
    client.join()
    assert got == [200]


def test_the_record_of_requests(server: ApiServer) -> None:
    with response(server, PODS, watch="1", resourceVersion="7", labelSelector="a=b c") as watch:
        assert watch.status == 200
    get(server, "/apis/apps/v1/namespaces/one/deployments/web")
    watched, got = server.requests
    assert (watched.verb, watched.resource, watched.query["labelSelector"]) == ("watch", "pods", "a=b c")
    assert (got.verb, got.resource, got.namespace, got.name) == ("get", "deployments.apps", "one", "web")
    assert got.connection != watched.connection
    assert [r.path for r in server.asked("watch *")] == [PODS]
    assert server.busiest("* *") == 2
