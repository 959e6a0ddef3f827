"""Questions that are answered and not stored: who am I, and may I do this. Here everybody may do everything."""

from __future__ import annotations

from kdesk.demo.objects.patching import apply_patch
from kdesk.demo.objects.values import Object

_EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
_RULES = {
    "resourceRules": [_EVERYTHING],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    "incomplete": False,
}
_STATUS: dict[str, Object] = {
    "selfsubjectaccessreviews": {"allowed": True, "reason": "everything is allowed in a simulated cluster"},
    "selfsubjectrulesreviews": _RULES,
    "selfsubjectreviews": {
        "userInfo": {"username": "demo", "groups": ["system:masters", "system:authenticated"]}
    },
}


def answer(plural: str, question: Object) -> Object:
    """The question with its status filled in."""
    return question | {"metadata": {}, "status": _STATUS[plural]}


def patched_scale(media_type: str, scale: Object, patch: object) -> Object:
    """A Scale after a patch to it. Raises ApiError 400 or 415."""
    return apply_patch(media_type, scale, patch)
