"""Answers that only read: account, limits, orders, audit entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.app.commit_event import Deps
from riskgate.app.ports import AuditRow
from riskgate.core.account import AccountState, Position, TradingState, WorkingOrder
from riskgate.core.breakers import run_breakers
from riskgate.core.decide import settle
from riskgate.core.errors import NotFound
from riskgate.core.exposure import reserved_notional, reserved_risk
from riskgate.core.model import KillSwitch
from riskgate.core.money import MONEY_MAX, MONEY_QUANTUM, plain, with_risk_context
from riskgate.core.records import OrderRecord, ReadRequest, Snapshot, StoredLimits
from riskgate.core.utilization import measure_utilization
from riskgate.schemas.audit_entry import read_entry
from riskgate.schemas.codec import decode


def read_account(account_id: str, deps: Deps) -> tuple[Snapshot, AccountState, StoredLimits]:
    """Read an account with its limits.

    Raises
    ------
    NotFound : unknown account.
    """
    snapshot = deps.store.read(ReadRequest(account_id=account_id, with_report=True))
    if snapshot.account is None or snapshot.account.state is None or snapshot.limits is None:
        raise NotFound("the account is not registered", code="ACCOUNT_UNKNOWN")
    return snapshot, snapshot.account.state, snapshot.limits


@with_risk_context
def account_body(snapshot: Snapshot, state: AccountState, stored: StoredLimits, now: datetime) -> dict[str, Any]:
    """Return an account as it is now: sessions rolled and expired reservations released, nothing stored."""
    state = run_breakers(settle(state, stored.limits, now)[0], stored.limits, now)
    exposure = state.exposure
    return {
        "account_id": state.account_id,
        "base_currency": state.base_currency,
        "trading_state": effective_trading_state(state, snapshot.kill_switches).value,
        "equity": plain(state.equity),
        "equity_at": state.equity_at,
        "peak_equity": plain(state.peak_equity),
        "breakers": [
            {
                "name": name,
                "tripped_at": breaker.tripped_at,
                "observed": _short(breaker.observed),
                "limit": plain(breaker.limit),
                "clears_on": breaker.clears_on,
            }
            for name, breaker in sorted(state.breakers.items())
        ],
        "locks": [
            {"code": o.code, "scope": o.scope, "key": o.key, "reason": o.reason, "until": o.until}
            for o in state.locks
            if o.until is None or o.until > now
        ],
        "venues": [{"venue": v.venue, "market_type": v.market_type} for v in state.venues],
        "positions": [_position_row(p) for _, p in sorted(state.positions.items())],
        "open_orders": [_order_row(o) for _, o in sorted(state.working_orders.items())],
        "exposure": {
            "gross": plain(exposure.gross),
            "net": plain(exposure.net),
            "open_risk": plain(exposure.open_risk),
            "open_positions": exposure.open_positions,
            "by_sector": _plain_map(exposure.by_sector),
            "by_asset": _plain_map(exposure.by_asset),
            "by_strategy": _plain_map(exposure.by_strategy),
        },
        "limits": [
            {
                "name": row.name,
                "code": row.code,
                "value": _short(row.value),
                "limit": plain(row.limit) if row.limit is not None else None,
                "utilization": _short(row.fraction),
                "unit": row.unit,
                "level": row.level,
            }
            for row in measure_utilization(state, stored.limits, snapshot.report)
        ],
        "kill_switches": [kill_switch_row(flag) for flag in snapshot.kill_switches],
        "state_version": state.version,
    }


def effective_trading_state(state: AccountState, flags: tuple[KillSwitch, ...]) -> TradingState:
    """Return HALTED while a kill switch covers the whole account, else the account's own state."""
    covering = [flag for flag in flags if flag.scope in {"global", "account"}]
    if any(flag.engaged is not False for flag in covering):
        return TradingState.HALTED
    return state.trading_state


def kill_switch_row(flag: KillSwitch) -> dict[str, Any]:
    """Return a flag as it acts: one nobody can read is engaged."""
    return {
        "scope": flag.scope,
        "key": flag.key or None,
        "engaged": flag.engaged is not False,
        "reason": flag.reason if flag.engaged is not None else "missing or not a boolean: treated as engaged",
    }


def order_body(record: OrderRecord, now: datetime) -> dict[str, Any]:
    """Return an order as stored; an approval whose reservation ran out reads as expired."""
    order = record.order
    expired = record.expires_at is not None and record.expires_at <= now and not record.status.is_final
    average = record.filled_notional / record.filled_quantity if record.filled_quantity else None
    return {
        "client_order_id": order.client_order_id,
        "order_id": record.order_id,
        "account_id": order.account_id,
        "status": "expired" if expired else record.status.value,
        "symbol": order.symbol,
        "venue": order.venue,
        "strategy": order.strategy,
        "side": order.side.value,
        "type": order.type.value,
        "quantity": plain(record.quantity),
        "filled_quantity": plain(record.filled_quantity),
        "average_fill_price": _short(average),
        "price": _maybe(order.price),
        "trigger_price": _maybe(order.trigger_price),
        "stop_loss_price": _maybe(order.stop_loss_price),
        "reduce_only": order.reduce_only,
        "post_only": order.post_only,
        "time_in_force": order.time_in_force.value,
        "expires_at": order.expires_at,
        "route": order.route,
        "tags": list(order.tags),
        "decision": decode(record.answer, dict),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def audit_body(row: AuditRow) -> dict[str, Any]:
    """Return an audit entry with the hash that seals it."""
    entry = read_entry(row.entry)
    return {
        "account_id": entry.account_id,
        "sequence": entry.sequence,
        "previous_hash": entry.previous_hash,
        "hash": row.hash,
        "at": entry.at,
        "actor": entry.actor,
        "event": entry.event,
        "inputs": entry.inputs,
        "answer": entry.answer,
        "limits_version": entry.limits_version,
        "state_version_before": entry.state_version_before,
        "state_version_after": entry.state_version_after,
        "state_hash": entry.state_hash,
        "engine_version": entry.engine_version,
    }


def _position_row(position: Position) -> dict[str, Any]:
    return {
        "venue": position.venue,
        "symbol": position.symbol,
        "market_type": position.market_type,
        "asset": position.asset,
        "sector": position.sector,
        "quantity": plain(position.quantity),
        "average_price": _short(position.average_price),
        "mark_price": plain(position.mark_price),
        "marked_at": position.marked_at,
        "value": _short(position.value),
        "stop_loss_price": _maybe(position.stop_loss_price),
        "strategy": position.strategy,
    }


def _order_row(order: WorkingOrder) -> dict[str, Any]:
    return {
        "client_order_id": order.client_order_id,
        "venue": order.venue,
        "symbol": order.symbol,
        "strategy": order.strategy,
        "side": order.side,
        "type": order.type,
        "status": order.status,
        "quantity": plain(order.quantity),
        "filled_quantity": plain(order.filled_quantity),
        "reserved": {"notional": plain(reserved_notional(order)), "risk": plain(reserved_risk(order))},
        "approved_at": order.approved_at,
        "expires_at": order.expires_at,
    }


def _plain_map(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: plain(amount) for name, amount in sorted(amounts.items())}


def _maybe(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _short(value: Decimal | None) -> str | None:
    """Write a computed figure with at most twelve decimals, as far as the context's digits reach."""
    if value is None:
        return None
    return plain(value.quantize(MONEY_QUANTUM) if abs(value) < MONEY_MAX else value)
