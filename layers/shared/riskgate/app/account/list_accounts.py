"""Accounts at a glance, a page at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from riskgate.app.account.describe_account import loss_totals, pnl_rows
from riskgate.app.ledger.commit_event import Deps
from riskgate.core.access.tokens import Principal
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import NotFound, StateCorrupt
from riskgate.core.money import plain
from riskgate.core.statements.view import BookView, view_book
from riskgate.schemas.http.answers.account import AccountsPage, AccountSummary

_LEVELS = ("none", "yellow", "orange", "red")


def list_visible(caller: Principal, deps: Deps) -> list[str]:
    """Return the ids of the accounts a caller may see, in order; of named ones some may not exist."""
    return sorted(deps.store.list_accounts() if caller.has_all_accounts else caller.accounts)


def read_views(account_ids: Sequence[str], deps: Deps, now: datetime) -> tuple[list[BookView], list[str]]:
    """Read accounts one by one: those that exist, and the ids of those whose stored state is corrupt.

    Raises Transient: the database did not answer.
    """
    views, unreadable = [], []
    for account_id in account_ids:
        try:
            views.append(view_book(deps.store.read(ReadRequest(account_id=account_id, with_report=True)), now))
        except NotFound:
            continue
        except StateCorrupt:
            unreadable.append(account_id)
    return views, unreadable


def accounts_page(caller: Principal, deps: Deps, now: datetime, *, after: str, limit: int) -> AccountsPage:
    """Return the accounts that follow one id among those that the caller may see."""
    visible = list_visible(caller, deps)
    start = bisect_right(visible, after)
    page = visible[start : start + limit]
    views, unreadable = read_views(page, deps, now)
    return AccountsPage(
        accounts=[_summarize(view) for view in views],
        unreadable=unreadable,
        next_after=page[-1] if start + limit < len(visible) else None,
    )


def _summarize(view: BookView) -> AccountSummary:
    state = view.state
    return AccountSummary(
        account_id=state.account_id,
        base_currency=state.base_currency,
        trading_state=view.trading_state,
        equity=plain(state.equity),
        equity_at=state.equity_at,
        pnl=pnl_rows(view),
        losses=loss_totals(view),
        gross=plain(state.exposure.gross),
        net=plain(state.exposure.net),
        open_risk=plain(state.exposure.open_risk),
        open_positions=state.exposure.open_positions,
        open_orders=len(state.working_orders),
        breakers=sorted(state.breakers),
        kill_switches=[flag.scope for flag in view.kill_switches if flag.is_engaged],
        level=max((row.level for row in view.utilization), key=_LEVELS.index, default="none"),
        state_version=state.version,
    )
