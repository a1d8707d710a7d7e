"""``riskctl key``: issue, revoke and list keys of the front door, with AWS credentials."""

import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.riskctl.aws import Aws
from infra.riskctl.options import OutputOption
from infra.riskctl.output import OutputFormat, emit, show_instant
from infra.riskctl.session import session_of
from riskgate.adapters.dynamodb.instants import format_seconds
from riskgate.app.access.manage_keys import create_key, find_venues, revoke_key
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.access.keys import KEY_RANDOM_BYTES, ExchangeKey, derive_secret, new_key
from riskgate.core.access.tokens import Scope
from riskgate.core.money import plain
from riskgate.schemas.patterns import fold_strategy

app = typer.Typer(no_args_is_help=True, help="Issue, revoke and list keys of the front door.")


def issue_key(aws: Aws, *, created_at: datetime, **grants: Any) -> tuple[ExchangeKey, str]:
    """Issue a key with the grants of `new_key`, and return it with its secret."""
    key = new_key(random_bytes=secrets.token_bytes(KEY_RANDOM_BYTES), created_at=created_at, **grants)
    secret = derive_secret(aws.read_front_door_master(), key.key_id)
    create_key(Acting(deps=aws.deps, actor=aws.actor, now=created_at), key, keys=aws.keys)
    return key, secret


@app.command("create")
def create(
    context: typer.Context,
    *,
    account: Annotated[str, typer.Option("--account", "-a", help="The account it is for.")],
    venue: Annotated[list[str], typer.Option("--venue", help="The account's venue. Twice for spot and swaps.")],
    strategy: Annotated[str, typer.Option(help="The strategy in whose name the bot acts.")],
    operator: Annotated[str, typer.Option(help="Whom it belongs to.")],
    days: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = 30,
    read_only: Annotated[bool, typer.Option("--read-only", help="It places and cancels nothing.")] = False,
    cidr: Annotated[list[str] | None, typer.Option(help="Networks it may be used from. Without one, any.")] = None,
    default_stop: Annotated[
        str | None, typer.Option("--default-stop", help="Where an entry without a stop gets one: 0.05 is 5 % away.")
    ] = None,
    heartbeat: Annotated[
        int | None, typer.Option("--heartbeat", help="Seconds after which a bot that asks nothing counts as silent.")
    ] = None,
    shows_all: Annotated[bool, typer.Option("--shows-all", help="Let it see other strategies' orders.")] = False,
    shows_budget: Annotated[bool, typer.Option("--shows-budget", help="Show its budget as its balance.")] = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Issue a key: its secret is shown once and stored nowhere."""
    aws, now = session_of(context).aws, datetime.now(UTC)
    key, secret = issue_key(
        aws,
        account_id=account,
        strategy=fold_strategy(strategy),
        venues=find_venues(Acting(deps=aws.deps, actor=aws.actor, now=now), account, venue),
        operator=operator,
        created_at=now,
        expires_at=now + timedelta(days=days),
        scopes=(Scope.ACCOUNTS_READ,) if read_only else (Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ),
        cidrs=cidr or (),
        default_stop_fraction=_fraction(default_stop),
        heartbeat_seconds=heartbeat,
        shows_all=shows_all,
        shows_budget=shows_budget,
    )
    emit(
        output,
        {**_row(key, now), "secret": secret},
        lambda: Text.assemble(
            ("key     ", "dim"),
            (f"{key.key_id}\n", "bold"),
            ("secret  ", "dim"),
            (f"{secret}\n", "bold"),
            f"Shown only once. Valid until {show_instant(format_seconds(key.grant.expires_at))}.",
        ),
    )


@app.command("revoke")
def revoke(
    context: typer.Context,
    *,
    key_id: Annotated[str, typer.Argument(help="The key's id.")],
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Revoke a key for good; the next request with it is refused."""
    aws, now = session_of(context).aws, datetime.now(UTC)
    key = revoke_key(Acting(deps=aws.deps, actor=aws.actor, now=now), key_id, keys=aws.keys)
    emit(
        output,
        {**_row(key, now), "state": "revoked"},
        lambda: Text(f"{key.key_id} of {key.strategy} is revoked. The next request with it is refused."),
    )


@app.command("list")
def list_keys(context: typer.Context, *, output: OutputOption = OutputFormat.TABLE) -> None:
    """List all keys, revoked and expired ones included."""
    now = datetime.now(UTC)
    rows = [_row(key, now) for key in session_of(context).aws.keys.list_keys()]

    def render() -> Table:
        table = Table("key", "operator", "state", "account", "strategy", "venues", "scopes", "networks", "expires")
        for row in rows:
            table.add_row(
                row["key_id"],
                row["operator"],
                row["state"],
                row["account"],
                row["strategy"],
                "\n".join(row["venues"].values()),
                "\n".join(row["scopes"]),
                "\n".join(row["cidrs"]) or "any",
                show_instant(row["expires_at"]),
                style="" if row["state"] == "valid" else "dim",
            )
        return table

    emit(output, {"keys": rows}, render)


def _fraction(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter("--default-stop is a fraction such as 0.05") from None


def _row(key: ExchangeKey, now: datetime) -> dict[str, Any]:
    grant, stop = key.grant, key.default_stop_fraction
    return {
        "key_id": key.key_id,
        "operator": grant.operator,
        "state": "revoked" if grant.revoked else "expired" if now >= grant.expires_at else "valid",
        "account": key.account_id,
        "strategy": key.strategy,
        "venues": dict(key.venues),
        "scopes": sorted(grant.scopes),
        "cidrs": list(grant.cidrs),
        "default_stop_fraction": plain(stop) if stop is not None else None,
        "heartbeat_seconds": key.heartbeat_seconds,
        "shows_all": key.shows_all,
        "shows_budget": key.shows_budget,
        "created_at": format_seconds(grant.created_at),
        "expires_at": format_seconds(grant.expires_at),
    }
