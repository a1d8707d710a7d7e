"""``riskctl venue rotate`` and ``retire``: a new exchange key without a missed order, then the old one's end proved.

Both keys are good at the exchange from before the switch until every function has let go of the old one. A key that
is revoked too early costs nothing either: what was refused for its key is sent again with the one in the secret.
"""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.riskctl.aws import Aws
from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import session_of
from infra.riskctl.venue import app, list_venues
from riskgate.adapters.aws.secrets import CACHE_SECONDS
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import parse_credentials
from riskgate.app.venues.inspect_venue import Outcome, inspect_venue
from riskgate.core.account.document import Venue
from riskgate.core.errors import GatewayError, VenueAccessDenied

#: Every function has read the secret again after this; the margin covers a request that began just before.
WAIT_SECONDS = CACHE_SECONDS + 60

#: What a key consists of at least: elsewhere, and where a wallet signs.
_KEY_FORMS = (frozenset({"apiKey", "secret"}), frozenset({"walletAddress", "privateKey"}))

VenueOption = Annotated[str | None, typer.Option(help="The exchange, if the account has several.")]


@app.command("rotate")
def rotate(
    context: typer.Context,
    *,
    key_file: Annotated[
        Path,
        typer.Option("--key-file", help="JSON with apiKey, secret and what else the exchange needs. - for stdin."),
    ],
    account: AccountOption = None,
    venue: VenueOption = None,
    accept_unchecked: Annotated[
        bool, typer.Option("--accept-unchecked", help="You have checked at the exchange what its API does not say.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait until every function has dropped the old key.")] = True,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Put a new key into an account's secret once it is proved to trade, not to withdraw, and to be the same account's.

    Nothing is changed where that is not so (exit code 1). The old key stays good: `venue retire` comes after.
    """
    session = session_of(context)
    found = _one_venue(list_venues(session, session.account(account), venue))
    old = _read_secret(session.aws, found)
    new = _merge(old, _read_key(key_file))
    problems = _find_problems(found, old, new, accept_unchecked=accept_unchecked)
    if problems:
        _tell(output, found, changed=False, problems=problems)
        raise typer.Exit(ExitCode.FINDINGS)
    session.aws.write_secret(str(found.secret_name), new)
    if wait:
        typer.echo(f"the new key is in the secret; waiting {WAIT_SECONDS:.0f} s for the last function", err=True)
        time.sleep(WAIT_SECONDS)
    current = _read_secret(session.aws, found)
    if _key_of(current) != _key_of(new):
        raise CliError("somebody else changed the secret in the meantime: check it before you revoke anything")
    _tell(output, found, changed=True, problems=[])


@app.command("retire")
def retire(
    context: typer.Context,
    *,
    account: AccountOption = None,
    venue: VenueOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Prove that the key before the current one is refused by its exchange, and the current one is not.

    Exit code 1 while the old key still works: delete it at the exchange.
    """
    session = session_of(context)
    found = _one_venue(list_venues(session, session.account(account), venue))
    problems = []
    if not _is_refused(found, _read_secret(session.aws, found, stage="AWSPREVIOUS")):
        problems.append("the old key still works: delete it at the exchange")
    if _is_refused(found, _read_secret(session.aws, found)):
        problems.append("the exchange refuses the CURRENT key: orders fail")
    body = {"venue": found.venue, "secret_name": found.secret_name, "retired": not problems, "problems": problems}
    emit(output, body, lambda: Text("\n".join(problems) or f"{found.venue}: the old key is dead, the new one works"))
    if problems:
        raise typer.Exit(ExitCode.FINDINGS)


def _one_venue(venues: tuple[Venue, ...]) -> Venue:
    keyed = [item for item in venues if item.key_secret is not None]
    if len(keyed) != 1:
        raise CliError("give one exchange that has a key with --venue")
    return keyed[0]


def _read_key(path: Path) -> dict[str, Any]:
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    try:
        body = json.loads(text)
    except ValueError:
        raise CliError("the new key is not JSON") from None
    if not isinstance(body, dict) or not any(names <= set(body) for names in _KEY_FORMS):
        raise CliError("the new key needs apiKey and secret, or walletAddress and privateKey")
    return body


def _merge(old: str, key: dict[str, Any]) -> str:
    """Return the secret with another key; its endpoints and options stay."""
    kept = {
        name: value for name, value in json.loads(old).items() if name in {"exchange", "urls", "options", "sandbox"}
    }
    return json.dumps(kept | key)


def _find_problems(venue: Venue, old: str, new: str, *, accept_unchecked: bool) -> list[str]:
    """Return why the new key must not be used."""
    if _key_of(old) == _key_of(new):
        return ["this key is already in use"]
    bad = {Outcome.FAILED} | (set() if accept_unchecked else {Outcome.UNCHECKED})
    exchange, known = _connect(venue, new), _connect(venue, old)
    try:
        problems = [f"{f.name}: {f.detail}" for f in inspect_venue(exchange, has_key=True) if f.outcome in bad]
        return problems or _find_other_account(exchange, known, accept_empty=accept_unchecked)
    finally:
        exchange.close()
        known.close()


def _find_other_account(exchange: CcxtExchange, known: CcxtExchange, *, accept_empty: bool) -> list[str]:
    """Tell whether both keys see the same money and orders: a key of another account would trade that one."""
    for _ in range(3):
        # What trades meanwhile looks different at first.
        balances = [{item.asset: item.total for item in side.list_balances()} for side in (exchange, known)]
        orders = [{item.exchange_order_id for item in side.list_open_orders()} for side in (exchange, known)]
        if balances[0] == balances[1] and orders[0] == orders[1]:
            is_proved = bool(balances[0] or orders[0]) or accept_empty
            return [] if is_proved else ["same account: both are empty, so this cannot be shown"]
    return ["another account: the two keys see different balances or orders"]


def _connect(venue: Venue, secret: str) -> CcxtExchange:
    try:
        credentials = parse_credentials(secret)
    except GatewayError as error:
        raise CliError(error.detail) from error
    return CcxtExchange(venue.venue, venue.market_type, lambda _refresh: credentials)


def _is_refused(venue: Venue, secret: str) -> bool:
    exchange = _connect(venue, secret)
    try:
        exchange.list_balances()
        if "privateKey" in json.loads(secret):
            # Where a wallet signs anybody may read: whether the key still acts for it is another question.
            return exchange.get_key_permissions().can_trade is False
    except VenueAccessDenied:
        return True
    finally:
        exchange.close()
    return False


def _key_of(secret: str) -> str:
    known = json.loads(secret)
    return str(known.get("apiKey") or known.get("privateKey"))


def _read_secret(aws: Aws, venue: Venue, stage: str = "AWSCURRENT") -> str:
    text = aws.read_secret(str(venue.secret_name), stage)
    if text is None:
        raise CliError(f"the secret {venue.secret_name} has no version {stage}")
    return text


def _tell(output: OutputFormat, venue: Venue, *, changed: bool, problems: list[str]) -> None:
    body = {"venue": venue.venue, "secret_name": venue.secret_name, "changed": changed, "problems": problems}
    done = f"{venue.venue}: the new key is in use. Delete the old one at the exchange, then: riskctl venue retire"
    refused = "nothing was changed: " + "; ".join(problems)
    emit(output, body, lambda: Text(done if changed else refused))
