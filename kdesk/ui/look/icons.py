"""One family of icons, tinted by the theme's tokens and drawn anew for every size, so that each is crisp.

The files in ``resources/icons`` are strokes in ``currentColor`` on a 24-pixel grid.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from kdesk.kube.gvk import Resource
from kdesk.ui.look.resources import resource
from kdesk.ui.look.theme import Theme

# Pixels; 16 and 20 logical pixels at 100, 150 and 200 %, and the large ones of state pages.
_SIZES = (16, 20, 24, 32, 40, 48, 64, 96)

#: One per category of the cluster tree; ``custom`` also stands for a category of a group of its own.
CATEGORY_ICONS = {
    "Workloads": "boxes",
    "Network": "network",
    "Config": "file-cog",
    "Storage": "database",
    "Access": "shield",
    "Cluster": "ship-wheel",
    "Events": "zap",
    "Custom": "puzzle",
}

# By plural and group, as people write them; the kinds not named here take the icon of their category.
_KIND_ICONS = {
    "pods": "box",
    "deployments.apps": "layers",
    "replicasets.apps": "copy",
    "statefulsets.apps": "layers-2",
    "daemonsets.apps": "container",
    "replicationcontrollers": "copy",
    "jobs.batch": "briefcase",
    "cronjobs.batch": "calendar-clock",
    "horizontalpodautoscalers.autoscaling": "scaling",
    "poddisruptionbudgets.policy": "heart-pulse",
    "services": "waypoints",
    "endpoints": "link",
    "endpointslices.discovery.k8s.io": "link",
    "ingresses.networking.k8s.io": "globe",
    "ingressclasses.networking.k8s.io": "globe",
    "networkpolicies.networking.k8s.io": "shield-alert",
    "configmaps": "file-text",
    "secrets": "key-round",
    "resourcequotas": "gauge",
    "limitranges": "scale",
    "persistentvolumeclaims": "hard-drive",
    "persistentvolumes": "database",
    "storageclasses.storage.k8s.io": "cylinder",
    "volumeattachments.storage.k8s.io": "plug",
    "serviceaccounts": "user-cog",
    "roles.rbac.authorization.k8s.io": "shield",
    "clusterroles.rbac.authorization.k8s.io": "shield",
    "rolebindings.rbac.authorization.k8s.io": "shield-check",
    "clusterrolebindings.rbac.authorization.k8s.io": "shield-check",
    "nodes": "server",
    "namespaces": "folder",
    "leases.coordination.k8s.io": "clock",
    "events": "zap",
    "events.events.k8s.io": "zap",
    "priorityclasses.scheduling.k8s.io": "star",
    "runtimeclasses.node.k8s.io": "cpu",
    "customresourcedefinitions.apiextensions.k8s.io": "blocks",
    "apiservices.apiregistration.k8s.io": "plug",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": "webhook",
    "validatingwebhookconfigurations.admissionregistration.k8s.io": "webhook",
    "certificatesigningrequests.certificates.k8s.io": "badge-check",
    "componentstatuses": "activity",
    "controllerrevisions.apps": "scroll-text",
}


class IconError(KeyError):
    """There is no icon of this name."""


def kind_icon(target: Resource, category: str = "Custom") -> str:
    """The name of the icon for a kind; ``category`` is what ``discovery.category`` says of it."""
    return _KIND_ICONS.get(target.label) or category_icon(category)


def category_icon(category: str) -> str:
    """The name of the icon for a category of kinds."""
    return CATEGORY_ICONS.get(category, CATEGORY_ICONS["Custom"])


def icon(name: str, token: str, theme: Theme) -> QIcon:
    """The icon in the colour of a token. It does not follow the theme: ask again on ``theme.changed``.

    Raises IconError for a name that has no file, KeyError for a token that does not exist.
    """
    result = QIcon()
    normal, disabled = theme.color(token).name(), theme.color("border").name()
    for size in _SIZES:
        result.addPixmap(QPixmap.fromImage(_draw(name, normal, size)))
        if size <= 40:
            result.addPixmap(QPixmap.fromImage(_draw(name, disabled, size)), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, token: str, theme: Theme, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of ``size`` logical pixels for a screen of the given device pixel ratio."""
    result = QPixmap.fromImage(_draw(name, theme.color(token).name(), round(size * ratio)))
    result.setDevicePixelRatio(ratio)
    return result


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    try:
        return resource("icons", f"{name}.svg").read_text("utf-8")
    except OSError as error:
        raise IconError(f"there is no icon {name!r}") from error


# An image, not a pixmap: it may outlive the application object.
@lru_cache(maxsize=2048)
def _draw(name: str, color: str, size: int) -> QImage:
    svg = _source(name).replace("currentColor", color)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image
