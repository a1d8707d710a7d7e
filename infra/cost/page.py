"""The page ``infra/docs/cost.md``: what the model comes to."""

from __future__ import annotations

from string import Template

from infra.cost.model import FOLDER, Bill, Model
from infra.cost.stack import Stack

#: The bill's targets: USD, and bytes.
DECISIONS_MAX, IDLE_MAX, ACCOUNT_MAX, STORED_MAX = 20.0, 45.0, 1.2, 6_000
ACCOUNTS = (1, 100, 10_000)
REQUESTS = ("approved", "denied", "fill", "monitor", "reconcile")
UNITS = ("read_units", "write_units", "stored_bytes", "log_bytes")
#: Why a line of an account is not less. What costs less than `TOLD_MIN` a month needs no reason.
TOLD_MIN = 0.03
REASONS = {
    ("secret", "secret_month"): "one secret of Secrets Manager; a secret belongs to one account (ADR 28)",
    ("monitor", "lambda_gb_second"): "$seconds s a minute, most of it waiting for the venue: a connection, balances,"
    " its state, and a tenth of its lists of transfers. An invocation waits for one account: neither ccxt's clients nor"
    " the process's share of a venue's limits may be used by two threads",
    ("monitor", "dynamodb_write_unit"): "account and entry of the log in one transaction (4 units),"
    " and a booking of the venue's time (1)",
    ("monitor", "log_gb"): "a line for each call to the venue, two for the run, and two of metrics",
    ("monitor", "dynamodb_read_unit"): "the account with limits, kill switches, risk figures and the venue's bookings,"
    " once; instruments and transfers every ten minutes",
    ("monitor", "sqs_request"): "a message is received alone and deleted: one that hangs holds up no other",
    ("seal", "s3_write"): "the newest seal is listed, and one put, each `SealSeconds`",
    ("seal", "kms_request"): "a proof for each seal; one that this process made or checked is not checked again",
    ("reconcile", "lambda_gb_second"): "as the monitor's, every five minutes",
    ("reconcile", "dynamodb_write_unit"): "account, entry and report (6), and the venue's time, booked in slices (3)",
    ("what leaves the tables", "dynamodb_write_unit"): "each entry of the log is written once more: when it goes",
}


def render() -> str:
    """Return the page."""
    model = Model(Stack.read())
    stack, measured = model.stack, model.measured
    account, decisions = model.account(), model.decisions()
    text = Template((FOLDER / "page.md").read_text(encoding="utf-8"))
    return text.substitute(
        region=model.prices["region"],
        date=model.prices["date"],
        targets=_targets(model),
        dearest=", ".join(f"{name} {usd:.2f} USD" for name, usd in list(account.by_subject().items())[:4]),
        floor=_floor(model),
        months=_months(model),
        idle=_rows(model.idle()),
        account=_rows(account),
        approved=f"{decisions.total:.2f}",
        denied=f"{model.decisions('denied').total:.2f}",
        decisions=_rows(decisions),
        units=_units(model),
        document_bytes=f"{measured['book_of_20']['document_bytes']:,}",
        item_bytes=f"{measured['book_of_20']['item_bytes']:,}",
        approved_writes=measured["approved"]["write_units"],
        lasting_bytes=measured["tombstone"]["lasting_bytes"],
        fill_lasting_bytes=measured["fill"]["lasting_bytes"],
        lasting=f"{model.lasting(1_000_000):.2f}",
        snapshots=", ".join(f"{name} {stack.memory_of(name) * 1024:.0f} MB" for name in stack.with_snapshots),
        snapshot_gb=f"{model.snapshot_gb_month:.2f}",
        alarms=stack.alarm_metrics,
    )


def list_targets(model: Model) -> list[tuple[str, float, float, str]]:
    """Return each target: what, as it is, at most, and in which unit."""
    one = model.after_allowances(model.months(1))
    return [
        ("a million decisions", model.decisions().total, DECISIONS_MAX, "USD"),
        ("a month idle with one account, after AWS's always free allowances", one, IDLE_MAX, "USD"),
        ("a further account and month", model.account().total, ACCOUNT_MAX, "USD"),
        ("stored per decision", float(model.measured["approved"]["stored_bytes"]), STORED_MAX, "bytes"),
    ]


def _targets(model: Model) -> str:
    lines = ["| what | is | at most | met |", "| --- | --- | --- | --- |"]
    for what, is_now, at_most, unit in list_targets(model):
        met = "yes" if is_now <= at_most else "**no**"
        lines.append(f"| {what} | {_figure(is_now, unit)} | {_figure(at_most, unit)} | {met} |")
    return "\n".join(lines)


def _floor(model: Model) -> str:
    """Return the dearest lines of an account, and why they are not less."""
    usd: dict[tuple[str, str], float] = {}
    for line, cost in model.account().lines:
        usd[line.what, line.price] = usd.get((line.what, line.price), 0.0) + cost
    told = sorted((key for key in usd if usd[key] >= TOLD_MIN), key=lambda key: -usd[key])
    lines = ["| for | of | USD | why not less |", "| --- | --- | --- | --- |"]
    for what, price in told:
        reason = Template(REASONS[what, price]).substitute(seconds=f"{model.seconds_of('monitor'):.1f}")
        lines.append(f"| {what} | {model.prices['prices'][price]['per']} | {usd[what, price]:.2f} | {reason} |")
    rest = sum(usd.values()) - sum(usd[key] for key in told)
    return "\n".join([*lines, f"| the rest | | {rest:.2f} | |"])


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} bytes" if unit == "bytes" else f"{value:.2f} USD"


def _months(model: Model) -> str:
    lines = ["| accounts | list prices | after allowances |", "| --- | --- | --- |"]
    for accounts in ACCOUNTS:
        bill = model.months(accounts)
        lines.append(f"| {accounts:,} | {bill.total:,.2f} USD | {model.after_allowances(bill):,.2f} USD |")
    return "\n".join(lines)


def _units(model: Model) -> str:
    lines = ["| request | read units | write units | bytes stored | bytes logged |", "| --- | --- | --- | --- | --- |"]
    for name in REQUESTS:
        figures = " | ".join(f"{model.measured[name][unit]:,.0f}" for unit in UNITS)
        lines.append(f"| {name} | {figures} |")
    return "\n".join(lines)


def _rows(bill: Bill) -> str:
    rows = [f"| {what} | {usd:.2f} |" for what, usd in bill.by_subject().items()]
    return "\n".join(["| for | USD |", "| --- | --- |", *rows, f"| **together** | **{bill.total:.2f}** |"])
