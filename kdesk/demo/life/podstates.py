"""A pod through its life: each function moves a decoded pod to its next state, as a kubelet reports it."""

from __future__ import annotations

from kdesk.demo.objects.values import Object

BEHAVIOUR = "demo.kdesk.dev/behaviour"
"""The annotation on a pod (or its template) that says what its container does instead of running happily."""

CRASH, FAIL, BAD_IMAGE, TOO_BIG, NEVER_READY = "crash", "fail", "bad-image", "too-big", "never-ready"

_NOT_READY = {"reason": "ContainersNotReady", "message": "containers with unready status: [%s]"}


def bind(pod: Object, node: str, now: str) -> None:
    pod["spec"]["nodeName"] = node
    pod["status"]["conditions"] = [_condition("PodScheduled", True, now)]


def creating(pod: Object, host_ip: str, now: str) -> None:
    """Accepted by the kubelet: images are being pulled."""
    status = pod["status"]
    status |= {"hostIP": host_ip, "hostIPs": [{"ip": host_ip}], "startTime": now}
    status["containerStatuses"] = [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": False,
            "started": False,
            "restartCount": 0,
            "state": {"waiting": {"reason": "ContainerCreating"}},
            "lastState": {},
        }
        for container in pod["spec"]["containers"]
    ]
    status["conditions"] = [
        _condition("PodReadyToStartContainers", False, now),
        _condition("Initialized", True, now),
        *_readiness(pod, False, now),
        _condition("PodScheduled", True, now),
    ]


def running(pod: Object, ip: str, digest: str, now: str) -> None:
    """All containers started. `digest`: 64 hexadecimal digits that stand for image and container."""
    status = pod["status"]
    status |= {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}]}
    for entry in status["containerStatuses"]:
        repository = entry["image"].rpartition(":")[0] or entry["image"]
        entry["imageID"] = f"{repository}@sha256:{digest}"
        entry["containerID"] = f"containerd://{digest[::-1]}"
        entry |= {"started": True, "state": {"running": {"startedAt": now}}}
    _set_condition(status, _condition("PodReadyToStartContainers", True, now))


def ready(pod: Object, is_ready: bool, now: str) -> None:
    for entry in pod["status"]["containerStatuses"]:
        entry["ready"] = is_ready and "running" in entry["state"]
    for condition in _readiness(pod, is_ready, now):
        _set_condition(pod["status"], condition)


def terminated(pod: Object, code: int, now: str) -> None:
    """The first container's run is over; with 137 the kernel has killed it for its memory."""
    entry = pod["status"]["containerStatuses"][0]
    started = (entry["state"].get("running") or {}).get("startedAt", now)
    reason = {0: "Completed", 137: "OOMKilled"}.get(code, "Error")
    ended = {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": now}
    entry["state"] = {"terminated": ended | {"containerID": entry.get("containerID", "")}}
    entry |= {"ready": False, "started": False}
    ready(pod, False, now)


def back_off(pod: Object, seconds: int) -> None:
    """Waiting after a crash: the last run moves to `lastState`."""
    entry = pod["status"]["containerStatuses"][0]
    entry["lastState"] = {"terminated": entry["state"]["terminated"]}
    name = pod["metadata"]["name"]
    message = f"back-off {seconds}s restarting failed container={entry['name']} pod={name}"
    entry["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}


def restarted(status: Object, code: int, now: str) -> None:
    """The first container was replaced at once by a new run; the pod stays ready. Takes the status alone."""
    entry = status["containerStatuses"][0]
    state = entry["state"]
    started = (state.get("running") or {}).get("startedAt", now)
    if "terminated" in state:
        entry["lastState"] = {"terminated": state["terminated"]}
    elif "running" in state:
        reason = "OOMKilled" if code == 137 else "Error"
        ended = {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": now}
        entry["lastState"] = {"terminated": ended}
    entry["restartCount"] += 1
    entry |= {"started": True, "state": {"running": {"startedAt": now}}}


def finished(pod: Object, succeeded: bool, now: str) -> None:
    terminated(pod, 0 if succeeded else 1, now)
    pod["status"]["phase"] = "Succeeded" if succeeded else "Failed"
    for condition in pod["status"]["conditions"]:
        if condition["type"] in ("Ready", "ContainersReady") and succeeded:
            condition["reason"] = "PodCompleted"
            condition.pop("message", None)


def pull_failed(pod: Object, waiting: bool) -> None:
    """An image that does not exist: the error, or the wait between two tries."""
    entry = pod["status"]["containerStatuses"][0]
    reason = "ImagePullBackOff" if waiting else "ErrImagePull"
    entry["state"] = {"waiting": {"reason": reason, "message": f'failed to pull image "{entry["image"]}"'}}


def unschedulable(pod: Object, message: str, now: str) -> None:
    blocked = _condition("PodScheduled", False, now)
    pod["status"]["conditions"] = [blocked | {"reason": "Unschedulable", "message": message}]


def behaviour_of(pod: Object) -> str:
    return str((pod["metadata"].get("annotations") or {}).get(BEHAVIOUR, ""))


def _readiness(pod: Object, is_ready: bool, now: str) -> list[Object]:
    made = [_condition(kind, is_ready, now) for kind in ("Ready", "ContainersReady")]
    if not is_ready:
        names = " ".join(container["name"] for container in pod["spec"]["containers"])
        for condition in made:
            condition |= {"reason": _NOT_READY["reason"], "message": _NOT_READY["message"] % names}
    return made


def _condition(kind: str, holds: bool, now: str) -> Object:
    return {
        "type": kind,
        "status": "True" if holds else "False",
        "lastProbeTime": None,
        "lastTransitionTime": now,
    }


def _set_condition(status: Object, wanted: Object) -> None:
    """Replaces the condition of that type; the time of transition stays when nothing has changed."""
    conditions = status.setdefault("conditions", [])
    for position, known in enumerate(conditions):
        if known["type"] == wanted["type"]:
            if known["status"] == wanted["status"]:
                wanted = wanted | {"lastTransitionTime": known["lastTransitionTime"]}
            conditions[position] = wanted
            return
    conditions.append(wanted)
