"""What Hyperliquid does not tell, and what may never be taken for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.riskctl import rotate
from infra.riskctl.errors import CliError
from riskgate.adapters.exchange.errors import Reply, ccxt_errors, translate_create
from riskgate.core.errors import GatewayError, InvalidRequest, Rejected, VenueAnswerInvalid
from riskgate.core.side import Side
from riskgate.core.venues.model import TransferKind
from tests.exchanges.book import Wallet
from tests.exchanges.cases.registry import HOUR_AGO, TWO_HOURS_AGO
from tests.exchanges.desk import HOUR_MS, NOW, Desk, venue_time
from tests.exchanges.server import VenueServer
from tests.exchanges.venues.hyperliquid import Hyperliquid

OWNER, OTHER = f"0x{'1' * 40}", f"0x{'9' * 40}"


@pytest.fixture
def desk() -> Iterator[Desk]:
    server = VenueServer()
    with venue_time():
        opened = Desk(server, Hyperliquid)
        yield opened
        opened.exchange.close()
    server.close()


@pytest.mark.parametrize("state", ["unifiedAccount", "portfolioMargin", "somethingNew"])
def test_balances_when_spot_and_perpetuals_share_a_wallet_then_refused(desk: Desk, state: str) -> None:
    desk.venue.book.wallets["USDC"] = Wallet(total=Decimal(100))
    desk.venue.abstraction = state  # type: ignore[attr-defined]
    with pytest.raises(InvalidRequest) as refused:
        desk.exchange.list_balances()
    assert refused.value.code == "WALLET_UNSUPPORTED"


def test_order_at_market_when_sent_then_one_write_within_the_slippage(desk: Desk) -> None:
    desk.exchange.create_order(desk.market_order(side=Side.SELL))
    (written,) = desk.venue.writes()
    (terms,) = written.body["action"]["orders"]
    assert terms["t"] == {"limit": {"tif": "Ioc"}}
    assert Decimal(terms["p"]) == (desk.venue.book.bid * Decimal("0.95")).quantize(Decimal(1))


def test_order_when_signed_then_with_the_time_after_which_it_is_refused(desk: Desk) -> None:
    desk.exchange.create_order(desk.order())
    ccxt = desk.exchange._client._link.current()
    (body,) = [ask.body for ask in desk.venue.writes()]
    signed = ccxt.sign_l1_action(body["action"], body["nonce"], None, body["expiresAfter"])
    assert body["signature"] == signed != ccxt.sign_l1_action(body["action"], body["nonce"])
    assert body["expiresAfter"] == desk.venue.book.now_ms + 5_000


def test_orders_when_the_list_ends_before_the_period_begins_then_no_list(desk: Desk) -> None:
    book = desk.venue.book
    for number in range(1200):
        book.add_finished(desk.symbol, number, book.now_ms - HOUR_MS // 2 + number)
    with pytest.raises(VenueAnswerInvalid):
        desk.exchange.list_orders(desk.symbol, HOUR_AGO)
    # What it does reach back to is all there.
    late = NOW - timedelta(milliseconds=HOUR_MS // 2 - 700)
    assert len(desk.exchange.list_orders(desk.symbol, late)) == 500


def test_fills_when_older_ones_are_not_told_any_more_then_no_list(desk: Desk) -> None:
    book = desk.venue.book
    order = book.place(desk.client_id(0), desk.symbol, "buy", desk.lots(10_002), type="limit", price=Decimal(40_000))
    for number in range(10_001):
        book.fill(order, desk.lots(1), at_ms=book.now_ms - HOUR_MS + number * 10)
    with pytest.raises(VenueAnswerInvalid):
        desk.exchange.list_trades(desk.symbol, TWO_HOURS_AGO)


def test_fills_when_another_market_has_filled_whole_pages_then_those_behind_are_read(desk: Desk) -> None:
    book = desk.venue.book
    other = desk.venue.markets[1].symbol
    loud = book.place("0xother", other, "buy", Decimal(9000), type="limit", price=Decimal(40_000))
    ours = book.place(desk.client_id(0), desk.symbol, "buy", desk.lots(3), type="limit", price=Decimal(40_000))
    for number in range(4100):
        book.fill(loud, Decimal(1), at_ms=book.now_ms - HOUR_MS + 1000 + number)
    book.fill(ours, desk.lots(1), at_ms=book.now_ms - 60_000)
    (seen,) = desk.exchange.list_trades(desk.symbol, HOUR_AGO)
    assert seen.quantity == desk.lots(1)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ({"role": "agent", "data": {"user": OWNER}}, (True, False)),
        ({"role": "agent", "data": {"user": OTHER}}, (False, False)),
        ({"role": "missing"}, (False, False)),
        ({}, (None, False)),
    ],
)
def test_key_when_an_agents_then_it_trades_for_its_account_alone(
    desk: Desk, role: dict[str, Any], expected: tuple[bool | None, bool]
) -> None:
    desk.venue.role = role  # type: ignore[attr-defined]
    rights = desk.exchange.get_key_permissions()
    assert (rights.can_trade, rights.can_withdraw) == expected


def test_key_when_the_accounts_own_then_it_may_withdraw(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ccxt = desk.exchange._client._link.current()
    monkeypatch.setattr(ccxt, "walletAddress", ccxt.eth_get_address_from_private_key(ccxt.privateKey).upper())
    rights = desk.exchange.get_key_permissions()
    assert (rights.can_trade, rights.can_withdraw, rights.can_transfer) == (True, True, True)


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        ({"type": "deposit", "usdc": "5.5"}, (TransferKind.DEPOSIT, "5.5", 0)),
        ({"type": "withdraw", "usdc": "99", "nonce": 1, "fee": "1.0"}, (TransferKind.WITHDRAWAL, "99", 1)),
        ({"type": "internalTransfer", "usdc": "7", "user": OTHER, "destination": OWNER, "fee": "1"},
         (TransferKind.DEPOSIT, "7", 0)),
        ({"type": "internalTransfer", "usdc": "7", "user": OWNER, "destination": OTHER, "fee": "1"},
         (TransferKind.WITHDRAWAL, "7", 1)),
        ({"type": "subAccountTransfer", "usdc": "8", "user": OWNER, "destination": OTHER},
         (TransferKind.WITHDRAWAL, "8", 0)),
        ({"type": "vaultDeposit", "usdc": "9", "vault": OTHER}, (TransferKind.WITHDRAWAL, "9", 0)),
        ({"type": "vaultWithdraw", "requestedUsd": "9", "netWithdrawnUsd": "8.9"}, (TransferKind.DEPOSIT, "8.9", 0)),
        ({"type": "send", "user": OWNER, "destination": OWNER, "sourceDex": "spot", "destinationDex": "", "token": "USDC",
          "amount": "4"}, (TransferKind.DEPOSIT, "4", 0)),
        ({"type": "send", "user": OWNER, "destination": OTHER, "sourceDex": "", "destinationDex": "", "token": "USDC",
          "amount": "4"}, (TransferKind.WITHDRAWAL, "4", 0)),
        ({"type": "send", "user": OWNER, "destination": OTHER, "sourceDex": "spot", "destinationDex": "spot",
          "token": "HYPE", "amount": "4"}, None),
        ({"type": "spotTransfer", "token": "USDC", "amount": "4", "user": OWNER, "destination": OTHER}, None),
    ],
)  # fmt: skip
def test_ledger_when_money_moved_then_in_or_out_of_this_wallet(
    desk: Desk, delta: dict[str, Any], expected: Any
) -> None:
    row = {"time": desk.venue.book.now_ms - 60_000, "hash": "0xab", "delta": delta}
    desk.venue.ask_userNonFundingLedgerUpdates = lambda _asked: [row]  # type: ignore[attr-defined]
    seen = [(item.kind, str(item.amount), item.fee) for item in desk.exchange.list_transfers(HOUR_AGO)]
    assert seen == ([] if expected is None else [expected])
    assert desk.exchange.take_unreadable() == ()


def test_ledger_when_an_entry_is_of_a_kind_that_nobody_knows_then_told(desk: Desk) -> None:
    row = {"time": desk.venue.book.now_ms, "hash": "0xab", "delta": {"type": "somethingNew", "usdc": "1"}}
    desk.venue.ask_userNonFundingLedgerUpdates = lambda _asked: [row]  # type: ignore[attr-defined]
    assert desk.exchange.list_transfers(HOUR_AGO) == ()
    assert [item.kind for item in desk.exchange.take_unreadable()] == ["transfer"]


@pytest.mark.parametrize(
    "body",
    [
        '{"status":"err","response":"L1 error: something new"}',
        '{"status":"ok","response":{"type":"order","data":{"statuses":[{"error":"Order price too far from oracle"}]}}}',
    ],
)
def test_refusal_when_ccxt_does_not_know_its_words_then_a_no(body: str) -> None:
    assert isinstance(translate_create(ccxt_errors().ExchangeError("x"), Reply(body=body)), Rejected)


@pytest.mark.parametrize(
    "body", ['{"status":"ok","response":{"type":"order","data":{"statuses":[]}}}', '{"status":"ok"}']
)
def test_answer_when_it_refuses_no_order_then_in_doubt(body: str) -> None:
    failure: GatewayError = translate_create(ccxt_errors().ExchangeError("x"), Reply(body=body))
    assert not isinstance(failure, Rejected)


class _Connected:
    """What `riskctl venue retire` asks of the exchange, at the desk."""

    def __init__(self, desk: Desk) -> None:
        self.list_balances, self.get_key_permissions = desk.exchange.list_balances, desk.exchange.get_key_permissions

    def close(self) -> None:
        """Leave the desk open."""


@pytest.mark.parametrize(("acts_for", "refused"), [(OWNER, False), (OTHER, True)])
def test_old_key_when_anybody_may_read_then_dead_once_it_acts_for_the_account_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, acts_for: str, refused: bool
) -> None:
    desk.venue.role = {"role": "agent", "data": {"user": acts_for}}  # type: ignore[attr-defined]
    monkeypatch.setattr(rotate, "_connect", lambda _venue, _secret: _Connected(desk))
    venue: Any = None
    assert rotate._is_refused(venue, json.dumps(Hyperliquid.keys)) is refused


def test_new_key_when_it_is_a_wallets_then_taken_and_told_from_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(Hyperliquid.keys), encoding="utf-8")
    assert rotate._read_key(path) == Hyperliquid.keys
    assert rotate._key_of(json.dumps(Hyperliquid.keys)) != rotate._key_of(
        json.dumps(Hyperliquid.keys | {"privateKey": "x"})
    )
    path.write_text(json.dumps({"walletAddress": OWNER}), encoding="utf-8")
    with pytest.raises(CliError):
        rotate._read_key(path)
