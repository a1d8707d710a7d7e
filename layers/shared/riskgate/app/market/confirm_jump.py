"""Confirm what a jump of daily closes is: until then the figures of its asset are unknown."""

from datetime import date
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.app.ports.jobs import Closes
from riskgate.core.errors import NotFound
from riskgate.core.ledger.gateway_events import CloseJumpConfirmed
from riskgate.core.market.closes import JumpMeaning


def confirm_jump(acting: Acting, closes: Closes, asset: str, day: date, meaning: JumpMeaning, reason: str) -> None:
    """Write a person's word into the gateway's log and beside the closes; the next risk run goes by it.

    Raises NotFound: the stored closes do not jump on that day; StateCorrupt: they cannot be read; Contention,
    Transient, OutcomeUnknown: nothing is confirmed, or only the log says so; repeat the call.
    """
    series = closes.get([asset]).get(asset)
    jump = series.find_jump(day) if series is not None else None
    if jump is None:
        raise NotFound(f"the closes of {asset} do not jump on {day}", code="CLOSE_JUMP_NOT_FOUND")
    before, after = (Decimal(repr(close)) for close in jump)
    event = CloseJumpConfirmed(asset=asset, day=day, meaning=meaning, before=before, after=after, reason=reason)
    append_to_gateway_chain(acting, event, lambda _: Effects())
    closes.confirm_jump(asset, day, meaning)
