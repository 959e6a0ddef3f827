"""What the API answers when it cannot do as asked: one exception, carrying a `Status` object."""

from __future__ import annotations

from kdesk.demo.objects.values import Object


class ApiError(Exception):
    """A failure with the HTTP code, the reason and the words that a real API server gives."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def status(self) -> Object:
        """The `Status` object of this failure."""
        answer: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if self.details is not None:
            answer["details"] = self.details
        return answer | {"code": self.code}


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def no_such_path() -> ApiError:
    """A path or a resource type that is not served."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def not_found(resource: str, group: str, name: str) -> ApiError:
    label = f"{resource}.{group}" if group else resource
    details = {"name": name, "kind": resource} | ({"group": group} if group else {})
    return ApiError(404, "NotFound", f'{label} "{name}" not found', details)


def already_exists(resource: str, group: str, name: str) -> ApiError:
    label = f"{resource}.{group}" if group else resource
    details = {"name": name, "kind": resource} | ({"group": group} if group else {})
    return ApiError(409, "AlreadyExists", f'{label} "{name}" already exists', details)


def conflict(resource: str, group: str, name: str, why: str | None = None) -> ApiError:
    """A write against an object that has changed, or is another one, since it was read."""
    label = f"{resource}.{group}" if group else resource
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    details = {"name": name, "kind": resource} | ({"group": group} if group else {})
    message = f'Operation cannot be fulfilled on {label} "{name}": {why}'
    return ApiError(409, "Conflict", message, details)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def invalid(kind: str, group: str, name: str, field: str, why: str) -> ApiError:
    """One field is wrong; `why` begins with the kind of fault, such as `Required value: ...`."""
    label = f"{kind}.{group}" if group else kind
    reason = "FieldValue" + why.partition(":")[0].title().replace(" ", "").removesuffix("Value")
    cause = {"reason": reason, "message": why, "field": field}
    details = {"name": name, "group": group, "kind": kind, "causes": [cause]}
    return ApiError(422, "Invalid", f'{label} "{name}" is invalid: {field}: {why}', details)


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def method_not_allowed() -> ApiError:
    words = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", words, {})


def unsupported_media_type(given: str, accepted: str) -> ApiError:
    words = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return ApiError(415, "UnsupportedMediaType", words + (f" (not {given})" if given else ""))


def version_too_large(asked: int, current: int) -> ApiError:
    """A list not older than a version that this cluster has not reached."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})


def namespace_terminating(resource: str, group: str, name: str, namespace: str) -> ApiError:
    label = f"{resource}.{group}" if group else resource
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    cause = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}
    cause["message"] = f"namespace {namespace} is being terminated"
    details = {"name": name, "kind": resource, "causes": [cause]} | ({"group": group} if group else {})
    return ApiError(403, "Forbidden", f'{label} "{name}" is forbidden: {why}', details)
