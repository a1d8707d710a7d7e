"""Options that several commands share."""

from typing import Annotated

import typer

from infra.riskctl.output import OutputFormat

AccountOption = Annotated[
    str | None,
    typer.Option("--account", "-a", envvar="RISKCTL_ACCOUNT", help="Account. The local stack has a default."),
]
OutputOption = Annotated[
    OutputFormat, typer.Option("--output", "-o", envvar="RISKCTL_OUTPUT", help="Output for people or for programs.")
]
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Reason, kept in the audit log.")]
TotpOption = Annotated[
    str | None,
    typer.Option("--totp", help="One-time code. Asked for when needed; computed on the local stack."),
]
