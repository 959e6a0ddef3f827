"""Typed one-shot calls of the kubernetes package, over kdesk's own connections.

The package brings the models; requests go through ``Transport``, so that credentials, proxies, TLS and stopping are the
same for everything. Import this module only where a typed call is made: the package takes a second and 50 MB.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kubernetes.client import ApiClient, AuthenticationV1Api, Configuration, V1SelfSubjectReview
from kubernetes.client.rest import RESTClientObject
from pydantic import ValidationError

from kdesk.kube.errors import BadAnswer
from kdesk.kube.stop import Stop
from kdesk.kube.wire.transport import JSON, Answer, Transport


class TypedCalls:
    """Blocking calls; each raises the errors of ``Transport.request``."""

    def __init__(self, transport: Transport, stop: Stop) -> None:
        self.client = ApiClient(Configuration(host=transport.server))
        self.client.rest_client = _Rest(transport, stop)

    def who_am_i(self) -> str:
        """The user and groups as the server sees them (SelfSubjectReview, Kubernetes 1.28 and newer)."""
        try:
            review = AuthenticationV1Api(self.client).create_self_subject_review(V1SelfSubjectReview())
        except ValidationError:
            # The models refuse a whole answer for one odd field, with pages of explanation.
            raise BadAnswer("the server's answer does not fit the type SelfSubjectReview") from None
        user = review.status.user_info if review.status is not None else None
        if user is None:
            return "the server does not say"
        return f"{user.username}, in {', '.join(user.groups or ['no group'])}"


class _Rest(RESTClientObject):
    """Stands where the package has its own client for HTTP."""

    def __init__(self, transport: Transport, stop: Stop) -> None:
        # Not the base's __init__: it would build connection pools of its own.
        self._transport = transport
        self._stop = stop

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        post_params: Any = None,
        _request_timeout: Any = None,
    ) -> _Response:
        parts = urlsplit(url.removeprefix(self._transport.server))
        answer = self._transport.request(
            method,
            parts.path,
            dict(parse_qsl(parts.query)),
            stop=self._stop,
            body=None if body is None else json.dumps(body).encode(),
            headers={} if body is None else {"Content-Type": JSON},
        )
        return _Response(answer)

    def close(self) -> None:
        """The connections are the transport's."""


class _Response:
    """What the package expects of an answer."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.reason = ""
        self.data = answer.body
        self.headers = dict(answer.headers)

    def read(self) -> bytes:
        return self.data

    def getheaders(self) -> dict[str, str]:
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        return self.headers.get(name.lower(), default)
