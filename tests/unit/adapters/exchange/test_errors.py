"""Every error class of ccxt: what it means for an order and for a read, and what of its text gets out."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from ccxt.base import errors

from riskgate.adapters.exchange.errors import Reply, clean, translate_create, translate_read, venue_code
from riskgate.core.errors import (
    GatewayError,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
    VenueAccessDenied,
    VenueAnswerInvalid,
)
from tests.unit.adapters.exchange.recorded import KEYS

# Class: (meaning of a failed create, meaning of a failed read).
MEANINGS: dict[str, tuple[type[GatewayError], type[GatewayError]]] = {
    "BaseError": (OutcomeUnknown, Transient),
    "ExchangeError": (OutcomeUnknown, Transient),
    "AuthenticationError": (VenueAccessDenied, VenueAccessDenied),
    "PermissionDenied": (VenueAccessDenied, VenueAccessDenied),
    "AccountNotEnabled": (VenueAccessDenied, VenueAccessDenied),
    "AccountSuspended": (VenueAccessDenied, VenueAccessDenied),
    "ArgumentsRequired": (Rejected, Rejected),
    "BadRequest": (Rejected, Rejected),
    "BadSymbol": (Rejected, Rejected),
    "OperationRejected": (Rejected, Rejected),
    "NoChange": (Rejected, Rejected),
    "MarginModeAlreadySet": (Rejected, Rejected),
    "MarketClosed": (Rejected, Rejected),
    "ManualInteractionNeeded": (Rejected, Rejected),
    "RestrictedLocation": (Rejected, Rejected),
    "InsufficientFunds": (Rejected, Rejected),
    "InvalidAddress": (Rejected, Rejected),
    "AddressPending": (Rejected, Rejected),
    "InvalidOrder": (Rejected, Rejected),
    "OrderNotFound": (Rejected, Rejected),
    "OrderNotCached": (Rejected, Rejected),
    "OrderImmediatelyFillable": (Rejected, Rejected),
    "OrderNotFillable": (Rejected, Rejected),
    "DuplicateOrderId": (Rejected, Rejected),
    "ContractUnavailable": (Rejected, Rejected),
    "NotSupported": (Rejected, Rejected),
    "InvalidProxySettings": (Rejected, Rejected),
    "ExchangeClosedByUser": (Rejected, Rejected),
    "OperationFailed": (OutcomeUnknown, Transient),
    "NetworkError": (OutcomeUnknown, Transient),
    "DDoSProtection": (RateLimited, RateLimited),
    "RateLimitExceeded": (RateLimited, RateLimited),
    "ExchangeNotAvailable": (OutcomeUnknown, Transient),
    "OnMaintenance": (OutcomeUnknown, Transient),
    "InvalidNonce": (OutcomeUnknown, Transient),
    "ChecksumError": (OutcomeUnknown, Transient),
    "RequestTimeout": (OutcomeUnknown, Transient),
    "BadResponse": (OutcomeUnknown, Transient),
    "NullResponse": (OutcomeUnknown, Transient),
    "CancelPending": (OutcomeUnknown, Transient),
    "UnsubscribeError": (OutcomeUnknown, Transient),
}
SIGNATURE = "a1b2c3d4" * 8
LEAKY = (
    f"binance POST https://api.binance.com/api/v3/order?symbol=BTCUSDT&signature={SIGNATURE} "
    f"{KEYS['apiKey']} {KEYS['secret']} {KEYS['password']}"
)


def test_table_when_compared_with_ccxt_then_names_every_class() -> None:
    defined = {
        name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.BaseError)
    }
    assert defined == set(MEANINGS)


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_error_when_translated_then_means_what_its_class_says(name: str) -> None:
    error = getattr(errors, name)("anything, even 'Duplicate order sent.' or 'timeout'")
    create, read = MEANINGS[name]
    assert type(translate_create(error, Reply())) is create
    assert type(translate_read(error, Reply())) is read


@pytest.mark.parametrize("error", [KeyError("symbol"), TypeError("x"), ZeroDivisionError(), ValueError("x")])
def test_error_when_not_of_ccxt_then_order_may_exist_and_read_is_unusable(error: Exception) -> None:
    assert type(translate_create(error, Reply())) is OutcomeUnknown
    assert type(translate_read(error, Reply())) is VenueAnswerInvalid


def test_unreadable_answer_when_creating_then_outcome_unknown() -> None:
    assert type(translate_create(VenueAnswerInvalid("x"), Reply())) is OutcomeUnknown
    assert type(translate_create(InvalidRequest("x"), Reply())) is OutcomeUnknown
    assert type(translate_read(VenueAnswerInvalid("x"), Reply())) is VenueAnswerInvalid


@pytest.mark.parametrize("name", sorted(MEANINGS))
@pytest.mark.parametrize("translate", [translate_create, translate_read])
def test_error_when_its_text_holds_keys_then_none_gets_out(name: str, translate: Any) -> None:
    error = getattr(errors, name)(LEAKY)
    error.__cause__ = error.__context__ = RuntimeError(LEAKY)
    failure = translate(error, Reply(keys=tuple(KEYS.values()), body=LEAKY))
    shown = "".join(traceback.format_exception(failure)) + repr(vars(failure)) + str(failure)
    for secret in (*KEYS.values(), SIGNATURE):
        assert secret not in shown
    assert failure.__cause__ is None
    assert failure.__context__ is None


def test_rate_limit_when_venue_says_how_long_then_kept() -> None:
    failure = translate_create(errors.DDoSProtection("429"), Reply(retry_after_seconds=7))
    assert isinstance(failure, RateLimited)
    assert (failure.retry_after_seconds, failure.status) == (7, 503)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"code":-2010,"msg":"Account has insufficient balance."}', "-2010"),
        ('{"code":"1","data":[{"sCode":"51008","sMsg":"x"}]}', "51008"),
        ('{"code":"51000","data":[],"msg":"x"}', "51000"),
        ('{"retCode":110007,"retMsg":"x"}', "110007"),
        ('{"error":["EOrder:Insufficient funds"],"result":{}}', "EOrder:Insufficient funds"),
        ('{"label":"INVALID_PARAM_VALUE","message":"x"}', "INVALID_PARAM_VALUE"),
        ('[{"code":-1,"msg":"x"}]', "-1"),
        ('{"result":"success","sendStatus":{"status":"invalidSize"}}', "invalidSize"),
        ("{not json", ""),
        ("", ""),
        ('{"code":"<script>alert(1)</script>"}', ""),
    ],
)
def test_venue_code_when_answered_then_found(body: str, code: str) -> None:
    assert venue_code(body) == code
    rejected = translate_create(errors.InvalidOrder("x"), Reply(body=body))
    assert isinstance(rejected, Rejected)
    assert rejected.venue_code == (code or "InvalidOrder")


@pytest.mark.parametrize(
    "body",
    [
        '{"success":false,"error_response":{"error":"UNSUPPORTED"}}',
        '{"result":"success","sendStatus":{"status":"wouldNotReducePosition"}}',
        '{"result":"success","sendStatus":{"status":"selfFill"}}',
        '{"result":"success","sendStatus":{"status":"wouldCauseLiquidation"}}',
    ],
)
def test_venue_when_it_says_no_in_words_that_ccxt_does_not_name_then_a_no(body: str) -> None:
    assert isinstance(translate_create(errors.ExchangeError("x"), Reply(body=body)), Rejected)


@pytest.mark.parametrize("sent", ['{"status":"somethingNew"}', '{"status":"wouldCauseLiquidation","order_id":"7"}'])
def test_venue_when_its_words_are_not_known_then_in_doubt(sent: str) -> None:
    body = f'{{"result":"success","sendStatus":{sent}}}'
    assert isinstance(translate_create(errors.ExchangeError("x"), Reply(body=body)), OutcomeUnknown)


def test_clean_when_text_is_long_then_cut() -> None:
    assert len(clean("x y " * 500, ())) <= 200
