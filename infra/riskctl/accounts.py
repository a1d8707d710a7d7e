"""``riskctl accounts``: every account that the token may see, each in a line."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import typer

from infra.riskctl.accounts_view import render_accounts
from infra.riskctl.api import ApiClient
from infra.riskctl.options import OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import session_of

PAGE = 50


def list_accounts(context: typer.Context, *, output: OutputOption = OutputFormat.TABLE) -> None:
    """List accounts: equity, profit and loss, exposure, what stops them."""
    rows = list(read_accounts(session_of(context).api))
    emit(output, rows, lambda: render_accounts(rows))


def read_accounts(api: ApiClient) -> Iterator[dict[str, Any]]:
    """Yield every account that the token may see; of a corrupt one nothing but its id."""
    after = ""
    while True:
        page = api.get(f"/accounts?limit={PAGE}" + (f"&after={quote(after)}" if after else ""))
        yield from page["accounts"]
        yield from ({"account_id": account_id, "unreadable": True} for account_id in page["unreadable"])
        after = page["next_after"]
        if after is None:
            return
