"""What the use cases of the phone share: whom they serve, with what, and how they answer and keep account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from riskgate.app.ledger.commit_event import Acting, Deps, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.app.orders.permits import PermitSource
from riskgate.app.ports.operators import ChartDrawer, CommandStore, OperatorChat
from riskgate.app.ports.queue import Queue
from riskgate.core.errors import Forbidden, GatewayError, InvalidRequest
from riskgate.core.ledger.gateway_events import CommandOutcome, OperatorCommand
from riskgate.core.statements.view import BookView
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.http.answers.performance import PerformanceAnswer
from riskgate.schemas.secrets.telegram import TelegramAccess, TelegramUser
from riskgate.schemas.texts.alert_html import split_pages

COMMAND_TAKEN = "operator_command_taken"
REPLY_FAILED = "operator_reply_failed"

#: Longest texts that go from a phone into the log.
WORD_LENGTH_MAX = 32
ARGUMENTS_LENGTH_MAX = 200


class Shown(NamedTuple):
    """What a look-up answers: lines of HTML, and a picture (PNG) that they stand below, if any."""

    lines: list[str]
    picture: bytes = b""


class CodeCheck(Protocol):
    """Accepts an operator's one-time code once; see `verify_totp`."""

    def __call__(self, operator: str, code: str) -> int:
        """Return the time step that was used up, or raise Unauthorized, Forbidden or TooManyAttempts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorSession:
    """Everything a command may need."""

    deps: Deps
    commands: CommandStore
    chat: OperatorChat
    access: TelegramAccess
    check_code: CodeCheck
    permits: PermitSource
    queue: Callable[[], Queue]
    now: datetime
    new_nonce: Callable[[], str]  # makes an unguessable text of at most 32 characters
    earned: Callable[[BookView, int], PerformanceAnswer]  # what an account earned on each of the last days
    drawer: Callable[[], ChartDrawer]

    def acting(self, caller: Caller) -> Acting:
        """Return the sender as who acts."""
        return Acting(deps=self.deps, actor=caller.actor, now=self.now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who sent an update, and where; `user` is None for a stranger."""

    user_id: int
    chat_id: int
    update_id: int
    user: TelegramUser | None

    @property
    def actor(self) -> str:
        """Return the sender as the audit log names it."""
        return f"telegram:{self.user_id}"

    @property
    def known(self) -> TelegramUser:
        """Return the person; only strangers are none."""
        assert self.user is not None  # noqa: S101 strangers are turned away first
        return self.user


def reply(
    session: OperatorSession, chat_id: int, lines: Sequence[str], *, buttons: Sequence[Sequence[tuple[str, str]]] = ()
) -> None:
    """Send lines of HTML in as many messages as they take, buttons below the last.

    A reply that cannot be sent undoes nothing: it is logged, and the operator asks again.
    """
    pages = split_pages(lines)
    with _told_if_lost():
        for number, page in enumerate(pages, start=1):
            session.chat.send(str(chat_id), page, buttons=buttons if number == len(pages) else ())


def reply_picture(session: OperatorSession, chat_id: int, picture: bytes, lines: Sequence[str]) -> None:
    """Send a picture (PNG) with lines of HTML below it; one that cannot be sent is logged."""
    with _told_if_lost():
        session.chat.send_photo(str(chat_id), picture, "\n".join(lines))


@contextmanager
def _told_if_lost() -> Iterator[None]:
    try:
        yield
    except GatewayError as error:
        logger.warning(REPLY_FAILED, code=error.code, detail=error.detail)
        metrics.add_metric(name="OperatorRepliesFailed", unit=MetricUnit.Count, value=1)


def record(
    session: OperatorSession,
    caller: Caller,
    word: str,
    arguments: Sequence[str],
    outcome: CommandOutcome,
    detail: str = "",
) -> None:
    """Write down what was asked and what became of it. Raises Transient, OutcomeUnknown: the log did not take it."""
    event = OperatorCommand(
        command=word[:WORD_LENGTH_MAX],
        arguments=" ".join(arguments)[:ARGUMENTS_LENGTH_MAX],
        outcome=outcome,
        detail=detail[:ARGUMENTS_LENGTH_MAX],
        update_id=caller.update_id,
        chat_id=caller.chat_id,
    )
    logger.info(COMMAND_TAKEN, command=event.command, outcome=outcome.value, user=caller.user_id)
    name = "OperatorCommandsRefused" if outcome is CommandOutcome.REFUSED else "OperatorCommands"
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    append_to_gateway_chain(
        session.acting(caller),
        event,
        lambda _: Effects(answer=None, decision=outcome.value),
    )


def choose_account(session: OperatorSession, caller: Caller, arguments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the account a command is about, and its other arguments.

    The first argument where it names a registered account; else the only one, or the first the person has.

    Raises Forbidden: the account is not the person's business; InvalidRequest: several are, and none is named.
    """
    registered = session.deps.store.list_accounts()
    if arguments and arguments[0] in registered:
        if not caller.known.may_see(arguments[0]):
            raise Forbidden("you have no access to this account", code="ACCOUNT_NOT_PERMITTED")
        return arguments[0], tuple(arguments[1:])
    own = [account for account in caller.known.accounts if account in registered]
    if caller.known.has_all_accounts:
        own = list(registered)
    if not own:
        raise InvalidRequest("you have no account yet", code="ACCOUNT_UNKNOWN")
    if len(own) > 1 and caller.known.has_all_accounts:
        raise InvalidRequest(f"put an account first: {', '.join(sorted(own)[:10])}", code="ACCOUNT_NOT_NAMED")
    return own[0], tuple(arguments)
