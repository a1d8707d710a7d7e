"""What was reported, held against what the account then made."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.core.risk.report import VarRecord
from riskgate.runtime.risk import risk_deps
from tests.support.gateway import ACCOUNT_ID
from tests.support.risk_jobs import RiskJobs

BOOK = {"BTC": "0.5", "ETH": "4"}


def test_var_when_reported_for_months_then_held_against_what_happened(jobs: RiskJobs) -> None:
    """One record a day; a withdrawal is no loss, a deposit no gain, and a day that lost more than the VaR counts."""
    now, reports = jobs.gateway.now, risk_deps().reports
    for days in range(62, 0, -1):
        at = now - timedelta(days=days)
        var = Decimal(2_000)
        # Nine thousand were lost on the day before the thirtieth.
        equity = Decimal(109_000 if days > 30 else 100_000)
        record = VarRecord(day=at.date(), as_of=at, equity=equity, transferred=Decimal(0), var_95=var, var_99=2 * var)
        assert reports.put_record(ACCOUNT_ID, record)
    equity = Decimal(100_000)
    for kind, amount in (("withdrawal", -20_000), ("deposit", 5_000)):
        jobs.gateway.refresh_quotes()
        jobs.hold(str(equity), **BOOK)
        # The closes end before these days: flagged, and reported all the same.
        assert jobs.at_once("var")["status"] in {"ok", "partial"}
        jobs.gateway.advance(days=1)
        body = {"transfer_id": kind, "kind": kind, "amount": str(abs(amount))}
        code = jobs.gateway.next_totp()
        assert jobs.gateway.call("POST", f"/accounts/{ACCOUNT_ID}/transfers", body, headers=code).status == 201
        equity += amount
    jobs.gateway.refresh_quotes()
    jobs.hold(str(equity), **BOOK)
    jobs.at_once("var")

    own = [row for row in jobs.risk()["var"]["backtests"] if row["what"] == "reported"]
    assert [(row["observations"], row["exceptions"]) for row in own] == [(64, 1), (64, 1)]
    assert [row["pnl"] for row in own[0]["days"] if Decimal(row["pnl"])] == ["-9000"]
    records = jobs.items("REPORT#VAR#")
    assert len(records) == 65
    assert all(int(item["ttl"]["N"]) > jobs.gateway.now.timestamp() for item in records.values())


@pytest.mark.parametrize(("var", "red"), [("500", "2.0"), ("5000", "0.0")], ids=["too small", "large enough"])
def test_backtest_when_reported_var_was_too_small_then_the_metric_says_red(
    jobs: RiskJobs, capsys: pytest.CaptureFixture[str], var: str, red: str
) -> None:
    """A thousand gained and lost in turn: every second day is beyond a VaR of 500, at both levels."""
    for days in range(70, 0, -1):
        at = jobs.gateway.now - timedelta(days=days)
        record = VarRecord(
            day=at.date(), as_of=at, equity=Decimal(100_000 + 1_000 * (days % 2)), transferred=Decimal(0),
            var_95=Decimal(var), var_99=Decimal(var),
        )  # fmt: skip
        assert risk_deps().reports.put_record(ACCOUNT_ID, record)
    jobs.hold(**BOOK)
    capsys.readouterr()
    jobs.at_once("var")

    assert f'"BacktestsRed":[{red}]' in capsys.readouterr().out
    own = [row for row in jobs.risk()["var"]["backtests"] if row["what"] == "reported"]
    assert {row["zone"] for row in own} == ({"red"} if red == "2.0" else {"green"})
