"""Taking secrets out of text that a person or a log will see.

Nothing that kdesk prints should hold a secret in the first place; this is the second line, for text that
others wrote (a plugin's standard error, a proxy's answer, an exception's message) and for the doctor's
report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
_SHORTEST_SECRET = 4  # masking every "a" of a text because the password is "a" would only tell what it is

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # A private key, whole, cut off at its end, or (as the tail of a text) at its start. Line breaks may be
    # escaped.
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S
        ),
        MASK,
    ),
    (re.compile(r"\A[A-Za-z0-9+/=\s\\]+-----END [A-Z0-9 ]*PRIVATE KEY-----"), MASK),
    # The rest of the line, whatever its scheme. One that is masked already ended there: by now, its lines may have been
    # joined to one, and what others said after it is still wanted.
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization[\"']?\s*[:=]\s*)(?!\*\*\*(?:\s|\Z))[^\s\r\n][^\r\n]*"),
        rf"\1{MASK}",
    ),
    # base64 of "-----BEGIN": a certificate or a key, which cannot be told apart at a glance.
    (re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*"), MASK),
    # user:password@ of a URL. The last "@" before the path counts: passwords hold some unescaped.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^/\s\"'?#]*@"), rf"\1{MASK}@"),
    (re.compile(r"(?i)\b(bearer|basic|negotiate)(\s+)[A-Za-z0-9._~+/=:-]{4,}"), rf"\1\2{MASK}"),
    # --client-secret VALUE, then name: value, "name": "value", name=value.
    (
        re.compile(
            r"(?i)((?<![\w-])--[\w-]{0,40}?(?:token|password|passwd|secret|api-?key)(?:\s+|=))(?!-)\S+"
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"(?i)((?:token|password|passwd|passphrase|secret|api[_-]?key|client-?key-?data)[\"']?\s*[:=]\s*)"
            r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s,;&]+)"
        ),
        rf"\1{MASK}",
    ),
    # Tokens known by their form: JWT, EKS, Google, GitHub, OpenShift, bootstrap.
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*"), MASK),
    (re.compile(r"\bk8s-aws-v1\.[A-Za-z0-9_=-]+"), MASK),
    (re.compile(r"\bya29\.[A-Za-z0-9._-]+"), MASK),
    (re.compile(r"\bgh[a-z]_[A-Za-z0-9]{16,}"), MASK),
    (re.compile(r"\bsha256~[A-Za-z0-9_-]{16,}"), MASK),
    (re.compile(r"(?<![\w.-])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.-])"), MASK),
    # Anything long that mixes cases and digits. Digests and uids are lower case and stay readable.
    (
        re.compile(
            r"(?<![\w+/-])(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])(?=[\w+-]*[0-9])[A-Za-z0-9_+-]{32,}={0,2}(?![\w/])"
        ),
        MASK,
    ),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` with everything that is, or looks like, a secret replaced by ``***``.

    ``secrets`` are values known to be secret, masked wherever they stand. Idempotent; never raises.
    """
    for secret in sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
