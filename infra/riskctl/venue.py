"""``riskctl venue``: look an exchange's keys and clock over before the gateway trades with them."""

from typing import Annotated, Any

import typer
from rich.table import Table

from infra.riskctl.aws import Aws
from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import Session, session_of
from riskgate.adapters.aws.secrets import SecretCache
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import CredentialsSource, SecretCredentials, no_credentials
from riskgate.adapters.exchange.market_credentials import MarketCredentials, PricedCredentials
from riskgate.adapters.exchange.venue_rules import ccxt_id_of
from riskgate.adapters.exchange_table import list_missing, scope_of
from riskgate.app.venues.inspect_venue import Finding, Outcome, inspect_venue
from riskgate.core.account.document import Venue
from riskgate.core.errors import GatewayError
from riskgate.core.instrument import MarketType

app = typer.Typer(no_args_is_help=True, help="Check exchanges and their keys.")

_STYLES = {Outcome.OK: "green", Outcome.WARNING: "yellow", Outcome.FAILED: "bold red", Outcome.UNCHECKED: "yellow"}


@app.command("doctor")
def doctor(
    context: typer.Context,
    *,
    account: AccountOption = None,
    venue: Annotated[str | None, typer.Option(help="Only this exchange of the account, or the one to try.")] = None,
    secret_name: Annotated[
        str | None, typer.Option(help="Try a secret that no account uses yet. Needs --venue.")
    ] = None,
    market_type: Annotated[MarketType, typer.Option(help="With --secret-name.")] = MarketType.SPOT,
    strict: Annotated[bool, typer.Option("--strict", help="Count what is doubtful or unchecked, too.")] = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Check that keys trade, cannot withdraw and are bound to addresses, that clocks agree, and name what is unchecked.

    Nothing is changed at the exchange. Exit code 1 when something failed.
    """
    session = session_of(context)
    venues = _venues(session, account, venue, secret_name, market_type)
    found = [(item, inspect(session.aws, item)) for item in venues]
    bad = {Outcome.FAILED} | ({Outcome.WARNING, Outcome.UNCHECKED} if strict else set())
    failed = any(finding.outcome in bad for _, findings in found for finding in findings)
    body = {
        "venues": [_body(item, findings) for item, findings in found],
        "unchecked": [
            f"{item.venue}: {finding.name}"
            for item, findings in found
            for finding in findings
            if finding.outcome is Outcome.UNCHECKED
        ],
        "failed": failed,
    }
    emit(output, body, lambda: _table(found))
    if failed:
        raise typer.Exit(ExitCode.FINDINGS)


def _venues(
    session: Session, account: str | None, venue: str | None, secret_name: str | None, market_type: MarketType
) -> tuple[Venue, ...]:
    """Return the exchanges to look at: the one named with its secret, or those of the account."""
    if secret_name is not None:
        if venue is None:
            raise CliError("--secret-name needs --venue")
        return (Venue(venue=venue, market_type=market_type, secret_name=secret_name),)
    return list_venues(session, session.account(account), venue)


def list_venues(session: Session, account_id: str, venue: str | None) -> tuple[Venue, ...]:
    """Return an account's exchanges, or the one named."""
    stored = session.aws.store.read_chain(account_id)
    if stored is None or stored.state is None:
        raise CliError(f"the account {account_id} is not registered")
    found = tuple(item for item in stored.state.venues if venue in {None, item.venue})
    if not found:
        raise CliError(f"the account {account_id} has no exchange {venue}")
    return found


def inspect(aws: Aws, venue: Venue) -> tuple[Finding, ...]:
    """Return what was found at one exchange; nothing is changed there."""
    source: CredentialsSource = no_credentials
    secrets = SecretCache(aws.secretsmanager)
    if venue.key_secret is not None:
        source = SecretCredentials(secrets, venue.key_secret)
    exchange = CcxtExchange(venue.venue, venue.market_type, source)
    try:
        found = inspect_venue(exchange, has_key=bool(source(False).keys))
        market_data = _market_data(secrets, aws.market_secret_prefix, source, venue)
        return (*found, market_data, _proven(source, venue))
    except GatewayError as error:
        # The secret itself, or a venue that ccxt does not know.
        return (Finding(name="secret", outcome=Outcome.FAILED, detail=f"{error.code}: {error.detail}"),)
    finally:
        exchange.close()


def is_test_endpoint(aws: Aws, venue: Venue) -> bool:
    """Tell whether a venue's secret leads to a sandbox, or to addresses of its own, instead of the exchange."""
    if venue.key_secret is None:
        return False
    credentials = SecretCredentials(SecretCache(aws.secretsmanager), venue.key_secret)(False)
    return credentials.sandbox or bool(credentials.urls)


def _market_data(secrets: SecretCache, prefix: str | None, account: CredentialsSource, venue: Venue) -> Finding:
    """Tell whether the venue's prices come from where the account trades; the monitor reads it only then."""

    def found(outcome: Outcome, detail: str) -> Finding:
        return Finding(name="market_data", outcome=outcome, detail=detail)

    if venue.secret_name is None:
        return found(Outcome.OK, "none is collected for a venue without a secret")
    if venue.paper_account is not None:
        return found(Outcome.OK, "paper fills at the gateway's own quotes")
    if prefix is None:
        return found(Outcome.UNCHECKED, "no stack is named")
    market = MarketCredentials(secrets, venue.venue, prefix=prefix)
    try:
        PricedCredentials(account, market, venue.venue)(False)
    except GatewayError as error:
        return found(Outcome.FAILED, f"{error.code}: {error.detail}: see {prefix}{venue.venue}")
    return found(Outcome.OK, "prices come from the same endpoint")


def _proven(source: CredentialsSource, venue: Venue) -> Finding:
    """Tell what the exchange's class is offered for, and which of its calls are not proven."""
    ccxt_id = ccxt_id_of(source(False).exchange or venue.venue, venue.market_type)
    scope = scope_of(ccxt_id, venue.market_type) or "none"
    missing = ", ".join(list_missing(ccxt_id, venue.market_type)) or "nothing"
    if scope == "trade":
        return Finding(name="proven", outcome=Outcome.OK, detail=f"{ccxt_id} trades; not proven: {missing}")
    offer = "data only" if scope == "data" else "nothing"
    detail = f"{ccxt_id} is offered for {offer}: orders are not sent; not proven: {missing}"
    return Finding(name="proven", outcome=Outcome.FAILED, detail=detail)


def _body(venue: Venue, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "venue": venue.venue,
        "market_type": venue.market_type.value,
        "secret_name": venue.secret_name,
        "findings": [
            {"name": finding.name, "outcome": finding.outcome.value, "detail": finding.detail} for finding in findings
        ],
    }


def _table(found: list[tuple[Venue, tuple[Finding, ...]]]) -> Table:
    table = Table("exchange", "market", "looked at", "outcome", "detail")
    for venue, findings in found:
        for finding in findings:
            row = (venue.venue, venue.market_type.value, finding.name, finding.outcome.value, finding.detail)
            table.add_row(*row, style=_STYLES[finding.outcome])
    return table
