"""Scenarios applied to books: P&L, coverage, margin, liquidation, exit cost."""

from dataclasses import replace
from typing import Any

import pytest

from riskgate.core.instrument import MarketType
from riskgate.core.quant.margin import compute_liquidation_move
from riskgate.core.quant.scenario_library import (
    load_historical_scenarios,
    make_depeg_scenario,
    make_liquidity_scenario,
)
from riskgate.core.quant.scenarios import Scenario, ShockSource
from riskgate.core.quant.stress import apply_scenario
from riskgate.core.quant.stress_book import CashBalance, StressBook, StressPosition
from tests.unit.core.quant.reference_data import load_scenarios

EVENTS = ("march_2020_crash", "may_2021_crash", "terra_luna_may_2022", "ftx_nov_2022")
SECTORS = {"BTC": "store_of_value", "ETH": "smart_contract", "SOL": "smart_contract", "ADA": "smart_contract",
           "UNI": "defi", "AAVE": "defi", "LINK": "defi", "USDT": "stablecoin"}  # fmt: skip


def spot(asset: str, value: float, *, venue: str = "binance", **fields: Any) -> StressPosition:
    return StressPosition(
        key=f"{venue}:{asset}/USDT", asset=asset, quote_asset="USDT", venue=venue, sector=SECTORS.get(asset, "unknown"),
        market_type=MarketType.SPOT, quantity=value / 100.0, mark_price=100.0, **fields,
    )  # fmt: skip


def swap(
    asset: str, value: float, *, venue: str = "binanceusdm", fraction: float = 0.01, **fields: Any
) -> StressPosition:
    return StressPosition(
        key=f"{venue}:{asset}/USDT:USDT", asset=asset, quote_asset="USDT", venue=venue,
        sector=SECTORS.get(asset, "unknown"), market_type=MarketType.SWAP, quantity=value / 100.0, mark_price=100.0,
        maintenance_margin_fraction=fraction, **fields,
    )  # fmt: skip


def cash(value: float, *, asset: str = "USDT", venue: str = "binance", collateral: bool = False) -> CashBalance:
    return CashBalance(asset=asset, venue=venue, value=value, is_collateral=collateral)


def make_book(
    *positions: StressPosition, balances: tuple[CashBalance, ...] = (), equity: float = 10_000.0
) -> StressBook:
    return StressBook(equity=equity, peak_equity=equity, positions=positions, cash=balances)


def uniform(shock: float, **fields: Any) -> Scenario:
    return Scenario(name="uniform", default_shock=shock, **fields)


class TestHistorical:
    """Real crashes."""

    def scenarios(self) -> dict[str, Scenario]:
        return {s.name: s for s in load_historical_scenarios(load_scenarios(), sectors=SECTORS)}

    def test_when_loaded_then_each_event_has_three_forms(self) -> None:
        names = list(self.scenarios())
        assert names == [f"{event}{form}" for event in EVENTS for form in ("", "_conservative", "_headline")]

    @pytest.mark.parametrize("event", EVENTS)
    def test_when_every_asset_has_history_then_its_own_shock_and_full_coverage(self, event: str) -> None:
        document = load_scenarios()[event]
        coins = [asset for asset in document["shocks"] if asset not in {"USDT", "USDC"}]
        book = make_book(*(spot(asset, 1_000.0) for asset in coins), equity=100_000.0)
        for name, key in ((event, "shocks"), (f"{event}_conservative", "shocks_conservative")):
            result = apply_scenario(book, self.scenarios()[name])
            for position in result.positions:
                assert position.pnl == pytest.approx(1_000.0 * document[key][position.asset])
                assert position.source is ShockSource.OWN
            assert result.pnl == pytest.approx(1_000.0 * sum(document[key][asset] for asset in coins))
            assert result.coverage.own_fraction == 1.0

    def test_when_asset_has_no_history_then_sector_median_or_default_never_zero(self) -> None:
        document = load_scenarios()["ftx_nov_2022"]
        book = make_book(spot("BTC", 2_000.0), spot("UNI", 1_000.0), spot("NEWCOIN", 1_000.0))
        result = apply_scenario(book, self.scenarios()["ftx_nov_2022"])
        shocks = {p.asset: (round(p.shock_fraction, 12), p.source) for p in result.positions}
        # defi: of LINK, UNI, AAVE only LINK traded with a known price in November 2022
        assert shocks["UNI"] == (document["shocks"]["LINK"], ShockSource.SECTOR)
        assert shocks["NEWCOIN"] == (document["suggested_DEFAULT"], ShockSource.DEFAULT)
        coverage = result.coverage
        assert (coverage.own_fraction, coverage.sector_fraction, coverage.default_fraction) == (0.5, 0.25, 0.25)
        assert (coverage.sector_assets, coverage.default_assets) == (("UNI",), ("NEWCOIN",))

    def test_when_headline_then_anchor_as_quoted_and_others_at_least_as_bad(self) -> None:
        scenarios = self.scenarios()
        for event, shock in (("march_2020_crash", -0.60), ("may_2021_crash", -0.50), ("ftx_nov_2022", -0.25)):
            headline = scenarios[f"{event}_headline"]
            assert headline.shocks["BTC"] == shock
            assert all(s <= shock for asset, s in headline.shocks.items() if asset not in {"USDT", "USDC"})
            assert headline.default_shock <= shock
        luna = scenarios["terra_luna_may_2022_headline"]
        assert luna.shocks["LUNA"] == -0.99
        assert luna.shocks["BTC"] == scenarios["terra_luna_may_2022"].shocks["BTC"]

    def test_when_stablecoins_gain_then_ignored_and_losses_kept(self) -> None:
        scenarios = self.scenarios()
        assert load_scenarios()["march_2020_crash"]["shocks"]["USDT"] > 0.05
        assert scenarios["march_2020_crash"].shocks["USDT"] == 0.0
        assert scenarios["march_2020_crash_conservative"].shocks["USDT"] == pytest.approx(-0.075302)
        # a stablecoin without history takes the worst of the others, not the coins' default
        assert scenarios["march_2020_crash_conservative"].resolve("DAI") == (-0.075302, ShockSource.SECTOR)

    @pytest.mark.parametrize("event", EVENTS)
    def test_when_short_then_gains_and_hedged_then_zero(self, event: str) -> None:
        scenario = self.scenarios()[event]
        long, short = (apply_scenario(make_book(spot("BTC", v)), scenario).pnl for v in (1_000.0, -1_000.0))
        assert long < 0.0 < short
        assert long == -short
        settled = replace(scenario, shocks={**scenario.shocks, "USDT": 0.0})
        hedged = apply_scenario(make_book(spot("BTC", 1_000.0), swap("BTC", -1_000.0)), settled)
        assert hedged.pnl == 0.0

    def test_when_document_has_a_bad_shock_then_refused(self) -> None:
        document = {"event": {"shocks": {"BTC": -1.5}, "shocks_conservative": {}, "suggested_DEFAULT": -0.5}}
        with pytest.raises(ValueError, match="simple return"):
            load_historical_scenarios(document)


class TestScenario:
    """Shocks and how they resolve."""

    @pytest.mark.parametrize("shock", [-1.01, float("nan"), float("inf")])
    def test_when_shock_is_no_return_then_refused(self, shock: float) -> None:
        for fields in ({"default_shock": shock}, {"default_shock": 0.0, "shocks": {"BTC": shock}},
                       {"default_shock": 0.0, "sector_shocks": {"defi": shock}}):  # fmt: skip
            with pytest.raises(ValueError, match="simple return"):
                Scenario(name="bad", **fields)
        with pytest.raises(ValueError, match="spread_multiplier"):
            Scenario(name="bad", default_shock=0.0, spread_multiplier=-1.0)
        with pytest.raises(ValueError, match="name"):
            Scenario(name="", default_shock=0.0)

    def test_when_user_defined_then_own_before_sector_before_default_and_cash_stands(self) -> None:
        scenario = Scenario(name="mine", shocks={"BTC": -0.3}, sector_shocks={"defi": -0.6}, default_shock=-0.4)
        book = make_book(
            spot("BTC", 1_000.0), spot("UNI", 1_000.0), spot("DOGE", 1_000.0), spot("USDC", 1_000.0),
            balances=(cash(5_000.0), cash(100.0, asset="USD")),
        )  # fmt: skip
        result = apply_scenario(book, scenario)
        assert [p.pnl for p in result.positions] == pytest.approx([-300.0, -600.0, -400.0, 0.0])
        assert result.cash_pnl == 0.0
        assert result.coverage.cash_fraction == 0.25
        assert result.equity_after == pytest.approx(8_700.0)
        assert result.loss_fraction == pytest.approx(0.13)
        assert result.drawdown_fraction_after == pytest.approx(0.13)

    def test_when_many_lose_then_the_worst_five_in_order(self) -> None:
        book = make_book(*(spot(f"C{i}", 100.0 * i) for i in range(1, 8)), spot("SHORT", -500.0))
        result = apply_scenario(book, uniform(-0.5))
        assert [p.asset for p in result.worst_positions] == ["C7", "C6", "C5", "C4", "C3"]
        assert all(p.pnl < 0 for p in result.worst_positions)

    def test_when_book_is_empty_then_nothing_happens_and_it_is_covered(self) -> None:
        result = apply_scenario(make_book(), uniform(-0.9))
        assert (result.pnl, result.loss_fraction, result.worst_positions) == (0.0, 0.0, ())
        assert result.coverage.own_fraction == 1.0

    def test_when_equity_is_not_positive_then_no_fraction_and_ruined(self) -> None:
        book = StressBook(equity=-5.0, peak_equity=100.0, positions=(spot("BTC", 10.0),))
        result = apply_scenario(book, uniform(-0.5))
        assert result.loss_fraction is None
        assert result.is_ruined


class TestLiquidity:
    """Everything closed at a wide spread."""

    def test_when_spread_is_ten_times_then_half_of_it_is_paid(self) -> None:
        book = make_book(spot("BTC", 1_000.0, spread_fraction=0.001), swap("ETH", -500.0, spread_fraction=0.002))
        result = apply_scenario(book, make_liquidity_scenario())
        assert [p.pnl for p in result.positions] == pytest.approx([-5.0, -5.0])
        assert result.exit_cost == pytest.approx(10.0)
        assert result.pnl == pytest.approx(-10.0)
        assert result.coverage.assumed_spread_keys == ()
        assert result.swaps == ()  # closed

    def test_when_spread_is_unknown_then_assumed_and_named(self) -> None:
        result = apply_scenario(make_book(spot("BTC", 1_000.0)), make_liquidity_scenario())
        assert result.exit_cost == pytest.approx(1_000.0 * 0.5 * 10.0 * 0.01)
        assert result.coverage.assumed_spread_keys == ("binance:BTC/USDT",)

    def test_when_price_falls_too_then_cost_is_on_what_is_left(self) -> None:
        book = make_book(spot("BTC", 1_000.0, spread_fraction=0.002))
        result = apply_scenario(book, uniform(-0.5, spread_multiplier=10.0))
        assert result.pnl == pytest.approx(-500.0 - 500.0 * 0.01)


class TestDepeg:
    """A stablecoin loses its peg."""

    def test_when_cash_and_swaps_settle_in_it_then_both_move_and_spot_stands(self) -> None:
        book = make_book(
            spot("BTC", 1_000.0), swap("ETH", 2_000.0, unrealized_pnl=300.0), swap("SOL", -500.0),
            balances=(cash(4_000.0), cash(1_000.0, asset="USDC")),
        )  # fmt: skip
        result = apply_scenario(book, make_depeg_scenario("USDT"))
        # A long linear swap owes the coin that fell: it gains; its unrealised gain is paid in that coin.
        assert [p.pnl for p in result.positions] == pytest.approx([0.0, 200.0 - 30.0, -50.0])
        assert result.cash_pnl == pytest.approx(-400.0)
        assert result.scenario == "depeg_usdt"

    def test_when_revalued_contract_by_contract_then_the_same(self) -> None:
        shock, peg, quantity, price, unrealized = -0.3, -0.2, 20.0, 100.0, 300.0
        position = swap("ETH", quantity * price, unrealized_pnl=unrealized)
        scenario = Scenario(name="both", shocks={"ETH": shock, "USDT": peg}, default_shock=0.0)
        in_coin = price * (1 + shock) / (1 + peg)
        full = (unrealized + quantity * (in_coin - price)) * (1 + peg) - unrealized
        assert apply_scenario(make_book(position), scenario).pnl == pytest.approx(full)

    def test_when_no_stablecoin_then_refused(self) -> None:
        with pytest.raises(ValueError, match="stablecoin"):
            make_depeg_scenario("BTC")


class TestMargin:
    """Margin and liquidation after a shock."""

    def test_when_cross_margined_then_worked_by_hand(self) -> None:
        book = make_book(
            swap("BTC", 10_000.0, fraction=0.01, unrealized_pnl=-500.0),
            balances=(cash(3_000.0, venue="binanceusdm", collateral=True), cash(9_999.0)),
        )  # fmt: skip
        result = apply_scenario(book, uniform(-0.1))
        (venue,) = [v for v in result.venues if v.venue == "binanceusdm"]
        assert venue.margin_balance == pytest.approx(3_000.0 - 500.0 - 1_000.0)
        assert venue.maintenance_margin == pytest.approx(90.0)
        assert not venue.is_liquidated
        (one,) = result.swaps
        # 1,500 + 9,000 x = 90 (1 + x)
        assert one.liquidation_distance_fraction == pytest.approx(1_410.0 / (9_000.0 * 0.99))
        assert one.liquidation_price == pytest.approx(90.0 * (1 - 1_410.0 / 8_910.0))

    def test_when_shocked_by_the_distance_then_liquidated(self) -> None:
        for value in (10_000.0, -10_000.0):
            book = make_book(swap("BTC", value), balances=(cash(3_000.0, venue="binanceusdm", collateral=True),))
            still = apply_scenario(book, uniform(0.0))
            distance = still.swaps[0].liquidation_distance_fraction
            assert distance is not None
            sign = -1.0 if value > 0 else 1.0
            assert not apply_scenario(book, uniform(sign * (distance - 1e-6))).has_liquidation
            beyond = apply_scenario(book, uniform(sign * (distance + 1e-6)))
            assert beyond.has_liquidation
            assert beyond.swaps[0].liquidation_distance_fraction == 0.0

    def test_when_isolated_then_its_own_margin_and_not_the_venues(self) -> None:
        book = make_book(
            swap("BTC", 10_000.0, isolated_margin=1_000.0),
            swap("ETH", 5_000.0),
            balances=(cash(3_000.0, venue="binanceusdm", collateral=True),),
        )
        result = apply_scenario(book, Scenario(name="btc", shocks={"BTC": -0.2}, default_shock=0.0))
        isolated, cross = result.swaps
        assert isolated.margin_balance == pytest.approx(-1_000.0)
        assert isolated.liquidation_distance_fraction == 0.0
        assert cross.margin_balance == pytest.approx(2_000.0)
        assert not result.venues[0].is_liquidated
        assert result.has_liquidation

    def test_when_balance_is_gone_then_liquidated(self) -> None:
        book = make_book(swap("BTC", 10_000.0), balances=(cash(500.0, venue="binanceusdm", collateral=True),))
        venue = apply_scenario(book, uniform(-0.5)).venues[0]
        assert venue.is_liquidated

    def test_when_long_is_fully_backed_then_no_fall_liquidates_it(self) -> None:
        assert compute_liquidation_move(1_000.0, 0.01, 2_000.0, 10.0) is None
        assert compute_liquidation_move(-1_000.0, 0.01, 2_000.0, 10.0) == pytest.approx(1_990.0 / 1_010.0)

    def test_when_collateral_depegs_then_margin_falls(self) -> None:
        book = make_book(swap("BTC", -10_000.0), balances=(cash(1_100.0, venue="binanceusdm", collateral=True),))
        result = apply_scenario(book, make_depeg_scenario("USDT"))
        assert result.venues[0].margin_balance == pytest.approx(1_100.0 * 0.9 - 1_000.0)
        assert result.venues[0].is_liquidated


class TestBook:
    """A book that contradicts itself is refused."""

    def test_when_input_is_wrong_then_refused(self) -> None:
        for fields, match in (
            ({"quantity": float("nan")}, "finite"), ({"mark_price": 0.0}, "mark_price"),
            ({"stop_loss_price": -1.0}, "stop_loss_price"), ({"spread_fraction": -0.1}, "spread_fraction"),
            ({"maintenance_margin_fraction": 1.0}, "maintenance"),
            ({"maintenance_margin_fraction": -0.01}, "maintenance"),
        ):  # fmt: skip
            with pytest.raises(ValueError, match=match):
                replace(swap("BTC", 100.0), **fields)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="own key"):
            make_book(spot("BTC", 1.0), spot("BTC", 2.0))
        with pytest.raises(ValueError, match="peak_equity"):
            StressBook(equity=2.0, peak_equity=1.0)
        with pytest.raises(ValueError, match="finite"):
            StressBook(equity=1.0, peak_equity=1.0, venue_equity={"x": float("inf")})
        with pytest.raises(ValueError, match="finite"):
            cash(float("nan"))
