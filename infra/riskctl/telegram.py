"""``riskctl telegram``: connect the bot to the gateway, and say who may command it."""

import json
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.errors import CliError
from infra.riskctl.options import OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import Session, session_of
from riskgate.adapters.telegram_bot import TelegramBot
from riskgate.core.operators.commands import Role
from riskgate.schemas.secrets.telegram import read_telegram_access, read_telegram_secret

OUTPUT = "TelegramSecretArn"

app = typer.Typer(no_args_is_help=True, help="The bot on the phone: its connection, and who may command it.")

UserArgument = Annotated[int, typer.Argument(help="The person's Telegram id. The bot tells it to strangers.")]
SecretOption = Annotated[
    str | None,
    typer.Option("--secret-id", envvar="RISKCTL_TELEGRAM_SECRET", help="The secret. Defaults to the stack's."),
]


@app.command("connect")
def connect(
    context: typer.Context, *, secret_id: SecretOption = None, output: OutputOption = OutputFormat.TABLE
) -> None:
    """Let Telegram post what people type to this gateway, with the secret of the webhook."""
    session = session_of(context)
    text = _read(session, _secret_id(session, secret_id))
    secret, access = read_telegram_secret(text), read_telegram_access(text)
    if not secret.token:
        raise CliError("the secret has no token: add the bot's token first")
    if session.target.api_url is None:
        raise CliError("no API address: pass --api-url or --stack-name")
    url = f"{session.target.api_url.rstrip('/')}/telegram"
    bot = TelegramBot(secret.token, secret.api_url)
    try:
        bot.set_webhook(url, access.webhook_secret)
        name = bot.check()
    finally:
        bot.close()
    emit(output, {"bot": name, "url": url}, lambda: Text(f"@{name} posts to {url}"))


@app.command("users")
def users(context: typer.Context, *, secret_id: SecretOption = None, output: OutputOption = OutputFormat.TABLE) -> None:
    """List who may command the gateway."""
    session = session_of(context)
    document = _document(session, _secret_id(session, secret_id))
    emit(output, {"users": document.get("users", {})}, lambda: _render(document))


@app.command("allow")
def allow(
    context: typer.Context,
    *,
    user_id: UserArgument,
    operator: Annotated[str, typer.Option(help="The operator whose one-time codes count. See `riskctl totp`.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.READ,
    accounts: Annotated[list[str], typer.Option("--account", "-a", help="Account, or * for all. Repeat for several.")],
    secret_id: SecretOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Let a person command the gateway, or change what they may do."""
    user = {"operator": operator, "role": role.value, "accounts": accounts}
    _change(session_of(context), secret_id, {str(user_id): user}, output)


@app.command("remove")
def remove(
    context: typer.Context,
    *,
    user_id: UserArgument,
    secret_id: SecretOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Take a person off the list; functions that have read it forget them within five minutes."""
    _change(session_of(context), secret_id, {str(user_id): None}, output)


def _change(session: Session, secret_id: str | None, changes: dict[str, Any], output: OutputFormat) -> None:
    name = _secret_id(session, secret_id)
    document = _document(session, name)
    users = {**document.get("users", {}), **changes}
    document["users"] = {user_id: user for user_id, user in users.items() if user is not None}
    text = json.dumps(document)
    # What the gateway could not read would lock everybody out.
    read_telegram_access(text)
    session.aws.write_secret(name, text)
    emit(output, {"users": document["users"]}, lambda: _render(document))


def _render(document: dict[str, Any]) -> RenderableType:
    table = Table("user", "operator", "role", "accounts")
    for user_id, user in sorted(document.get("users", {}).items()):
        table.add_row(user_id, user["operator"], user["role"], ", ".join(user["accounts"]))
    return table


def _secret_id(session: Session, given: str | None) -> str:
    return given if given is not None else session.target.require_output(OUTPUT, ": pass --secret-id")


def _read(session: Session, secret_id: str) -> str:
    text = session.aws.read_secret(secret_id)
    if text is None:
        raise CliError("the Telegram secret has no value")
    return text


def _document(session: Session, secret_id: str) -> dict[str, Any]:
    try:
        document: Any = json.loads(_read(session, secret_id))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise CliError("the Telegram secret is not a JSON object: fix it first")
    return document
