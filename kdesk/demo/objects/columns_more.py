"""Table rows of workloads, batch, networking, storage, policy and RBAC, as the API server's own printers make them."""

from __future__ import annotations

from kdesk.demo.objects.columns_core import balancer_addresses, condition, few, format_labels, format_selector
from kdesk.demo.objects.tables import Cell, Printer, age, columns, since
from kdesk.demo.objects.values import Object, human_duration, seconds_of

_JOB_STATES = (("Suspended", "Suspended"), ("FailureTarget", "FailureTarget"), ("SuccessCriteriaMet",) * 2)


def _containers(spec: Object) -> list[Cell]:
    """Names and images of a pod template's containers: two cells."""
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or ()
    names = ",".join(container["name"] for container in containers)
    return [names, ",".join(container.get("image", "") for container in containers)]


def _deployment(item: Object) -> list[Cell]:
    spec, status = item["spec"], item.get("status") or {}
    return [
        item["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(item["metadata"]),
        *_containers(spec),
        format_selector(spec.get("selector")),
    ]


def _replica_set(item: Object) -> list[Cell]:
    spec, status = item["spec"], item.get("status") or {}
    return [
        item["metadata"]["name"],
        spec.get("replicas", 1),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(item["metadata"]),
        *_containers(spec),
        format_selector(spec.get("selector")),
    ]


def _stateful_set(item: Object) -> list[Cell]:
    spec, status = item["spec"], item.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    return [item["metadata"]["name"], ready, age(item["metadata"]), *_containers(spec)]


def _daemon_set(item: Object) -> list[Cell]:
    spec, status = item["spec"], item.get("status") or {}
    counts = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady")
    more = ("updatedNumberScheduled", "numberAvailable")
    return [
        item["metadata"]["name"],
        *(status.get(count, 0) for count in counts + more),
        format_labels(((spec.get("template") or {}).get("spec") or {}).get("nodeSelector")),
        age(item["metadata"]),
        *_containers(spec),
        format_selector(spec.get("selector")),
    ]


def _job_state(item: Object) -> str:
    status = item.get("status") or {}

    def holds(kind: str) -> bool:
        return bool(condition(status, kind).get("status") == "True")

    if holds("Complete"):
        return "Complete"
    if holds("Failed"):
        return "Failed"
    if "deletionTimestamp" in item["metadata"]:
        return "Terminating"
    return next((word for kind, word in _JOB_STATES if holds(kind)), "Running")


def _job(item: Object) -> list[Cell]:
    spec, status = item["spec"], item.get("status") or {}
    succeeded, parallelism = status.get("succeeded", 0), spec.get("parallelism", 0)
    done = f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"
    if "completions" in spec:
        done = f"{succeeded}/{spec['completions']}"
    started, completed = status.get("startTime"), status.get("completionTime")
    lasted: Cell = since(started, "")
    if started and completed:
        lasted = human_duration(seconds_of(completed) - seconds_of(started))
    return [
        item["metadata"]["name"],
        _job_state(item),
        done,
        lasted,
        age(item["metadata"]),
        *_containers(spec),
        format_selector(spec.get("selector")),
    ]


def _cron_job(item: Object) -> list[Cell]:
    spec, status = item["spec"], item.get("status") or {}
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    suspended = spec.get("suspend")
    return [
        item["metadata"]["name"],
        spec.get("schedule", ""),
        spec.get("timeZone") or "<none>",
        "<unset>" if suspended is None else "True" if suspended else "False",
        len(status.get("active") or ()),
        since(status.get("lastScheduleTime"), "<none>"),
        age(item["metadata"]),
        *_containers(job),
        format_selector(job.get("selector")),
    ]


def _autoscaler(item: Object) -> list[Cell]:
    spec, status = item["spec"], item.get("status") or {}
    target, measured = spec["scaleTargetRef"], status.get("currentMetrics") or []
    shown = []
    for position, metric in enumerate(spec.get("metrics") or ()):
        resource = metric.get("resource") or {}
        wanted = (resource.get("target") or {}).get("averageUtilization")
        current = measured[position]["resource"]["current"] if position < len(measured) else {}
        now = current.get("averageUtilization")
        goal = "<auto>" if wanted is None else f"{wanted}%"
        shown.append(f"{resource.get('name')}: {'<unknown>' if now is None else f'{now}%'}/{goal}")
    more = f" + {len(shown) - 2} more..." if len(shown) > 2 else ""
    lowest = spec.get("minReplicas")
    return [
        item["metadata"]["name"],
        f"{target['kind']}/{target['name']}",
        ", ".join(shown[:2]) + more if shown else "<none>",
        "<unset>" if lowest is None else str(lowest),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age(item["metadata"]),
    ]


def _ingress(item: Object) -> list[Cell]:
    spec = item.get("spec") or {}
    hosts = [rule["host"] for rule in spec.get("rules") or () if rule.get("host")]
    return [
        item["metadata"]["name"],
        spec.get("ingressClassName") or "<none>",
        few(hosts, "*"),
        ",".join(balancer_addresses(item)),
        "80, 443" if spec.get("tls") else "80",
        age(item["metadata"]),
    ]


def _ingress_class(item: Object) -> list[Cell]:
    spec = item.get("spec") or {}
    default = (item["metadata"].get("annotations") or {}).get("ingressclass.kubernetes.io/is-default-class")
    name = item["metadata"]["name"] + (" (default)" if default == "true" else "")
    return [name, spec.get("controller", ""), "<none>", age(item["metadata"])]


def _network_policy(item: Object) -> list[Cell]:
    selector = (item.get("spec") or {}).get("podSelector")
    return [item["metadata"]["name"], format_selector(selector), age(item["metadata"])]


def _storage_class(item: Object) -> list[Cell]:
    default = (item["metadata"].get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class")
    return [
        item["metadata"]["name"] + (" (default)" if default == "true" else ""),
        item.get("provisioner", ""),
        item.get("reclaimPolicy") or "Delete",
        item.get("volumeBindingMode") or "Immediate",
        bool(item.get("allowVolumeExpansion")),
        age(item["metadata"]),
    ]


def _disruption_budget(item: Object) -> list[Cell]:
    spec = item.get("spec") or {}
    allowed = (item.get("status") or {}).get("disruptionsAllowed", 0)
    limits = (str(spec.get("minAvailable", "N/A")), str(spec.get("maxUnavailable", "N/A")))
    return [item["metadata"]["name"], *limits, allowed, age(item["metadata"])]


def _binding(item: Object) -> list[Cell]:
    role, subjects = item.get("roleRef") or {}, item.get("subjects") or ()

    def named(kind: str) -> str:
        return ", ".join(subject["name"] for subject in subjects if subject["kind"] == kind)

    accounts = [
        f"{who.get('namespace', '')}/{who['name']}" for who in subjects if who["kind"] == "ServiceAccount"
    ]
    return [
        item["metadata"]["name"],
        f"{role.get('kind')}/{role.get('name')}",
        age(item["metadata"]),
        named("User"),
        named("Group"),
        ", ".join(accounts),
    ]


def _lease(item: Object) -> list[Cell]:
    holder = (item.get("spec") or {}).get("holderIdentity") or ""
    return [item["metadata"]["name"], holder, age(item["metadata"])]


def _priority_class(item: Object) -> list[Cell]:
    policy = item.get("preemptionPolicy", "")
    default = bool(item.get("globalDefault"))
    return [item["metadata"]["name"], item.get("value", 0), default, age(item["metadata"]), policy]


def _endpoint_slice(item: Object) -> list[Cell]:
    ports = [str(port.get("port") or port.get("name") or "*") for port in item.get("ports") or ()]
    addresses = [address for point in item.get("endpoints") or () for address in point["addresses"]]
    name = item["metadata"]["name"]
    shown = (few(ports, "<unset>"), few(addresses, "<unset>"))
    return [name, item.get("addressType", ""), *shown, age(item["metadata"])]


def _definition(item: Object) -> list[Cell]:
    spec, metadata = item["spec"], item["metadata"]
    served = [version for version in spec["versions"] if version.get("served")]
    versions = sorted(v["name"] + ("(storage)" if v.get("storage") else "") for v in served)
    return [
        metadata["name"],
        spec["scope"],
        ",".join(versions),
        metadata["creationTimestamp"],
        spec["group"],
        spec["names"]["kind"],
        ",".join(spec["names"].get("shortNames") or ()),
        condition(item.get("status") or {}, "Established").get("status") == "True",
    ]


_WIDE = ("*Containers", "*Images", "*Selector")
_COUNTS = ("Desired:integer", "Current:integer", "Ready:integer")
_CRON = ("Name", "Schedule", "Timezone", "Suspend:boolean", "Active:integer", "Last Schedule", "Age")
_BINDING = Printer(columns("Name", "Role", "Age", "*Users", "*Groups", "*ServiceAccounts"), _binding)
_STORAGE = ("Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age")
_DAEMON = ("Up-to-date:integer", "Available:integer", "Node Selector", "Age")
_DEFINITION = ("*Group", "*Kind", "*ShortNames", "*Established:boolean")
_PRIORITY = columns("Name", "Value:integer", "Global-Default:boolean", "Age", "PreemptionPolicy")

PRINTERS: dict[str, Printer] = {
    "deployments.apps": Printer(
        columns("Name", "Ready", "Up-to-date", "Available", "Age", *_WIDE), _deployment
    ),
    "replicasets.apps": Printer(columns("Name", *_COUNTS, "Age", *_WIDE), _replica_set),
    "statefulsets.apps": Printer(columns("Name", "Ready", "Age", *_WIDE[:2]), _stateful_set),
    "daemonsets.apps": Printer(columns("Name", *_COUNTS, *_DAEMON, *_WIDE), _daemon_set),
    "jobs.batch": Printer(columns("Name", "Status", "Completions", "Duration", "Age", *_WIDE), _job),
    "cronjobs.batch": Printer(columns(*_CRON, *_WIDE), _cron_job),
    "horizontalpodautoscalers.autoscaling": Printer(
        columns("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"), _autoscaler
    ),
    "ingresses.networking.k8s.io": Printer(
        columns("Name", "Class", "Hosts", "Address", "Ports", "Age"), _ingress
    ),
    "ingressclasses.networking.k8s.io": Printer(
        columns("Name", "Controller", "Parameters", "Age"), _ingress_class
    ),
    "networkpolicies.networking.k8s.io": Printer(columns("Name", "Pod-Selector", "Age"), _network_policy),
    "storageclasses.storage.k8s.io": Printer(columns(*_STORAGE), _storage_class),
    "poddisruptionbudgets.policy": Printer(
        columns("Name", "Min Available", "Max Unavailable", "Allowed Disruptions:integer", "Age"),
        _disruption_budget,
    ),
    "rolebindings.rbac.authorization.k8s.io": _BINDING,
    "clusterrolebindings.rbac.authorization.k8s.io": _BINDING,
    "leases.coordination.k8s.io": Printer(columns("Name", "Holder", "Age"), _lease),
    "priorityclasses.scheduling.k8s.io": Printer(_PRIORITY, _priority_class),
    "customresourcedefinitions.apiextensions.k8s.io": Printer(
        columns("Name", "Scope", "Versions", "Created At:date", *_DEFINITION), _definition
    ),
    "endpointslices.discovery.k8s.io": Printer(
        columns("Name", "AddressType", "Ports", "Endpoints", "Age"), _endpoint_slice
    ),
}
