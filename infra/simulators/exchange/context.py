"""What a handler gets: the venue, the request's parameters, the caller, and faults in force."""

from dataclasses import dataclass, field
from decimal import Decimal

from .accounts import Account, ApiKey
from .errors import VenueError
from .faults import Fault, Kind
from .instruments import Instrument, Market
from .params import Params
from .venue import Venue


@dataclass(kw_only=True, slots=True)
class Context:
    """One request inside a venue session."""

    venue: Venue
    market: Market
    params: Params
    account: Account | None = None
    key: ApiKey | None = None
    faults: list[Fault] = field(default_factory=list)

    def _fault(self, kind: Kind) -> Fault | None:
        return next((fault for fault in self.faults if fault.kind is kind), None)

    @property
    def caller(self) -> Account:
        """Return the account of a signed request."""
        if self.account is None:
            raise VenueError(-2014, "API-key format invalid.", 401)
        return self.account

    @property
    def now_ms(self) -> int:
        """Return the time the venue believes it is, skewed if such a fault is in force."""
        fault = self._fault(Kind.CLOCK_SKEW)
        return self.venue.state.event_ms + (0 if fault is None else fault.integer("skew_ms"))

    @property
    def view_ms(self) -> int:
        """Return the instant whose prices the request sees."""
        fault = self._fault(Kind.STALE_PRICES)
        age_ms = Decimal(0) if fault is None else fault.decimal("age_seconds") * 1000
        return self.venue.state.event_ms - int(age_ms)

    @property
    def stamp_ms(self) -> int:
        """Return the time that market data bears: of its prices, unless the fault hides it."""
        fault = self._fault(Kind.STALE_PRICES)
        if fault is None or fault.options["hide_age"]:
            return self.now_ms
        return self.view_ms

    @property
    def is_stale(self) -> bool:
        """Tell whether the request sees old prices."""
        return self._fault(Kind.STALE_PRICES) is not None

    def distorted(self, asset: str, amount: Decimal) -> Decimal:
        """Return a balance as the request sees it: wrong if such a fault is in force."""
        fault = self._fault(Kind.WRONG_BALANCE)
        if fault is None or fault.text("asset") != asset:
            return amount
        return amount * fault.decimal("factor") + fault.decimal("delta")

    def instrument(self, name: str = "symbol") -> Instrument:
        """Return the instrument a mandatory parameter names, its book brought up to now."""
        found = self.venue.state.instrument(self.market, self.params.required(name))
        return self.venue.current(found)

    def instruments(self) -> list[Instrument]:
        """Return the instrument named, or all that are listed."""
        wanted = self.optional_instrument()
        return list(self.venue.state.listed(self.market)) if wanted is None else [wanted]

    def optional_instrument(self, name: str = "symbol") -> Instrument | None:
        """Return the instrument an optional parameter names."""
        return None if self.params.text(name) is None else self.instrument(name)
