"""Take one Telegram update: answer what only looks, and lead what intervenes through button and one-time code.

Every command of a known person, and every refusal, is an entry of the gateway's audit chain, named by the Telegram
user id. A stranger who keeps writing is written down once a minute.
"""

from dataclasses import replace
from datetime import timedelta
from html import escape

from riskgate.app.operators.actions import describe_action, perform_action
from riskgate.app.operators.look_ups import look_up
from riskgate.app.operators.session import Caller, OperatorSession, choose_account, record, reply, reply_picture
from riskgate.app.operators.switch_actions import is_wide, name_wide
from riskgate.core.access.totp import is_code
from riskgate.core.errors import Forbidden, GatewayError, InvalidRequest, TooManyAttempts, Unauthorized
from riskgate.core.ledger.gateway_events import CommandOutcome
from riskgate.core.operators.commands import Command, CommandName, PendingCommand, Role, parse_command
from riskgate.observability import logger
from riskgate.schemas.http.requests.telegram import TelegramCallback, TelegramMessage, TelegramUpdate

UPDATE_REPEATED = "telegram_update_repeated"
COMMAND_FAILED = "operator_command_failed"
CALLBACK_UNANSWERED = "telegram_callback_unanswered"

#: How long a command waits for its button and its code.
PENDING_LIFETIME = timedelta(minutes=2)
#: Telegram repeats an update for a day at most.
UPDATE_LIFETIME = timedelta(days=2)

_CONFIRM, _ABANDON = "y:", "n:"


def answer_update(update: TelegramUpdate, session: OperatorSession) -> None:
    """Do what an update asks for, once; a repetition of the update is ignored, and no failure is raised after that.

    Raises Transient: nobody knows whether the update is a repetition: nothing was done.
    """
    callback, message = update.callback_query, update.message
    sender = callback.sender if callback is not None else message.sender if message is not None else None
    place = callback.message if callback is not None else message
    if sender is None:
        return
    if not session.commands.claim(f"UPDATE#{update.update_id}", session.now + UPDATE_LIFETIME):
        logger.info(UPDATE_REPEATED, update_id=update.update_id)
        return
    caller = Caller(
        user_id=sender.id,
        chat_id=place.chat.id if place is not None else sender.id,
        update_id=update.update_id,
        user=session.access.users.get(str(sender.id)),
    )
    try:
        if callback is not None:
            _press(callback, caller, session)
        elif message is not None:
            _read(message, caller, session)
    except GatewayError as error:
        # The update is taken: Telegram's repetition would find it so.
        logger.error(COMMAND_FAILED, code=error.code, detail=error.detail)
        reply(session, caller.chat_id, ["⚠️ The gateway could not record this. Check /status, then try again."])


def _read(message: TelegramMessage, caller: Caller, session: OperatorSession) -> None:
    """Take a command or a one-time code; whatever else people say is none of ours."""
    command, text = parse_command(message.text), message.text.strip()
    if command is None and not is_code(text):
        return
    if command is not None and command.addressee not in {"", session.chat.username().lower()}:
        # In a group every bot reads along.
        return
    if caller.user is None:
        _turn_away(command.word if command is not None else "code", caller, session)
    elif command is None:
        _confirm(text, caller, session)
    else:
        _obey(command, caller, session)


def _turn_away(word: str, caller: Caller, session: OperatorSession) -> None:
    minute = f"{session.now:%Y%m%dT%H%M}"
    if session.commands.claim(f"STRANGER#{caller.user_id}#{minute}", session.now + timedelta(hours=1)):
        record(session, caller, word, (), CommandOutcome.REFUSED, "USER_NOT_PERMITTED: not on the list")
        reply(
            session, caller.chat_id, [f"⛔ You are not on the list. Your Telegram id is <code>{caller.user_id}</code>."]
        )


def _obey(command: Command, caller: Caller, session: OperatorSession) -> None:
    name, arguments = command.name, command.arguments
    try:
        if name is None:
            raise InvalidRequest("unknown command, see /help", code="COMMAND_UNKNOWN")
        if name.role is Role.CONTROL and caller.known.role is not Role.CONTROL:
            raise Forbidden("you have read access only", code="ROLE_MISSING")
        if name.is_confirmed:
            _ask(name, caller, arguments, session)
            return
        shown = look_up(name, caller, arguments, session)
    except GatewayError as error:
        _refuse(error, command.word, arguments, caller, session)
        return
    record(session, caller, name.value, arguments, CommandOutcome.ANSWERED)
    if shown.picture:
        reply_picture(session, caller.chat_id, shown.picture, shown.lines)
    else:
        reply(session, caller.chat_id, shown.lines)


def _refuse(
    error: GatewayError, word: str, arguments: tuple[str, ...], caller: Caller, session: OperatorSession
) -> None:
    """Write down and say why something is not done."""
    refused = isinstance(error, Forbidden | Unauthorized | TooManyAttempts)
    outcome = CommandOutcome.REFUSED if refused else CommandOutcome.FAILED
    record(session, caller, word, arguments, outcome, f"{error.code}: {error.detail}")
    reply(session, caller.chat_id, [f"{'⛔' if refused else '⚠️'} {escape(error.detail, quote=False)}"])


def _ask(name: CommandName, caller: Caller, arguments: tuple[str, ...], session: OperatorSession) -> None:
    """Say what would happen, and let it wait for the button."""
    concerns_all = name in {CommandName.KILL, CommandName.RESUME} and is_wide(arguments)
    account, rest = ("", arguments) if concerns_all else choose_account(session, caller, arguments)
    lines = describe_action(name, account, rest, caller, session)
    pending = PendingCommand(
        nonce=session.new_nonce(),
        user_id=caller.user_id,
        chat_id=caller.chat_id,
        name=name,
        account=account,
        arguments=rest,
        expires_at=session.now + PENDING_LIFETIME,
    )
    session.commands.put_pending(pending)
    record(session, caller, name.value, _words(account, rest), CommandOutcome.CONFIRMATION_REQUESTED)
    seconds = int(PENDING_LIFETIME.total_seconds())
    lines = [*lines, f"<i>Confirm within {seconds} s. A one-time code follows.</i>"]
    buttons = [("✅ Confirm", f"{_CONFIRM}{pending.nonce}"), ("✖️ Cancel", f"{_ABANDON}{pending.nonce}")]
    reply(session, caller.chat_id, lines, buttons=[buttons])


def _words(account: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command's arguments as the log names them; what concerns every account names none."""
    return (account, *arguments) if account else arguments


def _press(callback: TelegramCallback, caller: Caller, session: OperatorSession) -> None:
    """Take a pressed button: it counts only for who asked, where it was asked, once and in time."""
    pending = session.commands.get_pending(caller.user_id) if caller.user is not None else None
    if pending is None or not _belongs(callback.data, pending, caller, session):
        minute = f"{session.now:%Y%m%dT%H%M}"
        if caller.user is not None or session.commands.claim(
            f"STRANGER#{caller.user_id}#{minute}", session.now + timedelta(hours=1)
        ):
            detail = "CALLBACK_INVALID: not their button, or it has expired"
            record(session, caller, "button", (), CommandOutcome.REFUSED, detail)
        _end_waiting(callback, session, "Not your button, or it has expired.")
        return
    confirmed = callback.data.startswith(_CONFIRM)
    if not session.commands.replace_pending(pending, replace(pending, pressed=True) if confirmed else None):
        _end_waiting(callback, session, "Already pressed.")
        return
    outcome = CommandOutcome.CONFIRMATION_REQUESTED if confirmed else CommandOutcome.ABANDONED
    detail = "button pressed, waiting for a one-time code" if confirmed else "cancelled with the button"
    record(session, caller, pending.name.value, _words(pending.account, pending.arguments), outcome, detail)
    _end_waiting(callback, session, "Send your one-time code." if confirmed else "Cancelled.")
    said = "🔑 Send the 6 digits of your one-time code." if confirmed else "✖️ Cancelled: nothing was done."
    what = f"<b>/{pending.name.value}</b> {escape(pending.account or name_wide(pending.arguments), quote=False)}"
    if callback.message is None:
        reply(session, caller.chat_id, [what, said])
        return
    try:
        session.chat.edit(str(caller.chat_id), callback.message.message_id, f"{what}\n{said}")
    except GatewayError:
        reply(session, caller.chat_id, [what, said])


def _belongs(data: str, pending: PendingCommand, caller: Caller, session: OperatorSession) -> bool:
    return (
        data in {f"{_CONFIRM}{pending.nonce}", f"{_ABANDON}{pending.nonce}"}
        and not pending.pressed
        and pending.chat_id == caller.chat_id
        and pending.expires_at > session.now
    )


def _end_waiting(callback: TelegramCallback, session: OperatorSession, text: str) -> None:
    try:
        session.chat.answer_callback(callback.id, text)
    except GatewayError as error:
        logger.info(CALLBACK_UNANSWERED, code=error.code)


def _confirm(code: str, caller: Caller, session: OperatorSession) -> None:
    """Take a one-time code: it ends what waits for it, and nothing else."""
    pending = session.commands.get_pending(caller.user_id)
    waits = pending is not None and pending.pressed and pending.chat_id == caller.chat_id
    if pending is None or not waits or pending.expires_at <= session.now:
        record(session, caller, "code", (), CommandOutcome.REFUSED, "NOTHING_PENDING: no command is waiting for a code")
        reply(session, caller.chat_id, ["⛔ No command is waiting for a code. Send the command again."])
        return
    arguments = _words(pending.account, pending.arguments)
    try:
        if caller.known.role is not Role.CONTROL:
            raise Forbidden("you have read access only", code="ROLE_MISSING")
        if not caller.known.may_see(pending.account):
            raise Forbidden("you have no access to this account", code="ACCOUNT_NOT_PERMITTED")
        session.check_code(caller.known.operator, code)
        if not session.commands.replace_pending(pending, None):
            raise Unauthorized("this command was already confirmed", code="CONFIRMED_ALREADY")
        lines = perform_action(pending, caller, session)
    except GatewayError as error:
        _refuse(error, pending.name.value, arguments, caller, session)
        return
    # What is done is said, even if the log does not take it.
    try:
        record(session, caller, pending.name.value, arguments, CommandOutcome.DONE)
    finally:
        reply(session, caller.chat_id, lines)
