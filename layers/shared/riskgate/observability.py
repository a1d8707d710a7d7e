"""Logger and metrics of every function; what is secret never reaches a log line.

Redaction looks at names (``secret``, ``Authorization``, ``signature``...) and at the shape of text (tokens,
keys, signed query strings), in every value of every line, exceptions and third-party log lines included.
"""

from __future__ import annotations

import copy
import logging
import os
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS, LambdaPowertoolsFormatter
from aws_lambda_powertools.logging.types import LogRecord
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

__all__ = [
    "AUTHORIZER_FAILED",
    "METRICS_NAMESPACE",
    "REDACTED",
    "REQUEST_AUTHORIZED",
    "REQUEST_REFUSED",
    "TOTP_ACCEPTED",
    "TOTP_LOCKED",
    "TOTP_REFUSED",
    "MetricUnit",
    "RedactingFilter",
    "RedactingFormatter",
    "add_venue_metric",
    "cause_of",
    "guard_root_handlers",
    "log_action",
    "logger",
    "metrics",
    "redact",
    "redact_text",
    "venue_metrics_together",
]

REQUEST_AUTHORIZED = "request_authorized"
REQUEST_REFUSED = "request_refused"
AUTHORIZER_FAILED = "authorizer_failed"
TOTP_ACCEPTED = "totp_accepted"
TOTP_REFUSED = "totp_refused"
TOTP_LOCKED = "totp_locked"

#: Metric names are public API, so their namespace is part of the code.
METRICS_NAMESPACE = "RiskGateway"
REDACTED = "[redacted]"

_DEPTH_MAX = 12
# Shorter texts are scanned only if they hold one of these: no key or token is as short, and a name with
# its value needs a separator.
_SCAN_LENGTH_MIN = 20
_SEPARATORS = re.compile(r"[=:\s\"']")
# Written by Powertools from the runtime's own facts in every line; scanning them would double a line's cost.
_RUNTIME_NAMES = frozenset(
    {
        "level", "location", "timestamp", "service", "cold_start", "function_name", "function_request_id",
        "xray_trace_id",
    }
)  # fmt: skip

#: Names that Powertools takes from the log record, by templates.
_RECORD_NAMES = frozenset({"level", "location", "timestamp"})
#: What is no JSON by itself, of which Powertools would write the value.
_EVENT_NAME = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
_ENCODER = msgspec.json.Encoder()
# Lambda's own lines, and the function's name, say the same; each line that is kept costs.
_LEFT_OUT = frozenset({"function_arn", "function_memory_size"})

# Compared with names in lower case without punctuation, so X-TOTP, x_totp and xTotp are one.
_SECRET_NAME_PARTS = (
    "authorization", "secret", "password", "passphrase", "apikey", "privatekey", "accesskey", "signature",
    "totp", "cookie", "seed", "credential",
)  # fmt: skip
_SECRET_NAMES = frozenset({"token", "sessiontoken", "bottoken", "accesstoken", "headers", "multivalueheaders", "uid"})
#: Names of secrets, not their values.
_PUBLIC_NAMES = frozenset({"secretid", "secretname", "secretarn", "totpsecretid"})
_DIGEST_NAMES = re.compile(r"(hash|head|digest|sha256|fingerprint)$")
#: Ids of requests, traces and orders. No secret looks so: none of the patterns below matches it, as a test tries.
_PUBLIC_ID = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{20,63}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")

_QUERY_NAMES = r"(?:signature|sign|sig|api_?-?key|access_?key(?:id)?|token|secret|password|passphrase|x-amz-[a-z-]+)"
_FIELD_NAMES = r"(?:[\w-]*(?:secret|passw|passphrase|api_?-?key|private_?key|signature|authorization|totp|token))"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
    # The token's id stays readable.
    (re.compile(r"(rg_[a-z0-9]{12}_)[A-Za-z0-9_-]+"), rf"\1{REDACTED}"),
    (re.compile(r"rg_[A-Za-z0-9_-]{20,}"), REDACTED),
    (re.compile(r"\d{6,}:[A-Za-z0-9_-]{35,}"), REDACTED),
    (re.compile(r"\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), REDACTED),
    (re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"), REDACTED),
    # An AWS secret key: 40 characters of base64 with all three kinds of letters.
    (
        re.compile(
            r"(?<![A-Za-z0-9+/=])(?=[^\s]{0,39}[a-z])(?=[^\s]{0,39}[A-Z])(?=[^\s]{0,39}[0-9])"
            r"[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])"
        ),
        REDACTED,
    ),
    (re.compile(rf"((?:^|[?&;,\s\"'(]){_QUERY_NAMES}=)[^&\s\"',)]+", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(rf"([\"']{_FIELD_NAMES}[\"']\s*:\s*b?[\"'])[^\"']*", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(r"\b(bearer\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(r"\b(authorization[\"']?\s*[:=]\s*[\"']?(?:basic\s+)?)[^\s\"',]{6,}", re.IGNORECASE), rf"\1{REDACTED}"),
    # Exchange keys, hex keys, session tokens: long runs without a separator.
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9]{64,}(?![A-Za-z0-9])"), REDACTED),
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{80,}={0,2}"), REDACTED),
    # Base32 seeds of one-time codes.
    (re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{20,}={0,6}(?![A-Za-z0-9])"), REDACTED),
)


def redact_text(text: str) -> str:
    """Return a text without what looks like a secret."""
    if (len(text) < _SCAN_LENGTH_MIN and not _SEPARATORS.search(text)) or _PUBLIC_ID.fullmatch(text):
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: object, name: str = "", depth: int = 0) -> object:
    """Return a JSON-ready copy of a value without secrets."""
    if value is None or isinstance(value, bool):
        return value
    if _is_secret_name(name) or depth > _DEPTH_MAX:
        return REDACTED
    if isinstance(value, int | float):
        return value
    # Most are plain texts, and asking for abstract classes takes longer than all of their redaction.
    if type(value) is not str:
        if isinstance(value, Mapping):
            return {_redact_name(str(key)): redact(entry, str(key), depth + 1) for key, entry in value.items()}
        if isinstance(value, list | tuple | AbstractSet):
            return [redact(entry, name, depth + 1) for entry in value]
    text = value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value)
    if _HEX_DIGEST.fullmatch(text) and _DIGEST_NAMES.search(name) and name != "token_hash":
        return text
    return redact_text(text)


_redact_name = lru_cache(maxsize=512)(redact_text)


class RedactingFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON line without secrets.

    The line of an event, which is all that a request writes, is built here: the same line in a third of the time.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what is more than an event's name with its keys is left to Powertools."""
        message = record.msg
        is_event = isinstance(message, str) and _EVENT_NAME.fullmatch(message) is not None
        if not is_event or record.args or record.exc_info or self.thread_safe_get_current_keys():
            return super().format(record)
        facts: dict[Any, str] = {
            "%(levelname)s": record.levelname,
            "%(funcName)s:%(lineno)d": f"{record.funcName}:{record.lineno}",
            "%(asctime)s": self.formatTime(record),
        }
        line = {name: facts[value] if name in _RECORD_NAMES else value for name, value in self.log_format.items()}
        line["message"] = message
        line.update((name, value) for name, value in record.__dict__.items() if name not in RESERVED_LOG_ATTRS)
        line["xray_trace_id"] = self._get_latest_trace_id()
        return self.serialize({name: value for name, value in line.items() if value is not None})

    def serialize(self, log: LogRecord) -> str:
        """Return the line; every value has passed `redact`."""
        clean = {k: v if k in _RUNTIME_NAMES else redact(v, k) for k, v in log.items() if k not in _LEFT_OUT}
        try:
            return _ENCODER.encode(clean).decode()
        except (TypeError, ValueError):
            return super().serialize(clean)


class RedactingFilter(logging.Filter):
    """Redact what third-party libraries log through the root logger."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return a copy of the record whose text and traceback hold no secrets."""
        clean = copy.copy(record)
        clean.msg, clean.args = redact_text(record.getMessage()), None
        if record.exc_info:
            clean.exc_text = redact_text(logging.Formatter().formatException(record.exc_info))
            clean.exc_info = None
        return clean


def guard_root_handlers() -> None:
    """Make the handlers that the Lambda runtime installed redact as well; again is no harm."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, RedactingFilter) for known in handler.filters):
            handler.addFilter(RedactingFilter())


@lru_cache(maxsize=512)
def _is_secret_name(name: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _PUBLIC_NAMES:
        return False
    return plain in _SECRET_NAMES or any(part in plain for part in _SECRET_NAME_PARTS)


def cause_of(error: BaseException) -> dict[str, Any]:
    """Return what a line tells of the failure beneath an error: its class, which callers are not told."""
    return {"cause": type(error.__cause__).__name__} if error.__cause__ is not None else {}


def log_action(
    message: str,
    action: str,
    *,
    request: Mapping[str, object],
    response: Mapping[str, object],
    duration_ms: int,
    **keys: Any,
) -> None:
    """Write the line of one thing done: what was asked, what came of it and how long it took.

    `request` and `response` hold names, amounts and codes alone. The line's `trace_id` and `client_ref` are the
    invocation's, unless `keys` say otherwise.
    """
    told: dict[str, Any] = {"action": action, "request": request, "response": response, "duration_ms": duration_ms}
    # The line's `location` is the caller's.
    logger.info(message, stacklevel=3, **told, **keys)


def add_venue_metric(name: str, unit: MetricUnit, value: float, venue: str) -> None:
    """Publish a metric of one venue: beside the service and the stage it has the dimension `venue`.

    At once, or where `venue_metrics_together` ends.
    """
    together = _TOGETHER.get()
    if together is None:
        with venue_metrics_together():
            add_venue_metric(name, unit, value, venue)
        return
    if venue not in together:
        together[venue] = EphemeralMetrics(namespace=METRICS_NAMESPACE)
        dimensions = {**_STAGE, **({"service": metrics.service} if metrics.service else {}), "venue": venue}
        for dimension, named in dimensions.items():
            together[venue].add_dimension(dimension, named)
    together[venue].add_metric(name, unit, value)


@contextmanager
def venue_metrics_together() -> Iterator[None]:
    """Publish all that is told of a venue within as one line: each line repeats what the metrics belong to."""
    if _TOGETHER.get() is not None:
        yield
        return
    token = _TOGETHER.set({})
    try:
        yield
    finally:
        for told in (_TOGETHER.get() or {}).values():
            told.flush_metrics()
        _TOGETHER.reset(token)


logger = Logger(logger_formatter=RedactingFormatter(utc=True, use_rfc3339=True))
metrics = Metrics(namespace=METRICS_NAMESPACE)
#: What is told of each venue in the run that goes on, by venue.
_TOGETHER: ContextVar[dict[str, EphemeralMetrics] | None] = ContextVar("venue_metrics", default=None)
# Two deployments of one account and region must not add up.
_STAGE = {"stage": os.environ["STAGE"]} if os.environ.get("STAGE") else {}
metrics.set_default_dimensions(**_STAGE)
guard_root_handlers()
