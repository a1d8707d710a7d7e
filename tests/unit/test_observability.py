"""No secret reaches a log line, and what is no secret stays readable."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from hypothesis import given
from hypothesis import strategies as st

from riskgate.observability import (
    _PATTERNS,
    _PUBLIC_ID,
    REDACTED,
    MetricUnit,
    RedactingFilter,
    RedactingFormatter,
    add_venue_metric,
    guard_root_handlers,
    redact,
    redact_text,
    venue_metrics_together,
)

TOKEN = "rg_abcdefghijkl_0123456789-ABCDEFGHIJ_abcdefghijklmnopqrstuvw"
BOT_TOKEN = "123456789:AAH0123456789-abcdefghijklmnopqrstu"
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EXCHANGE_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
AWS_KEY = "AKIAIOSFODNN7EXAMPLE"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJvcmdhbml6YXRpb25zIn0.c2lnbmF0dXJl"
PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIOtA\nMHcCAQEEIOtB\n-----END EC PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"refused {TOKEN}", TOKEN[16:]),
        (f"Bearer {TOKEN}", TOKEN[16:]),
        ("rg_UPPERCASE-and-longer-than-twenty", "longer"),
        (f"https://api.telegram.org/bot{BOT_TOKEN}/sendMessage", BOT_TOKEN.split(":")[1]),
        (f"key {HEX}", HEX),
        (f"0x{HEX}", HEX),
        (f"GET https://x/api?symbol=BTC&timestamp=1&signature={HEX}", HEX),
        ("GET /api?apiKey=short1&signature=tiny2", "short1"),
        ("GET /api?apiKey=short1&signature=tiny2", "tiny2"),
        ("signature=tiny2", "tiny2"),
        ("https://s3/x?X-Amz-Security-Token=abc123&X-Amz-Signature=def456", "abc123"),
        ("https://s3/x?X-Amz-Security-Token=abc123&X-Amz-Signature=def456", "def456"),
        (f"otpauth://totp/x?secret={SEED}&issuer=y", SEED),
        (f"seed {SEED}", SEED),
        (f"key {EXCHANGE_KEY}", EXCHANGE_KEY),
        (f"{AWS_KEY} leaked", AWS_KEY),
        (f"with {AWS_SECRET}", AWS_SECRET),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("Authorization: token0815", "token0815"),
        ("authorization='token0815'", "token0815"),
        ("{'apiKey': 'k1', 'secret': 's3cr3t', 'password': 'pw'}", "s3cr3t"),
        ("{'apiKey': 'k1', 'secret': 's3cr3t', 'password': 'pw'}", "'k1'"),
        ('{"passphrase": "open sesame"}', "open sesame"),
        ('{"X-TOTP": "123456"}', "123456"),
        ('{"x-mbx-apikey":"abc"}', "abc"),
        (f"jwt {JWT}", JWT),
        (PEM, "MHcCAQEEIOtB"),
        (PEM.partition("-----END")[0], "MHcCAQEEIOtB"),
    ],
)
def test_redact_text_when_it_holds_a_secret_then_gone(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact_text(text)
    assert REDACTED in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "order_denied",
        "MAX_DAILY_TRADES",
        "BTC/USDT:USDT",
        "bot-2026-11-21T09:00:00Z-000017",
        "0.000000000001",
        "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        "arn:aws:lambda:us-east-1:123456789012:function:riskgate-order-api:live",
        "layers/shared/riskgate/adapters/dynamodb/operators.py",
        "2026-11-21T09:00:00.000000Z",
        "the token lacks the scope orders:write",
        "abcdefghijkl",
        "The quick brown fox jumps over the lazy dog and pays 12.50 USDT for it.",
        "CORRELATION INSUFFICIENT_BALANCE SECTOR_CONCENTRATION",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
)
def test_redact_text_when_it_holds_none_then_unchanged(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    ["Authorization", "secret", "api_key", "apiKey", "X-TOTP", "totp", "signature", "password", "token", "Set-Cookie",
     "private_key", "headers", "multiValueHeaders", "TelegramBotApiSecretToken", "seed", "aws_secret_access_key"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["x", 123456, ["x"], {"y": "x"}, b"x"], ids=str)
def test_redact_when_the_name_is_secret_then_value_is_gone(name: str, value: object) -> None:
    assert redact({name: value}) == {name: REDACTED}
    assert redact({"nested": [{name: value}]}) == {"nested": [{name: REDACTED}]}


@pytest.mark.parametrize("name", ["token_id", "secret_id", "secret_name", "operator", "code", "client_order_id"])
def test_redact_when_the_name_is_public_then_value_stays(name: str) -> None:
    assert redact({name: "abcdefghijkl"}) == {name: "abcdefghijkl"}


@pytest.mark.parametrize("name", ["hash", "previous_hash", "audit_head", "limits_hash", "fingerprint", "sha256"])
def test_redact_when_a_digest_is_public_then_it_stays(name: str) -> None:
    assert redact({name: HEX}) == {name: HEX}


@pytest.mark.parametrize("name", ["token_hash", "key", "value", "note"])
def test_redact_when_hex_stands_elsewhere_then_gone(name: str) -> None:
    assert redact({name: HEX}) == {name: REDACTED}


def test_redact_when_values_are_plain_then_types_stay() -> None:
    values = {"a": 1, "b": 2.5, "c": True, "d": None, "e": ["x", 1], "f": {"g": "h"}}

    assert redact(values) == values


def test_redact_when_nested_without_end_then_cut() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop

    assert REDACTED in json.dumps(redact(loop))


def fail(argument: object) -> None:
    raise RuntimeError(argument)


def log_line(**fields: Any) -> str:
    output = io.StringIO()
    logger = Logger(service="test", stream=output, logger_formatter=RedactingFormatter())
    logger.info("order_denied", **fields)
    return output.getvalue()


def test_logger_when_fields_hold_secrets_then_line_is_clean_json() -> None:
    line = log_line(authorization=f"Bearer {TOKEN}", url=f"https://x/?signature={HEX}", quote=f'"secret": "{SEED}"')

    assert json.loads(line)["message"] == "order_denied"
    assert not [secret for secret in (TOKEN[16:], HEX, SEED) if secret in line]


def test_logger_when_an_exception_quotes_secrets_then_line_is_clean() -> None:
    output = io.StringIO()
    logger = Logger(service="test-exceptions", stream=output, logger_formatter=RedactingFormatter())
    try:
        fail({"url": f"https://x/?apiKey={EXCHANGE_KEY}&signature={HEX}", "secret": "s3cr3t"})
    except RuntimeError as error:
        error.add_note(f"sent Authorization: Bearer {TOKEN}")
        logger.exception("authorizer_failed")

    line = output.getvalue()
    assert json.loads(line)["exception_name"] == "RuntimeError"
    assert not [secret for secret in (EXCHANGE_KEY, HEX, "s3cr3t", TOKEN[16:]) if secret in line]


def test_logger_when_message_is_json_or_has_arguments_then_redacted() -> None:
    output = io.StringIO()
    logger = Logger(service="test-messages", stream=output, logger_formatter=RedactingFormatter())
    logger.info(json.dumps({"secret": "s3cr3t", "url": f"?signature={HEX}"}))
    logger.info("bearer %s", TOKEN)

    assert not [secret for secret in ("s3cr3t", HEX, TOKEN[16:]) if secret in output.getvalue()]


class Whole(RedactingFormatter):
    """Powertools' own way to each line, redacted."""

    format = LambdaPowertoolsFormatter.format

    def serialize(self, log: Any) -> str:
        return LambdaPowertoolsFormatter.serialize(self, {name: redact(value, name) for name, value in log.items()})


LINES: list[tuple[str, dict[str, Any]]] = [
    ("order_approved", {"client_ref": "order-1", "code": None}),
    (
        "request_served",
        {"action": "postOrder", "request": {"price": Decimal("1.50"), "tags": ("a", "b")}, "duration_ms": 3},
    ),
    (
        "with_odd_values",
        {"note": 'é \u2028 " \\ \n \x01 \x7f', "at": datetime(2026, 1, 1, tzinfo=UTC), "ratio": 0.5, "on": True},
    ),
    (
        "with_secrets",
        {"token": TOKEN, "detail": f"key {HEX}", "order_id": HEX[:32], "level": "mine", "exception": "given"},
    ),
    ("true", {}),
    ("null", {}),
    ("a text, no event", {"key": "value"}),
]


@pytest.mark.parametrize(("message", "keys"), LINES, ids=[message for message, _ in LINES])
def test_line_when_built_here_then_the_one_powertools_would_write(
    message: str, keys: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    written = []
    for kind in (RedactingFormatter, Whole):
        output = io.StringIO()
        logger = Logger(service=f"lines-{kind.__name__}-{message}", stream=output, logger_formatter=kind(utc=True))
        logger.structure_logs(append=True, service="lines", cold_start=False, trace_id=HEX[:32])
        logger._logger.makeRecord = _with_fixed_time(logger)  # type: ignore[method-assign]
        logger.info(message, **keys)
        written.append(json.loads(output.getvalue(), object_pairs_hook=list))
    assert written[0] == written[1]


def _with_fixed_time(logger: Logger) -> Any:
    make = logger._logger.makeRecord

    def made(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.created, record.msecs = 1_772_625_600.25, 250.0
        return record

    return made


@given(st.from_regex(_PUBLIC_ID, fullmatch=True))
def test_public_id_when_scanned_by_every_pattern_then_none_finds_a_secret(text: str) -> None:
    assert not any(pattern.search(text) for pattern, _ in _PATTERNS)


def test_root_handlers_when_guarded_then_other_libraries_are_redacted() -> None:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        guard_root_handlers()
        guard_root_handlers()
        assert sum(isinstance(known, RedactingFilter) for known in handler.filters) == 1
        try:
            fail(f"bad Authorization: Bearer {TOKEN}")
        except RuntimeError:
            logging.getLogger("urllib3").warning("retrying %s", f"/api?signature={HEX}", exc_info=True)
    finally:
        root.removeHandler(handler)

    assert "retrying /api?signature=[redacted]" in output.getvalue()
    assert "RuntimeError" in output.getvalue()
    assert not [secret for secret in (HEX, TOKEN[16:]) if secret in output.getvalue()]


def test_line_when_written_in_lambda_then_without_what_each_line_would_repeat() -> None:
    output = io.StringIO()
    logger = Logger(service="test-context", stream=output, logger_formatter=RedactingFormatter())
    logger.info("job_done", function_name="monitor", function_arn="arn:aws:lambda:x", function_memory_size=512)
    line = json.loads(output.getvalue())
    assert line["function_name"] == "monitor"
    assert not {"function_arn", "function_memory_size"} & line.keys()


def read_metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_venue_metrics_when_told_together_then_one_line_for_each_venue(capsys: pytest.CaptureFixture[str]) -> None:
    with venue_metrics_together():
        add_venue_metric("VenueCalls", MetricUnit.Count, 3, "binance")
        add_venue_metric("VenueCalls", MetricUnit.Count, 4, "kraken")
        add_venue_metric("VenueErrors", MetricUnit.Count, 0, "binance")
        add_venue_metric("VenueCalls", MetricUnit.Count, 5, "binance")
        assert read_metrics(capsys) == []
    binance, kraken = read_metrics(capsys)
    assert (binance["venue"], binance["VenueCalls"], binance["VenueErrors"]) == ("binance", [3.0, 5.0], [0.0])
    assert (kraken["venue"], kraken["VenueCalls"]) == ("kraken", [4.0])
    assert all("venue" in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0] for line in (binance, kraken))


def test_venue_metrics_when_the_run_fails_then_published_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        with venue_metrics_together():
            add_venue_metric("VenueBans", MetricUnit.Count, 1, "binance")
            fail("the venue is away")

    with pytest.raises(RuntimeError):
        run()
    (line,) = read_metrics(capsys)
    assert line["VenueBans"] == [1.0]


def test_venue_metric_when_told_alone_then_published_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    add_venue_metric("VenueBans", MetricUnit.Count, 1, "binance")
    add_venue_metric("VenueBans", MetricUnit.Count, 1, "binance")
    assert [line["VenueBans"] for line in read_metrics(capsys)] == [[1.0], [1.0]]
