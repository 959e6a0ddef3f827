"""The harness's own HTTPS client: one connection per request, so that no test finds a socket left behind."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import urllib3


class Api:
    """Sends requests to one API server on loopback, with a client certificate or with a token."""

    def __init__(self, port: int, authority: Path, client: tuple[Path, Path] | None = None) -> None:
        self._port = port
        self._authority = authority
        self._as_client = ssl.create_default_context(cafile=str(authority))
        if client is not None:
            self._as_client.load_cert_chain(*client)
        self._anonymous = ssl.create_default_context(cafile=str(authority))

    def request(
        self, method: str, path: str, body: object = None, *, token: str | None = None, timeout_s: float = 30
    ) -> tuple[int, Any]:
        """Send one request, as the client certificate's user or, with `token`, as the token's.

        `body` is sent as JSON. The answer is the HTTP status and the decoded JSON, or the text if it is none.
        Raises `urllib3.exceptions.HTTPError` when no answer comes.
        """
        headers = {"Accept": "application/json", "Connection": "close", "User-Agent": "kdesk-tests"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        context = self._as_client if token is None else self._anonymous
        with urllib3.HTTPSConnectionPool("127.0.0.1", self._port, ssl_context=context, retries=False) as pool:
            answer = pool.request(
                method,
                path,
                body=None if body is None else json.dumps(body),
                headers=headers,
                timeout=urllib3.Timeout(total=timeout_s),
            )
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, answer.data.decode(errors="replace")

    def answers(self, path: str) -> bool:
        """Tell whether a GET of the path gives 200 by now; False also when no answer comes."""
        try:
            return self.request("GET", path, timeout_s=5)[0] == 200
        except urllib3.exceptions.HTTPError:
            return False
