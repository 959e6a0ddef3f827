"""Reading the protobuf bodies that kubectl sends when it creates objects of built-in kinds.

Answers are always JSON, which every client accepts; but what kubectl's typed clients send is protobuf and nothing
else. This reads the messages that its commands can fill in, field for field as in the `generated.proto` files of
k8s.io/api. A body with anything else in it is refused, never half understood.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kdesk.demo.objects.errors import bad_request, unsupported_media_type
from kdesk.demo.objects.values import Object, stamp

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_KEPT_ZEROS = frozenset({"replicas", "completions", "parallelism", "backoffLimit", "value"})
"""Numbers that are pointers in Go, so that zero is a value there. Other zeros are absent fields."""

_MESSAGES = """
ObjectMeta 1name 2generateName 3namespace 4selfLink 5uid 6resourceVersion 7generation:n
  8creationTimestamp:t 9deletionTimestamp:t 10deletionGracePeriodSeconds:n 11%labels 12%annotations
  13*ownerReferences:OwnerReference 14*finalizers
Namespace 1metadata:ObjectMeta 2spec:NamespaceSpec
ConfigMap 1metadata:ObjectMeta 4immutable:b 2%data 3%binaryData:x
Secret 1metadata:ObjectMeta 5immutable:b 2%data:x 4%stringData 3type
Service 1metadata:ObjectMeta 2spec:ServiceSpec
ServiceAccount 1metadata:ObjectMeta 2*secrets:ObjectReference 3*imagePullSecrets:LocalObjectReference
  4automountServiceAccountToken:b
Pod 1metadata:ObjectMeta 2spec:PodSpec
ResourceQuota 1metadata:ObjectMeta 2spec:ResourceQuotaSpec
Deployment 1metadata:ObjectMeta 2spec:DeploymentSpec
Job 1metadata:ObjectMeta 2spec:JobSpec
CronJob 1metadata:ObjectMeta 2spec:CronJobSpec
Role 1metadata:ObjectMeta 2*rules:PolicyRule
RoleBinding 1metadata:ObjectMeta 2*subjects:Subject 3roleRef:RoleRef
ClusterRole 1metadata:ObjectMeta 2*rules:PolicyRule 3aggregationRule:AggregationRule
ClusterRoleBinding 1metadata:ObjectMeta 2*subjects:Subject 3roleRef:RoleRef
PodDisruptionBudget 1metadata:ObjectMeta 2spec:PodDisruptionBudgetSpec
Ingress 1metadata:ObjectMeta 2spec:IngressSpec
HorizontalPodAutoscaler 1metadata:ObjectMeta 2spec:HorizontalPodAutoscalerSpec
HorizontalPodAutoscalerSpec 1scaleTargetRef:CrossVersionObjectReference 2minReplicas:n 3maxReplicas:n
  4*metrics:MetricSpec
CrossVersionObjectReference 1kind 2name 3apiVersion
MetricSpec 1type 4resource:ResourceMetricSource
ResourceMetricSource 1name 2target:MetricTarget
MetricTarget 1type 2value:q 3averageValue:q 4averageUtilization:n
PriorityClass 1metadata:ObjectMeta 2value:n 3globalDefault:b 4description 5preemptionPolicy
SelfSubjectAccessReview 1metadata:ObjectMeta 2spec:SelfSubjectAccessReviewSpec
SelfSubjectRulesReview 1metadata:ObjectMeta 2spec:SelfSubjectRulesReviewSpec
SelfSubjectReview 1metadata:ObjectMeta
OwnerReference 5apiVersion 1kind 3name 4uid 6controller:b 7blockOwnerDeletion:b
NamespaceSpec 1*finalizers
ServiceSpec 1*ports:ServicePort 2%selector 3clusterIP 18*clusterIPs 4type 5*externalIPs 7sessionAffinity
  8loadBalancerIP 9*loadBalancerSourceRanges 10externalName 11externalTrafficPolicy
  12healthCheckNodePort:n 13publishNotReadyAddresses:b 19*ipFamilies 17ipFamilyPolicy
  20allocateLoadBalancerNodePorts:b 21loadBalancerClass 22internalTrafficPolicy 23trafficDistribution
ObjectReference 1kind 2namespace 3name 4uid 5apiVersion 6resourceVersion 7fieldPath
LocalObjectReference 1name
PodSpec 20*initContainers:Container 2*containers:Container 3restartPolicy 4terminationGracePeriodSeconds:n
  5activeDeadlineSeconds:n 6dnsPolicy 7%nodeSelector 8serviceAccountName 9serviceAccount
  21automountServiceAccountToken:b 10nodeName 11hostNetwork:b 12hostPID:b 13hostIPC:b
  27shareProcessNamespace:b 15*imagePullSecrets:LocalObjectReference 16hostname 17subdomain
  19schedulerName 24priorityClassName 25priority:n 29runtimeClassName 30enableServiceLinks:b
  31preemptionPolicy 35setHostnameAsFQDN:b 37hostUsers:b 40resources:ResourceRequirements
  41hostnameOverride
ResourceQuotaSpec 1%hard:q 2*scopes
DeploymentSpec 1replicas:n 2selector:LabelSelector 3template:PodTemplateSpec 4strategy:DeploymentStrategy
  5minReadySeconds:n 6revisionHistoryLimit:n 7paused:b 9progressDeadlineSeconds:n
JobSpec 1parallelism:n 2completions:n 3activeDeadlineSeconds:n 7backoffLimit:n 12backoffLimitPerIndex:n
  13maxFailedIndexes:n 4selector:LabelSelector 5manualSelector:b 6template:PodTemplateSpec
  8ttlSecondsAfterFinished:n 9completionMode 10suspend:b 14podReplacementPolicy 15managedBy
CronJobSpec 1schedule 8timeZone 2startingDeadlineSeconds:n 3concurrencyPolicy 4suspend:b
  5jobTemplate:JobTemplateSpec 6successfulJobsHistoryLimit:n 7failedJobsHistoryLimit:n
PolicyRule 1*verbs 2*apiGroups 3*resources 4*resourceNames 5*nonResourceURLs
Subject 1kind 2apiGroup 3name 4namespace
RoleRef 1apiGroup 2kind 3name
AggregationRule 1*clusterRoleSelectors:LabelSelector
PodDisruptionBudgetSpec 1minAvailable:i 2selector:LabelSelector 3maxUnavailable:i
  4unhealthyPodEvictionPolicy
IngressSpec 4ingressClassName 1defaultBackend:IngressBackend 2*tls:IngressTLS 3*rules:IngressRule
SelfSubjectAccessReviewSpec 1resourceAttributes:ResourceAttributes
  2nonResourceAttributes:NonResourceAttributes
SelfSubjectRulesReviewSpec 1namespace
ServicePort 1name 2protocol 6appProtocol 3port:n 4targetPort:i 5nodePort:n
Container 1name 2image 3*command 4*args 5workingDir 6*ports:ContainerPort 7*env:EnvVar
  8resources:ResourceRequirements 24restartPolicy 13terminationMessagePath 20terminationMessagePolicy
  14imagePullPolicy 16stdin:b 17stdinOnce:b 18tty:b
ResourceRequirements 1%limits:q 2%requests:q
LabelSelector 1%matchLabels 2*matchExpressions:LabelSelectorRequirement
PodTemplateSpec 1metadata:ObjectMeta 2spec:PodSpec
DeploymentStrategy 1type 2rollingUpdate:RollingUpdateDeployment
JobTemplateSpec 1metadata:ObjectMeta 2spec:JobSpec
IngressBackend 4service:IngressServiceBackend 3resource:TypedLocalObjectReference
IngressTLS 1*hosts 2secretName
IngressRule 1host 2^ingressRuleValue:IngressRuleValue
ResourceAttributes 1namespace 2verb 3group 4version 5resource 6subresource 7name
NonResourceAttributes 1path 2verb
ContainerPort 1name 2hostPort:n 3containerPort:n 4protocol 5hostIP
EnvVar 1name 2value
LabelSelectorRequirement 1key 2operator 3*values
RollingUpdateDeployment 1maxUnavailable:i 2maxSurge:i
IngressServiceBackend 1name 2port:ServiceBackendPort
TypedLocalObjectReference 1apiGroup 2kind 3name
IngressRuleValue 1http:HTTPIngressRuleValue
ServiceBackendPort 1name 2number:n
HTTPIngressRuleValue 1*paths:HTTPIngressPath
HTTPIngressPath 1path 3pathType 2backend:IngressBackend
"""
"""A line for each message: number and name of each field, after the number `*` repeated, `%` map, `^` inlined in
JSON; after the name its type: `:n` number, `:b` boolean, `:x` bytes, `:q` quantity, `:i` number or string, `:t` time,
another message, and nothing for a string."""


class _Field(msgspec.Struct, frozen=True):
    name: str
    mark: str
    type: str


def decode(body: bytes) -> Object:
    """The object in a Kubernetes protobuf envelope, with `apiVersion` and `kind`.

    Raises ApiError 400 for malformed bytes, 415 for a message or field that is not known here.
    """
    if not body.startswith(_MAGIC):
        raise bad_request("the body is not Kubernetes protobuf")
    try:
        envelope = dict(_fields(memoryview(body)[len(_MAGIC) :]))
        named = {number: bytes(value).decode() for number, value in _fields(envelope[1])}
        item = _message(named[2], envelope[2])
    except (IndexError, KeyError, TypeError, UnicodeDecodeError) as problem:
        raise bad_request(f"the protobuf body cannot be decoded: {problem}") from problem
    return {"apiVersion": named[1], "kind": named[2], **item}


def _fields(data: memoryview) -> list[tuple[int, Any]]:
    """Number and raw value of every field: a number, or for everything with a length the bytes."""
    found, position = [], 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        value: Any
        if wire == _VARINT:
            value, position = _varint(data, position)
        elif wire == _BYTES:
            length, position = _varint(data, position)
            if position + length > len(data):
                raise IndexError("a field is longer than its message")
            value, position = data[position : position + length], position + length
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
            value, position = data[position : position + length], position + length
        else:
            raise IndexError(f"wire type {wire}")
        found.append((number, value))
    return found


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _message(kind: str, data: memoryview) -> Object:
    known, item = _SCHEMA.get(kind), Object()
    if known is None:
        raise unsupported_media_type(f"{MEDIA_TYPE} with a {kind}", "application/json")
    for number, raw in _fields(data):
        field = known.get(number)
        if field is None:
            _refuse_unless_empty(kind, number, raw)
            continue
        if field.mark == "%":
            entry = dict(_fields(raw))
            key = bytes(entry[1]).decode()
            item.setdefault(field.name, {})[key] = _value(field, entry.get(2, memoryview(b"")))
            continue
        value = _value(field, raw)
        if field.mark == "*":
            item.setdefault(field.name, []).append(value)
        elif field.mark == "^":
            item |= value
        elif value not in ("", {}, False, None) or (value == 0 and field.name in _KEPT_ZEROS):
            item[field.name] = value
    return item


def _refuse_unless_empty(kind: str, number: int, raw: Any) -> None:
    """Fields left out of the table may come, as long as nothing is in them (Go writes them all the same)."""
    if not _is_empty(raw):
        raise unsupported_media_type(f"{MEDIA_TYPE} with field {number} of {kind}", "application/json")


def _is_empty(raw: Any) -> bool:
    """Zero, nothing, or a message that has only such fields."""
    if not isinstance(raw, memoryview):
        return bool(raw == 0)
    try:
        return all(_is_empty(value) for _, value in _fields(raw))
    except IndexError:
        return False


def _value(field: _Field, raw: Any) -> Any:
    match field.type:
        case "":
            return bytes(raw).decode()
        case "n":
            return raw - (1 << 64) if raw >= 1 << 63 else raw
        case "b":
            return bool(raw)
        case "x":
            return msgspec.to_builtins(bytes(raw))
        case "q":
            return bytes(dict(_fields(raw)).get(1, b"")).decode()
        case "i":
            parts = dict(_fields(raw))
            return bytes(parts[3]).decode() if parts.get(1) else parts.get(2, 0)
        case "t":
            seconds = dict(_fields(raw)).get(1)
            return stamp(seconds) if seconds else None
    return _message(field.type, raw)


def _schema() -> dict[str, dict[int, _Field]]:
    messages: dict[str, dict[int, _Field]] = {}
    for line in _MESSAGES.replace("\n  ", " ").strip().splitlines():
        name, *fields = line.split()
        messages[name] = {}
        for text in fields:
            digits = len(text) - len(text.lstrip("0123456789"))
            mark = text[digits] if text[digits] in "*%^" else ""
            label, _, kind = text[digits + len(mark) :].partition(":")
            messages[name][int(text[:digits])] = _Field(label, mark, kind)
    return messages


_SCHEMA = _schema()
