"""What the front door asks the function that reads venues for, and what that answers."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueRead:
    """One call of a venue's own API, in the name of a bot.

    `venue` is the account's venue whose API `path` belongs to. `parameters` are as the bot sent them, decoded, without
    what signed its request. `shows_all` leaves other strategies' orders in the answer, `shows_budget` shows the
    strategy's budget instead of the account's balance.
    """

    account_id: str
    venue: str
    strategy: str
    method: str
    path: str
    parameters: dict[str, str] = field(default_factory=dict)
    shows_all: bool = False
    shows_budget: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueReadAnswer:
    """What the bot is answered: the status of HTTP, the JSON text as the venue wrote its numbers, and headers.

    `cause` is the gateway's own code where it refused; empty where the venue answered. `behind` are the bot's orders of
    which the answer shows more executed than the account's books have.
    """

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    cause: str = ""
    behind: tuple[str, ...] = ()
