"""An account in hedge mode, or one wallet under two names: nothing is believed, and a person is told what to change."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.client import ccxt_call
from riskgate.core.venues.model import AccountSetup
from tests.support.monitored_account import SWAP_VENUE, VENUE, Watch
from tests.support.venue import ACCOUNT

SETTING = "One-way Mode"


def set_mode(watch: Watch, *, hedged: bool) -> None:
    watch.simulator.control.post("accounts", account=ACCOUNT, dual_side_position=hedged)


def test_account_when_in_hedge_mode_then_its_first_reading_is_refused_with_the_setting(watch: Watch) -> None:
    watch.trade_both()
    set_mode(watch, hedged=True)
    before = watch.routed.state()

    report = watch.run()

    assert not report["recorded"]
    assert "HEDGE_MODE_UNSUPPORTED" in report["reason"]
    assert SETTING in report["reason"]
    after = watch.routed.state()
    assert (after.equity, after.equity_at, after.positions) == (before.equity, before.equity_at, before.positions)
    assert after.venue_health[SWAP_VENUE].detail.startswith("HEDGE_MODE_UNSUPPORTED: ")

    set_mode(watch, hedged=False)
    watch.recorded()


def test_positions_when_a_market_has_two_legs_later_then_the_reading_is_refused(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.trade_both()
    watch.fund(swap={"USDT": "45000"})
    watch.trade_at_venue("BUY", "0.2", market="swap")
    before = watch.recorded()
    watch.simulator.control.post("accounts", account=ACCOUNT, dual_side_position=True)
    real = CcxtExchange.list_positions

    def with_second_leg(self: CcxtExchange) -> Any:
        rows = self._client.read(ccxt_call("fetch_positions"))
        short = rows[0] | {"side": "short", "contracts": "0.18"}
        with monkeypatch.context() as patched:
            patched.setattr(self._client, "read", lambda *_args, **_options: [*rows, short])
            return real(self)

    monkeypatch.setattr(CcxtExchange, "list_positions", with_second_leg)
    report = watch.run()

    assert "HEDGE_MODE_UNSUPPORTED" in report["reason"]
    assert watch.routed.state().positions == before.positions


def test_wallet_when_two_venues_hold_the_same_then_the_reading_is_refused(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.trade_both()
    shared = AccountSetup(is_hedged=False, wallet_id="okx:44")
    monkeypatch.setattr(CcxtExchange, "get_account_setup", lambda _self: shared)

    report = watch.run()

    assert f"{SWAP_VENUE}: WALLET_REGISTERED_TWICE: it is the wallet of {VENUE}" in report["reason"]
    assert not watch.routed.state().monitored_since
