"""A cluster in which everything is wrong in another way: for pictures of what a table says then.

``configmaps`` are none, ``pods`` never come, ``secrets`` may not be listed, ``widgets`` are gone, ``nodes`` get no
answer.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_KINDS = {"configmaps": "ConfigMap", "pods": "Pod", "secrets": "Secret", "nodes": "Node"}
_VERBS = ["get", "list", "watch"]
_REFUSAL = (
    'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" at the cluster scope'
)


class UnwellCluster:
    """Serves from its making to ``stop``; ``url`` is where."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        server = self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads = True
        server.ended = self.ended  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self._thread = threading.Thread(target=server.serve_forever, name="unwell cluster")
        self._thread.start()

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        documents = {
            "/version": {"major": "1", "minor": "37", "gitVersion": "v1.37.0"},
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {"kind": "APIGroupList", "groups": [_group()]},
            "/api/v1": _resources("v1", _KINDS),
            "/apis/example.com/v1": _resources("example.com/v1", {"widgets": "Widget"}),
        }
        if path in documents:
            self._answer(200, documents[path])
        elif path.endswith("/configmaps"):
            if "watch=" in query:
                self.send_response(200)  # and not a word more
                self.end_headers()
                self._wait()
            else:
                self._answer(200, {"kind": "Table", "apiVersion": "meta.k8s.io/v1", **_NOTHING})
        elif path.endswith("/pods"):
            self._wait()
        elif path.endswith("/secrets"):
            self._answer(403, _status(403, "Forbidden", _REFUSAL))
        elif path.endswith("/nodes"):
            self.close_connection = True
        else:
            self._answer(404, _status(404, "NotFound", "the server could not find the requested resource"))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the pictures tell."""

    def _answer(self, code: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _wait(self) -> None:
        self.server.ended.wait()  # type: ignore[attr-defined]
        self.close_connection = True


_NOTHING = {
    "metadata": {"resourceVersion": "1"},
    "columnDefinitions": [{"name": "Name", "type": "string", "format": "name"}],
    "rows": [],
}


def _group() -> dict[str, object]:
    version = {"groupVersion": "example.com/v1", "version": "v1"}
    return {"name": "example.com", "versions": [version], "preferredVersion": version}


def _resources(group_version: str, kinds: dict[str, str]) -> dict[str, object]:
    listed = [
        {"name": name, "singularName": "", "namespaced": name != "nodes", "kind": kind, "verbs": _VERBS}
        for name, kind in kinds.items()
    ]
    return {"kind": "APIResourceList", "groupVersion": group_version, "resources": listed}


def _status(code: int, reason: str, message: str) -> dict[str, object]:
    return {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}
