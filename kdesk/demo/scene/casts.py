"""What is in the simulated clusters: plain data, chosen to look like the clusters that people run."""

from __future__ import annotations

import msgspec

from kdesk.demo.life.podstates import BAD_IMAGE, CRASH, NEVER_READY, TOO_BIG

_REGISTRY = "registry.demo.kdesk.dev"


class App(msgspec.Struct, frozen=True):
    """One workload. `behaviour` is one of those in `podstates`; a DaemonSet has one pod on each node."""

    namespace: str
    name: str
    replicas: int
    image: str
    kind: str = "Deployment"
    port: int = 8080
    behaviour: str = ""
    scaled: bool = False
    host: str = ""


class Cron(msgspec.Struct, frozen=True):
    """One CronJob."""

    namespace: str
    name: str
    schedule: str
    image: str
    behaviour: str = ""


class Scene(msgspec.Struct, frozen=True):
    """Everything that a cluster starts with."""

    nodes: int
    region: str
    apps: tuple[App, ...]
    crons: tuple[Cron, ...]


_SYSTEM = (
    App("kube-system", "etcd", 1, "registry.k8s.io/etcd:3.6.8-0", "Static", 2379),
    App("kube-system", "kube-apiserver", 1, "registry.k8s.io/kube-apiserver:v1.37.2", "Static", 6443),
    App(
        "kube-system",
        "kube-controller-manager",
        1,
        "registry.k8s.io/kube-controller-manager:v1.37.2",
        "Static",
    ),
    App("kube-system", "kube-scheduler", 1, "registry.k8s.io/kube-scheduler:v1.37.2", "Static"),
    App("kube-system", "coredns", 2, "registry.k8s.io/coredns/coredns:v1.13.1", port=53),
    App("kube-system", "kube-proxy", 0, "registry.k8s.io/kube-proxy:v1.37.2", "DaemonSet"),
    App("kube-system", "metrics-server", 1, "registry.k8s.io/metrics-server/metrics-server:v0.8.0"),
)
_MONITORING = (
    App("monitoring", "prometheus", 2, "quay.io/prometheus/prometheus:v3.7.3", "StatefulSet", 9090),
    App("monitoring", "alertmanager", 1, "quay.io/prometheus/alertmanager:v0.29.0", "StatefulSet", 9093),
    App("monitoring", "grafana", 1, "docker.io/grafana/grafana:12.3.0", port=3000, host="grafana"),
    App("monitoring", "node-exporter", 0, "quay.io/prometheus/node-exporter:v1.10.2", "DaemonSet", 9100),
)

SHOP = Scene(
    nodes=6,
    region="eu-central-1",
    apps=(
        *_SYSTEM,
        App("shop", "storefront", 6, f"{_REGISTRY}/shop/storefront:2.14.3", scaled=True, host="www"),
        App("shop", "catalog", 4, f"{_REGISTRY}/shop/catalog:1.9.0", scaled=True),
        App("shop", "cart", 3, f"{_REGISTRY}/shop/cart:1.4.12"),
        App("shop", "checkout", 3, f"{_REGISTRY}/shop/checkout:3.2.1", host="checkout"),
        App("shop", "search", 2, f"{_REGISTRY}/shop/search:0.23.7"),
        App("shop", "recommendations", 2, f"{_REGISTRY}/shop/recommendations:0.8.2", behaviour=CRASH),
        App("shop", "redis", 3, "docker.io/library/redis:8.2.3", "StatefulSet", 6379),
        App("payments", "api", 4, f"{_REGISTRY}/payments/api:5.0.6", scaled=True, host="pay"),
        App("payments", "fraud-scoring", 2, f"{_REGISTRY}/payments/fraud-scoring:1.17.0"),
        App("payments", "ledger", 3, "docker.io/library/postgres:18.1", "StatefulSet", 5432),
        App("payments", "webhooks", 2, f"{_REGISTRY}/payments/webhooks:2.6.4"),
        App("payments", "reconciler", 1, f"{_REGISTRY}/payments/reconciler:0.9.9-rc1", behaviour=BAD_IMAGE),
        *_MONITORING,
    ),
    crons=(
        Cron("shop", "reindex-search", "*/2 * * * *", f"{_REGISTRY}/shop/search:0.23.7"),
        Cron("payments", "settle-batches", "* * * * *", f"{_REGISTRY}/payments/ledger-tools:1.2.0"),
        Cron("payments", "export-reports", "*/5 * * * *", f"{_REGISTRY}/payments/reports:0.4.1", "fail"),
    ),
)

EDGE = Scene(
    nodes=14,
    region="us-west-2",
    apps=(
        *_SYSTEM,
        App("gateways", "mqtt-broker", 5, "docker.io/library/eclipse-mosquitto:2.0.22", "StatefulSet", 1883),
        App("gateways", "device-gateway", 14, f"{_REGISTRY}/edge/device-gateway:4.1.8", scaled=True),
        App("gateways", "protocol-adapter", 8, f"{_REGISTRY}/edge/protocol-adapter:1.0.31"),
        App("gateways", "edge-agent", 0, f"{_REGISTRY}/edge/agent:2.2.5", "DaemonSet", 9102),
        App("telemetry", "ingest", 16, f"{_REGISTRY}/telemetry/ingest:7.3.2", scaled=True, host="ingest"),
        App("telemetry", "stream-processor", 10, f"{_REGISTRY}/telemetry/stream-processor:2.8.0"),
        App("telemetry", "kafka", 5, "docker.io/apache/kafka:4.1.1", "StatefulSet", 9092),
        App("telemetry", "timescale", 3, "docker.io/timescale/timescaledb:2.23.0-pg18", "StatefulSet", 5432),
        App(
            "telemetry",
            "anomaly-detector",
            3,
            f"{_REGISTRY}/telemetry/anomaly-detector:0.5.4",
            behaviour=CRASH,
        ),
        App("firmware", "rollout-planner", 3, f"{_REGISTRY}/firmware/rollout-planner:1.6.0"),
        App("firmware", "artifact-store", 4, "quay.io/minio/minio:RELEASE.2025-10-15", "StatefulSet", 9000),
        App("firmware", "signer", 2, f"{_REGISTRY}/firmware/signer:3.0.2", behaviour=NEVER_READY),
        App("firmware", "emulator-farm", 2, f"{_REGISTRY}/firmware/emulator:12.4.0", behaviour=TOO_BIG),
        *_MONITORING,
    ),
    crons=(
        Cron("firmware", "delta-builds", "*/3 * * * *", f"{_REGISTRY}/firmware/delta:1.1.0"),
        Cron("telemetry", "compact-chunks", "* * * * *", f"{_REGISTRY}/telemetry/compactor:0.2.9"),
    ),
)

TEAM_APPS = (
    "api",
    "worker",
    "frontend",
    "scheduler",
    "notifier",
    "importer",
    "exporter",
    "billing",
    "profiles",
    "sessions",
    "uploads",
    "thumbnails",
    "geo",
    "mailer",
    "audit",
    "quotas",
    "feeds",
    "ranking",
    "translator",
    "gateway",
)
"""The deployments of each of the namespaces that fill a cluster up to a given number of pods."""


def scene_of(number: int) -> tuple[str, Scene]:
    """The name of the n-th cluster (from 0), which is its context's name too, and what is in it."""
    named = (("demo-shop", SHOP), ("demo-edge", EDGE))
    return named[number] if number < len(named) else (f"demo-{number + 1}", (SHOP, EDGE)[number % 2])


def team_app(number: int) -> App:
    """The n-th deployment of the fillers: 50 pods, 20 of them in a namespace."""
    team, position = divmod(number, len(TEAM_APPS))
    name = TEAM_APPS[position]
    return App(f"team-{team + 1:03d}", name, 50, f"{_REGISTRY}/teams/{name}:1.{team % 40}.{position}")


BACKUP_POLICIES = (
    ("nightly", "0 2 * * *", 14),
    ("hourly-ledger", "0 * * * *", 48),
    ("weekly", "0 3 * * 0", 8),
)
"""Name, schedule and retention of the sample custom resources."""
