"""The command lines of the API server and of what runs beside it, and the kubeconfigs for all of them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Files:
    """What the programs of one control plane read from its folder."""

    folder: Path
    #: The cluster's name, and its API server's address.
    cluster: str
    server: str
    #: PEM certificate of the authority behind all certificates here.
    authority: Path
    #: Certificate and key of every server on loopback.
    serving: tuple[Path, Path]

    @property
    def tokens(self) -> Path:
        """Lines of token, name, id and groups."""
        return self.folder / "tokens.csv"

    @property
    def signing_key(self) -> Path:
        """The key that signs the tokens of service accounts."""
        return self.folder / "service-accounts.key"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of controllers, scheduler and kwok: a certificate that no test revokes."""
        return self.folder / "operator.kubeconfig"


def apiserver(program: Path, files: Files, port: int, etcd_url: str, extra: Sequence[str]) -> list[str]:
    """Return the command that starts kube-apiserver; `extra` arguments come last and so win."""
    certificate, key = files.serving
    return [
        str(program),
        f"--etcd-servers={etcd_url}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={certificate}",
        f"--tls-private-key-file={key}",
        f"--client-ca-file={files.authority}",
        f"--token-auth-file={files.tokens}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={files.signing_key}",
        f"--service-account-signing-key-file={files.signing_key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--allow-privileged=true",
        "--profiling=false",
        *extra,
    ]


def controllers(program: Path, files: Files, port: int, extra: Sequence[str] = ()) -> list[str]:
    """Return the command that starts kube-controller-manager."""
    return [
        *scheduler(program, files, port),
        f"--service-account-private-key-file={files.signing_key}",
        f"--root-ca-file={files.authority}",
        *extra,
    ]


def scheduler(program: Path, files: Files, port: int) -> list[str]:
    """Return the command that starts kube-scheduler."""
    return [
        str(program),
        f"--kubeconfig={files.kubeconfig}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--profiling=false",
    ]


def write_kubeconfig(files: Files, path: Path, context: str, user: str, credentials: dict[str, str]) -> None:
    """Write a kubeconfig with one cluster, one user and one context, whole and readable by its owner only.

    `credentials` is what stands under ``user``: ``token``, or ``client-certificate`` and ``client-key``.
    """
    embedded = base64.b64encode(files.authority.read_bytes()).decode()
    user_name = f"{files.cluster}-{user}"
    cluster = {"server": files.server, "certificate-authority-data": embedded}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": files.cluster, "cluster": cluster}],
        "users": [{"name": user_name, "user": credentials}],
        "contexts": [{"name": context, "context": {"cluster": files.cluster, "user": user_name}}],
        "current-context": context,
    }
    half = path.with_name(f"{path.name}.part")
    half.touch(mode=0o600)
    half.write_text(yaml.safe_dump(config, sort_keys=False))
    half.replace(path)  # somebody may be watching the file, and must not see half of it
