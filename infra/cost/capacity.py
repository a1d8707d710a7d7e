"""How many accounts and decisions a second a stack carries, and which limit is met first.

Arithmetic: quotas of AWS and venues (``limits.json``), what one decision touches (measured), how long functions take
(assumed, see ``units.json``), and the template's own bounds. Nothing here was run at AWS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import exp
from string import Template
from typing import Any

from infra.cost.model import FOLDER, Model
from infra.cost.stack import Stack
from riskgate.adapters.dynamodb.guards import SHARDS

SCALES = ("1", "8")
DECISIONS_SECOND, ACCOUNTS = 1_000, 10_000


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One limit: how much passes at most, in decisions a second or in accounts, and what lifts it."""

    what: str
    most: float
    unit: str
    lifted_by: str

    @property
    def share(self) -> float:
        """Return how much of it the aim takes: above 1 it does not fit."""
        return (DECISIONS_SECOND if self.unit == DECISIONS else ACCOUNTS) / self.most


DECISIONS, OF_ACCOUNTS = "decisions a second", "accounts"
AS_EDITED = "nothing: an edit of the item itself holds for the very next request"


class Capacity:
    """The bounds of a stack."""

    def __init__(self, model: Model) -> None:
        self._model, self._resources = model, model.stack.resources
        self._limits: dict[str, Any] = json.loads((FOLDER / "limits.json").read_text(encoding="utf-8"))
        self._touched: dict[str, Any] = model.measured["partitions"]

    def list_bounds(self) -> list[Bound]:
        """Return all bounds, the one that is met first at the front."""
        return sorted([*self._of_decisions(), *self._of_accounts()], key=lambda bound: -bound.share)

    def _of_decisions(self) -> list[Bound]:
        limits, touched, measured = self._limits, self._touched, self._model.measured
        reads, writes = limits["partition_read_units_second"], limits["partition_write_units_second"]
        throttle = self._model.stack.parameters["ThrottleRate"]["Default"]
        seconds = self._model.assumed["decision_seconds"]
        table = limits["table_units_second"]

        def bound(what: str, most: float, lifted_by: str) -> Bound:
            return Bound(what=what, most=most, unit=DECISIONS, lifted_by=lifted_by)

        return [
            bound("the API's own throttle, `ThrottleRate`", throttle, "the parameter"),
            bound("requests of the API, quota of the account", limits["api_requests_second"], "AWS, on request"),
            bound(
                f"checks of guards by approvals, {SHARDS} items that accounts are spread over",
                SHARDS * writes / touched["guard_check_units"],
                "more of them ([ADR 72](../adr/0072-guards-of-kill-switches.md))",
            ),
            bound(
                "reads of `pk=KILL_SWITCH` while all its items are on one partition",
                reads / touched["kill_switch_read_units"],
                "DynamoDB itself: it splits a hot partition between items within minutes",
            ),
            bound("reads of `KILL_SWITCH / GLOBAL`, one item", reads / touched["global_read_units"], AS_EDITED),
            bound(
                "reads of `pk=MARKET` while all its items are on one partition",
                reads / touched["market_read_units"],
                "DynamoDB itself, as above",
            ),
            bound(
                "reads of one market's quote, if every order is in it",
                reads / touched["quote_read_units"],
                "nothing; orders in several markets",
            ),
            bound(
                "concurrency of `order_api`",
                self._reserved("OrderApi") / seconds,
                "its share in the template, and the account's quota",
            ),
            bound("read units of the state table, default quota", table / measured["approved"]["read_units"], "AWS"),
            bound("write units of the state table, default quota", table / measured["approved"]["write_units"], "AWS"),
        ]

    def _of_accounts(self) -> list[Bound]:
        limits, assumed = self._limits, self._model.assumed
        weight = limits["binance_weight_minute"] * limits["binance_readings_share"]

        def bound(what: str, most: float, lifted_by: str) -> Bound:
            return Bound(what=what, most=most, unit=OF_ACCOUNTS, lifted_by=lifted_by)

        def job(name: str, seconds: float, age: str) -> Bound:
            at_once, most_at_once = (self._model.stack.at_once(name, scale) for scale in (SCALES[0], SCALES[-1]))
            most = at_once * limits[age] / seconds
            lifted = f"`JobScale`, up to {most_at_once} at once: {most_at_once * limits[age] / seconds:,.0f} accounts"
            return bound(f"`{name.lower()}`: {at_once} at once, {seconds:.1f} s each", most, lifted)

        return [
            bound(
                "accounts with keys at Binance spot behind one address",
                weight / limits["binance_weight_of_monitor"],
                "another address, so another deployment; venues that count by key have no such bound",
            ),
            job("Monitor", self._model.seconds_of("monitor"), "monitor_age_seconds"),
            job("Reconcile", self._model.seconds_of("reconcile"), "reconcile_age_seconds"),
            job("Hedge", assumed["hedge_seconds"], "reconcile_age_seconds"),
            job("Var", self._model.seconds_of("var"), "hour_seconds"),
            job("Stress", self._model.seconds_of("stress"), "hour_seconds"),
        ]

    def _reserved(self, function: str) -> float:
        reserved = self._resources[f"{function}Function"]["Properties"]["ReservedConcurrentExecutions"]
        # Where the account's quota is large enough; else all functions share it.
        return float(reserved.value[1] if hasattr(reserved, "value") else reserved)


def render_capacity() -> str:
    """Return the page ``infra/docs/scale.md``."""
    model = Model(Stack.read())
    bounds = Capacity(model).list_bounds()
    rows = ["| limit | at most | of it | lifted by |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {item.what} | {item.most:,.0f} {item.unit} | {item.share:.2f} x | {item.lifted_by} |" for item in bounds
    ]
    first = {unit: next(item for item in bounds if item.unit == unit) for unit in (DECISIONS, OF_ACCOUNTS)}
    hold_seconds = model.assumed["transaction_hold_seconds"]
    text = Template((FOLDER / "scale.md").read_text(encoding="utf-8"))
    return text.substitute(
        decisions=f"{DECISIONS_SECOND:,}",
        accounts=f"{ACCOUNTS:,}",
        bounds="\n".join(rows),
        first_decisions=first[DECISIONS].what,
        first_accounts=first[OF_ACCOUNTS].what,
        guards=SHARDS,
        hold_milliseconds=f"{1_000 * hold_seconds:g}",
        met=f"{_share_met(SHARDS, hold_seconds):.0%}",
        met_at_one=f"{_share_met(1, hold_seconds):.0%}",
        date=json.loads((FOLDER / "limits.json").read_text(encoding="utf-8"))["date"],
    )


def _share_met(guards: int, hold_seconds: float) -> float:
    """Return the share of approvals that come while another one holds their guard, at random instants."""
    return 1 - exp(-DECISIONS_SECOND / guards * hold_seconds)
