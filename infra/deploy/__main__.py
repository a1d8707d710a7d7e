"""The command behind `make deploy` and `make destroy`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from infra import sam
from infra.deploy import adopt as adoption
from infra.deploy.account import RESERVES, Account
from infra.deploy.profile import ACCOUNT_LOGS, AT_ONCE, ROLLOUT, Profile, add_up_shares, read_profile
from infra.local.settings import FOREIGN_PYTHON, ROOT, LocalError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
#: One for each instruction set: what was built for one must not be deployed as the other.
BUILD = ROOT / ".aws-sam"

Stage = Annotated[str, typer.Option(help="A profile of samconfig.toml: dev, prod.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]


@app.command()
def deploy(
    stage: Stage,
    parameter: Annotated[list[str] | None, typer.Option(help="Name=value, wins over the profile's.")] = None,
    yes: Yes = False,
    older_rules: Annotated[
        bool, typer.Option("--older-rules", help="Deploy although what is deployed is newer.")
    ] = False,
) -> None:
    """Build and deploy a stage; everything that changed is live when this ends."""
    profile = read_profile(stage, parameter or [])
    account = Account(profile.region)
    typer.echo(f"{profile.stack_name} ({profile.architecture}) to {account.describe()}")
    account.require_concurrency(profile.concurrency_min)
    deployed = account.find_rules(profile.stack_name)
    if not older_rules:
        require_newer(deployed, sam.describe_rules())
    profile = _decide(profile, account, deployed)
    _ask(profile, "Deploy", yes)
    folder = BUILD / profile.architecture
    build = ["--build-dir", str(folder), "--cache-dir", str(BUILD / "cache"), "--parallel", "--parameter-overrides"]
    _sam(account, "build", [*build, *profile.overrides])
    _sam(
        account,
        "deploy",
        [
            *("--config-env", stage, "--template-file", str(folder / "template.yaml")),
            *("--no-confirm-changeset", "--parameter-overrides", *profile.overrides),
        ],
    )
    typer.echo(f"deployed. Next: export RISKCTL_STACK_NAME={profile.stack_name}, and infra/docs/deploy.md")


@app.command()
def destroy(stage: Stage, yes: Yes = False) -> None:
    """Delete a stage's stack; tables, secrets, keys and sealed logs stay, and are named."""
    profile = read_profile(stage, [])
    account = Account(profile.region)
    typer.echo(f"{profile.stack_name} in {account.describe()}")
    kept = account.list_retained(profile.stack_name)
    _ask(profile, "Destroy", yes, always=True)
    account.delete(profile.stack_name)
    typer.echo("kept, until a person deletes them:")
    for resource in kept:
        typer.echo(f"  {resource}")


@app.command()
def adopt(
    stage: Stage,
    deleted: Annotated[str, typer.Option("--from", help="Id of the deleted stack; else the last of its name.")] = "",
    yes: Yes = False,
) -> None:
    """Make a stage's stack out of what its deleted one kept; `deploy` adds the rest."""
    profile = read_profile(stage, [])
    account = Account(profile.region)
    typer.echo(f"{profile.stack_name} in {account.describe()}")
    kept = account.list_left_behind(deleted or account.find_deleted(profile.stack_name))
    for row in kept:
        typer.echo(f"  {row['ResourceType']} {row['PhysicalResourceId']}")
    _ask(profile, "Adopt these as", yes, always=True)
    taken = adoption.adopt(profile, account, kept)
    typer.echo(
        f"adopted {len(taken)} of {len(kept)}. Next: make deploy STAGE={stage}, with the same parameters as before"
    )


def require_newer(deployed: str, ours: str) -> None:
    """Refuse sources that decide by an older engine or older rules than what is deployed. Raises LocalError."""
    before, now = sam.parse_rules(deployed)[0], sam.parse_rules(ours)[0]
    if before and now < before:
        raise LocalError(
            f"these sources decide by {_name(now)}, the stack by the newer {_name(before)}: what was decided since"
            " could not be replayed. Go forward instead (infra/docs/deploy.md, Going back), or OLDER_RULES=1"
        )


def _name(order: tuple[int, ...]) -> str:
    *engine, rules = order
    return f"engine {'.'.join(map(str, engine))}, rules {rules}"


def _decide(profile: Profile, account: Account, deployed: str) -> Profile:
    """Add the parameters that hang on the account and that nobody gave; `deployed` are the stack's rules."""
    given = dict(profile.parameters)
    if ACCOUNT_LOGS not in given:
        given[ACCOUNT_LOGS] = str(account.must_manage_logs(profile.stack_name)).lower()
    if RESERVES not in given:
        given[RESERVES] = str(account.can_reserve(profile.stack_name, add_up_shares(profile.job_scale))).lower()
        if given[RESERVES] == "false":
            typer.echo("the account has no room for a share of each function's own: one may take what another needs")
    if profile.is_gradual and sam.parse_rules(deployed)[1] != sam.hash_rules():
        typer.echo("old and new code decide or store by other rules: this release takes over all at once")
        given[ROLLOUT] = AT_ONCE
    return Profile(**{**vars(profile), "parameters": given})


def _ask(profile: Profile, what: str, yes: bool, *, always: bool = False) -> None:
    """Let a person type the stack's name; LocalError when nobody can, or another is typed."""
    if yes or not (profile.asks or always):
        return
    if not sys.stdin.isatty():
        raise LocalError(f"{profile.stack_name} asks before it changes: use a terminal, or YES=1")
    if typer.prompt(f"{what} {profile.stack_name}? Type its name") != profile.stack_name:
        raise LocalError("not the stack's name: nothing was changed")


def _sam(account: Account, command: str, options: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN_PYTHON}
    if code := sam.run(command, options, environment={**environment, "AWS_DEFAULT_REGION": account.region}):
        raise LocalError(f"sam {command} failed with {code}; what it says stands above")


if __name__ == "__main__":
    try:
        app()
    except LocalError as error:
        sys.exit(f"error: {error}")
