"""The venue: state, engine and flow behind one lock, and what control routes do to them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from .accounts import Account, ApiKey, FeeSchedule, Funding, Permissions, Transfer
from .clock import Clock
from .closes import ClosePath
from .engine import Engine
from .errors import ControlError
from .flow import Flow
from .instruments import Instrument, LiquidityProfile, Market, default_instruments
from .money import EXACT, truncate_asset
from .prices import PriceFeed
from .state import Customs, State

DEPOSIT_DONE = 1
WITHDRAWAL_DONE = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueConfig:
    """What a venue starts from; a reset goes back to it.

    `path_start_ms` is the instant of the closes that belongs to the venue's first instant. With
    `align_days` it is moved to the same time of day as the venue's, so that the venue's days end
    when the path's days do.
    """

    closes: ClosePath
    clock: Clock
    path_start_ms: int
    path_speed: Decimal = Decimal(1)
    align_days: bool = True
    customs: Customs = field(default_factory=Customs)
    listing_lag_ms: int = 0
    instruments: Callable[[], dict[tuple[Market, str], Instrument]] = default_instruments


class Venue:
    """One running exchange. Enter `session` before touching anything."""

    def __init__(self, config: VenueConfig) -> None:
        self._config = config
        self._lock = threading.RLock()
        self.state = self._new_state()
        self.engine = Engine(self.state)
        self.flow = Flow(self.engine)

    def _new_state(self) -> State:
        config, now_ms = self._config, self._config.clock.now_ms()
        path_ms = self._aligned(config.path_start_ms) if config.align_days else config.path_start_ms
        feed = PriceFeed(config.closes, now_ms, path_ms, config.path_speed)
        return State(
            config.clock,
            feed,
            customs=config.customs,
            listing_lag_ms=config.listing_lag_ms,
            instruments=config.instruments(),
        )

    def _aligned(self, path_ms: int) -> int:
        """Move an instant of the path to the venue's time of day."""
        day_ms = 86_400_000
        return path_ms - path_ms % day_ms + self._config.clock.now_ms() % day_ms

    @contextmanager
    def session(self) -> Iterator[None]:
        """Hold the lock, calculate exactly, and work through the time since the last session."""
        with self._lock, localcontext(EXACT):
            self.flow.settle()
            yield

    def reset(self) -> None:
        """Forget accounts, orders and price moves; the clock keeps its time."""
        self.state = self._new_state()
        self.engine = Engine(self.state)
        self.flow = Flow(self.engine)

    def current(self, instrument: Instrument) -> Instrument:
        """Bring an instrument's book up to now before it is traded or shown."""
        self.flow.settle_instrument(instrument, self.state.clock.now_ms())
        return instrument

    # Accounts.

    def account(self, account_id: str) -> Account:
        """Return an account; ControlError when there is none of that name."""
        account = self.state.accounts.get(account_id)
        if account is None:
            raise ControlError(f"no account {account_id!r}")
        return account

    def open_account(self, account_id: str, fees: FeeSchedule | None = None) -> Account:
        """Return an account, making it first if need be; `fees` replaces its rates."""
        account = self.state.accounts.setdefault(account_id, Account(account_id, unified=self.state.customs.unified))
        if fees is not None:
            account.fees = fees
        return account

    def add_key(self, account: Account, key: str, secret: str, permissions: Permissions) -> None:
        """Give an account an API key, or replace the key's secret and permissions."""
        owner = self.state.keys.get(key)
        if owner is not None and owner[0] is not account:
            raise ControlError("the key belongs to another account")
        created_ms = self.state.event_ms if owner is None else owner[1].created_ms
        api_key = ApiKey(key=key, secret=secret, permissions=permissions, created_ms=created_ms)
        account.keys[key] = api_key
        self.state.keys[key] = (account, api_key)

    def revoke_key(self, key: str) -> None:
        """Take an API key away."""
        account, _ = self.state.keys.pop(key, (None, None))
        if account is None:
            raise ControlError("no such key")
        del account.keys[key]

    def set_balance(self, account: Account, market: Market, asset: str, amount: Decimal) -> None:
        """Set the free (spot) or wallet (swap) balance of an asset."""
        if market == "spot" or account.unified:
            account.spot.of(asset).free = amount
        else:
            account.futures.balances[asset] = amount
        account.updated_ms = self.state.event_ms

    def transfer(self, account: Account, *, kind: str, market: Market, asset: str, amount: Decimal) -> Transfer:
        """Deposit or withdraw, and list it in the account's history."""
        if kind not in {"deposit", "withdrawal"}:
            raise ControlError("type is deposit or withdrawal")
        signed = amount if kind == "deposit" else -amount
        wallet = account.spot if market == "spot" or account.unified else account.futures
        wallet.credit(asset, signed)
        transfer = Transfer(
            transfer_id=f"{kind}-{self.state.sequences.next()}",
            kind=kind,
            market=market,
            asset=asset,
            amount=amount,
            status=DEPOSIT_DONE if kind == "deposit" else WITHDRAWAL_DONE,
            network="ETH",
            at_ms=self.state.event_ms,
        )
        account.transfers.append(transfer)
        account.updated_ms = self.state.event_ms
        return transfer

    def move(self, account: Account, *, to: Market, asset: str, amount: Decimal) -> Transfer:
        """Move an asset between the account's spot and futures wallets, and list it in both histories."""
        out_of: Market = "spot" if to == "swap" else "swap"
        arrived = Transfer(
            transfer_id=str(self.state.sequences.next()),
            kind="move_in",
            market=to,
            asset=asset,
            amount=amount,
            status=DEPOSIT_DONE,
            network="",
            at_ms=self.state.event_ms,
        )
        for wallet, signed in ((out_of, -amount), (to, amount)):
            (account.spot if wallet == "spot" else account.futures).credit(asset, signed)
        account.transfers += [replace(arrived, kind="move_out", market=out_of), arrived]
        account.updated_ms = self.state.event_ms
        return arrived

    def pay_funding(self, symbol: str, rate: Decimal) -> list[Funding]:
        """Let longs pay a fraction of their value at the mark price, and shorts receive it (below 0: the reverse)."""
        instrument = self.current(self.state.instrument("swap", symbol))
        mark, paid = self.state.mark(instrument), []
        self.state.settled_rates.append((symbol, rate, self.state.event_ms))
        for account in self.state.accounts.values():
            for position in account.futures.legs(symbol):
                amount = truncate_asset(-position.quantity * mark * rate)
                if not amount:
                    continue
                payment = Funding(
                    payment_id=self.state.sequences.next(),
                    symbol=symbol,
                    asset=instrument.quote,
                    amount=amount,
                    at_ms=self.state.event_ms,
                )
                account.settle(payment.asset, amount)
                account.funding.append(payment)
                account.updated_ms = self.state.event_ms
                paid.append(payment)
        return paid

    def set_funding_rate(self, symbol: str, rate: Decimal) -> None:
        """Say what the next funding of a contract will be."""
        self.state.funding_rates[self.state.instrument("swap", symbol).symbol] = rate

    # Prices and time.

    def instruments_named(self, symbol: str, market: Market | None) -> list[Instrument]:
        """Return the instruments of a symbol, in one market or in both."""
        found = [
            item for item in self.state.instruments.values() if item.symbol == symbol and market in (None, item.market)
        ]
        if not found:
            raise ControlError(f"no instrument {symbol!r}")
        return found

    def set_price(self, symbol: str, market: Market | None, price: Decimal | None) -> None:
        """Hold a symbol at a price at once, or return it to the path."""
        for instrument in self.instruments_named(symbol, market):
            self.current(instrument)
            self.state.feed.set_price(instrument, self.state.event_ms, price)
            self.flow.jump(instrument)

    def set_liquidity(
        self, symbol: str, market: Market | None, reshape: Callable[[LiquidityProfile], LiquidityProfile]
    ) -> None:
        """Change the synthetic book's shape; it is rebuilt in full."""
        for instrument in self.instruments_named(symbol, market):
            self.current(instrument)
            changed = replace(instrument, liquidity=reshape(instrument.liquidity))
            self.state.instruments[instrument.key] = changed
            book = self.state.book(instrument)
            book.instrument = changed
            book.refresh(self.state.price(changed), self.state.sequences.next())
            self.flow.jump(changed)

    def set_trading(self, symbol: str, market: Market | None, *, trading: bool) -> None:
        """Open or close the market of a symbol."""
        for instrument in self.instruments_named(symbol, market):
            self.current(instrument)
            (self.state.closed.discard if trading else self.state.closed.add)(instrument.key)
            self.flow.jump(instrument)

    def advance(self, by_ms: int) -> None:
        """Let time pass at once; everything that happens meanwhile happens."""
        self.state.clock.advance(by_ms)
        self.flow.settle()

    def step_path(self, by_ms: int) -> None:
        """Follow the path further while the clock stands, close by close."""
        feed = self.state.feed
        start = feed.path_ms(self.state.event_ms)
        target = start + by_ms
        for path_ms in [*feed.knots_between(start, target), target]:
            feed.jump(self.state.event_ms, path_ms)
            self.flow.glide_all()

    def replay(self, path_ms: int, speed: Decimal, *, align: bool) -> None:
        """Restart the path from another instant, with the history that led there.

        For whoever has orders or positions the price jumps.
        """
        start = self._aligned(path_ms) if align else path_ms
        self.state.feed.restart(self.state.event_ms, start, speed)
        for instrument in self.flow.busy():
            self.flow.jump(instrument)
