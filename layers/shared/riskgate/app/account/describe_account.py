"""Answers that only read: account, limits, orders, audit entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.safeguards.describe_safeguards import heartbeat_row, kill_switch_row, lock_rows
from riskgate.core.account.aliases import propose_aliases
from riskgate.core.account.document import AccountState, RejectedOrder, Venue, WorkingOrder
from riskgate.core.account.legs import orders_of
from riskgate.core.account.parts import AssetAlias
from riskgate.core.account.shares import parts_of
from riskgate.core.account.stop_risk import covered_by_stops, list_protecting, reserved_notional, reserved_risk
from riskgate.core.account.stored import ReadRequest, Snapshot, StoredLimits
from riskgate.core.account.venue_groups import group_of
from riskgate.core.account.venue_share import list_excess
from riskgate.core.errors import StateCorrupt
from riskgate.core.instrument import unit_of, unit_of_symbol
from riskgate.core.ledger.account_events import value_account
from riskgate.core.money import ZERO, plain, plain_figure, plain_or_none, with_risk_context
from riskgate.core.routing.steps import BREAKER, list_left_to_cancel
from riskgate.core.statements.view import BookView, PositionView, view_book
from riskgate.schemas.http.answers.account import (
    AccountAnswer,
    AlertRow,
    AliasRow,
    ExposureTotals,
    LimitRow,
    LossTotals,
    OpenOrderRow,
    PendingFeeRow,
    PnlRow,
    PositionRow,
    RejectedOrderRow,
    VenueExcessRow,
    VenueRow,
)
from riskgate.schemas.http.answers.orders import Reserved
from riskgate.schemas.http.answers.safeguards import BreakerRow

_TAG = re.compile(r'W/"(?P<sequence>[0-9]{1,12})\.(?P<minute>[0-9]{12})\.(?P<account>[^"]+)"')


def read_account(account_id: str, deps: Deps) -> tuple[Snapshot, AccountState, StoredLimits]:
    """Read an account with its limits. Raises NotFound: unknown account."""
    snapshot = deps.store.read(ReadRequest(account_id=account_id, with_report=True))
    state = snapshot.require_state()
    if snapshot.limits is None:
        raise StateCorrupt("the account has no limits", code="LIMITS_UNREADABLE")
    return snapshot, state, snapshot.limits


def read_view(account_id: str, deps: Deps, now: datetime) -> BookView:
    """Read an account as it is now. Raises NotFound: unknown account."""
    return view_book(read_account(account_id, deps)[0], now)


def tag_view(view: BookView) -> str:
    """Return the entity tag of an account's description: the latest log entry it was made after, and its minute.

    What passes with time alone, such as a reservation's end, is shown within the minute.
    """
    return f'W/"{view.audit_sequence}.{view.now:%Y%m%d%H%M}.{view.state.account_id}"'


def is_unchanged(account_id: str, tag: str | None, deps: Deps, now: datetime) -> bool:
    """Tell whether an account is as it was described under a tag: nothing was added to its log.

    Costs one read request unit where that is so, whatever the size of the account.
    """
    found = _TAG.fullmatch(tag or "")
    if found is None or (found["minute"], found["account"]) != (f"{now:%Y%m%d%H%M}", account_id):
        return False
    return not deps.store.list_audit(account_id, after=int(found["sequence"]), limit=1)


@with_risk_context
def account_body(view: BookView) -> AccountAnswer:
    """Return an account as it is now: sessions rolled and expired reservations released, nothing stored."""
    state, exposure = view.state, view.state.exposure
    return AccountAnswer(
        account_id=state.account_id,
        base_currency=state.base_currency,
        trading_state=view.trading_state,
        equity=plain(state.equity),
        equity_at=state.equity_at,
        peak_equity=plain(state.peak_equity),
        breakers=[
            BreakerRow(
                name=name.partition(" ")[0],
                scope=breaker.scope,
                key=breaker.key or None,
                reason=breaker.reason or None,
                tripped_at=breaker.tripped_at,
                observed=plain_figure(breaker.observed),
                limit=plain_or_none(breaker.limit),
                clears_on=breaker.clears_on,
            )
            for name, breaker in sorted(state.breakers.items())
        ],
        locks=lock_rows(state, view.now),
        heartbeats=[heartbeat_row(name, beat, view.now) for name, beat in sorted(state.heartbeats.items())],
        venues=[_venue_row(state, venue) for venue in state.venues],
        venue_excess=[
            VenueExcessRow(
                venue=item.venue,
                equity=plain(item.equity),
                share=plain_figure(item.share),
                limit=plain(item.limit),
                withdraw=plain(item.withdraw),
                move=plain(item.move),
            )
            for item in list_excess(state, view.limits)
        ],
        asset_aliases=_alias_rows(state.asset_aliases),
        alias_proposals=_alias_rows(propose_aliases(state)),
        unpriced_assets=list(value_account(state)[1]),
        pending_fees=[
            PendingFeeRow(venue=venue, currency=currency, amount=plain(amount))
            for venue, fees in sorted(state.pending_fees.items())
            for currency, amount in sorted(fees.items())
        ],
        positions=[_position_row(position, state) for position in view.positions],
        open_orders=[_order_row(o) for _, o in sorted(state.working_orders.items())],
        rejected_orders=[_rejected_row(order) for order in reversed(state.rejected_orders)],
        left_to_cancel=sorted(
            {
                order
                for name, breaker in state.breakers.items()
                for order in list_left_to_cancel(state, BREAKER, name, breaker.tripped_at)
            }
        ),
        exposure=ExposureTotals(
            gross=plain(exposure.gross),
            net=plain(exposure.net),
            open_risk=plain(exposure.open_risk),
            open_positions=exposure.open_positions,
            by_sector=_plain_map(exposure.by_sector),
            by_asset=_plain_map(exposure.by_asset),
            by_strategy=_plain_map(exposure.by_strategy),
        ),
        limits=[
            LimitRow(
                name=row.name,
                code=row.code,
                value=plain_figure(row.value),
                limit=plain(row.limit) if row.limit is not None else None,
                utilization=plain_figure(row.fraction),
                unit=row.unit,
                level=row.level,
            )
            for row in view.utilization
        ],
        kill_switches=[kill_switch_row(flag) for flag in view.kill_switches],
        alerts=[
            AlertRow(name=name, level=alert.level, since=alert.since, acknowledged=alert.acknowledged)
            for name, alert in sorted(state.alert_levels.items())
        ],
        state_version=state.version,
        audit_sequence=view.audit_sequence,
        pnl=pnl_rows(view),
        unrealized_pnl=plain_figure(view.unrealized),
        unpriced_payments=view.unpriced,
        losses=loss_totals(view),
    )


def pnl_rows(view: BookView) -> list[PnlRow]:
    """Return the profit and loss of each running period."""
    return [
        PnlRow(
            period=row.name,
            since=row.since,
            total=plain_figure(row.total),
            realized=plain_figure(row.realized),
            fees=plain_figure(row.fees),
            funding=plain_figure(row.funding),
            unrealized=plain_figure(row.unrealized),
            other=plain_figure(row.other),
        )
        for row in view.periods
    ]


def loss_totals(view: BookView) -> LossTotals:
    """Return the losses that the breakers watch."""
    return LossTotals(
        day=plain_figure(view.daily_loss),
        week=plain_figure(view.weekly_drawdown),
        peak=plain_figure(view.drawdown),
    )


def _alias_rows(aliases: Mapping[str, AssetAlias]) -> list[AliasRow]:
    return [
        AliasRow(name=name, asset=alias.asset, multiplier=plain(alias.multiplier))
        for name, alias in sorted(aliases.items())
    ]


def _venue_row(state: AccountState, venue: Venue) -> VenueRow:
    health = state.venue_health.get(venue.venue)
    known = venue.secret_name is not None and state.monitored_since is not None
    healthy: Literal["healthy", "unknown"] = "healthy" if known else "unknown"
    return VenueRow(
        venue=venue.venue,
        market_type=venue.market_type,
        group=group_of(venue),
        equity=plain(state.venue_equity.get(venue.venue, ZERO)),
        health=healthy if health is None or health.is_healthy else "unhealthy",
        margin_ratio=plain_or_none(state.margin_ratios.get(venue.venue)),
        health_detail=health.detail if health is not None and not health.is_healthy else None,
    )


def _position_row(viewed: PositionView, state: AccountState) -> PositionRow:
    position = viewed.position
    kept, parts = position.kept_stop, state.position_parts.get(position.key)
    orders = orders_of(state, position.key)
    return PositionRow(
        venue=position.venue,
        symbol=position.symbol,
        market_type=position.market_type,
        asset=position.asset,
        sector=position.sector,
        quantity=plain(position.quantity),
        quantity_unit=unit_of(position.market_type),
        average_price=plain_figure(position.average_price),
        mark_price=plain(position.mark_price),
        marked_at=position.marked_at,
        value=plain_figure(position.value),
        stop_loss_price=plain_or_none(position.stop_loss_price),
        take_profit_price=plain_or_none(kept.take_profit_price if kept is not None else None),
        trailing_fraction=plain_or_none(kept.trailing_fraction if kept is not None else None),
        stop_kept_by=kept.kept_by if kept is not None else None,
        stop_resting=plain(covered_by_stops(position, orders)),
        stop_orders=sorted(order.client_order_id for order in list_protecting(position, orders)),
        stop_missing_since=kept.unkept_since if kept is not None else None,
        strategy=position.strategy,
        by_strategy=_plain_map(parts_of(position, parts)),
        unrealized_pnl=plain_figure(viewed.unrealized),
        risk_to_stop=plain_figure(viewed.risk_to_stop),
        liquidation_price=plain_or_none(position.liquidation_price),
        liquidation_distance=plain_figure(viewed.liquidation_distance),
        funding_rate=plain_or_none(position.funding_rate),
    )


def _order_row(order: WorkingOrder) -> OpenOrderRow:
    return OpenOrderRow(
        client_order_id=order.client_order_id,
        venue=order.venue,
        symbol=order.symbol,
        strategy=order.strategy,
        side=order.side,
        type=order.type,
        status=order.status,
        quantity=plain(order.quantity),
        quantity_unit=unit_of(order.market_type),
        filled_quantity=plain(order.filled_quantity),
        average_fill_price=plain_figure(order.average_fill_price),
        fees=_plain_map(order.fees),
        exchange_order_id=order.exchange_order_id or None,
        price=plain_or_none(order.limit_price or order.rest_price),
        trigger_price=plain_or_none(order.trigger_price),
        stop_loss_price=plain_or_none(order.stop_loss_price),
        reduce_only=order.reduce_only,
        reserved=Reserved(notional=plain(reserved_notional(order)), risk=plain(reserved_risk(order))),
        approved_at=order.approved_at,
        expires_at=order.expires_at,
        stop_price=plain_or_none(order.stop_price),
    )


def _rejected_row(order: RejectedOrder) -> RejectedOrderRow:
    return RejectedOrderRow(
        at=order.at,
        client_order_id=order.client_order_id,
        venue=order.venue,
        symbol=order.symbol,
        strategy=order.strategy,
        side=order.side,
        type=order.type,
        quantity=plain(order.quantity),
        quantity_unit=unit_of_symbol(order.symbol),
        price=plain_or_none(order.price),
        reason=order.reason,
    )


def _plain_map(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: plain(amount) for name, amount in sorted(amounts.items())}
