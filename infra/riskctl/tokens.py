"""``riskctl token``: issue, revoke and list bearer tokens, with AWS credentials."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.riskctl.options import OutputOption
from infra.riskctl.output import OutputFormat, emit, show_instant
from infra.riskctl.session import session_of
from riskgate.adapters.dynamodb.instants import format_seconds
from riskgate.app.access.manage_tokens import create_token, revoke_token
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.access.tokens import ALL_STRATEGIES, ROLE_SCOPES, TOKEN_RANDOM_BYTES, Role, Scope, Token

app = typer.Typer(no_args_is_help=True, help="Issue, revoke and list bearer tokens.")


_ROLES = "; ".join(f"{role.value}: {', '.join(scopes)}" for role, scopes in ROLE_SCOPES.items())


@app.command("create")
def create(
    context: typer.Context,
    *,
    account: Annotated[list[str], typer.Option("--account", "-a", help="Accounts it is for, or * alone for all.")],
    operator: Annotated[str, typer.Option(help="Whom it belongs to. Selects the one-time code seed.")],
    role: Annotated[Role | None, typer.Option("--role", "-r", help=f"Whom it is for. {_ROLES}.")] = None,
    scope: Annotated[
        list[Scope] | None,
        typer.Option("--scope", "-s", help="What the token may do beside its role. Repeat for several."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = 30,
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="Strategies it may act for, or * alone for all. Needed with orders:write."),
    ] = None,
    cidr: Annotated[list[str] | None, typer.Option(help="Networks it may be used from. Without one, any.")] = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Issue a token: its string is shown once and stored nowhere."""
    scopes = tuple(dict.fromkeys([*(ROLE_SCOPES[role] if role is not None else ()), *(scope or ())]))
    if Scope.ORDERS_WRITE in scopes and not strategy:
        raise typer.BadParameter(f"{Scope.ORDERS_WRITE} goes with --strategy NAME, or --strategy '*' for all")
    aws, now = session_of(context).aws, datetime.now(UTC)
    token, text = create_token(
        Acting(deps=aws.deps, actor=aws.actor, now=now),
        random_bytes=secrets.token_bytes(TOKEN_RANDOM_BYTES),
        scopes=scopes,
        accounts=account,
        operator=operator,
        expires_at=now + timedelta(days=days),
        strategies=strategy or (ALL_STRATEGIES,),
        cidrs=cidr or (),
        tokens=aws.tokens,
    )
    emit(
        output,
        {**_row(token, now), "token": text},
        lambda: Text.assemble(
            (f"{text}\n", "bold"),
            f"Shown only once. Id {token.token_id}, valid until {show_instant(format_seconds(token.expires_at))}.",
        ),
    )


@app.command("revoke")
def revoke(
    context: typer.Context,
    *,
    token_id: Annotated[str, typer.Argument(help="The token's id, not the token.")],
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Revoke a token for good; the API may accept it for the authorizer's cache time still."""
    aws, now = session_of(context).aws, datetime.now(UTC)
    token = revoke_token(Acting(deps=aws.deps, actor=aws.actor, now=now), token_id, tokens=aws.tokens)
    emit(
        output,
        {**_row(token, now), "state": "revoked"},
        lambda: Text(f"{token.token_id} of {token.operator} is revoked. API Gateway forgets it within its cache time."),
    )


@app.command("list")
def list_tokens(context: typer.Context, *, output: OutputOption = OutputFormat.TABLE) -> None:
    """List all tokens, revoked and expired ones included."""
    now = datetime.now(UTC)
    rows = [_row(token, now) for token in session_of(context).aws.tokens.list_tokens()]

    def render() -> Table:
        table = Table("id", "operator", "state", "scopes", "accounts", "strategies", "networks", "created", "expires")
        for row in rows:
            style = "" if row["state"] == "valid" else "dim"
            table.add_row(
                row["token_id"],
                row["operator"],
                row["state"],
                "\n".join(row["scopes"]),
                "\n".join(row["accounts"]),
                "\n".join(row["strategies"]),
                "\n".join(row["cidrs"]) or "any",
                show_instant(row["created_at"]),
                show_instant(row["expires_at"]),
                style=style,
            )
        return table

    emit(output, {"tokens": rows}, render)


def _row(token: Token, now: datetime) -> dict[str, Any]:
    state = "revoked" if token.revoked else "expired" if now >= token.expires_at else "valid"
    return {
        "token_id": token.token_id,
        "operator": token.operator,
        "state": state,
        "scopes": sorted(token.scopes),
        "accounts": sorted(token.accounts),
        "strategies": sorted(token.strategies),
        "cidrs": list(token.cidrs),
        "created_at": format_seconds(token.created_at),
        "expires_at": format_seconds(token.expires_at),
    }
