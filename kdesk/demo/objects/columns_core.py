"""Table rows of the core group's kinds, cell for cell as the API server's own printers make them."""

from __future__ import annotations

from collections.abc import Iterable

from kdesk.demo.objects.tables import Cell, Printer, Since, age, columns, since
from kdesk.demo.objects.values import Object

_ROLE_LABEL = "node-role.kubernetes.io/"
_ACCESS_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_TERMINAL = ("Succeeded", "Failed")


def format_labels(labels: Object | None) -> str:
    """`a=1,b=2` in the order of the keys, or `<none>`."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "<none>"


def format_selector(selector: Object | None) -> str:
    """A LabelSelector as text: labels first, then expressions."""
    if selector is None:
        return "<none>"
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for wanted in selector.get("matchExpressions") or ():
        key, operator = wanted["key"], wanted["operator"]
        values = ",".join(sorted(wanted.get("values") or ()))
        plain = {"Exists": key, "DoesNotExist": f"!{key}"}
        parts.append(plain.get(operator) or f"{key} {operator.lower()} ({values})")
    return ",".join(parts) or "<none>"


def condition(status: Object, kind: str) -> Object:
    """The condition of that type, or an empty object."""
    return next((entry for entry in status.get("conditions") or () if entry["type"] == kind), {})


def few(values: Iterable[str], empty: str) -> str:
    """At most three values and how many more there are."""
    listed = list(values)
    more = f" + {len(listed) - 3} more..." if len(listed) > 3 else ""
    return ",".join(listed[:3]) + more if listed else empty


def _pod(pod: Object) -> list[Cell]:
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    phase = status.get("phase", "")
    reason = status.get("reason") or phase
    if condition(status, "PodScheduled").get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    restarts, ready, last_restart = 0, 0, ""
    initializing, reason = _init_reason(spec, status, reason)
    if not initializing:
        running, failure = False, ""
        for container in reversed(status.get("containerStatuses") or ()):
            restarts += container["restartCount"]
            ended = (container.get("lastState") or {}).get("terminated")
            if ended:
                last_restart = max(last_restart, ended.get("finishedAt") or "")
            state = container.get("state") or {}
            if (state.get("waiting") or {}).get("reason"):
                reason = state["waiting"]["reason"]
            elif "terminated" in state:
                reason = _terminated(state["terminated"])
                failure = reason if state["terminated"]["exitCode"] else failure
            elif container["ready"] and "running" in state:
                running, ready = True, ready + 1
        if reason == "Completed":
            is_ready = condition(status, "Ready").get("status") == "True"
            reason = "Running" if running and is_ready else failure or ("NotReady" if running else reason)
    if "deletionTimestamp" in metadata and phase not in _TERMINAL:
        reason = "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    shown: Cell = str(restarts)
    if restarts and last_restart:
        shown = Since(last_restart, f"{restarts} (", " ago)")
    ips = status.get("podIPs")
    return [
        metadata["name"],
        f"{ready}/{len(spec['containers'])}",
        reason,
        shown,
        age(metadata),
        ips[0]["ip"] if ips else "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        "<none>",
    ]


def _init_reason(spec: Object, status: Object, reason: str) -> tuple[bool, str]:
    """Whether init containers still run or failed, and the status text that says so."""
    for position, container in enumerate(status.get("initContainerStatuses") or ()):
        state = container.get("state") or {}
        if "terminated" in state:
            if state["terminated"]["exitCode"] == 0:
                continue
            return True, "Init:" + _terminated(state["terminated"])
        waiting = (state.get("waiting") or {}).get("reason", "PodInitializing")
        if waiting != "PodInitializing":
            return True, "Init:" + waiting
        return True, f"Init:{position}/{len(spec.get('initContainers') or ())}"
    return False, reason


def _terminated(state: Object) -> str:
    if state.get("reason"):
        return str(state["reason"])
    return f"Signal:{state['signal']}" if state.get("signal") else f"ExitCode:{state['exitCode']}"


def _node(node: Object) -> list[Cell]:
    metadata, status = node["metadata"], node.get("status") or {}
    ready = condition(status, "Ready").get("status")
    state = "Unknown" if ready is None else "Ready" if ready == "True" else "NotReady"
    if (node.get("spec") or {}).get("unschedulable"):
        state += ",SchedulingDisabled"
    labels = metadata.get("labels") or {}
    roles = sorted(key.removeprefix(_ROLE_LABEL) for key in labels if key.startswith(_ROLE_LABEL))
    info = status.get("nodeInfo") or {}
    addresses = {entry["type"]: entry["address"] for entry in reversed(status.get("addresses") or [])}
    kernel = info.get("kernelVersion") or "<unknown>"
    if info.get("architecture"):
        kernel += f" ({info['architecture']})"
    return [
        metadata["name"],
        state,
        ",".join(roles) or "<none>",
        age(metadata),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info.get("osImage") or "<unknown>",
        kernel,
        info.get("containerRuntimeVersion") or "<unknown>",
    ]


def _event(event: Object) -> list[Cell]:
    first = event.get("firstTimestamp") or event.get("eventTime")
    last, count = event.get("lastTimestamp") or first, event.get("count") or 1
    if event.get("series"):
        last, count = event["series"].get("lastObservedTime"), event["series"].get("count")
    about = event.get("involvedObject") or {}
    target = (about.get("kind") or "").lower() + (f"/{about['name']}" if about.get("name") else "")
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent") or ""
    host = source.get("host") or event.get("reportingInstance") or ""
    return [
        since(last),
        event.get("type", ""),
        event.get("reason", ""),
        target,
        about.get("fieldPath", ""),
        f"{component}, {host}" if host else component,
        (event.get("message") or "").strip(),
        since(first),
        count,
        event["metadata"]["name"],
    ]


def _service(service: Object) -> list[Cell]:
    metadata, spec = service["metadata"], service.get("spec") or {}
    kind, external = spec.get("type", "ClusterIP"), spec.get("externalIPs") or []
    shown = ",".join(external) or "<none>"
    if kind == "LoadBalancer":
        shown = ",".join([*balancer_addresses(service), *external]) or "<pending>"
    elif kind == "ExternalName":
        shown = spec.get("externalName", "")
    ports = [
        f"{port['port']}" + (f":{port['nodePort']}" if port.get("nodePort") else "") + f"/{port['protocol']}"
        for port in spec.get("ports") or ()
    ]
    return [
        metadata["name"],
        kind,
        (spec.get("clusterIPs") or ["<none>"])[0],
        shown,
        ",".join(ports) or "<none>",
        age(metadata),
        format_labels(spec.get("selector")),
    ]


def balancer_addresses(item: Object) -> list[str]:
    points = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return sorted({point.get("ip") or point.get("hostname", "") for point in points})


def _namespace(item: Object) -> list[Cell]:
    return [item["metadata"]["name"], (item.get("status") or {}).get("phase", ""), age(item["metadata"])]


def _config_map(item: Object) -> list[Cell]:
    entries = len(item.get("data") or {}) + len(item.get("binaryData") or {})
    return [item["metadata"]["name"], entries, age(item["metadata"])]


def _secret(item: Object) -> list[Cell]:
    kind = item.get("type", "Opaque")
    return [item["metadata"]["name"], kind, len(item.get("data") or {}), age(item["metadata"])]


def _service_account(item: Object) -> list[Cell]:
    return [item["metadata"]["name"], age(item["metadata"])]


def _endpoints(item: Object) -> list[Cell]:
    found = []
    for subset in item.get("subsets") or ():
        for address in subset.get("addresses") or ():
            ports = subset.get("ports") or ()
            found += [f"{address['ip']}:{port['port']}" for port in ports] or [address["ip"]]
    return [item["metadata"]["name"], few(found, "<none>"), age(item["metadata"])]


def _modes(modes: Iterable[str] | None) -> str:
    return ",".join(short for mode, short in _ACCESS_MODES.items() if mode in (modes or ()))


def _phase(item: Object) -> str:
    deleting = "deletionTimestamp" in item["metadata"]
    return "Terminating" if deleting else str((item.get("status") or {}).get("phase", ""))


def _volume(item: Object) -> list[Cell]:
    metadata, spec = item["metadata"], item.get("spec") or {}
    claim = spec.get("claimRef")
    return [
        metadata["name"],
        (spec.get("capacity") or {}).get("storage", "0"),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(item),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName") or "<unset>",
        (item.get("status") or {}).get("reason", ""),
        age(metadata),
        spec.get("volumeMode") or "<unset>",
    ]


def _claim(item: Object) -> list[Cell]:
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    volume = spec.get("volumeName", "")
    return [
        metadata["name"],
        _phase(item),
        volume,
        (status.get("capacity") or {}).get("storage", "0") if volume else "",
        _modes(status.get("accessModes")) if volume else "",
        spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName") or "<unset>",
        age(metadata),
        spec.get("volumeMode") or "<unset>",
    ]


def _quota(item: Object) -> list[Cell]:
    status = item.get("status") or {}
    used, hard = status.get("used") or {}, status.get("hard") or {}
    request: list[str] = []
    limit: list[str] = []
    for name in sorted(hard):
        (limit if name.startswith("limits.") else request).append(
            f"{name}: {used.get(name, '0')}/{hard[name]}"
        )
    return [item["metadata"]["name"], ", ".join(request), ", ".join(limit), age(item["metadata"])]


_POD_WIDE = ("*IP", "*Node", "*Nominated Node", "*Readiness Gates")
_NODE_WIDE = ("*Internal-IP", "*External-IP", "*OS-Image", "*Kernel-Version", "*Container-Runtime")
_EVENT = ("Last Seen", "Type", "Reason", "Object", "*Subobject", "*Source", "Message")
_PV = ("Name", "Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass")
_PVC = ("Name", "Status", "Volume", "Capacity", "Access Modes", "StorageClass", "VolumeAttributesClass")
_SERVICE = ("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "*Selector")

PRINTERS: dict[str, Printer] = {
    "pods": Printer(columns("Name", "Ready", "Status", "Restarts", "Age", *_POD_WIDE), _pod),
    "nodes": Printer(columns("Name", "Status", "Roles", "Age", "Version", *_NODE_WIDE), _node),
    "events": Printer(columns(*_EVENT, "*First Seen", "*Count", "*Name"), _event),
    "namespaces": Printer(columns("Name", "Status", "Age"), _namespace),
    "services": Printer(columns(*_SERVICE), _service),
    "configmaps": Printer(columns("Name", "Data", "Age"), _config_map),
    "secrets": Printer(columns("Name", "Type", "Data", "Age"), _secret),
    "serviceaccounts": Printer(columns("Name", "Age"), _service_account),
    "endpoints": Printer(columns("Name", "Endpoints", "Age"), _endpoints),
    "persistentvolumes": Printer(
        columns(*_PV, "VolumeAttributesClass", "Reason", "Age", "*VolumeMode"), _volume
    ),
    "persistentvolumeclaims": Printer(columns(*_PVC, "Age", "*VolumeMode"), _claim),
    "resourcequotas": Printer(columns("Name", "Request", "Limit", "Age"), _quota),
}
