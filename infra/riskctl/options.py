"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.riskctl.output import OutputFormat

AccountOption = Annotated[
    str | None, typer.Option("--account", "-a", envvar="RISKCTL_ACCOUNT", help="Account; the local stack has one.")
]
OutputOption = Annotated[
    OutputFormat, typer.Option("--output", "-o", envvar="RISKCTL_OUTPUT", help="For people or for programs.")
]
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Why; the audit log keeps it.")]
TotpOption = Annotated[
    str | None,
    typer.Option("--totp", help="One-time code; asked for when needed, computed on the local stack."),
]
