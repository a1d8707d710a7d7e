"""Commands from an operator's phone: what there is, who may give it, and what waits for a confirmation."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a user of the phone may do: look, or intervene as well."""

    READ = "read"
    CONTROL = "control"


class CommandName(StrEnum):
    """Every command; public, so never renamed."""

    STATUS = "status"
    POSITIONS = "positions"
    LIMITS = "limits"
    RISK = "risk"
    ORDERS = "orders"
    AUDIT = "audit"
    PROFIT = "profit"
    DAILY = "daily"
    PERFORMANCE = "performance"
    CHART = "chart"
    LOCKS = "locks"
    ALERTS = "alerts"
    ACK = "ack"
    STOP = "stop"
    RESUME = "resume"
    KILL = "kill"
    EXIT = "exit"
    UNLOCK = "unlock"
    HELP = "help"

    @property
    def role(self) -> Role:
        """Return the role it takes."""
        return Role.CONTROL if self is CommandName.ACK or self.is_confirmed else Role.READ

    @property
    def is_confirmed(self) -> bool:
        """Tell whether it happens only after a pressed button and a one-time code."""
        return self in _CONFIRMED


_CONFIRMED = frozenset({CommandName.STOP, CommandName.RESUME, CommandName.KILL, CommandName.EXIT, CommandName.UNLOCK})


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command as typed: its word in lower case, which need not be one there is, and what follows it.

    `addressee` is the bot it names (``/status@some_bot``), in lower case, empty where it names none.
    """

    word: str
    arguments: tuple[str, ...]
    addressee: str = ""

    @property
    def name(self) -> CommandName | None:
        """Return which command it is, or None."""
        return CommandName(self.word) if self.word in set(CommandName) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingCommand:
    """What a user asked for and has not confirmed; a user has one at most.

    `nonce` ties the buttons to it and names what it does; `pressed` tells that only the one-time code is missing.
    """

    nonce: str
    user_id: int
    chat_id: int
    name: CommandName
    account: str
    arguments: tuple[str, ...]
    expires_at: datetime
    pressed: bool = False


_COMMAND = re.compile(r"/([A-Za-z]{1,32})(?:@([A-Za-z0-9_]{1,64}))?")


def parse_command(text: str) -> Command | None:
    """Return the command a message holds, or None where it is no command."""
    # Invisible marks would let what is logged read differently from what was done.
    words = "".join(c for c in text if c.isprintable() or c.isspace()).split()
    found = _COMMAND.fullmatch(words[0]) if words else None
    if found is None:
        return None
    return Command(word=found[1].lower(), arguments=tuple(words[1:]), addressee=(found[2] or "").lower())
