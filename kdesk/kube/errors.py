"""What can go wrong between kdesk and a cluster, as causes that the engine can act on.

Every message is one sentence for a person, with no secret in it.
"""

from __future__ import annotations


class KubeError(Exception):
    """Base of all errors of the core; ``str(error)`` is one clear sentence."""


class Stopped(KubeError):
    """The work was cancelled by its owner; never shown."""


class KubeconfigError(KubeError):
    """A kubeconfig file or one of its contexts cannot be used."""


class CredentialError(KubeError):
    """No credential could be had (plugin failed, token file missing): never an anonymous request instead."""


class ConnectionLost(KubeError):
    """No answer: refused, reset, timed out, name not found, TLS not trusted."""


class Silent(ConnectionLost):
    """The connection stands, as far as anyone can tell, and nothing came for longer than was allowed."""


class BadAnswer(KubeError):
    """An answer that is not Kubernetes: a login page, broken JSON, a list without a resourceVersion."""


class ApiError(KubeError):
    """The API server answered with an error.

    ``status`` is the HTTP code, ``reason`` the word of the Status object ("Forbidden", ...), ``retry_after`` seconds.
    """

    def __init__(
        self, message: str, *, status: int = 0, reason: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


class Unauthorized(ApiError):
    """401: the credential was refused."""


class Forbidden(ApiError):
    """403: the credential is known and may not do this."""


class NotServed(ApiError):
    """404 on a collection: this kind is not (or no longer) served."""


class Expired(ApiError):
    """410: the resourceVersion or continue token is too old."""


class VersionTooLarge(ApiError):
    """504, "Too large resource version": the server is older than what was seen (etcd restored, cluster rebuilt)."""


class Throttled(ApiError):
    """429, or 503 with Retry-After: come back later."""


def api_error(status: int, reason: str, message: str, retry_after: float | None = None) -> ApiError:
    """The error class for a Status: by HTTP code, and by reason where the code is missing or misleading."""
    kind: type[ApiError] = ApiError
    if reason == "Timeout" and "too large resource version" in message.lower():
        kind = VersionTooLarge
    elif status == 401 or reason == "Unauthorized":
        kind = Unauthorized
    elif status == 403 or reason == "Forbidden":
        kind = Forbidden
    elif status == 404 or reason == "NotFound":
        kind = NotServed
    elif status == 410 or reason in ("Expired", "Gone"):
        kind = Expired
    elif status == 429 or (status == 503 and retry_after is not None):
        kind = Throttled
    return kind(
        message or f"the server answered {status}", status=status, reason=reason, retry_after=retry_after
    )
