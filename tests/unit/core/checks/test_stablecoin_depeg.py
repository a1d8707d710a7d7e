"""STABLECOIN_DEPEG: how far what stands for a dollar is from the other dollars."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState, Balance
from riskgate.core.account.pegs import compute_depegs
from riskgate.core.checks.stablecoin_depeg import compute_depeg
from riskgate.core.codes import DenyCode
from tests.support.builders import (
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VENUE,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    run_check,
)

CODE = DenyCode.STABLECOIN_DEPEG
LIMITS = build_limits(stablecoin_depeg_fraction_max="0.03")


def priced(base: str = "USDT", **rates: str) -> AccountState:
    return build_account(base_currency=base, rates={name: Decimal(rate) for name, rate in rates.items()})


@pytest.mark.parametrize(
    ("state", "depegs"),
    [
        (priced(), {}),
        (priced(USDC="1.0005"), {}),
        # Of two nobody knows which one is wrong.
        (priced(USDC="0.88"), {"USDC": "0.12", "USDT": "0.136364"}),
        # March 2023: USDC fell, the others did not.
        (priced(USDC="0.88", USD="0.9995", TUSD="1"), {"USDC": "0.12"}),
        # The account's own base currency is the one that fell.
        (priced(USDC="1.25", DAI="1.25", USD="1.25"), {"USDT": "0.2"}),
        # Counted in euros they are compared all the same.
        (priced("EUR", USDC="0.45", DAI="0.9", USDT="0.9", BTC="50000"), {"USDC": "0.5"}),
        (priced(BTC="50000", EUR="1.1"), {}),
        # Noise, and just more than that.
        (priced(USDC="1.0009", DAI="1"), {}),
        (priced(USDC="1.001", DAI="1"), {"USDC": "0.001"}),
        # One that is worth nothing, or less, has no price to compare with.
        (priced(USDC="0", DAI="0.9"), {"DAI": "0.1", "USDT": "0.111111"}),
        (priced(USDC="-0.5"), {}),
    ],
)
def test_depegs_when_dollars_differ_then_the_one_that_most_are_far_from(
    state: AccountState, depegs: dict[str, str]
) -> None:
    assert compute_depegs(state) == {name: Decimal(depeg) for name, depeg in depegs.items()}


@pytest.mark.parametrize(("depeg", "outcome"), [("0.03", PASSED), ("0.0301", VIOLATED)])
def test_entry_when_its_market_counts_in_a_coin_off_its_peg_then_denied(depeg: str, outcome: object) -> None:
    state = build_account(positions=[build_position(10)], depegs={"USDT": Decimal(depeg)})

    result = run_check(CODE, build_order(), state, limits=LIMITS)
    assert (result.outcome, result.observed) == (outcome, Decimal(depeg))
    assert run_check(CODE, build_order(symbol=SWAP), state, limits=LIMITS).outcome is outcome
    assert run_check(CODE, build_order(10, side=SELL), state, limits=LIMITS).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(), state).outcome is DISABLED


def test_entry_when_another_coin_is_off_its_peg_then_passes() -> None:
    assert run_check(CODE, build_order(), build_account(depegs={"USDC": Decimal(1)}), limits=LIMITS).outcome is PASSED


def test_account_when_measured_then_only_what_it_holds_or_settles_in_counts() -> None:
    held = {VENUE: {"USDT": Balance(total=Decimal(1)), "DAI": Balance(total=Decimal(0))}}
    depegs = {"USDC": Decimal("0.5"), "DAI": Decimal("0.4"), "USDT": Decimal("0.01")}

    assert compute_depeg(build_account(balances=held, depegs=depegs)) == Decimal("0.01")
    usdc = build_position(1, "BTC/USDC:USDC", settle_currency="USDC")
    assert compute_depeg(build_account(balances=held, depegs=depegs, positions=[usdc])) == Decimal("0.5")


@pytest.mark.parametrize(
    ("rates", "depegs"),
    [
        ({}, {}),
        ({"USDC": "0.98"}, {"USDC": "0.02", "USDT": "0.020408"}),
        ({"USDC": "0.9995"}, {}),
        ({"USDC": "1", "DAI": "0.9"}, {"DAI": "0.1"}),
        ({"USDC": "1", "FDUSD": "1", "DAI": "0.9"}, {"DAI": "0.1"}),
        (
            {"USDC": "1", "FDUSD": "0.8", "DAI": "0.8"},
            {"DAI": "0.2", "FDUSD": "0.2", "USDC": "0.25", "USDT": "0.25"},
        ),
        ({"USDC": "1", "FDUSD": "1", "TUSD": "1", "DAI": "0.9"}, {"DAI": "0.1"}),
    ],
)
def test_dollars_when_some_are_away_then_those_that_are_far_from_most_of_the_others(
    rates: dict[str, str], depegs: dict[str, str]
) -> None:
    """Of several distances the middle one counts, of an even number the lower of the two."""
    state = build_account(rates={name: Decimal(rate) for name, rate in rates.items()})
    assert compute_depegs(state) == {name: Decimal(depeg) for name, depeg in depegs.items()}
