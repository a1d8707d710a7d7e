"""``riskctl trace``: what became of one order or request, from the audit log, with times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

import typer

from infra.riskctl.accounts import read_accounts
from infra.riskctl.api import ApiClient, account_path
from infra.riskctl.errors import ApiProblem, CliError
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import Session, session_of
from infra.riskctl.trace_view import render_story
from riskgate.schemas.http.trace import is_w3c_id, read_any, xray_id_of

PAGE = 100

type Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What one account's log tells under a trace id, with the orders it is about."""

    account_id: str
    trace_id: str
    orders: tuple[Body, ...]
    entries: tuple[Body, ...]

    def to_body(self, links: Body) -> Body:
        """Return it as JSON."""
        return {
            "account_id": self.account_id,
            "trace_id": self.trace_id,
            "orders": list(self.orders),
            "entries": list(self.entries),
            "links": links,
        }


def show_trace(
    context: typer.Context,
    *,
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Trace id in any of its forms, or the client_order_id of an order of the account."
        ),
    ],
    entries: Annotated[
        int, typer.Option(min=1, help="Newest entries of each log among which a trace id is looked for.")
    ] = 5_000,
    account: AccountOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Tell the story of one order, or of whatever else one request set off."""
    session = session_of(context)
    story = _of_order(session, account, name) or _of_trace(session, account, name, entries)
    if story is None:
        raise CliError(f"nothing is known of {name}: neither an order nor among the newest {entries} entries of a log")
    links = list_links(story.trace_id, session.region)
    emit(output, story.to_body(links), lambda: render_story(story.to_body(links)))


def list_links(trace_id: str, region: str | None) -> Body:
    """Return where AWS shows more of a trace; nothing without a region."""
    if region is None or not is_w3c_id(trace_id):
        return {}
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    return {"xray": f"{console}#xray:traces/{xray_id_of(trace_id)}"}


def _of_order(session: Session, account: str | None, name: str) -> Story | None:
    """Return the story of an order, None where no account is named or it has none of the name."""
    account_id = account or session.target.account_id
    if account_id is None:
        return None
    order = _find_order(session.api, account_id, name)
    if order is None:
        return None
    return _tell(session.api, account_id, order.get("trace_id", ""), {name: order})


def _of_trace(session: Session, account: str | None, name: str, count: int) -> Story | None:
    """Return the story of a trace id, looked for in the account's log or in those of all accounts."""
    trace_id = read_any(name)
    if not trace_id:
        raise CliError(f"{name} is no trace id")
    accounts = [account] if account else [row["account_id"] for row in read_accounts(session.api)]
    for account_id in accounts:
        found = [entry for entry in _read_newest(session.api, account_id, count) if entry.get("trace_id") == trace_id]
        if found:
            names = dict.fromkeys(name for entry in found for name in names_of(entry))
            orders = {name: order for name in names if (order := _find_order(session.api, account_id, name))}
            return _tell(session.api, account_id, trace_id, orders, found)
    return None


def _tell(
    api: ApiClient, account_id: str, trace_id: str, orders: dict[str, Body], known: list[Body] | None = None
) -> Story:
    """Return all entries from the first one on that carry the trace id or name one of its orders."""
    # An order's decision names its place in the log.
    places = [order["decision"]["audit_sequence"] for order in orders.values()]
    first = min(places + [entry["sequence"] for entry in known or ()])
    entries = [
        entry
        for entry in _read_entries(api, account_id, after=first - 1)
        if (trace_id and entry.get("trace_id") == trace_id) or orders.keys() & set(names_of(entry))
    ]
    return Story(account_id=account_id, trace_id=trace_id, orders=tuple(orders.values()), entries=tuple(entries))


def names_of(entry: Body) -> list[str]:
    """Return the client order ids that an entry is about."""
    inputs = entry["inputs"]
    events = inputs.get("legs") or [inputs]
    found = []
    for event in events:
        order = event.get("order") or event.get("terms") or event
        found.append(order.get("client_order_id") if isinstance(order, dict) else None)
    found += [result.get("client_order_id") for result in inputs.get("results", ())]
    return [name for name in found if name]


def _find_order(api: ApiClient, account_id: str, name: str) -> Body | None:
    try:
        return api.get(account_path(account_id, "orders", name))
    except ApiProblem as problem:
        if problem.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
            return None
        raise


def _read_newest(api: ApiClient, account_id: str, count: int) -> Iterator[Body]:
    """Yield the last entries of an account's log, oldest first."""
    last = api.get(account_path(account_id))["audit_sequence"]
    yield from _read_entries(api, account_id, after=max(last - count, 0))


def _read_entries(api: ApiClient, account_id: str, *, after: int) -> Iterator[Body]:
    following: int | None = after
    while following is not None:
        page = api.get(f"{account_path(account_id, 'audit')}?after={following}&limit={PAGE}")
        yield from page["entries"]
        following = page["next_after"]
